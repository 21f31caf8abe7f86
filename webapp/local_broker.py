"""A broker for one machine that needs no server: a message is a file, a queue is a folder.

kombu's own `filesystem` transport loses messages, because readers see half-written files. Here a message appears by a rename
and is taken by a rename, so exactly one reader gets all of it. A message taken by a worker that dies is gone, which is
allowed: rows in the database bring the work back (`labeling.jobs.take_up_lost_work`), a message is only a nudge.
"""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, virtual
from kombu.utils.json import dumps, loads


def register() -> None:
    """Makes `repick-local://` a broker URL. kombu takes new transports only from this table."""
    TRANSPORT_ALIASES["repick-local"] = "webapp.local_broker:Transport"


class Channel(virtual.Channel):
    supports_fanout = False

    def _folder(self, queue: str) -> Path:
        if not queue or Path(queue).name != queue:
            raise ValueError(f"{queue!r} cannot name a queue of the local broker; use letters, digits, dots and dashes.")
        folder = Path(self.connection.client.transport_options["folder"]) / queue
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _messages(self, queue: str) -> list[Path]:
        return sorted(path for path in self._folder(queue).iterdir() if path.suffix == ".json")

    def _put(self, queue: str, message: dict[str, Any], **_: Any) -> None:
        folder = self._folder(queue)
        name = f"{time.time_ns():020d}-{uuid.uuid4().hex}"
        being_written = folder / f"{name}.part"
        with being_written.open("w") as file:
            file.write(dumps(message))  # type: ignore[no-untyped-call]
            file.flush()
            os.fsync(file.fileno())
        being_written.rename(folder / f"{name}.json")

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for path in self._messages(queue):
            mine = path.with_suffix(f".{uuid.uuid4().hex}.taken")
            try:
                path.rename(mine)
            except FileNotFoundError:
                continue  # another worker was faster
            message = loads(mine.read_text())  # type: ignore[no-untyped-call]
            mine.unlink()
            return message
        raise Empty

    def _size(self, queue: str) -> int:
        return len(self._messages(queue))

    def _purge(self, queue: str) -> int:
        messages = self._messages(queue)
        for path in messages:
            path.unlink(missing_ok=True)
        return len(messages)


class Transport(virtual.Transport):
    Channel = Channel
    driver_type = "repick-local"
    driver_name = "files"
    polling_interval = 0.1
    default_port = None

    def __init__(self, client: Any, **options: Any) -> None:
        super().__init__(client, **options)  # type: ignore[no-untyped-call]
        self.polling_interval = 0.1
