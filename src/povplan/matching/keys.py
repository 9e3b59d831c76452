"""What rows are joined by, and why a row cannot be.

A number of an identity card has 18 characters (GB 11643); a disability card is that number with category and
grade behind it, 20 or 22 in all, and stands for the same person. An old number of 15 digits is not made into
a new one: old numbers were given twice, and whose birth date was set right since has another new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from povplan.formulas.columns import Column
from povplan.formulas.texts import id_card_valid

Bools = npt.NDArray[np.bool_]
TEXT = pa.large_string()
REASONS = (
    "blank",
    "damaged",
    "placeholder",
    "old_number",
    "length",
    "check_digit",
    "repeated",
    "contradicting",
)
"""Why a row is of no use, the earlier before the later where several hold."""
_LONGER = (20, 22)


@dataclass(frozen=True)
class Keys:
    """By row: the key as text, NA where there is none; then the reason, from REASONS, NA elsewhere.

    `doubtful` are keys that no card can have: they join to the very same key, and to nothing else.
    """

    values: pd.Series
    reasons: pd.Series
    doubtful: Bools


def identity_keys(numbers: pd.Series, damaged: Bools) -> Keys:
    """Keys of identity numbers as read: upper case, no blanks. `damaged` were read as no number at all."""
    text = _texts(numbers)
    known = np.asarray(pc.is_valid(text))
    length = np.asarray(pc.fill_null(pc.utf8_length(text), 0))
    card = pc.if_else(pa.array(np.isin(length, _LONGER)), pc.utf8_slice_codeunits(text, 0, 18), text)
    whole = np.isin(length, (18, *_LONGER))
    reasons = _reasons(
        [
            ("blank", ~known & ~damaged),
            ("damaged", damaged | (known & _fits(text, r"^[0-9]{15}000$") & ~_valid(card))),
            ("placeholder", known & _fits(text, r"^9{6}|^0+$")),
            ("old_number", known & _fits(text, r"^[0-9]{15}$")),
            ("length", known & ~whole),
        ]
    )
    values = pd.Series(pd.array(card, dtype="string"), index=numbers.index)
    usable = reasons.isna().to_numpy(bool)
    return Keys(values.where(usable), reasons, usable & ~_valid(card))


def plain_keys(values: pd.Series, damaged: Bools) -> Keys:
    """Keys of any other field: as read, letters in upper case."""
    text = pd.Series(pd.array(pc.utf8_upper(_texts(values)), dtype="string"), index=values.index)
    reasons = _reasons([("blank", text.isna().to_numpy(bool) & ~damaged), ("damaged", damaged)])
    return Keys(text.where(reasons.isna()), reasons, np.zeros(len(text), np.bool_))


def name_keys(names: pd.Series, units: pd.Series) -> Keys:
    """Keys of a person's name and village, for lists without any number."""
    lacks = (names.isna() | units.isna()).to_numpy(bool)
    together = names.astype("string") + "|" + units.astype("string")
    return Keys(together, _reasons([("blank", lacks)]), np.zeros(len(names), np.bool_))


def _texts(values: pd.Series) -> pa.Array:
    text = pa.array(values.astype("string"), TEXT)
    return text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text


def _fits(text: pa.Array, pattern: str) -> Bools:
    return np.asarray(pc.fill_null(pc.match_substring_regex(text, pattern=pattern), False))


def _valid(card: Any) -> Bools:
    known: Bools = np.asarray(pc.is_valid(card), np.bool_)
    valid: Bools = np.asarray(id_card_valid(Column(card, known)).values, np.bool_) & known
    return valid


def _reasons(tested: Sequence[tuple[str, Bools]]) -> pd.Series:
    """The first reason that holds of each row."""
    found = np.select([holds for _, holds in tested], [reason for reason, _ in tested], "")
    return pd.Series(found, dtype="string").replace("", pd.NA)
