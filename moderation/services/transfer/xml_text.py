"""Well-formed XML 1.0 from texts of any characters."""

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

#: XML 1.0 has no way to write these, not even as a reference.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def plain(text: str) -> str:
    """Return a text as XML has it: escaped, without characters that XML cannot hold."""
    return escape(_UNWRITABLE.sub("", text))


def element(name: str, text: str = "", attributes: Mapping[str, str] | None = None) -> str:
    """Return an element with a text."""
    written = "".join(f" {key}={quoteattr(value)}" for key, value in (attributes or {}).items())
    if not text:
        return f"<{name}{written}/>"
    return f"<{name}{written}>{plain(text)}</{name}>"


def cdata(name: str, text: str) -> str:
    """Return an element with a section of character data, as readers of these formats expect."""
    # A section ends at the first `]]>`: that becomes the end of one and the start of the next.
    inner = _UNWRITABLE.sub("", text).replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{inner}]]></{name}>"
