"""Waveforms that are not uploaded: windows around picks, in an archive on the server or from an FDSN web service."""

from __future__ import annotations

import math
from pathlib import Path

from django.conf import settings

from labeling.jobs.fdsn_windows import fdsn_services
from labeling.models import Import
from labeling.services.refusals import Refused
from labeling.services.uploads import require_receiving

BEFORE_S, AFTER_S = 30.0, 90.0
LONGEST_S = 3600.0


def use_archive(*, source_import: Import, folder: str, before_s: float = BEFORE_S, after_s: float = AFTER_S) -> Import:
    """Has the import make traces of the windows around picks that have none. folder: `name` or `name/folder`, a name of REPICK_ARCHIVES."""
    require_receiving(source_import)
    _require_window(before_s, after_s)
    name, path = archive_folder(folder)
    source_import.archive = {"name": name, "folder": path, "before_s": before_s, "after_s": after_s}
    source_import.save(update_fields=["archive"])
    return source_import


def use_fdsn(*, source_import: Import, service: str, before_s: float = BEFORE_S, after_s: float = AFTER_S) -> Import:
    """Has the import fetch the windows around picks that have none. service: a name that ObsPy or REPICK_FDSN_SERVICES knows.

    No address of the person's own: the server would send requests to wherever they like, its own network included.
    """
    require_receiving(source_import)
    _require_window(before_s, after_s)
    if service not in fdsn_services():
        known = ", ".join(sorted(fdsn_services()))
        raise Refused(
            "unknown_service",
            f"{service[:80]!r} is no FDSN service known here; whoever runs the server sets REPICK_FDSN_SERVICES. Known: {known}.",
            fields={"service": ["Unknown."]},
        )
    source_import.fdsn = {"service": service, "before_s": before_s, "after_s": after_s}
    source_import.save(update_fields=["fdsn"])
    return source_import


def _require_window(before_s: float, after_s: float) -> None:
    for field, seconds in (("before_s", before_s), ("after_s", after_s)):
        if not (math.isfinite(seconds) and 1.0 <= seconds <= LONGEST_S):
            raise Refused("invalid", f"{field} is {seconds:g}. Give seconds from 1 to {LONGEST_S:g}.", fields={field: ["Out of range."]})


def archive_folder(folder: str) -> tuple[str, str]:
    """(name of the archive, path below its root). Refuses what lies outside, is no folder, or is no SDS."""
    name, _, below = folder.strip().strip("/").partition("/")
    root: Path | None = settings.ARCHIVES.get(name)
    if root is None:
        known = ", ".join(settings.ARCHIVES) or "none; whoever runs the server sets REPICK_ARCHIVES"
        raise Refused("unknown_archive", f"{name!r} is no archive of this server. Known: {known}.", fields={"folder": ["Unknown."]})
    try:
        path = (root / below).resolve()
        is_folder = path.is_dir()
    except (OSError, ValueError):  # loops of links, names that no file system takes
        path, is_folder = root, False
    if not is_folder or (path != root and root not in path.parents):
        raise Refused(
            "no_such_folder", f"{folder!r} is no folder of the archive {name!r}. Name one below it.", fields={"folder": ["No folder."]}
        )
    if not any(year.is_dir() and year.name.isdigit() and len(year.name) == 4 for year in path.iterdir()):
        raise Refused(
            "no_sds", f"{folder!r} holds no folder of a year, as SDS has it (2012/NET/STA/CHAN.D/…). Name the folder above the years."
        )
    return name, str(path.relative_to(root))
