"""The URL of a webhook: everything but a plain public https URL is refused, unseen."""

import pytest

from protocol.destination import DestinationError, read
from protocol.settings import Settings

SETTINGS = Settings()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "https:///path",
        "example.com",
        "//example.com/",
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        " https://example.com/",
        "https://example.com/ ",
        "https://example.com/a b",
        "https://example.com/\n",
        "https://example.com/\r\nX: y",
        "https://example.com/\x00",
        "https://exämple.com/",
        "https://example.com/ä",
        "https://example.com/#part",
        "https://example.com\\@10.0.0.1/",
        "https://user@example.com/",
        "https://user:word@example.com/",
        "https://@example.com/",
        "https://example.com:0/",
        "https://example.com:/",
        "https://example.com:65536/",
        "https://example.com:-1/",
        "https://example.com:port/",
        "https://example..com/",
        "https://.example.com/",
        "https://example.com./",
        "https://exa%6dple.com/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://[example.com]/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://127.0.0.1/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://169.254.169.254/latest/meta-data/",
        "https://example.com/" + "a" * 2_048,
    ],
)
def test_a_url_that_cannot_be_a_webhook_is_refused_and_not_repeated(url):
    with pytest.raises(DestinationError) as caught:
        read(url, SETTINGS)
    assert str(caught.value).startswith("The URL")
    assert "example" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "host", "port", "target", "header"),
    [
        ("https://example.com", "example.com", 443, "/", "example.com"),
        ("HTTPS://Example.COM:443/A?b=c&d=%20", "example.com", 443, "/A?b=c&d=%20", "example.com"),
        ("https://example.com:8443?x", "example.com", 8443, "/?x", "example.com:8443"),
        ("https://8.8.8.8/@in-path", "8.8.8.8", 443, "/@in-path", "8.8.8.8"),
        (
            "https://[2606:4700:4700::1111]:8443/",
            "2606:4700:4700::1111",
            8443,
            "/",
            "[2606:4700:4700::1111]:8443",
        ),
        ("https://xn--exmple-cua.com/", "xn--exmple-cua.com", 443, "/", "xn--exmple-cua.com"),
    ],
)
def test_a_good_url_is_taken_apart(url, host, port, target, header):
    destination = read(url, SETTINGS)
    assert destination[1:] == (host, port, target)
    assert destination.host_header == header


def test_http_and_a_private_network_are_taken_when_they_are_allowed():
    settings = Settings.read(
        {
            "LOANSCORE_WEBHOOK_ALLOW_HTTP": "true",
            "LOANSCORE_WEBHOOK_ALLOW_NETS": "127.0.0.0/8, fd00::/8",
        }
    )
    assert read("http://127.0.0.1/", settings).port == 80
    assert read("http://[fd00::1]/", settings).host == "fd00::1"
    with pytest.raises(DestinationError):
        read("http://10.0.0.1/", settings)
