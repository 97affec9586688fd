"""The receipt for a notice of illegal content (Digital Services Act, article 16(4)), by mail.

It goes to an address that is not confirmed, so it has nothing that its sender typed, and few go to
one address, from one network and of one site. The outcome follows: `report_outcomes`.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from moderation.domain.reports import is_legal
from moderation.storage.models.posts import Post
from moderation.storage.models.reports import CommentReport

from ..notifications.reader_mail import REPORT_RECEIPT, queue_reader_mail
from ..signing import Signing
from .report_outcomes import email_key, has_many


def queue_receipt(
    session: Session, runtime: Signing, report: CommentReport, post: Post, *, now: datetime
) -> bool:
    """Queue the receipt of a notice, in the caller's transaction; return whether it was.

    Nothing is queued for other reports, without an address, or where no mail is sent.
    """
    address = report.email
    if not runtime.settings.smtp_url or not address or not is_legal(report.reason):
        return False
    if has_many(session, runtime, REPORT_RECEIPT, report, address, now):
        return False
    queued = queue_reader_mail(
        session,
        site_id=report.site_id,
        kind=REPORT_RECEIPT,
        address=address,
        language=report.language,
        values={
            "page_title": post.title or "",
            "page_url": post.url or "",
            "at": f"{now:%Y-%m-%d %H:%M}",
            "number": str(report.id),
        },
        key=f"receipt:{report.id}",
        now=now,
        email_key=email_key(runtime, address),
        network_key=report.block_key,
    )
    return queued is not None
