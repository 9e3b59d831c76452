"""Checks that a field's declaration asks for: filled in, within its limits, a part not above its whole,
and a link that leads somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow.compute as pc

from povplan.checks.display import quantity
from povplan.checks.verdict import NOTHING, Bools, Case, Verdict
from povplan.formulas.columns import Column
from povplan.formulas.faults import tell
from povplan.messages import Said
from povplan.model import ENTITY
from povplan.spec import LEVELS, NUMERIC, Ledger, LedgerField


def required(case: Case) -> Iterator[Verdict]:
    """A required field that is blank; where its cell could not be read, that was already said."""
    for field in case.ledger.fields:
        if field.required and field.id in case.rows.frame:
            told = case.unreadable(field.id)
            every = np.ones(len(case.rows), np.bool_)
            yield Verdict(
                rule="required",
                severity="error",
                effect="flag",
                fields=(field.id,),
                lead=tell("check_required", label=field.label.said),
                hint=tell("check_required_hint"),
                holds=Column(case.filled(field.id), every if told is None else ~told),
            )


def within_limits(case: Case) -> Iterator[Verdict]:
    """A number below its `min` or above its `max`, both of which are allowed; money limits are yuan."""
    for field in case.ledger.fields:
        if field.type in NUMERIC and not (field.min is None and field.max is None):
            found = Verdict(
                rule="range",
                severity="error",
                effect="flag",
                fields=(field.id,),
                lead=NOTHING,
                hint=NOTHING,
                holds=_inside(case.column(field.id), field),
            )
            yield _range_in_words(case, field, found) if len(found.failed) else found


def _inside(values: Column, field: LedgerField) -> Column:
    """Whether each value lies within its field's limits."""
    inside: Bools = np.ones(len(values.known), np.bool_)
    if field.min is not None:
        inside = values.values >= _bound(field.min, field)
    if field.max is not None:
        inside = inside & (values.values <= _bound(field.max, field))
    return Column(inside, values.known)


def _bound(limit: float, field: LedgerField) -> float:
    """A limit as the column holds it; whole where it can be, for integers compare faster with integers."""
    scaled = limit * (100 if field.type == "money" else 1)
    return int(scaled) if float(scaled).is_integer() else scaled


def _range_in_words(case: Case, field: LedgerField, found: Verdict) -> Verdict:
    """Words are only made where there is something to say: most limits are kept."""
    return replace(
        found,
        lead=tell("check_range", label=field.label.said),
        hint=tell("check_range_hint"),
        shown=(case.shown(field.id),),
        tail=_limits(field),
    )


def parts(case: Case) -> Iterator[Verdict]:
    """A part (其中) that is more than its whole."""
    for field in case.ledger.fields:
        if field.part_of is not None:
            whole = case.ledger.field(field.part_of)
            yield Verdict(
                rule="part_over_whole",
                severity="doubt",
                effect="flag",
                fields=(field.id, whole.id),
                lead=tell("check_part", part=field.label.said, whole=whole.label.said),
                hint=tell("check_part_hint"),
                holds=_at_most(case.column(field.id), case.column(whole.id)),
                shown=(case.shown(field.id), case.shown(whole.id)),
            )


def links(case: Case) -> Iterator[Verdict]:
    """A link to a row of another ledger that is not there; without that ledger nobody can tell."""
    for parent, name in case.ledger.links.items():
        if parent in case.scope.ledgers:
            other = case.scope.ledgers[parent]
            yield Verdict(
                rule="orphan",
                severity="doubt",
                effect="flag",
                fields=(name,),
                lead=tell("check_orphan", parent=other.label.said),
                hint=tell("check_orphan_hint"),
                holds=_leads_somewhere(case, other, name),
                shown=(case.shown(name),),
            )


def _at_most(part: Column, whole: Column) -> Column:
    return Column(part.values <= whole.values, part.known & whole.known)


def _leads_somewhere(case: Case, other: Ledger, name: str) -> Column:
    """Areas are found by the unit of the row, everything else by the parent's key."""
    inside = case.rows.inside(other.ledger)
    if other.ledger not in case.others or inside is None:
        return case.unknown()
    if other.level in LEVELS:
        depth = LEVELS.index(other.level)
        own, among = case.rows.areas(depth), inside.areas(depth)
    else:
        own, among = case.rows.keys(name), inside.keys(ENTITY)
    found = pc.is_in(own, value_set=among, skip_nulls=True).to_numpy(zero_copy_only=False)
    known = own.is_valid().to_numpy(zero_copy_only=False)
    return Column(found, known)


def _limits(field: LedgerField) -> Said:
    scale = 100 if field.type == "money" else 1
    limits = {
        name: quantity(limit * scale, field.type)
        for name, limit in (("least", field.min), ("most", field.max))
        if limit is not None
    }
    return tell("check_range_" + "_".join(limits), **limits)
