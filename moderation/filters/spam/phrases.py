"""Phrases of spam, offers of its typical trades, and whole texts that read as advertisements.

Finds places in a text; the filter turns them into a score.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from moderation.domain.judgement import Span

from ..text.data_files import read_lines
from ..text.document import Text
from ..text.string_matcher import Matcher
from .advertisements import ANCHORS

READ = 8192
#: The maximum distance of a phrase's ends from its anchor word, and the number of anchors up to
#: which searching around each one is cheaper than searching the whole text.
_REACH = 80
_FEW = 3
#: The maximum distance of an offer from the name of a trade, and the number of names checked.
_CLOSE = 60
_TRADES_READ = 20
_PHONE = r"\+?\d(?:[ ()-]{0,2}\d){8,14}"
_MAIL = r"(?<![\w.])[\w.]{1,40}@[\w-]{1,40}\.[a-z]{2,10}"
#: Naming a messenger is normal; spam gives an account on it.
_MESSENGER = (
    r"(?:my|our|me on|us on|him on|her on) (?:whats ?app|telegram)"
    r"|(?:whats ?app|telegram):? ?(?:me|us|him|her|[@+\d][\w+]{1,30})"
)
#: Sales language of any trade. News mention loans, pills and casinos, but not in these words.
_OFFER = re.compile(
    r"(?<![^\W_])(?:"
    r"(?<!is )(?<!was )(?<!are )(?<!up )for sale|half price|\d\d ?% (?:off|discount)|(?:only"
    r"|just) [$€£]\d[\d,.]{0,9}"
    r"|[$€£]\d[\d,.]{0,9} only|money[- ]back|cheap(?:est)?|best prices?|zero down"
    r"|free (?:quote|trial|registration)"
    r"|(?:fast|same[- ]day|overnight|discreet|express|worldwide|free) (?:delivery|shipping"
    r"|service)"
    r"|ships? (?:from|worldwide|fast)|we (?:sell|write|rank|offer|supply|produce|do your)"
    r"|no (?:prescription|script|paperwork|collateral|credit check|password|exam|test)"
    r"|without (?:prescription|exam|test)|100% (?:original|real|safe|legit|sure|genuine)"
    r"|order (?:now|yours|here|today)|buy (?:now|online|here)|apply (?:now|on|here|today)"
    r"|sign up (?:free|now)|join (?:now|us|our|free|today)|call (?:now|us|me)|get (?:yours"
    r"|started)"
    r"|(?:text|inbox|dm|pm|e?mail|message|write|contact) (?:me|us|him|her|now)"
    r"|deposit \d+|no (?:upfront|interview|experience|boss)|(?:good|great|special) price"
    r"|serious buyers"
    r"|(?:inbox|reply to|ask|message) (?:the|my|our|mrs?|dr)|in \d+ days|(?:first )?results in \d+"
    r"|available (?:day|now|24)|(?:up to|from) \d+ ?(?:million|k)\b|per hour|(?:an|a) (?:hour"
    r"|day) from"
    r"|while you sleep|start with (?:\d+|[$€£])|(?:invite|promo|bonus|referral) code|24[/x]7"
    rf"|{_PHONE}|{_MAIL}|{_MESSENGER})(?![^\W_])"
)
#: Ways to contact a seller without a link.
REACHED = re.compile(rf"{_PHONE}|{_MAIL}|{_MESSENGER}")
_PHONE_NUMBER = re.compile(rf"(?<![\w./-])(?:{_PHONE})(?![\w/-])")
#: Scripts without spaces between words.
_UNSPACED = re.compile("[\u0e00-\u0eff\u3400-\u9fff]")
#: Words with which people report spam and scams rather than send them.
_WARNING = re.compile(
    r"\b(?:beware|warn(?:s|ed|ing)?|phishing|police|arrested|convicted|sentenced"
    r"|trading standards"
    r"|(?:do not|don't|dont|never) (?:click|fall|trust|believe|pay|buy|reply|answer|call)"
    r"|fell for|(?:is|are|was) (?:a |all )?fake|not? (?:real|true)|betrug|betrüger|vorsicht"
    r"|achtung|abzocke|arnaques?|escroc\w*"
    r"|attention"
    r"|méfiez|estafas?|estafador\w*|cuidado|ojo con|golpes?|golpistas?|truff\w+|attenzione"
    r"|oplicht\w*|pas op|oszust\w*|uwaga|мошенни\w*|осторожно|обман|шахра\w*|обережно"
    r"|dolandırıc\w*|dikkat|penipu\w*|hati-hati|lừa đảo|cẩn thận)\b|骗|诈|小心|มิจฉาชีพ|ระวัง"
)
_SCAM = re.compile(
    r"\b(?:scam|scams|scammers?|fraud|fraudsters?|swindlers?|spam|spammers?|spamming)\b"
)
#: Advertisements for recovery of lost money use the same words.
_RECOVERED = re.compile(
    r"\b(?:recover(?:s|ed|y)?|retrieved?|got (?:back|my|all|it)|restored?|refund(?:ed)?|thanks to"
    r"|recommend|contact|reach|legit|genuine|whats ?app|telegram)\b"
    r"|вернул|возврат|zurück|récupér|recuper|recupera|odzysk"
)
_QUOTED = re.compile(r"[\"“„«][^\"“”„«»\n]{3,200}[\"”“»]|(?<!\w)'[^'\n]{3,200}'(?!\w)")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A place in the text that spam is known by."""

    span: Span
    #: Whether honest people use it as well, as in "sign up now for the run".
    weak: bool = False
    #: Whether it is an offer of a trade, which is most of an advertisement by itself.
    offer: bool = False


def reading(text: Text) -> tuple[str, Callable[[int, int], Span]]:
    """Return the view of a text that phrases are looked for in, and its spans as typed."""
    return text.lower[:READ], text.span


@cache
def _phrases() -> tuple[Matcher, tuple[tuple[re.Pattern[str], bool], ...], int]:
    """Return the spam phrases, indexed by an anchor word that each must contain.

    The matcher covers these words, then the names of trades and, from the given index on, the
    anchors of advertisements, so that a text is read once.
    """
    anchors: dict[tuple[str, bool], list[str]] = {}
    for line in (*read_lines("phrases.en.txt"), *read_lines("phrases.txt")):
        words, phrase, *strength = line.split("\t")
        whole = phrase if _UNSPACED.search(phrase) else rf"(?<![^\W_])(?:{phrase})(?![^\W_])"
        for word in words.split("|"):
            anchors.setdefault((word, bool(strength)), []).append(whole)
    patterns = tuple((re.compile("|".join(listed)), weak) for (_, weak), listed in anchors.items())
    trades = read_lines("trades.en.txt")
    matcher = Matcher([*(word for word, _ in anchors), *trades, *ANCHORS])
    return matcher, patterns, len(patterns) + len(trades)


def _offers(lower: str, trades: list[Span]) -> list[Phrase]:
    """Return offers close to the name of a typical spam trade."""
    found = []
    for begin, end in trades[:_TRADES_READ]:
        end += lower.startswith("s", end)
        if lower[max(0, begin - 1) : begin].isalnum() or lower[end : end + 1].isalnum():
            continue
        offer = _OFFER.search(lower, max(0, begin - _CLOSE), end + _CLOSE)
        if offer:
            found.append(Phrase((min(begin, offer.start()), max(end, offer.end())), offer=True))
    return found


def phrases(text: Text) -> list[Phrase]:
    """Return the spam phrases of a text, places in its `reading`; only the beginning is read."""
    return scanned(text)[0]


def scanned(text: Text) -> tuple[list[Phrase], set[int]]:
    """Return the spam phrases of a text and the anchors of advertisements that it has."""
    lower, _ = reading(text)
    matcher, patterns, trades_end = _phrases()
    places: dict[int, list[int]] = {}
    trades: list[Span] = []
    met = matcher.find_all(lower)
    anchors = {index - trades_end for index, _, _ in met if index >= trades_end}
    for index, begin, end in met:
        if index < len(patterns):
            places.setdefault(index, []).append(begin)
        elif index < trades_end:
            trades.append((begin, end))
    found = _offers(lower, trades)
    for index, begins in places.items():
        pattern, weak = patterns[index]
        if len(begins) > _FEW:
            found += (Phrase(match.span(), weak) for match in pattern.finditer(lower))
            continue
        for begin in begins:
            first = max(0, begin - _REACH)
            for match in pattern.finditer(lower, first, begin + _REACH):
                # A match that ends with the window may be cut off.
                if match.end() < begin + _REACH:
                    found.append(Phrase(match.span(), weak))
    kept: list[Phrase] = []
    for phrase in sorted(found, key=lambda p: (p.span[0], -p.span[1], p.weak)):
        if not kept or phrase.span[0] >= kept[-1].span[1]:
            kept.append(phrase)
    return kept, anchors


def told_of(lower: str, found: list[Span]) -> bool:
    """Return whether the text warns of spam or quotes it instead of being spam."""
    if REACHED.search(lower) is None and (
        _WARNING.search(lower) or (_SCAM.search(lower) and not _RECOVERED.search(lower))
    ):
        return True
    if not any(sign in lower for sign in "\"“„«'"):
        return False
    quoted = [match.span() for match in _QUOTED.finditer(lower)]
    outside = len(lower) - sum(end - begin for begin, end in quoted)
    return outside > 12 and all(
        any(begin <= place[0] and place[1] <= end for begin, end in quoted) for place in found
    )


def has_phone_number(lower: str) -> bool:
    """Return whether a text has a telephone number."""
    return _PHONE_NUMBER.search(lower) is not None
