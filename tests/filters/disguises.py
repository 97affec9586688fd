"""The ways people hide a word, each a function of the word and a source of chance."""

import random
from collections.abc import Callable

_FULLWIDTH = {c: chr(ord(c) - 97 + 0xFF41) for c in "abcdefghijklmnopqrstuvwxyz"}
_CIRCLED = {c: chr(ord(c) - 97 + 0x24D0) for c in "abcdefghijklmnopqrstuvwxyz"}
_NEGATIVE_CIRCLED = {c: chr(ord(c) - 97 + 0x1F150) for c in "abcdefghijklmnopqrstuvwxyz"}
_SQUARED = {c: chr(ord(c) - 97 + 0x1F130) for c in "abcdefghijklmnopqrstuvwxyz"}
_NEGATIVE_SQUARED = {c: chr(ord(c) - 97 + 0x1F170) for c in "abcdefghijklmnopqrstuvwxyz"}
_REGIONAL = {c: chr(ord(c) - 97 + 0x1F1E6) for c in "abcdefghijklmnopqrstuvwxyz"}
_MATH = [
    {c: chr(ord(c) - 97 + start) for c in "abcdefghijklmnopqrstuvwxyz"}
    for start in (0x1D41A, 0x1D482, 0x1D4EA, 0x1D586, 0x1D5BA, 0x1D5EE, 0x1D68A)
]
_SMALL_CAPS = dict(zip("abcdefghijklmnopqrstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", strict=True))
_SUPER = dict(zip("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True))
_CYRILLIC = dict(zip("aceiopsxyhbkmt", "асеіорѕхуһвкмт", strict=True))
_GREEK = dict(zip("aeiknoptuvx", "αεικηορτυνχ", strict=True))
_ACCENTS = {
    "a": "àáâãäå", "c": "ç", "e": "èéêë", "i": "ìíîï", "n": "ñ", "o": "òóôõö", "s": "š",
    "u": "ùúûü",
    "y": "ýÿ", "t": "ť", "h": "ĥ", "k": "ķ", "g": "ğ", "w": "ŵ", "r": "ř", "d": "ď", "l": "ł",
}  # fmt: skip
_LEET = {
    "a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7+", "b": "8", "g": "9", "l": "1|",
}  # fmt: skip
_UPSIDE_DOWN = dict(zip("abcdefghijklmnopqrstuvwxyz", "ɐqɔpǝɟƃɥᴉɾʞןɯuodbɹsʇnʌʍxʎz", strict=True))
_BRAILLE = dict(zip("abcdefghijklmnopqrstuvwxyz", "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵", strict=True))
_SUBSCRIPT = dict(zip("aehijklmnoprstuvx", "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_PARENTHESISED = {c: chr(ord(c) - 97 + 0x249C) for c in "abcdefghijklmnopqrstuvwxyz"}
# Alphabets of generators of fancy text; `.` where theirs is the plain letter.
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_FANCY = [
    {c: f for c, f in zip(_ALPHABET, drawn, strict=True) if f != "."}
    for drawn in (
        "ᗩᗷᑕᗪ.ᖴᘜᕼ.ᒍKᒪᗰᑎ.ᑭᑫᖇᔕTᑌᐯᗯ᙭Yᘔ",
        "卂乃匚ᗪ乇千Ꮆ卄丨フҜㄥ爪几ㄖ卩Ɋ尺丂ㄒㄩᐯ山乂ㄚ乙",
        "₳฿₵ĐɆ₣₲Ⱨ.J₭Ⱡ₥₦Ø₱QⱤ₴₮ɄV₩ӾɎⱫ",
        "ᏗᏰፈᎴᏋᎦᎶᏂᎥᏠᏦ.ᎷᏁᎧᎮ.ᏒᏕᏖᏬᏉᏇጀᎩፚ",
        "ꍏꌃꉓꀸꍟꎇꁅꃅꀤꀭꀘ꒒ꂵꈤꂦꉣꆰꋪꌗ꓄ꀎꃴꅏꊼꌩꁴ",
        "ᴀʙᴄᴅᴇғɢʜɪᴊᴋʟᴍɴᴏᴘ.ʀ.ᴛᴜᴠᴡ.ʏᴢ",
        "ąცƈɖɛʄɠɧıʝƙ.ɱŋơ℘զཞʂɬų.ῳҳყʑ",
    )
]
_PICTURES = "🔥💩🍆🤬"
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\u2063"
_VOWELS = "aeiou"


def _mapped(table: dict[str, str]) -> Callable[[str, random.Random], str]:
    return lambda word, chance: "".join(table.get(c, c) for c in word)


def _joined(separators: str) -> Callable[[str, random.Random], str]:
    return lambda word, chance: chance.choice(separators).join(word)


def zero_width(word, chance):
    return "".join(c + chance.choice(_INVISIBLE) for c in word[:-1]) + word[-1]


def soft_hyphen(word, chance):
    return "\u00ad".join(word)


def homoglyph(word, chance):
    table = chance.choice((_CYRILLIC, _GREEK))
    changed = "".join(table.get(c, c) for c in word)
    return changed if changed != word else "".join(_CYRILLIC.get(c, c) for c in word)


def math_letters(word, chance):
    return _mapped(chance.choice(_MATH))(word, chance)


def emoji_letters(word, chance):
    return " ".join(_NEGATIVE_SQUARED[c] + "\ufe0f" for c in word)


def regional(word, chance):
    return chance.choice(("", " ", "\u200b")).join(_REGIONAL[c] for c in word)


def entities(word, chance):
    style = chance.choice(("&#{};", "&#x{:x};"))
    return "".join(style.format(ord(c)) if chance.random() < 0.6 else c for c in word)


def inline_tags(word, chance):
    at = chance.randrange(1, len(word))
    tag = chance.choice(("b", "i", "em", "span", "u"))
    cut = chance.randrange(at, len(word) + 1)
    return f"{word[:at]}<{tag}>{word[at:cut]}</{tag}>{word[cut:]}"


def markdown(word, chance):
    at = chance.randrange(1, len(word))
    mark = chance.choice(("*", "**", "_", "~~", "`"))
    cut = chance.randrange(at + 1, len(word) + 1)
    return f"{word[:at]}{mark}{word[at:cut]}{mark}{word[cut:]}"


def leet(word, chance):
    at = [i for i, c in enumerate(word) if c in _LEET]
    chosen = set(chance.sample(at, max(1, min(len(at), len(word) // 2)))) if at else set()
    return "".join(chance.choice(_LEET[c]) if i in chosen else c for i, c in enumerate(word))


def masked_vowel(word, chance):
    at = [i for i, c in enumerate(word) if c in _VOWELS and i]
    i = chance.choice(at) if at else 1
    return word[:i] + chance.choice("*#") + word[i + 1 :]


def masked_middle(word, chance):
    return word[0] + "*" * (len(word) - 2) + word[-1]


def masked_low(word, chance):
    at = [i for i, c in enumerate(word) if c in _VOWELS and i]
    i = chance.choice(at) if at else 1
    return word[:i] + "_" + word[i + 1 :]


def repeated(word, chance):
    return "".join(c * chance.choice((1, 1, 2, 3, 4)) for c in word[:-1]) + word[-1] * 3


def mixed_separators(word, chance):
    return (
        "".join(c + chance.choice((".", " ", "-", "_", ". ", "*", "/")) for c in word[:-1])
        + word[-1]
    )


def glued_x(word, chance):
    return "x" * chance.choice((1, 2, 3)) + word + "x" * chance.choice((1, 2, 3))


def glued_word(word, chance):
    before, after = chance.choice(
        (("", "this"), ("you", ""), ("all", ""), ("", "you"), ("my", "off"))
    )
    return before + word + after


def reversed_(word, chance):
    return word[::-1]


def overridden(word, chance):
    return "\u202e" + word[::-1] + "\u202c"


def zalgo(word, chance):
    return "".join(
        c + "".join(chr(chance.randrange(0x300, 0x36F)) for _ in range(chance.randrange(1, 6)))
        for c in word
    )


def accents(word, chance):
    return "".join(
        chance.choice(_ACCENTS[c]) if c in _ACCENTS and chance.random() < 0.7 else c for c in word
    )


def upside_down(word, chance):
    return "".join(_UPSIDE_DOWN[c] for c in reversed(word))


def fancy(word, chance):
    return _mapped(chance.choice(_FANCY))(word, chance)


def picture(word, chance):
    at = [i for i, c in enumerate(word[:-1]) if c in _VOWELS and i]
    i = chance.choice(at) if at else 1
    return word[:i] + chance.choice(_PICTURES) + word[i + 1 :]


def tag_characters(word, chance):
    return "".join(c + chr(0xE0000 + ord(c)) for c in word)


def variation_selectors(word, chance):
    return "".join(c + chance.choice("\ufe00\ufe0e\ufe0f\U000e0101") for c in word)


def enclosed(word, chance):
    return "".join(c + chance.choice("\u20dd\u20de\u20e0\u20e3") for c in word)


def struck_through(word, chance):
    return "".join(c + chance.choice("\u0336\u0338\u0335") for c in word)


def emoji_between(word, chance):
    return chance.choice("🔥💩😂👏").join(word)


def boxed(word, chance):
    left, right = chance.choice(("[]", "()"))
    return left + f"{right}{left}".join(word) + right


def mixed_scripts(word, chance):
    changed = "".join(chance.choice((_CYRILLIC.get(c, c), _GREEK.get(c, c), c)) for c in word)
    return changed if changed != word else homoglyph(word, chance)


def mixed_case(word, chance):
    return "".join(c.upper() if i % 2 else c for i, c in enumerate(word))


DISGUISES: dict[str, Callable[[str, random.Random], str]] = {
    "plain": lambda word, chance: word,
    "mixed case": mixed_case,
    "zero width": zero_width,
    "soft hyphen": soft_hyphen,
    "homoglyph": homoglyph,
    "fullwidth": _mapped(_FULLWIDTH),
    "circled": lambda w, c: _mapped(c.choice((_CIRCLED, _NEGATIVE_CIRCLED)))(w, c),
    "squared": lambda w, c: _mapped(c.choice((_SQUARED, _NEGATIVE_SQUARED)))(w, c),
    "mathematical": math_letters,
    "small capitals": _mapped(_SMALL_CAPS),
    "superscript": _mapped(_SUPER),
    "regional": regional,
    "emoji letters": emoji_letters,
    "entities": entities,
    "inline tags": inline_tags,
    "markdown": markdown,
    "l33t": leet,
    "masked vowel": masked_vowel,
    "masked middle": masked_middle,
    "masked low": masked_low,
    "repeated": repeated,
    "dots": _joined("."),
    "spaces": _joined(" "),
    "dashes": _joined("-"),
    "other separators": _joined("_*/|,~+•"),
    "mixed separators": mixed_separators,
    "glued x": glued_x,
    "glued word": glued_word,
    "reversed": reversed_,
    "overridden": overridden,
    "zalgo": zalgo,
    "accents": accents,
    "upside down": upside_down,
    "braille": _mapped(_BRAILLE),
    "subscript": _mapped(_SUBSCRIPT),
    "parenthesised": _mapped(_PARENTHESISED),
    "tag characters": tag_characters,
    "variation selectors": variation_selectors,
    "enclosed": enclosed,
    "struck through": struck_through,
    "emoji between": emoji_between,
    "boxed": boxed,
    "mixed scripts": mixed_scripts,
    "stretched": lambda w, c: "\u0640".join(w),
    "thin spaces": lambda w, c: "\u2009".join(w),
    "fancy letters": fancy,
    "picture for a vowel": picture,
    "line break": lambda w, c: "\n".join(w),
}

#: Carriers leave no doubt that a word is meant; {} is its place.
CARRIERS = (
    "you are a {} and everybody knows it",
    "what a {} he is",
    "I think {} is all there is to say about this article",
    "Honestly {}",
    "well {} to all of you who voted for it",
    "The council said no, so {}!",
)


def disguised(word: str, kind: str, seed: int = 0) -> str:
    """Return the word hidden in that way, the same for the same seed."""
    return DISGUISES[kind](word, random.Random(f"{word}/{kind}/{seed}"))  # noqa: S311


_SIGNS = str.maketrans("asitlec", "@$!+|€(")
_MIRROR = str.maketrans("aestrckgubdpq", "ɒɘꙅƚɿɔʞϱυdbqp")

#: Other spellings, each a function of the word.
RESPELLINGS: dict[str, Callable[[str], str]] = {
    "vowels dropped": lambda w: w[0] + "".join(c for c in w[1:] if c not in _VOWELS),
    "first vowel dropped": lambda w: next(
        (w[:i] + w[i + 1 :] for i, c in enumerate(w) if i and c in _VOWELS), w
    ),
    "k for ck": lambda w: w.replace("ck", "k"),
    "kk for ck": lambda w: w.replace("ck", "kk"),
    "c for ck": lambda w: w.replace("ck", "c"),
    "q for ck": lambda w: w.replace("ck", "q"),
    "x for ck": lambda w: w.replace("ck", "x"),
    "k for c": lambda w: w.replace("c", "k") if not {"ch", "ck"} & {*zip_pairs(w)} else w,
    "vv for w": lambda w: w.replace("w", "vv"),
    "uu for w": lambda w: w.replace("w", "uu"),
    "v for u": lambda w: w.replace("u", "v"),
    "z for s": lambda w: w.replace("s", "z"),
    "y for i": lambda w: w.replace("i", "y"),
    "l for i": lambda w: w.replace("i", "l"),
    "q for g": lambda w: w.replace("g", "q"),
    "ph for f": lambda w: w.replace("f", "ph"),
    "a for er": lambda w: w.removesuffix("er") + "a" if w.endswith("er") else w,
    "v for u and z for s": lambda w: w.replace("u", "v").replace("s", "z"),
    "every letter twice": lambda w: "".join(c + c for c in w),
    "signs for letters": lambda w: w.translate(_SIGNS),
    "in a mirror": lambda w: w.translate(_MIRROR)[::-1],
    "one letter a line": "\n".join,
}


def zip_pairs(word: str) -> list[str]:
    """Return every two neighbouring letters."""
    return [word[i : i + 2] for i in range(len(word) - 1)]


def respelled(word: str, kind: str) -> str:
    """Return the word in that spelling."""
    return RESPELLINGS[kind](word)
