"""Rows written in bulk are what Django reads back, on whichever database the tests run."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from labeling.jobs.bulk_rows import COPIED_AT_ONCE, insert_rows, update_rows
from labeling.models import Event, Pick, Station
from tests import factories

pytestmark = pytest.mark.django_db

TIME = datetime(2013, 9, 26, 15, 17, 5, 610_001, tzinfo=UTC)
ODD = 'a "quoted", back\\slash\\N\ttab\nline é 雷'


@pytest.fixture
def catalog():
    return factories.make_catalog(factories.make_workspace())


def insert_events(catalog, *rows):
    insert_rows(Event, ("workspace_id", "catalog_id", "identity", "source_ref", "origin_time", "latitude", "extra"), [
        (catalog.workspace_id, catalog.pk, *row) for row in rows
    ])  # fmt: skip


def test_every_kind_of_cell_comes_back_as_it_was(catalog):
    insert_events(catalog, ("a", ODD, TIME, -43.1, {"deep": [1, ODD]}), ("b", "", None, None, {}))
    first, second = Event.objects.filter(catalog=catalog).order_by("identity")
    assert (first.source_ref, first.origin_time, first.latitude, first.extra) == (ODD, TIME, -43.1, {"deep": [1, ODD]})
    assert (second.source_ref, second.origin_time, second.latitude, second.extra) == ("", None, None, {})


def test_columns_that_are_not_named_take_the_default_of_the_model(catalog):
    insert_events(catalog, ("a", "x", None, None, {}))
    row = Event.objects.get(catalog=catalog)
    for name in ("is_withdrawn", "magnitude", "magnitude_type", "depth_km"):
        assert getattr(row, name) == Event._meta.get_field(name).get_default(), name
    assert factories.make_event(catalog).pk > row.pk


def test_times_are_found_by_comparison_whole_seconds_too(catalog):
    whole = TIME.replace(microsecond=0)
    insert_events(catalog, ("a", "x", whole, None, {}), ("b", "y", TIME, None, {}))
    assert Event.objects.get(origin_time=whole).identity == "a"
    assert Event.objects.get(origin_time__gt=whole).identity == "b"


def test_a_missing_code_stays_missing_and_an_empty_one_empty():
    workspace = factories.make_workspace()
    insert_rows(Station, ("workspace_id", "station_code", "network_code"), [(workspace.pk, "A", None), (workspace.pk, "B", "")])
    assert dict(Station.objects.values_list("station_code", "network_code")) == {"A": None, "B": ""}


def test_a_row_that_is_there_already_is_refused_by_the_constraint(catalog):
    insert_events(catalog, ("a", "x", None, None, {}))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_events(catalog, ("a", "x", None, None, {}))


def test_an_update_changes_the_named_columns_of_the_named_rows_only(catalog):
    picks = [factories.make_pick(catalog=catalog, unscored_message="as it was") for _ in range(3)]
    with transaction.atomic():
        update_rows(Pick, ("arrival_group", "unscored_message"), [(picks[0].pk, 7, ODD), (picks[2].pk, None, "")])
        update_rows(Pick, ("arrival_group",), [(picks[2].pk, 9)])
    found = list(Pick.objects.order_by("pk").values_list("arrival_group", "unscored_message"))
    assert found == [(7, ODD), (None, "as it was"), (9, "")]


def test_no_rows_are_no_trouble(catalog):
    with transaction.atomic():
        insert_events(catalog)
        update_rows(Pick, ("arrival_group",), [])
    assert not Event.objects.exists()


def test_a_cell_that_all_rows_have_in_common_is_what_each_has(catalog):
    common = {"source_ref": "", "station_code": "NULL", "time": TIME, "weight": 0, "uncertainty_s": None, "time_is_relative": True}
    home = (catalog.workspace_id, catalog.pk)
    rows = [(*home, f"{number}", *common.values()) for number in range(3)]
    insert_rows(Pick, ("workspace_id", "catalog_id", "identity", *common), rows)
    assert list(Pick.objects.filter(catalog=catalog).values(*common)) == [common] * 3


def test_cells_that_are_equal_and_not_the_same_stay_what_they_are(catalog):
    insert_events(catalog, ("a", "1", None, 1, {"n": 1}), ("b", "1", None, 1.0, {"n": True}))
    first, second = Event.objects.filter(catalog=catalog).order_by("identity").values_list("source_ref", "latitude", "extra")
    assert (first, second) == (("1", 1.0, {"n": 1}), ("1", 1.0, {"n": True}))


def test_rows_of_several_pieces_all_come_in(catalog):
    count = 2 * COPIED_AT_ONCE + 1
    insert_events(catalog, *((f"{number}", ODD, None, number, {}) for number in range(count)))
    assert list(Event.objects.order_by("latitude").values_list("latitude", flat=True)) == list(range(count))


@pytest.mark.parametrize("failure", [LookupError("no such station"), KeyboardInterrupt()])
def test_what_keeps_a_row_from_being_made_is_raised_as_it_is_and_nothing_is_written(catalog, failure):
    def rows():
        for number in range(COPIED_AT_ONCE + 1):
            yield (catalog.workspace_id, catalog.pk, f"{number}", "x")
        raise failure

    with pytest.raises(type(failure)) as raised, transaction.atomic():
        insert_rows(Event, ("workspace_id", "catalog_id", "identity", "source_ref"), rows())
    assert raised.value is failure
    assert not Event.objects.exists()
