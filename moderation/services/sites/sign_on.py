"""Sign-on from the main site: checks of the tokens (JWT, RFC 7519) that name a signed-in reader.

The site's settings fix the algorithm; nothing in a token chooses how it is checked. PyJWT
checks the signature. The parts around it are read here, because PyJWT takes the last of two
equal claims and reads a clock of its own.
"""

import base64
import binascii
import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from sqlalchemy.orm import Session

from moderation.domain.errors import SignOnExpired, SignOnInvalid
from moderation.domain.hosts import BadAddress, web_address
from moderation.domain.members import Algorithm, Member, MemberRole
from moderation.storage.models.sites import Site

from ..text_fields import Identifier, Name, require_address
from . import sign_on_secrets
from .sign_on_keys import KeySets

#: Characters of a token, and of its first part.
LONGEST_TOKEN = 4096
_LONGEST_HEADER = 1024
_LONGEST_KEY_ID = 200
#: Seconds by which the clocks of the main site and of this service may differ.
SKEW = 60
#: Seconds for which a token may still be valid.
LONGEST_LIFE = 86_400


def verify(session: Session, keys: KeySets, site: Site, token: str, *, now: datetime) -> Member:
    """Return the reader whom a sign-on token names.

    Raises SignOnInvalid, SignOnExpired, or SignOnUnavailable when the site's keys cannot be read.
    """
    secrets: list[str] = []
    if algorithm_of(site) is Algorithm.HS256:
        secrets = sign_on_secrets.secrets_of(session, site.id)
    else:
        # Reading keys can take seconds: no transaction stays open meanwhile.
        session.rollback()
    return read(token, site, secrets, keys, now=now)


def algorithm_of(site: Site) -> Algorithm:
    """Return the algorithm that a site has chosen."""
    return Algorithm(site.settings.get("sign_on_algorithm", Algorithm.OFF))


def read(token: str, site: Site, secrets: Iterable[str], keys: KeySets, *, now: datetime) -> Member:
    """Return the reader whom a token names, checked with the site's secrets or keys."""
    algorithm = algorithm_of(site)
    if algorithm is Algorithm.OFF:
        raise SignOnInvalid("This site takes no sign-on tokens: see its sign_on_algorithm.")
    if len(token) > LONGEST_TOKEN:
        raise SignOnInvalid(f"A sign-on token has at most {LONGEST_TOKEN} characters.")
    parts = token.split(".")
    if len(parts) != 3 or len(parts[0]) > _LONGEST_HEADER:
        raise SignOnInvalid("A sign-on token is a JWT: three parts with dots between them.")
    header = _json_object(_decoded(parts[0]))
    _check_header(header, algorithm)
    signed, signature = f"{parts[0]}.{parts[1]}".encode(), _decoded(parts[2])
    if algorithm is Algorithm.HS256:
        is_signed = _is_signed_by_secret(secrets, signed, signature)
    else:
        key = _key_of(site, keys, algorithm, header, now)
        is_signed = _is_signed_by_key(key, algorithm, signed, signature)
    if not is_signed:
        raise SignOnInvalid("The sign-on token is not signed with a current key of this site.")
    claims = _json_object(_decoded(parts[1]))
    # Keys of a sign-on service sign tokens for other services too.
    _check_audience(claims, site, required=algorithm is not Algorithm.HS256)
    _check_times(claims, now)
    return _member(claims, site)


# The parts of a token


def _decoded(part: str) -> bytes:
    """Return the bytes of a part; refuses padding, other alphabets and a second spelling."""
    try:
        raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _malformed() from None
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != part.encode():
        raise _malformed()
    return raw


def _json_object(raw: bytes) -> dict[str, Any]:
    """Return a JSON object in which every name is there once."""
    try:
        found = json.loads(
            raw.decode(), object_pairs_hook=_without_duplicates, parse_constant=_refuse
        )
    # RecursionError: deep nesting. UnicodeError is a ValueError.
    except (ValueError, RecursionError):
        raise _malformed() from None
    if not isinstance(found, dict):
        raise _malformed()
    return found


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _malformed() -> SignOnInvalid:
    return SignOnInvalid(
        "The sign-on token is malformed: each part is base64url of JSON, with every name once."
    )


def _check_header(header: Mapping[str, Any], algorithm: Algorithm) -> None:
    if header.get("alg") != algorithm.value:
        raise SignOnInvalid(f"The sign-on tokens of this site are signed with {algorithm.value}.")
    # An extension that the sender calls critical, and that changes what is signed (RFC 7515).
    if "crit" in header or "b64" in header:
        raise SignOnInvalid("A sign-on token has no critical header parameters.")
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.upper() != "JWT":
        raise SignOnInvalid("The header parameter typ of a sign-on token is JWT, or left out.")


# The signature


def _is_signed_by_secret(secrets: Iterable[str], signed: bytes, signature: bytes) -> bool:
    import jwt

    hmac = jwt.get_algorithm_by_name(Algorithm.HS256.value)
    # Each is compared in constant time, and all of them whichever fits.
    fits = [hmac.verify(signed, hmac.prepare_key(each), signature) for each in secrets]
    return any(fits)


def _key_of(
    site: Site, keys: KeySets, algorithm: Algorithm, header: Mapping[str, Any], now: datetime
) -> Any:
    url = site.settings.get("sign_on_jwks_url", "")
    if not url:
        raise SignOnInvalid("This site has no sign_on_jwks_url with the keys of its tokens.")
    key_id = header.get("kid")
    # An id is compared with those of the keys, and becomes no part of an address or a query.
    if key_id is not None and not (isinstance(key_id, str) and len(key_id) <= _LONGEST_KEY_ID):
        raise SignOnInvalid(f"The kid of a token has at most {_LONGEST_KEY_ID} characters.")
    key = keys.find(url, key_id, algorithm, now=now)
    if key is None:
        raise SignOnInvalid("The token's kid is not among the keys at sign_on_jwks_url.")
    return key


def _is_signed_by_key(key: Any, algorithm: Algorithm, signed: bytes, signature: bytes) -> bool:
    import jwt

    return bool(jwt.get_algorithm_by_name(algorithm.value).verify(signed, key, signature))


# The claims


def _check_audience(claims: Mapping[str, Any], site: Site, *, required: bool) -> None:
    audience = claims.get("aud")
    if audience is None and not required:
        return
    listed = audience if isinstance(audience, list) else [audience]
    if site.name not in listed:
        raise SignOnInvalid(f"The claim aud of the token is not {site.name}.")


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    seconds = now.timestamp()
    expires = _time(claims, "exp")
    if expires is None:
        raise SignOnInvalid("The token lacks the claim exp: at most one day ahead.")
    if expires <= seconds - SKEW:
        raise SignOnExpired("The sign-on token has expired. Reload the page for a new one.")
    if expires > seconds + LONGEST_LIFE + SKEW:
        raise SignOnInvalid("The claim exp of the token is more than one day ahead.")
    for name in ("nbf", "iat"):
        begins = _time(claims, name)
        if begins is not None and begins > seconds + SKEW:
            raise SignOnInvalid(f"The claim {name} of the token is in the future.")


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    """Return a time in seconds, None where the claim is missing; raise SignOnInvalid."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SignOnInvalid(f"The claim {name} of the token is a number of seconds.")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise SignOnInvalid(f"The claim {name} of the token is a number of seconds.")
    return found


def _web_address(address: str) -> None:
    require_address(address)
    try:
        parts, _ = web_address(address)
    except BadAddress as error:
        raise ValidationError(f"Not an address: {error}.") from None
    if "@" in parts.netloc:
        raise ValidationError("Must have no user name.")


class Claims(Schema):
    """The claims about a reader. Others are ignored: sites use their tokens for more."""

    class Meta:
        unknown = EXCLUDE

    sub = Identifier(required=True, validate=validate.Length(1, 255))
    name = Name(required=True, validate=validate.Length(1, 80))
    email = fields.Email(
        load_default="", allow_none=True, validate=[validate.Length(max=254), require_address]
    )
    url = fields.String(
        load_default="", allow_none=True, validate=[validate.Length(max=2000), _web_address]
    )
    picture = fields.String(
        load_default="", allow_none=True, validate=[validate.Length(max=2000), _web_address]
    )
    role = fields.Enum(MemberRole, by_value=True, load_default=MemberRole.NONE, allow_none=True)


_CLAIMS = Claims()


def _member(claims: Mapping[str, Any], site: Site) -> Member:
    # Sites send an empty text for what they do not know.
    given = {name: value for name, value in claims.items() if value != ""}
    try:
        loaded: dict[str, Any] = _CLAIMS.load(given)
    except ValidationError as error:
        names = error.messages if isinstance(error.messages, dict) else {}
        wrong = ", ".join(sorted(name for name in names if name in _CLAIMS.fields))
        raise SignOnInvalid(f"Claims of the token are missing or not valid: {wrong}.") from None
    return Member(
        site_id=site.id,
        id=loaded["sub"],
        name=loaded["name"],
        email=loaded["email"] or "",
        website=loaded["url"] or "",
        picture=loaded["picture"] or "",
        role=loaded["role"] or MemberRole.NONE,
        expires_at=datetime.fromtimestamp(_time(claims, "exp") or 0, UTC),
    )
