"""/metrics: for clients with the token, in Prometheus' format, without names of people."""

import re

import pytest

from tests.conftest import one_store

TOKEN = "a token for watching, of 32 letters"
LINE = re.compile(
    r"# (HELP|TYPE) moderation_[a-z_]+ .+"
    r'|moderation_[a-z_]+(\{([a-z]+="[^"\n]*",?)+\})? -?[0-9.e+-]+'
)


COUNTED = (
    "moderation_decisions_total",
    'moderation_rule_decided_total{code="PROFANITY"',
    'moderation_rule_overturned_total{code="PROFANITY"',
)


@pytest.fixture
def scrape(make_app, site):
    client = make_app(metrics_token=TOKEN).test_client()

    def read() -> dict[str, float]:
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        assert answer.content_type.startswith("text/plain; version=0.0.4")
        body = answer.get_data(as_text=True)
        lines = body.splitlines()
        assert [line for line in lines if not LINE.fullmatch(line)] == []
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    return read


def test_it_is_not_there_without_a_token(client):
    answer = client.get("/metrics")

    assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")


@one_store
@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer wrong", "Bearer ä", f"Basic {TOKEN}"])
def test_it_is_open_to_every_client_with_the_token(make_app, site, sent):
    client = make_app(metrics_token=TOKEN).test_client()

    answer = client.get("/metrics", headers={"Authorization": sent} if sent else {})

    assert (answer.status_code, answer.get_json()["code"]) == (401, "unauthenticated")


def test_it_counts_held_comments_and_decisions(
    scrape, make_comment, client, reviewing, change_site, clock
):
    change_site(webhook_url="https://news.example/hooks")
    made = make_comment("What a pile of bullshit.", name="Ann")
    make_comment("Such bullshit again, my friends.", name="Ben")
    make_comment("A calm remark about the hall.", name="Cleo")
    client.post(
        f"/api/v1/review/comments/{made['comment']['id']}/decisions",
        json={"outcome": "approve"},
        headers=reviewing,
    )
    clock.advance(seconds=90)

    found = scrape()

    assert found['moderation_queue_comments{queue="held"}'] == 1
    assert found['moderation_queue_oldest_seconds{queue="held"}'] == 90
    assert found['moderation_queue_comments{queue="escalated"}'] == 0
    assert found['moderation_decisions_last_hour{actor="policy",outcome="hold"}'] == 2
    assert found['moderation_decisions_last_hour{actor="moderator",outcome="approve"}'] == 1
    code = '{code="PROFANITY",filter="profanity"}'
    assert found[f"moderation_rule_overturned_ratio{code}"] == 1
    assert found["moderation_outbox_messages"] == 4
    assert found["moderation_outbox_late_seconds"] == 90


def test_decisions_are_counted_as_they_are_committed(scrape, make_comment, client, reviewing):
    def grown():
        now = {name: value for name, value in scrape().items() if name.startswith(COUNTED)}
        more = {name: value - before.get(name, 0) for name, value in now.items()}
        return {name: value for name, value in more.items() if value}

    before = scrape()
    made = make_comment("What a pile of bullshit.", name="Ann")["comment"]["id"]
    make_comment("A calm remark about the hall.", name="Cleo")
    path = f"/api/v1/review/comments/{made}/decisions"
    wrong = client.post(path, json={"outcome": "reject"}, headers=reviewing).get_json()["id"]
    client.delete(f"/api/v1/review/decisions/{wrong}", headers=reviewing)
    client.post(path, json={"outcome": "approve"}, headers=reviewing)
    # Sent twice, or too late: no decision.
    client.post(path, json={"outcome": "approve"}, headers=reviewing)
    client.post(path, json={"outcome": "spam", "version": 1}, headers=reviewing)

    rule = '{code="PROFANITY",filter="profanity"}'
    assert grown() == {
        'moderation_decisions_total{actor="policy",outcome="hold"}': 1,
        'moderation_decisions_total{actor="policy",outcome="approve"}': 1,
        'moderation_decisions_total{actor="moderator",outcome="reject"}': 1,
        'moderation_decisions_total{actor="moderator",outcome="undo"}': 1,
        'moderation_decisions_total{actor="moderator",outcome="approve"}': 1,
        f"moderation_rule_decided_total{rule}": 2,
        f"moderation_rule_overturned_total{rule}": 1,
    }


def test_a_comment_older_than_an_hour_is_not_recent(scrape, make_comment, clock):
    make_comment()
    clock.advance(hours=2)

    assert not [name for name in scrape() if name.startswith("moderation_decisions_last_hour")]


def test_a_process_reports_its_work(scrape, make_comment):
    before = scrape()["moderation_judgement_seconds_count"]
    make_comment()

    found = scrape()

    assert found["moderation_judgement_seconds_count"] == before + 1
    assert found['moderation_judgement_seconds_bucket{le="+Inf"}'] == before + 1
    key = 'moderation_requests_total{endpoint="watching.scrape",method="GET",status="2xx"}'
    assert found[key] >= 1
    assert found["moderation_ratelimit_fallbacks_total"] >= 0
    assert [v for k, v in found.items() if k.startswith("moderation_info{")] == [1]


def test_comments_that_never_enter_the_framework_are_counted_too(make_app, site, scrape):
    client = make_app(metrics_token=TOKEN).test_client()
    key = 'moderation_requests_total{endpoint="comments.submit_comment",method="POST",status="2xx"}'
    before = scrape().get(key, 0)

    for way in ("", "?by=flask"):
        client.post(
            f"/api/v1/sites/news/posts/story/comments{way}",
            json={"author": {"name": "Ada"}, "text": f"One more remark {way}."},
        )

    assert scrape()[key] == before + 2


def test_nothing_names_a_comment_a_post_or_a_person(make_app, make_comment, reviewing):
    client = make_app(metrics_token=TOKEN).test_client()
    made = make_comment("Such bullshit, canary.", name="Canary", post="canary-post")
    id = made["comment"]["id"]
    client.get(f"/api/v1/review/comments/{id}", headers=reviewing)

    headers = {"Authorization": f"Bearer {TOKEN}"}
    body = client.get("/metrics", headers=headers).get_data(as_text=True)

    assert "canary" not in body.lower()
    assert id not in body
