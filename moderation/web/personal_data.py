"""The response that has everything about one person, for the API and the pages."""

from collections.abc import Iterator
from typing import Any

from flask import Response, stream_with_context

from moderation.services.privacy import export
from moderation.services.privacy.persons import Person
from moderation.services.privacy.registry import Audience
from moderation.storage.models.sites import Site

from .auth import runtime, utcnow
from .database import db

_TYPES = {"json": "application/json", "html": "text/html; charset=utf-8"}


def exported(site: Site, person: Person, audience: Audience, form: str, **texts: Any) -> Response:
    """Return everything about a person as a file, streamed."""
    made = export.prepare(db.session(), runtime(), site, person, audience, now=utcnow())
    parts: Iterator[bytes] = (
        export.as_json(made) if form == "json" else export.as_html(made, **texts)
    )
    return Response(
        stream_with_context(parts),
        content_type=_TYPES[form],
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="personal-data.{form}"',
        },
    )
