"""The figures that Akismet's clients show, and refusals of the calls for them."""

import csv
import io

from sqlalchemy import select

from moderation.storage.models.foreign import AkismetUsage
from tests.conftest import one_store

from .conftest import FRIENDLY
from .test_akismet import exact, plain


def test_the_subscription_is_active(ask):
    found = ask("get-subscription").get_json()

    assert found["status"] == "active"
    # Akismet's own library reads no other kinds of values.
    assert isinstance(found["account_id"], int)
    assert (found["next_billing_date"], found["limit_reached"]) == (False, False)


def test_checks_and_reports_are_counted_by_month_and_blog(ask, client, key):
    ask()
    ask(comment_author="viagra-test-123")
    ask(blog="https://other.example/path")
    ask("submit-spam")
    ask("submit-ham", blog="https://other.example")

    found = client.get(f"/1.2/key-sites?api_key={key}").get_json()

    month = next(iter(found))
    assert {row["site"]: tuple(row.values())[1:] for row in found[month]} == {
        "blog.example": (2, 1, 1, 1, 0, False),
        "other.example": (1, 0, 1, 0, 1, False),
    }
    assert (found["limit"], found["offset"], found["total"]) == (500, 0, 2)
    usage = client.get(f"/1.2/usage-limit?api_key={key}").get_json()
    assert usage == {"limit": "none", "usage": 3, "percentage": "0.00", "throttled": False}


def test_blogs_are_sorted_filtered_and_paged(ask, client, key):
    for blog, times in (("https://a.example", 1), ("https://b.example", 3), ("https://c.test", 2)):
        for number in range(times):
            ask(blog=blog, comment_content=f"{FRIENDLY} {number} {blog}")

    def listed(query):
        found = client.get(f"/1.2/key-sites?api_key={key}&{query}").get_json()
        return [row["site"] for row in next(iter(found.values()))]

    assert listed("") == ["b.example", "c.test", "a.example"]
    assert listed("filter=example&order=ham") == ["b.example", "a.example"]
    assert listed("limit=1&offset=1") == ["c.test"]
    assert listed("month=2001-01") == []
    assert listed("limit=x&offset=-1&month=99") == ["b.example", "c.test", "a.example"]


def test_blogs_as_csv(ask, client, key):
    ask(blog="=cmd()")

    answer = client.get(f"/1.2/key-sites?api_key={key}&format=csv")

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["Total API Calls"], row["Is Revoked"]) == ("1", "false")
    assert not row["Site"].startswith("=")


def test_a_client_cannot_fill_the_store_with_names_of_blogs(ask, session, monkeypatch):
    from moderation.services.compat import akismet_usage

    monkeypatch.setattr(akismet_usage, "MOST_BLOGS", 3)
    for number in range(6):
        ask(blog=f"https://{number}.example", comment_content=f"{FRIENDLY} {number}")

    blogs = set(session.scalars(select(AkismetUsage.blog)))
    assert blogs == {"0.example", "1.example", "2.example", "(others)"}


def test_stats_are_those_of_the_blog(ask):
    ask(comment_author="viagra-test-123")
    ask(blog="https://other.example")

    found = ask("get-stats", **{"from": "6-months"}).get_json()

    assert (found["spam"], found["ham"], found["accuracy"]) == (1, 0, 100.0)
    assert next(iter(found["breakdown"].values()))["spam"] == 1


def test_stats_of_a_key_are_those_of_all_its_blogs(ask, client, key):
    ask(comment_author="viagra-test-123")
    ask(blog="https://other.example")

    found = client.post("/1.2/get-key-stats", data={"key": key, "from": "6-months"}).get_json()

    assert (found["spam"], found["ham"], found["accuracy"]) == (1, 1, 100.0)
    (month,) = found["breakdown"].values()
    assert (month["spam"], month["ham"], month["blogs"]) == (1, 1, 2)


@one_store
def test_version_1_2_refuses_a_wrong_key_as_version_1_1_does(client):
    for method in ("usage-limit", "key-sites", "get-key-stats"):
        for path in (f"/1.2/{method}?api_key=no", f"/akismet/no/1.2/{method}"):
            answer = client.get(path)
            assert exact(answer) == plain(b"invalid")
            assert answer.headers["X-akismet-debug-help"] == "Invalid key"


@one_store
def test_version_1_2_without_a_key_answers_in_json(client):
    """One client sends none, and reads JSON in any case."""
    for method in ("usage-limit", "key-sites"):
        assert client.get(f"/1.2/{method}").get_json() == {"error": "Invalid key"}
    assert client.get("/1.2/compatible-plugins").get_json() == []
