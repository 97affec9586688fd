"""Sign-on tokens of a main site, right ones and wrong ones, and its key sets."""

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import jwt

from moderation.services.outbound import Answer


def claims(now: datetime, **changes: Any) -> dict[str, Any]:
    """Return a reader's claims, valid for an hour; a change of None leaves one out."""
    usual = {"sub": "42", "name": "Ada", "exp": int(now.timestamp()) + 3600}
    return {name: value for name, value in (usual | changes).items() if value is not None}


def token(key: Any, given: dict[str, Any], *, alg: str = "HS256", **header: Any) -> str:
    return jwt.encode(given, key, algorithm=alg, headers=header or None)


def part(raw: bytes | str | dict[str, Any]) -> str:
    """Encode a part of a token as it is."""
    if isinstance(raw, dict):
        raw = json.dumps(raw)
    if isinstance(raw, str):
        raw = raw.encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed_as_is(secret: str, header: Any, payload: Any) -> str:
    """Sign by HS256 what no library would write."""
    hmac = jwt.get_algorithm_by_name("HS256")
    signed = f"{part(header)}.{part(payload)}"
    return f"{signed}.{part(hmac.sign(signed.encode(), secret.encode()))}"


def jwk(private: Any, alg: str, **members: Any) -> dict[str, Any]:
    """Return the public key of a private one as it is in a key set."""
    public = jwt.get_algorithm_by_name(alg).to_jwk(private.public_key(), as_dict=True)
    return {**public, **members}


@dataclass
class KeyHost:
    """Stands for the host of a key set: answers what it has, and counts the requests."""

    keys: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    body: bytes | None = None
    is_cut: bool = False
    requests: list[Any] = field(default_factory=list)

    def __call__(self, request: Any, **options: Any) -> Answer:
        self.requests.append((request, options))
        body = json.dumps({"keys": self.keys}).encode() if self.body is None else self.body
        return Answer(self.status, body=body, is_cut=self.is_cut)
