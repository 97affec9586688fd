"""Parameters of Akismet requests: forms, JSON and queries, read by name and bounded in size."""

import codecs
import re
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from moderation.services.compat.akismet_comment import AkismetComment, key_name, public_address

from . import json_bodies

#: Bytes of a body. WordPress sends a comment twice, and each letter in up to nine bytes.
MOST_BYTES = 1024 * 1024
#: Parameters of a request. PHP takes a thousand from a commenter, and WordPress adds a hundred.
MOST_FIELDS = 5000
_LONGEST = 2000
_LONGEST_TEXT = 100_000
_YES = frozenset({"1", "true"})
#: Facts for moderators: what they are called in the review API, and by Akismet's clients.
_DETAILS = {
    "kind": "comment_type",
    "post_id": "comment_post_ID",
    "parent": "comment_parent",
    "language": "blog_lang",
    "role": "user_role",
    "agent": "user_agent",
    "referrer": "referrer",
    "recheck": "recheck_reason",
}
#: Other names of parameters.
_ALIASES = {
    "comment_type": "content_type",
    "referrer": "referer",
    "comment_author_url": "comment_author_website",
}
#: WordPress sends this with the comments that it checks before it stores them: these are as PHP
#: once wrote all input, with a backslash before quotes. What it reads from its database has none.
_UNSTORED = "akismet_comment_nonce"
#: Matches every text in which each quote and each backslash has a backslash before it.
_SLASHED = re.compile(r"""[^'"\\\0]*+(?:\\['"\\0][^'"\\\0]*+)*+""")
_SLASH = re.compile(r"""\\(['"\\0])""")
#: Trap fields of WordPress, which names none in its request.
_TRAPS = ("ak_hp_textarea",)


class Parameters:
    """The parameters of a request; of a repeated one the last counts, as in PHP."""

    def __init__(self, found: dict[str, str]) -> None:
        self._found = found

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def get(self, name: str, longest: int = _LONGEST) -> str:
        """Return a parameter, cut to a length; an empty string when it is missing."""
        value = self._found.get(name)
        if value is None and name in _ALIASES:
            value = self._found.get(_ALIASES[name])
        return (value or "")[:longest]

    def says_yes(self, name: str) -> bool:
        return self.get(name).strip().lower() in _YES

    def comment(self, key: str) -> AkismetComment:
        """Return the comment that a check or a report is about."""
        typed = self._typed
        details = {name: typed(sent, 500) for name, sent in _DETAILS.items()}
        return AkismetComment(
            text=typed("comment_content", _LONGEST_TEXT),
            blog=self.get("blog"),
            author=typed("comment_author", 500),
            email=typed("comment_author_email", 500),
            website=typed("comment_author_url"),
            address=public_address(self.get("user_ip")),
            permalink=self.get("permalink"),
            user_role=self.get("user_role", 100),
            callback=self.get("callback", 4000),
            honeypot_filled=self._trapped(),
            is_test=self.says_yes("is_test"),
            key_name=key_name(key),
            details={name: value for name, value in details.items() if value},
        )

    def _typed(self, name: str, longest: int = _LONGEST) -> str:
        """Return a parameter as the commenter typed it, without the backslashes of WordPress.

        With them the same comment, checked again or reported from WordPress' database, would not
        be recognised.
        """
        if _UNSTORED not in self._found or self.get("recheck_reason"):
            return self.get(name, longest)
        value = self.get(name, MOST_BYTES)
        if "\\" in value and _SLASHED.fullmatch(value):
            value = _SLASH.sub(_unslashed, value)
        return value[:longest]

    def _trapped(self) -> bool:
        named = self.get("honeypot_field_name", 200)
        traps = (*_TRAPS, named) if named else _TRAPS
        return any(self.get(form + trap).strip() for trap in traps for form in ("", "POST_"))


def parameters_of(request: Request) -> Parameters:
    """Return the parameters of a request's query and body."""
    request.max_content_length = MOST_BYTES
    found = {name: values[-1] for name, values in request.args.lists()}
    if request.mimetype == "multipart/form-data":
        request.max_form_memory_size = MOST_BYTES
        found |= {name: values[-1] for name, values in request.form.lists()}
        return Parameters(found)
    body = request.get_data(cache=False).removeprefix(codecs.BOM_UTF8)
    if request.mimetype == "application/json" or body.lstrip()[:1] == b"{":
        return Parameters(found | _from_json(body))
    return Parameters(found | _from_form(body))


def _unslashed(found: re.Match[str]) -> str:
    return "\0" if found[1] == "0" else found[1]


def _from_form(body: bytes) -> dict[str, str]:
    if body.count(b"&") >= MOST_FIELDS:
        raise RequestEntityTooLarge
    raw: dict[str, bytes] = {}
    for pair in body.split(b"&"):
        name, _, value = pair.partition(b"=")
        if name and not name.startswith(_NEVER_READ):
            raw[_decoded(name[:300], _LATIN)] = value
    charset = _charset(raw.get("blog_charset", b""))
    return {name: _decoded(value, charset) for name, value in raw.items()}


#: Cookies of commenters, which WordPress sends with its server variables.
_NEVER_READ = b"HTTP_COOKIE"


_LATIN = "latin-1"
#: Encodings of old blogs. Python knows others that no text has, or that are slow.
_CHARSETS = re.compile(
    r"iso-?8859-(?:[2-9]|1[013-6])|windows-125[0-8]|cp125[0-8]|koi8-[ru]|shift[-_]jis|euc-(?:jp|kr)"
    r"|gb2312|gbk|gb18030|big5"
)


def _charset(sent: bytes) -> str:
    """Return the encoding that a client names for its texts, Latin-1 if it is none of a blog's."""
    named = unquote_to_bytes(sent[:60]).decode("latin-1").strip().lower()
    return named if _CHARSETS.fullmatch(named) else _LATIN


def _decoded(raw: bytes, charset: str) -> str:
    """Decode a name or a value; bytes that are not UTF-8 are in the encoding of an old blog."""
    written = unquote_to_bytes(raw.replace(b"+", b" "))
    for encoding in ("utf-8", charset):
        try:
            return written.decode(encoding)
        except UnicodeDecodeError:
            continue
    return written.decode(_LATIN)


def _from_json(body: bytes) -> dict[str, str]:
    try:
        sent = json_bodies.loads(body)
    except ValueError:
        raise BadRequest from None
    if not isinstance(sent, dict) or len(sent) > MOST_FIELDS:
        raise BadRequest
    return {name: _text(value) for name, value in sent.items() if not _is_cookie(name)}


def _is_cookie(name: str) -> bool:
    return name.startswith("HTTP_COOKIE")


def _text(value: Any) -> str:
    """Return a value of JSON as a form would have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""
