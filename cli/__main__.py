"""Run a command: `python -m cli`. Each noun is a group in a file of its own, named in `NOUNS`."""

import sys

import click

from cli import dead_letters, keys
from protocol.errors import LoanscoreError

NOUNS: tuple[click.Command, ...] = (keys.group, dead_letters.group)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def loanscore() -> None:
    """Look after a running loanscore.

    The Redis is the one of LOANSCORE_REDIS_URL, else that of `make run` in LOANSCORE_STATE_DIR.
    """


for noun in NOUNS:
    loanscore.add_command(noun)


def main() -> int:
    """Run the command line's command; an error is one line on stderr.

    Returns:
        0, 1 when it could not be done, 2 when it was called wrongly.
    """
    try:
        return loanscore.main(prog_name="loanscore", standalone_mode=False) or 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        return _say(error.format_message(), error.exit_code)
    except click.Abort:
        return _say("interrupted", 1)
    except LoanscoreError as error:
        return _say(str(error), 1)


def _say(text: str, code: int) -> int:
    click.echo(f"loanscore: {' '.join(text.split())}", err=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
