"""Writing by keyboard and by pointer: sending, leaving, and the buttons for Markdown."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import give_name

pytestmark = pytest.mark.browser


@pytest.fixture
def field(thread):
    """The field of the form above the thread, with its buttons loaded."""
    shown = thread()
    field = shown.get_by_role("textbox", name="Your comment")
    field.focus()
    shown.get_by_role("toolbar").wait_for()
    return field


def select(field, words):
    field.evaluate(
        "(field, words) => field.setSelectionRange(field.value.indexOf(words), "
        "field.value.indexOf(words) + words.length)",
        words,
    )


@pytest.mark.parametrize("keys", ["Control+Enter", "Meta+Enter"])
def test_a_comment_is_sent_by_the_keyboard(thread, keys):
    shown = thread()
    shown.get_by_role("textbox", name="Your comment").fill("Sent without a pointer.")
    give_name(shown.locator("form"), "Ada")

    shown.get_by_role("textbox", name="Your comment").press(keys)

    expect(shown.locator("article")).to_contain_text("Sent without a pointer.")


def test_escape_leaves_a_reply_and_keeps_its_draft(service, thread):
    service.comment("The roof leaks in eleven places.", name="Wren")
    shown = thread()
    answer = shown.get_by_role("button", name="Reply to Wren")
    answer.click()
    field = shown.get_by_role("textbox", name="Reply to Wren")
    field.fill("Twelve, since")

    field.press("Escape")

    expect(shown.get_by_role("form", name="Reply to Wren")).to_have_count(0)
    expect(answer).to_be_focused()
    answer.click()
    expect(field).to_have_value("Twelve, since")


def test_escape_leaves_an_edit_only_while_nothing_is_changed(thread):
    shown = thread()
    shown.get_by_role("textbox", name="Your comment").fill("Written on the ferry.")
    give_name(shown.locator("form"), "Ada")
    shown.get_by_role("button", name="Post comment").click()
    article = shown.locator("article")
    article.get_by_role("button", name="Edit").click()
    field = article.get_by_role("textbox")

    field.fill("Written on the quay.")
    field.press("Escape")
    expect(field).to_have_value("Written on the quay.")

    field.fill("Written on the ferry.")
    field.press("Escape")
    expect(article).to_contain_text("Written on the ferry.")
    expect(field).to_have_count(0)


def test_the_page_hears_nothing_of_an_escape_that_left_a_reply(service, thread, page):
    service.comment("The roof leaks in eleven places.", name="Wren")
    shown = thread()
    page.evaluate("window.keys = []; addEventListener('keydown', ({ key }) => keys.push(key))")
    shown.get_by_role("button", name="Reply to Wren").click()

    shown.get_by_role("textbox", name="Reply to Wren").press("a")
    shown.get_by_role("textbox", name="Reply to Wren").press("Escape")

    assert page.evaluate("keys") == ["a"]


@pytest.mark.parametrize(
    ("button", "written", "chosen"),
    [
        ("Bold", "The **roof** leaks", "roof"),
        ("Italic", "The *roof* leaks", "roof"),
        ("Code", "The `roof` leaks", "roof"),
        ("Quote", "> The roof leaks", ""),
        ("Link", "The [roof](https://) leaks", "https://"),
    ],
)
def test_each_button_writes_its_mark_around_the_chosen_words(field, page, button, written, chosen):
    field.fill("The roof leaks")
    select(field, "roof")

    page.get_by_role("toolbar").get_by_role("button", name=button).click()

    expect(field).to_have_value(written)
    expect(field).to_be_focused()
    assert field.evaluate("f => f.value.slice(f.selectionStart, f.selectionEnd)") == chosen


@pytest.mark.parametrize(
    ("keys", "written"),
    [("Control+b", "**roof**"), ("Control+i", "*roof*"), ("Control+k", "[roof](https://)")],
)
def test_keys_write_the_same_and_one_undo_takes_it_back(field, keys, written):
    field.fill("roof")
    select(field, "roof")

    field.press(keys)
    expect(field).to_have_value(written)

    field.press("Control+z")
    expect(field).to_have_value("roof")


def test_a_mark_is_taken_off_again_and_a_pasted_address_becomes_a_link(field):
    field.fill("roof")
    select(field, "roof")
    field.press("Control+b")
    field.press("Control+b")
    expect(field).to_have_value("roof")

    field.fill("https://news.example/a")
    select(field, "https://news.example/a")
    field.press("Control+k")
    expect(field).to_have_value("[link text](https://news.example/a)")
    assert field.evaluate("f => f.value.slice(f.selectionStart, f.selectionEnd)") == "link text"


def test_quotes_of_several_lines_go_on_and_off(field, page):
    quote = page.get_by_role("toolbar").get_by_role("button", name="Quote")
    field.fill("One.\nTwo.")
    field.evaluate("field => field.setSelectionRange(2, 7)")
    quote.click()
    expect(field).to_have_value("> One.\n> Two.")

    field.press("Control+a")
    quote.click()
    expect(field).to_have_value("One.\nTwo.")


def test_the_buttons_are_one_stop_and_the_arrows_go_between_them(field, page):
    buttons = page.get_by_role("toolbar").get_by_role("button")

    field.press("Tab")
    expect(buttons.nth(0)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(buttons.nth(2)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(buttons.nth(1)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Name")).to_be_focused()


def test_a_comment_can_be_written_where_the_second_script_is_missing(thread, page):
    page.route("**/widget/extras-*.js", lambda route: route.abort())
    shown = thread()

    shown.get_by_role("textbox", name="Your comment").fill("Plainly.")
    give_name(shown.locator("form"), "Ada")
    shown.get_by_role("button", name="Post comment").click()

    expect(shown.locator("article")).to_contain_text("Plainly.")
    expect(shown.get_by_role("toolbar")).to_have_count(0)
    page.complaints.clear()
