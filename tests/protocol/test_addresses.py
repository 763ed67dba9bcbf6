"""Which addresses a webhook may be sent to."""

from ipaddress import ip_network

import pytest

from protocol.addresses import literal, permitted


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0x7f.0.0.0x1",
        "0.0.0.0",  # noqa: S104 - refused, not bound
        "0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "169.254.170.2",
        "2852039166",
        "192.0.0.170",
        "198.18.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::8.8.8.8",
        "::ffff:127.0.0.1",
        "::ffff:a9fe:a9fe",
        "::ffff:0:127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2001:0:7f00:1::",
        "2001:db8::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "100::1",
        "4000::1",
    ],
)
def test_an_address_that_is_not_public_is_refused_in_every_spelling(host):
    address = literal(host)
    assert address is not None
    assert not permitted(address, ())


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "93.184.215.14",
        "2606:4700:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
    ],
)
def test_a_public_address_is_permitted(address):
    assert permitted(address, ())


def test_an_allowed_network_is_permitted_and_its_neighbour_is_not():
    allowed = [ip_network("10.1.0.0/16"), ip_network("fd00:1::/64")]
    assert permitted("10.1.2.3", allowed)
    assert permitted("::ffff:10.1.2.3", allowed)
    assert permitted("fd00:1::7", allowed)
    assert not permitted("10.2.0.1", allowed)
    assert not permitted("fd00:2::7", allowed)


def test_an_address_with_a_zone_is_judged_without_it():
    assert not permitted("fe80::1%eth0", ())


@pytest.mark.parametrize("name", ["localhost", "example.com", "1.2.3.4.5", "a" * 300, "[::1]"])
def test_what_is_not_an_address_is_none(name):
    assert literal(name) is None
