"""The address of a request, and the client that it counts for."""

from ipaddress import ip_network

import pytest

from moderation.domain.network import address_behind, client_network, is_trusted

TRUSTED = (ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.10", "203.0.113.10"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:DB8:0001:0002:0:0:0:7", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::7]:443", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::7", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("fe80::1%25eth1", "fe80::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::ffff:cb00:7109", "203.0.113.9"),
        ("64:ff9b::203.0.113.9", "203.0.113.9"),
        ("::1", "::/64"),
    ],
)
def test_a_client_is_an_ipv4_address_or_an_ipv6_64(address, network):
    assert client_network(address) == network


@pytest.mark.parametrize(
    "odd",
    [
        "",
        " ",
        "unknown",
        "_hidden",
        "203.0.113",
        "203.0.113.256",
        "0x7f.1",
        "203.0.113.09",
        "٢٠٣.0.113.9",
        "2001:db8::1::2",
        "[",
        "[]",
        "%eth0",
        "203.0.113.9, 198.51.100.1",
        "2001:db8::7\0",
        "a" * 100_000,
        "2001:db8::7%" + "z" * 100_000,
    ],
)
def test_strings_that_are_no_address_share_one_count(odd):
    assert client_network(odd) == ""


@pytest.mark.parametrize(
    "forwarded",
    [
        ["203.0.113.1"],
        ["203.0.113.1", "203.0.113.2"],
        ["10.0.0.1, 127.0.0.1"],
        ["fe80::1%eth0"],
        [", ,,"],
        ["garbage" * 1000],
    ],
)
def test_headers_of_an_untrusted_peer_never_count(forwarded):
    assert address_behind("198.51.100.7", forwarded, TRUSTED) == "198.51.100.7"
    assert address_behind("127.0.0.1", forwarded, ()) == "127.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        # The client's own claims are left of the address that the proxy appended.
        (["203.0.113.1, 198.51.100.7"], "198.51.100.7"),
        (["203.0.113.1", "127.0.0.9", "198.51.100.7"], "198.51.100.7"),
        (["127.0.0.1, 10.0.0.1, 198.51.100.7"], "198.51.100.7"),
        (["203.0.113.1, fe80::1%eth0"], "fe80::1"),
        (["203.0.113.1, [2001:db8::7%3]:99"], "2001:db8::7"),
        (["203.0.113.1, ::ffff:198.51.100.7"], "198.51.100.7"),
        (["203.0.113.1, ::ffff:10.0.0.9"], "203.0.113.1"),
        # A trusted proxy that sends garbage is charged itself.
        (["203.0.113.1, unknown"], "127.0.0.1"),
        (["203.0.113.1,"], "127.0.0.1"),
        (["203.0.113.1, " + "9" * 60_000], "127.0.0.1"),
    ],
)
def test_behind_a_trusted_proxy_the_address_that_it_appended_counts(forwarded, address):
    assert address_behind("127.0.0.1", forwarded, TRUSTED) == address


def test_an_endless_chain_of_trusted_proxies_is_not_followed_to_its_end():
    chain = ["203.0.113.1, " + ", ".join(["10.0.0.1"] * 5000)]

    assert address_behind("127.0.0.1", chain, TRUSTED) == "10.0.0.1"


def test_only_the_named_networks_are_trusted():
    assert is_trusted("10.2.3.4", TRUSTED)
    assert is_trusted("::ffff:127.0.0.1", TRUSTED)
    assert not is_trusted("203.0.113.9", TRUSTED)
    assert not is_trusted("10.2.3.4", ())
    assert not is_trusted("", TRUSTED)
