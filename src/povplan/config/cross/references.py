"""What several checks share: a name must exist, a span of years must run forward, a unit must fit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from povplan.config.declared import Declared, Placed
from povplan.config.places import Loc
from povplan.config.shape import suggest
from povplan.errors import Fault
from povplan.messages import say
from povplan.spec import Ledger, Years

MONEY = "money"
"""The dimension whose units every amount of money has, and nothing else."""


def unknown(
    declared: Declared, kind: str, name: str, known: Collection[str], placed: Placed[Any], *loc: str | int
) -> Iterator[Fault]:
    """A fault where `name` is none of the `known` ids of `kind`, with the nearest of them.

    `kind` is the folder or file in which it would be defined; what is broken there is not missed here.
    """
    if name not in known and not declared.unclear(name, kind):
        yield placed.fault(suggest(say(f"config_unknown_{kind}", name=name), name, known), *loc)


def unknown_fields(
    declared: Declared,
    ledger: Ledger,
    names: Iterable[tuple[str, Loc]],
    placed: Placed[Any],
    key: bool = False,
) -> Iterator[Fault]:
    """A fault for each of `names`, given with its place, that is no field of `ledger`."""
    for name, loc in names:
        if name not in ledger.names and name not in declared.broken:
            said = say("config_unknown_field", name=name, ledger=ledger.ledger)
            yield placed.fault(suggest(said, name, ledger.names), *loc, key=key)


def life(valid: Years, placed: Placed[Any]) -> Iterator[Fault]:
    """A definition whose last year lies before its first is never in force."""
    if valid.first > valid.last:
        yield placed.fault(say("config_years_backward", first=valid.first, last=valid.last), "valid")


def unit_fits(declared: Declared, placed: Placed[Any], is_money: bool) -> Iterator[Fault]:
    """The unit of measure under `in` must be known, and one of money exactly where money is measured."""
    name = placed.spec.unit
    yield from unknown(declared, "measurement", name, declared.unit_of, placed, "in")
    unit = declared.unit_of.get(name)
    if unit and (unit.dimension == MONEY) != is_money:
        yield placed.fault(say("config_money_unit" if is_money else "config_no_money_unit", unit=name), "in")
