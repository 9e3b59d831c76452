"""Tables of all files of one update → the layers it would add, and what is wrong with them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from povplan.identity import Registry, identify
from povplan.ledger import HELD, Merged, merge
from povplan.lines import Note
from povplan.messages import Said, say
from povplan.model import ENTITY, FINDING_COLUMNS, ROW, SOURCE, UNIT, Source, column_letters
from povplan.spec import CodeList, Effect, Ledger, LedgerField, Severity
from povplan.store import Part
from povplan.store.values import Mode
from povplan.tables import TypedTable
from povplan.typed import suggestion

READING: Mapping[str, tuple[Severity, Effect]] = {
    "unreadable_number": ("error", "flag"),
    "not_whole": ("error", "flag"),
    "third_decimal": ("notice", "flag"),
    "unreadable_code": ("error", "flag"),
    "damaged_number": ("error", "flag"),
    "unreadable_date": ("error", "flag"),
    "unreadable_yes_no": ("error", "flag"),
    "unknown_code": ("error", "flag"),
    "error_cell": ("error", "flag"),
    "uncached_formula": ("error", "flag"),
    "total_differs": ("doubt", "flag"),
    "unknown_column": ("notice", "flag"),
    "misspelt_header": ("doubt", "flag"),
    "ambiguous_header": ("error", "flag"),
    "missing_column": ("doubt", "flag"),
    "unit_differs": ("doubt", "flag"),
    "no_key": ("error", "hold"),
    "unit_unknown": ("error", "hold"),
    "unit_new": ("doubt", "flag"),
    "duplicate_key": ("error", "hold"),
    "repeated_row": ("doubt", "flag"),
    "differs_elsewhere": ("doubt", "flag"),
    "year_differs": ("error", "hold"),
    "vanished": ("doubt", "flag"),
}
"""Severity and effect of what is found while reading and merging; rules of the ledgers state their own."""


@dataclass(frozen=True)
class ReadTable:
    """A typed table with the file it stands in."""

    table: TypedTable
    sha256: str
    file: str


@dataclass
class Gathered:
    """What one update brings: layers, the sheets they came from, what is wrong, what to compare."""

    parts: list[Part] = field(default_factory=list)
    sources: dict[int, Source] = field(default_factory=dict)
    findings: list[dict[str, Any]] = field(default_factory=list)
    compares: list[tuple[str, int, pd.DataFrame]] = field(default_factory=list)
    """(ledger, year, frame with ENTITY, marks and the compared fields)."""
    rows_read: Counter[tuple[str, int]] = field(default_factory=Counter)
    rows_repeated: Counter[tuple[str, int]] = field(default_factory=Counter)
    rows_beside: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Rows that wait behind the first of a contradicting key."""


@dataclass(frozen=True)
class Setting:
    """What gathering must know of workspace and command."""

    ledgers: Mapping[str, Ledger]
    codes: Mapping[str, CodeList]
    registry: Registry
    year: int | None
    mode: Mode


def gather(tables: Iterable[ReadTable], setting: Setting, first_source: int) -> Gathered:
    """Give every row its unit, key and year; merge rows of one key; say what is wrong with each."""
    gathered = Gathered()
    rows: dict[tuple[str, int, str], list[pd.DataFrame]] = {}
    for number, read in enumerate(tables, first_source):
        ledger = setting.ledgers[read.table.ledger]
        source = _source(number, read)
        gathered.sources[number] = source
        frame = identify(read.table.frame, ledger, setting.registry)
        frame[SOURCE] = pd.Series(number, index=frame.index, dtype="Int64")
        frame[ROW] = frame[ROW].astype("Int64")
        frame[HELD] = False
        _note_rows(frame, ledger, source, setting, gathered)
        _note_cells(read.table.notes, frame, ledger, source, setting, gathered)
        for year, part in _by_year(frame, ledger, setting):
            rows.setdefault((ledger.ledger, year, source.form), []).append(part)
            at = (ledger.ledger, year)
            gathered.rows_read[at] += len(part)
            if len(read.table.compare.columns):
                compare = read.table.compare.loc[part.index].assign(
                    **{m: part[m] for m in (ENTITY, SOURCE, ROW)}
                )
                gathered.compares.append((ledger.ledger, year, compare))
    for (name, year, form), frames in rows.items():
        _add_part(name, year, form, frames, setting, gathered)
    return gathered


def _source(number: int, read: ReadTable) -> Source:
    table = read.table
    return Source(number, read.sha256, read.file, table.sheet, table.form, table.ledger, dict(table.columns))


def _by_year(frame: pd.DataFrame, ledger: Ledger, setting: Setting) -> Iterator[tuple[int, pd.DataFrame]]:
    """The rows by the year they speak of: their own where the ledger has one, else the update's."""
    if "year" not in frame or frame["year"].isna().all() or setting.year is not None:
        if setting.year is not None:
            yield setting.year, frame.drop(columns="year", errors="ignore")
        return
    for year, part in frame.groupby("year", sort=True):
        yield int(str(year)), part.drop(columns="year")


def lacks_year(tables: Iterable[ReadTable]) -> bool:
    """Whether some rows state no year of their own, so that the command must."""
    return any(
        "year" not in read.table.frame or read.table.frame["year"].isna().any()
        for read in tables
        if len(read.table.frame)
    )


def _add_part(
    name: str, year: int, form: str, frames: Sequence[pd.DataFrame], setting: Setting, gathered: Gathered
) -> None:
    ledger = setting.ledgers[name]
    frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    merged = merge(frame, [field for field in ledger.names if field in frame])
    _note_merged(merged, ledger, year, gathered)
    gathered.rows_repeated[name, year] += len(merged.repeated)
    gathered.rows_beside[name, year] += len(merged.disagreeing) - merged.disagreeing[ENTITY].nunique()
    scope = tuple(dict.fromkeys(merged.frame[UNIT].dropna()))
    gathered.parts.append(Part(name, year, form, setting.mode, scope, merged.frame))


# ---- what is wrong, as findings --------------------------------------------------------------------


def finding(
    rule: str,
    said: Said,
    hint: Said,
    *,
    ledger: str,
    year: int | None,
    source: int | None,
    row: int | None = None,
    column: int | None = None,
    entity: str | None = None,
    unit: str | None = None,
    name: str | None = None,
    value: str = "",
) -> dict[str, Any]:
    """One finding of reading or merging as a record of FINDING_COLUMNS."""
    severity, effect = READING[rule]
    digest = hashlib.sha256(f"{rule}|{name}|{value}".encode()).hexdigest()[:16]
    values = (rule, severity, effect, ledger, entity, unit, year, name, source, row, column)
    words = (said.zh, said.en, hint.zh, hint.en, digest)
    return dict(zip(FINDING_COLUMNS, (*values, *words), strict=True))


def _note_cells(
    notes: Sequence[Note],
    frame: pd.DataFrame,
    ledger: Ledger,
    source: Source,
    setting: Setting,
    into: Gathered,
) -> None:
    if not notes:
        return
    rows = frame.set_index(ROW)
    entities, units = rows[ENTITY].to_dict(), rows[UNIT].to_dict()
    for note in notes:
        into.findings.append(
            note_finding(
                note,
                ledger,
                source,
                setting,
                entity=_or_none(entities.get(note.row)),
                unit=_or_none(units.get(note.row)),
            )
        )


def note_finding(
    note: Note,
    ledger: Ledger,
    source: Source,
    setting: Setting,
    entity: str | None = None,
    unit: str | None = None,
) -> dict[str, Any]:
    """What was noted of a cell or header while the sheet was read, as a finding."""
    spec = ledger.field(note.field) if note.field else None
    more = dict(note.more)
    near = more.get("suggestion") or (_near_code(note, spec, setting) if spec else None)
    if note.rule == "unknown_code":
        more["suggestion"] = ""
    said = _filled(f"note_{note.rule}", spec, shown=note.shown, **more)
    advice = say("suggestion", near=near) if near else say("no_suggestion")
    return finding(
        note.rule,
        said,
        _with(f"hint_{note.rule}", suggestion=advice),
        ledger=ledger.ledger,
        year=setting.year,
        source=source.id,
        row=note.row,
        column=note.column,
        entity=entity,
        unit=unit,
        name=note.field,
        value=note.shown,
    )


def _near_code(note: Note, spec: LedgerField, setting: Setting) -> str | None:
    if note.rule != "unknown_code" or not spec.codes:
        return None
    return suggestion(note.shown, setting.codes[spec.codes])


def _filled(key: str, spec: LedgerField | None, **values: str) -> Said:
    """A message with the field's label in each language."""
    zh = say(key, label=spec.label.zh if spec else "", **values).zh
    return Said(zh, say(key, label=spec.label.text("en") if spec else "", **values).en)


def _with(key: str, **said: Said) -> Said:
    """A message whose gaps are themselves sentences in two languages."""
    zh = say(key, **{name: value.zh for name, value in said.items()}).zh
    return Said(zh, say(key, **{name: value.en for name, value in said.items()}).en)


def _or_none(value: Any) -> Any:
    return None if value is None or value is pd.NA else value


def _note_rows(frame: pd.DataFrame, ledger: Ledger, source: Source, setting: Setting, into: Gathered) -> None:
    """Rows that cannot be placed: no key, a unit the county does not have, another year."""
    keyless = frame[ENTITY].isna()
    for i in frame.index[keyless]:
        wanted = dict.fromkeys(name for names in ledger.key for name in names)
        lacking = [name for name in wanted if name not in frame or frame[name].isna()[i]]
        shown = "、".join(ledger.field(n).label.zh for n in lacking[:3]) or ledger.label.zh
        said = say("note_no_key", shown=shown, thing=ledger.label.zh.removesuffix("台账"))
        into.findings.append(_row_finding("no_key", said, frame, i, ledger, source, setting))
    frame.loc[keyless, HELD] = True
    _note_units(frame, ledger, source, setting, into)
    if setting.year is not None and "year" in frame:
        other = frame["year"].notna() & (frame["year"] != setting.year)
        for i in frame.index[other.fillna(False)]:
            said = say("note_year_differs", shown=frame.at[i, "year"], year=setting.year)
            into.findings.append(
                _row_finding("year_differs", said, frame, i, ledger, source, setting, "year")
            )
        frame.loc[other.fillna(False), HELD] = True


def _note_units(
    frame: pd.DataFrame, ledger: Ledger, source: Source, setting: Setting, into: Gathered
) -> None:
    registry = setting.registry
    if not registry.paths:
        return
    known = set(registry.paths) | {path.rsplit("/", k)[0] for path in registry.paths for k in (1, 2)}
    strange = frame[UNIT].notna() & ~frame[UNIT].isin(known)
    rule = "unit_unknown" if registry.closed else "unit_new"
    name = ledger.placed("village") or ledger.placed("township")
    for i in frame.index[strange]:
        near = registry.nearest(str(frame.at[i, UNIT]))
        said = say(f"note_{rule}", shown=frame.at[i, UNIT])
        advice = say("suggestion", near=near) if near else say("no_suggestion")
        into.findings.append(_row_finding(rule, said, frame, i, ledger, source, setting, name, advice))
    if registry.closed:
        frame.loc[strange, HELD] = True


def _row_finding(
    rule: str,
    said: Said,
    frame: pd.DataFrame,
    i: Any,
    ledger: Ledger,
    source: Source,
    setting: Setting,
    name: str | None = None,
    advice: Said | None = None,
) -> dict[str, Any]:
    hint = _with(f"hint_{rule}", suggestion=advice) if advice else say(f"hint_{rule}")
    return finding(
        rule,
        said,
        hint,
        ledger=ledger.ledger,
        year=setting.year,
        source=source.id,
        row=int(str(frame.at[i, ROW])),
        column=source.columns.get(name) if name else None,
        entity=_or_none(frame.at[i, ENTITY]),
        unit=_or_none(frame.at[i, UNIT]),
        name=name,
        value=said.zh,
    )


def _note_merged(merged: Merged, ledger: Ledger, year: int, into: Gathered) -> None:
    """Rows of one key that contradict each other, and rows said twice."""
    thing = ledger.label.zh.removesuffix("台账")
    for rule, rows in (("duplicate_key", merged.disagreeing), ("repeated_row", merged.repeated)):
        if not len(rows):
            continue
        firsts = merged.frame.set_index(ENTITY)
        for entity, group in rows.groupby(ENTITY, sort=False):
            others = group if rule == "duplicate_key" else firsts.loc[[entity]]
            places = "，".join(_place(row, into) for row in others[[SOURCE, ROW]].itertuples(index=False))
            said = say(f"note_{rule}", thing=thing, places=places)
            for source, row, unit in group[[SOURCE, ROW, UNIT]].itertuples(index=False):
                if rule == "repeated_row" and (firsts.at[entity, SOURCE] != source):
                    continue  # the same row in two files merges silently
                into.findings.append(
                    finding(
                        rule,
                        said,
                        say(f"hint_{rule}"),
                        ledger=ledger.ledger,
                        year=year,
                        source=int(source),
                        row=int(row),
                        entity=str(entity),
                        unit=_or_none(unit),
                        value=places,
                    )
                )


def _place(row: Any, gathered: Gathered) -> str:
    source = gathered.sources[int(row[0])]
    return f"{source.file} {source.sheet}!{row[1]}"


def address(source: Source, row: int | None, column: int | None) -> str:
    """`D18`, or `18` for a whole row."""
    if row is None:
        return ""
    return f"{column_letters(column)}{row}" if column else str(row)
