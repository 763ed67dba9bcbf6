"""A person signs in by the organisation's provider in a browser, and out again."""

import pytest

from local import key
from tests.browser.test_accessibility import violations
from tests.conftest import free_port, make_service
from tests.oidc_provider import CLIENT, ROLES, SECRET, running


@pytest.fixture(scope="module")
def service(folder, artefact):
    """A service that people sign in to by a provider alone."""
    port = free_port()
    secret = folder / "client-secret"
    secret.write_text(SECRET)
    with running(folder, f"http://127.0.0.1:{port}/sign-in/callback") as issuer:
        given = {
            "oidc_issuer": issuer,
            "oidc_client_id": CLIENT,
            "oidc_client_secret_file": secret,
            "oidc_owner": key.CLIENT,
            "oidc_roles": ROLES,
            "local_accounts": "false",
        }
        made = make_service(folder / "by-provider", artefact, port=port, **given)
        try:
            made.start()
            yield made
        finally:
            made.stop()


def test_a_person_goes_to_the_provider_and_comes_back_signed_in(chromium, service):
    context = chromium.new_context(base_url=service.url, locale="fr-FR")
    page = context.new_page()
    complaints = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto("/queue")
    assert violations(page) == []
    page.click("text=Se connecter avec votre organisation")
    page.click("text=adam")
    page.wait_for_selector("#live")  # where one wanted to go
    assert page.inner_text(".person span") == "Adam Dupont"
    cookies = {cookie["name"]: cookie for cookie in context.cookies()}
    assert set(cookies) == {"session"}
    assert cookies["session"]["httpOnly"]
    page.click("text=Se déconnecter")
    page.goto("/queue")
    assert "/sign-in?next=/queue" in page.url
    assert complaints == []
    context.close()
    logs = " ".join(path.read_text() for path in service.logs.glob("*.log"))
    assert "code=" not in logs
    assert SECRET not in logs
    assert "adam" not in logs
