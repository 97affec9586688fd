"""The page without scripts posts to its own thread, with any id of the post."""

import html
import re
from urllib.parse import quote

import pytest

from tests.conftest import one_store


@one_store
@pytest.mark.parametrize("post", ["/2026/a/", "https://x/?y#z", "100 % & more", "plain"])
def test_the_form_leads_back_to_the_same_post(client, clock, post):
    address = f"/embed/news/{quote(post, safe='')}"
    page = client.get(address).get_data(as_text=True)
    action = html.unescape(re.search(r'action="([^"]+)"', page)[1])

    confirm = client.post(action, data={"name": "Ada", "text": "Keep the hall."})
    token = re.search(r'name="token" value="([^"]+)"', confirm.get_data(as_text=True))[1]
    clock.advance(seconds=30)
    sent = client.post(action, data={"name": "Ada", "text": "Keep the hall.", "token": token})

    assert sent.status_code == 201
    listed = client.get(f"/api/v1/sites/news/posts/{quote(post, safe='')}/comments").get_json()
    assert listed["post"] == {**listed["post"], "id": post, "count": 1}
