"""Shells of the console: one navigation on all pages, titles of sites, and no empty offers."""

import html
import json
import re

import pytest

from moderation.services.review.queue_choice import CLAIMABLE, Queue
from moderation.services.sites import changes
from tests.conftest import one_store

pytestmark = one_store


@pytest.fixture
def mia(browser, moderator):
    visitor = browser()
    visitor.log_in()
    return visitor.client


def queues_of(page):
    return re.findall(r'data-queue="([a-z]+)"( data-waiting)?', page)


@pytest.mark.parametrize(
    "path", ["", "metrics", "rules", "account", "audit", "moderators", "post?site=news&post=story"]
)
def test_every_page_has_every_queue_and_the_way_out(site, mia, path):
    page = mia.get(f"/review/{path}").text

    listed = dict(queues_of(page))
    assert {name for name, waiting in listed.items() if waiting} == {q.value for q in CLAIMABLE}
    assert set(listed) == {queue.value for queue in Queue}
    for words in ("Keyboard", "Theme", "Log out"):
        assert words in page
    assert 'aria-label="Queues and pages"' in page


def test_the_queue_knows_the_titles_of_the_moderators_sites(session, site, mia, clock):
    changes.add(session, "sport", title="The Sports <Page>", origins=[], now=clock.now)

    page = mia.get("/review/").text

    titles = json.loads(html.unescape(re.search(r'data-titles="([^"]*)"', page)[1]))
    assert titles["sport"] == "The Sports <Page>"
    assert set(titles) == {site.name, "sport"}


@pytest.mark.parametrize(
    ("path", "sentence"),
    [("moderators", "Only admins can see and change"), ("audit", "Only admins can read")],
)
def test_a_page_for_admins_offers_nothing_to_others(site, mia, path, sentence):
    page = mia.get(f"/review/{path}").text

    assert sentence in page
    assert f"{path}_page.js" not in page
    assert "<form" not in page.split("<main")[1]
    assert "data-add-" not in page
