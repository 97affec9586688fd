"""No text of the console is left out of the translations, and a choice of language lasts.

The pages are shown in a language that a test makes of the English texts: each is put in brackets.
What stands on a page without them is data, or a text that cannot be translated.
"""

import json
import re
import shutil

import pytest
from playwright.sync_api import expect

from moderation.web.pages.console_words import SOURCE
from tests.browser.conftest import running
from tests.browser.test_console_pictures import fill, pages
from tests.browser.test_people import log_in

pytestmark = pytest.mark.browser

#: Dutch is written like English here; Arabic has the other direction.
PSEUDO = ("nl", "ar")
#: What readers, moderators and the service itself wrote, dates, versions and commands.
DATA = ", ".join(
    (
        *("[dir=auto]", "code", "pre", "time", "kbd", "q", "mark", "select[data-language]"),
        *(".brand", ".who", ".item-author", ".row-author", ".row-words", ".row-site"),
        *(".said p", ".said-head b", ".cause-said", ".card-title", ".address", ".history-text"),
        # Sentences for authors, in the language of the site's pages.
        *(".choice small", ".staff-names p", "[name=mail_zone]", "table .number"),
        # Names of languages by the browser, versions of filters, and errors of the service.
        *(".choice-list", "[data-context=decisions] details p", ".notice-bad"),
    )
)
#: Names of people, sites, systems and formats, and examples of what is entered.
NAMES = (
    *("Ada", "Bo", "Cleo", "Dora", "Emre", "Fay", "ann", "Ann Reed", "sam", "exporter"),
    *("moderation", "The Ferry Lane Gazette", "WordPress", "Disqus", "CSV"),
    *("you@example.org", "/politics/", "/sport/", "https://checker.example/judge"),
    *("/result/scores", "Authorization"),
)
FIND = """(data) => {
  const names = ["aria-label", "title", "placeholder", "alt", "aria-valuetext", "aria-description"]
  const bare = (text) => /\\p{L}/u.test(text) && !text.includes("⟦")
  const found = new Set()
  const { SHOW_ELEMENT, SHOW_TEXT } = NodeFilter
  const walker = document.createTreeWalker(document.body, SHOW_ELEMENT | SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.nodeType === 1 ? node : node.parentElement
    if (element.closest("script, style, noscript, svg") || element.closest(data)) continue
    if (node.nodeType === 3) {
      if (bare(node.textContent)) found.add(node.textContent.trim())
    } else for (const name of names) {
      const text = node.getAttribute(name)
      if (text && bare(text)) found.add(`${name}: ${text}`)
    }
  }
  if (bare(document.title.replace("moderation", ""))) found.add(`title: ${document.title}`)
  return [...found]
}"""


def pseudo(node):
    """Put each part of a text that has letters in brackets; placeholders stay outside."""
    if not isinstance(node, str):
        return {name: pseudo(each) for name, each in node.items()}
    pieces = re.split(r"(\{\w+\})", node)
    return "".join(
        piece if piece.startswith("{") or not re.search(r"\w", piece) else f"⟦{piece}⟧"
        for piece in pieces
    )


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("words")
    lang = folder / "lang"
    shutil.copytree(SOURCE / "en", lang / "en")
    for code in PSEUDO:
        (lang / code).mkdir()
        for path in (SOURCE / "en").glob("*.json"):
            text = json.dumps(pseudo(json.loads(path.read_text())), ensure_ascii=False)
            (lang / code / path.name).write_text(text)
    with running(folder, TEST_CONSOLE_LANG=str(lang)) as started:
        fill(started)
        yield started


@pytest.fixture
def window(service, browser, request):
    context = browser.new_context(locale=request.param, reduced_motion="reduce")
    page = context.new_page()
    page.set_viewport_size({"width": 1440, "height": 900})
    yield page
    context.close()


def enter(service, page):
    """Log in, in any language."""
    page.goto(f"{service.url}/review/login")
    page.locator("[name=login]").fill(service.facts["moderator"]["login"])
    page.locator("[name=password]").fill(service.facts["moderator"]["password"])
    page.locator("[type=submit]").click()
    page.wait_for_url("**/review/")


def is_data(text, facts):
    """Tell names, addresses and codes from a text."""
    shown = re.sub(r"^(aria-[a-z]+|title|placeholder|alt): ", "", text)
    names = {*NAMES, facts["site"], facts["post"], facts["moderator"]["login"]}
    if shown in names or re.fullmatch(r"\S+@\S+", shown):
        return True
    # Codes of actions are shown on hover, beside the texts for them.
    return text.startswith("title: ") and bool(re.fullmatch(r"[a-z_]+(\.[a-z_]+)*", shown))


@pytest.mark.parametrize("window", ["nl-NL"], indirect=True)
def test_no_text_is_left_out_of_the_translations(service, window):
    facts = service.facts
    site = facts["site"]
    connections = {
        f"connections-{part}": (f"connections/{site}/{part}", ".connection", "")
        for part in ("webhooks", "incoming", "keys", "checker")
    }
    more = {"appeals": ("appeals", "[data-state]:not(:empty)", "")}
    left = {}

    def look(name):
        bare = [text for text in window.evaluate(FIND, DATA) if not is_data(text, facts)]
        if bare:
            left[name] = bare

    window.goto(f"{service.url}/review/login")
    assert window.locator("html").get_attribute("lang") == "nl"
    look("login")
    enter(service, window)
    for name, (address, ready, keys) in {**pages(facts), **connections, **more}.items():
        window.goto(f"{service.url}/review/{address}")
        if keys:
            window.locator("[data-context=decisions]").wait_for()
            window.keyboard.press(keys)
        window.locator(ready).first.wait_for()
        look(name)

    assert not left, json.dumps(left, indent=1, ensure_ascii=False)


@pytest.mark.parametrize("window", ["ar"], indirect=True)
def test_no_page_is_wider_than_its_window_from_right_to_left(service, window):
    wider = []
    enter(service, window)
    assert window.locator("html").get_attribute("dir") == "rtl"
    for name, (address, ready, keys) in pages(service.facts).items():
        window.set_viewport_size({"width": 1440, "height": 900})
        window.goto(f"{service.url}/review/{address}")
        if keys:
            window.locator("[data-context=decisions]").wait_for()
            window.keyboard.press(keys)
        window.locator(ready).first.wait_for()
        for width, height in {390: 844, 1440: 900}.items():
            window.set_viewport_size({"width": width, "height": height})
            if window.evaluate("() => document.documentElement.scrollWidth") > width:
                wider.append((name, width))

    assert wider == []


@pytest.mark.parametrize("window", ["en-US"], indirect=True)
def test_a_moderator_chooses_a_language_that_lasts(service, window):
    log_in(service, window, service.facts["moderator"])
    window.goto(f"{service.url}/review/account")
    expect(window.get_by_role("heading", name="My account")).to_be_visible()

    window.locator("[data-language]").select_option("nl")

    expect(window.get_by_role("heading", name="⟦My account⟧")).to_be_visible()
    window.goto(f"{service.url}/review/")
    expect(window.locator("html")).to_have_attribute("lang", "nl")
    [cookie] = [each for each in window.context.cookies() if each["name"] == "moderation.language"]
    assert (cookie["sameSite"], cookie["path"]) == ("Lax", "/review")
