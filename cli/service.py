"""The API that a command talks to, and the key it shows there."""

import functools
import ipaddress
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from loanscore_client import Client, ConnectionFailed, LoanscoreError

from cli.report import told
from protocol.settings import Settings


def calls_service(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that name the service, and a client as its first argument."""

    @click.option("--url", help="Of the service [LOANSCORE_URL, else that of make run].")
    @click.option(
        "--key-file",
        type=click.Path(path_type=Path),
        help="Holds the API key [LOANSCORE_API_KEY, else that of make run].",
    )
    @click.option(
        "--allow-plain-http", is_flag=True, help="Show the key to http:// on another machine."
    )
    @functools.wraps(command)
    def called(
        url: str | None, key_file: Path | None, *, allow_plain_http: bool, **given: Any
    ) -> None:
        settings = Settings.read(os.environ)
        url = url or os.environ.get("LOANSCORE_URL") or f"http://127.0.0.1:{settings.port}"
        try:
            key = _key(url, key_file, settings)
            client = Client(url, key, allow_plain_http=allow_plain_http)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        with client:
            try:
                command(client, **given)
            except ConnectionFailed as error:
                raise click.ClickException(
                    f"no answer from {url}: {error.detail}; is it running, is --url right?"
                ) from None
            except LoanscoreError as error:
                raise click.ClickException(told(error)) from None
            except (OSError, ValueError) as error:
                raise click.ClickException(str(error)) from None

    return called


def _key(url: str, file: Path | None, settings: Settings) -> str:
    """Read the key; never an argument, for those are seen by everyone on the machine."""
    given = os.environ.get("LOANSCORE_API_KEY")
    if file is None and given:
        return given
    local = settings.state_dir / "api-key"
    if file is None and not (_is_here(url) and local.is_file()):
        raise click.UsageError(
            "no API key: set LOANSCORE_API_KEY or give --key-file;"
            " `loanscore keys create --client NAME --scope campaigns` makes one"
        )
    try:
        return (file or local).read_text(encoding="ascii").strip()
    except OSError as error:
        raise click.UsageError(f"{file or local}: {error.strerror}") from None


def _is_here(url: str) -> bool:
    """Tell this machine's own address: the key of make run goes nowhere else.

    >>> [_is_here(f"http://{host}:5000") for host in ("127.0.0.1", "localhost", "loans.example")]
    [True, True, False]
    """
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
