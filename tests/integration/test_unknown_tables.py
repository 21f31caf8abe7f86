"""A CSV in no known form: asked about, confirmed, read, and remembered; on the page, over REST and on the command line."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO, StringIO
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

from labeling.jobs.import_catalog import import_catalog
from labeling.models import ConfirmedMapping, Import, Pick, Workspace
from labeling.seismo.formats.table_guess import guess_table
from labeling.services.refusals import Conflict, Refused
from labeling.services.table_mappings import checked_mapping, confirm_mapping, leave_out_table, suggestion_for, tables_of
from labeling.services.upload_chunks import Chunk, add_chunk
from labeling.services.uploads import add_file, begin_import, start_import
from tests import factories
from tests.integration.api import ROOT, client_of

pytestmark = pytest.mark.django_db
TABLE = "Date,Time,Sta,Net,Ph,Err (ms)\n26/09/2013,15:17:05.61,WEL,NZ,P,50\n27/09/2013,15:17:11.2,FOZ,NZ,S,100\n"
KNOWN = "station,phase,time\nWEL,P,2013-09-26T15:17:05.61Z\n"


def received(workspace: Workspace, **files: str) -> Import:
    source_import = begin_import(workspace=workspace, name="Autumn", by=None)
    for name, text in files.items():
        add_file(source_import=source_import, name=f"{name}.csv", chunks=[text.encode()])
    return source_import


def confirmed_as_guessed(source_import: Import, **changes: object) -> ConfirmedMapping:
    table = tables_of(source_import)[0]
    mapping = checked_mapping({**suggestion_for(source_import, table).mapping.as_json(), **changes})
    return confirm_mapping(source_import=source_import, key=table.key, mapping=mapping, by=None)


def imported(source_import: Import) -> Import:
    start_import(source_import=source_import, send=False)
    import_catalog(source_import.pk)
    source_import.refresh_from_db()
    return source_import


def test_an_import_does_not_start_while_nobody_has_said_what_a_table_holds(workspace):
    source_import = received(workspace, picks=TABLE)
    with pytest.raises(Conflict, match=r"picks\.csv: say first which columns are time") as refusal:
        start_import(source_import=source_import, send=False)
    assert refusal.value.code == "unconfirmed_tables"
    assert "UTC is assumed" in str(refusal.value.fields)


def test_a_confirmed_mapping_reads_all_tables_with_these_columns_and_stays_on_record(workspace, analyst):
    source_import = received(workspace, one=TABLE, two=TABLE.replace("2013", "2014"), known=KNOWN)
    confirmed_as_guessed(source_import)
    done = imported(source_import)
    assert done.counts["picks"] == 5
    assert {pick.source_ref for pick in Pick.objects.all()} == {"one.csv:2", "one.csv:3", "two.csv:2", "two.csv:3", "known.csv:2"}
    assert Pick.objects.get(source_ref="one.csv:2").uncertainty_s == 0.05
    assert done.mappings.get().mapping["time_format"] == "day_first"


def test_a_mapping_is_offered_again_for_the_same_columns_and_still_has_to_be_confirmed(workspace):
    first = received(workspace, picks=TABLE)
    confirmed_as_guessed(first, time_zone="Pacific/Auckland")
    imported(first)
    second = received(workspace, picks=TABLE.replace("2013", "2015"))
    (table,) = tables_of(second)
    suggestion = suggestion_for(second, table)
    assert (suggestion.mapping.time_zone, suggestion.came_from) == ("Pacific/Auckland", f"import {first.pk}, Autumn")
    with pytest.raises(Conflict):
        start_import(source_import=second, send=False)


def test_mappings_of_other_workspaces_are_not_offered(workspace):
    confirmed_as_guessed(received(factories.make_workspace("Elsewhere"), picks=TABLE), time_zone="Pacific/Auckland")
    mine = received(workspace, picks=TABLE)
    assert suggestion_for(mine, tables_of(mine)[0]).came_from == "a guess"


def test_a_table_that_is_left_out_is_named_in_the_report(workspace):
    source_import = received(workspace, picks=TABLE, known=KNOWN)
    leave_out_table(source_import=source_import, key=tables_of(source_import)[0].key, by=None)
    done = imported(source_import)
    assert done.counts["picks"] == 1
    assert done.problems.get(code="table_left_out").place == "picks.csv"


def test_a_mapping_that_comes_after_the_start_is_refused(workspace):
    source_import = received(workspace, picks=TABLE)
    confirmed_as_guessed(source_import)
    imported(source_import)
    with pytest.raises(Conflict, match="started already"):
        confirmed_as_guessed(source_import, time_zone="+09:00")
    assert source_import.mappings.get().mapping["time_zone"] == "UTC"


def test_a_mapping_that_misses_something_is_not_confirmed(workspace):
    source_import = received(workspace, picks=TABLE)
    with pytest.raises(Refused, match="Which time zone"):
        confirmed_as_guessed(source_import, time_zone="")
    with pytest.raises(Refused, match="has no column nowhere"):
        confirmed_as_guessed(source_import, columns={"time": "nowhere", "station_code": "sta", "phase_hint": "ph"})
    assert not ConfirmedMapping.objects.exists()


# --- the page ---------------------------------------------------------------------------------------------------------


def chosen(**changes: str) -> dict[str, str]:
    """What the form sends for the guess."""
    columns = {"date": "date", "time": "time", "phase_hint": "ph", "station_code": "sta", "network_code": "net", "uncertainty": "err (ms)"}
    layout = {"delimiter": "comma", "header": "on", "skip_lines": "0", "time_format": "day_first", "time_zone": "UTC", "time_unit": "s"}
    return {**{f"column-{name}": column for name, column in columns.items()}, **layout, "uncertainty_unit": "ms", **changes}


@pytest.fixture
def source_import(workspace) -> Import:
    return received(workspace, picks=TABLE)


def address(source_import: Import, name: str = "import_table") -> str:
    return reverse(name, args=[source_import.workspace.slug, source_import.pk, tables_of(source_import)[0].key])


def test_the_page_shows_the_rows_as_they_are_and_as_they_would_be_read(source_import, analyst_client: Client):
    page = analyst_client.get(address(source_import)).content.decode()
    assert '<td class="mono">26/09/2013</td>' in page
    assert "2013-09-26 15:17:05.610000" in page
    assert "UTC is assumed" in page
    assert '<option value="day_first" selected>' in page
    listed = analyst_client.get(reverse("import_detail", args=[source_import.workspace.slug, source_import.pk])).content.decode()
    assert "say what its columns are" in listed
    assert address(source_import) in listed


def test_of_many_tables_the_first_hundred_are_listed_those_that_wait_before_others(workspace, analyst_client: Client):
    many = received(
        workspace, z_open=TABLE, **{f"known{number}": f"station,phase,time,extra{number}\nWEL,P,2013-09-26,1\n" for number in range(101)}
    )
    page = analyst_client.get(reverse("import_detail", args=[workspace.slug, many.pk])).content.decode()
    assert "The first 100 of 102 are listed" in page
    assert page.index("say what its columns are") < page.index("read by the names of its columns")


def test_changing_the_mapping_shows_it_and_keeps_nothing(source_import, analyst_client: Client):
    page = analyst_client.post(address(source_import, "import_table_say"), chosen(time_zone="+12:00")).content.decode()
    assert "2013-09-26 03:17:05.610000" in page
    assert not ConfirmedMapping.objects.exists()


def test_confirming_on_the_page_lets_the_import_start(source_import, analyst_client: Client, analyst):
    answer = analyst_client.post(address(source_import, "import_table_say"), chosen(time_zone="+12:00", confirm="1"))
    assert answer.status_code == 302
    row = ConfirmedMapping.objects.get()
    assert (row.confirmed_by, row.mapping["time_zone"], row.mapping["fixed"]) == (analyst, "+12:00", {})
    imported(source_import)
    assert Pick.objects.order_by("time").first().time.isoformat() == "2013-09-26T03:17:05.610000+00:00"
    page = analyst_client.get(address(source_import)).content.decode()
    assert "Confirmed by ana" in page
    assert 'name="confirm"' not in page


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"time_zone": "Atlantis"}, "is no time zone"),
        ({"column-time": "nowhere"}, "Select a valid choice"),
        ({"column-station_code": ""}, "Which column is the station"),
        ({"time_unit": "fortnights"}, "Select a valid choice"),
        ({"skip_lines": "x"}, "Enter a whole number"),
        ({"delimiter": "semicolon"}, "Select a valid choice"),
        ({"sampling_rate_hz": "inf"}, "Enter a number"),
    ],
)
def test_a_wrong_choice_is_told_on_the_page_and_not_confirmed(changes, told, source_import, analyst_client: Client):
    page = analyst_client.post(address(source_import, "import_table_say"), chosen(confirm="1", **changes))
    assert page.status_code == 200
    assert told in page.content.decode()
    assert not ConfirmedMapping.objects.exists()


def test_leaving_out_on_the_page(source_import, analyst_client: Client):
    analyst_client.post(address(source_import, "import_table_say"), {"leave_out": "1"})
    assert ConfirmedMapping.objects.get().is_left_out


def test_a_table_that_is_not_there_is_not_found(source_import, analyst_client: Client):
    assert analyst_client.get(address(source_import).replace(tables_of(source_import)[0].key, "0" * 32)).status_code == 404
    elsewhere = address(received(factories.make_workspace("Elsewhere"), picks=TABLE))
    assert analyst_client.get(elsewhere).status_code == 404


def test_viewers_see_the_table_and_decide_nothing(source_import, viewer_client: Client):
    assert 'name="confirm"' not in viewer_client.get(address(source_import)).content.decode()
    assert viewer_client.post(address(source_import, "import_table_say"), chosen(confirm="1")).status_code == 403


# --- REST -------------------------------------------------------------------------------------------------------------


def test_a_table_is_looked_at_and_confirmed_over_rest(workspace, analyst):
    client = client_of(analyst)
    imports = f"{ROOT}/workspaces/{workspace.slug}/imports/"
    here = f"{imports}{client.post(imports, {'name': 'REST'}).json()['id']}/"
    client.generic("POST", f"{here}files/", TABLE, content_type="application/octet-stream", headers={"X-File-Name": quote("picks.csv")})
    refusal = client.post(f"{here}start/")
    assert (refusal.status_code, refusal.json()["code"]) == (409, "unconfirmed_tables")
    (table,) = client.get(f"{here}tables/").json()
    assert (table["files"], table["state"]) == (["picks.csv"], "open")
    look = client.get(f"{here}tables/{table['key']}/").json()
    assert (look["came_from"], look["picks"][0]["time"], look["missing"]) == ("a guess", "2013-09-26T15:17:05.610000Z", [])
    assert "UTC is assumed" in look["doubts"][0]
    mapping = {**look["mapping"], "time_zone": "+12:00"}
    other = client.post(f"{here}tables/{table['key']}/look/", {"mapping": mapping}, format="json").json()
    assert other["picks"][0]["time"] == "2013-09-26T03:17:05.610000Z"
    assert client.get(f"{here}tables/").json()[0]["state"] == "open"
    assert client.put(f"{here}tables/{table['key']}/", {"mapping": mapping}, format="json").json()["state"] == "confirmed"
    assert client.post(f"{here}start/").json()["state"] == "queued"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "bad_mapping"),
        ({"mapping": "day first"}, "bad_mapping"),
        ({"mapping": {"columns": {"time": "date"}}}, "mapping_incomplete"),
        ({"mapping": {"unknown": 1}}, "bad_mapping"),
    ],
)
def test_what_is_no_mapping_is_refused_over_rest(body, code, source_import, analyst):
    key = tables_of(source_import)[0].key
    here = f"{ROOT}/workspaces/{source_import.workspace.slug}/imports/{source_import.pk}/tables/{key}/"
    answer = client_of(analyst).put(here, body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


# --- the command line -------------------------------------------------------------------------------------------------


@pytest.fixture
def on_disk(tmp_path: Path) -> Path:
    path = tmp_path / "picks.csv"
    path.write_text(TABLE)
    return path


def test_preview_prints_a_mapping_that_import_data_takes(on_disk, tmp_path):
    out = StringIO()
    call_command("import_data", "Alps", str(on_disk), preview=True, stdout=out)
    said = out.getvalue()
    assert "UTC is assumed" in said
    assert "picks.csv:2: NZ.WEL P 2013-09-26T15:17:05.610000Z ± 0.05 s" in said
    mapping = tmp_path / "mapping.json"
    mapping.write_text(said[said.index("{") : said.rindex("}") + 1])
    out = StringIO()
    call_command("import_data", "Alps", str(on_disk), preview=True, mapping=[str(mapping)], stdout=out)
    assert "picks: 2" in out.getvalue()
    assert not Workspace.objects.exists()
    call_command("import_data", "Alps", str(on_disk), mapping=[str(mapping)])
    assert Pick.objects.count() == 2
    assert Import.objects.get().mappings.get().mapping == json.loads(mapping.read_text())


def test_import_data_without_a_mapping_says_what_is_missing_and_takes_the_rest(on_disk, tmp_path, capsys):
    (tmp_path / "known.csv").write_text(KNOWN)
    call_command("import_data", "Alps", str(tmp_path))
    assert Pick.objects.count() == 1
    said = capsys.readouterr().out
    assert "unconfirmed_table" in said
    assert "--mapping" in said


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "JSON object"),
        ("{}", "Which column is the time"),
        ('{"columns": {"time": "t", "station_code": "s", "phase_hint": "p"}, "time_format": "epoch"}', "fits none of the tables"),
    ],
)
def test_a_mapping_file_that_is_none_ends_the_command(content, told, on_disk, tmp_path):
    (tmp_path / "mapping.json").write_text(content)
    with pytest.raises(CommandError, match=told) as refusal:
        call_command("import_data", "Alps", str(on_disk), mapping=[str(tmp_path / "mapping.json")])
    assert refusal.value.returncode == 2
    assert not Import.objects.exists()


# --- tables in archives ---------------------------------------------------------------------------------------------------


def zipped(**files: str) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"week/{name}.csv", text)
    return content.getvalue()


def received_archive(workspace: Workspace, content: bytes) -> Import:
    source_import = begin_import(workspace=workspace, name="Autumn", by=None)
    add_file(source_import=source_import, name="autumn.zip", chunks=[content])
    return source_import


def test_a_table_in_an_archive_is_asked_about_and_read_once(workspace):
    source_import = received_archive(workspace, zipped(picks=TABLE, known=KNOWN))
    with pytest.raises(Conflict, match=r"autumn\.zip/week/picks\.csv: say first"):
        start_import(source_import=source_import, send=False)
    confirmed_as_guessed(source_import)
    done = imported(source_import)
    assert done.counts["picks"] == 3
    assert done.counts["repeated_picks"] == 0
    assert Pick.objects.filter(workspace=workspace, source_ref="autumn.zip/week/picks.csv:2").exists()


def test_an_archive_that_came_in_chunks_is_looked_into(workspace):
    source_import = begin_import(workspace=workspace, name="Autumn", by=None)
    content = zipped(picks=TABLE)
    add_chunk(source_import=source_import, chunk=Chunk("autumn.zip", len(content), 0, content))
    assert [table.name for table in tables_of(source_import)] == ["autumn.zip/week/picks.csv"]


def test_of_an_archive_with_many_files_the_report_says_what_to_do(workspace):
    many = {f"note{number}": "nothing" for number in range(1000)}
    source_import = received_archive(workspace, zipped(picks=TABLE, **many))
    assert tables_of(source_import) == []
    problem = imported(source_import).problems.get(code="unconfirmed_table")
    assert problem.place == "autumn.zip/week/picks.csv"
    assert "Upload a table of a large archive by itself" in problem.message


def test_two_tables_of_one_name_in_an_archive_are_left_to_the_report(workspace):
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("picks.csv", TABLE)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("picks.csv", TABLE.replace("WEL", "FOZ"))
    source_import = received_archive(workspace, content.getvalue())
    assert tables_of(source_import) == []
    assert imported(source_import).problems.filter(code="unconfirmed_table").count() == 2


def test_a_mapping_on_the_command_line_fits_a_table_in_an_archive(tmp_path):
    (tmp_path / "autumn.zip").write_bytes(zipped(picks=TABLE))
    (tmp_path / "table.csv").write_text(TABLE)
    guess = guess_table(tmp_path / "table.csv")
    assert guess is not None
    (tmp_path / "mapping.json").write_text(json.dumps(guess.mapping.as_json()))
    call_command("import_data", "Autumn", str(tmp_path / "autumn.zip"), "--mapping", str(tmp_path / "mapping.json"), stdout=StringIO())
    assert Pick.objects.filter(workspace__name="Autumn").count() == 2
