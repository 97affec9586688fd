"""Mail as a server receives it: legal header fields, and a failure that stops no other mail."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parsedate_to_datetime

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select, update

from moderation.domain.actors import By
from moderation.domain.errors import Invalid
from moderation.domain.status import Actor
from moderation.services import audit
from moderation.services.accounts import (
    authentication,
    mail_preferences,
    own_account,
)
from moderation.services.accounts.mail_schedule import MailFrequency
from moderation.services.notifications import credential_mails
from moderation.services.notifications import messages as mail_text
from moderation.services.notifications.smtp import mail_sender
from moderation.services.retries import TRIES
from moderation.storage.models.accounts import Moderator, Notice
from moderation.storage.models.jobs import Mail
from moderation.web.database import db
from moderation.web.state import app_state
from tests.nodes import free_port
from tests.working import turn

FOUL = "That is bullshit."


class Sink:
    """An SMTP server without SMTPUTF8 that refuses mail to some recipients."""

    def __init__(self):
        self.received = []
        self.refused = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.received.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        return "250 OK"


@pytest.fixture
def sink():
    sink, port = Sink(), free_port()
    controller = Controller(sink, "127.0.0.1", port, enable_SMTPUTF8=False, ready_timeout=60)
    controller.start()
    sink.post = mail_sender(f"smtp://127.0.0.1:{port}")
    yield sink
    controller.stop()


@pytest.fixture
def settings():
    return {"public_url": "https://xn--kommentre-3za.example"}


@pytest.fixture
def app(make_app, settings):
    return make_app(smtp_url="smtp://mail.example", **settings)


@pytest.fixture
def wants(app, site, clock):
    """A moderator with a confirmed address who wants mail at once."""

    def make(login, email=""):
        with app.app_context():
            made = authentication.add_moderator(
                db.session(), login, "a long enough password", role="moderator", now=clock.now
            )
            # As an earlier release stored it, which took any address.
            made.email, made.email_confirmed_at = email or f"{login}@news.example", clock.now
            mail_preferences.change_preferences(
                db.session(), made, now=clock.now, often=MailFrequency.NOW
            )
            db.session.commit()
            id = made.id
            db.session.remove()
        return id

    return make


def strictly(raw: bytes):
    """Parse a message and fail for each defect that the parser finds in it."""
    message = message_from_bytes(raw, policy=policy.SMTP.clone(raise_on_defect=True))
    for name in message:
        assert message[name].defects == ()
    assert message.defects == []
    for part in message.walk():
        assert part.defects == []
    return message


def fields(raw: bytes) -> list[bytes]:
    """Return the lines of the header, folded ones as they are."""
    return raw.partition(b"\r\n\r\n")[0].split(b"\r\n")


SUBJECTS = [
    "The News",
    "Größe & Maß",
    "日報のコメント欄についてのお知らせ" * 8,
    "صحيفة الأخبار " * 10,
    "👩\u200d🚀 News 🎈 " * 12,
    "Bcc: eve@evil.example\r\nX-Evil: 1",
    "a\x01b\x0bc\x1b[31md\x85e\u2028f",
    "=?utf-8?q?faked?=",
    "x" * 190,
    'Quotes "and" (brackets), <angles>; commas:',
]


@pytest.mark.parametrize("title", SUBJECTS)
def test_a_mail_is_legal_on_the_wire_with_any_name_of_a_site(
    sink, app, change_site, wants, make_comment, clock, title
):
    wants("ann", "ann@xn--bcher-kva.example")
    change_site(title=title[:200])
    make_comment(FOUL, name="Zoë 🎈")
    clock.advance(seconds=20)

    turn(app, "w", send=None, post=sink.post, clock=clock)

    ((sender, recipients, raw),) = sink.received
    message = strictly(raw)
    assert sender == "moderation@xn--kommentre-3za.example"
    assert recipients == ["ann@xn--bcher-kva.example"]
    assert raw.isascii()
    lines = fields(raw)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    unfolded = (b"List-Unsubscribe:", b"Message-ID:")
    assert all(len(line) <= 78 for line in lines if not line.startswith(unfolded))
    assert all(len(word) <= 75 for line in lines for word in re.findall(rb"=\?\S+\?=", line))
    shown = str(make_header(decode_header(message.get("Subject"))))
    assert shown.startswith("One comment waits for a moderator on ")
    assert shown.isprintable() or "\u200d" in shown
    assert message["Bcc"] is None
    assert message["X-Evil"] is None


def test_every_mail_has_the_fields_that_receivers_ask_for(
    sink, app, wants, make_comment, session, clock
):
    id = wants("ann")
    make_comment(FOUL)
    authentication.set_password(session, "ann", "lantern orbit cellar", now=clock.now)
    by = By(Actor.MODERATOR, "ann", id)
    session.rollback()
    clock.advance(seconds=20)
    turn(app, "w", send=None, post=sink.post, clock=clock)
    own_account.change(session, id, by, now=clock.now, email="ann@other.example")
    clock.advance(minutes=2)
    turn(app, "w", send=None, post=sink.post, clock=clock)

    messages = [strictly(raw) for _, _, raw in sink.received]
    kinds = {m["Subject"].partition(" ")[0]: m for m in messages}
    assert set(kinds) == {"One", "Your", "Confirm"}
    for message in messages:
        for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version"):
            assert len(message.get_all(name)) == 1, name
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["Message-ID"].endswith("@xn--kommentre-3za.example>")
        sent = parsedate_to_datetime(str(message["Date"]))
        assert abs((sent - clock.now).total_seconds()) <= 121
        assert sent.utcoffset().total_seconds() == 0
    assert len({m["Message-ID"] for m in messages}) == len(messages)
    raw = next(raw for _, _, raw in sink.received if b"List-Unsubscribe" in raw)
    assert re.search(rb"(?m)^List-Unsubscribe: <https://xn--kommentre-3za\.example/\S+>\r$", raw)
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


@pytest.mark.parametrize("public_url", ["http://127.0.0.1:8000", "http://[::1]:8000"])
def test_a_service_without_a_name_writes_its_address_in_brackets(make_app, public_url):
    settings = app_state(make_app(public_url=public_url)).settings
    stamp = mail_text.Stamp(datetime(2026, 3, 1, tzinfo=UTC), settings.mail_domain)

    raw = bytes(mail_text.notice(settings.sender, "ann@news.example", "Hi", "x", stamp=stamp))

    message = strictly(raw)
    assert re.fullmatch(r"<\S+@\[(127\.0\.0\.1|IPv6:::1)\]>", message["Message-ID"])
    assert message["From"].addresses[0].domain.startswith("[")


@pytest.mark.parametrize(
    "email",
    ["ä@example.org", "дарья@example.org", "no address", "a@b@c", "<>", "ann@[::1", '"@x.y'],
)
def test_an_address_that_an_earlier_release_took_stops_no_other_mail(
    sink, app, wants, make_comment, session, clock, email
):
    bad = wants("ada", email)
    wants("bob")
    make_comment(FOUL)

    for _ in range(TRIES + 1):
        clock.advance(hours=3)
        turn(app, "w", send=None, post=sink.post, clock=clock)

    assert [to for _, to, _ in sink.received] == [["bob@news.example"]]
    line = session.scalars(select(Mail).where(Mail.moderator_id == bad)).one()
    assert (line.state, line.attempts) == ("failed", TRIES)
    assert line.last_error
    assert email not in line.last_error


def test_a_recipient_that_the_server_refuses_stops_no_other_mail(
    sink, app, wants, make_comment, session, clock
):
    bad = wants("ada")
    wants("bob")
    sink.refused = {"ada@news.example"}
    make_comment(FOUL)
    clock.advance(seconds=20)

    turn(app, "w", send=None, post=sink.post, clock=clock)

    assert [to for _, to, _ in sink.received] == [["bob@news.example"]]
    line = session.scalars(select(Mail).where(Mail.moderator_id == bad)).one()
    assert (line.state, line.last_error) == ("waiting", "SMTPRecipientsRefused 550")


def test_a_mail_that_cannot_be_composed_is_given_up_by_itself(
    sink, app, wants, make_comment, session, clock, monkeypatch
):
    bad = wants("ada")
    wants("bob")
    made, held = make_comment(FOUL), mail_text.held_digest

    def composed(sender, recipient, *args, **kwargs):
        if recipient.startswith("ada"):
            raise AttributeError("a template with a hole")
        return held(sender, recipient, *args, **kwargs)

    monkeypatch.setattr(mail_text, "held_digest", composed)
    clock.advance(seconds=20)
    turn(app, "w", send=None, post=sink.post, clock=clock)

    assert made["http"] == 202
    assert [to for _, to, _ in sink.received] == [["bob@news.example"]]
    line = session.scalars(select(Mail).where(Mail.moderator_id == bad)).one()
    assert (line.state, line.attempts, line.last_error) == ("waiting", 1, "AttributeError")


def test_a_job_that_fails_keeps_no_other_job_of_the_worker(
    sink, app, wants, make_comment, clock, monkeypatch
):
    wants("bob")
    make_comment(FOUL)
    clock.advance(seconds=20)
    monkeypatch.setattr("moderation.worker.deliver_due", lambda *a, **k: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        turn(app, "w", send=None, post=sink.post, clock=clock)

    assert [to for _, to, _ in sink.received] == [["bob@news.example"]]


def test_a_warning_that_reached_no_moderator_is_in_the_audit_trail(app, wants, session, clock):
    wants("ada")
    authentication.set_password(session, "ada", "lantern orbit cellar", now=clock.now)
    session.execute(update(Notice).values(recipient="ädä@news.example"))
    session.commit()

    for _ in range(TRIES):
        credential_mails.send_due(session, app_state(app).signing, list, "w", clock=clock)
        clock.advance(hours=3)

    entry = audit.last(session, "notice.failed", "moderator:ada")
    assert entry["detail"] == {"kind": "password", "error": "BadAddress"}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        (" Ann@News.Example ", "Ann@news.example"),
    ],
)
def test_an_account_takes_an_address_with_a_domain_of_any_script(
    app, client, moderator, session, clock, written, kept
):
    id = session.scalars(select(Moderator.id)).one()
    by = By(Actor.MODERATOR, "mia", id)

    own_account.change(session, id, by, now=clock.now, email=written)

    assert session.get_one(Moderator, id, populate_existing=True).email == kept


def test_an_account_refuses_an_address_that_no_mail_reaches(app, moderator, session, clock):
    id = session.scalars(select(Moderator.id)).one()

    by = By(Actor.MODERATOR, "mia", id)
    with pytest.raises(Invalid, match="beyond ASCII") as refused:
        own_account.change(session, id, by, now=clock.now, email="mïa@news.example")

    assert refused.value.errors[0].pointer == "#/email"
    session.rollback()
    assert session.get_one(Moderator, id).email == ""


def test_an_address_in_another_spelling_stays_confirmed(app, wants, session, clock):
    id = wants("ann", "Ann@News.Example")
    by = By(Actor.MODERATOR, "ann", id)

    assert not own_account.changes_email(session, id, "Ann@news.example")
    session.rollback()
    own_account.change(session, id, by, now=clock.now, email="Ann@news.example")

    moderator = session.get_one(Moderator, id, populate_existing=True)
    assert moderator.email_confirmed_at is not None
    assert session.scalars(select(Notice)).all() == []
