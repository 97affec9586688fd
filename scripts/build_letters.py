"""Build the shipped table of letter look-alikes from Unicode's own data.

    python -m scripts.build_letters confusables.txt moderation/filters/data/letters.tsv

Input is `confusables.txt` of Unicode Technical Standard 39, as published at
https://www.unicode.org/Public/security/. The rest comes from Python's unicodedata.
"""

import re
import sys
import unicodedata
from pathlib import Path

LIMIT = 0x20000

#: Letters that are letters in neither the compatibility forms nor confusables.txt.
EXTRA_STYLE = {
    "a": "🅐🅰Ａᴀ",
    "b": "🅑🅱ʙ",
    "c": "🅒🅲ᴄ",
    "d": "🅓🅳ᴅ",
    "e": "🅔🅴ᴇ",
    "f": "🅕🅵ꜰ",
    "g": "🅖🅶ɢ",
    "h": "🅗🅷ʜ",
    "i": "🅘🅸ɪıİ",
    "j": "🅙🅹ᴊ",
    "k": "🅚🅺ᴋ",
    "l": "🅛🅻ʟ",
    "m": "🅜🅼ᴍ",
    "n": "🅝🅽ɴ",
    "o": "🅞🅾ᴏ⭕",
    "p": "🅟🅿ᴘ",
    "q": "🅠🆀ꞯ",
    "r": "🅡🆁ʀ",
    "s": "🅢🆂ꜱ",
    "t": "🅣🆃ᴛ",
    "u": "🅤🆄ᴜ",
    "v": "🅥🆅ᴠ",
    "w": "🅦🆆ᴡ",
    "x": "🅧🆇❌✖✗✘",
    "y": "🅨🆈ʏ",
    "z": "🅩🆉ᴢ",
}

#: Turned letters, used for upside-down text.
TURNED = dict(zip("ɐɔǝɟƃɥᴉɾʞꞁɯɹʇʌʍʎ", "acefghijklmrtvwy", strict=True))

#: Letters of other alphabets that are used as Latin lookalikes but are not confusable by
#: Unicode's strict measure.
EXTRA_LOOKALIKE = {
    "b": "вΒВβ",
    "h": "НнΗ",
    "m": "мМ",
    "n": "ηпИиП",
    "r": "яЯгГ",
    "t": "тТτ",
    "k": "кКκ",
    "y": "уУүγ",
    "u": "υцμ",
    "w": "шщωѡ",
    "e": "еэЗєεΣξ",
    "a": "αаДΛλ",
    "p": "ρрР",
    "x": "χхХж",
    "c": "сСς¢",
    "l": "ℓ",
    "f": "ƒ",
    "d": "ԁ",
    "o": "оОοσøØөѲ",
    "i": "іІїιΙɩ",
    "s": "ѕЅ",
    "v": "ν",
}


def bare(text: str) -> str:
    """Return the text without case, compatibility forms and combining marks."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if unicodedata.category(c) not in {"Mn", "Me"}).lower()


def letters(confusables: str) -> dict[tuple[str, str], set[int]]:
    """Return a map of (kind, ASCII letter or digit) to the code points that replace it.

    Kinds: `style` is the same letter in another style, `accent` has a mark, `lookalike` belongs
    to another alphabet and only looks the same.
    """
    found: dict[int, tuple[str, str]] = {}
    for point in range(0x80, LIMIT):
        letter = chr(point)
        plain = bare(letter)
        if len(plain) == 1 and plain.isascii() and plain.isalnum():
            canonical = unicodedata.normalize("NFD", letter)
            found[point] = ("accent" if len(canonical) > 1 else "style", plain)
    for line in confusables.splitlines():
        fields = line.partition("#")[0].split(";")
        if len(fields) < 3:
            continue
        source = "".join(chr(int(c, 16)) for c in fields[0].split())
        target = bare("".join(chr(int(c, 16)) for c in fields[1].split()))
        if len(source) != 1 or not 0x80 <= ord(source) < LIMIT or ord(source) in found:
            continue
        if len(target) == 1 and target.isascii() and target.isalpha() and source.isalpha():
            latin = unicodedata.name(source, "").startswith(("LATIN", "MATHEMATICAL"))
            found[ord(source)] = ("style" if latin else "lookalike", target)
    for kind, extra in (("style", EXTRA_STYLE), ("lookalike", EXTRA_LOOKALIKE)):
        for plain, drawn in extra.items():
            for letter in drawn:
                found[ord(letter)] = (kind, plain)
    for letter, plain in TURNED.items():
        found[ord(letter)] = ("style", plain)
    # Latin letters with a stroke or hook have no decomposition and are common in names.
    for point in range(0x80, 0x250):
        name = unicodedata.name(chr(point), "")
        match = re.fullmatch(r"LATIN (?:SMALL|CAPITAL) LETTER ([A-Z]) WITH .*", name)
        if match:
            found[point] = ("accent", match[1].lower())
    table: dict[tuple[str, str], set[int]] = {}
    for point, key in found.items():
        table.setdefault(key, set()).add(point)
    return table


def main(source: Path, target: Path) -> None:
    """Write the table, sorted, with the version of Unicode that it was made from."""
    confusables = source.read_text(encoding="utf-8-sig")
    version = re.search(r"^# Version: (\S+)", confusables, re.M)
    if version is None:
        raise SystemExit(f"{source} does not name its version")
    lines = [
        f"# Letters that stand for a Latin one: kind, letter, code points. Made by"
        f" scripts.build_letters from Unicode confusables.txt {version[1]} and"
        f" the Unicode Character Database {unicodedata.unidata_version}."
        " Data © Unicode, Inc., https://www.unicode.org/terms_of_use.html"
    ]
    for (kind, plain), points in sorted(letters(confusables).items()):
        lines.append(f"{kind}\t{plain}\t" + " ".join(f"{p:X}" for p in sorted(points)))
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
