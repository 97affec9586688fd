"""Answers of the service for the widget's tests, with settings that a site may have or not."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Request, Route

Change = Callable[[dict[str, Any]], object]

EVERYTHING = {
    "identity": "guests",
    "votes": "updown",
    "reports": True,
    "replies_by_mail": True,
    "website_field": False,
}
REASONS = [
    {"code": "insult", "label": "Insult or harassment", "needs": []},
    {"code": "spam", "label": "Advertising", "needs": []},
    {
        "code": "illegal",
        "label": "Illegal content",
        "needs": ["explanation", "name", "email", "good_faith"],
    },
]


def extend(
    page: Page, *, viewer: dict[str, Any] | None = None, comment: Change | None = None, **post: Any
) -> None:
    """Add settings to the post, fields to its comments and who is signed in, with every page."""

    def answer(route: Route) -> None:
        if route.request.method != "GET":
            return route.fallback()
        # The service may not know the orders by votes.
        headers = {k: v for k, v in route.request.headers.items() if k != "authorization"}
        url = route.request.url.replace("sort=top", "sort=newest")
        found = route.fetch(url=url.replace("sort=controversial", "sort=newest"), headers=headers)
        body = found.json()
        body["post"] |= post
        if viewer and "authorization" in route.request.headers:
            body["viewer"] = viewer
        if comment:
            each(body["comments"], comment)
        return route.fulfill(response=found, json=body)

    page.route("**/comments?sort=*", answer)


def each(comments: list[dict[str, Any]], change: Change) -> None:
    """Change comments and all replies below them."""
    for comment in comments:
        change(comment)
        each(comment["replies"], change)


def reply(page: Page, pattern: str, body: Any, status: int = 200) -> list[Request]:
    """Answer requests to an address; returns the list that fills with them."""
    seen: list[Request] = []

    def answer(route: Route) -> None:
        request = route.request
        headers = {
            "Access-Control-Allow-Origin": request.headers.get("origin", "*"),
            "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
            "Access-Control-Allow-Headers": "authorization, content-type, x-edit-token, "
            "idempotency-key",
        }
        if request.method == "OPTIONS":
            return route.fulfill(status=204, headers=headers)
        seen.append(request)
        sent = json.loads(request.post_data or "null")
        found = body(sent) if callable(body) else body
        return route.fulfill(status=status, json=found, headers=headers)

    page.route(pattern, answer)
    return seen


def body_of(request: Request) -> Any:
    """Return what a request sent."""
    return json.loads(request.post_data or "null")


def violations(page: Page, axe: str) -> list[Any]:
    """Return what axe finds in the thread."""
    page.evaluate(axe)
    found = page.evaluate("axe.run('comment-thread', { resultTypes: ['violations'] })")
    return [(rule["id"], node["target"]) for rule in found["violations"] for node in rule["nodes"]]
