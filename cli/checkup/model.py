"""The model: what workers serve, the artefact and policy at hand, the libraries it wants."""

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cli.checkup.finding import Finding, fault, ok, unseen, warn
from protocol.artefact import MANIFEST_FILE, read_verified
from protocol.campaigns import Campaigns
from protocol.errors import ArtefactError, LoanscoreError, PolicyError
from protocol.ledger import Ledger
from protocol.policy import read_policy
from protocol.settings import Settings


def findings(
    settings: Settings, ledger: Ledger | None, campaigns: Campaigns | None
) -> Iterator[Finding]:
    """Look at the workers, the artefact and the policy.

    Args:
        settings: where both lie, and which model may be served.
        ledger: where workers say that they live; None when Redis does not answer.
        campaigns: where those of the other lane do.
    """
    if ledger and campaigns:
        yield _workers("workers", settings, ledger)
        yield _workers("campaign workers", settings, campaigns)
    yield from _artefact(settings)
    yield _policy(settings.policy)


def _workers(what: str, settings: Settings, of: Ledger | Campaigns) -> Finding:
    try:
        digests = sorted({worker["digest"] for worker in of.live_workers()})
    except LoanscoreError as error:
        return unseen(what, str(error))
    if not digests:
        missing = "nothing is scored" if isinstance(of, Ledger) else "no portfolio is"
        return (fault if isinstance(of, Ledger) else warn)(
            what, f"none lives, so {missing}; start one"
        )
    pinned = settings.model_digest
    if pinned and digests != [pinned]:
        return fault(
            what, f"serve {', '.join(digests)} and not LOANSCORE_MODEL_DIGEST {pinned}; deploy it"
        )
    if len(digests) > 1:
        return warn(what, f"serve {len(digests)} models: {', '.join(digests)}; a deployment?")
    return ok(what, f"serve {digests[0]}")


def _artefact(settings: Settings) -> Iterator[Finding]:
    folder = settings.artefact_folder
    if settings.model_uri or not (folder / MANIFEST_FILE).exists():
        yield unseen("model", f"none in {folder}; the workers' hosts have it")
        return
    try:
        manifest, _ = read_verified(folder, settings.model_digest)
    except ArtefactError as error:
        yield fault("model", str(error))
        return
    yield ok("model", f"{manifest.name} {manifest.version} {manifest.digest}")
    unlike, missing = [], []
    for package, wanted in manifest.libraries.items():
        here = _version(package)
        if here is None:
            missing.append(package)
        elif here != wanted:
            unlike.append(f"{package} {here}, trained with {wanted}")
    if unlike:
        yield fault("libraries", f"{'; '.join(unlike)}; install requirements.txt or train again")
    elif missing:
        yield unseen("libraries", f"not installed here: {', '.join(missing)}; workers compare them")
    else:
        yield ok("libraries", "those that the model was trained with")


def _version(package: str) -> str | None:
    if package == "python":
        return ".".join(platform.python_version_tuple()[:2])
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _policy(path: Path) -> Finding:
    if not path.exists():
        return unseen("policy", f"no {path}; the workers' hosts have it")
    try:
        policy = read_policy(path)
    except PolicyError as error:
        return fault("policy", str(error))
    return ok("policy", f"{policy.version} {policy.digest}")
