"""The model's page: what the API tells of the model, as people read it."""

import math
import re


def test_the_scorecard_is_that_of_the_model_that_serves(visit, http):
    told = http.get("/v1/models/current").json()
    page = visit("adviser").get("/model")
    assert page.status_code == 200
    assert f'<h2 id="which">{told["name"]} {told["version"]}</h2>' in page.text
    rows = re.findall(
        r'<th scope="row">([^<]*)</th><td class="figure">([^<]*)</td><td class="figure">([^<]*)<',
        page.text,
    )
    assert [name for name, *_ in rows][1:3] == ["Loan to income", "Debt to income"]
    for (_, beta, points), exact in zip(rows, told["coefficients"].values(), strict=False):
        assert math.isclose(float(beta.replace(",", "")), exact, abs_tol=1e-6)
        assert math.isclose(float(points.replace(",", "")), -exact * 20 / math.log(2), abs_tol=1e-4)
    assert f"{told['metrics']['roc_auc']:.4f}" in page.text


def test_the_card_is_for_who_is_signed_in_and_says_what_the_api_says(visit, http):
    assert visit().get("/model/card").status_code == 303
    card = visit("adviser").get("/model/card")
    assert card.text == http.get("/v1/models/current/card").text
    assert "default-src 'none'" in card.headers["Content-Security-Policy"]
