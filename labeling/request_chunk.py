"""A chunk of a file as a request carries it, for the pages and the REST API: the body, and headers that say where it belongs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

from django.http import HttpRequest

from labeling.request_body import Readable, WholeBody, promised_bytes
from labeling.services.refusals import Refused
from labeling.services.upload_chunks import Chunk, Received

MOST_CHUNK_BYTES = 32 << 20  # it is held in memory


def chunk_of(request: HttpRequest, stream: Readable | None = None) -> Chunk:
    """Headers: X-File-Name (percent-encoded), X-File-Size, X-Chunk-Offset, and, if told, X-Chunk-CRC32 and X-File-SHA256 (hexadecimal).

    stream: what to read the body from, where it is not the request itself.
    """
    headers = request.headers
    if promised_bytes(request) > MOST_CHUNK_BYTES:
        raise Refused("chunk_too_large", f"A chunk has at most {MOST_CHUNK_BYTES >> 20} MB. Send the file in smaller chunks.")
    crc32 = _hexadecimal(headers, "X-Chunk-CRC32", 8)
    return Chunk(
        name=unquote(headers.get("X-File-Name", "")),
        size_bytes=whole_number("X-File-Size", headers.get("X-File-Size", "")),
        offset=whole_number("X-Chunk-Offset", headers.get("X-Chunk-Offset", "")),
        content=b"".join(WholeBody(request, stream).chunks()),
        crc32=None if crc32 is None else int(crc32, 16),
        sha256=_hexadecimal(headers, "X-File-SHA256", 64),
    )


def whole_number(name: str, text: str) -> int:
    """Bytes as a header or a query gives them."""
    if not re.fullmatch(r"[0-9]{1,16}", text):
        raise Refused(
            "invalid", f"{name} is {text[:40]!r}. Give it as a whole number of bytes.", fields={name: ["A whole number of bytes."]}
        )
    return int(text)


def received_json(received: Received) -> dict[str, object]:
    """What both sides answer with: how much is here, and the finished file where it is whole."""
    file = received.file
    return {
        "name": received.name,
        "size_bytes": received.size_bytes,
        "received_bytes": received.received_bytes,
        "crc32": None if received.crc32 is None else f"{received.crc32:08x}",
        "is_whole": file is not None,
        "sha256": None if file is None else file.sha256,
    }


def _hexadecimal(headers: Mapping[str, str], name: str, digits: int) -> str | None:
    text = headers.get(name)
    if text is not None and not re.fullmatch(rf"[0-9a-fA-F]{{{digits}}}", text):
        raise Refused("invalid", f"{name} is {text[:80]!r}. Give it as {digits} hexadecimal digits.", fields={name: [f"{digits} digits."]})
    return text
