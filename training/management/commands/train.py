"""python manage.py train WORKSPACE [--set key=value …] [--seed N] [--queue]"""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.urls import reverse

from labeling.management.command_line import refused, workspace_named, wrong
from labeling.management.progress import work_here
from labeling.models import Workspace
from labeling.services.refusals import Refused
from training.jobs.run_to_end import run_to_end, side_by_side
from training.management.settings_given import settings_given
from training.models import FoldResult, Run
from training.services.runs import abandoned_run, cancel_run, start_run


class Command(BaseCommand):
    help = "Freezes a snapshot, trains on it out of fold, and flags its picks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workspace", metavar="WORKSPACE", help="name of the workspace")
        parser.add_argument(
            "--set", metavar="key=value", nargs="+", action="extend", default=[], help="settings that differ from their defaults"
        )
        parser.add_argument("--seed", metavar="N", type=int, default=0)
        parser.add_argument(
            "--review",
            choices=("yes", "no"),
            help="whether its flags go under review; default yes, but for a trial of less than half the usual epochs",
        )
        parser.add_argument("--queue", action="store_true", help="let the workers do it")

    def handle(self, *_: Any, workspace: str, seed: int, queue: bool, **options: Any) -> None:
        if seed < 0:
            raise wrong(f"--seed {seed}: give 0 or more.")
        if "TORCHELASTIC_RUN_ID" in os.environ:  # each of torchrun's processes would start a run of its own
            raise wrong("`train` starts torchrun by itself. Start it without: REPICK_TORCHRUN_PROCESSES=2 python manage.py train WORKSPACE")
        home = workspace_named(workspace)
        run = None if queue else abandoned_run(home)
        if run is not None:
            self.stdout.write(f"{run} was left unfinished; it goes on from there, with the settings it was started with.")
        else:
            review = {"yes": True, "no": False}.get(options["review"])
            run = self._started(home, settings_given(options["set"]), seed, queue, review)
            self.stdout.write(f"{run} on {run.snapshot} ({run.snapshot.n_picks} picks)")
        if queue:
            page = reverse("run_detail", args=[home.slug, run.pk])
            self.stdout.write(f"It is queued; the workers (python manage.py up) do it. Follow it at {page}")
            return
        processes = min(side_by_side(), run.configuration["n_folds"])
        work_here(
            run,
            lambda pk: run_to_end(pk, self.stdout.write, processes=processes),
            self.stdout.write,
            cancel=partial(cancel_run, run=run),
            watched=FoldResult,
            run=run,
        )
        self._summarise(run)

    def _started(self, workspace: Workspace, settings: dict[str, str], seed: int, queue: bool, review: bool | None) -> Run:
        try:
            return start_run(workspace=workspace, by=None, settings=settings, seed=seed, review_when_done=review, send=queue)
        except Refused as problem:
            raise (wrong if problem.code == "bad_setting" else refused)(str(problem)) from None

    def _summarise(self, run: Run) -> None:
        for name, value in run.summary.items():
            if isinstance(value, int | float | str):
                shown = f"{value:.3g}" if isinstance(value, float) else value
                self.stdout.write(f"  {name}: {shown}")
        if not run.review_when_done:
            self.stdout.write("Its flags are not under review. An admin can promote them on the run's page.")
        self.stdout.write(f"{run} is done. See every scored pick with: python manage.py flags '{run.workspace}' --out flags.csv")
