"""The signature, against a vector that was computed elsewhere."""

from datetime import UTC, datetime

from protocol.parcel import Address, Parcel
from protocol.webhooks import new_secret
from worker import event

PARCEL = Parcel("sc_1", "wh_1", 1, 0, "succeeded", 0, 0)


def test_the_signature_is_that_of_the_reference_implementations():
    """The vector every library of Standard Webhooks tests itself with."""

    class Known(Parcel):
        event_id = "msg_p5jXN8AQM9LWM0D4loKWxJek"

    address = Address("", ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], None, None)
    now = datetime.fromtimestamp(1614265330, UTC)
    headers = event.headers(Known(*PARCEL), address, '{"test": 2432232314}', now)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-timestamp"] == "1614265330"


def test_an_events_id_is_its_own_and_stays():
    assert PARCEL.event_id == PARCEL._replace(attempt=2, claimed_ms=9).event_id
    others = {PARCEL._replace(id="sc_2").event_id, PARCEL._replace(webhook="wh_2").event_id}
    assert PARCEL.event_id not in others
    assert "." not in PARCEL.event_id


def test_two_secrets_are_never_the_same():
    assert new_secret() != new_secret()
