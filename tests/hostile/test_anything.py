"""Anything at all where the service expects something: it is refused, or does no harm."""

import json
import shutil
from datetime import UTC, datetime
from uuid import UUID
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from moderation import create_app
from moderation.domain.errors import BadCursor, BadSignature
from moderation.services.accounts import api_tokens
from moderation.services.pagination import Cursor
from moderation.services.sites import changes, registry
from moderation.services.sites.settings_schema import SITE_SETTINGS
from moderation.services.webhooks.incoming import EVENTS
from moderation.services.webhooks.signatures import SignatureHeaders, sign, verify
from moderation.web.database import db
from moderation.web.state import app_state
from tests.conftest import Clock, make_settings

from .conftest import bounded

THREAD = "/api/v1/sites/news/posts/story/comments"
SETTINGS = "/api/v1/review/sites/news/settings"
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
#: Characters that a header can carry.
HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | ANY,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY, inner, max_size=4),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def clock():
    return Clock()


@pytest.fixture(scope="module")
def app(sqlite_template, tmp_path_factory, clock):
    folder = tmp_path_factory.mktemp("anything")
    shutil.copy(sqlite_template, folder / "moderation.sqlite3")
    app = create_app(make_settings(data_dir=folder))
    app_state(app).clock = clock
    with app.app_context():
        changes.add(db.session(), "news", title="", origins=[], now=clock.now)
        db.session.remove()
    yield app
    app_state(app).cache.close()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def headers(app, clock):
    with app.app_context():
        made = api_tokens.add_token(db.session(), "t", scopes=("review", "admin"), now=clock.now)
        db.session.remove()
    return {"Authorization": f"Bearer {made}"}


@pytest.fixture(scope="module")
def client(app):
    made = app.test_client()
    comment(made, "A comment to have something to read, friends.")
    return made


@pytest.fixture(scope="module")
def secret(app):
    with app.app_context():
        found = registry.secrets_of(db.session(), registry.find(db.session(), "news").id)[0]
        db.session.remove()
    return found


def comment(client, text, **headers):
    body = {"author": {"name": "Ada"}, "text": text}
    return client.post(THREAD, json=body, headers=headers)


# Cursors

MOMENTS = st.datetimes(timezones=st.just(UTC))


@bounded(100)
@given(MOMENTS, st.uuids(allow_nil=True))
@example(datetime.min.replace(tzinfo=UTC), UUID(int=0))
@example(datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
def test_a_cursor_is_read_as_it_was_written(moment, id):
    cursor = Cursor(moment, id)

    assert Cursor.decode(cursor.encode()) == cursor


@bounded(100)
@given(ANY | st.binary(min_size=24, max_size=24).map(lambda raw: raw.hex()) | HEADER)
def test_any_text_is_a_cursor_or_is_refused_as_one(text):
    try:
        cursor = Cursor.decode(text)
    except BadCursor:
        return
    assert Cursor.decode(cursor.encode()) == cursor


@bounded(40)
@given(ANY | st.builds(lambda at, id: Cursor(at, id).encode(), MOMENTS, st.uuids()))
def test_a_list_answers_to_any_cursor(client, headers, text):
    id = client.get(THREAD).get_json()["comments"][0]["id"]
    item = client.get(f"/api/v1/review/comments/{id}", headers=headers).get_json()
    key = item["comment"]["author"]["key"]
    for path in (
        THREAD,
        f"/api/v1/comments/{id}/replies",
        "/api/v1/review/queue",
        f"/api/v1/review/sites/news/authors/{key}/comments",
        "/embed/news/story",
    ):
        # Twice at least: answers are made ready by the first request.
        for _ in range(2):
            answer = client.get(path, query_string={"cursor": text}, headers=headers)
            assert answer.status_code in (200, 422), (path, text)


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_a_moment_that_utc_does_not_have_is_refused(client, headers, moment):
    for path, name in (
        ("audit", "from"),
        ("audit", "to"),
        ("audit/export", "to"),
        ("queue", "before"),
        ("queue", "after"),
    ):
        query = {name: moment}
        answer = client.get(f"/api/v1/review/{path}", query_string=query, headers=headers)
        assert answer.status_code == 422, (path, name)
    wish = {"name": "late", "scopes": ["review"], "expires_at": moment}
    assert client.post("/api/v1/review/tokens", json=wish, headers=headers).status_code == 422


@pytest.mark.parametrize("name", ["actor", "action", "subject", "site"])
def test_a_page_of_the_audit_trail_behind_an_entry_that_is_gone_is_empty(client, headers, name):
    query = {name: "news", "before_id": 10**9}

    found = client.get("/api/v1/review/audit", query_string=query, headers=headers)

    assert (found.status_code, found.get_json()["entries"]) == (200, [])


# Settings of a site

LIKELY = {
    "thresholds": st.dictionaries(
        st.sampled_from(["profanity", "spam", "toxicity", "links", "x"]), JSON, max_size=3
    ),
    "sections": st.lists(
        st.dictionaries(
            st.sampled_from(["prefix", "premoderate", "slow_seconds", "state", "thresholds", "x"]),
            JSON | st.sampled_from(["/a", True, 5]),
            max_size=4,
        ),
        max_size=3,
    ),
    "strict_until": MOMENTS.map(lambda moment: moment.isoformat()),
    "page_language": st.sampled_from(["en", "de-AT", "en\n", "x"]),
    "languages": st.lists(st.sampled_from(["en", "de", "DE ", "xx", ""]), max_size=3),
}
LISTS = st.lists(ANY | st.sampled_from(["*", "v*a", "a.example", "*.b.example"]), max_size=4)
CHANGES = st.sampled_from(sorted(SITE_SETTINGS)).flatmap(
    lambda key: st.tuples(
        st.just(key), JSON | LISTS | st.integers(-1, 40) | LIKELY.get(key, st.nothing())
    )
)


@bounded(150)
@given(st.lists(CHANGES, min_size=1, max_size=2).map(dict))
def test_any_value_of_a_setting_is_refused_with_its_place_or_can_be_read(client, headers, change):
    answer = client.patch(SETTINGS, json={"settings": change}, headers=headers)

    assert answer.status_code in (200, 422), (change, answer.data)
    if answer.status_code == 422:
        pointers = [error["pointer"] for error in answer.get_json()["errors"]]
        assert pointers
        assert all(p.split("/")[1:3] in [["settings", key] for key in change] for p in pointers)
        return
    read = client.get(SETTINGS, headers=headers)
    assert read.get_json() == answer.get_json()
    # An accepted value is accepted again as it reads, and comments are judged by it.
    kept = {key: read.get_json()["settings"].get(key) for key in change}
    again = client.patch(SETTINGS, json={"settings": kept}, headers=headers)
    assert again.get_json()["settings"] == read.get_json()["settings"]
    tried = client.post(
        "/api/v1/review/sites/news/trials", json={"text": "A fine v*a day."}, headers=headers
    )
    assert (tried.status_code, client.get(THREAD).status_code) == (200, 200)
    reset = client.patch(SETTINGS, json={"settings": dict.fromkeys(change)}, headers=headers)
    assert reset.status_code == 200


# Feeds

TYPED = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@bounded(40)
@given(TYPED, TYPED, st.sampled_from(["", "\x01", "\x0b\x0c", "\x7f\x85", "\ufffe\uffff", "]]>"]))
@example("a", "b", "\x1b[31m\ufffe")
def test_a_feed_of_any_text_is_well_formed(app, text, name, odd):
    client = app.test_client()
    body = {"author": {"name": f"A{odd}{name}"[:80]}, "text": f"{text}{odd}."}
    made = client.post("/api/v1/sites/news/posts/feed/comments", json=body)
    assert made.status_code in (201, 202, 422)

    feed = ElementTree.fromstring(client.get("/feeds/news/feed").data)  # noqa: S314 (ours)

    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"


# Signatures

SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSBzaXRlLCBsb25n"
OTHER = "whsec_" + "YW5vdGhlciBzZWNyZXQsIGp1c3QgYXMgbG9uZw=="
IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
NOW = datetime(2026, 5, 1, tzinfo=UTC)
AT = int(NOW.timestamp())


def is_taken(secrets, id, timestamp, signature, body):
    try:
        verify(secrets, SignatureHeaders(id, timestamp, signature), body, now=NOW)
    except BadSignature:
        return False
    return True


@bounded(100)
@given(IDS, st.binary(max_size=60), st.binary(max_size=60), IDS, st.integers(-400, 400), HEADER)
def test_a_signed_message_with_any_change_is_refused(
    id, body, other_body, other_id, seconds, noise
):
    right = sign(SECRET, id, AT, body)
    assert is_taken([SECRET], id, str(AT), right, body)

    assert is_taken([SECRET], other_id, str(AT), right, body) is (id == other_id)
    assert is_taken([SECRET], id, str(AT), right, other_body) is (body == other_body)
    assert is_taken([SECRET], id, str(AT + seconds), right, body) is (seconds == 0)
    assert not is_taken([OTHER], id, str(AT), right, body)
    assert not is_taken([SECRET], id, str(AT), right.removeprefix("v1,"), body)
    assert not is_taken([SECRET], id, str(AT), noise, body)
    assert not is_taken([SECRET], id, noise, right, body) or int(noise) == AT
    for place in range(3, len(right)):
        changed = right[:place] + chr(ord(right[place]) ^ 1) + right[place + 1 :]
        assert not is_taken([SECRET], id, str(AT), changed, body)
    # Only the headers define where the id ends and the body begins.
    moved = f"{id}.{AT}"
    assert not is_taken([SECRET], moved, str(AT), right, body)
    assert not is_taken([SECRET], id, str(AT), right, str(AT).encode() + b"." + body)


@bounded(60)
@given(
    IDS,
    st.binary(max_size=60),
    st.lists(
        st.sampled_from(["v1,", "v1,AAAA", "v1a,AAAA", "v2,AAAA", "", "v1,\xe9", "x"]), max_size=6
    ),
    st.randoms(use_true_random=False),
)
def test_a_right_signature_counts_at_any_place_in_the_list(id, body, others, random):
    listed = [*others, sign(SECRET, id, AT, body)]
    random.shuffle(listed)

    assert is_taken([OTHER, SECRET], id, str(AT), " ".join(listed), body)
    assert not is_taken([OTHER, SECRET], id, str(AT), " ".join(others), body)


EVENT_FIELDS = (
    *("post", "title", "url", "author", "text", "parent_id", "state", "rules", "key"),
    *("published_at", "new_id", "reason", "until", "id", "email", "name"),
)


@bounded(60)
@given(
    st.sampled_from(EVENTS),
    JSON
    | st.dictionaries(
        st.sampled_from(EVENT_FIELDS),
        JSON | st.sampled_from(["told", "else", "https://news.example/a", {"name": "Ada"}]),
        max_size=6,
    ),
    st.integers(0, 10**9),
)
def test_an_event_with_anything_in_it_is_applied_or_refused(client, secret, clock, type, data, n):
    body = json.dumps({"type": type, "timestamp": clock.now.isoformat(), "data": data}).encode()
    now, id = int(clock.now.timestamp()), f"msg_{n}"
    headers = {
        "webhook-id": id,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(secret, id, now, body),
    }

    answer = client.post("/api/v1/sites/news/events", data=body, headers=headers)

    assert answer.status_code in (200, 201, 202, 400, 404, 409, 422), answer.data


# Headers


@bounded(40)
@given(HEADER)
def test_any_idempotency_key_is_refused_or_keeps_a_comment_from_being_stored_twice(client, key):
    text = f"A remark that is made with the key {key.encode('latin-1').hex()}."
    first = comment(client, text, **{"Idempotency-Key": key})
    again = comment(client, text, **{"Idempotency-Key": key})

    if first.status_code == 422:
        assert not key.isprintable()
        return
    assert first.status_code in (201, 202)
    if key.strip().strip('"'):
        assert again.get_json() == first.get_json()
        changed = comment(client, text + "!", **{"Idempotency-Key": key})
        assert changed.status_code == 422


HEADERS = (
    *("Accept-Language", "Accept-Encoding", "If-None-Match", "Accept", "Origin", "Range"),
    *("If-Match", "X-Forwarded-For", "Forwarded", "Cookie", "If-Modified-Since", "Host"),
)


@bounded(60)
@given(
    st.dictionaries(
        st.sampled_from(HEADERS),
        HEADER
        | st.sampled_from(["*", 'W/"x"', '"', "br;q=9", "gzip, br;q=nan", "de-DE;q=1e999", "en;q"])
        | st.sampled_from(["bytes=0-1", "bytes=9-1", "::1, ,", "[::1]:", "null", "identity;q=0"]),
        min_size=1,
        max_size=4,
    )
)
def test_no_header_makes_a_page_fail(client, headers, sent):
    for path in (
        THREAD,
        f"{THREAD}?limit=3",
        "/api/v1/sites/news/counts?post=story",
        "/api/v1/sites/news/posts/story/form",
        "/api/v1/openapi.json",
        "/embed/news/story",
        "/feeds/news",
        "/widget/release.json",
        "/review/login",
        "/review/assets/nothing.js",
        "/healthz",
    ):
        answer = client.get(path, headers=sent)
        assert answer.status_code < 500, (path, sent)
    queue = client.get("/api/v1/review/queue", headers={**sent, **headers})
    assert queue.status_code in (200, 304)


@bounded(40)
@given(st.lists(HEADER, max_size=3), st.booleans())
def test_an_answer_is_as_it_was_only_for_its_own_tag(client, tags, weak):
    tag = client.get(THREAD).headers["ETag"]
    others = [t.replace('"', "").replace("*", "").replace(",", "") for t in tags]
    listed = [f'"{t}"' for t in others if f'"{t}"' != tag]

    without = client.get(THREAD, headers={"If-None-Match": ", ".join(listed)})
    within = client.get(
        THREAD, headers={"If-None-Match": ", ".join([*listed, f"W/{tag}" if weak else tag])}
    )

    assert (without.status_code, within.status_code) == (200, 304)
    assert within.data == b""
