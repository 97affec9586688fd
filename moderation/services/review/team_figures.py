"""Decisions of people side by side: by moderator, by site and by post."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.status import Outcome
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site

#: Rows of each table, the busiest first.
MOST = 20


def side_by_side(session: Session, decisions: Sequence[Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the decisions of people counted by moderator, by site and by post."""
    by_site = _counted(decisions, lambda row: row.site_id)
    by_post = _counted(decisions, lambda row: row.post_id)
    titles = _titles(session, [site for site, _ in by_site], [post for post, _ in by_post])
    return {
        "by_moderator": [
            {"name": name, **counts}
            for name, counts in _counted(decisions, lambda row: row.actor_name)
        ],
        "by_site": [
            {**titles["site", site], **counts}
            for site, counts in by_site
            if ("site", site) in titles
        ],
        "by_post": [
            {**titles["post", post], **counts}
            for post, counts in by_post
            if ("post", post) in titles
        ],
    }


def _counted(
    decisions: Iterable[Any], kind: Callable[[Any], Hashable]
) -> list[tuple[Any, dict[str, int]]]:
    outcomes: dict[Any, Counter[str]] = defaultdict(Counter)
    for row in decisions:
        outcomes[kind(row)][row.outcome] += 1
    counted = [
        (
            key,
            {
                "decisions": sum(found.values()),
                "approved": found[Outcome.APPROVE],
                "rejected": found[Outcome.REJECT],
                "spam": found[Outcome.SPAM],
            },
        )
        for key, found in outcomes.items()
    ]
    return sorted(counted, key=lambda each: (-each[1]["decisions"], str(each[0])))[:MOST]


def _titles(
    session: Session, sites: list[int], posts: list[int]
) -> dict[tuple[str, int], dict[str, Any]]:
    """Return the names of sites and posts; a removed one has none."""
    titles: dict[tuple[str, int], dict[str, Any]] = {}
    for site in session.execute(select(Site.id, Site.name, Site.title).where(Site.id.in_(sites))):
        titles["site", site.id] = {"site": site.name, "title": site.title}
    for post in session.execute(
        select(Post.id, Post.external_id, Post.title, Site.name)
        .join(Site, Site.id == Post.site_id)
        .where(Post.id.in_(posts))
    ):
        titles["post", post.id] = {
            "site": post.name,
            "post": post.external_id,
            "title": post.title or "",
        }
    return titles
