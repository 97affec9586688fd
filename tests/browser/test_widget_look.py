"""The widget's look on pages with styles of their own, at any size and in both directions."""

from base64 import b64encode
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import give_name

pytestmark = pytest.mark.browser

#: Inherited properties that a page may set for its own text.
HOSTILE = {
    "text-transform": "uppercase",
    "letter-spacing": "5px",
    "word-spacing": "20px",
    "font-style": "italic",
    "font-weight": "900",
    "font-variant": "small-caps",
    "white-space": "pre",
    "text-indent": "80px",
    "text-align": "center",
    "text-align-last": "center",
    "line-height": "60px",
    "text-shadow": "2px 2px red",
    "hyphens": "auto",
    "tab-size": "20",
    "word-break": "break-all",
    "list-style": "square inside",
    "cursor": "crosshair",
    "pointer-events": "none",
    "-webkit-text-stroke": "1px red",
    "-webkit-text-fill-color": "lime",
    "font-feature-settings": "'smcp'",
}
QUIET = {
    "text-transform": "none",
    "letter-spacing": "normal",
    "word-spacing": "0px",
    "font-style": "normal",
    "font-weight": "400",
    "font-variant": "normal",
    "white-space": "normal",
    "text-indent": "0px",
    "text-align": "start",
    "text-align-last": "auto",
    "line-height": "24px",
    "text-shadow": "none",
    "hyphens": "manual",
    "tab-size": "8",
    "word-break": "normal",
    "list-style-position": "outside",
    "cursor": "auto",
    "pointer-events": "auto",
    "-webkit-text-stroke-width": "0px",
    "-webkit-text-fill-color": "rgb(29, 29, 27)",
    "font-feature-settings": "normal",
}


@pytest.fixture
def host(service, page):
    """Open the thread on a page with this style around it."""
    page.set_default_timeout(8000)
    origin = "://".join(urlsplit(service.facts["article"])[:2])
    page.context.grant_permissions(["local-network-access"], origin=origin)

    def visit(style="", *, lang="en", direction="ltr", width=820):
        page.set_viewport_size({"width": width, "height": 800})
        html = (
            f"<!doctype html><html lang={lang} dir={direction}><title>Host</title>"
            f'<meta charset="utf-8"><style>{style}</style><body>'
            f'<script type="module" src="{service.url}/widget/embed.js" data-site="demo" '
            'data-post="market-hall"></script>'
        )
        page.route(
            f"{origin}/host.html",
            lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"),
        )
        page.goto(f"{origin}/host.html")
        thread = page.locator("comment-thread")
        thread.locator("h2").wait_for(state="attached")
        return thread

    return visit


def look_alike(page, *shots: bytes) -> bool:
    """Return whether two screenshots are the same, but for the rounding of rounded corners."""
    most = page.evaluate(
        """async (shots) => {
          const [first, second] = await Promise.all(shots.map(async (shot) => {
            const image = await createImageBitmap(await (await fetch(shot)).blob())
            const context = new OffscreenCanvas(image.width, image.height).getContext("2d")
            context.drawImage(image, 0, 0)
            return context.getImageData(0, 0, image.width, image.height).data
          }))
          if (first.length !== second.length) return 255
          return first.reduce((most, value, n) => Math.max(most, Math.abs(value - second[n])), 0)
        }""",
        [f"data:image/png;base64,{b64encode(shot).decode()}" for shot in shots],
    )
    return most <= 2


@pytest.mark.parametrize("name", HOSTILE)
def test_how_the_page_sets_its_own_text_does_not_come_in(host, service, name):
    service.comment("The roof leaks in eleven places.", name="Wren")

    thread = host(f"body {{ {name}: {HOSTILE[name]} }}")

    text = thread.locator(".text > p")
    for quiet in (each for each in QUIET if each.startswith(name)):
        expect(text).to_have_css(quiet, QUIET[quiet])


def test_a_page_with_all_of_it_and_underlines_leaves_every_box_where_it_is(host, service, page):
    service.comment("The roof leaks in eleven places. " * 20, name="Wren")
    boxes = """({ shadowRoot }) => [...shadowRoot.querySelectorAll("section, section *")].map(
      (node) => {
        const { x, y, width, height } = node.getBoundingClientRect()
        return [node.localName, x, y, width, height]
      })"""
    plain = host("body { margin: 0 }")
    expect(plain.locator("article")).to_be_visible()
    before = plain.evaluate(boxes), plain.screenshot()
    hostile = "; ".join(f"{name}: {value}" for name, value in HOSTILE.items())

    thread = host(f"body {{ margin: 0; text-decoration: underline wavy red; {hostile} }}")

    expect(thread.locator("article")).to_be_visible()
    assert thread.evaluate(boxes) == before[0]
    # Underlines are inherited by no property and take no room, but they can be seen.
    assert look_alike(page, thread.screenshot(), before[1])


def test_the_typeface_of_the_page_is_kept_and_what_it_hides_stays_hidden(host):
    thread = host("body { font-family: monospace; visibility: hidden }")

    expect(thread.locator("section")).to_have_css("font-family", "monospace")
    expect(thread.locator("section")).to_have_css("visibility", "hidden")


SIZED = "h2, b, time, label, textarea, input, select, button, .avatar, .hint, .text"


@pytest.mark.parametrize(
    "style",
    ["html { font-size: 200% }", "comment-thread { --comments-size: 32px }"],
)
def test_everything_grows_with_the_readers_text_size(host, service, page, style):
    parent = service.comment("The roof leaks in eleven places.", name="Wren")["comment"]["id"]
    service.comment("Twelve, since Thursday.", name="Salt", parent_id=parent)
    sizes = f"""thread => [...thread.shadowRoot.querySelectorAll("{SIZED}")].map(
      (node) => [node.localName, parseFloat(getComputedStyle(node).fontSize)])"""
    heights = """thread => [...thread.shadowRoot.querySelectorAll(".primary, .avatar, textarea")]
      .map((node) => node.getBoundingClientRect().height)"""

    def measured(style):
        thread = host(style, width=1280)
        thread.get_by_role("textbox").first.focus()
        expect(thread.locator("article")).to_have_count(2)
        # It comes with the second script.
        expect(thread.get_by_role("toolbar").first).to_be_visible()
        return thread.evaluate(sizes), thread.evaluate(heights)

    (normal, low), (large, high) = measured(""), measured(style)

    assert large == [[name, pytest.approx(2 * size, rel=0.01)] for name, size in normal]
    assert all(2 * a >= b >= 1.9 * a for a, b in zip(low, high, strict=True)), (low, high)


@pytest.mark.parametrize("lang", ["en", "de", "ar", "ja"])
def test_a_narrow_screen_with_large_text_is_not_scrolled_sideways(host, service, page, lang):
    above = None
    for n in range(6):
        above = service.comment(
            f"Level {n}, unlike any other.", name=f"Reader {n}", parent_id=above
        )["comment"]["id"]
    rtl = "rtl" if lang == "ar" else "ltr"

    thread = host("html { font-size: 200% }", lang=lang, direction=rtl, width=320)
    thread.get_by_role("textbox").first.focus()
    expect(thread.locator("article").first).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_thread_in_arabic_does_not_widen_a_page_in_english(host, page):
    thread = host("comment-thread { --comments-width: 300px }")
    thread.evaluate("e => e.setAttribute('lang', 'ar')")
    expect(thread.locator("section[dir=rtl]")).to_be_visible()
    thread.get_by_role("textbox").first.focus()

    assert page.evaluate("document.documentElement.scrollWidth") == 820


#: A letter under 60 accents, as an earlier release without a limit of names may have stored it.
PILED = "Z" + "\u0301\u0316\u033f\u0351" * 15


def piled(page):
    """Make every name and text of the thread's answer one of piled-up accents."""

    def pile(route):
        answer = route.fetch()
        listed = answer.json()
        comment = listed["comments"][0]
        comment["author"]["name"] = PILED
        comment["html"] = f"<p>{PILED * 30}</p><pre><code>{PILED}</code></pre>"
        route.fulfill(response=answer, json=listed)

    page.route("**/comments?*", pile)


@pytest.mark.parametrize("width", [320, 1280])
def test_piled_up_accents_cover_nothing_that_others_wrote(host, service, page, width):
    service.comment("The roof leaks in eleven places.", name="Wren")
    service.comment("Twelve, since Thursday.", name="Salt")
    piled(page)

    thread = host(width=width)

    article = thread.locator("article").first
    expect(article).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    box = article.bounding_box()
    above = {"x": 0, "y": box["y"] - 24, "width": width, "height": 18}
    below = {"x": 0, "y": box["y"] + box["height"] + 4, "width": width, "height": 18}
    drawn = [page.screenshot(clip=each) for each in (above, below)]
    article.evaluate("node => { node.style.visibility = 'hidden' }")
    for clip, shot in zip((above, below), drawn, strict=True):
        assert look_alike(page, page.screenshot(clip=clip), shot)


MIXED = """English comes first here.

ثم فقرة عربية، بنقطة في النهاية.

- نقطة أولى
- second point

> اقتباس قصير."""


@pytest.mark.parametrize(("lang", "direction"), [("en", "ltr"), ("ar", "rtl")])
def test_each_block_of_a_comment_is_set_in_its_own_direction(host, service, lang, direction):
    service.comment(MIXED, name="Samar")

    text = host(lang=lang, direction=direction).locator("article .text")

    sides = text.evaluate(
        """text => [...text.querySelectorAll("p, li")].map((block) => {
          const range = document.createRange()
          range.selectNodeContents(block)
          const [inner, outer] = [range.getBoundingClientRect(), block.getBoundingClientRect()]
          return Math.abs(inner.left - outer.left) < Math.abs(inner.right - outer.right)
        })"""
    )
    assert sides == [True, False, False, True, False]
    expect(text.locator("ul")).to_have_css("direction", "rtl")
    expect(text.locator("blockquote")).to_have_css("border-right-width", "3px")


def test_lists_and_quotes_look_alike_in_the_preview_and_in_the_thread(host, service):
    written = "- one\n  - two\n\n1. first\n\n> a\n>> b\n>>> c\n\nEnd."
    thread = host()
    form = thread.locator("form")
    form.get_by_role("textbox").first.fill(written)
    give_name(form, "Ada")
    form.get_by_role("button", name="Preview").click()
    looks = """text => [...text.querySelectorAll("p, ul, ol, li, blockquote")].map((node) => {
      const { listStyleType, marginTop, marginBottom, marginLeft, paddingLeft } =
        getComputedStyle(node)
      const marker = node.localName === "li" && listStyleType
      return [node.localName, marker, marginTop, marginBottom, marginLeft, paddingLeft]
    })"""
    expect(form.locator(".pane blockquote").first).to_be_visible()
    preview = form.locator(".pane").evaluate(looks)

    form.get_by_role("button", name="Post comment").click()

    text = thread.locator("article .text")
    expect(text).to_be_visible()
    assert text.evaluate(looks) == preview
    expect(text.locator("ul").first).to_have_css("list-style-type", "disc")
    # Three levels of quotes take less room than one had by the browser's own margins.
    inner = text.locator("blockquote blockquote blockquote p")
    outer = text.bounding_box()["x"]
    assert inner.bounding_box()["x"] - outer < 60


def test_an_empty_field_is_written_in_the_direction_of_its_language(host):
    thread = host(lang="ar", direction="rtl")
    field = thread.get_by_role("textbox").first

    expect(field).to_have_css("direction", "rtl")
    field.fill("In English")
    expect(field).to_have_css("direction", "ltr")
    field.fill("")
    expect(field).to_have_css("direction", "rtl")
