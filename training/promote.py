"""`loanscore promote`: ask the gates of a trained model, and make it the champion.

What it adds is `protocol.promotions`; running workers take the model over from the shelf.
"""

import argparse
import io
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import joblib
import pandas

from protocol.artefact import Manifest, read_verified
from protocol.errors import ArtefactError, LoanscoreError
from protocol.kept import Kept
from protocol.promotions import Gate, Model, Promotions, following, line, told, whoever
from protocol.settings import Settings
from training import data, gates
from training.data import TrainingData
from training.enclosure import enclosed
from training.gates import Loaded
from training.manifest import libraries
from training.mapping import VARIABLE, mapping_of
from training.models import SERVED
from training.split import SEED, Sample, split
from training.tracking import Tracking


def main(environment: Mapping[str, str], arguments: list[str]) -> int:
    """Promote, or say why not.

    Args:
        environment: LOAN_DATA, LOAN_COLUMNS and the LOANSCORE_ variables, see .env.example.
        arguments: what follows the program's name.
    Returns:
        0 when the model is the champion, 1 when nothing was changed, 2 when called wrongly.
    """
    asked = _parser().parse_args(arguments)
    try:
        settings = Settings.read(environment)
        with enclosed(settings.state_dir):
            return _promote(settings, environment, asked)
    except LoanscoreError as error:
        return _refused(str(error))
    except OSError as error:
        return _refused(f"{error}; nothing was promoted")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="loanscore promote",
        description="Ask the gates of a trained model on loans it did not learn from (LOAN_DATA),"
        " and make it the champion. Running workers take it over within a second.",
    )
    parser.add_argument(
        "--from",
        dest="folder",
        type=Path,
        help="the artefact; by default the one `make train` exported last",
    )
    parser.add_argument("--note", help="why, kept with the promotion")
    parser.add_argument("--by", default=whoever(), help="who; by default the user")
    parser.add_argument(
        "--force", action="store_true", help="promote although gates do not pass; that is noted"
    )
    return parser


def _promote(settings: Settings, environment: Mapping[str, str], asked: argparse.Namespace) -> int:
    folder = asked.folder or settings.artefact_folder
    candidate = load(folder)
    promotions, kept = Promotions(settings.storage_folder), Kept(settings.storage_folder)
    history = promotions.read()
    champions = line(history)
    champion = load(kept.model(champions[-1].digest)) if champions else None
    found = _asked(candidate, champion, _loans(settings, environment))
    for gate in found:
        print(f"{'passed' if gate.passed else 'FAILED':<7} {gate.name:<12} {gate.found}")
    failed = [gate.name for gate in found if not gate.passed]
    if failed and not asked.force:
        return _refused(f"not promoted: {', '.join(failed)}; --force promotes it all the same")
    model = Model.of(candidate.manifest)
    kept.keep_model(folder, model.digest)
    promotions.add(
        following(
            history,
            action="promote",
            model=model,
            by=asked.by,
            note=asked.note,
            gates=found,
            forced=bool(failed),
        )
    )
    print(told(model))
    if not Tracking(settings.state_dir, {}).crown(SERVED, model.digest):
        print("this store of MLflow does not know that model, so its alias stands where it stood")
    return 0


def load(folder: Path) -> Loaded:
    """Verify an artefact, then unpickle the bytes that were verified.

    Raises:
        ArtefactError: it is not whole, or was made with other library versions.
    """
    manifest, model = read_verified(folder)
    for package, here in libraries().items():
        if manifest.libraries.get(package) != here:
            raise ArtefactError(
                f"{folder}: was trained with {package} {manifest.libraries.get(package)} but here"
                f" is {here}; train it again"
            )
    return Loaded(manifest, joblib.load(io.BytesIO(model)))


class Loans:
    """A file of loans with known outcome, to measure on.

    Args:
        path: of the file.
        mapping: our name of a column -> its name in the file.
    Raises:
        DataError: it cannot be used; every fault is named.
    """

    def __init__(self, path: Path, mapping: Mapping[str, str]) -> None:
        self._path, self._mapping = path, mapping
        self.read = data.read(path, mapping)

    def unseen(self, manifest: Manifest) -> Sample:
        """Give the loans a model has not learnt from."""
        if manifest.training.data_sha256 == self.read.sha256:
            return split(self.read).held_out
        return Sample(self.read.rows, self.read.defaults)

    def renamed(self) -> TrainingData:
        """Read the file once more, what is not a feature changed between applicants."""
        cells = pandas.read_csv(self._path, dtype=str, keep_default_na=False)
        for name in self.read.ignored:
            cells[name] = cells[name].sample(frac=1, random_state=SEED).to_numpy()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "renamed.csv"
            cells.to_csv(path, index=False)
            return data.read(path, self._mapping)


def _loans(settings: Settings, environment: Mapping[str, str]) -> Loans:
    named = environment.get("LOAN_DATA")
    path = Path(named) if named else settings.state_dir / "data" / "lookalike.csv"
    if not named:
        print(f"LOAN_DATA is not set: the gates are asked on look-alike loans, {path}")
    return Loans(path, mapping_of(environment.get(VARIABLE, "")) if named else {})


def _asked(candidate: Loaded, champion: Loaded | None, loans: Loans) -> list[Gate]:
    unseen = loans.unseen(candidate.manifest)
    print(f"gates: on {len(unseen.rows):,} loans that {candidate.manifest.version} has not seen")
    return [
        *gates.gates(candidate, champion, unseen),
        gates.identifier(candidate, loans.read.rows, loans.renamed().rows),
    ]


def _refused(text: str) -> int:
    print(f"loanscore promote: {text}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(os.environ, sys.argv[1:]))
