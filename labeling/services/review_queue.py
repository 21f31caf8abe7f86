"""Which flags wait for review, in which order: the most probably mislabelled first, the blind slice mixed in at random places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from labeling.models import Decision, Flag, FlagSet, Pick, Workspace
from labeling.models.flags import FlagQuerySet
from labeling.services.double_review import drawn_for_two, n_waiting_for_others
from labeling.services.flag_facts import DISTANCE_EDGES_KM, SNR_EDGES_DB, UNKNOWN, bands
from labeling.services.queue_counts import EDGES, by_hundredth, counts_above, open_by_hundredth
from labeling.services.refusals import Refused
from labeling.services.veil import blind_picks, unseen_picks

if TYPE_CHECKING:
    from django.contrib.auth.models import User

STATES = ("open", "skipped", "decided", "conflict", "all")
PHASES = ("P", "S")
TEXTS = ("kind", "phase", "network", "station", "event", "analyst", "snr", "distance", "month", "run")
COPIED = {
    "kind": "kind",
    "phase": "label_phase",
    "network": "network_code",
    "analyst": "author",
    "snr": "snr_band",
    "distance": "distance_band",
    "month": "month",
}


@dataclass(frozen=True)
class QueueFilter:
    """What the queue is narrowed to. event: the event's own name in its catalog. analyst: the author of the pick. snr, distance: tokens of
    `flag_facts`. month: such as 2012-09. run: a run's id, another than the one under review. threshold: of P(mislabelled)."""

    threshold: float
    state: str = "open"
    kind: str = ""
    phase: str = ""
    network: str = ""
    station: str = ""
    event: str = ""
    analyst: str = ""
    snr: str = ""
    distance: str = ""
    month: str = ""
    run: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str], workspace: Workspace) -> QueueFilter:
        """From the parameters of an address. Raises Refused for a value that is none."""
        texts = {name: query.get(name, "").strip() for name in TEXTS}
        _check("kind", texts["kind"], ("", *Flag.Kind.values))
        _check("phase", texts["phase"], ("", *PHASES))
        _check("snr", texts["snr"], ("", *bands(SNR_EDGES_DB), UNKNOWN))
        _check("distance", texts["distance"], ("", *bands(DISTANCE_EDGES_KM), UNKNOWN))
        if texts["run"] and not (texts["run"].isascii() and texts["run"].isdigit() and len(texts["run"]) < 19):
            raise Refused("filter_unknown", f"{texts['run']!r} is no run's id.", fields={"run": ["A whole number."]})
        state = query.get("state", "") or "open"
        _check("state", state, STATES)
        return cls(threshold=_threshold(query.get("threshold", ""), workspace.flag_threshold), state=state, **texts)

    def as_query(self, workspace: Workspace) -> str:
        """The parameters that bring this filter back; what is as usual is left out."""
        named = {name: getattr(self, name) for name in TEXTS if getattr(self, name)}
        if self.state != "open":
            named["state"] = self.state
        if self.threshold != workspace.flag_threshold:
            named["threshold"] = f"{self.threshold:.2f}"
        return urlencode(named)


@dataclass(frozen=True)
class Progress:
    """How far the review has come, in flags and decisions.

    decided_today: verdicts, to which an arrival added where one is shown as missed belongs, unless its item is read twice. n_left: open
    above the threshold, whatever else is filtered. n_skipped: passed over, which is not done. n_blind: undecided ones among them that are
    shown blind, flagged or not.
    errors_left: how many of the undecided ones, skipped ones too, are expected wrong, as P was calibrated on planted errors; without the
    blind ones, whose P it would tell. planted_found: share of planted errors at or above the threshold; None where none was planted.
    """

    decided_today: int
    decided_today_by_all: int
    n_flagged: int
    n_left: int
    n_skipped: int
    n_in_conflict: int
    n_blind: int
    errors_left: float
    planted_found: float | None


def flags_under_review(workspace: Workspace, run: str = "") -> FlagQuerySet:
    """The flags of the current run, or of the one of that id, on active picks, in a form that a million of them do not slow down.

    The run is looked up first: joined in, it would keep databases from walking the index `flag_queue` in its order. Picks are joined only
    where a catalog was withdrawn since: with it went picks, or the waveforms that picks of another were scored on.
    """
    found = workspace.flag_sets.with_withdrawals().filter(**({"run_id": int(run)} if run else {"is_current": True}))
    flag_set_id, was_withdrawn_from = found.values_list("pk", "was_withdrawn_from").first() or (None, False)
    return _flags_of(flag_set_id, was_withdrawn_from=was_withdrawn_from)


def _flags_of(flag_set_id: int | None, *, was_withdrawn_from: bool) -> FlagQuerySet:
    flags = Flag.objects.filter(flag_set_id=flag_set_id) if flag_set_id is not None else Flag.objects.none()
    return flags.active() if was_withdrawn_from else flags


def flags_in(workspace: Workspace, narrowed: QueueFilter) -> FlagQuerySet:
    """The flags of the current run that a filter leaves."""
    flags = flags_under_review(workspace, narrowed.run)
    if narrowed.event:
        picks = list(Pick.objects.filter(event__workspace=workspace, event__source_ref=narrowed.event).values_list("pk", flat=True))
        # Looked up first and named one by one, so that the few of an event are sorted, and SQLite does not walk the queue for them.
        flags = Flag.objects.filter(pk__in=list(flags.filter(pick__in=picks).values_list("pk", flat=True)))
    if narrowed.state == "conflict":
        flags = flags.filter(pick__in=_picks_in_conflict(workspace))
    else:
        flags = flags.queued_above(narrowed.threshold)
        if narrowed.state != "all":
            flags = flags.filter(state=narrowed.state)
    if narrowed.kind:
        flags = flags.unveiled()  # a blind item under one kind would tell its own
    if narrowed.run:
        # Nor is it told what another run said, or of what one reader added.
        flags = flags.exclude(pick__in=blind_picks(workspace)).exclude(pick__in=unseen_picks(workspace, AnonymousUser()))
    for name, column in COPIED.items():
        if value := getattr(narrowed, name):
            flags = flags.filter(**{column: "" if value == UNKNOWN else value})
    if narrowed.station:
        network, _, code = narrowed.station.rpartition(".")  # the queue shows NET.STA
        flags = flags.filter(station_code__in={code, code.upper()})
        if network:
            flags = flags.filter(network_code__in={network, network.upper()})
    return flags


def progress_of(*, workspace: Workspace, analyst: User, threshold: float) -> Progress:
    """How far the review has come."""
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    answered = Q(kind=Decision.Kind.ADD, flag__kind=Flag.Kind.MISSED_ARRIVAL, flag__drawn_place=None)  # a count that rises tells the kind
    verdicts = ~Q(kind__in=Decision.NO_VERDICT) | (answered & ~Exists(drawn_for_two(OuterRef("flag"))))
    today = Decision.objects.filter(verdicts, workspace=workspace, made_at__gte=midnight, undone_by=None)
    decided = today.aggregate(mine=Count("id", filter=Q(analyst=analyst)), by_all=Count("id"))
    flag_set = workspace.flag_sets.with_withdrawals().filter(is_current=True).first()
    flags = Flag.objects.none() if flag_set is None else _flags_of(flag_set.pk, was_withdrawn_from=flag_set.was_withdrawn_from)
    kept = None if flag_set is None else counts_above(flag_set.pk, threshold)
    counts = _counted_above(flags, threshold) if kept is None else kept
    n = {state: counted for state, (counted, _) in counts.items()}
    errors = sum(p_sum for state, (_, p_sum) in counts.items() if state != Flag.State.DECIDED)
    blind = _blind_above(flags, threshold).aggregate(n=Count("id"), errors=Sum("p_mislabelled"))
    return Progress(
        decided_today=decided["mine"],
        decided_today_by_all=decided["by_all"],
        n_flagged=sum(n.values()),
        n_left=max(0, n[Flag.State.OPEN] - n_waiting_for_others(workspace, analyst.pk)),
        n_skipped=n[Flag.State.SKIPPED],
        n_in_conflict=_picks_in_conflict(workspace).count(),
        n_blind=blind["n"],
        errors_left=max(0.0, errors - (blind["errors"] or 0.0)),
        planted_found=planted_found(flag_set, threshold),
    )


def _counted_above(flags: FlagQuerySet, threshold: float) -> dict[str, tuple[int, float]]:
    """By state, so that each is one walk along an index: databases take none for states that are listed."""
    queued = flags.queued_above(threshold)
    sums = {state: queued.filter(state=state).aggregate(n=Count("id"), p_sum=Sum("p_mislabelled", default=0.0)) for state in Flag.State}
    return {state: (counted["n"], counted["p_sum"]) for state, counted in sums.items()}


def blind_in_queue(workspace: Workspace, threshold: float) -> FlagQuerySet:
    """What chance has put into the queue, flagged or not, and is not decided yet."""
    return _blind_above(flags_under_review(workspace), threshold)


def _blind_above(flags: FlagQuerySet, threshold: float) -> FlagQuerySet:
    return flags.filter(drawn_place__isnull=False, drawn_place__gte=threshold).exclude(state=Flag.State.DECIDED)


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
    wanted = workspace.flag_sets.with_withdrawals().filter(is_current=True)
    flag_set_id, was_withdrawn_from = wanted.values_list("pk", "was_withdrawn_from").first() or (None, False)
    counts = None if flag_set_id is None else open_by_hundredth(flag_set_id)
    if counts is None:
        flags = _flags_of(flag_set_id, was_withdrawn_from=was_withdrawn_from)
        counts = {hundredth: n for hundredth, (n, _) in by_hundredth(flags.open()).items()}
    from_the_worst = accumulate(counts.get(hundredth, 0) for hundredth in reversed(range(len(EDGES))))
    return list(from_the_worst)[::-1]


def _picks_in_conflict(workspace: Workspace) -> QuerySet[Pick]:
    return Pick.objects.filter(workspace=workspace, in_conflict=True, is_withdrawn=False)


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
