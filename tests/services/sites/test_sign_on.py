"""Sign-on tokens: which are taken, and the tricks that are not."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from moderation.domain.errors import SignOnExpired, SignOnInvalid, SignOnUnavailable
from moderation.domain.inner_networks import Networks
from moderation.domain.members import MemberRole
from moderation.services.sites import sign_on, sign_on_keys, sign_on_secrets
from moderation.services.sites.sign_on_keys import KeySets
from moderation.storage.models.sites import Site
from tests.signing_on import KeyHost, claims, jwk, part, signed_as_is, token

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "signon_" + "a" * 43
URL = "https://login.example/keys.json"


def made_site(algorithm: str = "HS256", name: str = "news", url: str = URL) -> Site:
    settings = {"sign_on_algorithm": algorithm, "sign_on_jwks_url": url}
    return Site(id=1, name=name, settings=settings)


def key_sets(host: KeyHost) -> KeySets:
    return KeySets(Networks.of(()), host)


def read(sent: str, *, on: Site | None = None, secrets=(SECRET,), host=None, now=NOW):
    return sign_on.read(sent, on or made_site(), secrets, key_sets(host or KeyHost()), now=now)


def mine(**changes) -> str:
    return token(SECRET, claims(NOW, **changes))


@cache
def private(alg: str):
    if alg == "RS256":
        return rsa.generate_private_key(65537, 2048)
    return (
        ec.generate_private_key(ec.SECP256R1())
        if alg == "ES256"
        else (ed25519.Ed25519PrivateKey.generate())
    )


def by_key(alg: str, *, kid: str | None = "one", **changes) -> str:
    header = {} if kid is None else {"kid": kid}
    return token(private(alg), claims(NOW, **{"aud": "news", **changes}), alg=alg, **header)


# Whom a token names


def test_the_claims_name_the_reader():
    member = read(
        mine(
            sub="u-7",
            name="  Ada   Lovelace ",
            email="ada@example.org",
            picture="https://img.example/a.png",
            url="https://ada.example/",
            role="verified",
        )
    )

    assert (member.site_id, member.id, member.name) == (1, "u-7", "Ada Lovelace")
    assert (member.email, member.website) == ("ada@example.org", "https://ada.example/")
    assert member.picture == "https://img.example/a.png"
    assert member.role is MemberRole.VERIFIED


def test_claims_that_are_empty_or_null_count_as_left_out():
    member = read(mine(email="", picture="", url="", role=""))

    assert (member.email, member.picture, member.website, member.role) == ("", "", "", "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"sub": None},
        {"sub": ""},
        {"sub": 42},
        {"sub": "a" * 256},
        {"sub": "a\nb"},
        {"sub": "a\0b"},
        {"name": None},
        {"name": "\u200b\u2800"},
        {"name": "a" * 81},
        {"name": ["Ada"]},
        {"name": "a\ud800b"},
        {"email": "no address"},
        {"email": f"{'a' * 250}@example.org"},
        {"email": "a@example.org\nbcc: b@example.org"},
        {"url": "javascript:alert(1)"},
        {"url": "https://user:word@example.org/"},
        {"picture": "data:image/png;base64,AAAA"},
        {"picture": "file:///etc/passwd"},
        {"picture": f"https://img.example/{'a' * 2000}"},
        {"role": "admin"},
        {"role": ["staff"]},
        {"role": True},
    ],
    ids=str,
)
def test_a_claim_that_is_not_valid_refuses_the_token(wrong):
    sent = signed_as_is(SECRET, {"alg": "HS256"}, claims(NOW, **wrong))

    with pytest.raises(SignOnInvalid, match=f"not valid: {next(iter(wrong))}"):
        read(sent)


def test_a_name_is_cleaned_of_what_hides_in_it():
    assert read(mine(name="\u202eA\u200bda\u2066")).name == "Ada"


# Times


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"exp": NOW.timestamp() - 60}, SignOnExpired),
        ({"exp": 0}, SignOnExpired),
        ({"exp": -1e300}, SignOnExpired),
        ({"exp": None}, SignOnInvalid),
        ({"exp": NOW.timestamp() + 86_400 + 61}, SignOnInvalid),
        ({"exp": 10**400}, SignOnInvalid),
        ({"exp": str(int(NOW.timestamp()) + 60)}, SignOnInvalid),
        ({"exp": True}, SignOnInvalid),
        ({"exp": [1]}, SignOnInvalid),
        ({"nbf": NOW.timestamp() + 61}, SignOnInvalid),
        ({"nbf": "soon"}, SignOnInvalid),
        ({"iat": NOW.timestamp() + 61}, SignOnInvalid),
    ],
    ids=str,
)
def test_a_token_out_of_its_time_is_refused(wrong, error):
    sent = signed_as_is(SECRET, {"alg": "HS256"}, claims(NOW, **wrong))

    with pytest.raises(error):
        read(sent)


@pytest.mark.parametrize(
    "right",
    [
        {"exp": NOW.timestamp() - 59},
        {"exp": NOW.timestamp() + 86_400 + 59},
        {"nbf": NOW.timestamp() + 59},
        {"iat": NOW.timestamp() + 59.5},
    ],
    ids=str,
)
def test_clocks_may_be_a_minute_apart(right):
    assert read(mine(**right)).id == "42"


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_time_that_is_no_number_is_refused(constant):
    payload = f'{{"sub": "42", "name": "Ada", "exp": {constant}}}'

    with pytest.raises(SignOnInvalid):
        read(signed_as_is(SECRET, {"alg": "HS256"}, payload))


# The signature


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", "hs256", "HS384", "HS512"])
def test_a_token_cannot_choose_another_algorithm(alg):
    sent = signed_as_is(SECRET, {"alg": alg}, claims(NOW))
    unsigned = f"{part({'alg': alg})}.{part(claims(NOW))}."

    for each in (sent, unsigned):
        with pytest.raises(SignOnInvalid):
            read(each)


@pytest.mark.parametrize("alg", [None, 7, ["HS256"], {"HS256": 1}])
def test_an_algorithm_that_is_no_text_is_refused(alg):
    with pytest.raises(SignOnInvalid):
        read(signed_as_is(SECRET, {"alg": alg}, claims(NOW)))


def test_an_empty_signature_is_refused():
    head, _, _ = mine().rpartition(".")

    with pytest.raises(SignOnInvalid):
        read(f"{head}.")


def test_the_public_key_of_a_site_is_no_secret_for_its_tokens():
    public = private("RS256").public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    host = KeyHost([jwk(private("RS256"), "RS256", kid="one")])
    payload = claims(NOW, aud="news")
    modulus = host.keys[0]["n"]

    for secret in (pem.decode(), modulus, json.dumps(host.keys[0])):
        for alg in ("HS256", "RS256"):
            sent = signed_as_is(secret, {"alg": alg, "kid": "one"}, payload)
            with pytest.raises(SignOnInvalid):
                read(sent, on=made_site("RS256"), host=host)


def test_a_token_signed_by_key_is_none_by_secret():
    with pytest.raises(SignOnInvalid, match="HS256"):
        read(by_key("RS256"))


def test_a_site_that_has_sign_on_off_takes_no_token():
    with pytest.raises(SignOnInvalid, match="takes no"):
        read(mine(), on=made_site("off"))


def test_a_site_without_secrets_takes_no_token():
    with pytest.raises(SignOnInvalid):
        read(signed_as_is("", {"alg": "HS256"}, claims(NOW)), secrets=())


def test_the_secret_before_the_newest_still_signs():
    newest = "signon_" + "b" * 43

    assert read(mine(), secrets=(newest, SECRET)).id == "42"
    with pytest.raises(SignOnInvalid):
        read(mine(), secrets=(newest,))


def test_every_secret_is_compared_whichever_fits(monkeypatch):
    compared = []
    hmac = jwt.algorithms.HMACAlgorithm
    usual = hmac.verify
    monkeypatch.setattr(
        hmac, "verify", lambda self, *given: compared.append(1) or usual(self, *given)
    )

    read(mine(), secrets=(SECRET, "signon_" + "b" * 43))

    assert len(compared) == 2


def test_a_changed_claim_breaks_the_signature():
    head, payload, signature = mine().split(".")
    other = part(claims(NOW, role="staff"))

    assert payload != other
    with pytest.raises(SignOnInvalid):
        read(f"{head}.{other}.{signature}")


# The form of a token


@pytest.mark.parametrize(
    "payload",
    [
        '{"sub": "1", "sub": "42", "name": "Ada", "exp": EXP}',
        '{"sub": "42", "name": "Ada", "exp": EXP, "role": "", "role": "staff"}',
        '{"sub": "42", "name": "Ada", "exp": EXP, "extra": {"a": 1, "a": 2}}',
        "[]",
        "null",
        '"text"',
        "",
        "{",
        "[" * 2500,
        '{"sub": "42", "name": "Ada", "exp": EXP, "deep": ' + "[" * 1500 + "]" * 1500 + "}",
        b"\xff\xfe",
    ],
    ids=lambda payload: str(payload)[:40],
)
def test_a_payload_that_can_be_read_in_two_ways_or_none_is_refused(payload):
    if isinstance(payload, str):
        payload = payload.replace("EXP", str(int(NOW.timestamp()) + 60))

    with pytest.raises(SignOnInvalid):
        read(signed_as_is(SECRET, {"alg": "HS256"}, payload))


@pytest.mark.parametrize(
    "header",
    [
        '{"alg": "none", "alg": "HS256"}',
        '{"alg": "HS256", "alg": "none"}',
        '{"alg": "HS256", "crit": ["exp"]}',
        '{"alg": "HS256", "crit": []}',
        '{"alg": "HS256", "b64": false, "crit": ["b64"]}',
        '{"alg": "HS256", "typ": "at+jwt"}',
        '{"alg": "HS256", "typ": 1}',
        '{"alg": "HS256", "pad": "' + "a" * 1000 + '"}',
        "[" * 700,
        "HS256",
    ],
    ids=lambda header: header[:40],
)
def test_a_header_with_tricks_is_refused(header):
    with pytest.raises(SignOnInvalid):
        read(signed_as_is(SECRET, header, claims(NOW)))


@pytest.mark.parametrize("member", ["jku", "x5u", "jwk", "x5c"])
def test_keys_that_a_token_brings_are_not_used(member):
    own = rsa.generate_private_key(65537, 2048)
    brought = {"jwk": jwk(own, "RS256"), "x5c": ["AAAA"]}.get(member, "https://evil.example/keys")
    host = KeyHost([jwk(private("RS256"), "RS256", kid="one")])
    sent = token(own, claims(NOW, aud="news"), alg="RS256", kid="one", **{member: brought})

    with pytest.raises(SignOnInvalid):
        read(sent, on=made_site("RS256"), host=host)
    assert [request.url for request, _ in host.requests] == [URL]


@pytest.mark.parametrize(
    "change",
    [
        lambda sent: sent + "A" * 4096,
        lambda sent: sent + "=",
        lambda sent: sent + "\n",
        lambda sent: " " + sent,
        lambda sent: sent.replace(".", "..", 1),
        lambda sent: sent + ".e30",
        lambda sent: sent.replace("e", "é", 1),
        lambda sent: "..",
        lambda sent: "\0.\0.\0",
        lambda sent: f"{sent.rpartition('.')[0]}.+/+/",
    ],
)
def test_a_malformed_token_is_refused(change):
    with pytest.raises(SignOnInvalid):
        read(change(mine()))


def test_a_long_token_is_refused_however_well_it_is_signed():
    with pytest.raises(SignOnInvalid, match="4096"):
        read(mine(extra="a" * 3000))


def test_a_signature_has_one_spelling():
    sent = mine()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # 32 bytes leave two bits of the last letter unused.
    other = letters[letters.index(sent[-1]) ^ 1]

    with pytest.raises(SignOnInvalid):
        read(sent[:-1] + other)


# The audience


@pytest.mark.parametrize("aud", ["news", ["news"], ["other", "news"]])
def test_a_token_for_this_site_is_taken(aud):
    assert read(mine(aud=aud)).id == "42"


@pytest.mark.parametrize("aud", ["other", "NEWS", "news.example", [], ["other"], 7, {"news": 1}])
def test_a_token_for_another_site_is_refused(aud):
    with pytest.raises(SignOnInvalid, match="aud"):
        read(signed_as_is(SECRET, {"alg": "HS256"}, claims(NOW, aud=aud)))


def test_the_secret_of_another_site_signs_no_token():
    with pytest.raises(SignOnInvalid):
        read(token("signon_" + "c" * 43, claims(NOW)))


def test_a_token_by_key_needs_an_audience():
    """A sign-on service signs tokens for other services with the same keys."""
    host = KeyHost([jwk(private("ES256"), "ES256", kid="one")])

    with pytest.raises(SignOnInvalid, match="aud"):
        read(by_key("ES256", aud=None), on=made_site("ES256"), host=host)


# Keys


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_a_token_is_checked_by_the_key_of_its_id(alg):
    other = rsa.generate_private_key(65537, 2048)
    host = KeyHost([jwk(other, "RS256", kid="other"), jwk(private(alg), alg, kid="one")])

    assert read(by_key(alg), on=made_site(alg), host=host).id == "42"
    with pytest.raises(SignOnInvalid):
        read(by_key(alg, kid="other"), on=made_site(alg), host=host)
    head = by_key(alg).rpartition(".")[0]
    for signature in ("", "A" * 86, part(b"\0" * 64), part(b"\0" * 256)):
        with pytest.raises(SignOnInvalid):
            read(f"{head}.{signature}", on=made_site(alg), host=host)


def test_without_an_id_the_set_must_have_one_key():
    one = jwk(private("ES256"), "ES256")
    two = jwk(ec.generate_private_key(ec.SECP256R1()), "ES256", kid="two")

    assert read(by_key("ES256", kid=None), on=made_site("ES256"), host=KeyHost([one])).id == "42"
    with pytest.raises(SignOnInvalid):
        read(by_key("ES256", kid=None), on=made_site("ES256"), host=KeyHost([one, two]))


@pytest.mark.parametrize(
    "kid",
    [
        "../../../dev/null",
        "/dev/null",
        "one' OR '1'='1",
        "one\0",
        "https://evil.example/keys#one",
        "",
        "ONE",
        "a" * 201,
    ],
)
def test_a_key_id_is_only_compared(kid):
    host = KeyHost([jwk(private("RS256"), "RS256", kid="one")])

    with pytest.raises(SignOnInvalid):
        read(by_key("RS256", kid=kid), on=made_site("RS256"), host=host)
    assert {request.url for request, _ in host.requests} <= {URL}


@pytest.mark.parametrize("kid", [7, ["one"], {"one": 1}, True])
def test_a_key_id_is_a_text(kid):
    signed = f"{part({'alg': 'RS256', 'kid': kid})}.{part(claims(NOW, aud='news'))}"
    signature = jwt.get_algorithm_by_name("RS256").sign(signed.encode(), private("RS256"))
    host = KeyHost([jwk(private("RS256"), "RS256", kid="one")])

    with pytest.raises(SignOnInvalid):
        read(f"{signed}.{part(signature)}", on=made_site("RS256"), host=host)


@pytest.mark.parametrize(
    "change",
    [
        {"use": "enc"},
        {"alg": "RS512"},
        {"key_ops": ["sign"]},
        {"key_ops": "verify"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"n": "AQAB"},
        {"n": 7},
        {"n": "A" * 5000},
        {"e": ""},
        {"n": "!"},
    ],
    ids=str,
)
def test_a_key_for_another_use_or_a_weak_one_verifies_nothing(change):
    host = KeyHost([{**jwk(private("RS256"), "RS256", kid="one"), **change}])

    with pytest.raises(SignOnInvalid):
        read(by_key("RS256"), on=made_site("RS256"), host=host)


def test_a_short_rsa_key_verifies_nothing():
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 -- the point of this test
    signed = f"{part({'alg': 'RS256', 'kid': 'one'})}.{part(claims(NOW, aud='news'))}"
    signature = jwt.get_algorithm_by_name("RS256").sign(signed.encode(), short)
    host = KeyHost([jwk(short, "RS256", kid="one")])

    with pytest.raises(SignOnInvalid):
        read(f"{signed}.{part(signature)}", on=made_site("RS256"), host=host)


def test_a_key_of_another_curve_verifies_nothing():
    other = ed448.Ed448PrivateKey.generate()
    host = KeyHost([jwk(other, "EdDSA", kid="one")])
    sent = token(other, claims(NOW, aud="news"), alg="EdDSA", kid="one")

    with pytest.raises(SignOnInvalid):
        read(sent, on=made_site("EdDSA"), host=host)


def test_a_site_without_an_address_of_keys_takes_no_token():
    with pytest.raises(SignOnInvalid, match="sign_on_jwks_url"):
        read(by_key("RS256"), on=made_site("RS256", url=""))


# The cache of keys


def test_keys_are_read_once_for_many_tokens():
    host = KeyHost([jwk(private("ES256"), "ES256", kid="one")])
    keys = key_sets(host)

    for minutes in range(0, 60, 5):
        now = NOW + timedelta(minutes=minutes)
        sign_on.read(by_key("ES256"), made_site("ES256"), (), keys, now=now)

    ((request, options),) = host.requests
    assert (request.method, request.url) == ("GET", URL)
    assert (options["most_bytes"], options["timeout"]) == (65_536, 5.0)


def test_an_unknown_key_id_reads_the_keys_again_at_most_once_a_minute():
    host = KeyHost([jwk(private("ES256"), "ES256", kid="one")])
    keys = key_sets(host)
    sign_on.read(by_key("ES256"), made_site("ES256"), (), keys, now=NOW)

    for second in range(0, 125, 5):
        sent, now = by_key("ES256", kid=f"made-up-{second}"), NOW + timedelta(seconds=second)
        with pytest.raises(SignOnInvalid):
            sign_on.read(sent, made_site("ES256"), (), keys, now=now)

    assert len(host.requests) == 3


def test_a_new_key_is_found_and_a_withdrawn_one_ends():
    host = KeyHost([jwk(private("ES256"), "ES256", kid="one")])
    keys = key_sets(host)
    sign_on.read(by_key("ES256"), made_site("ES256"), (), keys, now=NOW)
    new = ec.generate_private_key(ec.SECP256R1())
    host.keys = [jwk(new, "ES256", kid="two")]
    sent = token(new, claims(NOW, aud="news"), alg="ES256", kid="two")
    later = NOW + timedelta(minutes=2)

    assert sign_on.read(sent, made_site("ES256"), (), keys, now=later).id == "42"
    with pytest.raises(SignOnInvalid):
        sign_on.read(by_key("ES256"), made_site("ES256"), (), keys, now=later)


def test_a_withdrawn_key_ends_within_an_hour_although_nobody_uses_a_new_one():
    host = KeyHost([jwk(private("ES256"), "ES256", kid="one")])
    keys = key_sets(host)
    sign_on.read(by_key("ES256"), made_site("ES256"), (), keys, now=NOW)
    host.keys = []

    with pytest.raises(SignOnInvalid):
        sign_on.read(
            by_key("ES256", exp=NOW.timestamp() + 7200),
            made_site("ES256"),
            (),
            keys,
            now=NOW + timedelta(minutes=61),
        )


def test_keys_that_cannot_be_read_again_last_for_a_day():
    host = KeyHost([jwk(private("ES256"), "ES256", kid="one")])
    keys = key_sets(host)
    sign_on.read(by_key("ES256"), made_site("ES256"), (), keys, now=NOW)
    host.status = 503
    last = NOW + timedelta(hours=23, minutes=59)
    lasting = by_key("ES256", exp=(last + timedelta(hours=2)).timestamp())

    assert sign_on.read(lasting, made_site("ES256"), (), keys, now=last).id == "42"
    with pytest.raises(SignOnUnavailable):
        sign_on.read(lasting, made_site("ES256"), (), keys, now=NOW + timedelta(hours=24))


@pytest.mark.parametrize(
    "trouble",
    [
        {"status": 0},
        {"status": 404},
        {"status": 302},
        {"is_cut": True},
        {"body": b"<html>"},
        {"body": b"[]"},
        {"body": b'{"keys": {}}'},
        {"body": b"{" * 3000},
    ],
    ids=str,
)
def test_while_no_keys_can_be_read_no_token_is_judged(trouble):
    host = KeyHost([jwk(private("ES256"), "ES256", kid="one")], **trouble)
    keys = key_sets(host)

    for _ in range(3):
        with pytest.raises(SignOnUnavailable):
            sign_on.read(by_key("ES256"), made_site("ES256"), (), keys, now=NOW)
    assert len(host.requests) == 1


def test_of_a_long_set_the_first_keys_are_taken():
    own = jwk(private("ES256"), "ES256", kid="one")
    filling = [{"kty": "EC", "kid": f"k{n}"} for n in range(sign_on_keys.MOST_KEYS)]

    assert read(by_key("ES256"), on=made_site("ES256"), host=KeyHost([own, *filling])).id == "42"
    with pytest.raises(SignOnInvalid):
        read(by_key("ES256"), on=made_site("ES256"), host=KeyHost([*filling, own]))


def test_inner_addresses_are_refused_by_the_guard_of_requests():
    keys = KeySets(Networks.of(()))

    with pytest.raises(SignOnUnavailable):
        sign_on.read(
            by_key("ES256"), made_site("ES256", url="https://127.0.0.1/keys"), (), keys, now=NOW
        )


# Secrets


def test_a_rotation_keeps_two_secrets_and_its_end_one(session, site, clock):
    first, second, third = (sign_on_secrets.rotate(session, site, now=clock.now) for _ in range(3))

    assert sign_on_secrets.secrets_of(session, site.id) == [third, second]
    assert sign_on_secrets.drop_old(session, site, now=clock.now) == 1
    assert sign_on_secrets.secrets_of(session, site.id) == [third]
    assert sign_on_secrets.drop_all(session, site, now=clock.now) == 1
    assert sign_on_secrets.secrets_of(session, site.id) == []
    assert first not in (second, third)
