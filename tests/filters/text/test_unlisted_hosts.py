"""An address is one whether or not its ending is on the list of public suffixes."""

import pytest

from moderation import filters
from moderation.domain.judgement import Draft, Facts, Rules
from moderation.domain.reasons import Code

RULES = Rules(blocked_domains=frozenset({"pills.example", "wares.intern"}))


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("See http://pills.example/x now", "http://pills.example/x"),
        ("See https://www.pills.example.", "https://www.pills.example"),
        ("Go to pills.example today", "pills.example"),
        ("All at https://shop.wares.intern/a", "https://shop.wares.intern/a"),
        ("[look](http://pills.example)", "http://pills.example"),
    ],
)
def test_a_blocked_host_with_an_unlisted_ending_is_found(text, link):
    found = filters.run(Draft(text), Facts(), RULES).signals

    (blocked,) = [s for s in found if s.code is Code.BLOCKED_LINK]
    assert [text[begin:end] for begin, end in blocked.spans] == [link]


def test_three_links_to_unlisted_hosts_are_many_links():
    text = "http://a.example http://b.example http://c.test/page"

    found = filters.run(Draft(text), Facts(), Rules()).signals

    assert Code.LINKS in {s.code for s in found}


@pytest.mark.parametrize(
    "text", ["https://", "http://localhost", "see http://..", "read settings.test and node.js"]
)
def test_text_without_an_address_is_no_link(text):
    found = filters.run(Draft(text), Facts(), Rules())

    assert found.scores["links"] == 0.0
