"""All addresses of the REST API, version 1."""

from django.contrib.auth.decorators import login_required
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import IsAuthenticated
from rest_framework.routers import SimpleRouter

from labeling.api.batches import BatchViewSet
from labeling.api.catalogs import CatalogViewSet
from labeling.api.channels import ChannelViewSet
from labeling.api.chunks import ChunkViewSet
from labeling.api.decisions import DecisionViewSet
from labeling.api.earth_models import EarthModelViewSet
from labeling.api.events import EventViewSet
from labeling.api.exports import ExportViewSet
from labeling.api.flags import FlagViewSet
from labeling.api.import_problems import ImportProblemViewSet
from labeling.api.import_tables import ImportTableViewSet
from labeling.api.imports import ImportViewSet
from labeling.api.members import MemberViewSet
from labeling.api.picks import PickViewSet
from labeling.api.review_quality import ReviewQualityViewSet
from labeling.api.snapshots import SnapshotViewSet
from labeling.api.source_files import SourceFileViewSet
from labeling.api.stations import StationViewSet
from labeling.api.tokens import TokenView
from labeling.api.traces import TraceViewSet
from labeling.api.unknown import UnknownAddressView
from labeling.api.workspaces import WorkspacesViewSet
from training.api import EpochViewSet, RunViewSet

workspaces = SimpleRouter(use_regex_path=False)
workspaces.register("workspaces", WorkspacesViewSet, basename="api-workspace")

rows = SimpleRouter(use_regex_path=False)
rows.register("members", MemberViewSet, basename="api-member")
rows.register("imports", ImportViewSet, basename="api-import")
rows.register("imports/<int:source_import>/files", SourceFileViewSet, basename="api-import-file")
rows.register("imports/<int:source_import>/problems", ImportProblemViewSet, basename="api-import-problem")
rows.register("imports/<int:source_import>/tables", ImportTableViewSet, basename="api-import-table")
rows.register("catalogs", CatalogViewSet, basename="api-catalog")
rows.register("events", EventViewSet, basename="api-event")
rows.register("stations", StationViewSet, basename="api-station")
rows.register("channels", ChannelViewSet, basename="api-channel")
rows.register("earth-models", EarthModelViewSet, basename="api-earth-model")
rows.register("traces", TraceViewSet, basename="api-trace")
rows.register("picks", PickViewSet, basename="api-pick")
rows.register("flags", FlagViewSet, basename="api-flag")
rows.register("decisions", DecisionViewSet, basename="api-decision")
rows.register("batches", BatchViewSet, basename="api-batch")
rows.register("review-quality", ReviewQualityViewSet, basename="api-review-quality")
rows.register("runs", RunViewSet, basename="api-run")
rows.register("runs/<int:run>/curves", EpochViewSet, basename="api-run-curves")
rows.register("snapshots", SnapshotViewSet, basename="api-snapshot")
rows.register("exports", ExportViewSet, basename="api-export")

chunks = ChunkViewSet.as_view({"get": "list", "post": "create", "delete": "forget"})

urlpatterns = [
    path("token/", TokenView.as_view(), name="api-token"),
    path("schema/", SpectacularJSONAPIView.as_view(permission_classes=[IsAuthenticated]), name="api-schema"),
    path(
        "docs/",
        login_required(SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="api/docs.html")),
        name="api-docs",
    ),
    path("", include(workspaces.urls)),
    path("workspaces/<slug:workspace>/imports/<int:source_import>/chunks/", chunks, name="api-import-chunk"),
    path("workspaces/<slug:workspace>/", include(rows.urls)),
    re_path(r"", UnknownAddressView.as_view()),
]
