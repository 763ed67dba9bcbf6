"""`loanscore rollback`: the champion before this one serves again."""

import os

import click

from protocol.errors import PromotionError
from protocol.promotions import Model, Promotions, following, line, told, whoever
from protocol.settings import Settings


@click.command("rollback")
@click.option("--to", "digest", metavar="DIGEST", help="An earlier champion. [default: the last]")
@click.option("--note", help="Why.")
@click.option("--by", default=whoever, show_default="the user of this machine")
def group(digest: str | None, note: str | None, by: str) -> None:
    """Have the champion before this one serve again; before the first, the deployed folder.

    Running workers take it over within a second, without a restart. A rollback is a promotion of
    its own in the list that `loanscore models` shows; nothing is removed.
    """
    promotions = Promotions(Settings.read(os.environ).storage_folder)
    history = promotions.read()
    back = _before(line(history), digest)
    promotions.add(following(history, action="rollback", model=back, by=by, note=note))
    click.echo(told(back))


def _before(champions: list[Model], digest: str | None) -> Model | None:
    if not champions:
        raise PromotionError("nothing was promoted, so there is nothing to go back from")
    earlier = champions[:-1]
    if digest is None:
        return earlier[-1] if earlier else None
    found = [model for model in earlier if model.digest == digest]
    if not found:
        known = ", ".join(model.digest for model in earlier) or "none"
        raise PromotionError(f"{digest} is no earlier champion; they are: {known}")
    return found[-1]
