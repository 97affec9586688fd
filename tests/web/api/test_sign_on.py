"""Readers who are signed in on the main site, over HTTP."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from moderation.domain.inner_networks import Networks
from moderation.services.sites import changes, sign_on_secrets
from moderation.services.sites.sign_on_keys import KeySets
from moderation.storage.models.comments import Comment
from moderation.web.state import app_state
from tests.conftest import one_store
from tests.signing_on import KeyHost, claims, jwk, token

THREAD = "/api/v1/sites/news/posts/story/comments"


@pytest.fixture
def sign_on_secret(session, site, clock, change_site) -> str:
    change_site(settings={"sign_on_algorithm": "HS256", "hold_first": 0})
    secret = sign_on_secrets.rotate(session, site, now=clock.now)
    session.rollback()
    return secret


@pytest.fixture
def bearer(sign_on_secret, clock):
    def headers(**changes):
        return {"Authorization": f"Bearer {token(sign_on_secret, claims(clock.now, **changes))}"}

    return headers


@pytest.fixture
def write(client, bearer):
    def submit(text="A quiet remark by a member.", *, headers=None, **changes):
        sent = bearer(**changes) if headers is None else headers
        return client.post(THREAD, json={"text": text}, headers=sent)

    return submit


def test_a_token_names_the_author_and_the_body_needs_none(write, session):
    answer = write(sub="7", name="Ada Lovelace", email="ada@example.org", url="https://ada.example")

    assert answer.status_code == 201, answer.get_json()
    stored = session.get(Comment, answer.get_json()["comment"]["id"])
    assert (stored.author_name, stored.author_id) == ("Ada Lovelace", "7")
    assert (stored.author_email, stored.author_website) == (
        "ada@example.org",
        "https://ada.example",
    )
    assert answer.get_json()["comment"]["author"] == {"name": "Ada Lovelace", "staff": False}


def test_what_the_body_calls_the_author_is_ignored_with_a_token(client, bearer, session):
    typed = {"name": "The Editor", "email": "x@example.org", "website": "https://x.example"}

    answer = client.post(
        THREAD, json={"text": "A quiet remark.", "author": typed}, headers=bearer()
    )

    stored = session.get(Comment, answer.get_json()["comment"]["id"])
    assert (stored.author_name, stored.author_email, stored.author_website) == ("Ada", None, None)


@pytest.mark.parametrize(
    ("role", "author"),
    [
        ("staff", {"name": "Ada", "staff": True}),
        ("verified", {"name": "Ada", "staff": False, "verified": True}),
    ],
)
def test_a_role_is_a_badge_for_readers(client, write, role, author):
    write(role=role)

    (listed,) = client.get(THREAD).get_json()["comments"]
    assert listed["author"] == author


def test_a_token_that_is_not_valid_stores_nothing(client, write, session):
    answer = write(headers={"Authorization": "Bearer a.b.c"})

    assert (answer.status_code, answer.get_json()["code"]) == (401, "sign_on_invalid")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert session.query(Comment).count() == 0


@one_store
def test_a_token_that_has_ended_has_its_own_code_and_is_readable_by_the_page(
    client, write, clock, bearer
):
    sent = bearer()
    clock.advance(hours=2)

    answer = client.post(
        THREAD, json={"text": "Too late."}, headers={**sent, "Origin": "https://news.example"}
    )

    assert (answer.status_code, answer.get_json()["code"]) == (401, "sign_on_expired")
    assert answer.headers["Access-Control-Allow-Origin"] == "https://news.example"


# Who may comment


def test_members_only_refuses_guests(client, write, change_site, make_comment):
    change_site(settings={"identity": "members"})

    refused = make_comment()

    assert (refused["http"], refused["code"]) == (403, "members_only")
    assert write().status_code == 201
    assert client.get(THREAD).get_json()["post"]["identity"] == "members"


def test_guests_wait_where_the_site_holds_them(write, change_site, make_comment, client, reviewing):
    change_site(settings={"identity": "guests_held"})

    held = make_comment("A remark by a guest.")

    assert held["http"] == 202
    assert write().status_code == 201
    (item,) = client.get("/api/v1/review/queue", headers=reviewing).get_json()["items"]
    assert [cause["code"] for cause in item["reasons"]] == ["GUEST"]
    assert item["comment"]["author"]["signed_in"] is False


def test_an_edit_by_a_guest_waits_as_well(change_site, make_comment, client, write):
    made = make_comment("A remark by a guest.")
    member = write()
    change_site(settings={"identity": "guests_held"})

    def edit(comment, token):
        return client.patch(
            f"/api/v1/comments/{comment['id']}",
            json={"text": "A remark, changed."},
            headers={"Authorization": f"Bearer {token}"},
        ).status_code

    assert edit(made["comment"], made["edit_token"]) == 202
    assert edit(member.get_json()["comment"], member.get_json()["edit_token"]) == 200


def test_a_comment_that_the_site_sends_itself_needs_no_member(change_site, signed_event):
    change_site(settings={"identity": "members", "hold_first": 0})

    sent = signed_event(
        "comment.submitted",
        {"post": "story", "author": {"name": "Bea"}, "text": "By the site's own form."},
    )

    assert sent.status_code == 201


# One author across devices


def test_tokens_and_events_with_the_same_id_are_one_author(write, signed_event, client, reviewing):
    write(sub="7", name="Ada")
    signed_event(
        "comment.submitted",
        {"post": "story", "author": {"id": "7", "name": "Ada L."}, "text": "Sent by the site."},
    )

    items = client.get("/api/v1/review/queue?queue=approved", headers=reviewing).get_json()["items"]
    authors = [item["comment"]["author"] for item in items]
    assert len({author["key"] for author in authors}) == 1
    assert {author["signed_in"] for author in authors} == {True}


def test_a_ban_meets_the_id_under_any_name_and_mail(write, signed_event):
    signed_event("author.banned", {"author": {"id": "7"}})

    answer = write(sub="7", name="Otto Else", email="new@example.org")

    assert answer.status_code == 422
    assert answer.get_json()["reason"] == "author_banned"
    assert write("Another remark.", sub="8", name="Otto Else").status_code == 201


def test_the_first_comments_of_an_id_wait_until_one_is_approved(
    write, change_site, client, reviewing
):
    change_site(settings={"hold_first": 1})
    first = write(sub="7", text="The first remark of a new member.")
    assert first.status_code == 202

    client.post(
        f"/api/v1/review/comments/{first.get_json()['comment']['id']}/decisions",
        json={"outcome": "approve"},
        headers=reviewing,
    )

    assert (
        write(sub="7", name="Renamed", text="A second remark, of a known one.").status_code == 201
    )
    assert write(sub="8", text="The first remark of another author here.").status_code == 202
    assert write(sub="9", role="staff", text="Staff is not new to anyone.").status_code == 201


def test_too_many_comments_of_one_id_wait_whatever_they_are_called(write, clock):
    texts = (
        *("The roof is new.", "Trams are late again.", "I liked the choir.", "Rain at last!"),
        *("Who painted the bridge?", "My soup was cold.", "Seven swans flew by.", "Good night."),
    )

    codes = [write(text, sub="7", name=f"Name {n}").status_code for n, text in enumerate(texts)]

    assert (codes[0], codes[-1]) == (201, 202)


@pytest.mark.parametrize(
    "name", ["Moderator", "М\u043ederator", "ＭＯＤＥＲＡＴＯＲ", "M\u200boderator", "The News"]
)
def test_a_member_may_not_imitate_staff(write, name, client, reviewing):
    assert write(name=name, sub=name).status_code == 202

    (item,) = client.get("/api/v1/review/queue", headers=reviewing).get_json()["items"]
    assert "STAFF_NAME" in [cause["code"] for cause in item["reasons"]]


@one_store
def test_an_idempotency_key_of_one_reader_gives_nothing_to_another(client, bearer):
    def send(sub):
        headers = {**bearer(sub=sub), "Idempotency-Key": "once"}
        return client.post(THREAD, json={"text": "The same words."}, headers=headers)

    first = send("7")

    assert send("7").get_json() == first.get_json()
    assert send("8").get_json()["code"] == "idempotency_key_reused"


# Own comments


def test_the_author_edits_and_deletes_on_any_device(write, client, bearer):
    id = write(sub="7").get_json()["comment"]["id"]
    address, elsewhere = f"/api/v1/comments/{id}", bearer(sub="7", name="Ada, renamed")

    read = client.get(address, headers=elsewhere)
    edited = client.patch(address, json={"text": "Better words."}, headers=elsewhere)
    deleted = client.delete(address, headers=elsewhere)

    assert (read.status_code, read.get_json()["status"]) == (200, "approved")
    assert edited.get_json()["comment"]["text"] == "Better words."
    assert deleted.status_code == 204
    assert client.delete(address, headers=elsewhere).status_code == 204
    assert client.get(THREAD).get_json()["comments"] == []


def test_nobody_else_reads_edits_or_deletes_it(write, client, bearer, make_comment, session):
    held = write("No reader may see this shit here yet.", sub="7").get_json()["comment"]["id"]
    guest = make_comment("By a guest without an id.", name="Ada")["comment"]["id"]
    gone = "0190c7a0-0000-7000-8000-000000000000"

    for id in (held, guest, gone):
        for method in (client.get, client.patch, client.delete):
            body = {"json": {"text": "Not mine."}} if method == client.patch else {}
            answer = method(f"/api/v1/comments/{id}", headers=bearer(sub="8"), **body)
            assert (answer.status_code, answer.get_json()["code"]) == (403, "invalid_edit_token")
            assert "shit" not in answer.text
    assert session.get(Comment, held).text == "No reader may see this shit here yet."


def test_the_edit_window_holds_for_members_and_deleting_does_not_end(write, client, bearer, clock):
    id = write(sub="7").get_json()["comment"]["id"]
    clock.advance(minutes=16)

    late = client.patch(f"/api/v1/comments/{id}", json={"text": "x"}, headers=bearer(sub="7"))

    assert late.get_json()["code"] == "edit_window_over"
    assert client.delete(f"/api/v1/comments/{id}", headers=bearer(sub="7")).status_code == 204


def test_own_comments_are_listed_on_any_device(write, client, bearer, make_comment):
    shown = write("A remark that is shown.", sub="7").get_json()["comment"]["id"]
    held = write("No reader may see this shit here yet.", sub="7").get_json()["comment"]["id"]
    write("A remark of another.", sub="8")
    guest = make_comment("Written before signing in.")

    mine = client.get(
        "/api/v1/sites/news/posts/story/me",
        headers={**bearer(sub="7", role="staff"), "X-Edit-Token": guest["edit_token"]},
    )

    assert [each["id"] for each in mine.get_json()["comments"]] == [
        shown,
        held,
        guest["comment"]["id"],
    ]
    assert mine.get_json()["viewer"] == {"name": "Ada", "staff": True, "verified": False}
    assert mine.headers["Cache-Control"] == "no-store"


def test_an_erased_author_cannot_prove_authorship(write, client, bearer, signed_event):
    id = write(sub="7").get_json()["comment"]["id"]
    signed_event("author.erased", {"author": {"id": "7"}})

    answer = client.get(f"/api/v1/comments/{id}", headers=bearer(sub="7"))

    assert answer.status_code == 403


def test_a_token_of_one_site_proves_nothing_on_another(write, client, bearer, session, clock):
    id = write(sub="7").get_json()["comment"]["id"]
    other, _ = changes.add(
        session,
        "other",
        title="",
        origins=[],
        now=clock.now,
        settings={"sign_on_algorithm": "HS256"},
    )
    theirs = sign_on_secrets.rotate(session, other, now=clock.now)
    headers = {"Authorization": f"Bearer {token(theirs, claims(clock.now, sub='7'))}"}

    assert client.get(f"/api/v1/comments/{id}", headers=headers).status_code == 401
    assert client.post(THREAD, json={"text": "Hello."}, headers=headers).status_code == 401
    assert (
        client.get("/api/v1/sites/other/posts/story/comments", headers=bearer()).status_code == 401
    )


# Threads


def test_a_thread_names_its_viewer_only_to_the_viewer(write, client, bearer):
    write()
    cold = client.get(THREAD)

    mine = client.get(THREAD, headers=bearer(sub="7", name="Zoe", role="verified"))
    shared = client.get(THREAD)

    assert mine.get_json() == {
        **cold.get_json(),
        "viewer": {"name": "Zoe", "staff": False, "verified": True},
    }
    assert mine.headers["Cache-Control"] == "no-store"
    assert shared.data == cold.data
    assert shared.headers["Cache-Control"] == "no-cache"


def test_a_cached_thread_does_not_hide_that_a_token_is_wrong(client, bearer):
    client.get(THREAD)

    answer = client.get(THREAD, headers={"Authorization": "Bearer a.b.c"})

    assert answer.get_json()["code"] == "sign_on_invalid"


@one_store
@pytest.mark.parametrize("other", ["Basic dXNlcjp3b3Jk", "Bearer mod_abc", "Bearer id.signature"])
def test_other_credentials_get_the_shared_bytes(client, make_comment, other):
    make_comment()

    assert client.get(THREAD, headers={"Authorization": other}).data == client.get(THREAD).data


# Rotation and keys


def test_after_a_rotation_old_tokens_last_until_the_old_secret_is_removed(
    client, bearer, session, site, clock, sign_on_secret
):
    old = bearer()
    newest = sign_on_secrets.rotate(session, site, now=clock.now)
    new = {"Authorization": f"Bearer {token(newest, claims(clock.now))}"}

    assert client.get(THREAD, headers=old).status_code == 200
    sign_on_secrets.drop_old(session, site, now=clock.now)
    assert client.get(THREAD, headers=old).get_json()["code"] == "sign_on_invalid"
    assert client.get(THREAD, headers=new).status_code == 200


def test_keys_of_a_sign_on_service_are_read_through_the_guard(app, client, change_site, clock):
    private = ec.generate_private_key(ec.SECP256R1())
    host = KeyHost([jwk(private, "ES256", kid="one")])
    app_state(app).sign_on_keys = KeySets(Networks.of(()), host)
    change_site(
        settings={
            "sign_on_algorithm": "ES256",
            "sign_on_jwks_url": "https://login.example/keys.json",
            "hold_first": 0,
        }
    )
    sent = token(private, claims(clock.now, aud="news"), alg="ES256", kid="one")

    answer = client.post(
        THREAD, json={"text": "By a key."}, headers={"Authorization": f"Bearer {sent}"}
    )

    assert answer.status_code == 201
    host.status = 0
    app_state(app).sign_on_keys = KeySets(Networks.of(()), host)
    away = client.get(THREAD, headers={"Authorization": f"Bearer {sent}"})
    assert (away.status_code, away.get_json()["code"]) == (503, "sign_on_unavailable")
    assert away.headers["Retry-After"] == "60"


@one_store
@pytest.mark.parametrize(
    "wrong",
    [
        {"sign_on_algorithm": "none"},
        {"sign_on_algorithm": "HS512"},
        {"identity": "none"},
        {"sign_on_jwks_url": "http://login.example/keys"},
        {"sign_on_jwks_url": "https://user:word@login.example/keys"},
        {"sign_on_jwks_url": "file:///etc/passwd"},
        {"avatars": "yes please"},
    ],
)
def test_a_setting_that_is_not_valid_is_refused(client, reviewing, wrong):
    answer = client.patch(
        "/api/v1/review/sites/news/settings",
        json={"settings": wrong},
        headers=reviewing,
    )

    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == f"#/settings/{next(iter(wrong))}"
