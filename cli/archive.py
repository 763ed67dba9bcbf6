"""What commands on the archive of decision records have in common: the folder, days."""

import os
from datetime import date, datetime
from pathlib import Path

import click

from protocol.settings import Settings
from records.folder import Folder

folder_option = click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="An archive that was copied elsewhere; Redis is then not asked. [default: records, in the"
    " storage folder]",
)
DAY = click.DateTime(["%Y-%m-%d"])


def opened(folder: Path | None) -> Folder:
    """Give the archive in that folder, or the service's own."""
    return Folder(folder or Settings.read(os.environ).records_folder)


def day(moment: datetime | None) -> date | None:
    """Give the day of an option."""
    return moment.date() if moment else None
