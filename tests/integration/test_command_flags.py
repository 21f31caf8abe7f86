"""flags: the columns are a contract."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests import factories

pytestmark = pytest.mark.django_db
COLUMNS = [
    *("pick_id", "source_ref", "event_id", "network_code", "station_code", "location_code", "channel_code", "phase_hint", "time"),
    *("p_mislabelled", "flagged", "kind", "proposed_time", "proposed_lower", "proposed_upper"),
    *("feature_kl", "feature_cosine", "time_contrast", "neg_log_label_density", "p_gross_error", "snr_db", "network_agreement_s"),
    "p_mislabelled_without_alignment",
    *("proposed_action", "proposed_phase", "reason"),
]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_one_row_for_every_scored_pick_flagged_or_not(tmp_path, workspace, capsys):
    catalog = factories.make_catalog(workspace)
    event = factories.make_event(catalog, source_ref="nc71842345")
    trace = factories.make_trace(catalog, event=event)
    bad, good = factories.make_pick(trace, source_ref="t:P", phase_hint="Pg"), factories.make_pick(trace, source_ref="t:S", phase_hint="S")
    factories.make_flag(bad, p_mislabelled=0.9, shift_s=-0.5)
    factories.make_flag(good, p_mislabelled=0.1, shift_s=None)
    call_command("flags", workspace.name, out=str(tmp_path / "flags.csv"))
    first, second = read(tmp_path / "flags.csv")
    assert list(first) == COLUMNS
    assert (first["pick_id"], first["source_ref"], first["event_id"], first["phase_hint"]) == (str(bad.pk), "t:P", "nc71842345", "Pg")
    assert (first["network_code"], first["station_code"], first["location_code"], first["channel_code"]) == ("BG", "FUM", "--", "HHZ")
    assert (first["time"], first["proposed_time"]) == ("2012-09-23T16:22:30.000000Z", "2012-09-23T16:22:29.500000Z")
    assert (first["p_mislabelled"], first["flagged"], first["kind"], first["feature_kl"]) == ("0.9", "true", "timing", "4.1")
    assert (second["flagged"], second["kind"], second["proposed_time"]) == ("false", "", "")
    assert "2 scored picks, 1 flagged" in capsys.readouterr().out


def test_a_row_shows_the_label_that_was_judged(tmp_path, workspace):
    pick = factories.make_pick(factories.make_trace(factories.make_catalog(workspace), location_code=None))
    flag_set = factories.make_flag_set(workspace, snapshot=factories.make_snapshot(workspace, [pick]))
    flag = factories.make_flag(pick, flag_set=flag_set)
    type(pick).objects.filter(pk=pick.pk).update(time=flag.proposed_time, phase_hint="S")
    call_command("flags", workspace.name, out=str(tmp_path / "flags.csv"))
    [row] = read(tmp_path / "flags.csv")
    assert (row["time"], row["phase_hint"], row["location_code"]) == ("2012-09-23T16:22:30.000000Z", "P", "")


def test_a_run_is_named_by_its_number(tmp_path, workspace):
    pick = factories.make_pick(factories.make_trace(factories.make_catalog(workspace)))
    older = factories.make_flag_set(workspace, is_current=False, provenance={"run": 3})
    factories.make_flag(pick, flag_set=older, p_mislabelled=0.25)
    factories.make_flag(pick, flag_set=factories.make_flag_set(workspace, provenance={"run": 4}))
    call_command("flags", workspace.name, out=str(tmp_path / "flags.csv"), run=3)
    assert [row["p_mislabelled"] for row in read(tmp_path / "flags.csv")] == ["0.25"]
    with pytest.raises(CommandError, match="no flags of a run 5") as refusal:
        call_command("flags", workspace.name, out=str(tmp_path / "flags.csv"), run=5)
    assert refusal.value.returncode == 2


def test_without_a_run_there_is_nothing_to_write(tmp_path, workspace):
    with pytest.raises(CommandError, match="Train first") as refusal:
        call_command("flags", workspace.name, out=str(tmp_path / "flags.csv"))
    assert refusal.value.returncode == 1
    assert not (tmp_path / "flags.csv").exists()


def test_where_no_flags_are_under_review_it_names_a_run_to_ask_for(tmp_path, workspace):
    pick = factories.make_pick(factories.make_trace(factories.make_catalog(workspace)))
    flag_set = factories.make_flag_set(workspace, is_current=False, provenance={"run": 4})
    factories.make_flag(pick, flag_set=flag_set)
    with pytest.raises(CommandError, match=r"No flags of .* are under review\. Name a run: --run 4"):
        call_command("flags", workspace.name, out=str(tmp_path / "flags.csv"))


def test_the_columns_after_the_contracts_say_what_is_proposed_and_why(tmp_path, workspace):
    trace = factories.make_trace(factories.make_catalog(workspace))
    made = {
        "move": {"shift_s": -0.5},
        "remove": {"shift_s": None, "kind": "no_arrival", "p_mislabelled": 0.95},
        "add": {"shift_s": 1.5, "kind": "missed_arrival", "proposed_phase": "S"},
        "change_phase": {"shift_s": None, "kind": "phase", "proposed_phase": "S"},
        "": {"shift_s": None, "kind": "no_arrival", "p_mislabelled": 0.6},
    }
    for number, (action, facts) in enumerate(made.items()):
        factories.make_flag(factories.make_pick(trace, offset_s=2.0 + number, source_ref=action or "nothing"), sentence="Why.", **facts)
    call_command("flags", workspace.name, out=str(tmp_path / "flags.csv"))
    rows = {row["source_ref"]: row for row in read(tmp_path / "flags.csv")}
    assert {ref: row["proposed_action"] for ref, row in rows.items()} == {action or "nothing": action for action in made}
    assert {ref: row["proposed_phase"] for ref, row in rows.items() if row["proposed_phase"]} == {"add": "S", "change_phase": "S"}
    assert {row["reason"] for row in rows.values()} == {"Why."}
