"""Times as other systems write them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")
_TEXT = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]+(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?(?:\s+[A-Z]{1,5})?"
)
#: As JavaScript and mail write them: `Thu Oct 28 2021 20:50:15 GMT+0800 (…)`.
_NAMED = re.compile(
    r"(?:[A-Z][a-z]{2},? )?(?:([A-Z][a-z]{2}) (\d{1,2})|(\d{1,2}) ([A-Z][a-z]{2})),? (\d{4})"
    r" (\d{1,2}:\d\d(?::\d\d)?)(?: ?(?:GMT|UTC)?([+-]\d{4})| ?(Z|UTC|GMT))?(?: \([^)]{0,50}\))?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: Names of numbers in MongoDB's extended JSON.
_NUMBERS = ("$numberLong", "$numberDouble", "$numberInt")
#: Numbers from here on are milliseconds: in seconds they would lie beyond the year 5000.
_MILLISECONDS = 100_000_000_000


class NoZone(ValueError):
    """There is no time zone of this name."""


def zone_named(name: str) -> tzinfo:
    """Return the time zone of a name such as `Europe/Berlin` or `+08:00`; raise NoZone."""
    offset = _OFFSET.fullmatch(name)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3])
        if minutes < 24 * 60:
            return timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes))
    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NoZone(name) from None


@dataclass(slots=True)
class Times:
    """Reads times; one without a zone is local time of the old server."""

    zone: tzinfo = UTC
    #: Times without a zone that were read.
    without_zone: int = 0

    def moment(self, value: Any, *, zone: tzinfo | None = None) -> datetime | None:
        """Return a time in UTC; None for none, one that is none, and the zero times of databases.

        `zone`: the zone that the source's own rules give to a time without one.
        """
        if isinstance(value, dict):
            # Of MongoDB and LeanCloud.
            value = value.get("$date", value.get("iso", value))
            if isinstance(value, dict):
                value = next((value[name] for name in _NUMBERS if name in value), None)
        if isinstance(value, bool) or value is None:
            return None
        if isinstance(value, str):
            text = value.strip()
            if not text.lstrip("-").replace(".", "", 1).isdecimal():
                return self._of_text(text, zone)
            value = float(text) if len(text) < 25 else None
        return _of_number(value) if isinstance(value, int | float) else None

    def _of_text(self, text: str, zone: tzinfo | None) -> datetime | None:
        found = _TEXT.fullmatch(_numeric(text[:120]))
        if found is None:
            return None
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
        microsecond = int(((found[7] or "") + "000000")[:6])
        offset = found[8]
        try:
            local = datetime(year, month, day, hour, minute, min(second, 59), microsecond)  # noqa: DTZ001
            if offset is None:
                if zone is None and year > 1:
                    self.without_zone += 1
                moment = local.replace(tzinfo=zone or self.zone)
            elif offset in ("Z", "UTC", "GMT"):
                moment = local.replace(tzinfo=UTC)
            else:
                moment = local.replace(
                    tzinfo=zone_named((offset + ":00")[:6] if len(offset) == 3 else offset)
                )
            return _sane(moment.astimezone(UTC))
        except (ValueError, OverflowError):
            return None


def _numeric(text: str) -> str:
    """Return a time that names its month with the month's number instead."""
    found = _NAMED.fullmatch(text)
    month = (found[1] or found[4]).lower() if found else ""
    if found is None or month not in _MONTHS:
        return text
    offset = found[7] or ("Z" if found[8] else "")
    return (
        f"{found[5]}-{_MONTHS.index(month) + 1}-{found[2] or found[3]} {found[6]} {offset}".strip()
    )


def _of_number(value: float) -> datetime | None:
    seconds = value / 1000 if abs(value) >= _MILLISECONDS else value
    try:
        return _sane(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def _sane(moment: datetime) -> datetime | None:
    # Zero times are in the years 1 and 1970.
    return moment if moment.year > 1970 else None
