"""Durable files: on the disk as they grow."""

import os

from protocol.durable import SYNC_BYTES, Steady, written


def test_a_large_file_is_on_the_disk_as_it_grows_and_holds_every_byte(tmp_path, monkeypatch):
    synced = []
    fdatasync = os.fdatasync

    def watched(handle):
        fdatasync(handle)
        synced.append(os.fstat(handle).st_size)

    monkeypatch.setattr(os, "fdatasync", watched)
    block = bytes(range(256)) * 1_024
    blocks = 2 * SYNC_BYTES // len(block) + 1
    with written(tmp_path / "large") as file:
        steady = Steady(file)
        assert {steady.write(block) for _ in range(blocks)} == {len(block)}
    assert synced == [SYNC_BYTES, 2 * SYNC_BYTES]
    assert (tmp_path / "large").read_bytes() == block * blocks
