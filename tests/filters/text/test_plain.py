"""The plain view undoes disguises, leaves all else, and maps back to the text as typed."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.filters.text.document import Text
from tests.growth import BOUND, growth, repeated

QUICK = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)

UNDONE = {
    "digits and signs": [
        ("We will sh00t him", "We will shoot him"),
        ("0nly tra1tors v0te for th1s", "only traitors vote for this"),
        ("an 1diot and a par@site", "an idiot and a parasite"),
        ("Join my t3legr@m ch4nnel", "Join my telegram channel"),
        ("GO D1E", "GO DIE"),
        ("such w0rthle$$ people", "such worthless people"),
        ("a m0r0n's opinion", "a moron's opinion"),
        ("Alle 4usländer", "Alle ausländer"),
    ],
    "letters of other alphabets": [
        ("yоu should dіе", "you should die"),
        ("Сhеар trаmаdоl", "Cheap tramadol"),
        ("аn idiоt", "an idiot"),
        ("νote for him", "vote for him"),
        ("ты идиoт, yбить тебя мaло", "ты идиот, убить тебя мало"),
        ("cyка", "сука"),
    ],
    "separated letters": [
        ("m.u.r.d.e.r them", "murder them"),
        ("just d i e already", "just die already"),
        ("h-a-n-g him", "hang him"),
        ("s t a b  h i m", "stab  him"),
        ("s t a b h i m", "stab him"),
        ("B U R N them", "BURN them"),
        ("s*h*o*o*t her", "shoot her"),
        ("h - a - n - g them", "hang them"),
        ("b.u.y c.h.e.a.p", "buy cheap"),
        ("s.h.0.0.t them", "shoot them"),
        ("у б и т ь его", "убить его"),
    ],
    "divided words": [
        ("mur.der your.self", "murder yourself"),
        ("buy tram-adol", "buy tramadol"),
        ("my what_sapp", "my whatsapp"),
        ("su1.cide", "suicide"),
    ],
    "emphasis": [
        ("I will **sh**oot you", "I will shoot you"),
        ("the *worst* of _all_ ~~men~~", "the worst of all men"),
        ("a __really__ ***bad*** day", "a really bad day"),
        ("sho**ot** him", "shoot him"),
    ],
    "long runs": [
        ("nooooo, you are stuuuupid", "no, you are stupid"),
        ("YESSSSS", "YES"),
        ("a goooood day", "a good day"),
        ("hmmmmmm", "hmm"),
        ("sTUUUUpid", "sTUpid"),
    ],
    "several": [
        ("ѕ.h.0.0.t h1m n0w", "shoot him now"),
        ("**m**urd3r", "murder"),
        ("kil\u200bl th&#51;m", "kill them"),
    ],
}


@pytest.mark.parametrize(("typed", "plain"), [case for kind in UNDONE.values() for case in kind])
def test_a_disguise_is_undone(typed, plain):
    assert Text(typed).plain.string == plain


ORDINARY = """\
It cost 1,250 dollars at 18:45 on 2025-11-30, the 1st, 2nd, 3rd and 11th of 24
5km, 10mg, 7pm, 90s, 3x, 2h30, 100m, 20C, the 1990s, 4th, 1er, 2e, 3ème
4K HDMI, MP4, B2C, COVID-19, CO2, 2D, Mi6, GPT5, A320, F35,
PS4, WW1, G7, U21, i7, M1A2, HK416, T-72, 5G
k8s i18n w3c utf8 base64 sha1 log4j x86 h264 es6 python3 win32
The U.N. and the U.S.A. met J. R. R. Tolkien, T.S. Eliot and W. E. B. Du Bois
at 3 p.m., i.e. late, e.g. now
z.B., d.h., u.a., A.S.A.P., R.I.P., O.K., Ph.D., B.Sc.
Wait... what? Well…
a well-known co-worker, self-made, mother-in-law, x-ray, T-shirt, e-mail, re-sign,
ex-wife, on-line, no-one
https://example.org/k1ll.me/k.i.l.l www.k1ll.de me@sh00t.com news.example.co.uk/d1e
setup.py read.me_first v2.10.3 10.0.0.1 max_size is_dead user_name C:\\w1n\\k1ll #k1ll
@k1ller @th3_h4nd
and/or, he/she, 24/7, km/h, his/her, w/o
plan a, b or c; vitamins A C E; a b c; x y z; A B C; 1 2 3 4; i a m
level5 room101 area51 windows7 season5 7up 50cent gr8 m8 l8r b4 2nite
100% 3x 20€ $5k €uro £20m 2+2=4 C++ C# a+b f(x)=1
Straße, Straβe, 5 μm, Δt, π, Ωmega, naïve, Zoë, İstanbul, ŁÓDŹ, d'Artagnan, o'clock, rock'n'roll
Он сказал: «Да, нет и ещё раз нет» в США
Привіт, як справи? Це моя хата
Сегодня купил iPhone, IT-шник, SMSки, PCшник, USB-кабель
He said нет and да to me
東京タワー 山口さん 안녕하세요 สวัสดี مرحبا
H&M, R&D, AT&T, Q&A
XVIIII, http, www, zzz, 3333, ----, ====, ....
f*ck this sh*t, d**n
1. First\n2. Second\n* a list\n* of things\n- more
a * b * c, 5 * 3, 2_000_000, __init__.py, snake_case
the end.It was late.Then we left
Yes! No! Maybe? (Or not.) "Quoted" 'words' [1]
""".splitlines()


@pytest.mark.parametrize("typed", ORDINARY)
def test_an_ordinary_text_stays_as_it_is(typed):
    text = Text(typed)

    assert text.plain.string == text.clean


def test_a_span_leads_to_the_letters_as_typed():
    raw = "Now <b>k.1</b>.l.l <i>the</i> **f**ооls, hаng th3m"
    plain = Text(raw).plain

    typed = {}
    for word in ("kill", "fools", "hang", "them"):
        begin = plain.string.index(word)
        first, last = plain.span(begin, begin + len(word))
        typed[word] = raw[first:last]

    assert typed == {"kill": "k.1</b>.l.l", "fools": "f**ооls", "hang": "hаng", "them": "th3m"}


def test_a_part_of_an_undisguised_text_has_its_own_span():
    plain = Text("one two three").plain

    assert plain.span(4, 7) == (4, 7)


PIECES = st.sampled_from(
    [
        *(
            "k",
            "i",
            "1",
            "l",
            ".",
            " ",
            "-",
            "*",
            "**",
            "_",
            "~~",
            "kill",
            "you",
            "аmоk",
            "і",
            "\n",
        ),
        *("$hit", "sooooo", "OOoo", "İİİİ", "ßßßß", "&#107;", "<b>", "\u202e", "\u202c", "k i l l"),
        *(
            "k.i.l.l",
            "d1e",
            "0",
            "!",
            "|",
            "ѕ",
            "ﬁ",
            "🅰",
            "e\u0301",
            "'",
            "your.self",
            "  ",
            "\ud800",
        ),
        *("σ", "ab", "@"),
    ]
)


@QUICK
@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=60).map("".join)))
def test_every_span_lies_in_the_text(raw):
    plain = Text(raw).plain

    for place in range(len(plain.string)):
        begin, end = plain.span(place, place + 1)
        assert 0 <= begin < end <= len(raw)
    if plain.string:
        begin, end = plain.span(0, len(plain.string))
        assert 0 <= begin < end <= len(raw)


ORDINARY_WORDS = """
The council, and the market; people who said that it would never open again (until spring) were
wrong: I think well-known traders, e.g. J. Smith, earn 1,200 at 7:30 or 20% more than in 2019! Der
Bürgermeister spricht über Müll. L'été à Noël. Мэр открыл рынок.
"""
WORDS = st.sampled_from(ORDINARY_WORDS.split())


@QUICK
@given(st.lists(WORDS, max_size=40).map(" ".join))
def test_ordinary_words_in_any_order_stay(raw):
    assert Text(raw).plain.string == raw


@QUICK
@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_letter_appears_from_nowhere(raw):
    text = Text(raw)

    assert len(text.plain.string) <= len(text.clean)


@pytest.mark.parametrize(
    "unit",
    ["k ", "k.", "k1", "*k", "**k** ", "_a", "~~a", "kі", "і ", "aaaa", "k.i.l.l ", "k i l l  ",
     "1.", "a.b-", "$", "k1ll", "@a", "ki.", "killyou ", "i a m ", "* ", "k_", "пo", "1l!|"],
)  # fmt: skip
def test_the_view_is_linear_in_the_length(unit):
    assert growth(lambda raw: Text(raw).plain, repeated(unit)) < BOUND
