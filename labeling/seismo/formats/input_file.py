"""One file that somebody uploaded: where its bytes lie, and the name that it came under."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath


@dataclass(frozen=True)
class InputFile:
    """path: on disk, under any name. name: as uploaded, with `/`, archives included: `upload.zip/REA/26-1517-03L.S201309`."""

    path: Path
    name: str

    @property
    def basename(self) -> str:
        """Last part of the uploaded name."""
        return PurePosixPath(self.name).name

    @property
    def folder(self) -> str:
        """The uploaded name less its last part, empty for a file that came without a folder."""
        parent = str(PurePosixPath(self.name).parent)
        return "" if parent == "." else parent
