"""What can be asked of a column of texts, at the speed of Arrow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from povplan.formulas.columns import TEXT, Bools, Column, truth

LONGEST_PATTERN = 200
"""Characters in a pattern of `matches`."""
ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
ID_CHECK = np.frombuffer(b"10X98765432", np.uint8)
"""GB 11643-1999: weights of the first 17 digits, check character by their sum modulo 11."""
_ID_SHAPE = r"^[0-9]{17}[0-9Xx].{0,4}$"
"""An identity number, or that of a disability card, which goes on with category, grade and re-issue."""
_THOUSANDS, _TENS = np.array([1000, 100, 10, 1]), np.array([10, 1])


def is_in(column: Column, values: Sequence[str]) -> Column:
    """Whether the text is one of `values`."""
    if len(values) == 1 and column.__dict__.get("coded") is None:  # sooner compared than looked up
        return Column(truth(pc.equal(column.values, pa.scalar(values[0], TEXT))), column.known)
    listed = pa.array(values, TEXT)
    return _asked(column, lambda text: truth(pc.is_in(text, value_set=listed)))


def pattern_works(pattern: str) -> bool:
    """Whether `pattern` is a regular expression of RE2, which takes linear time on any text."""
    try:
        pc.match_substring_regex(pa.array([""], TEXT), pattern=_whole(pattern))
    except pa.ArrowInvalid:
        return False
    return len(pattern) <= LONGEST_PATTERN


def _whole(pattern: str) -> str:
    return f"^(?:{pattern})$"


def matches(column: Column, pattern: str) -> Column:
    """Whether the whole text fits the pattern."""
    return _asked(column, lambda text: truth(pc.match_substring_regex(text, pattern=_whole(pattern))))


def has(column: Column, code: str) -> Column:
    """Whether `code` is among the codes joined by commas."""
    comma, nothing = pa.scalar(",", TEXT), pa.scalar("", TEXT)

    def listed(text: Any) -> Bools:
        joined = pc.binary_join_element_wise(comma, text, comma, nothing)
        return truth(pc.match_substring(joined, pattern=f",{code},"))

    return _asked(column, listed)


def _asked(column: Column, question: Callable[[Any], Bools]) -> Column:
    """The answer for each text, asked once of each distinct one where there are few."""
    coded = column.coded
    found = question(column.values) if coded is None else coded.spread(question(coded.distinct))
    return Column(found, column.known)


def length(column: Column) -> Column:
    """Characters of a text."""
    return _counted(pc.utf8_length(column.values), column)


def codes_chosen(column: Column) -> Column:
    """How many codes are joined by commas."""
    if (coded := column.coded) is None:
        return _counted(_commas_and_one(column.values), column)
    return Column(coded.spread(np.asarray(_commas_and_one(coded.distinct), np.int64)), column.known)


def _commas_and_one(text: Any) -> Any:
    return pc.add(pc.count_substring(text, pattern=","), 1)


def _counted(counts: pa.Array | pa.Scalar, column: Column) -> Column:
    filled = pc.fill_null(counts, 0)
    values = np.asarray(filled.as_py() if isinstance(filled, pa.Scalar) else filled)
    return Column(values.astype(np.int64), column.known)


def id_card_valid(column: Column) -> Column:
    """Whether the text is 17 digits and the right check character, `x` standing for `X`.

    The birth date inside is not looked at: a well-formed number may carry an impossible one.
    """
    text = column.values if isinstance(column.values, pa.Array) else pa.array([column.values.as_py()], TEXT)
    valid = truth(pc.match_substring_regex(text, pattern=r"^[0-9]{17}[0-9Xx]$"))
    shaped = text.filter(pa.array(valid)).to_pylist()
    digits = np.frombuffer("".join(shaped).upper().encode(), np.uint8).reshape(-1, 18)
    remainders = (digits[:, :17] - ord("0")).astype(np.int64) @ ID_WEIGHTS % 11
    valid[valid] = ID_CHECK[remainders] == digits[:, 17]
    return Column(valid if isinstance(column.values, pa.Array) else valid[0], column.known)


def left(column: Column, characters: int) -> Column:
    """The first `characters` of a text; a shorter one whole."""
    return Column(pc.utf8_slice_codeunits(column.values, start=0, stop=characters), column.known)


def place_among(column: Column, codes: Sequence[str]) -> Column:
    """Which of `codes` the text is, from 1; unknown where it is none."""
    found = pc.fill_null(pc.index_in(column.values, value_set=pa.array(codes, TEXT)), -1)
    places = np.asarray(found.as_py() if isinstance(found, pa.Scalar) else found, np.int64)
    return Column(places + 1, column.known & (places >= 0))


def id_male(column: Column) -> Column:
    """Whether digit 17 of an identity or disability card's number is odd; unknown where it is no digit."""
    digit = pc.utf8_slice_codeunits(column.values, start=16, stop=17)
    shaped = truth(pc.match_substring_regex(column.values, pattern=_ID_SHAPE))
    odd = truth(pc.is_in(digit, value_set=pa.array(list("13579"), TEXT)))
    return Column(odd, column.known & shaped)


def id_birth(column: Column) -> Column:
    """The birth date in digits 7 to 14 of such a number; unknown where there is no such day."""
    text = column.values if isinstance(column.values, pa.Array) else pa.array([column.values.as_py()], TEXT)
    shaped = truth(pc.match_substring_regex(text, pattern=_ID_SHAPE))
    days = np.full(len(shaped), np.datetime64(0, "s"))
    digits = "".join(pc.utf8_slice_codeunits(text.filter(pa.array(shaped)), start=6, stop=14).to_pylist())
    grid = (np.frombuffer(digits.encode(), np.uint8).reshape(-1, 8) - ord("0")).astype(np.int64)
    year, month, day = grid[:, :4] @ _THOUSANDS, grid[:, 4:6] @ _TENS, grid[:, 6:] @ _TENS
    first = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (month - 1)
    born = first.astype("datetime64[D]") + (day - 1)
    real = (month >= 1) & (month <= 12) & (day >= 1) & (born.astype("datetime64[M]") == first)
    days[shaped] = born.astype("datetime64[s]")
    known = shaped.copy()
    known[shaped] = real
    if not isinstance(column.values, pa.Array):
        return Column(days[0], column.known & known[0])
    return Column(days, column.known & known)
