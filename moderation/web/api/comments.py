"""Public API: threads, counts, submissions and an author's own comments."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, g, request
from werkzeug import Request

from moderation.domain.status import Status
from moderation.services.comments import (
    decision_notices,
    moved_posts,
    own_comments,
    proof_of_work,
    threads,
)
from moderation.services.comments.idempotency import BanNotice, CommentLike, Receipt
from moderation.services.comments.markdown import render_visible
from moderation.services.comments.posts import check_external_id, find_post
from moderation.services.comments.threads import Sort
from moderation.services.community import following
from moderation.services.pagination import Cursor
from moderation.services.signing import Signing
from moderation.services.sites import judgement_rules, registry

from ..auth import edit_tokens, moderates, proof, runtime, signed_in, utcnow
from ..client_address import client_address
from ..database import db
from ..errors import problem
from ..http import FRESH, mail_language, reader_language
from ..rate_limits import edit_limit, limiter
from ..responses import conditional, dumps
from ..schemas.comments import CommentIn, EditIn, FollowIn, FollowOut
from ..schemas.common import (
    ContextOut,
    CountsOut,
    CountsQuery,
    FormOut,
    OwnCommentOut,
    OwnCommentsOut,
    PageQuery,
    ReceiptOut,
    RejectedOut,
    RenderedOut,
    RepliesOut,
    ThreadOut,
    ThreadQuery,
    WorkRequiredOut,
)
from .framework import ApiBlueprint

bp = ApiBlueprint("comments", __name__, url_prefix="/api/v1", description="Public API")

_FRESH = dict(FRESH)
#: Responses for one author must not be cached.
_PRIVATE = {"Cache-Control": "no-store"}
#: How an author proves that a comment is theirs.
_OWN: list[dict[str, list[str]]] = [{"editToken": []}, {"signOn": []}]
#: Who may come without a sign-on token.
_ANYONE: list[dict[str, list[str]]] = [{}, {"signOn": []}]


@bp.get("/sites/<site>/posts/<post:post>/comments")
@bp.doc(security=_ANYONE)
@bp.arguments(ThreadQuery(), location="query")
@bp.response(200, ThreadOut)
def list_comments(query: dict[str, Any], site: str, post: str) -> Response:
    """List a post's comments, each with its first replies."""
    g.site = registry.find(db.session(), site)
    page = threads.page(
        db.session(),
        g.site,
        check_external_id(post),
        sort=Sort(query["sort"]),
        limit=query["limit"],
        cursor=Cursor.decode(query["cursor"]) if query["cursor"] else None,
        sends_mail=bool(runtime().settings.smtp_url),
    )
    return _for_reader(page) or conditional(dumps(page, headers=_FRESH))


@bp.post("/sites/<site>/posts/<post:post>/comments")
@bp.doc(security=_ANYONE)
@bp.arguments(CommentIn())
@bp.response(201, ReceiptOut)
@bp.alt_response(202, schema=ReceiptOut, description="Held for a moderator.")
@bp.alt_response(422, schema=RejectedOut, description="Not valid, or refused by a rule.")
@bp.alt_response(428, schema=WorkRequiredOut, description="A proof of work is required.")
def submit_comment(*_: object, **__: object) -> Response:
    """Submit a comment: published (201), held (202) or refused by a rule (422)."""
    raise AssertionError("middleware/fast_submit.py answers every request to this address")


@bp.post("/sites/<site>/posts/<post:post>/follow")
@bp.doc(security=_ANYONE)
@limiter.limit(edit_limit)
@bp.arguments(FollowIn())
@bp.response(202, FollowOut)
def follow_thread(body: dict[str, Any], site: str, post: str) -> Response:
    """Mail the comments of a thread to a reader, who confirms the address first."""
    g.site = registry.find(db.session(), site)
    member = signed_in(g.site)
    following.follow_thread(
        db.session(),
        runtime(),
        g.site,
        check_external_id(post),
        following.ask_to_follow(
            runtime(),
            g.site,
            body["email"] or "",
            member,
            language=mail_language(request.headers.get("Accept-Language", ""), g.site),
            client=client_address(),
        ),
        now=utcnow(),
    )
    return dumps({"accepted": True}, 202, _PRIVATE)


@bp.get("/sites/<site>/posts/<post:post>/form")
@bp.response(200, FormOut)
def form_token(site: str, post: str) -> Response:
    """Issue a signed token with the time at which the form was shown."""
    g.site = registry.find(db.session(), site)
    post, now = check_external_id(post), utcnow()
    token = runtime().form_token(site, post, now)
    found = find_post(db.session(), g.site, post)
    if found is None:
        moved_posts.require_unmoved(db.session(), g.site.id, post)
    bits = proof_of_work.bits_for(runtime(), g.site, found, now)
    form = {
        "token": token,
        "guidelines": g.site.settings.get("guidelines", ""),
        "min_seconds": judgement_rules.rules_of(g.site).min_form_seconds,
        "work": proof_of_work.challenge(runtime(), g.site, post, bits, now),
    }
    return dumps(form, headers=_PRIVATE)


@bp.get("/sites/<site>/posts/<post:post>/me")
@bp.doc(
    security=_OWN,
    parameters=[
        {
            "in": "header",
            "name": "X-Edit-Token",
            "schema": {"type": "string"},
            "description": "Up to 100 edit tokens, separated by commas.",
        }
    ],
)
@bp.response(200, OwnCommentsOut)
def list_own_comments(site: str, post: str) -> Response:
    """List the author's own comments on a post, in every status."""
    g.site = registry.find(db.session(), site)
    own = own_comments.read_all(
        db.session(), runtime(), g.site, check_external_id(post), edit_tokens(), signed_in(g.site)
    )
    now = utcnow()
    noticed = _notices(own, g.site.settings, now)
    views = [own_view(runtime(), c, c.status, now, noticed.get(c.id)) for c in own]
    page = {"comments": views}
    return _for_reader(page) or dumps(page, headers=_PRIVATE)


@bp.post("/sites/<site>/preview")
@limiter.limit(edit_limit)
@bp.arguments(EditIn)
@bp.response(200, RenderedOut)
def preview(draft: dict[str, Any], site: str) -> Response:
    """Render a text as readers would see it; nothing is stored."""
    g.site = registry.find(db.session(), site)
    return dumps({"html": render_visible(draft["text"])}, headers=_PRIVATE)


@bp.get("/sites/<site>/counts")
@bp.arguments(CountsQuery(), location="query")
@bp.response(200, CountsOut)
def count_comments(query: dict[str, Any], site: str) -> Response:
    """Count the comments shown for up to 100 posts."""
    g.site = registry.find(db.session(), site)
    counted = threads.counts(db.session(), g.site, query["post"])
    return conditional(dumps({"counts": counted}, headers=_FRESH))


@bp.get("/comments/<uuid:comment_id>/replies")
@bp.arguments(PageQuery(), location="query")
@bp.response(200, RepliesOut)
def list_replies(query: dict[str, Any], comment_id: UUID) -> Response:
    """List the replies to a comment, oldest first."""
    cursor = Cursor.decode(query["cursor"]) if query["cursor"] else None
    page = threads.replies(db.session(), comment_id, limit=query["limit"], cursor=cursor)
    return conditional(dumps(page, headers=_FRESH))


@bp.get("/comments/<uuid:comment_id>/context")
@bp.response(200, ContextOut)
def read_context(comment_id: UUID) -> Response:
    """Read one comment with its ancestors, for permalinks."""
    return conditional(dumps(threads.context(db.session(), comment_id), headers=_FRESH))


@bp.get("/comments/<uuid:comment_id>")
@bp.doc(security=_OWN)
@bp.response(200, OwnCommentOut)
def read_comment(comment_id: UUID) -> Response:
    """Read the author's own comment, in any status."""
    receipt = own_comments.read(db.session(), runtime(), comment_id, proof(comment_id))
    now = utcnow()
    noticed = _notices([receipt.comment], settings_of(comment_id), now)
    view = own_view(
        runtime(), receipt.comment, receipt.status.value, now, noticed.get(receipt.comment.id)
    )
    return dumps(view, headers=_PRIVATE)


@bp.patch("/comments/<uuid:comment_id>")
@bp.doc(security=_OWN)
@limiter.limit(edit_limit)
@bp.arguments(EditIn())
@bp.response(200, ReceiptOut)
@bp.alt_response(202, schema=ReceiptOut, description="Held for a moderator.")
@bp.alt_response(422, schema=RejectedOut, description="Not valid, or refused by a rule.")
def edit_comment(edit: dict[str, Any], comment_id: UUID) -> Response:
    """Change the text while the edit window is open; it is judged again."""
    now = utcnow()
    receipt = own_comments.edit(
        db.session(), runtime(), comment_id, proof(comment_id), edit["text"], now=now
    )
    return answer(
        runtime(), receipt, now, published=200, settings=settings_of(comment_id), asked=request
    )


@bp.delete("/comments/<uuid:comment_id>")
@bp.doc(security=_OWN)
@limiter.limit(edit_limit)
@bp.response(204)
def delete_comment(comment_id: UUID) -> Response:
    """Delete the author's own comment and erase its text."""
    own_comments.delete(db.session(), runtime(), comment_id, proof(comment_id), now=utcnow())
    return Response(status=204)


def _for_reader(page: dict[str, Any]) -> Response | None:
    """Return a page with the signed-in reader who asked for it; None without a sign-on token."""
    member = signed_in(g.site)
    if member is None:
        return None
    viewer = {"name": member.name, "staff": member.is_staff, "verified": member.is_verified}
    if moderates(g.site, member):
        viewer["moderates"] = True
    return dumps({**page, "viewer": viewer}, headers=_PRIVATE)


def settings_of(comment_id: UUID) -> Mapping[str, Any]:
    """Return the settings of a comment's site."""
    site = threads.site_of_comment(db.session(), comment_id)
    if site is None:
        return {}
    # Cached: they can hold long word lists.
    settings: Mapping[str, Any] = registry.find(db.session(), site.name).settings
    return settings


def _notices(
    comments: Sequence[CommentLike], settings: Mapping[str, Any], now: datetime
) -> dict[UUID, dict[str, Any]]:
    """Return what the author of comments reads about decisions against them."""
    language = reader_language(request, settings)
    return decision_notices.notices(db.session(), settings, comments, language, now=now)


def own_view(
    runtime: Signing,
    comment: CommentLike,
    status: str,
    now: datetime,
    decision: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the author's view of a comment: the public view, status and time left to edit."""
    left = own_comments.editable_seconds(runtime, comment, now)
    view = threads.own_view(comment, Status(status))
    return {
        **view,
        "status": status,
        "editable_seconds": left,
        "redacted": comment.redacted_at is not None and not view["deleted"],
        "decision": decision,
    }


def answer(
    runtime: Signing,
    receipt: Receipt,
    now: datetime,
    *,
    published: int,
    settings: Mapping[str, Any],
    asked: Request,
) -> Response:
    """Return the response to a submission or an edit: published, held or refused."""
    comment = own_view(runtime, receipt.comment, receipt.status.value, now)
    if receipt.status is Status.REJECTED:
        comment["decision"] = decision_notices.of_refusal(
            settings, receipt, reader_language(asked, settings), now
        )
        ban = receipt.ban
        details: dict[str, Any] = {"ban": {"reason": ban.reason, "until": ban.until}} if ban else {}
        return problem(
            422,
            "comment_rejected",
            _banned(ban)
            if ban
            else "This comment was not accepted. Fix what the reason names and send it as a new "
            "one, or ask the site.",
            reason=receipt.public_reason,
            id=comment["id"],
            comment=comment,
            edit_token=receipt.edit_token,
            **details,
        )
    status = published if receipt.status is Status.APPROVED else 202
    return dumps({"comment": comment, "edit_token": receipt.edit_token}, status, _PRIVATE)


def _banned(ban: BanNotice) -> str:
    until = f" until {ban.until:%Y-%m-%d %H:%M} UTC" if ban.until else ""
    why = f" Reason: {ban.reason}" if ban.reason else ""
    return f"A moderator of this site has banned you from commenting{until}.{why}"
