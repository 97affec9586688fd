"""Ready-made answers are Flask's answers, and never older than the last take-down."""

import gzip
import threading
import time

import brotli
import psycopg
import pytest
from sqlalchemy import text
from werkzeug import test as werkzeug

from moderation.services.sites import changes
from moderation.web.database import db
from moderation.web.http import choose_encoding, matches
from moderation.web.middleware.response_cache import Shelf
from moderation.web.pages import widget_bundle
from moderation.web.state import app_state
from tests.conftest import ORIGIN

THREAD = "/api/v1/sites/news/posts/story/comments"
COUNTS = "/api/v1/sites/news/counts?post=story&post=other"


@pytest.fixture
def made(app):
    """Return how often a cached response was built."""
    hot, built = app_state(app).cache, []
    build = hot._keep
    hot._keep = lambda asked, *rest: built.append(asked) or build(asked, *rest)
    return built


def beneath(app) -> werkzeug.Client:
    """A client that the ready-made responses do not serve."""
    return werkzeug.Client(app_state(app).cache._app)


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_hot_bytes_are_flasks_bytes(app, client, make_comment, sort):
    parent = make_comment("First of all.")["comment"]["id"]
    make_comment("An answer to it.", parent_id=parent)
    make_comment("Something else entirely.")

    hot = client.get(f"{THREAD}?sort={sort}")
    flask = beneath(app).get(f"{THREAD}?sort={sort}")

    assert "X-Request-Id" not in hot.headers
    assert "X-Request-Id" in flask.headers
    assert hot.data == flask.data
    assert hot.headers["ETag"] == flask.headers["ETag"]
    for name in ("Content-Type", "Cache-Control", "X-Content-Type-Options"):
        assert hot.headers[name] == flask.headers[name]


def test_an_answer_is_built_once_and_anew_after_a_change(client, make_comment, made):
    make_comment("One.")
    for _ in range(3):
        assert client.get(THREAD).get_json()["post"]["count"] == 1
    make_comment("Two.")

    assert client.get(THREAD).get_json()["post"]["count"] == 2
    assert len(made) == 2


def test_commits_to_other_posts_do_not_rebuild_an_answer(client, make_comment, made):
    make_comment("One.")
    client.get(THREAD)
    make_comment("Elsewhere.", post="another")

    client.get(THREAD)

    assert len(made) == 1


def test_a_take_down_on_another_node_is_seen_by_the_next_request(
    client, make_comment, make_app, reviewing, app
):
    elsewhere = make_app().test_client()
    for number in range(5):
        made = make_comment(f"canary number {number}", name=f"Reader {number}")
        comment = made["comment"]["id"]
        client.get(COUNTS)
        assert f"canary number {number}" in client.get(THREAD).get_data(as_text=True)

        decided = elsewhere.post(
            f"/api/v1/review/comments/{comment}/decisions",
            json={"outcome": "reject"},
            headers=reviewing,
        )

        assert decided.status_code == 201
        if db_is_postgres(app):
            wait_until(lambda: client.get(THREAD).get_json()["post"]["count"] == 0, seconds=1)
        assert client.get(THREAD).get_json()["comments"] == []
        assert client.get(COUNTS).get_json() == {"counts": {"story": 0, "other": 0}}


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_with_the_listener_cut_every_answer_is_checked(make_app, make_comment, app, reviewing):
    reader = make_app().test_client()
    comment = make_comment("a canary to take down")["comment"]["id"]
    assert reader.get(THREAD).get_json()["post"]["count"] == 1
    with psycopg.connect(
        app_state(app).settings.url.replace("+psycopg", ""), autocommit=True
    ) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

        decide = {"outcome": "reject"}
        path = f"/api/v1/review/comments/{comment}/decisions"
        wait_until(
            lambda: app.test_client().post(path, json=decide, headers=reviewing).status_code == 201,
            seconds=5,
        )
        wait_until(lambda: reader.get(THREAD).get_json()["post"]["count"] == 0, seconds=1)


def db_is_postgres(app) -> bool:
    return app_state(app).settings.url.startswith("postgresql")


def wait_until(true, *, seconds: float) -> None:
    """Ask again until it is so; the bound is the promise under test."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


def test_a_client_that_has_the_bytes_gets_304_in_any_encoding(client, make_comment):
    make_comment("Long enough to be worth compressing. " * 20)
    for encoding in ("identity", "gzip", "br"):
        first = client.get(THREAD, headers={"Accept-Encoding": encoding})

        again = client.get(
            THREAD, headers={"Accept-Encoding": encoding, "If-None-Match": first.headers["ETag"]}
        )

        assert again.status_code == 304
        assert again.data == b""
        assert again.headers["ETag"] == first.headers["ETag"]
        assert "Content-Length" not in again.headers


def test_an_old_etag_gets_the_new_bytes(client, make_comment):
    make_comment("One.")
    old = client.get(THREAD).headers["ETag"]
    make_comment("Two.")

    answer = client.get(THREAD, headers={"If-None-Match": f'W/{old}, "other"'})

    assert answer.status_code == 200


def test_encoded_bytes_are_the_same_bytes(client, make_comment):
    make_comment("Long enough to be worth compressing. " * 20)
    plain = client.get(THREAD, headers={"Accept-Encoding": "identity"})
    gzipped = client.get(THREAD, headers={"Accept-Encoding": "gzip"})
    brotlied = client.get(THREAD, headers={"Accept-Encoding": "gzip, br"})

    assert gzip.decompress(gzipped.data) == plain.data
    assert brotli.decompress(brotlied.data) == plain.data
    assert {r.headers["Vary"] for r in (plain, gzipped)} == {"Accept-Encoding, Origin"}
    assert len({r.headers["ETag"] for r in (plain, gzipped, brotlied)}) == 3
    for answer in (plain, gzipped, brotlied):
        assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_head_has_the_headers_without_the_body(client, make_comment):
    make_comment("One.")
    got, head = client.get(THREAD), client.head(THREAD)

    assert head.data == b""
    assert head.headers["Content-Length"] == str(len(got.data))
    assert head.headers["ETag"] == got.headers["ETag"]


def test_only_the_sites_own_origins_may_read_across_origins(client, make_comment):
    make_comment("One.")

    own = client.get(THREAD, headers={"Origin": ORIGIN})
    foreign = client.get(THREAD, headers={"Origin": "https://evil.example"})

    assert own.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert (foreign.status_code, foreign.get_json()["code"]) == (403, "origin_not_allowed")
    assert "Origin" in foreign.headers["Vary"]


def test_a_range_is_not_served_in_part(client, make_comment):
    make_comment("One.")

    answer = client.get(THREAD, headers={"Range": "bytes=0-3"})

    assert answer.status_code == 200
    assert answer.get_json()["post"]["count"] == 1


def test_changed_origins_of_a_site_are_in_force_at_once(client, make_comment, session, site, clock):
    from moderation.services.sites import registry

    make_comment("One.")
    client.get(THREAD)
    changes.change(
        session, registry.find(session, "news"), origins=["https://new.example"], now=clock.now
    )

    answer = client.get(THREAD, headers={"Origin": "https://new.example"})

    assert answer.headers["Access-Control-Allow-Origin"] == "https://new.example"


def test_a_site_that_is_not_there_is_flasks_to_refuse(client):
    for address in ("/api/v1/sites/none/posts/x/comments", "/api/v1/sites/none/counts?post=a"):
        assert client.get(address).status_code == 404
    assert client.get("/api/v1/sites/news/counts?post=").status_code == 422
    assert client.get("/api/v1/sites/news/counts?wrong=1").status_code == 422


@pytest.mark.parametrize("accepted", ["", "gzip", "br"])
@pytest.mark.parametrize("name", ["embed.js", "counts.js", "pinned"])
def test_the_widgets_files_are_ready_made_as_flask_would_make_them(app, client, name, accepted):
    if name == "pinned":
        name = widget_bundle.pinned_name("embed.js")
    headers = {"Accept-Encoding": accepted, "Origin": "https://anybody.example"}

    hot = client.get(f"/widget/{name}", headers=headers)
    flask = beneath(app).get(f"/widget/{name}", headers=headers)

    assert (hot.status_code, "X-Request-Id" in hot.headers) == (200, False)
    assert hot.data == flask.data
    for header in (
        *("Cache-Control", "Content-Type", "Content-Encoding", "Access-Control-Allow-Origin"),
        *("Cross-Origin-Resource-Policy", "X-Content-Type-Options"),
    ):
        assert hot.headers.get(header) == flask.headers.get(header), header
    again = client.get(f"/widget/{name}", headers={"If-None-Match": hot.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_file_that_is_not_there_is_flasks_to_refuse(client):
    assert client.get("/widget/nothing.js").status_code == 404


def test_a_posts_feed_is_ready_made_and_follows_a_take_down(
    client, make_comment, reviewing, app, made
):
    kept = make_comment("What stays.")["comment"]["id"]
    gone = make_comment("What goes.")["comment"]["id"]

    hot, flask = client.get("/feeds/news/story"), beneath(app).get("/feeds/news/story")
    client.post(
        f"/api/v1/review/comments/{gone}/decisions",
        json={"outcome": "reject", "reason": "OTHER"},
        headers=reviewing,
    )
    after = client.get("/feeds/news/story")

    assert "X-Request-Id" not in hot.headers
    assert hot.data == flask.data
    assert (hot.content_type, hot.headers["ETag"]) == (flask.content_type, flask.headers["ETag"])
    assert gone in hot.text
    assert gone not in after.text
    assert kept in after.text


def test_the_kept_bytes_stay_within_their_bound(client, app):
    hot = app_state(app).cache
    for kept in hot._shelves.values():
        kept.most = 50_000

    for number in range(200):
        client.get(f"/api/v1/sites/news/posts/nobody-{number}/comments")

    empty = hot._shelves[Shelf.EMPTY]
    assert 20_000 < empty.weight <= 50_000
    assert hot.kept_bytes == empty.weight == sum(entry.size for entry in empty.values())


def test_a_stampede_builds_an_answer_once(app, client, make_comment, made):
    make_comment("One.")
    start = threading.Barrier(8)
    seen = []

    def ask():
        start.wait()
        seen.append(app.test_client().get(THREAD).get_json()["post"]["count"])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == [1] * 8
    assert len(made) == 1


def test_a_store_without_tables_is_a_problem_not_an_answer(app, client, session):
    session.execute(text("ALTER TABLE posts RENAME TO posts_away"))
    session.commit()
    try:
        assert client.get(THREAD).status_code >= 500
    finally:
        session.execute(text("ALTER TABLE posts_away RENAME TO posts"))
        session.commit()
        db.session.remove()


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("", ""),
        ("identity", ""),
        ("gzip", "gzip"),
        ("gzip, deflate, br", "br"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("gzip;q=1.0, br;q=0.2", "gzip"),
        ("gzip;q=nonsense", ""),
        ("x-gzip-like", ""),
    ],
)
def test_the_encoding_is_the_best_that_the_client_takes(accepted, chosen):
    assert choose_encoding(accepted) == chosen


@pytest.mark.parametrize("sent", ['"a"', 'W/"a"', '"b", "a"', "*", '"a-gzip"'])
def test_if_none_match_compares_weakly(sent):
    assert matches(sent, '"a"')


def test_another_etag_does_not_match():
    assert not matches('"b"', '"a"')


SAME_PAGES = [
    ("", "limit=50"),
    ("", "sort=newest&limit=50"),
    ("", "limit=50&sort=newest&cursor="),
    ("", "utm_source=letter&fbclid=x%20y"),
    ("sort=oldest", "utm_medium=a&sort=oldest&utm_medium=b"),
    ("sort=oldest&limit=3", "limit=3&x=1&sort=oldest"),
    ("limit=1", "limit=1&sort="),
]


@pytest.mark.parametrize(("one", "other"), SAME_PAGES)
def test_one_page_is_built_once_however_it_is_asked_for(client, make_comment, made, one, other):
    make_comment("One.")

    first, second = client.get(f"{THREAD}?{one}"), client.get(f"{THREAD}?{other}")

    assert first.data == second.data
    assert first.headers["ETag"] == second.headers["ETag"]
    assert len(made) == 1


def test_every_page_of_a_thread_is_ready_made_and_follows_a_take_down(
    app, client, make_comment, reviewing, made
):
    for number in range(5):
        make_comment(f"Canary {number}.")
    pages, address = [], f"{THREAD}?limit=2"
    while address:
        page = client.get(address)
        assert page.data == client.get(address).data == beneath(app).get(address).data
        pages.append(page.get_json())
        cursor = pages[-1]["next_cursor"]
        address = cursor and f"{THREAD}?limit=2&cursor={cursor}"
    assert len(made) == len(pages) == 3
    gone = pages[1]["comments"][0]["id"]

    client.post(
        f"/api/v1/review/comments/{gone}/decisions", json={"outcome": "reject"}, headers=reviewing
    )

    again = client.get(f"{THREAD}?limit=2&cursor={pages[0]['next_cursor']}")
    assert gone not in again.text
    assert len(made) == 4


@pytest.mark.parametrize(
    "query",
    [
        *("sort=best", "limit=0", "limit=101", "limit=1.5", "limit=-1", "cursor=nonsense"),
        *("sort=newest&sort=oldest", "limit=2&limit=3", "sort=%FF", "limit=%32&limit=2"),
    ],
)
def test_requests_that_need_a_schema_are_left_to_it(app, client, make_comment, made, query):
    make_comment("One.")

    answered, beneath_it = client.get(f"{THREAD}?{query}"), beneath(app).get(f"{THREAD}?{query}")

    assert (answered.status_code, answered.data) == (beneath_it.status_code, beneath_it.data)
    assert made == []


def test_invented_posts_displace_no_page_that_is_read(client, make_comment, app, made):
    make_comment("One.")
    client.get(THREAD)
    for kept in app_state(app).cache._shelves.values():
        kept.most = 60_000

    for number in range(60):
        client.get(f"/api/v1/sites/news/posts/invented-{number}/comments")
        client.get(f"/api/v1/sites/news/counts?post=invented-{number}")
        client.get(f"{THREAD}?limit={number % 40 + 1}")
    client.get(THREAD)

    assert [asked.key for asked in made].count((THREAD, "")) == 1
    assert app_state(app).cache.kept_bytes <= 5 * 60_000
