"""A site's reasons for decisions, and the sentences that authors read about them.

A site without a list of its own has the built-in reasons. Stored decisions keep their codes:
a reason that the site has removed since still has a sentence.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from moderation.domain.errors import FieldError, Invalid
from moderation.domain.reasons import Reason

from ..text_fields import Line

#: Languages of the built-in sentences: those of the widget.
LANGUAGES = (
    *("en", "de", "fr", "es", "uk", "ru", "ja", "ar"),
    *("it", "nl", "pl", "pt-BR", "sv", "cs", "tr", "zh"),
)
#: Reasons of one site.
MOST = 40
LONGEST_LABEL = 60
LONGEST_SENTENCE = 300
CODE = r"[A-Z][A-Z0-9_]{0,31}\Z"
#: Public codes of rules that refuse comments, with the reason whose sentence explains them.
_OF_RULES = {"blocked_content": Reason.BANNED_WORD, "not_accepted": Reason.OTHER}
_CODES = frozenset(reason.value for reason in Reason)
_LABELS = {
    Reason.AD: "Advertising",
    Reason.BANNED_WORD: "Banned word",
    Reason.HARASSMENT: "Harassment",
    Reason.ILLEGAL: "Illegal",
    Reason.OFF_TOPIC: "Off topic",
    Reason.PERSONAL_DATA: "Personal data",
}
#: In the order of the console's list: the first nine have a digit.
_BUILT_IN = (
    *(Reason.OFFENSIVE, Reason.ABUSIVE, Reason.HARASSMENT, Reason.HATE, Reason.THREAT),
    *(Reason.OFF_TOPIC, Reason.MISINFORMATION, Reason.PERSONAL_DATA, Reason.ILLEGAL),
    *(Reason.AD, Reason.SPAM, Reason.BANNED_WORD, Reason.OTHER),
)


@dataclass(frozen=True, slots=True)
class SiteReason:
    """A reason that moderators of a site choose from."""

    code: str
    #: For moderators.
    label: str
    #: The built-in reason that it counts as in figures and reports.
    kind: Reason
    #: The site's own public sentences, by language; the built-in ones fill the gaps.
    sentences: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class ReasonSettings(Schema):
    """A reason in a site's list."""

    code = fields.String(
        required=True,
        validate=validate.Regexp(
            CODE, error="1 to 32 of A-Z, 0-9 and _, beginning with a letter, such as RUDE."
        ),
    )
    label = Line(required=True, validate=validate.Length(1, LONGEST_LABEL))
    kind = fields.String(
        load_default=Reason.OTHER.value,
        validate=validate.OneOf([reason.value for reason in Reason]),
        metadata={"description": "The built-in reason that it counts as in reports."},
    )
    sentences = fields.Dict(
        keys=fields.String(validate=validate.OneOf(LANGUAGES)),
        values=Line(required=True, validate=validate.Length(1, LONGEST_SENTENCE)),
        load_default=dict,
        metadata={"description": "What the author reads, by language."},
    )


class ReasonList(fields.List[Any]):
    """A site's reasons, each code once."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            # `partial` of the settings does not make fields of a reason optional.
            fields.Nested(ReasonSettings(partial=False)),
            validate=validate.Length(max=MOST),
            **options,
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        loaded: list[Any] = super()._deserialize(value, attr, data, **{**kwargs, "partial": False})
        seen: set[str] = set()
        for place, each in enumerate(loaded):
            if each["code"] in seen:
                raise ValidationError({place: {"code": ["Is in the list already."]}})
            seen.add(each["code"])
        return loaded


@cache
def _built_in_sentences() -> Mapping[str, Mapping[str, str]]:
    path = Path(__file__).parent / "public_sentences.json"
    found: Mapping[str, Mapping[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def label_of(reason: Reason) -> str:
    """Return a built-in reason as moderators read it."""
    return _LABELS.get(reason, reason.value.replace("_", " ").capitalize())


def reasons_of(settings: Mapping[str, Any]) -> tuple[SiteReason, ...]:
    """Return the reasons of a site, in the order of its list; the built-in ones without a list."""
    own = settings.get("reasons") or ()
    if not own:
        return tuple(SiteReason(each.value, label_of(each), each) for each in _BUILT_IN)
    return tuple(
        SiteReason(
            each["code"], each["label"], kind_named(each.get("kind")), each.get("sentences", {})
        )
        for each in own
    )


def kind_named(code: str | None) -> Reason:
    """Return a built-in reason by its code; OTHER for any other code."""
    try:
        return Reason(code or "")
    except ValueError:
        return Reason.OTHER


def find(settings: Mapping[str, Any], code: str | None) -> SiteReason:
    """Return the reason of a stored code, even one that the site no longer lists."""
    for each in reasons_of(settings):
        if each.code == code:
            return each
    kind = kind_named(code)
    return SiteReason(code or kind.value, label_of(kind), kind)


def is_built_in(code: str | None) -> bool:
    """Return whether a code means the same on every site; none does as well."""
    return code is None or code in _CODES


def require_known(settings: Mapping[str, Any], code: str | None) -> None:
    """Raise Invalid for a code that is neither built in nor in the site's list."""
    if is_built_in(code):
        return
    if all(each.code != code for each in reasons_of(settings)):
        known = ", ".join(each.code for each in reasons_of(settings))
        raise Invalid(
            f"This site has no such reason. Choose one of: {known}.",
            errors=(FieldError("#/reason", "not a reason of this site"),),
        )


def public_sentence(site: Any, code: str | None, language: str) -> str:
    """Return the sentence about a reason that its author reads, in the best known language.

    `site` is a site or its settings, `code` a moderator's reason or the public code of a rule.
    The order is: the site's sentence in this language, the built-in one of the same kind, and
    for a reason of no kind the site's sentence in the language of its pages.
    """
    settings: Mapping[str, Any] = site if isinstance(site, Mapping) else site.settings
    language = known_language(language)
    built_in = _built_in_sentences()[language]
    if code is not None and code not in _CODES and code in built_in:
        return built_in[code]
    reason = find(settings, _OF_RULES.get(code or "", code))
    own = reason.sentences
    if language in own:
        return own[language]
    if own and reason.kind is Reason.OTHER:
        pages = known_language(settings.get("page_language", "en"))
        return own.get(pages) or next(iter(own.values()))
    return built_in[reason.kind.value]


def known_language(asked: str) -> str:
    """Return the language of the widget that fits a language tag; English for any other."""
    begins = asked[:2].lower()
    return next((each for each in LANGUAGES if each[:2] == begins), "en")
