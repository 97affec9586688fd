"""A real SMTP server for tests, which keeps what it gets as bytes."""

from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

from moderation.services.notifications.smtp import Post, mail_sender


class Sink:
    """An SMTP server without SMTPUTF8; `answers` are its replies to some recipients."""

    post: Post

    def __init__(self) -> None:
        self.received: list[tuple[str, list[str], bytes]] = []
        self.answers: dict[str, str] = {}
        self.refuses_text = ""
        #: Called when a message has arrived, before it is accepted.
        self.on_data: Callable[[], None] = lambda: None

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.on_data()
        if self.refuses_text:
            return self.refuses_text
        self.received.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        return "250 OK"

    @property
    def messages(self) -> list[EmailMessage]:
        return [strictly(raw) for _, _, raw in self.received]


def strictly(raw: bytes) -> EmailMessage:
    """Parse a message and fail for each defect that the parser finds in it."""
    message = message_from_bytes(raw, policy=policy.SMTP.clone(raise_on_defect=True))
    for name in message:
        assert message[name].defects == ()
    assert message.defects == []
    for part in message.walk():
        assert part.defects == []
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    return message


def sender_for(port: int) -> Post:
    return mail_sender(f"smtp://127.0.0.1:{port}")
