"""The documentation's page works where the internet does not reach, and lets nothing in from it."""

import hashlib
import re
from html.parser import HTMLParser

import httpx
import pytest

from api.docs import FILES
from tests.conftest import ROOT

STATIC = ROOT / "api" / "static"
VENDORED = dict(
    line.split()[::-1]
    for line in (STATIC / "VENDORED.md").read_text(encoding="utf-8").splitlines()
    if re.fullmatch(r"[0-9a-f]{64}  \S+", line)
)


class Page(HTMLParser):
    """Notes what a page would load, and what of it stands in the page itself."""

    def __init__(self, text):
        super().__init__()
        self.loaded, self.inline, self._inside = [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self._inside = tag
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        if tag != "a":
            self.loaded += [given[name] for name in ("src", "href") if name in given]

    def handle_data(self, data):
        if self._inside in {"script", "style"} and data.strip():
            self.inline.append(data)

    def handle_endtag(self, _):
        self._inside = None


@pytest.fixture(scope="module")
def answer(service):
    return httpx.get(f"{service.url}/docs")


def test_the_page_lets_the_browser_ask_this_host_alone(answer):
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    policy = dict(
        directive.split(maxsplit=1)
        for directive in answer.headers["Content-Security-Policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert {source for sources in policy.values() for source in sources.split()} == {
        "'none'",
        "'self'",
        "data:",
    }
    assert [name for name, sources in policy.items() if "data:" in sources] == ["img-src"]


def test_the_page_has_no_script_or_style_of_its_own(answer):
    assert Page(answer.text).inline == []


def test_all_that_the_page_loads_is_served_here_without_a_key(answer, service):
    loaded = [url for url in Page(answer.text).loaded if url != "data:,"]
    assert sorted(loaded) == [f"/docs/{name}" for name in sorted(FILES)]
    for path, name in zip(sorted(loaded), sorted(FILES), strict=True):
        part = httpx.get(service.url + path)
        assert part.content == (STATIC / name).read_bytes()
        assert part.headers["Content-Type"] == f"{FILES[name]}; charset=utf-8"


@pytest.mark.parametrize("name", ["VENDORED.md", "docs.html", "..%2Fapp.py", "%00", "../app.py"])
def test_nothing_else_is_served(service, name):
    answer = httpx.get(f"{service.url}/docs/{name}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_what_is_not_ours_is_as_it_came():
    there = {path.name for kind in ("swagger-ui*", "htmx*") for path in STATIC.glob(kind)}
    assert there == set(VENDORED)
    for name, digest in VENDORED.items():
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == digest, name


def test_the_styles_load_nothing_from_elsewhere():
    for path in STATIC.glob("*.css"):
        text = path.read_text(encoding="utf-8")
        assert "@import" not in text
        assert set(re.findall(r"url\(\s*[\"']?(\w+:|//)", text)) <= {"data:"}, path.name


def test_the_viewer_is_told_of_no_other_host():
    settings = (STATIC / "docs.js").read_text(encoding="utf-8")
    assert "//" not in re.sub(r"^\s*//.*$", "", settings, flags=re.MULTILINE)
    assert "validatorUrl: null" in settings  # the one outside URL the viewer fetches by itself


def test_the_viewer_fetches_no_other_outside_url():
    """Every URL in the bundle is a name, a link for people or an example, but for the badge's."""
    text = (STATIC / "swagger-ui-bundle.js").read_text(encoding="utf-8")
    for call in ("fetch", "importScripts", "import", "sendBeacon", "EventSource", "WebSocket"):
        assert not re.search(rf"\b{call}\(\s*[\"'`](https?:)?//", text), call
    assert not re.search(r"\bsrc\s*[:=]\s*[\"'`](https?:)?//", text)
