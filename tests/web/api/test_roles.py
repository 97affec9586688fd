"""Permissions: every endpoint of the review API, for every role and site."""

import re
from uuid import UUID

import pytest

from moderation.domain.roles import Role
from moderation.services.accounts import authentication, password_hashing
from moderation.services.sites import changes
from moderation.storage.models.accounts import ConsoleSession, Moderator, SiteRole
from moderation.web.database import db

PASSWORD = "a long enough password"
SITES = ("news", "other")
#: No role, roles on every site, and roles on one.
PEOPLE = {
    "moderator": {"role": Role.MODERATOR},
    "senior": {"role": Role.SENIOR},
    "admin": {"role": Role.ADMIN},
    "moderator here": {"news": Role.MODERATOR},
    "senior here": {"news": Role.SENIOR},
    "admin here": {"news": Role.ADMIN},
    "admin there": {"news": Role.MODERATOR, "other": Role.ADMIN},
    "elsewhere": {"other": Role.ADMIN},
    "nowhere": {},
}
#: (method, rule) → the role that it needs, where, and how it is asked.
#: `site`: on the site that it names. `each`: shows what is on one's sites, and no more.
#: `own`: about the caller. `every`: on every site.
M, S, A = Role.MODERATOR, Role.SENIOR, Role.ADMIN
ENDPOINTS = {
    ("GET", "/queue"): (M, "each", None),
    ("GET", "/counts"): (M, "each", None),
    ("POST", "/next"): (M, "each", {}),
    ("GET", "/comments/{comment_id}"): (M, "site", None),
    ("GET", "/comments/{comment_id}/alike"): (M, "site", None),
    ("POST", "/comments/{comment_id}/claim"): (M, "site", {}),
    ("DELETE", "/comments/{comment_id}/claim"): (M, "site", None),
    ("POST", "/comments/{comment_id}/decisions"): (M, "site", {"outcome": "approve"}),
    ("POST", "/comments/{published_id}/replies"): (M, "site", {"text": "Thank you."}),
    ("POST", "/comments/{comment_id}/redact"): (M, "site", {"version": 1, "spans": [[0, 4]]}),
    ("PUT", "/comments/{published_id}/featured"): (S, "site", None),
    ("DELETE", "/comments/{published_id}/featured"): (S, "site", None),
    ("GET", "/appeals"): (M, "each", None),
    ("GET", "/appeals/{appeal_id}"): (M, "site", None),
    ("POST", "/appeals/{appeal_id}/decisions"): (
        M,
        "site",
        {"outcome": "uphold", "note": "It stands."},
    ),
    ("GET", "/sites/{site_name}/reasons"): (M, "site", None),
    ("GET", "/sites/{site_name}/rules"): (M, "site", None),
    ("PATCH", "/sites/{site_name}/rules"): (S, "site", {"slow_seconds": 0}),
    ("GET", "/sites/{site_name}/settings"): (S, "site", None),
    ("PATCH", "/sites/{site_name}/settings"): (A, "site", {"settings": {"max_links": 2}}),
    ("GET", "/sites/{site_name}/export"): (A, "site", None),
    ("GET", "/sites/{site_name}/exports"): (A, "site", None),
    ("POST", "/sites/{site_name}/exports"): (A, "site", {"format": "csv"}),
    ("GET", "/sites/{site_name}/exports/{export_id}"): (A, "site", None),
    ("GET", "/sites/{site_name}/exports/{export_id}/file"): (A, "site", None),
    ("DELETE", "/sites/{site_name}/exports/{export_id}"): (A, "site", None),
    ("GET", "/sites/{site_name}/import"): (A, "site", None),
    ("POST", "/sites/{site_name}/import"): (A, "site", {"size": 10}),
    ("PUT", "/sites/{site_name}/import/file"): (A, "site", None),
    ("POST", "/sites/{site_name}/import/check"): (A, "site", {}),
    ("POST", "/sites/{site_name}/import/run"): (A, "site", {"sha256": "0" * 64}),
    ("DELETE", "/sites/{site_name}/import/run"): (A, "site", None),
    ("GET", "/sites/{site_name}/import/report"): (A, "site", None),
    ("DELETE", "/sites/{site_name}/import"): (A, "site", None),
    ("POST", "/sites/{site_name}/trials"): (S, "site", {"text": "A trial."}),
    ("GET", "/sites/{site_name}/posts/{post}/rules"): (M, "site", None),
    ("PATCH", "/sites/{site_name}/posts/{post}/rules"): (S, "site", {"state": "open"}),
    ("DELETE", "/decisions/{decision_id}"): (M, "site", None),
    ("GET", "/sites/{site_name}/authors/{key}"): (M, "site", None),
    ("GET", "/sites/{site_name}/authors/{key}/comments"): (M, "site", None),
    ("POST", "/sites/{site_name}/authors/{key}/notes"): (M, "site", {"text": "A note."}),
    ("PUT", "/sites/{site_name}/authors/{key}/standing"): (M, "site", {"standing": "trusted"}),
    ("PUT", "/sites/{site_name}/authors/{key}/ban"): (M, "site", {}),
    ("DELETE", "/sites/{site_name}/authors/{key}/ban"): (M, "site", None),
    ("GET", "/sites/{site_name}/authors/{key}/data"): (A, "site", None),
    ("GET", "/sites/{site_name}/authors/{key}/erasure"): (A, "site", None),
    ("POST", "/sites/{site_name}/authors/{key}/erasure"): (A, "site", {}),
    ("GET", "/sites/{site_name}/erasures"): (A, "site", None),
    ("DELETE", "/sites/{site_name}/erasures/{request_id}"): (A, "site", None),
    ("POST", "/bulk/preview"): (M, "each", {"query": {}}),
    ("POST", "/bulk"): (M, "each", {"query": {}, "outcome": "spam"}),
    ("DELETE", "/batches/{batch_id}"): (M, "site", None),
    ("GET", "/sites/{site_name}/webhook"): (S, "site", None),
    ("PATCH", "/sites/{site_name}/webhook"): (A, "site", {"enabled": True}),
    ("POST", "/sites/{site_name}/webhook/retries"): (A, "site", {}),
    ("GET", "/sites/{site_name}/webhooks"): (S, "site", None),
    ("POST", "/sites/{site_name}/webhooks"): (A, "site", {"url": "https://a.example/in"}),
    ("GET", "/sites/{site_name}/webhooks/{endpoint_id}"): (S, "site", None),
    ("PATCH", "/sites/{site_name}/webhooks/{endpoint_id}"): (A, "site", {"events": []}),
    ("DELETE", "/sites/{site_name}/webhooks/{endpoint_id}"): (A, "site", None),
    ("POST", "/sites/{site_name}/webhooks/{endpoint_id}/secrets"): (A, "site", None),
    ("DELETE", "/sites/{site_name}/webhooks/{endpoint_id}/secrets"): (A, "site", None),
    ("POST", "/sites/{site_name}/webhooks/{endpoint_id}/tests"): (A, "site", None),
    ("GET", "/sites/{site_name}/webhooks/{endpoint_id}/deliveries"): (S, "site", None),
    ("POST", "/sites/{site_name}/webhooks/{endpoint_id}/redeliveries"): (
        A,
        "site",
        {"since": "2026-01-01T00:00:00Z"},
    ),
    ("GET", "/sites/{site_name}/hooks"): (S, "site", None),
    ("POST", "/sites/{site_name}/hooks/secrets"): (A, "site", {"adapter": "ghost"}),
    ("DELETE", "/sites/{site_name}/hooks/secrets/{secret_id}"): (A, "site", None),
    ("GET", "/sites/{site_name}/hooks/deliveries"): (S, "site", None),
    ("GET", "/sites/{site_name}/keys"): (S, "site", None),
    ("POST", "/sites/{site_name}/keys"): (A, "site", {"service": "openai"}),
    ("DELETE", "/sites/{site_name}/keys/{key_id}"): (A, "site", None),
    ("GET", "/sites/{site_name}/checker"): (S, "site", None),
    ("PUT", "/sites/{site_name}/checker"): (
        A,
        "site",
        {"url": "https://checker.example/", "shape": "openai"},
    ),
    ("DELETE", "/sites/{site_name}/checker"): (A, "site", None),
    ("POST", "/sites/{site_name}/checker/preview"): (
        A,
        "site",
        {"checker": {"url": "https://checker.example/", "shape": "openai"}},
    ),
    ("GET", "/sites/{site_name}/coral"): (A, "site", None),
    ("POST", "/sites/{site_name}/coral"): (A, "site", {"secret": "empsec_made_up"}),
    ("DELETE", "/sites/{site_name}/coral"): (A, "site", None),
    ("GET", "/metrics"): (M, "each", None),
    ("GET", "/audit"): (A, "each", None),
    ("GET", "/audit/export"): (A, "each", None),
    ("GET", "/moderators"): (A, "each", None),
    ("POST", "/moderators"): (A, "every", {"login": "new", "role": "moderator"}),
    ("PATCH", "/moderators/{moderator_id}"): (A, "site", {"disabled": False}),
    ("DELETE", "/moderators/{moderator_id}"): (A, "site", None),
    ("PUT", "/moderators/{moderator_id}/sites/{site_name}"): (A, "site", {"role": "senior"}),
    ("POST", "/moderators/{moderator_id}/password"): (A, "site", None),
    ("DELETE", "/moderators/{moderator_id}/second-factor"): (A, "site", None),
    ("GET", "/moderators/{moderator_id}/sessions"): (A, "site", None),
    ("DELETE", "/moderators/{moderator_id}/sessions"): (A, "site", None),
    ("DELETE", "/moderators/{moderator_id}/sessions/{session_id}"): (A, "site", None),
    ("GET", "/tokens"): (A, "each", None),
    ("POST", "/tokens"): (A, "every", {"name": "new", "scopes": ["review"]}),
    ("DELETE", "/tokens/{token_id}"): (A, "site", None),
    ("GET", "/me"): (M, "own", None),
    ("PATCH", "/me"): (M, "own", {"mail": "off"}),
    ("PUT", "/me/password"): (M, "own", {"current": PASSWORD, "password": "lantern orbit cellar"}),
    ("POST", "/me/reauthentication"): (M, "own", {"password": PASSWORD}),
    ("POST", "/me/second-factor"): (M, "own", None),
    ("PUT", "/me/second-factor"): (M, "own", {"ticket": "t", "code": "123456"}),
    ("DELETE", "/me/second-factor"): (M, "own", None),
    ("POST", "/me/second-factor/recovery-codes"): (M, "own", None),
    ("DELETE", "/me/sessions"): (M, "own", None),
    ("DELETE", "/me/sessions/{session_id}"): (M, "own", None),
}

#: Refused for every role: the account has no second factor and no ticket for one, no file has been
#: uploaded, and no worker has prepared an export.
UNREADY = {
    ("PUT", "/me/second-factor"): 409,
    ("POST", "/me/second-factor/recovery-codes"): 409,
    ("GET", "/sites/{site_name}/exports/{export_id}/file"): 409,
    ("PUT", "/sites/{site_name}/import/file"): 415,
    ("POST", "/sites/{site_name}/import/check"): 409,
    ("POST", "/sites/{site_name}/import/run"): 409,
    ("DELETE", "/sites/{site_name}/import/run"): 409,
    ("GET", "/sites/{site_name}/import/report"): 409,
}


@pytest.fixture
def other(app, site, clock):
    with app.app_context():
        made, _ = changes.add(db.session(), "other", title="", origins=[], now=clock.now)
        db.session.remove()
    return made


@pytest.fixture(scope="module")
def password_hash():
    return password_hashing.hash_password(PASSWORD)


@pytest.fixture
def person(app, client, site, other, clock, password_hash):
    """Add a moderator who is logged in, without the time that a password takes."""
    ids = {"news": site.id, "other": other.id}

    def make(login, role=None, **on_sites):
        cookie = f"cookie-of-{login}".replace(" ", "-")
        with app.app_context():
            made = Moderator(
                login=login,
                password_hash=password_hash,
                role=role or "none",
                display_name=f"Staff {login}",
                created_at=clock.now,
            )
            db.session.add(made)
            db.session.flush()
            for name, here in on_sites.items():
                db.session.add(SiteRole(moderator_id=made.id, site_id=ids[name], role=here))
            db.session.add(
                ConsoleSession(
                    digest=authentication.digest(cookie),
                    moderator_id=made.id,
                    csrf_token="csrf",
                    created_at=clock.now,
                    expires_at=clock.now + authentication.SESSION_LENGTH,
                )
            )
            db.session.commit()
            id = made.id
            db.session.remove()
        headers = {"Cookie": f"moderation_session={cookie}", "X-CSRF-Token": "csrf"}

        def ask(method, path, body=None):
            return app.test_client(use_cookies=False).open(
                f"/api/v1/review{path}", method=method, json=body, headers=headers
            )

        ask.id = id
        return ask

    return make


@pytest.fixture
def admin(client, reviewing):
    def ask(method, path, body=None):
        return client.open(f"/api/v1/review{path}", method=method, json=body, headers=reviewing)

    return ask


@pytest.fixture
def objects(client, person, admin, app, other, clock):
    """One of everything on a site, with the site's canary in it; or all that a path names."""

    def written(name, mark, who):
        return client.post(
            f"/api/v1/sites/{name}/posts/story/comments",
            json={
                "author": {"name": f"canary-{name}", "email": f"{who}@{name}.example"},
                "text": f"What bullshit, canary-{name} {mark}-{who} says.",
            },
        ).get_json()

    def appealed(name, mark):
        """Let an author appeal; returns the appeal's id."""
        made = written(name, mark, mark)
        id, text = made["comment"]["id"], f"Canary-{name} asks, {mark}."
        admin("POST", f"/comments/{id}/decisions", {"outcome": "reject"})
        client.post(
            f"/api/v1/sites/{name}/comments/{id}/appeals",
            json={"text": text},
            headers={"X-Edit-Token": made["edit_token"]},
        )
        newest = admin("GET", f"/appeals?site={name}&limit=100").get_json()["appeals"]
        return next(each["id"] for each in newest if each["text"] == text)

    def make(name, mark, path=None):
        def comment(who):
            return written(name, mark, who)["comment"]["id"]

        def wanted(*names):
            return path is None or any(f"{{{name}}}" in path for name in names)

        made = {"site_name": name, "post": "story"}
        if wanted("comment_id", "key", "request_id"):
            made["comment_id"] = comment("a")
            shown = admin("GET", f"/comments/{made['comment_id']}").get_json()
            made["key"] = shown["comment"]["author"]["key"]
        if wanted("request_id"):
            path_of = f"/sites/{name}/authors/{made['key']}/erasure"
            made["request_id"] = admin("POST", path_of, {}).get_json()["pending"]["id"]
        if wanted("decision_id"):
            path_of = f"/comments/{comment('b')}/decisions"
            made["decision_id"] = admin("POST", path_of, {"outcome": "reject"}).get_json()["id"]
        if wanted("batch_id"):
            wish = {"ids": [comment("c")], "outcome": "spam"}
            made["batch_id"] = admin("POST", "/bulk", wish).get_json()["batch_id"]
        if wanted("appeal_id"):
            made["appeal_id"] = appealed(name, f"{mark}-e")
        if wanted("published_id"):
            made["published_id"] = comment("d")
            path_of = f"/comments/{made['published_id']}/decisions"
            admin("POST", path_of, {"outcome": "approve"})
        if wanted("moderator_id", "session_id"):
            colleague = person(f"canary-{name}-{mark}", **{name: Role.MODERATOR})
            logins = admin("GET", f"/moderators/{colleague.id}/sessions").get_json()["sessions"]
            made |= {"moderator_id": colleague.id, "session_id": logins[0]["id"]}
        if wanted("secret_id"):
            hooks = f"/sites/{name}/hooks"
            secret = {"adapter": "ghost", "secret": f"canary-{name}-of-ghost"}
            admin("POST", f"{hooks}/secrets", secret)
            made["secret_id"] = admin("GET", hooks).get_json()["hooks"][0]["secrets"][0]["id"]
        if wanted("key_id"):
            admin("POST", f"/sites/{name}/keys", {"service": "openai"})
            made["key_id"] = admin("GET", f"/sites/{name}/keys").get_json()["keys"][0]["id"]
        if wanted("endpoint_id") or path in (None, "/sites/{site_name}/webhook"):
            # A site has at most twenty of them.
            path_of, url = f"/sites/{name}/webhooks", {"url": f"https://canary-{name}.example/in"}
            known = admin("GET", path_of).get_json()["endpoints"]
            added = known[-1] if known else admin("POST", path_of, url).get_json()["endpoint"]
            made["endpoint_id"] = added["id"]
        if wanted("export_id"):
            # A site has at most two that wait.
            path_of = f"/sites/{name}/exports"
            known = admin("GET", path_of).get_json()["exports"]
            order = {"posts": [f"canary-{name}"]}
            made["export_id"] = (known or [admin("POST", path_of, order).get_json()])[0]["id"]
        if wanted("token_id"):
            token = {"name": f"canary-{name}-{mark}", "scopes": ["review"], "site": name}
            admin("POST", "/tokens", token)
            tokens = admin("GET", "/tokens").get_json()["tokens"]
            made["token_id"] = next(t["id"] for t in tokens if t["name"] == token["name"])
        return made

    return make


def test_every_endpoint_of_the_review_api_is_in_the_table(app):
    known = {
        (method, re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/review/")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    written = {(m, path.replace("published_id", "comment_id")) for m, path in ENDPOINTS}
    assert known == {(method, f"/api/v1/review{path}") for method, path in written}


def test_without_a_login_no_endpoint_answers(client, objects):
    there = objects("news", "x")

    for (method, path), (_, _, body) in ENDPOINTS.items():
        answer = client.open(f"/api/v1/review{path}".format(**there), method=method, json=body)
        assert (answer.status_code, b"canary" in answer.data) == (401, False), (method, path)


# Who may is decided before any SQL: on the second database two are enough for the statements.
@pytest.mark.parametrize(
    ("store", "who"),
    [("sqlite", who) for who in PEOPLE]
    + [
        pytest.param("postgresql", who, marks=pytest.mark.postgres)
        for who in ("admin", "admin there")
    ],
    indirect=["store"],
)
def test_every_endpoint_answers_to_its_roles_alone(who, person, objects):
    roles = dict(PEOPLE[who])
    everywhere = roles.pop("role", None)
    ask = person(f"asker {who}", everywhere, **roles)

    def covered(least, site=None):
        return any(r is not None and r.covers(least) for r in (everywhere, roles.get(site)))

    # Only a successful call uses its objects up, and only those that it names.
    seen = {site: objects(site, "seen") for site in SITES}
    for number, ((method, path), (least, where, body)) in enumerate(ENDPOINTS.items()):
        anywhere = any(covered(least, site) for site in SITES)
        for site in SITES:
            may = {"site": covered(least, site), "every": covered(least)}.get(where, anywhere)
            there = seen[site]
            if may and method != "GET":
                # Calls that act on a whole queue find new comments there.
                there = objects(site, number, None if where == "each" else path)
            if where == "own":
                # A session that the walk ends is replaced by a new one.
                ask = person(f"{who} {number} {site}", everywhere, **roles)
                mine = ask("GET", "/me").get_json().get("sessions", [])
                there = {"session_id": mine[0]["id"] if mine else "none"}
            sent = dict(body) if body is not None else None
            for key in {"login", "name"} & (body or {}).keys():
                sent[key] = f"new {number} {site}"

            answer = ask(method, path.format(**there), sent)

            content = answer.data
            expected = {200, 201, 202, 204} if may else {403, 404}
            if may and (method, path) in UNREADY:
                expected = {UNREADY[method, path]}
            assert answer.status_code in expected, (method, path, site, content)
            for other in SITES:
                if not covered(least, other):
                    assert f"canary-{other}".encode() not in content, (method, path, other)


#: Reading them adds an entry to the audit trail, which others read.
AUDITED = ("/sites/{site_name}/authors/{key}/data", "/sites/{site_name}/export")


@pytest.mark.parametrize("who", ["moderator here", "admin here"])
def test_events_on_other_sites_change_no_answer(who, person, objects):
    ask = person("asker", **PEOPLE[who])
    there = objects("news", "x")
    paths = [
        path.format(**there)
        for (method, path), (least, where, _) in ENDPOINTS.items()
        if method == "GET" and path not in AUDITED and PEOPLE[who]["news"].covers(least)
    ]
    preview = {"query": {"queue": "spam"}}

    before = [ask("GET", path).data for path in paths]
    count = ask("POST", "/bulk/preview", preview).get_json()["count"]
    objects("other", "y")

    assert [ask("GET", path).data for path in paths] == before
    assert ask("POST", "/bulk/preview", preview).get_json()["count"] == count


def test_a_site_or_comment_that_is_not_there_looks_like_one_of_another_site(person, objects):
    ask = person("asker", news=Role.ADMIN)
    there = objects("other", "x")
    missing = {
        **there,
        "comment_id": UUID(int=1),
        "published_id": UUID(int=1),
        "decision_id": UUID(int=1),
        "appeal_id": UUID(int=1),
        "batch_id": UUID(int=1),
        "site_name": "nosuch",
        "moderator_id": 10**6,
        "token_id": 10**6,
        "secret_id": 10**6,
        "key_id": 10**6,
        "endpoint_id": 10**6,
        "export_id": UUID(int=1),
    }

    for (method, path), (_, where, body) in ENDPOINTS.items():
        if where != "site":
            continue
        seen = [ask(method, path.format(**of), body) for of in (there, missing)]
        assert seen[0].status_code == seen[1].status_code, (method, path)
        assert seen[0].get_json() == seen[1].get_json(), (method, path)
    assert ask("GET", "/queue?site=other").status_code == 403
    assert ask("GET", "/queue?site=nosuch").status_code == 403


def test_a_role_on_one_site_is_not_one_on_another(person, objects):
    ask = person("asker", news=Role.MODERATOR, other=Role.SENIOR)
    here, there = objects("news", "x"), objects("other", "y")
    colleague = person("colleague", Role.MODERATOR)
    for of in (here, there):
        colleague("POST", f"/comments/{of['comment_id']}/claim", {})

    wish = {"steal": True, "note": "It is urgent."}
    stolen = [ask("POST", f"/comments/{of['comment_id']}/claim", wish) for of in (here, there)]

    assert [answer.status_code for answer in stolen] == [403, 200]


def test_escalated_comments_are_handed_to_seniors_of_that_site_only(person, objects):
    ask = person("asker", news=Role.MODERATOR, other=Role.SENIOR)
    colleague = person("colleague", Role.MODERATOR)
    here, there = objects("news", "x"), objects("other", "y")
    for of in (here, there):
        path = f"/comments/{of['comment_id']}/decisions"
        colleague("POST", path, {"outcome": "escalate"})

    handed = []
    while (answer := ask("POST", "/next", {"queue": "escalated"})).status_code == 200:
        handed.append(answer.get_json()["item"]["comment"]["site"])

    assert handed == ["other"]
