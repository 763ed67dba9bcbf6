"""The comparison: the three models side by side, on the terminal and in MLflow."""

from collections.abc import Mapping

from training.selection import RULE, Selection

#: Heading of each figure that is shown, in the order of the table.
HEADINGS = {
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "roc_auc": "AUC",
    "brier": "Brier",
    "log_loss": "log loss",
    "ks": "KS",
    "gini": "Gini",
}


def table(measured: Mapping[str, Mapping[str, float]]) -> str:
    """Set the figures out as an aligned Markdown table.

    >>> print(table({"tree": dict.fromkeys(HEADINGS, 0.5)}).splitlines()[2][:27])
    | tree  |   0.5000 |    0.5

    Args:
        measured: model name -> the figures of `training.metrics`.
    """
    width = max(map(len, ("model", *measured)))
    head = [f"{'model':<{width}}", *(f"{text:>8}" for text in HEADINGS.values())]
    rule = ["-" * width, *("-" * (len(text) - 1) + ":" for text in head[1:])]
    rows = [[f"{name:<{width}}", *_cells(figures, head[1:])] for name, figures in measured.items()]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


def report(
    measured: Mapping[str, Mapping[str, float]], selection: Selection, data_sha256: str
) -> str:
    """Write the comparison as a page: what was measured on what, and which model is served."""
    return (
        f"# Comparison\n\nHeld-out loans of the file with sha256 `{data_sha256}`.\n\n"
        f"{table(measured)}\n\n"
        f"Rule: {RULE}.\n\nFound: {selection.text}.\n"
    )


def _cells(figures: Mapping[str, float], headings: list[str]) -> list[str]:
    return [
        f"{figures[name]:>{len(heading)}.4f}"
        for name, heading in zip(HEADINGS, headings, strict=True)
    ]
