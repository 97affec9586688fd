"""Every listed strong word is found in every disguise."""

import pytest

from moderation.filters.profanity.filter import find
from moderation.filters.profanity.word_list import read_entries
from moderation.filters.text.document import Text
from tests.filters.disguises import CARRIERS, DISGUISES, disguised

STRONG = sorted(
    {
        entry.word
        for entry, _ in read_entries()
        if entry.severity != "mild" and entry.word.isalpha() and len(entry.word) >= 4
    }
)
IN_COMPANY = {entry.word for entry, _ in read_entries() if entry.company}
#: Backwards these are other words or names.
PLAIN_BACKWARDS = {"milf", "spic", "wank", "slag", "tard", "poon", "mong", "homo", "spik"}
#: Without its vowels, a run of letters that only the whole word gives away.
NOT_GLUED = {"pssy", "btch", "nggr", "fggt"}
OPEN = {"plain", "mixed case"}


@pytest.mark.parametrize("kind", DISGUISES)
def test_every_strong_word_is_found_in_this_disguise(kind):
    missed = []
    for index, word in enumerate(STRONG):
        if kind in OPEN and word in IN_COMPANY:
            continue
        if kind == "reversed" and word in PLAIN_BACKWARDS:
            continue
        if kind == "glued word" and word in IN_COMPANY | NOT_GLUED:
            continue
        hidden = disguised(word, kind)
        if kind == "upside down" and hidden.isascii():
            continue
        if hidden == word and word in IN_COMPANY:
            continue
        if kind == "fancy letters" and not any(map(str.isalpha, hidden)):
            # Nothing but signs of money.
            continue
        text = CARRIERS[index % len(CARRIERS)].format(hidden)
        if not find(Text(text)):
            missed.append(text)

    assert missed == []


@pytest.mark.parametrize("kind", DISGUISES)
def test_the_span_covers_what_was_typed_and_nothing_of_the_carrier(kind):
    before, after = "Well, ", " is what I say"
    text = before + disguised("fuck", kind) + after

    hit = find(view := Text(text))[0]
    begin, end = view.span(hit.begin, hit.end)

    assert len(before) <= begin < end <= len(text) - len(after)
    assert end - begin >= 4
