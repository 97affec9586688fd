"""Cleaning keeps texts of all scripts, and removes controls and invisible characters."""

import json
import time
import unicodedata

import pytest

from moderation.domain import characters

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
WALES = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
RIGHT = [
    FAMILY,
    WALES,
    "\u2764\ufe0f\u200d\U0001f525",
    "1\ufe0f\u20e3",
    "Nguyễn Thị Hồng",
    "می\u200cخواهم",
    "क्\u200dष",
    "บึ้ง ในน้ำมีปลา",
    "בְּרֵאשִׁ֖ית",
    "ཧཱུྃ བསྒྲུབས",
    "ཀྵྨླྺྻྃ",
    "山田\u3000太郎",
    "辻\U000e0100",
    "O’Brien-Ó Súilleabháin",
]


@pytest.mark.parametrize("text", RIGHT)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("clean", [characters.name, characters.line, characters.paragraphs])
def test_ordinary_text_of_every_script_is_left_as_it_is(clean, form, text):
    typed = unicodedata.normalize(form, text)

    assert clean(typed) == typed
    assert characters.is_visible(typed)


@pytest.mark.parametrize("code", [0x01, 0x08, 0x1B, 0x1F, 0x7F, 0x80, 0x9B, 0x9F, 0xFDD0, 0xFDEF])
@pytest.mark.parametrize("clean", [characters.name, characters.line, characters.paragraphs])
def test_controls_and_noncharacters_are_dropped(clean, code):
    for dropped in (chr(code), "\ufffe", "\uffff", "\U0001fffe", "\U0010ffff", "\ufff9", "\u206a"):
        assert clean(f"Ann{dropped} Reed") == "Ann Reed"


BREAKS = ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("line_break", BREAKS)
def test_a_line_break_of_any_kind_is_a_space_in_a_line_and_a_line_feed_in_a_text(line_break):
    typed = f"one{line_break}two"

    assert characters.name(typed) == characters.line(typed) == "one two"
    assert characters.paragraphs(typed) == "one\ntwo"


def test_tabs_and_empty_lines_stay_in_texts():
    assert characters.paragraphs("a\tb\r\n\r\nc") == "a\tb\n\nc"
    assert characters.line("a\tb   c") == "a b c"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\u202eevil", "evil"),
        ("a \u202ecba\u202c d", "a cba d"),
        ("say \u2067שלום\u2069 now", "say \u2067שלום\u2069 now"),
        ("say \u202bשלום\u202c now", "say \u202bשלום\u202c now"),
        ("\u2067open\nnext", "open\nnext"),
        ("\u2066a\u202bb\u2069c", "\u2066ab\u2069c"),
        ("\u2069\u202cstray", "stray"),
        ("\u202ba\u2069b\u202c", "\u202bab\u202c"),
        ("Ann\u200e (\u200fשם)", "Ann\u200e (\u200fשם)"),
    ],
)
def test_only_direction_marks_closed_within_their_line_stay_in_a_text(typed, kept):
    assert characters.paragraphs(typed) == kept


def test_no_direction_is_switched_in_a_line_and_nothing_unseen_is_in_a_name():
    switches = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    unseen = "\u00ad\u061c\u200b\u200e\u200f\u2060\ufeff\U000e0041\u200c\u200d"

    assert characters.line(f"A{switches}B") == "AB"
    assert characters.name(f"A{switches}{unseen}B{unseen}") == "AB"


def test_marks_are_piled_only_so_high():
    pile = "".join(map(chr, range(0x300, 0x34B)))

    assert characters.name(f"Z{pile}oe") == f"Z{pile[:4]}oe"
    assert characters.paragraphs(f"Z{pile}oe") == f"Z{pile[:8]}oe"
    assert characters.name("Z" + "\u0301\u200d" * 20) == "Z" + "\u0301" * 4
    assert characters.name("ก" + "\u0e47" * 40) == "ก" + "\u0e47" * 4


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "\u00a0", "\u3000", "\u200b", "\u200d\ufeff", "\u3164", "\u2800", "\u00ad"),
        *("\u115f\u1160", "\uffa0", "\u0301", "\ufe0f", "\u20dd", "\u2028", "\x1b", "\ufffe"),
        *("\U000e0041\U000e007f", "\U000e0100", "\u2062", "\ufffc", "\U0001d159", "\U00013441"),
    ],
)
def test_a_text_of_nothing_is_not_visible(text):
    assert not characters.is_visible(text)
    assert characters.is_visible(f"{text}.")


def test_wide_gaps_are_one_space():
    assert characters.name("A" + "\u00a0" * 70 + "B") == "A\u00a0B"
    assert characters.name("A\u3164\u2800B") == "A B"


@pytest.mark.parametrize(
    "id", ["a\x01b", "a\nb", "a\x85", "a\u2028b", "a\u202eb", "\u200b", " ", "\ufffe"]
)
def test_an_identifier_is_visible_and_without_controls(id):
    assert not characters.is_identifier(id)


@pytest.mark.parametrize("id", ["/2026/café", "story 12", "点", "a\u200cb", "a%0Ab"])
def test_any_other_identifier_is_as_good(id):
    assert characters.is_identifier(id)


def test_control_characters_are_escaped_for_terminals():
    assert characters.escaped("a\x1b[2J\n\u202e\udc80\U0001ffff") == (
        "a\\x1b[2J\\x0a\\u202e\\udc80\\U0001ffff"
    )
    assert characters.escaped("Zoë") == "Zoë"


def test_json_with_such_characters_written_out_means_the_same():
    value = {"a": "\x9b1m\u202e\U0001ffff\x7f"}

    written = characters.in_json(json.dumps(value, ensure_ascii=False))

    assert written.isascii()
    assert json.loads(written) == value


@pytest.mark.parametrize(
    "unit",
    ["\u2067", "\u2067\u2069", "\u202a\u2069", "\u202e", "e\u0301", "\u0301", "\u200d", " \u00a0"],
)
def test_cleaning_takes_time_in_proportion_to_the_text(unit):
    begun = time.thread_time()

    for clean in (characters.name, characters.line, characters.paragraphs, characters.is_visible):
        clean(unit * 50_000)

    assert time.thread_time() - begun < 2


@pytest.mark.parametrize("clean", [characters.name, characters.line, characters.paragraphs])
def test_cleaning_twice_changes_nothing(clean):
    for text in (*RIGHT, "\u2066a\u202bb\u2069c", " \u200d \u0301\u200b ", "\u200c\x00\u200da"):
        assert clean(clean(text)) == clean(text)
