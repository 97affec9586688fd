"""What the main site's server calls: signed events."""

from typing import Any

from flask import Response, request
from marshmallow import Schema, ValidationError

from moderation.services import signatures, site_events, sites
from moderation.services.signatures import SignatureHeaders
from moderation.services.sites import field_errors
from moderation.storage import db

from . import comments
from .api import ApiBlueprint, dumps, invalid, parse_json
from .guards import runtime, utcnow
from .schemas.submissions import EVENT_DATA, EventIn, EventOut

bp = ApiBlueprint("site", __name__, url_prefix="/api/v1", description="For the main site")


@bp.post("/sites/<site>/events")
@bp.doc(
    requestBody={
        "required": True,
        "content": {"application/json": {"schema": EventIn}},
    },
    parameters=[
        {"in": "header", "name": name, "required": True, "schema": {"type": "string"}}
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    ],
)
@bp.response(200, EventOut)
def receive_event(site: str) -> Response:
    """Receive a signed event (Standard Webhooks); the same webhook-id is applied once."""
    found = sites.find(db.session(), site)
    body = request.get_data()
    headers = SignatureHeaders(
        *(request.headers.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature"))
    )
    now = utcnow()
    signatures.verify(sites.secrets_of(db.session(), found.id), headers, body, now=now)
    event = _event(headers.id, parse_json(body))
    outcome, receipt = site_events.apply(db.session(), runtime(), found, event, now=now)
    if receipt is not None:
        return comments.answer(runtime(), receipt, now, published=201)
    return dumps({"outcome": outcome})


def _event(id: str, body: Any) -> site_events.SiteEvent:
    envelope = _load(EventIn(), body, "#")
    site_events.check_type(envelope["type"])
    data = _load(EVENT_DATA[envelope["type"].split(".")[0]](), envelope["data"], "#/data")
    return site_events.SiteEvent(id, envelope["type"], envelope["timestamp"], data)


def _load(schema: Schema, body: Any, pointer: str) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(body)
    except ValidationError as error:
        raise invalid(field_errors(error.messages, pointer)) from None
    return loaded
