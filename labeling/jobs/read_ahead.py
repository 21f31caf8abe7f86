"""Records that are read while those before them are committed, for which the database takes as long as a reader does."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from types import TracebackType
from typing import Self

from labeling.seismo.records import Record, Records

RECORDS_AT_ONCE = 5000  # as many as are committed at once


class ReadAhead:
    """The records of a reader in their order, read in blocks on one thread of their own. To be used in a `with`, which ends the thread.

    What the reader raises is raised after the records before it. `go_on` has the next block read beside whatever comes next; where nobody
    calls it, a block is read when it is asked for: Python runs one thread at a time, so beside its own work there is nothing to win.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._failure: Exception | None = None
        self._following: Future[list[Record]] | None = None
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        with self._beside:
            self._beside.submit(self._close)

    def __iter__(self) -> Iterator[Record]:
        while block := self._next_block():
            yield from block
        if self._failure is not None:
            raise self._failure

    def go_on(self) -> None:
        if self._following is None:
            self._following = self._beside.submit(self._read)

    def _next_block(self) -> list[Record]:
        self.go_on()
        assert self._following is not None
        block = self._following.result()
        self._following = None
        return block

    def _read(self) -> list[Record]:
        """The last block is empty."""
        block: list[Record] = []
        if self._failure is None:
            try:
                for record in islice(self._records, RECORDS_AT_ONCE):
                    block.append(record)  # one by one: those before a failure are kept
            except Exception as failure:
                self._failure = failure
        return block

    def _close(self) -> None:
        if isinstance(self._records, Generator):
            self._records.close()
