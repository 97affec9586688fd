"""Every page of the console in both appearances, narrow and wide: it fits, and can be looked at.

The pictures are kept in `moderation-pictures` under the folder for temporary files.
"""

import tempfile
from pathlib import Path

import pytest

from tests.browser.conftest import running
from tests.browser.test_people import log_in

pytestmark = pytest.mark.browser

FOLDER = Path(tempfile.gettempdir()) / "moderation-pictures"
WIDTHS = {390: 844, 1440: 900}
#: Author and text, and the comments that a moderator has decided.
COMMENTS = [
    ("Ada", "The new hall is a gift to everybody who shops on foot. Thank you.", None),
    ("Bo", "What a pile of bullshit the council has put before us, again.", None),
    ("Cleo", "Cheap watches: https://a.example https://b.example https://c.example", "spam"),
    ("Dora", "Call me on +44 7700 900123 about the stalls, any evening.", None),
    ("Bo", "Bullshit, all of it, and they know it very well themselves.", "reject"),
    ("Emre", "Who counted the crates? This is fucking ridiculous accounting.", None),
    ("Bo", "A fair point about the opening hours, I admit.", None),
    ("Fay", "You are a disgrace, the lot of you, and should be ashamed.", None),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with running(tmp_path_factory.mktemp("pictures")) as started:
        fill(started)
        yield started


def fill(service):
    """A desk on an ordinary day."""
    token, site = service.facts["api_token"], service.facts["site"]

    def ask(path, body, method="POST"):
        return service.call(f"/review{path}", body, method=method, token=token)

    for name, text, outcome in COMMENTS:
        author = {"name": name, "email": f"{name.lower()}@mail.example"}
        made = service.comment(text, author=author)["comment"]
        if outcome:
            ask(f"/comments/{made['id']}/decisions", {"outcome": outcome, "note": "As before."})
        service.facts.setdefault("comments", {})[name] = made["id"]
    key = service.call(f"/review/comments/{made['id']}", token=token)["comment"]["author"]["key"]
    bo = service.call(f"/review/comments/{service.facts['comments']['Bo']}", token=token)
    service.facts["author"] = bo["comment"]["author"]["key"]
    ask(f"/sites/{site}/authors/{service.facts['author']}/notes", {"text": "Warned in May."})
    ask(f"/sites/{site}/authors/{key}/standing", {"standing": "premoderated"}, "PUT")
    ask("/moderators", {"login": "ann", "role": "senior", "display_name": "Ann Reed"})
    ask("/moderators", {"login": "sam", "role": None, "sites": {site: "moderator"}})
    ask("/tokens", {"name": "exporter", "scopes": ["review"], "site": site})
    sections = [
        {"prefix": "/politics/", "state": "premoderated", "strict_thresholds": {"toxicity": 0.6}},
        {"prefix": "/sport/", "slow_seconds": 30},
    ]
    settings = {
        "block_words": ["cheap watches", "*casino"],
        "suspect_words": ["lawyer", "sue"],
        "thresholds": {"spam": 0.6},
        "reserved_names": ["The Desk"],
    }
    ask(f"/sites/{site}/settings", {"settings": {**settings, "sections": sections}}, "PATCH")


def pages(facts):
    """Name → (address, selector of the loaded page, keys to press)."""
    site, post, comments = facts["site"], facts["post"], facts["comments"]
    focus = f"comments/{comments['Emre']}"
    return {
        "queue": ("", ".row", ""),
        "queue-empty": ("?queue=escalated", "#item [data-empty]", ""),
        "item": (focus, "[data-context=decisions]", ""),
        "item-reasons": (focus, "[data-reasons]", "r"),
        "item-author": (focus, ".author-card .figures", "p"),
        "item-redact": (f"comments/{comments['Dora']}", ".redact-text", "d"),
        "item-keys": (focus, ".help", "?"),
        "author": (f"authors/{facts['author']}?site={site}", ".history-row", ""),
        "author-nobody": (f"authors/{'0' * 32}", ".notice", ""),
        "post": (f"post?site={site}&post={post}", ".tile", ""),
        "metrics": ("metrics", ".tile", ""),
        "site": (f"sites/{site}", ".site-settings", ""),
        "site-refused": ("sites/nosuch", ".notice", ""),
        "rules": ("rules", ".rule-set", ""),
        "moderators": ("moderators", "[data-tokens] .card-title", ""),
        "account": ("account", "[data-sessions] li", ""),
        "audit": ("audit", "tbody tr", ""),
    }


@pytest.fixture(params=["light", "dark"])
def window(request, service, browser):
    context = browser.new_context(color_scheme=request.param, reduced_motion="reduce")
    page = context.new_page()
    page.appearance = request.param
    yield page
    context.close()


def keep(page, name, width):
    FOLDER.mkdir(exist_ok=True)
    # A window as high as the page, so that sticky parts are in their place.
    tall = page.evaluate("() => document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": tall})
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    page.screenshot(path=FOLDER / f"{name}-{page.appearance}-{width}.png")


def test_no_page_is_wider_than_its_window(service, window):
    wider = []

    def look(name):
        for width, height in WIDTHS.items():
            window.set_viewport_size({"width": width, "height": height})
            keep(window, name, width)
            if window.evaluate("() => document.documentElement.scrollWidth") > width:
                wider.append((name, width))

    window.goto(f"{service.url}/review/login")
    look("login")
    log_in(service, window, service.facts["moderator"])
    for name, (address, ready, keys) in pages(service.facts).items():
        window.set_viewport_size({"width": 1440, "height": 900})
        window.goto(f"{service.url}/review/{address}")
        if keys:
            window.locator("[data-context=decisions]").wait_for()
            window.keyboard.press(keys)
        window.locator(ready).first.wait_for()
        look(name)

    assert wider == []


def test_a_trial_and_what_is_wrong_fit_as_well(service, window):
    log_in(service, window, service.facts["moderator"])
    window.goto(f"{service.url}/review/sites/{service.facts['site']}")
    window.get_by_label("Text", exact=True).fill("What bullshit! Cheap watches at the *casino*.")
    window.get_by_role("button", name="Try it").press("Enter")
    window.locator(".causes").first.wait_for()
    window.get_by_label("Blocked domains").fill("spam.example\nhttps://shop.example/buy")
    window.get_by_role("button", name="Save").press("Enter")
    window.locator(".problem").first.wait_for()
    window.get_by_text("Scores", exact=True).last.click()
    for width, height in WIDTHS.items():
        window.set_viewport_size({"width": width, "height": height})
        keep(window, "site-problems", width)
        assert window.evaluate("() => document.documentElement.scrollWidth") <= width
