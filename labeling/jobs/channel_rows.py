"""Channel records become rows. An epoch that is known stays as it is; what is told of it differently is reported."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import fields

from django.db import transaction

from labeling.jobs.lease import Lease
from labeling.jobs.problem_sink import ProblemSink
from labeling.models import ChannelEpoch, Workspace
from labeling.seismo.records import ChannelRecord, Problem

CHANNELS_AT_ONCE = 500
_KEY = ("network_code", "station_code", "location_code", "channel_code", "start")
_SHOWN = {"azimuth_deg": "azimuth", "dip_deg": "dip", "sensitivity": "sensitivity", "input_unit": "unit"}
_SAME = 1e-6  # of a value: how finely inventories round


class ChannelRows:
    """Takes channel epochs, writes them by batches. counts: gets `new_channels` and `channels`, those that were here already."""

    def __init__(self, workspace: Workspace, report: ProblemSink, lease: Lease, counts: Counter[str]) -> None:
        self._workspace, self._report, self._lease, self._counts = workspace, report, lease, counts
        self._waiting: dict[tuple[object, ...], ChannelRecord] = {}
        self._counted: set[int] = set()

    def add(self, record: ChannelRecord) -> None:
        self._waiting.setdefault(tuple(getattr(record, name) for name in _KEY), record)
        if len(self._waiting) >= CHANNELS_AT_ONCE:
            self.write()

    @transaction.atomic
    def write(self) -> None:
        """Rows for the records that wait for one."""
        if not self._waiting:
            return
        self._lease.write()
        waiting, self._waiting = self._waiting, {}
        stations = {record.station_code for record in waiting.values()}
        epochs = ChannelEpoch.objects.filter(workspace=self._workspace, station_code__in=stations).defer("response")
        known = {tuple(getattr(epoch, name) for name in _KEY): epoch for epoch in epochs}
        new = []
        for key, record in waiting.items():
            if key not in known:
                new.append(ChannelEpoch(workspace=self._workspace, **_columns(record)))
                continue
            if known[key].pk not in self._counted:
                self._counted.add(known[key].pk)
                self._counts["channels"] += 1
            if told_otherwise := _told_otherwise(known[key], record):
                message = (
                    f"{known[key]} is known with another {told_otherwise}. What is known is kept. If the new one is right, an "
                    "administrator deletes the old row in the administration, under Channel epochs, and the file is imported again."
                )
                self._report.add(Problem("channel_changed", message, record.source_ref, severity="warning"))
        made = ChannelEpoch.objects.bulk_create(new)
        self._counted.update(epoch.pk for epoch in made)
        self._counts["new_channels"] += len(made)


def _columns(record: ChannelRecord) -> dict[str, object]:
    return {field.name: getattr(record, field.name) for field in fields(record) if field.name != "source_ref"}


def _told_otherwise(known: ChannelEpoch, told: ChannelRecord) -> str:
    """What differs: `azimuth (12 here, 10 known)`; empty where nothing does or the file does not say."""
    for name, word in _SHOWN.items():
        old, new = getattr(known, name), getattr(told, name)
        if new in (None, "") or old == new:
            continue
        if isinstance(old, float) and isinstance(new, float) and math.isclose(old, new, rel_tol=_SAME, abs_tol=_SAME):
            continue
        return f"{word} ({new} here, {old} known)"
    return ""
