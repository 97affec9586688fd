"""Events on one site change no row of another with the same people, posts and texts."""

import json
from functools import partial
from itertools import count

import pytest
from sqlalchemy import select

from moderation.domain.roles import Role
from moderation.services.accounts import api_tokens, authentication
from moderation.services.sites import changes, registry, removal, reserved_names
from moderation.services.webhooks.hook_signatures import FORMS, Adapter
from moderation.services.webhooks.signatures import sign
from moderation.storage.models.accounts import ConsoleSession, Moderator, SiteRole
from moderation.storage.models.base import new_id
from moderation.storage.models.jobs import Mail
from tests.conftest import one_store
from tests.rows import rows_of
from tests.web.api.test_roles import ENDPOINTS, UNREADY

SITES = ("news", "other")
EMAIL = "ada@mail.example"
FINE = "A friendly remark with a link: https://links.example/x"
FOUL = "What a fucking mess, see https://bad.example/y"
BLOCKED = "A zeppelin came by."


class Twins:
    """Two sites on which the same has happened, and ways to act on one of them."""

    def __init__(self, session, client, clock, everywhere) -> None:
        self.session, self.client, self.clock = session, client, clock
        self.everywhere, self.numbers, self.people = everywhere, count(1), count(1)
        self.ids, self.secrets = {}, {}
        settings = {"block_words": ["zeppelin"], "thresholds": {"flood": 1.01}}
        for name in SITES:
            site, _ = changes.add(session, name, title="A site", origins=[], now=clock.now)
            changes.change(session, site, now=clock.now, settings=settings)
            changes.change(session, site, now=clock.now, webhook_url="https://hooks.example/in")
            self.ids[name], self.secrets[name] = site.id, registry.secrets_of(session, site.id)[0]
            session.rollback()
            self.colleague(name, role=Role.ADMIN, cookie=f"admin-of-{name}")

    def submit(self, name, text, *, post="story", key="", parent=None):
        author = {"name": "Ada", "email": EMAIL}
        answer = self.client.post(
            f"/api/v1/sites/{name}/posts/{post}/comments",
            json={"author": author, "text": text, "parent_id": parent},
            headers={"Idempotency-Key": key} if key else {},
        ).get_json()
        return {"id": answer["comment"]["id"], "token": answer["edit_token"]}

    def review(self, name, method, path, body=None):
        """Ask as an admin of this site alone."""
        headers = {"Cookie": f"moderation_session=admin-of-{name}", "X-CSRF-Token": "csrf"}
        return self.client.open(f"/api/v1/review{path}", method=method, json=body, headers=headers)

    def build(self, method, path, body=None):
        answer = self.client.open(
            f"/api/v1/review{path}", method=method, json=body, headers=self.everywhere
        )
        assert answer.status_code < 300, (method, path, answer.text)
        return answer.get_json()

    def own(self, name, method, made, body=None):
        token = {"X-Edit-Token": made["token"]}
        return self.client.open(
            f"/api/v1/comments/{made['id']}", method=method, json=body, headers=token
        )

    def report(self, name, comment_id):
        path = f"/api/v1/sites/{name}/comments/{comment_id}/reports"
        return self.client.post(path, json={"reason": "spam", "email": EMAIL})

    def appeal(self, name, made):
        return self.client.post(
            f"/api/v1/sites/{name}/comments/{made['id']}/appeals",
            json={"text": "It is about the roof."},
            headers={"X-Edit-Token": made["token"]},
        )

    def event(self, name, type, **data):
        # Both sites may choose the same id for different events.
        id, now = f"msg_{next(self.numbers)}", int(self.clock.now.timestamp())
        stamp = self.clock.now.isoformat()
        body = json.dumps({"type": type, "timestamp": stamp, "data": data}).encode()
        headers = {
            "webhook-id": id,
            "webhook-timestamp": str(now),
            "webhook-signature": sign(self.secrets[name], id, now, body),
            "Content-Type": "application/json",
        }
        answer = self.client.post(f"/api/v1/sites/{name}/events", data=body, headers=headers)
        # An export is a stream, which has to end before the next request.
        answer.get_data()
        return answer

    def hook(self, name, number):
        """Send a webhook of Ghost with a secret of its own, and return the secret's id.

        The site gets a key for another protocol as well.
        """
        self.build("POST", f"/sites/{name}/keys", {"service": "openai"})
        secrets = f"/sites/{name}/hooks"
        secret = self.build("POST", f"{secrets}/secrets", {"adapter": "ghost"})["secret"]
        state = {"id": "5f1e", "status": "published", "url": f"https://{name}.example/story"}
        state |= {"title": f"Story {number}", "updated_at": self.clock.now.isoformat()}
        body = json.dumps({"post": {"current": state, "previous": {"title": "A"}}}).encode()
        mac = FORMS[Adapter.GHOST].sign(secret.encode(), "", body).decode()
        answer = self.client.post(
            f"/api/v1/sites/{name}/webhooks/ghost",
            data=body,
            headers={"X-Ghost-Signature": f"sha256={mac}", "Content-Type": "application/json"},
        )
        assert answer.get_json()["outcome"] == "applied"
        return self.build("GET", secrets)["hooks"][0]["secrets"][0]["id"]

    def colleague(self, *names, role=Role.MODERATOR, cookie=""):
        """An account with a role on these sites, logged in once; and its id."""
        number = next(self.people)
        made = Moderator(
            login=f"colleague {number}", password_hash="-", role="none", created_at=self.clock.now
        )
        made.display_name = made.login if cookie else ""
        self.session.add(made)
        self.session.flush()
        for name in names:
            self.session.add(
                SiteRole(moderator_id=made.id, site_id=self.ids[name], role=role.value)
            )
        self.session.add(
            ConsoleSession(
                digest=authentication.digest(cookie or str(number)),
                moderator_id=made.id,
                csrf_token="csrf",
                created_at=self.clock.now,
                expires_at=self.clock.now + authentication.SESSION_LENGTH,
            )
        )
        reserved_names.refresh_sites(self.session)
        self.session.commit()
        return made.id

    def live(self, name):
        """Run every action on a site, and return the objects that it left."""
        number = next(self.people)
        # The state at the end of a round: no author is banned and every post is open.
        self.event(name, "author.erased", author={"email": EMAIL})
        self.event(name, "post.published", post="story", state="open")
        shown = self.submit(name, f"{FINE} ({number})", key=f"key {number}")
        below = self.submit(name, f"{FINE} below ({number})", parent=shown["id"])
        self.own(name, "PATCH", below, {"text": f"{FINE} edited ({number})"})
        held, foul = (self.submit(name, f"{FOUL} {n} ({number})") for n in "ab")
        self.submit(name, f"{BLOCKED} ({number})")
        self.submit(name, f"{FINE} elsewhere ({number})", post="elsewhere")
        self.build("PUT", f"/comments/{shown['id']}/featured")
        self.review(name, "POST", f"/comments/{held['id']}/claim", {})
        spam = {"outcome": "spam", "note": "A note about it."}
        decided = self.build("POST", f"/comments/{foul['id']}/decisions", spam)
        third = self.submit(name, f"{FOUL} c ({number})")
        appealed = self.submit(name, f"{FOUL} d ({number})")
        self.build("POST", f"/comments/{appealed['id']}/decisions", {"outcome": "reject"})
        answer = self.appeal(name, appealed)
        assert answer.status_code == 202
        waiting = self.build("GET", f"/appeals?site={name}&limit=100")["appeals"]
        batch = self.build("POST", "/bulk", {"ids": [third["id"]], "outcome": "reject"})
        self.report(name, shown["id"])
        key = self.build("GET", f"/comments/{shown['id']}")["comment"]["author"]["key"]
        author = f"/sites/{name}/authors/{key}"
        self.build("PUT", f"{author}/standing", {"standing": "trusted"})
        self.build("POST", f"{author}/notes", {"text": "A note about them."})
        self.build("PUT", f"{author}/ban", {"reason": "A reason."})
        self.build("DELETE", f"{author}/ban")
        if number % 2:
            self.event(name, "author.banned", author={"id": f"troll {number}"})
        self.session.rollback()
        mailed = self.colleague(name)
        line = {"moderator_id": mailed, "comment_id": held["id"], "state": "waiting"}
        moments = {"due_at": self.clock.now, "created_at": self.clock.now}
        self.session.add(Mail(id=new_id(), attempts=0, last_error="", **{**line, **moments}))
        self.session.commit()
        return {
            "site_name": name,
            "post": "story",
            "comment_id": held["id"],
            "published_id": shown["id"],
            "decision_id": decided["id"],
            "appeal_id": waiting[-1]["id"],
            "batch_id": batch["batch_id"],
            "key": key,
            "request_id": self.build("POST", f"{author}/erasure", {})["pending"]["id"],
            "secret_id": self.hook(name, number),
            "key_id": self.build("GET", f"/sites/{name}/keys")["keys"][0]["id"],
            "endpoint_id": self.endpoint_of(name),
            "export_id": self.export_of(name),
            "shown": shown,
            "held": held,
        }

    def endpoint_of(self, name):
        """A webhook endpoint of this site: at most twenty are allowed."""
        path = f"/sites/{name}/webhooks"
        known = self.build("GET", path)["endpoints"]
        added = {"url": "https://hooks.example/more"}
        return (known[-1] if known else self.build("POST", path, added)["endpoint"])["id"]

    def export_of(self, name):
        """An export of this site: at most two may wait."""
        path = f"/sites/{name}/exports"
        known = self.build("GET", path)["exports"]
        return (known[-1] if known else self.build("POST", path, {}))["id"]

    def accounts_of(self, name):
        """An account and a token of this site, for the endpoints about people."""
        number = next(self.people)
        both, here = self.colleague(*SITES), self.colleague(name)
        sessions = self.build("GET", f"/moderators/{here}/sessions")["sessions"]
        self.build("POST", "/tokens", {"name": f"t {number}", "scopes": ["review"], "site": name})
        tokens = self.build("GET", "/tokens")["tokens"]
        token = next(t["id"] for t in tokens if t["name"] == f"t {number}")
        return {"both": both, "moderator_id": here, "session_id": sessions[0]["id"]} | {
            "token_id": token
        }


@pytest.fixture
def twins(app, session, clock):
    token = api_tokens.add_token(session, "all", scopes=("review", "admin"), now=clock.now)
    everywhere = {"Authorization": f"Bearer {token}"}
    return Twins(session, app.test_client(use_cookies=False), clock, everywhere)


def other_than(name):
    return SITES[1 - SITES.index(name)]


def unchanged(twins, name, act):
    """Do something on one site and compare all rows of the other."""
    id = twins.ids[other_than(name)]
    before = rows_of(twins.session, id)
    assert sum(map(bool, before.values())) > 12
    mine = rows_of(twins.session, twins.ids[name])
    answer = act()
    after = rows_of(twins.session, id)
    assert after == before
    return answer, rows_of(twins.session, twins.ids[name]) != mine


@one_store
def test_no_endpoint_of_the_review_api_touches_another_site(twins):
    twins.live("other")
    for (method, path), (_, where, body) in ENDPOINTS.items():
        if method == "GET" or where in ("own", "every"):
            continue
        for name in SITES:
            there = twins.live(name)
            if "moderator" in path or "token" in path:
                there |= twins.accounts_of(name)
                if path.endswith("/sites/{site_name}"):
                    there["moderator_id"] = there["both"]

            asked = partial(twins.review, name, method, path.format(**there), body)
            answer, _ = unchanged(twins, name, asked)

            # The tests of imports upload a file, those of exports prepare one.
            expected = UNREADY.get((method, path), 200)
            assert answer.status_code // 100 == expected // 100, (method, path, answer.text)


EVENTS = {
    "post.published": {"post": "story", "title": "A title", "rules": {"slow_seconds": 0}},
    "post.updated": {"post": "story", "new_id": "elsewhere"},
    "post.closed": {"post": "story"},
    "post.reopened": {"post": "story"},
    "post.deleted": {"post": "story"},
    "comment.submitted": {"post": "story", "author": {"name": "Ada", "email": EMAIL}, "text": FINE},
    "author.banned": {"author": {"email": EMAIL}, "reason": "Another reason."},
    "author.erased": {"author": {"email": EMAIL}},
    "author.exported": {"author": {"email": EMAIL}},
}


@one_store
@pytest.mark.parametrize("type", EVENTS)
def test_no_event_of_one_site_touches_another(twins, type):
    for name in (*SITES, *SITES):
        twins.live("news")
        twins.live("other")

        sent = partial(twins.event, name, type, **EVENTS[type])
        answer, changed = unchanged(twins, name, sent)

        assert answer.status_code < 300, answer.text
        assert changed


def test_nothing_that_a_reader_sends_touches_another_site(twins):
    for name in SITES:
        made, _ = twins.live(name), twins.live(other_than(name))
        published = twins.submit(name, f"{FINE} to report")["id"]
        acts = [
            partial(twins.submit, name, FINE, key="the same key"),
            partial(twins.submit, name, FINE, key="the same key"),
            partial(twins.submit, name, FOUL),
            partial(twins.submit, name, BLOCKED),
            partial(twins.own, name, "PATCH", made["shown"], {"text": FOUL}),
            partial(twins.report, name, published),
            partial(twins.report, name, published),
            partial(twins.own, name, "DELETE", made["held"]),
        ]

        for number, act in enumerate(acts):
            _, changed = unchanged(twins, name, act)
            # The second of two that are the same.
            assert changed == (number not in (1, 6))


def test_no_change_of_a_site_touches_another(twins):
    session, now = twins.session, twins.clock.now
    site = {name: registry.find(session, name) for name in SITES}
    twins.live("news")
    twins.live("other")
    acts = [
        lambda: changes.change(session, site["news"], now=now, title="Another"),
        lambda: changes.change(session, site["news"], now=now, webhook_url="https://a.example/x"),
        lambda: removal.remove(session, site["news"], now=now, rest=lambda _: None),
    ]

    for act in acts:
        _, changed = unchanged(twins, "news", act)
        assert changed
    assert [s.name for s in session.scalars(select(registry.Site))] == ["other"]
