"""The review API about a site's own checker and the secrets of Coral."""

from ipaddress import ip_network

import pytest
from sqlalchemy import select

from moderation.storage.models.checks import CheckerState
from moderation.storage.models.decisions import AuditEntry
from tests.conftest import one_store

PATH = "/api/v1/review/sites/news/checker"
CORAL = "/api/v1/review/sites/news/coral"
SECRET = "sk-a-secret-that-stays-hidden"
GIVEN = {
    "url": "https://checker.example/judge",
    "shape": "json",
    "template": {"content": "{text}", "who": "{author_name}"},
    "scores": "/scores",
    "secret": SECRET,
    "enabled": True,
}


@pytest.fixture
def call(client, reviewing):
    def send(method, path=PATH, body=None, status=200):
        answer = client.open(path, method=method, json=body, headers=reviewing)
        assert answer.status_code == status, answer.data
        return answer.get_json()

    return send


def test_a_site_has_no_checker_until_one_is_saved(call):
    assert call("GET") == {"site": "news", "checker": None, "state": None}
    assert call("POST", f"{PATH}/preview", {}, 404)["code"] == "no_checker"


def test_a_saved_checker_is_read_back_without_its_secret(call, session):
    saved = call("PUT", body=GIVEN)

    assert saved == call("GET")
    assert SECRET not in str(saved)
    assert saved["state"]["has_secret"] is True
    assert saved["state"]["breaker"] == "closed"
    assert saved["checker"]["secret_header"] == "Authorization"
    assert saved["checker"]["daily_cap"] == 1000
    entry = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "site.checker_changed")
    ).one()
    assert entry.detail["address"] == "https://checker.example"
    assert SECRET not in str(entry.detail)


@one_store
def test_a_checker_is_off_unless_it_is_enabled(call):
    off = {name: value for name, value in GIVEN.items() if name != "enabled"}

    assert call("PUT", body=off)["checker"]["enabled"] is False


def test_an_omitted_secret_is_kept_but_never_follows_to_another_origin(call, session):
    call("PUT", body=GIVEN)
    without = {name: value for name, value in GIVEN.items() if name != "secret"}

    assert call("PUT", body={**without, "threshold": 0.5})["state"]["has_secret"] is True
    elsewhere = {**without, "url": "https://other.example/judge"}
    assert call("PUT", body=elsewhere)["state"]["has_secret"] is False
    assert session.scalars(select(CheckerState.secret)).one() == ""


@one_store
def test_an_empty_secret_removes_it(call):
    call("PUT", body=GIVEN)

    assert call("PUT", body={**GIVEN, "secret": ""})["state"]["has_secret"] is False


def test_a_removed_checker_leaves_nothing(call, session):
    call("PUT", body=GIVEN)

    assert call("DELETE")["checker"] is None
    assert call("DELETE")["checker"] is None
    assert session.scalars(select(CheckerState)).all() == []


@one_store
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]:8000/",
        "http://localhost/",
        "https://user:pass@checker.example/",
        "ftp://checker.example/",
        "nonsense",
    ],
)
def test_an_inner_or_malformed_address_is_refused_when_it_is_saved(call, url):
    refused = call("PUT", body={**GIVEN, "url": url}, status=422)

    assert refused["code"] == "address_refused"


@one_store
def test_the_operator_may_open_an_inner_network(make_app, client, reviewing):
    opened = make_app(outbound_allowed=(ip_network("10.1.0.0/16"),)).test_client()

    answer = opened.put(PATH, json={**GIVEN, "url": "http://10.1.2.3/"}, headers=reviewing)

    assert answer.status_code == 200


DEEP: dict = {"text": "{text}"}
for _ in range(9):
    DEEP = {"in": DEEP}


@one_store
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("shape", "soap"),
        ("threshold", 2),
        ("timeout", 0.1),
        ("timeout", 60),
        ("daily_cap", 0),
        ("failures", 0),
        ("unavailable", "reject"),
        ("secret_header", "Host"),
        ("secret_header", "X Key"),
        ("secret_header", "X-Key\r\nEvil: 1"),
        ("secret", "two\nlines"),
        ("secret", "schlüssel"),
        ("secret", "x" * 2001),
        ("attributes", []),
        ("attributes", ["not an attribute"]),
        ("template", {}),
        ("template", {"content": "no place"}),
        ("template", {"content": "{text} {password}"}),
        ("template", {"content": "{text}\0"}),
        ("template", {"content": "{text}" + "x" * 9000}),
        ("template", DEEP),
        ("scores", "scores"),
        ("scores", "/~2"),
        ("scores", "/a" * 11),
        ("url", "x" * 3000),
        ("unknown", 1),
    ],
)
def test_a_wrong_field_is_refused_by_its_name(call, field, value):
    refused = call("PUT", body={**GIVEN, field: value}, status=422)

    assert any(error["pointer"].startswith(f"#/{field}") for error in refused["errors"]), refused


@one_store
def test_the_preview_is_what_would_be_sent_with_the_secret_masked(call):
    call("PUT", body=GIVEN)

    seen = call("POST", f"{PATH}/preview", {"text": "Good morning."})

    assert seen == {
        "method": "POST",
        "url": "https://checker.example/judge",
        "headers": {
            "Content-Type": "application/json",
            "User-Agent": "moderation-checks/1",
            "Authorization": "Bearer (secret)",
        },
        "body": {"content": "Good morning.", "who": "Ada"},
        "personal_data": ["author_name"],
    }


@one_store
def test_settings_can_be_previewed_before_they_are_saved(call):
    seen = call("POST", f"{PATH}/preview", {"checker": {**GIVEN, "secret_header": "X-Key"}})

    assert seen["headers"]["X-Key"] == "(secret)"
    assert SECRET not in str(seen)
    assert call("GET")["checker"] is None
    wrong = {"checker": {**GIVEN, "shape": "soap"}}
    assert call("POST", f"{PATH}/preview", wrong, 422)["code"] == "validation_failed"


def test_secrets_of_coral_are_added_listed_by_age_and_removed(call, session):
    assert call("GET", CORAL) == {"site": "news", "secrets": []}
    call("POST", CORAL, {"secret": "empsec_made_up_1"})
    clashes = call("POST", CORAL, {"secret": "empsec_made_up_1"}, 409)
    assert clashes["code"] == "already_exists"

    assert len(call("POST", CORAL, {"secret": "empsec_made_up_2"})["secrets"]) == 2
    answer = call("POST", CORAL, {"secret": "empsec_made_up_3"})
    assert len(answer["secrets"]) == 2
    assert "empsec" not in str(answer)
    assert len(call("DELETE", f"{CORAL}?old=1")["secrets"]) == 1
    assert call("DELETE", CORAL)["secrets"] == []
    details = session.scalars(
        select(AuditEntry).where(AuditEntry.action.startswith("coral_secret"))
    ).all()
    assert {entry.action for entry in details} == {"coral_secret.added", "coral_secret.removed"}
    assert "empsec" not in str([entry.detail for entry in details])


@one_store
@pytest.mark.parametrize("secret", ["short", "with blanks in it", "x" * 201, "schlüssel-schlüssel"])
def test_what_cannot_be_a_secret_of_coral_is_refused(call, secret):
    assert call("POST", CORAL, {"secret": secret}, 422)["code"] == "validation_failed"
