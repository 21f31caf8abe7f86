"""Which flags wait for review, in which order: the most probably mislabelled first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.db.models import Count, F, FloatField, IntegerField, Q, QuerySet, Sum
from django.db.models.functions import Cast, Floor
from django.utils import timezone

from labeling.models import Decision, Flag, FlagSet, Pick, Workspace
from labeling.models.flags import FlagQuerySet
from labeling.services.refusals import Refused

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PAGE = 20
MOST_CHOICES = 5000
STATES = ("open", "skipped", "decided", "conflict", "all")
PHASES = ("P", "S")


@dataclass(frozen=True)
class QueueFilter:
    """What the queue is narrowed to. event: the event's own name in its catalog. threshold: of P(mislabelled)."""

    threshold: float
    state: str = "open"
    kind: str = ""
    phase: str = ""
    network: str = ""
    station: str = ""
    event: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str], workspace: Workspace) -> QueueFilter:
        """From the parameters of an address. Raises Refused for a value that is none."""
        texts = {name: query.get(name, "").strip() for name in ("kind", "phase", "network", "station", "event")}
        _check("kind", texts["kind"], ("", *Flag.Kind.values))
        _check("phase", texts["phase"], ("", *PHASES))
        state = query.get("state", "") or "open"
        _check("state", state, STATES)
        return cls(threshold=_threshold(query.get("threshold", ""), workspace.flag_threshold), state=state, **texts)

    def as_query(self, workspace: Workspace) -> str:
        """The parameters that bring this filter back; what is as usual is left out."""
        named = {name: getattr(self, name) for name in ("kind", "phase", "network", "station", "event") if getattr(self, name)}
        if self.state != "open":
            named["state"] = self.state
        if self.threshold != workspace.flag_threshold:
            named["threshold"] = f"{self.threshold:.2f}"
        return urlencode(named)


@dataclass(frozen=True)
class QueuePage:
    """flags: worst first. next_after: cursor of the page that follows, "" where this is the last."""

    flags: list[Flag]
    next_after: str


@dataclass(frozen=True)
class Progress:
    """n_left: open above the threshold, whatever else is filtered. errors_left: how many of the undecided ones, skipped ones too, are
    expected to be wrong, as P was calibrated on planted errors. planted_found: share of planted errors at or above the threshold; None
    where none was planted."""

    decided_today: int
    decided_today_by_all: int
    n_flagged: int
    n_left: int
    n_in_conflict: int
    errors_left: float
    planted_found: float | None


def flags_under_review(workspace: Workspace) -> FlagQuerySet:
    """The flags of the current run on active picks, in a form that a million of them do not slow down.

    The run is looked up first: joined in, it would keep databases from walking the index `flag_queue` in its order. Picks are joined only
    where a catalog was ever withdrawn: with it went picks, or the waveforms that picks of another were scored on.
    """
    flag_set_id = workspace.flag_sets.filter(is_current=True).values_list("pk", flat=True).first()
    flags = Flag.objects.filter(flag_set_id=flag_set_id) if flag_set_id is not None else Flag.objects.none()
    if not workspace.catalogs.exclude(withdrawn_at=None).exists():
        return flags
    return flags.filter(pick__is_withdrawn=False, pick__state=Pick.State.SCORED)


def flags_in(workspace: Workspace, narrowed: QueueFilter) -> FlagQuerySet:
    """The flags of the current run that a filter leaves."""
    flags = flags_under_review(workspace)
    if narrowed.state == "conflict":
        flags = flags.filter(pick__in=_picks_in_conflict(workspace))
    else:
        states = Flag.State.values if narrowed.state == "all" else [narrowed.state]
        flags = flags.above(narrowed.threshold).filter(state__in=states)
    if narrowed.kind:
        flags = flags.filter(kind=narrowed.kind)
    if narrowed.phase:
        flags = flags.filter(label_phase=narrowed.phase)
    if narrowed.network:
        flags = flags.filter(pick__network_code=narrowed.network)
    if narrowed.station:
        network, _, code = narrowed.station.rpartition(".")  # the queue shows NET.STA
        flags = flags.filter(pick__station_code__iexact=code)
        if network:
            flags = flags.filter(pick__network_code__iexact=network)
    if narrowed.event:
        flags = flags.filter(pick__event__source_ref=narrowed.event)
    return flags


def queue_page(*, workspace: Workspace, narrowed: QueueFilter, after: str = "", size: int = PAGE) -> QueuePage:
    """One page by keyset: no offset that grows, and nothing twice when flags are decided meanwhile. after: a page's `next_after`."""
    flags = flags_in(workspace, narrowed)
    if after:
        p, pk = _cursor(after)
        flags = flags.filter(Q(p_mislabelled__lte=p) & (Q(p_mislabelled__lt=p) | Q(id__gt=pk)))
    rows = list(flags.worst_first().select_related("pick").defer("posterior", "alignment", "evidence")[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    return QueuePage(rows, f"{rows[-1].p_mislabelled!r}~{rows[-1].pk}" if more else "")


def progress_of(*, workspace: Workspace, analyst: User, threshold: float) -> Progress:
    """How far the review has come."""
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    today = Decision.objects.filter(workspace=workspace, made_at__gte=midnight, undone_by=None).exclude(
        kind__in=[Decision.Kind.UNDO, Decision.Kind.SKIP]
    )
    decided = today.aggregate(mine=Count("id", filter=Q(analyst=analyst)), by_all=Count("id"))
    is_open = Q(state=Flag.State.OPEN)
    flags = (
        flags_under_review(workspace)
        .filter(state__in=Flag.State.values)  # names them all, so that the index by state serves
        .above(threshold)
        .aggregate(flagged=Count("id"), left=Count("id", filter=is_open), errors=Sum("p_mislabelled", filter=~Q(state=Flag.State.DECIDED)))
    )
    return Progress(
        decided_today=decided["mine"],
        decided_today_by_all=decided["by_all"],
        n_flagged=flags["flagged"],
        n_left=flags["left"],
        n_in_conflict=_picks_in_conflict(workspace).count(),
        errors_left=flags["errors"] or 0.0,
        planted_found=planted_found(workspace.flag_sets.filter(is_current=True).first(), threshold),
    )


def planted_found(flag_set: FlagSet | None, threshold: float) -> float | None:
    """Share of planted errors with P at or above the threshold, between the rows of the run's calibration. None where it is unknown."""
    rows = [] if flag_set is None else flag_set.calibration.get("rows", [])
    known = sorted((row["threshold"], row["planted_found"]) for row in rows if isinstance(row.get("planted_found"), int | float))
    if not known:
        return None
    for (low, found_low), (high, found_high) in pairwise(known):
        if low <= threshold <= high:
            return float(found_low + (found_high - found_low) * (threshold - low) / (high - low))
    return float(known[0][1] if threshold < known[0][0] else known[-1][1])


def open_by_threshold(*, workspace: Workspace) -> list[int]:
    """101 counts: how many open flags are to be reviewed at a threshold of 0.00, 0.01, … 1.00."""
    # A flag of exactly 0.29 must count at 0.29, whatever binary fractions make of 100 × 0.29.
    hundredth = Cast(Floor(F("p_mislabelled") * 100.0 + 1e-9, output_field=FloatField()), IntegerField())
    bins = (
        flags_under_review(workspace).open().annotate(hundredth=hundredth).values("hundredth").order_by("hundredth").annotate(n=Count("id"))
    )
    counts = [0] * 101
    for row in bins:
        counts[min(max(row["hundredth"], 0), 100)] += row["n"]
    for index in range(99, -1, -1):
        counts[index] += counts[index + 1]
    return counts


def choices_of(workspace: Workspace, threshold: float) -> dict[str, list[str]]:
    """What the filters may be set to: networks and stations of the flags above the threshold, the worst MOST_CHOICES of them."""
    worst = flags_under_review(workspace).filter(state__in=Flag.State.values).above(threshold).order_by("-p_mislabelled")
    codes = set(worst.values_list("pick__network_code", "pick__station_code")[:MOST_CHOICES])
    return {"network": sorted({network for network, _ in codes if network}), "station": sorted({station for _, station in codes})}


def _picks_in_conflict(workspace: Workspace) -> QuerySet[Pick]:
    """By way of the few decisions that were kept aside, since no index leads to the picks."""
    aside = Decision.objects.filter(workspace=workspace, is_conflicting=True)
    return Pick.objects.filter(pk__in=aside.values("pick"), in_conflict=True, is_withdrawn=False)


def _check(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        names = ", ".join(choice for choice in allowed if choice)
        raise Refused("filter_unknown", f"{value!r} is no {name}. Take one of: {names}.", fields={name: [f"One of {names}."]})


def _threshold(text: str, usual: float) -> float:
    if not text:
        return usual
    try:
        threshold = float(text)
    except ValueError:
        threshold = -1.0
    if not 0.0 <= threshold <= 1.0:
        raise Refused("filter_unknown", f"{text!r} is no threshold. Give one from 0 to 1.", fields={"threshold": ["From 0 to 1."]})
    return threshold


def _cursor(after: str) -> tuple[float, int]:
    try:
        p, pk = after.split("~")
        return float(p), int(pk)
    except ValueError:
        raise Refused("cursor_unknown", f"{after!r} is no place in the queue. Start again without it.") from None
