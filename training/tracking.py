"""Tracking: every execution of every model is a run in a local MLflow store.

The store is `<state_dir>/mlflow`: a sqlite file and a folder of artifacts; no server, no network.
`make mlflow` shows it.
"""

import sqlite3
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklearn.pipeline import Pipeline

from protocol.errors import LoanscoreError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PREFIX = "loanscore-"
#: Registry aliases of model versions: exported last; the champion's rival that never decides; in
#: force since the last `loanscore promote`.
CANDIDATE, CHALLENGER, CHAMPION = "candidate", "challenger", "champion"
#: What skops may load besides scikit-learn's harmless types: our own function, and trees.
TRUSTED = ["protocol.features.ratios_for_amounts", "sklearn.tree._tree.Tree"]


class TrackingError(LoanscoreError):
    """MLflow cannot keep a run."""


class Tracking:
    """One MLflow store, kept below the state folder.

    Args:
        state_dir: made when absent; `training.enclosure` must be in force.
        tags: noted with every run.
    Raises:
        TrackingError: the store cannot be opened, here and in every method.
    """

    def __init__(self, state_dir: Path, tags: Mapping[str, str]) -> None:
        self._folder = state_dir.resolve() / "mlflow"
        self._tags = dict(tags)
        with _quiet():
            # Imported late: MLflow reads its settings, telemetry among them, when imported.
            import mlflow  # noqa: PLC0415
            import mlflow.sklearn  # noqa: PLC0415
            from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

        self._mlflow: Any = mlflow
        # MLflow turns most errors of its store into its own, but not all
        self._errors = (mlflow.exceptions.MlflowException, SQLAlchemyError, sqlite3.Error)
        self._client: Any = self._opened()

    def record(
        self,
        model: str,
        pipeline: Pipeline,
        metrics: Mapping[str, float],
        pages: Mapping[str, "Figure | str"],
        requirements: list[str],
    ) -> str:
        """Keep one fitted model as a run of its own experiment.

        Args:
            model: its name, without `PREFIX`.
            pipeline: its settings become the run's parameters.
            metrics: on held-out rows.
            pages: file name -> picture or text.
            requirements: name==version of each library the model needs.
        Returns:
            The run's id.
        """
        with self._run(model) as run_id:
            self._mlflow.log_params(pipeline[-1].get_params())
            self._mlflow.log_metrics(dict(metrics))
            for name, page in pages.items():
                log = self._mlflow.log_text if isinstance(page, str) else self._mlflow.log_figure
                log(page, name)
            self._mlflow.sklearn.log_model(
                pipeline,
                name="model",
                serialization_format="skops",
                skops_trusted_types=TRUSTED,
                pip_requirements=requirements,
            )
        return run_id

    def record_page(self, name: str, text: str) -> None:
        """Keep a page, `<name>.md`, as a run of its own experiment."""
        with self._run(name):
            self._mlflow.log_text(text, f"{name}.md")

    def register(self, model: str, run_id: str, digest: str, alias: str) -> None:
        """Register the model of a run.

        Args:
            model: its name, without `PREFIX`.
            run_id: of `record`.
            digest: of the exported model.joblib, noted with the version.
            alias: that the version gets, and no other version of this model keeps.
        """
        name, client = PREFIX + model, self._client
        with self._explained():
            if not client.search_registered_models(f"name = '{name}'"):
                client.create_registered_model(name)
            source = client.get_run(run_id).outputs.model_outputs[0].model_id
            version = client.create_model_version(
                name, f"models:/{source}", run_id, tags={"digest": digest}, model_id=source
            ).version
            client.set_registered_model_alias(name, alias, version)

    def crown(self, model: str, digest: str) -> bool:
        """Give the last version with a digest the alias `champion`.

        Args:
            model: its name, without `PREFIX`.
            digest: of its model.joblib.
        Returns:
            Whether the registry has such a version; a model may come from another store.
        """
        name, client = PREFIX + model, self._client
        with self._explained():
            found = client.search_model_versions(f"name = '{name}' and tags.digest = '{digest}'")
            if found:
                version = max(int(one.version) for one in found)
                client.set_registered_model_alias(name, CHAMPION, version)
        return bool(found)

    def _opened(self) -> Any:
        path = self._folder / "mlflow.db"
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            # Fail at once on a file that is no database: MLflow tries again for two minutes.
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA schema_version")
            self._mlflow.set_tracking_uri(f"sqlite:///{path}")
            self._mlflow.set_registry_uri(f"sqlite:///{path}")
            return self._mlflow.MlflowClient()

    @contextmanager
    def _run(self, name: str) -> Iterator[str]:
        with self._explained():
            experiment = self._experiment(PREFIX + name)
            run = self._mlflow.start_run(experiment_id=experiment, tags=self._tags)
            with run:
                yield run.info.run_id

    def _experiment(self, name: str) -> str:
        location = (self._folder / "artifacts" / name).as_uri()
        known = self._client.get_experiment_by_name(name)
        if known is None:
            return str(self._client.create_experiment(name, artifact_location=location))
        if known.artifact_location != location:
            # MLflow keeps absolute places: a moved store would write where it once stood.
            raise TrackingError(
                f"{self._folder}: was made elsewhere; move it back, or away from here"
            )
        return str(known.experiment_id)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            with _quiet():
                yield
        except self._errors as error:
            cause = str(error).partition("\n")[0]
            raise TrackingError(
                f"{self._folder}: {cause}; make room, or move that folder away, then train again"
            ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide MLflow's use of deprecated parts of its own dependencies."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
