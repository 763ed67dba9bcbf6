"""`make bench-campaigns`: measure campaigns, print tables, write them to bench/campaigns.md.

That file lies below LOANSCORE_STATE_DIR.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

from benchmarks import interruption
from benchmarks.artefact import trained
from benchmarks.campaigns.kills import EVERY_CHUNKS
from benchmarks.campaigns.lane import WORKERS
from benchmarks.campaigns.latency import PACE
from benchmarks.campaigns.parts import PARTS, Sizes
from benchmarks.cases import TOLERANCE
from benchmarks.machine import facts
from local import state
from local.redis import server_binary
from protocol.artefact import read_manifest
from protocol.errors import LoanscoreError
from protocol.settings import Settings

NOTES = f"""\
- loanscore: the service of `make run` with {WORKERS} workers of campaigns, one thread each. Timed
  from before the upload over HTTP to `succeeded`: every row checked, scored, explained (points,
  grade, decision, reasons, expected loss, digest, warnings), written, synced, joined and hashed.
- DuckDB: two threads, from file to file, reference and the folded expression alone: no row is
  checked, nothing explained, nothing synced; Parquet by its own default, Snappy, ours by zstd.
- pandas: chunks of 100,000 rows, `predict_proba`, `to_csv`; fewer rows, its rate stays the same.
- rows checked: the pd of each against `predict_proba` of the stored pipeline, to {TOLERANCE:g}, and
  its place by the reference, with the clock stopped. Ratios are medians of those of the rounds.
- peak memory: the kernel's own (VmHWM), of processes just started; the API's with its children.
- single scores: {PACE} a second whether or not earlier ones are answered, from when each was due
  to its answer by one long poll; campaigns one after the other, callers on the same cores.
- challenger: a random forest of 100 trees that scores decisions, each with its first reason, from
  the archive that both services write once a second. Abreast, it has what is asked to score; far
  behind, a whole archive too, anew in every round. Within noise: the median p99 is not above all
  those without.
- decided again: timed from the request to `succeeded`: read from the archive, reproduced by what
  made each, decided by the service's own, compared, written as Parquet. The archive is written by
  the worker's and archiver's own code before the service starts; the scores come over HTTP in
  batches. Every verdict and decision is compared with what its recorded pd comes to.
- workers killed: SIGKILL to the one that has lived longest whenever {EVERY_CHUNKS} more chunks are
  done; its chunk waits for the end of its lease (10 s). Another worker starts at once.
"""
PACKAGES = ("celery", "granian", "polars", "duckdb", "pandas", "scikit-learn")


def main() -> int:
    """Run the parts.

    Returns:
        0, also when a target is missed; 1 on a failure that was named on stderr, or when a row was
        wrong, lost or doubled; 130 when told to stop.
    """
    arguments = vars(_arguments())
    interruption.listen()
    try:
        settings = Settings.read(os.environ)
        folder = settings.state_dir / "bench"
        with state.locked(folder):
            return _bench(settings, folder, arguments.pop("part") or list(PARTS), arguments)
    except KeyboardInterrupt:
        return 130
    except (LoanscoreError, OSError) as error:
        sys.stderr.write(f"loanscore bench: {error}\n")
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.campaigns", description=__doc__)
    parser.add_argument("--part", action="append", choices=PARTS, help="only this one; repeatable")
    sizes = {
        "rows": (2_000_000, "of the portfolio that everybody scores"),
        "few": (500_000, "rows of it that pandas gets"),
        "rounds": (3, "in turn"),
        "small": (1_000_000, "rows of the small portfolio that memory is measured for"),
        "large": (5_000_000, "rows of the large one"),
        "seconds": (15, "of single scores, idle and busy, a round"),
        "killed": (1_000_000, "rows of the portfolio whose workers are killed"),
        "archived": (
            50_000,
            "decisions that are archived and decided again, in tens of thousands",
        ),
        "scores": (2_000, "scores that the service makes and decides again, in thousands"),
    }
    for name, (default, meaning) in sizes.items():
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{meaning} ({default:,})")
    return parser.parse_args()


def _bench(settings: Settings, folder: Path, names: list[str], sizes: dict[str, int]) -> int:
    artefact = trained(settings)
    redis = server_binary(os.environ.get("PATH", os.defpath))
    about = facts(redis, read_manifest(artefact), PACKAGES)
    written = [", ".join(f"{name} {size:,}" for name, size in sizes.items()) + f"; {about}"]
    print(written[0], flush=True)
    work, flawless = folder / "campaigns", True
    for name in names:
        heading, play = PARTS[name]
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        try:
            part = play(work, artefact, Sizes(**sizes))
        finally:
            shutil.rmtree(work, ignore_errors=True)
        written.append(f"## {heading}\n\n{part.text}")
        print(f"\n{written[-1]}\n", flush=True)
        flawless = flawless and part.flawless
    (folder / "campaigns.md").write_text("\n\n".join([*written, NOTES]))
    print(NOTES)
    return int(not flawless)


if __name__ == "__main__":
    sys.exit(main())
