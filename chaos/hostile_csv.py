"""Portfolios of CSV that were made to do harm: B07."""

import csv
import io
from collections.abc import Iterator

from chaos.case import Case, Lab, demand, told, under_load
from chaos.desk import Desk
from chaos.portfolios import NAMES

HEADER = ",".join(["reference", *NAMES, "=note"]).encode()
ROW = b"%s,3,4200,13600,61500,4,648,%s"
GOOD = HEADER + b"\n" + ROW % (b"a", b"x") + b"\n"
#: Cells that a spreadsheet would run.
FORMULAS = (b"=cmd|' /C calc'!A0", b"+1+1", b"-2", b"@SUM(A1)", b"\t=1", b'"\r=1"', b'"=""x"""')
#: Columns of the results and the errors that hold numbers of ours.
_NUMBERS = {"line", "pd", "points", "expected_loss"}
#: What begins a cell that a spreadsheet runs.
RUNS = ("=", "+", "-", "@", "\t", "\r")
_MIXED = b"\r\n".join([HEADER, ROW % (b"a", b'"1\n2\r\n3"'), ROW % (b"b", b'",""\n"')])
#: What -> what is sent, and the code of the refusal or failure; "" when all rows are scored.
HOSTILE: dict[str, tuple[bytes, str]] = {
    "mixed line ends and newlines in quotes": (
        _MIXED + b"\n\n\r\n" + ROW % (b"c", b"x") + b"\n" + ROW % (b"d", b"x"),
        "",
    ),
    "a byte order mark": (b"\xef\xbb\xbf" + GOOD, ""),
    "a line just below 1 MiB": (GOOD + ROW % (b"b", b"x" * ((1 << 20) - 99)) + b"\n", ""),
    "a line of 2 MB": (GOOD + ROW % (b"b", b"x" * 2_000_000) + b"\n", "line-too-long"),
    "a file of one line": (b"x" * 8_000_000, "no-header"),
    "a NUL in a row": (GOOD + ROW % (b"\0", b"x"), "nul-bytes"),
    "a NUL in the header": (b"\0" + GOOD, "nul-bytes"),
    "Latin-1": (GOOD + ROW % (b"\xe9", b"x"), "not-utf-8"),
    "UTF-16": (GOOD.decode().encode("utf-16"), "not-utf-8"),
    "an open quote": (GOOD + ROW % (b'"a', b"x"), "unbalanced-quotes"),
    "an open quote in the header": (b'"' + GOOD, "no-header"),
    "lone CRs": (GOOD.replace(b"\n", b"\r"), "line-ends"),
    "a header of 100,000 columns": (
        HEADER + b"".join(b",c%x" % n for n in range(100_000)) + b"\n",
        "too-many-columns",
    ),
}


def hostile_csv(lab: Lab) -> str:
    """B07."""
    desk = Desk(lab.rig)
    campaigns: dict[str, str] = {}
    codes: dict[str, str] = {}

    def fault() -> None:
        for what, (content, _) in HOSTILE.items():
            answer = desk.post(content, delimiter=",")
            if answer.status_code == 202:
                campaigns[what] = desk.accepted(answer)
            else:
                codes[what] = answer.json()["errors"][0]["code"]
        for what, campaign in campaigns.items():
            codes[what] = _code(desk, campaign)

    verdict = under_load(lab, fault)
    wrong = {what: code for what, code in codes.items() if code != HOSTILE[what][1]}
    demand(not wrong, f"{wrong}")
    spelt = ", ".join(f"{what} ({code or 'scored'})" for what, code in codes.items())
    return f"{spelt}; {_formulas(desk)}; {told(verdict)}"


def _code(desk: Desk, campaign: str) -> str:
    """The code of the failure; "" when every row was scored."""
    document = desk.settled(campaign)
    if document["status"] == "failed":
        return str(document["error"]["code"])
    counts = document["counts"]
    return "" if counts["scored"] == counts["total"] else "some rows are not scored"


def _formulas(desk: Desk) -> str:
    """Send formulas wherever a text is sent back, in rows that are scored and that are not."""
    good = [ROW % (formula, formula) for formula in FORMULAS]
    bad = [
        one.replace(b",61500,", b",%s," % cell) for one, cell in zip(good, FORMULAS, strict=True)
    ]
    content = b"\n".join([HEADER, *good, *bad])
    asked = {"delimiter": ",", "pass_through": "=note", "raw_values": "true"}
    campaign = desk.send(content, **asked)
    counts = desk.succeeded(campaign)["counts"]
    demand((counts["scored"], counts["invalid"]) == (len(good), len(bad)), f"{counts}")
    files = desk.files(campaign)
    texts = [cell for kind in ("results", "errors") for cell in _texts(files[kind])]
    running = [cell for cell in texts if cell.startswith(RUNS)]
    neutral = sum(cell.startswith("'") for cell in texts)
    demand(not running, f"a spreadsheet would run {running}")
    demand(neutral >= 4 * len(FORMULAS), f"only {neutral} cells came back")
    return f"formulas: {neutral} cells came back with an apostrophe, 0 without"


def _texts(content: bytes) -> Iterator[str]:
    """The names of the columns, and the cells of those that hold no numbers of ours."""
    rows = csv.DictReader(io.StringIO(content.decode(), newline=""))
    texts = [name for name in rows.fieldnames or () if name not in _NUMBERS]
    yield from texts
    for row in rows:
        yield from (row[name] for name in texts)


CASE = Case("B07", "formulas, quotes, NULs, encodings, endless lines, 100,000 columns", hostile_csv)
