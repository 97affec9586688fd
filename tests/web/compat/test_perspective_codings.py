"""Bodies of Perspective's requests in a content coding."""

import gzip
import json
import zlib

import pytest

from moderation.services.compat import keys
from moderation.services.compat.keys import Service
from moderation.web.compat import perspective
from moderation.web.database import db

ANALYZE = "/v1alpha1/comments:analyze"
REQUEST = {"comment": {"text": "You are an idiot."}, "requestedAttributes": {"TOXICITY": {}}}


@pytest.fixture
def key(app, site, clock):
    with app.app_context():
        made = keys.make(db.session(), site, Service.PERSPECTIVE, now=clock.now)
        db.session.remove()
    return made


@pytest.mark.parametrize(
    ("coding", "encode"),
    [("gzip", gzip.compress), ("X-GZIP", gzip.compress), ("deflate", zlib.compress)],
)
def test_a_body_may_be_compressed(client, key, coding, encode):
    """Google's libraries for Java and .NET compress every body."""
    plain = client.post(f"{ANALYZE}?key={key}", json=REQUEST)

    answer = client.post(
        f"{ANALYZE}?key={key}",
        data=encode(json.dumps(REQUEST).encode()),
        headers={"Content-Encoding": coding, "Content-Type": "application/json; charset=UTF-8"},
    )

    assert (answer.status_code, answer.data) == (200, plain.data)


@pytest.mark.parametrize(
    ("coding", "body", "kind"),
    [
        ("gzip", b"{}", None),
        ("gzip", gzip.compress(json.dumps(REQUEST).encode())[:-9], None),
        ("br", b"{}", None),
        ("gzip", gzip.compress(b" " * (perspective.MOST_BYTES + 1)), "COMMENT_TOO_LONG"),
        ("gzip", gzip.compress(b" " * (64 << 20)), "COMMENT_TOO_LONG"),
    ],
    ids=["not compressed", "cut off", "unknown", "too long", "far too long"],
)
def test_a_compressed_body_must_be_whole_and_short(client, key, coding, body, kind):
    answer = client.post(f"{ANALYZE}?key={key}", data=body, headers={"Content-Encoding": coding})

    error = answer.get_json()["error"]
    assert (answer.status_code, error["status"]) == (400, "INVALID_ARGUMENT")
    if kind is None:
        assert error["message"].endswith("its Content-Encoding gzip or deflate.")
    else:
        assert error["details"][0]["errorType"] == kind
        assert "too many bytes. Limit (20480)." in str(error["details"][1])
