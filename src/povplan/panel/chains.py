"""Events of several years without rows between them, as if they were of one year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

NUMBERS = (("renumbered", "old_household", "new_household"), ("id_corrected", "old_id", "new_id"))
"""Kinds of events that give another number, and where the old one and the new one stand."""


def chained(of_years: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The events, years ascending, with the numbers that households and persons had before all and after all.

    A that became A1 in one year and A2 in a later one became A2: one event. Who has the old number again in
    the end has none. Events of other kinds name their households as they were called before and after too.
    """
    found = [rows for rows in of_years if len(rows)]
    if len(found) < 2:
        return found[0] if found else of_years[0]
    for kind, old, new in NUMBERS:
        found = _over(found, kind, old, new)
    return pd.concat(found, ignore_index=True)


def _over(of_years: Sequence[pd.DataFrame], kind: str, old: str, new: str) -> list[pd.DataFrame]:
    """The same, of one kind of number."""
    changed = [_changed(rows[rows["event_kind"] == kind], old, new) for rows in of_years]
    found: list[pd.DataFrame] = []
    seen: set[tuple[Any, Any]] = set()
    for at, rows in enumerate(of_years):
        first, last = rows[old], rows[new]
        for one in reversed(changed[:at]):
            first = _replaced(first, {_plain(now): was for was, now in one.values()})
        for one in changed[at + 1 :]:
            last = _replaced(last, {key: now for key, (_, now) in one.items()})
        told = rows.assign(**{old: first, new: last})
        own = [_pair(*both) for both in zip(rows[old], rows[new], strict=True)]
        pairs = [_pair(*both) for both in zip(first, last, strict=True)]
        kept = []
        for is_kind, was, pair in zip(rows["event_kind"] == kind, own, pairs, strict=True):
            returned = pair[0] == pair[1] and was[0] != was[1]
            kept.append(not is_kind or not (returned or pair in seen))
            seen |= {pair} if is_kind else set()
        found.append(told[kept].reset_index(drop=True))
    return found


def _changed(rows: pd.DataFrame, old: str, new: str) -> dict[Any, tuple[Any, Any]]:
    """Old number → the two numbers as written, of the entries that give both."""
    both = rows[rows[old].notna() & rows[new].notna()]
    pairs = zip(both[old], both[new], strict=True)
    return {_plain(was): (was, now) for was, now in pairs if _plain(was) != _plain(now)}


def _replaced(numbers: pd.Series, names: Mapping[Any, Any]) -> pd.Series:
    """The numbers under other names, all at once; those not named stay."""
    if not names:
        return numbers
    return pd.Series([names.get(_plain(one), one) for one in numbers], numbers.index, dtype=numbers.dtype)


def _pair(was: Any, now: Any) -> tuple[Any, Any]:
    return _plain(was), _plain(now)


def _plain(number: Any) -> Any:
    """A number as it is compared."""
    return None if pd.isna(number) else str(number).strip().upper()
