"""Model and policy of a campaign: pinned when it is planned, the same for its last chunk."""

from protocol.artefact import MANIFEST_FILE, MODEL_FILE, read_verified
from protocol.durable import written
from protocol.errors import PolicyError
from protocol.folder import CampaignFolder
from protocol.ledger import Record
from protocol.policy import read_policy
from protocol.settings import Settings
from worker.model import load_scorer
from worker.scorer import Scorer


class Models:
    """The model and policy this worker serves, and those another campaign is pinned to.

    Args:
        settings: where the served artefact lies.
        scorer: of the served model.
    """

    def __init__(self, settings: Settings, scorer: Scorer) -> None:
        self._settings = settings
        self._served = scorer
        self._other: Scorer | None = None

    def pin(self, folder: CampaignFolder) -> dict[str, str | int]:
        """Copy what is served into a campaign's folder, so that a promotion changes nothing.

        Returns:
            What the campaign's record notes of it; `of` takes it.

        Raises:
            ArtefactError: the artefact is no longer the one this worker serves.
            OSError: it could not be written.
        """
        source, policy = self._settings.artefact_folder, self._served.policy
        manifest, data = read_verified(source, self._served.manifest.digest)
        folder.model.mkdir(exist_ok=True)
        with written(folder.model / MODEL_FILE) as file:
            file.write(data)
        with written(folder.model / MANIFEST_FILE) as file:
            file.write(manifest.model_dump_json().encode())
        with written(folder.policy) as file:
            file.write(policy.model_dump_json(exclude_none=True).encode())
        return {
            "model": manifest.name,
            "version": manifest.version,
            "digest": manifest.digest,
            "policy": policy.version,
            "policy_digest": policy.digest,
        }

    def of(self, folder: CampaignFolder, record: Record) -> Scorer:
        """Give the scorer a campaign is pinned to.

        Raises:
            ArtefactError, PolicyError: they are not what they were.
        """
        digest, policy = record["digest"], record["policy_digest"]
        for scorer in (self._served, self._other):
            if scorer is not None and _pinned(scorer) == (digest, policy):
                return scorer
        trust = self._settings.model_trust
        self._other = load_scorer(folder.model, read_policy(folder.policy), digest, trust)
        if _pinned(self._other) != (digest, policy):
            raise PolicyError("the campaign's policy is not the one it was planned with")
        return self._other


def _pinned(scorer: Scorer) -> tuple[str, str]:
    return scorer.manifest.digest, scorer.policy.digest
