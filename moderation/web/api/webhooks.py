"""Endpoint for signed events of the main site's server."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Response, request
from marshmallow import Schema, ValidationError

from moderation.domain.errors import FieldError, Invalid
from moderation.services.privacy.registry import Audience
from moderation.services.sites import registry
from moderation.services.sites.settings_schema import field_errors
from moderation.services.webhooks import incoming, signatures
from moderation.services.webhooks.signatures import SignatureHeaders

from ..auth import runtime, utcnow
from ..database import db
from ..personal_data import exported
from ..responses import dumps
from ..schemas.comments import EVENT_DATA, EventIn, EventOut
from . import comments
from .framework import ApiBlueprint, invalid, parse_json

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
    found = registry.find(db.session(), site)
    body = request.get_data()
    headers = SignatureHeaders(
        *(request.headers.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature"))
    )
    now = utcnow()
    signatures.verify(registry.secrets_of(db.session(), found.id), headers, body, now=now)
    event = event_of(headers.id, parse_json(body))
    with pointing_into_data():
        outcome, receipt = incoming.apply(db.session(), runtime(), found, event, now=now)
    person = incoming.export_of(runtime(), found, event)
    if person is not None:
        return exported(found, person, Audience.SITE, "json")
    if receipt is not None:
        return comments.answer(
            runtime(), receipt, now, published=201, settings=found.settings, asked=request
        )
    return dumps({"outcome": outcome})


def event_of(id: str, body: Any) -> incoming.SiteEvent:
    """Return the event in a parsed body; raise Invalid or UnknownEvent."""
    envelope = load(EventIn(), body, "#")
    incoming.check_type(envelope["type"])
    data = load(EVENT_DATA[envelope["type"].split(".")[0]](), envelope["data"], "#/data")
    return incoming.SiteEvent(id, envelope["type"], envelope["timestamp"], data)


@contextmanager
def pointing_into_data() -> Iterator[None]:
    """Let the errors of an event point to the fields of its `data`."""
    try:
        yield
    except Invalid as error:
        error.errors = tuple(map(_within_data, error.errors))
        raise


def _within_data(error: FieldError) -> FieldError:
    """Prefix the fields of an error with `data`, where they are in the event."""
    return FieldError(re.sub(r"^#/(?!data/)|^(?!#)", "#/data/", error.pointer), error.detail)


def load(schema: Schema, body: Any, pointer: str) -> dict[str, Any]:
    """Return a body loaded by a schema; raise Invalid with the place of each fault."""
    try:
        loaded: dict[str, Any] = schema.load(body)
    except ValidationError as error:
        raise invalid(field_errors(error.messages, pointer)) from None
    return loaded
