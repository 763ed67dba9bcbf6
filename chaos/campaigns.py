"""Cases about campaigns: F25, F29 to F31, B07 to B09."""

from chaos import beside, bombs, bulk, disk, hostile_csv, leading_out
from chaos.case import Family

#: Chunks of some thousand rows, and leases that soon end.
SMALL_CHUNKS = {"lease_s": 1, "sweep_s": 0.2, "chunk_bytes": 100_000}

FAMILY = Family((*bulk.CASES, disk.CASE, hostile_csv.CASE, leading_out.CASE), SMALL_CHUNKS, 1)
#: One chunk each: a poison then costs two workers.
BOMBS = Family(
    (bombs.CASE,),
    {"lease_s": 1, "sweep_s": 0.2, "max_attempts": 2, "upload_limit_bytes": bombs.LIMIT},
    workers=1,
)
BESIDE = Family((beside.CASE,), workers=1)
