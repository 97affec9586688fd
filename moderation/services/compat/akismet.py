"""Akismet's checks and reports: a judgement with the rules of the key's site.

Spam is answered `true`. A doubtful comment waits in the review queue where the platform takes a
verdict later, as WordPress does; the platform keeps it pending until then.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain import characters
from moderation.domain.errors import Busy
from moderation.domain.judgement import Cause, Draft, Verdict
from moderation.domain.reasons import Code
from moderation.domain.status import Outcome, PostState, Status
from moderation.policy.post_rules import resolve
from moderation.storage.compiled_statements import DirectConnection
from moderation.storage.group_commit import run_grouped
from moderation.storage.models.comments import Comment
from moderation.storage.models.foreign import ForeignComment
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from ..comments import facts
from ..comments.identity import Identity, identify
from ..comments.requests import Sender, Submission
from ..judging import judge
from ..signing import Signing
from ..sites.judgement_rules import rules_of
from ..sites.preview import default_of
from . import akismet_flood, akismet_usage, examples, foreign, markup
from .akismet_comment import AkismetComment, usable_callback
from .akismet_flood import Seen
from .foreign import LONGEST_TEXT, Foreign, Source, storable

#: A site with more comments waiting gets its answers at once.
MOST_WAITING = 5000
_SPAM_FILTERS = frozenset({"spam", "links", "flood"})
_TOXIC_FILTERS = frozenset({"toxicity", "profanity"})
#: Codes of comments that no moderator of the platform needs to see.
_BLATANT = frozenset({Code.BLOCKED_WORD, Code.BLOCKED_LINK, Code.HONEYPOT})


class Toxic(Enum):
    """The setting `akismet_toxic`: the answer to a comment that is toxic but not spam."""

    REVIEW = "review"
    SPAM = "spam"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a check."""

    spam: bool
    #: The platform may delete it unseen.
    discard: bool = False
    #: Seconds for which the platform waits for a moderator's verdict.
    recheck_after: int | None = None


def check(
    session: Session,
    runtime: Signing,
    site: Site,
    asked: AkismetComment,
    guid: str,
    *,
    now: datetime,
) -> Answer:
    """Judge a comment, count the check, and hold a doubtful one for a moderator; commits.

    Raises Busy where a filter has failed and no moderator can be asked.
    """
    if asked.is_by_administrator:
        return _counted(session, site, asked, Answer(False), None, now)
    if asked.is_sample:
        answer = Answer(True, discard=asked.is_blatant_by_name)
        return _counted(session, site, asked, answer, None, now)
    question = _question(asked, guid)
    known = foreign.standing(session, site, question.fingerprint)
    if known is not None and known.decided and known.status is not Status.HELD:
        answer = Answer(known.status is not Status.APPROVED)
        return _counted(session, site, asked, answer, None, now)
    if known is not None and known.status is Status.HELD:
        waiting = _deferred(session, runtime, site, asked, question, now)
        if waiting is not None:
            return _counted(session, site, asked, waiting, None, now)
    verdict, seen = _judge(session, runtime, site, asked, question, now)
    doubt = _doubt(site, verdict)
    if verdict.outcome is Outcome.REJECT:
        codes = {cause.signal.code for cause in verdict.deciding}
        answer = Answer(True, discard=bool(codes & _BLATANT))
    elif doubt is None:
        answer = Answer(False)
    elif doubt.certain:
        answer = Answer(True)
    else:
        judged = replace(question, verdict=verdict)
        deferred = _deferred(session, runtime, site, asked, judged, now)
        answer = deferred or _without_review(doubt)
    return _counted(session, site, asked, answer, seen, now)


def report(
    session: Session,
    runtime: Signing,
    site: Site,
    asked: AkismetComment,
    *,
    spam: bool,
    now: datetime,
) -> None:
    """Keep a moderator's correction as a labelled example; commits. Tests are not kept.

    A comment that still waits in the review queue is decided by it.
    """
    if asked.is_test:
        return
    question = _question(asked, "")
    author = _identity(runtime, asked, question.text).author_key
    counted = "missed_spam" if spam else "false_positives"

    def store() -> None:
        examples.keep(
            session,
            site,
            source=Source.AKISMET.value,
            text=question.text,
            labels={"SPAM": float(spam)},
            context=_context(asked),
            now=now,
            author_key=author,
        )
        outcome = Outcome.SPAM if spam else Outcome.APPROVE
        foreign.settle(session, site, question.fingerprint, outcome, now=now)
        akismet_usage.count(session, site, asked.blog_host, now, counted)

    transact(session, store)


def _context(asked: AkismetComment) -> dict[str, Any]:
    author = {"name": asked.author, "email": asked.email, "website": asked.website}
    place = {"blog": asked.blog, "permalink": asked.permalink}
    return {"author": author, **place, **asked.details}


def _question(asked: AkismetComment, guid: str) -> Foreign:
    text = characters.paragraphs(storable(markup.text_of(asked.text), len(asked.text)))
    return Foreign(
        Source.AKISMET,
        text,
        _NOT_JUDGED,
        guid,
        author_name=asked.author,
        author_email=asked.email,
        author_website=asked.website,
        address=asked.address,
        place_url=asked.page,
        key_name=asked.key_name,
        details={"blog": asked.blog, **asked.details},
    )


_NOT_JUDGED = Verdict(Outcome.APPROVE, (), {}, {}, "")


# Judging


def _judge(
    session: Session,
    runtime: Signing,
    site: Site,
    asked: AkismetComment,
    question: Foreign,
    now: datetime,
) -> tuple[Verdict, Seen]:
    """Return the verdict of the site's rules, and the keys by which the check is remembered."""
    of_page = resolve(site.settings, external_id="", url=asked.page)
    rules = rules_of(site)
    rules = replace(
        rules,
        thresholds=of_page.thresholds_at(now, rules.thresholds),
        own_domains=rules.own_domains | {asked.blog_host},
        # The platform has a rule of its own for newcomers, and counts its own comments.
        hold_first=0,
    )
    text = _shortened(question.text)
    identity, keys = _identity(runtime, asked, text), facts.text_columns(text)
    session.rollback()
    with DirectConnection(session.get_bind().engine) as unit:
        known = facts.gather(
            unit,
            site,
            None,
            identity,
            text,
            keys,
            now=now,
            premoderated=of_page.state is PostState.PREMODERATED,
            honeypot_filled=asked.honeypot_filled,
            staff=asked.is_by_staff,
        )
        seen = Seen.of(site, identity, keys["text_key"], question.fingerprint)
        known = akismet_flood.add_counts(unit, seen, known, now)
    name = characters.name(storable(asked.author, 200))
    draft = Draft(text, name, asked.email[:254], storable(asked.website, 2000))
    return judge(draft, known, rules), seen


def _identity(runtime: Signing, asked: AkismetComment, text: str) -> Identity:
    name = characters.name(storable(asked.author, 80))
    email = characters.line(storable(asked.email, 254))
    return identify(runtime, Submission(text, name, email), Sender(asked.address))


def _shortened(text: str) -> str:
    """Return a text, or the beginning and the end of one that is too long to judge in time."""
    if len(text) <= LONGEST_TEXT:
        return text
    return text[: LONGEST_TEXT // 2] + "\n" + text[-LONGEST_TEXT // 2 :]


@dataclass(frozen=True, slots=True)
class _Doubt:
    """What speaks against a comment that is not refused."""

    #: Certain enough to be answered without a moderator.
    certain: bool
    #: The filter of spam holds it, not only its links or a burst.
    spam: bool
    failed: bool


def _doubt(site: Site, verdict: Verdict) -> _Doubt | None:
    """Weigh what holds a comment by the site's settings for Akismet; None: nothing does."""
    if verdict.outcome is not Outcome.HOLD:
        return None
    toxic = Toxic(_setting(site, "akismet_toxic"))
    causes = [
        cause
        for cause in verdict.deciding
        if toxic is not Toxic.IGNORE or cause.signal.filter not in _TOXIC_FILTERS
    ]
    if not causes:
        return None
    spam = [cause for cause in causes if cause.signal.filter in _SPAM_FILTERS]
    certain = any(cause.signal.score >= _setting(site, "akismet_spam_from") for cause in spam)
    if toxic is Toxic.SPAM and any(cause.signal.filter in _TOXIC_FILTERS for cause in causes):
        certain = True
    reads_as_spam = any(cause.signal.filter == "spam" for cause in spam)
    return _Doubt(certain, reads_as_spam, any(map(_is_failure, causes)))


def _is_failure(cause: Cause) -> bool:
    return cause.signal.code is Code.FILTER_FAILED


def _without_review(doubt: _Doubt) -> Answer:
    """Return the answer to a doubtful comment that no moderator can be asked about."""
    if doubt.failed:
        raise Busy("A filter could not judge this comment. Try again in a moment.")
    return Answer(doubt.spam)


def _setting(site: Site, name: str) -> Any:
    return site.settings.get(name, default_of(name))


# Holding


def _deferred(
    session: Session,
    runtime: Signing,
    site: Site,
    asked: AkismetComment,
    question: Foreign,
    now: datetime,
) -> Answer | None:
    """Put a doubtful comment into the queue; None where no verdict could be sent later."""
    hours = _setting(site, "akismet_review_hours")
    callback = usable_callback(asked.callback, asked.blog, runtime.settings.allowed_networks)
    if callback is None or not hours or asked.is_test or _is_full(session, site):
        return None
    held = replace(question, callback=callback)
    foreign.hold_foreign(session, runtime, site, held, now=now)
    return Answer(False, recheck_after=int(timedelta(hours=hours).total_seconds()))


def _is_full(session: Session, site: Site) -> bool:
    waiting = (
        select(ForeignComment.comment_id)
        .join(Comment, Comment.id == ForeignComment.comment_id)
        .where(ForeignComment.site_id == site.id, Comment.status == Status.HELD.value)
        .limit(MOST_WAITING)
        .subquery()
    )
    return (session.scalar(select(func.count()).select_from(waiting)) or 0) >= MOST_WAITING


def _counted(
    session: Session,
    site: Site,
    asked: AkismetComment,
    answer: Answer,
    seen: Seen | None,
    now: datetime,
) -> Answer:
    """Count a check and remember its keys; tests leave no trace."""
    if asked.is_test:
        return answer
    result = "spam" if answer.spam else "ham"

    def store(unit: DirectConnection) -> None:
        akismet_usage.count(unit, site, asked.blog_host, now, "api_calls", result)
        if seen is not None:
            akismet_flood.remember(unit, seen, now)

    run_grouped(session, store)
    return answer
