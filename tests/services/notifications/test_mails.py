"""Mail to moderators: recipients, times, and the content it may and may not hold."""

import re
from datetime import timedelta
from email import message_from_bytes, policy
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from sqlalchemy import delete, func, select

from moderation.domain.actors import By
from moderation.domain.roles import Role
from moderation.domain.status import Actor, Outcome
from moderation.services.accounts import authentication, mail_preferences
from moderation.services.accounts.mail_schedule import MailFrequency, MailPreference, due
from moderation.services.notifications import messages
from moderation.services.notifications.smtp import MailNotSent, mail_sender
from moderation.services.retries import DELAYS, TRIES
from moderation.services.review import decisions
from moderation.storage.models.accounts import Moderator, SiteRole
from moderation.storage.models.jobs import Mail
from moderation.web.database import db
from tests.nodes import free_port
from tests.working import turn

FOUL = (
    "That is bullshit. Call me on +44 7700 900123, see https://evil.example/x or www.evil.example."
)


class Postbox:
    """Accepts or refuses mail as configured, and stores it."""

    def __init__(self, *errors):
        self.sent = []
        self.errors = list(errors)

    def __call__(self, message):
        if self.errors:
            raise MailNotSent(self.errors.pop(0))
        self.sent.append(message)


@pytest.fixture
def postbox():
    return Postbox()


@pytest.fixture
def app(make_app):
    return make_app(smtp_url="smtp://mail.example", mail_from="desk@news.example")


@pytest.fixture
def wants(app, site, clock):
    """Add a moderator who confirmed an address and wants mail."""

    def make(login, often=MailFrequency.NOW, role=Role.MODERATOR, on_sites=None):
        with app.app_context():
            made = authentication.add_moderator(
                db.session(),
                login,
                "a long enough password",
                role=role,
                on_sites=on_sites,
                now=clock.now,
            )
            made.email, made.email_confirmed_at = f"{login}@news.example", clock.now
            mail_preferences.change_preferences(db.session(), made, now=clock.now, often=often)
            db.session.commit()
            id = made.id
            db.session.remove()
        return id

    return make


@pytest.fixture
def work(app, clock, postbox):
    """Let the worker have its turn, after a while."""

    def go(**later):
        clock.advance(**(later or {"seconds": 20}))
        return turn(app, "w", send=None, post=postbox, clock=clock)

    return go


def body(message, kind="plain"):
    return message.get_body((kind,)).get_content()


def test_a_held_comment_is_mailed_at_once_and_once(wants, make_comment, work, postbox):
    wants("ann")
    make_comment(FOUL, name="Bo")

    work()
    work(minutes=2)

    (message,) = postbox.sent
    assert message["To"] == "ann@news.example"
    assert message["Subject"] == "One comment waits for a moderator on The News"
    assert "bullshit" in body(message)
    assert "Held because it contains profanity" in body(message)


def test_a_published_comment_is_no_news(wants, make_comment, work, postbox):
    wants("ann")
    make_comment("A calm word about bread.")

    work()

    assert postbox.sent == []


def test_a_mail_hides_personal_data_and_has_no_live_link_but_its_own(
    wants, make_comment, work, postbox
):
    wants("ann")
    make_comment(FOUL, name="Bo", author={"email": "bo.private@a.example"})

    work()

    for kind in ("plain", "html"):
        mail_text = body(postbox.sent[0], kind)
        assert "900123" not in mail_text
        assert "bo.private" not in mail_text
        hosts = set(re.findall(r"(?:https?://|www\.)([^/\s\"]+)", mail_text))
        assert hosts == {"comments.example"}


def test_a_long_text_is_cut_and_markup_stays_text(wants, make_comment, work, postbox):
    wants("ann")
    make_comment(f"<b>Bullshit</b> {'word ' * 500}", name="<i>Eve</i>")

    work()

    assert len(body(postbox.sent[0])) < 1500
    assert "<i>Eve" not in body(postbox.sent[0], "html")
    assert "&lt;b&gt;Bullshit" in body(postbox.sent[0], "html")


@pytest.mark.parametrize(
    ("wish", "now", "at"),
    [
        (MailPreference(MailFrequency.NOW), "2026-03-01T10:20:00", "2026-03-01T10:20:00"),
        (MailPreference(MailFrequency.HOURLY), "2026-03-01T10:20:00", "2026-03-01T11:00:00"),
        (MailPreference(MailFrequency.DAILY), "2026-03-01T06:20:00", "2026-03-01T07:00:00"),
        (MailPreference(MailFrequency.DAILY), "2026-03-01T07:00:00", "2026-03-02T07:00:00"),
        (
            MailPreference(MailFrequency.DAILY, 8, "Europe/Paris"),
            "2026-01-15T06:59:00",
            "2026-01-15T07:00:00",
        ),
        (
            MailPreference(MailFrequency.DAILY, 8, "Europe/Paris"),
            "2026-07-15T06:30:00",
            "2026-07-16T06:00:00",
        ),
        # It is the next day there already.
        (
            MailPreference(MailFrequency.DAILY, 6, "Asia/Tokyo"),
            "2026-03-01T20:00:00",
            "2026-03-01T21:00:00",
        ),
        (
            MailPreference(MailFrequency.DAILY, 6, "Asia/Tokyo"),
            "2026-03-01T21:00:00",
            "2026-03-02T21:00:00",
        ),
        # A day of 23 hours, one of 25, and an hour that there is not, or twice.
        (
            MailPreference(MailFrequency.DAILY, 8, "Europe/Paris"),
            "2026-03-28T07:00:00",
            "2026-03-29T06:00:00",
        ),
        (
            MailPreference(MailFrequency.DAILY, 8, "Europe/Paris"),
            "2026-10-24T06:00:00",
            "2026-10-25T07:00:00",
        ),
        (
            MailPreference(MailFrequency.DAILY, 2, "Europe/Paris"),
            "2026-03-28T12:00:00",
            "2026-03-29T01:00:00",
        ),
        (
            MailPreference(MailFrequency.DAILY, 2, "Europe/Paris"),
            "2026-10-25T00:00:00",
            "2026-10-26T01:00:00",
        ),
        # Known to another machine of ours once, but not to this.
        (
            MailPreference(MailFrequency.DAILY, 9, "Mars/Olympus"),
            "2026-03-01T08:00:00",
            "2026-03-01T09:00:00",
        ),
    ],
)
def test_a_digest_comes_at_its_hour(clock, wish, now, at):
    moment = clock.now.fromisoformat(f"{now}+00:00")

    assert due(wish, moment, None) == clock.now.fromisoformat(f"{at}+00:00")


def test_a_new_hour_moves_queued_mail(wants, make_comment, work, postbox, session, clock):
    ann = wants("ann", MailFrequency.DAILY)
    make_comment(FOUL)
    work()
    moderator = session.get_one(Moderator, ann)
    soon = clock.now.hour + 1
    mail_preferences.change_preferences(
        session, moderator, now=clock.now, hour=soon % 24, zone="UTC"
    )
    session.commit()

    work(minutes=61)

    assert len(postbox.sent) == 1


def test_a_comment_held_again_after_an_edit_or_an_undo_is_mailed_again(
    wants, make_comment, work, postbox, client, reviewing, session
):
    wants("ann")
    made = make_comment("A calm word about bread.", name="Bo")
    id, token = made["comment"]["id"], {"X-Edit-Token": made["edit_token"]}
    work()
    assert postbox.sent == []

    client.patch(f"/api/v1/comments/{id}", json={"text": FOUL}, headers=token)
    work()
    assert len(postbox.sent) == 1
    path = f"/api/v1/review/comments/{id}/decisions"
    decided = client.post(path, json={"outcome": "approve"}, headers=reviewing).get_json()
    work(minutes=2)
    client.delete(f"/api/v1/review/decisions/{decided['id']}", headers=reviewing)
    work(minutes=2)
    work(minutes=2)

    assert len(postbox.sent) == 2
    assert session.scalar(select(func.count()).select_from(Mail)) == 1


def test_a_moderator_gets_no_mail_of_their_own_undo(
    wants, make_comment, work, postbox, session, clock
):
    ann = wants("ann")
    id = UUID(make_comment(FOUL, name="Bo")["comment"]["id"])
    work()
    me = By(Actor.MODERATOR, "ann", ann)
    decision = decisions.decide(session, id, Outcome.REJECT, me, now=clock.advance(minutes=2))
    decisions.undo(session, decision.id, me, now=clock.advance(minutes=2))

    work(minutes=2)

    assert len(postbox.sent) == 1


def test_a_comment_escalated_in_the_meantime_is_mailed_once(
    wants, make_comment, work, postbox, client, reviewing
):
    wants("ann")
    id = make_comment(FOUL, name="Bo")["comment"]["id"]
    work()
    client.post(
        f"/api/v1/review/comments/{id}/decisions", json={"outcome": "escalate"}, headers=reviewing
    )
    work(minutes=2)

    assert len(postbox.sent) == 1


def test_a_comment_within_a_minute_of_a_mail_waits_for_the_next(wants, make_comment, work, postbox):
    wants("ann")
    make_comment(FOUL)
    work()
    for number in range(25):
        make_comment(f"{number}: what bullshit this is again.", name=f"N{number}")

    work()
    assert len(postbox.sent) == 1
    work(minutes=1)

    assert len(postbox.sent) == 2
    assert postbox.sent[1]["Subject"].startswith("25 comments wait")
    assert body(postbox.sent[1]).count("Approve:") == messages.LISTED
    assert "5 more wait" in body(postbox.sent[1])


def test_a_digest_lists_the_comments_still_held_when_it_is_sent(
    wants, make_comment, work, postbox, client, reviewing
):
    wants("ann", MailFrequency.HOURLY)
    # With a blank, which no random link in the mail has by chance.
    decided = make_comment(FOUL, name="Bo Ek")["comment"]["id"]
    make_comment(f"Again: {FOUL}", name="Cleo")
    work()
    assert postbox.sent == []
    path = f"/api/v1/review/comments/{decided}/decisions"
    client.post(path, json={"outcome": "reject"}, headers=reviewing)

    work(hours=1)

    (message,) = postbox.sent
    assert ("Bo Ek" in body(message), "Cleo" in body(message)) == (False, True)


def test_a_moderator_gets_no_mail_of_other_sites(wants, site, make_comment, work, postbox):
    wants("ann", role=None, on_sites={site.id: Role.MODERATOR})
    wants("bea", role=None)
    make_comment(FOUL)

    work()

    assert [message["To"] for message in postbox.sent] == ["ann@news.example"]


def test_no_mail_is_sent_without_a_role_an_account_or_the_preference(
    wants, site, make_comment, work, postbox, session, clock
):
    gone = wants("ann", MailFrequency.HOURLY, None, {site.id: Role.MODERATOR})
    disabled, off = wants("bea", MailFrequency.HOURLY), wants("cyd", MailFrequency.HOURLY)
    make_comment(FOUL)
    work()
    session.execute(delete(SiteRole).where(SiteRole.moderator_id == gone))
    session.get_one(Moderator, disabled).disabled_at = clock.now
    mail_preferences.change_preferences(
        session, session.get_one(Moderator, off), now=clock.now, often=MailFrequency.OFF
    )
    session.commit()

    work(hours=1)

    assert postbox.sent == []
    states = session.execute(select(Mail.state, func.count()).group_by(Mail.state)).all()
    assert [tuple(row) for row in states] == [("dropped", 2)]


def test_erased_comments_are_in_no_mail(wants, make_comment, work, postbox, client, session):
    wants("ann", MailFrequency.HOURLY)
    made = make_comment(FOUL, name="Canary")
    work()

    token = {"X-Edit-Token": made["edit_token"]}
    client.delete(f"/api/v1/comments/{made['comment']['id']}", headers=token)

    assert session.scalar(select(func.count()).select_from(Mail)) == 0
    work(hours=1)
    assert postbox.sent == []


def test_a_mail_that_is_not_taken_is_tried_again_with_patience(
    wants, make_comment, work, postbox, session
):
    wants("ann")
    make_comment(FOUL)
    postbox.errors = ["ConnectionRefusedError"] * 2

    work()
    work(seconds=1)
    assert len(postbox.errors) == 1
    work(seconds=DELAYS[0].seconds)
    assert (postbox.errors, postbox.sent) == ([], [])
    work(seconds=DELAYS[1].seconds)

    assert len(postbox.sent) == 1
    session.rollback()
    assert session.scalar(select(Mail.state)) == "sent"


def test_after_the_last_try_a_mail_has_failed_and_the_log_holds_no_names(
    wants, make_comment, work, postbox, session, capsys
):
    wants("ann")
    make_comment(FOUL, name="Canary")
    postbox.errors = ["SMTPDataError 550"] * TRIES

    for delay in (timedelta(seconds=20), *DELAYS):
        work(seconds=delay.total_seconds())

    session.rollback()
    assert session.scalar(select(Mail.state)) == "failed"
    written = capsys.readouterr().err
    assert "ann@news" not in written
    assert "Canary" not in written


def test_a_new_address_is_asked_first(app, wants, make_comment, work, postbox, session, clock):
    ann = wants("ann")
    moderator = session.get_one(Moderator, ann)
    mail_preferences.change_preferences(session, moderator, now=clock.now, email="other@a.example")
    session.commit()
    make_comment(FOUL)

    work()
    work(minutes=2)

    (asked,) = postbox.sent
    assert (asked["To"], "bullshit" in str(asked)) == ("other@a.example", False)
    link = re.search(r"/review/mail-on/(\S+)", body(asked))[1]
    client = app.test_client()
    assert client.get(f"/review/mail-on/{link}").status_code == 200
    session.rollback()
    assert session.get_one(Moderator, ann, populate_existing=True).email_confirmed_at is None
    assert client.post(f"/review/mail-on/{link}").status_code == 200
    work()
    assert len(postbox.sent) == 2


def test_without_an_smtp_server_nothing_is_looked_for(
    make_app, wants, make_comment, clock, session
):
    wants("ann")
    make_comment(FOUL)

    turn(make_app(smtp_url=""), "w", send=None, clock=clock)

    assert session.scalar(select(func.count()).select_from(Mail)) == 0


class Inbox:
    """A real SMTP server's memory."""

    def __init__(self):
        self.messages = []

    async def handle_DATA(self, server, session, envelope):
        self.messages.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


def _accept(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"desk", b"p@ss"))


@pytest.fixture
def smtp():
    inbox = Inbox()
    inbox.port = free_port()
    controller = Controller(
        inbox,
        "127.0.0.1",
        inbox.port,
        authenticator=_accept,
        auth_require_tls=False,
        auth_required=True,
        ready_timeout=60,
    )
    controller.start()
    yield inbox
    controller.stop()


# The server warns that passwords should have TLS: on the loopback of a test they need none.
loopback = pytest.mark.filterwarnings("ignore:Requiring AUTH")


@loopback
def test_mail_goes_over_a_real_smtp_server(smtp, app, wants, make_comment, clock):
    wants("ann")
    make_comment("What bullshit, said Zoë 🎈.", name="Zoë")
    clock.advance(seconds=20)

    turn(
        app,
        "w",
        send=None,
        post=mail_sender(f"smtp://desk:p%40ss@127.0.0.1:{smtp.port}"),
        clock=clock,
    )

    ((sender, recipients, raw),) = smtp.messages
    assert (sender, recipients) == ("desk@news.example", ["ann@news.example"])
    message = message_from_bytes(raw, policy=policy.default)
    assert "said Zoë 🎈" in body(message)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # As the bytes have it: mail providers do not decode this field.
    field = re.compile(
        rb"(?m)^List-Unsubscribe: <http://comments\.example/review/mail-off/\S+>\r?$"
    )
    assert field.search(raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@loopback
@pytest.mark.parametrize("user", ["desk:wrong@", ""])
def test_a_refusing_server_is_reported_by_its_code_alone(smtp, user):
    message = messages.confirmation("desk@news.example", "ann@news.example", "ann", "https://x")

    with pytest.raises(MailNotSent, match=r"^SMTP\w+( 5\d\d)?$"):
        mail_sender(f"smtp://{user}127.0.0.1:{smtp.port}")(message)


def test_a_password_is_not_sent_in_clear_over_the_network(monkeypatch):
    class Plain:
        def __init__(self, *_, **__): ...
        def __enter__(self):
            return self

        def __exit__(self, *_): ...
        def ehlo_or_helo_if_needed(self): ...
        def has_extn(self, _):
            return False

        def login(self, *_):
            raise AssertionError("sent the password")

    monkeypatch.setattr("smtplib.SMTP", Plain)
    message = messages.confirmation("desk@news.example", "ann@news.example", "ann", "https://x")

    with pytest.raises(MailNotSent, match="no TLS"):
        mail_sender("smtp://desk:secret@mail.example")(message)


def test_a_name_cannot_smuggle_a_header_into_a_mail(
    change_site, wants, make_comment, work, postbox
):
    wants("ann")
    change_site(title="The News\r\nBcc: eve@evil.example")
    make_comment(FOUL, name="Bo")

    work()

    (message,) = postbox.sent
    assert message["Bcc"] is None
    assert "\n" not in str(message["Subject"])
