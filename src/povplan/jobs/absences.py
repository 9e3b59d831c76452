"""Rows that stand in the ledger and are absent from a full file: too many are not let go without a word.

Few vanish (未报), listed one by one. Of many nobody knows whether those people left or a page was forgotten:
somebody at a terminal is asked, unattended their villages keep the rows that they had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from povplan.formulas.faults import tell
from povplan.identity import is_described
from povplan.jobs.faults import Finding, finding
from povplan.jobs.gathering import Gathered
from povplan.jobs.standing import Standing
from povplan.keys import among
from povplan.ledger import HELD, lacks
from povplan.messages import Said, say
from povplan.model import ENTITY, FINDING_KEY, ROW, SOURCE, UNIT, Source
from povplan.panel.events import EVENT, Two, declared, said_gone
from povplan.spec import Ledger
from povplan.store import Part

TOLERATED = 2
"""Percent of the rows standing in the villages sent that may be absent: more are not let go unasked."""
KEPT = "absent_kept"
"""The finding of a row that is absent and kept."""
NAMED = 3
"""Villages named in words, those that lack most."""

Confirm = Callable[[Sequence[Said]], bool]
"""Whether somebody, told what is absent, says that it may go."""


@dataclass(frozen=True, eq=False)
class Absence:
    """What one full part lacks."""

    part: Part
    standing: int
    """Rows that stand in its villages."""
    rows: pd.DataFrame
    """MARKS of those that it lacks."""
    asked: pd.Series
    """Which of them nothing explains."""

    @property
    def units(self) -> pd.Series:
        """Village → rows that nothing explains, most first."""
        counts: pd.Series = self.rows.loc[self.asked, UNIT].value_counts()
        return counts


def settle(
    gathered: Gathered, before: Standing, *, allowed: bool, confirm: Confirm | None = None
) -> list[Said]:
    """Keep what is absent, where it is too much and nobody lets it go; the words for it.

    `confirm` is None where nobody can be asked.
    """
    if allowed:
        return []
    many = _too_many(gathered, before)
    told = [_told(at, absences, before.config.ledgers[at[0]]) for at, absences in many.items()]
    if not told or (confirm is not None and confirm(told)):
        return []
    sources = {**before.store.sources(), **gathered.sources}
    kept = {one.part: set(one.units.index) for absences in many.values() for one in absences}
    for absences in many.values():
        for one in absences:
            gathered.findings += _findings(one, sources)
    gathered.parts = [_without(part, kept.get(part, set())) for part in gathered.parts]
    return [*told, say("absences_kept", percent=TOLERATED)]


def _without(part: Part, units: set[str]) -> Part:
    """The part that speaks no more for the units: of them it only replaces the rows that it has."""
    return replace(part, scope=tuple(unit for unit in part.scope if unit not in units)) if units else part


# ---- what is absent ----------------------------------------------------------------------------------


def _too_many(gathered: Gathered, before: Standing) -> Mapping[tuple[str, int], list[Absence]]:
    """Ledger and year → what its parts lack, where that is too much."""
    found: dict[tuple[str, int], list[Absence]] = {}
    for part in gathered.parts:
        if part.mode == "full" and part.scope:
            found.setdefault((part.ledger, part.year), []).append(_absence(part, before))
    found = {at: absences for at, absences in found.items() if _is_too_much(absences)}
    if not found:
        return found
    after = before.joined_by(gathered.parts)
    known = {at: [_but_declared(one, before, after) for one in absences] for at, absences in found.items()}
    return {at: absences for at, absences in known.items() if _is_too_much(absences)}


def _is_too_much(absences: Sequence[Absence]) -> bool:
    absent = sum(int(one.asked.sum()) for one in absences)
    return absent * 100 > TOLERATED * sum(one.standing for one in absences)


def _absence(part: Part, before: Standing) -> Absence:
    """What the part lacks of what its form brought; a row that came under another key is not absent."""
    there = before.by_form(part.ledger, part.year, part.form)
    rows = there[lacks(there, part)]
    new = part.frame[~part.frame[HELD].astype(bool) & ~among(part.frame[ENTITY], there[ENTITY])]
    described = is_described(rows[ENTITY])
    lost = rows.loc[described, UNIT].value_counts()
    again = lost.index[lost <= new[UNIT].value_counts().reindex(lost.index).fillna(0)]
    asked = ~(described & rows[UNIT].isin(list(again)))
    return Absence(part, int(there[UNIT].isin(part.scope).sum()), rows, asked)


def _but_declared(one: Absence, before: Standing, after: Standing) -> Absence:
    """The same but for households and persons that an event of the year says are gone."""
    ledger, year = before.config.ledgers[one.part.ledger], one.part.year
    if ledger.level not in ("household", "person") or EVENT not in before.config.ledgers:
        return one
    events = declared(after.folded(EVENT, year).frame, year)
    if not len(events) or not len(one.rows):
        return one
    frame = before.folded(ledger.ledger, year).frame
    frame = frame[among(frame[ENTITY], one.rows[ENTITY])]
    gone = frame.loc[said_gone(events, Two(ledger, frame, frame.iloc[:0])), ENTITY]
    return replace(one, asked=one.asked & ~among(one.rows[ENTITY], gone))


# ---- what is said of it ------------------------------------------------------------------------------


def _told(at: tuple[str, int], absences: Sequence[Absence], ledger: Ledger) -> Said:
    """How many rows of how many are absent, and where most."""
    units = pd.concat([one.units for one in absences]).groupby(level=0).sum()
    most = units.sort_values(ascending=False, kind="stable")
    names = [f"{str(unit).split('/', 1)[-1]} {count}" for unit, count in most.head(NAMED).items()]
    return tell(
        "absences_told",
        ledger=ledger.label.said,
        year=at[1],
        count=int(units.sum()),
        standing=sum(one.standing for one in absences),
        units=len(units),
        names=Said("、".join(names), ", ".join(names)),
    )


def _findings(one: Absence, sources: Mapping[int, Source]) -> Iterator[Finding]:
    """A finding for each row that is absent and kept, in the file that lacks it."""
    part = one.part
    own = part.frame.drop_duplicates(UNIT).set_index(UNIT)[SOURCE]
    first = int(part.frame[SOURCE].iloc[0])
    rows = one.rows[one.rows[UNIT].isin(list(one.units.index))]
    for entity, unit, source, row in rows[[ENTITY, UNIT, SOURCE, ROW]].itertuples(index=False):
        place = f"{sources[int(source)].file} {sources[int(source)].sheet}!{row}"
        yield finding(
            KEPT,
            say(f"note_{KEPT}", place=place),
            say(f"hint_{KEPT}"),
            ledger=part.ledger,
            year=part.year,
            source=int(own.get(unit, first)),
            entity=str(entity),
            unit=str(unit),
        )


def still_kept(reading: pd.DataFrame, standing: Standing) -> pd.DataFrame:
    """Findings of reading but for absences of rows that stand no more; of one row's the newest."""
    kept = (reading["rule"] == KEPT).fillna(False).astype(bool)
    if not kept.any():
        return reading
    stale = kept & reading.duplicated([*FINDING_KEY], keep="last")
    for (ledger, year), group in reading[kept].groupby(["ledger", "year"]):
        there = standing.folded(str(ledger), int(str(year))).frame[ENTITY]
        stale |= kept & reading.index.isin(group.index[~among(group["entity"], there)])
    return reading[~stale].reset_index(drop=True)


def kept_in(findings: pd.DataFrame) -> set[tuple[str, int, str]]:
    """Ledger, year and entity of the rows that findings say are absent and kept."""
    found = findings[(findings["rule"] == KEPT) & (findings["status"] != "fixed")]
    return set(zip(found["ledger"], found["year"], found["entity"], strict=True))
