"""Tables of all files of one update → the layers it would add, and what is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from povplan.deviations.life import CORRECTION
from povplan.errors import PovplanError
from povplan.identity import AREA_LEDGERS, Registry, identify, nameless, place
from povplan.jobs import faults
from povplan.jobs.faults import READING, YEAR, Finding, Sheet
from povplan.ledger import COMPARED, HELD, NAMELESS, is_nameless, merge
from povplan.memory.registers import ANSWER_LEDGER
from povplan.messages import say
from povplan.model import ENTITY, ROW, SOURCE, UNIT, Source
from povplan.reading.lines import Note
from povplan.reading.tables import TypedTable
from povplan.reading.templates import Filled
from povplan.spec import LEVELS, CodeList, Ledger
from povplan.store import Part
from povplan.store.values import Mode

__all__ = [
    "PLAUSIBLE",
    "READING",
    "Gathered",
    "ReadTable",
    "Setting",
    "founded",
    "gather",
    "row_years",
    "undated",
]

PLAUSIBLE = (1949, 2100)
"""Years that a row may speak of; another one is a slip of the pen."""
FILLED_IN_TURN = (ANSWER_LEDGER, CORRECTION)
"""Ledgers of which a file never speaks for all: village and county, decision and completion come in turn."""
FILED_LATER = (CORRECTION,)
"""Ledgers whose rows name the year of what they speak of, and are kept under that in which they are filed."""


@dataclass(frozen=True)
class ReadTable:
    """A typed table with the file it stands in, and the year that command or folder give the file."""

    table: TypedTable
    sha256: str
    file: str
    year: int | None = None
    template: Filled | None = None
    """What the sheet says of itself, where povplan made it."""
    titled: int | None = None
    """The year that its title and nearly all its rows name, where nobody gives one: another is a slip."""

    @property
    def at(self) -> tuple[str, str]:
        """The file and the sheet."""
        return self.file, self.table.sheet


@dataclass
class Gathered:
    """What one update brings: layers, the sheets they came from, and what is wrong with them."""

    parts: list[Part] = field(default_factory=list)
    sources: dict[int, Source] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    years: dict[str, set[int]] = field(default_factory=dict)
    """SHA-256 of a file → the years its rows speak of."""
    rows_read: Counter[tuple[str, int]] = field(default_factory=Counter)
    rows_repeated: Counter[tuple[str, int]] = field(default_factory=Counter)
    rows_beside: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Rows that wait behind the first of a contradicting key."""
    new_units: set[str] = field(default_factory=set)
    """Units never reported before, each said once."""
    templates: dict[int, Filled] = field(default_factory=dict)
    """Source → the template it is."""


@dataclass(frozen=True)
class Setting:
    """What gathering must know of workspace and command."""

    ledgers: Mapping[str, Ledger]
    codes: Mapping[str, CodeList]
    registry: Registry
    mode: Mode


def gather(tables: Iterable[ReadTable], setting: Setting, first_source: int) -> Gathered:
    """Give every row its unit, key and year; merge rows of one key; say what is wrong with each."""
    gathered = Gathered()
    rows: dict[tuple[str, int, str], list[pd.DataFrame]] = {}
    sheets = []
    for number, read in enumerate(tables, first_source):
        sheets.append(sheet := _placed(read, number, setting, gathered))
        gathered.sources[number] = sheet.source
        if read.template:
            gathered.templates[number] = read.template
    _hold_with_villages(sheets, gathered)
    for sheet in sheets:
        for key, part in sheet.frame.groupby(YEAR, sort=True):
            year = int(str(key))
            rows.setdefault((sheet.ledger.ledger, year, sheet.source.form), []).append(part)
            gathered.years.setdefault(sheet.source.sha256, set()).add(year)
    for (name, year, form), frames in rows.items():
        _add_parts(setting.ledgers[name], year, form, frames, setting, gathered)
    return gathered


def founded(tables: Iterable[ReadTable], ledgers: Mapping[str, Ledger], registry: Registry) -> Registry:
    """The list of units that a first submission founds, in the first spelling of its village ledger."""
    for read in sorted(tables, key=lambda read: ledgers[read.table.ledger].level != "village"):
        for unit in place(read.table.frame, ledgers[read.table.ledger], registry).dropna().unique():
            county, township, village = _names(unit)
            is_whole = village in (county, township) and bool(village)
            known = registry.find(county, township, village) in registry.paths
            if not known and not is_whole and not registry.is_foreign(unit):
                registry = registry.joined_by(unit)
    return registry


def _names(path: str) -> tuple[str, str, str]:
    county, township, village = (*path.split("/"), "", "")[:3]
    return county, township, village


def undated(tables: Iterable[ReadTable]) -> list[str]:
    """The files with a table of whose year neither its rows, nor command or folder, say anything."""
    return list(
        dict.fromkeys(
            read.file
            for read in tables
            if read.year is None and len(read.table.frame) and not _plausible(_stated(read)).any()
        )
    )


def _placed(read: ReadTable, number: int, setting: Setting, into: Gathered) -> Sheet:
    """The table's rows with unit, key and year; those that cannot be placed are held, and it is said why."""
    ledger, table = setting.ledgers[read.table.ledger], read.table
    source = Source(
        number,
        read.sha256,
        read.file,
        table.sheet,
        table.form,
        ledger.ledger,
        dict(table.columns),
        dict(table.rows),
    )
    frame = identify(table.frame, ledger, setting.registry)
    _demand_county(frame, ledger, setting.registry, read)
    stated = _stated(read)
    marks: dict[str, Any] = {
        SOURCE: pd.Series(number, index=frame.index, dtype="Int64"),
        ROW: frame[ROW].astype("Int64"),
        YEAR: row_years(read),
        HELD: False,
        **{COMPARED + str(name): values for name, values in table.compare.items()},
    }
    frame = frame.drop(columns="year", errors="ignore").assign(**marks)
    return _held(Sheet(frame, ledger, source), stated, read, setting, into)


def _held(sheet: Sheet, stated: pd.Series, read: ReadTable, setting: Setting, into: Gathered) -> Sheet:
    """The sheet with the rows held that have no key, no unit, one unknown to the county, or another year."""
    frame, ledger, registry = sheet.frame, sheet.ledger, setting.registry
    keyless = frame[ENTITY].isna()
    later = read.year is not None and ledger.ledger in FILED_LATER
    dated = frame[YEAR] if later else stated
    misdated = (dated != frame[YEAR]).fillna(read.year is None).astype(bool)
    outside, unsure = _not_of_template(frame, read.template, registry)
    nobodys = keyless | misdated | outside | unsure
    if nobodys.any():
        frame[ENTITY] = frame[ENTITY].mask(nobodys, NAMELESS + nameless(frame, ledger.names))
    placeless = frame[UNIT].isna() & ~keyless if _names_places(frame, ledger) else keyless & False
    strange = _strange(frame[UNIT], registry)
    foreign = strange if registry.closed else _foreign(frame[UNIT], registry)
    summing = _named_as_a_whole(frame[UNIT])
    scopeless = _scopeless(frame, ledger, read.table.notes)
    frame[HELD] = nobodys | placeless | foreign | summing | scopeless
    new = strange & ~foreign & ~summing & ~frame[UNIT].isin(into.new_units) & ~frame[UNIT].duplicated()
    into.new_units |= set(frame.loc[new, UNIT])
    stray = misdated & (stated.notna() if read.titled else read.year is not None)
    into.findings += [
        *faults.no_key(sheet, keyless),
        *faults.no_unit(sheet, placeless),
        *faults.likely_total(sheet, summing),
        *faults.other_year(sheet, stray, stated),
        *faults.no_year(sheet, misdated & ~stray, stated),
        *(faults.of_template(sheet, read.template) if read.template else ()),
        *faults.outside_template(sheet, outside, read.template.stamp.unit if read.template else ""),
        *faults.strange_units(sheet, "unit_unknown", foreign, registry),
        *faults.strange_units(sheet, "unit_new", new, registry),
        *faults.cells(sheet, read.table.notes, setting.codes),
    ]
    return sheet


def _hold_with_villages(sheets: Sequence[Sheet], into: Gathered) -> None:
    """Hold what a row says of other ledgers where the same sheet speaks of units and the row names none.

    Most likely it is a subtotal: its money would be counted twice.
    """
    unnamed: dict[tuple[str, str], set[int]] = {}
    for sheet in sheets:
        if sheet.ledger.level in AREA_LEDGERS:
            rows = sheet.frame.loc[is_nameless(sheet.frame), ROW]
            unnamed.setdefault((sheet.source.sha256, sheet.source.sheet), set()).update(rows)
    told: dict[tuple[str, str], set[int]] = {}
    for sheet in sheets:
        of = (sheet.source.sha256, sheet.source.sheet)
        at, frame = unnamed.get(of), sheet.frame
        if not at or sheet.ledger.level in AREA_LEDGERS:
            continue
        waits = frame[ROW].isin(at).astype(bool) & ~frame[HELD].astype(bool)
        if not waits.any():
            continue
        frame[ENTITY] = frame[ENTITY].mask(waits, NAMELESS + nameless(frame, sheet.ledger.names))
        frame[HELD] |= waits
        said = told.setdefault(of, set())
        first = waits & ~frame[ROW].duplicated() & ~frame[ROW].isin(said)
        into.findings += faults.no_village(sheet, first)
        said.update(frame.loc[first, ROW])


def _scopeless(frame: pd.DataFrame, ledger: Ledger, notes: Sequence[Note]) -> pd.Series:
    """Rows that say which units they speak of in a cell that could not be read."""
    found = pd.Series(False, index=frame.index)
    for name in (one.id for one in ledger.fields if one.scopes and one.id in frame):
        found |= frame[name].isna() & frame[ROW].isin([note.row for note in notes if note.field == name])
    return found


def _not_of_template(
    frame: pd.DataFrame, template: Filled | None, registry: Registry
) -> tuple[pd.Series, pd.Series]:
    """Rows of another unit than the template is for; rows that it cannot vouch for.

    They may not speak for any village: what a mixed-up file lacks has not vanished.
    """
    none = pd.Series(False, index=frame.index)
    if template is None:
        return none, none
    known = [name for name in template.misread if name in frame]
    unsure = frame[known].notna().any(axis=1) if known else none
    names = (*template.stamp.unit.split("/"), "", "")[:3]
    own = registry.find(*names) or template.stamp.unit
    units = frame[UNIT].fillna(own)
    inside = (units == own) | units.str.startswith(f"{own}/") if own else ~none
    if template.contradicts:
        return none, ~none
    return ~inside.astype(bool), unsure


def _demand_county(frame: pd.DataFrame, ledger: Ledger, registry: Registry, read: ReadTable) -> None:
    """Townships of no county would pass for counties: without any word on it the run stops."""
    if registry.default_county or not len(frame) or frame[UNIT].notna().any():
        return
    if ledger.level in AREA_LEDGERS or _names_places(frame, ledger):
        county = ledger.placed("county")
        if county not in frame or frame[county].isna().all():
            raise PovplanError(say("county_missing", name=read.file, sheet=read.table.sheet))


def _names_places(frame: pd.DataFrame, ledger: Ledger) -> bool:
    """Whether the sheet has a column that names units; one that leans on another ledger has none."""
    return any(ledger.placed(place) in frame for place in (*LEVELS, "code"))  # type: ignore[arg-type]


def _strange(units: pd.Series, registry: Registry) -> pd.Series:
    """Rows of a unit that is not known; nothing is, before the first submission."""
    paths = registry.paths
    known = {*paths, *("/".join(path.split("/")[:depth]) for path in paths for depth in (1, 2))}
    return units.notna() & ~units.isin(known) if paths else units.notna() & False


def _named_as_a_whole(units: pd.Series) -> pd.Series:
    """Rows of a village that bears the name of its township or county."""
    paths = {str(unit): str(unit).split("/") for unit in units.dropna().unique()}
    return units.isin({path for path, names in paths.items() if len(names) > 2 and names[2] in names[:2]})


def _foreign(units: pd.Series, registry: Registry) -> pd.Series:
    """Rows of a unit outside the county that the workspace declares."""
    abroad = {unit for unit in units.dropna().unique() if registry.is_foreign(unit)}
    return units.isin(abroad)


# ---- years -----------------------------------------------------------------------------------------


def _stated(read: ReadTable) -> pd.Series:
    """The year each row states itself."""
    frame = read.table.frame
    return frame["year"] if "year" in frame else pd.Series(pd.NA, index=frame.index, dtype="Int64")


def row_years(read: ReadTable) -> pd.Series:
    """The year each row of a table is put under."""
    return _years(_stated(read), read.year or read.titled)


def _plausible(years: pd.Series) -> pd.Series:
    return years.between(*PLAUSIBLE).fillna(False).astype(bool)


def _years(stated: pd.Series, given: int | None) -> pd.Series:
    """The year each row is put under: the one given, else its own; where it has none, the table's last."""
    if given is not None:
        return pd.Series(given, index=stated.index, dtype="Int64")
    known = stated.where(_plausible(stated))
    return known.fillna(known.max()) if known.notna().any() else known


# ---- layers ----------------------------------------------------------------------------------------


def _add_parts(
    ledger: Ledger, year: int, form: str, frames: Sequence[pd.DataFrame], setting: Setting, into: Gathered
) -> None:
    """The rows of one ledger, year and form as a layer, and one more for rows that fill its blanks."""
    name = ledger.ledger
    frame = pd.concat(frames, ignore_index=True).drop(columns=YEAR)
    places = {ledger.placed(place) for place in (*LEVELS, "code")}  # type: ignore[arg-type]
    fields = [field for field in ledger.names if field in frame and field not in places]
    merged = merge(frame, fields)
    into.findings += faults.merged(merged, ledger, year, fields, into.sources)
    into.rows_read[name, year] += len(frame)
    into.rows_repeated[name, year] += len(merged.repeated)
    into.rows_beside[name, year] += len(merged.disagreeing) - merged.disagreeing[ENTITY].nunique()
    scope = tuple(dict.fromkeys(frame.loc[~is_nameless(frame), UNIT].dropna().unique()))
    mode: Mode = "partial" if name in FILLED_IN_TURN else setting.mode
    into.parts.append(Part(name, year, form, mode, scope, merged.frame))
    into.parts += [Part(name, year, form, "partial", (), rows) for rows in merged.more]
