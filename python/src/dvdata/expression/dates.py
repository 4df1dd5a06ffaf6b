"""Dates as they are written in expressions: ISO 8601, in UTC unless they say otherwise."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_FORM = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))?)?",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MILLISECOND = timedelta(milliseconds=1)


def parse_date(text: str) -> int | None:
    """Milliseconds since 1970 UTC; None for what is no date, or a day that no calendar has."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    fraction, sign, zone_hours, zone_minutes = found.groups()[6:]
    # Python has no year 0. 400 years on, days fall alike, and there are always as many.
    shifted = 400 if year == 0 else 0
    try:
        local = datetime(year + shifted, month, day, hour, minute, second, tzinfo=timezone.utc)
    except ValueError:
        return None
    time = (
        (local - _EPOCH) // _MILLISECOND
        - shifted // 400 * _FOUR_CENTURIES
        + int((fraction or "").ljust(3, "0"))
    )
    east = (int(zone_hours) * 60 + int(zone_minutes)) * 60_000 if sign else 0
    return time + east if sign == "-" else time - east


_FOUR_CENTURIES = 146_097 * 86_400_000
