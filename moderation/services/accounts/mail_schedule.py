"""The schedule of mail about held comments: at once, hourly, or daily at a chosen hour."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

#: Minimum between two mails to one moderator with frequency `now`.
PAUSE = timedelta(minutes=1)


class MailFrequency(StrEnum):
    """The frequency of mail about held comments."""

    OFF = "off"
    NOW = "now"
    HOURLY = "hourly"
    DAILY = "daily"


@dataclass(frozen=True, slots=True)
class MailPreference:
    """The frequency, and the hour of the daily digest in a time zone."""

    often: MailFrequency
    hour: int = 7
    zone: str = "UTC"


def due(wish: MailPreference, now: datetime, mailed_at: datetime | None) -> datetime:
    """Return the time at which a mail about a comment that is found now is sent."""
    if wish.often is MailFrequency.HOURLY:
        return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    if wish.often is MailFrequency.DAILY:
        # By the calendar there, not by 24 hours: some days have 23 or 25.
        day = now.astimezone(zone_of(wish.zone)).date()
        today = _at(day.toordinal(), wish)
        return today if today > now else _at(day.toordinal() + 1, wish)
    return now if mailed_at is None else max(now, mailed_at + PAUSE)


def is_zone(name: str) -> bool:
    """Return whether this machine knows a time zone of this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def zone_of(name: str) -> tzinfo:
    """Return the time zone, or UTC when this machine does not know it."""
    return ZoneInfo(name) if is_zone(name) else UTC


def _at(ordinal: int, wish: MailPreference) -> datetime:
    day = datetime.fromordinal(ordinal).date()
    local = datetime.combine(day, time(wish.hour), zone_of(wish.zone))
    # An hour that daylight saving time skips becomes the next one.
    return local.astimezone(UTC)
