"""A site's origins, however they were typed, are those that browsers send, on every way in."""

import pytest
from click.testing import CliRunner

from moderation.cli import main
from moderation.services.sites import changes, registry
from moderation.storage.models.posts import Post
from moderation.web.database import db
from tests.conftest import SECRET_KEY, one_store

THREAD = "/api/v1/sites/news/posts/story/comments"
COMMENT = {"author": {"name": "Ada"}, "text": "A quiet and friendly remark."}
TYPED = [
    "https://shop.example:443",
    "HTTPS://Bücher.Example.",
    "https://*.previews.example",
    "http://localhost:08080/",
]
SENT = [
    "https://shop.example",
    "https://xn--bcher-kva.example",
    "https://a.b.previews.example",
    "http://localhost:8080",
]
FOREIGN = [
    "https://previews.example",
    "https://a.previews.example.evil.example",
    "http://a.previews.example",
    "https://shop.example:444",
]


@pytest.fixture
def typed(change_site):
    change_site(origins=TYPED)


def allowed(answer) -> str | None:
    return answer.headers.get("Access-Control-Allow-Origin")


def test_every_way_of_reading_and_writing_knows_a_sites_origins(client, typed):
    for origin in SENT:
        headers = {"Origin": origin}

        assert allowed(client.options(THREAD, headers=headers)) == origin
        assert allowed(client.post(THREAD, json=COMMENT, headers=headers)) == origin
        keyed = {**headers, "Idempotency-Key": f'"{origin}"'}
        assert allowed(client.post(THREAD, json=COMMENT, headers=keyed)) == origin
        # The second time the answer is a ready-made one.
        for _ in range(2):
            assert allowed(client.get(THREAD, headers=headers)) == origin
            assert allowed(client.get(f"{THREAD}?limit=3", headers=headers)) == origin
        assert allowed(client.get(THREAD.replace("comments", "form"), headers=headers)) == origin


@pytest.mark.parametrize("origin", FOREIGN)
def test_no_other_origin_may_read(client, typed, origin):
    for _ in range(2):
        refused = client.get(THREAD, headers={"Origin": origin})
        assert (refused.status_code, refused.json["code"]) == (403, "origin_not_allowed")
    assert allowed(client.post(THREAD, json=COMMENT, headers={"Origin": origin})) is None


def test_only_a_sites_own_pages_may_frame_its_comments(client, typed):
    policy = client.get("/embed/news/story").headers["Content-Security-Policy"]

    assert policy.partition("frame-ancestors ")[2].split() == [
        "'self'",
        "https://shop.example",
        "https://xn--bcher-kva.example",
        "https://*.previews.example",
        "http://localhost:8080",
    ]


@pytest.mark.parametrize(
    ("origin", "url", "kept"),
    [
        ("https://x.previews.example", "https://Y.previews.example:443/a", True),
        ("https://xn--bcher-kva.example", "https://bücher.example/a", True),
        ("https://x.previews.example", "https://previews.example/a", False),
        ("https://shop.example", "https://evil.example\\@shop.example/a", False),
    ],
)
def test_a_posts_address_is_believed_from_and_about_own_origins_only(
    client, typed, session, origin, url, kept
):
    named = {**COMMENT, "post": {"title": "A story", "url": url}}

    client.post(THREAD, json=named, headers={"Origin": origin})

    post = session.query(Post).filter_by(external_id="story").one_or_none()
    assert (post is not None and post.title == "A story") is kept


def test_a_refused_client_may_read_why_on_every_origin(make_app, site, clock):
    app = make_app(ratelimit_enabled=True)
    with app.app_context():
        changes.change(
            db.session(), registry.find(db.session(), "news"), now=clock.now, origins=TYPED
        )
        registry.find(db.session(), "news")
        db.session.remove()
    client = app.test_client()
    headers = {"Origin": "https://x.previews.example"}

    answers = [client.get(f"{THREAD}?cursor={n}", headers=headers) for n in range(400)]

    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert {allowed(answer) for answer in refused} == {"https://x.previews.example"}


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("https://news.example/blog", "a path or a query"),
        ("https://ann@news.example", "a user name"),
        ("https://news.example?x=1", "a path or a query"),
        ("*", "does not begin with"),
        ("https://*", "is not a host name"),
        ("https://*.example", "at least two parts"),
        ("https://*.co.uk", "names can be registered"),
        ("null", "does not begin with"),
    ],
)
def test_an_invalid_origin_is_refused_by_its_place_with_a_sentence(
    client, reviewing, origin, expected
):
    answer = client.patch(
        "/api/v1/review/sites/news/settings",
        json={"origins": ["https://fine.example", origin]},
        headers=reviewing,
    )

    assert answer.status_code == 422
    (error,) = answer.get_json()["errors"]
    assert error["pointer"] == "#/origins/1"
    assert expected in error["detail"]
    assert "https://news.example" in error["detail"] or "of your own" in error["detail"]


def test_the_command_and_the_api_keep_the_same_origins(client, reviewing, store, site, monkeypatch):
    for name, value in store.items():
        monkeypatch.setenv(f"MODERATION_{name.upper()}", str(value))
    monkeypatch.setenv("MODERATION_SECRET_KEY", SECRET_KEY)
    by_api = client.patch(
        "/api/v1/review/sites/news/settings", json={"origins": TYPED}, headers=reviewing
    )
    command = ["site", "add", "other", *(part for o in TYPED for part in ("--origin", o))]

    added = CliRunner().invoke(main, command)
    refused = CliRunner().invoke(main, ["site", "add", "third", "--origin", "https://a.example/b"])

    assert added.exit_code == 0
    shown = client.get("/api/v1/review/sites/other/settings", headers=reviewing).get_json()
    assert shown["origins"] == by_api.get_json()["origins"]
    assert refused.exit_code == 1
    assert "a path or a query" in refused.output


def test_links_to_hosts_below_a_star_are_a_sites_own(client, typed, make_comment):
    links = " ".join(f"https://n{n}.previews.example/a" for n in range(6))

    assert make_comment(f"See these older ones: {links}")["comment"]["status"] == "approved"


@one_store
def test_pages_of_the_site_call_every_endpoint_for_readers(client, site):
    """Each blueprint of the public API, so that none is left out when another one is added."""
    origin = site.origins[0]
    comment = "/api/v1/sites/news/comments/0190a0b0-0000-7000-8000-000000000001"
    for path in (
        *(f"/api/v1/sites/news/me/{name}" for name in ("data", "erase")),
        *(f"{comment}/{name}" for name in ("vote", "reports", "appeals", "decisions")),
        "/api/v1/sites/news/posts/story/follow",
    ):
        answer = client.options(path, headers={"Origin": origin})
        assert allowed(answer) == origin, path
        assert allowed(client.options(path, headers={"Origin": FOREIGN[0]})) is None
