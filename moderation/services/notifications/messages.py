"""The contents of mail to moderators, with only short quotations of comments."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import make_msgid
from html import escape
from typing import Any

from moderation.domain import characters
from moderation.domain.judgement import Draft, Facts, Rules
from moderation.domain.mailboxes import mailbox
from moderation.filters.personal_data.filter import PersonalDataFilter
from moderation.filters.text.document import Text

#: Fields whose value is a link or an id. It is longer than a line and has no space to fold it at:
#: it would be encoded, and mail providers do not decode these fields. RFC 5322 allows 998.
_UNFOLDED = frozenset({"list-unsubscribe", "message-id"})


class _Policy(EmailPolicy):
    """Header fields by RFC 5322, 2047 and 8058, and 7-bit bodies."""

    def fold(self, name: str, value: Any) -> str:
        """Return a field as it is sent."""
        if name.lower() in _UNFOLDED:
            return f"{name}: {value}{self.linesep}"
        if name.lower() == "subject":
            return f"{name}: {_encoded_words(name, str(value), self.linesep)}{self.linesep}"
        folded: str = super().fold(name, value)
        return folded

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return the bytes of a field as it is sent."""
        return self.fold(name, value).encode("ascii")


def _encoded_words(name: str, text: str, linesep: str) -> str:
    """Fold a text, encoded where it has to be; the policy's own words may be too long.

    RFC 2047 allows 75 characters for one. A text that looks like one is encoded as well.
    """
    plain = text.isascii() and "=?" not in text and max(map(len, text.split()), default=0) < 60
    header = Header(text, "us-ascii" if plain else "utf-8", maxlinelen=75, header_name=name)
    return header.encode(linesep=linesep)


_POLICY = _Policy(linesep="\r\n", cte_type="7bit")
#: Joiners are invisible and still part of words and of pictures.
_JOINERS = frozenset("\u200c\u200d")
#: Characters of a comment that a mail quotes.
QUOTED = 300
#: Comments that one mail quotes; the others are counted.
LISTED = 20
_HIDDEN = "•••"
_PERSONAL_DATA = PersonalDataFilter()


@dataclass(frozen=True, slots=True)
class Stamp:
    """The Date of a mail, and the host of its Message-ID."""

    at: datetime
    host: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One held comment in a mail."""

    site: str
    post: str
    author: str
    text: str
    because: str
    at: datetime
    approve: str
    reject: str
    show: str


def quoted(text: str) -> str:
    """Return a text for a mail: without personal data and working links, and shortened."""
    findings = _PERSONAL_DATA.check(Text(text), Draft(text), Facts(), Rules())
    spans = sorted(span for signal in findings.signals for span in signal.spans)
    pieces, at = [], 0
    for begin, end in spans:
        if begin >= at:
            pieces += [text[at:begin], _HIDDEN]
        at = max(at, end)
    hidden = characters.line("".join([*pieces, text[at:]]))
    # A mail program would turn it into a link, which a reader might follow.
    dead = hidden.replace("://", "[:]//").replace("www.", "www[.]")
    return dead if len(dead) <= QUOTED else dead[: QUOTED - 1].rstrip() + "…"


def held_digest(
    sender: str,
    recipient: str,
    entries: list[Entry],
    more: int,
    *,
    console: str,
    off: str,
    stamp: Stamp | None = None,
) -> EmailMessage:
    """Build the mail about held comments; `off` is the link that switches such mail off."""
    number = len(entries) + more
    sites = sorted({entry.site for entry in entries})
    where = sites[0] if len(sites) == 1 else f"{len(sites)} sites"
    waits = "One comment waits" if number == 1 else f"{number} comments wait"
    message = begin(sender, recipient, f"{waits} for a moderator on {where}", stamp)
    message["List-Unsubscribe"] = f"<{off}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    others = f"{more} more wait in the console." if more > 1 else "One more waits in the console."
    plain = [f"{waits} for a moderator.", ""]
    for entry in entries:
        plain += [
            f"{entry.author} on {entry.post} ({entry.site}), {entry.at:%d %B, %H:%M} UTC",
            f"    {entry.text}",
            entry.because,
            f"Approve: {entry.approve}",
            f"Reject:  {entry.reject}",
            f"Look:    {entry.show}",
            "",
        ]
    plain += [others, ""] if more else []
    plain += [f"Everything that waits: {console}", f"No more of these mails: {off}", ""]
    message.set_content(characters.paragraphs("\n".join(plain)) + "\n")
    rows = "".join(map(_row, entries))
    message.add_alternative(
        _HTML.format(
            title=escape(f"{waits} for a moderator"),
            rows=characters.paragraphs(rows) + (f"<p>{escape(others)}</p>" if more else ""),
            console=escape(console),
            off=escape(off),
        ),
        subtype="html",
    )
    return message


def confirmation(
    sender: str, recipient: str, login: str, on: str, *, stamp: Stamp | None = None
) -> EmailMessage:
    """Build the mail that asks a moderator to confirm an address."""
    message = begin(sender, recipient, "Confirm your address for mail about comments", stamp)
    login = characters.line(login)
    message.set_content(
        f"The moderator {login} asked for mail about held comments to this address.\n\n"
        f"If that was you: {on}\n\nIf not, leave it: nothing more is sent.\n"
    )
    return message


def notice(
    sender: str, recipient: str, subject: str, text: str, *, stamp: Stamp | None = None
) -> EmailMessage:
    """Build a short mail about an account."""
    message = begin(sender, recipient, subject, stamp)
    message.set_content(characters.paragraphs(text) + "\n")
    return message


def begin(
    sender: str,
    recipient: str,
    subject: str,
    stamp: Stamp | None,
    *,
    name: str = "moderation",
    id: str = "",
) -> EmailMessage:
    """Start a message; raise ValueError for a recipient that no header may contain.

    Without a stamp the date is now and the host is the sender's; without an id one is made.
    """
    stamp = stamp or Stamp(datetime.now(UTC), sender.rpartition("@")[2])
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(name, addr_spec=sender)
    message["To"] = Address(addr_spec=mailbox(recipient))
    message["Subject"] = characters.line(subject)
    message["Date"] = stamp.at
    message["Message-ID"] = f"<{id}@{stamp.host}>" if id else make_msgid(domain=stamp.host)
    message["Auto-Submitted"] = "auto-generated"
    return message


def _row(entry: Entry) -> str:
    where = escape(f"{entry.post} ({entry.site}), {entry.at:%d %B, %H:%M} UTC")
    return (
        f'<div style="margin:0 0 24px"><p style="margin:0;color:#5f5f5a;font-size:13px">'
        f'<b style="color:#1d1d1b">{escape(entry.author)}</b> on {where}</p>'
        f'<p style="margin:6px 0">{escape(entry.text)}</p>'
        f'<p style="margin:0 0 6px;color:#5f5f5a;font-size:13px">{escape(entry.because)}</p>'
        f'<p style="margin:0"><a href="{escape(entry.approve)}">Approve</a> &nbsp; '
        f'<a href="{escape(entry.reject)}">Reject</a> &nbsp; '
        f'<a href="{escape(entry.show)}">Look</a></p></div>'
    )


_HTML = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body style="max-width:600px;margin:0 auto;padding:24px;color:#1d1d1b;font:15px/1.5 sans-serif">
<h1 style="font-size:20px">{title}</h1>
{rows}
<p style="color:#5f5f5a;font-size:13px"><a href="{console}">Everything that waits</a> &nbsp;
<a href="{off}">No more of these mails</a></p>
</body></html>
"""
