"""When mail about waiting comments is sent: at once, every hour, or daily at one's own hour."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

#: Between two mails to one moderator who wants them at once.
PAUSE = timedelta(minutes=1)


class Often(StrEnum):
    """When a moderator wants mail about held comments."""

    OFF = "off"
    NOW = "now"
    HOURLY = "hourly"
    DAILY = "daily"


@dataclass(frozen=True, slots=True)
class Wish:
    """How often, and the hour of the daily digest in the clocks of a time zone."""

    often: Often
    hour: int = 7
    zone: str = "UTC"


def due(wish: Wish, now: datetime, mailed_at: datetime | None) -> datetime:
    """When a mail about something that is found now is sent."""
    if wish.often is Often.HOURLY:
        return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    if wish.often is Often.DAILY:
        # By the calendar there, not by 24 hours: some days have 23 or 25.
        day = now.astimezone(zone_of(wish.zone)).date()
        today = _at(day.toordinal(), wish)
        return today if today > now else _at(day.toordinal() + 1, wish)
    return now if mailed_at is None else max(now, mailed_at + PAUSE)


def is_zone(name: str) -> bool:
    """Tell whether this machine knows a time zone of this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def zone_of(name: str) -> tzinfo:
    """The time zone, or UTC where another machine of ours knew one that this does not."""
    return ZoneInfo(name) if is_zone(name) else UTC


def _at(ordinal: int, wish: Wish) -> datetime:
    day = datetime.fromordinal(ordinal).date()
    local = datetime.combine(day, time(wish.hour), zone_of(wish.zone))
    # An hour that a day in spring leaves out is the one after it.
    return local.astimezone(UTC)
