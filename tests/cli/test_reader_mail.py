"""`moderation mail`: addresses of readers that bounced or complained."""

from uuid import UUID

import pytest

from moderation.services.notifications import bounces
from moderation.storage.models.base import new_id
from tests.cli.test_sign_on import run  # noqa: F401 (a fixture)

MAIL = "01a22b25fc60712398f5f6655b26f419"
DSN = """\
From: MAILER-DAEMON@mx.example
To: desk@news.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type={report}; boundary="b"

--b
Content-Type: text/plain

The mail could not be delivered. Final-Recipient: rfc822; other@readers.example
Message-ID: <ffffffffffffffffffffffffffffffff@comments.example>

--b
{status}
--b
Content-Type: {quoted}

From: desk@news.example
To: rae@readers.example
Message-ID: <{id}@comments.example>
Subject: New answers

--b--
"""
FAILED = """\
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; rae@readers.example
Action: {action}
Status: {code}
"""
COMPLAINT = """\
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Provider/1.0
Version: 1
"""


def report(status, *, id=MAIL, quoted="message/rfc822", kind="delivery-status"):
    return DSN.format(status=status, id=id, quoted=quoted, report=kind)


def failed(code="5.1.1", action="failed", **more):
    return report(FAILED.format(code=code, action=action), **more)


def complaint(kind="abuse", **more):
    return report(COMPLAINT.format(kind=kind), kind="feedback-report", **more)


@pytest.mark.parametrize("quoted", ["message/rfc822", "text/rfc822-headers"])
def test_a_permanent_failure_and_a_complaint_name_the_mail_that_they_quote(quoted):
    assert bounces.read(failed(quoted=quoted).encode()) == (UUID(MAIL), "bounced")
    assert bounces.read(complaint(quoted=quoted).encode()) == (UUID(MAIL), "complained")


@pytest.mark.parametrize(
    "text",
    [
        failed(action="delayed", code="4.4.1"),
        failed(code="4.2.2"),
        failed(code="5.2.2"),
        failed(code="5.7.1"),
        failed(id="not-ours"),
        failed(quoted="text/plain"),
        complaint(kind="not-spam"),
        "Subject: I am on holiday\r\nAuto-Submitted: auto-replied\r\n\r\nUntil Monday.",
        "",
        "\0\udcff not a message",
        "Content-Type: multipart/report; boundary=\r\n\r\n--\r\n" * 50,
    ],
)
def test_anything_else_stops_nothing(text):
    assert bounces.read(text.encode(errors="surrogateescape")) is None


def test_an_address_is_stopped_reported_and_allowed(run):  # noqa: F811
    assert run("mail", "status", "Rae@Readers.example") == "Not stopped.\n"
    stopped = "No mail is sent to this address any more: bounced.\n"
    assert run("mail", "bounced", "rae@readers.example") == stopped
    assert run("mail", "complained", "bo@readers.example").endswith("complained.\n")
    # The first reason stays.
    run("mail", "complained", "rae@readers.example")
    assert run("mail", "status", "rae@READERS.example").endswith(": bounced.\n")
    assert run("mail", "allow", "rae@readers.example") == "Mail is sent to it again.\n"
    assert run("mail", "allow", "rae@readers.example") == "It was not stopped.\n"
    assert "looks like" in run("mail", "bounced", "nowhere", code=1)


def test_a_report_about_a_mail_that_was_never_sent_stops_nothing(run):  # noqa: F811
    assert "not known here" in run("mail", "report", input=failed(id=new_id().hex))
    assert "Nothing to stop" in run("mail", "report", input="Subject: hello\n\nhello")
