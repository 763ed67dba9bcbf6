"""`loanscore campaign`, run as people and scripts do, against the running service."""

import csv
import gzip
import hashlib
import json
import signal
import subprocess
import time
from datetime import UTC, datetime

import pytest
from loanscore_client import Gone

from protocol.application import EXAMPLE
from records import erasure, search
from records.folder import Folder
from tests.campaigns.conftest import portfolio

NOBODY = "http://127.0.0.1:9"
ID = "ca_" + "0" * 44


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "book.csv"
    path.write_bytes(portfolio(3_000, bad={5, 77}))
    return path


@pytest.fixture
def waiting(stalled, loanscore, book):
    """The id of a campaign that nobody works off."""
    return loanscore.campaigns.create(book, name="Q1/2026").id


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run"], 2, "FILE"),
        (["run", "none.csv"], 2, "none.csv: No such file"),
        (["run", "."], 2, "--format"),
        (["run", "book.xlsx"], 2, "--format"),
        (["run", "-"], 2, "--format"),
        (["run", "s3://bucket/book"], 2, "--format"),
        (["run", "book.csv", "--format", "xlsx"], 2, "parquet"),
        (["run", "book.csv", "--column", "income"], 2, "FIELD=NAME"),
        (["run", "book.csv", "--delimiter", "x"], 2, "--delimiter"),
        (["run", "book.csv", "--to", "book.csv"], 2, "--to"),
        (["run", "book.csv", "--key-file", "none"], 2, "none: No such file"),
        (["run", "book.csv", "--key", "secret"], 2, "--key"),
        (["download", ID, "nothing"], 2, "reconciliation"),
        (["status", ID, "--url", "http://me:pw@127.0.0.1"], 2, "url must hold no user"),
        (["status", ID, "--limit", "0"], 2, "--limit"),
        (["status", "--url", NOBODY], 1, f"no answer from {NOBODY}"),
        (["run", "book.csv", "--url", NOBODY], 1, f"no answer from {NOBODY}"),
        (["status", ID], 1, "404 not-found"),
        (["watch", ID], 1, "404 not-found"),
        (["cancel", ID], 1, "404 not-found"),
        (["download", ID], 1, "404 not-found"),
        (["erase", "../scores"], 1, "no id"),
        (["replay", "--from", "yesterday"], 2, "--from"),
        (["replay", "--decision", "maybe"], 2, "--decision"),
        (["replay", "--approve-below", "0.1"], 2, "--decline-above"),
        (["replay", "--model", "2026.11"], 1, "/under/model"),
        (["replay", "--id", ID], 1, "/input/records/id"),
        (["run", "book.csv", "--column", "income=salary"], 1, "salary"),
        (["run", "book.csv", "--column", "height=h"], 1, "400 invalid-query"),
        (["run", "book.csv", "--name", "two words"], 1, "name"),
    ],
)
def test_a_wrong_call_is_one_line_and_a_code(run, book, arguments, code, said):
    done, stdout, stderr = run(*arguments)
    assert (done, stdout) == (code, "")
    assert said in stderr
    assert stderr.startswith("loanscore: ")
    assert stderr.count("\n") == 1


def test_the_key_of_make_run_goes_to_this_machine_alone(run, lane):
    code, _, stderr = run("status", "--url", "https://loans.example")
    assert code == 2
    assert "no API key" in stderr
    code, _, stderr = run(
        "status", "--url", "http://loans.example", LOANSCORE_API_KEY="not-a-real-key"
    )
    assert code == 2
    assert "plain http" in stderr
    assert "not-a-real-key" not in stderr


def test_a_key_is_taken_from_a_file_or_a_variable(run, lane, tmp_path):
    (tmp_path / "key").write_text("wrong\n")
    assert "401 unauthorized" in run("status", "--key-file", "key")[2]
    assert "401 unauthorized" in run("status", LOANSCORE_API_KEY="wrong")[2]
    right = lane.settings.state_dir / "api-key"
    assert run("status", "--key-file", right, LOANSCORE_API_KEY="wrong")[0] == 0


def test_a_portfolio_is_scored_and_its_files_lie_beside_it(run, book, tmp_path, loanscore):
    code, stdout, stderr = run("run", book, "--reference", "reference", "--name", "Q1/2026")
    assert (code, stderr) == (0, "")
    (found,) = [one for one in loanscore.campaigns.list() if one.name == "Q1/2026"]
    folder = tmp_path / f"book-{found.id}"
    said = dict(line.split(maxsplit=1) for line in stdout.splitlines() if not line.startswith(" "))
    assert said["campaign"] == found.id
    assert said["status"] == "succeeded"
    assert said["rows"] == "3,000: 2,998 scored, 2 invalid, 0 unprocessed"
    assert said["files"] == str(folder)
    assert {"decisions", "grades", "expected", "PSI"} <= set(said)
    assert {path.name for path in folder.iterdir()} == {
        "results.csv",
        "errors.csv",
        "unprocessed.csv",
        "summary.json",
        "reconciliation.json",
    }
    assert len(rows(folder / "results.csv")) == 2_998
    assert [row["line"] for row in rows(folder / "errors.csv")] == ["7", "79"]
    files = json.loads((folder / "reconciliation.json").read_text())["files"]
    digest = hashlib.sha256((folder / "results.csv").read_bytes()).hexdigest()
    assert files["results"]["sha256"] == digest


def test_options_reach_the_service(run, tmp_path):
    text = portfolio(50, bad={3}).decode().replace("income", "salary", 1)
    text = text.replace(",", "\t").replace(".", ",")
    (tmp_path / "book.txt.gz").write_bytes(gzip.compress(text.encode()))
    code, _, stderr = run(
        *["run", "book.txt.gz", "--format", "csv", "--delimiter", "tab", "--decimal", ","],
        *["--column", "income=salary", "--pass-through", "fico_score", "--raw-values"],
        *["--output", "ndjson", "--to", "deep/out"],
    )
    assert (code, stderr) == (0, ""), stderr
    results = (tmp_path / "deep" / "out" / "results.ndjson").read_text().splitlines()
    assert len(results) == 49
    assert "fico_score" in json.loads(results[0])


def test_a_portfolio_is_compared_with_what_it_scored_before(run, tmp_path):
    header, *lines = portfolio(100).decode().splitlines()
    text = "\n".join([f"{header},before", *(f"{line},0.5" for line in lines)])
    (tmp_path / "book.csv").write_text(text)
    code, stdout, stderr = run("run", "book.csv", "--previous-pd", "before", "--to", "first")
    assert (code, stderr) == (0, "")
    assert "compared       100 rows with columns" in stdout
    first = stdout.split()[1]
    code, stdout, _ = run("run", "book.csv", "--compare-with", first, "--to", "second")
    assert f"compared       100 rows with {first}, 0 decisions differ" in stdout
    code, stdout, stderr = run("download", first, "summary.svg", "--to", "first")
    assert (code, stdout) == (0, "first/summary.svg\n"), stderr
    assert "<svg" in (tmp_path / "first" / "summary.svg").read_text()


def test_archived_decisions_are_decided_again(run, lane, loanscore, tmp_path):
    scores = [loanscore.create_and_wait(EXAMPLE._asdict(), "again").id for _ in range(3)]
    archive, ends = Folder(lane.settings.records_folder), time.monotonic() + 60
    while {one["id"] for one in search.find(archive, search.Question())} < {*scores}:
        assert time.monotonic() < ends
        time.sleep(0.05)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    asked = ["replay", "--from", "2026-01-01", "--to", today, "--reference", "again"]
    code, stdout, stderr = run(*asked, "--files", "out", "--name", "audit")
    assert (code, stderr) == (0, ""), stderr
    said = dict(line.split(maxsplit=1) for line in stdout.splitlines() if not line.startswith(" "))
    assert said["replay"].startswith("identical 3 (100.0 %)")
    assert "3 reproduced to the last bit" in stdout
    assert {row["id"] for row in rows(tmp_path / "out" / "results.csv")} == {*scores}
    code, stdout, _ = run(*asked, "--approve-below", "0.5", "--decline-above", "0.9")
    assert "changed-by-policy 3 (100.0 %)" in stdout
    assert "review to approve 3" in stdout
    assert code == 0
    erasure.erase(archive, {scores[0]})
    code, stdout, stderr = run("replay", "--id", scores[0])
    assert "unreproducible 1 (100.0 %)" in stdout
    assert (code, stderr) == (1, "loanscore: 1 cannot be reproduced: erased 1\n")


def test_standard_input_is_a_portfolio_too(start, book, tmp_path):
    process = start("run", "-", "--format", "csv", stdin=subprocess.PIPE)
    stdout, stderr = process.communicate(book.read_text(), timeout=120)
    assert (process.returncode, stderr) == (0, "")
    assert "2,998 scored" in stdout
    assert len(list(tmp_path.glob("portfolio-ca_*/results.csv"))) == 1


def test_a_portfolio_can_be_named_by_where_it_lies(run, book, folder, tmp_path):
    (folder / "books").mkdir()
    book.rename(folder / "books" / "q4.csv")
    code, stdout, stderr = run("run", f"file://{folder}/books/q4.csv")
    assert (code, stderr) == (0, "")
    assert "2,998 scored" in stdout
    assert len(list(tmp_path.glob("q4-ca_*/results.csv"))) == 1
    code, _, stderr = run("run", f"file://{tmp_path}/book.csv")
    assert code == 1
    assert "422" in stderr


def test_programs_get_the_campaign_as_json(run, book, loanscore, tmp_path):
    code, stdout, _ = run("run", book, "--json", "--to", "out")
    document = json.loads(stdout)
    assert code == 0
    assert document == loanscore.campaigns.get(document["id"]).document
    assert (tmp_path / "out" / "results.csv").exists()
    assert json.loads(run("status", document["id"], "--json")[1]) == document
    assert document in json.loads(run("status", "--json")[1])


def test_a_terminal_shows_bars_and_stdout_stays_clean(start, terminal, book):
    process = start("run", book, stderr=terminal.theirs)
    stdout, _ = process.communicate(timeout=120)
    shown = terminal.close()
    assert process.returncode == 0, shown
    for part in ("sending", "campaign ca_", "succeeded", "3,000/3,000 rows", "results", "100%"):
        assert part in shown
    assert "\x1b" not in stdout
    assert stdout.startswith("campaign ")


def test_without_a_terminal_lines_come_only_when_asked_for(run, book):
    code, _, stderr = run("run", book, "--verbose")
    assert code == 0
    assert "succeeded: 3,000/3,000 rows" in stderr
    assert "results: " in stderr
    assert "\x1b" not in stderr


def test_a_campaign_that_fails_says_why(run, tmp_path):
    (tmp_path / "book.csv").write_bytes(portfolio(3_000) + b"\xff\n")
    code, stdout, stderr = run("run", "book.csv")
    assert code == 1
    assert stderr.count("\n") == 1
    campaign = stdout.split()[1]
    assert stderr.startswith(f"loanscore: campaign {campaign} failed: ")
    assert stderr.endswith(f"loanscore campaign resume {campaign}\n")
    assert "status         failed" in stdout
    assert list(tmp_path.glob("book-ca_*/reconciliation.json"))


def test_ctrl_c_while_it_is_scored_says_how_to_go_on(stalled, start, terminal, book, run):
    process = start("run", book, "--to", "my files", stderr=terminal.theirs)
    terminal.wait_for("queued")
    process.send_signal(signal.SIGINT)
    stdout, _ = process.communicate(timeout=60)
    shown = terminal.close()
    (found,) = json.loads(run("status", "--limit", "1", "--json")[1])
    campaign = found["id"]
    assert (process.returncode, stdout) == (130, "")
    assert f"loanscore campaign watch {campaign} --to 'my files'" in " ".join(shown.split())
    assert "\x1b[?25h" in shown  # the cursor is back
    assert found["status"] == "queued"
    stalled.start_campaign_worker()
    code, stdout, _ = run("watch", campaign, "--to", "my files")
    assert code == 0
    assert "2,998 scored" in stdout


def test_ctrl_c_while_it_is_sent_creates_nothing(start, terminal, loanscore):
    before = [one.id for one in loanscore.campaigns.list()]
    process = start("run", "-", "--format", "csv", stdin=subprocess.PIPE, stderr=terminal.theirs)
    process.stdin.write("income,")
    process.stdin.flush()
    terminal.wait_for("sending")
    process.send_signal(signal.SIGINT)
    process.wait(timeout=60)
    shown = terminal.close()
    assert process.returncode == 130
    assert "loanscore campaign status" in " ".join(shown.split())
    assert [one.id for one in loanscore.campaigns.list()] == before


def test_only_sent_it_prints_its_id(stalled, run, book, loanscore):
    code, stdout, stderr = run("run", book, "--no-wait")
    assert (code, stderr) == (0, "")
    assert loanscore.campaigns.get(stdout.strip()).status == "queued"


def test_a_campaign_is_listed_paused_resumed_and_cancelled(waiting, run):
    listed = run("status", "--limit", "1")[1].splitlines()
    assert listed[1].split()[:3] == [waiting, "queued", "Q1/2026"]
    assert len(listed) == 2
    assert "status         queued" in run("status", waiting)[1]
    assert "status         paused" in run("pause", waiting)[1]
    assert "status         queued" in run("resume", waiting)[1]
    assert json.loads(run("cancel", waiting, "--json")[1])["status"] == "cancelled"
    code, _, stderr = run("resume", waiting)
    assert code == 1
    assert "409" in stderr
    assert "no files yet" in run("download", waiting)[2]


def test_a_cancelled_campaign_ends_with_1_and_its_files(stalled, waiting, run, tmp_path):
    run("cancel", waiting)
    stalled.start_campaign_worker()
    code, _, stderr = run("watch", waiting, "--to", "out")
    assert code == 1
    assert f"campaign {waiting} cancelled" in stderr
    assert (tmp_path / "out" / "unprocessed.csv").exists()


def test_what_is_erased_is_gone(waiting, run, loanscore):
    assert run("erase", waiting)[::2] == (0, f"Campaign {waiting} is erased.\n")
    assert run("erase", waiting)[0] == 0
    assert "410 gone" in run("status", waiting)[2]
    with pytest.raises(Gone):
        loanscore.campaigns.get(waiting)


def test_an_interrupted_download_goes_on_and_a_damaged_one_is_noticed(
    run, book, loanscore, tmp_path
):
    campaign = run("run", book, "--to", "out")[1].split()[1]
    whole = (tmp_path / "out" / "results.csv").read_bytes()
    digest = hashlib.sha256(whole).hexdigest()
    here = tmp_path / campaign
    here.mkdir()
    for begun, code in ((b"?" * 50_000, 1), (whole[:50_000], 0)):
        (here / "results.part").write_bytes(begun)
        (here / "results.part.etag").write_text(f'"{digest}"')
        done, stdout, stderr = run("download", campaign, "results")
        assert done == code, stderr
    assert stdout == f"{campaign}/results.csv\n"
    assert (here / "results.csv").read_bytes() == whole
    assert [path.name for path in here.iterdir()] == ["results.csv"]
    assert len(run("download", campaign)[1].splitlines()) == 5
