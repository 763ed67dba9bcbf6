"""What was run and what came of it: on the terminal at once, in docs/images.md at the end."""

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from protocol.errors import LoanscoreError


class ImagesError(LoanscoreError):
    """Something of the images or the stack is not as it must be."""


class Transcript:
    """Runs commands, keeps those that a reader wants to see, and notes what was found.

    Args:
        folder: commands are run here.
        environment: of the commands; `COMMIT` in it is shown as that word, since a page that is
            committed cannot name its own commit.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self.lines: list[str] = []

    def head(self, text: str) -> None:
        """Begin a section."""
        self._add(f"## {text}", blank=True)

    def found(self, what: str, *, good: bool = True) -> None:
        """Note a finding; one that is not good ends the run.

        Raises:
            ImagesError: it is not good.
        """
        self._add(f"* {what}")
        if not good:
            raise ImagesError(what)

    def run(self, *command: object, shown: bool = False, check: bool = True) -> str:
        """Run a command and give what it wrote.

        Args:
            command: program and arguments.
            shown: it is worth a reader's while; its output and time are kept.
            check: it has to succeed.
        Raises:
            ImagesError: it did not.
        """
        words = [str(word) for word in command]
        began = time.monotonic()
        done = subprocess.run(
            words,
            cwd=self._folder,
            env=dict(self._environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise ImagesError(
                f"{' '.join(words)}: exit code {done.returncode}: {done.stdout[-2000:]}"
            )
        if shown:
            self._show(words, done.stdout, time.monotonic() - began)
        return done.stdout

    def _show(self, words: list[str], output: str, took_s: float) -> None:
        here = str(self._folder)
        said = [line.rstrip().replace(here, ".") for line in output.strip().splitlines()]
        self._add(
            "\n".join(["```", f"$ {' '.join(words)}".replace(here, "."), *said, "```"]), blank=True
        )
        self._add(f"({took_s:.0f} s)", blank=True)

    def _add(self, text: str, *, blank: bool = False) -> None:
        text = text.replace(self._environment["COMMIT"], "COMMIT")
        print(text, flush=True)
        previous = self.lines[-1] if self.lines else ""
        if blank or (text.startswith("* ") and not previous.startswith("* ")):
            self.lines.append("")
        self.lines.append(text)
