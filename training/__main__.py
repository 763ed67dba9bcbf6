"""`python -m training`: train on LOAN_DATA, or on look-alike data when it is not set.

With `--quick`, as `make run` calls it, the same model is exported without the studies of `make
train`.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from protocol.errors import LoanscoreError
from protocol.schema import SCHEMA
from protocol.settings import Settings
from training import data, generator
from training.enclosure import enclosed
from training.mapping import VARIABLE, mapping_of

QUICK = "--quick"


def main(environment: Mapping[str, str], arguments: list[str]) -> int:
    """Train and export; everything goes well (0) or one clear message goes to stderr (1).

    Args:
        environment: LOAN_DATA, LOAN_COLUMNS and the LOANSCORE_ variables, see .env.example.
        arguments: what follows the program's name: nothing, or `QUICK`.
    """
    if arguments not in ([], [QUICK]):
        return _refused(f"give nothing, or {QUICK} for the model without its studies")
    try:
        settings = Settings.read(environment)
        with enclosed(settings.state_dir):
            _run(settings, environment, quick=bool(arguments))
    except LoanscoreError as error:
        return _refused(str(error))
    except OSError as error:
        return _refused(f"{error}; nothing was exported, mend it and train again")
    except KeyboardInterrupt:
        return _refused("stopped; the artefact that stood there still stands")
    return 0


def _run(settings: Settings, environment: Mapping[str, str], *, quick: bool) -> None:
    loan_data = environment.get("LOAN_DATA")
    mapping = mapping_of(environment.get(VARIABLE, "")) if loan_data else {}
    path = Path(loan_data) if loan_data else _look_alike(settings)
    loans = data.read(path, mapping)
    print(f"training: {path}: {len(loans.frame):,} loans, {loans.defaults.sum():,} defaults")
    if loans.ignored:
        print(f"training: columns not used: {', '.join(map(ascii, loans.ignored))}")
    # Imported late, after the data: scikit-learn and MLflow take seconds, a bad file must not.
    from training.train import train  # noqa: PLC0415

    manifest = train(loans, settings, quick=quick)
    print(f"training: exported {manifest.name} {manifest.version}")
    print(f"training: manifest {manifest.content_digest}")
    print(f"training: to {settings.artefact_folder}, {manifest.digest}")


def _look_alike(settings: Settings) -> Path:
    if missing := [name for name in SCHEMA.names if name not in generator.COLUMNS]:
        raise data.DataError(
            f"LOAN_DATA is not set, and look-alike loans have no {', '.join(missing)}: name a CSV"
            " file of loans with the fields of your schema"
        )
    path = settings.state_dir / "data" / "lookalike.csv"
    print(f"training: LOAN_DATA is not set: inventing look-alike loans, {path}")
    generator.write(path, generator.look_alike())
    return path


def _refused(text: str) -> int:
    print(f"training: {text}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(os.environ, sys.argv[1:]))
