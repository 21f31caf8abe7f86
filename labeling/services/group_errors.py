"""How many labels are wrong in each group of the overview: estimated as in `catalog_errors`, from the blind items in the group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from labeling.models import ReviewDraw, Workspace
from labeling.services.catalog_errors import judged_blind
from labeling.statistics.proportions import Stratum, error_rate

Rates = dict[str, dict[str, tuple[int, float, float, float]]]


def errors_by_group(
    *, draw: ReviewDraw, workspace: Workspace, groups: Mapping[str, Sequence[str]], counted: Mapping[str, Sequence[tuple[str, int, int]]]
) -> Rates:
    """By group and value: how many were judged, the share that is wrong, and its 95 % interval; only where flagged and unflagged ones were
    judged, as far as there are both. groups: the columns of flags by group. counted: by group, rows of value, n and n flagged, which
    leave out blind items that are not decided."""
    judged: dict[tuple[str, str], dict[bool, list[int]]] = defaultdict(lambda: {True: [0, 0], False: [0, 0]})
    for flag, is_flagged, is_wrong in judged_blind(draw=draw, workspace=workspace):
        for name, columns in groups.items():
            of_stratum = judged[name, ".".join(getattr(flag, column) for column in columns)][is_flagged]
            of_stratum[0] += 1
            of_stratum[1] += is_wrong
    rates: Rates = defaultdict(dict)
    for name, rows in counted.items():
        for value, n, n_flagged in rows:
            if (name, value) in judged:
                strata = judged[name, value]
                sizes = {True: n_flagged, False: n - n_flagged}
                # Decided between the two counts, an item may be among the judged and not yet among the group's.
                rate = error_rate([Stratum(max(sizes[one], strata[one][0]), *strata[one]) for one in (True, False)])
                if rate is not None:
                    rates[name][value] = (strata[True][0] + strata[False][0], rate.estimate, rate.low, rate.high)
    return dict(rates)
