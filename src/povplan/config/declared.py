"""All definitions of a profile as read, each with its place, and the names whose definition is broken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import PurePosixPath
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from povplan.config.implied import FUND_LISTS, fund_lists
from povplan.config.places import Document, Loc, read_document
from povplan.config.shape import fit, suggest
from povplan.config.shelf import FOLDERS, Shelf
from povplan.errors import Fault
from povplan.messages import Said, say
from povplan.spec import (
    CalendarYear,
    CodeList,
    Comparison,
    Detector,
    Fit,
    Form,
    Funds,
    Indicator,
    Ledger,
    LedgerField,
    Parameter,
    Pattern,
    Profile,
    Report,
    Rule,
    ScoreCard,
    Target,
    UnitOfMeasure,
    Words,
)

S = TypeVar("S", bound=BaseModel)
_LISTED = ("fields", "rules", "patterns")
"""Lists of a ledger of which a broken part leaves the others to be looked at."""


@dataclass(frozen=True)
class Placed(Generic[S]):
    """A definition and where it stands."""

    spec: S
    document: Document
    at: Loc = ()

    def fault(self, said: Said, *loc: str | int, key: bool = False) -> Fault:
        """A fault of the part at `loc` of this definition; with `key`, of the key that leads to it."""
        return self.document.fault(said, *self.at, *loc, key=key)

    def fault_inside(self, said: Said, offset: int, *loc: str | int) -> Fault:
        """A fault of one character of the text at `loc`."""
        return self.document.fault_inside(said, offset, *self.at, *loc)

    def where(self, *loc: str | int) -> str:
        """`file:line` of the part at `loc`."""
        line, _ = self.document.node((*self.at, *loc)).place
        return f"{self.document.file}:{line}"

    def each(self, key: str) -> list[Placed[Any]]:
        """The definitions in the list `key`."""
        listed = enumerate(getattr(self.spec, key))
        return [Placed(spec, self.document, (*self.at, key, number)) for number, spec in listed]


@dataclass(frozen=True)
class PlacedLedger(Placed[Ledger]):
    """A ledger with its fields, rules and patterns, those left out that did not fit."""

    fields: tuple[Placed[LedgerField], ...] = ()
    rules: tuple[Placed[Rule], ...] = ()
    patterns: tuple[Placed[Pattern], ...] = ()


@dataclass(frozen=True)
class Declared:
    """What the files of one profile say. Of two definitions with one name the maps keep the first."""

    profile: Placed[Profile] | None = None
    ledgers: tuple[PlacedLedger, ...] = ()
    forms: tuple[Placed[Form], ...] = ()
    indicators: tuple[Placed[Indicator], ...] = ()
    parameters: tuple[Placed[Parameter], ...] = ()
    codes: tuple[Placed[CodeList], ...] = ()
    funds: Placed[Funds] | None = None
    units: tuple[Placed[UnitOfMeasure], ...] = ()
    calendar: tuple[Placed[CalendarYear], ...] = ()
    words: Placed[Words] | None = None
    reports: tuple[Placed[Report], ...] = ()
    comparisons: tuple[Placed[Comparison], ...] = ()
    targets: tuple[Placed[Target], ...] = ()
    cards: tuple[Placed[ScoreCard], ...] = ()
    detectors: tuple[Placed[Detector], ...] = ()
    fits: tuple[Placed[Fit], ...] = ()
    broken: frozenset[str] = frozenset()
    """Ids and file names of what could not be understood: nothing is said about who refers to them."""
    texts: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def ledger_of(self) -> dict[str, Ledger]:
        """Ledger by id."""
        return _first((placed.spec.ledger, placed.spec) for placed in self.ledgers)

    @cached_property
    def parameter_of(self) -> dict[str, Parameter]:
        """Parameter by id."""
        return _first((placed.spec.id, placed.spec) for placed in self.parameters)

    @cached_property
    def list_of(self) -> dict[str, CodeList]:
        """Code list by id, those made of the fund taxonomy too."""
        made = fund_lists(self.funds.spec) if self.funds else {}
        return _first((placed.spec.codes, placed.spec) for placed in self.codes) | made

    @cached_property
    def unit_of(self) -> dict[str, UnitOfMeasure]:
        """Unit of measure by id and alias."""
        names = ((placed, (placed.spec.id, *placed.spec.aliases)) for placed in self.units)
        return _first((name, placed.spec) for placed, given in names for name in given)

    @property
    def without_form(self) -> list[PlacedLedger]:
        """The ledgers that no form feeds, or that the profile says so of: their labels imply their form."""
        implied = self.profile.spec.implied if self.profile else ()
        fed = {feed.ledger for form in self.forms for feed in form.spec.feeds} - {*implied}
        return [ledger for ledger in self.ledgers if ledger.spec.ledger not in fed]

    def unclear(self, name: str, kind: str) -> bool:
        """Whether `name` may be defined in something of `kind` that could not be read."""
        return name in self.broken or kind in self.broken


@dataclass
class Reading:
    """One pass over a shelf: texts, faults and broken names gathered on the way."""

    shelf: Shelf
    texts: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def document(self, name: str) -> Document | None:
        """The file `name`, None where there is none or it is no YAML."""
        text, faults = self.shelf.read(name)
        document = None
        if text is not None:
            self.texts[name] = text
            document, told = _understood(text, self.shelf.shown(name))
            faults = list(told)
        elif not faults:
            faults = [Fault(self.shelf.shown(name), 1, 1, say("config_no_file"))]
        self.faults += faults
        if document is None:
            self.break_(_kind(name), PurePosixPath(name).stem)
        return document

    def break_(self, *names: Any) -> None:
        """Remember names about which nothing can be said."""
        self.broken.update(str(name) for name in names)

    def fitted(self, model: type[S], document: Document, at: Loc = (), value: Any = ...) -> Placed[S] | None:
        """One definition; where it does not fit, its names are broken and the faults noted, once a place."""
        spec, faults = fit(model, document, at, value)
        noted = {(fault.line, fault.column) for fault in self.faults if fault.file == document.file}
        self.faults += [fault for fault in faults if (fault.line, fault.column) not in noted]
        if spec is not None:
            return Placed(spec, document, at)
        self.break_(*(_identifiers(document.part(at)) or [_kind(document.file)]))
        return None

    def there(self, name: str) -> list[str]:
        """The file `name` where there is one, as a list."""
        return [] if self.shelf.read(name) == (None, []) else [name]

    def one(self, model: type[S], name: str) -> Placed[S] | None:
        """The file `name` as one definition."""
        document = self.document(name)
        return self.fitted(model, document) if document else None

    def many(self, model: type[S], names: Iterable[str]) -> tuple[Placed[S], ...]:
        """Every definition of the lists in the files `names`."""
        documents = [document for name in names if (document := self.document(name))]
        return tuple(placed for document in documents for placed in self.items(model, document))

    def items(self, model: type[S], document: Document, *at: str | int) -> list[Placed[S]]:
        """Every definition of the list at `at`."""
        listed = document.part(at)
        if not isinstance(listed, list):
            self.faults.append(document.fault(say("config_expected_list"), *at))
            return []
        found = [self.fitted(model, document, (*at, number)) for number in range(len(listed))]
        return [placed for placed in found if placed is not None]

    def ledger(self, name: str) -> PlacedLedger | None:
        """A ledger; a broken part of a list is left out, so that the others can still be looked at."""
        document = self.document(name)
        if document is None or not isinstance(document.value, dict):
            if document:
                self.fitted(Ledger, document)
            return None
        listed = {key for key in _LISTED if isinstance(document.value.get(key), list)}
        fields = tuple(self.items(LedgerField, document, "fields")) if "fields" in listed else ()
        rules = tuple(self.items(Rule, document, "rules")) if "rules" in listed else ()
        patterns = tuple(self.items(Pattern, document, "patterns")) if "patterns" in listed else ()
        bare = self.fitted(Ledger, document, (), document.value | {key: [] for key in listed})
        if bare is None:
            return None
        parts = {
            "fields": tuple(field.spec for field in fields),
            "rules": tuple(rule.spec for rule in rules),
            "patterns": tuple(pattern.spec for pattern in patterns),
        }
        return PlacedLedger(bare.spec.model_copy(update=parts), document, (), fields, rules, patterns)

    def named(self, profile: Placed[Profile], folder: str) -> list[str]:
        """The files of `folder` that the profile names; a name without a file is a fault."""
        known = {name[len(folder) + 1 : -5]: name for name in self.files(folder)}
        found: list[str] = []
        for number, stem in enumerate(getattr(profile.spec, folder)):
            if stem not in known:
                said = suggest(say("config_no_such_file", name=stem, folder=folder), stem, known)
                self.faults.append(profile.fault(said, folder, number))
                self.break_(stem)
            elif known[stem] in found:
                self.faults.append(profile.fault(say("config_named_twice", name=stem), folder, number))
            else:
                found.append(known[stem])
        return found

    def files(self, folder: str) -> list[str]:
        """The files of `folder`; one that ends in `.yml` would be passed over and is a fault."""
        names = self.shelf.names(folder)
        for name in names:
            if not name.endswith(".yaml"):
                self.faults.append(Fault(self.shelf.shown(name), 1, 1, say("config_yml")))
        return [name for name in names if name.endswith(".yaml")]


def read_declared(shelf: Shelf) -> tuple[Declared, list[Fault]]:
    """Every definition that the profile on `shelf` names, and every fault met while reading them."""
    reading = Reading(shelf)
    profile = reading.one(Profile, "profile.yaml")
    if profile is None:
        return Declared(), reading.faults
    ledgers = [reading.ledger(name) for name in reading.named(profile, "ledgers")]
    forms = [reading.one(Form, name) for name in reading.named(profile, "forms")]
    indicators = reading.many(Indicator, reading.named(profile, "indicators"))
    comparisons = reading.many(Comparison, reading.named(profile, "comparisons"))
    parameters = reading.many(Parameter, reading.files("parameters"))
    codes = reading.many(CodeList, reading.files("codes"))
    funds = reading.one(Funds, "funds.yaml") if shelf.read("funds.yaml") != (None, []) else None
    units = reading.many(UnitOfMeasure, ["measurement.yaml"])
    calendar = reading.many(CalendarYear, reading.there("calendar.yaml"))
    words = reading.one(Words, "words.yaml")
    reports = [reading.one(Report, name) for name in reading.files("reports")]
    targets = reading.many(Target, reading.there("targets.yaml"))
    cards = [reading.one(ScoreCard, name) for name in reading.files("scorecards")]
    detectors = reading.many(Detector, reading.there("deviations.yaml"))
    fits = reading.many(Fit, reading.there("fit.yaml"))
    if "funds" in reading.broken:
        reading.break_(*FUND_LISTS)
    return Declared(
        profile=profile,
        ledgers=tuple(ledger for ledger in ledgers if ledger),
        forms=tuple(form for form in forms if form),
        indicators=indicators,
        parameters=parameters,
        codes=codes,
        funds=funds,
        units=units,
        calendar=calendar,
        words=words,
        reports=tuple(report for report in reports if report),
        comparisons=comparisons,
        targets=targets,
        cards=tuple(card for card in cards if card),
        detectors=detectors,
        fits=fits,
        broken=frozenset(reading.broken),
        texts=reading.texts,
    ), reading.faults


def _first(pairs: Iterable[tuple[str, S]]) -> dict[str, S]:
    found: dict[str, S] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found


def _identifiers(value: Any) -> list[Any]:
    """What a broken definition would have been called; empty where it has no name."""
    if not isinstance(value, dict):
        return []
    aliases = value.get("aliases")
    names = [value[key] for key in ("id", "ledger", "form", "codes", "profile", "card") if key in value]
    return names + (aliases if names and isinstance(aliases, list) else [])


@lru_cache(maxsize=256)
def _understood(text: str, shown: str) -> tuple[Document | None, tuple[Fault, ...]]:
    """`read_document`, once for a file that several profiles share."""
    document, faults = read_document(text, shown)
    return document, tuple(faults)


def _kind(name: str) -> str:
    """`ledgers` for a file in that folder, `funds` for `funds.yaml`: what is in doubt if it is broken."""
    path = PurePosixPath(name)
    return path.parent.name if path.parent.name in FOLDERS else path.stem
