"""The settings of a site, their checks and defaults."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from moderation.domain.errors import FieldError, Invalid
from moderation.domain.hosts import BadAddress, web_address
from moderation.domain.judgement import DEFAULT_THRESHOLDS
from moderation.domain.members import Algorithm, WhoMayComment
from moderation.domain.status import PostState
from moderation.domain.votes import Votes
from moderation.filters.reading import JUDGED

from ..text_fields import Identifier, Paragraphs, Sought
from . import list_fields
from .list_fields import Entries
from .reasons import ReasonList

#: States that people choose; a removed post is the site's own doing.
STATES = (PostState.OPEN, PostState.PREMODERATED, PostState.CLOSED)


LONGEST_DAYS = 3650


LONGEST_PAUSE = 86_400


#: Hours of `stale_after_hours`.
LONGEST_WAIT = 8760


class StoredMoment(fields.AwareDateTime):
    """A time that is stored as text, since it is part of JSON."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        moment: datetime = super()._deserialize(value, attr, data, **kwargs)
        if not 1971 <= moment.year <= 9000:
            raise ValidationError("Not a valid time.")
        return moment.isoformat()


class LevelRules(Schema):
    """Rules of every level; None leaves a rule to the level above."""

    close_after_days = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(0, LONGEST_DAYS),
        metadata={"description": "Days after which a post closes; 0: never."},
    )
    slow_seconds = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(0, LONGEST_PAUSE),
        metadata={"description": "Seconds between two comments of one author; 0: none."},
    )
    strict_thresholds = fields.Dict(
        keys=fields.String(validate=validate.OneOf(sorted(DEFAULT_THRESHOLDS))),
        values=fields.Float(validate=validate.Range(0.0, 1.01)),
        allow_none=True,
        metadata={"description": "Scores from which findings hold, if lower: by filter or kind."},
    )
    strict_until = StoredMoment(
        format="iso",
        allow_none=True,
        metadata={"description": "When the strict thresholds end; null: when you end them."},
    )


class StateRules(LevelRules):
    """The rules of sections and posts, which have a state of their own."""

    state = fields.String(
        allow_none=True, validate=validate.OneOf([state.value for state in STATES])
    )


class SectionRules(StateRules):
    """Rules for every post whose id, address or path begins with a prefix."""

    prefix = Identifier(required=True, validate=validate.Length(1, 512))

    @validates_schema
    def _named(self, given: dict[str, Any], **_: object) -> None:
        # `partial` applies to the settings, not to a section's fields.
        if "prefix" not in given:
            raise ValidationError("Missing data for required field.", "prefix")


class KeysAddress(Sought):
    """An https address, or empty; `outbound.send` checks where it leads, at each request."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        address: str = super()._deserialize(value, attr, data, **kwargs).strip()
        if not address:
            return ""
        try:
            parts, _ = web_address(address)
        except BadAddress as error:
            raise ValidationError(f"Not an address: {error}.") from None
        if parts.scheme != "https" or "@" in parts.netloc:
            raise ValidationError("Must begin with https:// and have no user name.")
        return address


class SiteSettings(LevelRules):
    """The settings of a site."""

    thresholds = fields.Dict(
        keys=fields.String(validate=validate.OneOf(sorted(DEFAULT_THRESHOLDS))),
        values=fields.Float(validate=validate.Range(0.0, 1.01)),
        load_default=dict,
        metadata={
            "description": "Score from which a finding holds a comment, by filter or kind. A kind"
            " of toxicity that is missing has the `toxicity` given here, else its default."
        },
    )
    block_words = Entries(list_fields.word)
    suspect_words = Entries(list_fields.word)
    allow_words = Entries(list_fields.word)
    block_domains = Entries(list_fields.domain)
    allow_domains = Entries(list_fields.domain)
    max_links = fields.Integer(validate=validate.Range(0, 100))
    hold_first = fields.Integer(validate=validate.Range(0, 1000))
    min_form_seconds = fields.Float(validate=validate.Range(0, 60))
    work_bits = fields.Integer(validate=validate.Range(0, 24))
    work_when = fields.String(validate=validate.OneOf(["flooded", "always"]))
    page_language = fields.String(validate=validate.Regexp(r"[a-z]{2,3}(-[A-Za-z]{2,8})?\Z"))
    languages = Entries(list_fields.language)
    announced_posts_only = fields.Boolean()
    premoderate = fields.Boolean()
    hold_everything = fields.Boolean()
    sections = fields.List(fields.Nested(SectionRules), validate=validate.Length(max=100))
    guidelines = Paragraphs(validate=validate.Length(max=2000))
    reserved_names = Entries(list_fields.name)
    allow_names = Entries(list_fields.name)
    allow_staff_names = fields.Boolean()
    coral_status = fields.String(validate=validate.OneOf(["PREMOD", "SYSTEM_WITHHELD"]))
    coral_reject = fields.Boolean()
    coral_queue = fields.Boolean()
    akismet_spam_from = fields.Float(validate=validate.Range(0.0, 1.01))
    akismet_toxic = fields.String(validate=validate.OneOf(["review", "spam", "ignore"]))
    akismet_review_hours = fields.Integer(strict=True, validate=validate.Range(0, 168))
    foreign_days = fields.Integer(strict=True, validate=validate.Range(1, LONGEST_DAYS))
    foreign_webhooks = fields.Boolean()
    foreign_mails = fields.Boolean()
    perspective_language = fields.String(validate=validate.OneOf(sorted(JUDGED)))
    perspective_strict_language = fields.Boolean()
    perspective_strict = fields.Boolean()
    stale_after_hours = fields.Integer(strict=True, validate=validate.Range(0, LONGEST_WAIT))
    identity = fields.String(validate=validate.OneOf([each.value for each in WhoMayComment]))
    sign_on_algorithm = fields.String(validate=validate.OneOf([each.value for each in Algorithm]))
    sign_on_jwks_url = KeysAddress(validate=validate.Length(max=2000))
    website_field = fields.Boolean()
    avatars = fields.Boolean()
    replies_by_mail = fields.Boolean()
    sign_on_confirms_email = fields.Boolean()
    article_moderators = Entries(list_fields.article_moderator)
    votes = fields.String(validate=validate.OneOf([each.value for each in Votes]))
    reports = fields.Boolean()
    report_reasons = Entries(list_fields.report_reason, most=100)
    reports_hold = fields.Integer(strict=True, validate=validate.Range(0, 1000))
    report_days = fields.Integer(strict=True, validate=validate.Range(1, LONGEST_DAYS))
    reasons = ReasonList()
    address_days = fields.Integer(strict=True, validate=validate.Range(0, LONGEST_DAYS))
    held_days = fields.Integer(strict=True, validate=validate.Range(0, LONGEST_DAYS))
    rejected_days = fields.Integer(strict=True, validate=validate.Range(0, LONGEST_DAYS))
    closed_email_days = fields.Integer(strict=True, validate=validate.Range(0, LONGEST_DAYS))
    audit_days = fields.Integer(strict=True, validate=validate.Range(0, LONGEST_DAYS))


#: Descriptions of the settings; the documentation lists each of them.
SITE_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "thresholds": "Score from which findings hold a comment, by filter or kind of toxicity.",
        "block_words": "Words that refuse a comment; `*` stands for any letters.",
        "suspect_words": "Words that hold a comment.",
        "allow_words": "Words that no list of ours or yours may hold.",
        "block_domains": "Domains, with their subdomains, that refuse a comment.",
        "allow_domains": "Domains that count as the site's own: links to them are free.",
        "max_links": "Links to other sites that a comment may have before it is held.",
        "hold_first": "Hold an author's comments until N of them were approved; new sites: 1.",
        "min_form_seconds": "Seconds under which a form was filled in by a program.",
        "work_bits": "Zero bits of the proof of work that a comment is asked for.",
        "work_when": "When it is asked for: flooded or always.",
        "page_language": "Language of the pages without scripts, where a reader asks for none.",
        "languages": "Languages that the site takes; a comment in another one is held. Empty: all.",
        "announced_posts_only": "Take comments only for posts that the site announced.",
        "premoderate": "Hold every comment, except where a section or a post is opened.",
        "hold_everything": "Hold every comment, under any rule of a section or a post.",
        "close_after_days": "Days after which a post closes; 0 for never.",
        "slow_seconds": "Seconds between two comments of one author on a post.",
        "strict_thresholds": "Lower scores from which findings hold, by filter or kind, a while.",
        "strict_until": "When the strict thresholds end; null when an admin ends them.",
        "sections": "Rules for the posts whose id, address or path begins with a `prefix`.",
        "guidelines": "A line for commenters, shown at the form.",
        "reserved_names": "Names, beside those of moderators, under which only staff may write.",
        "allow_names": "Names for guests that would be reserved by default.",
        "stale_after_hours": "Hours after which a held comment makes the queue stale; 0 for never.",
        "allow_staff_names": "Let guests use words for staff, logins and the site's own names.",
        "coral_status": "Status that Coral gets for a held comment: PREMOD or SYSTEM_WITHHELD.",
        "coral_reject": "Reject a comment of Coral that a list of the site refuses.",
        "coral_queue": "Put held comments of Coral into the review queue here as well.",
        "akismet_spam_from": "Score from which spam is answered to Akismet's clients at once.",
        "akismet_toxic": "A toxic comment that is no spam, for Akismet: review, spam or ignore.",
        "akismet_review_hours": "Hours that WordPress waits for a moderator; 0: none waits.",
        "foreign_days": "Days after which decided comments of other platforms are removed.",
        "foreign_webhooks": "Send webhooks about comments of other platforms, too.",
        "foreign_mails": "Send moderators mail about comments of other platforms, too.",
        "perspective_language": "Language of texts whose language cannot be detected: en.",
        "perspective_strict_language": "Refuse such texts to Perspective's clients, as Google did.",
        "perspective_strict": "Refuse attributes that nothing detects instead of dropping them.",
        "identity": "Who may comment: guests, members (signed in), or guests_held.",
        "sign_on_algorithm": "How sign-on tokens are signed: HS256, RS256, ES256, EdDSA; or off.",
        "sign_on_jwks_url": "Address of the public keys that sign tokens; not for HS256.",
        "website_field": "Ask guests for a website at the form.",
        "avatars": "Show the pictures that sign-on tokens name, from this service's address.",
        "replies_by_mail": "Mail answers to readers who ask for them and confirm their address.",
        "sign_on_confirms_email": "Take the address in a sign-on token for confirmed.",
        "article_moderators": "Signed-in staff who moderate on the article, as `SUB = LOGIN`.",
        "votes": "Votes of readers on comments: up, updown (for and against), or off.",
        "reports": "Let readers report comments.",
        "report_reasons": "Reasons for reports: codes that ship, or `code: Label` of your own.",
        "reports_hold": "Weight of reports that holds a comment no person has approved; 0 never.",
        "report_days": "Days after which texts, names and addresses of reports are removed.",
        "reasons": "Reasons that moderators choose from, with the sentences that authors read.",
        "address_days": "Days for which hashes of network addresses stay; 0: as the service sets.",
        "held_days": "Days after which a comment that still waits is erased; 0 for never.",
        "rejected_days": "Days after which rejected comments and spam are erased; 0 for never.",
        "closed_email_days": "Days after which a closed thread loses mail addresses; 0 for never.",
        "audit_days": "Days after which entries leave the audit trail; 0 for never.",
    }
)


def check_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Validate a site's settings; raise Invalid with each error."""
    try:
        loaded: dict[str, Any] = SiteSettings(partial=True).load(settings)
    except ValidationError as error:
        raise Invalid(
            "A setting is not valid. See errors for each one.", errors=field_errors(error.messages)
        ) from None
    return loaded


def field_errors(messages: Any, pointer: str = "#") -> tuple[FieldError, ...]:
    """Flatten marshmallow's messages into pointers."""
    if isinstance(messages, Mapping):
        errors: list[FieldError] = []
        for key, inner in messages.items():
            deeper = pointer if key == "_schema" else f"{pointer}/{_escape(str(key))}"
            errors.extend(field_errors(inner, deeper))
        return tuple(errors)
    return tuple(FieldError(pointer, str(message)) for message in messages)


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
