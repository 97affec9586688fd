"""Comments without JavaScript: a page to read and write.

A page is the same for every reader, so that it can be cached; typed values are shown
on a separate page, which has the signed token that a cached page cannot have.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, request
from flask_limiter.errors import RateLimitExceeded

from moderation.domain.errors import (
    CommentNotFound,
    Invalid,
    MembersOnly,
    ModerationError,
    PostClosed,
    PostNotAnnounced,
    TooSoon,
)
from moderation.domain.members import WhoMayComment
from moderation.domain.status import PostState, Status
from moderation.domain.votes import votes_on
from moderation.services.comments import proof_of_work, threads
from moderation.services.comments.posts import check_external_id
from moderation.services.comments.proof_of_work import WhenMissing
from moderation.services.comments.requests import Sender
from moderation.services.comments.submission import submit
from moderation.services.comments.threads import Sort
from moderation.services.community import following
from moderation.services.pagination import Cursor
from moderation.services.sites import registry

from ..auth import runtime, utcnow
from ..client_address import client_address
from ..cors import from_own_origin
from ..database import db
from ..errors import rate_limited
from ..rate_limits import limiter, require_room, seconds_to_wait, submit_limit
from ..responses import conditional
from .comment_form import (
    Problems,
    confirm,
    is_confirmed,
    problems_of,
    refused,
    repeatable_of,
    require_place,
    submission_of,
    typed_form,
)
from .own_comment import show
from .render import (
    article_of,
    known_post,
    language,
    links_of,
    privacy_address,
    render_page,
    translations,
)

bp = Blueprint("embed", __name__, template_folder="templates")


@bp.get("/embed/<site>/<post:post>")
def thread(site: str, post: str) -> Response:
    """Return a thread as a page, or with `?fragment=1` as a fragment."""
    g.site = registry.find(db.session(), site)
    post = check_external_id(post)
    orders = threads.sorts_of(votes_on(g.site.settings))
    asked = request.args.get("sort")
    sort = Sort(asked) if asked in orders else Sort.NEWEST
    chosen = request.args.get("cursor")
    cursor = Cursor.decode(chosen) if chosen else None
    unfolded, answered = request.args.get("replies"), request.args.get("reply")
    page = threads.page(
        db.session(),
        g.site,
        post,
        sort=sort,
        cursor=None if unfolded else cursor,
        sends_mail=bool(runtime().settings.smtp_url),
    )
    named = _named(post, unfolded or answered, cursor)
    if named is not None and named["deleted"] and not unfolded:
        named = None
    if named is not None and unfolded:
        page = {**page, "comments": [named], "next_cursor": named["next_cursor"]}
    fragment = bool(request.args.get("fragment"))
    row = known_post(post)
    # A fragment is in a page of the site, where links need the service's address.
    root = str(runtime().settings.public_url) if fragment else ""
    members = page["post"]["identity"] == WhoMayComment.MEMBERS
    response = render_page(
        "embed_fragment.html" if fragment else "embed.html",
        200,
        page=page,
        sort=sort.value,
        orders=[each.value for each in orders],
        votable="" if members else page["post"]["votes"],
        answered=named if answered and not unfolded else None,
        unfolded=named if unfolded else None,
        missing=named is None and bool(unfolded or answered),
        open=not members and _open(page["post"], row),
        members=members and _open(page["post"], row),
        links=links_of(site, post, fragment=fragment),
        ballots=(str(runtime().settings.public_url) if fragment else "") + "/votes/",
        kept=language(),
        fragment=fragment,
        privacy=root + privacy_address(),
        article=article_of(row),
        watched=bool(proof_of_work.bits_for(runtime(), g.site, row, utcnow())),
    )
    response.headers["Cache-Control"] = "no-cache"
    return conditional(response)


@bp.post("/embed/<site>/<post:post>")
@limiter.limit(submit_limit)
def write(site: str, post: str) -> Response:
    """Show the confirmation page; submit the comment when the form has that page's token."""
    g.site = registry.find(db.session(), site)
    post = check_external_id(post)
    typed = typed_form()
    try:
        submission = submission_of(typed)
        asked = following.ask_of(
            runtime(),
            g.site,
            submission.author_email,
            submission.notify,
            language=translations().lang,
            client=client_address(),
        )
        if not is_confirmed(typed, site, post):
            require_place(post, submission)
            return _again(typed, site, post)
        require_room(site, post)
        receipt = submit(
            db.session(),
            runtime(),
            g.site,
            post,
            submission,
            Sender(client_address(), from_own_origin(g.site), WhenMissing.HOLD),
            now=utcnow(),
            repeatable=repeatable_of(typed),
            also=following.with_comment(runtime(), g.site, asked),
        )
    except TooSoon as error:
        return _again(typed, site, post, wait=error.retry_after)
    except (Invalid, MembersOnly, PostClosed, PostNotAnnounced) as error:
        return _again(typed, site, post, problems_of(error, typed))
    if receipt.status is Status.REJECTED:
        return _again(typed, site, post, refused(receipt))
    return show(receipt, status=201 if receipt.status is Status.APPROVED else 202)


@bp.errorhandler(RateLimitExceeded)
def too_many(error: RateLimitExceeded) -> Response:
    """Return the typed text to a rate-limited reader, so that it is not lost."""
    named = request.view_args or {}
    try:
        g.site = registry.find(db.session(), named["site"])
        post = check_external_id(named["post"])
    except ModerationError:
        return rate_limited(error)
    return _again(typed_form(), named["site"], post, wait=seconds_to_wait())


def _again(
    typed: dict[str, str], site: str, post: str, problems: Problems | None = None, *, wait: int = 0
) -> Response:
    """Return the confirmation page with the errors or the time to wait."""
    db.session().rollback()
    status = 422 if problems else 200
    if wait:
        problems, status = Problems(translations().t("busy", wait)), 429
    parent = _named(post, typed["parent_id"])
    if parent is None or parent["deleted"]:
        # The next form submits it as a top-level comment.
        parent, typed = None, {**typed, "parent_id": ""}
    response = confirm(typed, site, post, problems, parent=parent, status=status)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _open(post: dict[str, Any], row: Any) -> bool:
    if g.site.settings.get("announced_posts_only") and row is None:
        return False
    closes_at = post["closes_at"]
    aged = closes_at is not None and utcnow() >= closes_at
    return post["state"] in (PostState.OPEN, PostState.PREMODERATED) and not aged


def _named(post: str, raw: str | None, cursor: Cursor | None = None) -> dict[str, Any] | None:
    """Return a comment with its replies, to unfold or answer it; None when it is gone."""
    try:
        comment_id = UUID(raw or "")
        site_id, on, comment = threads.listed_comment(db.session(), comment_id)
        if on != post or site_id != g.site.id:
            return None
        replies = threads.replies(db.session(), comment_id, limit=100, cursor=cursor)
    except (ValueError, CommentNotFound):
        return None
    return {**comment, "replies": replies["comments"], "next_cursor": replies["next_cursor"]}
