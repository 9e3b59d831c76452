"""`compare`: a list of another office against a ledger of a year. Read only: it is a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.config.implied import implied_form
from povplan.errors import NOTHING_ACCEPTED, PovplanError
from povplan.excel.workers import Refused, read_in_workers
from povplan.formulas import Rows
from povplan.formulas.faults import tell
from povplan.formulas.rowwise import RowFormula
from povplan.identity import AREA_LEDGERS, place
from povplan.jobs.asking import Asked, condition, field_named, names_in, rows_of
from povplan.jobs.outside import SHEET, Outside, Wanted, joined, read_outside, unread, with_headers
from povplan.jobs.profiles import plan_of
from povplan.jobs.terms import Terms
from povplan.keys import positions
from povplan.lists import column, officially_placed, within
from povplan.matching import Keys, Matched, Side, identity_keys, match, name_keys, plain_keys
from povplan.matching.groups import GROUPS, unknown
from povplan.messages import Said, say
from povplan.model import UNIT
from povplan.spec import Ledger, LedgerField

Bools = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Compared:
    """A list against a ledger: what was asked, both sides row by row, and what became of every row."""

    asked: Asked
    terms: Terms
    file: str
    outside: Outside
    fields: tuple[LedgerField, ...]
    """The fields compared."""
    theirs: pd.DataFrame
    rows: Rows
    matched: Matched
    holds: pd.Series | None
    """What being on the list means, by row of the ledger."""
    expected: pd.Series
    """Whether each row of the ledger ought to be on the list; NA where it is not known."""

    @property
    def weak(self) -> bool:
        """Whether rows were joined by name and village only."""
        return bool(self.terms.names) and self.by == self.terms.names

    @property
    def by(self) -> tuple[str, ...]:
        """The fields that rows were joined by."""
        return self.terms.joins[self.outside.parts[0].join]

    @property
    def ours(self) -> pd.DataFrame:
        """The rows of the ledger."""
        return self.rows.frame

    @cached_property
    def ours_only(self) -> Positions:
        """Rows of the ledger that ought to be on the list, could be, and are not."""
        ought = self.expected.fillna(False).to_numpy(bool)
        found = ought & ~self.matched.listed & self.matched.unusable.isna().to_numpy(bool)
        return np.flatnonzero(found).astype(np.int64)

    @cached_property
    def counts(self) -> dict[str, int]:
        """Rows of the list by group; they add up to all of them."""
        known = self.matched.groups.value_counts()
        return {name: int(known.get(name, 0)) for name in GROUPS}

    @cached_property
    def reasons(self) -> dict[str, int]:
        """Rows of the list that are of no use, by reason."""
        return {str(reason): int(n) for reason, n in self.matched.reasons.value_counts().items()}

    @cached_property
    def own_counts(self) -> dict[str, int]:
        """Rows of the ledger: expected = listed + ours_only + unusable; beside them the unknown ones."""
        ought = self.expected.fillna(False).to_numpy(bool)
        listed = ought & self.matched.listed
        only = len(self.ours_only)
        return {
            "expected": int(ought.sum()),
            "listed": int(listed.sum()),
            "ours_only": only,
            "unusable": int(ought.sum() - listed.sum()) - only,
            "unknown": int(self.expected.isna().sum()),
        }

    @cached_property
    def by_field(self) -> dict[str, int]:
        """Rows that differ, by field; `means` where what being on the list means does not hold."""
        fields = self.matched.differences.loc[~self.blank, "field"]
        return {str(name): int(n) for name, n in fields.value_counts().items()}

    @cached_property
    def blank(self) -> Bools:
        """The lines of the differences where the ledger does not tell what being on the list means."""
        return unknown(self.matched.differences, self.holds)


def compare(
    asked: Asked,
    terms: Terms,
    path: Path,
    fields: str | None = None,
) -> Compared:
    """The list at `path` held against the rows asked for. PovplanError where it cannot be."""
    rows = rows_of(asked.standing, asked.ledger, asked.year)
    means = condition(asked.standing, asked.ledger, terms.means, "--means")
    where = condition(asked.standing, asked.ledger, asked.where)
    outside = _read(path, asked, terms)
    theirs = _their_rows(outside, asked)
    by = terms.joins[outside.parts[0].join]
    compared = _compared(asked.ledger, terms, outside, by, fields)
    weak = by == terms.names
    names = [field.id for field in compared]
    matched = match(
        Side(_keys(theirs, asked.ledger, terms, by, outside), theirs[names]),
        Side(
            _keys(rows.frame, asked.ledger, terms, by, None),
            pd.DataFrame({field.id: column(rows.frame, field) for field in compared}),
        ),
        holds := means(rows) if means else None,
        absent=terms.absent,
        weak=weak,
    )
    return Compared(
        asked=asked,
        terms=terms,
        file=path.name,
        outside=outside,
        fields=compared,
        theirs=theirs,
        rows=rows,
        matched=matched,
        holds=holds,
        expected=_expected(rows, asked.unit, where, holds, terms),
    )


# ---- the list -----------------------------------------------------------------------------------------


def _read(path: Path, asked: Asked, terms: Terms) -> Outside:
    """The list, read in a process of its own; one sentence where it is none."""
    if not path.exists():
        raise PovplanError(say("file_missing", path=path))
    form = with_headers(implied_form(asked.ledger), terms.columns)
    definitions = plan_of(asked.standing.config).definitions
    ledgers = {**definitions.ledgers, asked.ledger.ledger: asked.ledger}
    wanted = Wanted(replace(definitions, ledgers=ledgers), form, terms.joins)
    (outside,) = read_in_workers(_Reading(wanted), [path])
    if isinstance(outside, Refused):
        raise PovplanError(tell("compare_refused", name=path.name, why=outside.said), NOTHING_ACCEPTED)
    if not outside.parts:
        raise PovplanError(_no_join(path.name, outside, asked.ledger, terms), NOTHING_ACCEPTED)
    return outside


@dataclass(frozen=True)
class _Reading:
    """`read_outside` as a function of the path alone, to be sent to a worker."""

    wanted: Wanted

    def __call__(self, path: Path) -> Outside:
        return read_outside(path, self.wanted)


def _no_join(name: str, outside: Outside, ledger: Ledger, terms: Terms) -> Said:
    """Which columns were looked for."""
    ways = [" + ".join(_label(ledger, field, "zh") for field in names) for names in terms.joins]
    english = [" + ".join(_label(ledger, field, "en") for field in names) for names in terms.joins]
    wanted = Said("，或者 ".join(ways), ", or ".join(english))
    if outside.unclear:
        return tell("compare_unclear", name=name, headers="、".join(outside.unclear), wanted=wanted)
    return tell("compare_no_column", name=name, wanted=wanted)


def _label(ledger: Ledger, name: str, lang: str) -> str:
    return ledger.field(name).label.text(lang)


def _their_rows(outside: Outside, asked: Asked) -> pd.DataFrame:
    """The rows of the list, typed, with the official names of places where they are known."""
    names = list(dict.fromkeys(name for part in outside.parts for name in part.fields))
    frame = joined(outside.parts, names)
    if not len(frame):
        raise PovplanError(say("compare_no_rows"), NOTHING_ACCEPTED)
    registry = asked.standing.workspace.registry(tuple(asked.standing.tree(asked.year).paths))
    placed = frame.assign(**{UNIT: place(frame, asked.ledger, registry)})
    named = [field.id for field in asked.ledger.fields if field.place in ("county", "township", "village")]
    official = officially_placed(placed, asked.ledger)
    return official.assign(
        **{name: official[name].where(frame[name].notna()) for name in named if name in frame}
    )


# ---- what is joined, what is compared -----------------------------------------------------------------


def _keys(
    frame: pd.DataFrame, ledger: Ledger, terms: Terms, by: tuple[str, ...], outside: Outside | None
) -> Keys:
    """The keys of one side's rows: those of the list know which cells could not be read."""
    if ledger.level in AREA_LEDGERS:
        deep = frame[UNIT].str.count("/") == ("county", "township", "village").index(ledger.level)
        return plain_keys(frame[UNIT].where(deep.fillna(False)), np.zeros(len(frame), np.bool_))
    if by == terms.names:
        village = frame[UNIT].where((frame[UNIT].str.count("/") == 2).fillna(False))
        return name_keys(column(frame, ledger.field(by[0])), village)
    damaged = unread(outside.parts, by[0]) if outside else np.zeros(len(frame), np.bool_)
    values = column(frame, ledger.field(by[0]))
    return identity_keys(values, damaged) if terms.identity else plain_keys(values, damaged)


def _compared(
    ledger: Ledger, terms: Terms, outside: Outside, by: Sequence[str], asked: str | None
) -> tuple[LedgerField, ...]:
    """The fields that both sides have, in the ledger's order; those asked for must be there."""
    have = {name for part in outside.parts for name in part.fields}
    idle = {*by, "year", ledger.placed("county"), ledger.placed("code")}
    if ledger.level in AREA_LEDGERS or tuple(by) == terms.names:
        idle |= {ledger.placed("township"), ledger.placed("village")}
    if asked:
        wanted = [field_named(ledger, name) for name in names_in(asked)]
        if lacking := [field for field in wanted if field.id not in have]:
            labels = Said(*("、".join(field.label.text(lang) for field in lacking) for lang in ("zh", "en")))
            raise PovplanError(tell("compare_field_lacks", fields=labels))
        return tuple(wanted)
    chosen = set(terms.fields) or have
    return tuple(field for field in ledger.fields if field.id in chosen & have - idle)


def _expected(
    rows: Rows, unit: str | None, where: RowFormula | None, holds: pd.Series | None, terms: Terms
) -> pd.Series:
    """Which rows of the ledger ought to be on the list: those of the unit for which all conditions hold."""
    ought = pd.Series(within(rows, unit) & (not terms.absent), index=rows.frame.index, dtype="boolean")
    for condition_ in ([where(rows)] if where else []) + ([holds] if holds is not None else []):
        ought = ought & condition_.astype("boolean")
    return ought


def sheet_of_row(compared: Compared) -> pd.Series:
    """The sheet that each row of the list stands in."""
    names = dict(enumerate(part.sheet for part in compared.outside.parts))
    return compared.theirs[SHEET].map(names).astype("string")


def strayed(compared: Compared) -> int:
    """Rows of a list of households that are in no household by its head's number, but by a member's."""
    standing, ledger = compared.asked.standing, compared.asked.ledger
    if not compared.terms.identity or compared.weak:
        return 0
    numbers = compared.theirs.loc[(compared.matched.groups == "theirs_only").to_numpy(bool), compared.by[0]]
    found = np.zeros(len(numbers), np.bool_)
    for one in standing.config.comparisons.values():
        child = standing.config.ledgers[one.ledger]
        if one.usual and one.number == "identity" and ledger.ledger in child.links:
            frame = standing.folded(child.ledger, compared.asked.year).frame
            known = identity_keys(column(frame, child.field(one.on)), np.zeros(len(frame), np.bool_)).values
            theirs = identity_keys(numbers.reset_index(drop=True), np.zeros(len(numbers), np.bool_)).values
            found |= positions(theirs, known) >= 0
    return int(found.sum())
