"""Templates that return after the rows they were begun with were corrected: their sender did not know."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import pandas as pd

from povplan.jobs.faults import Finding, finding
from povplan.jobs.gathering import Gathered
from povplan.jobs.standing import Standing
from povplan.ledger import HELD
from povplan.memory.registers import AMENDMENT
from povplan.messages import Said, say
from povplan.model import ENTITY, ROW, SOURCE, UNIT, Source
from povplan.reading.templates import Filled
from povplan.spec import Ledger


def older_bases(gathered: Gathered, standing: Standing) -> tuple[list[Finding], list[Said]]:
    """A finding for each row whose values of last year changed after its template was made.

    And a word for each template that names a batch this ledger never had.
    """
    newest = standing.as_of or 0
    begun = {number: template for number, template in gathered.templates.items() if template.stamp.batch}
    unknown = sorted({one.stamp.batch for one in begun.values() if one.stamp.batch > newest})
    found: list[Finding] = []
    for number, template in begun.items():
        if template.stamp.batch < newest:
            found += _of_source(gathered.sources[number], template, gathered, standing)
    return found, [say("template_base_unknown", batch=batch) for batch in unknown]


def _of_source(source: Source, template: Filled, gathered: Gathered, standing: Standing) -> Iterator[Finding]:
    """The rows of one template that it holds in a state gone since."""
    ledger, stamp = standing.config.ledgers[source.ledger], template.stamp
    touched = _touched(standing, ledger, stamp.year - 1, stamp.batch)
    undone = max(_undone(standing, stamp.batch), _amended(standing, stamp.year - 1, stamp.batch))
    sent = [part.frame for part in gathered.parts if part.ledger == ledger.ledger and part.year == stamp.year]
    rows = pd.concat([frame[frame[SOURCE] == source.id] for frame in sent]) if sent else pd.DataFrame()
    if not (touched or undone) or not len(rows):
        return
    rows = rows[~rows[HELD].astype(bool)].drop_duplicates(ENTITY)
    rows = rows if undone else rows[rows[ENTITY].isin(list(touched))]
    then = Standing(standing.workspace, standing.config, standing.store, stamp.batch)
    before = then.folded(ledger.ledger, stamp.year - 1).frame.set_index(ENTITY)
    now = standing.folded(ledger.ledger, stamp.year - 1).frame.set_index(ENTITY)
    for record in rows.to_dict("records"):
        entity = str(record[ENTITY])
        changed = _changed(before, now, entity, template.given, ledger)
        if changed:
            yield _finding(
                record, entity, changed, source, stamp.year, stamp.batch, touched.get(entity, undone), ledger
            )


def _touched(standing: Standing, ledger: Ledger, year: int, since: int) -> dict[str, int]:
    """Entity → the last batch after `since` that said something of it."""
    layers = standing.store.layers(ledger.ledger, year, standing.as_of)
    return {
        str(entity): layer.batch
        for layer in layers
        if layer.batch > since
        for entity in layer.read([ENTITY])[ENTITY].dropna()
    }


def _undone(standing: Standing, since: int) -> int:
    """The last rollback in force after `since`, which may have changed any row; 0 if there is none."""
    in_force = standing.store.in_force(standing.as_of)
    return max((one.id for one in in_force if one.kind == "rollback" and one.id > since), default=0)


def _amended(standing: Standing, year: int, since: int) -> int:
    """The last batch after `since` that amended values of the year, of whatever row; 0 if there is none."""
    if AMENDMENT not in standing.config.ledgers:
        return 0
    layers = standing.store.layers(AMENDMENT, year, standing.as_of)
    return max((layer.batch for layer in layers if layer.batch > since), default=0)


def _changed(
    before: pd.DataFrame, now: pd.DataFrame, entity: str, given: Sequence[str], ledger: Ledger
) -> list[str]:
    """The fields given in the template that say something else now; none where the row is new or gone."""
    if entity not in before.index or entity not in now.index:
        return []
    return [
        name
        for name in given
        if name in now
        and name != "year"
        and _differ(before.at[entity, name] if name in before else pd.NA, now.at[entity, name])
    ]


def _differ(one: object, other: object) -> bool:
    known, there = not pd.isna(one), not pd.isna(other)  # type: ignore[call-overload]
    return known != there or bool(known and one != other)


def _finding(
    record: dict[Hashable, Any],
    entity: str,
    changed: Sequence[str],
    source: Source,
    year: int,
    base: int,
    batch: int,
    ledger: Ledger,
) -> Finding:
    labels = [ledger.field(name).label for name in changed]
    zh = say("note_older_base", base=base, batch=batch, labels="、".join(one.zh for one in labels)).zh
    en = say("note_older_base", base=base, batch=batch, labels=", ".join(one.text("en") for one in labels)).en
    unit = record[UNIT]
    return finding(
        "older_base",
        Said(zh, en),
        say("hint_older_base"),
        ledger=ledger.ledger,
        year=year,
        source=source.id,
        row=int(record[ROW]),
        column=source.columns.get(changed[0]),
        entity=entity,
        unit=None if pd.isna(unit) else str(unit),
        name=changed[0],
        value=f"{base}|{batch}|{','.join(changed)}",
    )
