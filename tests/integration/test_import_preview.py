"""`import_data --preview` tells what is in the files, and leaves no trace."""

from __future__ import annotations

import zipfile
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from labeling.models import Import, Pick, Workspace

pytestmark = pytest.mark.django_db
TABLE = """pick_id,network,station,phase,time,uncertainty_s
1,NZ,WEL,P,2013-09-26T15:17:05.61Z,0.05
2,NZ,WEL,S,yesterday,
3,NZ,FOZ,S,2013-09-26T15:17:11Z,
"""


def previewed(*paths: Path) -> str:
    out = StringIO()
    call_command("import_data", "Preview", *map(str, paths), preview=True, stdout=out)
    return out.getvalue()


def test_a_preview_counts_shows_the_first_picks_and_says_what_could_not_be_read(tmp_path: Path):
    (tmp_path / "picks.csv").write_text(TABLE)
    told = previewed(tmp_path / "picks.csv")
    assert "picks: 2" in told
    assert "1: NZ.WEL P 2013-09-26T15:17:05.610000Z ± 0.05 s" in told
    assert "error unreadable_row: 1" in told
    assert "picks.csv:3" in told


def test_a_preview_writes_nothing(tmp_path: Path):
    (tmp_path / "picks.csv").write_text(TABLE)
    previewed(tmp_path / "picks.csv")
    assert not (Workspace.objects.exists() or Import.objects.exists() or Pick.objects.exists())


def test_a_preview_looks_into_archives(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("catalogs/picks.csv", TABLE)
    assert "picks: 2" in previewed(tmp_path / "all.zip")
