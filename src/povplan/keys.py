"""Keys as sets: which rows of one frame another one has. One pass in C over a county's keys."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_TEXT = pa.large_string()


def among(keys: pd.Series, known: pd.Series) -> pd.Series:
    """Which of the `keys` are `known` (both text), as `Series.isin` says it, blanks too.

    `isin` makes a Python object of every known key first: a second where this takes a fiftieth.
    """
    found = pc.is_in(_texts(keys), value_set=_texts(known).combine_chunks())
    return pd.Series(found.to_numpy(), index=keys.index)


def positions(keys: pd.Series, known: pd.Series | Sequence[str]) -> npt.NDArray[np.int64]:
    """Where each of the `keys` first stands among the `known` (both text); -1 where nowhere, or blank."""
    listed = _texts(known).combine_chunks() if isinstance(known, pd.Series) else pa.array(known, _TEXT)
    at = pc.index_in(_texts(keys), value_set=listed, skip_nulls=True)
    return np.asarray(pc.fill_null(at, -1), np.int64)


def _texts(keys: pd.Series) -> pa.ChunkedArray:
    texts = pa.array(keys.astype("string").array, _TEXT)
    return texts if isinstance(texts, pa.ChunkedArray) else pa.chunked_array([texts])
