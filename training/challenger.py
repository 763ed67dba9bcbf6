"""The challenger: the best of the models that are not served; see `protocol.challenger`."""

import time
from pathlib import Path
from typing import Any

from protocol.application import FIELDS
from protocol.artefact import MODEL_FILE, Manifest, digest_of
from protocol.challenger import CHALLENGER_FILE, FORMAT, Challenger, read_challenger
from protocol.times import rfc3339
from training.artefact import model_bytes
from training.golden import golden_rows
from training.study import Study
from training.swap import check_replaceable, replace_folder
from training.tracking import PREFIX


def write(folder: Path, name: str, study: Study, served: Manifest, run_id: str) -> Challenger:
    """Keep a model beside the served one, in a form that can be verified.

    Args:
        folder: replaced as a whole.
        name: of the model.
        study: of it.
        served: the manifest of the model it challenges: learnt from the same loans, same version.
        run_id: of the run that recorded it.
    Raises:
        ArtefactError: the folder holds something else; it is left as it was.
        OSError: it cannot be written; likewise.
    """
    training = served.training.model_copy(update={"mlflow_run_id": run_id})
    return _kept(
        folder,
        study.pipeline,
        name=PREFIX + name,
        version=served.version,
        created_at=served.created_at,
        libraries=served.libraries,
        golden=golden_rows(study.pipeline, served.fields),
        metrics=study.figures,
        training=training,
    )


def put(folder: Path, model: Any, **about: Any) -> Challenger:
    """Keep a model that was trained elsewhere.

    Args:
        folder: replaced as a whole.
        model: has `predict_proba`, of rows as in `Application`.
        about: the members `name`, `version`, `libraries` and `golden` of `Challenger`.
    Raises:
        ArtefactError, OSError: as `write`.
    """
    now = rfc3339(int(time.time() * 1_000))
    return _kept(folder, model, created_at=now, metrics={}, training=None, **about)


def _kept(folder: Path, model: Any, **about: Any) -> Challenger:
    data = model_bytes(model)
    challenger = Challenger(
        format=FORMAT,
        digest=digest_of(data),
        fields=[field.name for field in FIELDS],
        **about,
    )
    files = {MODEL_FILE: data, CHALLENGER_FILE: challenger.model_dump_json(indent=1).encode()}
    check_replaceable(folder, frozenset(files), "LOANSCORE_CHALLENGER_DIR")
    replace_folder(folder, files, read_challenger)
    return challenger
