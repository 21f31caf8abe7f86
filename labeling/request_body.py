"""The body of an upload as it comes in, for the pages and the REST API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from django.http import HttpRequest, UnreadablePostError

from labeling.services.refusals import LengthRequired, Refused

CHUNK_BYTES = 1 << 20


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


def promised_bytes(request: HttpRequest) -> int:
    """The length that the request gives its body. Raises LengthRequired where it gives none."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdigit():
        raise LengthRequired(
            "length_required",
            "The request does not say how long its body is, so half a file could pass for a whole one. "
            "Send it with a Content-Length, in one piece (not chunked).",
        )
    return int(length)


class WholeBody:
    """A body that is read to its promised end. One that says no length or ends early is refused: half a file would pass for a whole one."""

    def __init__(self, request: HttpRequest, stream: Readable | None = None) -> None:
        """stream: what to read the request's body from, where it is not the request itself."""
        self._stream = stream or request
        self._promised = promised_bytes(request)
        self._received = 0

    def read(self, size: int = CHUNK_BYTES) -> bytes:
        try:
            chunk = self._stream.read(size)
        except UnreadablePostError:
            raise Refused("upload_cut_off", "The connection broke during the upload. Send the file again.") from None
        self._received += len(chunk)
        if not chunk and self._received < self._promised:
            raise Refused("upload_cut_off", f"Only {self._received} of {self._promised} bytes arrived. Send the file again.")
        return chunk

    def chunks(self) -> Iterator[bytes]:
        while chunk := self.read():
            yield chunk
