"""Bounces and complaints by HTTP: verified, applied once, and quiet about who is known."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from moderation.domain.errors import Invalid
from moderation.domain.inner_networks import Networks
from moderation.services.accounts import authentication
from moderation.services.notifications import reader_upkeep
from moderation.services.notifications.reader_mail import CONFIRM_ADDRESS, queue_reader_mail
from moderation.services.sites import changes, registry
from moderation.services.webhooks import hook_log, hook_secrets, sns
from moderation.services.webhooks.hook_signatures import Adapter
from moderation.services.webhooks.sns import Topics
from moderation.storage.models.hooks import HookDelivery
from moderation.storage.models.reader_mail import StoppedAddress
from moderation.web.state import app_state
from tests.conftest import one_store

from .mail_services import (
    CERTIFICATE,
    HOST,
    TOPIC,
    SendGrid,
    Sns,
    mailgun,
    postmark,
    ses_bounce,
    ses_complaint,
    standard,
)

ADA = "Ada@Readers.example"
SECRET = "a secret of the sender"
HARD = {"RecordType": "Bounce", "Type": "HardBounce", "Email": ADA}
FAILED = {"event": "failed", "severity": "permanent", "reason": "bounce", "recipient": ADA}


@pytest.fixture
def key(app):
    return lambda address: app_state(app).signing.author_key("email", address.casefold())


@pytest.fixture
def written(session, site, key, clock):
    """Queue a mail of the site to an address, as its readers cause."""

    def write(address=ADA, site_id=None):
        queue_reader_mail(
            session,
            site_id=site_id or site.id,
            kind=CONFIRM_ADDRESS,
            address=address,
            language="en",
            values={},
            key=f"confirm:{address}",
            now=clock.now,
            email_key=key(address),
        )
        session.commit()

    return write


@pytest.fixture
def secret(session, site, clock):
    """Set the secret of an adapter and return it."""

    def put(adapter, given=""):
        found = registry.find(session, "news")
        by = authentication.CLI
        return hook_secrets.add(session, found, adapter, by, now=clock.now, secret=given)

    return put


@pytest.fixture
def send(client):
    def post(adapter, body, headers=None, *, site="news"):
        return client.post(
            f"/api/v1/sites/{site}/webhooks/{adapter}",
            data=body,
            headers=headers or {},
            # As SNS sends it.
            content_type="text/plain; charset=UTF-8",
        )

    return post


@pytest.fixture
def amazon(app, secret, clock):
    """Amazon SNS behind the outbound requests of the application, with the site's topic."""
    service = Sns(clock.now)
    app_state(app).sns_topics = Topics(Networks.of(()), service)
    secret(Adapter.SES, TOPIC)
    return service


def stopped(session):
    session.rollback()
    return {row.email_key: row.why for row in session.scalars(select(StoppedAddress))}


def outcome(answer):
    assert answer.status_code == 200, answer.data
    assert set(answer.get_json()) == {"outcome"}
    return answer.get_json()["outcome"]


def refused(answer):
    return (answer.status_code, answer.get_json()["code"]) == (401, "invalid_signature")


# What stops mail


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize(
    ("text", "why"),
    [
        (ses_bounce(ADA), "bounced"),
        (ses_bounce(f"Ada <{ADA}>", eventType="Bounce"), "bounced"),
        (ses_complaint(ADA), "complained"),
        (ses_complaint(ADA, None), "complained"),
        (ses_bounce(ADA, "Transient"), None),
        (ses_bounce(ADA, "Undetermined"), None),
        (ses_complaint(ADA, "not-spam"), None),
        (json.dumps({"notificationType": "Delivery"}), None),
    ],
)
def test_amazon_ses_reports_through_a_topic(
    amazon, send, written, session, key, clock, text, why, version
):
    written()

    answer = send("ses", amazon.message(text, clock.now, version=version))

    assert outcome(answer) == ("applied" if why else "ignored")
    assert stopped(session) == ({key(ADA): why} if why else {})
    assert amazon.asked == [("GET", CERTIFICATE)]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (HARD, "bounced"),
        (HARD | {"Type": "BadEmailAddress"}, "bounced"),
        (HARD | {"Type": "SoftBounce"}, None),
        (HARD | {"Type": "Transient"}, None),
        (HARD | {"Type": "Blocked"}, None),
        ({"RecordType": "SpamComplaint", "Type": "SpamComplaint", "Email": ADA}, "complained"),
        (
            {
                "RecordType": "SubscriptionChange",
                "SuppressSending": True,
                "SuppressionReason": "HardBounce",
                "Recipient": ADA,
            },
            "bounced",
        ),
        (
            {
                "RecordType": "SubscriptionChange",
                "SuppressSending": False,
                "SuppressionReason": "HardBounce",
                "Recipient": ADA,
            },
            None,
        ),
        ({"RecordType": "Open", "Email": ADA}, None),
        ([], None),
    ],
)
def test_postmark_reports_with_the_secret_as_password(
    secret, send, written, session, key, body, why
):
    written()

    answer = send("postmark", *postmark(secret(Adapter.POSTMARK), body))

    assert outcome(answer) == ("applied" if why else "ignored")
    assert stopped(session) == ({key(ADA): why} if why else {})


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (FAILED, "bounced"),
        (FAILED | {"severity": "temporary"}, None),
        (FAILED | {"reason": "old"}, None),
        (FAILED | {"reason": "espblock"}, None),
        (FAILED | {"reason": "suppress-unsubscribe"}, None),
        (FAILED | {"reason": "suppress-complaint"}, "complained"),
        ({"event": "complained", "recipient": ADA}, "complained"),
        ({"event": "delivered", "recipient": ADA}, None),
    ],
)
def test_mailgun_reports_signed_by_token_and_time(
    secret, send, written, session, key, clock, event, why
):
    written()
    secret(Adapter.MAILGUN, SECRET)

    answer = send("mailgun", *mailgun(SECRET, event, clock.now))

    assert outcome(answer) == ("applied" if why else "ignored")
    assert stopped(session) == ({key(ADA): why} if why else {})


def test_sendgrid_reports_many_at_once(secret, send, written, session, key, clock):
    grid, people = SendGrid(), [f"reader{n}@readers.example" for n in range(6)]
    secret(Adapter.SENDGRID, grid.public)
    for each in people:
        written(each)
    kinds = [
        {"event": "bounce", "type": "bounce"},
        {"event": "bounce", "type": "blocked"},
        {"event": "spamreport"},
        {"event": "dropped", "reason": "Bounced Address"},
        {"event": "dropped", "reason": "Unsubscribed Address"},
        {"event": "deferred"},
    ]
    events = [{"email": who, **kind} for who, kind in zip(people, kinds, strict=True)]

    answer = send("sendgrid", *grid.signed(events, clock.now))

    assert outcome(answer) == "applied"
    assert stopped(session) == {
        key(people[0]): "bounced",
        key(people[2]): "complained",
        key(people[3]): "bounced",
    }


def test_a_mail_server_of_ones_own_reports_in_our_form(secret, send, written, session, key, clock):
    written()
    made = secret(Adapter.MAIL)

    soft = send("mail", *standard(made, "mail.bounced", ADA, clock.now, permanent=False))
    before = stopped(session)
    hard = send("mail", *standard(made, "mail.bounced", ADA, clock.now, "msg_2"))

    assert (outcome(soft), before) == ("ignored", {})
    assert outcome(hard) == "applied"
    assert stopped(session) == {key(ADA): "bounced"}


def test_an_event_in_our_form_with_a_fault_is_told_where_it_is(secret, send, clock):
    made = secret(Adapter.MAIL)

    answer = send("mail", *standard(made, "mail.opened", "no address", clock.now))

    pointers = {each["pointer"] for each in answer.get_json()["errors"]}
    assert (answer.status_code, pointers) == (422, {"#/type", "#/data/address"})


# Who is known


def test_the_answer_and_the_log_are_the_same_for_an_address_that_nobody_knows(
    secret, send, written, session, key
):
    written()
    made = secret(Adapter.POSTMARK)

    known = send("postmark", *postmark(made, HARD))
    unknown = send("postmark", *postmark(made, HARD | {"Email": "bo@elsewhere.example"}))

    assert (known.status_code, known.data) == (unknown.status_code, unknown.data)
    assert stopped(session) == {key(ADA): "bounced"}
    lines = hook_log.newest(session, registry.find(session, "news").id)
    for line in lines:
        del line["id"]
    assert lines[0] == lines[1]
    assert "readers" not in repr(lines)


def test_a_site_stops_no_address_that_only_another_site_wrote_to(
    secret, send, written, session, clock
):
    other, _ = changes.add(session, "blog", title="", origins=["https://b.example"], now=clock.now)
    written(site_id=other.id)

    answer = send("postmark", *postmark(secret(Adapter.POSTMARK), HARD))

    assert (outcome(answer), stopped(session)) == ("applied", {})


# Once


def test_a_recorded_delivery_stops_no_address_again(
    amazon, secret, send, written, session, key, clock
):
    written()
    grid = SendGrid()
    secret(Adapter.SENDGRID, grid.public)
    secret(Adapter.MAILGUN, SECRET)
    ses = amazon.message(ses_bounce(ADA), clock.now)
    padded = json.dumps(json.loads(ses) | {"unsigned": "by SNS"}).encode()
    swapped, _ = mailgun(SECRET, FAILED | {"reason": "generic"}, clock.now)
    deliveries = [
        ("ses", ses, {}, padded),
        ("postmark", *postmark(secret(Adapter.POSTMARK), HARD), None),
        ("mailgun", *mailgun(SECRET, FAILED, clock.now), swapped),
        ("sendgrid", *grid.signed([{"email": ADA, "event": "spamreport"}], clock.now), None),
    ]
    for adapter, body, headers, changed in deliveries:
        assert outcome(send(adapter, body, headers)) == "applied"
        assert list(stopped(session)) == [key(ADA)]
        reader_upkeep.allow(session, key(ADA))

        clock.advance(minutes=10)

        assert outcome(send(adapter, body, headers)) == "repeated"
        assert outcome(send(adapter, changed or body, headers)) == "repeated"
        assert stopped(session) == {}


def test_a_delivery_signed_long_ago_changes_nothing(amazon, secret, send, written, session, clock):
    written()
    secret(Adapter.MAILGUN, SECRET)
    recorded = [
        ("ses", amazon.message(ses_bounce(ADA), clock.now)),
        ("mailgun", mailgun(SECRET, FAILED, clock.now)[0]),
    ]

    clock.advance(days=8)

    assert [outcome(send(*each)) for each in recorded] == ["outdated", "outdated"]
    assert stopped(session) == {}


def test_a_delivery_signed_in_the_future_is_refused(secret, send, clock):
    secret(Adapter.MAILGUN, SECRET)

    answer = send("mailgun", *mailgun(SECRET, FAILED, clock.now + timedelta(minutes=6)))

    assert refused(answer)


# What is refused


@one_store
@pytest.mark.parametrize(
    ("signed", "made"),
    [
        ({"Message": ses_bounce("bo@readers.example")}, {}),
        ({"Signature": "AAAA"}, {}),
        ({"Signature": None}, {}),
        ({"Signature": "not base64"}, {}),
        ({"SignatureVersion": "3"}, {}),
        ({"SignatureVersion": ["1"]}, {}),
        ({"Timestamp": None}, {}),
        ({"Message": 5}, {}),
        ({"Message": "\ud800"}, {}),
        ({"Type": "Other"}, {}),
        ({"TopicArn": ["a"]}, {}),
        ({}, {"TopicArn": TOPIC.replace("bounces", "other")}),
        ({}, {"TopicArn": TOPIC.replace("eu-west-1", "us-east-1")}),
        ({}, {"Timestamp": "yesterday"}),
        ({}, {"Timestamp": "2026-03-01T09:00:00"}),
    ],
)
def test_a_message_that_sns_did_not_sign_for_the_topic_is_refused(
    amazon, send, clock, signed, made
):
    body = amazon.message(ses_bounce(ADA), clock.now, signed=signed, **made)

    assert refused(send("ses", body))


@one_store
@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0123abcd.pem",
        "https://evil@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-01.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://bucket.s3.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-west-1.amazonaws.com/../bucket/SimpleNotificationService-01.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-01.pem?x=1",
        "https://sns.eu-west-1.amazonaws.com/other.pem",
        "https://169.254.169.254/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem\n",
        None,
        7,
    ],
)
def test_no_certificate_is_read_but_that_of_sns_in_the_region_of_the_topic(
    amazon, send, clock, url
):
    body = amazon.message(ses_bounce(ADA), clock.now, SigningCertURL=url)

    assert refused(send("ses", body))
    assert amazon.asked == []


@one_store
def test_nothing_is_requested_for_a_message_of_another_topic(amazon, send, clock):
    body = amazon.message("x", clock.now, TopicArn=TOPIC + "2", type=sns.CONFIRM)

    assert refused(send("ses", body))
    assert amazon.asked == []


@one_store
def test_a_certificate_is_read_once(amazon, send, clock):
    for number in range(3):
        send("ses", amazon.message(f'{{"n": {number}}}', clock.now))

    assert amazon.asked == [("GET", CERTIFICATE)]


@one_store
def test_few_certificates_are_read_in_a_minute(amazon, send, clock):
    amazon.status = 404
    urls = [f"{HOST}/SimpleNotificationService-{n}.pem" for n in range(sns.MOST_READS + 3)]

    answers = [
        send("ses", amazon.message("{}", clock.now, SigningCertURL=url)).status_code for url in urls
    ]

    assert answers == [401] * sns.MOST_READS + [503] * 3
    assert len(amazon.asked) == sns.MOST_READS


@one_store
def test_a_certificate_that_ended_verifies_nothing(amazon, send, clock):
    clock.advance(days=100)

    assert refused(send("ses", amazon.message(ses_bounce(ADA), clock.now)))


@one_store
def test_sns_is_asked_to_try_again_while_its_certificate_cannot_be_read(
    amazon, send, written, session, key, clock
):
    written()
    amazon.status = 0
    body = amazon.message(ses_bounce(ADA), clock.now)
    answer = send("ses", body)
    assert (answer.status_code, answer.get_json()["code"]) == (503, "certificate_unavailable")
    assert answer.headers["Retry-After"] == "60"

    amazon.status = 200

    assert outcome(send("ses", body)) == "applied"
    assert list(stopped(session)) == [key(ADA)]


def test_a_subscription_of_the_topic_is_confirmed_at_an_address_made_here(amazon, send, clock):
    body = amazon.message(
        "Confirm", clock.now, type=sns.CONFIRM, SubscribeURL="https://evil.example/?Action=Other"
    )

    assert outcome(send("ses", body)) == "applied"

    query = "Action=ConfirmSubscription&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A123456789012%3A"
    assert amazon.asked == [
        ("GET", CERTIFICATE),
        ("GET", f"{HOST}/?{query}bounces&Token={'a' * 64}"),
    ]


@one_store
def test_a_confirmation_that_fails_is_sent_again(amazon, send, session, clock):
    send("ses", amazon.message("{}", clock.now))
    amazon.status = 500

    answer = send("ses", amazon.message("Confirm", clock.now, type=sns.CONFIRM))

    assert answer.status_code == 503
    session.rollback()
    newest = session.scalars(select(HookDelivery).order_by(HookDelivery.id.desc())).first()
    assert (newest.outcome, newest.code) == ("failed", "certificate_unavailable")


@one_store
def test_a_wrong_password_signature_or_key_is_refused_and_logged(secret, send, session, clock):
    secret(Adapter.POSTMARK)
    secret(Adapter.MAILGUN, SECRET)
    secret(Adapter.SENDGRID, SendGrid().public)
    made = secret(Adapter.MAIL)
    body, headers = standard(made, "mail.bounced", ADA, clock.now)
    spam = [{"email": ADA, "event": "spamreport"}]
    tries = [
        ("postmark", *postmark("another secret", HARD)),
        ("postmark", b"{}", {"Authorization": "Basic \u00e4"}),
        ("postmark", b"{}", {"Authorization": "Bearer abc"}),
        ("postmark", b"{}", {}),
        ("mailgun", *mailgun("another key of the account", FAILED, clock.now)),
        ("mailgun", b'{"signature": {"token": 1}}', {}),
        ("mailgun", b"\xff", {}),
        ("sendgrid", *SendGrid().signed(spam, clock.now)),
        ("sendgrid", b"[]", {}),
        ("mail", body + b" ", headers),
        ("ses", b"[]", {}),
    ]

    assert [each[0] for each in tries if not refused(send(*each))] == []

    session.rollback()
    logged = session.scalars(select(HookDelivery.adapter).order_by(HookDelivery.id)).all()
    assert logged == ["postmark", "mailgun", "sendgrid", "mail"]
    assert stopped(session) == {}


@one_store
@pytest.mark.parametrize(
    ("adapter", "given"),
    [
        (Adapter.SES, ""),
        (Adapter.SES, "arn:aws:sqs:eu-west-1:123456789012:bounces"),
        (Adapter.SES, TOPIC + "/x"),
        (Adapter.MAILGUN, ""),
        (Adapter.SENDGRID, ""),
        (Adapter.SENDGRID, "QUFBQUFBQUFBQUFBQUFBQUFB"),
        (Adapter.MAIL, "a secret without a form"),
        (Adapter.MAIL, "whsec_AAAA"),
    ],
)
def test_a_secret_that_could_verify_nothing_is_refused_with_what_to_enter(secret, adapter, given):
    with pytest.raises(Invalid) as found:
        secret(adapter, given)

    assert [each.pointer for each in found.value.errors] == ["#/secret"]


@one_store
def test_a_body_may_be_as_long_as_the_sender_makes_it_and_no_longer(secret, send, clock):
    grid = SendGrid()
    secret(Adapter.SENDGRID, grid.public)
    event = {"event": "delivered", "email": ADA, "response": "x" * 1000}
    most = 4 * 1024 * 1024

    fits = send("sendgrid", *grid.signed([event] * 3900, clock.now))
    longer = send("sendgrid", b"[" + b" " * most + b"]")

    assert outcome(fits) == "ignored"
    assert longer.status_code == 413


@one_store
@pytest.mark.parametrize(
    "content",
    [
        {"notificationType": "Bounce", "bounce": []},
        {
            "notificationType": "Bounce",
            "bounce": {"bounceType": "Permanent", "bouncedRecipients": 1},
        },
        {
            "notificationType": "Bounce",
            "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": []}]},
        },
        {"notificationType": ["Bounce"]},
        [],
        "text",
        None,
    ],
)
def test_a_signed_message_of_another_shape_reports_nothing(amazon, send, session, clock, content):
    assert send("ses", amazon.message(json.dumps(content), clock.now)).status_code == 200
    assert stopped(session) == {}
