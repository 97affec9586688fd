"""Decisions and queue items as plain values."""

from typing import Any

from moderation.domain.reasons import Reason, facts_of
from moderation.domain.status import Outcome
from moderation.domain.verdict_records import because
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision
from moderation.storage.models.foreign import ForeignComment
from moderation.storage.models.posts import Post

_64_BITS = 0xFFFF_FFFF_FFFF_FFFF


def decision_view(decision: Decision) -> dict[str, Any]:
    """Return a decision as moderators see it."""
    return {
        "id": decision.id,
        "comment_id": decision.comment_id,
        "revision": decision.revision,
        "version": decision.comment_version,
        "outcome": decision.outcome,
        "previous_status": decision.previous_status,
        "status": decision.status,
        "by": {"kind": decision.actor, "name": decision.actor_name},
        "reason": decision.reason,
        "note": decision.note,
        "reasons": decision.causes,
        "scores": decision.scores,
        "policy": decision.policy,
        "versions": decision.versions,
        "undoes": decision.undoes,
        "created_at": decision.created_at,
    }


def item_view(
    comment: Comment,
    post: Post,
    site: str,
    verdict: Decision | None,
    foreign: ForeignComment | None,
) -> dict[str, Any]:
    """Return a comment as the review queue shows it, with its post and its last verdict."""
    causes = verdict.causes if verdict else []
    return {
        "comment": {
            "id": comment.id,
            "parent_id": comment.parent_id,
            "site": site,
            "post": {"id": post.external_id, "title": post.title, "url": post.url},
            "source": _source(post, foreign),
            "author": {
                "name": comment.author_name,
                "email": comment.author_email,
                "website": comment.author_website,
                "key": comment.author_key,
                "staff": comment.staff,
                "verified": comment.verified,
                "signed_in": comment.author_id is not None,
            },
            "text": comment.text,
            "html": comment.html,
            "status": comment.status,
            "revision": comment.revision,
            "created_at": comment.created_at,
            "edited_at": comment.edited_at,
            "escalated_at": comment.escalated_at,
            "redacted_at": comment.redacted_at,
            "featured": comment.featured_at is not None,
        },
        "near_key": None if comment.near_key is None else f"{comment.near_key & _64_BITS:016x}",
        "score": comment.score,
        "version": comment.version,
        "because": because(causes, verdict.outcome) if verdict else "",
        "reasons": causes,
        "scores": verdict.scores if verdict else {},
        "suggested_reason": _suggested(causes),
    }


def _source(post: Post, foreign: ForeignComment | None) -> dict[str, Any] | None:
    """Return the platform of a foreign comment and what it sent; None for a comment of our own."""
    if post.origin is None:
        return None
    return {
        "platform": post.origin,
        "url": post.url,
        "details": foreign.details if foreign else {},
        # After an erasure no verdict is sent.
        "awaits_verdict": foreign is not None and foreign.callback is not None,
    }


def _suggested(causes: list[dict[str, Any]]) -> str | None:
    """Return the first reason of the findings; OTHER only when there is no other."""
    weighty = [cause for cause in causes if cause["outcome"] != Outcome.APPROVE]
    reasons = [facts_of(cause["code"]).reason for cause in weighty]
    specific = [reason for reason in reasons if reason is not Reason.OTHER]
    return next((reason.value for reason in [*specific, *reasons]), None)
