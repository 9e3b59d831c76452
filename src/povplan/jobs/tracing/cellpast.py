"""The past of one cell: what each batch made of a field of one entity, and where that stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from povplan.errors import PovplanError
from povplan.formulas.faults import tell
from povplan.jobs.asking import entity_named, field_named, ledger_named
from povplan.jobs.differing import place_of, plain
from povplan.jobs.standing import Loaded, Standing, as_declared
from povplan.jobs.tracing.rows import masker
from povplan.ledger import COLUMN, Folded, fold, locate
from povplan.memory.amendments import amend
from povplan.memory.registers import AMENDMENT, REGISTERS
from povplan.model import ENTITY, ROW, SOURCE
from povplan.spec import Ledger, LedgerField, hidden_fields
from povplan.store import Layer

PAST_COLUMNS = (
    "year", "entity", "batch", "time", "operator", "kind", "value", "became",
    "file", "sheet", "cell", "sha256",
)  # fmt: skip
"""`entity`: its key in that year, which events may have changed.
`became`: entered, changed, filled, cleared, left, waiting, still (said again, the same)."""


@dataclass(frozen=True, eq=False)
class Past:
    """Which cell, and PAST_COLUMNS of every batch in force that said something of its row."""

    ledger: Ledger
    field: LedgerField
    entity: str
    """As it is shown: a pseudonym for persons and households."""
    frame: pd.DataFrame


def past_named(standing: Standing, ledger: str, entity: str, field: str, year: int | None) -> Past:
    """The same by names: ledger, entity (key, part of it, pseudonym), field; of all years or one."""
    named = ledger_named(standing.config, ledger).ledger
    of = standing.config.ledgers[named]
    spec = field_named(of, field)
    years = [year] if year is not None else standing.store.years(named, standing.as_of)
    for at in reversed(years):
        key = entity_named(standing, of, at, entity)
        if key is not None:
            return past_of(standing, of, _keys(standing, of, key, at, years), spec, key)
    told = {"name": entity, "label": of.label.said, "ledger": named, "year": "、".join(map(str, years))}
    raise PovplanError(tell("fix_no_entity", **told))


def _keys(standing: Standing, ledger: Ledger, key: str, at: int, years: Sequence[int]) -> dict[int, str]:
    """Year → the key under which the entity that `key` is in the year `at` stands in it, as events say."""
    if len(years) < 2:
        return dict.fromkeys(years, key)
    followed = standing.over_years.followed(ledger.ledger, years)
    last = followed.get(at, {}).get(key, key)
    found: dict[int, str] = {}
    for year in years:
        names = followed.get(year, {})
        own = [was for was, now in names.items() if now == last] + ([] if last in names else [last])
        there = (
            own[:1] if len(own) < 2 else [one for one in own if standing.seen_in(ledger.ledger, one, year)]
        )
        if there or own:
            found[year] = (there or own)[0]
    return found


def past_of(
    standing: Standing, ledger: Ledger, keys: Mapping[int, str], field: LedgerField, entity: str
) -> Past:
    """The past of a field of one entity, year by year, batch by batch; amendments are batches too.

    `keys`: year → its key; of the years in which nothing has it there is nothing.
    """
    mask = masker(standing, ledger)
    lines = [
        {**line, "entity": mask(key)}
        for year, key in keys.items()
        for line in _of_year(standing, ledger, key, field, year)
    ]
    frame = pd.DataFrame(lines, columns=list(PAST_COLUMNS), dtype=object)
    return Past(ledger, field, mask(entity), frame)


@dataclass(frozen=True, eq=False)
class _State:
    folded: Folded
    there: bool
    waits: bool
    value: Any


def _of_year(
    standing: Standing, ledger: Ledger, entity: str, field: LedgerField, year: int
) -> Iterator[dict[str, Any]]:
    layers = standing.store.layers(ledger.ledger, year, standing.as_of)
    own = [(layer.batch, _narrowed(layer, entity, field, ledger)) for layer in layers]
    amending = [] if ledger.ledger in REGISTERS or AMENDMENT not in standing.config.ledgers else (
        standing.store.layers(AMENDMENT, year, standing.as_of)
    )  # fmt: skip
    batches = {one.id: one for one in standing.store.batches()}
    sources = standing.store.sources()
    before: _State | None = None
    for number in sorted({*(batch for batch, _ in own), *(layer.batch for layer in amending)}):
        now = _state(standing, ledger, field, year, number, [one for batch, one in own if batch <= number])
        spoken = any(batch == number and len(one.frame) for batch, one in own)
        became = _became(before, now, spoken)
        before = now
        if became is None:
            continue
        place = _place(now, entity, field, sources)
        batch = batches[number]
        yield {
            "year": year, "batch": number, "time": batch.time, "operator": batch.operator,
            "kind": batch.kind, "value": now.value, "became": became, **place,
        }  # fmt: skip


def _narrowed(layer: Layer, entity: str, field: LedgerField, ledger: Ledger) -> Loaded:
    """A layer with the one entity's row."""
    frame = layer.read()
    frame = frame[frame[ENTITY] == entity]
    keys = [name for names in ledger.key for name in names]
    kept = [name for name in frame if str(name).startswith("_") or name == field.id or name in keys]
    return Loaded(layer.form, layer.mode, layer.scope, as_declared(frame[kept], ledger))


def _state(
    standing: Standing, ledger: Ledger, field: LedgerField, year: int, number: int, layers: Sequence[Loaded]
) -> _State:
    """The one row as the batch `number` left it, amended by the amendments known then."""
    folded = fold(layers, ledger, list(standing.config.forms))
    given = None if ledger.ledger in REGISTERS else replace_at(standing, number).proposals(year)
    if given is not None:
        folded = amend(folded, ledger, given.of(ledger.ledger), standing.definitions).folded
    value = None
    if len(folded.frame) and field.id in folded.frame:
        hidden = field.id in hidden_fields(ledger, standing.config.ledgers)
        value = plain(folded.frame[field.id], field, hidden)[0]
    return _State(folded, bool(len(folded.frame)), bool(len(folded.waiting)), value)


def replace_at(standing: Standing, number: int) -> Standing:
    """The same ledger as an earlier batch left it, under the same definitions; only what is asked is read."""
    return replace(standing, as_of=number, _folded={}, _proposals={}, _amended={}, _loaded={})


def _became(before: _State | None, now: _State, spoken: bool) -> str | None:
    """What the batch did to the cell; None where it did not speak of it."""
    if now.there and not (before and before.there):
        return "entered"
    if before and before.there and not now.there:
        return "left"
    if before is not None and before.there and now.value != before.value:
        return "cleared" if now.value is None else "filled" if before.value is None else "changed"
    if not spoken:
        return None
    return "waiting" if now.waits else "still"


def _place(now: _State, entity: str, field: LedgerField, sources: Any) -> dict[str, Any]:
    """File, sheet, cell and hash of the cell that gave the value."""
    nothing = dict.fromkeys(("file", "sheet", "cell", "sha256"))
    if not now.there:
        return nothing
    asked = pd.Series([entity], dtype="string"), pd.Series([field.id], dtype="string")
    found = locate(now.folded, *asked, sources).iloc[0]
    if pd.isna(found[SOURCE]) or int(found[SOURCE]) not in sources:
        return nothing
    file, sheet, cell = place_of(sources, found[SOURCE], found[ROW], found[COLUMN])
    return {"file": file, "sheet": sheet, "cell": cell, "sha256": sources[int(found[SOURCE])].sha256}
