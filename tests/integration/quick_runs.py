"""Runs on few labels and for few epochs, done in this process."""

from __future__ import annotations

from labeling.models import Work
from tests.integration.small_uploads import QUICK_SETTINGS
from training.jobs.run_to_end import run_to_end
from training.models import Run
from training.services.runs import start_run


def quick_run(workspace, *, review_when_done: bool | None = True, **values) -> Run:
    settings = {**QUICK_SETTINGS, **values.pop("settings", {})}
    return start_run(workspace=workspace, by=None, settings=settings, review_when_done=review_when_done, send=False, **values)


def finished_run(workspace, **values) -> Run:
    run = run_to_end(quick_run(workspace, **values).pk, lambda text: None)
    assert run.state == Work.State.DONE, run.message
    return run


class NoLease:
    """For jobs that are called without a worker around them."""

    def beat_if_due(self, **_: object) -> None: ...

    def write(self, **_: object) -> None: ...
