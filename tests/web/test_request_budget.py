"""A client's requests are counted before any work is done for them."""

import re
import subprocess
import sys
import threading
import tracemalloc
from ipaddress import ip_network
from types import SimpleNamespace

import pytest
from sqlalchemy import event

from moderation.config import RequestRate, Settings, SettingsError
from moderation.web.database import db
from moderation.web.middleware import request_limit
from moderation.web.request_budget import MAX_CLIENTS, RequestBudget, cost_of
from moderation.web.state import app_state
from tests.conftest import ORIGIN, SECRET_KEY

PATH = "/api/v1/sites/news/posts/story"
#: Each costs a query at least and is answered by Flask.
UNREADY = [
    f"{PATH}/comments?limit=049",
    "/api/v1/comments/01900000-0000-7000-8000-000000000000/replies",
    "/embed/news/story",
    "/feeds/news",
    "/review/login",
    "/api/v1/review/queue",
    "/api/v1/openapi.json",
    "/no/such/page",
]


@pytest.fixture
def small(make_app, site, seconds):
    """An application with ten units for each client, and one more each second."""

    def build(**settings):
        app = make_app(ratelimit_enabled=True, **settings)
        app_state(app).request_limit.budget = RequestBudget(1, 10, monotonic=seconds)
        return app

    return build


@pytest.fixture
def log(monkeypatch):
    lines: list[dict] = []
    recorder = SimpleNamespace(warning=lambda name, **more: lines.append({"event": name, **more}))
    monkeypatch.setattr(request_limit, "log", recorder)
    return lines


def spend(client, address="203.0.113.9", **request) -> list[int]:
    return [
        client.get("/no/such/page", environ_base={"REMOTE_ADDR": address}, **request).status_code
        for _ in range(11)
    ]


# The bucket


def test_a_bucket_gives_its_depth_at_once_and_then_its_rate(seconds):
    budget = RequestBudget(2, 5, monotonic=seconds)

    at_once = [budget.charge("a") for _ in range(6)]
    seconds.now += 0.5
    later = [budget.charge("a") for _ in range(2)]
    seconds.now += 1000
    full = [budget.charge("a") for _ in range(6)]

    assert at_once == [0.0] * 5 + [0.5]
    assert later == [0.0, 0.5]
    assert full == [0.0] * 5 + [0.5]


def test_a_refused_request_does_not_lengthen_the_wait(seconds):
    budget = RequestBudget(1, 2, monotonic=seconds)
    for _ in range(100):
        budget.charge("a")

    seconds.now += 1

    assert budget.charge("a") == 0.0


def test_dear_requests_take_more_and_cheap_ones_pass_between_them(seconds):
    budget = RequestBudget(1, 10, monotonic=seconds)

    assert budget.charge("a", 8) == 0.0
    assert budget.charge("a", 4) == 2.0
    assert [budget.charge("a", 0.25) for _ in range(9)] == [0.0] * 8 + [0.25]


def test_a_cost_above_the_depth_takes_a_full_bucket(seconds):
    budget = RequestBudget(1, 5, monotonic=seconds)

    assert budget.charge("a", 50) == 0.0
    assert budget.charge("a", 50) == 5.0
    seconds.now += 5
    assert budget.charge("a", 50) == 0.0


def test_clients_have_budgets_of_their_own(seconds):
    budget = RequestBudget(1, 1, monotonic=seconds)

    assert [budget.charge(client) for client in "aba"] == [0.0, 0.0, 1.0]


def test_any_number_of_clients_takes_a_fixed_memory(seconds):
    tracemalloc.start()
    try:
        budget = RequestBudget(1, 300, monotonic=seconds)
        for number in range(MAX_CLIENTS + 1):
            budget.charge(f"2001:db8:aaaa:{number:04x}:1000:2000::/64")
        full, _ = tracemalloc.get_traced_memory()
        for number in range(MAX_CLIENTS):
            budget.charge(f"2001:db8:bbbb:{number:04x}:1000:2000::/64")
        fuller, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert budget.client_count() == MAX_CLIENTS
    assert max(full, fuller) < 12_000_000


def test_the_client_that_asked_last_is_forgotten_last(seconds):
    budget = RequestBudget(1, 1, 2, monotonic=seconds)
    for client in ("early", "late", "early", "third"):
        budget.charge(client)
        seconds.now += 0.1

    assert budget.charge("third") > 0
    assert budget.charge("late") > 0
    assert budget.charge("early") == 0.0


def test_full_buckets_are_forgotten_while_others_are_used(seconds):
    budget = RequestBudget(1, 1, monotonic=seconds)
    for number in range(1000):
        budget.charge(str(number))
    seconds.now += 2

    for number in range(600):
        budget.charge(f"new {number}")

    assert budget.client_count() == 600


def test_threads_share_a_bucket(seconds):
    budget = RequestBudget(1, 100, monotonic=seconds)
    start, waits = threading.Barrier(8), list[float]()

    def ask() -> None:
        start.wait()
        waits.extend(budget.charge("a") for _ in range(50))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (waits.count(0.0), len(waits)) == (100, 400)


def test_a_head_costs_as_much_as_a_get_and_a_login_more_than_a_page():
    assert cost_of("HEAD", "/embed/news/story") == cost_of("GET", "/embed/news/story") > 1
    assert cost_of("POST", "/review/login") > cost_of("GET", "/review/login")
    assert cost_of("GET", "/healthz") < cost_of("GET", "/anything") == 1


def test_a_server_may_ask_the_budget_without_the_web_framework():
    code = (
        "import sys, moderation.web.request_budget, moderation.domain.network\n"
        "print([m for m in ('flask', 'sqlalchemy', 'werkzeug') if m in sys.modules])"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"


# The gate


@pytest.mark.parametrize("path", UNREADY)
def test_every_route_that_is_not_ready_made_is_counted(small, path):
    client = small().test_client()
    answers = [client.get(path) for _ in range(12)]

    assert answers[0].status_code != 429
    refused = answers[-1]
    assert (refused.status_code, refused.mimetype) == (429, "application/problem+json")
    body = refused.get_json()
    assert (body["code"], body["status"], body["type"]) == ("too_many_requests", 429, "about:blank")
    assert "Retry-After" in body["detail"]
    assert 1 <= int(refused.headers["Retry-After"]) <= 10
    assert len(refused.headers["X-Request-Id"]) == 16
    assert refused.headers["X-Content-Type-Options"] == "nosniff"


def test_a_client_goes_on_after_the_time_that_it_was_given(small, seconds):
    client = small().test_client()
    spend(client)
    refused = client.get("/no/such/page", environ_base={"REMOTE_ADDR": "203.0.113.9"})

    seconds.now += int(refused.headers["Retry-After"])
    after = client.get("/no/such/page", environ_base={"REMOTE_ADDR": "203.0.113.9"})

    assert (refused.status_code, after.status_code) == (429, 404)


def test_ready_made_bytes_and_other_clients_are_not_refused(small):
    client = small().test_client()
    ready = {"path": f"{PATH}/comments", "environ_base": {"REMOTE_ADDR": "203.0.113.9"}}
    client.get(**ready)
    spend(client)

    assert client.get(**ready).status_code == 200
    assert client.get("/feeds/news", environ_base=ready["environ_base"]).status_code == 429
    assert client.get("/feeds/news").status_code == 200
    assert client.get("/healthz", environ_base=ready["environ_base"]).status_code == 429


def test_a_refused_request_never_reaches_the_store(small):
    app = small()
    client = app.test_client()
    spend(client)
    asked: list[str] = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "do_execute", lambda _c, statement, *_: asked.append(statement))

    answers = [
        client.open(
            path,
            method=method,
            data=b"{}" if method == "POST" else None,
            environ_base={"REMOTE_ADDR": "203.0.113.9"},
        )
        for path in UNREADY
        for method in ("GET", "POST", "PUT", "DELETE")
    ]

    assert {answer.status_code for answer in answers} == {429}
    assert asked == []


def test_a_page_of_the_site_may_read_the_refusal_and_another_may_not(small):
    client = small().test_client()
    # A site's origins are known once it was read.
    client.get(f"{PATH}/comments?limit=2")
    spend(client)

    def allowed(path: str, origin: str) -> str | None:
        answer = client.get(
            path, headers={"Origin": origin}, environ_base={"REMOTE_ADDR": "203.0.113.9"}
        )
        assert answer.status_code == 429
        return answer.headers.get("Access-Control-Allow-Origin")

    replies = "/api/v1/comments/01900000-0000-7000-8000-000000000000/replies"
    assert allowed(f"{PATH}/comments?limit=3", ORIGIN) == ORIGIN
    assert allowed(replies, ORIGIN) == ORIGIN
    assert allowed(f"{PATH}/comments?limit=3", "https://evil.example") is None
    assert allowed(replies, "https://evil.example") is None
    assert allowed("/api/v1/sites/other/counts?x=1", ORIGIN) is None
    assert allowed("/api/v1/review/queue", ORIGIN) is None


def test_a_refused_head_has_no_body(small):
    client = small().test_client()
    spend(client)

    answer = client.head("/no/such/page", environ_base={"REMOTE_ADDR": "203.0.113.9"})

    assert (answer.status_code, answer.get_data()) == (429, b"")


def test_all_addresses_of_an_ipv6_64_share_one_budget(small):
    client = small().test_client()

    answers = [
        client.get("/no", environ_base={"REMOTE_ADDR": f"2001:db8:0:7::{n:x}"}).status_code
        for n in range(1, 13)
    ]
    other = client.get("/no", environ_base={"REMOTE_ADDR": "2001:db8:0:8::1"}).status_code

    assert (answers, other) == ([404] * 10 + [429] * 2, 404)


@pytest.mark.parametrize(
    "forged", ["198.51.100.{n}", "{n}, 198.51.100.{n}", "fe80::{n}%eth{n}", "garbage {n}"]
)
def test_a_forged_header_buys_no_second_budget(small, forged, log):
    direct = small(trusted_proxies=(ip_network("127.0.0.0/8"),)).test_client()

    answers = [
        direct.get(
            "/no",
            headers={"X-Forwarded-For": forged.format(n=n)},
            environ_base={"REMOTE_ADDR": "203.0.113.9"},
        ).status_code
        for n in range(12)
    ]

    assert answers == [404] * 10 + [429] * 2


def test_behind_a_trusted_proxy_each_client_has_a_budget(small, log):
    client = small(trusted_proxies=(ip_network("127.0.0.0/8"),)).test_client()

    def ask(forwarded: str) -> int:
        return client.get("/no", headers={"X-Forwarded-For": forwarded}).status_code

    # Addresses left of the one that the proxy appended are the client's own claim.
    first = [ask(f"192.0.2.{n}, 203.0.113.9") for n in range(12)]

    assert first == [404] * 10 + [429] * 2
    assert ask("198.51.100.7") == 404
    assert log == []


def test_a_proxy_that_was_forgotten_is_logged_once_without_addresses(small, log):
    client = small().test_client()

    for number in range(5):
        client.get("/no", headers={"X-Forwarded-For": f"203.0.113.{number}"})

    assert [(line["event"], line["loopback"]) for line in log] == [("proxy.not_trusted", True)]
    assert "MODERATION_TRUSTED_PROXIES" in log[0]["advice"]
    assert "203.0.113" not in str(log)
    assert "127.0.0.1" not in str(log)


def test_refusals_are_counted_for_prometheus(small):
    token = "t" * 32
    client = small(metrics_token=token).test_client()
    spend(client)

    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    page = answer.get_data(as_text=True)

    assert re.search(r'requests_total\{endpoint="over_budget",method="GET",status="4xx"\} \d', page)


def test_switching_limits_off_leaves_the_gate_out(make_app, site):
    app = make_app(ratelimit_enabled=False)
    client = app.test_client()

    assert app_state(app).request_limit is None
    assert {client.get("/no").status_code for _ in range(400)} == {404}


# The setting


@pytest.mark.parametrize(
    ("raw", "rate"),
    [
        ("50 per second; burst 300", RequestRate(50.0, 300)),
        ("120 per minute; burst 10", RequestRate(2.0, 10)),
    ],
)
def test_the_budget_is_set_as_a_rate_and_a_burst(raw, rate):
    environ = {"MODERATION_SECRET_KEY": SECRET_KEY, "MODERATION_RATELIMIT_REQUESTS": raw}

    assert Settings.from_env(environ).ratelimit_requests == rate


@pytest.mark.parametrize(
    "raw",
    [
        "50",
        "fast",
        "0 per second; burst 300",
        "50 per second",
        "50 per second; burst 9",
        "50 per hour; burst 300",
        "-1 per second; burst 300",
        "٥ per second; burst 300",
        "50 per second; burst 300; burst 2",
    ],
)
def test_a_budget_that_cannot_be_read_stops_the_start(raw):
    environ = {"MODERATION_SECRET_KEY": SECRET_KEY, "MODERATION_RATELIMIT_REQUESTS": raw}

    with pytest.raises(SettingsError, match=r"RATELIMIT_REQUESTS.*50 per second; burst 300"):
        Settings.from_env(environ)
