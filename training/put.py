"""`loanscore challenger put`: have any fitted classifier score in the shade.

It is kept as `training.challenger` keeps one of ours: with its digest, the versions of the
libraries its pickle names, and golden rows.
"""

import argparse
import io
import os
import sys
import time
from collections.abc import Mapping
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from joblib.numpy_pickle import NumpyUnpickler
from pydantic import ValidationError

from protocol.application import FIELDS
from protocol.artefact import GoldenRow, read_manifest
from protocol.errors import LoanscoreError
from protocol.settings import Settings
from protocol.validation import faults_of
from training import challenger
from training.artefact import model_bytes
from training.golden import edges, golden_rows
from training.manifest import libraries


class PutError(LoanscoreError):
    """A model that cannot score in the shade."""


def main(environment: Mapping[str, str], arguments: list[str]) -> int:
    """Put it there, or say why not.

    Args:
        environment: the LOANSCORE_ variables.
        arguments: what follows the program's name.
    Returns:
        0 when it is there, 1 when nothing was changed, 2 when called wrongly.
    """
    asked = _parser().parse_args(arguments)
    try:
        settings = Settings.read(environment)
        folder = settings.challenger_folder
        model, golden = _proved(asked.model, settings.artefact_folder)
        put = challenger.put(
            folder,
            model,
            name=asked.name or asked.model.stem,
            version=asked.version or time.strftime("%Y.%m.%d-%H%M%S", time.gmtime()),
            libraries=libraries() | _libraries_of(model),
            golden=golden,
        )
    except (LoanscoreError, OSError) as error:
        sys.stderr.write(f"loanscore: {error}; nothing was changed\n")
        return 1
    print(f"in {folder}: {put.name} {put.version} {put.digest}")
    return 0


def _parser() -> argparse.ArgumentParser:
    names = ", ".join(field.name for field in FIELDS)
    parser = argparse.ArgumentParser(
        prog="loanscore challenger put",
        description="Have a fitted classifier score in the shade. It is loaded, which runs what its"
        f" pickle says. Its predict_proba takes an array of shape (n, {len(FIELDS)}): {names}.",
    )
    parser.add_argument("model", type=Path, help="written by joblib.dump")
    parser.add_argument("--name", help="by default that of the file")
    parser.add_argument("--version", help="by default the time")
    return parser


def _proved(path: Path, artefact: Path) -> tuple[Any, list[GoldenRow]]:
    """Load a model, and have it score the golden rows.

    Args:
        path: of the model.
        artefact: folder of the model it challenges: the rows are drawn from the ranges it knows.
    Raises:
        PutError: it gives no probabilities.
        ArtefactError: there is no model to challenge.
    """
    model = _loaded(path)
    fields = read_manifest(artefact).fields
    try:
        rows = edges(fields)
        shape = np.shape(model.predict_proba(rows))
        golden = golden_rows(model, fields) if shape == (len(rows), 2) else []
    except ValidationError as error:
        raise PutError(f"{path}: predict_proba: {faults_of(error)[0]}") from error
    except Exception as error:  # a model raises whatever it likes
        raise PutError(f"{path}: {type(error).__name__}: {error}") from error
    if not golden:
        raise PutError(
            f"{path}: predict_proba gives the shape {shape} of {len(rows)} applicants; it must"
            " give two columns, the second one the probability of default"
        )
    return model, golden


def _loaded(path: Path) -> Any:
    try:
        return joblib.load(path)
    except Exception as error:  # a pickle raises whatever it likes
        raise PutError(f"{path}: {type(error).__name__}: {error}") from error


def _libraries_of(model: Any) -> dict[str, str]:
    """Name the exact versions of the packages whose classes and functions its pickle names.

    Raises:
        PutError: one is defined in a script: no worker could import it.
    """
    seen = _Seen("model.joblib", io.BytesIO(model_bytes(model)), ensure_native_byte_order=False)
    seen.load()
    if "__main__" in seen.roots:
        raise PutError("its class is defined in a script; put it into a package that workers have")
    known = packages_distributions()
    return {name: version(name) for root in seen.roots for name in known.get(root, [])}


class _Seen(NumpyUnpickler):  # type: ignore[misc] # joblib has no types
    """Notes the packages that a pickle names."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.roots: set[str] = set()

    def find_class(self, module: str, name: str) -> Any:
        """Find what a pickle names."""
        self.roots.add(module.partition(".")[0])
        return super().find_class(module, name)


if __name__ == "__main__":
    sys.exit(main(os.environ, sys.argv[1:]))
