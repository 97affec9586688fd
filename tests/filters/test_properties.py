"""Properties of the filters that hold for any text."""

import time
from itertools import accumulate, groupby

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation import filters
from moderation.domain.judgement import TEXT, Draft
from moderation.domain.reasons import Code
from moderation.filters.text.characters import alphabet
from moderation.filters.text.document import Text, utf16_span

ANY = st.text(st.characters(exclude_categories=()), max_size=300)
PIECES = (
    *(
        "fuck",
        "sh1t",
        "f*ck",
        "di*ck*",
        "?",
        " ",
        ".",
        "\u200b",
        "\u202e",
        "\u202c",
        "&#102;",
        "<b>",
        "</b>",
    ),
    *("http://a.com", "[x](", ")", "@", "a@b.com", "+44 7700 900123", "ѕ", "𝖋", "é", "\n", "*"),
    *("\ud800", "İ", "ß", "ﬁ", "🅰", "🇫", "e\u0301", "a", "s", "&amp;", "dot", "[.]", "|", "1"),
    *("you dick", "my cock", "   ", "my ", "the word dick", "> ass\n"),
)
SPICY = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
QUICK = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@QUICK
@given(st.one_of(ANY, SPICY))
def test_any_text_is_judged_with_spans_that_lie_in_it(raw):
    found = filters.run(Draft(raw, author_name=raw[:80], title=raw[:80]))

    assert Code.FILTER_FAILED not in {s.code for s in found.signals}
    for signal in found.signals:
        assert 0.0 <= signal.score <= 1.0
        for begin, end in signal.spans:
            assert 0 <= begin < end <= (len(raw) if signal.field == TEXT else 80)
    assert all(0.0 <= score <= 1.0 for score in found.scores.values())


@QUICK
@given(st.one_of(ANY, SPICY))
def test_every_place_in_the_clean_text_leads_back_to_one_as_typed(raw):
    text = Text(raw)

    for place in range(len(text.clean)):
        begin, end = text.span(place, place + 1)
        assert 0 <= begin < end <= len(raw)
    assert len(text.lower) == len(text.clean)
    assert len(text.points) == len(text.clean)


@QUICK
@given(st.one_of(ANY, SPICY, st.text(st.characters(codec="ascii"), max_size=300)))
def test_letters_are_those_of_the_table_and_equal_neighbours_one(raw):
    text = Text(raw)

    for table in (alphabet().letters, alphabet().leet):
        letters = text.letters(table)

        codes = [int(table[point]) for point in text.points]
        places = [place for place, code in enumerate(codes) if code]
        taken = groupby(places, key=codes.__getitem__)
        together = [(chr(96 + code), len(list(run))) for code, run in taken]
        assert list(letters.positions) == places
        assert letters.string == "".join(letter for letter, _ in together)
        assert list(letters.runs) == list(accumulate((n for _, n in together), initial=0))


@QUICK
@given(st.text(st.characters(exclude_characters="&<\u202e"), max_size=300))
def test_a_clean_text_is_clean(raw):
    clean = Text(raw).clean

    assert Text(clean).clean == clean


@QUICK
@given(SPICY)
def test_spans_in_utf16_units_cut_the_same_piece(raw):
    units = raw.encode("utf-16-le", "surrogatepass")
    for signal in filters.run(Draft(raw)).signals:
        for begin, end in signal.spans:
            first, last = utf16_span(raw, (begin, end))
            assert units[2 * first : 2 * last] == raw[begin:end].encode(
                "utf-16-le", "surrogatepass"
            )


WORST = (
    *("fuck ", "fuck", "f u c k ", "ass ", "f*ck ", "*", "f*", "a.", "sh1t ", "http://a.com "),
    *("[a](http://b.com) ", '<a href="http://x.com">', "&#102;", "&amp", "<b>", "<", "[", "]("),
    *("12345678 ", "a@", "a@b.", "\u202ea", "a\u200b", "a\u0301\u0302", "ѕһіт ", "𝖋𝖚𝖈𝖐", "a dot "),
    *("DE89 ", "+1 2", "cumcum", "you dick ", "<!--", "<b a=", "🅵🆄🅲🅺", "check out my channel "),
    *("\n", "\ud800", "was hit ", "a.b ", "s_hit ", "s-h i.t "),
    *('"dick" ', "“a", "> a\n", "шит a ", "fvck ", "$h!+ ", "sh it "),
    *("cheap loan ", "we sell ", "send this to ", "1 2 ", "a.b@"),
)


@pytest.mark.parametrize("unit", WORST)
def test_eight_times_the_text_takes_about_eight_times_as_long(unit):
    def seconds(size):
        draft = Draft((unit * (size // len(unit) + 1))[:size])
        best = float("inf")
        for _ in range(3):
            begun = time.process_time()
            filters.run(draft)
            best = min(best, time.process_time() - begun)
        return best

    # Quadratic would be 64 times; the margin is for other work of the machine.
    assert seconds(16_000) < 24 * seconds(2_000) + 0.02
