"""Start the four services that are compared.

All stay up for the whole run. An idle one costs next to nothing, whereas one started before each
of its rounds would be measured while it imports and connects.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from benchmarks import callers
from benchmarks.host import Host
from benchmarks.target import Target
from local import key
from local.service import Service


@contextmanager
def loanscore(host: Host) -> Iterator[Target]:
    """Our service as `make run` starts it: Redis, one worker, the API."""
    with _ours(host, "worker") as service:
        yield _target("loanscore", host, service)


@contextmanager
def unexplained(host: Host) -> Iterator[Target]:
    """The same without reasons."""
    with _ours(host, "benchmarks.unexplained") as service:
        yield _target("loanscore without reasons", host, service)


@contextmanager
def _ours(host: Host, worker: str) -> Iterator[Service]:
    service = Service(host.settings, host.environment)
    service.worker = worker
    with ExitStack() as stack:
        stack.callback(service.stop)
        service.start()
        yield service


def _target(name: str, host: Host, service: Service) -> Target:
    bearer = {"Authorization": f"Bearer {key.read(host.settings)}"}
    return Target(name, host.url, callers.ask_loanscore, service.check, bearer)


@contextmanager
def obvious_way(host: Host) -> Iterator[Target]:
    """Flask under gunicorn, Celery's own pool of processes, one a core, and its result backend."""
    with host.running():
        host.start_redis()
        host.start("worker", "celery", "--app=benchmarks.obvious", "worker")
        host.start_gunicorn("benchmarks.obvious:web", workers=1)
        yield Target("obvious way", host.url, callers.ask_obvious_way, host.check)


@contextmanager
def predecessor(host: Host) -> Iterator[Target]:
    """Flask under gunicorn, one process a core: it computes in the request."""
    with host.running():
        host.start_gunicorn("benchmarks.predecessor:web", workers=2)
        yield Target("predecessor's route", host.url, callers.ask_predecessor, host.check)


@contextmanager
def empty(host: Host) -> Iterator[Target]:
    """A route that does nothing, served as our API is."""
    with host.running():
        host.start("web", "benchmarks.empty")
        host.wait_for_port()
        yield Target("empty POST", host.url, callers.ask_nothing, host.check)


#: The rows of the table, in order.
SERVICES: tuple[Callable[[Host], AbstractContextManager[Target]], ...] = (
    loanscore,
    unexplained,
    obvious_way,
    predecessor,
    empty,
)
