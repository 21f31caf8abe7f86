"""Django admin of the catalog side. What the product promises never to change is read-only here as well."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from labeling.models import (
    Catalog,
    ChannelEpoch,
    ConfirmedMapping,
    Decision,
    DecisionBatch,
    EarthModel,
    Event,
    Export,
    Flag,
    FlagSet,
    Import,
    ImportPreview,
    ImportProblem,
    KeyBindings,
    Membership,
    OverviewCounts,
    PartialFile,
    Pick,
    PickRevision,
    QueueCount,
    ReviewAssignment,
    ReviewDraw,
    ReviewLease,
    Snapshot,
    SnapshotPick,
    SourceFile,
    Station,
    Trace,
    Workspace,
)

MOST_COUNTED = 100_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # Django's can't be subscripted
    """Counts no further than MOST_COUNTED rows, so that a page of a million picks opens at once."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Model] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[:MOST_COUNTED].count()


class RowAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Lists that stay fast: bounded counts, no drop-down over a whole table."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_select_related: ClassVar[Any] = True


class FrozenAdmin(RowAdmin):
    """Rows to look at: nobody adds, changes or deletes them by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class WorkAdmin(FrozenAdmin):
    """Work under way changes by compare-and-set in the jobs; here it can only be looked at."""

    readonly_fields: ClassVar[tuple[str, ...]] = ("created_at",)  # no form would show it


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    raw_id_fields = ("user",)
    extra = 0


@admin.register(Workspace)
class WorkspaceAdmin(RowAdmin):
    list_display = ("name", "slug", "flag_threshold", "created_at")
    search_fields = ("name", "slug")
    inlines = (MembershipInline,)


@admin.register(Membership)
class MembershipAdmin(RowAdmin):
    list_display = ("workspace", "user", "role", "created_at")
    list_filter = ("role",)
    search_fields = ("user__username", "workspace__name")
    raw_id_fields = ("workspace", "user")


@admin.register(Catalog)
class CatalogAdmin(RowAdmin):
    list_display = ("name", "workspace", "created_at", "withdrawn_at", "withdrawn_by")
    search_fields = ("name", "workspace__name")
    raw_id_fields = ("workspace", "withdrawn_by")
    readonly_fields = ("withdrawn_at", "withdrawn_by")  # the service hides the picks as well


@admin.register(Import)
class ImportAdmin(WorkAdmin):
    list_display = ("name", "workspace", "state", "progress", "created_by", "created_at", "error_reference")
    list_filter = ("state",)
    search_fields = ("name", "workspace__name", "error_reference")
    raw_id_fields = ("workspace", "catalog")


@admin.register(SourceFile)
class SourceFileAdmin(FrozenAdmin):
    list_display = ("name", "source_import", "size_bytes", "sha256")
    search_fields = ("sha256", "name")
    raw_id_fields = ("source_import",)


@admin.register(ImportProblem)
class ImportProblemAdmin(FrozenAdmin):
    list_display = ("severity", "code", "place", "source_import")
    list_filter = ("severity",)
    search_fields = ("code", "place")
    raw_id_fields = ("source_import",)


@admin.register(ImportPreview)
class ImportPreviewAdmin(WorkAdmin):
    list_display = ("source_import", "state", "n_files", "created_by", "created_at", "error_reference")
    list_filter = ("state",)
    raw_id_fields = ("source_import",)


@admin.register(ConfirmedMapping)
class ConfirmedMappingAdmin(FrozenAdmin):
    list_display = ("source_import", "table_key", "confirmed_by", "confirmed_at")
    raw_id_fields = ("source_import", "confirmed_by")


@admin.register(PartialFile)
class PartialFileAdmin(FrozenAdmin):
    list_display = ("name", "source_import", "received_bytes", "size_bytes", "updated_at")
    search_fields = ("name",)
    raw_id_fields = ("source_import",)


@admin.register(Event)
class EventAdmin(RowAdmin):
    list_display = ("source_ref", "workspace", "origin_time", "magnitude", "is_withdrawn")
    search_fields = ("source_ref",)
    raw_id_fields = ("workspace", "catalog")


@admin.register(Station)
class StationAdmin(RowAdmin):
    list_display = ("__str__", "workspace", "latitude", "longitude", "elevation_m", "start", "end")
    search_fields = ("station_code",)
    raw_id_fields = ("workspace",)


@admin.register(ChannelEpoch)
class ChannelEpochAdmin(RowAdmin):
    list_display = ("__str__", "workspace", "azimuth_deg", "dip_deg", "sensitivity", "input_unit", "start", "end")
    search_fields = ("station_code",)
    raw_id_fields = ("workspace",)


@admin.register(EarthModel)
class EarthModelAdmin(FrozenAdmin):
    """Models are checked and built where admins of a workspace upload them."""

    list_display = ("name", "workspace", "file_name", "completed_from_km", "created_by", "created_at")
    search_fields = ("name", "workspace__name")
    raw_id_fields = ("workspace", "created_by")


@admin.register(Trace)
class TraceAdmin(RowAdmin):
    list_display = ("__str__", "workspace", "start_time", "sampling_rate_hz", "n_samples", "is_withdrawn")
    search_fields = ("station_code", "source_ref")
    raw_id_fields = ("workspace", "catalog", "event")
    readonly_fields = ("channels", "n_samples", "identity")


@admin.register(Pick)
class PickAdmin(FrozenAdmin):
    """A pick's label changes by decisions only, so that its history stays whole."""

    list_display = ("__str__", "workspace", "time", "state", "unscored_reason", "revision", "is_removed", "in_conflict")
    list_filter = ("state", "is_removed", "in_conflict", "is_withdrawn")
    search_fields = ("station_code", "source_ref")
    raw_id_fields = ("workspace", "catalog", "event", "trace")


@admin.register(PickRevision)
class PickRevisionAdmin(FrozenAdmin):
    list_display = ("pick", "number", "time", "phase_hint", "is_removed", "decision_id", "created_at")
    search_fields = ("pick__source_ref",)
    raw_id_fields = ("pick", "decision")
    list_select_related = ("pick",)


@admin.register(FlagSet)
class FlagSetAdmin(FrozenAdmin):
    list_display = ("run_name", "workspace", "snapshot", "is_current", "created_at")
    list_filter = ("is_current",)
    raw_id_fields = ("workspace", "snapshot")


@admin.register(Flag)
class FlagAdmin(FrozenAdmin):
    list_display = ("pick", "flag_set", "p_mislabelled", "kind", "state", "proposed_time")
    list_filter = ("kind", "state")
    search_fields = ("pick__station_code", "pick__source_ref")
    raw_id_fields = ("workspace", "flag_set", "pick")
    list_select_related = ("pick", "flag_set")


@admin.register(Decision)
class DecisionAdmin(FrozenAdmin):
    list_display = ("made_at", "analyst", "kind", "pick", "is_conflicting", "reason")
    list_filter = ("kind", "is_conflicting")
    search_fields = ("analyst__username", "pick__source_ref", "reason")
    raw_id_fields = ("workspace", "pick", "flag", "analyst", "undoes")
    list_select_related = ("analyst", "pick")


@admin.register(DecisionBatch)
class DecisionBatchAdmin(FrozenAdmin):
    list_display = ("made_at", "analyst", "workspace", "n_decided", "undoes")
    search_fields = ("analyst__username",)
    raw_id_fields = ("workspace", "analyst", "undoes")


@admin.register(ReviewLease)
class ReviewLeaseAdmin(FrozenAdmin):
    """Who has which flag open. Deleting one frees it at once; the page that has it open takes it again."""

    list_display = ("flag_id", "analyst", "workspace", "until")
    search_fields = ("analyst__username",)
    raw_id_fields = ("flag", "workspace", "analyst")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.has_perm("labeling.delete_reviewlease"))


@admin.register(ReviewDraw)
class ReviewDrawAdmin(FrozenAdmin):
    list_display = ("flag_set", "threshold", "blind_share", "double_share", "hidden_share", "n_flagged", "n_unflagged", "drawn_at")
    raw_id_fields = ("flag_set",)


@admin.register(ReviewAssignment)
class ReviewAssignmentAdmin(FrozenAdmin):
    """Tells what is shown blind: not for who reviews."""

    list_display = ("draw", "purpose", "flag_id", "is_flagged", "inclusion_probability")
    list_filter = ("purpose", "is_flagged")
    raw_id_fields = ("draw", "flag")
    list_select_related = ("draw__flag_set",)


@admin.register(OverviewCounts)
class OverviewCountsAdmin(FrozenAdmin):
    list_display = ("workspace", "counted_at", "asked_at")


@admin.register(QueueCount)
class QueueCountAdmin(FrozenAdmin):
    list_display = ("flag_set", "state", "hundredth", "n", "p_sum")
    list_filter = ("state",)
    raw_id_fields = ("flag_set",)
    list_select_related = ("flag_set",)


@admin.register(KeyBindings)
class KeyBindingsAdmin(FrozenAdmin):
    list_display = ("user", "key_set")
    search_fields = ("user__username",)
    raw_id_fields = ("user",)


@admin.register(Snapshot)
class SnapshotAdmin(FrozenAdmin):
    list_display = ("__str__", "workspace", "n_picks", "n_changed", "n_removed", "content_hash", "created_at")
    raw_id_fields = ("workspace", "parent", "created_by")


@admin.register(SnapshotPick)
class SnapshotPickAdmin(FrozenAdmin):
    list_display = ("snapshot", "pick", "revision_id")
    raw_id_fields = ("snapshot", "pick", "revision")
    list_select_related = ("snapshot", "pick")


@admin.register(Export)
class ExportAdmin(WorkAdmin):
    list_display = ("__str__", "workspace", "state", "size_bytes", "created_by", "created_at", "error_reference")
    list_filter = ("state", "format")
    raw_id_fields = ("workspace", "snapshot")
    list_select_related = ("snapshot", "workspace", "created_by")
