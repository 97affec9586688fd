"""The cost of a judgement grows no faster than the text, for any text."""

import random

import pytest

from moderation import filters
from moderation.domain.judgement import Draft, Rules, WordLists
from moderation.filters.links import covered
from moderation.filters.text.document import Text
from moderation.filters.text.near_duplicates import near_key
from tests.growth import BOUND, growth, repeated


def numbered(unit, before="", after=""):
    """Return texts in which no two units have the same neighbours."""
    return lambda size: (
        before + " ".join(f"{n} {unit}" for n in range(size // (len(unit) + 6))) + after
    )


def judged(text):
    return filters.run(Draft(text))


NASTY = {
    "rows of names of groups": repeated("jew ", "", " you kill idiot die hate they are not"),
    "rows of names of groups behind a threat": repeated("jews ", "they are vermin, kill die out "),
    "threats": repeated("I will kill you. "),
    "short sentences": repeated("a. "),
    "abbreviations": repeated("e.g. "),
    "clauses": repeated("and then, "),
    "emoji": repeated("🐒 "),
    "attributes of a link": lambda size: ("<a " + "href=" * 390 + " ") * (size // 1950),
    "open links": repeated("<a href=x>"),
    "turned words within others": repeated("ɐɐɐa "),
    "words with accents": numbered("whöre"),
    "words in other letters": numbered("fuсk"),
    "accounts beside numbers": repeated("DE89370400440532013000 0123456789012 "),
    "overridden lines": repeated("\u202e\n"),
    "overridden words": repeated("\u202ea\u202c"),
    "signs": repeated("*"),
    "digits": repeated("9"),
    "letters": repeated("s"),
    "letters and a sign": repeated("a", "", "*"),
    "blanks behind a word": repeated(" ", "fuck"),
    "addresses without a blank": repeated("http://a.com,"),
    "schemes": repeated("http://"),
    "labels": repeated("a."),
    "a host that goes on": repeated(",.", "https://a.com"),
    "markdown links": repeated("[a](b.com)"),
    "open brackets": repeated("[url="),
    "entities": repeated("&amp;"),
    "open entities": repeated("&#x"),
    "open tags": repeated("<b "),
    "open comments": repeated("<!--"),
    "quotations": repeated('"ass" '),
    "open quotation": repeated("ass ", '"'),
    "quoted lines": repeated("> ass\n"),
    "listed words": numbered("fuck"),
    "masked words": numbered("f*ck"),
    "spelled words": repeated("f u c k "),
    "words in company": numbered("you dick"),
    "mail addresses": repeated("a@b.com "),
    "parts of mail addresses": repeated("a."),
    "streets": repeated("12 High Street "),
    "phrases": repeated("buy now viagra "),
    "dots in words": repeated("a dot com "),
    "combining marks": repeated("\u0301", "a"),
    "Cyrillic": repeated("фак you "),
}


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_no_text_costs_more_than_its_length(text):
    assert growth(judged, text) < BOUND


PARTS = (
    *" \n.,:;!?*#_-/\\|'\"()[]{}<>@&$%+=~^09aexs",
    *("http://", "www.", "a.com", "](", "<a ", "href=", "[url=", "&#", "\u202e", "é", "ɐ", "ѕ"),
    *("jew ", "you ", "they ", "are ", "kill ", "idiot ", "not ", "fuck", "ass ", "s.h", "“", "«"),
    *("DE89370400440532013000", "0123456789", " at ", " dot ", "漢", "👍", "sex", "my ", "viagra "),
)


@pytest.mark.parametrize("seed", range(2))
def test_no_generated_text_costs_more_than_its_length(seed):
    chance = random.Random(seed)  # noqa: S311 -- texts, not keys
    slow = {}
    for _ in range(12):
        unit, before, after = (
            "".join(chance.choices(PARTS, k=chance.randint(least, most)))
            for least, most in ((1, 5), (0, 3), (0, 4))
        )
        for work in (judged, near_key):
            grown = growth(work, repeated(unit, before, after))
            if grown >= BOUND:
                slow[work.__name__, before, unit, after] = grown

    assert not slow


@pytest.mark.parametrize(
    ("lists", "text"),
    [
        ({"block": ("v*i*a*g*r*a",)}, repeated("viagr")),
        ({"block": ("f*u*c*k",)}, repeated("fuc")),
        ({"block": ("f*u*c*k",)}, repeated("f_u_c_")),
        ({"block": ("a*a*a*a*a*a*a*a*b",)}, repeated("a")),
        ({"block": ("*a*a*a*a*a*a*a*",)}, repeated("a")),
        ({"block": ("s*m",)}, repeated("sam ")),
        ({"block": ("a*b c*d",)}, repeated("ab cd ")),
        ({"block": ("a",), "allow": ("b",)}, repeated("a b ")),
        ({"suspect": ("a",), "allow": ("a b",)}, repeated("a b ")),
        ({"block": ("x",), "allow": ("fuck",)}, repeated("fuck ")),
        ({"block": ("x",)}, repeated("9")),
        ({"block": ("x",)}, repeated("a.")),
        ({"block": ("a", "aa", "aaa*", "*aaaa")}, repeated("a")),
    ],
)
def test_no_list_of_a_site_makes_a_text_cost_more_than_its_length(lists, text):
    rules = Rules(words=WordLists(**lists))

    assert growth(lambda given: filters.run(Draft(given), rules=rules), text) < BOUND


def test_a_host_costs_no_more_than_its_length():
    domains = frozenset(["b.com"])

    assert growth(lambda host: covered(host, domains), repeated("a.", "", "c.com")) < BOUND
    assert covered("a." * 1000 + "b.com", domains)
    assert not covered("a" * 300 + "b.com", domains)


def test_words_with_accents_are_counted_once():
    assert Text("Zoë is naïve à la carte").marked_letters == 3
