"""Findings of a year: those of reading and merging, those of the rules, each with its cell and its status."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

import pandas as pd

from povplan.checks import FINDING_DTYPES, check, outliers
from povplan.jobs.gathering import READING, Gathered, finding
from povplan.jobs.standing import Standing
from povplan.ledger import locate
from povplan.messages import Said, say
from povplan.model import ENTITY, ROW, SOURCE, UNIT, Source
from povplan.spec import NUMERIC, Ledger

KEY = ["rule", "ledger", "entity", "year", "field", "digest"]
SEVERITIES = ("notice", "doubt", "error")


@dataclass(frozen=True)
class Findings:
    """FINDING_COLUMNS and `status`, with the sheets that `source` speaks of."""

    frame: pd.DataFrame
    sources: dict[int, Source]
    fixed: pd.DataFrame

    @classmethod
    def none(cls) -> Findings:
        """No findings."""
        empty = _typed([]).assign(status=pd.Series(dtype="string"))
        return cls(empty, {}, empty)

    def of(self, years: Sequence[int]) -> Findings:
        """Those of some years only."""
        return Findings(self.frame[self.frame["year"].isin(years)], self.sources, self.fixed)

    def holding(self) -> pd.DataFrame:
        """(ledger, year, entity) that a rule of a ledger holds back."""
        held = (self.frame["effect"] == "hold") & ~self.frame["rule"].isin(list(READING))
        return self.frame.loc[held, ["ledger", "year", "entity"]]

    def flagged(self, ledger: str, year: int) -> set[str]:
        """Entities with a doubt or an error."""
        at = (self.frame["ledger"] == ledger) & (self.frame["year"] == year)
        grave = self.frame["severity"].isin(["doubt", "error"])
        return set(self.frame.loc[at & grave, "entity"].dropna())

    def worst(self) -> str | None:
        """The gravest severity present."""
        present = set(self.frame["severity"].dropna())
        return next((severity for severity in reversed(SEVERITIES) if severity in present), None)


def check_years(standing: Standing, gathered: Gathered, touched: Set[int]) -> Findings:
    """All findings of the ledger as the update would leave it.

    The years touched, and the years after them, are checked anew; what is known of other years is kept.
    """
    years = sorted(year for year in standing.years if year in touched or year - 1 in touched)
    stored = _stored(standing)
    sources = standing.store.sources() | gathered.sources
    reading = pd.concat(
        [
            _still_true(stored, gathered, sources),
            _typed([*gathered.findings, *_compared(standing, gathered), *_vanished(standing, gathered)]),
        ],
        ignore_index=True,
    )
    found = [_checked(standing, year, reading, sources) for year in years]
    others = stored[~stored["year"].isin(years) & ~stored["rule"].isin(list(READING))]
    frame = pd.concat([reading, *found, others[reading.columns]], ignore_index=True)
    frame = frame.astype(dict(FINDING_DTYPES)).drop_duplicates([*KEY, "source", "row", "column"])
    return _with_status(frame, stored, sources)


def _stored(standing: Standing) -> pd.DataFrame:
    """The findings of the newest batch in force, none before the first."""
    active = set(standing.store.active(standing.as_of))
    kept = [b.id for b in standing.store.batches() if b.id in active and b.kind != "rollback"]
    if not kept:
        return _typed([]).assign(status=pd.Series(dtype="string"))
    return standing.store.findings(kept[-1])


def _typed(records: Sequence[dict[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame(list(records), columns=list(FINDING_DTYPES))
    return frame.astype(dict(FINDING_DTYPES))


def _still_true(stored: pd.DataFrame, gathered: Gathered, sources: dict[int, Source]) -> pd.DataFrame:
    """Findings of reading whose sheet has not been sent again."""
    reading = stored[stored["rule"].isin(list(READING))].drop(columns="status")
    if not len(reading):
        return reading
    gone = pd.Series(False, index=reading.index)
    forms = reading["source"].map({number: source.form for number, source in sources.items()})
    for part in gathered.parts:
        same = (reading["ledger"] == part.ledger) & (reading["year"] == part.year) & (forms == part.form)
        again = (
            reading["unit"].isin(part.scope)
            if part.mode == "full"
            else reading["entity"].isin(part.frame[ENTITY])
        )
        gone |= (same & (again | reading["unit"].isna())).fillna(False).astype(bool)
    return reading[~gone]


def _checked(
    standing: Standing, year: int, reading: pd.DataFrame, sources: dict[int, Source]
) -> pd.DataFrame:
    """The rules' findings of one year, each at the cell that gave the value."""
    config = standing.config
    found = []
    for name in standing.frames(year):
        ledger = config.ledgers[name]
        rows = standing.rows(ledger, year)
        checked = check(ledger, rows, config.ledgers, config.parameters, config.codes, already=reading)
        odd = outliers(ledger, rows, config.codes) if ledger.level == "village" else None
        frame = pd.concat([checked.findings, *([odd.findings] if odd else [])], ignore_index=True)
        found.append(_addressed(frame, standing, ledger, year, sources))
    return pd.concat(found, ignore_index=True) if found else _typed([])


def _addressed(
    frame: pd.DataFrame, standing: Standing, ledger: Ledger, year: int, sources: dict[int, Source]
) -> pd.DataFrame:
    if not len(frame):
        return frame
    frame = frame.reset_index(drop=True)
    cells = locate(standing.folded(ledger.ledger, year), frame["entity"], frame["field"], sources)
    known = cells[SOURCE].notna()
    source = frame["source"].where(~known, cells[SOURCE])
    row = frame["row"].where(~known, cells[ROW])
    columns = [
        sources[int(number)].columns.get(str(name)) if number is not pd.NA else None
        for number, name in zip(source, frame["field"], strict=True)
    ]
    return frame.assign(source=source, row=row, column=pd.array(columns, dtype="Int64"))


def _with_status(frame: pd.DataFrame, stored: pd.DataFrame, sources: dict[int, Source]) -> Findings:
    """new where the last batch did not know it, persisting where it did, and what is fixed since."""
    keys, before = (_keys(f) for f in (frame, stored))
    status = keys.isin(set(before)).map({True: "persisting", False: "new"}).astype("string")
    fixed = stored[~before.isin(set(keys))].assign(status="fixed")
    return Findings(frame.assign(status=status), sources, fixed)


def _keys(frame: pd.DataFrame) -> pd.Series:
    parts = [frame[name].astype("string").fillna("") for name in KEY]
    keys = parts[0]
    for part in parts[1:]:
        keys = keys + "|" + part
    return keys


# ---- what only the whole ledger can tell ------------------------------------------------------------


def _compared(standing: Standing, gathered: Gathered) -> list[dict[str, object]]:
    """Figures that another sheet owns, where the two differ."""
    found: list[dict[str, object]] = []
    for name, year, compare in gathered.compares:
        ledger = standing.config.ledgers[name]
        owned = standing.folded(name, year).frame.set_index(ENTITY)
        fields = [
            field for field in compare.columns if field in owned and field not in (ENTITY, SOURCE, ROW, UNIT)
        ]
        at = compare[compare[ENTITY].isin(owned.index)]
        for field in fields:
            theirs = owned[field].reindex(at[ENTITY]).array
            differs = (at[field].array != theirs).astype("boolean")
            for i in at.index[pd.Series(differs).fillna(False).to_numpy(bool)]:
                found.append(_difference(at.loc[i], owned, ledger, year, field))
    return found


def _difference(
    row: pd.Series, owned: pd.DataFrame, ledger: Ledger, year: int, field: str
) -> dict[str, object]:
    spec = ledger.field(field)
    entity = str(row[ENTITY])
    here, there = (_shown(value, ledger, field) for value in (row[field], owned.at[entity, field]))
    zh = say("note_differs_elsewhere", label=spec.label.zh, shown=here, owned=there).zh
    en = say("note_differs_elsewhere", label=spec.label.text("en"), shown=here, owned=there).en
    return finding(
        "differs_elsewhere",
        Said(zh, en),
        say("hint_differs_elsewhere"),
        ledger=ledger.ledger,
        year=year,
        source=int(row[SOURCE]),
        row=int(row[ROW]),
        entity=entity,
        unit=str(owned.at[entity, UNIT]),
        name=field,
        value=f"{here}|{there}",
    )


def _shown(value: object, ledger: Ledger, field: str) -> str:
    spec = ledger.field(field)
    if spec.person:
        return "***"
    if spec.type == "money":
        return f"{int(str(value)) / 100:,.2f}"
    return f"{value:,}" if spec.type in NUMERIC else str(value)


def _vanished(standing: Standing, gathered: Gathered) -> list[dict[str, object]]:
    """Rows that an earlier full file had and this one lacks."""
    return [
        finding(
            "vanished",
            say("note_vanished"),
            say("hint_vanished"),
            ledger=ledger,
            year=year,
            source=int(row[SOURCE]),
            row=int(row[ROW]),
            entity=str(row[ENTITY]),
            unit=None if row[UNIT] is pd.NA else str(row[UNIT]),
        )
        for ledger, year in dict.fromkeys((part.ledger, part.year) for part in gathered.parts)
        for row in standing.folded(ledger, year).vanished[[SOURCE, ROW, ENTITY, UNIT]].to_dict("records")
    ]
