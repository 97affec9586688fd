"""Invariant: no byte that readers get holds anything of a comment that is not approved.

A model that is independent of the service computes the visible comments. After each step
everything public about the post in question is read, and from time to time everything
public there is, and searched for the canaries of all comments.
"""

import csv
import gzip
import json
import os
import random
import re
from pathlib import Path

from sqlalchemy import select

from moderation.services.comments import vote_counts
from moderation.services.sites import changes, registry
from moderation.services.webhooks.delivery import Answer, deliver_due
from moderation.storage.models.jobs import OutboxMessage

CANARY = re.compile(rb"cnry\d{5}q")
ROOT = Path(__file__).parents[2]
OPENINGS = ("I walked past it today and", "Nobody asked us whether", "What a fucking shame that")
ENDINGS = ("the hall is closed.", "the trams are late again.", "this is a damn mess.")


def real_texts(number: int) -> list[str]:
    """Comments that people wrote, where the labelled data is; else some of our own."""
    folder = Path(os.environ.get("MODERATION_TEST_DATA") or ROOT.parent / "shared" / "data")
    path = folder / "jigsaw" / "train.csv.gz"
    if not path.exists():
        return [f"{OPENINGS[i % 3]} {ENDINGS[i // 3 % 3]} ({i})" for i in range(number)]
    texts = []
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = next(v for k, v in row.items() if "text" in k)
            texts.append(text[:600])
            if len(texts) == number:
                break
    return texts


class World:
    """Drives the service over HTTP and knows what readers may see."""

    def __init__(self, client, reviewing, event, rng) -> None:
        self.client, self.reviewing, self.event, self.rng = client, reviewing, event, rng
        self.comments: dict[str, dict] = {}
        self.canaries: dict[bytes, str] = {}
        self.posts: dict[str, str] = {f"post-{i}": "open" for i in range(20)}
        #: Earlier ids of posts, with the id that a post had after them.
        self.moved: dict[str, str] = {}
        self.etags: dict[str, str] = {}
        self.number = 0

    def canary(self, text: str) -> tuple[str, str]:
        self.number += 1
        canary = f"cnry{self.number:05d}q"
        return canary, f"{canary} {text} {canary}"

    # Steps; each returns the posts that it touched.

    def submit(self, text: str) -> list[str]:
        post = self.rng.choice([p for p, s in self.posts.items() if s == "open"])
        parents = [c for c in self.comments.values() if c["post"] == post and self.seen(c)]
        parent = self.rng.choice(parents)["id"] if parents and self.rng.random() < 0.4 else None
        canary, text = self.canary(text)
        author = f"author{self.number % 23}@mail.example"
        answer = self.client.post(
            f"/api/v1/sites/news/posts/{post}/comments",
            json={
                "author": {"name": f"N {canary}", "email": author},
                "text": text,
                "parent_id": parent,
            },
        ).get_json()
        comment = answer["comment"]
        self.comments[comment["id"]] = {
            "id": comment["id"],
            "post": post,
            "parent": parent,
            "author": author,
            "status": comment["status"],
            "token": answer["edit_token"],
            "canary": canary.encode(),
        }
        self.canaries[canary.encode()] = comment["id"]
        return [post]

    def pick(self, *statuses: str) -> dict | None:
        found = [c for c in self.comments.values() if not statuses or c["status"] in statuses]
        return self.rng.choice(found) if found else None

    def decide(self) -> list[str]:
        one = self.pick("held", "approved", "rejected", "spam")
        outcome = self.rng.choice(["approve", "approve", "reject", "spam"])
        decision = self.client.post(
            f"/api/v1/review/comments/{one['id']}/decisions",
            json={"outcome": outcome, "note": "seen"},
            headers=self.reviewing,
        ).get_json()
        one["decision"], one["status"] = decision["id"], decision["status"]
        return [one["post"]]

    def undo(self) -> list[str]:
        one = self.rng.choice([c for c in self.comments.values() if c.get("decision")] or [None])
        if one is None:
            return []
        answer = self.client.delete(
            f"/api/v1/review/decisions/{one.pop('decision')}", headers=self.reviewing
        )
        if answer.status_code == 200:
            one["status"] = answer.get_json()["status"]
        return [one["post"]]

    def edit(self) -> list[str]:
        one = self.pick("held", "approved", "rejected")
        canary, text = self.canary(self.rng.choice(OPENINGS) + " " + self.rng.choice(ENDINGS))
        answer = self.client.patch(
            f"/api/v1/comments/{one['id']}",
            json={"text": text},
            headers={"X-Edit-Token": one["token"]},
        )
        if answer.status_code in (200, 202):
            # The old text must be gone for good, so no comment has its canary now.
            one["status"] = answer.get_json()["comment"]["status"]
            self.canaries[canary.encode()] = one["id"]
            one["texts"] = canary.encode()
        return [one["post"]]

    def delete(self) -> list[str]:
        one = self.pick("held", "approved", "rejected", "spam")
        answer = self.client.delete(
            f"/api/v1/comments/{one['id']}", headers={"X-Edit-Token": one["token"]}
        )
        assert answer.status_code == 204
        one["status"] = "deleted"
        return [one["post"]]

    def close(self) -> list[str]:
        post = self.rng.choice([p for p, s in self.posts.items() if s == "open"])
        self.event("post.closed", {"post": post})
        self.event("post.reopened", {"post": post})
        return [post]

    def remove(self) -> list[str]:
        post = self.rng.choice([p for p, s in self.posts.items() if s == "open"])
        self.event("post.deleted", {"post": post})
        self.posts[post] = "removed"
        return [post]

    def publish(self) -> list[str]:
        removed = [p for p, s in self.posts.items() if s == "removed"]
        if not removed:
            return []
        self.event("post.published", {"post": removed[0]})
        self.posts[removed[0]] = "open"
        return [removed[0]]

    def move(self) -> list[str]:
        old, other = self.rng.sample([p for p, s in self.posts.items() if s == "open"], 2)
        new = other if self.rng.random() < 0.5 else f"moved-{self.number}"
        self.event("post.updated", {"post": old, "new_id": new})
        del self.posts[old]
        self.posts[new] = "open"
        self.moved[old] = new
        for one in self.comments.values():
            if one["post"] == old:
                one["post"] = new
        return [old, new]

    def place(self, post: str) -> str:
        """Return the id that a post has now."""
        while post in self.moved:
            post = self.moved[post]
        return post

    def erase(self) -> list[str]:
        author = self.pick()["author"]
        self.event("author.erased", {"author": {"email": author}})
        touched = set()
        for one in self.comments.values():
            if one["author"] == author:
                one["status"] = "deleted"
                touched.add(one["post"])
        return sorted(touched)[:3]

    def vote(self) -> None:
        """Vote on any comment: held ones and missing ones give one answer."""
        one = self.pick()
        answer = self.client.put(
            f"/api/v1/sites/news/comments/{one['id']}/vote",
            json={
                "value": self.rng.choice((1, 1, -1, 0)),
                "browser": f"browser-number-{self.number:04}",
            },
        )
        assert answer.status_code == (200 if self.seen(one) else 404)
        assert not CANARY.findall(answer.data)

    # Looking

    def seen(self, one: dict) -> bool:
        return one["status"] == "approved" and self.posts[one["post"]] != "removed"

    def may_be_public(self) -> set[bytes]:
        public = set()
        for one in self.comments.values():
            if self.seen(one):
                public |= {one["canary"], one.get("texts", one["canary"])}
        return public

    def get(self, path: str) -> bytes:
        """Every byte of an answer: of its headers, and the body as a returning reader gets it."""
        known = self.etags.get(path)
        answer = self.client.get(path, headers={"If-None-Match": known} if known else {})
        if answer.status_code == 304:
            fresh = self.client.get(path)
            assert fresh.headers["ETag"] == known, f"{path} changed behind its ETag"
            answer = fresh
        if "ETag" in answer.headers:
            self.etags[path] = answer.headers["ETag"]
        return str(answer.headers).encode() + answer.data

    def look(self, posts: list[str]) -> None:
        public = self.may_be_public()
        for post in posts:
            here = f"/api/v1/sites/news/posts/{post}/comments"
            pages = [
                self.get(f"{here}?limit=100"),
                self.get(here),
                self.get(f"{here}?sort=top&limit=100"),
            ]
            found = set(CANARY.findall(b"".join(pages)))
            leaked = found - public
            assert not leaked, [self.comments[self.canaries[c]] for c in leaked]
            now = self.place(post)
            seen = [c for c in self.comments.values() if c["post"] == now and self.seen(c)]
            counted = json.loads(self.client.get(f"/api/v1/sites/news/counts?post={post}").data)
            assert counted == {"counts": {post: len(seen)}}
            if now != post:
                assert not found, "a moved post leads to its new id"
                continue
            top = {c["canary"] for c in seen if c["parent"] is None}
            assert top <= found, "an approved comment is missing"

    def sweep(self) -> None:
        """Every public address there is, for every post and a hundred comments."""
        public, everything = self.may_be_public(), []
        self.look(list(self.posts))
        hidden = [c for c in self.comments.values() if not self.seen(c)]
        for one in self.rng.sample(hidden, min(100, len(hidden))):
            for below in ("/replies", "/context", ""):
                everything.append(self.get(f"/api/v1/comments/{one['id']}{below}"))
        for address in ("/feeds/news", *(f"/feeds/news/{post}" for post in self.posts)):
            everything.append(self.get(address))
        for post in self.posts:
            everything.append(self.get(f"/embed/news/{post}"))
        for rule in self.client.application.url_map.iter_rules():
            if "GET" in rule.methods and not rule.arguments:
                everything.append(self.get(rule.rule))
        everything.append(self.get("/api/v1/sites/other/posts/post-1/comments"))
        leaked = set(CANARY.findall(b"".join(everything))) - public
        assert not leaked, [self.comments[self.canaries[c]] for c in leaked]


def test_no_public_byte_ever_holds_a_comment_that_is_not_approved(
    make_app, app, site, reviewing, signed_event, session, clock, store
):
    rng = random.Random(20)  # noqa: S311 (a sequence that repeats, not a secret)
    number = 500 if "data_dir" in store else 120
    changes.add(session, "other", title="", origins=[], now=clock.now)
    changes.change(
        session,
        registry.find(session, "other"),
        webhook_url="https://other.example/hooks",
        now=clock.now,
    )
    news = registry.find(session, "news")
    changes.change(session, news, settings={"votes": "updown"}, now=clock.now)
    client = make_app().test_client()

    def event(type: str, data: dict) -> None:
        clock.advance(seconds=1)
        assert signed_event(type, data, client=client).status_code == 200

    world = World(client, reviewing, event, rng)
    actions = [world.decide] * 8 + [world.edit] * 3 + [world.delete] * 2 + [world.undo] * 3
    actions += [world.close, world.remove, world.publish, world.publish, world.move, world.erase]

    for i, text in enumerate(real_texts(number)):
        clock.advance(seconds=7)
        touched = world.submit(text)
        if i % 3 == 2 and i > 10:
            touched += rng.choice(actions)()
        world.look(touched)
        world.vote()
        if i % 50 == 49:
            vote_counts.refresh_due(session, now=clock.now)
        if i % 250 == 249:
            world.sweep()

    world.sweep()
    statuses = {c["status"] for c in world.comments.values()}
    assert {"approved", "held", "deleted"} <= statuses
    assert statuses & {"rejected", "spam"}
    sent = []
    deliver_due(session, lambda r: sent.append(r) or Answer(200), clock=clock)
    assert not CANARY.findall(b"".join(r.body for r in sent))
    assert not session.scalars(select(OutboxMessage).where(OutboxMessage.site_id != site.id)).all()


def test_a_post_that_comes_back_at_an_old_address_is_not_served_from_memory(
    client, make_comment, signed_event, reviewing, clock
):
    """The old thread was kept ready-made, moved away, and then one of it was taken down."""
    make_comment("The first on the new address.", post="new")
    moved = make_comment("It will be taken down.", post="old")["comment"]["id"]
    old = "/api/v1/sites/news/posts/old/comments"
    assert b"taken down" in client.get(old).data
    clock.advance(seconds=1)
    signed_event("post.updated", {"post": "old", "new_id": "new"})
    client.post(
        f"/api/v1/review/comments/{moved}/decisions", json={"outcome": "reject"}, headers=reviewing
    )
    clock.advance(seconds=1)

    signed_event("post.published", {"post": "old", "title": "Another article"})
    make_comment("The first of another thread.", post="old")

    assert b"taken down" not in client.get(old).data
    assert b"another thread" in client.get(old).data
