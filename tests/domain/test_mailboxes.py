"""One rule decides to which addresses the service sends."""

from email.headerregistry import Address

import pytest

from moderation.domain.hosts import BadAddress
from moderation.domain.mailboxes import mail_domain, mailbox


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Ann.Reed+desk@News.Example", "Ann.Reed+desk@news.example"),
        (" ann@news.example ", "ann@news.example"),
        ("o'brien@news.example", "o'brien@news.example"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@news.example.", "ann@news.example"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_an_address_is_kept_as_it_is_written_in_a_header(written, kept):
    assert mailbox(written) == kept
    assert mailbox(kept) == kept
    assert Address(addr_spec=kept).addr_spec == kept


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("ä@example.org", "beyond ASCII"),
        ("дарья@example.org", "beyond ASCII"),
        ("ann\u200b@example.org", "beyond ASCII"),
        ("ann", "like ada@example.org"),
        ("@example.org", "like ada@example.org"),
        ("ann@", "like ada@example.org"),
        ("a b@example.org", "without spaces"),
        ('"ann reed"@example.org', "without spaces"),
        ("ann@one@example.org", "before the @"),
        (".ann@example.org", "before the @"),
        ("ann..reed@example.org", "before the @"),
        ("ann\r\nBcc: eve@evil.example", "before the @"),
        ("a" * 65 + "@example.org", "1 to 64"),
        ("ann@exa mple.org", "not a domain"),
        ("ann@-example.org", "not a domain"),
        ("ann@127.0.0.1", "network address"),
        ("ann@[127.0.0.1]", "not a domain"),
        ("ann@[::1]", "network address"),
        ("a" * 60 + "@" + "a." * 110 + "example", "at most 254"),
    ],
)
def test_an_address_that_cannot_be_sent_to_is_refused_with_a_sentence(written, sentence):
    with pytest.raises(BadAddress, match=sentence):
        mailbox(written)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("comments.example", "comments.example"),
        ("127.0.0.1", "[127.0.0.1]"),
        ("::1", "[IPv6:::1]"),
    ],
)
def test_a_host_without_a_name_is_in_brackets_behind_the_at_sign(host, domain):
    assert mail_domain(host) == domain
    assert Address(addr_spec=f"moderation@{domain}").domain == domain
