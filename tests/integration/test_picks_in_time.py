"""Reading a station's picks while others write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from labeling.jobs import picks_in_time as reading
from labeling.models import Pick
from labeling.seismo.timing import PLACEHOLDER_EPOCH
from tests import factories

pytestmark = pytest.mark.django_db


def test_every_pick_comes_once_in_order_also_where_many_have_one_time(workspace, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "AT_ONCE", 3)
    catalog = factories.make_catalog(workspace)
    made = [factories.make_pick(catalog=catalog, offset_s=offset_s).pk for offset_s in (3, 1, 1, 1, 1, 1, 1, 1, 2)]
    read = [pick.pk for pick in reading.picks_in_time(Pick.objects.all(), ("pk", "time"))]
    assert read == [*made[1:8], made[8], made[0]]


def test_as_numbers_they_come_once_and_in_order_too_whole_seconds_and_times_before_1970_among_them(
    workspace, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "AT_ONCE", 3)
    catalog = factories.make_catalog(workspace)
    times = [
        datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC),
        *[datetime(2013, 9, 26, 15, 17, 5, tzinfo=UTC)] * 5,
        datetime(9000, 1, 1, 0, 0, 0, 1, UTC),
    ]
    made = [factories.make_pick(catalog=catalog, time=time).pk for time in times]
    pk, time_us = reading.numbers_in_time(Pick.objects.all())
    assert pk.tolist() == made
    assert [PLACEHOLDER_EPOCH + timedelta(microseconds=us) for us in time_us.tolist()] == times


def test_as_numbers_no_picks_are_no_trouble(workspace):
    pk, time_us = reading.numbers_in_time(Pick.objects.filter(workspace=workspace))
    assert (len(pk), len(time_us)) == (0, 0)
