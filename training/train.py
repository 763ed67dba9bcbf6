"""One training: fit, study, record and compare the three models, then export the served one.

Called by `training.__main__`; what it exports is next read by `worker`.
"""

import io

from protocol.artefact import MANIFEST_FILE, Manifest, read_manifest
from protocol.policy import Policy, read_policy
from protocol.settings import Settings
from training import artefact, challenger, data_report
from training.card import Facts as CardFacts
from training.card import card
from training.comparison import report, table
from training.data import TrainingData
from training.figures import figures as measured_figures
from training.manifest import Facts, libraries
from training.models import MODELS, SERVED
from training.plots import calibration
from training.progress import progress
from training.selection import RULE, Selection, select
from training.split import Split, split
from training.study import Studies, Study, Unseen, steps
from training.tracking import CANDIDATE, CHALLENGER, Tracking


def train(data: TrainingData, settings: Settings, *, quick: bool) -> Manifest:
    """Train on checked data and export to `settings.artefact_folder`, telling each step.

    Args:
        data: the loans.
        settings: where everything is written, and the policy in force.
        quick: export the same model, but leave out the studies that take long, and the challenger.
    Raises:
        LoanscoreError: of any step; the artefact that stood there still stands.
    """
    artefact.check_replaceable(settings.artefact_folder)
    policy = read_policy(settings.policy)
    tracking = Tracking(settings.state_dir, {"data_sha256": data.sha256})
    _report(data, settings, tracking)
    parts = split(data)
    print(f"training: held out {len(parts.held_out.rows):,} loans: {parts.how}")
    studies = _studied(parts, policy, quick=quick)
    figures = {name: found.figures for name, found in studies.items()}
    selection = select(figures, studies[SERVED].folds, SERVED)
    _tell(figures, selection)
    tracking.record_page("comparison", report(figures, selection, data.sha256))
    runs = {name: _recorded(name, found, tracking) for name, found in studies.items()}
    facts = Facts(figures[SERVED], runs[SERVED], policy)
    made = artefact.made(studies[SERVED].pipeline, data, parts.learn, facts)
    text = card(CardFacts(made.manifest, policy, parts, studies, selection))
    picture = _picture(studies[SERVED].unseen)
    measured = measured_figures(made.manifest.digest, SERVED, studies, parts.held_out)
    whole = made._replace(card=text, picture=picture, figures=measured)
    artefact.write(settings.artefact_folder, whole)
    tracking.register(SERVED, runs[SERVED], made.manifest.digest, CANDIDATE)
    if not quick:
        name, folder = selection.challenger, settings.challenger_folder
        kept = challenger.write(folder, name, studies[name], made.manifest, runs[name])
        tracking.register(name, runs[name], kept.digest, CHALLENGER)
        print(f"training: kept {name} as challenger in {folder}, {kept.digest}")
    return made.manifest


def _report(data: TrainingData, settings: Settings, tracking: Tracking) -> None:
    there = (settings.artefact_folder / MANIFEST_FILE).exists()
    champion = read_manifest(settings.artefact_folder) if there else None
    for line in (*data_report.facts(data), data_report.drift_told(data, champion)):
        print(f"training: {line}")
    tracking.record_page("data", data_report.report(data, champion))


def _studied(parts: Split, policy: Policy, *, quick: bool) -> dict[str, Study]:
    studies = {}
    with progress(len(MODELS) * (1 + steps(quick=quick))) as step:
        on_same_terms = Studies(parts, policy, step, quick=quick)
        for name, fit in MODELS.items():
            print(f"training: {name}: fit and measure")
            pipeline = fit(parts.learn)
            step()
            studies[name] = on_same_terms.of(name, pipeline)
    return studies


def _tell(figures: dict[str, dict[str, float]], selection: Selection) -> None:
    print(f"\n{table(figures)}\n")
    print(f"training: rule: {RULE}")
    for name, found in figures.items():
        mean, spread = found["cv_log_loss"], found["cv_log_loss_sd"]
        print(f"training: {name}: log loss in cross-validation {mean:.4f} ± {spread:.4f}")
    print(f"training: {selection.text}")


def _recorded(name: str, found: Study, tracking: Tracking) -> str:
    needs = [f"{library}=={number}" for library, number in libraries().items()][1:]
    return tracking.record(name, found.pipeline, found.figures, found.pages, needs)


def _picture(unseen: Unseen) -> bytes:
    buffer = io.BytesIO()
    calibration(*unseen).savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()
