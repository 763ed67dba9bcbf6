"""Run a command: `python -m cli`. Each noun is a group in a file of its own, named in `NOUNS`."""

import sys
from importlib import import_module

import click

from protocol.errors import LoanscoreError

#: Noun -> the module whose `group` it is.
NOUNS = {
    "campaign": "cli.campaign",
    "outcomes": "cli.outcomes",
    "export": "cli.export",
    "keys": "cli.keys",
    "people": "cli.people",
    "dead-letters": "cli.dead_letters",
    "records": "cli.records",
    "monitor": "cli.monitor",
    "doctor": "cli.doctor",
    "models": "cli.models",
    "rollback": "cli.rollback",
    "challenger": "cli.challenger",
}


class Nouns(click.Group):
    """Loads a noun when it is called: campaigns need no Redis client, keys no HTTP client."""

    def list_commands(self, _: click.Context) -> list[str]:
        """Name them for --help."""
        return list(NOUNS)

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        """Load one."""
        if cmd_name not in NOUNS:
            return None
        group: click.Command = import_module(NOUNS[cmd_name]).group
        return group


@click.group(
    cls=Nouns,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def loanscore() -> None:
    """Run campaigns on a loanscore, or look after a running one.

    `campaign` and `outcomes` talk to the API of LOANSCORE_URL. The others are the operator's: their
    Redis is the one of LOANSCORE_REDIS_URL, else that of `make run` in LOANSCORE_STATE_DIR.
    """


def main() -> int:
    """Run the command line's command; an error is one line on stderr.

    Returns:
        0, 1 when it could not be done, 2 when it was called wrongly, 130 after Ctrl-C.
    """
    try:
        return loanscore.main(prog_name="loanscore", standalone_mode=False) or 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        return _say(error.format_message(), error.exit_code)
    except click.Abort:
        return _say("interrupted", 130)
    except LoanscoreError as error:
        return _say(str(error), 1)


def _say(text: str, code: int) -> int:
    click.echo(f"loanscore: {' '.join(text.split())}", err=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
