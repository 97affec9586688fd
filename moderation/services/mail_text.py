"""What mail to moderators says: as little of a comment as is needed to know what it is about."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from html import escape

from moderation.domain.judgement import Draft, Facts, Rules
from moderation.filters.personal_data import PersonalDataFilter
from moderation.filters.text import Text

#: A link is longer than 78 characters and has no space to fold it at: with that length its header
#: would be encoded, and mail providers do not decode List-Unsubscribe. RFC 5322 allows 998.
_POLICY = SMTP.clone(max_line_length=998)
#: Characters of a comment that a mail quotes.
QUOTED = 300
#: Comments that one mail quotes; of the others it gives the number.
LISTED = 20
_HIDDEN = "•••"
_PERSONAL_DATA = PersonalDataFilter()


@dataclass(frozen=True, slots=True)
class Entry:
    """One held comment, as a mail tells of it."""

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
    """A text for a mail: personal data hidden, links dead, and no longer than need be."""
    found = _PERSONAL_DATA.check(Text(text), Draft(text), Facts(), Rules())
    spans = sorted(span for signal in found.signals for span in signal.spans)
    pieces, at = [], 0
    for begin, end in spans:
        if begin >= at:
            pieces += [text[at:begin], _HIDDEN]
        at = max(at, end)
    hidden = " ".join("".join([*pieces, text[at:]]).split())
    # A mail program would make a link of it, and somebody would follow it.
    dead = hidden.replace("://", "[:]//").replace("www.", "www[.]")
    return dead if len(dead) <= QUOTED else dead[: QUOTED - 1].rstrip() + "…"


def held(
    sender: str, recipient: str, entries: list[Entry], more: int, *, console: str, off: str
) -> EmailMessage:
    """Mail about comments that wait; `off` is the link that ends such mail."""
    number = len(entries) + more
    sites = sorted({entry.site for entry in entries})
    where = sites[0] if len(sites) == 1 else f"{len(sites)} sites"
    waits = "One comment waits" if number == 1 else f"{number} comments wait"
    message = _message(sender, recipient, f"{waits} for a moderator on {where}")
    message["List-Unsubscribe"] = f"<{off}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
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
    message.set_content("\n".join(plain))
    rows = "".join(map(_row, entries))
    message.add_alternative(
        _HTML.format(
            title=escape(f"{waits} for a moderator"),
            rows=rows + (f"<p>{escape(others)}</p>" if more else ""),
            console=escape(console),
            off=escape(off),
        ),
        subtype="html",
    )
    return message


def confirmation(sender: str, recipient: str, login: str, on: str) -> EmailMessage:
    """Ask whether an address belongs to a moderator."""
    message = _message(sender, recipient, "Confirm your address for mail about comments")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        f"The moderator {login} asked for mail about held comments to this address.\n\n"
        f"If that was you: {on}\n\nIf not, leave it: nothing more is sent.\n"
    )
    return message


def notice(sender: str, recipient: str, subject: str, text: str) -> EmailMessage:
    """Build a short mail about an account."""
    message = _message(sender, recipient, subject)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def _message(sender: str, recipient: str, subject: str) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address("moderation", addr_spec=sender)
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = " ".join(subject.split())
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
