"""No two definitions may answer to one id, no two values of a list to one word."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from keyword import iskeyword
from typing import Any

from povplan.config.declared import Declared, Placed, PlacedLedger
from povplan.config.implied import FUND_LISTS
from povplan.errors import Fault
from povplan.messages import say
from povplan.spec import UnitOfMeasure

Claim = tuple[str, Placed[Any], tuple[str | int, ...]]
"""A word, the definition that claims it, and where in it the word stands."""


def identity_checks(declared: Declared) -> Iterator[Fault]:
    """Repeated ids of every kind, over all files, and ids that no formula could name."""
    yield from repeated(_ids(declared.ledgers, "ledger"))
    yield from repeated(_ids(declared.forms, "form"))
    yield from repeated(_ids(declared.indicators, "id"))
    yield from repeated(_ids(declared.parameters, "id"))
    yield from repeated(_ids(declared.targets, "id"))
    yield from repeated(_ids(declared.cards, "card"))
    yield from repeated(_ids(declared.detectors, "id"))
    yield from repeated(_ids(declared.fits, "id"))
    rules: list[Placed[Any]] = []
    for ledger in declared.ledgers:
        rules += [*ledger.rules, *ledger.patterns]
    yield from repeated(_ids(rules, "id"))
    yield from _code_lists(declared)
    for ledger in declared.ledgers:
        yield from _fields(ledger)
    if declared.funds:
        for key in ("classes", "sources", "stages"):
            claims = _ids if key == "classes" else _words
            yield from repeated(claims(declared.funds.each(key), "id"))
    yield from repeated(_words(declared.units, "id"))


def repeated(claims: Iterable[Claim]) -> Iterator[Fault]:
    """A fault at every claim to a word that was claimed before by another, saying where."""
    first: dict[str, Claim] = {}
    for claim in claims:
        word, placed, loc = claim
        _, earlier, earlier_loc = known = first.setdefault(folded(word), claim)
        if known is not claim:
            where = earlier.where(*earlier_loc)
            yield placed.fault(say("config_twice", word=word, where=where), *loc)


def folded(word: str) -> str:
    """A word as headers and names are compared: width and inner blanks do not matter."""
    return "".join(unicodedata.normalize("NFKC", word).split())


def _ids(definitions: Iterable[Placed[Any]], key: str) -> Iterator[Claim]:
    for placed in definitions:
        yield getattr(placed.spec, key), placed, (key,)


def _words(values: Iterable[Placed[Any]], key: str) -> Iterator[Claim]:
    """Everything one value is understood by; a word may stand twice within one value."""
    for placed in values:
        spec = placed.spec
        claims: list[Claim] = [(getattr(spec, key), placed, (key,))]
        if not isinstance(spec, UnitOfMeasure):
            claims.append((spec.label.zh, placed, ("label", "zh")))
        claims += [(alias, placed, ("aliases", number)) for number, alias in enumerate(spec.aliases)]
        yield from {folded(word): (word, placed, loc) for word, placed, loc in reversed(claims)}.values()


def _fields(ledger: PlacedLedger) -> Iterator[Fault]:
    yield from repeated(_ids(ledger.fields, "id"))
    for placed in ledger.fields:
        name = placed.spec.id
        if iskeyword(name) or name != unicodedata.normalize("NFKC", name):
            yield placed.fault(say("config_not_for_formulas", name=name), "id")


def _code_lists(declared: Declared) -> Iterator[Fault]:
    yield from repeated(_ids(declared.codes, "codes"))
    for placed in declared.codes:
        if declared.funds and placed.spec.codes in FUND_LISTS:
            where = declared.funds.where()
            yield placed.fault(say("config_twice", word=placed.spec.codes, where=where), "codes")
        yield from repeated(_words(placed.each("values"), "code"))
