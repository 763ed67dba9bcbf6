from pathlib import Path
from threading import Event, Thread

import pytest

from training import swap


def folder(path: Path, word: str) -> Path:
    path.mkdir()
    (path / "word").write_text(word)
    return path


def test_a_reader_never_finds_the_place_empty_while_folders_change(tmp_path: Path) -> None:
    place, done, misses, reads = folder(tmp_path / "model", "old"), Event(), [], []

    def keep_reading() -> None:
        while not done.is_set():
            try:
                reads.append((place / "word").read_text())
            except FileNotFoundError as error:
                misses.append(error)

    reader = Thread(target=keep_reading)
    reader.start()
    for at in range(200):
        swap.put_in_place(folder(tmp_path / f"new{at}", "new"), place)
    done.set()
    reader.join()
    assert misses == []
    assert "new" in reads


@pytest.mark.parametrize("change", [swap._exchanged, swap._in_two_steps])
def test_folders_change_places_on_every_kind_of_system(tmp_path: Path, change) -> None:
    one, other = folder(tmp_path / "one", "1"), folder(tmp_path / "other", "2")
    change(one, other)
    assert (one / "word").read_text() == "2"
    assert (other / "word").read_text() == "1"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "other"]


def test_the_first_folder_simply_moves_in(tmp_path: Path) -> None:
    swap.put_in_place(folder(tmp_path / "new", "1"), tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
