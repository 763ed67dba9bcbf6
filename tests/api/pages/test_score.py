"""The score page without a script, as a browser with none sees it."""

import re
import time

import pytest

from api.pages import score as page_module
from api.pages.sessions import Sessions
from protocol import names
from protocol.application import EXAMPLE
from protocol.ledger import Job, Ledger, connect
from protocol.people import People
from protocol.settings import Settings
from tests.api.pages.conftest import Visitor, field

TYPED = {name: str(value) for name, value in EXAMPLE._asdict().items()}
FRENCH = {"Accept-Language": "fr-FR,fr;q=0.9,en;q=0.5"}


def send(visitor, once="o" * 22, **typed):
    return visitor.send_form("/", once=once, **(TYPED | typed))


def reference(page):
    return re.search(r"sc_[0-9a-f]{44}", page.text)[0]


def faults(page):
    """Name and words of each fault, in order."""
    return re.findall(r'id="(\w+)-fault">([^<]*)<', page.text)


def plain(page):
    """The words of a page."""
    text = (
        re.sub(r"<[^>]*>", " ", page.text).replace("&#39;", "'").replace("\N{NO-BREAK SPACE}", " ")
    )
    return " ".join(text.replace("\N{NARROW NO-BREAK SPACE}", " ").split())


def test_the_answer_is_that_of_the_api_in_words(visit, http):
    page = send(visit("adviser"))
    assert page.status_code == 200
    assert page.url.path == "/"
    score = http.poll(reference(page))  # the person's client is the key's: it is theirs alike
    words, result = plain(page), score["result"]
    assert result["decision"] == "review"
    for part in (
        "To be looked at",
        "for review",
        f"{result['pd']:.2%}",
        f"Points {result['points']}",
        f"Grade {result['grade']}",
        f"{score['model']['name']} {score['model']['version']}",
        *(reason["text"]["en"] for reason in result["reasons"]),
        *(f"{reason['points_lost']:.1f} points lost" for reason in result["reasons"]),
    ):
        assert part in words
    assert [field(page, name) for name in TYPED] == list(TYPED.values())
    change = http.get(f"/v1/scores/{score['id']}/what-if").json()["changes"][0]
    assert f"Open credit lines : {change['from']} → {change['to']}".replace(" :", ":") in words


@pytest.mark.parametrize(
    ("typed", "decision", "said", "dit"),
    [
        ({"credit_lines_outstanding": "0"}, "approve", "No risk detected", "Aucun risque détecté"),
        (
            {"credit_lines_outstanding": "5"},
            "decline",
            "High risk of default",
            "Risque de défaut élevé",
        ),
    ],
)
def test_high_risk_and_none_have_the_words_of_before_in_both_languages(
    visit, typed, decision, said, dit
):
    visitor = visit("adviser")
    english = send(visitor, **typed)
    visitor.headers.update(FRENCH)
    french = send(visitor, **typed)
    for page, words in ((english, said), (french, dit)):
        assert f'class="decision {decision}"' in page.text
        assert words in page.text
    assert reference(english) == reference(french)  # the same form with the same numbers: one score


def test_french_numbers_are_read_and_written(visit, http):
    visitor = visit("adviser")
    visitor.headers.update(FRENCH)
    page = send(
        visitor,
        loan_amt_outstanding="4 200,00",
        total_debt_outstanding="13\N{NARROW NO-BREAK SPACE}600",
        income="61500,0",
        fico_score="648,0",
    )
    words = plain(page)
    score = http.poll(reference(page))  # of the numbers that were meant
    percent = f"{score['result']['pd']:.2%}"
    assert percent.replace(".", ",").replace("%", " %") in words
    assert "points perdus" in words
    assert "61 500 €" in words
    english = send(visit("adviser"))
    assert f"<dd>{percent}</dd>" in english.text


def test_all_faults_are_named_at_once_and_what_was_typed_is_kept(visit):
    typed = {
        "credit_lines_outstanding": "2.5",
        "loan_amt_outstanding": "",
        "total_debt_outstanding": "lots <b>",
        "income": "-1",
        "years_employed": "1e1",
        "fico_score": "900",
    }
    page = send(visit("adviser"), **typed)
    assert page.status_code == 422
    assert faults(page) == [
        ("credit_lines_outstanding", "Take a whole number."),
        ("loan_amt_outstanding", "Fill this in."),
        ("total_debt_outstanding", "Write a number."),
        ("income", "Take a number from 0 to 1,000,000,000,000."),
        ("years_employed", "Write a number."),
        ("fico_score", "Take a number from 300 to 850."),
    ]
    assert page.text.count('aria-invalid="true"') == 6
    assert 'role="alert"' in page.text
    assert [field(page, name) for name in typed][2:] == ["lots &lt;b&gt;", "-1", "1e1", "900"]


def test_what_can_be_read_in_two_ways_is_not_guessed(visit):
    visitor = visit("adviser")
    assert faults(send(visitor, income="61.500"))[0][0] == "income"
    assert faults(send(visitor, income="61,500")) == []
    visitor.headers.update(FRENCH)
    assert faults(send(visitor, income="61,500"))[0][0] == "income"


def test_a_form_sent_twice_is_one_score_and_another_application_another(visit):
    visitor = visit("adviser")
    first = reference(send(visitor, once="t" * 22))
    assert reference(send(visitor, once="t" * 22)) == first
    assert reference(send(visitor, once="t" * 22, fico_score="700")) != first
    assert reference(send(visitor, once="u" * 22)) != first
    assert len({field(visitor.get("/"), "once") for _ in range(2)}) == 2


def test_a_score_is_shown_again_to_its_bank_and_to_no_other(visit, service, stranger):
    score_id = reference(send(visit("adviser")))
    assert f"<code>{score_id}</code>" in visit("risk").get(f"/scores/{score_id}").text
    with connect(service.redis_url) as client:
        other = Visitor(service.url, Sessions(client, service.settings).open(stranger))
    with other:
        assert other.get(f"/scores/{score_id}").status_code == 404
        for unknown in (names.new_score_id(), "sc_1", "x"):
            assert other.get(f"/scores/{unknown}").status_code == 404


def test_an_erased_score_is_gone(visit, http):
    score_id = reference(send(visit("adviser")))
    assert http.delete(f"/v1/scores/{score_id}").status_code == 204
    page = visit("adviser").get(f"/scores/{score_id}")
    assert page.status_code == 410
    assert "It is gone" in page.text


def test_the_decision_record_names_the_person(visit, service, people):
    score_id = reference(send(visit("adviser"), once="r" * 22))
    with connect(service.redis_url) as client:
        entries = client.xrange(names.RECORDS)
        assert score_id in str(entries[-1])
        assert people["adviser"].actor in str(entries[-1])


def test_a_page_without_an_answer_looks_again_by_itself(make_app, redis_url, client):
    """No worker lives here: the application waits, and its page says so."""
    app = make_app(redis_url)
    anna = People(client).create("anna", "acme", "adviser", "scrypt:none")
    session = Sessions(client, Settings(redis_url=redis_url)).open(anna)
    score_id = names.new_score_id()
    Ledger(client, Settings(redis_url=redis_url)).accept([Job(score_id, EXAMPLE)], "acme")
    with app.test_client() as http:
        http.set_cookie("session", session.token)
        began = time.monotonic()
        page = http.get(f"/scores/{score_id}")
        assert time.monotonic() - began >= page_module.WAIT_S * 0.9
        assert page.status_code == 200
        assert (
            f'<noscript><meta http-equiv="refresh" content="2;url=/scores/{score_id}">' in page.text
        )
        assert f'hx-get="/scores/{score_id}"' in page.text
        Ledger(client, Settings(redis_url=redis_url)).cancel([score_id])
        assert "It was cancelled." in http.get(f"/scores/{score_id}").text


def test_no_applicant_is_in_the_logs_or_in_an_address(visit, service):
    visitor = visit("adviser")
    pages = [send(visitor, income="61234.56"), send(visitor, income="61234.56", fico_score="1")]
    assert all("61234.56" in page.text for page in pages)  # typed values are kept
    for page in pages:
        assert re.findall(r'(?:href|action)="[^"]*61234', page.text) == []
    assert [log.name for log in service.logs.iterdir() if "61234" in log.read_text()] == []


def test_a_decision_that_was_overridden_is_said_so(visit, http):
    page = send(visit("adviser"), once="v" * 22)
    score_id = reference(page)
    assert "decided otherwise" not in page.text
    given = {"decision": "approve", "reason": "GUARANTOR", "note": "Guarantor seen."}
    answer = http.post(f"/v1/scores/{score_id}/overrides", json=given)
    assert answer.status_code == 201, answer.text
    assert answer.json()["state"] == "in-force"
    shown = visit("adviser").get(f"/scores/{score_id}")
    assert "A person decided otherwise: it is approved." in shown.text
