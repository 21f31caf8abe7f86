"""Ids of a file so far, told apart exactly and in memory that does not grow with the file."""

from __future__ import annotations

import sqlite3


class IdsOnDisk:
    """A table in a temporary file that SQLite deletes by itself. Ten million ids would take gigabytes in a set."""

    def __init__(self) -> None:
        self._ids = sqlite3.connect("", isolation_level=None)
        self._ids.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-32768;"
            "CREATE TABLE seen (id TEXT PRIMARY KEY, content INTEGER, others INTEGER) WITHOUT ROWID;"
            "BEGIN"  # one transaction for good: to end one after each id takes longer than the rest of `add`
        )

    def add(self, name: str, content: int = 0) -> int | None:
        """None for an id that is new; else the content that it was first seen with, a number of 64 bits."""
        if self._ids.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, 0)", (name, content)).rowcount:
            return None
        return int(self._ids.execute("SELECT content FROM seen WHERE id = ?", (name,)).fetchone()[0])

    def count_other(self, name: str) -> int:
        """How many times the id came again with another content, this time included."""
        return int(self._ids.execute("UPDATE seen SET others = others + 1 WHERE id = ? RETURNING others", (name,)).fetchone()[0])
