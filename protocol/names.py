"""Every name that two rooms must agree on: the task, the queue, the Redis keys, the ids."""

import re
import secrets
import time
from datetime import UTC, date, datetime, timedelta

#: Hash tag of every key, so that all of them live on one shard of a cluster.
TAG = "{ls}"
#: The Celery queue of single scores; kombu's own key is TAG + this.
SCORES_QUEUE = "scores"
#: The doorbell: a Celery message that carries nothing. Sent by this name, so the API never
#: imports the worker.
SCORES_DOORBELL = "loanscore.score_waiting"
#: The Celery queue of campaigns, and the doorbell in it.
CAMPAIGNS_QUEUE = "campaigns"
CAMPAIGNS_DOORBELL = "loanscore.work_campaigns"
#: Every doorbell there is; a worker's transport lets no other message through.
DOORBELLS = frozenset({SCORES_DOORBELL, CAMPAIGNS_DOORBELL})

#: A score's id: "sc_", 12 hex digits of milliseconds (sortable), 128 random bits (unguessable).
SCORE_ID = re.compile(r"sc_[0-9a-f]{44}")
#: A batch's id, likewise.
BATCH_ID = re.compile(r"sb_[0-9a-f]{44}")
#: A campaign's id, likewise.
CAMPAIGN_ID = re.compile(r"ca_[0-9a-f]{44}")
#: The id of a question about a score, likewise; only the API that asks knows it.
QUESTION_ID = re.compile(r"qu_[0-9a-f]{44}")
#: An override's id, likewise.
OVERRIDE_ID = re.compile(r"ov_[0-9a-f]{44}")
#: A webhook's id: "wh_" and 128 random bits.
WEBHOOK_ID = re.compile(r"wh_[0-9a-f]{32}")

#: The kinds of questions; a job without a kind is a score.
WHAT_IF = "what-if"
REPLAY = "replay"

#: Hash of one job or question; append the id.
JOB = TAG + "job:"
#: Hash of one batch; append the id.
BATCH = TAG + "batch:"
#: Who owned a job or batch that is gone; append the id.
GONE = TAG + "gone:"
#: Hash of the first request under an idempotency key; append owner, ":", SHA-256 of path and key.
IDEMPOTENCY = TAG + "idem:"
#: Sorted set of waiting ids by the time they were accepted, milliseconds of Redis's clock.
READY = TAG + "ready:scores"
#: Sorted set of claimed ids by the end of their lease, milliseconds of Redis's clock.
LEASES = TAG + "leases:scores"
#: Exists while a doorbell message is on its way.
BELL = TAG + "bell:scores"
#: Sorted set of ids given up after too many attempts, by the time they were.
DEAD = TAG + "dead:scores"
#: Hash of counters: accepted, and one per final state.
BOOKS = TAG + "books:scores"
#: Stream of decision records that wait to be archived; no time to live: nothing else has them.
RECORDS = TAG + "records"
#: Hash of the last record that was archived: seq, link, and its entry in the stream.
ARCHIVE = TAG + "archive"
#: The archiver's lease: a token.
ARCHIVER = TAG + "archiver"
#: Set of ids whose records are archived without their personal part.
RECORDS_ERASED = TAG + "records:erased"
#: Hash of one override: what was decided, why, by whom, how it ended; append the id.
OVERRIDE = TAG + "override:"
#: Sorted set of a score's overrides in their order; append the score's id.
OVERRIDES_OF = TAG + "overrides:of:"
#: Sorted set of one owner's overrides that wait for a second person, by when they were asked for.
OVERRIDES_WAITING = TAG + "overrides:waiting:"
#: Hash of counters: "<state> <direction> <code of the reason>" -> events.
OVERRIDE_COUNTS = TAG + "overrides:counts"
#: The outcome of a score that was recorded last: the same again is no second; append the id.
OUTCOME = TAG + "outcome:"
#: Hash of the applications that were refused on a day, counted by field; append the day.
REFUSED = TAG + "refused:"
#: Hash of the last report of monitoring: when it was made, and its levels.
MONITORING = TAG + "monitoring"
#: The lease of who makes the next one: a token.
MONITOR = TAG + "monitor"
#: Hash of one crossing that webhooks are told of: level and time; append the id.
MONITORING_EVENT = TAG + "monitoring-event:"
#: Hash of one campaign; append the id, as to the next four.
CAMPAIGN = TAG + "campaign:"
#: Hash of a campaign's steps: step -> attempts so far, "done" or "dead". A step is "plan", the
#: number of a chunk, or "files".
CAMPAIGN_STEPS = TAG + "campaign-steps:"
#: Hash of the steps that are held: step -> fencing token of who holds it.
CAMPAIGN_HELD = TAG + "campaign-held:"
#: Sorted set of one owner's campaigns by when they were created; append the owner.
CAMPAIGNS_OF = TAG + "campaigns:of:"
#: Sorted set of all campaigns by when their files may be removed, milliseconds of Redis's clock.
CAMPAIGNS = TAG + "campaigns:kept"
#: Set of the campaigns that are not final.
CAMPAIGNS_OPEN = TAG + "campaigns:open"
#: Sorted set of waiting steps, "<campaign id> <step>", by when they came to wait.
CAMPAIGN_READY = TAG + "ready:campaigns"
#: Sorted set of held steps by the end of their lease, milliseconds of Redis's clock.
CAMPAIGN_LEASES = TAG + "leases:campaigns"
#: Exists while a doorbell message to a campaign worker is on its way.
CAMPAIGN_BELL = TAG + "bell:campaigns"
#: Sorted set of live workers by the time they are presumed gone, milliseconds of Redis's clock.
WORKERS = TAG + "workers"
#: The same of live campaign workers.
CAMPAIGN_WORKERS = TAG + "campaign-workers"
#: Which API wrote the gauges last, for as long as it is another's turn to wait.
GAUGES = TAG + "gauges"
#: Channel on which each step publishes the ids it finished, with spaces between.
FINISHED = TAG + "finished"
#: Set of the webhooks of one owner; append the owner.
WEBHOOKS_OF = TAG + "webhooks:of:"
#: Sorted set of events to deliver, "<job, batch or ping id> <webhook id>", by when they are due.
#: Whoever makes a job final adds to it, a postman empties it.
OUTBOX = TAG + "webhooks:outbox"
#: Sorted set of the webhooks that have events waiting, by whose turn it is.
TURNS = TAG + "webhooks:turns"
#: Exists while the postman of a host lives; append the host's name.
POSTMAN = TAG + "postman:"
#: Hash of one webhook: owner, url, secret, created_ms, disabled_ms, dropped. Append the id, as to
#: all below.
WEBHOOK = TAG + "webhook:"
#: The secret before the last rotation, for as long as it also signs.
WEBHOOK_OLD_SECRET = TAG + "webhook-old-secret:"
#: Sorted set of one webhook's unsent events by when each is due.
WEBHOOK_POST = TAG + "webhook-post:"
#: Sorted set of one webhook's events under way by the end of their lease.
WEBHOOK_LEASES = TAG + "webhook-leases:"
#: Hash of one unsent event: attempts, queued_ms, state, finished_ms; append "<webhook>:<event>".
WEBHOOK_EVENT = TAG + "webhook-event:"
#: List of one webhook's last deliveries, newest first.
WEBHOOK_LOG = TAG + "webhook-log:"
#: Hash of the API keys by their id, see `protocol.key`. Configuration: it has no time to live.
KEYS = TAG + "keys"
#: Hash of one client's token bucket; append the client. Those of sign-ins: append SIGN_IN and name.
RATE = TAG + "rate:"
SIGN_IN = "sign-in:"
#: Hash of the people who use the pages by their name, see `protocol.person`. No time to live.
PEOPLE = TAG + "people"
#: One session of a person, JSON; append the SHA-256 of its token.
SESSION = TAG + "session:"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: The last moment that a calendar of four digits a year has.
_LAST_MS = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)


def new_score_id() -> str:
    """Make an id nobody can guess and that sorts by the time it was made.

    >>> SCORE_ID.fullmatch(new_score_id()) is not None
    True
    """
    return _new_id("sc_")


def new_batch_id() -> str:
    """Make the id of a batch.

    >>> BATCH_ID.fullmatch(new_batch_id()) is not None
    True
    """
    return _new_id("sb_")


def new_campaign_id() -> str:
    """Make the id of a campaign.

    >>> CAMPAIGN_ID.fullmatch(new_campaign_id()) is not None
    True
    """
    return _new_id("ca_")


def new_question_id() -> str:
    """Make the id of a question.

    >>> QUESTION_ID.fullmatch(new_question_id()) is not None
    True
    """
    return _new_id("qu_")


def new_override_id() -> str:
    """Make the id of an override.

    >>> OVERRIDE_ID.fullmatch(new_override_id()) is not None
    True
    """
    return _new_id("ov_")


def new_monitoring_id() -> str:
    """Make the id of a crossing.

    >>> new_monitoring_id()[:3]
    'mo_'
    """
    return _new_id("mo_")


def new_webhook_id() -> str:
    """Make an id nobody can guess.

    >>> WEBHOOK_ID.fullmatch(new_webhook_id()) is not None
    True
    """
    return f"wh_{secrets.token_hex(16)}"


def new_ping_id() -> str:
    """Make the id of a test event."""
    return f"ping_{secrets.token_hex(16)}"


def made_on(some_id: str) -> date:
    """Give the day on which such an id was made, UTC; of a score, when it was asked for.

    >>> made_on("sc_01977434dc1b" + "3f" * 16), made_on("sc_" + "f" * 44)  # nobody made the other
    (datetime.date(2025, 6, 15), datetime.date(9999, 12, 31))
    """
    milliseconds = int(some_id.partition("_")[2][:12], 16)
    return (_EPOCH + timedelta(milliseconds=min(milliseconds, _LAST_MS))).date()


def _new_id(prefix: str) -> str:
    return f"{prefix}{time.time_ns() // 1_000_000:012x}{secrets.token_hex(16)}"
