"""Reading a station's picks while others write."""

from __future__ import annotations

import pytest

from labeling.jobs import picks_in_time as reading
from labeling.models import Pick
from tests import factories

pytestmark = pytest.mark.django_db


def test_every_pick_comes_once_in_order_also_where_many_have_one_time(workspace, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "AT_ONCE", 3)
    catalog = factories.make_catalog(workspace)
    made = [factories.make_pick(catalog=catalog, offset_s=offset_s).pk for offset_s in (3, 1, 1, 1, 1, 1, 1, 1, 2)]
    read = [pick.pk for pick in reading.picks_in_time(Pick.objects.all(), ("pk", "time"))]
    assert read == [*made[1:8], made[8], made[0]]
