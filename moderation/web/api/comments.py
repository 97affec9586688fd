"""The public API: read threads and counts, submit, and manage one's own comments."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, g, request

from moderation.domain.errors import FieldError, Invalid
from moderation.domain.status import Status
from moderation.services import authorship, sites, threads, work
from moderation.services.receipts import CommentLike, Receipt, Repeatable, ToldBan
from moderation.services.rendering import render
from moderation.services.runtime import Runtime
from moderation.services.submission import (
    Sender,
    Submission,
    check_external_id,
    find_post,
    submit,
)
from moderation.services.threads import Cursor, Sort
from moderation.storage import db

from .api import ApiBlueprint, conditional, dumps
from .cors import from_own_origin
from .errors import problem
from .guards import client_address, edit_token, edit_tokens, runtime, utcnow
from .limits import edit_limit, limiter, require_room, submit_limit
from .ready import FRESH
from .schemas.base import (
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
from .schemas.submissions import CommentIn, EditIn

bp = ApiBlueprint("comments", __name__, url_prefix="/api/v1", description="Public API")

_FRESH = dict(FRESH)
#: What is one person's own stays in no cache.
_PRIVATE = {"Cache-Control": "no-store"}


@bp.get("/sites/<site>/posts/<post:post>/comments")
@bp.arguments(ThreadQuery(), location="query")
@bp.response(200, ThreadOut)
def list_comments(query: dict[str, Any], site: str, post: str) -> Response:
    """List a post's comments, each with its first replies."""
    g.site = sites.find(db.session(), site)
    page = threads.page(
        db.session(),
        g.site,
        check_external_id(post),
        sort=Sort(query["sort"]),
        limit=query["limit"],
        cursor=Cursor.decode(query["cursor"]) if query["cursor"] else None,
    )
    return conditional(dumps(page, headers=_FRESH))


@bp.post("/sites/<site>/posts/<post:post>/comments")
@limiter.limit(submit_limit)
@bp.arguments(CommentIn())
@bp.response(201, ReceiptOut)
@bp.alt_response(202, schema=ReceiptOut, description="Held: a person must look at it.")
@bp.alt_response(422, schema=RejectedOut, description="Not valid, or refused by a rule.")
@bp.alt_response(428, schema=WorkRequiredOut, description="A proof of work must come along.")
def submit_comment(submission: Submission, site: str, post: str) -> Response:
    """Submit a comment: published (201), held (202) or refused by a rule (422)."""
    require_room(site, check_external_id(post))
    g.site = sites.find(db.session(), site)
    now = utcnow()
    receipt = submit(
        db.session(),
        runtime(),
        g.site,
        post,
        submission,
        Sender(client_address(), from_own_origin(g.site)),
        now=now,
        repeatable=_idempotency_key(),
    )
    return answer(runtime(), receipt, now, published=201)


@bp.get("/sites/<site>/posts/<post:post>/form")
@bp.response(200, FormOut)
def form_token(site: str, post: str) -> Response:
    """Give out a token that tells when a form was shown."""
    g.site = sites.find(db.session(), site)
    now = utcnow()
    token = runtime().form_token(site, check_external_id(post), now)
    bits = work.bits_for(runtime(), g.site, find_post(db.session(), g.site, post), now)
    form = {
        "token": token,
        "guidelines": g.site.settings.get("guidelines", ""),
        "min_seconds": sites.rules_of(g.site).min_form_seconds,
        "work": work.challenge(runtime(), g.site, post, bits, now),
    }
    return dumps(form, headers=_PRIVATE)


@bp.get("/sites/<site>/posts/<post:post>/me")
@bp.doc(
    security=[{"editToken": []}],
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
    """List one's own comments on a post, in whatever status they are."""
    g.site = sites.find(db.session(), site)
    own = authorship.read_all(
        db.session(), runtime(), g.site, check_external_id(post), edit_tokens()
    )
    now = utcnow()
    views = [own_view(runtime(), comment, comment.status, now) for comment in own]
    return dumps({"comments": views}, headers=_PRIVATE)


@bp.post("/sites/<site>/preview")
@limiter.limit(edit_limit)
@bp.arguments(EditIn)
@bp.response(200, RenderedOut)
def preview(draft: dict[str, Any], site: str) -> Response:
    """Render a text as it would be shown; nothing is stored."""
    g.site = sites.find(db.session(), site)
    return dumps({"html": render(draft["text"])}, headers=_PRIVATE)


@bp.get("/sites/<site>/counts")
@bp.arguments(CountsQuery(), location="query")
@bp.response(200, CountsOut)
def count_comments(query: dict[str, Any], site: str) -> Response:
    """Count the comments shown for up to 100 posts."""
    g.site = sites.find(db.session(), site)
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
    """Read one comment inside the comments that it answers, for links to it."""
    return conditional(dumps(threads.context(db.session(), comment_id), headers=_FRESH))


@bp.get("/comments/<uuid:comment_id>")
@bp.doc(security=[{"editToken": []}])
@bp.response(200, OwnCommentOut)
def read_comment(comment_id: UUID) -> Response:
    """Read one's own comment, in whatever status it is."""
    receipt = authorship.read(db.session(), runtime(), comment_id, edit_token())
    view = own_view(runtime(), receipt.comment, receipt.status.value, utcnow())
    return dumps(view, headers=_PRIVATE)


@bp.patch("/comments/<uuid:comment_id>")
@bp.doc(security=[{"editToken": []}])
@limiter.limit(edit_limit)
@bp.arguments(EditIn())
@bp.response(200, ReceiptOut)
@bp.alt_response(202, schema=ReceiptOut, description="Held: a person must look at it.")
@bp.alt_response(422, schema=RejectedOut, description="Not valid, or refused by a rule.")
def edit_comment(edit: dict[str, Any], comment_id: UUID) -> Response:
    """Change the text while the edit window is open; it is judged again."""
    now = utcnow()
    receipt = authorship.edit(
        db.session(), runtime(), comment_id, edit_token(), edit["text"], now=now
    )
    return answer(runtime(), receipt, now, published=200)


@bp.delete("/comments/<uuid:comment_id>")
@bp.doc(security=[{"editToken": []}])
@limiter.limit(edit_limit)
@bp.response(204)
def delete_comment(comment_id: UUID) -> Response:
    """Delete one's own comment and forget its text."""
    authorship.withdraw(db.session(), runtime(), comment_id, edit_token(), now=utcnow())
    return Response(status=204)


def own_view(runtime: Runtime, comment: CommentLike, status: str, now: datetime) -> dict[str, Any]:
    """A comment for its author: like a reader's, with its status and the time left to edit."""
    left = authorship.editable_seconds(runtime, comment, now)
    view = threads.view(comment)
    deleted = view["deleted"] or status == Status.DELETED
    return {
        **view,
        "deleted": deleted,
        "status": status,
        "editable_seconds": left,
        "redacted": comment.redacted_at is not None and not deleted,
    }


def answer(runtime: Runtime, receipt: Receipt, now: datetime, *, published: int) -> Response:
    """The answer to a submission or an edit: published, held or refused."""
    comment = own_view(runtime, receipt.comment, receipt.status.value, now)
    if receipt.status is Status.REJECTED:
        ban = receipt.ban
        told: dict[str, Any] = {"ban": {"reason": ban.reason, "until": ban.until}} if ban else {}
        return problem(
            422,
            "comment_rejected",
            _banned(ban)
            if ban
            else "This comment was not accepted. Change what the reason names and send it as a new "
            "one, or ask the site.",
            reason=receipt.public_reason,
            id=comment["id"],
            comment=comment,
            edit_token=receipt.edit_token,
            **told,
        )
    status = published if receipt.status is Status.APPROVED else 202
    return dumps({"comment": comment, "edit_token": receipt.edit_token}, status, _PRIVATE)


def _banned(ban: ToldBan) -> str:
    until = f" until {ban.until:%Y-%m-%d %H:%M} UTC" if ban.until else ""
    why = f" The reason given: {ban.reason}" if ban.reason else ""
    return f"A moderator of this site has barred you from writing here{until}.{why}"


def _idempotency_key() -> Repeatable:
    """The Idempotency-Key header, quoted or bare, bound to address and body."""
    key = request.headers.get("Idempotency-Key", "").strip().strip('"')
    if not key:
        return Repeatable()
    if len(key) > 255 or not key.isprintable():
        raise Invalid(
            "An Idempotency-Key is 1 to 255 printable characters.",
            errors=(FieldError("Idempotency-Key", "1 to 255 printable characters"),),
        )
    fingerprint = hashlib.sha256(request.path.encode() + b"\0" + request.get_data())
    return Repeatable(key=key, fingerprint=fingerprint.hexdigest())
