"""The model of a campaign: pinned when it is planned, the same for its last chunk."""

from protocol.artefact import MANIFEST_FILE, MODEL_FILE, Manifest, read_verified
from protocol.durable import written
from protocol.folder import CampaignFolder
from protocol.settings import Settings
from worker.model import load_scorer
from worker.scorer import Scorer


class Models:
    """The model this worker serves, and the one another campaign is pinned to.

    Args:
        settings: where the served artefact lies.
        scorer: of the served model.
    """

    def __init__(self, settings: Settings, scorer: Scorer) -> None:
        self._settings = settings
        self._served = scorer
        self._other: Scorer | None = None

    def pin(self, folder: CampaignFolder) -> Manifest:
        """Copy the served artefact into a campaign's folder, so that a promotion changes nothing.

        Raises:
            ArtefactError: the artefact is no longer the one this worker serves.
            OSError: it could not be written.
        """
        source = self._settings.artefact_folder
        manifest, data = read_verified(source, self._served.manifest.digest)
        folder.model.mkdir(exist_ok=True)
        with written(folder.model / MODEL_FILE) as file:
            file.write(data)
        with written(folder.model / MANIFEST_FILE) as file:
            file.write(manifest.model_dump_json().encode())
        return manifest

    def of(self, folder: CampaignFolder, digest: str) -> Scorer:
        """Give the scorer a campaign is pinned to.

        Raises:
            ArtefactError: its artefact is not what it was.
        """
        for scorer in (self._served, self._other):
            if scorer is not None and scorer.manifest.digest == digest:
                return scorer
        self._other = load_scorer(folder.model, digest)
        return self._other
