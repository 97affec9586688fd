"""Review API: authors, their history, notes, standing and bans."""

from typing import Any

from flask import Response, g

from moderation.services.pagination import Cursor
from moderation.services.review import author_history, authors
from moderation.services.review.author_history import HistoryQuery

from ..auth import reviewer_required, utcnow
from ..database import db
from ..responses import dumps
from ..schemas.authors import (
    AuthorCardOut,
    BanIn,
    BannedOut,
    HistoryIn,
    HistoryOut,
    NoteIn,
    StandingIn,
)
from .framework import ApiBlueprint
from .review import TOKEN, named_site

bp = ApiBlueprint("authors", __name__, url_prefix="/api/v1/review", description="Review API")
_AUTHOR = "/sites/<site_name>/authors/<author:key>"


@bp.get(_AUTHOR)
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, AuthorCardOut)
def read_author(site_name: str, key: str) -> Response:
    """Read an author's record on the site: counts, approval rate, notes, latest comments."""
    return dumps(authors.author_card(db.session(), named_site(site_name), key, now=utcnow()))


@bp.get(f"{_AUTHOR}/comments")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(HistoryIn, location="query")
@bp.response(200, HistoryOut)
def list_history(query: dict[str, Any], site_name: str, key: str) -> Response:
    """List an author's comments on the site in every status, newest first."""
    found = author_history.history(
        db.session(),
        named_site(site_name),
        key,
        HistoryQuery(
            status=query["status"],
            post=query["post"],
            code=query["reason"],
            text=query["q"],
            before=query["before"],
            after=query["after"],
        ),
        g.reviewer.by,
        now=utcnow(),
        limit=query["limit"],
        cursor=Cursor.decode(query["cursor"]) if query["cursor"] else None,
    )
    return dumps(found)


@bp.post(f"{_AUTHOR}/notes")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(NoteIn)
@bp.response(201, AuthorCardOut)
def note_author(given: dict[str, Any], site_name: str, key: str) -> Response:
    """Add a note about an author for the other moderators."""
    site, now = named_site(site_name), utcnow()
    authors.add_note(db.session(), site, key, given["text"], g.reviewer.by, now=now)
    return dumps(authors.author_card(db.session(), site, key, now=now, known=True), 201)


@bp.put(f"{_AUTHOR}/standing")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(StandingIn)
@bp.response(200, AuthorCardOut)
def set_standing(given: dict[str, Any], site_name: str, key: str) -> Response:
    """Set an author's standing: trusted, premoderated or ordinary."""
    site, now = named_site(site_name), utcnow()
    authors.set_standing(db.session(), site, key, given["standing"], g.reviewer.by, now=now)
    return dumps(authors.author_card(db.session(), site, key, now=now, known=True))


@bp.put(f"{_AUTHOR}/ban")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(BanIn)
@bp.response(200, BannedOut)
def ban_author(given: dict[str, Any], site_name: str, key: str) -> Response:
    """Ban an author for good or until a time; optionally reject their held comments."""
    site, now = named_site(site_name), utcnow()
    batch = authors.ban(db.session(), site, key, g.reviewer.by, now=now, **given)
    return dumps(
        {**authors.author_card(db.session(), site, key, now=now, known=True), "batch": batch}
    )


@bp.delete(f"{_AUTHOR}/ban")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, AuthorCardOut)
def lift_ban(site_name: str, key: str) -> Response:
    """Lift an author's ban."""
    site, now = named_site(site_name), utcnow()
    authors.lift_ban(db.session(), site, key, g.reviewer.by, now=now)
    return dumps(authors.author_card(db.session(), site, key, now=now, known=True))
