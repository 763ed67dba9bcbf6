"""Check the templates: `python -m deploy.check [FOLDER]`, 0 when they keep the contract."""

import sys
from pathlib import Path

from deploy.check import data, links, networks, roles, scaling, services, tasks
from deploy.check.stacks import Stacks, read

#: Each takes the stacks and gives its faults, a sentence each.
CHECKS = (tasks, services, scaling, data, networks, roles, links)


def faults(stacks: Stacks) -> list[str]:
    """Name everything in which the three templates break the contract."""
    return [fault for check in CHECKS for fault in check.faults(stacks)]


def main(arguments: list[str]) -> int:
    """Print the faults of the templates in a folder.

    Args:
        arguments: the folder; none is the one above this.
    Returns:
        The exit code: 0 none, 1 some.
    """
    folder = Path(arguments[0]) if arguments else Path(__file__).parent.parent
    found = faults(read(folder))
    for fault in found:
        sys.stdout.write(f"{fault}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
