"""Rows of the catalog side: workspaces, catalogs, waveforms, picks, flags, decisions, snapshots."""

from .catalogs import Catalog, ConfirmedMapping, Event, Import, ImportPreview, ImportProblem, PartialFile, SourceFile
from .channels import ChannelEpoch
from .earth_models import EarthModel
from .flags import Flag, FlagSet
from .key_bindings import KeyBindings
from .overview import OverviewCounts
from .picks import Pick, PickRevision
from .queue_counts import QueueCount
from .review import Decision, DecisionBatch, ReviewLease
from .review_draw import ReviewAssignment, ReviewDraw
from .snapshots import Export, Snapshot, SnapshotPick
from .waveforms import Station, Trace
from .work import Work
from .workspaces import Membership, Workspace

__all__ = [
    "Catalog",
    "ChannelEpoch",
    "ConfirmedMapping",
    "Decision",
    "DecisionBatch",
    "EarthModel",
    "Event",
    "Export",
    "Flag",
    "FlagSet",
    "Import",
    "ImportPreview",
    "ImportProblem",
    "KeyBindings",
    "Membership",
    "OverviewCounts",
    "PartialFile",
    "Pick",
    "PickRevision",
    "QueueCount",
    "ReviewAssignment",
    "ReviewDraw",
    "ReviewLease",
    "Snapshot",
    "SnapshotPick",
    "SourceFile",
    "Station",
    "Trace",
    "Work",
    "Workspace",
]
