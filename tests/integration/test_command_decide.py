"""decide: a file of decisions, taken once."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from labeling.models import Decision, Pick
from labeling.services.review import decide as decide_on_screen
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalog(workspace):
    return factories.make_catalog(workspace)


@pytest.fixture
def decide(tmp_path: Path, workspace, analyst, capsys):
    """Writes the lines to a file and takes the decisions; returns (exit status, stdout, stderr)."""

    def run(*lines: str, header: str = "source_ref,decision,time,phase,reason") -> tuple[int, str, str]:
        path = tmp_path / "decisions.csv"
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        status = 0
        try:
            call_command("decide", workspace.name, str(path), analyst="ana")
        except CommandError as refusal:
            status = refusal.returncode
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def test_a_file_of_decisions_is_taken_once(decide, catalog):
    trace = factories.make_trace(catalog)
    moved, removed = factories.make_pick(trace, source_ref="a"), factories.make_pick(trace, source_ref="b")
    accepted = factories.make_pick(trace, source_ref="c")
    flag = factories.make_flag(accepted)
    lines = ["a,move,2012-09-23T16:22:29.5Z,,late", "b,remove,,,noise", "c,accept,,,"]
    status, said, _ = decide(*lines)
    assert (status, "3 decided" in said) == (0, True)
    status, said, _ = decide(*lines)
    assert (status, "0 decided, 3 decided before" in said) == (0, True)
    for pick in (moved, removed, accepted):
        pick.refresh_from_db()
    assert (moved.time.isoformat(), removed.is_removed, accepted.time) == ("2012-09-23T16:22:29.500000+00:00", True, flag.proposed_time)
    assert [(d.analyst.username, d.reason) for d in Decision.objects.order_by("id")] == [("ana", "late"), ("ana", "noise"), ("ana", "")]


def test_an_added_arrival_goes_to_the_event_that_its_row_names(decide, catalog):
    own, other = factories.make_event(catalog), factories.make_event(catalog)
    factories.make_pick(factories.make_trace(catalog, event=own), source_ref="a", event=own)
    columns = "source_ref,decision,time,phase,event"
    lines = [
        f"a,add,2012-09-23T16:22:{second}Z,S,{event}" for second, event in (("31", ""), ("32", "this"), ("33", other.pk), ("34", "new"))
    ]
    for n_decided in (4, 0):
        status, said, refused = decide(*lines, header=columns)
        assert (status, f"{n_decided} decided" in said) == (0, True), refused
    events = [decision.event for decision in Decision.objects.order_by("id")]
    assert (events[:3], events[3].is_added) == ([own, own, other], True)
    status, _, refused = decide("a,add,2012-09-23T16:22:35Z,S,nowhere", "a,move,2012-09-23T16:22:29Z,,this", header=columns)
    assert (status, "'nowhere' is no event here" in refused, "move adds no arrival" in refused) == (1, True, True)


def test_what_the_review_screen_would_withhold_is_decided_by_file(decide, catalog):
    flag = factories.make_flag(factories.make_pick(factories.make_trace(catalog), source_ref="a"), drawn_place=0.7)
    assert decide("a,accept,,,")[0] == 0
    assert Pick.objects.get(source_ref="a").time == flag.proposed_time


def test_a_refused_row_is_named_and_the_others_are_decided(decide, catalog):
    factories.make_pick(catalog=catalog, source_ref="a")
    status, said, complaints = decide("a,remove,,,", "nowhere,remove,,,", "a,guess,,,", "a,move,noon,,", ",remove,,,")
    assert (status, "1 decided" in said, "4 refused" in said) == (1, True, True)
    assert "decisions.csv:3: " in complaints
    assert "no pick 'nowhere'" in complaints
    assert "decisions.csv:4: 'guess' is no decision" in complaints
    assert "decisions.csv:5: 'noon' is not an ISO 8601 time" in complaints
    assert "decisions.csv:6: names no pick" in complaints


def test_an_ambiguous_name_is_refused_with_the_ids_to_choose_from(decide, catalog):
    one, other = factories.make_pick(catalog=catalog, source_ref="twice"), factories.make_pick(catalog=catalog, source_ref="thrice")
    Pick.objects.filter(pk=other.pk).update(source_ref="twice")
    status, _, complaints = decide("twice,remove,,,")
    assert (status, f"{one.pk}, {other.pk}" in complaints) == (1, True)
    assert decide(f"{other.pk},remove", header="pick_id,decision")[0] == 0
    other.refresh_from_db()
    assert other.is_removed


def test_an_id_and_a_name_that_disagree_are_refused(decide, catalog):
    pick = factories.make_pick(catalog=catalog, source_ref="a")
    status, _, complaints = decide(f"{pick.pk},b,remove", header="pick_id,source_ref,decision")
    assert (status, "is a, not b" in complaints) == (1, True)


def test_what_somebody_else_decided_is_not_overruled(decide, workspace, catalog):
    pick = factories.make_pick(catalog=catalog, source_ref="a")
    decide_on_screen(pick=pick, kind="change_phase", phase="S", analyst=factories.make_analyst(workspace), client_id=uuid4())
    for _ in range(2):
        status, _, complaints = decide("a,remove,,,")
        assert (status, "Somebody else decided" in complaints) == (1, True)
    pick.refresh_from_db()
    assert (pick.is_removed, pick.in_conflict, pick.decisions.count()) == (False, True, 2)


def test_a_file_settles_no_conflict_since_it_does_not_say_what_was_seen(workspace, workspace_admin, catalog, decide, tmp_path):
    pick = factories.make_pick(catalog=catalog, source_ref="a")
    decide_on_screen(pick=pick, kind="change_phase", phase="S", analyst=factories.make_analyst(workspace), client_id=uuid4())
    decide("a,remove,,,")
    with pytest.raises(CommandError):
        call_command("decide", workspace.name, str(tmp_path / "decisions.csv"), analyst="ada")
    pick.refresh_from_db()
    assert (pick.in_conflict, pick.is_removed, pick.phase_hint) == (True, False, "S")


def test_undo_takes_back_ones_newest_decision_on_the_pick(decide, catalog):
    pick = factories.make_pick(catalog=catalog, source_ref="a")
    assert decide("a,remove,,,", "a,undo,,,")[0] == 0
    pick.refresh_from_db()
    assert (pick.is_removed, pick.revision) == (False, 2)


def test_columns_that_are_missing_or_not_used_are_named(decide, catalog):
    factories.make_pick(catalog=catalog, source_ref="a")
    assert decide("a", header="source_ref")[0] == 1
    status, said, _ = decide("a,remove,0.9", header="source_ref,decision,p_mislabelled")
    assert (status, "not used: p_mislabelled" in said) == (0, True)


def test_a_viewer_decides_nothing(workspace, viewer, tmp_path):
    (tmp_path / "decisions.csv").write_text("source_ref,decision\n")
    with pytest.raises(CommandError, match="no analyst") as refusal:
        call_command("decide", workspace.name, str(tmp_path / "decisions.csv"), analyst="vic")
    assert refusal.value.returncode == 1


@pytest.mark.parametrize("arguments", [("Nowhere", "decisions.csv", "ana"), ("", "gone.csv", "ana"), ("", "decisions.csv", "nobody")])
def test_arguments_that_name_nothing_are_status_2(arguments, workspace, analyst, tmp_path):
    (tmp_path / "decisions.csv").write_text("source_ref,decision\n")
    name, file, person = arguments
    with pytest.raises(CommandError) as refusal:
        call_command("decide", name or workspace.name, str(tmp_path / file), analyst=person)
    assert refusal.value.returncode == 2
