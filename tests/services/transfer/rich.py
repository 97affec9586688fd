"""A site with everything that an export may meet, made over HTTP."""

import json
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import update

from moderation.config import Settings
from moderation.domain.errors import SiteNotFound
from moderation.domain.votes import vote_columns
from moderation.services.signing import Signing
from moderation.services.sites import changes, registry
from moderation.services.transfer import exporting, jsonl_import
from moderation.services.transfer.exporting import Format
from moderation.services.transfer.snapshot import WHOLE
from moderation.storage.engine import open_store
from moderation.storage.models.comments import Comment
from moderation.storage.models.transfer import ImportedComment
from moderation.storage.models.votes import Vote
from moderation.web.database import db

VOTERS = [bytes([number]) * 32 for number in range(1, 6)]
ODD = (
    "Käse, <b>no tag</b> & ]]> \U0001f642 \u202bשלום\u202c\n\n=SUM(A1)\nhttps://a.example/?a=1&b=2"
)


class Rich:
    """Builds the site `news` and remembers its comments by name."""

    def __init__(self, client, reviewing, signed_event, clock, app):
        self.client, self.reviewing, self.event = client, reviewing, signed_event
        self.clock, self.app, self.made = clock, app, {}

    def review(self, method, path, body=None):
        answer = self.client.open(
            f"/api/v1/review{path}", method=method, json=body, headers=self.reviewing
        )
        assert answer.status_code < 300, (method, path, answer.text)
        return answer.get_json() if answer.data else None

    def add(self, called, text, *, post="story", parent=None, decide=None, **author):
        self.clock.advance(seconds=7)
        answer = self.client.post(
            f"/api/v1/sites/news/posts/{quote(post, safe='')}/comments",
            json={
                "author": {"name": "Ada", **author},
                "text": text,
                "parent_id": self.made[parent]["comment"]["id"] if parent else None,
            },
        )
        assert answer.status_code in (201, 202), answer.text
        self.made[called] = answer.get_json()
        if decide:
            self.decide(called, decide)

    def id(self, name):
        return self.made[name]["comment"]["id"]

    def decide(self, name, outcome, **more):
        self.clock.advance(seconds=3)
        path = f"/comments/{self.id(name)}/decisions"
        return self.review("POST", path, {"outcome": outcome, **more})

    def edit(self, name, text):
        self.clock.advance(seconds=3)
        answer = self.client.patch(
            f"/api/v1/comments/{self.id(name)}", json={"text": text}, headers=self.own(name)
        )
        assert answer.status_code < 300, answer.text

    def own(self, name):
        return {"X-Edit-Token": self.made[name]["edit_token"]}

    def build(self):
        """Make it all."""
        self._comments()
        self._decisions()
        self._people()
        self._votes()
        return self

    def _comments(self):
        titled = {"title": "The <story> & more", "url": "https://news.example/story?a=1&b=2"}
        self.event("post.published", {"post": "story", **titled})
        self.add("root", "A friendly remark about the story.", decide="approve")
        self.add("odd", ODD, parent="root", name="=cmd|' /C calc'!A0", decide="approve")
        self.add("deep-0", "A thread begins.", parent="root", email="Bea@Mail.example")
        self.decide("deep-0", "approve")
        for level in range(1, 12):
            text = f"Level {level} of a long thread."
            self.add(f"deep-{level}", text, parent=f"deep-{level - 1}", decide="approve")
        self.add("held", "What a fucking mess, canary-of-held.")
        self.add("spam", "Buy pills at https://pills.example/now", decide="spam")
        self.add("rejected", "An insult that was published.", decide="approve")
        self.add("below-rejected", "A reply to it.", parent="rejected", decide="approve")
        self.decide("rejected", "reject", reason="ABUSIVE", note="Enough of that.")
        self.add("edited", "The first text.", decide="approve")
        self.edit("edited", "The second text, with *emphasis*.")
        self.edit("edited", "The third text: bullshit.")
        self.add("deleted", "A text that its author regrets.", decide="approve")
        self.add("below-deleted", "An answer that stays.", parent="deleted", decide="approve")
        gone = self.client.delete(
            f"/api/v1/comments/{self.id('deleted')}", headers=self.own("deleted")
        )
        assert gone.status_code < 300
        self.add("redacted", "Call me on +44 7700 900123 about it.")
        shown = self.review("GET", f"/comments/{self.id('redacted')}")
        begin = shown["comment"]["text"].index("+44")
        span = {"version": shown["version"], "spans": [[begin, begin + 16]]}
        self.review("POST", f"/comments/{self.id('redacted')}/redact", span)
        self.add("elsewhere", "On another page.", post="2026/ä-b?page=2", decide="approve")

    def _decisions(self):
        undone = self.decide("held", "reject", reason="HATE")
        self.clock.advance(seconds=3)
        self.review("DELETE", f"/decisions/{undone['id']}")
        self.review("PUT", f"/comments/{self.id('odd')}/featured")
        self.add("third", "A comment for a batch, bullshit.")
        self.review("POST", "/bulk", {"ids": [self.id("third")], "outcome": "reject"})
        self.review("PATCH", "/sites/news/posts/story/rules", {"slow_seconds": 0})
        self.event(
            "post.published", {"post": "announced", "title": "Soon", "rules": {"state": "closed"}}
        )

    def _people(self):
        self.event(
            "comment.submitted",
            {
                "post": "story",
                "text": "From a member of the main site.",
                "author": {"id": "user-7", "name": "Member", "email": "member@mail.example"},
            },
        )
        self.event("author.banned", {"author": {"id": "user-7", "email": "member@mail.example"}})
        self.event("author.banned", {"author": {"email": "never@wrote.example"}, "reason": "Spam"})
        self.event(
            "comment.submitted",
            {"post": "story", "text": "To be erased.", "author": {"id": "user-8", "name": "Eve"}},
        )
        self.event("author.erased", {"author": {"id": "user-8"}})
        key = self.review("GET", f"/comments/{self.id('deep-0')}")["comment"]["author"]["key"]
        author = f"/sites/news/authors/{key}"
        self.review("POST", f"{author}/notes", {"text": "Writes well.\nSince years."})
        self.review("PUT", f"{author}/standing", {"standing": "trusted"})

    def _votes(self):
        root = UUID(self.id("root"))
        with self.app.app_context():
            site = registry.find(db.session(), "news")
            for number, voter in enumerate(VOTERS):
                value = 1 if number else -1
                vote = {"comment_id": root, "voter": voter, "site_id": site.id, "value": value}
                db.session.add(Vote(**vote, created_at=self.clock.now))
            # Ten for and two against came with an import.
            db.session.add(
                ImportedComment(
                    site_id=site.id,
                    source="disqus",
                    foreign_id="4711",
                    written_at=self.clock.now,
                    comment_id=root,
                    digest=b"d" * 16,
                    version=2,
                    votes_up=10,
                    votes_down=2,
                    judged=True,
                )
            )
            totals = vote_columns(14, 3)
            db.session.execute(update(Comment).where(Comment.id == root).values(totals))
            db.session.commit()
            db.session.remove()


class Place:
    """A store with a site, that exports and imports; closed by the test's fixture."""

    def __init__(self, settings: Settings, clock, name="news"):
        self.store, self.signing = open_store(settings), Signing(settings)
        self.settings, self.clock, self.name = settings, clock, name
        with self.store.sessions() as session:
            try:
                registry.find(session, name)
            except SiteNotFound:
                changes.add(session, name, title="", origins=[], now=clock.now)

    def site(self, session, name=None):
        return registry.find(session, name or self.name)

    def export(self, format=Format.JSONL, scope=WHOLE, name=None):
        with self.store.sessions() as session:
            found = self.site(session, name)
            parts = exporting.export(session, self.signing, found, format, scope)
            return b"".join(parts)

    def bring(self, content, folder: Path, name=None, **more):
        path = folder / "import.jsonl"
        if content is not None:
            path.write_bytes(content)
        with self.store.sessions() as session:
            return jsonl_import.run(
                session,
                self.signing,
                self.site(session, name),
                path,
                now=self.clock.now,
                rest=lambda _: None,
                **more,
            )


def lines(content: bytes) -> list[dict]:
    return [json.loads(line) for line in content.splitlines()]


def of_type(content: bytes, *types: str) -> list[dict]:
    return [line for line in lines(content) if line["type"] in types]
