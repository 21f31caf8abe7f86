"""Parquet by way of pyarrow, which is an optional extra: it takes 150 MB, and few catalogs come in this form."""

from __future__ import annotations

from typing import Any

HOW_TO_INSTALL = "Parquet needs pyarrow, which is not installed here: pip install 'repick[parquet]'"


class ParquetMissing(RuntimeError):
    """pyarrow is not installed."""


def parquet_modules() -> tuple[Any, Any]:
    """pyarrow and pyarrow.parquet. Raises ParquetMissing."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ParquetMissing(HOW_TO_INSTALL) from None
    return pyarrow, parquet
