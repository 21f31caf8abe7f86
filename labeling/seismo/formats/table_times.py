"""Times as unknown tables write them: year, day or month first, day of the year, or a number counted from 1970 or from a start."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from labeling.seismo.timing import PLACEHOLDER_EPOCH

TimeFormat = Literal["year_first", "day_first", "month_first", "year_day", "epoch"]
TimeUnit = Literal["s", "ms", "us", "ns", "samples"]

TIME_FORMATS: Mapping[TimeFormat, str] = MappingProxyType(
    {
        "year_first": "2013-09-26 15:17:05.61 (ISO 8601, year first)",
        "day_first": "26/09/2013 15:17:05.61 (day first)",
        "month_first": "09/26/2013 15:17:05.61 (month first)",
        "year_day": "2013-269 15:17:05.61 (day of the year)",
        "epoch": "1380208625.61 (counted from 1970)",
    }
)
TIME_UNITS: Mapping[TimeUnit, str] = MappingProxyType(
    {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds", "samples": "samples"}
)
SECONDS_IN: Mapping[str, Decimal] = MappingProxyType({"s": Decimal(1), "ms": Decimal("1e-3"), "us": Decimal("1e-6"), "ns": Decimal("1e-9")})
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month>\d{1,2}|[A-Za-z]{3})"
_YEAR = r"(?P<year>\d{4}|\d{2}(?!\d))"
_FIRST_OF_1900S = 69  # of years of two digits, as POSIX has it: 69 to 99 are 19…, 00 to 68 are 20…
_DATES: Mapping[str, str] = MappingProxyType(
    {
        # A year of two digits only before a month in digits: in 26-Sep-13 the day comes first.
        "year_first": rf"(?P<year>\d{{4}}|\d{{2}}(?=[-/.]\d))"
        rf"(?:(?P<sep>[-/.]){_MONTH}(?P=sep)(?P<day>\d{{1,2}})|(?P<month2>\d{{2}})(?P<day2>\d{{2}}))",
        "day_first": rf"(?P<day>\d{{1,2}})(?P<sep>[-/. ]){_MONTH}(?P=sep){_YEAR}",
        "month_first": rf"{_MONTH}(?P<sep>[-/. ])(?P<day>\d{{1,2}})(?P=sep){_YEAR}",
        "year_day": r"(?P<year>\d{4}|\d{2}(?=[-/]))[-/., :]?(?P<yday>\d{3})",
    }
)
_CLOCKS = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,](?P<fraction>\d+))?)?",
    r"(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?",
)
_ZONE = r"\s*(?P<half>[AaPp][Mm])?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
_PATTERNS: Mapping[str, tuple[re.Pattern[str], ...]] = MappingProxyType(
    {name: tuple(re.compile(rf"{date}[T_,:]?\s*{clock}{_ZONE}", re.ASCII) for clock in _CLOCKS) for name, date in _DATES.items()}
)
_CLOCK_ALONE = tuple(re.compile(rf"{clock}{_ZONE}", re.ASCII) for clock in _CLOCKS)
_DATE_ALONE = tuple(re.compile(date, re.ASCII) for date in _DATES.values())
_LARGEST = Decimal("1e20")  # int() of a number with a million zeros would take the machine
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})?")
# What a number from 1970 on must be to lie between 1973 and 2065, by its unit.
_EPOCHS: tuple[tuple[TimeUnit, float, float], ...] = (("s", 1e8, 3e9), ("ms", 1e11, 3e12), ("us", 1e14, 3e15), ("ns", 1e17, 3e18))


def zone_of(name: str) -> tzinfo:
    """`UTC`, an offset such as `+05:30`, or a name such as `Europe/Rome`. Raises ValueError for anything else."""
    text = name.strip()
    if text.upper() in ("UTC", "Z", "GMT"):
        return UTC
    if (offset := _OFFSET.fullmatch(text)) is not None:
        sign, hours, minutes = offset.groups(default="0")
        distance = timedelta(hours=int(hours), minutes=int(minutes))
        if distance >= timedelta(hours=24):
            raise ValueError(f"{text!r} is no time zone: an offset is less than 24 hours")
        return timezone(-distance if sign == "-" else distance)
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):  # ValueError: a path; OSError: a folder of the zone data
        raise ValueError(f"{text!r} is no time zone. Write UTC, an offset such as +05:30, or a name such as Europe/Rome") from None


def decimal_of(text: str, *, decimal_comma: bool) -> Decimal:
    """A finite number, exactly. Raises ValueError with the text in it."""
    try:
        number = Decimal(text.strip().replace(",", ".") if decimal_comma else text.strip())
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or abs(number) > _LARGEST:
        raise ValueError(f"{text!r} is not a number")
    return number


@dataclass(frozen=True)
class TimeReading:
    """How a table's times are read. zone: of times that don't name theirs. unit: of `epoch`."""

    format: TimeFormat
    zone: tzinfo = UTC
    unit: str = "s"
    decimal_comma: bool = False

    def read(self, text: str) -> datetime:
        """UTC, cut to the microsecond. Raises ValueError with the text in it, also in the hour in which a zone's clocks change."""
        if self.format == "epoch":
            return after(PLACEHOLDER_EPOCH, decimal_of(text, decimal_comma=self.decimal_comma) * SECONDS_IN[self.unit])
        match = next((found for pattern in _PATTERNS[self.format] if (found := pattern.fullmatch(text.strip()))), None)
        if match is None:
            raise ValueError(f"{text!r} is no time of the form {TIME_FORMATS[self.format]}")
        try:
            local = _local(match)
            return self._in_utc(local, match["zone"], text)
        except OverflowError:
            raise ValueError(f"{text!r} lies beyond the calendar") from None

    def _in_utc(self, local: datetime, written: str | None, text: str) -> datetime:
        zone = zone_of(written) if written else self.zone
        time = local.replace(tzinfo=zone)
        if time.utcoffset() != time.replace(fold=1).utcoffset():
            raise ValueError(f"{text!r} may be two times or none: the clocks of {zone} change in that hour. Give it in UTC")
        return time.astimezone(UTC)


def after(start: datetime, seconds: Decimal) -> datetime:
    """start + seconds, cut to the microsecond. Raises ValueError beyond the calendar."""
    try:
        return start + timedelta(microseconds=int(seconds * 1_000_000))
    except OverflowError:
        raise ValueError(f"{seconds:g} s after {start:%Y-%m-%d} lies beyond the calendar") from None


def _local(match: re.Match[str]) -> datetime:
    parts = match.groupdict()
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    if parts["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(f"{match.string!r} has an hour {hour} {parts['half']}")
        hour = hour % 12 + (12 if parts["half"].lower() == "pm" else 0)
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError(f"{match.string!r} is no time of day")
    try:
        day = _day(parts)
    except ValueError:
        raise ValueError(f"{match.string!r} names no day of the calendar") from None
    microsecond = int(((parts["fraction"] or "") + "000000")[:6])
    return day + timedelta(hours=hour, minutes=minute, seconds=second, microseconds=microsecond)


def _day(parts: Mapping[str, str | None]) -> datetime:
    written = parts["year"] or ""
    year = int(written) if len(written) == 4 else int(written) + (1900 if int(written) >= _FIRST_OF_1900S else 2000)
    if "yday" in parts:
        day = datetime(year, 1, 1) + timedelta(days=int(parts["yday"] or 0) - 1)
        if day.year != year:
            raise ValueError("no such day")
        return day
    month = parts["month"] or parts.get("month2") or ""
    number = int(month) if month.isdigit() else _MONTHS.index(month.lower()) + 1
    return datetime(year, number, int(parts["day"] or parts.get("day2") or 0))


def is_clock(text: str) -> bool:
    """Whether it is a time of day without its day."""
    return any(pattern.fullmatch(text.strip()) for pattern in _CLOCK_ALONE)


def is_date(text: str) -> bool:
    """Whether it is a day without its time."""
    return any(pattern.fullmatch(text.strip()) for pattern in _DATE_ALONE)


def names_zone(text: str) -> bool:
    """Whether a time says which zone it is in."""
    matches = (pattern.fullmatch(text.strip()) for patterns in _PATTERNS.values() for pattern in patterns)
    return any(match is not None and match["zone"] for match in matches)


def has_short_year(text: str, time_format: str) -> bool:
    """Whether the year of a time that is written like this has two digits."""
    matches = (pattern.fullmatch(text.strip()) for pattern in _PATTERNS.get(time_format, ()))
    return any(match is not None and len(match["year"]) == 2 for match in matches)


def formats_of(texts: Sequence[str], *, decimal_comma: bool = False) -> list[tuple[TimeFormat, TimeUnit]]:
    """The ways in which most of the texts read as times: that which reads most of them, and others that read as many.

    None where no way reads half of them. A wrong time among right ones does not hide what they are.
    """
    ways: list[tuple[TimeFormat, TimeUnit]] = [(name, "s") for name in TIME_FORMATS if name != "epoch"]
    reads = {way: sum(_is_time(TimeReading(way[0]), text) for text in texts) for way in ways}
    values = [value for text in texts if (value := _number(text, decimal_comma)) is not None]
    reads |= {("epoch", unit): sum(least <= value <= most for value in values) for unit, least, most in _EPOCHS}
    most_read = max(reads.values())
    return [way for way, n in reads.items() if n == most_read and n > 0 and 2 * n >= len(texts)]


def _is_time(reading: TimeReading, text: str) -> bool:
    try:
        return 1880 <= reading.read(text).year <= 2100
    except ValueError:
        return False


def _number(text: str, decimal_comma: bool) -> float | None:
    try:
        return float(decimal_of(text, decimal_comma=decimal_comma))
    except ValueError:
        return None
