"""How values are written on pages."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from django import template

from labeling.models import Pick, Work

register = template.Library()

BADGES: dict[str, str] = {
    Work.State.RECEIVING.value: "warn",
    Work.State.QUEUED.value: "",
    Work.State.RUNNING.value: "busy",
    Work.State.WAITING.value: "busy",
    Work.State.DONE.value: "good",
    Work.State.FAILED.value: "bad",
    Work.State.CANCELLED.value: "",
}
SEVERITIES = {"error": "bad", "warning": "warn", "info": ""}


@register.filter
def badge_class(token: str) -> str:
    """The look of a state or a severity. Every look differs in shape too, not in colour alone."""
    return BADGES.get(token, SEVERITIES.get(token, ""))


@register.filter
def words(token: Any) -> str:
    """`no_waveform` as `no waveform`, `n_folds` as `folds`."""
    return str(token).removeprefix("n_").replace("_", " ")


@register.filter
def probability(p: float) -> str:
    """Two decimals, cut and not rounded: thresholds are hundredths, and 0.896 must not read as if it had reached 0.90."""
    return f"{math.floor(100 * p + 1e-9) / 100:.2f}"


@register.filter
def to_the_hundredth(time: datetime | None) -> str:
    """`2012-09-23 16:22:32.07`: to the hundredth of a second, cut and not rounded, as times are."""
    return "" if time is None else f"{time:%Y-%m-%d %H:%M:%S}.{time.microsecond // 10000:02d}"


@register.filter
def to_the_microsecond(time: datetime | None) -> str:
    return "" if time is None else f"{time:%Y-%m-%d %H:%M:%S.%f}"


@register.filter
def short_ref(ref: str | None, longest: int = 24) -> str:
    """A long identifier by its end, which is where two of one catalog differ: `…l/synthetic-7/event/054`."""
    if not ref:
        return "–"
    return ref if len(ref) <= longest else f"…{ref[1 - longest :]}"


@register.filter
def pick_time(pick: Pick) -> str:
    return time_of(pick.time, pick)


@register.filter
def time_of(time: datetime, pick: Pick) -> str:
    """A time that a pick has or had; for a catalog without absolute times the time after the start of its placeholder hour."""
    if pick.time_is_relative:
        return f"+{time.minute * 60 + time.second}.{time.microsecond // 10000:02d} s"
    return to_the_hundredth(time)


@register.filter
def signed_s(seconds: float | None) -> str:
    """`−0.62 s`, with a real minus sign."""
    return "" if seconds is None else f"{seconds:+.2f} s".replace("-", "−")


@register.filter
def percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


@register.filter
def figure(value: Any) -> str:
    """A number, text or nothing, to three significant digits where it is not whole."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}".replace("-", "−") if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(figure(item) for item in value)
    return str(value)


@register.filter
def duration(seconds: float | None) -> str:
    """`4.2 s`, `3 min 20 s` or `2 h 5 min`."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 10:
        return f"{minutes} min {rest} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


@register.filter
def item(values: dict[str, Any] | None, key: str) -> Any:
    return None if values is None else values.get(key)
