"""What a run bought, with the names that its page needs."""

from __future__ import annotations

from typing import Any

import numpy as np

from labeling.models import Pick
from training.flagging.gain import summarise_gain
from training.flagging.planting import Planting
from training.flagging.verdicts import Verdicts
from training.jobs.run_files import Labels
from training.lancor.dataset import LabelledSet


def gain_of_run(verdicts: Verdicts, planting: Planting, dataset: LabelledSet, labels: Labels, seed: int) -> dict[str, Any]:
    """`summarise_gain`, its station rows under their codes."""
    gain: dict[str, Any] = summarise_gain(
        verdicts,
        planting,
        group=labels.group,
        component=dataset.component[dataset.label_segment],
        threshold=verdicts.calibration.threshold,
        seed=seed,
    )
    rows = gain["by_station"]
    example = {row["name"]: int(labels.pick_id[np.argmax(labels.group == int(row["name"]))]) for row in rows if row["name"]}
    codes = {pk: (network, station) for pk, network, station in _codes(example.values())}
    for row in rows:
        row["network_code"], row["station_code"] = codes.get(example.get(row["name"], -1), (None, ""))
        row["name"] = f"{row['network_code'] or ''}.{row['station_code']}" if row["station_code"] else ""
    return gain


def _codes(pick_ids: Any) -> Any:
    return Pick.objects.filter(pk__in=list(pick_ids)).values_list("pk", "network_code", "station_code")
