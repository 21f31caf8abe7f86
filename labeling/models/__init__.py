"""Rows of the catalog side: workspaces, catalogs, waveforms, picks, flags, decisions, snapshots."""

from .catalogs import Catalog, Event, Import, ImportProblem, SourceFile
from .flags import Flag, FlagSet
from .picks import Pick, PickRevision
from .review import Decision
from .snapshots import Export, Snapshot, SnapshotPick
from .waveforms import Station, Trace
from .work import Work
from .workspaces import Membership, Workspace

__all__ = [
    "Catalog",
    "Decision",
    "Event",
    "Export",
    "Flag",
    "FlagSet",
    "Import",
    "ImportProblem",
    "Membership",
    "Pick",
    "PickRevision",
    "Snapshot",
    "SnapshotPick",
    "SourceFile",
    "Station",
    "Trace",
    "Work",
    "Workspace",
]
