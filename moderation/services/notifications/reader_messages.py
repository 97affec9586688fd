"""The contents of mail to readers, in sixteen languages, as plain text and HTML.

A mail is a list of blocks, and only `_plain` and `_html` write them out: every text that
becomes HTML is escaped there, and nothing in a mail is loaded from a server.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from html import escape
from pathlib import Path

from moderation.domain import characters

from . import messages

WORDS: Mapping[str, Mapping[str, str]] = json.loads(
    (Path(__file__).parent / "reader_words.json").read_text(encoding="utf-8")
)
_RIGHT_TO_LEFT = frozenset({"ar"})
#: Characters of a quoted title; a subject has room for few.
_TITLE = 80


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph of our own words; names and titles in it are quoted already."""

    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """The words of another person."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link that the mail is about, with its label."""

    label: str
    url: str


Block = Text | Quote | Link


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything of a mail beside its contents."""

    sender: str
    recipient: str
    #: The site's title.
    site: str
    #: Id of the mail, which becomes its Message-ID.
    id: str
    stamp: messages.Stamp
    language: str
    #: Page that stops such mail; a POST to it stops it in one click.
    stop: str
    #: The page stops mail about one discussion first.
    about_thread: bool = False


def known_language(tag: str, otherwise: str = "en") -> str:
    """Return the language of the mail for a language tag; English, or another, when unknown."""
    asked = tag.strip().partition("-")[0].lower()
    return next((known for known in WORDS if known[:2] == asked), otherwise)


def words(language: str, key: str, **values: str) -> str:
    """Return a text in a language with the names filled in."""
    return WORDS[known_language(language)][key].format(**values)


def title_of(title: str | None, site: str) -> str:
    """Return a post's title for a mail; the site's where it has none."""
    quoted = messages.quoted(title or site)
    return quoted if len(quoted) <= _TITLE else quoted[: _TITLE - 1].rstrip() + "…"


def compose(envelope: Envelope, subject: str, blocks: Sequence[Block]) -> EmailMessage:
    """Build a mail from its blocks, with the headers of RFC 2369, 3834 and 8058."""
    language = known_language(envelope.language)
    message = messages.begin(
        envelope.sender,
        envelope.recipient,
        subject,
        envelope.stamp,
        name=messages.quoted(envelope.site),
        id=envelope.id,
    )
    message["Precedence"] = "bulk"
    message["List-Unsubscribe"] = f"<{envelope.stop}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    site = messages.quoted(envelope.site)
    why = words(language, "why", site=site)
    stop = words(language, "stop_thread" if envelope.about_thread else "stop", site=site)
    message.set_content(
        characters.paragraphs(_plain(blocks, why, Link(stop, envelope.stop))) + "\n"
    )
    message.add_alternative(
        _HTML.format(
            language=escape(language),
            direction="rtl" if language in _RIGHT_TO_LEFT else "ltr",
            title=escape(subject),
            blocks=characters.paragraphs("\n".join(map(_html, blocks))),
            why=escape(why),
            stop=escape(stop),
            stop_url=escape(envelope.stop),
        ),
        subtype="html",
    )
    # Setting the content removes such fields.
    message["Content-Language"] = language
    return message


def confirmation(envelope: Envelope, confirm: str) -> EmailMessage:
    """Build the mail that asks a reader to confirm an address."""
    language, site = envelope.language, messages.quoted(envelope.site)
    return compose(
        envelope,
        words(language, "confirm_subject", site=site),
        [
            Text(words(language, "confirm_intro", site=site)),
            Link(words(language, "confirm_button"), confirm),
            Text(words(language, "confirm_ignore")),
        ],
    )


def outcome(envelope: Envelope, kind: str, values: Mapping[str, str]) -> EmailMessage:
    """Build the mail about a decision: on a report, on an appeal, or on a comment."""
    language, site = envelope.language, messages.quoted(envelope.site)
    about = kind.partition("_")[0]
    title = title_of(values.get("page_title"), envelope.site)
    blocks: list[Block] = [Text(words(language, f"{about}_intro", title=title))]
    if values.get("outcome"):
        blocks.append(Text(words(language, f"{about}_{values['outcome']}")))
    if values.get("sentence"):
        blocks.append(Text(characters.line(values["sentence"])))
    if values.get("page_url"):
        blocks.append(Link(words(language, "open_page"), values["page_url"]))
    return compose(envelope, words(language, f"{about}_subject", site=site), blocks)


def receipt(envelope: Envelope, values: Mapping[str, str]) -> EmailMessage:
    """Build the mail that confirms the receipt of a notice of illegal content."""
    language = envelope.language
    title = title_of(values.get("page_title"), envelope.site)
    when = words(language, "receipt_when", at=values["at"], number=values["number"])
    blocks: list[Block] = [
        Text(words(language, "receipt_intro", title=title)),
        Text(when),
        Text(words(language, "receipt_next")),
    ]
    if values.get("page_url"):
        blocks.append(Link(words(language, "open_page"), values["page_url"]))
    subject = words(language, "receipt_subject", site=messages.quoted(envelope.site))
    return compose(envelope, subject, blocks)


def _plain(blocks: Sequence[Block], why: str, stop: Link) -> str:
    lines: list[str] = []
    for block in blocks:
        match block:
            case Link(label, url):
                lines += [f"{label}: {url}", ""]
            case Quote(text):
                lines += [f"> {text}", ""]
            case Text(text):
                lines += [text, ""]
    # RFC 3676 marks the end of a text so; mail programs show it in grey.
    return "\n".join([*lines, "-- ", why, f"{stop.label}: {stop.url}"])


def _html(block: Block) -> str:
    match block:
        case Link(label, url):
            return f'<p style="margin:0 0 20px"><a href="{escape(url)}">{escape(label)}</a></p>'
        case Quote(text):
            return (
                '<blockquote style="margin:0 0 12px;padding:0 12px;border:solid #c9c9c2;'
                f'border-width:0 0 0 3px">{escape(text)}</blockquote>'
            )
        case Text(text):
            return f'<p style="margin:0 0 12px">{escape(text)}</p>'


_HTML = """<!doctype html>
<html lang="{language}" dir="{direction}"><head><meta charset="utf-8"><title>{title}</title></head>
<body style="max-width:600px;margin:0 auto;padding:24px;color:#1d1d1b;font:15px/1.5 sans-serif">
{blocks}
<p style="margin:28px 0 0;color:#5f5f5a;font-size:13px">{why}<br>
<a href="{stop_url}">{stop}</a></p>
</body></html>
"""
