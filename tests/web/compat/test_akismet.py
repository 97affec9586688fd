"""Akismet's API as its clients use it: exact bytes, keys, ids and refusals."""

import pytest
from sqlalchemy import select

from moderation.config import RequestRate
from moderation.services.compat import akismet as service
from moderation.services.compat import keys
from moderation.services.sites import registry
from moderation.storage.models.comments import Comment
from moderation.storage.models.compat import LabelledExample
from moderation.storage.models.foreign import AkismetUsage, ForeignCheck, ForeignComment
from tests.conftest import one_store
from tests.rows import rows_of

from .conftest import BLOG, CALLBACK, FRIENDLY

BAD_HEADERS = ("x-akismet-debug", "x-akismet-alert", "x-akismet-error")


def exact(answer) -> tuple[int, bytes, str]:
    return answer.status_code, answer.data, answer.headers["Content-Type"]


def plain(body: bytes, status: int = 200) -> tuple[int, bytes, str]:
    return status, body, "text/plain; charset=utf-8"


def has_no_complaint(answer) -> bool:
    return not [h for h in answer.headers if h[0].lower().startswith(BAD_HEADERS)]


# Exact answers


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("verify-key", b"valid"),
        ("comment-check", b"false"),
        ("submit-spam", b"Thanks for making the web a better place."),
        ("submit-ham", b"Thanks for making the web a better place."),
        ("deactivate", b"deactivated"),
        ("test", b"connected"),
        ("token", b"invalid"),
    ],
)
def test_answers_are_exact_to_the_byte_and_have_no_complaint(ask, method, body):
    answer = ask(method)

    assert exact(answer) == plain(body)
    assert has_no_complaint(answer)
    assert "X-akismet-pro-tip" not in answer.headers


def test_a_wrong_key_is_invalid_with_status_200(ask):
    for method in ("verify-key", "comment-check", "submit-spam", "submit-ham", "get-subscription"):
        answer = ask(method, api_key="wrong")

        assert exact(answer) == plain(b"invalid")
        assert answer.headers["X-akismet-debug-help"] == "Invalid key"


@one_store
def test_guesses_of_keys_cost_a_network_more_than_calls_with_its_key(make_app, key):
    settings = {"ratelimit_enabled": True, "ratelimit_requests": RequestRate(0.001, 20)}

    def statuses(api_key: str) -> list[int]:
        client = make_app(**settings).test_client()
        sent = {"api_key": api_key, "blog": BLOG}
        answers = [client.post("/1.1/comment-check", data=sent) for _ in range(21)]
        assert all(answer.headers["X-akismet-guid"] for answer in answers)
        return [answer.status_code for answer in answers]

    guessed, known = statuses("0123456789ab"), statuses(key)

    assert guessed.count(200) <= known.count(200) / 2
    assert guessed[-1] == known[-1] == 429


@one_store
@pytest.mark.parametrize("method", ["verify-key", "comment-check"])
@pytest.mark.parametrize("blog", ["", "  ", None])
def test_a_missing_blog_is_named(ask, method, blog):
    answer = ask(method, blog=blog)

    assert exact(answer) == plain(b"invalid")
    assert answer.headers["X-akismet-debug-help"] == 'Empty "blog" value'


@one_store
def test_an_address_may_be_empty_but_not_missing(ask):
    assert ask(user_ip="").data == b"false"
    missing = ask(user_ip=None)

    assert missing.data == b"invalid"
    assert missing.headers["X-akismet-debug-help"] == 'Missing "user_ip" value'


def test_an_unknown_method_is_not_found(ask):
    assert ask("publish-everything").status_code == 404


# The id of an answer


def test_every_answer_to_a_check_has_a_fresh_id(ask, client, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError

    answers = [ask(), ask(), ask(api_key="wrong"), ask(blog=None)]
    answers.append(client.post("/1.1/comment-check", data="{", content_type="application/json"))
    answers.append(client.post("/1.1/comment-check", data=b"x=" + b"y" * (2 << 20)))
    answers.append(client.delete("/1.1/comment-check"))
    monkeypatch.setattr(service, "_judge", fail)
    answers.append(ask())

    assert [a.status_code for a in answers] == [200, 200, 200, 200, 400, 413, 405, 500]
    guids = [answer.headers.get("X-akismet-guid") for answer in answers]
    assert None not in guids
    assert len(set(guids)) == len(guids)


def test_a_failure_is_no_verdict_and_is_named(ask, monkeypatch):
    monkeypatch.setattr(service, "_judge", lambda *_: 1 / 0)

    answer = ask()

    assert exact(answer) == plain(b"error", 500)
    assert answer.headers["X-akismet-error"] == "500"


def test_a_client_beyond_its_budget_gets_an_id_as_well(make_app, site, key):
    client = make_app(
        ratelimit_enabled=True, ratelimit_requests=RequestRate(0.01, 20)
    ).test_client()
    body = {"api_key": key, "blog": BLOG, "user_ip": "", "comment_content": "x"}

    answers = [client.post("/1.1/comment-check", data=body) for _ in range(40)]

    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert all(answer.headers["X-akismet-guid"] for answer in refused)
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)


# Keys


@pytest.mark.parametrize("name", ["api_key", "key"])
def test_a_key_in_the_body(ask, key, name):
    assert ask("verify-key", **{"api_key": None, name: key}).data == b"valid"


def test_a_key_as_the_first_label_of_the_host(client, key):
    body = {"blog": BLOG, "user_ip": "", "comment_content": FRIENDLY}
    for host in (f"{key}.mod.example", f"{key.upper()}.mod.example:8000"):
        answer = client.post("/1.1/comment-check", data=body, headers={"Host": host})

        assert answer.data == b"false"


def test_a_key_in_the_path(client, key):
    body = {"blog": BLOG, "user_ip": "", "comment_content": FRIENDLY}

    assert client.post(f"/akismet/{key}/1.1/comment-check", data=body).data == b"false"
    assert client.get(f"/akismet/{key}/1.2/usage-limit").get_json()["usage"] == 1


def test_the_service_may_be_below_a_path(ask):
    assert ask("verify-key", path="/akismet/1.1/").data == b"valid"


def test_a_wrong_key_in_the_body_is_not_replaced_by_another(client, key):
    body = {"api_key": "wrong", "blog": BLOG, "user_ip": "", "comment_content": FRIENDLY}

    assert client.post(f"/akismet/{key}/1.1/comment-check", data=body).data == b"invalid"


@pytest.mark.parametrize("method", ["verify-key", "deactivate", "get-subscription", "get-stats"])
def test_a_request_about_a_key_is_not_answered_for_the_one_that_is_stored(ask, key, method):
    revoked = "0" * 32

    assert ask(method, api_key=key, key="wrong").data == b"invalid"
    assert ask(method, api_key=revoked, key=key).data != b"invalid"


def test_two_keys_are_valid_while_one_is_replaced(ask, make_key, key):
    second = make_key()

    assert [ask(api_key=k).data for k in (key, second)] == [b"false", b"false"]
    third = make_key()
    assert [ask(api_key=k).data for k in (key, second, third)] == [b"invalid", b"false", b"false"]


def test_a_key_of_another_service_is_not_valid(ask, app, site, session, clock):
    found = registry.find(session, "news")
    other = keys.make(session, found, keys.Service.PERSPECTIVE, now=clock.now)

    assert ask("verify-key", api_key=other).data == b"invalid"


def test_a_key_is_valid_for_any_blog(ask):
    assert ask(blog="https://elsewhere.example").data == b"false"


# Forms and JSON


def test_json_is_read_like_a_form(client, key, session):
    body = {
        "api_key": key,
        "user_ip": "8.8.8.8",
        "comment_content": FRIENDLY,
        "is_test": False,
        "comment_context": ["cooking"],
    }

    answer = client.post("/1.1/submit-ham", json=body)

    assert answer.data == b"Thanks for making the web a better place."
    assert session.scalars(select(LabelledExample.text)).one() == FRIENDLY


@one_store
@pytest.mark.parametrize("body", [b"[]", b'"text"', b"{", b"null", b"[" * 20_000])
def test_json_of_another_form_is_refused(client, body):
    answer = client.post("/1.1/comment-check", data=body, content_type="application/json")

    assert answer.status_code == 400
    assert answer.headers["X-akismet-guid"]


@one_store
def test_names_without_a_sign_and_repeated_names_are_read_as_in_php(client, key):
    body = f"POST_ak_hp_textarea&blog=x&blog=https%3A%2F%2Fblog.example&user_ip=&api_key={key}"

    answer = client.post("/1.1/comment-check", data=body)

    assert answer.data == b"false"


@one_store
def test_a_body_with_too_many_parameters_is_refused_with_an_id(client):
    answer = client.post("/1.1/comment-check", data="&".join(f"a{n}=1" for n in range(6000)))

    assert answer.status_code == 413
    assert answer.headers["X-akismet-guid"]


@one_store
def test_multipart_forms_are_read(client, key):
    answer = client.post(
        "/1.1/verify-key",
        data={"key": key, "blog": BLOG},
        content_type="multipart/form-data",
    )

    assert answer.data == b"valid"


# Test hooks


@pytest.mark.parametrize(
    ("sent", "tip"),
    [
        ({"comment_author": "viagra-test-123"}, None),
        ({"comment_author": "akismet-guaranteed-spam"}, "discard"),
        ({"comment_author_email": "akismet-guaranteed-spam@example.com"}, "discard"),
    ],
)
def test_authors_that_are_always_spam(ask, sent, tip):
    answer = ask(**sent)

    assert answer.data == b"true"
    assert answer.headers.get("X-akismet-pro-tip") == tip


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("akismet-guaranteed-spam", b"true"),
        (" Akismet-Guaranteed-Spam\r\n", b"true"),
        ("Does akismet-guaranteed-spam work here?", b"false"),
    ],
)
def test_a_text_that_is_always_spam(ask, text, answer):
    """PeerTube, Apache Answer and others send no author that could be typed in."""
    checked = ask(comment_content=text)

    assert checked.data == answer
    assert "X-akismet-pro-tip" not in checked.headers


def test_an_administrator_is_never_spam(ask):
    answer = ask(user_role="administrator", comment_author="viagra-test-123")

    assert answer.data == b"false"


@pytest.mark.parametrize("value", ["1", "true", "TRUE", "True"])
def test_a_test_leaves_no_trace(ask, client, key, session, value):
    ask(is_test=value)
    ask("submit-spam", is_test=value)

    assert client.get(f"/1.2/usage-limit?api_key={key}").get_json()["usage"] == 0
    for table in (LabelledExample, ForeignCheck, AkismetUsage, ForeignComment):
        assert session.scalars(select(table)).all() == []


@pytest.mark.parametrize("value", ["0", "false", "False", "", None])
def test_any_other_value_is_no_test(ask, session, value):
    ask("submit-spam", is_test=value)

    example = session.scalars(select(LabelledExample)).one()
    assert (example.source, example.labels, example.text) == ("akismet", {"SPAM": 1.0}, FRIENDLY)


# Traps and lists


@pytest.mark.parametrize(
    "sent",
    [
        {"honeypot_field_name": "second_mail", "second_mail": "x"},
        {"honeypot_field_name": "second_mail", "POST_second_mail": "x"},
        {"POST_ak_hp_textarea": "x"},
    ],
)
def test_a_filled_trap_is_blatant_spam(ask, sent):
    answer = ask(**sent)

    assert answer.data == b"true"
    assert answer.headers["X-akismet-pro-tip"] == "discard"


def test_an_empty_trap_is_none(ask):
    assert ask(honeypot_field_name="hp", hp="", POST_ak_hp_textarea="").data == b"false"


def test_the_sites_block_list_is_blatant_spam(ask, change_site):
    change_site(settings={"block_words": ["marmalade"]})

    answer = ask(comment_content="Marmalade, once more.")

    assert answer.data == b"true"
    assert answer.headers["X-akismet-pro-tip"] == "discard"


@one_store
def test_a_comment_without_a_text_or_a_name_is_judged(ask):
    for sent in ({"comment_content": ""}, {"comment_content": None, "comment_author": None}):
        assert ask(**sent).data == b"false"


def test_html_does_not_hide_a_word_or_a_link(ask, change_site):
    change_site(settings={"block_words": ["marmalade"], "block_domains": ["jam.example"]})

    for text in ("<div>mar<b>mala</b>de</div>", '<a href="https://jam.example/x">here</a>'):
        assert ask(comment_content=text).data == b"true", text


# What is stored


def test_a_check_that_is_answered_at_once_stores_no_text_and_no_author(ask, session, site):
    ask(
        comment_content="A cnryplum tree grows there.",
        HTTP_COOKIE="cnrycookie",
        HTTP_COOKIE2="cnrycookie",
        POST_secret="cnrypost",
    )

    assert "cnry" not in repr(rows_of(session, site.id))


def test_cookies_of_a_commenter_are_never_stored(ask, session, site, change_site):

    change_site(settings={"suspect_words": ["plum"]})
    answer = ask(
        comment_content="A plum tree.", callback=CALLBACK, HTTP_COOKIE="cnrycookie=1", HTTP_X="cnry"
    )
    ask("submit-spam", comment_content="A plum tree.", HTTP_COOKIE="cnrycookie=1")

    assert answer.headers["X-akismet-recheck-after"]
    assert session.scalars(select(Comment)).one()
    assert "cnry" not in repr(rows_of(session, site.id))
