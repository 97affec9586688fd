"""The figures that Akismet's clients show: subscription, use, and counts by blog."""

import csv
import io
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from moderation.services.compat import akismet_usage
from moderation.services.compat.akismet_usage import COUNTED, BlogUsage
from moderation.storage.models.sites import Site

from .akismet_request import Parameters

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_MOST_ROWS = 500
#: Months of the periods that WordPress shows; any other is all of them.
_PERIODS = {"60-days": 2, "6-months": 6}
_COLUMNS = {
    "site": "Site",
    "api_calls": "Total API Calls",
    "spam": "Spam",
    "ham": "Ham",
    "missed_spam": "Missed Spam",
    "false_positives": "False Positives",
    "is_revoked": "Is Revoked",
}


def subscription(site: Site) -> dict[str, Any]:
    """Return the account of a key; WordPress stores no key unless it is active."""
    return {
        "account_id": site.id,
        "account_name": site.title or site.name,
        "account_type": "self-hosted",
        "status": "active",
        # Null is an error to Akismet's own library.
        "next_billing_date": False,
        "limit_reached": False,
    }


def stats(session: Session, site: Site, blog: str, period: str) -> dict[str, Any]:
    """Return the counts of a blog in a period, in total and by month."""
    return _stats(akismet_usage.of_blog(session, site, blog, _PERIODS.get(period)))


def key_stats(session: Session, site: Site, period: str) -> dict[str, Any]:
    """Return the counts of all blogs of a key in a period, in total and by month."""
    return _stats(akismet_usage.of_key(session, site, _PERIODS.get(period)))


def _stats(months: list[BlogUsage]) -> dict[str, Any]:
    total = {name: sum(getattr(month, name) for month in months) for name in COUNTED}
    checks = total["spam"] + total["ham"]
    wrong = min(checks, total["missed_spam"] + total["false_positives"])
    return {
        **_counts(total),
        "accuracy": round(100 * (checks - wrong) / checks, 2) if checks else 0,
        "time_saved": 0,
        "breakdown": {
            month.month: {
                **_counts({name: getattr(month, name) for name in COUNTED}),
                "blogs": month.blogs,
                "da": f"{month.month}-01",
            }
            for month in months
        },
    }


def _counts(found: dict[str, int]) -> dict[str, int]:
    return {name: found[name] for name in COUNTED if name != "api_calls"}


def usage_limit(session: Session, site: Site, now: datetime) -> dict[str, Any]:
    """Return the calls of this month; there is no limit."""
    return {
        "limit": "none",
        "usage": akismet_usage.calls(session, site, now),
        "percentage": "0.00",
        "throttled": False,
    }


@dataclass(frozen=True, slots=True)
class SitesQuery:
    """The blogs that a client asks for."""

    month: str
    order: str
    limit: int
    offset: int
    filter: str

    @classmethod
    def of(cls, sent: Parameters, now: datetime) -> "SitesQuery":
        """Read a query; values that make no sense count as left out."""
        month = sent.get("month")
        return cls(
            month if _MONTH.fullmatch(month) else akismet_usage.month_of(now),
            sent.get("order"),
            min(_number(sent.get("limit"), _MOST_ROWS), _MOST_ROWS),
            _number(sent.get("offset"), 0),
            sent.get("filter", 255).casefold(),
        )


def _number(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default


def sites(session: Session, site: Site, query: SitesQuery) -> dict[str, Any]:
    """Return the counts of a month by blog."""
    found = _found(session, site, query)
    chosen = found[query.offset : query.offset + query.limit]
    return {
        query.month: [_row(usage) for usage in chosen],
        "limit": query.limit,
        "offset": query.offset,
        "total": len(found),
    }


def sites_csv(session: Session, site: Site, query: SitesQuery) -> str:
    """Return the counts of a month by blog, as lines with commas."""
    found = _found(session, site, query)
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(_COLUMNS.values())
    for usage in found[query.offset : query.offset + query.limit]:
        row = {**_row(usage), "is_revoked": "false"}
        writer.writerow(row[name] for name in _COLUMNS)
    return lines.getvalue()


def _found(session: Session, site: Site, query: SitesQuery) -> list[BlogUsage]:
    usages = akismet_usage.of_month(session, site, query.month)
    named = (usage for usage in usages if query.filter in usage.blog)
    return akismet_usage.in_order(named, query.order)


def _row(usage: BlogUsage) -> dict[str, Any]:
    counts = {name: getattr(usage, name) for name in COUNTED}
    # Spreadsheets would run a cell that begins like a formula.
    blog = usage.blog if usage.blog[:1].isalnum() else f" {usage.blog}"
    return {"site": blog, **counts, "is_revoked": False}
