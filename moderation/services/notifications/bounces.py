"""Reports of mail servers: bounces (RFC 3464) and complaints (RFC 5965).

A report is believed only for a mail of ours that it quotes: its Message-ID holds 74 random bits,
which only the side of the recipient has seen.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from uuid import UUID

#: Bytes of a report that are read: they quote mails of ours, which are short.
LONGEST = 1024 * 1024
_MAIL = re.compile(r"<([0-9a-f]{32})@[^<>\s]{1,255}>")


def read(raw: bytes) -> tuple[UUID, str] | None:
    """Return the id of the mail that a report is about, and `bounced` or `complained`.

    Returns None for anything else: a delay, an automatic answer, a report about other mail.
    """
    report = message_from_bytes(raw[:LONGEST], policy=policy.default)
    why = next(filter(None, map(_reason, report.walk())), None)
    mail_id = next(filter(None, map(_quoted_mail, report.walk())), None)
    return (mail_id, why) if why and mail_id else None


def _reason(part: Message) -> str | None:
    kind = part.get_content_type()
    if kind == "message/feedback-report":
        fields = _text_of(part)
        return "complained" if re.search(r"(?im)^feedback-type:\s*abuse\b", fields) else None
    if kind != "message/delivery-status":
        return None
    for group in _groups(part):
        action, status = str(group.get("Action", "")), str(group.get("Status", ""))
        # 5.7 and the like are about the sender or the message, 5.2.2 is a full mailbox.
        gone = re.match(r"\s*5\.(0\.0|1\.\d+|2\.[01])\b", status)
        if action.strip().lower() == "failed" and gone:
            return "bounced"
    return None


def _groups(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (each for each in payload if isinstance(each, Message))


def _text_of(part: Message) -> str:
    payload = part.get_payload()
    if isinstance(payload, list):
        return "\n".join(str(each) for each in payload)
    return str(payload)


def _quoted_mail(part: Message) -> UUID | None:
    """Return the id of our mail that a part quotes, whole or by its header."""
    kind = part.get_content_type()
    if kind == "message/rfc822":
        inner = part.get_payload()
        quoted = inner[0] if isinstance(inner, list) and inner else None
        header = str(quoted.get("Message-ID", "")) if isinstance(quoted, EmailMessage) else ""
    elif kind == "text/rfc822-headers":
        found = re.search(r"(?im)^message-id:\s*(<[^>\r\n]{1,300}>)", _text_of(part))
        header = found[1] if found else ""
    else:
        return None
    match = _MAIL.search(header)
    return UUID(match[1]) if match else None
