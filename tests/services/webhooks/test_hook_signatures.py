"""Signatures of other systems: their published vectors, and nothing close to them."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from moderation.domain.errors import BadSignature
from moderation.services.webhooks.hook_signatures import FORMS, Adapter, verify

EVENT = b'{"id":"evt_1"}'
NOW = datetime.fromtimestamp(1_700_000_000, UTC)
STRIPE_NOW = datetime.fromtimestamp(1_492_774_577, UTC)


def accepted(adapter, secrets, header, body=EVENT, now=NOW):
    try:
        verify(adapter, secrets, header, body, now=now)
    except BadSignature:
        return False
    return True


def hexed(secret, message):
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def based(secret, message):
    return base64.b64encode(hmac.digest(secret.encode(), message, "sha256")).decode()


#: Adapter, secret, header, body, clock.
VECTORS = [
    (
        Adapter.GITHUB,
        "It's a Secret to Everybody",
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        b"Hello, World!",
        NOW,
    ),
    (
        Adapter.STRIPE,
        "whsec_test",
        "t=1492774577,v1=7656fc2882a7ca0a651666b36bf2f2f22ee204f54f608f227498a2419f2890b2",
        EVENT,
        STRIPE_NOW,
    ),
    (
        Adapter.GHOST,
        "secret",
        "sha256=257ea25a6a6c66ab9cec1a4617f05a06d133b0ed5ba5e6730bb6453fde45578f, t=1700000000000",
        EVENT,
        NOW,
    ),
    (Adapter.GHOST, "secret", f"sha256={hexed('secret', EVENT)}", EVENT, NOW),
    (Adapter.WORDPRESS, "secret", based("secret", EVENT), EVENT, NOW),
    (Adapter.CORAL, "secret", f"sha256={'0' * 64},sha256={hexed('secret', EVENT)}", EVENT, NOW),
    (Adapter.DISCOURSE, "secret", f"sha256={hexed('secret', EVENT)}", EVENT, NOW),
]


@pytest.mark.parametrize(("adapter", "secret", "header", "body", "now"), VECTORS)
def test_a_vector_is_accepted_and_nothing_close_to_it_is(adapter, secret, header, body, now):
    assert accepted(adapter, [secret], header, body, now)
    assert accepted(adapter, ["another", secret], header, body, now)

    assert not accepted(adapter, [], header, body, now)
    assert not accepted(adapter, [secret + "x"], header, body, now)
    assert not accepted(adapter, [secret], header, body + b" ", now)
    assert not accepted(adapter, [secret], header, body[:-1], now)
    assert not accepted(adapter, [secret], header[:-1], body, now)
    assert not accepted(adapter, [secret], header.replace("=", "x=") + "x", body, now)


@pytest.mark.parametrize("adapter", FORMS)
@pytest.mark.parametrize(
    "header",
    [
        *("", " ", ",", "=", "sha256", "sha256=", "v1=", "t=", "t=,v1=", "garbage", "\xff\xfe"),
        *("sha256=\xff", "t=\u0661,v1=00", "sha256=00, t=1e9", "sha256=00,t=-1", "t=" + "9" * 400),
        *("sha256=" + "0" * 64, "v1=" + "0" * 64, "t=1700000000,v1=" + "0" * 64, "," * 9000),
    ],
)
def test_a_malformed_header_is_refused(adapter, header):
    assert not accepted(adapter, ["secret"], header)


@pytest.mark.parametrize(("adapter", "unit"), [(Adapter.GHOST, 1000), (Adapter.STRIPE, 1)])
def test_a_signed_time_is_good_for_five_minutes_either_way(adapter, unit):
    def taken(age):
        stamp = str((1_700_000_000 - age) * unit)
        mac = FORMS[adapter].sign(b"secret", stamp, EVENT).decode()
        name = "v1" if adapter is Adapter.STRIPE else "sha256"
        return accepted(adapter, ["secret"], f"t={stamp},{name}={mac}")

    assert [taken(age) for age in (301, 300, 0, -300, -301)] == [False, True, True, True, False]


def test_a_stripe_signature_needs_a_time_and_may_come_with_others():
    mac = hexed("secret", b"1700000000." + EVENT)

    assert not accepted(Adapter.STRIPE, ["secret"], f"v1={mac}")
    assert not accepted(Adapter.STRIPE, ["secret"], f"v1={hexed('secret', b'.' + EVENT)}")
    assert not accepted(Adapter.STRIPE, ["secret"], f"t=1700000000,v0={mac}")
    assert accepted(Adapter.STRIPE, ["secret"], f"t=1700000000,v1={'0' * 64},v1={mac.upper()},v0=1")


def test_the_time_of_a_ghost_signature_cannot_be_taken_off_or_changed():
    later = NOW + timedelta(minutes=10)
    mac = hexed("secret", EVENT + b"1700000000000")

    assert not accepted(Adapter.GHOST, ["secret"], f"sha256={mac}", now=later)
    assert not accepted(Adapter.GHOST, ["secret"], f"sha256={mac}, t=1700000600000", now=later)
