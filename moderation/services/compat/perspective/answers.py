"""Answers to requests for scores: judged, and in the shape that Perspective's clients read.

Loads no store, so that `moderation classify` gives the same numbers offline.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from moderation.domain.judgement import Span
from moderation.filters import attributes, reading
from moderation.filters.attributes import LANGUAGES, SPAM, Scores
from moderation.filters.text.document import Text
from moderation.filters.text.language_id import Language

from .errors import invalid, language_not_supported
from .markup import Stripped, strip
from .requests import Analysis, unknown

#: Below this confidence a language that nothing here reads counts as not detected.
_SURE = 0.4
#: Advertisements are found in more languages than insults.
_ADVERTISED = LANGUAGES | {"zh", "id", "th", "vi"}


@dataclass(frozen=True, slots=True)
class Choices:
    """What a site chooses where its own taste and Google's rules differ."""

    #: Reported for texts whose language cannot be detected.
    language: str = "en"
    #: Refuse such texts instead.
    strict_language: bool = False
    #: Refuse a request for an attribute that nothing detects, instead of dropping the attribute.
    strict: bool = False


GENEROUS = Choices()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request whose text can be judged in the languages that it is in."""

    request: Analysis
    text: Text
    stripped: Stripped | None
    languages: list[str]
    detected: list[str]
    #: Attribute as the client calls it → our name of it, and the least score to report.
    asked: dict[str, tuple[str, float]]


def answer(request: Analysis, choices: Choices = GENEROUS) -> dict[str, Any]:
    """Return the answer to a request; raise Refused."""
    return answer_prepared(prepare(request, choices))


def prepare(request: Analysis, choices: Choices) -> Prepared:
    """Return a request with all that is known before its text is judged; raise Refused."""
    if request.missing and (choices.strict or not request.attributes):
        raise unknown(request.missing[0])
    stripped = strip(request.text) if request.is_html else None
    text = Text(request.text if stripped is None else stripped.text)
    if stripped is not None and not text.raw.strip():
        raise invalid("Comment must be non-empty.", "COMMENT_EMPTY")
    languages, detected = _languages(request, text, choices)
    asked = _supported(request, languages, detected)
    return Prepared(request, text, stripped, languages, detected, asked)


def read_ahead(batch: Iterable[Prepared]) -> None:
    """Read the texts of several requests together, before each is answered."""
    reading.read_ahead(prepared.text for prepared in batch if prepared.asked)


def answer_prepared(prepared: Prepared) -> dict[str, Any]:
    """Return the answer to a prepared request."""
    request, asked = prepared.request, prepared.asked
    names = dict.fromkeys(name for name, _ in asked.values())
    found = attributes.score(prepared.text, tuple(names), sentences=request.by_sentence)
    places = _Places(request.text, prepared.stripped)
    sentences = [places.span(span) for span in found.spans] if found.sentences else []
    reported = {
        attribute: _scores(found, name, sentences, places.length)
        for attribute, (name, least) in asked.items()
        if found.whole[name] >= least
    }
    # Two clients read the first key only.
    answered: dict[str, Any] = {"attributeScores": reported} if reported else {}
    answered["languages"] = prepared.languages
    answered["detectedLanguages"] = prepared.detected
    if request.token is not None:
        answered["clientToken"] = request.token
    return answered


def detected_language(text: Text) -> str | None:
    """Return the language of a text; None: it cannot be detected."""
    found = text.language
    if found.code in LANGUAGES or found.confidence >= _SURE:
        return found.code
    return None


def _languages(request: Analysis, text: Text, choices: Choices) -> tuple[list[str], list[str]]:
    """Return the languages of the answer; makes the text readable in the one that was sent.

    The reader knows the language of a text better than a client that sends the same one always.
    """
    detected = detected_language(text)
    sent = list(request.languages)
    if sent:
        if detected is None or detected not in LANGUAGES:
            _read_as(text, base_of(sent[0]))
        return sent, [detected or base_of(sent[0])]
    if detected is not None:
        return [detected], [detected]
    if choices.strict_language:
        raise invalid("Unable to detect language", "LANGUAGE_DETECTION_FAILED")
    _read_as(text, choices.language)
    return [choices.language], [choices.language]


def _read_as(text: Text, language: str) -> None:
    """Read a text in a language, unless it is detected as one that is read anyway."""
    if text.language.code not in LANGUAGES:
        text.language = Language(language, 1.0)


def base_of(language: str) -> str:
    """Return a language without its script and region."""
    return language.replace("_", "-").partition("-")[0].lower()


def _supported(
    request: Analysis, languages: list[str], detected: list[str]
) -> dict[str, tuple[str, float]]:
    """Return the attributes that can be scored in the languages of a text."""
    bases = {base_of(language) for language in languages}
    asked: dict[str, tuple[str, float]] = {}
    for attribute, (name, least) in request.attributes.items():
        if bases <= (_ADVERTISED if name == SPAM else LANGUAGES):
            asked[attribute] = name, least
        elif not request.drop_unsupported:
            raise language_not_supported(attribute, request.languages, detected)
    return asked


def _scores(found: Scores, name: str, sentences: list[Span], length: int) -> dict[str, Any]:
    """Return the scores of an attribute: one span over everything, or one for each sentence."""
    whole = found.whole[name]
    each = found.sentences.get(name)
    if each is None:
        sentences, each = [(0, length)], (whole,)
    spans = [
        {"begin": begin, "end": end, "score": {"value": value, "type": "PROBABILITY"}}
        for (begin, end), value in zip(sentences, each, strict=True)
    ]
    return {"spanScores": spans, "summaryScore": {"value": whole, "type": "PROBABILITY"}}


class _Places:
    """Places in a text as UTF-16 offsets into the text as sent."""

    def __init__(self, sent: str, stripped: Stripped | None) -> None:
        self._stripped = stripped
        self._wide = None
        self.length = len(sent)
        if not sent.isascii() and max(sent) > "\uffff":
            points = np.frombuffer(sent.encode("utf-32-le"), np.uint32)
            self._wide = np.concatenate(([0], (points > 0xFFFF).cumsum())).tolist()
            self.length += self._wide[-1]

    def span(self, span: Span) -> Span:
        """Return a span of the judged text in UTF-16 units of the text as sent."""
        begin, end = span if self._stripped is None else self._stripped.span(span)
        if self._wide is None:
            return begin, end
        return begin + self._wide[begin], end + self._wide[end]
