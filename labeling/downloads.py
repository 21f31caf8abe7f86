"""Files that a person takes away: whole, or from where an earlier download broke off (RFC 9110, section 14)."""

from __future__ import annotations

import re
from base64 import b64encode
from pathlib import Path
from typing import BinaryIO

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_AT_ONCE = 1 << 16  # bytes


class _Part:
    """The next n_bytes of an open file."""

    def __init__(self, file: BinaryIO, n_bytes: int) -> None:
        self._file, self._rest = file, n_bytes

    def read(self, most: int = -1) -> bytes:
        content = self._file.read(self._rest if most < 0 else min(most, self._rest))
        self._rest -= len(content)
        return content

    def close(self) -> None:
        self._file.close()


def download(request: HttpRequest, path: Path, *, name: str, sha256: str) -> HttpResponseBase:
    """The file, called `name`; a part of it where one range is asked for, 416 where it has none of that. sha256: of the whole file."""
    size, tag = path.stat().st_size, f'"{sha256}"'
    # Who has the beginning of another file gets this one whole.
    wanted = _RANGE.fullmatch(request.headers.get("Range", "")) if request.headers.get("If-Range", tag) == tag else None
    response: HttpResponseBase
    if wanted is None or wanted.group() == "bytes=-":
        response = FileResponse(path.open("rb"), as_attachment=True, filename=name)
    else:
        first, last = _first_and_last(*wanted.groups(), size=size)
        if first > last:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}", "ETag": tag})
        file = path.open("rb")
        file.seek(first)
        response = FileResponse(_Part(file, last - first + 1), status=206, as_attachment=True, filename=name)
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
        response["Content-Length"] = str(last - first + 1)
    assert isinstance(response, FileResponse)
    response.block_size = _AT_ONCE
    response["Accept-Ranges"], response["ETag"] = "bytes", tag
    response["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(sha256)).decode()}:"  # RFC 9530
    return response


def _first_and_last(first: str, last: str, *, size: int) -> tuple[int, int]:
    """Of the bytes that a range asks for; the first lies behind the last where there are none."""
    if not first:  # the last so many
        n_bytes = int(last)
        return (max(0, size - n_bytes), size - 1) if n_bytes else (1, 0)
    if last and int(last) < int(first):
        return 1, 0
    return int(first), min(int(last), size - 1) if last else size - 1
