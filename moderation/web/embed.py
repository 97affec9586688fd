"""Comments without JavaScript: a page to read and write, and feeds.

A page is the same for everybody, so that it can be cached; what one person typed is shown
back on a page of its own, which carries the signed token that the cached one cannot.
"""

import re
from datetime import UTC
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from flask import Blueprint, Response, g, render_template, request
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from moderation.domain.errors import (
    CommentNotFound,
    FieldError,
    Invalid,
    ModerationError,
    PostClosed,
    TooSoon,
)
from moderation.domain.status import PostState, Status
from moderation.services import sites, threads
from moderation.services.receipts import Receipt
from moderation.services.rendering import render
from moderation.services.sites import field_errors
from moderation.services.submission import (
    ParentUnavailable,
    Sender,
    Submission,
    check_external_id,
    submit,
)
from moderation.services.threads import Cursor, Sort
from moderation.services.work import WhenMissing
from moderation.storage import db
from moderation.storage.sites import Site

from .api import conditional
from .cors import from_own_origin
from .embed_page import render_page, said, thread_address
from .guards import client_address, runtime, utcnow
from .limits import limiter, require_room, submit_limit
from .own_page import show
from .schemas.submissions import CommentIn

#: The content type of a feed.
FEED = "application/atom+xml; charset=utf-8"
#: One of these in a comment, and no reader could parse the feed.
_NOT_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

bp = Blueprint("embed", __name__, template_folder="templates")

_FIELDS = ("name", "email", "website", "text", "trap", "parent_id", "token")
#: Which words explain what is wrong with a field.
_WRONG = {
    "name": "badName",
    "email": "badEmail",
    "website": "badWebsite",
    "text": "badText",
    "parent_id": "noParent",
}


@bp.get("/embed/<site>/<post:post>")
def thread(site: str, post: str) -> Response:
    """A thread as a page, or as a fragment of one with `?fragment=1`."""
    g.site = sites.find(db.session(), site)
    sort = Sort.OLDEST if request.args.get("sort") == Sort.OLDEST else Sort.NEWEST
    chosen = request.args.get("cursor")
    page = threads.page(
        db.session(),
        g.site,
        check_external_id(post),
        sort=sort,
        cursor=Cursor.decode(chosen) if chosen else None,
    )
    answered = _answered(post, request.args.get("replies") or request.args.get("reply"))
    if answered is not None and request.args.get("replies"):
        page = {**page, "comments": [answered], "next_cursor": None}
    response = render_page(
        "embed_fragment.html" if request.args.get("fragment") else "embed.html",
        200,
        page=page,
        sort=sort.value,
        answered=answered if request.args.get("reply") else None,
        open=_open(page["post"]),
        here=_here(),
    )
    response.headers["Cache-Control"] = "no-cache"
    return conditional(response)


@bp.post("/embed/<site>/<post:post>")
@limiter.limit(submit_limit)
def write(site: str, post: str) -> Response:
    """Show what was typed once more; with the token of that page, take it."""
    g.site = sites.find(db.session(), site)
    check_external_id(post)
    typed = {name: request.form.get(name, "") for name in _FIELDS}
    try:
        submission = _submission(typed)
        if runtime().form_seconds(typed["token"], site, post, utcnow()) is None:
            return _confirm(typed, site, post)
        require_room(site, post)
        receipt = submit(
            db.session(),
            runtime(),
            g.site,
            post,
            submission,
            Sender(client_address(), from_own_origin(g.site), WhenMissing.HOLD),
            now=utcnow(),
        )
    except TooSoon as error:
        db.session().rollback()
        wait = said().say("busy", error.retry_after)
        return _confirm(typed, site, post, problem=wait, status=429)
    except (Invalid, PostClosed) as error:
        db.session().rollback()
        return _confirm(typed, site, post, problem=said().say(_explained(error)), status=422)
    if receipt.status is Status.REJECTED:
        return _confirm(typed, site, post, problem=_refused(receipt), status=422)
    return show(receipt, status=201 if receipt.status is Status.APPROVED else 202)


def _refused(receipt: Receipt) -> str:
    """Why a comment was not accepted; who is banned reads the moderator's reason and the end."""
    told = [said().say(receipt.public_reason or "not_accepted")]
    if receipt.ban is not None:
        told.append(receipt.ban.reason)
        if receipt.ban.until is not None:
            until = f"{receipt.ban.until.astimezone(UTC):%Y-%m-%d %H:%M}"
            told.append(said().page("banned_until").format(until=until))
    return " ".join(filter(None, told))


@bp.get("/feeds/<site>")
def site_feed(site: str) -> Response:
    """The site's latest comments as an Atom feed."""
    g.site = sites.find(db.session(), site)
    entries = threads.latest(db.session(), g.site)
    return _feed(feed_xml(g.site, entries, g.site.title or site, _root(), ""))


@bp.get("/feeds/<site>/<post:post>")
def post_feed(site: str, post: str) -> Response:
    """A post's latest comments as an Atom feed."""
    g.site = sites.find(db.session(), site)
    return _feed(post_feed_xml(db.session(), g.site, check_external_id(post), _root()))


def _open(post: dict[str, Any]) -> bool:
    closes_at = post["closes_at"]
    aged = closes_at is not None and utcnow() >= closes_at
    return post["state"] in (PostState.OPEN, PostState.PREMODERATED) and not aged


def _answered(post: str, raw: str | None) -> dict[str, Any] | None:
    """A comment with its replies, for a link that unfolds or answers it; None when gone."""
    try:
        comment_id = UUID(raw or "")
        site_id, on, comment = threads.one(db.session(), comment_id)
        if on != post or site_id != g.site.id:
            return None
        replies = threads.replies(db.session(), comment_id, limit=100)
    except (ValueError, CommentNotFound):
        return None
    return {**comment, "replies": replies["comments"]}


def _submission(typed: dict[str, str]) -> Submission:
    body = {
        "author": {name: typed[name] for name in ("name", "email", "website")},
        "text": typed["text"],
        "parent_id": typed["parent_id"] or None,
        "form": {"token": typed["token"], "trap": typed["trap"]},
    }
    try:
        submission: Submission = CommentIn().load(body)
    except ValidationError as error:
        raise Invalid("The form is not valid.", errors=field_errors(error.messages)) from None
    return submission


def _explained(error: ModerationError) -> str:
    """The key of the words for what is wrong."""
    if isinstance(error, PostClosed):
        return "nowClosed"
    if isinstance(error, ParentUnavailable):
        return "noParent"
    wrong: tuple[FieldError, ...] = error.errors
    names = (field.pointer.rsplit("/", 1)[-1] for field in wrong)
    return next((_WRONG[name] for name in names if name in _WRONG), "not_accepted")


def _confirm(
    typed: dict[str, str], site: str, post: str, *, problem: str = "", status: int = 200
) -> Response:
    return render_page(
        "embed_confirm.html",
        status,
        typed=typed,
        shown=render(typed["text"].strip()),
        token=runtime().form_token(site, post, utcnow()),
        problem=problem,
        here=_here(),
    )


def _here() -> str:
    parts = request.view_args or {}
    return thread_address(parts["site"], parts["post"])


def post_feed_xml(session: Session, site: Site, post: str, root: str) -> bytes:
    """A post's latest comments as an Atom feed of the service at `root`."""
    entries = threads.latest(session, site, post)
    title = next((entry["post_title"] for entry in entries if entry["post_title"]), post)
    return feed_xml(site, entries, title, root, f"/{post}")


def feed_xml(site: Site, entries: list[dict[str, Any]], title: str, root: str, path: str) -> bytes:
    """Write comments as an Atom feed; `path` is what follows the site in its address.

    Without a `root` its links are relative, and its id, which may not be, is made of the site.
    """
    own = f"{site.created_at.isoformat()} /feeds/{site.name}{path}"
    xml = render_template(
        "feed.xml",
        title=title,
        site=site.name,
        created_at=site.created_at,
        entries=entries,
        root=root,
        path=path,
        own_id=uuid5(NAMESPACE_URL, own).urn,
    )
    return _NOT_XML.sub("\ufffd", xml).encode()


def _root() -> str:
    """The public address; empty, so that a feed's links are relative, where none is set."""
    return str(runtime().settings.public_url)


def _feed(xml: bytes) -> Response:
    response = Response(xml, content_type=FEED)
    response.headers["Cache-Control"] = "no-cache"
    return conditional(response)
