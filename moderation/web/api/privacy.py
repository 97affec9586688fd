"""Personal data: signed-in readers' own, and that of one author for the site's admins."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Response, g

from moderation.domain import actors
from moderation.domain.errors import Unauthenticated
from moderation.services.privacy import persons, requests
from moderation.services.privacy.persons import Person
from moderation.services.privacy.registry import Audience
from moderation.services.sites import registry
from moderation.storage.models.sites import Site

from ..auth import (
    require_recent_password,
    reviewer_required,
    runtime,
    signed_in,
    utcnow,
)
from ..database import db
from ..personal_data import exported
from ..rate_limits import edit_limit, limiter
from ..responses import dumps
from ..schemas.privacy import (
    ConfirmIn,
    EraseIn,
    ErasuresOut,
    ExportIn,
    PendingOut,
)
from .framework import ApiBlueprint
from .review import TOKEN, named_site

bp = ApiBlueprint("me", __name__, url_prefix="/api/v1", description="Public API")
review_bp = ApiBlueprint("privacy", __name__, url_prefix="/api/v1/review", description="Review API")

_ME = "/sites/<site>/me"
_AUTHOR = "/sites/<site_name>/authors/<author:key>"
_SIGNED_IN: list[dict[str, list[str]]] = [{"signOn": []}]
_PRIVATE = {"Cache-Control": "no-store"}


# Signed-in readers


def member_of(site: Site) -> Person:
    """Return the signed-in reader as a person; raise Unauthenticated without a sign-on token."""
    member = signed_in(site)
    if member is None:
        raise Unauthenticated(
            "Sign in on the site first, and send its sign-on token: Authorization: Bearer …"
        )
    return persons.of_member(runtime(), member)


def _reader(site: str) -> Person:
    g.site = registry.find(db.session(), site)
    return member_of(g.site)


@bp.get(f"{_ME}/data")
@bp.doc(security=_SIGNED_IN)
@limiter.limit(edit_limit)
@bp.arguments(ExportIn, location="query")
@bp.response(200, description="A JSON document, or a page, with everything about the reader.")
def read_my_data(query: dict[str, Any], site: str) -> Response:
    """Export everything that is stored about the signed-in reader on the site."""
    person = _reader(site)
    return exported(g.site, person, Audience.PERSON, query["format"])


@bp.get(f"{_ME}/erase")
@bp.doc(security=_SIGNED_IN)
@bp.response(200, PendingOut)
def read_my_erasure(site: str) -> Response:
    """Read whether the reader's erasure waits, and until when it can be withdrawn."""
    return dumps(pending(_reader(site)), headers=_PRIVATE)


@bp.post(f"{_ME}/erase")
@bp.doc(security=_SIGNED_IN)
@limiter.limit(edit_limit)
@bp.arguments(ConfirmIn)
@bp.response(202, PendingOut)
def erase_me(_: dict[str, Any], site: str) -> Response:
    """Request the erasure of the signed-in reader, in 24 hours; a repetition changes nothing."""
    person = _reader(site)
    made = requests.add(db.session(), g.site, person, actors.AUTHOR, now=utcnow())
    return dumps({"pending": asdict(made)}, 202, _PRIVATE)


@bp.delete(f"{_ME}/erase")
@bp.doc(security=_SIGNED_IN)
@limiter.limit(edit_limit)
@bp.response(204)
def keep_me(site: str) -> Response:
    """Withdraw the reader's erasure while it waits."""
    person = _reader(site)
    waiting = requests.pending_of(db.session(), person)
    requests.withdraw(
        db.session(), g.site, waiting.id if waiting else UUID(int=0), actors.AUTHOR, now=utcnow()
    )
    return Response(status=204)


def pending(person: Person) -> dict[str, Any]:
    """Return the person's erasure that waits, if any."""
    found = requests.pending_of(db.session(), person)
    return {"pending": asdict(found) if found else None}


# Admins


def _author(site: Site, key: str) -> Person:
    return persons.by_key(db.session(), site, key)


@review_bp.get(f"{_AUTHOR}/data")
@review_bp.doc(security=TOKEN)
@reviewer_required("admin")
@review_bp.arguments(ExportIn, location="query")
@review_bp.response(200, description="A JSON document, or a page, with everything stored.")
def export_author(query: dict[str, Any], site_name: str, key: str) -> Response:
    """Export everything that is stored about an author on the site."""
    site = named_site(site_name)
    person = _author(site, key)
    requests.note_export(db.session(), runtime(), site, person, g.reviewer.by, now=utcnow())
    return exported(site, person, Audience.SITE, query["format"])


@review_bp.get(f"{_AUTHOR}/erasure")
@review_bp.doc(security=TOKEN)
@reviewer_required("admin")
@review_bp.response(200, PendingOut)
def read_erasure(site_name: str, key: str) -> Response:
    """Read whether an author's erasure waits."""
    return dumps(pending(_author(named_site(site_name), key)))


@review_bp.post(f"{_AUTHOR}/erasure")
@review_bp.doc(security=TOKEN)
@reviewer_required("admin")
@review_bp.arguments(EraseIn)
@review_bp.response(202, PendingOut)
def erase_author(given: dict[str, Any], site_name: str, key: str) -> Response:
    """Erase an author from the site: in 24 hours, or now; `pending` is null once it is done."""
    site, by, now = named_site(site_name), g.reviewer.by, utcnow()
    person = _author(site, key)
    if given["now"]:
        # Nothing brings the author back.
        require_recent_password()
        requests.erase_now(db.session(), runtime(), site, person, by, now=now)
    else:
        requests.add(db.session(), site, person, by, now=now)
    return dumps(pending(person), 202)


@review_bp.get("/sites/<site_name>/erasures")
@review_bp.doc(security=TOKEN)
@reviewer_required("admin")
@review_bp.response(200, ErasuresOut)
def list_erasures(site_name: str) -> Response:
    """List the erasures on the site that wait, the next due first."""
    waiting = requests.pending_on(db.session(), named_site(site_name))
    return dumps({"pending": [asdict(each) for each in waiting]})


@review_bp.delete("/sites/<site_name>/erasures/<uuid:request_id>")
@review_bp.doc(security=TOKEN)
@reviewer_required("admin")
@review_bp.response(204)
def withdraw_erasure(site_name: str, request_id: UUID) -> Response:
    """Withdraw an erasure that waits."""
    requests.withdraw(db.session(), named_site(site_name), request_id, g.reviewer.by, now=utcnow())
    return Response(status=204)
