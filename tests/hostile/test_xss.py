"""Written texts stay text on every page that shows them, with and without a CSP."""

import json
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen
from xml.etree import ElementTree

import pytest

from moderation.services.webhooks.signatures import sign
from tests.browser.conftest import let_pass, running
from tests.hostile.payloads import BREAKING, MARKUP, PAYLOADS, WEBSITE
from tests.hostile.test_markdown import ALLOWED, Tags

pytestmark = pytest.mark.browser

#: Scripts and addresses that came to life, in the page, its frames and its shadow trees.
FIND = """() => {
  const found = []
  const urls = ["href", "src", "action", "formaction", "data", "xlink:href", "srcdoc", "ping"]
  const looked = (root, path) => {
    for (const node of root.querySelectorAll("*")) {
      const tag = node.localName
      const told = `${path} ${node.outerHTML.slice(0, 200)}`
      for (const { name, value } of node.attributes) {
        if (name.startsWith("on")) found.push(told)
        if (!urls.includes(name)) continue
        const url = value.replace(/[\\s\\0-\\x1f]/g, "")
        if (url === "data:,") continue
        if (/^(javascript|data|vbscript|blob):/i.test(url) || name === "srcdoc") found.push(told)
        if (/evil\\.example/.test(url) && tag !== "a") found.push(told)
      }
      const own = /^(script|style|link|base|meta|template|object|embed|iframe|svg|math)$/
      if (own.test(tag) && /alert\\(1\\)|evil\\.example/.test(node.outerHTML)) found.push(told)
      if (node.shadowRoot) looked(node.shadowRoot, `${path} ${tag}`)
      if (tag === "iframe" && node.contentDocument) looked(node.contentDocument, `${path} frame`)
    }
  }
  looked(document, "")
  return found
}"""


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A demonstration in which every field that takes a text holds one of the payloads."""
    with running(tmp_path_factory.mktemp("xss")) as started:
        fill(started)
        yield started


@pytest.fixture
def browsed(service, page):
    """A page that notes dialogs and requests to other hosts, and must have none at the end."""
    wrong = []

    def dismiss(dialog):
        wrong.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def note(request):
        url = urlsplit(request.url)
        if url.scheme in ("http", "https", "ws") and url.hostname != "127.0.0.1":
            wrong.append(f"request {request.url}")

    page.on("dialog", dismiss)
    page.on("request", note)
    yield page
    assert wrong == []


def fill(service):
    token, site = service.facts["api_token"], service.facts["site"]

    def call(path, body, method="POST"):
        return service.call(f"/review{path}", body, method=method, token=token)

    settings = {"guidelines": BREAKING, "reserved_names": [text[:100] for text in MARKUP[:9]]}
    change = {"title": BREAKING, "settings": settings}
    call(f"/sites/{site}/settings", change, "PATCH")
    for person in service.call("/review/moderators", token=token)["moderators"]:
        call(f"/moderators/{person['id']}", {"display_name": BREAKING}, "PATCH")
    title = {"post": service.facts["post"], "title": BREAKING, "url": WEBSITE}
    announce(service, title)
    made = []
    # Two in a comment, so that one page of the thread has them all.
    for number in range(0, len(PAYLOADS), 2):
        first, second = PAYLOADS[number], PAYLOADS[(number + 1) % len(PAYLOADS)]
        author = {"name": first[:80].strip(), "email": f"{number}@a.example", "website": WEBSITE}
        made.append(service.comment(f"{second}\n\n{first}", author=author)["comment"])
    for number, comment in enumerate(made):
        # Some wait, so that the queue has them as well.
        if comment["status"] == "held" and number % 4:
            wish = {"outcome": "approve", "note": PAYLOADS[number][:200]}
            call(f"/comments/{comment['id']}/decisions", wish)
    service.held = [comment["id"] for comment in made[::4]]
    shown = service.call(f"/review/comments/{made[0]['id']}", token=token)
    service.key = shown["comment"]["author"]["key"]
    call(f"/sites/{site}/authors/{service.key}/notes", {"text": BREAKING})
    call(f"/sites/{site}/authors/{service.key}/ban", {"reason": BREAKING}, "PUT")
    call("/tokens", {"name": BREAKING[:80], "scopes": ["review"]})


def announce(service, post):
    """Send the main site's event about a post, signed as it would."""
    now = datetime.now(UTC)
    event = {"type": "post.published", "timestamp": now.isoformat(), "data": post}
    body, at = json.dumps(event).encode(), int(now.timestamp())
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(at),
        "webhook-signature": sign(service.facts["webhook_secret"], "msg_1", at, body),
        "Content-Type": "application/json",
    }
    url = f"{service.url}/api/v1/sites/{service.facts['site']}/events"
    with urlopen(Request(url, body, headers), timeout=20) as answer:
        assert answer.status == 200


def alive(page):
    """Return the scripts and requests that a page started."""
    # A task later: images and animations have had their chance to start.
    let_pass(page, 50)
    return page.evaluate(FIND)


def test_the_search_finds_what_is_alive(page):
    page.set_content("<comment-thread></comment-thread>")
    page.evaluate(
        """texts => {
          const root = document.querySelector("comment-thread").attachShadow({ mode: "open" })
          for (const text of texts) {
            const part = document.createElement("div")
            part.setHTMLUnsafe ? part.setHTMLUnsafe(text) : (part.innerHTML = text)
            root.append(part)
          }
        }""",
        # Nothing of them may run: the pages of this test are those of the service.
        ["<p onclick=alert(1)>x</p>", "<a href='java\tscript:alert(1)'>x</a>"],
    )

    assert len(page.evaluate(FIND)) == 2


def test_the_thread_on_a_page_without_a_policy_keeps_text_as_text(service, browsed):
    browsed.goto(service.facts["article"])
    thread = browsed.locator("comment-thread")
    thread.scroll_into_view_if_needed()
    thread.locator("article").first.wait_for()
    for box in thread.get_by_role("textbox").all()[:1]:
        box.fill("\n\n".join(PAYLOADS[-20:]))
    thread.get_by_role("button", name="Preview").click()
    thread.locator(".pane").wait_for()

    assert alive(browsed) == []
    assert thread.locator("article").count() >= len(PAYLOADS) // 2 - len(service.held)
    for name in ("img", "svg", "math", "iframe", "style", "form form", "video", "input[onfocus]"):
        assert thread.locator(f".text {name}").count() == 0


def test_the_page_without_scripts_keeps_text_as_text(service, browsed):
    facts = service.facts
    for query in ("", "?lang=de", f"?lang={quote(BREAKING)}&cursor={quote(BREAKING)}"):
        browsed.goto(f"{service.url}/embed/{facts['site']}/{facts['post']}{query}")
        assert alive(browsed) == []
        browsed.complaints[:] = [c for c in browsed.complaints if "422" not in c]


def test_feeds_hold_nothing_but_text_and_tags_that_are_allowed(service):
    facts = service.facts
    for path in (f"/feeds/{facts['site']}", f"/feeds/{facts['site']}/{facts['post']}"):
        with urlopen(service.url + path, timeout=20) as answer:
            feed = ElementTree.fromstring(answer.read())  # noqa: S314 (our own feed)
        contents = feed.iter("{http://www.w3.org/2005/Atom}content")
        written = [content.text for content in contents if content.get("type") == "html"]
        assert len(written) > 20
        for tag, attrs in (found for text in written for found in Tags(text).seen):
            assert tag in ALLOWED
            assert attrs.keys() <= {"href", "rel", "title"}
        assert {element.tag.partition("}")[2] for element in feed.iter()}.isdisjoint(
            ("script", "img", "svg", "style", "iframe")
        )
        for link in feed.iter("{http://www.w3.org/2005/Atom}link"):
            assert urlsplit(link.get("href")).scheme in ("http", "https")


def test_the_console_keeps_text_as_text(service, browsed):
    facts = service.facts
    browsed.goto(f"{service.url}/review/login")
    for name, value in facts["moderator"].items():
        if name in ("login", "password"):
            browsed.get_by_label(name.capitalize()).fill(value)
    browsed.get_by_role("button", name="Log in").click()
    browsed.wait_for_url("**/review/")
    place = f"site={quote(facts['site'])}"
    for path, ready in (
        ("/review/", "[data-text]"),
        *((f"/review/comments/{id}", "[data-text]") for id in service.held[1:6]),
        (f"/review/authors/{service.key}?{place}", ".history-row"),
        ("/review/audit", "tbody tr"),
        (f"/review/post?{place}&post={quote(facts['post'])}", "h1"),
        (f"/review/post?{place}&post={quote(BREAKING)}", "h1"),
        (f"/review/rules?site={quote(BREAKING)}", "h1"),
        ("/review/rules", "h1"),
        (f"/review/sites/{facts['site']}", "h1"),
        ("/review/metrics", "h1"),
        ("/review/moderators", "h1"),
        ("/review/account", "h1"),
    ):
        browsed.goto(service.url + path)
        browsed.locator(ready).first.wait_for()
        browsed.wait_for_load_state("networkidle")

        assert alive(browsed) == [], path
        # A rule or a post that is not there is answered so, which browsers report.
        if quote(BREAKING) in path:
            browsed.complaints[:] = [c for c in browsed.complaints if "status of 4" not in c]
        assert browsed.complaints == [], path
