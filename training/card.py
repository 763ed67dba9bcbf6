"""The model card: what a model is for, what it was measured to do, and where it ends.

Markdown, made from the run; `protocol.card` makes the page of it and keeps the promotions.
"""

from typing import NamedTuple

from protocol.artefact import Manifest
from protocol.card import NOBODY, PICTURE_FILE, PROMOTIONS, plain
from protocol.interval import Interval
from protocol.policy import Policy
from protocol.schema import SCHEMA
from training import bands, weights
from training.comparison import HEADINGS
from training.comparison import table as comparison_table
from training.data_report import SHIFTED, WATCH, markdown_table
from training.intervals import intervals
from training.selection import RULE, Selection
from training.split import Split
from training.study import Study


def _ratios() -> str:
    if SCHEMA.ratios is None:
        return ""
    names = ", ".join(
        f"{ratio.name} = {ratio.amount} / {SCHEMA.ratios.divisor}" for ratio in SCHEMA.ratio_columns
    )
    return f", of which {names}"


PURPOSE = f"""\
## Purpose

Gives the probability that an applicant defaults on a loan, from {len(SCHEMA.fields)} fields, for a
decision by the policy's cut-offs, which people can override. It is for applicants like those it
learnt from, and for nothing else: not for prices, limits or marketing.

A logistic regression over these columns{_ratios()}.
An odds ratio is what the odds of default are multiplied by when a column grows by its step."""

LIMITS = f"""\
## Limits

* A field outside its range above is scored and flagged; the model has seen nothing there.
* It learnt from loans that were granted: the file does not tell what refused applicants would
  have done.
* Nothing in the file tells age, sex, origin or any other protected trait, so equal treatment could
  not be measured here; measure it where these are known.
* The figures are as good as the file: defaults that a line parts almost perfectly promise less
  elsewhere. Measure on your own loans before you decide by it.

## Monitoring

* Without outcomes: PSI of the score and of each field against the training histograms, at
  {WATCH:.2f} (watch) and {SHIFTED:.2f} (shifted); shares of fields out of range or missing.
* With outcomes: calibration by grade and by vintage, AUC and Brier beside the table above; a grade
  whose share of defaults lies outside its interval is looked into.
* `GET /v1/monitoring` and `./loanscore monitor` report on both, an alarm being raised only where
  chance alone hardly would.
* Train again when a field has shifted to stay, or when calibration is lost; promote only through
  the gates."""


class Facts(NamedTuple):
    """What a card tells."""

    manifest: Manifest
    policy: Policy
    parts: Split
    #: model name -> what was found of it, the served one among them
    studies: dict[str, Study]
    selection: Selection


def card(facts: Facts) -> str:
    """Write the card as Markdown; `Promotions` is its last section."""
    sections = (_head, _data, _measured, _calibration, _reasons)
    parts = [part for section in sections for part in section(facts)]
    return "\n\n".join([*parts, LIMITS, PROMOTIONS + "\n" + NOBODY])


def _head(facts: Facts) -> list[str]:
    manifest = facts.manifest
    made = (
        f"Made at {plain(manifest.created_at)}, model `{manifest.digest}`, manifest"
        f" `{manifest.content_digest}`, MLflow run `{manifest.training.mlflow_run_id}`."
    )
    columns = weights.coefficients(facts.studies[facts.selection.served].pipeline)
    return [f"# {plain(manifest.name)} {plain(manifest.version)}", made, PURPOSE, columns]


def _data(facts: Facts) -> list[str]:
    trained = facts.manifest.training
    text = (
        f"A file with sha256 `{trained.data_sha256}`: {trained.rows:,} loans, {trained.defaults:,}"
        f" of them defaults ({trained.defaults / trained.rows:.2%}). Held out"
        f" {len(facts.parts.held_out.rows):,}: {facts.parts.how}. The model has seen:"
    )
    fields = [
        [field.name, plain(field.unit), f"{field.trained_low:,g}", f"{field.trained_high:,g}"]
        for field in facts.manifest.fields
    ]
    return ["## Data", text, markdown_table(["field", "unit", "from", "to"], fields)]


def _measured(facts: Facts) -> list[str]:
    served, held_out = facts.studies[facts.selection.served], facts.parts.held_out
    pd = served.pipeline.predict_proba(held_out.rows)[:, 1]
    text = (
        "On the held-out loans with 95 % intervals, and in cross-validation of the others"
        f" ({served.folds} folds, mean and standard deviation). Accuracy, precision, recall and F1"
        " are those of calling a pd of 0.5 or more a default."
    )
    decided = bands.table(bands.by_decision(facts.policy, held_out.defaults, pd), "decision")
    return [
        "## Measured",
        text,
        _figures(served.figures, intervals(held_out.defaults, pd)),
        "Beside the other models, on the held-out loans:",
        comparison_table({name: study.figures for name, study in facts.studies.items()}),
        f"Rule: {RULE}. Found: {facts.selection.text}.",
        "What the policy makes of the held-out loans:",
        decided,
    ]


def _figures(figures: dict[str, float], reach: dict[str, Interval]) -> str:
    rows = []
    for name, heading in HEADINGS.items():
        ends = " to ".join(f"{end:.4f}" for end in reach.get(name, ()))
        folded = f"{figures[f'cv_{name}']:.4f} ± {figures[f'cv_{name}_sd']:.4f}"
        rows.append([heading, f"{figures[name]:.4f}", ends, folded])
    return markdown_table(["", "held out", "95 % interval", "cross-validation"], rows)


def _calibration(facts: Facts) -> list[str]:
    unseen = facts.studies[facts.selection.served].unseen
    return [
        "## Calibration",
        "Every loan of the file, scored by a model that had not seen it. By grade:",
        bands.table(bands.by_grade(facts.policy, *unseen), "grade"),
        f"![Share of defaults against mean pd]({PICTURE_FILE})",
    ]


def _reasons(facts: Facts) -> list[str]:
    policy = facts.policy
    text = (
        "Exact: what each field adds to the log-odds against a named population, ratios parted"
        " between their fields by Shapley's rule; the sum is the score to 1e-12."
        f" Policy {policy.version}, `{policy.digest}`, compares with `{policy.reference}` of:"
    )
    known = facts.manifest.references.items()
    compared = "\n".join(f"* `{name}`: {plain(one.about)}, `{one.digest}`" for name, one in known)
    rows = [[said.code, plain(said.en), plain(said.fr)] for said in policy.reasons]
    texts = markdown_table(["code", "English", "French"], rows)
    return ["## Reasons", text, compared, texts]
