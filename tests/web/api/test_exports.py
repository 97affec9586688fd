"""Exports over HTTP: for admins of the site, streamed, noted in the audit trail."""

import json

import pytest

from moderation.services.accounts import api_tokens
from moderation.services.sites import changes
from moderation.web.api import exports
from tests.conftest import one_store

PATH = "/sites/news/export"


@pytest.mark.parametrize("format", ["jsonl", "wxr", "disqus", "csv"])
def test_a_site_is_downloaded_as_a_file(call, make_comment, format):
    make_comment("A friendly remark about bridges.")

    answer = call("GET", f"{PATH}?format={format}")

    assert answer.status_code == 200
    assert answer.is_streamed
    assert "about bridges" in answer.get_data(as_text=True)
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="news.')
    assert answer.headers["Cache-Control"] == "no-store"
    (entry,) = call("GET", "/audit?action=site.exported").get_json()["entries"]
    assert entry["detail"]["format"] == format
    assert "bridges" not in json.dumps(entry)


@pytest.mark.usefixtures("floods_pass")
def test_a_part_is_chosen_by_time_and_by_posts(call, make_comment, clock):
    make_comment("The first remark.", post="2025/a", name="Ada")
    clock.advance(days=2)
    make_comment("The second remark.", post="2026/a", name="Bea")
    make_comment("The third remark.", post="2026%_/a", name="Cid")
    since = clock.now.isoformat().replace("+00:00", "Z")

    def texts(query):
        content = call("GET", f"{PATH}?{query}").get_data()
        found = [json.loads(line) for line in content.splitlines()]
        return [line["text"] for line in found if line["type"] == "comment"]

    assert texts(f"since={since}") == ["The second remark.", "The third remark."]
    assert texts("posts=2026/") == ["The second remark."]
    assert texts("posts=2026%25_&posts=2025/") == ["The first remark.", "The third remark."]
    assert len(texts("since=")) == 3


@one_store
@pytest.mark.parametrize("query", ["format=xml", "since=soon", f"posts={'x' * 513}"])
def test_a_wrong_query_is_refused(call, query):
    assert call("GET", f"{PATH}?{query}").status_code == 422


@one_store
def test_no_other_site_is_in_it_and_no_other_admin_gets_it(client, session, call, clock):
    other, _ = changes.add(session, "other", title="", origins=[], now=clock.now)
    token = api_tokens.add_token(
        session, "of other", scopes=("review", "admin"), site=other, now=clock.now
    )
    headers = {"Authorization": f"Bearer {token}"}

    assert client.get(f"/api/v1/review{PATH}", headers=headers).status_code == 403
    own = client.get("/api/v1/review/sites/other/export", headers=headers)
    assert (own.status_code, b"news" in own.get_data()) == (200, False)
    assert client.get(f"/api/v1/review{PATH}").status_code == 401


@one_store
def test_exports_at_a_time_are_limited_and_a_place_is_given_back(call):
    open_ones = [call("GET", PATH) for _ in range(exports.MOST)]

    refused = call("GET", PATH)
    assert (refused.status_code, refused.get_json()["code"]) == (503, "busy")
    for each in open_ones:
        each.close()

    for _ in range(exports.MOST + 1):
        answer = call("GET", PATH)
        assert answer.status_code == 200
        answer.close()
