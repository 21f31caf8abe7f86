"""Batches over the API: previewed, taken once, taken back."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests import factories
from tests.integration.api import ROOT, client_of
from tests.integration.deciding import fresh


@pytest.fixture
def flags(workspace):
    trace = factories.make_trace(factories.make_catalog(workspace))
    return [factories.make_flag(factories.make_pick(trace, offset_s=5.0 + number), shift_s=0.36) for number in range(4)]


@pytest.fixture
def base(workspace):
    return f"{ROOT}/workspaces/{workspace.slug}/batches/"


def test_a_batch_is_previewed_taken_and_taken_back(analyst, flags, base):
    client = client_of(analyst)
    preview = client.get(f"{base}preview/", {"least_p": 0.8, "most_interval_s": 0.2, "phase": "P"}).json()
    assert sorted(preview["flags"]) == [flag.pk for flag in flags]
    assert preview["median_shift_s"] == pytest.approx(0.36)
    body = {"client_id": str(uuid4()), "flags": preview["flags"], "criteria": {"least_p": 0.8}}
    first, again = (client.post(base, body, format="json") for _ in range(2))
    assert (first.status_code, again.status_code, first.json()["n_decided"]) == (201, 200, 4)
    assert first.json() == again.json()
    address = f"{base.removesuffix('batches/')}decisions/"
    assert len(client.get(address, {"batch": first.json()["id"]}).json()["results"]) == 4
    undone = client.post(f"{base}{first.json()['id']}/undo/", {"client_id": str(uuid4())}, format="json")
    assert (undone.status_code, undone.json()["undoes"], undone.json()["n_decided"]) == (201, first.json()["id"], 4)
    assert all(fresh(flag.pick).time == flag.label_time for flag in flags)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "client_id"),
        ({"client_id": "one", "flags": [1]}, "client_id"),
        ({"client_id": str(uuid4()), "flags": []}, "flags"),
        ({"client_id": str(uuid4()), "flags": ["many"]}, "flags"),
        ({"client_id": str(uuid4()), "flags": list(range(1, 10_002))}, "flags"),
    ],
)
def test_what_is_no_batch_names_its_field(analyst, base, body, field):
    answer = client_of(analyst).post(base, body, format="json")
    assert (answer.status_code, answer.json()["code"], next(iter(answer.json()["fields"]))) == (400, "invalid", field)


def test_a_preview_names_what_is_no_filter(analyst, base, flags):
    for query, code in (({"least_p": "sure"}, "invalid"), ({"most_interval_s": -1}, "invalid"), ({"kind": "loud"}, "filter_unknown")):
        answer = client_of(analyst).get(f"{base}preview/", query)
        assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_flags_of_another_workspace_are_left_out(analyst, base, flags):
    elsewhere = factories.make_workspace("Elsewhere")
    other = factories.make_flag(factories.make_pick(factories.make_trace(factories.make_catalog(elsewhere))))
    answer = client_of(analyst).post(base, {"client_id": str(uuid4()), "flags": [other.pk, 999_999]}, format="json")
    assert (answer.json()["n_decided"], answer.json()["n_left_out"]) == (0, {"unknown": 2})


def test_only_who_took_a_batch_takes_it_back(analyst, second_analyst, flags, base):
    taken = client_of(analyst).post(base, {"client_id": str(uuid4()), "flags": [flags[0].pk]}, format="json").json()
    answer = client_of(second_analyst).post(f"{base}{taken['id']}/undo/", {"client_id": str(uuid4())}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_decision")
