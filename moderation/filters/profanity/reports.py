"""Recognises reports of abuse and requests not to use a word: they name it and do not use it."""

import re

_BEGIN = r"(?<![^\W_])"
_SPEAKERS = (
    "they|he|she|who|someone|somebody|kids|people|boys|girls|classmates|bullies|teacher|coach|boss"
    "|manager|strangers?|man|woman|men|guys?|neighbou?rs?|fans?|players?|users?|readers?|commenters?"
    "|politician|minister|officer|driver|customer|mother|father|uncle|aunt|crowd|banner|sign|note"
    "|graffiti|sticker|it|that|which"
)
_PEOPLE = (
    r"me|him|her|them|us|you|each other|people|anyone|anybody|someone|somebody|kids"
    r"|(?:my|our|his|her|their|your|the|a|an|another|that)\s+(?:\w+\s+){0,2}?\w+"
)
_CALLED = "called|calls|calling|labell?ed|branded|dubbed|nicknamed"
_SHOUTED = (
    "shouted|yelled|screamed|chanted|said|wrote|read|hissed|muttered|saying|shouting|chanting|yelling"
    "|spat|sprayed|screaming"
)
#: From the verb to the word: an article, a quotation mark, adjectives.
_UP_TO_WORD = r"[\s,:]*(?:(?:an?|the)\s+)?[\"'‘“„«]*(?:\w+\s+){0,2}$"
_CALLED_SOMEBODY = re.compile(
    rf"{_BEGIN}(?:{_SPEAKERS}|was|were|been|being|got|get|gets|getting|is|are)\s+"
    r"(?:(?:even|then|once|always|often|just|also|publicly|repeatedly|never|had|has|have|keeps?|kept"
    rf"|being|been)\s+){{0,2}}(?:{_CALLED})(?:\s+(?:{_PEOPLE}))?{_UP_TO_WORD}"
)
_ASKED_NOT_TO = re.compile(
    rf"{_BEGIN}(?:don['’]?t|do not|never|stop|quit|shouldn['’]?t|should not|mustn['’]?t|avoid"
    r"|nobody should|no one should|cannot|can['’]?t|without|against|not okay to|not ok to|wrong to"
    r"|offensive to)\s+"
    r"(?:(?:please|ever|even|just|be)\s+)?"
    r"(?:say|saying|use|using|write|writing|shout|shouting|call|calling|called)"
    rf"(?:\s+(?:{_PEOPLE}))?{_UP_TO_WORD}"
)
_SHOUTED_IT = re.compile(
    rf"{_BEGIN}(?:{_SPEAKERS})\s+(?:(?:just|even)\s+)?(?:{_SHOUTED})[\s,:]*[\"'‘“„«](?:\w+\s+){{0,2}}$"
)
_FORMS = (
    (frozenset({*_CALLED.split("|"), "labelled", "labeled"}), _CALLED_SOMEBODY),
    (
        frozenset(["say", "saying", "use", "using", "write", "writing", "shout", "shouting"]),
        _ASKED_NOT_TO,
    ),
    (frozenset(["call", "calling", "called"]), _ASKED_NOT_TO),
    (frozenset(_SHOUTED.split("|")), _SHOUTED_IT),
)
_USED = re.compile(
    rf"{_BEGIN}(?:i|i['’]d|i['’]ll|we|we['’]d|let['’]?s|should|ought to|must|can|could|would|will"
    r"|gonna)\s+"
    r"(?:be\s+|rightly\s+|have\s+)?(?:call|say|said|use|wrote|shout)"
    rf"|{_BEGIN}(?:i|we|won['’]?t|will)\s+(?:will\s+)?(?:not\s+|never\s+)?stop"
)
#: The quoted word is what the sentence is about: "“…” appears twice in the novel".
_IS_SUBJECT = re.compile(
    r"[\"'’”“»]\s+(?:appears|occurs|comes from|means|has|remains|(?:is|was|isn['’]?t|wasn['’]?t)\s+"
    r"(?:a|an|the|not|never|offensive|used|written|shouted|sprayed|derived|still|once|always|also)"
    r"(?![^\W_]))"
)
_OPENING = frozenset("\"'‘“„«”»")
_YOU_AFTER = re.compile(r"\s+(?:you\w{0,5}|u|ya)(?![^\W_])")
_WORD = re.compile("[a-z]+")
_REACH = 100
_SPEECH = re.compile(
    rf"{_BEGIN}(?:(?:{_CALLED}) (?:me|him|her|them|us|my \w+|our \w+)(?: an?)?|was called(?: an?)?"
    rf"|were called|says|texted|told \w+|{_SHOUTED})\W{{1,3}}$"
)


def is_reported(lower: str, begin: int, end: int) -> bool:
    """Return whether a slur is named in a report of abuse, or in a request not to use it.

    "They called my son a …", "don't say …", "a man shouted “…” at us"; not "I called him a …".
    """
    before = lower[max(0, begin - _REACH) : begin]
    if before[-1:] in _OPENING and _IS_SUBJECT.match(lower, end) is not None:
        return not before[:-1].rstrip() or before[:-1].rstrip()[-1] in ".!?\n"
    words = set(_WORD.findall(before))
    if not any(
        not verbs.isdisjoint(words) and form.search(before) is not None for verbs, form in _FORMS
    ):
        return False
    return _USED.search(before) is None and _YOU_AFTER.match(lower, end) is None


def is_speech(lower: str, begin: int) -> bool:
    """Return whether the quotation that begins here reports another speaker."""
    return _SPEECH.search(lower, max(0, begin - 40), begin) is not None
