"""Sending mail: over SMTP, or to the terminal in development."""

import smtplib
import ssl
import sys
from collections.abc import Callable
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from moderation.domain import characters

#: Sends a message; raises MailNotSent with a short reason that has no address.
Post = Callable[[EmailMessage], None]
_TIMEOUT = 15
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class MailNotSent(Exception):
    """The server did not accept the message; a later attempt may succeed."""


def failure_reason(error: Exception) -> str:
    """Return the short reason of a failed mail, without any address."""
    return str(error) if isinstance(error, MailNotSent) and str(error) else type(error).__name__


def mail_sender(url: str) -> Post:
    """Return the sender for a URL: `smtp://`, `smtps://` or `console:`."""
    return _to_console if url == "console:" else _over_smtp(url)


def _to_console(message: EmailMessage) -> None:
    """Write a message decoded, so that a link can be clicked or copied."""
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

    def post(message: EmailMessage) -> None:
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
                smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = sorted({str(code) for code, _ in error.recipients.values()})
            raise MailNotSent(" ".join((type(error).__name__, *codes))) from None
        except smtplib.SMTPResponseException as error:
            # Only the number: a server's sentence often repeats the address.
            raise MailNotSent(f"{type(error).__name__} {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise MailNotSent(type(error).__name__) from None

    return post
