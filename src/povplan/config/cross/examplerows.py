"""The rows that rules give as examples: each value belongs to a field and is of its type."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from povplan.config.declared import Declared, Placed
from povplan.config.examples import PREVIOUS, UNKNOWN, YEAR, typed
from povplan.config.places import Loc
from povplan.config.shape import suggest
from povplan.errors import Fault
from povplan.messages import say
from povplan.spec import Ledger, LedgerField, Rule

BESIDE: Mapping[str, Container[object]] = {YEAR: range(1900, 2200), UNKNOWN: (True, False)}
"""What may stand beside the fields, apart from rows."""


def example_checks(declared: Declared) -> Iterator[Fault]:
    """The example rows of every rule."""
    for ledger in declared.ledgers:
        for rule in ledger.rules:
            checks = _Examples(declared, rule)
            for kind, rows in (("pass", rule.spec.examples.passes), ("fail", rule.spec.examples.fails)):
                for number, row in enumerate(rows):
                    yield from checks.row(ledger.spec, row, ("examples", kind, number))


@dataclass(frozen=True)
class _Examples:
    """The examples of one rule."""

    declared: Declared
    rule: Placed[Rule]

    def row(self, ledger: Ledger, row: Mapping[str, Any], at: Loc) -> Iterator[Fault]:
        """An example: fields of its ledger, and what may stand beside them."""
        own = {name: value for name, value in row.items() if name in ledger.names or not self.beside(name)}
        yield from self.fields(ledger, own, at)
        for name in row.keys() - own.keys():
            yield from self.extra(ledger, name, row[name], (*at, name))

    def beside(self, name: str) -> bool:
        """Whether `name` may stand beside the fields."""
        return name in (PREVIOUS, *BESIDE) or name in self.declared.ledger_of

    def extra(self, ledger: Ledger, name: str, value: Any, at: Loc) -> Iterator[Fault]:
        """Last year's row, other ledgers' rows, the year, the mark."""
        if name in BESIDE:
            if value not in BESIDE[name] or (name == YEAR and isinstance(value, bool)):
                yield self.rule.fault(say("config_example_beside", name=name), *at)
        elif isinstance(value, list):
            for number, row in enumerate(value):
                yield from self.fields(self.declared.ledger_of.get(name, ledger), row, (*at, number))
        else:
            yield from self.fields(self.declared.ledger_of.get(name, ledger), value, at)

    def fields(self, ledger: Ledger, row: Any, at: Loc) -> Iterator[Fault]:
        """A row of `ledger` and nothing else."""
        if not isinstance(row, dict):
            yield self.rule.fault(say("config_expected_mapping"), *at)
            return
        for name, value in row.items():
            if name in ledger.names:
                yield from self.value(ledger.field(name), value, (*at, name))
            elif name not in self.declared.broken:
                said = say("config_unknown_field", name=name, ledger=ledger.ledger)
                yield self.rule.fault(suggest(said, name, ledger.names), *at, name, key=True)

    def value(self, field: LedgerField, value: Any, at: Loc) -> Iterator[Fault]:
        """A value is of its field's type, and one of its codes."""
        try:
            kept = typed(value, field.type)
        except ValueError:
            yield self.rule.fault(say("config_example_type", field=field.id, type=field.type), *at)
            return
        codes = self.declared.list_of.get(field.codes or "")
        if codes and kept is not None:
            known = [code.code for code in codes.values]
            for part in kept.split(",") if field.type == "choices" else [kept]:
                if part not in known:
                    said = say("config_unknown_code", name=part, codes=codes.codes)
                    yield self.rule.fault(suggest(said, part, known), *at)
