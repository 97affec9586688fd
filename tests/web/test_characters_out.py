"""Texts of earlier releases are shown without controls: in feeds, mail, exports, logs, tables."""

import csv
import json
import os
from email import message_from_bytes, policy
from io import StringIO
from xml.etree import ElementTree

import pytest
import structlog
from click.testing import CliRunner
from sqlalchemy import update

from moderation.cli import main
from moderation.domain import characters
from moderation.domain.status import Actor
from moderation.logging import configure_logging
from moderation.services import audit
from moderation.services.accounts import api_tokens, authentication
from moderation.services.notifications import credential_mails, messages, smtp
from moderation.storage.models.accounts import Moderator, Notice, Token
from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site
from moderation.web.database import db
from moderation.web.state import app_state
from tests.conftest import make_settings, one_store

BAD = "A\x1b[31m\x9b2J\x07\u202e\ufffe\x85B\nC"
ATOM = "{http://www.w3.org/2005/Atom}"


def is_harmless(text, *, lines=False):
    shown = text.replace("\n", "") if lines else text
    return characters.escaped(shown) == shown


@pytest.fixture
def stored(app, make_comment):
    """Write texts into the store that every way in refuses by now."""

    def write(table, **values):
        with app.app_context():
            db.session.execute(update(table).values(**values))
            db.session.commit()
            db.session.remove()

    make_comment()
    return write


def test_feeds_are_xml_and_switch_no_direction(stored, client):
    html = "<p>" + BAD.replace("B", "B\ufdd0\x01") + "</p>"
    stored(Comment, author_name=BAD, text=BAD, html=html)
    stored(Post, title=BAD, external_id="a\x01b\ufffe")
    stored(Site, title=BAD, version=99)

    feeds = [client.get("/feeds/news"), client.get("/feeds/news/a%01b%EF%BF%BE")]

    assert [feed.status_code for feed in feeds] == [200, 422]
    root = ElementTree.fromstring(feeds[0].get_data())  # noqa: S314 (our own)
    texts = [text for node in root.iter() for text in (node.text, *node.attrib.values()) if text]
    assert all(is_harmless(text, lines=True) for text in texts)
    assert root.find(f"{ATOM}title").text == "A[31m2J B C"
    entry = root.find(f"{ATOM}entry")
    assert entry.find(f"{ATOM}author/{ATOM}name").text == "A[31m2J B C"


def test_a_feed_of_a_post_has_its_id_in_place_of_a_title(make_comment, client):
    make_comment(post="café & <b>")

    feed = client.get("/feeds/news/caf%C3%A9%20%26%20%3Cb%3E")

    root = ElementTree.fromstring(feed.get_data())  # noqa: S314 (our own)
    assert root.find(f"{ATOM}title").text == "café & <b>"


def entry(text, clock):
    return messages.Entry(
        site=characters.line(text),
        post=messages.quoted(text),
        author=messages.quoted(text),
        text=messages.quoted(text),
        because=text,
        at=clock.now,
        **dict.fromkeys(("approve", "reject", "show"), "https://comments.example/x"),
    )


def test_mail_has_legal_headers_and_no_controls(clock):
    sent = [
        messages.held_digest(
            "desk@news.example",
            "mia@news.example",
            [entry(BAD, clock)],
            0,
            console="https://comments.example/review/",
            off="https://comments.example/off",
        ),
        messages.confirmation("desk@news.example", "mia@news.example", BAD, "https://c.example"),
        messages.notice("desk@news.example", "mia@news.example", BAD, BAD),
    ]

    for message in sent:
        received = message_from_bytes(message.as_bytes(), policy=policy.SMTP)
        assert received.defects == []
        assert is_harmless(received["Subject"])
        for part in received.walk():
            if not part.is_multipart():
                text = part.get_content().replace("\r\n", "\n")
                assert is_harmless(text, lines=True), part.get_content_type()


def test_the_mail_of_a_notice_has_a_clean_login(app, moderator, clock, stored):
    stored(Moderator, login=BAD)
    row = Notice(kind="password", recipient="mia@news.example", created_at=clock.now)

    message = credential_mails._message(app_state(app).signing, row, BAD, clock.now)

    assert is_harmless(message.get_content(), lines=True)


def test_mail_on_a_terminal_is_written_out(capsys):
    message = messages.notice("desk@news.example", "mia@news.example", "Hello", "One\ntwo")
    message.replace_header("Subject", "Bell\x9b31m")

    smtp.mail_sender("console:")(message)

    assert is_harmless(capsys.readouterr().out, lines=True)


@pytest.fixture
def exported(session, site, clock, call):
    """Write an entry of the audit trail and return it as it is exported."""

    def export(kind, name):
        detail = {"values": {"title": {"to": name}}}
        audit.write(
            session, clock.now, Actor.MODERATOR, name, "site.changed", f"x:{name}", detail=detail
        )
        session.commit()
        return call("GET", f"/audit/export?format={kind}&action=site.changed").get_data().decode()

    return export


@one_store
def test_lines_of_json_hold_controls_only_as_escapes(exported):
    line = exported("jsonl", BAD)

    assert is_harmless(line.removesuffix("\n"))
    assert json.loads(line)["actor_name"] == BAD
    assert json.loads(line)["detail"]["values"]["title"]["to"] == BAD


@one_store
def test_a_row_of_csv_is_one_line_without_controls(exported):
    text = exported("csv", BAD)

    head, row = csv.reader(StringIO(text, newline=""))
    assert is_harmless(text.replace("\r\n", ""))
    assert dict(zip(head, row, strict=True))["actor_name"] == characters.escaped(BAD)
    assert json.loads(dict(zip(head, row, strict=True))["detail"])


@pytest.mark.parametrize("name", ["=1+1", "\uff1d1+1", "@sum", "+1", "-1", "\uff0b1"])
@one_store
def test_a_name_is_no_formula_to_a_spreadsheet(exported, name):
    _, row = csv.reader(StringIO(exported("csv", name), newline=""))

    assert row[4] == f"'{name}"


@pytest.mark.parametrize("format", ["json", "console"])
def test_an_entry_of_the_log_is_one_line_without_controls(capsys, format):
    before = structlog.get_config()
    configure_logging(make_settings(log_level="INFO", log_format=format))

    structlog.get_logger("moderation.test").warning(f"claim.{BAD}", login=BAD, sites=[BAD])

    structlog.configure(**before)
    written = capsys.readouterr().err
    assert is_harmless(written.removesuffix("\n"))
    assert "\\x1b" in written


@pytest.fixture
def run(store, monkeypatch):
    """Run a command on the test's store."""
    monkeypatch.setenv("MODERATION_SECRET_KEY", "a key for tests that is long enough")
    if "database_url" in store:
        monkeypatch.setenv("MODERATION_DATABASE_URL", store["database_url"])
    else:
        monkeypatch.setenv("MODERATION_DATA_DIR", str(store["data_dir"]))
    monkeypatch.setenv("MODERATION_LOG_LEVEL", "ERROR")

    def invoke(*arguments, **options):
        result = CliRunner().invoke(main, list(arguments), **options)
        assert isinstance(result.exception, SystemExit | None), result.exception
        return result

    return invoke


@one_store
def test_commands_print_no_control_that_is_stored(run, app, stored, moderator, token):
    stored(Moderator, login=BAD)
    stored(Token, name=BAD)
    stored(Site, title=BAD, webhook_url=BAD, settings={"guidelines": BAD}, version=99)

    printed = [
        run("moderator", "list"),
        run("token", "list"),
        run("site", "list"),
        run("site", "settings", "news"),
        run("moderator", "remove", "\x1b[2Jghost"),
        run("site", "settings", "\x1b[2J"),
    ]

    for result in printed:
        shown = result.output.replace("\t", "")
        assert is_harmless(shown, lines=True), shown
    assert [len(result.output.splitlines()) for result in printed[:3]] == [1, 1, 1]


@one_store
def test_arguments_of_commands_are_cleaned_or_refused(run, app, site):
    hidden = os.fsdecode(b"\xff")
    word = {"input": "a quiet green harbour\n"}
    add = ("moderator", "add", "--password-stdin")

    assert run(*add, "ann", "--name", "Ann\x1b \u202eReed\n", **word).exit_code == 0
    assert run("site", "add", "other", "--title", "The\x07 Other\u2028Paper").exit_code == 0
    refused = [
        run(*add, "\u200b", **word),
        run(*add, hidden, **word),
        run(*add, "bo", "--name", "\u3164", **word),
        run("token", "add", hidden),
        run("token", "add", "\u2800"),
        run("site", "add", "third", "--title", f"T{hidden}"),
    ]

    with app.app_context():
        named = db.session.query(Moderator.display_name).one()
        titles = {title for (title,) in db.session.query(Site.title)}
    assert named == ("Ann Reed",)
    assert titles == {"The News", "The Other Paper"}
    assert all(result.exit_code for result in refused)
    assert not any("Traceback" in result.output for result in refused)


@one_store
def test_no_service_takes_text_that_no_request_may_hold(session, site, clock):
    for login in ("\u200b", "a\x1bb", "a\u202eb", " a", "", "x" * 81):
        with pytest.raises(Exception, match="A login is"):
            authentication.add_moderator(session, login, "x" * 20, role="admin", now=clock.now)
    with pytest.raises(Exception, match="A token's name"):
        api_tokens.add_token(session, "a\x07", scopes=("review",), now=clock.now)
