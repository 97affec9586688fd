"""A copy is one moment of the store, private, checked, and put back whole or not at all."""

import shutil
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select, text

from moderation.domain.errors import AlreadyExists
from moderation.services.operations.backup import CopyFailed, NotACopy, back_up, check_copy, restore
from moderation.services.operations.integrity import verify
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision
from moderation.web.database import db
from tests.conftest import make_settings, missing


@pytest.fixture
def url(store):
    if "database_url" in store and shutil.which("pg_dump") is None:
        missing("pg_dump")
    return make_settings(**store).url


@pytest.fixture
def elsewhere(store, tmp_path, make_app):
    """The address of an empty store of the same kind, and an application on it."""
    if "database_url" not in store:
        settings = {"data_dir": tmp_path / "elsewhere"}
        yield make_settings(**settings).url, lambda: make_app(**settings)
        return
    address = f"{store['database_url']}_elsewhere"
    name = address.rpartition("/")[2]
    plain = store["database_url"].replace("+psycopg", "")
    with closing(psycopg.connect(plain, autocommit=True)) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        yield address, lambda: make_app(database_url=address)
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def texts(app) -> set[str]:
    with app.app_context():
        found = set(db.session.scalars(select(Comment.text)))
        db.session.remove()
        db.engine.dispose()
    return found


def test_a_copy_made_while_four_write_is_sound_and_holds_every_earlier_answer(
    client, app, url, elsewhere, tmp_path, clock
):
    answered: list[str] = []
    stop, written = threading.Event(), threading.Semaphore(0)

    def write(name: str) -> None:
        own, number = app.test_client(), 0
        while not stop.is_set():
            number += 1
            line = f"Letter {number} of {name} to the paper."
            answer = own.post(
                f"/api/v1/sites/news/posts/{name}/comments",
                json={"author": {"name": name}, "text": line},
            )
            if answer.status_code in (201, 202):
                answered.append(line)
                written.release()

    writers = [threading.Thread(target=write, args=(f"writer{i}",)) for i in range(4)]
    for writer in writers:
        writer.start()
    for _ in range(12):
        assert written.acquire(timeout=30)
    before = set(answered)
    back_up(url, tmp_path / "copy")
    during = set(answered) - before
    stop.set()
    for writer in writers:
        writer.join()

    address, make_other = elsewhere
    restore(address, tmp_path / "copy")
    other = make_other()
    assert before <= texts(other) <= set(answered)
    assert len(set(answered)) > len(before) or during == set()
    with other.app_context():
        assert [f for f in verify(db.session(), now=clock.now) if f.wrong] == []
        db.session.remove()


def test_a_copy_is_for_its_owners_eyes_and_leaves_nothing_beside_it(url, make_comment, tmp_path):
    make_comment("Kept.")
    folder = tmp_path / "copies"
    folder.mkdir()
    (folder / "copy").write_text("an earlier one")
    (folder / "copy").chmod(0o644)

    size = back_up(url, folder / "copy")

    assert [path.name for path in folder.iterdir()] == ["copy"]
    assert stat.S_IMODE((folder / "copy").stat().st_mode) == 0o600
    assert (folder / "copy").stat().st_size == size > 1000
    check_copy(folder / "copy")
    assert [path.name for path in folder.iterdir()] == ["copy"]


def test_a_store_that_is_there_is_given_up_only_by_force(
    url, elsewhere, app, client, make_comment, tmp_path
):
    make_comment("Copied.")
    back_up(url, tmp_path / "copy")
    address, make_other = elsewhere
    restore(address, tmp_path / "copy")
    make_comment("Written later.")
    back_up(url, tmp_path / "later")

    with pytest.raises(AlreadyExists, match="--force"):
        restore(address, tmp_path / "later")
    assert texts(make_other()) == {"Copied."}
    restore(address, tmp_path / "later", force=True)

    assert texts(make_other()) == {"Copied.", "Written later."}


def test_a_file_that_is_no_sound_copy_is_refused_and_the_store_stays(
    url, elsewhere, client, make_comment, tmp_path
):
    make_comment("Copied.")
    back_up(url, tmp_path / "copy")
    whole = (tmp_path / "copy").read_bytes()
    (tmp_path / "half").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "words").write_text("not a copy at all")
    address, make_other = elsewhere
    restore(address, tmp_path / "copy")

    for name in ("half", "words", "nothing"):
        with pytest.raises(NotACopy, match=name):
            restore(address, tmp_path / name, force=True)

    assert texts(make_other()) == {"Copied."}


def test_a_copy_of_another_kind_of_database_is_refused(url, client, tmp_path):
    back_up(url, tmp_path / "copy")
    other = "postgresql://127.0.0.1:9/x" if url.startswith("sqlite") else f"sqlite:///{tmp_path}/x"

    with pytest.raises(NotACopy, match="another kind"):
        restore(other, tmp_path / "copy")


def test_a_missing_client_program_is_reported(url, client, tmp_path, monkeypatch):
    if url.startswith("sqlite"):
        return
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CopyFailed, match="pg_dump is not installed"):
        back_up(url, tmp_path / "copy")


def test_an_unavailable_database_is_reported_without_its_password(tmp_path):
    if shutil.which("pg_dump") is None:
        missing("pg_dump")
    with pytest.raises(CopyFailed) as raised:
        back_up("postgresql+psycopg://me:canary@127.0.0.1:9/x", tmp_path / "copy")

    assert "canary" not in raised.value.detail
    assert list(tmp_path.iterdir()) == []


def sqlite_store(tmp_path: Path, name: str) -> Path:
    path = tmp_path / name
    with closing(sqlite3.connect(path)) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE alembic_version (version_num)")
        made.execute("CREATE TABLE name (name)")
        made.execute("INSERT INTO name VALUES (?)", (name,))
        made.commit()
    return path


def test_a_store_in_use_is_not_replaced(tmp_path):
    source, target = sqlite_store(tmp_path, "source"), sqlite_store(tmp_path, "target")
    with closing(sqlite3.connect(target)) as used:
        used.execute("SELECT * FROM name").fetchall()

        with pytest.raises(CopyFailed, match="in use"):
            restore(f"sqlite:///{target}", source, force=True)
        assert used.execute("SELECT name FROM name").fetchall() == [("target",)]

    restore(f"sqlite:///{target}", source, force=True)
    with closing(sqlite3.connect(target)) as replaced:
        assert replaced.execute("SELECT name FROM name").fetchall() == [("source",)]


def test_the_log_of_a_damaged_store_does_not_spoil_what_is_put_in_its_place(tmp_path):
    source, target = sqlite_store(tmp_path, "source"), sqlite_store(tmp_path, "target")
    with closing(sqlite3.connect(target, isolation_level=None)) as killed:
        killed.execute("INSERT INTO name VALUES ('in the log')")
        log = Path(f"{target}-wal").read_bytes()
    target.write_bytes(b"torn to pieces" * 512)
    Path(f"{target}-wal").write_bytes(log)

    restore(f"sqlite:///{target}", source, force=True)

    with closing(sqlite3.connect(target)) as replaced:
        assert replaced.execute("SELECT name FROM name").fetchall() == [("source",)]
        assert replaced.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_full_disk_leaves_the_earlier_copy(tmp_path):
    source = sqlite_store(tmp_path, "source")
    (tmp_path / "copy").write_text("the earlier one")

    with pytest.raises(CopyFailed, match="cannot be written"):
        back_up(f"sqlite:///{source}", tmp_path / "no such folder" / "copy")
    with pytest.raises(CopyFailed, match="There is no store"):
        back_up(f"sqlite:///{tmp_path}/none", tmp_path / "copy")

    assert (tmp_path / "copy").read_text() == "the earlier one"


# Whether a store is sound


def broken(session, clock, statement: str) -> dict[str, int]:
    session.rollback()
    if session.get_bind().dialect.name == "sqlite":
        # A connection that, unlike ours, looks at no foreign key.
        with closing(sqlite3.connect(session.get_bind().url.database)) as careless:
            careless.execute(statement)
            careless.commit()
    else:
        session.execute(text(statement))
        session.commit()
    return {f.check: f.wrong for f in verify(session, now=clock.now) if f.wrong}


def fill(make_comment, client, reviewing) -> str:
    top = make_comment("The top of a thread.")["comment"]["id"]
    reply = make_comment("A reply to the top.", parent_id=top)["comment"]["id"]
    make_comment("A reply to the reply.", parent_id=reply)
    make_comment("What the fuck is this.", parent_id=top)
    make_comment("On another post.", post="other")
    client.post(
        f"/api/v1/review/comments/{reply}/decisions", json={"outcome": "reject"}, headers=reviewing
    )
    return str(top)


def test_a_store_that_only_the_service_wrote_is_sound(
    session, clock, make_comment, client, reviewing
):
    top = fill(make_comment, client, reviewing)
    made = make_comment("With a reply that stays.", post="third")
    make_comment("The reply that stays.", post="third", parent_id=made["comment"]["id"])
    client.delete(
        f"/api/v1/comments/{made['comment']['id']}", headers={"X-Edit-Token": made["edit_token"]}
    )
    client.post(
        f"/api/v1/review/comments/{top}/decisions", json={"outcome": "spam"}, headers=reviewing
    )

    findings = verify(session, now=clock.now)

    assert len(findings) >= 7
    assert [f for f in findings if f.wrong] == []
    assert session.scalar(select(func.count()).select_from(Decision)) > 7


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            "DELETE FROM decisions WHERE outcome = 'reject'",
            {"every comment has the decision that its status comes from": 1},
        ),
        (
            "DELETE FROM audit_entries WHERE action = 'comment.hold'",
            {"every decision is in the audit trail": 1},
        ),
        (
            "DELETE FROM outbox WHERE type = 'comment.rejected'",
            {"every decision has its message to the site": 1},
        ),
        (
            "UPDATE comments SET listing = 'shown' WHERE status = 'held'",
            {
                "every comment is listed as its thread allows": 1,
                "every post counts the comments that are shown": 1,
                "every comment counts the replies that are listed": 1,
            },
        ),
        (
            "UPDATE comments SET listing = 'hidden' WHERE text = 'A reply to the reply.'",
            {
                "every comment is listed as its thread allows": 1,
                "every post counts the comments that are shown": 1,
                "every comment counts the replies that are listed": 1,
            },
        ),
        (
            "UPDATE comments SET status = 'approved' WHERE status = 'held'",
            {
                "every comment has the decision that its status comes from": 1,
                "every comment is listed as its thread allows": 1,
            },
        ),
        (
            "UPDATE posts SET comment_count = 9 WHERE external_id = 'other'",
            {"every post counts the comments that are shown": 1},
        ),
        (
            "UPDATE comments SET post_id = (SELECT id FROM posts WHERE external_id = 'other') "
            "WHERE text = 'A reply to the reply.'",
            {
                "every comment belongs to its post's site and its parent's post": 1,
                "every post counts the comments that are shown": 2,
            },
        ),
    ],
)
def test_damage_is_found(session, clock, make_comment, client, reviewing, statement, found):
    fill(make_comment, client, reviewing)

    assert broken(session, clock, statement) == found


def test_rows_that_point_nowhere_are_found(session, clock, make_comment, client, reviewing):
    fill(make_comment, client, reviewing)
    if db.engine.dialect.name == "postgresql":
        # It would not have it.
        return

    found = broken(session, clock, "DELETE FROM posts WHERE external_id = 'other'")

    assert found["foreign_key_check"] >= 1


def test_messages_that_were_sent_long_ago_are_not_missed(
    session, clock, make_comment, client, reviewing
):
    fill(make_comment, client, reviewing)
    clock.advance(days=31)

    assert broken(session, clock, "DELETE FROM outbox") == {}
