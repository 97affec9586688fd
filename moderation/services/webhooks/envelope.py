"""The signed request of a delivery, with a held text only for endpoints that may have it."""

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit
from uuid import UUID

from moderation.domain.status import Status

from ..outbound import Request
from .signatures import sign


def build(
    url: str,
    secrets: list[str],
    *,
    id: UUID,
    type: str,
    at: datetime,
    site: str,
    payload: Mapping[str, Any],
    now: datetime,
) -> Request:
    """Return the request of one attempt; its id is the same for every attempt and endpoint."""
    body = json.dumps(
        {"type": type, "timestamp": at.isoformat(), "data": {"site": site, **payload}},
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    timestamp, webhook_id = int(now.timestamp()), f"msg_{id.hex}"
    address, login = _without_login(url)
    return Request(
        address,
        {
            "Content-Type": "application/json",
            "User-Agent": "moderation-webhooks/1",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(sign(s, webhook_id, timestamp, body) for s in secrets),
            **login,
        },
        body,
    )


def for_endpoint(
    payload: dict[str, Any], *, held_text: bool, current_status: str | None
) -> dict[str, Any]:
    """Return the payload for one endpoint: `text` is null where the text is not public.

    A comment that was published when the event happened and is not published now is not, either.
    """
    comment = payload.get("comment")
    if held_text or not comment:
        return payload
    if "appeal" in payload:
        # It may quote the comment, and is never public.
        payload = {**payload, "appeal": {**payload["appeal"], "text": None}}
    if not comment["text"] or comment["status"] == current_status == Status.APPROVED:
        return payload
    return {**payload, "comment": {**comment, "text": None}}


def _without_login(url: str) -> tuple[str, dict[str, str]]:
    """Return an address without its login, and the header that carries it."""
    parts = urlsplit(url)
    login, at, place = parts.netloc.rpartition("@")
    if not at:
        return url, {}
    user, _, password = login.partition(":")
    token = base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()
    address = urlunsplit((parts.scheme, place, parts.path, parts.query, ""))
    return address, {"Authorization": f"Basic {token}"}
