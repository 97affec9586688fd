"""The comment form without JavaScript: its values, its errors and the page to confirm them.

The first form is on a page that is cached for all readers, so it has no token. The response
shows the comment again with a token, by which a repeated submission is recognised.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

from flask import Response, g, request
from marshmallow import ValidationError

from moderation.domain import characters
from moderation.domain.errors import (
    CrossSite,
    FieldError,
    Invalid,
    MembersOnly,
    ModerationError,
    PostClosed,
    PostNotAnnounced,
)
from moderation.services.comments import proof_of_work
from moderation.services.comments.idempotency import Receipt, RequestKey
from moderation.services.comments.markdown import render, render_visible
from moderation.services.comments.posts import check_author, require_parent, rules_if_open
from moderation.services.comments.requests import ParentUnavailable, Submission
from moderation.services.sites import post_rules
from moderation.services.sites.settings_schema import field_errors

from ..auth import runtime, utcnow
from ..database import db
from ..origins import refuse_other_sites
from ..schemas.comments import LONGEST, CommentIn
from .render import article_of, known_post, links_of, render_page, translations

FIELDS = ("name", "email", "website", "text", "trap", "parent_id", "token", "notify")
#: Message keys for the errors of each field.
_WRONG = {
    "name": "badName",
    "email": "badEmail",
    "website": "badWebsite",
    "text": "badText",
    "parent_id": "noParent",
}


@dataclass(frozen=True, slots=True)
class Problems:
    """Errors of a form: a general one, and those of its fields."""

    general: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    #: A ban's reason, as the moderator gave it, and its end.
    ban: Any = None

    def __bool__(self) -> bool:
        return bool(self.general or self.fields)


def typed_form() -> dict[str, str]:
    """Return the submitted values; browsers send each line break as two characters."""
    typed = {name: request.form.get(name, "").replace("\r\n", "\n") for name in FIELDS}
    # The form of a site that asks for no website has no place to show or mend one.
    return typed if g.site.settings.get("website_field") else {**typed, "website": ""}


def is_confirmed(typed: dict[str, str], site: str, post: str) -> bool:
    """Return whether the form comes from the confirmation page.

    A form with the same values from another site's page must be confirmed again.
    """
    if runtime().form_seconds(typed["token"], site, post, utcnow()) is None:
        return False
    try:
        refuse_other_sites()
    except CrossSite:
        return False
    return True


def require_place(post: str, submission: Submission) -> None:
    """Raise an error when the post or the site takes no such comment, or its parent is gone."""
    row = known_post(post)
    rules_if_open(g.site, row, post, utcnow())
    check_author(g.site, submission)
    require_parent(db.session(), row, submission.parent_id)


def repeatable_of(typed: dict[str, str]) -> RequestKey:
    """Return the idempotency key of this form: its token with the typed values."""
    if not runtime().is_one_form(typed["token"]):
        return RequestKey(alike=True)
    digest = hashlib.sha256(request.path.encode())
    for name in FIELDS:
        digest.update(b"\0" + typed[name].encode(errors="replace"))
    return RequestKey(f"form:{digest.hexdigest()}", digest.hexdigest(), alike=True)


def submission_of(typed: dict[str, str]) -> Submission:
    """Return the submission of a form; raise Invalid with all errors."""
    body = {
        "author": {name: typed[name] for name in ("name", "email", "website")},
        "text": typed["text"],
        "parent_id": typed["parent_id"] or None,
        "notify": "replies" if typed["notify"] else None,
        "form": {"token": typed["token"], "trap": typed["trap"]},
    }
    try:
        submission: Submission = CommentIn().load(body)
    except ValidationError as error:
        raise Invalid("The form is not valid.", errors=field_errors(error.messages)) from None
    render_visible(submission.text)
    return submission


def problems_of(error: ModerationError, typed: dict[str, str]) -> Problems:
    """Return the errors of a form in the reader's language."""
    if isinstance(error, PostClosed | PostNotAnnounced):
        return Problems(translations().t("nowClosed"))
    if isinstance(error, MembersOnly):
        return Problems(translations().page("members"))
    if isinstance(error, ParentUnavailable):
        return Problems(translations().t("noParent"))
    wrong: tuple[FieldError, ...] = error.errors
    names = {each.pointer.rsplit("/", 1)[-1] for each in wrong} & _WRONG.keys()
    if not names:
        return Problems(translations().t("not_accepted"))
    if "parent_id" in names:
        return Problems(translations().t("noParent"))
    fields = {name: translations().t(_WRONG[name]) for name in sorted(names)}
    if "text" in fields:
        fields["text"] = text_problem(typed["text"])
    return Problems(translations().page("fix"), fields)


def text_problem(text: str) -> str:
    """Return the message for a text that is too long or empty."""
    length = len(text.strip())
    if length > LONGEST:
        return translations().page("too_long", n=translations().number(length))
    return translations().t("badText")


def refused(receipt: Receipt) -> Problems:
    """Return why a comment was refused; a ban comes with its reason and its end."""
    return Problems(translations().t(receipt.public_reason or "not_accepted"), ban=receipt.ban)


def confirm(
    typed: dict[str, str],
    site: str,
    post: str,
    problems: Problems | None = None,
    *,
    parent: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    """Return the confirmation page with a token, and errors beside their fields."""
    row, now = known_post(post), utcnow()
    article = article_of(row)
    return render_page(
        "embed_confirm.html",
        status,
        typed=typed,
        shown="" if problems else render(characters.paragraphs(typed["text"])),
        token=runtime().form_token(site, post, now, nonce=secrets.token_urlsafe(12)),
        problems=problems or Problems(),
        parent=parent,
        # Known from this request only, so the next form has to send it again.
        links=links_of(site, post, back="" if row is not None and row.url else article),
        article=article,
        title=row.title if row is not None else "",
        post=post_rules.rules_of_post(g.site, row, post),
        watched=bool(proof_of_work.bits_for(runtime(), g.site, row, now)),
    )
