import shutil
from pathlib import Path

import pytest

from training.tracking import Tracking, TrackingError

pytestmark = pytest.mark.usefixtures("enclosed")


def test_a_store_that_is_no_database_is_refused_at_once_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "mlflow").mkdir()
    (tmp_path / "mlflow" / "mlflow.db").write_text("not a database, but long enough to be read")
    with pytest.raises(TrackingError, match="not a database; make room, or move that folder"):
        Tracking(tmp_path, {})


def test_a_store_that_was_moved_is_refused_rather_than_written_where_it_stood(
    tmp_path: Path,
) -> None:
    Tracking(tmp_path / "old", {}).record_page("comparison", "a table")
    shutil.move(tmp_path / "old", tmp_path / "new")
    moved = Tracking(tmp_path / "new", {})
    with pytest.raises(TrackingError, match="made elsewhere"):
        moved.record_page("comparison", "a table")
    assert not (tmp_path / "old").exists()
