"""What a hostile client sends to the endpoints that read JSON, and that they answer in form."""

import gzip
import json
import time
import zlib

import pytest

from tests.compat.wire import JSON, TOXICITY, compact, error_of

pytestmark = pytest.mark.xdist_group("compat")

#: No request below may keep a worker busy longer, on a busy machine too.
AT_MOST = 10.0
FILL = 60_000


def repeated(piece: bytes) -> bytes:
    return piece * (FILL // len(piece))


ATTRIBUTES = b"requestedAttributes: {TOXICITY: {}}"
#: Bodies that are no request, or a request in a form that few expect.
BODIES = {
    "nothing": b"",
    "spaces": b" " * FILL,
    "a number": b"1",
    "null": b"null",
    "a list": b"[]",
    "text": b'"roof"',
    "half": b'{"comment": {"text": "roof',
    "half an escape": b'{comment: {text: "roof\\',
    "half a code point": b'{comment: {text: "\\u12',
    "more behind": b'{comment: {text: "roof"}, ' + ATTRIBUTES + b"} x",
    "two values": b'{comment: {text: "roof"}, ' + ATTRIBUTES + b"}{}",
    "open lists": repeated(b"["),
    "open objects": repeated(b"{a:"),
    "closed lists": repeated(b"[") + repeated(b"]"),
    "open quoted objects": repeated(b'{"a":'),
    "names without an end": b"{" + repeated(b"a"),
    "names and colons": b"{" + repeated(b"a:"),
    "commas": b"{" + repeated(b"a:1,"),
    "commas alone": b"{" + repeated(b","),
    "quotes": repeated(b'"'),
    "backslashes": b'{comment: {text: "' + repeated(b"\\") + b'"}}',
    "spaces between": b"{" + repeated(b" a") + b"}",
    "comments": b"/*" + repeated(b"*") + b"*/{}",
    "single quotes": b"{'comment': {'text': 'roof'}, " + ATTRIBUTES + b"}",
    "not a number": b'{comment: {text: "roof"}, requestedAttributes: {TOXICITY: '
    b"{scoreThreshold: NaN}}}",
    "infinity": b'{comment: {text: "roof"}, requestedAttributes: {TOXICITY: '
    b"{scoreThreshold: 1e999}}}",
    "many digits": b'{comment: {text: "roof"}, requestedAttributes: {TOXICITY: {scoreThreshold: '
    + repeated(b"9")
    + b"}}}",
    "digits of a fraction": b"{a: 0." + repeated(b"1") + b"}",
    "an exponent": b"{a: 1e" + repeated(b"9") + b"}",
    "not UTF-8": b'{comment: {text: "\xff\xfe"}, ' + ATTRIBUTES + b"}",
    "overlong UTF-8": b'{comment: {text: "\xc0\x80"}, ' + ATTRIBUTES + b"}",
    "surrogates in UTF-8": b'{comment: {text: "\xed\xa0\x80"}, ' + ATTRIBUTES + b"}",
    "a lone surrogate": b'{comment: {text: "roof \\ud800"}, ' + ATTRIBUTES + b"}",
    "NUL": b'{comment: {text: "roof \\u0000"}, ' + ATTRIBUTES + b"}",
    "raw control characters": b'{comment: {text: "roof \x00\x01\n"}, ' + ATTRIBUTES + b"}",
    "a mark of bytes": b"\xef\xbb\xbf" + b'{comment: {text: "roof"}, ' + ATTRIBUTES + b"}",
    "UTF-16": json.dumps({"comment": {"text": "roof"}, **TOXICITY}).encode("utf-16"),
    "UTF-32": json.dumps({"comment": {"text": "roof"}, **TOXICITY}).encode("utf-32"),
    "text of another type": compact({"comment": {"text": ["roof"]}, **TOXICITY}),
    "text as a number": compact({"comment": {"text": 7}, **TOXICITY}),
    "comment of another type": compact({"comment": "roof", **TOXICITY}),
    "attributes as a list": compact({"comment": {"text": "roof"}, "requestedAttributes": ["A"]}),
    "attributes as text": compact({"comment": {"text": "roof"}, "requestedAttributes": "TOXICITY"}),
    "an attribute as text": compact(
        {"comment": {"text": "roof"}, "requestedAttributes": {"TOXICITY": "high"}}
    ),
    "a threshold as a list": compact(
        {"comment": {"text": "roof"}, "requestedAttributes": {"TOXICITY": {"scoreThreshold": []}}}
    ),
    "many attributes": compact(
        {"comment": {"text": "roof"}, "requestedAttributes": {f"A{n}": {} for n in range(5_000)}}
    ),
    "a long attribute": compact(
        {"comment": {"text": "roof"}, "requestedAttributes": {"A" * FILL: {}}}
    ),
    "an attribute of two lines": compact(
        {"comment": {"text": "roof"}, "requestedAttributes": {"A\r\nSet-Cookie: a=b": {}}}
    ),
    "many languages": compact(
        {"comment": {"text": "roof"}, "languages": ["en"] * 10_000, **TOXICITY}
    ),
    "a long language": compact({"comment": {"text": "roof"}, "languages": "x" * FILL, **TOXICITY}),
    "languages of another type": compact(
        {"comment": {"text": "roof"}, "languages": [{"a": 1}, 7, None], **TOXICITY}
    ),
    "a token of another type": compact(
        {"comment": {"text": "roof"}, "clientToken": {"a": [1]}, **TOXICITY}
    ),
    "a long token": compact({"comment": {"text": "roof"}, "clientToken": "x" * FILL, **TOXICITY}),
    "context of another type": compact({"comment": {"text": "roof"}, "context": 7, **TOXICITY}),
    "entries of another type": compact(
        {"comment": {"text": "roof"}, "context": {"entries": [7, None, []]}, **TOXICITY}
    ),
    "an unknown kind of text": compact({"comment": {"text": "roof", "type": "PDF"}, **TOXICITY}),
    "names twice": b'{comment: {text: "roof"}, comment: {text: ""}, ' + ATTRIBUTES + b"}",
}


def timed(send):
    """Return an answer that came in time, and was no error of the server's own."""
    begun = time.monotonic()
    answer = send()
    assert time.monotonic() - begun < AT_MOST
    assert answer.status < 500, answer.body[:500]
    return answer


@pytest.mark.parametrize("method", ["analyze", "suggestscore"])
@pytest.mark.parametrize("name", BODIES)
def test_any_body_gets_an_answer_in_googles_form(drop_in, name, method):
    path = f"/v1alpha1/comments:{method}?key={drop_in.perspective}"

    answer = timed(lambda: drop_in.ask("POST", path, JSON, body=BODIES[name]))

    assert answer.status in (200, 400, 413), answer.body[:500]
    assert len(answer.body) < 70_000
    assert answer.headers["content-type"].lower().startswith("application/json")
    if answer.status != 200:
        error, _ = error_of(answer)
        # A message is for people: what was sent is quoted in short, if at all.
        assert len(error["message"]) < 1_000


@pytest.mark.parametrize("name", BODIES)
def test_any_body_gets_an_answer_in_openais_form(drop_in, name):
    answer = timed(
        lambda: drop_in.ask(
            "POST",
            "/v1/moderations",
            JSON,
            f"Authorization: Bearer {drop_in.openai}",
            body=BODIES[name],
        )
    )

    assert answer.status in (400, 413), answer.body[:500]
    assert set(answer.json["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    "asked",
    [
        [],
        "",
        [""],
        7,
        None,
        True,
        {"type": "text", "text": "roof"},
        [[1, 2, 3]],
        [7],
        [None],
        ["roof", 7],
        [{"type": "text"}],
        [{"type": "text", "text": 7}],
        [{"type": "unheard of"}],
        [{}],
        [{"type": "image_url", "image_url": {"url": "http://169.254.169.254/"}}],
        [{"type": "image_url", "image_url": "x"}],
        ["roof"] * 5_000,
        [{"type": "text", "text": "roof"}] * 1_000,
        ["x" * 60_000],
        ["roof \x00 \ud800"],
    ],
    ids=lambda asked: repr(asked)[:40],
)
def test_any_input_gets_openais_results_or_openais_error(drop_in, asked):
    answer = timed(
        lambda: drop_in.ask(
            "POST",
            "/v1/moderations",
            JSON,
            f"Authorization: Bearer {drop_in.openai}",
            body=json.dumps({"input": asked}).encode(),
        )
    )

    if answer.status == 200:
        assert answer.json["results"]
    else:
        assert answer.status in (400, 413)
        assert set(answer.json["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    "key",
    [
        "",
        "%00",
        "%FF",
        "%0D%0ASet-Cookie:%20a=b",
        "%ED%A0%80",
        "x" * 5_000,
        "*",
        "'%20OR%201=1--",
        "a&key=b",
    ],
)
def test_any_wrong_key_is_refused_in_googles_form(drop_in, key):
    body = compact({"comment": {"text": "roof"}, **TOXICITY})

    answer = timed(
        lambda: drop_in.ask("POST", f"/v1alpha1/comments:analyze?key={key}", JSON, body=body)
    )

    assert answer.status in (400, 403)
    error_of(answer)
    assert "set-cookie" not in answer.headers


def test_a_key_of_another_service_opens_nothing(drop_in):
    body = compact({"comment": {"text": "roof"}, **TOXICITY})

    for key in (drop_in.akismet, drop_in.openai, drop_in.facts["api_token"]):
        path = f"/v1alpha1/comments:analyze?key={key}"
        assert drop_in.ask("POST", path, JSON, body=body).status == 400
    for key in (drop_in.perspective, drop_in.akismet):
        answer = drop_in.ask(
            "POST", "/v1/moderations", JSON, f"Authorization: Bearer {key}", body=b'{"input":"a"}'
        )
        assert answer.status == 401
    for key in (drop_in.perspective, drop_in.openai):
        body = f"api_key={key}&blog=https%3A%2F%2Fblog.example&user_ip=203.0.113.9".encode()
        form = "Content-Type: application/x-www-form-urlencoded"
        answer = drop_in.ask("POST", "/1.1/comment-check", form, body=body)
        assert answer.body == b"invalid"
    for key in (drop_in.perspective, drop_in.akismet, drop_in.openai):
        answer = drop_in.ask("GET", "/api/v1/review/queue", f"Authorization: Bearer {key}")
        assert answer.status == 401


@pytest.mark.parametrize(
    "model", ["x", "%0D%0AX-Evil:%201", "../../etc/passwd", "a@b@c", "x" * 999]
)
def test_an_unknown_model_is_refused_and_not_repeated_in_the_head(drop_in, model):
    path = f"/v1alpha1/comments:analyze?key={drop_in.perspective}&model={model}"

    answer = timed(
        lambda: drop_in.ask(
            "POST", path, JSON, body=compact({"comment": {"text": "roof"}, **TOXICITY})
        )
    )

    assert answer.status == 400
    error_of(answer)
    assert "x-evil" not in answer.headers


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress)],
)
def test_a_packed_body_is_no_bomb(drop_in, encoding, pack):
    path = f"/v1alpha1/comments:analyze?key={drop_in.perspective}"
    bomb = pack(b'{"comment":{"text":"' + b"a" * 20_000_000 + b'"}}')

    answer = timed(
        lambda: drop_in.ask("POST", path, JSON, f"Content-Encoding: {encoding}", body=bomb)
    )

    assert answer.status in (400, 413, 415)


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-8",
        "application/json; charset=latin-1",
        "application/json+protobuf",
        "",
    ],
)
def test_the_content_type_does_not_matter_to_analyze(drop_in, kind):
    path = f"/v1alpha1/comments:analyze?key={drop_in.perspective}"

    answer = drop_in.ask(
        "POST",
        path,
        *([f"Content-Type: {kind}"] if kind else []),
        body=compact({"comment": {"text": "the roof é leaks"}, **TOXICITY}),
    )

    assert answer.status == 200, answer.body


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1alpha1/comments:analyze"),
        ("PUT", "/v1alpha1/comments:analyze"),
        ("POST", "/v1alpha1/comments:delete"),
        ("POST", "/$discovery/rest"),
        ("GET", "/batch"),
    ],
)
def test_other_methods_and_addresses_get_no_error_of_the_server(drop_in, method, path):
    answer = drop_in.ask(method, f"{path}?key={drop_in.perspective}", JSON, body=b"{}")

    assert answer.status in (404, 405)


HALF = '{"comment":{"text":"you idiot \\ud83d"},"clientToken":"\\ud83d",%s}'


@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("analyze", '"requestedAttributes":{"TOXICITY":{}}'),
        ("suggestscore", '"attributeScores":{"TOXICITY":{"summaryScore":{"value":1}}}'),
    ],
)
def test_the_half_of_an_emoji_that_a_client_cut_is_read(drop_in, method, more):
    """A client in JavaScript shortens a text by UTF-16 units."""
    path = f"/v1alpha1/comments:{method}?key={drop_in.perspective}"

    answer = drop_in.ask("POST", path, JSON, body=(HALF % more).encode())

    assert answer.status == 200, answer.body
    assert len(answer.json["clientToken"]) == 1


def test_the_half_of_an_emoji_is_read_in_openais_shape_too(drop_in):
    bearer = f"Authorization: Bearer {drop_in.openai}"

    answer = drop_in.ask(
        "POST", "/v1/moderations", JSON, bearer, body=b'{"input": "you idiot \\ud83d"}'
    )

    assert answer.status == 200, answer.body
    assert answer.json["results"][0]["flagged"]


def test_the_largest_text_is_taken_however_it_is_escaped(drop_in):
    """20,480 bytes are 61,440 as escapes of Cyrillic, and 122,880 of control characters."""
    path = f"/v1alpha1/comments:analyze?key={drop_in.perspective}"
    context = {"entries": [{"text": "An article. " * 1_000}]}

    for text in ("ж" * 10_240, "\U0001f600" * 5_120, "\t" * 20_479 + "a"):
        body = json.dumps({"comment": {"text": text}, "context": context, **TOXICITY}).encode()
        answer = timed(lambda body=body: drop_in.ask("POST", path, JSON, body=body))
        assert answer.status == 200, (len(body), answer.body[:300])
