"""Runs, their folds, curves and checkpoints, and when to train again."""

from __future__ import annotations

from django.db import models

from labeling.models import Snapshot, Work, Workspace


class Run(Work):
    """One out-of-fold training on one snapshot. Its stages are prepared, trained (by its folds) and flagged one after the other.

    configuration: a `TrainingConfig` as a dict. review_when_done: whether its flags take over the review queue when it has finished;
    else an admin may promote them. summary: figures and statements for the run page.
    """

    class Stage(models.TextChoices):
        PREPARE = "prepare"
        TRAIN = "train"
        FLAG = "flag"

    class Trigger(models.TextChoices):
        MANUAL = "manual"
        SCHEDULE = "schedule"

    task_name = "training.advance_run"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="runs")
    number = models.PositiveIntegerField()
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="runs")
    stage = models.CharField(max_length=8, choices=Stage.choices, default=Stage.PREPARE)
    configuration = models.JSONField()
    seed = models.PositiveIntegerField(default=0)
    code_version = models.CharField(max_length=60)
    device = models.CharField(max_length=40, blank=True)
    trigger = models.CharField(max_length=8, choices=Trigger.choices, default=Trigger.MANUAL)
    review_when_done = models.BooleanField(default=True)
    n_labels = models.PositiveIntegerField(default=0)
    summary = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "number"], name="one_run_per_number"),
            models.UniqueConstraint(
                fields=["workspace"],
                condition=models.Q(state__in=["queued", "running", "waiting"]),
                name="one_unfinished_run_per_workspace",
            ),
        ]

    def __str__(self) -> str:
        return f"Run {self.number}"


class FoldResult(Work):
    """One fold: trained on all components but its own, then scores its own. scores_path: below the data folder's `runs`."""

    task_name = "training.train_fold"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="folds")
    fold = models.PositiveSmallIntegerField()
    n_train_labels = models.PositiveIntegerField(default=0)
    n_scored_labels = models.PositiveIntegerField(default=0)
    scores_path = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["run", "fold"]
        constraints = [models.UniqueConstraint(fields=["run", "fold"], name="one_result_per_fold")]

    def __str__(self) -> str:
        return f"{self.run}, fold {self.fold + 1}"


class EpochMetric(models.Model):
    """One epoch of one network of one fold. losses: by name; validation: by name."""

    fold = models.ForeignKey(FoldResult, on_delete=models.CASCADE, related_name="epochs")
    network_index = models.PositiveSmallIntegerField(default=0)
    epoch = models.PositiveIntegerField()
    losses = models.JSONField(default=dict)
    validation = models.JSONField(default=dict)
    seconds = models.FloatField(default=0.0)

    class Meta:
        ordering = ["fold", "network_index", "epoch"]
        constraints = [models.UniqueConstraint(fields=["fold", "network_index", "epoch"], name="one_metric_per_epoch")]

    def __str__(self) -> str:
        return f"{self.fold}, epoch {self.epoch}"


class Checkpoint(models.Model):
    """Trained weights of one network of one fold. path: below the data folder's `runs`."""

    fold = models.ForeignKey(FoldResult, on_delete=models.CASCADE, related_name="checkpoints")
    network_index = models.PositiveSmallIntegerField(default=0)
    path = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["fold", "network_index"]
        constraints = [models.UniqueConstraint(fields=["fold", "network_index"], name="one_checkpoint_per_network")]

    def __str__(self) -> str:
        return self.sha256[:12]


class RetrainSchedule(models.Model):
    """When a workspace trains again by itself; django-celery-beat looks at it."""

    class Mode(models.TextChoices):
        OFF = "off", "Off"
        NIGHTLY = "nightly", "Nightly"
        AFTER_DECISIONS = "after_decisions", "After a number of decisions"

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="retrain_schedule")
    mode = models.CharField(max_length=16, choices=Mode.choices, default=Mode.OFF)
    hour_utc = models.PositiveSmallIntegerField(default=2)
    n_decisions = models.PositiveIntegerField(default=200)
    last_run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    last_checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(hour_utc__lte=23), name="schedule_hour_is_an_hour"),
            models.CheckConstraint(condition=models.Q(n_decisions__gte=1), name="schedule_needs_a_decision"),
        ]

    def __str__(self) -> str:
        return f"{self.workspace}: {self.mode}"
