"""Listed words are found however they are spelled by ear, for looks or without their vowels."""

import pytest

from moderation.filters.profanity.filter import find
from moderation.filters.profanity.word_list import read_entries
from moderation.filters.text.data_files import read_words
from moderation.filters.text.document import Text
from tests.filters.disguises import CARRIERS, RESPELLINGS, respelled

#: Words with no innocent use; of other words other spellings are often names.
WORDS = sorted(
    {
        entry.word
        for entry, _ in read_entries()
        if entry.score >= 0.7
        and not (entry.company or entry.name or entry.by_ear)
        and entry.word.isalpha()
        and len(entry.word) >= 4
    }
)
SPARED = read_words("respelled.en.txt") | {s for _, spellings in read_entries() for s in spellings}
#: With one vowel less, short words are others.
LEAST = {"first vowel dropped": 5}
READ_BOTH_WAYS = {*"abcdefghijklmnopqrstuvwxyzɔυʞ"}


@pytest.mark.parametrize("kind", RESPELLINGS)
def test_every_strong_word_is_found_in_this_spelling(kind):
    missed = []
    for index, word in enumerate(WORDS):
        written = respelled(word, kind)
        if written == word or len(written) < LEAST.get(kind, 4) or written in SPARED | {"(|!+"}:
            continue
        if (kind == "signs for letters" and written[1:].isalpha()) or (
            kind == "in a mirror" and set(written) <= READ_BOTH_WAYS
        ):
            continue
        text = CARRIERS[index % len(CARRIERS)].format(written)
        hits = find(view := Text(text))
        if written not in [text[slice(*view.span(h.begin, h.end))] for h in hits]:
            missed.append(text)

    assert missed == []


@pytest.mark.parametrize(
    "text",
    [
        "you fvk", "you are a dik", "what a kok he is", "fvc you", "you prik",
        "such a twt you are", "she is a slt", "FCK you", "u are a cox",
    ],
)  # fmt: skip
def test_a_short_spelling_counts_when_it_is_addressed_to_a_person(text):
    assert find(Text(text))


@pytest.mark.parametrize(
    "text",
    [
        "The kok made soup and the dik boek was on the table.",
        "FCK won against Brøndby, and FCK fans sang all night.",
        "SHT is the airport's code, NGGR an old name for another.",
        "A pack of facts, in fact; the fax was a batch of sheets.",
        "The FCC and the FAQ say nothing of it.",
        "Coc, coq au vin and Cox's Orange Pippin.",
        "prix fixe, Grand Prix, Prik the river, pric.",
        "I use vv for w and uu for w, as printers did.",
        "clt, cnt, slt and whr are columns of the table.",
        "Phuc is a given name in Vietnam, and Phuc Nguyen is my dentist.",
        "In de gemeente krijgt iedereen een prik van het team, en dat is goed.",
        "Die Kuntz und der Koontz sind Namen, und das ist nicht schlimm.",
        "Le phoque est un mammifère, et le coq chante.",
        "Kuk i kok się spotkali, to jest fakt.",
        "Fakt je ten, že to není pravda, a nic se na tom nemění.",
        "Bu sik sorulan bir soru, ve cevabı var.",
        "dck.io and sht_table are names of ours.",
        "Дик и шитьё",
        "My friend Дик sent a postcard from Минск.",
        "I said “kok” and “dik” to her.",
    ],
)  # fmt: skip
def test_other_words_and_abbreviations_are_left_alone(text):
    assert find(Text(text)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("well шит happened", "шит"),
        ("you are a бич", "бич"),
        ("фак you all", "фак"),
        ("what an асхол", "асхол"),
        ("a фаггот they said", "фаггот"),
    ],
)
def test_english_words_in_cyrillic_letters_are_heard(text, found):
    hits = find(Text(text))

    assert [text[h.begin : h.end] for h in hits] == [found]
