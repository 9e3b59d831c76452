"""How many households and persons each figure rests on, and which figures tell of the same ones."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from povplan.disclosure.hiding import Counts, small
from povplan.formulas import MeasureFormula, Rows, Scope, measure_formula
from povplan.formulas.grammar import parse
from povplan.formulas.parts import ratio
from povplan.measures import Frames
from povplan.spec import CodeList, Indicator, Ledger, Parameter, UnitOfMeasure
from povplan.units import Tree

COUNTED = frozenset({"persons", "households", "attendances", "household_visits"})
"""Dimensions of fields that count people."""
PEOPLE = ("household", "person")
"""Levels of ledgers whose rows are people."""


@dataclass(frozen=True)
class People:
    """An indicator that tells of people: what it is worked out by, and of what."""

    indicator: Indicator
    formula: MeasureFormula
    by_row: bool
    """Whether a row of its ledger is a household, a person, or something of one of them."""
    counting: tuple[str, ...]
    """Its fields that count people."""
    parts: tuple[tuple[str, str], ...] = ()
    """Those of them that are a part (其中) of another such field of the ledger, with that."""

    @classmethod
    def of(
        cls,
        indicators: Iterable[Indicator],
        ledgers: Mapping[str, Ledger],
        parameters: Mapping[str, Parameter],
        codes: Mapping[str, CodeList],
        measurement: Mapping[str, UnitOfMeasure],
    ) -> list[People]:
        """The indicators that tell of people, in their order."""
        found = []
        for one in indicators:
            ledger = ledgers[one.ledger]
            formula = measure_formula(one.value, Scope(ledger, ledgers, parameters, codes), one.where)
            counting = tuple(name for name in formula.fields if _counts(ledger, name, measurement))
            wholes = [(name, ledger.field(name).part_of) for name in counting]
            parts = tuple((name, of) for name, of in wholes if of and _counts(ledger, of, measurement))
            by_row = is_of_people(ledger, ledgers)
            looks_below = any(is_of_people(ledgers[name], ledgers) for name in formula.needs)
            if by_row or counting or looks_below or _is_count(one.unit, measurement):
                found.append(cls(one, formula, by_row, counting, parts))
        return found

    @property
    def fields(self) -> frozenset[str]:
        """Its fields, and those that make up its sum."""
        return frozenset({*self.formula.fields, *(name.lstrip("-") for name in self.indicator.parts)})


def is_of_people(ledger: Ledger, ledgers: Mapping[str, Ledger]) -> bool:
    """Whether each row is a household, a person, or something of one of them.

    An entry is where it is bound to one, where its population is the register, or where it names a person
    and no money: money and its projects are public, and who answers for them is asked elsewhere.
    """
    if ledger.level in PEOPLE or ledger.population == "registered" or bound_to_people(ledger, ledgers):
        return True
    names_one = any(field.person for field in ledger.fields)
    has_money = any(field.type == "money" for field in ledger.fields)
    return ledger.level == "entry" and names_one and not has_money


def bound_to_people(ledger: Ledger, ledgers: Mapping[str, Ledger]) -> set[str]:
    """Fields of an entry by which it belongs to a household or person."""
    if ledger.level != "entry":
        return set()
    of_people = {one.ledger: one for one in ledgers.values() if one.level in PEOPLE}
    keys = {key[0] for one in of_people.values() for key in one.key if len(key) == 1}
    linked = {field for parent, field in ledger.links.items() if parent in of_people}
    return linked | (keys & {*ledger.names})


def _counts(ledger: Ledger, name: str, measurement: Mapping[str, UnitOfMeasure]) -> bool:
    return name in ledger.names and _is_count(ledger.field(name).unit, measurement)


def _is_count(unit: str | None, measurement: Mapping[str, UnitOfMeasure]) -> bool:
    return unit is not None and unit in measurement and measurement[unit].dimension in COUNTED


def counts(
    people: Iterable[People],
    frames: Frames,
    year: int,
    as_of: date,
    tree: Tree,
    previous: Frames | None = None,
) -> dict[str, Counts]:
    """Indicator → what it counts of people at each node, one row a count; nothing where it has no rows.

    Of a ledger of people the rows used, those that add anything, and in a share those that do not; of every
    one the sums of its fields that count people, the sums it is made of, and of a share or part what lacks.
    """
    rows = {
        name: Rows(frame, year, as_of, (previous or {}).get(name), frames) for name, frame in frames.items()
    }
    found: dict[str, Counts] = {}
    for one in people:
        ledger = one.indicator.ledger
        if ledger not in rows or year not in one.indicator.valid:
            continue
        names = [*one.counting, *(whole for _, whole in one.parts)]
        told = one.formula.bases(rows[ledger], tree, names, by_row=one.by_row)
        sums = dict(zip(reversed(names), reversed(told), strict=False))
        lacking = [sums[whole] - sums[part] for part, whole in one.parts]
        found[one.indicator.id] = np.vstack([*lacking, *told[: len(told) - len(one.parts)]])
    return found


def alike(
    people: Sequence[People], found: Mapping[str, Counts], ledgers: Mapping[str, Ledger], least: float
) -> list[list[str]]:
    """Groups of indicators that keep silent together, for one could be worked out of the others.

    Those of a ledger that share a field, or fields that a rule of the ledger adds or says to be equal; a
    field that shares are taken of and that gives nobody away (the population) binds none.
    """
    asked = [one for one in people if one.indicator.id in found]
    open_fields = _bases(asked, found, least)
    bound: dict[tuple[str, str], tuple[str, str]] = {}

    def top(name: tuple[str, str]) -> tuple[str, str]:
        while (above := bound.setdefault(name, name)) != name:
            name = above
        return name

    def bind(names: Sequence[tuple[str, str]]) -> None:
        for name in names[1:]:
            bound[top(name)] = top(names[0])

    for ledger in {one.indicator.ledger for one in asked}:
        for names in _added(ledgers[ledger]):
            bind([(ledger, name) for name in names if (ledger, name) not in open_fields])
    for one in asked:
        ledger = one.indicator.ledger
        own = [(ledger, name) for name in sorted(one.fields) if (ledger, name) not in open_fields]
        bind([("", one.indicator.id), *own])
    groups: dict[tuple[str, str], list[str]] = {}
    for one in asked:
        groups.setdefault(top(("", one.indicator.id)), []).append(one.indicator.id)
    return list(groups.values())


def _bases(people: Sequence[People], found: Mapping[str, Counts], least: float) -> frozenset[tuple[str, str]]:
    """Fields that shares are taken of, small nowhere, and themselves no part of a figure that is withheld.

    Each indicator's last counts are the sums of its fields.
    """
    taken: set[tuple[str, str]] = set()
    telling: set[tuple[str, str]] = set()
    for one in people:
        ledger, told = one.indicator.ledger, found[one.indicator.id]
        above, below = _sides(one)
        taken |= {(ledger, name) for name in one.counting if name in below}
        if small(told, least).any():
            telling |= {(ledger, name) for name in above - below}
        sums = told[len(told) - len(one.counting) :]
        for name, row in zip(one.counting, sums, strict=True):
            if small(row[None, :], least).any():
                telling.add((ledger, name))
    return frozenset(taken - telling)


def _sides(one: People) -> tuple[frozenset[str], frozenset[str]]:
    """The names above and below the line of a ratio; of another figure all are above."""
    tree = parse(one.indicator.value).tree
    sides = [
        frozenset(of.id for of in ast.walk(side) if isinstance(of, ast.Name))
        for side in ratio(tree) or [tree]
    ]
    return sides[0], sides[1] if len(sides) == 2 else frozenset()


def _added(ledger: Ledger) -> list[list[str]]:
    """The fields that a rule adds, subtracts, or says to be equal: one of them follows from the others."""
    found = []
    for rule in ledger.rules:
        for node in ast.walk(parse(rule.check).tree):
            names = [one.id for one in ast.walk(node) if isinstance(one, ast.Name)]
            if _adds(node) or (isinstance(node, ast.Compare) and _equals(node)):
                found.append([name for name in dict.fromkeys(names) if name in ledger.names])
    return found


def _adds(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)


def _equals(node: ast.Compare) -> bool:
    """Whether it says that fields equal fields."""
    sides = [node.left, *node.comparators]
    named = [any(isinstance(one, ast.Name) for one in ast.walk(side)) for side in sides]
    return all(named) and any(isinstance(op, ast.Eq) for op in node.ops)
