"""The registers that an office keeps beside the data, and what their rows name: ledgers, fields, rows.

Registers are ledgers like any other. The program computes with three of them by these ids and field ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.formulas.naming import Named, called, field_names, ledger_names, ledgers_called, most_like
from povplan.messages import Said
from povplan.model import ENTITY, ROW, SOURCE, UNIT
from povplan.spec import LEVELS, Ledger
from povplan.words import normal

WAIVER, AMENDMENT, ANSWER_LEDGER = "waiver", "amendment", "answer"
REGISTERS = (WAIVER, AMENDMENT, ANSWER_LEDGER)
YEAR = "_year"
"""The year of a register's row, where rows of several years are together."""
Positions = npt.NDArray[np.int64]
NONE, SEVERAL = -1, -2
"""In place of a position: nothing is called so, or more than one thing."""
_DIGITS = 10


@dataclass(frozen=True)
class Remark:
    """Something wrong with a row of a register: the rule, where, in words; `value` makes its digest."""

    rule: str
    ledger: str
    year: int
    row: Mapping[str, Any]
    field: str | None
    said: Said
    hint: Said
    value: str = ""


def remark(
    rule: str, ledger: str, row: Any, field: str | None, said: Said, hint: Said, value: str = ""
) -> Remark:
    """A remark on one row of a register's frame."""
    marks = {name: row[name] for name in (ENTITY, UNIT, SOURCE, ROW)}
    return Remark(rule, ledger, int(row[YEAR]), marks, field, said, hint, value)


def as_rows(frame: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """The frame with all of the columns `names`; one that its form does not have is blank."""
    lacking = {name: pd.Series(pd.NA, frame.index, "string") for name in names if name not in frame}
    return frame.assign(**lacking) if lacking else frame


def each_row(rows: pd.DataFrame) -> Iterator[tuple[int, pd.Series]]:
    """The rows with their number."""
    for at, row in rows.iterrows():
        yield int(str(at)), row


def as_numbers(written: pd.Series) -> pd.Series:
    """Numbers of findings as they are made: small letters, and the zeros that a spreadsheet took away."""
    return written.astype("string").str.strip().str.lower().str.zfill(_DIGITS)


# ---- what a row names --------------------------------------------------------------------------------


def ledger_called(name: Any, ledgers: Mapping[str, Ledger]) -> str | None:
    """The one ledger, no register, that `name` means: its id, its label or part of it."""
    found = [] if pd.isna(name) else ledgers_called(_told(ledgers), str(name))
    return found[0] if len(found) == 1 else None


def like_ledger(name: Any, ledgers: Mapping[str, Ledger]) -> str | None:
    """The ledger's name most like an unknown one."""
    return most_like(str(name), ledger_names(_told(ledgers)))


def _told(ledgers: Mapping[str, Ledger]) -> dict[str, Ledger]:
    return {name: ledger for name, ledger in ledgers.items() if name not in REGISTERS}


def field_called(name: Any, ledger: Ledger) -> str | None:
    """The one field of the ledger that `name` means: its id, label or alias."""
    found = [] if pd.isna(name) else called(str(name), field_names(ledger))
    return found[0] if len(found) == 1 else None


def like_field(name: Any, ledger: Ledger) -> str | None:
    """The field's name most like an unknown one."""
    return most_like(str(name), field_names(ledger))


def rule_called(name: Any, rules: Mapping[str, Named]) -> str | None:
    """The one rule that `name` means: its id, however its letters are written, or its label."""
    if pd.isna(name):
        return None
    same = [one for one in rules if normal(one) == normal(str(name))]
    found = same or called(str(name), rules.values())
    return found[0] if len(found) == 1 else None


def each(names: pd.Series, meaning: Any) -> pd.Series:
    """What each of the names means, found once a distinct name; None where nothing is meant."""
    known = {name: meaning(name) for name in names.dropna().unique()}
    return pd.Series([None if pd.isna(name) else known[name] for name in names], names.index, dtype=object)


def rows_called(objects: pd.Series, frame: pd.DataFrame, ledger: Ledger) -> Positions:
    """The position in `frame` of the row that each object names: by its key, part of it, a place's name.

    NONE where there is no such row, SEVERAL where there is more than one.
    """
    found = np.full(len(objects), NONE, np.int64)
    wanted = objects.fillna("").map(_plain).to_numpy(object)
    for names in _namings(frame, ledger):
        left = (found == NONE) & (wanted != "")
        if not left.any():
            break
        known = names.dropna().map(_plain)
        several = known.duplicated(keep=False)
        once = pd.Series(known.index[~several], index=known[~several].array)
        found[left] = once.reindex(wanted[left]).fillna(NONE).to_numpy(np.int64)
        twice = (found == NONE) & np.isin(wanted, known[several].unique().astype(object)) & (wanted != "")
        found[twice] = SEVERAL
    return found


def _namings(frame: pd.DataFrame, ledger: Ledger) -> Iterable[pd.Series]:
    """Ways to name a row, the surest first; indexed by position."""
    rows = frame.reset_index(drop=True)
    yield rows[ENTITY]
    alone = [names[0] for names in ledger.key if len(names) == 1]
    for name in dict.fromkeys([*alone, *filter(None, [ledger.placed("code")])]):
        if name in rows:
            yield rows[name].astype("string")
    if ledger.level in LEVELS:
        parts = rows[ENTITY].str.split("/")
        for depth in (2, 1):
            yield parts.str[-depth:].str.join("/")


def _plain(text: Any) -> str:
    return normal(str(text)).upper()


def used_key(rows: pd.DataFrame, ledger: Ledger) -> list[Sequence[str]]:
    """For each row the fields of its key: the first alternative that is whole, else the last."""
    chosen: list[Sequence[str]] = [ledger.key[-1]] * len(rows)
    for names in reversed(ledger.key):
        own = [name for name in names if ledger.field(name).place is None]
        if all(name in rows for name in own):
            whole = rows[own].notna().all(axis=1).to_numpy(bool)
            chosen = [names if is_whole else before for is_whole, before in zip(whole, chosen, strict=True)]
    return chosen
