"""`python -m training`: train on LOAN_DATA, or on look-alike data when it is not set."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from protocol.errors import LoanscoreError
from protocol.settings import Settings
from training import data, generator
from training.enclosure import enclosed


def main(environment: Mapping[str, str]) -> int:
    """Train and export; everything goes well (0) or one clear message goes to stderr (1).

    Args:
        environment: LOAN_DATA and the LOANSCORE_ variables, see .env.example.
    """
    try:
        settings = Settings.read(environment)
        with enclosed(settings.state_dir):
            _run(settings, environment.get("LOAN_DATA", ""))
    except LoanscoreError as error:
        return _refused(str(error))
    except OSError as error:
        return _refused(f"{error}; nothing was exported, mend it and train again")
    except KeyboardInterrupt:
        return _refused("stopped; the artefact that stood there still stands")
    return 0


def _run(settings: Settings, loan_data: str) -> None:
    path = Path(loan_data) if loan_data else _look_alike(settings)
    loans = data.read(path)
    print(f"training: {path}: {len(loans.frame):,} loans, {loans.defaults.sum():,} defaults")
    if loans.ignored:
        print(f"training: columns not used: {', '.join(map(ascii, loans.ignored))}")
    # Imported late, after the data: scikit-learn and MLflow take seconds, a bad file must not.
    from training.train import train  # noqa: PLC0415

    manifest = train(loans, settings)
    print(f"training: exported {manifest.name} {manifest.version}")
    print(f"training: manifest {manifest.content_digest}")
    print(f"training: to {settings.artefact_folder}, {manifest.digest}")


def _look_alike(settings: Settings) -> Path:
    path = settings.state_dir / "data" / "lookalike.csv"
    print(f"training: LOAN_DATA is not set: inventing look-alike loans, {path}")
    generator.write(path, generator.look_alike())
    return path


def _refused(text: str) -> int:
    print(f"training: {text}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(os.environ))
