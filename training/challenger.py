"""The challenger: the best of the models that are not served; see `protocol.challenger`."""

from pathlib import Path

from protocol.application import FIELDS
from protocol.artefact import MODEL_FILE, Manifest, digest_of
from protocol.challenger import CHALLENGER_FILE, FORMAT, Challenger, read_challenger
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
    model = model_bytes(study.pipeline)
    challenger = Challenger(
        format=FORMAT,
        name=PREFIX + name,
        version=served.version,
        created_at=served.created_at,
        digest=digest_of(model),
        libraries=served.libraries,
        fields=[field.name for field in FIELDS],
        golden=golden_rows(study.pipeline),
        metrics=study.figures,
        training=served.training.model_copy(update={"mlflow_run_id": run_id}),
    )
    files = {MODEL_FILE: model, CHALLENGER_FILE: challenger.model_dump_json(indent=1).encode()}
    check_replaceable(folder, frozenset(files), "LOANSCORE_STATE_DIR")
    replace_folder(folder, files, read_challenger)
    return challenger
