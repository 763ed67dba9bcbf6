"""The lane of campaigns as tests use it below the API, with real workers."""

import csv
import hashlib
import io
import json
import time

from portfolio.options import Options
from protocol import names
from protocol.campaigns import Campaigns
from protocol.folder import CampaignFolder
from tests.campaigns.conftest import LONGEST_S


class Lane:
    """A service and its campaigns, as the API would use them."""

    def __init__(self, service, client):
        self.service = service
        self.campaigns = Campaigns(client, service.settings)
        self.client = client

    def create(self, content, **options):
        campaign = names.new_campaign_id()
        folder = self.folder(campaign)
        folder.path.mkdir(parents=True)
        folder.portfolio.write_bytes(content)
        stored = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        return self._record(campaign, stored, options)

    def create_from(self, uri, **options):
        """A campaign whose portfolio lies at a URI."""
        return self._record(names.new_campaign_id(), {"uri": uri}, options)

    def _record(self, campaign, fields, options):
        given = Options(**{"format": "csv", **options})
        self.campaigns.create(campaign, "tests", {"options": given.model_dump_json(), **fields})
        return campaign

    def folder(self, campaign):
        return CampaignFolder.of(self.service.settings.storage_folder, campaign)

    def wait(self, campaign):
        ends = time.monotonic() + LONGEST_S
        while "filed" not in (record := self.campaigns.read(campaign)):
            assert time.monotonic() < ends, record
            assert "files_error" not in record, record
            time.sleep(0.05)
        return record

    def text(self, campaign, kind):
        return self.content(campaign, kind).decode()

    def content(self, campaign, kind):
        with self.folder(campaign).open(kind) as file:
            return file.read()

    def table(self, campaign, kind):
        return list(csv.DictReader(io.StringIO(self.text(campaign, kind))))

    def json(self, campaign, kind):
        return json.loads(self.text(campaign, kind))

    def worker(self):
        return next(one for one in self.service.processes if one.name.startswith("campaigns"))
