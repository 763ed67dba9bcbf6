"""The policy in force, which tests score by."""

from protocol.policy import read_policy
from tests.conftest import ROOT

POLICY = read_policy(ROOT / "policy.json")
