"""How many labels are wrong in each group of the overview: estimated as in `catalog_errors`, from the blind items in the group.

The population are the picks that nobody had decided about when the slice was drawn: those decided before could not be drawn, so that the
blind items say nothing of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from django.db.models import Q

from labeling.models import Decision, Flag, ReviewDraw, Workspace
from labeling.models.flags import FlagQuerySet
from labeling.services.catalog_errors import judged_blind
from labeling.statistics.proportions import Stratum, error_rate

Rates = dict[str, dict[str, tuple[int, float, float, float]]]


def errors_by_group(
    *,
    draw: ReviewDraw,
    workspace: Workspace,
    flags: FlagQuerySet,
    groups: Mapping[str, Sequence[str]],
    counted: Mapping[str, Sequence[tuple[str, int, int]]],
) -> Rates:
    """By group and value: how many were judged, the share that is wrong, and its 95 % interval; only where flagged and unflagged ones were
    judged, as far as there are both. flags: those under review. groups: their columns by group. counted: by group, rows of value, n and n
    flagged among them, which leave out blind items that are not decided."""
    judged: dict[tuple[str, str], dict[bool, list[int]]] = defaultdict(lambda: {True: [0, 0], False: [0, 0]})
    for flag, is_flagged, is_wrong in judged_blind(draw=draw, workspace=workspace):
        for name, columns in groups.items():
            of_stratum = judged[name, _value(columns, flag.__dict__)][is_flagged]
            of_stratum[0] += 1
            of_stratum[1] += is_wrong
    if not judged:
        return {}
    before = _decided_before(draw, flags, groups)
    rates: Rates = defaultdict(dict)
    for name, rows in counted.items():
        for value, n, n_flagged in rows:
            if (name, value) in judged:
                strata = judged[name, value]
                sizes = {True: n_flagged - before[name, value, True], False: n - n_flagged - before[name, value, False]}
                # Decided between the two counts, an item may be among the judged and not yet among the group's.
                rate = error_rate([Stratum(max(sizes[one], strata[one][0]), *strata[one]) for one in (True, False)])
                if rate is not None:
                    rates[name][value] = (strata[True][0] + strata[False][0], rate.estimate, rate.low, rate.high)
    return dict(rates)


def _decided_before(draw: ReviewDraw, flags: FlagQuerySet, groups: Mapping[str, Sequence[str]]) -> Counter[tuple[str, str, bool]]:
    """By group, value and whether flagged, how many the draw could not draw, taken back since or not."""
    found: Counter[tuple[str, str, bool]] = Counter()
    earlier = Decision.objects.filter(workspace=draw.flag_set.workspace_id, made_at__lt=draw.drawn_at, is_reading=False)
    earlier = earlier.exclude(kind__in=Decision.DECIDES_NOTHING).exclude(undone_by__made_at__lt=draw.drawn_at)
    if not earlier.exists():
        return found
    verdicts, added = earlier.exclude(kind__in=Decision.NO_VERDICT), earlier.filter(kind=Decision.Kind.ADD)
    on_pick, beside_missed = Q(pick__in=verdicts.values("pick")), Q(pick__in=added.values("pick"), kind=Flag.Kind.MISSED_ARRIVAL)
    every = {column for columns in groups.values() for column in columns}
    for row in flags.filter(on_pick | beside_missed).values(*every, "p_mislabelled").iterator():
        for name, columns in groups.items():
            found[name, _value(columns, row), row["p_mislabelled"] >= draw.threshold] += 1
    return found


def _value(columns: Sequence[str], row: Mapping[str, str]) -> str:
    return ".".join(row[column] for column in columns)
