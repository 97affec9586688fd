"""Addresses of authors, as clients of Akismet forward them."""

import pytest

from moderation.services.compat.akismet_comment import public_address


@pytest.mark.parametrize(
    ("sent", "address"),
    [
        ("8.8.8.8", "8.8.8.8"),
        (" 2001:4860:4860::8888 ", "2001:4860:4860::8888"),
        ("8.8.8.8, 10.0.0.1", "8.8.8.8"),
        ("10.0.0.1, 8.8.8.8", ""),
        ("127.0.0.1", ""),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_the_first_of_forwarded_addresses_counts_if_it_is_public(sent, address):
    assert public_address(sent) == address
