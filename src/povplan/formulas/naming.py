"""What people call ledgers, fields, parameters and codes: by id, by label in either language, by alias."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from povplan.spec import CodeList, Ledger, LedgerField, Parameter, Text
from povplan.words import nearest, normal

SHORTEST_PART = 2
"""Characters of a label that may stand for the whole: 农户 for 农户基础台账."""


@dataclass(frozen=True)
class Named:
    """Something with an id, and the other names it goes by."""

    id: str
    label: Text
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, the id first."""
        return (self.id, *filter(None, (self.label.zh, self.label.en)), *self.aliases)


def called(name: str, known: Iterable[Named]) -> list[str]:
    """Ids of what is called `name`: by id, else by label, else by alias; several where that is not clear."""
    things = list(known)
    plain, wanted = unicodedata.normalize("NFKC", name).strip(), normal(name)
    if ids := [one.id for one in things if unicodedata.normalize("NFKC", one.id) == plain]:
        return ids
    labelled = [one.id for one in things if wanted in (normal(one.label.zh), normal(one.label.en))]
    return labelled or [one.id for one in things if wanted in map(normal, one.aliases)]


def most_like(name: str, known: Iterable[Named]) -> str | None:
    """The name most like an unknown one, among all names there are."""
    return nearest(name, dict.fromkeys(word for one in known for word in one.names))


def field_names(ledger: Ledger) -> list[Named]:
    """The fields of a ledger by name."""
    return [Named(field.id, field.label, field.aliases) for field in ledger.fields]


def fields_called(ledger: Ledger, name: str) -> list[LedgerField]:
    """The fields of a ledger called `name`: one, if all is well."""
    return [ledger.field(id_) for id_ in called(name, field_names(ledger))]


def ledger_names(ledgers: Mapping[str, Ledger]) -> list[Named]:
    """Ledgers by name."""
    return [Named(ledger.ledger, ledger.label) for ledger in ledgers.values()]


def ledgers_called(ledgers: Mapping[str, Ledger], name: str) -> list[str]:
    """The ledgers called `name`; part of a label will do where it stands in one only."""
    known, wanted = ledger_names(ledgers), normal(name)
    found = called(name, known)
    if found or len(wanted) < SHORTEST_PART:
        return found
    return [one.id for one in known if any(wanted in normal(label) for label in (one.label.zh, one.label.en))]


def parameter_called(parameters: Mapping[str, Parameter], name: str) -> str:
    """The id of the one parameter called `name`; the name itself where there is none."""
    found = called(name, (Named(id_, one.label) for id_, one in parameters.items()))
    return found[0] if len(found) == 1 else name


def code_called(codes: CodeList, name: str) -> str:
    """The code that `name` means in a list; the name itself where it means none, or several."""
    found = called(name, (Named(one.code, one.label, one.aliases) for one in codes.values))
    return found[0] if len(found) == 1 else name
