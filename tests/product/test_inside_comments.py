"""What is held alone is held inside a comment, wherever it stands, and in disguise."""

import pytest

from tests.filters.disguises import disguised
from tests.product.listed import held

HARMFUL = (
    "I am going to break your neck.",
    "You will be dead by Friday.",
    "I will burn your house down with you in it.",
    "Somebody should put a bullet in the mayor's head.",
    "We will hang the traitors from the bridge, all of them.",
    "Your family is dead the moment I find them.",
    "Muslims are animals and should be put down.",
    "Gays are a plague on this country.",
    "All blacks should be shipped back to Africa.",
    "Women are too stupid to vote.",
    "Kill every last one of those Jews.",
    "You are a pathetic, worthless idiot.",
    "You disgusting lying pig, crawl back into your hole.",
    "What a dumb ugly cow you are.",
    "Go and drown yourself, nobody will miss you.",
)
#: Ordinary comments, one sentence after the other.
ORDINARY = (
    (
        "Thank you for the careful report on the new timetable.",
        "My daughter takes the seven o'clock bus to school, and since March it has been on time.",
        "The only thing I miss is a shelter at the stop by the bakery, where it rains in.",
        "Has the council said when that will be built?",
    ),
    (
        "The figures in the third paragraph are those of last year.",
        "According to the minutes, the committee approved four hundred thousand for the roof.",
        "The rest comes from the county, half of it in spring.",
        "It would help if the paper linked to the budget so that readers could compare.",
    ),
    (
        "I am fed up with this story, honestly.",
        "For six years we were promised a decision about the pool, and each time it is put off.",
        "Nobody answers letters, nobody comes to the meetings, and the rent goes up anyway.",
        "Next year there is an election, and I for one will remember.",
    ),
    (
        "What strikes me about the offensive is how little the front has moved since autumn.",
        "Both armies lose hundreds of soldiers a day for a few villages in the east.",
        "Without more air defence the power stations will not last another winter.",
        "I hope the talks in Geneva lead somewhere, but I doubt it.",
    ),
)
PLACES = ("beginning", "middle", "end")
#: The share that must be held of what is held alone, and in plain letters.
INSIDE_AT_LEAST, DISGUISED_AT_LEAST = 0.85, 0.6

#: Threats with the word that is disguised in them.
THREATS = (
    ("I will {} you in your sleep.", "strangle"),
    ("I am going to {} you and your dog.", "murder"),
    ("We will {} you, wait for it.", "shoot"),
    ("Go and {} yourself.", "hang"),
    ("I'll come round and {} you with a knife.", "stab"),
    ("You should {} and rot.", "die"),
)
DISGUISES = (
    "zero width",
    "homoglyph",
    "mathematical",
    "fullwidth",
    "small capitals",
    "l33t",
    "dots",
    "spaces",
    "dashes",
    "markdown",
    "inline tags",
    "mixed scripts",
)


def inside(sentence, comment, place):
    """Return a comment with a sentence put in at that place."""
    at = {"beginning": 0, "middle": len(comment) // 2, "end": len(comment)}[place]
    return " ".join((*comment[:at], sentence, *comment[at:]))


@pytest.fixture(scope="module")
def alone():
    """Return the sentences that are held alone."""
    return [sentence for sentence in HARMFUL if held(sentence)]


def test_ordinary_comments_are_published():
    assert [comment for comment in ORDINARY if held(" ".join(comment))] == []


def test_most_harmful_sentences_are_held_alone(alone):
    assert len(alone) >= 14


def test_a_sentence_that_is_held_alone_is_held_inside_a_comment(alone):
    tried = [(s, o, p) for s in alone for o in ORDINARY for p in PLACES]

    missed = [(s, p) for s, o, p in tried if not held(inside(s, o, p))]

    assert 1 - len(missed) / len(tried) >= INSIDE_AT_LEAST, missed


def test_a_threat_that_is_held_is_held_in_disguise():
    known = [(said, word) for said, word in THREATS if held(said.format(word))]
    tried = [(said.format(disguised(w, kind)), kind) for said, w in known for kind in DISGUISES]

    missed = [text for text, _ in tried if not held(text)]

    assert len(known) >= 4
    assert 1 - len(missed) / len(tried) >= DISGUISED_AT_LEAST, missed
