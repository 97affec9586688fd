"""What commenters and the main site send."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from moderation.domain.status import PostState
from moderation.services.post_rules import StateRules
from moderation.services.submission import Submission
from moderation.services.work import Work

from .base import Moment, OptionalEmail, OptionalUrl, Stripped, no_nul

TEXT = validate.Length(1, 10_000)


class AuthorIn(Schema):
    name = Stripped(required=True, validate=validate.Length(1, 80))
    email = OptionalEmail(load_default="", validate=validate.Length(max=254), allow_none=True)
    website = OptionalUrl(load_default="", validate=validate.Length(max=2000), allow_none=True)


class PostIn(Schema):
    """Believed only from a page of the site's own origins."""

    title = Stripped(load_default="", validate=validate.Length(max=300), allow_none=True)
    url = OptionalUrl(load_default="", validate=validate.Length(max=2000), allow_none=True)


class WorkIn(Schema):
    """The challenge that came with the form, and the nonce that was found for it."""

    challenge = fields.String(required=True, validate=validate.Regexp(r"[A-Za-z0-9_.-]{1,100}\Z"))
    nonce = fields.String(required=True, validate=validate.Regexp(r"[A-Za-z0-9]{1,32}\Z"))

    @post_load
    def to_work(self, loaded: dict[str, Any], **_: Any) -> Work:
        return Work(**loaded)


class FormIn(Schema):
    """What shows that a person filled in a form: when it was shown, and an empty trap."""

    token = fields.String(load_default="", validate=validate.Length(max=300), allow_none=True)
    trap = fields.String(load_default="", allow_none=True)
    work = fields.Nested(WorkIn, load_default=None, allow_none=True)


class CommentIn(Schema):
    author = fields.Nested(AuthorIn, required=True)
    text = Stripped(required=True, validate=TEXT)
    parent_id = fields.UUID(load_default=None, allow_none=True)
    post = fields.Nested(PostIn, load_default=None, allow_none=True)
    form = fields.Nested(FormIn, load_default=None, allow_none=True)

    @post_load
    def to_submission(self, loaded: dict[str, Any], **_: Any) -> Submission:
        author, post, form = loaded["author"], loaded["post"] or {}, loaded["form"] or {}
        return Submission(
            text=loaded["text"],
            author_name=author["name"],
            author_email=author["email"] or "",
            author_website=author["website"] or "",
            parent_id=loaded["parent_id"],
            post_title=post.get("title") or "",
            post_url=post.get("url") or "",
            trap=form.get("trap") or "",
            form_token=form.get("token") or "",
            work=form.get("work"),
        )


class EditIn(Schema):
    text = Stripped(required=True, validate=TEXT)


class PostRulesIn(StateRules):
    """What is settled about a post; null leaves it to the post's section again."""


# Events of the main site. Fields that we do not know are left alone: sites send them to
# other receivers too.


class PostEventIn(Schema):
    class Meta:
        unknown = EXCLUDE

    post = fields.String(required=True, validate=[validate.Length(1, 512), no_nul])
    title = fields.String(validate=[validate.Length(max=300), no_nul], allow_none=True)
    url = fields.Url(
        schemes={"http", "https"},
        require_tld=False,
        validate=[validate.Length(max=2000), no_nul],
        allow_none=True,
    )
    new_id = fields.String(validate=[validate.Length(1, 512), no_nul], allow_none=True)
    state = fields.String(
        validate=validate.OneOf(
            [s.value for s in (PostState.OPEN, PostState.PREMODERATED, PostState.CLOSED)]
        ),
        allow_none=True,
    )
    published_at = Moment(format="iso", allow_none=True)
    rules = fields.Nested(PostRulesIn, allow_none=True)


class SiteAuthorIn(AuthorIn):
    class Meta:
        unknown = EXCLUDE

    id = fields.String(
        load_default="", validate=[validate.Length(max=255), no_nul], allow_none=True
    )
    staff = fields.Boolean(
        load_default=False,
        allow_none=True,
        truthy={True},
        falsy={False},
        metadata={"description": "One of your own people: readers see a badge."},
    )


class CommentSubmittedIn(Schema):
    class Meta:
        unknown = EXCLUDE

    post = fields.String(required=True, validate=[validate.Length(1, 512), no_nul])
    author = fields.Nested(SiteAuthorIn, required=True)
    text = Stripped(required=True, validate=TEXT)
    parent_id = fields.UUID(load_default=None, allow_none=True)
    title = Stripped(load_default="", validate=validate.Length(max=300), allow_none=True)
    url = OptionalUrl(load_default="", validate=validate.Length(max=2000), allow_none=True)

    @post_load
    def to_submission(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        author = loaded["author"]
        return {
            "post": loaded["post"],
            "submission": Submission(
                text=loaded["text"],
                author_name=author["name"],
                author_email=author["email"] or "",
                author_website=author["website"] or "",
                author_id=author["id"] or "",
                staff=bool(author["staff"]),
                parent_id=loaded["parent_id"],
                post_title=loaded["title"] or "",
                post_url=loaded["url"] or "",
            ),
        }


class AuthorRefIn(Schema):
    class Meta:
        unknown = EXCLUDE

    id = fields.String(validate=[validate.Length(1, 255), no_nul])
    email = fields.Email(validate=[validate.Length(max=254), no_nul])


class AuthorEventIn(Schema):
    class Meta:
        unknown = EXCLUDE

    author = fields.Nested(AuthorRefIn, required=True)
    until = Moment(format="iso", load_default=None, allow_none=True)
    reason = fields.String(
        load_default="", validate=[validate.Length(max=500), no_nul], allow_none=True
    )


class EventIn(Schema):
    """Standard Webhooks: `data` depends on `type`."""

    class Meta:
        unknown = EXCLUDE

    type = fields.String(required=True)
    timestamp = Moment(format="iso", required=True)
    data = fields.Dict(keys=fields.String(), required=True)


class EventOut(Schema):
    outcome = fields.String(
        required=True, validate=validate.OneOf(["applied", "repeated", "outdated"])
    )


EVENT_DATA: dict[str, type[Schema]] = {
    "post": PostEventIn,
    "comment": CommentSubmittedIn,
    "author": AuthorEventIn,
}
