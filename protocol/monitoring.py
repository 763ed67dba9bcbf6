"""The reports of monitoring: kept as files, and whose turn it is to make the next one.

    monitoring/2026-11-25.json     the last one of a day, below the storage folder

Written by `worker.campaigns.monitor`, served by `api.monitoring`. What was told to webhooks is in
Redis, so that a level that is crossed is told once, whoever makes the report.
"""

import json
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import redis

from protocol import names
from protocol.durable import written
from protocol.scripts import MONITORING, Scripts, answering
from protocol.settings import Settings

Document = dict[str, Any]
_FILE = re.compile(r"\d{4}-\d\d-\d\d\.json")


class Reports:
    """The files.

    Args:
        storage: `Settings.storage_folder`.
    """

    def __init__(self, storage: Path) -> None:
        self._folder = storage / "monitoring"

    def write(self, report: Document) -> None:
        """Keep a report, in the place of an earlier one of the same day.

        Raises:
            OSError: it could not be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{report['made_at'][:10]}.json"
        with written(path) as file:
            file.write(json.dumps(report).encode())

    def newest(self) -> Document | None:
        """Read the newest; None when there is none.

        Raises:
            OSError: it cannot be read.
        """
        paths = self._folder.glob("*.json")
        newest = max((path for path in paths if _FILE.fullmatch(path.name)), default=None)
        if newest is None:
            return None
        report: Document = json.loads(newest.read_bytes())
        return report


class Watch:
    """Whose turn it is, and which levels are known.

    Every method raises `LedgerUnavailable` when Redis does not answer in time.

    Args:
        client: see `protocol.ledger.connect`.
        settings: how often a report is made, and whose webhooks are told.
    """

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self._client = client
        self._run = Scripts(client, settings, MONITORING).run
        self._every_ms = int(settings.monitor_s * 1_000)
        self._told = settings.monitor_client
        self._token = secrets.token_hex(16)

    def lease(self) -> bool:
        """Become the one that makes the report, or stay it for `MONITOR_MS` more.

        Returns:
            False while another makes it, or none is due.
        """
        return bool(self._run("monitoring_lease", self._token, self._every_ms))

    def levels(self) -> dict[str, str]:
        """Give the level of everything that had an alarm in the last report."""
        with answering():
            levels = self._client.hget(names.MONITORING, "levels")
        known: dict[str, str] = json.loads(str(levels)) if levels else {}
        return known

    def settle(self, levels: Mapping[str, str], level: str, *, crossed: bool) -> bool:
        """Note the levels of a report that is on the disk, and end the lease.

        Args:
            levels: as `levels` will give them.
            level: of the whole report.
            crossed: whether to tell the webhooks of `LOANSCORE_MONITOR_CLIENT`.
        Returns:
            False when the lease was over: nothing was noted.
        """
        event = names.new_monitoring_id() if crossed and self._told else ""
        told = (event, level, self._told or "")
        return bool(self._run("monitoring_settle", self._token, json.dumps(dict(levels)), *told))
