"""Ledgers: keys, links, fields, and the fields that rules mark."""

from __future__ import annotations

from collections.abc import Iterator

from povplan.config.cross.references import life, unit_fits, unknown, unknown_fields
from povplan.config.declared import Declared, Placed, PlacedLedger
from povplan.config.places import Loc
from povplan.errors import Fault
from povplan.messages import say
from povplan.spec import NUMERIC, Ledger, LedgerField, Rule

CHOICES = ("choice", "choices")


def ledger_checks(declared: Declared) -> Iterator[Fault]:
    """Every ledger by itself and against units of measure, code lists and other ledgers."""
    for ledger in declared.ledgers:
        yield from _period(ledger)
        yield from _keys(declared, ledger)
        yield from _links(declared, ledger)
        yield from _places(ledger)
        for field in ledger.fields:
            yield from _field(declared, ledger.spec, field)
        for rule in ledger.rules:
            yield from _rule(declared, ledger.spec, rule)


def _period(ledger: PlacedLedger) -> Iterator[Fault]:
    """Figures are of a year: of months nothing takes the last stock or adds up the flows yet."""
    if ledger.spec.period != "year":
        yield ledger.fault(say("config_period", period=ledger.spec.period), "period")


def _keys(declared: Declared, ledger: PlacedLedger) -> Iterator[Fault]:
    alternatives = ledger.spec.key
    if not alternatives or not all(alternatives):
        yield ledger.fault(say("config_no_key"), "key")
    plain = any(isinstance(part, str) for part in ledger.document.value["key"])
    names: list[tuple[str, Loc]] = [
        (name, ("key", second) if plain else ("key", first, second))
        for first, fields in enumerate(alternatives)
        for second, name in enumerate(fields)
    ]
    yield from unknown_fields(declared, ledger.spec, names, ledger)


def _links(declared: Declared, ledger: PlacedLedger) -> Iterator[Fault]:
    for parent, field in ledger.spec.links.items():
        yield from unknown(declared, "ledgers", parent, declared.ledger_of, ledger, "links", parent)
        yield from unknown_fields(declared, ledger.spec, [(field, ("links", parent))], ledger)


def _places(ledger: PlacedLedger) -> Iterator[Fault]:
    """Only one field can say in which township a row lies."""
    taken: dict[str, str] = {}
    for field in ledger.fields:
        place = field.spec.place
        if place and taken.setdefault(place, field.spec.id) != field.spec.id:
            yield field.fault(say("config_place_twice", place=place, field=taken[place]), "place")


def _field(declared: Declared, ledger: Ledger, field: Placed[LedgerField]) -> Iterator[Fault]:
    spec = field.spec
    if spec.type not in NUMERIC:
        for key, value in (("in", spec.unit), ("kind", spec.kind), ("min", spec.min), ("max", spec.max)):
            if value is not None:
                yield field.fault(say("config_only_for_numbers", name=key, type=spec.type), key, key=True)
    elif spec.unit is not None:
        yield from unit_fits(declared, field, spec.type == "money")
    if spec.min is not None and spec.max is not None and spec.min > spec.max:
        yield field.fault(say("config_min_above_max", min=spec.min, max=spec.max), "min")
    if spec.carry is False and spec.id in ledger.naming:
        yield field.fault(say("config_key_not_carried", field=spec.id), "carry")
    if spec.scopes and spec.type != "choice":
        yield field.fault(say("config_scopes_without_choice", type=spec.type), "scopes", key=True)
    if spec.none_is_blank is not None and spec.type != "text":
        yield field.fault(say("config_none_without_text", type=spec.type), "none_is_blank", key=True)
    yield from _codes(declared, field)
    if spec.part_of is not None:
        yield from _part_of(declared, ledger, field, spec.part_of)


def _codes(declared: Declared, field: Placed[LedgerField]) -> Iterator[Fault]:
    spec = field.spec
    if spec.codes is None:
        if spec.type in CHOICES:
            yield field.fault(say("config_choice_without_codes", type=spec.type), "type")
    elif spec.type not in CHOICES:
        yield field.fault(say("config_codes_without_choice", type=spec.type), "codes", key=True)
    else:
        yield from unknown(declared, "codes", spec.codes, declared.list_of, field, "codes")


def _part_of(declared: Declared, ledger: Ledger, field: Placed[LedgerField], whole: str) -> Iterator[Fault]:
    yield from unknown_fields(declared, ledger, [(whole, ("part_of",))], field)
    types = {other.id: other.type for other in ledger.fields}
    if whole == field.spec.id or (whole in types and not {types[whole], field.spec.type} <= NUMERIC):
        yield field.fault(say("config_part_of", name=whole), "part_of")


def _rule(declared: Declared, ledger: Ledger, rule: Placed[Rule]) -> Iterator[Fault]:
    names: list[tuple[str, Loc]] = [(name, ("fields", n)) for n, name in enumerate(rule.spec.fields)]
    yield from unknown_fields(declared, ledger, names, rule)
    yield from life(rule.spec.valid, rule)
