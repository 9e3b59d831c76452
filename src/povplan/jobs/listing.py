"""`list`: a name list of one ledger's rows of a year. Read only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from povplan.jobs.asking import Asked, condition, field_named, names_in, rows_of, stage_of
from povplan.jobs.checking import stored_findings
from povplan.jobs.differing import MASK, hides_entities
from povplan.lists import Key, column, figures, ordered, select, totals, usual_fields
from povplan.memory import is_open
from povplan.model import ENTITY, UNIT
from povplan.spec import Ledger, LedgerField, hidden_fields

GRAVE = ("doubt", "error")


@dataclass(frozen=True, eq=False)
class NameList:
    """Rows of a ledger in the order of the list, with the fields it shows; persons in full."""

    asked: Asked
    fields: tuple[LedgerField, ...]
    frame: pd.DataFrame
    """The rows listed, as the ledger has them."""
    matched: int
    """Rows for which the condition holds; more than are listed where a limit was set."""
    unknown: int
    totals: dict[str, Any]
    """Additive field → sum over all rows that match, money in yuan; None where nothing is known."""
    subtotals: dict[str, Any]
    """The same over the rows listed; those of the totals where no limit was set."""
    unadded: tuple[LedgerField, ...] = ()
    """Amounts not totalled because they are of several stages."""


def name_list(
    asked: Asked, fields: str | None = None, sort: str | None = None, limit: int | None = None
) -> NameList:
    """The rows asked for. `fields` and `sort` are lists of names, `-name` sorting downward."""
    standing, ledger = asked.standing, asked.ledger
    where = condition(standing, ledger, asked.where)
    wanted = [field_named(ledger, name) for name in names_in(fields or "")]
    keys = [_key(ledger, name) for name in names_in(sort or "")]
    rows = rows_of(standing, ledger, asked.year)
    selection = select(rows, where, asked.unit)
    positions = ordered(rows, standing.tree(asked.year), selection.chosen, keys, standing.config.codes)
    whole = rows.frame.iloc[positions].reset_index(drop=True)
    frame = whole.head(len(whole) if limit is None else limit)
    shown = wanted or usual_fields(ledger, rows.frame, where.fields if where else ())
    once = tuple({field.id: field for field in shown}.values())
    unadded = _several_stages(whole, ledger, once)
    added = [field for field in once if field not in unadded]
    sums, parts = totals(whole, added), totals(frame, added)
    return NameList(asked, once, frame, len(whole), selection.unknown, sums, parts, unadded)


def is_cut(listed: NameList) -> bool:
    """Whether a limit left out rows that match."""
    return len(listed.frame) < listed.matched


def is_totalled(listed: NameList) -> bool:
    """Whether there is anything to add up."""
    return any(total is not None for total in listed.totals.values())


def _key(ledger: Ledger, name: str) -> Key:
    descending = name[0] in "-－−"
    return Key(field_named(ledger, name[1:] if descending else name), descending)


def _several_stages(
    frame: pd.DataFrame, ledger: Ledger, fields: Sequence[LedgerField]
) -> tuple[LedgerField, ...]:
    stage = stage_of(ledger)
    if stage is None or column(frame, stage).nunique() < 2:
        return ()
    return tuple(field for field in fields if field.type == "money" and field.additive)


def flagged(listed: NameList) -> pd.Series:
    """Whether each row listed has an error or a doubt in the findings of the last batch."""
    standing, asked = listed.asked.standing, listed.asked
    findings = stored_findings(standing)
    own = (findings["ledger"] == asked.ledger.ledger) & (findings["year"] == asked.year)
    open_ = findings["severity"].isin(GRAVE) & is_open(findings)
    grave = findings.loc[own & open_, "entity"].dropna()
    return listed.frame[ENTITY].isin(grave)


def masked(listed: NameList) -> pd.DataFrame:
    """The rows as they may be shown: keys of households and persons by pseudonym, all else of them as ***."""
    ledger, workspace = listed.asked.ledger, listed.asked.standing.workspace
    ledgers = listed.asked.standing.config.ledgers
    keys = set(ledger.links.values())
    if ledger.holds_persons:
        keys |= {names[0] for names in ledger.key if len(names) == 1}
    frame = listed.frame
    for name in hidden_fields(ledger, ledgers) & {one.id for one in listed.fields} & set(frame):
        known = frame[name].dropna().astype("string")
        shown = known.map(workspace.pseudonym) if name in keys else known.map(lambda _: MASK)
        frame = frame.assign(**{name: shown.reindex(frame.index).astype("string")})
    return frame


def names_persons(listed: NameList) -> bool:
    """Whether a field of the list names a household or a person."""
    hidden = hidden_fields(listed.asked.ledger, listed.asked.standing.config.ledgers)
    return any(one.id in hidden for one in listed.fields)


def as_records(listed: NameList) -> list[dict[str, Any]]:
    """The rows for machines: entity, unit, then the fields by id, codes as stored, persons masked."""
    frame, asked = masked(listed), listed.asked
    entities = frame[ENTITY].tolist()
    if hides_entities(asked.ledger, asked.standing.config.ledgers):
        entities = [asked.standing.workspace.pseudonym(entity) for entity in entities]
    columns: dict[str, list[Any]] = {"entity": entities}
    columns["unit"] = frame[UNIT].astype(object).where(frame[UNIT].notna(), None).tolist()
    columns |= {field.id: figures(column(frame, field), field) for field in listed.fields}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
