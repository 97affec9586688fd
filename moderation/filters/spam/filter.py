"""Spam: typical phrases, the classifier, what the reader finds, and signs of automated submission.

Phrases, stories and the classifier know English best. The reader (`filters/reading.py`) knows what
an advertisement says in all languages that are judged, also a calm one without a link.
"""

import re
from dataclasses import replace
from functools import cache

from moderation.domain.judgement import (
    AUTHOR_NAME,
    Draft,
    Facts,
    Findings,
    Rules,
    Signal,
)
from moderation.domain.reasons import Code

from .. import reading as sentences
from ..text import heads
from ..text.data_files import read_words
from ..text.document import Text
from ..text.hosts import covered, foreign, shorteners
from ..text.urls import Link
from . import classifier
from .advertisements import advertised
from .author_names import advertised_in_name
from .phrases import REACHED, Phrase, reading, scanned, told_of
from .repetition import WALL, long_run, repeated_word

MAX_SPANS = 20
#: Below this probability the classifier's result is not shown in the console.
WORTH_SAYING = 0.5
#: The highest score of one link that nothing else speaks against: a source in a debate.
ONE_LINK = 0.69
#: The score of an advertisement in prose.
ADVERTISED = 0.72
#: The scores of repetition alone, and of repetition with a link or a second time.
JOY = 0.4
REPEATED = 0.75
_SPAM = heads.OUTPUTS.index("spam")
#: Phone numbers and e-mail addresses, in advertisements and in the exposure of people alike.
_CONTACT = re.compile(
    r"\+?\d(?:[ ()./-]{0,3}\d){6,14}|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"
)
#: Sellers meet their customers there.
_MESSENGER = re.compile(r"telegram|what'?s ?app|viber|wechat|wickr")
#: By how much they can raise the logit that a text has without them: its words have to offer
#: something as well.
_CONTACTS = 4.3
_ORDERING = re.compile(
    r"\b(?:visit|click|buy|order|subscribe|download|earn|win|claim|verify|confirm|unlock"
    r"|sign up free"
    r"|(?:check|see|watch|read|follow|visit|like) (?:out )?(?:our|me|us)|my (?:new )?(?:channel"
    r"|page|site|website|shop|song|cover))\b"
)
_INVITING = re.compile(
    r"\b(?:join|add|contact|write|text|message|dm|subscribe|free|truth|profits?|signals?|chat"
    r"|call|daily"
    r"|bonus|girls?|photos?|pics|subscribers?|channel|group|vip|invest\w*|earn\w*)\b|>>|👉|👇"
)
#: Endings of public bodies and schools; a link to them is a source, not a shop.
_PUBLIC = frozenset(("gov", "edu", "mil", "int", "ac", "nhs", "gob", "gouv", "gov"))


class SpamFilter:
    """Flags phrases, spam-like text, honeypot, haste and the history of link hosts."""

    name = "spam"

    @property
    def version(self) -> str:
        return f"6+prior-{classifier.VERSION}+{sentences.version()}"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        lower, _ = reading(text)
        links = foreign(text.links, rules) if text.links else []
        others = without(text, links)
        matches, anchors = scanned(text)
        measured = classifier.features(others, len(matches))
        score = classifier.prior().score(measured)
        if not matches and _is_source(lower, links):
            score = _eased(score)
        wording, told = _wording(text, matches, anchors, links, score)
        read = None if told else _read(text, others)
        if told:
            score = min(score, ONE_LINK)
        signals = _arrival(facts, rules)
        if wording is not None:
            # It says more precisely what is wrong; how surely it is, the reader may know better.
            signals.append(replace(wording, score=max(wording.score, read.score if read else 0.0)))
        elif read is not None:
            signals.append(read)
        elif score >= WORTH_SAYING:
            signals.append(
                Signal(
                    Code.SPAM_TEXT,
                    score,
                    f"Resembles spam in its words, links and form ({score:.0%}).",
                    tuple(link.span for link in links[:MAX_SPANS]),
                )
            )
        signals += _form(text, draft, facts, links, measured)
        signals += _invitation(lower, links)
        signals += _history(links, facts)
        signals += _author_name(draft, rules)
        scored = (s.score for s in signals if s.code not in {Code.HONEYPOT, Code.TOO_FAST})
        return Findings(tuple(signals), {"spam": max([score, *scored])})


def _read(text: Text, others: Text) -> Signal | None:
    """Return the signal of the reader, which has not seen links to the site itself."""
    found = sentences.read(others)
    logit = _logit(found)
    if logit > 0 and _CONTACT.search(others.raw) and not _MESSENGER.search(others.lower):
        logit = min(logit, _logit(sentences.read(Text(_CONTACT.sub("", others.raw)))) + _CONTACTS)
    score = sentences.probability(logit)
    if score < WORTH_SAYING:
        return None
    span = found.loudest(_SPAM) if others is text else None
    explanation = f"{sentences.quoted(text.raw, span)} reads as an advertisement."
    return Signal(Code.SPAM_TEXT, score, explanation, (span,) if span else ())


def _logit(found: sentences.Reading) -> float:
    """Return the logit of an advertisement, in the whole text or in any sentence."""
    return max([float(found.whole[_SPAM]), *map(float, found.sentences[:, _SPAM])])


def _wording(
    text: Text, matches: list[Phrase], anchors: set[int], links: list[Link], score: float
) -> tuple[Signal | None, bool]:
    """Return the signal of phrases or of an advertisement, and whether a warning excuses it."""
    lower, typed = reading(text)
    weight = _weight(lower, matches, links) if matches else 0.0
    if any(not phrase.weak for phrase in matches):
        weight = max(weight, score)
    places = advertised(lower, anchors) if weight < ADVERTISED else []
    if (matches or places) and told_of(lower, [*(phrase.span for phrase in matches), *places]):
        return None, True
    if not matches and not places:
        return None, False
    if places:
        weight = max(ADVERTISED, score)
        begun = "Reads as an advertisement: {}."
    else:
        places = [phrase.span for phrase in matches]
        begun = "Contains {}, as spam does."
    quoted = ", ".join(dict.fromkeys(f"“{lower[b:e]}”" for b, e in places[:3]))
    spans = tuple(typed(*place) for place in places[:MAX_SPANS])
    return Signal(Code.SPAM_PHRASE, weight, begun.format(quoted), spans), False


def without(text: Text, links: list[Link]) -> Text:
    """Return the text without its links to the site itself and to allowed domains."""
    if len(links) == len(text.links):
        return text
    kept = {link.span for link in links}
    pieces, position = [], 0
    for link in text.links:
        begin, end = link.span
        if link.span not in kept and begin >= position:
            pieces.append(text.raw[position:begin])
            position = end
    return Text("".join([*pieces, text.raw[position:]]))


def _is_source(lower: str, links: list[Link]) -> bool:
    """Return whether the only link may be the source of a comment's claim."""
    return (
        len({link.domain for link in links}) == 1
        and not any(map(_leads_to_sellers, links))
        and _ORDERING.search(lower) is None
    )


def _invitation(lower: str, links: list[Link]) -> list[Signal]:
    invited = [link for link in links if covered(link.host, _seller_hosts())]
    if not invited:
        return []
    hosts = ", ".join(dict.fromkeys(link.host for link in invited[:5]))
    score = 0.75 if len(invited) > 1 or _INVITING.search(lower) else 0.6
    spans = tuple(link.span for link in invited[:MAX_SPANS])
    return [Signal(Code.SPAM_TEXT, score, f"Invites to a conversation on {hosts}.", spans)]


def _eased(score: float) -> float:
    """Return a score below the one that holds, in the same order as before."""
    if score < WORTH_SAYING:
        return score
    return WORTH_SAYING + (ONE_LINK - WORTH_SAYING) * (score - WORTH_SAYING) / (1 - WORTH_SAYING)


@cache
def _seller_hosts() -> frozenset[str]:
    return read_words("spam_hosts.txt")


def _leads_to_sellers(link: Link) -> bool:
    return covered(link.host, shorteners()) or covered(link.host, _seller_hosts())


def _weight(lower: str, matches: list[Phrase], links: list[Link]) -> float:
    """Return the weight of the phrases of a text; one that is not weak holds by itself."""
    strong = sum(not phrase.weak for phrase in matches)
    weak = len(matches) - strong
    shops = [link for link in links if not _is_public(link)]
    reached = bool(shops) or REACHED.search(lower) is not None
    if strong:
        return min(0.95, 0.6 + 0.12 * strong + 0.05 * weak + 0.15 * reached)
    return min(0.9, 0.4 + 0.16 * weak + 0.12 * reached)


def _is_public(link: Link) -> bool:
    labels = link.host.split(".")
    return not _PUBLIC.isdisjoint(labels[-2:]) or link.domain == "wikipedia.org"


def _arrival(facts: Facts, rules: Rules) -> list[Signal]:
    if facts.honeypot_filled:
        return [Signal(Code.HONEYPOT, 1.0, "A field that people cannot see was filled in.")]
    if facts.form_seconds is not None and facts.form_seconds < rules.min_form_seconds:
        return [
            Signal(
                Code.TOO_FAST,
                0.75,
                f"Sent {facts.form_seconds:.1f} seconds after the form was shown.",
            )
        ]
    return []


def _form(
    text: Text, draft: Draft, facts: Facts, links: list[Link], measured: classifier.Features
) -> list[Signal]:
    signals = []
    shouting = text.capitals
    if shouting > 0.7 and len(text.clean) >= 24:
        signals.append(
            Signal(
                Code.SHOUTING,
                0.4,
                f"{shouting:.0%} of the letters are capitals.",
                ((0, len(draft.text)),),
            )
        )
    # An author who repeats a repetition wants attention rather than shows joy.
    again = facts.author_10m > 0 and facts.same_text_24h + facts.near_text_24h > 0
    suspect = bool(links) or again
    run = long_run(text.clean)
    if run:
        score = REPEATED if suspect or run >= WALL else JOY
        signals.append(Signal(Code.REPETITION, score, f"One character {run} times in a row."))
    if measured.words >= 12 and 2 * measured.unique <= measured.words + 2:
        found = repeated_word(reading(text)[0])
        if found:
            word, count, words = found
            score = REPEATED if suspect or count >= WALL // 5 else JOY
            explanation = f"“{word[:40]}” is {count} of {words} words."
            signals.append(Signal(Code.REPETITION, score, explanation))
    return signals


def _author_name(draft: Draft, rules: Rules) -> list[Signal]:
    if len(draft.author_name) < 5:
        return []
    span = advertised_in_name(Text(draft.author_name), rules)
    if span is None:
        return []
    shown = draft.author_name[slice(*span)][:60]
    return [Signal(Code.SPAM_PHRASE, 0.8, f"The name advertises: “{shown}”.", (span,), AUTHOR_NAME)]


def _history(links: list[Link], facts: Facts) -> list[Signal]:
    signals = []
    for host in dict.fromkeys(link.host for link in links):
        bad, good = facts.link_history.get(host, (0, 0))
        if bad >= 2 and bad > 2 * good:
            spans = tuple(link.span for link in links if link.host == host)[:MAX_SPANS]
            signals.append(
                Signal(
                    Code.SPAM_TEXT,
                    min(0.95, 0.6 + 0.1 * bad),
                    f"{bad} of {bad + good} comments with links to {host} were spam.",
                    spans,
                )
            )
    return signals
