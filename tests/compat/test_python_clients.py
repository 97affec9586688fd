"""Client libraries for Python, unmodified, with nothing changed but an address and a key."""

import json
from datetime import UTC, datetime

import akismet
import httpx
import openai
import pytest
import standardwebhooks

from tests.conftest import missing

pytestmark = [
    pytest.mark.xdist_group("compat"),
    # Warnings of the libraries are their authors' affair.
    pytest.mark.filterwarnings("default"),
]

INSULT = "you idiot"
DISCOVERY = "/$discovery/rest?version=v1alpha1"


# Perspective


@pytest.fixture
def google(drop_in):
    """The Comment Analyzer client, as Google's guide builds it, with another discovery URL."""
    made = []

    def build(key=drop_in.perspective):
        try:
            from googleapiclient import discovery
        except ImportError:
            missing("google-api-python-client")
        made.append(
            discovery.build(
                "commentanalyzer",
                "v1alpha1",
                developerKey=key,
                discoveryServiceUrl=drop_in.url + DISCOVERY,
                static_discovery=False,
            )
        )
        return made[-1]

    yield build
    for each in made:
        each.close()


def test_google_analyzes_a_comment(google):
    request = {
        "comment": {"text": f"\U0001f600 {INSULT}"},
        "requestedAttributes": {"TOXICITY": {}, "INSULT": {}},
        "languages": ["en"],
        "doNotStore": True,
        "clientToken": "t-1",
    }

    answer = google().comments().analyze(body=request).execute()

    assert next(iter(answer)) == "attributeScores"
    assert set(answer["attributeScores"]) == {"TOXICITY", "INSULT"}
    assert answer["attributeScores"]["TOXICITY"]["summaryScore"]["value"] > 0.5
    (span,) = answer["attributeScores"]["TOXICITY"]["spanScores"]
    # An emoji counts two UTF-16 code units.
    assert (span["begin"], span["end"]) == (0, 12)
    assert answer["languages"] == ["en"]
    assert answer["clientToken"] == "t-1"


def test_google_suggests_a_score(google):
    request = {
        "comment": {"text": "A remark on the roof."},
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": 0}}},
        "clientToken": "t-2",
    }

    answer = google().comments().suggestscore(body=request).execute()

    assert answer["clientToken"] == "t-2"
    assert "attributeScores" not in answer


def test_google_reads_the_kind_of_an_error(google):
    from googleapiclient.errors import HttpError

    request = {"comment": {"text": ""}, "requestedAttributes": {"TOXICITY": {}}}

    with pytest.raises(HttpError) as refused:
        google().comments().analyze(body=request).execute()

    assert refused.value.status_code == 400
    assert refused.value.reason == "Comment must be non-empty."
    assert refused.value.error_details[0]["errorType"] == "COMMENT_EMPTY"


def test_google_reads_that_the_key_is_wrong(google):
    from googleapiclient.errors import HttpError

    request = {"comment": {"text": "fine"}, "requestedAttributes": {"TOXICITY": {}}}

    with pytest.raises(HttpError) as refused:
        google("wrong").comments().analyze(body=request).execute()

    assert refused.value.status_code == 400
    reasons = {each.get("reason") for each in refused.value.error_details}
    assert "API_KEY_INVALID" in reasons


def test_one_empty_text_of_a_batch_leaves_the_other_answers_whole(google):
    service, answers, errors = google(), {}, {}

    def keep(id, answer, error):
        (answers if error is None else errors)[id] = answer or error

    batch = service.new_batch_http_request(callback=keep)
    for id, text in (("a", "A kind remark."), ("b", ""), ("c", INSULT)):
        request = {"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}}
        batch.add(service.comments().analyze(body=request), request_id=id)
    batch.execute()

    assert set(answers) == {"a", "c"}
    assert set(errors) == {"b"}
    assert errors["b"].error_details[0]["errorType"] == "COMMENT_EMPTY"
    mild, rude = (
        answers[id]["attributeScores"]["TOXICITY"]["summaryScore"]["value"] for id in "ac"
    )
    assert mild < 0.5 < rude


def test_a_whole_text_may_be_the_id_of_a_part(google):
    """Research suites key their answers by the text itself."""
    service, scores = google(), {}
    texts = [f"{INSULT} <{n}> + é \U0001f600; " + "a remark, quoted " * 90 for n in range(3)]

    def keep(text, answer, error):
        assert error is None
        scores[text] = answer["attributeScores"]["TOXICITY"]["summaryScore"]["value"]

    batch = service.new_batch_http_request(callback=keep)
    for text in texts:
        request = {
            "comment": {"text": text},
            "requestedAttributes": {"TOXICITY": {}},
            "languages": ["en"],
            "spanAnnotations": True,
        }
        batch.add(service.comments().analyze(body=request), request_id=text)
    batch.execute()

    assert list(scores) == texts


# Akismet


class Rewriting(httpx.HTTPTransport):
    """Sends what is meant for Akismet to another address."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._to = httpx.URL(address)

    def handle_request(self, request):
        request.url = request.url.copy_with(
            scheme=self._to.scheme, host=self._to.host, port=self._to.port
        )
        request.headers["Host"] = self._to.netloc.decode()
        return super().handle_request(request)


@pytest.fixture
def spam_check(drop_in):
    made = []

    def client(key=drop_in.akismet):
        transport = httpx.Client(
            transport=Rewriting(drop_in.url),
            headers={"User-Agent": akismet.USER_AGENT},
            timeout=1.0,
        )
        made.append(transport)
        config = akismet.Config(key=key, url="https://blog.example")
        return akismet.SyncClient.validated_client(config=config, http_client=transport)

    yield client
    for transport in made:
        transport.close()


def test_akismet_lets_an_ordinary_comment_pass(spam_check):
    found = spam_check().comment_check(
        "203.0.113.9",
        comment_content="The roof é leaks\r\nin eleven places & a=b \U0001f600.",
        comment_author="Jürgen",
        comment_author_email="j@reader.example",
        comment_type="comment",
        user_agent="Mozilla/5.0",
        referrer="https://blog.example/roof",
        permalink="https://blog.example/roof",
        comment_date_gmt=datetime.now(UTC).isoformat(),
        blog_lang="en, fr_ca",
        blog_charset="UTF-8",
        honeypot_field_name="hp",
    )

    assert found == akismet.CheckResponse.HAM


@pytest.mark.parametrize(
    "sent",
    [
        {"comment_author": "viagra-test-123"},
        {"comment_author": "akismet-guaranteed-spam"},
        {"comment_author_email": "akismet-guaranteed-spam@example.com"},
    ],
)
def test_akismet_takes_its_own_test_author_for_spam(spam_check, sent):
    found = spam_check().comment_check("203.0.113.9", comment_content="Nice article.", **sent)

    assert found in (akismet.CheckResponse.SPAM, akismet.CheckResponse.DISCARD)


def test_akismet_lets_an_administrator_pass(spam_check):
    found = spam_check().comment_check(
        "203.0.113.9",
        comment_content="Nice article.",
        comment_author="viagra-test-123",
        user_role="administrator",
    )

    assert found == akismet.CheckResponse.HAM


def test_akismet_takes_corrections(spam_check):
    client = spam_check()
    remark = {"comment_content": "Nice article.", "comment_author": "Ada"}

    assert client.submit_ham("203.0.113.9", **remark) is True
    assert client.submit_spam("203.0.113.9", **remark) is True


def test_akismet_reads_usage(spam_check):
    """Its `key_sites` sends no key in this version, so nothing can answer that."""
    client = spam_check()

    assert {"limit", "usage", "percentage", "throttled"} <= client.usage_limit().keys()
    assert client.key_sites() == {"error": "Invalid key"}


def test_akismet_reads_that_the_key_is_wrong(spam_check):
    with pytest.raises(akismet.APIKeyError):
        spam_check("wrong0000000")


def test_akismet_reads_that_a_key_became_wrong(drop_in):
    """Without validation first, every answer is `invalid`."""
    with httpx.Client(transport=Rewriting(drop_in.url)) as transport:
        config = akismet.Config(key="wrong0000000", url="https://blog.example")
        client = akismet.SyncClient(config=config, http_client=transport)

        with pytest.raises(akismet.APIKeyError):
            client.comment_check("203.0.113.9", comment_content="Nice article.")


# OpenAI


@pytest.fixture
def moderations(drop_in):
    made = []

    def client(key=drop_in.openai, path="/v1"):
        made.append(openai.OpenAI(base_url=f"{drop_in.url}{path}", api_key=key, max_retries=0))
        return made[-1].moderations

    yield client
    for each in made:
        each.close()


def test_openai_judges_one_text(moderations):
    answer = moderations().create(model="omni-moderation-latest", input=INSULT)

    (found,) = answer.results
    assert found.flagged is True
    assert found.categories.harassment is True
    assert found.category_scores.harassment > 0.5
    assert answer.id.startswith("modr-")
    assert answer.model


def test_openai_judges_a_list_in_its_order(moderations):
    answer = moderations().create(input=["A kind remark.", INSULT, "A kind remark."])

    assert [each.flagged for each in answer.results] == [False, True, False]


@pytest.mark.parametrize("path", ["/padded/v1", "/padded/v1/", "//padded/v1"])
def test_openai_compares_every_score_at_the_padded_base_url(moderations, path):
    (found,) = moderations(path=path).create(input=INSULT).results

    scores = vars(found.category_scores)
    assert [name for name, score in scores.items() if score > 0.5] == ["harassment"]
    assert found.categories.self_harm is False


def test_openai_judges_the_text_beside_a_picture(moderations):
    parts = [
        {"type": "text", "text": INSULT},
        {"type": "image_url", "image_url": {"url": "https://pictures.example/a.png"}},
    ]

    (found,) = moderations().create(model="omni-moderation-latest", input=parts).results

    assert found.flagged is True


def test_openai_raises_its_own_errors(moderations):
    with pytest.raises(openai.AuthenticationError) as refused:
        moderations("wrong").create(input="fine")
    with pytest.raises(openai.BadRequestError) as empty:
        moderations().create(input=[])

    assert refused.value.status_code == 401
    assert refused.value.code == "invalid_api_key"
    assert empty.value.type == "invalid_request_error"


# Standard Webhooks


def test_standardwebhooks_verifies_what_the_service_signs(drop_in):
    from moderation.services.webhooks.signatures import sign

    body, now = '{"type": "test", "note": "é"}', datetime.now(UTC)
    secret = drop_in.facts["webhook_secret"]
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": sign(secret, "msg_1", int(now.timestamp()), body.encode()),
    }

    verified = standardwebhooks.Webhook(secret).verify(body, headers)

    assert verified == json.loads(body)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(secret).verify(f"{body} ", headers)


def test_the_service_takes_what_standardwebhooks_signs(drop_in):
    now = datetime.now(UTC)
    body = json.dumps(
        {
            "type": "post.closed",
            "timestamp": now.isoformat(),
            "data": {"post": "/signed/python"},
        }
    )
    signature = standardwebhooks.Webhook(drop_in.facts["webhook_secret"]).sign("py_1", now, body)

    answer = drop_in.ask(
        "POST",
        f"/api/v1/sites/{drop_in.facts['site']}/events",
        "Content-Type: application/json",
        "webhook-id: py_1",
        f"webhook-timestamp: {int(now.timestamp())}",
        f"webhook-signature: {signature}",
        body=body.encode(),
    )

    assert (answer.status, answer.json["outcome"]) == (200, "applied")
