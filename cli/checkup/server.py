"""The Redis: its version, what survives a crash, eviction, memory, who may come in, its clock."""

import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import redis
from redis.exceptions import NoPermissionError

from cli.checkup.finding import Finding, fault, ok, unseen, warn
from protocol.ledger import connect
from protocol.redis_policy import durability, eviction
from protocol.settings import Settings

#: The oldest that has every command of the ledger.
OLDEST = (6, 2)
#: A clock that differs by more dates keys and logs wrongly, s.
CLOCK_S = 2.0
#: What survives a crash, and is no reason to worry.
KEPT = {"aof-always", "sync"}


def findings(url: str, settings: Settings) -> Iterator[Finding]:
    """Look at the server of a URL; when it does not answer, that is the one finding.

    Args:
        url: with user and password.
        settings: what its operator states of it.
    """
    with connect(url) as client:
        try:
            server, memory = client.info("server"), client.info("memory")
            replication = client.info("replication")
        except redis.AuthenticationError as error:
            yield fault(
                "redis", f"{_words(error)}; correct user and password in LOANSCORE_REDIS_URL"
            )
            return
        except NoPermissionError:
            yield fault(
                "redis", "this user may not INFO; give it deploy/redis/users.acl's commands"
            )
            return
        except redis.RedisError as error:
            yield fault("redis", f"{_words(error)}; start it or correct LOANSCORE_REDIS_URL")
            return
        yield _version(server)
        yield _role(replication)
        yield _kept(client, settings)
        yield _eviction(memory)
        yield _room(memory)
        yield _transport(url)
        yield _clock(client)
    yield _strangers(url)


def _words(error: Exception) -> str:
    # the server's words name no password; the client's name the address at most
    return f"{type(error).__name__}: {error}".rstrip(".")


def _version(server: dict[str, Any]) -> Finding:
    # Valkey keeps saying redis_version 7.2.4 for old clients' sake
    name = "valkey" if "valkey_version" in server else "redis"
    text = str(server.get("valkey_version") or server["redis_version"])
    if tuple(int(part) for part in re.findall(r"\d+", text)[:2]) < OLDEST:
        return fault("version", f"{name} {text} lacks commands; install 6.2 or later")
    return ok("version", f"{name} {text}")


def _role(replication: dict[str, Any]) -> Finding:
    if replication.get("role") != "master":
        return fault("role", "this is a replica, which takes no writes; give the primary's address")
    return ok("role", f"primary, {replication.get('connected_slaves', 0)} replicas")


def _kept(client: redis.Redis, settings: Settings) -> Finding:
    stated = settings.redis_durability
    kept = durability(client, stated)
    if stated and kept != stated:
        return fault(
            "persistence",
            f"LOANSCORE_REDIS_DURABILITY says {stated} but no append-only file is kept;"
            " set appendonly yes",
        )
    if kept in KEPT:
        return ok("persistence", kept)
    if kept == "aof":
        return warn(
            "persistence",
            "an append-only file is kept, how often it is synced is not known; set appendfsync"
            " always and LOANSCORE_REDIS_DURABILITY=aof-always",
        )
    return warn(
        "persistence",
        f"{kept}: a crash can lose accepted jobs; set appendonly yes and appendfsync always",
    )


def _eviction(memory: dict[str, Any]) -> Finding:
    found = eviction(memory)
    return fault("eviction", found) if found else ok("eviction", "noeviction")


def _room(memory: dict[str, Any]) -> Finding:
    most, used = int(memory.get("maxmemory", 0)), int(memory["used_memory"])
    if not most:
        return warn("memory", "maxmemory is not set, so a full machine ends Redis; set it")
    if used > 0.7 * most:
        return fault("memory", f"{used / most:.0%} of maxmemory is used; the API refuses jobs")
    return ok("memory", f"{used / most:.0%} of {most >> 20} MiB is used")


def _transport(url: str) -> Finding:
    parts = urlsplit(url)
    if parts.scheme == "rediss":
        if "ssl_cert_reqs=none" in parts.query.lower():
            return fault("transport", "certificates are not checked; remove ssl_cert_reqs=none")
        return ok("transport", "TLS, certificates are checked")
    if parts.scheme == "unix":
        return ok("transport", "a socket of this machine")
    if parts.hostname in {"127.0.0.1", "::1", "localhost"}:
        return ok("transport", "this machine")
    return warn("transport", "passwords and applications go unencrypted; use rediss://")


def _clock(client: redis.Redis) -> Finding:
    before = time.time()
    seconds, microseconds = client.time()
    apart = (before + time.time()) / 2 - seconds - microseconds / 1_000_000
    if abs(apart) > CLOCK_S:
        return fault("clock", f"this machine is {apart:+.1f} s from Redis; run NTP on both")
    return ok("clock", f"{abs(apart):.1f} s from Redis")


def _strangers(url: str) -> Finding:
    """See whether somebody without a password may come in."""
    parts = urlsplit(url)
    anonymous = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    with connect(anonymous) as stranger:
        try:
            stranger.ping()
        except (redis.AuthenticationError, redis.ResponseError):
            return ok("users", "nobody comes in without a password")
        except redis.RedisError as error:
            return unseen("users", _words(error))
    if parts.scheme == "unix":
        return warn("users", "who may open the socket needs no password; see SECURITY.md")
    return fault("users", "anyone who reaches it comes in; load deploy/redis/users.acl")
