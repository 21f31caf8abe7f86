"""What the review screen draws beside the waveforms: theoretical arrivals, and where the networks see the arrival."""

from __future__ import annotations

import pytest

from tests import factories
from tests.integration.conftest import signed_in


@pytest.fixture
def flag(workspace):
    catalog = factories.make_catalog(workspace)
    trace = factories.make_trace(catalog, event=factories.make_event(catalog))
    return factories.make_flag(factories.make_pick(trace), p_mislabelled=0.9, kind="timing")


def fetch(client, flag, **query):
    return client.get(f"/w/{flag.workspace.slug}/review/items/{flag.pk}/arrivals/", query)


def test_arrivals_are_seconds_on_the_trace(analyst_client, workspace, flag):
    factories.make_station(workspace, "FUM")
    arrivals = fetch(analyst_client, flag).json()["arrivals"]
    p, s = arrivals[0], arrivals[-1]
    assert (p["name"].upper()[0], s["name"].upper()[0]) == ("P", "S")
    assert 0 < p["offset_s"] < s["offset_s"] < 5  # the trace begins at the origin time, 4 km away


def test_without_places_it_says_what_is_not_known(analyst_client, flag):
    answer = fetch(analyst_client, flag).json()
    assert answer["arrivals"] == []
    assert "not known" in answer["why_none"]


def test_another_model_is_refused_by_name(analyst_client, flag):
    answer = fetch(analyst_client, flag, model="prem")
    assert (answer.status_code, answer.json()["code"]) == (400, "earth_model_unknown")


def test_strangers_see_nothing(flag, db):
    assert fetch(signed_in(factories.make_user()), flag).status_code == 404


def test_a_flag_without_proposal_says_where_the_networks_see_the_arrival(analyst_client, workspace, flag):
    flag.evidence |= {"network_residual_s": 0.31}
    flag.save(update_fields=["evidence"])
    item = analyst_client.get(f"/w/{workspace.slug}/review/items/{flag.pk}/").json()
    assert item["posterior"]["networks_s"] == 0.31
