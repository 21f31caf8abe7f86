"""Event records become rows, by batches; one that is in the workspace already is counted, not made again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from operator import attrgetter

from django.db import transaction

from labeling.jobs.bulk_rows import insert_rows
from labeling.jobs.identity import event_identity
from labeling.jobs.lease import Lease
from labeling.models import Catalog, Event
from labeling.seismo.records import EventRecord

EVENTS_AT_ONCE = 500
_AS_READ = ("origin_time", "latitude", "longitude", "depth_km", "magnitude", "magnitude_type", "extra")
_as_read = attrgetter(*_AS_READ)


class EventRows:
    """Takes the events of an upload and finds them again by name. counts: gets `events`, those that were in other catalogs already."""

    def __init__(self, catalog: Catalog, lease: Lease, counts: Counter[str]) -> None:
        self._catalog, self._lease, self._counts = catalog, lease, counts
        self._by_name: dict[tuple[int, str], tuple[int, str]] = {}  # by source and source_ref: row id, identity
        self._waiting: list[tuple[int, EventRecord]] = []  # not yet written: a commit for each costs more than its picks

    def add(self, source: int, record: EventRecord) -> None:
        """source: number of the source that it comes from."""
        self._waiting.append((source, record))
        if len(self._waiting) >= EVENTS_AT_ONCE:
            self.write()

    @transaction.atomic
    def write(self) -> None:
        """Rows for the events that wait for one. A record that names an event comes after it, so this is due before theirs."""
        if not self._waiting:
            return
        self._lease.write()
        identities = [event_identity(record) for _, record in self._waiting]
        ids: dict[str, int] = {}
        known = Event.objects.filter(workspace=self._catalog.workspace_id, is_withdrawn=False, identity__in=identities)
        for identity, pk, catalog_id in known.values_list("identity", "pk", "catalog_id"):
            ids[identity] = pk
            self._counts["events"] += catalog_id != self._catalog.pk
        new: dict[str, EventRecord] = {}
        for (_, record), identity in zip(self._waiting, identities, strict=True):
            if identity not in ids and identity not in new:
                new[identity] = record
        ids |= self._insert(new)
        for (source, record), identity in zip(self._waiting, identities, strict=True):
            self._by_name[source, record.source_ref] = (ids[identity], identity)
        self._waiting = []

    def _insert(self, new: Mapping[str, EventRecord]) -> dict[str, int]:
        """Rows for events by identity; returns their ids."""
        home = (self._catalog.workspace_id, self._catalog.pk)
        rows = ((*home, identity, record.source_ref[:600], *_as_read(record)) for identity, record in new.items())
        insert_rows(Event, ("workspace_id", "catalog_id", "identity", "source_ref", *_AS_READ), rows)
        inserted = Event.objects.filter(workspace=self._catalog.workspace_id, is_withdrawn=False, identity__in=list(new))
        return dict(inserted.values_list("identity", "pk"))

    def named(self, source: int, event_ref: str | None) -> tuple[int | None, str | None]:
        """Row and identity of the event that a record of that source names."""
        return self._by_name.get((source, event_ref or ""), (None, None))
