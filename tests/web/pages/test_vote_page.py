"""Votes and orders by votes without JavaScript."""

import re

import pytest

from moderation.services.comments import vote_counts
from moderation.web.database import db
from tests.conftest import ORIGIN, one_store

PAGE = "/embed/news/story"
HTML = {"Accept": "text/html"}


@pytest.fixture
def voting(change_site):
    change_site(settings={"votes": "updown", "hold_first": 0, "thresholds": {"flood": 1.01}})


@pytest.fixture
def refresh(app, clock):
    def due():
        clock.advance(seconds=4)
        with app.app_context():
            vote_counts.refresh_due(db.session(), now=clock.now)
            db.session.remove()

    return due


def test_a_reader_votes_takes_it_back_and_returns(client, make_comment, voting, refresh):
    id = make_comment()["comment"]["id"]
    page = client.get(f"{PAGE}?lang=de").text
    action = re.search(r'action="(/votes/[^"]+)"', page)[1]
    assert action == f"/votes/{id}?lang=de"

    voted = client.post(action, data={"value": "1"})
    again = client.post(action, data={"value": "1"})
    refresh()
    counted = client.get(PAGE).text
    back = client.post(action, data={"value": "0"})

    assert "Ihre Stimme ist gezählt." in voted.text
    assert "▲ 1" in voted.text
    assert "▲ 1" in again.text
    assert voted.headers["Cache-Control"] == "no-store"
    assert f'href="{PAGE}?replies={id}&amp;lang=de#comment-{id}"' in voted.text
    assert 'aria-label="Recommend (1)">▲ 1</button>' in counted
    assert "Ihre Stimme ist zurückgenommen." in back.text
    assert "▲ 0" in back.text


def test_the_page_has_the_orders_that_the_site_has(
    client, make_comment, change_site, voting, refresh
):
    for n in range(3):
        make_comment(f"The number {n} bus.")
    first = re.findall(r'<li id="comment-([^"]+)"', client.get(f"{PAGE}?sort=oldest").text)
    client.post(f"/votes/{first[1]}", data={"value": "1"})
    refresh()

    page = client.get(f"{PAGE}?sort=top").text

    assert re.findall(r'<li id="comment-([^"]+)"', page) == [first[1], first[2], first[0]]
    assert "<b>Most recommended first</b>" in page
    assert "Most disputed first" in page
    change_site(settings={"votes": "off"})
    without = client.get(f"{PAGE}?sort=top").text
    assert re.findall(r'<li id="comment-([^"]+)"', without) == first[::-1]
    assert "recommended" not in without
    assert "/votes/" not in without


@one_store
def test_a_fragment_votes_at_the_service_from_pages_of_the_site_alone(client, make_comment, voting):
    id = make_comment()["comment"]["id"]
    fragment = client.get(f"{PAGE}?fragment=1").text
    assert f'action="http://comments.example/votes/{id}"' in fragment
    foreign = {"Sec-Fetch-Site": "cross-site"}

    ours = client.post(f"/votes/{id}", data={"value": "1"}, headers={"Origin": ORIGIN, **foreign})
    theirs = [
        client.post(f"/votes/{id}", data={"value": "-1"}, headers={"Origin": origin, **foreign})
        for origin in ("https://evil.example", "null")
    ]

    assert ours.status_code == 200
    assert [answer.status_code for answer in theirs] == [403, 403]


@one_store
def test_held_comments_and_other_values_are_refused_with_a_page(client, make_comment, voting):
    held = make_comment("What bullshit.")["comment"]["id"]
    shown = make_comment()["comment"]["id"]

    unseen = client.post(f"/votes/{held}", data={"value": "1"}, headers=HTML)
    missing = client.post(
        "/votes/00000000-0000-7000-8000-000000000000", data={"value": "1"}, headers=HTML
    )
    odd = client.post(f"/votes/{shown}", data={"value": "7"}, headers=HTML)

    assert unseen.status_code == missing.status_code == 404
    assert "There is nothing at this address" in unseen.text
    assert odd.status_code == 422


def test_guests_see_totals_without_forms_where_only_members_vote(
    client, make_comment, change_site, voting, refresh
):
    id = make_comment()["comment"]["id"]
    client.post(f"/votes/{id}", data={"value": "1"})
    change_site(settings={"identity": "members"})
    refresh()

    page = client.get(PAGE).text

    assert "▲ 1" in page
    assert "/votes/" not in page
    assert client.post(f"/votes/{id}", data={"value": "1"}, headers=HTML).status_code == 403
