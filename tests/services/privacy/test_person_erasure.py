"""After an erasure no byte of the person is in the store, its files or the logs."""

import threading
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from moderation.domain import actors
from moderation.domain.errors import CommentNotFound, NotFound
from moderation.services.comments import vote_counts
from moderation.services.compat import examples
from moderation.services.privacy import erasure, persons, requests
from moderation.services.sites import changes, registry, sign_on_secrets
from moderation.storage import Base
from moderation.storage.models.authors import AuthorStanding, Avatar, Ban
from moderation.storage.models.base import new_id
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import AuditEntry
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.posts import Post
from moderation.storage.models.privacy import ErasureRequest
from moderation.storage.models.reader_mail import ReaderAddress, ReaderFollow, ReaderMail
from moderation.storage.models.votes import Vote
from moderation.web.state import app_state
from tests.conftest import one_store
from tests.signing_on import claims, token
from tests.working import turn

THREAD = "/api/v1/sites/news/posts/story/comments"
#: In every text, name, address and id of the person, in this case and in no other place.
CANARY = "kanarivogel"
EMAIL = f"{CANARY}@example.org"


@pytest.fixture
def signing(app):
    return app_state(app).signing


@pytest.fixture
def reader(session, site, clock, change_site):
    """Return headers of a signed-in reader whose every claim has the canary."""
    change_site(settings={"sign_on_algorithm": "HS256", "hold_first": 0, "avatars": True})
    secret = sign_on_secrets.rotate(session, site, now=clock.now)
    session.rollback()

    def sign(sub=f"{CANARY}-7", **more):
        given = claims(clock.now, sub=sub, name=f"Ann {CANARY}", email=EMAIL, **more)
        return {"Authorization": f"Bearer {token(secret, given)}"}

    return sign


@pytest.fixture
def person(client, session, clock, reader, reviewing, signed_event, make_comment, signing):
    """A person with something in every table that holds data about commenters."""
    me = reader(picture=f"https://img.example/{CANARY}.png")

    def write(text, **more):
        headers = {**me, "Idempotency-Key": f"{CANARY}-{text[:12]}"}
        answer = client.post(THREAD, json={"text": text, **more}, headers=headers)
        assert answer.status_code in (201, 202), answer.get_json()
        return answer.get_json()["comment"]["id"]

    parent = write(f"A remark with a {CANARY} and https://{CANARY}.example/page in it.")
    answer = make_comment("An answer that stays.", name="Bea", parent_id=parent)["comment"]
    edited = write(f"What the {CANARY} sang first.")
    client.patch(
        f"/api/v1/comments/{edited}", json={"text": f"What the {CANARY} sang later."}, headers=me
    )
    held = write(f"You are a fucking {CANARY}.")
    waiting = write(f"A {CANARY} of bullshit that waits.")
    guest = make_comment(f"A guest's {CANARY}.", name=f"A {CANARY}", author={"email": EMAIL})
    assert guest["http"] in (201, 202)
    for id, outcome in ((held, "reject"), (parent, "approve")):
        decision = {"outcome": outcome, "note": f"The {CANARY} again."}
        path = f"/api/v1/review/comments/{id}/decisions"
        assert client.post(path, json=decision, headers=reviewing).status_code in (201, 409)
    client.post(f"/api/v1/review/comments/{waiting}/claim", json={}, headers=reviewing)
    author = {"id": f"{CANARY}-7", "email": EMAIL}
    key = signing.author_key("id", author["id"])
    path = f"/api/v1/review/sites/news/authors/{key}"
    client.post(f"{path}/notes", json={"text": f"Is that the {CANARY}?"}, headers=reviewing)
    client.put(f"{path}/standing", json={"standing": "premoderated"}, headers=reviewing)
    signed_event("author.banned", {"author": author, "reason": f"The {CANARY}."})
    examples.keep(
        session,
        registry.find(session, "news"),
        source="perspective",
        text=f"Another {CANARY}.",
        labels={"TOXICITY": 1.0},
        context={"author": EMAIL},
        author_key=key,
        now=clock.now,
    )
    add_mail_and_vote(session, signing, clock.now, parent, answer["id"])
    session.commit()
    session.query(Avatar).update({"image": CANARY.encode()})
    session.commit()
    return author


def add_mail_and_vote(session, signing, now, own, others):
    """Let the person follow answers, wait for mail with and without a hash, and vote."""
    site, post = registry.find(session, "news").id, session.scalar(select(Post.id))
    address = ReaderAddress(site_id=site, email=EMAIL, language="en", created_at=now)
    address.email_key = signing.author_key("email", EMAIL)
    session.add(address)
    session.flush()
    follow = ReaderFollow(address_id=address.id, post_id=post, comment_id=UUID(own))
    follow.created_at = now
    session.add(follow)
    for number, address_id in enumerate((address.id, None)):
        mail = ReaderMail(id=new_id(), site_id=site, address_id=address_id, kind="replies")
        mail.key, mail.recipient, mail.language = f"mail {number}", EMAIL, "en"
        mail.values, mail.due_at, mail.created_at = {"page_title": "A story"}, now, now
        session.add(mail)
    voter = vote_counts.member_voter(signing, site, f"{CANARY}-7")
    session.add(Vote(comment_id=UUID(others), voter=voter, site_id=site, value=1, created_at=now))
    session.execute(update(Comment).where(Comment.id == UUID(others)).values(votes_up=1))


def stored(session):
    """Return every row of every table as bytes, with the rows of the search index."""
    session.rollback()
    rows = [
        repr(tuple(row))
        for table in Base.metadata.sorted_tables
        for row in session.execute(select(table))
    ]
    session.rollback()
    return "\n".join(rows).lower()


def files(store):
    """Return the bytes of SQLite's file, its write-ahead log and shared memory."""
    folder = store.get("data_dir")
    paths = sorted(folder.glob("moderation.sqlite3*")) if folder else []
    return b"".join(path.read_bytes() for path in paths).lower()


def keys_of(signing, author):
    return signing.author_key("id", author["id"]), signing.author_key("email", author["email"])


def test_an_erased_person_is_in_no_table_file_or_log(
    client, session, store, signing, person, signed_event, capsys, clock
):
    before = stored(session)
    keys = keys_of(signing, person)
    assert CANARY in before
    assert all(key in before for key in keys)
    assert "database_url" in store or CANARY.encode() in files(store)

    answer = signed_event("author.erased", {"author": person})

    assert answer.get_json() == {"outcome": "applied"}
    after = stored(session)
    for trace in (CANARY, *keys):
        assert trace not in after
        assert trace.encode() not in files(store)
    public = [client.get(THREAD), client.get("/feeds/news"), client.get("/embed/news/story")]
    assert all(CANARY not in each.get_data(as_text=True).lower() for each in public)
    listed = public[0].get_json()["comments"]
    assert [c["deleted"] for c in listed] == [True]
    assert [r["author"]["name"] for r in listed[0]["replies"]] == ["Bea"]
    assert session.scalars(select(Comment.votes_up)).all() == [0] * 6
    for model in (Vote, ReaderAddress, ReaderFollow, ReaderMail):
        assert session.scalars(select(model)).all() == []
    written = capsys.readouterr()
    assert CANARY not in (written.out + written.err).lower()


def test_the_search_index_forgets_an_erased_person(client, session, person, signed_event):
    signed_event("author.erased", {"author": person})

    session.rollback()
    if session.get_bind().dialect.name == "sqlite":
        found = session.execute(
            text(f"SELECT count(*) FROM comment_words WHERE comment_words MATCH '{CANARY}'")
        )
        assert found.scalar() == 0


def test_every_message_about_an_erased_person_is_empty_and_the_last_counts_their_comments(
    session, person, signed_event
):
    signed_event("author.erased", {"author": person}, id="msg_erase")

    session.rollback()
    messages = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert CANARY not in repr([each.payload for each in messages]).lower()
    last = [each.payload for each in messages if each.type == "author.erased"]
    assert [(each["event"], each["count"], len(each["comments"])) for each in last] == [
        ("msg_erase", 5, 5)
    ]


def test_the_audit_trail_proves_an_erasure_by_a_salted_hash(
    session, site, signing, person, signed_event
):
    signed_event("author.erased", {"author": person})

    session.rollback()
    found = persons.by_identity(signing, site, email=EMAIL)
    other = persons.by_identity(signing, site, email="other@example.org")
    assert len(erasure.past_erasures(session, signing, found)) == 1
    assert erasure.past_erasures(session, signing, other) == []


def test_an_erasure_waits_for_a_day_and_can_be_withdrawn(session, site, signing, person, clock):
    found = persons.by_identity(signing, site, author_id=person["id"])
    made = requests.add(session, site, found, actors.AUTHOR, now=clock.now)
    clock.advance(hours=1)
    again = requests.add(session, site, found, actors.AUTHOR, now=clock.now)

    assert again == made
    clock.advance(hours=22)
    assert requests.carry_out_due(session, signing, now=clock.now) == 0
    requests.withdraw(session, site, made.id, actors.AUTHOR, now=clock.now)
    clock.advance(hours=2)
    assert requests.carry_out_due(session, signing, now=clock.now) == 0
    assert CANARY in stored(session)


def test_an_erasure_that_is_due_is_carried_out_and_cannot_be_withdrawn(
    session, site, signing, person, clock
):
    found = persons.together(
        persons.by_identity(signing, site, author_id=person["id"], email=EMAIL)
    )
    made = requests.add(session, site, found, actors.By(actors.Actor.SITE, "cli"), now=clock.now)
    clock.advance(hours=24)

    with pytest.raises(NotFound):
        requests.withdraw(session, site, made.id, actors.AUTHOR, now=clock.now)
    assert requests.carry_out_due(session, signing, now=clock.now) == 1

    assert requests.pending_on(session, site) == []
    assert CANARY not in stored(session)


@one_store
def test_the_logs_of_the_worker_have_nothing_of_an_erased_person(
    capsys, make_app, session, site, signing, person, clock
):
    noisy = make_app(log_level="DEBUG")
    found = persons.by_identity(signing, site, author_id=person["id"], email=EMAIL)
    requests.add(session, site, found, actors.AUTHOR, now=clock.now)
    clock.advance(hours=25)

    turn(noisy, "a worker", send=lambda *_, **__: None, clock=clock)

    assert CANARY not in stored(session)
    written = "".join(capsys.readouterr()).lower()
    assert "worker.tidied" in written
    for trace in (CANARY, *keys_of(signing, person)):
        assert trace not in written


def test_an_interrupted_erasure_is_finished_by_the_worker(
    session, site, signing, person, clock, monkeypatch
):
    monkeypatch.setattr(erasure, "BATCH", 2)
    finish = erasure._finish
    monkeypatch.setattr(erasure, "_finish", lambda *_: 1 / 0)
    found = persons.by_identity(signing, site, author_id=person["id"], email=EMAIL)
    with pytest.raises(ZeroDivisionError):
        requests.erase_now(session, signing, site, found, actors.POLICY, now=clock.now)
    assert session.scalar(select(ErasureRequest.erased)) == 5
    monkeypatch.setattr(erasure, "_finish", finish)

    assert requests.carry_out_due(session, signing, now=clock.now) == 1

    assert CANARY not in stored(session)
    [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "author.erased"))
    assert entry.detail["comments"] == 5


@one_store
def test_a_reader_who_erases_themselves_stays_banned_and_premoderated(
    session, site, signing, person, clock
):
    found = persons.by_identity(signing, site, author_id=person["id"], email=EMAIL)
    requests.erase_now(session, signing, site, found, actors.AUTHOR, now=clock.now)

    session.rollback()
    assert {ban.reason for ban in session.scalars(select(Ban))} == {""}
    assert session.scalars(select(AuthorStanding.standing)).all() == ["premoderated"]
    assert CANARY not in stored(session)


def test_a_guest_is_found_by_one_of_their_comments(
    client, session, site, signing, make_comment, clock
):
    make_comment(f"First {CANARY}.", name=f"Guest {CANARY}")
    made = make_comment(f"Second {CANARY}.", name=f"Guest {CANARY}")
    make_comment("Another guest.", name="Bea")
    found = persons.by_comments(session, site, [UUID(made["comment"]["id"])])

    requests.erase_now(session, signing, site, found, actors.POLICY, now=clock.now)

    assert CANARY not in stored(session)
    session.rollback()
    assert session.scalars(select(Comment.author_name).where(Comment.status != "deleted")).all()


@one_store
def test_a_guest_whose_address_was_forgotten_is_erased_with_the_named_comment_alone(
    session, site, signing, make_comment, clock
):
    made = make_comment(f"First {CANARY}.", name=f"Guest {CANARY}")
    session.query(Comment).update({"author_key": None, "address_key": None, "block_key": None})
    session.commit()
    found = persons.by_comments(session, site, [UUID(made["comment"]["id"])])

    assert requests.erase_now(session, signing, site, found, actors.POLICY, now=clock.now)

    assert CANARY not in stored(session)


def test_an_erasure_touches_no_other_site(
    client, session, site, signing, person, signed_event, clock
):
    other, _ = changes.add(session, "other", title="", origins=[], now=clock.now)
    other_id = other.id
    session.rollback()
    path = "/api/v1/sites/other/posts/story/comments"
    client.post(path, json={"author": {"name": "Ann", "email": EMAIL}, "text": "Elsewhere."})

    signed_event("author.erased", {"author": person})

    session.rollback()
    rows = select(Comment.author_name, Comment.author_email).where(Comment.site_id == other_id)
    assert session.execute(rows).all() == [("Ann", EMAIL)]
    ids = session.scalars(select(Comment.id).where(Comment.site_id == other_id)).all()
    with pytest.raises(CommentNotFound):
        persons.by_comments(session, site, ids)


@pytest.mark.postgres
@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_an_erasure_while_the_person_writes_loses_no_comment_and_leaves_none_half_erased(
    app, session, site, signing, reader, clock, floods_pass
):
    """Each comment is whole or gone: those before the last part go, later ones stay whole."""
    me = reader()
    stop = threading.Event()
    statuses = []

    def write():
        own = app.test_client()
        number = 0
        while not stop.is_set() or number < 5:
            number += 1
            answer = own.post(
                THREAD, json={"text": f"Remark number {number} of the {CANARY}."}, headers=me
            )
            statuses.append(answer.status_code)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for each in writers:
        each.start()
    found = persons.by_identity(signing, site, author_id=f"{CANARY}-7", email=EMAIL)
    for _ in range(3):
        requests.erase_now(session, signing, site, found, actors.POLICY, now=clock.now)
    stop.set()
    for each in writers:
        each.join()

    assert set(statuses) <= {201, 202}
    session.rollback()
    assert session.scalars(select(ErasureRequest)).all() == []
    for comment in session.scalars(select(Comment)):
        gone = (comment.status, comment.text, comment.author_name, comment.author_key)
        assert gone == ("deleted", "", "", None) or CANARY in comment.text
    requests.erase_now(session, signing, site, found, actors.POLICY, now=clock.now)
    assert CANARY not in stored(session)
