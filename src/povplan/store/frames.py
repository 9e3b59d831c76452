"""A frame as the bytes of a Parquet file, and back with the very same dtypes."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

Unreadable: type[Exception] = pa.ArrowException
"""What `from_parquet` raises on bytes that are not such a file."""


def to_parquet(frame: pd.DataFrame) -> bytes:
    """The frame without its index, compressed."""
    return encoded(table_of(frame))


def table_of(frame: pd.DataFrame) -> pa.Table:
    """The frame without its index as Arrow has it, looking at the frame's own values where it can."""
    return pa.Table.from_pandas(frame, preserve_index=False)


def encoded(table: pa.Table) -> bytes:
    """The bytes of a Parquet file, compressed with zstd; another thread runs on meanwhile.

    Text is listed once and then numbered; of numbers, which repeat less, the list would only take time.
    Nobody reads less than a column, so that no smallest and greatest values are noted.
    """
    sink = pa.BufferOutputStream()
    texts = [field.name for field in table.schema if pa.types.is_large_string(field.type)]
    pq.write_table(table, sink, compression="zstd", use_dictionary=texts, write_statistics=False)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def from_parquet(data: bytes, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The frame that `to_parquet` wrote, or those of `columns` it has, in the order asked for."""
    file = pq.ParquetFile(pa.BufferReader(data))
    names = file.schema_arrow.names
    wanted = names if columns is None else [name for name in columns if name in names]
    table = file.read(columns=wanted).select(wanted)
    frame: pd.DataFrame = table.to_pandas()
    return frame.astype(_dates(table.schema, wanted))


def _dates(schema: pa.Schema, names: Sequence[str]) -> dict[str, str]:
    """Date columns → their dtype. Parquet has no unit as coarse as a second; pandas' note remembers it."""
    noted = {column["name"]: str(column["numpy_type"]) for column in schema.pandas_metadata["columns"]}
    return {name: noted[name] for name in names if noted[name].startswith("datetime64")}
