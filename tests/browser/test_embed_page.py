"""Comments without scripts, in a browser that runs none: the page, its frame, its fragment."""

import re
import urllib.request
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import expect

from moderation.web.pages.i18n import LANGUAGES, words
from tests.browser.conftest import ROOT
from tests.browser.test_widget_hosts import summary

pytestmark = pytest.mark.browser

ARABIC = "هذا رأيي. نعم!"


@pytest.fixture
def plain(browser):
    """A page of a browser that runs no scripts."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 820, "height": 900})
    page = context.new_page()
    page.set_default_timeout(8000)
    yield page
    context.close()


@pytest.fixture
def article(service, plain):
    """Publish a page under the site's own origin and open it there."""
    origin = "://".join(urlsplit(service.facts["article"])[:2])

    def publish(body, path="/hall"):
        html = f"<!doctype html><title>Hall</title><body>{body}"
        answer = {"body": html, "content_type": "text/html; charset=utf-8"}
        plain.context.grant_permissions(["local-network-access"], origin=origin)
        plain.route(f"{origin}{path}", lambda route: route.fulfill(**answer))
        plain.goto(f"{origin}{path}")
        return f"{origin}{path}"

    publish.origin = origin
    return publish


def fragment(service, post="market-hall", **query):
    """Fetch a fragment as a build does."""
    more = "".join(f"&{name}={quote(value, safe='')}" for name, value in query.items())
    address = f"{service.url}/embed/demo/{post}?fragment=1{more}"
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read().decode()


def write(page, text, name="Ada"):
    form = page.locator("form").first
    form.get_by_role("textbox").first.fill(text)
    form.get_by_label("Name").fill(name)
    form.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("not posted yet")).to_be_visible()
    page.get_by_role("button", name="Post comment").click()
    expect(page.get_by_role("status")).to_have_text(re.compile("Published|Waiting"))


def test_a_fragment_in_another_sites_page_is_read_answered_and_left_again(service, plain, article):
    for number in range(52):
        service.comment(f"Remark {number} on the hall and its roof.", name=f"Reader {number}")
    back = f"{article.origin}/hall"
    mine = '<form action="/search"><input id="name"><input id="text" name="q"></form>'
    article(mine + fragment(service, back=back))

    expect(plain.locator("article")).to_have_count(50)
    expect(plain.locator("#name")).to_have_count(1)
    expect(plain.locator("input[name=trap]")).to_be_hidden()
    plain.get_by_role("link", name="Oldest first").click()
    expect(plain.locator("article").first).to_contain_text("Remark 0 on")
    plain.get_by_role("link", name="Show more comments").click()
    expect(plain.locator("article")).to_have_count(2)
    plain.get_by_role("link", name="Back to the article").click()
    assert plain.url == back
    plain.locator("article").first.get_by_role("link", name="Reply").click()
    expect(plain.locator(".answering")).to_contain_text("Remark 51 on")
    plain.get_by_role("link", name="Back to the article").click()
    # The site's own form comes first: the fragment's is found by its label.
    form = plain.locator("form", has=plain.get_by_label("Your comment"))
    form.get_by_label("Your comment").fill("From the article itself.")
    form.get_by_label("Name").fill("Ada")
    form.get_by_role("button", name="Preview").click()
    plain.get_by_role("button", name="Post comment").click()
    expect(plain.get_by_role("status")).to_have_text(re.compile("Published|Waiting"))
    assert urlsplit(plain.url).netloc == urlsplit(service.url).netloc
    plain.get_by_role("link", name="Back to the article").click()
    assert plain.url == back


def test_two_fragments_share_a_page_and_each_form_is_its_own(service, plain, article):
    for post in ("one", "two"):
        service.call(
            f"/sites/demo/posts/{post}/comments",
            {"author": {"name": "Wren"}, "text": f"About {post}, and only that."},
        )
    article(fragment(service, "one") + fragment(service, "two"))

    ids = [node.get_attribute("id") for node in plain.locator("[id]").all()]
    second = plain.locator("form").nth(1)
    second.get_by_label("Your comment").fill("To the second.")
    second.get_by_label("Name").fill("Ada")
    second.get_by_role("button", name="Preview").click()
    plain.get_by_role("button", name="Post comment").click()

    assert len(ids) == len(set(ids))
    expect(plain.get_by_role("status")).to_have_text(re.compile("Published|Waiting"))
    assert plain.url.endswith("/embed/demo/two")


def test_a_permalink_in_a_fragment_leads_to_its_comment(service, plain, article):
    made = service.comment("The roof leaks in eleven places.", name="Wren")["comment"]["id"]
    article(fragment(service))

    plain.locator("article header a").click()

    expect(plain.locator(f"#comment-{made}")).to_be_in_viewport()
    expect(plain.locator(":target")).to_contain_text("eleven places")


def test_the_snippet_of_the_docs_is_a_frame_to_read_and_write_in(service, plain, article):
    service.comment("The roof leaks in eleven places.", name="Wren")
    docs = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
    snippet = next(s for s in re.findall(r"```html\n(.*?)```", docs, re.DOTALL) if "iframe" in s)
    own = snippet.replace("https://comments.example", service.url).replace("/news/", "/demo/")
    home = article('<div style="width: 600px">' + own)

    box = plain.locator("iframe").bounding_box()
    frame = plain.frame_locator("iframe")
    expect(frame.get_by_text("eleven places")).to_be_visible()
    assert (box["width"], box["height"]) == (600, 800)
    assert plain.locator("iframe").get_attribute("title") == "Comments"
    form = frame.locator("form")
    form.get_by_label("Your comment").fill("Twelve, since Thursday.")
    form.get_by_label("Name").fill("Ada")
    form.get_by_role("button", name="Preview").click()
    frame.get_by_role("button", name="Post comment").click()
    expect(frame.get_by_role("status")).to_have_text(re.compile("Published|Waiting"))
    assert plain.url == home


def test_the_demonstration_has_the_snippet_of_the_docs(service):
    docs = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
    snippet = re.search(r"<noscript>.*?</noscript>", docs)[0]

    with urllib.request.urlopen(service.facts["article"], timeout=10) as answer:
        page = answer.read().decode()

    assert (
        snippet.replace("https://comments.example/embed/news", f"{service.url}/embed/demo") in page
    )


@pytest.mark.parametrize(
    "sandbox", ["", ' sandbox="allow-forms allow-top-navigation-by-user-activation"']
)
def test_links_of_comments_leave_the_frame(service, plain, article, sandbox):
    target = f"{article.origin}/minutes"
    plain.route(target, lambda route: route.fulfill(body="<title>Minutes</title>"))
    service.comment(f"See [the minutes]({target}) of May.", name="Wren")
    article(f'<iframe{sandbox} src="{service.url}/embed/demo/market-hall"></iframe>')

    plain.frame_locator("iframe").get_by_role("link", name="the minutes").click()

    plain.wait_for_url(target)


def test_each_block_of_a_comment_has_its_own_direction(service, plain):
    text = f"First in English.\n\n{ARABIC}\n\n> {ARABIC}\n\n- {ARABIC}\n- And English again."
    service.comment(text, name="Wren")
    plain.goto(f"{service.url}/embed/demo/market-hall")
    block = plain.locator(".text")
    whole = block.bounding_box()

    def side(locator):
        """Measure on which side of its box a block's words are."""
        box = locator.evaluate(
            "e => { const r = document.createRange(); r.selectNodeContents(e);"
            " const b = r.getClientRects()[0]; return [b.left, b.right] }"
        )
        return "left" if box[0] - whole["x"] < whole["x"] + whole["width"] - box[1] else "right"

    assert side(block.locator("> p").nth(0)) == "left"
    assert side(block.locator("> p").nth(1)) == "right"
    assert side(block.locator("blockquote p")) == "right"
    assert block.locator("blockquote").evaluate("e => getComputedStyle(e).direction") == "rtl"
    for item in (0, 1):
        style = block.locator("li").nth(item).evaluate("e => getComputedStyle(e).unicodeBidi")
        assert style == "plaintext"


def test_a_reply_in_a_fragment_without_styles_has_its_direction_too(service, plain, article):
    service.comment(f"First in English.\n\n{ARABIC}", name="Wren")
    article(fragment(service))

    directions = [
        node.evaluate("e => getComputedStyle(e).direction")
        for node in plain.locator("article p").all()
    ]

    assert directions == ["ltr", "rtl"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_months_are_those_that_browsers_write(page, lang):
    page.goto("data:text/html,<title>Dates</title>")
    for month in range(1, 13):
        parts = page.evaluate(
            "([lang, at]) => Object.fromEntries(new Intl.DateTimeFormat(`${lang}-u-nu-latn`,"
            " { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })"
            ".formatToParts(new Date(at)).map((part) => [part.type, part.value]))",
            [lang, f"2026-{month:02}-09T08:07:00Z"],
        )
        written = words(lang).date(f"2026-{month:02}-09T08:07:00Z")
        places = [written.find(parts[each]) for each in ("day", "month", "year")]
        assert all(place >= 0 for place in places), (written, parts)
        assert written.endswith("08:07")


@pytest.mark.parametrize("width", [320, 390, 820])
@pytest.mark.parametrize("lang", ["en", "ar", "ja"])
def test_nothing_is_wider_than_the_window(service, plain, width, lang):
    long = "Ferrylanemarkethallroofrepairfundcommittee" * 4
    service.comment(f"{long}\n\n```\n{long}\n```\n\nhttps://example.com/{long}", name="W" * 80)
    plain.set_viewport_size({"width": width, "height": 800})

    for path in ("/embed/demo/market-hall", "/", "/embed/nosite/x", "/review/nothing-here"):
        plain.goto(f"{service.url}{path}?lang={lang}")
        wide = plain.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, path


def test_the_keyboard_meets_the_form_in_its_order(service, plain):
    service.comment("The roof leaks in eleven places.", name="Wren")
    plain.goto(f"{service.url}/embed/demo/market-hall")
    met = []
    for _ in range(8):
        plain.keyboard.press("Tab")
        met.append(
            plain.evaluate("document.activeElement.name || document.activeElement.innerText")
        )

    assert met[:4] == ["text", "name", "email", "Preview"]
    assert "trap" not in met


def test_on_paper_there_are_comments_and_no_form(service, plain):
    service.comment("The roof leaks in eleven places.", name="Wren")
    plain.goto(f"{service.url}/embed/demo/market-hall")

    plain.emulate_media(media="print")

    expect(plain.get_by_text("eleven places")).to_be_visible()
    expect(plain.locator("form")).to_be_hidden()
    expect(plain.locator(".actions")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages_of_a_form_and_of_errors(service, page, axe, scheme):
    page.set_default_timeout(8000)
    page.emulate_media(color_scheme=scheme)
    parent = service.comment("The roof leaks in eleven places.", name="Wren")["comment"]["id"]
    session = page.context.new_cdp_session(page)
    session.send("Page.setBypassCSP", {"enabled": True})
    at = f"{service.url}/embed/demo/market-hall"
    found = {}

    def look(name):
        page.evaluate(axe)
        found[name] = summary(page.evaluate("axe.run(document)"))

    for name, address in {
        "reply": f"{at}?reply={parent}&lang=ar",
        "replies": f"{at}?replies={parent}",
        "home": f"{service.url}/?lang=de",
    }.items():
        page.goto(address)
        look(name)
    for name, address in {
        "missing": f"{service.url}/embed/nosite/x?lang=ar",
        "review": f"{service.url}/review/nothing-here",
    }.items():
        page.goto(address)
        look(name)
    # The browser's console reports each status from 400 on.
    page.complaints[:] = [each for each in page.complaints if "404" not in each]
    page.goto(at)
    page.locator("textarea").fill("x" * 10_001)
    page.get_by_label("Name").fill("Ada")
    page.get_by_role("button", name="Preview").click()
    look("wrong")
    assert page.locator("textarea").get_attribute("aria-describedby") == "text-problem hint"
    page.complaints[:] = [each for each in page.complaints if "422" not in each]
    page.locator("textarea").fill("Short now.")
    page.get_by_role("button", name="Post comment").click()
    expect(page.get_by_role("status")).to_have_text(re.compile("Published|Waiting"))
    look("own")

    assert found == {name: [] for name in found}
