"""Keys that a person has chosen are kept with their account."""

from __future__ import annotations

import json

import pytest

from labeling.models import KeyBindings
from tests import factories
from tests.integration.conftest import signed_in


def kept(client, **body):
    return client.post("/account/keys/", body, content_type="application/json")


def given(client, workspace):
    """What the review screen is told."""
    page = client.get(f"/w/{workspace.slug}/review/").content.decode()
    start = page.split('<script id="review-start" type="application/json">')[1].split("</script>")[0]
    return json.loads(start)["keys"]


@pytest.fixture
def with_flags(workspace):
    factories.make_flag(factories.make_pick(factories.make_trace(factories.make_catalog(workspace))))


def test_who_has_chosen_nothing_has_the_first_set(analyst_client, workspace, with_flags):
    assert given(analyst_client, workspace) == {"set": "repick", "keys": {}}


def test_keys_follow_their_owner_and_nobody_else(analyst_client, second_analyst, workspace, with_flags):
    chosen = {"set": "desktop", "keys": {"desktop": {"accept": "y", "add_p": "⇧F3"}, "repick": {"undo": "Backspace"}}}
    assert kept(analyst_client, **chosen).json() == chosen
    assert given(analyst_client, workspace) == chosen
    assert given(signed_in(second_analyst), workspace) == {"set": "repick", "keys": {}}


def test_the_last_choice_takes_the_place_of_the_first(analyst_client, analyst):
    kept(analyst_client, set="desktop", keys={"desktop": {"accept": "y"}})
    kept(analyst_client, set="repick", keys={})
    row = KeyBindings.objects.get(user=analyst)
    assert (row.key_set, row.keys) == ("repick", {})


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"set": "emacs"}, "set"),
        ({"keys": {"emacs": {}}}, "keys"),
        ({"keys": {"repick": ["a"]}}, "keys"),
        ({"keys": {"repick": {"accept": 7}}}, "keys"),
        ({"keys": {"repick": {"accept": ""}}}, "keys"),
        ({"keys": {"repick": {"Accept!": "a"}}}, "keys"),
        ({"keys": {"repick": {"accept": "y", "reject": "y"}}}, "keys"),
        ({"keys": {"repick": {f"action_{n}": str(n) for n in range(300)}}}, "keys"),
    ],
)
def test_what_is_no_choice_of_keys_is_refused_by_its_field_and_changes_nothing(analyst_client, wrong, field):
    answer = kept(analyst_client, **{"set": "repick", "keys": {}, **wrong})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert not KeyBindings.objects.exists()


def test_a_viewer_chooses_keys_too(viewer_client):
    assert kept(viewer_client, set="desktop", keys={}).status_code == 200
