"""Campaigns without a ledger: a folder, worked off from the plan to the files."""

import hashlib
import json

from portfolio.options import Options
from protocol import names
from protocol.folder import CampaignFolder
from worker.campaigns.files import write_files
from worker.campaigns.part import write_part
from worker.campaigns.plan import make_plan


class Storage:
    """Campaigns in one storage, all of one model."""

    def __init__(self, path, scorer):
        self._path = path
        self._scorer = scorer

    def folder(self, campaign):
        return CampaignFolder.of(self._path, campaign)

    def run(self, content, *, chunk_bytes=2_000, skip=(), poison=False, **options):
        """Score a portfolio but for the chunks in `skip`; returns the campaign's id."""
        campaign = names.new_campaign_id()
        folder = self.folder(campaign)
        folder.path.mkdir(parents=True)
        folder.portfolio.write_bytes(content if isinstance(content, bytes) else content.encode())
        given = Options(**{"format": "csv", **options})
        sha256 = hashlib.sha256(folder.portfolio.read_bytes()).hexdigest()
        plan = make_plan(folder, given, chunk_bytes, 1 << 30, sha256)
        done = {one.index for one in plan.ranges} - set(skip)
        for number in done:
            write_part(folder, number, self._scorer)
        model, policy = self._scorer.manifest, self._scorer.policy
        record = {"bytes": "0", "sha256": "", "model": model.name, "version": model.version}
        record |= {"digest": model.digest, "policy": policy.version, "policy_digest": policy.digest}
        write_files(folder, record, done, self._scorer, poison=poison)
        return campaign

    def json(self, campaign, kind):
        return json.loads(self.content(campaign, kind))

    def content(self, campaign, kind):
        with self.folder(campaign).open(kind) as file:
            return file.read()

    def diff(self, campaign):
        return self.json(campaign, "summary")["diff"]
