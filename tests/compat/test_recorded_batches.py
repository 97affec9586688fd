"""Batches, suggestions, discovery and OpenAI's moderations as real clients send them."""

import json
import re
from urllib.parse import quote

import pytest

from tests.compat.wire import CORAL, JSON, TOXICITY, compact, error_of

pytestmark = pytest.mark.xdist_group("compat")


def test_corals_suggestion_of_a_score_is_taken(drop_in):
    entry = {
        "url": "https://news.example/roof?commentID=c1",
        "reply_to_id_Coral_comment_id": "p1",
        "Coral_comment_id": "c1",
    }
    body = {
        "comment": {"text": "A kind remark."},
        "context": {"entries": [{"text": json.dumps(entry)}]},
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
        "languages": ["de"],
        "communityId": "Coral:https://coral.example",
        "clientToken": "comment:c1",
    }

    answer = drop_in.ask(
        "POST",
        f"/v1alpha1/comments:suggestscore?key={drop_in.perspective}",
        *CORAL,
        body=compact(body),
    )

    assert answer.status == 200
    assert answer.json["clientToken"] == "comment:c1"


def part(drop_in, id, text, *, newline="\r\n"):
    """One part of a batch as googleapiclient writes it; its lines end as httplib2's do."""
    body = json.dumps({"comment": {"text": text}, **TOXICITY})
    lines = [
        "Content-Type: application/http",
        "MIME-Version: 1.0",
        "Content-Transfer-Encoding: binary",
        f"Content-ID: {id}",
        "",
        f"POST /v1alpha1/comments:analyze?key={drop_in.perspective}&alt=json HTTP/1.1",
        "Content-Type: application/json",
        "Host: commentanalyzer.googleapis.com",
        f"content-length: {len(body)}",
        "",
        body,
    ]
    return newline.join(lines)


def batch(drop_in, parts, *, path="/batch", newline="\r\n", boundary="===============34=="):
    """Send parts and return the answers by their Content-ID, as status line and JSON."""
    whole = "".join(f"--{boundary}{newline}{each}{newline}" for each in parts)
    answer = drop_in.ask(
        "POST",
        path,
        f'content-type: multipart/mixed; boundary="{boundary}"',
        body=f"{whole}--{boundary}--{newline}".encode(),
    )
    assert answer.status == 200, answer.body
    kind, _, marker = answer.headers["content-type"].partition("boundary=")
    assert kind.strip() == "multipart/mixed;"
    found = {}
    first, *middle, last = answer.body.split(b"--" + marker.strip('"').encode())
    assert (first.strip(), last.strip()) == (b"", b"--")
    for each in middle:
        outer, inner, body = each.lstrip(b"\r\n").split(b"\r\n\r\n", 2)
        assert b"application/http" in outer
        id = re.search(rb"(?im)^content-id:[ ]*<(.*)>", outer.replace(b"\r\n ", b" "))[1].decode()
        found[id] = (inner.split(b"\r\n")[0].decode(), json.loads(body))
    return found


@pytest.mark.parametrize("path", ["/batch", "/batch/commentanalyzer/v1alpha1"])
@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_a_batch_answers_each_part_under_its_own_id(drop_in, path, newline):
    parts = [
        part(drop_in, f"<ae36deef-8f26-4578-b700-54293a84c40f + {n}>", text, newline=newline)
        for n, text in enumerate(("the roof leaks", "", "a kind remark"), start=1)
    ]

    found = batch(drop_in, parts, path=path, newline=newline)

    assert list(found) == [
        f"response-ae36deef-8f26-4578-b700-54293a84c40f + {n}" for n in (1, 2, 3)
    ]
    one, empty, three = found.values()
    assert one[0] == three[0] == "HTTP/1.1 200 OK"
    assert next(iter(one[1])) == "attributeScores"
    assert empty[0].startswith("HTTP/1.1 400 ")
    assert empty[1]["error"]["details"][0]["errorType"] == "COMMENT_EMPTY"


def test_a_whole_text_folded_into_an_id_comes_back(drop_in):
    text = quote("the roof leaks, wrote the baker, and not for the first time " * 6)
    folded = "<ae36 +\r\n " + "\r\n ".join(text[n : n + 70] for n in range(0, len(text), 70)) + ">"

    found = batch(drop_in, [part(drop_in, folded, "the roof leaks")])

    (id,) = found
    assert id.replace(" ", "") == f"response-ae36+{text}"


def test_a_batch_has_at_most_100_parts(drop_in):
    hundred = [part(drop_in, f"<b + {n}>", "roof") for n in range(100)]

    assert len(batch(drop_in, hundred)) == 100
    boundary = "===============34=="
    whole = "".join(f"--{boundary}\r\n{each}\r\n" for each in [*hundred, hundred[0]])
    refused = drop_in.ask(
        "POST",
        "/batch",
        f'content-type: multipart/mixed; boundary="{boundary}"',
        body=f"{whole}--{boundary}--".encode(),
    )
    assert refused.status == 400
    error_of(refused)


def test_the_discovery_document_names_both_methods_and_the_batch(drop_in):
    answer = drop_in.ask("GET", "/$discovery/rest?version=v1alpha1&key=anything")

    assert answer.status == 200
    document = answer.json
    assert document["rootUrl"] == f"{drop_in.url}/"
    assert f"/{document['batchPath']}" in ("/batch", "/batch/commentanalyzer/v1alpha1")
    methods = document["resources"]["comments"]["methods"]
    assert methods["analyze"]["path"] == "v1alpha1/comments:analyze"
    assert methods["suggestscore"]["path"] == "v1alpha1/comments:suggestscore"


@pytest.mark.parametrize(
    ("asked", "results"),
    [
        ("the roof leaks", 1),
        (["the roof leaks", "a kind remark"], 2),
        ([{"type": "text", "text": "the roof leaks"}], 1),
        (
            [
                {"type": "text", "text": "the roof leaks"},
                {"type": "image_url", "image_url": {"url": "https://pictures.example/a.png"}},
            ],
            1,
        ),
    ],
    ids=["text", "list", "part", "picture"],
)
def test_openais_inputs_get_a_result_each(drop_in, asked, results):
    answer = drop_in.ask(
        "POST",
        "/v1/moderations",
        "authorization: Bearer " + drop_in.openai,
        "x-stainless-lang: python",
        "content-type: application/json",
        body=compact({"model": "omni-moderation-latest", "input": asked}),
    )

    assert answer.status == 200, answer.body
    assert len(answer.json["results"]) == results
    for each in answer.json["results"]:
        assert isinstance(each["flagged"], bool)
        assert set(each["categories"]) <= set(each["category_scores"])
        assert all(isinstance(value, bool) for value in each["categories"].values())


def test_openais_errors_have_openais_form(drop_in):
    answer = drop_in.ask(
        "POST",
        "/v1/moderations",
        "Authorization: Bearer sk-wrong",
        JSON,
        body=compact({"input": "roof"}),
    )

    assert answer.status == 401
    error = answer.json["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert "sk-wrong" not in error["message"]
