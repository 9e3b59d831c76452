"""How a list is held against a ledger: as a comparison declares it, as somebody says at the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from povplan.config import Config
from povplan.errors import PovplanError
from povplan.formulas.faults import tell
from povplan.identity import AREA_LEDGERS
from povplan.jobs.asking import field_named, ledger_named
from povplan.lists import with_places
from povplan.messages import Said, say
from povplan.spec import Comparison, Ledger
from povplan.words import nearest, normal

NOTHING = Said("", "")


@dataclass(frozen=True)
class Terms:
    """What rows are joined by, what is compared, what being on the list means."""

    ledger: Ledger
    label: Said
    joins: tuple[tuple[str, ...], ...]
    """Fields to join by; the first set that the list has."""
    names: tuple[str, ...] = ()
    """Of `joins`, name and village, which say less than a number."""
    identity: bool = False
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Field → further headers under which it stands in the list."""
    means: str | None = None
    absent: bool = False
    fields: tuple[str, ...] = ()
    hint: Said = NOTHING
    kind: str | None = None
    """The comparison that declares it."""


def terms_of(
    config: Config, kind: str | None, ledger: str | None, on: str | None = None, means: str | None = None
) -> Terms:
    """The comparison called `kind`, else the usual one of `ledger`; `on` and `means` as typed go before."""
    if kind is None and ledger is None:
        raise PovplanError(tell("compare_with_what", lists=_listed(config)))
    named = ledger_named(config, ledger) if ledger else None
    declared = _called(config, kind, named) if kind else _usual(config, named)
    own = named or with_places(config.ledgers[declared.ledger])  # type: ignore[union-attr]
    terms = _declared(own, declared) if declared else _undeclared(own)
    if on is not None:
        name = field_named(own, on).id
        terms = replace(terms, joins=((name,),), names=(), identity=_is_identity(config, own, name))
    return replace(terms, means=means, absent=False) if means else terms


def _called(config: Config, name: str, ledger: Ledger | None) -> Comparison:
    """The comparison called `name`, of that ledger if one is named."""
    known = [one for one in config.comparisons.values() if ledger is None or one.ledger == ledger.ledger]
    word = normal(name)
    for one in known:
        if word in {normal(text) for text in (one.id, one.label.zh, one.label.en, *one.aliases)}:
            return one
    words = [text for one in known for text in (one.id, one.label.zh, *one.aliases)]
    near = nearest(name, words, alike=0.5)
    hint = tell("formula_did_you_mean", near=near) if near else NOTHING
    raise PovplanError(tell("compare_no_list", name=name, hint=hint, lists=_listed(config)))


def _listed(config: Config) -> Said:
    """All declared lists, id and label."""
    known = [one for one in config.comparisons.values() if not one.usual]
    return Said(
        "、".join(f"{one.id}（{one.label.zh}）" for one in known) or "—",
        ", ".join(f"{one.id} ({one.label.text('en')})" for one in known) or "—",
    )


def _usual(config: Config, ledger: Ledger | None) -> Comparison | None:
    found = (
        one for one in config.comparisons.values() if one.usual and ledger and one.ledger == ledger.ledger
    )
    return next(found, None)


def _is_identity(config: Config, ledger: Ledger, field: str) -> bool:
    """Whether some comparison says that the field holds numbers of identity cards."""
    return any(
        one.number == "identity" and one.on == field
        for one in config.comparisons.values()
        if one.ledger == ledger.ledger
    )


def _declared(ledger: Ledger, one: Comparison) -> Terms:
    village = ledger.placed("village")
    names = (one.name, village) if one.name and village else ()
    joins = _units(ledger) if ledger.level in AREA_LEDGERS else ((one.on,), *([names] if names else []))
    return Terms(
        ledger=ledger,
        label=one.label.said,
        joins=joins,
        names=names,
        identity=one.number == "identity",
        columns=one.columns,
        means=one.means,
        absent=one.expect == "absent",
        fields=one.fields,
        hint=one.hint.said if one.hint else NOTHING,
        kind=one.id,
    )


def _undeclared(ledger: Ledger) -> Terms:
    """By the ledger's own key: of units the place, else the first key that is one field."""
    label = say("compare_some_list")
    if ledger.level in AREA_LEDGERS:
        return Terms(ledger, label, _units(ledger))
    single = [names for names in ledger.key if len(names) == 1]
    if not single:
        raise PovplanError(tell("compare_on_what", label=ledger.label.said))
    return Terms(ledger, label, tuple(single[:1]))


def _units(ledger: Ledger) -> tuple[tuple[str, ...], ...]:
    """A unit is told by its name, or by its code."""
    fields = (ledger.placed(ledger.level), ledger.placed("code"))  # type: ignore[arg-type]
    return tuple((name,) for name in fields if name)
