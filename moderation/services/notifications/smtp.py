"""Sending mail: over SMTP, or to the terminal in development."""

import re
import smtplib
import ssl
import sys
from collections.abc import Callable
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import unquote, urlsplit

from moderation.domain import characters


def _unwatched() -> None:
    """Do nothing when a message is handed over."""


class Post(Protocol):
    """Sends a message; raises MailNotSent with a short reason that has no address.

    `handed` is called once the server accepted the recipient, before it gets the message: from
    then on a sender that dies does not know whether the message was sent.
    """

    def __call__(
        self, message: EmailMessage, /, handed: Callable[[], None] = _unwatched
    ) -> None: ...


_TIMEOUT = 15
_ENHANCED = re.compile(rb"5\.(\d{1,3})\.\d{1,3}")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class MailNotSent(Exception):
    """The server did not accept the message; a later attempt may succeed."""


class MailServerAway(MailNotSent):
    """The server could not be reached, or was lost."""


class MailRefused(MailNotSent):
    """The server refused this message or its recipient for good."""

    def __init__(self, reason: str, *, no_such_address: bool = False) -> None:
        super().__init__(reason)
        #: The refusal concerns the address: no other message will reach it either.
        self.no_such_address = no_such_address


def failure_reason(error: Exception) -> str:
    """Return the short reason of a failed mail, without any address."""
    return str(error) if isinstance(error, MailNotSent) and str(error) else type(error).__name__


def mail_sender(url: str) -> Post:
    """Return the sender for a URL: `smtp://`, `smtps://` or `console:`."""
    return _to_console if url == "console:" else _over_smtp(url)


def _to_console(message: EmailMessage, /, handed: Callable[[], None] = _unwatched) -> None:
    """Write a message decoded, so that a link can be clicked or copied."""
    handed()
    body = message.get_body(("plain",))
    lines = [f"{name}: {value}" for name, value in message.items()]
    lines += ["", *(body.get_content().splitlines() if body else ()), ""]
    sys.stdout.write("\n" + "\n".join(map(characters.escaped, lines)) + "\n")
    sys.stdout.flush()


def _over_smtp(url: str) -> Post:
    parts = urlsplit(url)
    host, user = parts.hostname or "", unquote(parts.username or "")
    password = unquote(parts.password or "")
    secure = parts.scheme == "smtps"
    port = parts.port or (465 if secure else 587 if user else 25)

    def post(message: EmailMessage, /, handed: Callable[[], None] = _unwatched) -> None:
        try:
            if secure:
                context = ssl.create_default_context()
                smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT, context=context)
            else:
                smtp = smtplib.SMTP(host, port, timeout=_TIMEOUT)
            with smtp:
                smtp.ehlo_or_helo_if_needed()
                if not secure and smtp.has_extn("starttls"):
                    smtp.starttls(context=ssl.create_default_context())
                elif user and not secure and host not in _LOOPBACK:
                    raise MailNotSent("the server offers no TLS for the password")
                if user:
                    smtp.login(user, password)
                _transmit(smtp, message, handed)
        except smtplib.SMTPRecipientsRefused as error:
            raise _recipient_refused(error) from None
        except smtplib.SMTPResponseException as error:
            # Only the number: a server's sentence often repeats the address.
            reason = f"{type(error).__name__} {error.smtp_code}"
            if isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500:
                raise MailRefused(reason) from None
            raise MailNotSent(reason) from None
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            raise MailServerAway(type(error).__name__) from None
        except (smtplib.SMTPException, ValueError) as error:
            raise MailNotSent(type(error).__name__) from None

    return post


def _transmit(smtp: smtplib.SMTP, message: EmailMessage, handed: Callable[[], None]) -> None:
    """Send a message as `SMTP.send_message` does, and report when it is handed over."""
    sender, recipient = (message[name].addresses[0].addr_spec for name in ("From", "To"))
    smtp.ehlo_or_helo_if_needed()
    code, words = smtp.mail(sender)
    if code != 250:
        raise smtplib.SMTPSenderRefused(code, words, sender)
    code, words = smtp.rcpt(recipient)
    if code not in (250, 251):
        raise smtplib.SMTPRecipientsRefused({recipient: (code, words)})
    handed()
    code, words = smtp.data(message.as_bytes())
    if code != 250:
        raise smtplib.SMTPDataError(code, words)


def _recipient_refused(error: smtplib.SMTPRecipientsRefused) -> MailNotSent:
    """Classify a refused recipient by its reply code and enhanced status code (RFC 3463).

    A refusal by policy, 5.7 and the like, is about the sender or the message: a block list
    that has this server on it must not stop every address.
    """
    ((code, words),) = error.recipients.values()
    reason = f"{type(error).__name__} {code}"
    if code < 500:
        return MailNotSent(reason)
    enhanced = _ENHANCED.match(words)
    concerns_address = enhanced is None or enhanced[1] in (b"1", b"2")
    full = code == 552 or (enhanced is not None and enhanced[0] == b"5.2.2")
    return MailRefused(reason, no_such_address=concerns_address and not full)
