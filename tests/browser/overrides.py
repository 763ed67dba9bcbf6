"""What tests do with an override: ask for one that must wait for a second person."""

from protocol.application import EXAMPLE
from tests.policy import POLICY

LARGE = EXAMPLE._replace(
    credit_lines_outstanding=5, loan_amt_outstanding=POLICY.overrides.second_person_above + 1
)


def ask(page):
    """Score a large loan that is declined, and decide otherwise; ends on the page of the score."""
    for name, value in LARGE._asdict().items():
        page.fill(f"#{name}", str(value))
    page.click("#main form button")
    page.click(".decide summary")
    page.select_option("#override-reason", "GUARANTOR")
    page.fill("#override-note", "Her employer stands surety.")
    page.click(".decide button")
    page.wait_for_url("**/scores/sc_*")
