"""A small FDSN dataselect service in a thread of the test: it cuts windows out of one stream, and fails where it is told to."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from obspy import Stream, UTCDateTime


class FdsnServer:
    """asked: the lines of each request. fails: what is wrong with the next answers: a status, "cut" or "garbage"; "" for none."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.asked: list[list[str]] = []
        self.agents: list[str] = []
        self.fails: list[int | str] = []
        self.address = ""

    def cut_out(self, lines: list[str]) -> bytes:
        found = Stream()
        for line in lines:
            network, station, location, channel, start, end = line.split()
            chosen = self.stream.select(network=network, station=station, location=location.replace("--", ""), channel=channel)
            found.extend(chosen.slice(UTCDateTime(start), UTCDateTime(end)).copy().traces)
        if not found:
            return b""
        content = io.BytesIO()
        found.write(content, format="MSEED")
        return content.getvalue()


@contextmanager
def fdsn_server(stream: Stream) -> Iterator[FdsnServer]:
    service = FdsnServer(stream)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            lines = [line for line in body.splitlines() if line and "=" not in line]
            service.asked.append(lines)
            service.agents.append(self.headers["User-Agent"])
            failure = service.fails.pop(0) if service.fails else ""
            content = b"x" * 3000 if failure == "garbage" else service.cut_out(lines)
            self.send_response(failure if isinstance(failure, int) else 200 if content else 204)
            self.send_header("Content-Type", "application/vnd.fdsn.mseed")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if failure == "cut" else content)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
