"""Runs `python -m training` and lists every path it makes or changes outside a folder.

Arguments: the file to list them in, the folder, then those of the training. Sees what Python opens,
whoever asks it to; programs that are started are not seen.
"""

import os
import runpy
import sys
from pathlib import Path

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
#: audit events that make or change a path, and which of their arguments it is
CHANGES = {
    "os.link": 1,
    "os.mkdir": 0,
    "os.rename": 1,
    "os.symlink": 1,
    "shutil.copyfile": 1,
    "sqlite3.connect": 0,
}


def main() -> None:
    report, inside = Path(sys.argv[1]), str(Path(sys.argv[2]).resolve())
    changed: set[str] = set()

    def watch(event: str, arguments: tuple) -> None:
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES:
            changed.add(str(arguments[0]))
        elif event in CHANGES:
            changed.add(str(arguments[CHANGES[event]]))

    sys.addaudithook(watch)
    sys.argv = ["training", *sys.argv[3:]]
    try:
        runpy.run_module("training", run_name="__main__")
    finally:
        # an open by number reopens what was opened by name
        paths = {str(Path(path).resolve()) for path in changed if not path.isdigit()}
        outside = {path for path in paths if not path.startswith(inside)} - {os.devnull}
        report.write_text("".join(f"{path}\n" for path in sorted(outside)))


if __name__ == "__main__":
    main()
