"""Settings: read once from a mapping of LOANSCORE_ variables, frozen afterwards."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from protocol import source
from protocol.errors import SettingsError
from protocol.key import CLIENT
from protocol.person import Role

PREFIX = "LOANSCORE_"
#: What callers of the API set, by the same prefix: where it is, and their key. No setting.
CALLERS = frozenset({f"{PREFIX}URL", f"{PREFIX}API_KEY"})
#: async and sync are ElastiCache's words: a log in several zones, behind or before the answer.
Durability = Literal["none", "aof-everysec", "aof-always", "async", "sync"]
#: What of a model artefact a worker believes: `coefficients` never unpickles anything.
ModelTrust = Literal["pipeline", "coefficients"]


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


#: Comma separated in the environment.
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_split)]
_Wait = Annotated[float, Field(ge=0.01, le=86_400)]
Waits = Annotated[tuple[_Wait, ...], BeforeValidator(_split), Field(min_length=1)]
_Prefix = Annotated[str, AfterValidator(source.prefix)]
Prefixes = Annotated[tuple[_Prefix, ...], BeforeValidator(_split)]


def _groups(value: object) -> object:
    return dict(_pair(part) for part in value.split(",")) if isinstance(value, str) else value


def _pair(text: str) -> tuple[str, str]:
    group, _, role = text.rpartition("=")
    return group.strip(), role.strip()


#: group=role, comma separated in the environment
Groups = Annotated[dict[Annotated[str, Field(min_length=1)], Role], BeforeValidator(_groups)]


def _secret(name: str, file: Path) -> str:
    where = f"{PREFIX}{name}: {file}"
    try:
        secret = file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is no text"
        raise SettingsError(f"{where}: {reason}; name a readable file") from None
    if not secret:
        raise SettingsError(f"{where}: is empty; write the password into it")
    return secret


def _with_password(url: str, file: Path) -> str:
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    if ":" in user:
        where = f"{PREFIX}REDIS_PASSWORD_FILE: {file}"
        raise SettingsError(f"{where}: {PREFIX}REDIS_URL has a password too; keep one of them")
    password = _secret("REDIS_PASSWORD_FILE", file)
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}").geturl()


class Settings(BaseModel):
    """Every setting of every room; .env.example explains each in prose."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: redis://, rediss:// or unix:///path; None in `make run` means: start one here
    redis_url: str | None = Field(None, pattern=r"^(rediss?|unix)://")
    #: a file with the password of that URL's user, which then stands in no environment
    redis_password_file: Path | None = None
    #: what survives a crash of that Redis, as its operator states it; None is what INFO tells
    redis_durability: Durability | None = None
    #: share of Redis's maxmemory above which the API takes no more jobs
    memory_limit: float = Field(0.7, gt=0, le=1)
    #: the API listens here
    host: str = "127.0.0.1"
    port: int = Field(5000, ge=1, le=65535)
    #: the API's metrics for Prometheus are served here; None serves none
    metrics_port: int | None = Field(None, ge=1, le=65535)
    #: the API logs the gauges that workers are scaled by under this namespace; None logs none
    gauges_namespace: str | None = Field(None, pattern=r"^[A-Za-z0-9_./#-]{1,255}$")
    #: requests answered at once by one API process
    api_threads: int = Field(32, ge=1, le=512)
    #: everything `make run` writes lies below
    state_dir: Path = Path("var")
    #: portfolios and the results of campaigns lie here, API and campaign workers share it; None is
    #: state_dir/storage
    storage_dir: Path | None = None
    #: the artefact folder; None is state_dir/model
    model_dir: Path | None = None
    #: where a worker copies the artefact from, into that folder, when it starts; None is nowhere
    model_uri: str | None = Field(None, pattern=r"^s3://[^/]+/([^/]+/)*$")
    #: the fields of an application, see `protocol.schema`, which reads it by itself; None is the
    #: project's schema.json
    schema_file: Path | None = None
    #: the policy, see `protocol.policy`; None is the project's policy.json
    policy_file: Path | None = None
    #: the only model digest a worker may serve; None is whatever the folder holds
    model_digest: str | None = Field(None, pattern=r"^sha256:[0-9a-f]{64}$")
    #: the only manifest a worker may serve by, see `protocol.artefact.Manifest.content_digest`
    manifest_digest: str | None = Field(None, pattern=r"^sha256:[0-9a-f]{64}$")
    #: whether a worker loads the pickled pipeline, or serves from the manifest alone
    model_trust: ModelTrust = "pipeline"
    #: the challenger that scores in the shade; None is the folder challenger of the state
    challenger_dir: Path | None = None
    #: of so many days of decisions a challenger's scores are made and kept; 0: no challenger scores
    challenger_days: int = Field(30, ge=0, le=3_660)
    #: largest request body, bytes
    body_limit_bytes: int = Field(65_536, ge=1_024)
    #: largest body of a batch, bytes
    batch_limit_bytes: int = Field(2_097_152, ge=1_024)
    #: whether browsers reach the pages by https; None: unless the API listens on loopback alone
    pages_https: bool | None = None
    #: where people find the team's MLflow, which the page of the model then leads to
    mlflow_url: str | None = Field(None, pattern=r"^https?://[^\s\"'<>#?]+$")
    #: a person who does nothing is signed out after this, seconds (default 30 minutes)
    session_idle_s: int = Field(1_800, ge=60, le=86_400)
    #: a person is signed out after this at the latest, seconds (default 12 hours)
    session_longest_s: int = Field(43_200, ge=60, le=604_800)
    #: whether people may sign in by an account of `loanscore people`
    local_accounts: bool = True
    #: people may sign in by this OpenID Connect provider too; None is by local accounts alone
    oidc_issuer: str | None = Field(None, pattern=r"^(https://|http://127\.0\.0\.1[:/])[^\s?#]+$")
    #: what the provider knows this service by, and its secret, as it is or in a file
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = Field(None, repr=False)
    oidc_client_secret_file: Path | None = None
    #: the client of API keys whose scores and campaigns these people see and make
    oidc_owner: str | None = Field(None, pattern=CLIENT)
    #: the claim of the ID token with a person's groups, and which role each group gives
    oidc_claim: str = "groups"
    oidc_roles: Groups = {}
    #: the claim that names a person in decision records: never given to another one
    oidc_name_claim: str = "sub"
    #: what is asked of the provider
    oidc_scope: str = Field("openid profile", pattern=r"^openid( \S+)*$")
    #: ISO 4217 code of the amounts, as the pages write it
    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$")
    #: requests one API process lets wait for an answer; further ones are answered at once
    api_waiters: int = Field(24, ge=0, le=512)
    #: portfolios one API process receives at once; further ones are refused
    api_uploads: int = Field(4, ge=1, le=512)
    #: how long a worker may hold a job before another takes it up, seconds
    lease_s: float = Field(10, ge=0.5, le=300)
    #: how often a worker looks for expired leases and says that it lives, seconds
    sweep_s: float = Field(1, ge=0.05, le=2)
    #: deliveries before a job becomes a dead letter
    max_attempts: int = Field(5, ge=1, le=100)
    #: jobs a worker claims in one call
    claim_size: int = Field(64, ge=1, le=1_000)
    #: jobs that may wait at once; above it submissions are refused
    queue_limit: int = Field(100_000, ge=1)
    #: age of the oldest waiting job above which submissions are refused, seconds
    queue_age_limit_s: int = Field(600, ge=1)
    #: deadline of a job whose caller names none, seconds (default 7 days)
    queued_ttl_s: int = Field(604_800, ge=1)
    #: how long a finished score can be polled, seconds (default 24 hours)
    result_ttl_s: int = Field(86_400, ge=1)
    #: how long a score is kept from the last event of an override on, never shorter than a finished
    #: one: a second person must approve within it, seconds (default 7 days)
    override_ttl_s: int = Field(604_800, ge=1)
    #: how long a dead letter can be inspected and re-driven, seconds (default 7 days)
    dead_ttl_s: int = Field(604_800, ge=1)
    #: how long the id of a score that is gone answers 410 and not 404, seconds (default 7 days)
    tombstone_ttl_s: int = Field(604_800, ge=1)
    #: how long an idempotency key is recognised, seconds (default 24 hours)
    idempotency_ttl_s: int = Field(86_400, ge=1)
    #: largest portfolio, bytes (default 4 GiB)
    upload_limit_bytes: int = Field(4_294_967_296, ge=1_024)
    #: portfolios may be fetched from below these, s3://bucket/path/ or file:///path/; {client} is
    #: the client of the key; none means that every portfolio is uploaded
    campaign_prefixes: Prefixes = ()
    #: a campaign is scored in chunks of about so many bytes
    chunk_bytes: int = Field(8_388_608, ge=1_024, le=268_435_456)
    #: campaigns that may be open at once, all owners together; above it none is created
    campaign_limit: int = Field(100, ge=1)
    #: how long a campaign and its files are kept once it is final, and at most while it is not,
    #: seconds (default 7 days)
    campaign_ttl_s: int = Field(604_800, ge=1)
    #: how often decision records are archived, seconds; 10,000 that wait are archived at once
    archive_s: float = Field(60, ge=0.05, le=3_600)
    #: how long the personal part of a decision record is kept, days: of one with a decision (25
    #: months, Regulation B, 12 CFR 1002.12(b)), of any other score
    record_days_score: int = Field(760, ge=1)
    record_days_unscored: int = Field(90, ge=1)
    #: likewise of an override; None is as long as of a score with a decision
    record_days_override: int | None = Field(None, ge=1)
    #: how often a campaign worker makes a report of monitoring, seconds (default an hour)
    monitor_s: float = Field(3_600, ge=0.05, le=604_800)
    #: the client whose webhooks are told when a level is crossed; None is nobody
    monitor_client: str | None = Field(None, pattern=CLIENT)
    #: days up to today whose decisions a report of monitoring compares with training
    monitor_days: int = Field(30, ge=1, le=3_650)
    #: days up to today whose decisions it compares with their outcomes (default two years)
    monitor_outcome_days: int = Field(730, ge=1, le=3_650)
    #: population stability index from which something is watched, and above which it has moved
    monitor_psi_watch: float = Field(0.10, gt=0)
    monitor_psi_moved: float = Field(0.25, gt=0)
    #: likewise of a share: values missing or out of range, defaults beside those expected
    monitor_share_watch: float = Field(0.01, gt=0, lt=1)
    monitor_share_moved: float = Field(0.05, gt=0, lt=1)
    #: share of the reports without any drift that may raise an alarm
    monitor_false_alarms: float = Field(0.01, gt=0, le=0.5)
    #: whether a webhook may be http:// instead of https://
    webhook_allow_http: bool = False
    #: networks a webhook may be in although they are not public
    webhook_allow_nets: Networks = ()
    #: how long one delivery may take in all, seconds
    webhook_timeout_s: float = Field(5, ge=0.1, le=30)
    #: waits before the second, third ... attempt, seconds; the last one repeats
    webhook_backoff_s: Waits = (5, 30, 120, 600, 1_800, 3_600, 7_200)
    #: an event that old is not tried again, seconds (default 3 days)
    webhook_give_up_s: int = Field(259_200, ge=1, le=2_592_000)
    #: an event that was tried that often is not tried again
    webhook_max_attempts: int = Field(50, ge=1, le=1_000)
    #: events that may wait for one webhook; further ones are dropped
    webhook_backlog: int = Field(10_000, ge=1)
    #: deliveries under way at once in one postman
    webhook_threads: int = Field(8, ge=1, le=128)

    @model_validator(mode="after")
    def _people_can_sign_in(self) -> Self:
        needed = {
            "OIDC_CLIENT_ID": self.oidc_client_id,
            "OIDC_CLIENT_SECRET or its _FILE": self.oidc_client_secret
            or self.oidc_client_secret_file,
            "OIDC_OWNER": self.oidc_owner,
            "OIDC_ROLES": self.oidc_roles,
        }
        given = [name for name, value in needed.items() if value]
        if self.oidc_issuer is None and (given or not self.local_accounts):
            what = f"{PREFIX}{given[0]}" if given else f"{PREFIX}LOCAL_ACCOUNTS=false"
            raise ValueError(f"{what} needs {PREFIX}OIDC_ISSUER")
        if self.oidc_issuer is not None and len(given) < len(needed):
            missing = next(name for name in needed if name not in given)
            raise ValueError(f"{PREFIX}OIDC_ISSUER needs {PREFIX}{missing}")
        if self.oidc_client_secret and self.oidc_client_secret_file:
            raise ValueError(f"{PREFIX}OIDC_CLIENT_SECRET and its _FILE: keep one of them")
        return self

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Read the LOANSCORE_ variables of a mapping, usually os.environ.

        Raises:
            SettingsError: a variable is unknown or its value is out of range; an empty value
                counts as not set.
        """
        given = {
            name.removeprefix(PREFIX).lower(): value
            for name, value in environment.items()
            if name.startswith(PREFIX) and value != "" and name not in CALLERS
        }
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            faults = (
                f"{PREFIX}{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}"
                for fault in error.errors(include_input=False, include_url=False)
            )
            raise SettingsError("; ".join(faults) + "; see .env.example") from error
        read = {}
        if settings.redis_password_file is not None:
            read["redis_url"] = _with_password(settings.redis, settings.redis_password_file)
        if settings.oidc_client_secret_file is not None:
            file = settings.oidc_client_secret_file
            read["oidc_client_secret"] = _secret("OIDC_CLIENT_SECRET_FILE", file)
        return settings.model_copy(update=read)

    @property
    def https(self) -> bool:
        """Whether the pages take it that browsers reach them by https."""
        if self.pages_https is not None:
            return self.pages_https
        return self.host not in {"127.0.0.1", "::1", "localhost"}

    @property
    def artefact_folder(self) -> Path:
        """The folder the worker loads its model from."""
        return self.model_dir or self.state_dir / "model"

    @property
    def challenger_folder(self) -> Path:
        """The folder of the model that training keeps beside the served one."""
        return self.challenger_dir or self.state_dir / "challenger"

    @property
    def policy(self) -> Path:
        """The file of the policy in force: unless one is named, that beside the rooms."""
        return self.policy_file or Path(__file__).parent.parent / "policy.json"

    @property
    def storage_folder(self) -> Path:
        """The folder of the campaigns' files and of the decision records."""
        return self.storage_dir or self.state_dir / "storage"

    @property
    def records_folder(self) -> Path:
        """The folder of the archived decision records."""
        return self.storage_folder / "records"

    @property
    def shade_folder(self) -> Path:
        """The folder of what challengers said of archived decisions."""
        return self.storage_folder / "shade"

    @property
    def shade_report(self) -> Path:
        """The newest report on the challenger, a JSON document."""
        return self.shade_folder / "report.json"

    @property
    def redis_socket(self) -> Path:
        """The socket of the Redis that `make run` starts."""
        return self.state_dir / "redis" / "redis.sock"

    @property
    def redis(self) -> str:
        """The Redis URL the API and the worker connect to."""
        return self.redis_url or "redis://127.0.0.1:6379/0"
