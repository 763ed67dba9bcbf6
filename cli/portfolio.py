"""The options of `loanscore campaign run` that say how a portfolio is read and answered."""

import functools
from collections.abc import Callable
from typing import Any

import click

#: Of portfolios and results.
FORMATS = click.Choice(["csv", "ndjson", "parquet"])
_OPTIONS = (
    click.option("--format", type=FORMATS, help="[as the file's name says]"),
    click.option("--delimiter", type=click.Choice([",", ";", "|", "tab"]), help="Of a CSV [found]"),
    click.option("--decimal", type=click.Choice([".", ","]), help="Of a CSV [.]"),
    click.option(
        "--column",
        "columns",
        multiple=True,
        metavar="FIELD=NAME",
        help="A field of the application has this name in the file; once for each.",
    ),
    click.option("--reference", metavar="NAME", help="The column with your key of a row."),
    click.option(
        "--pass-through",
        multiple=True,
        metavar="NAME",
        help="A column that comes back as it is; once for each.",
    ),
    click.option("--output", type=FORMATS, help="Format of the results [csv]"),
    click.option("--raw-values", is_flag=True, help="Show refused values in the list of faults."),
    click.option("--name", help="Your own label of the campaign."),
    click.option("--previous-pd", metavar="NAME", help="The column with the pd a row had before."),
    click.option("--previous-grade", metavar="NAME", help="The same with its grade."),
    click.option("--compare-with", metavar="ID", help="A campaign to compare the results with."),
)


def portfolio_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command those options, as one argument `options` that the client takes."""

    @functools.wraps(command)
    def called(**given: Any) -> None:
        options = {name: given.pop(name) for name in _NAMES}
        options["columns"] = columns_of(options["columns"])
        if options["delimiter"] == "tab":
            options["delimiter"] = "\t"
        options["raw_values"] = options["raw_values"] or None
        command(options=options, **given)

    for option in reversed(_OPTIONS):
        called = option(called)
    return called


_NAMES = (
    "format",
    "delimiter",
    "decimal",
    "columns",
    "reference",
    "pass_through",
    "output",
    "raw_values",
    "name",
    "previous_pd",
    "previous_grade",
    "compare_with",
)


def columns_of(pairs: tuple[str, ...]) -> dict[str, str]:
    """Read FIELD=NAME; a name may have a = of its own.

    >>> columns_of(("income=annual=income",))
    {'income': 'annual=income'}
    """
    split = [pair.partition("=") for pair in pairs]
    if wrong := [pair for pair, parts in zip(pairs, split, strict=True) if not all(parts)]:
        raise click.BadParameter(f"{wrong[0]} is not FIELD=NAME", param_hint="--column")
    return {field: name for field, _, name in split}
