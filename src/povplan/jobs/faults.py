"""What is wrong with sheets, rows and cells as they are read and merged, as findings in words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from povplan.identity import Registry
from povplan.ledger import NAMELESS, Merged
from povplan.messages import Said, say
from povplan.model import ENTITY, FINDING_COLUMNS, ROW, SOURCE, UNIT, Source
from povplan.reading.lines import Note
from povplan.reading.templates import Filled
from povplan.reading.typed import suggestion
from povplan.spec import CodeList, Effect, Ledger, LedgerField, Severity

YEAR = "_year"
"""The year a row speaks of, while rows of several years are together."""
Finding = dict[str, Any]

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
    "not_a_row": ("notice", "flag"),
    "unknown_column": ("notice", "flag"),
    "other_time": ("notice", "flag"),
    "nameless_column": ("doubt", "flag"),
    "other_table": ("error", "flag"),
    "table_beside": ("error", "flag"),
    "misspelt_header": ("doubt", "flag"),
    "ambiguous_header": ("error", "flag"),
    "missing_column": ("doubt", "flag"),
    "unit_differs": ("doubt", "flag"),
    "unit_unsure": ("doubt", "flag"),
    "money_unit_unsure": ("doubt", "flag"),
    "money_unit_unstated": ("doubt", "flag"),
    "money_units_contradict": ("doubt", "flag"),
    "no_key": ("error", "hold"),
    "no_unit": ("error", "hold"),
    "no_scope": ("error", "hold"),
    "likely_total": ("error", "hold"),
    "no_village": ("error", "hold"),
    "no_year": ("error", "hold"),
    "unit_unknown": ("error", "hold"),
    "unit_new": ("doubt", "flag"),
    "duplicate_key": ("error", "hold"),
    "repeated_row": ("doubt", "flag"),
    "differs_elsewhere": ("doubt", "flag"),
    "year_differs": ("error", "hold"),
    "vanished": ("doubt", "flag"),
    "absent_kept": ("doubt", "flag"),
    "village_refused": ("error", "hold"),
    "amendment_unknown": ("error", "flag"),
    "amendment_key": ("error", "flag"),
    "amendment_unreadable": ("error", "flag"),
    "amendment_lost": ("doubt", "flag"),
    "amendment_contradicts": ("error", "flag"),
    "waiver_unknown": ("error", "flag"),
    "waiver_expired": ("doubt", "flag"),
    "waiver_idle": ("notice", "flag"),
    "answer_unknown": ("doubt", "flag"),
    "answer_not_mended": ("doubt", "flag"),
    "template_contradicts": ("error", "hold"),
    "template_misread": ("error", "hold"),
    "template_older": ("doubt", "flag"),
    "template_unit": ("error", "hold"),
    "older_base": ("doubt", "flag"),
    "event_unknown": ("error", "flag"),
    "event_contradicted": ("doubt", "flag"),
    "event_suggested": ("doubt", "flag"),
    "left_unexplained": ("doubt", "flag"),
    "joined_unexplained": ("doubt", "flag"),
    "unit_change_unknown": ("error", "flag"),
    "unit_change_weights": ("error", "flag"),
    "unit_change_chain": ("doubt", "flag"),
    "unit_unmapped": ("doubt", "flag"),
}
"""Severity and effect of what is found while reading and merging; rules of the ledgers state their own."""


REMEMBERED = frozenset(
    {"waiver_unknown", "waiver_expired", "waiver_idle", "answer_unknown", "answer_not_mended"}
)
"""Those of waivers and answers: found anew in every batch, whatever years it touches."""
STANDING = REMEMBERED | {
    "vanished", "differs_elsewhere", "amendment_unknown", "amendment_key", "amendment_unreadable",
    "amendment_lost", "amendment_contradicts", "event_unknown", "event_contradicted", "event_suggested",
    "left_unexplained", "joined_unexplained", "unit_change_unknown", "unit_change_weights",
    "unit_change_chain", "unit_unmapped",
}  # fmt: skip
"""Those of them that only the whole ledger can tell, whatever sheet was sent last."""


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
) -> Finding:
    """One finding of reading or merging as a record of FINDING_COLUMNS; `value` is what its digest sees."""
    severity, effect = READING[rule]
    digest = hashlib.sha256(f"{rule}|{name}|{value}".encode()).hexdigest()[:16]
    values = (rule, severity, effect, ledger, entity, unit, year, name, source, row, column)
    words = (said.zh, said.en, hint.zh, hint.en, digest)
    return dict(zip(FINDING_COLUMNS, (*values, *words), strict=True))


@dataclass(frozen=True, eq=False)
class Sheet:
    """The rows of one table with their marks and YEAR, and what they belong to."""

    frame: pd.DataFrame
    ledger: Ledger
    source: Source

    def at(self, rule: str, said: Said, hint: Said, i: Any, name: str | None, value: str) -> Finding:
        """A finding of row `i`, at the cell of the field `name`."""
        row = self.frame.loc[i]
        return finding(
            rule,
            said,
            hint,
            ledger=self.ledger.ledger,
            year=_or_none(row[YEAR]),
            source=self.source.id,
            row=self.source.row(int(row[ROW]), name),
            column=self.source.columns.get(name) if name else None,
            entity=_named(row[ENTITY]),
            unit=_or_none(row[UNIT]),
            name=name,
            value=value,
        )


# ---- cells and headers -----------------------------------------------------------------------------


def _in(key: str, **said: Said) -> Said:
    """The message with another in its gap, each language with its own words."""
    zh, en = ({name: one.text(lang) for name, one in said.items()} for lang in ("zh", "en"))
    return Said(say(key, **zh).zh, say(key, **en).en)


def _scopes(ledger: Ledger, name: str | None) -> bool:
    return name is not None and name in ledger.names and ledger.field(name).scopes


def cells(sheet: Sheet, notes: Sequence[Note], codes: Mapping[str, CodeList]) -> Iterator[Finding]:
    """What was noted of cells and headers while the sheet was read."""
    if not notes:
        return
    rows = sheet.frame.set_index(ROW)
    newest = _or_none(sheet.frame[YEAR].max())
    for note in notes:
        at = rows.index[0] if sheet.source.rows and len(rows) else note.row
        known = rows.loc[at] if at in rows.index else {ENTITY: None, UNIT: None, YEAR: newest}
        said, hint = _words(note, sheet.ledger, codes)
        scopeless = at in rows.index and _scopes(sheet.ledger, note.field) and pd.isna(known[str(note.field)])
        if scopeless:
            said, hint = _in("note_no_scope", cell=said), _in("hint_no_scope", hint=hint)
        yield finding(
            "no_scope" if scopeless else note.rule,
            said,
            hint,
            ledger=sheet.ledger.ledger,
            year=_or_none(known[YEAR]),
            source=sheet.source.id,
            row=note.row,
            column=note.column,
            entity=_named(known[ENTITY]),
            unit=_or_none(known[UNIT]),
            name=note.field,
            value=note.shown,
        )


def _words(note: Note, ledger: Ledger, codes: Mapping[str, CodeList]) -> tuple[Said, Said]:
    """Message and hint of a note."""
    spec = ledger.field(note.field) if note.field else None
    more = dict(note.more)
    near = more.get("suggestion")
    if note.rule == "unknown_code":
        more["suggestion"] = ""
        near = suggestion(note.shown, codes[spec.codes]) if spec and spec.codes else None
    said = _labelled(f"note_{note.rule}", spec, shown=_showable(note.shown, ledger), **more)
    return said, _advised(note.rule, near)


_NAME = re.compile(r"^[\u3400-\u9fff]{2,4}$|^[\u3400-\u9fff]+·[\u3400-\u9fff·]+$")
_NUMBER = re.compile(r"\d{11}")


def _showable(text: str, ledger: Ledger) -> str:
    """A cell's text, unless columns have slipped and it may be somebody's name, number or telephone.

    What is a header of the ledger is nobody's name.
    """
    plain = text.strip()
    if any(plain in (field.label.zh, *field.aliases) for field in ledger.fields):
        return text
    if _NUMBER.search(plain) or (ledger.holds_persons and _NAME.match(plain)):
        return "***"
    return text


def _labelled(key: str, spec: LedgerField | None, **values: str) -> Said:
    """A message with the field's label in each language."""
    zh = say(key, label=spec.label.zh if spec else "", **values).zh
    return Said(zh, say(key, label=spec.label.text("en") if spec else "", **values).en)


def _advised(rule: str, near: str | None) -> Said:
    """The rule's hint, with the nearest right name if there is one."""
    advice = say("suggestion", near=near) if near else Said("", "")
    key = f"hint_{rule}"
    return Said(say(key, suggestion=advice.zh).zh, say(key, suggestion=advice.en).en)


# ---- rows ------------------------------------------------------------------------------------------


def no_key(sheet: Sheet, rows: pd.Series) -> Iterator[Finding]:
    """Rows of which nobody can tell whose they are."""
    ledger, frame = sheet.ledger, sheet.frame
    wanted = dict.fromkeys(name for names in ledger.key for name in names)
    for i in frame.index[rows]:
        lacking = [name for name in wanted if name not in frame or frame[name].isna()[i]]
        labels = [ledger.field(name).label for name in lacking[:3]] or [ledger.label]
        zh = say("note_no_key", shown="、".join(label.zh for label in labels), thing=thing(ledger)).zh
        en = say("note_no_key", shown=", ".join(label.text("en") for label in labels), thing="").en
        yield sheet.at("no_key", Said(zh, en), say("hint_no_key"), i, None, str(frame.at[i, ENTITY]))


def no_unit(sheet: Sheet, rows: pd.Series) -> Iterator[Finding]:
    """Rows that name no unit, or one that cannot be told from its namesake."""
    name = sheet.ledger.placed("village") or sheet.ledger.placed("township")
    for i in sheet.frame.index[rows]:
        yield sheet.at("no_unit", say("note_no_unit"), say("hint_no_unit"), i, name, "")


def likely_total(sheet: Sheet, rows: pd.Series) -> Iterator[Finding]:
    """Rows whose village bears the name of its township or county: most likely a sum."""
    name = sheet.ledger.placed("village")
    for i in sheet.frame.index[rows]:
        shown = str(sheet.frame.at[i, UNIT])
        said = say("note_likely_total", shown=shown.rsplit("/", 1)[-1])
        yield sheet.at("likely_total", said, say("hint_likely_total"), i, name, shown)


def no_village(sheet: Sheet, rows: pd.Series) -> Iterator[Finding]:
    """Rows of a sheet of units that name none: what they say here waits with the rest of the row."""
    for i in sheet.frame.index[rows]:
        yield sheet.at("no_village", say("note_no_village"), say("hint_no_village"), i, None, "")


def other_year(sheet: Sheet, rows: pd.Series, stated: pd.Series) -> Iterator[Finding]:
    """Rows of another year than the one that the command or the folder gives the sheet."""
    for i in sheet.frame.index[rows]:
        said = say("note_year_differs", shown=stated[i], year=sheet.frame.at[i, YEAR])
        yield sheet.at("year_differs", said, say("hint_year_differs"), i, "year", f"{stated[i]}")


def no_year(sheet: Sheet, rows: pd.Series, stated: pd.Series) -> Iterator[Finding]:
    """Rows without a year, or with one that cannot be, among others that have theirs."""
    for i in sheet.frame.index[rows]:
        shown = "" if pd.isna(stated[i]) else str(stated[i])
        said = say("note_no_year_odd", shown=shown) if shown else say("note_no_year")
        yield sheet.at(
            "no_year", said, say("hint_no_year"), i, "year", shown + str(sheet.frame.at[i, ENTITY])
        )


def of_template(sheet: Sheet, template: Filled) -> Iterator[Finding]:
    """What is wrong with a template as a whole, told once for the sheet."""
    if not len(sheet.frame):
        return
    misread = [name for name in template.misread if name in sheet.frame]
    labels = "、".join(sheet.ledger.field(name).label.zh for name in misread)
    told = {
        "template_contradicts": template.contradicts,
        "template_older": template.differs,
        "template_misread": say("note_template_misread", labels=labels) if misread else None,
    }
    for rule, said in told.items():
        if said:
            yield finding(
                rule,
                said,
                say(f"hint_{rule}"),
                ledger=sheet.ledger.ledger,
                year=template.stamp.year,
                source=sheet.source.id,
                row=1,
                column=1,
                value=said.zh,
            )


def outside_template(sheet: Sheet, rows: pd.Series, own: str) -> Iterator[Finding]:
    """Rows of another unit than the one that a template was made for."""
    name = sheet.ledger.placed("village") or sheet.ledger.placed("township")
    for i in sheet.frame.index[rows]:
        shown = str(sheet.frame.at[i, UNIT])
        said = say("note_template_unit", shown=shown, own=own)
        yield sheet.at("template_unit", said, say("hint_template_unit"), i, name, shown)


def strange_units(sheet: Sheet, rule: str, rows: pd.Series, registry: Registry) -> Iterator[Finding]:
    """Rows of a unit that the county does not have, or that its ledger never had."""
    name = sheet.ledger.placed("village") or sheet.ledger.placed("township")
    nearest = cache(registry.nearest)
    for i, unit in sheet.frame.loc[rows, UNIT].items():
        said = say(f"note_{rule}", shown=unit)
        yield sheet.at(rule, said, _advised(rule, nearest(str(unit))), i, name, str(unit))


# ---- rows of one key -------------------------------------------------------------------------------


def merged(
    found: Merged, ledger: Ledger, year: int, fields: Sequence[str], sources: Mapping[int, Source]
) -> Iterator[Finding]:
    """Rows of one key that contradict each other, and rows said twice in one sheet."""
    yield from _told("duplicate_key", found.disagreeing, found.disagreeing, ledger, year, fields, sources)
    first = found.frame.set_index(ENTITY)
    same = first[SOURCE].reindex(found.repeated[ENTITY]).to_numpy() == found.repeated[SOURCE].to_numpy()
    again = found.repeated[pd.Series(same, index=found.repeated.index).fillna(False).astype(bool)]
    yield from _told("repeated_row", again, found.frame, ledger, year, fields, sources)


def _told(
    rule: str,
    rows: pd.DataFrame,
    others: pd.DataFrame,
    ledger: Ledger,
    year: int,
    fields: Sequence[str],
    sources: Mapping[int, Source],
) -> Iterator[Finding]:
    """A finding for each of `rows`, which names all `others` of its key."""
    beside = dict(list(others[others[ENTITY].isin(rows[ENTITY])].groupby(ENTITY)))
    for entity, group in rows.groupby(ENTITY, sort=False):
        places = _places(beside[entity], sources)
        zh = say(f"note_{rule}", thing=thing(ledger), places="，".join(places)).zh
        en = say(f"note_{rule}", thing=ledger.label.text("en").lower(), places=", ".join(places)).en
        value = group[list(fields)].to_csv(index=False)
        for source, row, unit in group[[SOURCE, ROW, UNIT]].itertuples(index=False):
            yield finding(
                rule,
                Said(zh, en),
                say(f"hint_{rule}"),
                ledger=ledger.ledger,
                year=year,
                source=int(source),
                row=int(row),
                entity=_named(entity),
                unit=_or_none(unit),
                value=value,
            )


def _places(rows: pd.DataFrame, sources: Mapping[int, Source]) -> list[str]:
    at: Iterable[tuple[Any, Any]] = rows[[SOURCE, ROW]].itertuples(index=False)
    return [f"{sources[int(s)].file} {sources[int(s)].sheet}!{row}" for s, row in at]


def thing(ledger: Ledger) -> str:
    """What one row of the ledger is, in Chinese: 农户基础台账 → 农户基础."""
    return ledger.label.zh.removesuffix("台账")


def _named(entity: Any) -> str | None:
    """The entity, if it is one; a row without a key has only a stand-in."""
    known = _or_none(entity)
    return None if known is None or str(known).startswith(NAMELESS) else str(known)


def _or_none(value: Any) -> Any:
    return None if pd.isna(value) else value
