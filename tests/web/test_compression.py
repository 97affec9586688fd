"""Compressed answers: all that are worth it, and none that holds a secret."""

import gzip
import shutil

import brotli
import pytest
from apispec import APISpec

from moderation.services.accounts import api_tokens
from moderation.web.database import db

LONG = "A remark that is long enough to be worth it. " * 12
UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress}


@pytest.fixture
def store(sqlite_template, tmp_path):
    """One store: none of this depends on the database."""
    shutil.copy(sqlite_template, tmp_path / "moderation.sqlite3")
    return {"data_dir": tmp_path}


@pytest.fixture
def addresses(client, make_comment, clock):
    """Addresses of answers that readers get from Flask rather than ready-made."""
    top = make_comment(LONG)["comment"]["id"]
    make_comment(f"{LONG} And more.", parent_id=top)
    clock.advance(seconds=1)
    make_comment(f"{LONG} At last.")
    thread = "/api/v1/sites/news/posts/story/comments?limit=1&sort=oldest"
    return {
        "first page": f"{thread}&other=1",
        "next page": f"{thread}&cursor={client.get(thread).get_json()['next_cursor']}",
        "replies": f"/api/v1/comments/{top}/replies",
        "context": f"/api/v1/comments/{top}/context",
        "site feed": "/feeds/news",
        "post feed": "/feeds/news/story?other=1",
        "page": "/embed/news/story",
        "fragment": "/embed/news/story?fragment=1",
        "document": "/api/v1/openapi.json",
        "docs": "/api/v1/docs",
        "docs style": "/api/v1/docs/assets/swagger-ui.css",
        "docs bundle": "/api/v1/docs/assets/swagger-ui-bundle.js",
        "console asset": "/review/assets/queue/queue_state.js",
        "widget": "/widget/embed.js?other=1",
    }


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_an_answer_is_the_same_in_every_encoding_and_has_a_tag_for_each(
    client, addresses, encoding
):
    for address in addresses.values():
        plain = client.get(address)
        packed = client.get(address, headers={"Accept-Encoding": encoding})

        assert (plain.status_code, packed.status_code) == (200, 200), address
        assert "Content-Encoding" not in plain.headers
        assert packed.headers.get("Content-Encoding") == encoding, address
        assert UNPACK[encoding](packed.data) == plain.data
        assert len(packed.data) < len(plain.data)
        assert int(packed.headers["Content-Length"]) == len(packed.data)
        for answer in (plain, packed):
            assert "accept-encoding" in answer.headers["Vary"].lower(), address
        if address != addresses["docs"]:
            assert plain.headers["ETag"].startswith('"'), address
            assert packed.headers["ETag"] != plain.headers["ETag"], address


@pytest.mark.parametrize("encoding", ["", "br", "gzip"])
def test_a_client_that_has_an_answer_in_its_encoding_gets_304_with_the_same_tag(
    client, addresses, encoding
):
    headers = {"Accept-Encoding": encoding}
    del addresses["docs"]
    for address in addresses.values():
        tag = client.get(address, headers=headers).headers["ETag"]

        again = client.get(address, headers={**headers, "If-None-Match": tag})

        assert (again.status_code, again.data) == (304, b""), address
        assert again.headers["ETag"] == tag, address
        assert "accept-encoding" in again.headers["Vary"].lower(), address


def test_brotli_comes_before_gzip_and_a_refused_encoding_is_not_used(client, addresses):
    def encoding(accepted):
        answer = client.get(addresses["page"], headers={"Accept-Encoding": accepted})
        return answer.headers.get("Content-Encoding")

    assert encoding("gzip, deflate, br, zstd") == "br"
    assert encoding("gzip, br;q=0") == "gzip"
    assert encoding("identity") is None
    assert encoding("gzip;q=0") is None


def test_a_short_answer_is_sent_as_it_is(client):
    answer = client.get(
        "/api/v1/sites/news/posts/none/comments?limit=3&x=1", headers={"Accept-Encoding": "br"}
    )

    assert "Content-Encoding" not in answer.headers


def test_pages_with_a_token_are_never_compressed(client, make_comment, moderator):
    made = make_comment(LONG)
    id, token = made["comment"]["id"], made["edit_token"]
    accept = {"Accept-Encoding": "br, gzip"}
    form = {"text": LONG, "name": "Ada"}

    answers = [
        client.post("/embed/news/story", data=form, headers=accept),
        client.post(f"/own/{id}", data={"token": token}, headers=accept),
        client.get("/review/login", headers=accept),
        client.get("/api/v1/sites/news/posts/story/me", headers={**accept, "X-Edit-Token": token}),
        client.get("/api/v1/sites/news/posts/story/form", headers=accept),
    ]
    client.post("/review/login", data=moderator)
    answers += [
        client.get(path, headers=accept)
        for path in ("/review/", "/review/post?site=news&post=story", "/review/account")
    ]

    for answer in answers:
        assert answer.status_code == 200
        assert "no-store" in answer.headers["Cache-Control"]
        assert "Content-Encoding" not in answer.headers


def test_lists_for_moderators_are_compressed_and_those_of_tokens_are_not(
    app, client, make_comment, reviewing, clock
):
    for n in range(3):
        make_comment(f"What a load of fucking nonsense, number {n}.")
    with app.app_context():
        for n in range(5):
            api_tokens.add_token(db.session(), f"number {n}", scopes=("review",), now=clock.now)
        db.session.remove()
    headers = {**reviewing, "Accept-Encoding": "br"}

    queue = client.get("/api/v1/review/queue?site=news", headers=headers)
    tokens = client.get("/api/v1/review/tokens", headers=headers)
    export = client.get("/api/v1/review/audit/export", headers=headers)

    assert queue.headers["Content-Encoding"] == "br"
    assert queue.headers["Cache-Control"] == "no-store"
    assert (tokens.status_code, export.status_code) == (200, 200)
    assert len(tokens.data) > 256
    assert "Content-Encoding" not in tokens.headers
    assert "Content-Encoding" not in export.headers


def test_the_document_is_built_once(client, monkeypatch):
    built = []
    build = APISpec.to_dict
    monkeypatch.setattr(APISpec, "to_dict", lambda spec: built.append(spec) or build(spec))

    first, second = (client.get("/api/v1/openapi.json") for _ in range(2))

    assert first.data == second.data
    assert len(built) == 1


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../templates/login.html", "none.js", "x" * 5000, "%00", "./queue.js"]
)
def test_only_files_of_the_folder_are_assets(client, name):
    assert client.get(f"/review/assets/{name}").status_code == 404
