"""What one check says of every row: it holds, it fails, or nobody can tell. A value, drawn later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.checks.areas import Areas
from povplan.formulas import Rows, Scope
from povplan.formulas.columns import Column, blank
from povplan.formulas.kinds import KIND_OF
from povplan.keys import among
from povplan.messages import Said
from povplan.model import DTYPES, ENTITY, ROW, SOURCE
from povplan.spec import LEVELS, CodeList, Effect, FieldType, Ledger, LedgerField, Level, Severity

Bools = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]
NOTHING = Said("", "")


@dataclass(frozen=True, eq=False)
class Shown:
    """A value that a message shows: its label and, row by row, what it is. Masked, it is only `***`."""

    label: Said
    values: pd.Series
    kind: FieldType
    codes: CodeList | None = None
    masked: bool = False


@dataclass(frozen=True, eq=False)
class Verdict:
    """One check over all rows of a ledger.

    `holds` is true, false or unknown on every row; rows that are not `asked` are counted nowhere. The
    message reads `lead：label value，label value` and `tail` after that; `fields` are the cells to mark.
    Where it speaks `of` a whole unit, a row stands for its unit, whose path is given, and names no entity.
    """

    rule: str
    severity: Severity
    effect: Effect
    fields: tuple[str, ...]
    lead: Said
    hint: Said
    holds: Column
    shown: tuple[Shown, ...] = ()
    asked: Bools | None = None
    tail: Said = NOTHING
    words: Mapping[int, Said] = field(default_factory=dict)
    """Row at fault (its position) → what is said of it instead of `tail`."""
    of: pd.Series | None = None
    meant: tuple[Shown, ...] = ()
    """Values that are part of the finding's digest but said in `words`."""
    beside: int = 0
    """Rows at fault of which no finding speaks by itself: one is said of all of them together."""

    @cached_property
    def failed(self) -> Positions:
        """Positions of the rows at fault, in order."""
        at_fault = self.at_fault
        return np.flatnonzero(at_fault).astype(np.int64) if at_fault.any() else np.empty(0, np.int64)

    @cached_property
    def at_fault(self) -> Bools:
        """The rows at fault."""
        wrong: Bools = np.greater(self.holds.known, self.holds.values)  # known and not so, in one pass
        return wrong if self.asked is None else wrong & self.asked

    @cached_property
    def judged(self) -> Bools:
        """The rows asked of which it is known whether they hold."""
        known: Bools = self.holds.known
        return known if self.asked is None else known & self.asked

    @property
    def counts(self) -> tuple[int, int, int]:
        """Rows that passed, failed and could not be evaluated."""
        known, failed = int(np.count_nonzero(self.judged)), len(self.failed)
        asked = len(self.holds.known) if self.asked is None else int(np.count_nonzero(self.asked))
        return known - failed, failed + self.beside, asked - known


@dataclass(frozen=True, eq=False)
class Case:
    """The rows of a ledger to be checked, and what belongs to them."""

    rows: Rows
    scope: Scope
    already: pd.DataFrame | None = None
    """Findings of reading: a cell among them is blank because it could not be read."""
    others: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """The other ledgers of the year that have any row."""

    @property
    def ledger(self) -> Ledger:
        """The ledger under check."""
        return self.scope.ledger

    def values(self, name: str) -> pd.Series:
        """A field of the rows; blank throughout where the frame does not carry it."""
        frame = self.rows.frame
        if name in frame:
            return frame[name]
        return pd.Series(pd.NA, index=frame.index, dtype=DTYPES[self.ledger.field(name).type])

    def column(self, name: str) -> Column:
        """A field of the rows as formulas see it, at full length."""
        return self.rows.column(name, KIND_OF[self.ledger.field(name).type]).spread(len(self.rows))

    def filled(self, name: str) -> Bools:
        """Rows of which the field is not blank."""
        filled: Bools = self.values(name).notna().to_numpy(bool)
        return filled

    def shown(self, name: str) -> Shown:
        """A field as messages show it."""
        return self.described(self.ledger.field(name), self.values(name))

    def described(self, field: LedgerField, values: pd.Series) -> Shown:
        """Values with the label and the kind of a field of this ledger."""
        masked = field.person or field.id in self._keys_of_persons
        return Shown(field.label.said, values, field.type, self.scope.codes.get(field.codes or ""), masked)

    @cached_property
    def _keys_of_persons(self) -> set[str]:
        """Fields that name a household or a person: the own key, links to ledgers of persons."""
        ledger, ledgers = self.ledger, self.scope.ledgers
        linked = {
            name
            for parent, name in ledger.links.items()
            if parent in ledgers and ledgers[parent].holds_persons
        }
        own = {name for key in ledger.key for name in key} if ledger.holds_persons else set()
        return linked | {name for name in own if not _is_place(ledger, name)}

    def unreadable(self, name: str) -> Bools | None:
        """Rows whose cell of this field is blank because it could not be read, as reading already said.

        None where reading said nothing of the field.
        """
        frame = self.rows.frame
        told = self._told.get(name)
        if told is None or name not in frame:
            return None
        blank: Bools = frame[name].isna().to_numpy(bool)
        named: Bools = among(frame[ENTITY], told["entity"].dropna()).to_numpy(bool)
        return blank & (_at_cells(frame, told) | named)

    @cached_property
    def _told(self) -> dict[str, pd.DataFrame]:
        """Field → what reading said of its cells, in this ledger."""
        if self.already is None:
            return {}
        mine = self.already[self.already["ledger"] == self.ledger.ledger]
        return {str(name): told for name, told in mine.groupby("field")}

    def limit(self, name: str | None) -> float | None:
        """The parameter in force in the year of the rows; None where it is not named or not in force."""
        parameter = self.scope.parameters.get(name or "")
        value = parameter.in_force(self.rows.year) if parameter else None
        return None if value is None else float(value)

    def areas(self, level: Level) -> Areas:
        """The rows by the area of `level` in which they lie."""
        if level not in self._areas:
            self._areas[level] = Areas.of(self.rows.areas(LEVELS.index(level)))
        return self._areas[level]

    @cached_property
    def _areas(self) -> dict[Level, Areas]:
        return {}

    def sheets(self, level: Level) -> Areas:
        """The rows by the sheet on which they stand and the area of `level` in which they lie."""
        if level not in self._sheets:
            sheets, villages = self.rows.frame.get(SOURCE), self.areas(LEVELS[-1])
            self._sheets[level] = self.areas(level).split(sheets, villages)
        return self._sheets[level]

    @cached_property
    def _sheets(self) -> dict[Level, Areas]:
        return {}

    def unknown(self) -> Column:
        """Nobody can tell, on any row."""
        return blank(len(self.rows), "boolean")


def _at_cells(frame: pd.DataFrame, told: pd.DataFrame) -> Bools:
    """Rows that stand where one of the findings does."""
    if SOURCE not in frame or ROW not in frame:
        return np.zeros(len(frame), np.bool_)
    cells = pd.MultiIndex.from_frame(frame[[SOURCE, ROW]].fillna(-1).astype("int64"))
    places = pd.MultiIndex.from_frame(told[["source", "row"]].dropna().astype("int64"))
    found: Bools = np.asarray(cells.isin(places), np.bool_)
    return found


def _is_place(ledger: Ledger, name: str) -> bool:
    return name in ledger.names and ledger.field(name).place is not None
