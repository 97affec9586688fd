"""Long comments are folded."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LONG = "\n\n".join(
    f"{n}. The roof leaks in eleven places. " + "So it does. " * 20 for n in range(9)
)
LONG += "\n\nAt the [very end](https://news.example/end)."


@pytest.fixture
def long(service):
    made = service.comment(LONG, name="Wren")["comment"]
    service.call(
        f"/review/comments/{made['id']}/decisions",
        {"outcome": "approve"},
        token=service.facts["api_token"],
    )
    return made["id"]


def height(shown):
    return shown.locator(".text").bounding_box()["height"]


@pytest.mark.usefixtures("long")
@pytest.mark.parametrize("width", [390, 768, 1440])
def test_a_long_comment_is_folded_until_its_reader_reads_on(thread, page, width):
    page.set_viewport_size({"width": width, "height": 900})
    shown = thread()
    assert height(shown) < 330

    shown.get_by_role("button", name="Read on").click()

    assert height(shown) > 500
    expect(shown.get_by_role("button", name="Read on")).to_have_count(0)
    expect(shown.locator("article")).to_be_focused()


def test_a_short_comment_is_whole(service, thread):
    service.comment("The roof leaks in eleven places.", name="Wren")

    expect(thread().get_by_role("button", name="Read on")).to_have_count(0)


@pytest.mark.usefixtures("long")
def test_a_link_in_the_folded_part_that_takes_the_focus_opens_it(thread, page):
    shown = thread()

    shown.get_by_role("link", name="very end").focus()

    expect(shown.get_by_role("button", name="Read on")).to_have_count(0)
    expect(shown.get_by_role("link", name="very end")).to_be_focused()


def test_a_link_to_the_comment_opens_it(thread, long):
    shown = thread(f"#comment-{long}")
    expect(shown.get_by_role("button", name="Read on")).to_have_count(0)
    assert height(shown) > 500


@pytest.mark.usefixtures("long")
def test_a_printed_page_has_the_whole_comment(thread, page):
    shown = thread()

    page.emulate_media(media="print")

    assert height(shown) > 500
