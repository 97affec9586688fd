"""Inner addresses: every spelling of a private, local or metadata address is refused."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain.inner_networks import Networks, is_public, parse_networks

INNER = [
    *("0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1"),
    *("127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192"),
    *("192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255"),
    *("198.51.100.7", "203.0.113.7", "224.0.0.1", "239.1.2.3", "240.0.0.1"),
    *("255.255.255.255", "168.63.129.16"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:10.0.0.1"),
    *("64:ff9b::10.0.0.1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1", "2001::1"),
    *("2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::1", "2002:808:808::1"),
    *("3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0"),
    *("fec0::1", "ff02::1", "2001:4860:4860::8888%1", "2a00:1450::5efe:10.0.0.1"),
    "2a00:1450::200:5efe:10.0.0.1",
]


@pytest.mark.parametrize("address", INNER)
def test_an_address_that_is_not_a_public_host_is_inner(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "8.8.8.8", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"],
)
def test_a_public_host_is_public(address):
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses(v=4))
def test_no_ipv6_spelling_of_an_ipv4_address_is_public(address):
    number = int(address)
    for written in (number, 0xFFFF << 32 | number, 0xFFFF << 48 | number):
        assert not is_public(ipaddress.IPv6Address(written))
    assert not is_public(ipaddress.IPv6Address((0x2002 << 112) | (number << 80) | 1))
    assert not is_public(ipaddress.IPv6Address((0x64FF9B << 96) | number))
    assert not is_public(
        ipaddress.IPv6Address((0x2001 << 112) | (number << 64) | (number ^ ~0 & 0xFFFFFFFF))
    )


@given(st.ip_addresses())
def test_what_the_standard_library_calls_private_is_never_public(address):
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast


@given(st.ip_addresses())
def test_an_exception_for_everything_opens_no_metadata_and_no_link_local_address(address):
    everything = Networks.of(parse_networks("0.0.0.0/0, ::/0, //news"))

    if address.is_link_local or address.is_multicast or address.is_unspecified:
        assert not everything.allow("news", address)


@pytest.mark.parametrize(
    "address",
    [
        *("169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "fd00:ec2::254"),
        *("2002:a9fe:a9fe::1", "::169.254.169.254", "0.0.0.1", "::", "fe80::1%1", "168.63.129.16"),
    ],
)
def test_a_metadata_address_is_never_opened(address):
    everything = Networks.of(parse_networks("0.0.0.0/0, ::/0, //news"))

    assert not everything.allow("news", ipaddress.ip_address(address))


def test_a_network_and_a_host_are_opened_by_name():
    allowed = Networks.of(parse_networks(" 10.1.0.0/16, ::1, //WordPress , 192.168.7.7 ,"))

    def opens(host: str, address: str) -> bool:
        return allowed.allow(host, ipaddress.ip_address(address))

    assert opens("any", "10.1.2.3")
    assert not opens("any", "10.2.0.1")
    assert opens("any", "192.168.7.7")
    assert opens("any", "::1")
    assert opens("wordpress", "172.18.0.5")
    assert not opens("other", "172.18.0.5")
    assert not Networks().allow("wordpress", ipaddress.ip_address("172.18.0.5"))


@pytest.mark.parametrize(
    "raw", ["10.0.0.1/8", "10.0.0.0/33", "wordpress", "//a b", "http://x", "//", "1.2.3", "//1.2.3"]
)
def test_an_exception_that_is_neither_network_nor_host_is_refused(raw):
    with pytest.raises(ValueError, match=r"10\.1\.0\.0/16"):
        parse_networks(raw)
