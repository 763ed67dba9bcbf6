"""The steps of a campaign: plan, chunk, files; what cannot be done fails it with a reason."""

import errno
import json
import logging
from collections.abc import Callable
from functools import partial

from portfolio.options import Options, PortfolioError
from protocol.campaigns import FILES, PLAN, Campaigns, Counts, Held
from protocol.errors import ArtefactError, LedgerUnavailable, NotKept, PolicyError
from protocol.folder import CampaignFolder
from protocol.ledger import Record
from protocol.settings import Settings
from protocol.system_error import system_error
from protocol.under import Under
from worker.campaigns.beginnings import remove_beginnings
from worker.campaigns.fetch import fetch, is_fetched
from worker.campaigns.files import write_files
from worker.campaigns.input_errors import InputAway, Withdrawn
from worker.campaigns.part import write_part
from worker.campaigns.plan import make_plan
from worker.champion import Champion
from worker.scorer import Scorer
from worker.shelf import Shelf

log = logging.getLogger("loanscore.worker")

#: What ends a campaign for good: its portfolio, model or policy cannot be used.
_Refusal = PortfolioError | ArtefactError | PolicyError | NotKept


class Steps:
    """Does what the ledger hands out.

    Args:
        campaigns: where the outcome is written.
        settings: storage and sizes.
        champion: new campaigns are pinned to what this worker serves when it plans them.
    """

    def __init__(self, campaigns: Campaigns, settings: Settings, champion: Champion) -> None:
        self._campaigns = campaigns
        self._settings = settings
        self._champion = champion
        self._shelf = champion.shelf

    def take(self, held: Held) -> bool:
        """Do one step and settle it.

        Returns:
            Whether to ring, because more steps wait than this worker can take.
        Raises:
            LedgerUnavailable: Redis did not answer; the step returns when its lease ends.
        """
        record = self._campaigns.read(held.campaign)
        if not isinstance(record, dict):
            return False
        folder = CampaignFolder.of(self._settings.storage_folder, held.campaign)
        try:
            if is_fetched(record):  # nothing was stored when it was created
                folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            remove_beginnings(folder, held.step)
            return self._does(held)(held, record, folder)
        except LedgerUnavailable:
            raise
        except Withdrawn as error:
            log.info("%s, step %s: %s", held.campaign, held.step, error)
        except InputAway as error:
            self._put_off(held, error)
        except (PortfolioError, ArtefactError, PolicyError, NotKept) as error:
            return self._fail(held, error)
        except OSError as error:
            return self._fail(held, system_error(error) or error)
        except Exception as error:  # noqa: BLE001 - it is tried again, then given up
            if (of_system := system_error(error)) is not None:
                return self._fail(held, of_system)
            # Only the type: the text could quote a row.
            log.error("%s, step %s: %s", held.campaign, held.step, type(error).__name__)  # noqa: TRY400
        return False

    def _fail(self, held: Held, error: _Refusal | OSError) -> bool:
        log.warning("%s, step %s: %s", held.campaign, held.step, _code(error))
        return self._campaigns.fail(held, _problem(error))

    def _does(self, held: Held) -> Callable[[Held, Record, CampaignFolder], bool]:
        return {PLAN: self._plan, FILES: self._files}.get(held.step, self._chunk)

    def _plan(self, held: Held, record: Record, folder: CampaignFolder) -> bool:
        if is_fetched(record) and not folder.portfolio.exists():
            sha256 = fetch(folder, record, self._settings, partial(self._campaigns.renew, held))
        else:
            sha256 = record["sha256"]
        sizes, scorer = self._settings, self._asked(record)
        options = Options.model_validate_json(record["options"])
        plan = make_plan(folder, options, sizes.chunk_bytes, sizes.upload_limit_bytes, sha256)
        rows = sum(one.rows for one in plan.ranges)
        return self._campaigns.settle_plan(held, len(plan.ranges), _pinned(scorer) | {"rows": rows})

    def _asked(self, record: Record) -> Scorer:
        """Give what a new campaign is pinned to: what serves, unless it asks for something else."""
        served = self._champion.scorer
        if "under" not in record:
            return served
        under = Under.model_validate_json(record["under"])
        scorer = self._shelf.under(under, served.manifest.digest, served.policy.digest)
        self._shelf.keep_policy(scorer.policy)  # with other cut-offs it is one of its own
        return scorer

    def _put_off(self, held: Held, error: InputAway) -> None:
        """Let the lease end, so that it is tried again; the last attempt says what was wrong."""
        log.warning("%s, step %s: the input is away: %s", held.campaign, held.step, error)
        attempts = self._campaigns.steps(held.campaign).get(held.step, "")
        if attempts.isdigit() and int(attempts) >= self._settings.max_attempts:
            detail = f"What the URI names could not be read ({error}); resume tries it again."
            self._campaigns.fail(held, json.dumps({"code": "input-unreadable", "detail": detail}))

    def _chunk(self, held: Held, record: Record, folder: CampaignFolder) -> bool:
        scorer = self._shelf.scorer(record["digest"], record["policy_digest"])
        tally = write_part(folder, int(held.step), scorer, self._made_by(record))
        counts = Counts(tally.scored, tally.invalid)
        return self._campaigns.settle_chunk(held, counts)

    def _files(self, held: Held, record: Record, folder: CampaignFolder) -> bool:
        steps = self._campaigns.steps(held.campaign)
        done = {int(step) for step, how in steps.items() if how == "done" and step.isdigit()}
        pinned = "digest" in record
        scorer = self._shelf.scorer(record["digest"], record["policy_digest"]) if pinned else None
        poison = "dead" in steps.values()
        write_files(folder, record, done, scorer, self._made_by(record), poison=poison)
        return self._campaigns.settle_files(held)

    def _made_by(self, record: Record) -> Shelf | None:
        """Give what decision records were made by; None for the rows of a portfolio."""
        return self._shelf if "records" in record else None


def _pinned(scorer: Scorer) -> dict[str, str | int]:
    """Name the model and policy of a campaign, the same for its last chunk whatever serves then."""
    manifest, policy = scorer.manifest, scorer.policy
    return {
        "model": manifest.name,
        "version": manifest.version,
        "digest": manifest.digest,
        "policy": policy.version,
        "policy_digest": policy.digest,
    }


def _code(error: _Refusal | OSError) -> str:
    if isinstance(error, PortfolioError):
        return error.code
    if not isinstance(error, OSError):
        return "model-refused"
    return "disk-full" if error.errno in {errno.ENOSPC, errno.EDQUOT} else "storage"


def _problem(error: _Refusal | OSError) -> str:
    detail = {
        "disk-full": "No space is left where campaigns are stored; make room and resume.",
        "storage": "The storage could not be read or written"
        f" ({getattr(error, 'strerror', None) or 'unknown'}); resume when it can.",
        "model-refused": "The model or policy it is pinned to cannot be loaded; put it back"
        " and resume.",
    }
    code = _code(error)
    return json.dumps({"code": code, "detail": detail.get(code, str(error))})
