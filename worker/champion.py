"""The champion: the model and policy that this worker serves now, changed between two tasks.

Looked at by the tasks of both lanes each time they claim, and by nobody in the middle of a score:
so an answer is made by one model, which it names. A new promotion is loaded beside, in a thread of
its own, and takes over once it is proved; one that cannot be loaded changes nothing.
"""

import json
import logging
import os
import socket

from protocol.errors import LoanscoreError, PromotionError
from protocol.policy import Policy
from protocol.promotions import Model, Promotions, line
from protocol.settings import Settings
from worker.model import check_pinned, served_scorer
from worker.scorer import Scorer
from worker.shelf import Shelf

log = logging.getLogger("loanscore.worker")


class Champion:
    """Serves the last promotion that can be served, or else the artefact folder.

    Args:
        settings: where the folder, the shelf and the promotions are, and what may be served.
        policy: what is made of a pd; the same for as long as the worker runs.
    Raises:
        LoanscoreError: nothing can be served, or what is served cannot be kept for later.
    """

    def __init__(self, settings: Settings, policy: Policy) -> None:
        self._settings = settings
        self._policy = policy
        self._promotions = Promotions(settings.storage_folder)
        self.shelf = Shelf(settings.storage_folder, settings.model_trust)
        self._judged = self._promotions.last()
        #: in force now; keep it for as long as one task needs it
        self.scorer = self._first()

    def look(self) -> None:
        """Take over a promotion that came since the last look."""
        try:
            last = self._promotions.last()
            if last == self._judged:
                return
            champions = self._line(last)
        except PromotionError as error:
            log.warning("promotions: %s; still serving %s", error, self.scorer.manifest.digest)
            return
        # Judged once, whatever comes of it: what cannot be served now cannot a second later.
        self._judged = last
        try:
            found = self._promoted(champions[-1]) if champions else self._deployed()
        except (LoanscoreError, OSError) as error:
            served = self.scorer.manifest.digest
            log.error("promotion %s: %s; still serving %s", last, error, served)  # noqa: TRY400
            return
        if found.manifest.digest != self.scorer.manifest.digest:
            self.scorer = found
            self.tell()

    def tell(self) -> None:
        """Write into the log what serves."""
        model = self.scorer.manifest
        log.info("serving %s %s %s", model.name, model.version, model.digest)

    def identity(self) -> str:
        """Name this process and the model it serves, as a JSON object."""
        manifest = self.scorer.manifest
        return json.dumps(
            {
                "host": socket.gethostname(),
                "process": str(os.getpid()),
                "model": manifest.name,
                "version": manifest.version,
                "digest": manifest.digest,
            }
        )

    def _line(self, last: int) -> list[Model]:
        if last < self._judged:
            raise PromotionError("the folder lacks promotions that were there; put it back")
        return line(self._promotions.read())

    def _first(self) -> Scorer:
        for model in reversed(line(self._promotions.read())):
            try:
                return self._promoted(model)
            except (LoanscoreError, OSError) as error:
                # As a worker would that runs already: the one before stays in force.
                log.error("%s, promoted: %s; the one before it is served", model.digest, error)  # noqa: TRY400
        return self._deployed()

    def _promoted(self, model: Model) -> Scorer:
        self.shelf.keep_policy(self._policy)
        scorer = self.shelf.load(model.digest, self._policy.digest)
        check_pinned(scorer.manifest, self._settings)
        return scorer

    def _deployed(self) -> Scorer:
        scorer = served_scorer(self._settings, self._policy)
        self.shelf.keep(self._settings.artefact_folder, scorer)
        return scorer
