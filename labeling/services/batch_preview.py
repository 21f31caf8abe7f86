"""What accepting many proposals at once would do, before it is done."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import DurationField, ExpressionWrapper, F

from labeling.models import Flag, Workspace
from labeling.services.batches import MOST_AT_ONCE, assigned_of, why_left_out
from labeling.services.leases import held_by_others
from labeling.services.refusals import Refused
from labeling.services.review_queue import QueueFilter, flags_in

if TYPE_CHECKING:
    from django.contrib.auth.models import User

TIMED = (Flag.Kind.TIMING, Flag.Kind.GROUP_OFFSET)
BEYOND = {"too_wide": "a 90 % interval wider than asked for, or none", "too_far": "a larger shift than asked for"}
N_SAMPLE = 10
N_BINS = 21


@dataclass(frozen=True)
class ShiftBin:
    """How many proposals shift a pick by from_s up to to_s."""

    from_s: float
    to_s: float
    n: int


@dataclass(frozen=True)
class BatchPreview:
    """flags: the worst MOST_AT_ONCE that would be accepted. n_more: what lies beyond. n_left_out: by a reason of
    LEFT_OUT or BEYOND, of the timing proposals that are as sure as asked for. sample: ten, from smallest to largest shift."""

    flags: list[Flag]
    n_more: int
    n_left_out: dict[str, int]
    shifts: list[ShiftBin]
    median_shift_s: float | None
    sample: list[Flag]


def preview_batch(
    *, workspace: Workspace, analyst: User, narrowed: QueueFilter, least_p: float, most_interval_s: float, most_shift_s: float
) -> BatchPreview:
    """The timing proposals of a queue with P(mislabelled) of least_p or more, a 90 % interval of most_interval_s or less, and a shift of
    most_shift_s or less either way."""
    _check(least_p)
    interval, shift = _span(most_interval_s, "most_interval_s"), _span(most_shift_s, "most_shift_s")
    width = ExpressionWrapper(F("proposed_upper") - F("proposed_lower"), output_field=DurationField())
    shifted = ExpressionWrapper(F("proposed_time") - F("label_time"), output_field=DurationField())
    flags = flags_in(workspace, narrowed).unveiled().filter(kind__in=TIMED, proposed_time__isnull=False, p_mislabelled__gte=least_p)
    sharp = flags.alias(width=width, shifted=shifted).filter(width__lte=interval)
    fitting = sharp.filter(shifted__gte=-shift, shifted__lte=shift)
    n_sure, n_sharp, n_fitting = (one.order_by().count() for one in (flags, sharp, fitting))
    held = held_by_others(workspace=workspace, analyst=analyst)
    found = list(fitting.worst_first().select_related("pick__trace", "flag_set").defer("posterior", "alignment", "evidence")[:MOST_AT_ONCE])
    n_more = max(0, n_fitting - MOST_AT_ONCE)
    assigned = assigned_of(found)
    reasons = [(flag, why_left_out(flag, held, assigned)) for flag in found]
    chosen = [flag for flag, reason in reasons if not reason]
    left_out = Counter(reason for _, reason in reasons if reason) + Counter(too_wide=n_sure - n_sharp, too_far=n_sharp - n_fitting)
    by_shift = sorted(chosen, key=_shift_s)
    return BatchPreview(
        flags=chosen,
        n_more=n_more,
        n_left_out=dict(left_out),
        shifts=_binned([_shift_s(flag) for flag in by_shift]),
        median_shift_s=_shift_s(by_shift[len(by_shift) // 2]) if by_shift else None,
        sample=_spread([flag for flag in by_shift if flag.pick.trace is not None]),
    )


def _check(least_p: float) -> None:
    if not 0.0 <= least_p <= 1.0:
        raise Refused("invalid", f"{least_p} is no probability. Give one from 0 to 1.", fields={"least_p": ["From 0 to 1."]})


def _span(most_s: float, name: str) -> timedelta:
    if not 0.0 < most_s <= 3600.0:
        wanted = "Above 0 and up to 3600."
        raise Refused("invalid", f"{name} is {most_s} s, which can't be. {wanted}", fields={name: [wanted]})
    return timedelta(seconds=most_s)


def _shift_s(flag: Flag) -> float:
    return flag.shift_s or 0.0


def _binned(shifts_s: Sequence[float]) -> list[ShiftBin]:
    """Equal bins from the smallest shift to the largest."""
    if not shifts_s:
        return []
    low, high = shifts_s[0], shifts_s[-1]
    step = (high - low) / N_BINS or 0.01
    counts = Counter(min(math.floor((shift - low) / step), N_BINS - 1) for shift in shifts_s)
    n_bins = N_BINS if high > low else 1
    return [ShiftBin(low + index * step, low + (index + 1) * step, counts[index]) for index in range(n_bins)]


def _spread(flags: list[Flag]) -> list[Flag]:
    """At most ten, at equal distances in the list, its first and last among them."""
    if len(flags) <= N_SAMPLE:
        return flags
    return [flags[round(index * (len(flags) - 1) / (N_SAMPLE - 1))] for index in range(N_SAMPLE)]
