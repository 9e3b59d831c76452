"""Messages in full: what they hold back of persons, put in again for those whose data it is.

Findings are kept masked. Their owner has to see what is wrong, above all what stood there a year ago.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from povplan.checks.display import MASK, Told
from povplan.checks.verdict import Shown
from povplan.formulas.faults import tell
from povplan.jobs.standing import Standing
from povplan.messages import Said
from povplan.model import ENTITY, UNIT
from povplan.spec import Ledger, LedgerField

_MASKED = re.compile(rf"([^：，:,\n]+) {re.escape(MASK)}")


def in_full(findings: pd.DataFrame, standing: Standing, lang: str) -> pd.Series:
    """The messages of the findings with this and last year's values of the ledger where `***` stands.

    What the ledger does not hold, because the row waits or the cell could not be read, stays masked; so does
    what it holds of another township, whose key somebody typed here.
    """
    messages = findings[f"message_{lang}"].copy()
    hidden = messages.str.contains(f" {MASK}", regex=False).fillna(False).astype(bool)
    known = hidden & findings[["ledger", "entity", "year"]].notna().all(axis=1)
    for (name, year), group in findings[known].groupby(["ledger", "year"], sort=False):
        ledger = standing.config.ledgers.get(str(name))
        if ledger is not None:
            own = messages[group.index]
            messages[group.index] = list(_Filled(ledger, int(str(year)), standing, lang, own, group))
    return messages


def townships(units: Iterable[object]) -> list[str | None]:
    """The township of each path of a unit; None of the county's own and of what is in no unit."""
    paths = [str(unit).split("/") if isinstance(unit, str) else [] for unit in units]
    return ["/".join(path[:2]) if len(path) > 1 else None for path in paths]


@dataclass(frozen=True, eq=False)
class _Filled:
    """The messages of one ledger and year, filled in."""

    ledger: Ledger
    year: int
    standing: Standing
    lang: str
    messages: pd.Series
    findings: pd.DataFrame

    def __iter__(self) -> Iterator[str]:
        if not self._fields:
            yield from self.messages
            return
        names = "|".join(re.escape(name) for name in sorted(self._fields, key=len, reverse=True))
        masked = re.compile(rf"(^|：|，|: |, )({names}) {re.escape(MASK)}")
        for number, message in enumerate(self.messages):

            def said(found: re.Match[str], number: int = number) -> str:
                return found[1] + (self._values(found[2]).get(number) or found[0][len(found[1]) :])

            yield masked.sub(said, message)

    @cached_property
    def _fields(self) -> Mapping[str, tuple[LedgerField, bool]]:
        """What messages call a masked value → its field, and whether last year's is meant."""
        masked = {name.strip() for name in _MASKED.findall("\n".join(self.messages))}
        found = {}
        for field in self.ledger.fields:
            label = field.label.said
            for said, before in ((label, False), (tell("check_last_year", label=label), True)):
                name = said.zh if self.lang == "zh" else said.en
                if name in masked:
                    found[name] = (field, before)
        return found

    def _values(self, name: str) -> Mapping[int, str]:
        """Message (its place) → the value with its name, where it is known."""
        if name not in self._known:
            field, before = self._fields[name]
            frame = self._frame(before=before)
            self._known[name] = {} if frame is None else self._told(name, field, frame)
        return self._known[name]

    @cached_property
    def _townships(self) -> list[str | None]:
        return townships(self.findings["unit"])

    @cached_property
    def _known(self) -> dict[str, Mapping[int, str]]:
        return {}

    def _frame(self, *, before: bool) -> pd.DataFrame | None:
        if before:
            return (self.standing.before(self.year) or {}).get(self.ledger.ledger)
        return self.standing.folded(self.ledger.ledger, self.year).frame

    def _told(self, name: str, field: LedgerField, frame: pd.DataFrame) -> Mapping[int, str]:
        frame = frame[frame[ENTITY].notna() & ~frame[ENTITY].duplicated(keep=False)]
        if field.id not in frame or frame.empty:
            return {}
        rows = pd.Index(frame[ENTITY]).get_indexer(pd.Index(self.findings["entity"]))
        values, units = frame[field.id].iloc[rows], frame[UNIT].iloc[rows]
        here = [one == other for one, other in zip(townships(units), self._townships, strict=True)]
        there = np.flatnonzero((rows >= 0) & values.notna().to_numpy() & np.array(here))
        codes = self.standing.config.codes.get(field.codes or "")
        shown = Shown(Said(name, name), frame[field.id], field.type, codes)
        words = Told.of(shown, rows[there].astype(np.int64)).labelled()[0 if self.lang == "zh" else 1]
        return dict(zip(map(int, there), words, strict=True))
