"""The same pick uploaded again with other values: shown with both, and both kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from labeling.models import Import, Pick, Workspace
from labeling.services.catalogs import withdraw_catalog
from tests.integration.api import ROOT, client_of
from tests.integration.small_uploads import import_files, small_files, small_network

pytestmark = pytest.mark.django_db
HEADER = "pick_id,event_id,network,station,phase,time,weight,uncertainty_s,author\n"
FIRST = "a,e1,NZ,WEL,P,2013-09-26T15:17:05.610000Z,2,0.05,ana\n"


def uploaded(workspace: Workspace, *rows: str, header: str = HEADER, name: str = "picks.csv") -> Import:
    return import_files(workspace, {name: (header + "".join(rows)).encode()}, name=name)


def conflicts(source_import: Import) -> list[str]:
    found = list(source_import.problems.filter(code="pick_conflict").order_by("id").values_list("message", flat=True))
    assert source_import.counts["pick_conflicts"] == len(found)
    return found


@pytest.fixture
def known(workspace) -> Workspace:
    uploaded(workspace, FIRST, name="first.csv")
    return workspace


@pytest.mark.parametrize(
    ("again", "new", "old"),
    [
        (FIRST.replace("05.61", "07.9"), "2013-09-26T15:17:07.900000Z in", "2013-09-26T15:17:05.610000Z in"),
        (FIRST.replace(",P,", ",S,"), "S in this upload", "P in the catalog"),
        (FIRST.replace(",2,", ",0,"), "weight 0 in", "weight 2 in"),
        (FIRST.replace("0.05", "0.2").replace("05.61", "05.62"), "± 0.2 s in", "± 0.05 s in"),
        (FIRST.replace("05.61", "05.9").replace(",2,", ",1,"), "2013-09-26T15:17:05.900000Z, weight 1 in", "05.610000Z, weight 2 in"),
    ],
)
def test_another_value_under_the_same_name_is_told_with_both_and_both_are_kept(again, new, old, known):
    (message,) = conflicts(uploaded(known, again))
    assert f"{new}" in message
    assert f"{old}" in message
    assert "first.csv" in message
    assert "by ana" in message
    assert Pick.objects.count() == 2


def test_another_uncertainty_alone_is_told_and_what_is_here_stays(known):
    again = uploaded(known, FIRST.replace("0.05", "0.2"))
    (message,) = conflicts(again)
    assert "uncertainty_s 0.2 in this upload, 0.05 here" in message
    assert again.counts["repeated_picks"] == 1
    assert Pick.objects.get().uncertainty_s == 0.05


def test_a_pick_without_a_name_is_known_by_station_event_and_phase(workspace):
    header = HEADER.replace("pick_id,", "")
    uploaded(workspace, FIRST.removeprefix("a,"), header=header, name="first.csv")
    (message,) = conflicts(uploaded(workspace, FIRST.removeprefix("a,").replace("05.61", "08.61"), header=header, name="second.csv"))
    assert "2013-09-26T15:17:08.610000Z" in message
    assert not conflicts(uploaded(workspace, FIRST.removeprefix("a,").replace("05.61", "35.61"), header=header, name="third.csv"))


def test_a_pick_without_event_and_name_is_known_within_half_a_second(workspace):
    header = "network,station,phase,time\n"
    uploaded(workspace, "NZ,WEL,P,2013-09-26T15:17:05.61Z\n", header=header, name="first.csv")
    again = uploaded(workspace, "NZ,WEL,P,2013-09-26T15:17:05.9Z\nNZ,WEL,P,2013-09-26T15:18:05.9Z\n", header=header, name="second.csv")
    assert len(conflicts(again)) == 1


def test_the_same_row_of_a_file_of_the_same_name_is_not_the_same_pick(workspace):
    header = "network,station,phase,time\n"
    uploaded(workspace, "NZ,WEL,P,2013-09-26T15:17:05.61Z\n", header=header)
    assert conflicts(uploaded(workspace, "NZ,WEL,P,2013-09-26T15:19:05.61Z\n", header=header)) == []


@pytest.mark.parametrize(
    "again",
    [
        FIRST,
        FIRST.replace("05.610000Z", "05.6104Z"),
        FIRST.replace(",2,0.05,", ",,,"),
        FIRST.replace(",P,", ",Pg,"),
        FIRST.replace(",NZ,", ",,"),
        FIRST.replace("WEL", "FOZ").replace("05.61", "06.61"),
        FIRST.replace("15:17:05", "18:17:05"),
    ],
)
def test_the_same_values_or_another_pick_are_no_conflict(again, known):
    assert conflicts(uploaded(known, again)) == []


def test_what_an_upload_does_not_know_is_no_conflict_but_the_rest_is(known):
    (message,) = conflicts(uploaded(known, FIRST.replace(",2,0.05,", ",,,").replace("05.61", "06.61")))
    assert "weight" not in message


def test_of_two_readers_the_same_one_is_compared(known):
    uploaded(known, FIRST.replace("a,e1", "b,e1").replace("05.61", "05.7").replace("ana", "ben"), name="ben.csv")
    (message,) = conflicts(uploaded(known, FIRST.replace("a,e1", "c,e1").replace("05.61", "05.8"), name="third.csv"))
    assert "by ana" in message


def test_picks_of_a_withdrawn_catalog_are_no_conflict(known, workspace_admin):
    withdraw_catalog(catalog=known.catalogs.get(), by=workspace_admin)
    assert conflicts(uploaded(known, FIRST.replace("05.61", "07.9"))) == []


def test_a_first_upload_and_the_same_again_have_no_conflicts(workspace):
    assert conflicts(import_files(workspace, small_files())) == []
    assert conflicts(import_files(workspace, small_files(), name="again")) == []


def test_each_moved_pick_of_a_real_form_is_one_conflict(workspace):
    import_files(workspace, small_files())
    header = "pick_id,network,station,location_code,channel,phase,time\n"
    rows = [
        f"{pick.source_ref},{pick.network_code},{pick.station_code},,,{pick.phase_hint},{(pick.time + timedelta(seconds=1)).isoformat()}\n"
        for pick in small_network().picks
    ]
    assert len(conflicts(uploaded(workspace, *rows, header=header, name="moved.csv"))) == len(rows)


def test_conflicts_are_a_figure_on_the_page_and_lines_over_rest(known, analyst, analyst_client: Client):
    again = uploaded(known, FIRST.replace("05.61", "07.9"))
    page = analyst_client.get(reverse("import_detail", args=[known.slug, again.pk])).content.decode()
    assert "<span>pick here already with other values</span>" in page
    address = f"{ROOT}/workspaces/{known.slug}/imports/{again.pk}/problems/?code=pick_conflict"
    (line,) = client_of(analyst).get(address).json()["results"]
    assert (line["place"], line["severity"]) == ("a", "warning")
