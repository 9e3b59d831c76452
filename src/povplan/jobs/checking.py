"""Findings of a year: those of reading and merging, those of the rules, each with its cell and its status."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

import pandas as pd

from povplan.checks import EVALUATED_COLUMNS, FINDING_DTYPES, Checked, check, outliers, together
from povplan.checks.clocks import overdue
from povplan.checks.corrections import corrections
from povplan.checks.money import money as money_checks
from povplan.deviations.life import CORRECTION
from povplan.formulas import Rows
from povplan.jobs.absences import still_kept
from povplan.jobs.deviating import Deviating
from povplan.jobs.events import answered_twice, explained_units, panel_findings
from povplan.jobs.faults import READING, REMEMBERED, STANDING, Finding, finding
from povplan.jobs.gathering import Gathered
from povplan.jobs.memory import Registers, amended_cells, amendment_remarks, as_finding, remembered
from povplan.jobs.money import account
from povplan.jobs.planning import TARGET, Planning
from povplan.jobs.standing import Standing
from povplan.keys import among
from povplan.ledger import COLUMN, COMPARED, Folded, is_nameless, locate
from povplan.memory import STATUS, WAS, is_open, known
from povplan.messages import Said, say
from povplan.model import ENTITY, FINDING_COLUMNS, FINDING_KEY, ROW, SOURCE, UNIT, Source
from povplan.progress import clocks
from povplan.spec import NUMERIC, Ledger
from povplan.store import Part
from povplan.store.store import no_findings

SEVERITIES = ("notice", "doubt", "error")


@dataclass(frozen=True)
class Findings:
    """FINDING_COLUMNS and MEMORY_COLUMNS, with the sheets that `source` speaks of."""

    frame: pd.DataFrame
    """Those that are there, waived ones too."""
    sources: dict[int, Source]
    closed: pd.DataFrame
    """Those that were there once, `fixed` in this batch or in one before."""
    registers: Registers = field(default_factory=Registers)
    """What excused some of them, where they were just found."""
    evaluated: pd.DataFrame = field(default_factory=lambda: _nothing_asked())
    """What each check of the rows could say: EVALUATED_COLUMNS, and the year."""

    @classmethod
    def none(cls) -> Findings:
        """No findings."""
        return cls(known(no_findings()), {}, known(no_findings()))

    @classmethod
    def stored(cls, frame: pd.DataFrame, sources: dict[int, Source]) -> Findings:
        """What a batch kept, parted again."""
        gone = (frame[STATUS] == "fixed").fillna(False).astype(bool)
        return cls(frame[~gone], sources, frame[gone])

    def of(self, years: Sequence[int]) -> Findings:
        """Those of some years only."""
        frame, closed = (one[one["year"].isin(years)] for one in (self.frame, self.closed))
        counted = self.evaluated[self.evaluated["year"].isin(years)]
        return Findings(frame, self.sources, closed, self.registers, counted)

    @property
    def fixed(self) -> pd.DataFrame:
        """Those closed since the batch before."""
        return self.closed[self.closed[WAS] != "fixed"]

    @property
    def open(self) -> pd.DataFrame:
        """Those that wait to be dealt with."""
        return self.frame[is_open(self.frame)]

    @property
    def kept(self) -> pd.DataFrame:
        """All that a batch stores, so that the next one remembers."""
        return pd.concat([self.frame, self.closed], ignore_index=True)

    def holding(self, parts: Iterable[Part]) -> pd.DataFrame:
        """Those of ledgers' own rules that hold rows of `parts` back, without their status."""
        held = (self.frame["effect"] == "hold") & ~self.frame["rule"].isin(list(READING))
        found = self.frame.loc[held, list(FINDING_COLUMNS)]
        coming = pd.Series(False, index=found.index)
        for part in parts:
            same = (found["ledger"] == part.ledger) & (found["year"] == part.year)
            if same.any():
                coming |= same & among(found["entity"], part.frame[ENTITY])
        return found[coming]

    def flagged(self, ledger: str, year: int) -> set[str]:
        """Entities with an open doubt or error."""
        at = (self.frame["ledger"] == ledger) & (self.frame["year"] == year)
        grave = self.frame["severity"].isin(["doubt", "error"]) & is_open(self.frame)
        return set(self.frame.loc[at & grave, "entity"].dropna())

    def worst(self) -> str | None:
        """The gravest severity that is open."""
        present = set(self.open["severity"].dropna())
        return next((severity for severity in reversed(SEVERITIES) if severity in present), None)


def _nothing_asked() -> pd.DataFrame:
    counts = {name: "string" if name in ("ledger", "rule") else "int64" for name in EVALUATED_COLUMNS}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in {**counts, "year": "int64"}.items()})


def check_years(
    standing: Standing, gathered: Gathered, touched: Set[int], held: pd.DataFrame | None = None
) -> Findings:
    """All findings of the ledger as the update would leave it.

    The years touched, and the years after them, are checked anew; what is known of other years is kept.
    `held` are findings that hold rows of this update back: out of the ledger, nobody would find them again.
    """
    years = sorted(year for year in standing.years if year in touched or year - 1 in touched)
    stored = stored_findings(standing)
    before = stored[stored[STATUS] != "fixed"]
    sources = standing.store.sources() | gathered.sources
    is_reading = before["rule"].isin(list(READING.keys() - STANDING))
    reading = pd.concat(
        [_still_true(before[is_reading], standing, gathered, sources), _typed(gathered.findings)]
    )
    reading = still_kept(reading.reset_index(drop=True), standing)
    checked = [_checked(standing, year, reading, sources) for year in years]
    amending = (as_finding(one, sources) for one in amendment_remarks(standing, years))
    panel = panel_findings(standing, years, sources)
    whole = [*_compared(standing, years), *_vanished(standing, years), *amending, *panel]
    reading = _unamended(reading, standing, years)
    reading = _without_known_units(reading, standing, years)
    found = [one[~answered_twice(one, panel)] for one, _ in checked]
    others = ~is_reading & (~before["year"].isin(years) | _still_held(before, standing, gathered))
    others &= ~before["rule"].isin(list(REMEMBERED))
    kept = before.loc[others, list(FINDING_COLUMNS)]
    given = _typed([]) if held is None else held
    frame = pd.concat([reading, _typed(whole), *found, given, kept], ignore_index=True)
    frame = frame.astype(dict(FINDING_DTYPES)).drop_duplicates([*FINDING_KEY, "source", "row", "column"])
    now, closed, registers = remembered(frame.reset_index(drop=True), stored, standing, sources)
    counted = pd.concat([_nothing_asked(), *(counts for _, counts in checked)], ignore_index=True)
    return Findings(now, sources, closed, registers, counted)


def _unamended(reading: pd.DataFrame, standing: Standing, years: Sequence[int]) -> pd.DataFrame:
    """Findings of reading but for cells that an amendment has given a value since."""
    cells = amended_cells(standing, years)
    if not len(cells):
        return reading
    names = ["ledger", "year", "entity", "field"]
    amended = pd.MultiIndex.from_frame(cells[names].astype("string"))
    return reading[~pd.MultiIndex.from_frame(reading[names].astype("string")).isin(amended)]


def _without_known_units(reading: pd.DataFrame, standing: Standing, years: Sequence[int]) -> pd.DataFrame:
    """Findings of reading but for units said to be new of which it is known where they come from."""
    new = (reading["rule"] == "unit_new").fillna(False).astype(bool) & reading["year"].isin(years)
    return (
        reading[~(new & reading["unit"].isin(list(explained_units(standing, years))))]
        if new.any()
        else reading
    )


def stored_findings(standing: Standing, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The findings that the newest batch in force kept, closed ones too; none before the first.

    With `columns` only those are read, of memory's own all others are blank.
    """
    kept = standing.checked()
    return known(standing.store.findings(kept[-1].id, columns) if kept else no_findings())


def _typed(records: Sequence[Finding]) -> pd.DataFrame:
    frame = pd.DataFrame(list(records), columns=list(FINDING_DTYPES))
    return frame.astype(dict(FINDING_DTYPES))


def _still_true(
    reading: pd.DataFrame, standing: Standing, gathered: Gathered, sources: Mapping[int, Source]
) -> pd.DataFrame:
    """Findings of reading whose row, or for those of no row whose whole sheet, was not sent again."""
    reading = reading[list(FINDING_COLUMNS)]
    gone = pd.Series(False, index=reading.index)
    forms = reading["source"].map({number: source.form for number, source in sources.items()})
    for part in gathered.parts:
        dated = (reading["year"] == part.year) | reading["year"].isna()
        same = (reading["ledger"] == part.ledger) & dated & (forms == part.form)
        if not (same := same.fillna(False).astype(bool)).any():
            continue
        full = part.mode == "full"
        again = _sent_again(reading, part) if full else _filled_again(reading, part)
        loose = reading["entity"].isna()
        resent = _still_open(standing.folded(part.ledger, part.year), part)
        gone |= same & (again | (loose & ~reading["source"].isin(list(resent))))
    return reading[~gone]


def _sent_again(reading: pd.DataFrame, part: Part) -> pd.Series:
    """Findings whose village, or where rows have none whose row, a full layer carries."""
    return reading["unit"].isin(part.scope) | among(reading["entity"], part.frame[ENTITY])


def _filled_again(reading: pd.DataFrame, part: Part) -> pd.Series:
    """Findings whose row a partial layer carries, those of a cell only where it fills the cell."""
    again = reading["field"].isna() & among(reading["entity"], part.frame[ENTITY])
    for name in reading["field"].dropna().unique():
        if name in part.frame:
            filled = part.frame.loc[part.frame[name].notna(), ENTITY]
            again |= (reading["field"] == name).fillna(False) & among(reading["entity"], filled)
    return again


def _still_open(folded: Folded, part: Part) -> set[int]:
    """Sheets of earlier batches that speak of something the part does not: they are still in force."""
    full = part.mode == "full"
    open_ = set()
    for layer in folded.layers:
        if layer.form == part.form and layer.frame is not part.frame:
            rest = ~is_nameless(layer.frame) & ~among(layer.frame[ENTITY], part.frame[ENTITY])
            if full:
                rest &= layer.frame[UNIT].notna() & ~layer.frame[UNIT].isin(part.scope)
            open_ |= set(layer.frame.loc[rest, SOURCE].dropna())
    return open_


def _still_held(stored: pd.DataFrame, standing: Standing, gathered: Gathered) -> pd.Series:
    """Findings that hold back a row which waits and was not sent again."""
    waits = pd.Series(False, index=stored.index)
    holding = (stored["effect"] == "hold") & stored["ledger"].isin(list(standing.config.ledgers))
    for ledger, year in set(zip(stored["ledger"][holding], stored["year"][holding], strict=True)):
        again = [p.frame[ENTITY] for p in gathered.parts if (p.ledger, p.year) == (ledger, year)]
        waiting = set(standing.folded(ledger, int(year)).waiting[ENTITY]).difference(*again)
        at = holding & (stored["ledger"] == ledger) & (stored["year"] == year)
        waits |= at & stored["entity"].isin(waiting)
    return waits


def _checked(
    standing: Standing, year: int, reading: pd.DataFrame, sources: dict[int, Source]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rules' findings of one year, each at the cell that gave the value, and what each rule could say."""
    config = standing.config
    found, counted = [], []
    for name in standing.frames(year):
        ledger = config.ledgers[name]
        rows = standing.rows(ledger, year)
        checked = check(ledger, rows, config.ledgers, config.parameters, config.codes, already=reading)
        odd = outliers(ledger, rows, config.codes) if ledger.level == "village" else None
        planned = _of_plan(standing, ledger, rows, year)
        more = [odd, _of_money(standing, ledger, rows, year), planned]
        whole = together([checked, *(one for one in more if one)])
        found.append(_addressed(whole.findings, standing, ledger, year, sources))
        counted.append(whole.evaluated)
    counts = pd.concat(counted, ignore_index=True).assign(year=year) if counted else pd.DataFrame()
    return (pd.concat(found, ignore_index=True) if found else _typed([])), counts


def _of_plan(standing: Standing, ledger: Ledger, rows: Rows, year: int) -> Checked | None:
    """What targets and corrections say that the plan contradicts; None of other ledgers."""
    if ledger.ledger == TARGET:
        return Planning(standing, year).checked(ledger, rows)
    if ledger.ledger != CORRECTION or not len(rows):
        return None
    of, config = Deviating.of_year(Planning(standing, year)), standing.config
    placed = of.planning.corrections
    return corrections(
        ledger,
        rows,
        of.strange,
        placed[placed["_filed"] == year],
        of.planning.targets,
        config.indicators,
        config.measurement,
        config.codes,
    )


def _of_money(standing: Standing, ledger: Ledger, rows: Rows, year: int) -> Checked | None:
    """What only the lines of all years show; None of a ledger that is not of money."""
    config = standing.config
    if ledger.ledger != "fund" or config.funds is None:
        return None
    timed = clocks(rows.frame, config.funds, config.calendar, config.parameters, standing.day(year))
    doubled = money_checks(ledger, rows, account(standing, year), config.codes)
    return together([doubled, overdue(ledger, rows, timed, config.codes)])


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
        for number, name in zip(source.to_numpy(object), frame["field"].to_numpy(object), strict=True)
    ]
    column = cells[COLUMN].where(known, pd.Series(columns, frame.index, dtype="Int64"))
    return frame.assign(source=source, row=row, column=column)


# ---- what only the whole ledger can tell ------------------------------------------------------------


def _compared(standing: Standing, years: Sequence[int]) -> list[Finding]:
    """Figures that another form owns, where the two differ."""
    found: list[Finding] = []
    for year in years:
        for ledger in map(standing.config.ledgers.__getitem__, standing.sent(year)):
            folded = standing.folded(ledger.ledger, year)
            owned = folded.frame.set_index(ENTITY)
            for column in folded.compared:
                field = str(column).removeprefix(COMPARED)
                if str(column).startswith(COMPARED) and field in owned:
                    found += _differing(folded.compared, ledger, year, field, owned)
    return found


def _differing(
    compared: pd.DataFrame, ledger: Ledger, year: int, field: str, owned: pd.DataFrame
) -> Iterator[Finding]:
    """One field of all rows: blanks differ from nothing."""
    theirs = owned[field].reindex(compared[ENTITY]).array
    differs = pd.Series(compared[COMPARED + field].array != theirs, index=compared.index)
    for i in compared.index[differs.fillna(False).astype(bool)]:
        yield _difference(compared.loc[i], owned, ledger, year, field)


def _difference(row: pd.Series, owned: pd.DataFrame, ledger: Ledger, year: int, field: str) -> Finding:
    spec = ledger.field(field)
    entity = str(row[ENTITY])
    here, there = (_shown(value, ledger, field) for value in (row[COMPARED + field], owned.at[entity, field]))
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


def _vanished(standing: Standing, years: Sequence[int]) -> list[Finding]:
    """Rows that an earlier full file had and a later one lacks."""
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
        for year in years
        for ledger in standing.sent(year)
        for row in standing.folded(ledger, year).vanished[[SOURCE, ROW, ENTITY, UNIT]].to_dict("records")
    ]
