"""Webhooks of other systems: their posts' threads follow them, signed, once and in order."""

import base64
import hmac
import json
from datetime import timedelta
from itertools import count
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from moderation.services.accounts import authentication
from moderation.services.sites import registry
from moderation.services.webhooks import hook_log, hook_secrets
from moderation.services.webhooks.hook_signatures import FORMS, Adapter
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import AuditEntry
from moderation.storage.models.hooks import HookDelivery, HookPost
from moderation.storage.models.posts import Post
from tests.conftest import one_store

SECRET = "a secret of the sender"
REVIEW = "/api/v1/review/sites/news/hooks"


@pytest.fixture
def hook(client, session, site, clock):
    """Send a body as one kind of sender does; `header` replaces the signature."""
    known = set()

    def send(adapter, body, *, header=None, secret=SECRET, **headers):
        adapter = Adapter(adapter)
        if adapter not in known:
            known.add(adapter)
            hook_secrets.add(
                session,
                registry.find(session, "news"),
                adapter,
                authentication.CLI,
                now=clock.now,
                secret=SECRET,
            )
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        form = FORMS[adapter]
        stamp = str(int(clock.now.timestamp()) * (form.per_second or 1))
        mac = form.sign(secret.encode(), stamp if form.per_second else "", raw).decode()
        written = {
            Adapter.GHOST: f"sha256={mac}, t={stamp}",
            Adapter.STRIPE: f"t={stamp},v1={mac}",
            Adapter.WORDPRESS: mac,
        }.get(adapter, f"sha256={mac}")
        return client.post(
            f"/api/v1/sites/news/webhooks/{adapter}",
            data=raw,
            headers={form.header: written if header is None else header, **headers},
            content_type="application/json",
        )

    return send


@pytest.fixture
def ghost(hook, clock):
    """Send a change of a Ghost post, each a minute after the one before."""

    def send(current, previous=None, *, kind="post", **options):
        clock.advance(minutes=1)
        if current:
            current = {
                "id": "5f1e",
                "title": "A walk",
                "slug": "walk",
                "status": "published",
                "url": f"https://blog.example/{current.get('slug', 'walk')}/",
                "published_at": "2026-03-01T09:00:00.000Z",
                "updated_at": clock.now.isoformat(),
                "html": "<p>Left out of everything.</p>",
                "authors": [{"email": "writer@blog.example"}],
                **current,
            }
        return hook("ghost", {kind: {"current": current, "previous": previous or {}}}, **options)

    return send


@pytest.fixture
def wordpress(hook, clock):
    """Send a change of a WordPress post, each a minute after the one before."""

    def send(event, permalink="https://wp.example/2026/walk/", *, id=7, **fields):
        clock.advance(minutes=1)
        body = {"event": event, "id": id, "permalink": permalink, "title": "A walk"}
        return hook("wordpress", {**body, "timestamp": clock.now.isoformat(), **fields})

    return send


def post_of(session, path):
    session.rollback()
    return session.scalar(select(Post).where(Post.external_id == path))


def paths(session):
    session.rollback()
    return set(session.scalars(select(Post.external_id)))


def outcome(answer):
    assert answer.status_code == 200, answer.data
    return answer.get_json()["outcome"]


def commented(make_comment, path):
    made = make_comment(f"A remark under {path}.", post=quote(path, safe=""))
    assert made["http"] == 201, made
    return made


def texts(client, path):
    answer = client.get(f"/api/v1/sites/news/posts/{quote(path, safe='')}/comments")
    return [each["html"] for each in answer.get_json()["comments"]]


# Ghost


def test_a_post_that_ghost_publishes_is_announced_with_title_address_and_day(ghost, session):
    answer = ghost({"status": "published"}, {"status": "draft"})

    post = post_of(session, "/walk/")
    assert outcome(answer) == "applied"
    assert (post.title, post.url, post.announced, post.state) == (
        "A walk",
        "https://blog.example/walk/",
        True,
        "open",
    )
    assert post.published_at.isoformat() == "2026-03-01T09:00:00+00:00"


def test_a_page_of_ghost_is_a_post_too(ghost, session):
    assert outcome(ghost({"status": "published"}, {"status": "draft"}, kind="page")) == "applied"
    assert post_of(session, "/walk/").announced


def test_a_thread_moves_with_the_slug_of_its_post(ghost, client, session, make_comment):
    ghost({"status": "published"}, {"status": "draft"})
    commented(make_comment, "/walk/")

    answer = ghost({"slug": "stroll", "title": "A stroll"}, {"slug": "walk", "title": "A walk"})

    assert outcome(answer) == "applied"
    assert "A remark under" in texts(client, "/stroll/")[0]
    assert paths(session) == {"/stroll/"}
    assert post_of(session, "/stroll/").title == "A stroll"


def test_a_thread_older_than_the_webhook_moves_with_its_slug(ghost, client, make_comment, session):
    commented(make_comment, "/2026/walk/")

    url = "https://blog.example/2026/stroll/"
    ghost({"slug": "stroll", "url": url}, {"slug": "walk"})

    assert len(texts(client, "/2026/stroll/")) == 1
    assert paths(session) == {"/2026/stroll/"}


def test_a_post_is_known_by_its_id_when_its_address_changes_without_its_slug(
    ghost, client, make_comment
):
    ghost({"status": "published"}, {"status": "draft"})
    commented(make_comment, "/walk/")

    ghost({"url": "https://blog.example/outdoors/walk/"}, {"title": "A walk"})

    assert len(texts(client, "/outdoors/walk/")) == 1


def test_comments_under_the_new_address_join_the_thread_that_moves_there(
    ghost, client, make_comment
):
    ghost({"status": "published"}, {"status": "draft"})
    commented(make_comment, "/walk/")
    commented(make_comment, "/stroll/")

    ghost({"slug": "stroll"}, {"slug": "walk"})
    ghost({"slug": "hike"}, {"slug": "stroll"})

    assert len(texts(client, "/hike/")) == 2


def test_a_post_that_ghost_unpublishes_is_closed_and_opens_with_its_next_publication(
    ghost, session, make_comment
):
    ghost({"status": "published"}, {"status": "draft"})
    draft = {"status": "draft", "url": "https://blog.example/p/0d1c/"}

    outcomes = [outcome(ghost(draft, {"status": "published"}))]
    closed = post_of(session, "/walk/").state
    outcomes.append(outcome(ghost({"slug": "stroll", "status": "published"}, {"status": "draft"})))

    assert (outcomes, closed) == (["applied", "applied"], "closed")
    assert post_of(session, "/stroll/").state == "open"
    assert paths(session) == {"/stroll/"}


def test_a_thread_that_a_moderator_closed_stays_closed(ghost, session, client, reviewing):
    ghost({"status": "published"}, {"status": "draft"})
    rules = f"{REVIEW.removesuffix('/hooks')}/posts/%2Fwalk%2F/rules"
    assert client.patch(rules, json={"state": "closed"}, headers=reviewing).status_code == 200

    ghost({"status": "draft"}, {"status": "published"})
    ghost({"status": "published"}, {"status": "draft"})

    assert post_of(session, "/walk/").state == "closed"


def test_a_post_that_ghost_deletes_is_removed_and_a_draft_removes_nothing(
    ghost, session, client, make_comment
):
    ghost({"status": "published"}, {"status": "draft"})
    commented(make_comment, "/2026/draft/")

    draft = ghost({}, {"id": "77", "slug": "draft", "status": "draft"})
    gone = ghost({}, {"id": "5f1e", "slug": "walk", "status": "published"})

    assert [outcome(draft), outcome(gone)] == ["ignored", "applied"]
    assert post_of(session, "/walk/").state == "removed"
    assert post_of(session, "/2026/draft/").state == "open"


def test_a_deleted_post_from_before_the_webhook_is_found_by_its_slug_if_only_one_has_it(
    ghost, session, make_comment
):
    commented(make_comment, "/2026/walk/")
    gone = {"id": "1", "slug": "walk", "status": "published"}

    assert outcome(ghost({}, {**gone, "slug": "alk"})) == "ignored"
    assert outcome(ghost({}, {**gone, "slug": "%"})) == "ignored"
    assert outcome(ghost({}, gone)) == "applied"
    assert post_of(session, "/2026/walk/").state == "removed"


@pytest.mark.parametrize(
    ("current", "previous"),
    [
        ({"status": "draft"}, {"title": "Before"}),
        ({"status": "scheduled"}, {"status": "draft"}),
        ({"status": "sent", "url": "https://blog.example/email/1/"}, {"status": "draft"}),
        ({"status": "published", "url": "https://blog.example/404/"}, {"status": "draft"}),
    ],
)
@one_store
def test_what_readers_cannot_see_makes_no_thread(ghost, session, current, previous):
    assert outcome(ghost(current, previous)) == "ignored"
    assert paths(session) == set()


@one_store
def test_webhooks_of_ghost_about_other_things_are_ignored(hook):
    for body in ({}, {"member": {"current": {"id": "1"}}}, {"post": None}, {"post": {}}):
        assert outcome(hook("ghost", body)) == "ignored"


def test_the_canonical_address_of_a_ghost_post_names_its_thread(ghost, session):
    ghost({"canonical_url": "https://main.example/a/walk"}, {"status": "draft"})

    assert paths(session) == {"/a/walk"}


def test_an_older_change_never_overrides_a_newer(ghost, clock, session, client):
    ghost({"status": "published"}, {"status": "draft"})
    earlier = clock.now.isoformat()
    ghost({"slug": "stroll", "title": "New"}, {"slug": "walk"})
    late = ghost({"title": "Old", "updated_at": earlier, "feature": "late"}, {"title": "Before"})
    moved_back = ghost({"slug": "walk", "updated_at": earlier}, {"slug": "stroll"})

    assert [outcome(late), outcome(moved_back)] == ["outdated", "outdated"]
    assert (paths(session), post_of(session, "/stroll/").title) == ({"/stroll/"}, "New")


def test_the_same_body_is_applied_once_whatever_is_signed_with_it(ghost, hook, clock, session):
    body = {"post": {"current": {"id": "1", "status": "published", "slug": "a"}, "previous": {}}}
    body["post"]["current"] |= {"url": "https://blog.example/a/", "updated_at": "2026-01-01T00:00Z"}
    first = hook("ghost", body)
    clock.advance(minutes=2)

    assert [outcome(first), outcome(hook("ghost", body))] == ["applied", "repeated"]


def test_the_form_of_older_ghosts_signs_the_body_alone(ghost, hook, session):
    body = {"post": {"current": {"id": "1", "status": "published", "slug": "a"}, "previous": {}}}
    body["post"]["current"]["url"] = "https://blog.example/a/"
    raw = json.dumps(body).encode()

    answer = hook(
        "ghost", raw, header=f"sha256={hmac.new(SECRET.encode(), raw, 'sha256').hexdigest()}"
    )

    assert outcome(answer) == "applied"


@one_store
def test_a_ghost_post_of_a_megabyte_is_read_and_one_of_five_is_not(ghost, hook):
    assert outcome(ghost({"html": "x" * 2**20}, {"status": "draft"})) == "applied"
    refused = hook("ghost", b'{"post":"' + b"x" * 5 * 2**20 + b'"}')
    assert (refused.status_code, refused.get_json()["code"]) == (413, "body_too_large")
    assert hook("github", b"x" * 2**17).status_code == 413


# WordPress


def test_a_wordpress_post_is_announced_moved_closed_and_removed(
    wordpress, client, session, make_comment
):
    assert outcome(wordpress("post.published")) == "applied"
    commented(make_comment, "/2026/walk/")
    moved = wordpress(
        "post.updated",
        "https://wp.example/2026/stroll/",
        old_permalink="https://wp.example/2026/walk/",
        title="A stroll",
    )
    assert (outcome(moved), paths(session)) == ("applied", {"/2026/stroll/"})
    assert len(texts(client, "/2026/stroll/")) == 1

    states = []
    for event, permalink in (
        ("post.unpublished", "https://wp.example/?p=7"),
        ("post.published", "https://wp.example/2026/stroll/"),
        ("post.trashed", "https://wp.example/?p=7"),
        ("post.published", "https://wp.example/2026/stroll/"),
    ):
        assert outcome(wordpress(event, permalink)) == "applied", event
        states.append(post_of(session, "/2026/stroll/").state)

    assert states == ["closed", "open", "removed", "open"]
    assert paths(session) == {"/2026/stroll/"}


def test_an_old_permalink_moves_a_thread_from_before_the_plugin(wordpress, client, make_comment):
    commented(make_comment, "/?p=7")

    wordpress(
        "post.published",
        "https://wp.example/2026/walk/",
        old_permalink="https://wp.example/?p=7",
    )

    assert len(texts(client, "/2026/walk/")) == 1


def test_a_trashed_post_without_a_thread_makes_none(wordpress, session):
    assert outcome(wordpress("post.trashed")) == "ignored"
    assert paths(session) == set()


@one_store
@pytest.mark.parametrize(
    "fields",
    [
        {"event": "post.liked"},
        {"id": 0},
        {"permalink": ""},
        {"permalink": "javascript:alert(1)"},
        {"permalink": "https://wp.example/" + "a" * 3000},
        {"permalink": "https://wp.example/\u0000"},
        {"timestamp": "yesterday"},
        {"title": "\ud800"},
        {"title": ["a"]},
    ],
)
def test_an_invalid_payload_is_422_and_logged_as_failed(wordpress, session, fields):
    answer = wordpress(**{"event": "post.published", **fields})

    # A lone surrogate is no JSON in the first place.
    assert answer.status_code in (400, 422)
    assert answer.mimetype == "application/problem+json"
    assert session.scalar(select(HookDelivery.outcome)) == "failed"


def test_an_event_from_the_future_is_refused(wordpress, clock):
    later = (clock.now + timedelta(hours=1)).isoformat()

    answer = wordpress("post.published", timestamp=later)

    assert answer.status_code == 422


# Our own events in other signatures

OWN = ("github", "stripe", "coral", "discourse")


@pytest.mark.parametrize("adapter", OWN)
def test_our_own_events_come_in_the_signatures_of_others(adapter, hook, session, clock):
    event = {"type": "post.closed", "timestamp": clock.now.isoformat(), "data": {"post": "/a"}}

    outcomes = [outcome(hook(adapter, event)) for _ in range(2)]

    assert outcomes == ["applied", "repeated"]
    assert post_of(session, "/a").state == "closed"


def test_a_comment_comes_once_with_the_answer_of_the_public_address(hook, session, clock):
    data = {"post": "/a", "author": {"name": "Ada"}, "text": "From another form."}
    event = {"type": "comment.submitted", "timestamp": clock.now.isoformat(), "data": data}

    answers = [hook("github", event, **{"X-GitHub-Delivery": str(n)}) for n in range(2)]

    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].get_json()["comment"]["id"] == answers[1].get_json()["comment"]["id"]
    assert session.scalar(select(func.count()).select_from(Comment)) == 1


def test_a_recorded_delivery_is_worth_nothing_when_its_repetition_is_forgotten(
    hook, session, clock
):
    data = {"post": "/a", "author": {"name": "Ada"}, "text": "From another form."}
    stamp = clock.now.isoformat()
    clock.advance(days=8)

    answer = hook("github", {"type": "comment.submitted", "timestamp": stamp, "data": data})

    assert outcome(answer) == "outdated"
    assert session.scalar(select(func.count()).select_from(Comment)) == 0


@one_store
def test_an_invalid_event_names_the_field_within_data(hook, clock):
    event = {"type": "post.closed", "timestamp": clock.now.isoformat(), "data": {"post": "\n"}}

    answer = hook("stripe", event)

    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"].startswith("#/data/")


# Secrets


@pytest.mark.parametrize("adapter", FORMS)
@one_store
def test_whatever_the_signature_or_the_body_is_the_answer_is_never_500(hook, adapter):
    for header in ("", "garbage", "sha256=", "t=1", "t=\u0661".encode().decode("latin-1"), "\xff"):
        answer = hook(adapter, {}, header=header)
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json"), header
        assert answer.get_json()["code"] == "invalid_signature"
    for body in (b"", b"\xff", b"[" * 5000, b"null", b"[]", b'"x"', b"1", b'{"post":1}'):
        answer = hook(adapter, body)
        assert answer.status_code in (200, 400, 422), body


@one_store
def test_an_address_without_a_secret_accepts_nothing_and_logs_nothing(client, session):
    for adapter in FORMS:
        form = FORMS[adapter]
        mac = form.sign(b"", "", b"{}").decode()
        headers = {form.header: mac if adapter == "wordpress" else f"sha256={mac}"}
        answer = client.post(f"/api/v1/sites/news/webhooks/{adapter}", data=b"{}", headers=headers)
        assert answer.status_code == 401, adapter
    assert session.scalar(select(func.count()).select_from(HookDelivery)) == 0


@one_store
def test_unknown_kinds_and_sites_are_404(client):
    for path in ("news/webhooks/hubspot", "nosuch/webhooks/ghost", "news/webhooks/GHOST"):
        answer = client.post(f"/api/v1/sites/{path}", data=b"{}")
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_two_secrets_are_valid_during_a_rotation(hook, client, reviewing, session, clock):
    event = {"type": "post.closed", "timestamp": clock.now.isoformat(), "data": {"post": "a"}}
    hook("github", event)

    def add(**body):
        made = client.post(
            f"{REVIEW}/secrets", json={"adapter": "github", **body}, headers=reviewing
        )
        assert made.status_code == 201, made.data
        return made.get_json()["secret"]

    first, second = add(), add(secret="one that the sender made".replace(" ", "-"))

    codes = [hook("github", event, secret=each).status_code for each in (SECRET, first, second)]
    assert codes == [401, 200, 200]
    assert hook("stripe", event, secret=second).status_code == 401
    listed = client.get(REVIEW, headers=reviewing).get_json()["hooks"]
    github = next(each for each in listed if each["adapter"] == "github")
    assert [each["last_four"] for each in github["secrets"]] == [second[-4:], first[-4:]]
    assert github["address"] == "http://comments.example/api/v1/sites/news/webhooks/github"
    assert first not in json.dumps(listed)

    gone = github["secrets"][0]["id"]
    assert client.delete(f"{REVIEW}/secrets/{gone}", headers=reviewing).status_code == 204
    assert client.delete(f"{REVIEW}/secrets/{gone}", headers=reviewing).status_code == 404
    codes = [hook("github", event, secret=each).status_code for each in (first, second)]
    assert codes == [200, 401]
    session.rollback()
    actions = session.scalars(
        select(AuditEntry.action).where(AuditEntry.action.startswith("hook."))
    ).all()
    assert actions.count("hook.secret.added") == 4
    assert actions.count("hook.secret.removed") == 1


@one_store
@pytest.mark.parametrize("secret", ["short", "a" * 321, "with spaces in it and long", "é" * 20])
def test_a_weak_or_odd_secret_is_refused(client, reviewing, secret):
    body = {"adapter": "github", "secret": secret}

    answer = client.post(f"{REVIEW}/secrets", json=body, headers=reviewing)

    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "#/secret")


# Log


def test_every_delivery_is_in_the_log_with_its_outcome(hook, client, reviewing, clock):
    event = {"type": "post.closed", "timestamp": clock.now.isoformat(), "data": {"post": "/a"}}
    hook("github", event, **{"X-GitHub-Delivery": "72d3162e"})
    hook("github", event, **{"X-GitHub-Delivery": "x" * 500})
    hook("github", {"type": "nosuch", "timestamp": clock.now.isoformat(), "data": {}})
    hook("github", event, header="sha256=00")

    found = client.get(f"{REVIEW}/deliveries", headers=reviewing).get_json()["deliveries"]

    seen = [(d["outcome"], d["event"], d["post"], d["delivery"], d["code"]) for d in found]
    assert seen == [
        ("refused", "", None, "", "invalid_signature"),
        ("failed", "", None, "", "unknown_event"),
        ("repeated", "post.closed", "/a", "", ""),
        ("applied", "post.closed", "/a", "72d3162e", ""),
    ]
    page = f"{REVIEW}/deliveries?before={found[1]['id']}&limit=1"
    older = client.get(page, headers=reviewing).get_json()["deliveries"]
    assert [d["id"] for d in older] == [found[2]["id"]]


def test_the_log_is_bounded_and_refused_deliveries_drive_nothing_out_of_it(
    hook, session, clock, monkeypatch
):
    monkeypatch.setattr(hook_log, "KEPT", 3)
    monkeypatch.setattr(hook_log, "REFUSED_KEPT", 2)
    made = count()
    for _ in range(5):
        stamp = clock.now.isoformat()
        hook(
            "github",
            {"type": "post.closed", "timestamp": stamp, "data": {"post": f"/{next(made)}"}},
        )
        hook("github", {}, header="sha256=00")
        hook("github", {}, header="sha256=00")
        clock.advance(minutes=2)

    session.rollback()
    rows = session.execute(
        select(HookDelivery.outcome, HookDelivery.post).order_by(HookDelivery.id)
    ).all()
    assert [post for outcome, post in rows if outcome == "applied"] == ["/2", "/3", "/4"]
    assert [outcome for outcome, _ in rows if outcome != "applied"] == ["refused"] * 2


def test_nothing_of_a_payload_but_the_posts_address_is_kept(ghost, session):
    ghost({"status": "published"}, {"status": "draft"})
    session.rollback()

    for table in (HookDelivery, HookPost):
        rows = repr(session.execute(select(table.__table__)).all())
        assert "writer@blog.example" not in rows
        assert "Left out" not in rows


def test_wordpress_signatures_are_base64(hook, clock):
    body = json.dumps(
        {
            "event": "post.published",
            "id": 1,
            "timestamp": clock.now.isoformat(),
            "permalink": "https://wp.example/a/",
        }
    ).encode()
    signature = base64.b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()

    assert outcome(hook("wordpress", body, header=signature)) == "applied"
