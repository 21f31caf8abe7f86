"""Django admin of the training side."""

from __future__ import annotations

from django.contrib import admin

from labeling.admin import FrozenAdmin, RowAdmin, WorkAdmin
from training.models import Checkpoint, EpochMetric, FoldResult, RetrainSchedule, Run


@admin.register(Run)
class RunAdmin(WorkAdmin):
    list_display = ("__str__", "workspace", "state", "stage", "seed", "n_labels", "trigger", "created_by", "created_at", "error_reference")
    list_filter = ("state", "trigger")
    search_fields = ("workspace__name", "error_reference")
    raw_id_fields = ("workspace", "snapshot")
    readonly_fields = ("number", "configuration", "seed", "code_version", "stage", "summary")


@admin.register(FoldResult)
class FoldResultAdmin(WorkAdmin):
    list_display = ("__str__", "state", "progress", "attempt", "n_train_labels", "n_scored_labels", "heartbeat_at", "message")
    list_filter = ("state",)
    raw_id_fields = ("run",)
    readonly_fields = ("scores_path",)
    list_select_related = ("run",)


@admin.register(EpochMetric)
class EpochMetricAdmin(FrozenAdmin):
    list_display = ("fold", "network_index", "epoch", "seconds")
    raw_id_fields = ("fold",)
    list_select_related = ("fold__run",)


@admin.register(Checkpoint)
class CheckpointAdmin(FrozenAdmin):
    list_display = ("fold", "network_index", "sha256", "size_bytes", "created_at")
    search_fields = ("sha256",)
    raw_id_fields = ("fold",)
    list_select_related = ("fold__run",)


@admin.register(RetrainSchedule)
class RetrainScheduleAdmin(RowAdmin):
    list_display = ("workspace", "mode", "hour_utc", "n_decisions", "last_run", "last_checked_at")
    list_filter = ("mode",)
    raw_id_fields = ("workspace", "last_run")
