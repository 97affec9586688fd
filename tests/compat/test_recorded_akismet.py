"""Requests to Akismet in the shapes that real clients send, judged by their bytes."""

import json
from urllib.parse import urlencode

import pytest

pytestmark = pytest.mark.xdist_group("compat")

FORM = "Content-Type: application/x-www-form-urlencoded"
THANKS = b"Thanks for making the web a better place."
BLOG = "https://blog.example"
REMARK = {
    "blog": BLOG,
    "user_ip": "203.0.113.9",
    "user_agent": "Mozilla/5.0",
    "referrer": f"{BLOG}/roof",
    "permalink": f"{BLOG}/roof",
    "comment_type": "comment",
    "comment_author": "Jürgen",
    "comment_author_email": "j@reader.example",
    "comment_content": "The roof é leaks\r\nin eleven places & a=b \U0001f600",
}
WORDPRESS = (
    "Accept: */*",
    "Accept-Encoding: deflate, gzip, br, zstd",
    f"{FORM}; charset=UTF-8",
    "User-Agent: WordPress/7.1 | Akismet/5.7.2",
)


def wordpress(key: str, text: str, **fields: str) -> bytes:
    """A comment as WordPress sends it: with the form, the request, and names without a value."""
    known = {
        "comment_post_ID": "1",
        "comment_author": "Jane",
        "comment_author_email": "jane@reader.example",
        "comment_author_url": "https://jane.example",
        "comment_content": text,
        "comment_type": "comment",
        "comment_parent": "0",
        "user_id": "0",
        "user_ID": "0",
        "comment_author_IP": "203.0.113.9",
        "comment_agent": "Mozilla/5.0 Test",
        "user_ip": "203.0.113.9",
        "user_agent": "Mozilla/5.0 Test",
        "referrer": f"{BLOG}/hello-world/",
        "blog": BLOG,
        "blog_lang": "en_US",
        "blog_charset": "UTF-8",
        "permalink": f"{BLOG}/hello-world/",
        "akismet_comment_nonce": "failed",
        "POST_author": "Jane",
        "POST_email": "jane@reader.example",
        "POST_comment": text,
        "POST_comment_post_ID": "1",
        "POST_ak_js": "1764421200000",
        "REQUEST_URI": "/wp-comments-post.php",
        "REMOTE_ADDR": "203.0.113.9",
        "HTTP_HOST": "blog.example",
        "HTTP_USER_AGENT": "Mozilla/5.0 Test",
        "comment_post_modified_gmt": "2026-11-29 13:28:42",
        "comment_context[0]": "Uncategorized",
        "callback": f"{BLOG}/wp-json/akismet/v1/webhook",
        "api_key": key,
        **fields,
    }
    return f"{urlencode(known)}&POST_ak_hp_textarea&user_role".encode()


@pytest.fixture
def ask(drop_in):
    """Send a form to a method of version 1.1; the key is in the form unless it is elsewhere."""

    def send(method, fields=None, *headers, prefix="", host="", key=drop_in.akismet):
        form = {**REMARK, **(fields or {})}
        if key:
            form["api_key"] = key
        body = urlencode({name: value for name, value in form.items() if value is not None})
        path = f"{prefix}/1.1/{method}"
        return drop_in.ask("POST", path, *(headers or (FORM,)), body=body.encode(), host=host)

    return send


def assert_good(answer, *bodies: bytes):
    """A good answer is exact to the byte, and nothing in its head makes a client throw."""
    assert answer.status == 200
    assert answer.body in bodies
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    odd = ("x-akismet-debug", "x-akismet-alert", "x-akismet-error")
    assert [name for name in answer.headers if name.startswith(odd)] == []


# Keys


def test_the_key_may_come_in_four_places(ask, drop_in):
    key, label = drop_in.akismet, f"{drop_in.akismet}.{drop_in.host}"

    assert_good(ask("comment-check"), b"false")
    assert_good(ask("comment-check", key="", host=label), b"false")
    assert_good(ask("comment-check", key="", host=label.upper()), b"false")
    assert_good(ask("comment-check", key="", prefix=f"/akismet/{key}"), b"false")
    assert_good(ask("comment-check", prefix="/akismet"), b"false")
    assert_good(ask("verify-key", {"key": key}, key=""), b"valid")
    assert_good(ask("verify-key"), b"valid")


def test_a_client_that_repeats_the_version_is_understood(ask):
    assert_good(ask("comment-check", prefix="/akismet/1.1"), b"false")


@pytest.mark.parametrize(
    "method",
    ["verify-key", "comment-check", "submit-spam", "submit-ham", "get-subscription"],
)
def test_a_wrong_key_is_invalid_with_the_status_of_a_good_answer(ask, method):
    answer = ask(method, {"key": "wrong0000000"}, key="wrong0000000")

    assert (answer.status, answer.body) == (200, b"invalid")
    assert answer.headers["x-akismet-debug-help"]


@pytest.mark.parametrize(
    ("left_out", "help_text"), [("blog", 'Empty "blog" value'), ("user_ip", "user_ip")]
)
def test_a_missing_parameter_is_named(ask, left_out, help_text):
    answer = ask("comment-check", {left_out: None})

    assert (answer.status, answer.body) == (200, b"invalid")
    assert help_text in answer.headers["x-akismet-debug-help"]


# The check


@pytest.mark.parametrize(
    "headers",
    [
        (FORM,),
        (f"{FORM};charset=UTF-8", "accept: */*", "sec-fetch-mode: cors"),
        WORDPRESS,
    ],
    ids=["akismet.py", "undici", "wordpress"],
)
def test_an_ordinary_comment_is_ham_to_the_byte(ask, headers):
    assert_good(ask("comment-check", None, *headers), b"false")


def test_a_whole_form_of_wordpress_is_read(drop_in):
    remark = wordpress(drop_in.akismet, "The roof é leaks \U0001f600 in eleven places.")
    advert = wordpress(drop_in.akismet, "Nice.", comment_author="viagra-test-123")

    assert_good(drop_in.ask("POST", "/1.1/comment-check", *WORDPRESS, body=remark), b"false")
    assert_good(drop_in.ask("POST", "/1.1/comment-check", *WORDPRESS, body=advert), b"true")


def test_json_is_read_as_the_form_is(drop_in):
    body = json.dumps({**REMARK, "api_key": drop_in.akismet}).encode()

    answer = drop_in.ask("POST", "/1.1/comment-check", "Content-Type: application/json", body=body)

    assert_good(answer, b"false")


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({"comment_author": "viagra-test-123"}, b"true"),
        ({"comment_author": "akismet-guaranteed-spam"}, b"true"),
        ({"comment_author_email": "akismet-guaranteed-spam@example.com"}, b"true"),
        ({"comment_author": "viagra-test-123", "user_role": "administrator"}, b"false"),
        ({"comment_author": "viagra-test-123", "user_role": ""}, b"true"),
    ],
    ids=["author", "guaranteed", "email", "administrator", "no role"],
)
def test_the_test_authors_get_the_answers_that_clients_test_for(ask, fields, body):
    assert_good(ask("comment-check", fields), body)


@pytest.mark.parametrize("is_test", ["False", "false", "0", "", "1", "true", "TRUE"])
def test_is_test_in_any_spelling_changes_no_verdict(ask, is_test):
    assert_good(ask("comment-check", {"is_test": is_test}), b"false")


@pytest.mark.parametrize(
    "fields",
    [
        {"comment_type": None, "content_type": "forum-post"},
        {"comment_type": "trackback", "comment_author_email": ""},
        {"comment_context[0]": "cooking", "comment_context[1]": "food"},
        {"recheck_reason": "edit", "comment_parent": "7"},
        {"referrer": None, "referer": f"{BLOG}/roof"},
        {"honeypot_field_name": "hp", "hp": ""},
        {"blog_lang": "en, fr_ca", "blog_charset": "UTF-8"},
        {"user_ip": "2001:db8::9"},
    ],
    ids=["content_type", "trackback", "context", "recheck", "referer", "trap", "language", "ipv6"],
)
def test_each_clients_fields_are_taken(ask, fields):
    assert_good(ask("comment-check", fields), b"false", b"true")


def test_a_filled_honeypot_of_any_name_is_spam(ask):
    assert_good(ask("comment-check", {"honeypot_field_name": "nickname", "nickname": "x"}), b"true")


def test_every_answer_to_a_check_has_a_guid_of_its_own(ask):
    answers = [
        ask("comment-check"),
        ask("comment-check"),
        ask("comment-check", {"comment_author": "viagra-test-123"}),
        ask("comment-check", {"blog": None}),
        ask("comment-check", key="wrong0000000"),
        ask("comment-check", key=""),
    ]

    guids = [answer.headers["x-akismet-guid"] for answer in answers]
    assert len(set(guids)) == len(guids)
    assert all(len(guid) >= 16 for guid in guids)


# Corrections and the rest


@pytest.mark.parametrize("method", ["submit-spam", "submit-ham"])
def test_corrections_are_thanked_for_to_the_byte(ask, drop_in, method):
    coral = json.dumps(
        {"user_ip": "203.0.113.9", "comment_content": "A remark.", "comment_author": "Ada"}
    ).encode()

    assert_good(ask(method), THANKS)
    assert_good(
        drop_in.ask(
            "POST",
            f"/1.1/{method}",
            "Content-Type: application/json",
            body=coral,
            host=f"{drop_in.akismet}.{drop_in.host}",
        ),
        THANKS,
    )
    submitted = wordpress(
        drop_in.akismet, "A remark.", reporter="admin", comment_check_response="false"
    )
    assert_good(drop_in.ask("POST", f"/1.1/{method}", *WORDPRESS, body=submitted), THANKS)


def test_wordpress_settings_screen_gets_its_five_answers(ask, drop_in):
    subscription = ask("get-subscription", {"key": drop_in.akismet})
    stats = [ask("get-stats", {"from": since, "key": drop_in.akismet}) for since in ("all", "x")]

    assert subscription.json["status"] == "active"
    assert [type(each.json) for each in stats] == [dict, dict]
    assert_good(drop_in.ask("GET", "/1.1/test"), b"connected")
    assert ask("token").status == 200
    assert_good(ask("deactivate", {"key": drop_in.akismet}), b"deactivated")
    plugins = drop_in.ask("GET", f"/1.2/compatible-plugins?api_key={drop_in.akismet}")
    assert plugins.status == 200
    json.loads(plugins.body)


def test_usage_and_sites_are_told(drop_in):
    key = drop_in.akismet

    usage = drop_in.ask("GET", f"/1.2/usage-limit?api_key={key}")
    sites = drop_in.ask("GET", f"/1.2/key-sites?api_key={key}&order=total&limit=5&offset=0")
    table = drop_in.ask("GET", f"/1.2/key-sites?api_key={key}&format=csv")

    assert {"limit", "usage", "percentage", "throttled"} <= usage.json.keys()
    assert {"limit", "offset", "total"} <= sites.json.keys()
    assert table.status == 200
    assert b"site" in table.body.splitlines()[0].lower()
