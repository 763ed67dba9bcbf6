"""Read a Parquet file's columns in a process of its own.

Damage in a file, or an author's malice, can make the library that reads it ask for more memory than
there is, which ends the process (polars 2.1: a flipped byte asked for two exabytes). It must not be
the API's.
"""

import json
import subprocess
import sys
from pathlib import Path

from portfolio.options import Options, PortfolioError

#: A footer that is not read by then is not read, s.
LONGEST_S = 30


def columns(path: Path, options: Options) -> tuple[str, ...]:
    """Read the names of the columns, see `portfolio.parquet.columns`.

    Raises:
        PortfolioError: as there, or reading it ended the process or took too long.
    """
    command = [sys.executable, "-m", "portfolio.parquet", str(path)]
    try:
        done = subprocess.run(
            command,
            input=options.model_dump_json().encode(),
            capture_output=True,
            timeout=LONGEST_S,
            check=False,
        )
        said = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        raise PortfolioError(
            "unreadable", "the Parquet file's footer cannot be read; export the file again"
        ) from None
    if "code" in said:
        raise PortfolioError(said["code"], said["detail"])
    return tuple(said["columns"])
