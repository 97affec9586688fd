"""The rights of an edit token, their end, and decisions that an edit cannot undo."""

import sqlite3
from contextlib import closing
from uuid import UUID

import pytest
from sqlalchemy import select, text

from moderation.domain.actors import By
from moderation.domain.status import Actor, Outcome
from moderation.services.comments import own_comments
from moderation.services.review import decisions as review
from moderation.storage import Base
from moderation.storage.models.comments import Comment, Revision
from moderation.storage.models.decisions import Decision
from moderation.storage.models.jobs import OutboxMessage
from moderation.web.database import db
from moderation.web.state import app_state
from tests.conftest import one_store
from tests.working import turn

THREAD = "/api/v1/sites/news/posts/story/comments"
FOUL = "What a load of fucking nonsense."
CANARY = "Xylophonquartz"


def own(client, made, method="GET", **body):
    """Ask for one's own comment with the token that came with it."""
    return client.open(
        f"/api/v1/comments/{made['comment']['id']}",
        method=method,
        headers={"Authorization": f"Bearer {made['edit_token']}"},
        **({"json": body} if body else {}),
    )


def decide(client, reviewing, made, outcome, **fields):
    answer = client.post(
        f"/api/v1/review/comments/{made['comment']['id']}/decisions",
        json={"outcome": outcome, **fields},
        headers=reviewing,
    )
    assert answer.status_code == 201
    return answer.get_json()


def shown(client) -> list[str]:
    return [c["text"] for c in client.get(THREAD).get_json()["comments"]]


def test_authors_read_their_own_comment_in_any_status(client, make_comment, reviewing):
    made = make_comment(FOUL)

    assert own(client, made).get_json()["status"] == "held"
    decide(client, reviewing, made, "spam")
    read = own(client, made)
    assert (read.get_json()["status"], read.get_json()["text"]) == ("spam", FOUL)
    assert read.headers["Cache-Control"] == "no-store"


def test_only_the_comments_own_token_opens_it(client, make_comment):
    made, other = make_comment("My own remark."), make_comment("Somebody else's.")
    tokens = {
        "": 401,
        "nonsense": 403,
        other["edit_token"]: 403,
        made["edit_token"][:-1]: 403,
        made["edit_token"] + "x": 403,
        made["comment"]["id"]: 403,
        made["comment"]["id"] + ".": 403,
    }

    for method, body in (("GET", None), ("PATCH", {"text": "Changed."}), ("DELETE", None)):
        answers = {
            token: client.open(
                f"/api/v1/comments/{made['comment']['id']}",
                method=method,
                json=body,
                headers={"Authorization": f"Bearer {token}"},
            )
            for token in tokens
        }
        assert {t: a.status_code for t, a in answers.items()} == tokens
        assert all(a.mimetype == "application/problem+json" for a in answers.values())


def test_another_secret_key_makes_every_token_worthless(make_app, client, make_comment):
    made = make_comment()
    stranger = make_app(secret_key="another key for tests, long enough").test_client()

    assert own(stranger, made).status_code == 403


def test_editing_ends_with_the_edit_window_and_deleting_does_not(client, make_comment, clock):
    made = make_comment()
    clock.advance(seconds=900)
    in_time = own(client, made, "PATCH", text="Changed in time.")
    clock.advance(seconds=1)
    late = own(client, made, "PATCH", text="Changed too late.")
    read, deleted = own(client, made), own(client, made, "DELETE")

    assert in_time.status_code == 200
    assert in_time.get_json()["comment"]["edited_at"]
    assert (late.status_code, late.get_json()["code"]) == (409, "edit_window_over")
    assert (read.status_code, deleted.status_code) == (200, 204)


def test_an_edit_is_judged_again_and_a_held_edit_hides_the_comment(client, make_comment, session):
    made = make_comment()

    held = own(client, made, "PATCH", text=FOUL)

    assert (held.status_code, held.get_json()["comment"]["status"]) == (202, "held")
    assert shown(client) == []
    again = own(client, made, "PATCH", text="Sorry, I was angry.")
    assert again.status_code == 200
    assert shown(client) == ["Sorry, I was angry."]
    decisions = session.scalars(select(Decision).order_by(Decision.comment_version)).all()
    assert [(d.revision, d.outcome) for d in decisions] == [
        (1, "approve"),
        (2, "hold"),
        (3, "approve"),
    ]
    kept = session.scalars(select(Revision.text).order_by(Revision.revision)).all()
    assert kept == ["A quiet and friendly remark.", FOUL]


def test_an_edit_that_a_rule_refuses_gets_the_reason_and_hides_the_comment(
    client, make_comment, change_site
):
    change_site(settings={"block_words": ["zeppelin"]})
    made = make_comment()

    answer = own(client, made, "PATCH", text="Buy my zeppelin.")

    assert (answer.status_code, answer.get_json()["code"]) == (422, "comment_rejected")
    assert shown(client) == []


@pytest.mark.parametrize("outcome", ["reject", "spam"])
@pytest.mark.parametrize("thresholds", [{}, {"standing": 1.01}])
def test_an_edit_does_not_bring_back_what_a_person_took_down(
    client, make_comment, reviewing, change_site, outcome, thresholds
):
    change_site(settings={"thresholds": thresholds})
    made = make_comment()
    decide(client, reviewing, made, outcome)

    edited = own(client, made, "PATCH", text="A harmless new text.")
    twice = own(client, made, "PATCH", text="Another harmless new text.")

    assert (edited.status_code, twice.status_code) == (202, 202)
    assert shown(client) == []


def test_an_edit_that_a_moderator_overtakes_is_judged_with_what_they_decided(
    client, make_comment, app, clock, session, monkeypatch
):
    """The rejection lands between the reading of the comment and the writing of the edit."""
    made = make_comment()
    judge_again = own_comments._judge_again

    def meanwhile(*args):
        monkeypatch.setattr(own_comments, "_judge_again", judge_again)
        by = By(Actor.MODERATOR, "mia")
        review.decide(session, UUID(made["comment"]["id"]), Outcome.REJECT, by, now=clock.now)
        session.commit()
        return judge_again(*args)

    monkeypatch.setattr(own_comments, "_judge_again", meanwhile)
    edited = own(client, made, "PATCH", text="A harmless new text.")

    assert edited.status_code == 202
    assert shown(client) == []


def test_a_premoderated_posts_edits_wait_for_a_person(
    client, make_comment, signed_event, change_site
):
    made = make_comment()
    signed_event("post.published", {"post": "story", "state": "premoderated"})
    change_site(settings={"thresholds": {"standing": 1.01}})

    assert own(client, made, "PATCH", text="A harmless new text.").status_code == 202


def test_a_comment_on_a_removed_post_can_be_deleted_but_not_edited(
    client, make_comment, signed_event
):
    made = make_comment()
    signed_event("post.deleted", {"post": "story"})

    assert own(client, made, "PATCH", text="Changed.").status_code == 409
    assert own(client, made, "DELETE").status_code == 204


def test_deleting_twice_changes_nothing_and_a_deleted_comment_cannot_be_edited(
    client, make_comment, session
):
    made = make_comment()

    first, second = own(client, made, "DELETE"), own(client, made, "DELETE")
    edited = own(client, made, "PATCH", text="Back again.")
    read = own(client, made)

    assert (first.status_code, second.status_code, edited.status_code) == (204, 204, 404)
    assert (read.get_json()["status"], read.get_json()["deleted"]) == ("deleted", True)
    assert len(session.scalars(select(Decision)).all()) == 2


def every_row(session) -> str:
    """Each value of each row of each table."""
    return "\n".join(
        f"{table.name}: {tuple(row)!r}"
        for table in Base.metadata.sorted_tables
        for row in session.execute(table.select())
    )


def test_a_deleted_text_is_in_no_row_of_any_table(client, make_comment, reviewing, session):
    author = {"email": f"{CANARY}@mail.example", "website": f"https://{CANARY}.example"}
    made = make_comment(f"{CANARY} what a fucking mess.", name=CANARY, author=author)
    decide(client, reviewing, made, "approve", note=f"I know {CANARY}")
    own(client, made, "PATCH", text=f"Now {CANARY} is calm, call +44 20 7946 0958.")
    assert CANARY in every_row(session)
    session.rollback()

    own(client, made, "DELETE")

    assert CANARY.lower() not in every_row(session).lower()
    assert all(
        c["explanation"] == "" and c["spans"] == []
        for d in session.scalars(select(Decision))
        for c in d.causes
    )


def test_a_deleted_text_is_in_no_byte_of_the_sqlite_file(app, client, make_comment, session):
    if db.engine.dialect.name != "sqlite":
        return
    folder = app_state(app).settings.data_dir
    texts = [f"{CANARY} {'ö' * length} {CANARY}" for length in (10, 300, 5_000, 9_000)]
    made = [make_comment(text, name=CANARY) for text in texts]
    for one in made:
        own(client, one, "PATCH", text=f"{CANARY} again")

    def on_disk() -> bool:
        session.rollback()
        session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        session.commit()
        return any(CANARY.encode() in file.read_bytes() for file in folder.iterdir())

    assert on_disk()
    for one in made:
        assert own(client, one, "DELETE").status_code == 204
    assert not on_disk()


def on_disk(app) -> list[str]:
    """The files of the store that hold the canary, as they are on the disk now."""
    folder = app_state(app).settings.data_dir
    files = sorted(folder.iterdir())
    return [file.name for file in files if CANARY.encode() in file.read_bytes()]


@pytest.mark.parametrize("way", ["delete", "erase", "redact"])
@one_store
def test_an_erased_text_is_in_no_byte_of_the_file_or_its_log_at_once(
    app, client, make_comment, signed_event, reviewing, way
):
    author = {"email": "canary@mail.example"}
    made = make_comment(f"{CANARY} and a fucking mess, {CANARY}", author=author)
    assert on_disk(app) != []

    if way == "delete":
        own(client, made, "DELETE")
    elif way == "erase":
        signed_event("author.erased", {"author": author})
    else:
        text = made["comment"]["text"]
        last = len(text) - len(CANARY)
        spans = {"version": 1, "spans": [[0, len(CANARY)], [last, len(text)]]}
        path = f"/api/v1/review/comments/{made['comment']['id']}/redact"
        assert client.post(path, json=spans, headers=reviewing).status_code == 201

    assert on_disk(app) == []


@one_store
def test_a_log_kept_by_a_long_read_is_emptied_in_the_workers_next_turn(
    app, client, make_comment, clock
):
    # The hourly tidying would empty the log as well: it is done for this hour.
    turn(app, "worker", send=None, clock=clock)
    made = make_comment(f"{CANARY} is a friendly remark.")
    folder = app_state(app).settings.data_dir
    with closing(sqlite3.connect(folder / "moderation.sqlite3")) as reader:
        reader.isolation_level = None
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM comments").fetchone()
        assert own(client, made, "DELETE").status_code == 204
        assert on_disk(app) == ["moderation.sqlite3-wal"]

    turn(app, "worker", send=None, clock=clock)

    assert on_disk(app) == []


def test_a_message_about_a_deleted_comment_that_was_not_sent_yet_loses_its_text(
    client, make_comment, session
):
    made = make_comment(f"{CANARY} is a friendly remark.")

    own(client, made, "DELETE")

    messages = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert [m.type for m in messages] == ["comment.approved", "comment.deleted"]
    assert {m.payload["comment"]["text"] for m in messages} == {""}
    assert session.scalar(select(Comment.text)) == ""


def test_an_approved_edit_is_no_longer_under_the_decision_about_the_text_before(
    client, make_comment, reviewing
):
    made = make_comment(FOUL)
    decide(client, reviewing, made, "approve")
    assert own(client, made, "PATCH", text="A harmless new text.").status_code == 200
    assert own(client, made, "PATCH", text=FOUL).status_code == 202

    mended = own(client, made, "PATCH", text="Another harmless new text.")

    # No person has taken down the text since.
    assert mended.status_code == 200
    assert shown(client) == ["Another harmless new text."]
