"""The client's address behind proxies."""

from ipaddress import ip_network

import pytest

from moderation.domain.network import address_behind
from moderation.services.signing import address_block

TRUSTED = (ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["6.6.6.6, 198.51.100.1, 10.1.2.3"], "198.51.100.1"),
        ("127.0.0.1", ["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["10.1.2.3"], "10.1.2.3"),
        ("127.0.0.1", ["6.6.6.6, nonsense"], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("fd00::1", ["[2001:db8::7]:443"], "2001:db8::7"),
        ("::ffff:127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("", ["198.51.100.1"], ""),
    ],
)
def test_the_rightmost_address_that_is_not_a_trusted_proxys_counts(peer, forwarded, address):
    assert address_behind(peer, forwarded, TRUSTED) == address


def test_no_proxy_is_trusted_unless_named():
    assert address_behind("127.0.0.1", ["198.51.100.1"], ()) == "127.0.0.1"


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("198.51.100.77", "198.51.100.0/24"),
        ("2001:db8:1:2ff::7", "2001:db8:1:200::/56"),
        ("::ffff:198.51.100.77", "198.51.100.0/24"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_block_is_the_24_or_the_56(address, block):
    assert address_block(address) == block
