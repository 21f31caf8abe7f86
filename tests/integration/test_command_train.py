"""train, as somebody at a terminal sees it. The run itself is tested where its jobs are."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from tests import factories
from tests.integration.small_uploads import QUICK_SETTINGS, import_files, small_files
from training.models import Run
from training.services.runs import start_run

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("pairs", [["epoch=3"], ["epochs"], ["epochs=many"], ["network=bert"]])
def test_a_setting_that_is_none_is_status_2(pairs, workspace):
    factories.make_pick(catalog=factories.make_catalog(workspace))
    with pytest.raises(CommandError) as refusal:
        call_command("train", workspace.name, set=pairs)
    assert refusal.value.returncode == 2
    assert not Run.objects.exists()


def test_a_workspace_without_picks_is_status_1(workspace):
    with pytest.raises(CommandError, match="Import a catalog first") as refusal:
        call_command("train", workspace.name)
    assert refusal.value.returncode == 1


def test_a_queued_run_says_where_to_follow_it(workspace, capsys):
    factories.make_pick(catalog=factories.make_catalog(workspace))
    call_command("train", workspace.name, set=["epochs=3", "network=seist"], seed=5, queue=True)
    run = Run.objects.get()
    assert (run.state, run.seed, run.configuration["epochs"], run.configuration["network"]) == ("queued", 5, 3, "seist")
    assert f"/w/{workspace.slug}/runs/{run.pk}/" in capsys.readouterr().out


def test_a_run_that_can_not_be_done_says_why(workspace):
    factories.make_pick(catalog=factories.make_catalog(workspace))
    with pytest.raises(CommandError, match="none has a waveform") as refusal:
        call_command("train", workspace.name)
    assert refusal.value.returncode == 1
    assert Run.objects.get().state == "failed"


class _InterruptedAt(io.StringIO):
    """A terminal at which somebody presses Ctrl-C once they read this."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words

    def write(self, text: str) -> int:
        if self._words in text:
            raise KeyboardInterrupt
        return super().write(text)


def test_ctrl_c_cancels_the_run_and_its_folds_and_another_may_start(workspace):
    import_files(workspace, small_files())
    settings = [f"{name}={value}" for name, value in QUICK_SETTINGS.items()]
    with pytest.raises(CommandError, match="Stopped") as refusal:
        call_command("train", workspace.name, set=settings, stdout=_InterruptedAt("Training 2 folds"))
    assert refusal.value.returncode == 1
    run = Run.objects.get()
    assert [run.state, *run.folds.values_list("state", flat=True)] == ["cancelled"] * 3
    assert start_run(workspace=workspace, by=None, settings={}, send=False).number == 2


def test_a_data_folder_without_tables_is_said_to_be_so(tmp_path: Path) -> None:
    environment = {**os.environ, "REPICK_DATA_DIR": str(tmp_path / "new"), "DATABASE_URL": "", "REPICK_SECRET_KEY": "k" * 50}
    manage = Path(settings.BASE_DIR) / "manage.py"
    done = subprocess.run([sys.executable, str(manage), "train", "Anything"], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("The database is not set up yet (no such table: labeling_workspace). Run `python manage.py migrate`")
