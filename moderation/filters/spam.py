"""Spam: what sellers and programs write, and how their comments arrive."""

import re
from collections import Counter
from functools import cache

from moderation.domain.judgement import Draft, Facts, Findings, Rules, Signal, Span
from moderation.domain.reasons import Code

from . import spam_model
from .matcher import Matcher
from .shipped import lines
from .text import Text

MAX_SPANS = 20
#: Below this probability the model's opinion is not worth a line in the console.
WORTH_SAYING = 0.5
_READ = 8192
#: How far from one of its words a phrase can begin and end, and up to how many words of the kind
#: it is cheaper to look around each.
_REACH = 80
_FEW = 3
_RUN = 30
#: How close to the name of a trade an offer has to stand, and how many names are looked at.
_CLOSE = 60
_TRADES_READ = 20
_PHONE = r"\+?\d(?:[ ()-]{0,2}\d){8,14}"
_MAIL = r"(?<![\w.])[\w.]{1,40}@[\w-]{1,40}\.[a-z]{2,10}"
#: People talk about a messenger; who sells says where on it he is.
_MESSENGER = (
    r"(?:my|our|me on|us on|him on|her on) (?:whats ?app|telegram)"
    r"|(?:whats ?app|telegram):? ?(?:me|us|him|her|[@+\d][\w+]{1,30})"
)
#: What sells, whatever is sold. News speak of loans, pills and casinos; they do not say these.
_OFFER = re.compile(
    r"(?<![^\W_])(?:"
    r"for sale|half price|\d\d ?% (?:off|discount)|(?:only|just) [$€£]\d[\d,.]{0,9}"
    r"|[$€£]\d[\d,.]{0,9} only|money[- ]back|cheap(?:est)?|best prices?|zero down"
    r"|free (?:quote|trial|registration)"
    r"|(?:fast|same[- ]day|overnight|discreet|express|worldwide|free) (?:delivery|shipping|service)"
    r"|ships? (?:from|worldwide|fast)|we (?:sell|write|rank|offer|supply|produce|do your)"
    r"|no (?:prescription|script|paperwork|collateral|credit check|password|exam|test)"
    r"|without (?:prescription|exam|test)|100% (?:original|real|safe|legit|sure|genuine)"
    r"|order (?:now|yours|here|today)|buy (?:now|online|here)|apply (?:now|on|here|today)"
    r"|sign up (?:free|now)|join (?:now|us|our|free|today)|call (?:now|us|me)|get (?:yours|started)"
    r"|(?:text|inbox|dm|pm|e?mail|message|write|contact) (?:me|us|him|her|now)"
    r"|(?:invite|promo|bonus|referral) code|24[/x]7"
    rf"|{_PHONE}|{_MAIL}|{_MESSENGER})(?![^\W_])"
)
#: How a seller is reached where there is no link.
_REACHED = re.compile(rf"{_PHONE}|{_MAIL}|{_MESSENGER}")


@cache
def _phrases() -> tuple[Matcher, tuple[re.Pattern[str], ...]]:
    """Return the phrases by a word that each cannot do without.

    The matcher is over these words and, after them, the names of trades: a text is read once.
    """
    anchors: dict[str, list[str]] = {}
    for line in lines("phrases.en.txt"):
        words, _, phrase = line.partition("\t")
        for word in words.split("|"):
            anchors.setdefault(word, []).append(phrase)
    patterns = tuple(
        re.compile(rf"(?<![^\W_])(?:{'|'.join(said)})(?![^\W_])") for said in anchors.values()
    )
    listed = [*anchors, *lines("trades.en.txt")]
    return Matcher(listed), patterns


def _offers(lower: str, named: list[Span]) -> list[Span]:
    """Return where a trade that spam lives on is named and, close by, offered."""
    found = []
    for begin, end in named[:_TRADES_READ]:
        end += lower.startswith("s", end)
        if lower[max(0, begin - 1) : begin].isalnum() or lower[end : end + 1].isalnum():
            continue
        offer = _OFFER.search(lower, max(0, begin - _CLOSE), end + _CLOSE)
        if offer:
            found.append((min(begin, offer.start()), max(end, offer.end())))
    return found


def phrases(text: Text) -> list[Span]:
    """Return where in `clean` the text says what spam says; only its beginning is read."""
    lower = text.lower[:_READ]
    matcher, patterns = _phrases()
    places: dict[int, list[int]] = {}
    named: list[Span] = []
    for index, begin, end in matcher.find_all(lower):
        if index < len(patterns):
            places.setdefault(index, []).append(begin)
        else:
            named.append((begin, end))
    found = _offers(lower, named)
    for index, begins in places.items():
        if len(begins) > _FEW:
            found += (match.span() for match in patterns[index].finditer(lower))
            continue
        for begin in begins:
            low = max(0, begin - _REACH)
            for match in patterns[index].finditer(lower, low, begin + _REACH):
                # What ends with the stretch may have been cut off there.
                if match.end() < begin + _REACH:
                    found.append(match.span())
    kept: list[Span] = []
    for span in sorted(found, key=lambda s: (s[0], -s[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


class SpamFilter:
    """Phrases and the model on the text; honeypot, haste and the links' history from facts."""

    name = "spam"
    version = f"3+prior-{spam_model.VERSION}"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        said = phrases(text)
        seen = spam_model.features(text, len(said))
        score = spam_model.prior().score(seen)
        signals = _arrival(facts, rules)
        if said:
            shown = ", ".join(dict.fromkeys(f"“{text.lower[b:e]}”" for b, e in said[:3]))
            spans = tuple(text.span(*span) for span in said[:MAX_SPANS])
            reached = text.links or _REACHED.search(text.lower[:_READ])
            weight = min(0.95, 0.45 + 0.15 * len(said) + (0.2 if reached else 0.0))
            weight = max(weight, score)
            signals.append(Signal(Code.SPAM_PHRASE, weight, f"Says {shown}.", spans))
        elif score >= WORTH_SAYING:
            signals.append(
                Signal(
                    Code.SPAM_TEXT,
                    score,
                    f"Resembles spam in its words, links and form ({score:.0%}).",
                    tuple(link.span for link in text.links[:MAX_SPANS]),
                )
            )
        signals += _form(text, draft, seen)
        signals += _history(text, facts)
        scored = (s.score for s in signals if s.code not in {Code.HONEYPOT, Code.TOO_FAST})
        return Findings(tuple(signals), {"spam": max([score, *scored])})


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


def _form(text: Text, draft: Draft, seen: spam_model.Features) -> list[Signal]:
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
    run = _long_run(text.clean)
    if run:
        signals.append(Signal(Code.REPETITION, 0.75, f"One character {run} times in a row."))
    if seen.words >= 12 and 2 * seen.unique <= seen.words + 2:
        words = text.lower[:_READ].split()
        word, most = Counter(words).most_common(1)[0]
        if most > 0.5 * len(words):
            explanation = f"“{word[:40]}” is {most} of {len(words)} words."
            signals.append(Signal(Code.REPETITION, 0.75, explanation))
    return signals


def _long_run(clean: str) -> int:
    """Return the length of a run of one character that is much of the text; 0 if there is none.

    Such a run covers one of a few places, so that only there it has to be looked for.
    """
    step = max(_RUN, int(0.3 * len(clean)) + 1)
    longest = 0
    for place in range(step - 1, len(clean), step):
        character = clean[place]
        if character != clean[place - 1] and character != clean[place + 1 : place + 2]:
            continue
        before = clean[place - step + 1 : place]
        after = clean[place + 1 :]
        longest = max(
            longest,
            len(before)
            - len(before.rstrip(character))
            + 1
            + len(after)
            - len(after.lstrip(character)),
        )
    return longest if longest >= step else 0


def _history(text: Text, facts: Facts) -> list[Signal]:
    signals = []
    for host in dict.fromkeys(link.host for link in text.links):
        bad, good = facts.link_history.get(host, (0, 0))
        if bad >= 2 and bad > 2 * good:
            spans = tuple(link.span for link in text.links if link.host == host)[:MAX_SPANS]
            signals.append(
                Signal(
                    Code.SPAM_TEXT,
                    min(0.95, 0.6 + 0.1 * bad),
                    f"{bad} of {bad + good} comments with links to {host} were spam.",
                    spans,
                )
            )
    return signals
