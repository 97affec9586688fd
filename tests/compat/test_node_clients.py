"""Client libraries for Node, unmodified, with nothing changed but an address and a key."""

import json
from datetime import UTC, datetime

import pytest

from moderation.services.webhooks.signatures import sign
from tests.compat.conftest import NPM

pytestmark = pytest.mark.xdist_group("compat")

THANKS = "Thanks for making the web a better place."


def test_the_lock_has_hashes_and_names_no_registry():
    text = (NPM / "package-lock.json").read_text(encoding="utf-8")
    installed = {name: each for name, each in json.loads(text)["packages"].items() if name}

    assert "://" not in text
    assert [n for n, each in installed.items() if not each["integrity"].startswith("sha")] == []
    wanted = json.loads((NPM / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert {n: installed[f"node_modules/{n}"]["version"] for n in wanted} == wanted


def test_perspective_api_client_analyzes_and_reads_errors(node):
    output = node("perspective.cjs")

    scores = output["analyzed"]["attributeScores"]
    assert set(scores) == {"TOXICITY", "INSULT"}
    assert scores["TOXICITY"]["summaryScore"]["value"] > 0.5
    assert output["refused"] == {"name": "ResponseError", "message": "Comment must be non-empty."}
    assert output["wrong"] == {"name": "ResponseError", "status": 400}


def test_googleapis_discovers_analyzes_suggests_and_reads_errors(node):
    output = node("googleapis.cjs")

    assert output["analyzed"]["attributeScores"]["TOXICITY"]["summaryScore"]["value"] > 0.5
    assert output["refused"]["status"] == 400
    assert output["refused"]["details"][0]["errorType"] == "COMMENT_EMPTY"
    assert "API_KEY_INVALID" in {each.get("reason") for each in output["wrong"]["details"]}
    assert output["suggested"]["clientToken"] == "comment:1"


def test_akismet_api_carries_its_key_in_the_host(node):
    output = node("akismet.cjs")

    assert output == {
        "verified": True,
        "ham": False,
        "spam": True,
        "submitted": [THANKS, THANKS],
        "refused": False,
        "thrown": "Invalid API key",
    }


def test_openai_judges_a_list_and_raises_its_own_error(node):
    output = node("openai.cjs")

    assert [each["flagged"] for each in output["judged"]["results"]] == [True, False]
    assert output["judged"]["results"][0]["categories"]["harassment"] is True
    assert output["wrong"] == {
        "name": "AuthenticationError",
        "status": 401,
        "code": "invalid_api_key",
    }


def test_standardwebhooks_verifies_ours_and_signs_for_us(node, drop_in):
    secret, now = drop_in.facts["webhook_secret"], datetime.now(UTC)
    body = '{"type": "test", "note": "é"}'
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": sign(secret, "msg_1", int(now.timestamp()), body.encode()),
    }
    event = json.dumps(
        {"type": "post.closed", "timestamp": now.isoformat(), "data": {"post": "/signed/node"}}
    )

    output = node("webhooks.cjs", SECRET=secret, BODY=body, HEADERS=json.dumps(headers), SIGN=event)
    taken = drop_in.ask(
        "POST",
        f"/api/v1/sites/{drop_in.facts['site']}/events",
        "Content-Type: application/json",
        "webhook-id: js_1",
        f"webhook-timestamp: {output['timestamp']}",
        f"webhook-signature: {output['signature']}",
        body=event.encode(),
    )

    assert output["verified"] == json.loads(body)
    assert output["tampered"] == "WebhookVerificationError"
    assert (taken.status, taken.json["outcome"]) == (200, "applied")
