"""Pieces of a block's bytes, all at once: as texts, as decimal numbers, as places in a list."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from povplan.excel.columnar.tags import Places, Unusual

Bytes = npt.NDArray[np.uint8]
_IN_NUMBERS, _OF_DIGITS = np.zeros(256, bool), np.zeros(256, bool)
_IN_NUMBERS[list(b"0123456789.-+eE")] = True
_OF_DIGITS[list(b"0123456789")] = True


def joined(data: Bytes, starts: Places, ends: Places) -> tuple[Bytes, npt.NDArray[np.int32]]:
    """The pieces `[starts[i], ends[i])` one behind the other, and where each begins, with the end of all."""
    lengths = ends - starts
    offsets = np.zeros(len(starts) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    places = np.repeat(starts - offsets[:-1], lengths)
    places += np.arange(offsets[-1])
    return data[places], offsets.astype(np.int32)


def binaries(data: Bytes, starts: Places, ends: Places) -> pa.Array:
    """The pieces as bytes."""
    return _arrow(pa.binary(), *joined(data, starts, ends))


def floats(data: Bytes, starts: Places, ends: Places) -> npt.NDArray[np.float64]:
    """The pieces as numbers, each the nearest to its decimals. Unusual where one is no such text."""
    pieces, offsets = joined(data, starts, ends)
    edges = _OF_DIGITS[pieces[offsets[1:] - 1]]
    opening = pieces[offsets[:-1]]
    if not (
        _IN_NUMBERS[pieces].all() and edges.all() and (_OF_DIGITS[opening] | (opening == ord("-"))).all()
    ):
        raise Unusual("a number that is none")
    found: npt.NDArray[np.float64] = _cast(_arrow(pa.string(), pieces, offsets), pa.float64())
    return found


def places(data: Bytes, starts: Places, ends: Places) -> npt.NDArray[np.int32]:
    """The pieces as whole numbers from 0."""
    pieces, offsets = joined(data, starts, ends)
    if not _OF_DIGITS[pieces].all():
        raise Unusual("a place that is none")
    found: npt.NDArray[np.int32] = _cast(_arrow(pa.string(), pieces, offsets), pa.int32())
    return found


def _arrow(kind: pa.DataType, pieces: Bytes, offsets: npt.NDArray[np.int32]) -> pa.Array:
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(pieces)]
    return pa.Array.from_buffers(kind, len(offsets) - 1, buffers)


def _cast(texts: pa.Array, kind: pa.DataType) -> Any:
    try:
        return pc.cast(texts, kind).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid as error:
        raise Unusual("a number that is none") from error
