"""Settings: a slip is named, never guessed around."""

from pathlib import Path

import pytest

from protocol.errors import SettingsError
from protocol.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PROT", "5000", "LOANSCORE_PROT"),
        ("PORT", "five", "LOANSCORE_PORT"),
        ("PORT", "70000", "65535"),
        ("REDIS_URL", "http://localhost", "LOANSCORE_REDIS_URL"),
        ("LEASE_S", "nan", "LOANSCORE_LEASE_S"),
        (
            "CAMPAIGN_PREFIXES",
            "s3://books/, http://books/",
            r"LOANSCORE_CAMPAIGN_PREFIXES.1.*s3://",
        ),
        ("CAMPAIGN_PREFIXES", "file:///srv/../etc/", r"LOANSCORE_CAMPAIGN_PREFIXES.0.*\.\."),
    ],
)
def test_a_wrong_variable_is_named(name, value, said):
    with pytest.raises(SettingsError, match=said):
        Settings.read({PREFIX + name: value})


def test_a_faulty_secret_is_not_repeated():
    with pytest.raises(SettingsError) as caught:
        Settings.read({"LOANSCORE_REDIS_URL": "http://:hunter2@localhost"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("redis://api@redis:6379/0", "redis://api:p%2F%40%20s@redis:6379/0"),
        ("rediss://redis:6379/0?db=1", "rediss://:p%2F%40%20s@redis:6379/0?db=1"),
        ("unix://api@/run/redis.sock", "unix://api:p%2F%40%20s@/run/redis.sock"),
    ],
)
def test_a_password_may_come_in_a_file(url, whole, tmp_path):
    (tmp_path / "password").write_text("p/@ s\n")
    file = str(tmp_path / "password")
    given = {"LOANSCORE_REDIS_URL": url, "LOANSCORE_REDIS_PASSWORD_FILE": file}
    assert Settings.read(given).redis == whole


@pytest.mark.parametrize(
    ("url", "content", "said"),
    [
        ("redis://api:hunter2@redis", b"hunter2", "keep one of them"),
        ("redis://api@redis", b" \n", "empty"),
        ("redis://api@redis", b"\xff", "no text"),
        ("redis://api@redis", None, "No such file"),
    ],
)
def test_a_password_file_that_cannot_be_used_is_named(url, content, said, tmp_path):
    if content is not None:
        (tmp_path / "password").write_bytes(content)
    file = str(tmp_path / "password")
    with pytest.raises(SettingsError, match=f"{file}: .*{said}") as caught:
        Settings.read({"LOANSCORE_REDIS_URL": url, "LOANSCORE_REDIS_PASSWORD_FILE": file})
    assert "hunter2" not in str(caught.value)


def test_an_empty_variable_counts_as_not_set():
    assert Settings.read({"LOANSCORE_PORT": "", "PATH": "/bin"}) == Settings()


def test_what_callers_set_is_no_setting():
    assert Settings.read({"LOANSCORE_URL": "https://here", "LOANSCORE_API_KEY": "x"}) == Settings()


def test_a_value_is_read_in_its_type():
    assert Settings.read({"LOANSCORE_PORT": "5001"}).port == 5001


def test_prefixes_are_separated_by_commas_and_end_with_a_slash():
    given = "s3://books/{client},file:///srv/portfolios/"
    settings = Settings.read({"LOANSCORE_CAMPAIGN_PREFIXES": given})
    assert settings.campaign_prefixes == ("s3://books/{client}/", "file:///srv/portfolios/")


def test_every_setting_stands_in_env_example_and_no_other():
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = {
        line.lstrip("# ").partition("=")[0] for line in lines if PREFIX in line and "=" in line
    }
    assert named == {PREFIX + field.upper() for field in Settings.model_fields}
