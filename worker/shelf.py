"""The shelf: the scorers of each model and policy that ever served, so that it can decide again.

Workers put on it what they serve before they serve it; campaigns are pinned to it, replays read it.
What lies there is told in `protocol.kept`.
"""

from functools import lru_cache
from pathlib import Path

from protocol.kept import Kept
from protocol.settings import ModelTrust
from protocol.under import Under
from worker.model import load_scorer
from worker.scorer import Scorer

#: Scorers held in memory; most questions are about few models.
HELD = 16


class Shelf(Kept):
    """The models and policies kept below a storage folder, ready to score.

    Args:
        storage: `Settings.storage_folder`.
        trust: what of a model is believed, see `worker.model.load_scorer`.
    """

    def __init__(self, storage: Path, trust: ModelTrust = "pipeline") -> None:
        super().__init__(storage)
        self._trust = trust
        #: `load`, the last `HELD` pairs in memory
        self.scorer = lru_cache(HELD)(self.load)

    def keep(self, artefact: Path, scorer: Scorer) -> None:
        """Put on the shelf what a worker is about to serve, unless it is there.

        Args:
            artefact: the folder `scorer` was loaded from.
            scorer: of it.
        Raises:
            ArtefactError, PolicyError, ShelfError: as `keep_model` and `keep_policy`.
        """
        self.keep_model(artefact, scorer.manifest.digest)
        self.keep_policy(scorer.policy)

    def under(self, under: Under, model: str, policy: str) -> Scorer:
        """Give the scorer that decides as a caller asks.

        Args:
            under: what is asked.
            model: digest of the one that is used when it names none.
            policy: likewise; other cut-offs may stand in place of its own.
        Raises:
            NotKept, ArtefactError, PolicyError: as `scorer`.
        """
        found = self.scorer(under.model or model, under.policy or policy)
        if under.cut_offs is None:
            return found
        return Scorer(found.manifest, found.policy.with_cut_offs(under.cut_offs))

    def load(self, model: str, policy: str) -> Scorer:
        """Load a model and a policy, and prove both anew.

        Args:
            model: its digest, "sha256:" and 64 hex digits.
            policy: likewise.
        Raises:
            NotKept: one of them is not on the shelf.
            ArtefactError, PolicyError: one cannot be used; the text says why.
        """
        return load_scorer(self.model(model), self.policy(policy), model, self._trust)
