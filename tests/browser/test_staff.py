"""Moderating on the article in a browser, and that no other reader loads any of it."""

import time

import jwt
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def token(service, operate):
    """Make tokens of readers; the one with sub 7 is the demonstration's moderator."""
    login = service.facts["moderator"]["login"]
    settings = {"sign_on_algorithm": "HS256", "article_moderators": [f"7 = {login}"]}
    service.call(
        f"/review/sites/{service.facts['site']}/settings",
        {"settings": settings},
        method="PATCH",
        token=service.facts["api_token"],
    )
    secret = operate("sign-on", "rotate", "demo")

    def make(sub):
        soon = int(time.time()) + 1800
        known = {"sub": sub, "name": "Ines Duarte", "role": "staff", "exp": soon}
        return jwt.encode(known, secret, algorithm="HS256")

    return make


def test_a_moderator_decides_on_the_article_by_pointer_and_by_key(service, thread, page, token):
    service.comment("The roof leaks in eleven places.", name="Wren")
    service.comment("What bullshit, sang the canary.", name="Bea")
    service.comment("More bullshit, sang the canary.", name="Cy")

    shown = thread(user=token("7"))

    held = shown.get_by_role("region", name="Waiting for a moderator (2)")
    expect(held.locator("article")).to_have_count(2)
    first = held.locator("article").first
    expect(first).to_contain_text("What bullshit, sang the canary.")
    first.get_by_role("button", name="Approve").click()
    expect(shown.get_by_role("heading", name="2 comments")).to_be_visible()
    expect(shown.locator(".list article").first).to_contain_text("What bullshit")
    last = shown.get_by_role("region", name="Waiting for a moderator (1)").locator("article")
    last.get_by_role("button", name="Reject").focus()
    page.keyboard.press("Enter")
    expect(shown.locator(".held")).to_be_hidden()

    roof = shown.locator(".list article").filter(has_text="The roof leaks")
    roof.get_by_role("button", name="More about").click()
    roof.get_by_role("button", name="Feature").click()
    expect(roof.get_by_text("Featured", exact=True)).to_be_visible()
    roof.get_by_role("button", name="More about").click()
    roof.get_by_role("button", name="Reject").click()
    expect(shown.get_by_role("heading", name="1 comment")).to_be_visible()
    undo = shown.get_by_role("region", name="Waiting for a moderator (1)")
    undo.get_by_role("button", name="Approve").click()
    expect(shown.get_by_role("heading", name="2 comments")).to_be_visible()
    path = f"/sites/{service.facts['site']}/posts/{service.facts['post']}/comments"
    assert [c["author"]["name"] for c in service.call(path)["comments"]] == ["Bea", "Wren"]


def test_staff_who_are_no_moderators_load_nothing_of_it(service, thread, page, token):
    service.comment("The roof leaks in eleven places.", name="Wren")
    service.comment("What bullshit, sang the canary.", name="Bea")
    loaded, bodies = [], []

    def keep(answer):
        loaded.append(answer.url)
        if "/api/v1/" in answer.url:
            bodies.append(answer)

    page.on("response", keep)
    shown = thread(user=token("8"))
    shown.get_by_role("button", name="More about").click()
    expect(shown.get_by_role("button", name="Mute Wren")).to_be_visible()

    assert not [url for url in loaded if "staff" in url or url.endswith("/held")]
    expect(shown.get_by_role("button", name="Reject")).to_have_count(0)
    assert not any("canary" in answer.text() for answer in bodies if answer.status == 200)
