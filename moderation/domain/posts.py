"""Normal forms of post ids and page URLs, so that each post has exactly one.

Pure functions of strings. docs/decisions/0009 has the reasons for the rule.
"""

import re
from unicodedata import normalize

#: The maximum number of characters of a normalised id.
LONGEST_ID = 512
#: The maximum number of characters of an id as sent: an escaped emoji takes twelve.
LONGEST_SPELLING = 12 * LONGEST_ID

_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
#: Decoding these escapes would change the meaning of the URL.
_KEPT_IN_PATH = frozenset("/?#\\")
_KEPT_IN_QUERY = frozenset("&=+;#")
#: Replaces a percent sign while the rest is decoded; no id has NUL in it.
_PERCENT = "\0"
_AMBIGUOUS_PERCENT = re.compile("\0(?=[0-9A-Fa-f]{2})")

#: Query parameters that identify the reader, the click or the campaign, never the page.
_CLICK_ID = re.compile(
    r"""
    (?: fbclid | gclid | gclsrc | gbraid | wbraid | gad_source | gad_campaignid | dclid | srsltid
    | msclkid | ys?clid | twclid | ttclid | li_fat_id | igsh(?:id)? | epik | rb_clickid
    | rdt_cid | scclid | wickedid | mc_[ce]id | _hsenc | _hsmi | __hs(?:tc|sc|fp)
    | hsctatracking | mkt_tok | vero_(?:id|conv) | oly_(?:anon|enc)_id | ml_subscriber(?:_hash)?
    | _kx | _ga | _gl | _openstat | xtor | wt_mc | pk_(?:campaign|kwd|keyword|source|medium|content)
    | (?:utm|mtm|matomo|piwik|hsa)_.* )
    """,
    re.VERBOSE | re.IGNORECASE,
)


def canonical_id(spelled: str) -> str:
    """Return the normal form of a post's id: percent-decoded, in NFC, without click ids.

    Escapes stay where decoding them would change the URL: separators, controls and bytes that
    are not UTF-8. Idempotent.
    """
    if (spelled.isascii() and "%" not in spelled and "?" not in spelled) or _PERCENT in spelled:
        return spelled
    path, mark, query = spelled.partition("?")
    decoded = _decoded(path, _KEPT_IN_PATH)
    if mark:
        cleaned = _without_click_ids(query)
        if cleaned or cleaned == query:
            decoded += mark + _decoded(cleaned, _KEPT_IN_QUERY)
    return _AMBIGUOUS_PERCENT.sub("%25", normalize("NFC", decoded)).replace(_PERCENT, "%")


def page_address(url: str) -> str:
    """Return a page's URL without its fragment and without click ids."""
    path, mark, query = url.partition("#")[0].partition("?")
    cleaned = _without_click_ids(query)
    return path + mark + cleaned if cleaned else path


def _without_click_ids(query: str) -> str:
    pairs = query.split("&")
    kept = [pair for pair in pairs if not _is_click_id(pair)]
    return query if len(kept) == len(pairs) else "&".join(kept)


def _is_click_id(pair: str) -> bool:
    return bool(_CLICK_ID.fullmatch(_decoded(pair.partition("=")[0], frozenset())))


def _decoded(text: str, kept: frozenset[str]) -> str:
    """Decode all escapes of a text except those of `kept`; percent signs become _PERCENT."""
    parts = []
    end = 0
    for run in _ESCAPES.finditer(text):
        parts.append(text[end : run.start()].replace("%", _PERCENT))
        raw = bytes.fromhex(run[0].replace("%", ""))
        for character in raw.decode("utf-8", "surrogateescape"):
            parts.append(_reencoded(character, kept))
        end = run.end()
    parts.append(text[end:].replace("%", _PERCENT))
    return "".join(parts)


def _reencoded(character: str, kept: frozenset[str]) -> str:
    if character == "%":
        return _PERCENT
    number = ord(character)
    is_control = number < 0x20 or 0x7F <= number < 0xA0 or number == 0xFFFD
    if character in kept or is_control or 0xDC80 <= number <= 0xDCFF:
        raw = character.encode("utf-8", "surrogateescape")
        return "".join(f"%{byte:02X}" for byte in raw)
    return character
