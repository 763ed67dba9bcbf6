"""The campaign desk without a script and without a worker: what is taken, refused and turned."""

import re

import pytest

from api.pages.sessions import Sessions
from protocol import names
from protocol.application import EXAMPLE
from protocol.ledger import connect
from tests.api.pages.conftest import Visitor

CSV = f"{','.join(EXAMPLE._fields)}\n{','.join(map(str, EXAMPLE))}\n"


def send(visitor, content=CSV, filename="book.csv", **options):
    files = {"file": (filename, content)}
    return visitor.post("/campaigns", data={"csrf": visitor.csrf} | options, files=files)


def begun(visitor, **options):
    answer = send(visitor, **options)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def fault(page):
    return re.search(r'role="alert"[^>]*>([^<]*)<', page.text)[1]


def test_a_portfolio_is_taken_and_the_api_knows_its_campaign(visit, http):
    visitor = visit("risk")
    where = begun(visitor, name="book-2026", reference="", decimal="")
    campaign = http.get(f"/v1{where}").json()
    assert (campaign["name"], campaign["status"]) == ("book-2026", "queued")
    page = visitor.get(where)
    assert "<h1>book-2026</h1>" in page.text
    assert "Progress: waiting" in page.text
    assert f'href="{where}">book-2026</a>' in visitor.get("/campaigns").text
    script = visitor.post(
        "/campaigns",
        data={"csrf": visitor.csrf},
        files={"file": ("book.csv", CSV)},
        headers={"HX-Request": "true"},
    )
    assert script.status_code == 204
    assert re.fullmatch(r"/campaigns/ca_[0-9a-f]{44}", script.headers["HX-Redirect"])


def test_a_portfolio_of_more_than_the_parser_reads_at_once_is_taken(visit, http):
    large = CSV + CSV.splitlines()[1].join("\n" * 20_000)
    campaign = http.get(f"/v1{begun(visit('risk'), content=large)}").json()
    assert campaign["input"]["bytes"] == len(large)


def test_columns_of_other_names_are_named_in_the_form(visit):
    visitor = visit("risk")
    other = CSV.replace("income", "revenus").replace(",", ";")
    page = send(visitor, other, name="mine")
    assert page.status_code == 422
    assert "the file has no column income" in fault(page)
    assert 'name="name" value="mine"' in page.text  # what was typed is kept
    assert begun(visitor, content=other, **{"columns.income": "revenus"})


@pytest.mark.parametrize(
    ("content", "filename", "options", "status", "said"),
    [
        ("", "book.csv", {}, 422, "empty"),
        ("1,2,3,4,5,6\n", "book.csv", {}, 422, "not column names"),
        (CSV, "book.xlsx", {}, 400, "format"),
        (CSV, "book.csv", {"name": "a b"}, 400, "name"),
        (CSV, "book.csv", {"decimal": "x"}, 400, "decimal"),
        (CSV, "book.csv", {"columns.income": "fico_score"}, 400, "named twice"),
        (b"\xff\xfe\x00", "book.csv", {}, 422, "UTF-8"),
    ],
)
def test_what_cannot_be_taken_is_said_on_the_page(
    visit, service, content, filename, options, status, said
):
    kept = set((service.settings.storage_folder / "campaigns").glob("*"))
    page = send(visit("risk"), content, filename, **options)
    assert (page.status_code, said in fault(page)) == (status, True), page.text
    assert set((service.settings.storage_folder / "campaigns").glob("*")) == kept


def test_in_french_what_is_wrong_is_said_in_french_and_the_names_stay(visit):
    visitor = visit("risk")
    visitor.headers["Accept-Language"] = "fr"
    page = send(visitor, CSV.replace("income", "revenus"))
    assert fault(page).startswith("Des colonnes n&#39;ont pas été trouvées")
    assert '<span lang="en">the file has no column income' in page.text
    assert fault(send(visitor, "")).startswith("Le fichier est vide")


def test_no_file_and_a_form_of_another_session_are_refused_and_leave_nothing(visit, service):
    visitor = visit("risk")
    none = visitor.post("/campaigns", data={"csrf": visitor.csrf})
    assert none.status_code == 400
    assert fault(none) == "Choose a file."
    kept = set((service.settings.storage_folder / "campaigns").glob("*"))
    visitor.csrf = visit("risk").csrf
    assert send(visitor).status_code == 403
    elsewhere = visitor.post(
        "/campaigns", files={"file": ("a.csv", CSV)}, headers={"Origin": "https://evil.example"}
    )
    assert elsewhere.status_code == 403
    assert set((service.settings.storage_folder / "campaigns").glob("*")) == kept


def test_a_campaign_is_paused_resumed_and_cancelled_and_no_more(visit, http):
    visitor = visit("risk")
    where = begun(visitor)
    for act, state in (("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled")):
        assert f'action="{where}/{act}"' in visitor.get(where).text
        assert visitor.send_form(f"{where}/{act}").headers["Location"] == where
        assert http.get(f"/v1{where}").json()["status"] == state
    assert f'action="{where}/pause"' not in visitor.get(where).text
    assert visitor.send_form(f"{where}/pause").status_code == 409
    assert visitor.send_form(f"{where}/erase").status_code == 404
    visitor.csrf = ""
    assert visitor.send_form(f"{where}/resume").status_code == 403
    assert http.get(f"/v1{where}").json()["status"] == "cancelled"


def test_what_is_not_there_and_what_is_anothers_are_alike(visit, service, stranger):
    where = begun(visit("risk"))
    with connect(service.redis_url) as client:
        anna = stranger.model_copy(update={"role": "risk"})
        client.hset(names.PEOPLE, anna.name, anna.model_dump_json())
        other = Visitor(service.url, Sessions(client, service.settings).open(anna))
    with other:
        for path in (where, "/campaigns/ca_1", f"/campaigns/{names.new_campaign_id()}"):
            for more in ("", "/files/results", "/summary.svg"):
                assert other.get(path + more).status_code == 404
            assert other.send_form(f"{path}/cancel").status_code == 404
    visitor = visit("risk")
    assert visitor.get(f"{where}/files/results").status_code == 409  # not written yet
    for kind in ("portfolio", "plan.json", "..%2F..", "results-frame"):
        assert visitor.get(f"{where}/files/{kind}").status_code == 404


def test_an_adviser_sees_neither_campaigns_nor_the_queue(visit):
    adviser, risk = visit("adviser"), visit("risk")
    for path in ("/campaigns", "/queue"):
        assert f'href="{path}"' in risk.get("/").text
        assert f'href="{path}"' not in adviser.get("/").text
        assert risk.get(path).status_code == 200
        assert adviser.get(path).status_code == 403
    assert send(adviser).status_code == 403
