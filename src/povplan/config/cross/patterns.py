"""What speaks of many rows: patterns, and from when on many findings make a rule graver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from povplan.config.cross.references import life, unknown, unknown_fields
from povplan.config.declared import Declared, Placed
from povplan.config.places import Loc
from povplan.errors import Fault
from povplan.messages import say
from povplan.spec import LEVELS, NUMERIC, SEVERITIES, Ledger, Pattern, PatternKind, Rule

NEEDS: Mapping[PatternKind, tuple[str, ...]] = {
    "outlier": ("fields", "limit", "least"),
    "units": ("fields", "least"),
    "digits": ("fields", "step", "limit", "least"),
    "copied": ("limit", "least"),
    "unchanged": ("limit", "least"),
    "duplicate": ("fields",),
    "share": ("fields", "part", "bound", "limit"),
}
"""Kind → what it cannot do without."""
TAKES: Mapping[PatternKind, tuple[str, ...]] = {
    **NEEDS,
    "units": ("fields", "least", "by"),
    "outlier": ("fields", "limit", "least", "by"),
    "copied": ("fields", "limit", "least"),
    "unchanged": ("fields", "limit", "least"),
}
"""Kind → what it makes use of; anything else beside it would be passed over in silence."""
_OF_NUMBERS = ("outlier", "units", "digits", "share")


def pattern_checks(declared: Declared) -> Iterator[Fault]:
    """The patterns and the thresholds of every ledger."""
    for ledger in declared.ledgers:
        for pattern in ledger.patterns:
            yield from _pattern(declared, ledger.spec, pattern)
        for rule in ledger.rules:
            yield from _raised(ledger.spec, rule)


def _pattern(declared: Declared, ledger: Ledger, pattern: Placed[Pattern]) -> Iterator[Fault]:
    spec = pattern.spec
    for key in ("fields", "by"):
        names: list[tuple[str, Loc]] = [(name, (key, n)) for n, name in enumerate(getattr(spec, key))]
        yield from unknown_fields(declared, ledger, names, pattern)
    for key in ("limit", "least"):
        if (name := getattr(spec, key)) is not None:
            yield from unknown(declared, "parameters", name, declared.parameter_of, pattern, key)
    yield from _keys(pattern)
    yield from _numbers(ledger, pattern)
    yield from life(spec.valid, pattern)


def _keys(pattern: Placed[Pattern]) -> Iterator[Fault]:
    """What the kind of pattern lacks, and what it has no use for."""
    spec = pattern.spec
    for key in ("fields", "by", "limit", "least", "step", "part", "bound"):
        given = getattr(spec, key) not in (None, ())
        if not given and key in NEEDS[spec.kind]:
            yield pattern.fault(say("config_pattern_needs", kind=spec.kind, name=key), "kind")
        elif given and key not in TAKES[spec.kind]:
            yield pattern.fault(say("config_pattern_no_use", kind=spec.kind, name=key), key, key=True)


def _numbers(ledger: Ledger, pattern: Placed[Pattern]) -> Iterator[Fault]:
    """Numbers are compared by size; texts are not."""
    types = {field.id: field.type for field in ledger.fields}
    for number, name in enumerate(pattern.spec.fields if pattern.spec.kind in _OF_NUMBERS else ()):
        if name in types and types[name] not in NUMERIC:
            said = say("config_pattern_numbers", kind=pattern.spec.kind, name=name, type=types[name])
            yield pattern.fault(said, "fields", number)


def _raised(ledger: Ledger, rule: Placed[Rule]) -> Iterator[Fault]:
    """A threshold must lead upward, count something, and have several rows in a unit to count."""
    spec = rule.spec.raised
    if spec is None:
        return
    if SEVERITIES.index(spec.to) <= SEVERITIES.index(rule.spec.severity):
        yield rule.fault(say("config_raise_not_up", to=spec.to, severity=rule.spec.severity), "raise", "to")
    if spec.share is None and spec.count is None:
        yield rule.fault(say("config_raise_empty"), "raise")
    if ledger.level in LEVELS and LEVELS.index(ledger.level) <= LEVELS.index(spec.per):
        yield rule.fault(say("config_raise_single", per=spec.per), "raise", "per")
