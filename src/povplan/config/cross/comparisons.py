"""Comparisons: the ledger, fields and headers they name, and what being on a list means."""

from __future__ import annotations

from collections.abc import Iterator

from povplan.config.cross.compiled import condition_faults
from povplan.config.cross.identities import Claim, repeated
from povplan.config.cross.references import unknown, unknown_fields
from povplan.config.declared import Declared, Placed
from povplan.config.places import Loc
from povplan.errors import Fault
from povplan.messages import say
from povplan.spec import Comparison, Ledger


def comparison_checks(declared: Declared) -> Iterator[Fault]:
    """Every comparison against its ledger, and all against each other."""
    yield from repeated(claim for one in declared.comparisons for claim in _names(one))
    yield from repeated((one.spec.ledger, one, ("usual",)) for one in declared.comparisons if one.spec.usual)
    for one in declared.comparisons:
        yield from unknown(declared, "ledgers", one.spec.ledger, declared.ledger_of, one, "with")
        yield from repeated(_headers(one))
        if one.spec.means is not None and one.spec.expect == "absent":
            yield one.fault(say("config_means_of_absent"), "means", key=True)
        if ledger := declared.ledger_of.get(one.spec.ledger):
            yield from _against(declared, ledger, one)


def _names(one: Placed[Comparison]) -> Iterator[Claim]:
    """What a list may be called by: its id, label and aliases, each once."""
    spec = one.spec
    claims: list[Claim] = [(spec.id, one, ("id",)), (spec.label.zh, one, ("label", "zh"))]
    claims += [(alias, one, ("aliases", number)) for number, alias in enumerate(spec.aliases)]
    yield from {word: (word, placed, loc) for word, placed, loc in reversed(claims)}.values()


def _headers(one: Placed[Comparison]) -> Iterator[Claim]:
    """Every further header; one text given twice for one field is no quarrel."""
    for field, texts in one.spec.columns.items():
        for number, text in enumerate(texts):
            if text not in texts[:number]:
                yield text, one, ("columns", field, number)


def _against(declared: Declared, ledger: Ledger, one: Placed[Comparison]) -> Iterator[Fault]:
    spec = one.spec
    named: list[tuple[str, Loc]] = [(spec.on, ("on",)), *([(spec.name, ("name",))] if spec.name else [])]
    named += [(name, ("fields", number)) for number, name in enumerate(spec.fields)]
    headed: list[tuple[str, Loc]] = [(name, ("columns", name)) for name in spec.columns]
    yield from unknown_fields(declared, ledger, named, one)
    yield from unknown_fields(declared, ledger, headed, one, key=True)
    if spec.means is not None:
        yield from condition_faults(declared, ledger, one, "means", spec.means)
