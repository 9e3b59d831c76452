"""The base ledger as it stands, year by year: what is stored, with what an update would add."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

import pandas as pd

from povplan.config import Config
from povplan.errors import PovplanError
from povplan.formulas import Rows
from povplan.identity import Registry, villages
from povplan.jobs.over_years import OverYears
from povplan.keys import among
from povplan.ledger import HELD, Folded, fold, standing_by
from povplan.leverage import Account
from povplan.memory.amendments import Amended, Proposals, amend, proposals
from povplan.memory.registers import AMENDMENT, REGISTERS
from povplan.messages import say
from povplan.model import DTYPES, ENTITY, UNIT
from povplan.panel.events import EVENT
from povplan.panel.geography import UNIT_CHANGE
from povplan.reading.lines import Definitions
from povplan.spec import Ledger
from povplan.store import Batch, Part, Store
from povplan.store.values import Mode
from povplan.units import Tree
from povplan.words import Vocabulary


class Place(Protocol):
    """Where a ledger is kept, as far as its figures need to know: a workspace, or none yet."""

    def as_of(self, year: int) -> dt.date:
        """The day from which ages of that year count."""

    def registry(self, known: tuple[str, ...]) -> Registry:
        """The county's units, `known` where it declares none."""

    def pseudonym(self, entity: str) -> str:
        """A name for a person or household that says nothing about it."""


@dataclass(frozen=True, eq=False)
class Loaded:
    """A layer with its rows in memory."""

    form: str
    mode: Mode
    scope: tuple[str, ...]
    frame: pd.DataFrame


@dataclass(eq=False)
class Standing:
    """Ledgers folded on demand and kept: stored layers up to `as_of`, then the parts of an update.

    Without `as_of` it is the last batch at this moment: what is committed meanwhile stays unseen.
    """

    workspace: Place
    config: Config
    store: Store
    as_of: int | None = None
    parts: Sequence[Part] = ()
    days: Mapping[int, dt.date] = field(default_factory=dict)
    """Year → the day from which its ages count, where a batch recorded another than today's settings."""
    figures: dict[int, pd.DataFrame] = field(default_factory=dict)
    """Year → its figures, once computed."""
    accounts: dict[tuple[int, int], Account] = field(default_factory=dict)
    """Year and the year whose units it is in → the account of money up to it, once computed."""
    analysed: dict[tuple[str, int], Any] = field(default_factory=dict)
    """What analyses of a year worked out, by what and year: several sheets and reports ask the same."""
    today: dt.date = field(default_factory=dt.date.today)
    """The day of the run: on it a waiver is in force or has expired."""
    without: Mapping[tuple[str, int], Set[str]] = field(default_factory=dict)
    """Ledger and year → keys of rows that are left out of everything, as if they had never come."""
    remembers: bool = True
    """Whether there is a past that waivers and answers speak of; without one they are only read."""
    _folded: dict[tuple[str, int], Folded] = field(default_factory=dict)
    _proposals: dict[int, Proposals] = field(default_factory=dict)
    _amended: dict[tuple[str, int], Amended] = field(default_factory=dict)
    _loaded: dict[tuple[str, int], list[Loaded]] = field(default_factory=dict)
    """What has been read from disk; shared with the standing that an update would leave."""
    _reported: dict[int, list[str]] = field(default_factory=dict, init=False)
    _named: dict[tuple[int, bool], list[str]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        if self.as_of is None:
            self.as_of = max(self.store.active(), default=0)

    @property
    def whole(self) -> Standing:
        """The same ledger with every row that counts."""
        return replace(self, without={}, figures={}, accounts={}, analysed={}, _amended={})

    @property
    def newest(self) -> int | None:
        """The newest batch that is in force; None where there is none."""
        active = self.store.active(self.as_of)
        return active[-1] if active else None

    def checked(self) -> list[Batch]:
        """The batches in force that checked the ledger, oldest first."""
        return [batch for batch in self.store.in_force(self.as_of) if batch.checked]

    def joined_by(self, parts: Sequence[Part]) -> Standing:
        """The same ledger as an update with these parts would leave it."""
        touched = {(part.ledger, part.year) for part in (*self.parts, *parts)}
        years = {year for ledger, year in touched if ledger == AMENDMENT}
        return replace(
            self,
            parts=parts,
            figures={},
            accounts={},
            analysed={},
            _folded={at: one for at, one in self._folded.items() if at not in touched},
            _proposals={year: one for year, one in self._proposals.items() if year not in years},
            _amended={
                at: one for at, one in self._amended.items() if at not in touched and at[1] not in years
            },
        )

    def also(self, parts: Sequence[Part]) -> Standing:
        """The same ledger with some parts more: only what they touch is folded again."""
        touched = {(part.ledger, part.year) for part in parts}
        folded, amended = (
            {at: one for at, one in kept.items() if at not in touched}
            for kept in (self._folded, self._amended)
        )
        more: dict[str, Any] = {"_folded": folded, "_amended": amended, "analysed": {}}
        return replace(self, parts=[*self.parts, *parts], **more)

    def committed(self, batch: int) -> Standing:
        """The same ledger once a batch holds the parts: nothing is read or folded again."""
        return replace(self, as_of=batch, parts=(), _loaded={}, analysed={})

    def day(self, year: int) -> dt.date:
        """The day from which ages of the year count."""
        return self.days.get(year) or self.workspace.as_of(year)

    def folded(self, ledger: str, year: int) -> Folded:
        """One ledger of one year, amended: accepted rows, rows waiting, rows vanished."""
        return self.amended(ledger, year).folded

    def amended(self, ledger: str, year: int) -> Amended:
        """The same with what is wrong with its amendments."""
        at = (ledger, year)
        if at not in self._amended:
            folded = self._as_sent(ledger, year)
            given = None if ledger in REGISTERS else self.proposals(year)
            self._amended[at] = (
                Amended(folded)
                if given is None
                else amend(folded, self.config.ledgers[ledger], given.of(ledger), self.definitions)
            )
            if at in self.without:
                self._amended[at] = _lacking(self._amended[at], self.without[at])
        return self._amended[at]

    def proposals(self, year: int) -> Proposals | None:
        """The amendments of a year; None where there are none."""
        if AMENDMENT not in self.config.ledgers:
            return None
        rows = self._as_sent(AMENDMENT, year).frame
        if len(rows) and year not in self._proposals:
            self._proposals[year] = proposals(rows, year, self.definitions)
        return self._proposals.get(year)

    @cached_property
    def definitions(self) -> Definitions:
        """What reading a register's values needs to know."""
        vocabulary = Vocabulary(self.config.measurement, self.config.words)
        return Definitions(self.config.ledgers, self.config.codes, vocabulary)

    def _as_sent(self, ledger: str, year: int) -> Folded:
        """One ledger of one year as its submissions say it."""
        at = (ledger, year)
        if at not in self._folded:
            new = [
                Loaded(part.form, part.mode, part.scope, part.frame)
                for part in self.parts
                if (part.ledger, part.year) == at
            ]
            layers = [*self._stored(ledger, year), *new]
            self._folded[at] = fold(layers, self.config.ledgers[ledger], list(self.config.forms))
        return self._folded[at]

    def by_form(self, ledger: str, year: int, form: str) -> pd.DataFrame:
        """MARKS of the stored rows that stand by one form alone."""
        return standing_by(self._stored(ledger, year), form)

    def _stored(self, ledger: str, year: int) -> list[Loaded]:
        """The layers of one ledger and year in the store."""
        at = (ledger, year)
        if at not in self._loaded:
            declared = self.config.ledgers[ledger]
            self._loaded[at] = [
                Loaded(layer.form, layer.mode, layer.scope, as_declared(layer.read(), declared))
                for layer in self.store.layers(ledger, year, self.as_of)
            ]
        return self._loaded[at]

    @cached_property
    def years(self) -> list[int]:
        """All years of which anything is known, ascending."""
        return self.years_of(self.config.ledgers)

    def years_of(self, ledgers: Collection[str]) -> list[int]:
        """The years of which some of the ledgers have rows, ascending."""
        stored = (self.store.years(ledger, self.as_of) for ledger in ledgers)
        sent = {part.year for part in self.parts if part.ledger in ledgers}
        return sorted({year for years in stored for year in years} | sent)

    def sent(self, year: int) -> list[str]:
        """The ledgers of which anything was sent for the year, even if no row of it stands any more."""
        return [ledger for ledger, years in self._years_sent.items() if year in years]

    @cached_property
    def _years_sent(self) -> dict[str, list[int]]:
        return {ledger: self.years_of((ledger,)) for ledger in self.config.ledgers}

    @cached_property
    def figured(self) -> list[int]:
        """The years of which figures can speak: not those of events, changes of units and registers alone."""
        return self.years_of(self.figuring)

    @property
    def figuring(self) -> list[str]:
        """The ledgers that figures are made of."""
        return [one for one in self.config.ledgers if one not in (*REGISTERS, EVENT, UNIT_CHANGE)]

    def frames(self, year: int) -> dict[str, pd.DataFrame]:
        """Ledger → accepted rows of the year, ledgers without any left out."""
        frames = {name: self.folded(name, year).frame for name in self.sent(year)}
        return {name: frame for name, frame in frames.items() if len(frame)}

    @cached_property
    def over_years(self) -> OverYears:
        """Its years laid beside each other: who goes on as whom, which unit became which."""
        return OverYears(self)

    def before(self, year: int) -> dict[str, pd.DataFrame] | None:
        """Ledger → accepted rows of the year before, under the year's own keys, numbers and units.

        None where there is no such year. What `prev` may not know, of households that split or merged, is
        left without a key.
        """
        if year - 1 not in self.years:
            return None
        panel, frames = self.over_years.panel(year), self.frames(year - 1)
        if panel.is_plain:
            return frames
        return {name: panel.past(self.config.ledgers[name]) for name in frames}

    def rows(self, ledger: Ledger, year: int) -> Rows:
        """What a formula over `ledger` sees in `year`; reasons that events declare stand in blank cells."""
        frames = self.frames(year)
        before = self.before(year) or {}
        frame = frames.get(ledger.ledger, self.folded(ledger.ledger, year).frame)
        return Rows(
            frame=self.over_years.panel(year).told(ledger, frame),
            year=year,
            as_of=self.day(year),
            previous=before.get(ledger.ledger),
            others={name: frame for name, frame in frames.items() if name != ledger.ledger},
        )

    def tree(self, *years: int) -> Tree:
        """All units of the years, in official order: as declared, else as first reported."""
        return Tree.of(self.units(*years))

    def tree_of(self, frames: Mapping[str, pd.DataFrame], year: int) -> Tree:
        """The units of a year, and after them those of rows of another year that are not among them."""
        more = (frame[UNIT].dropna().unique() for frame in frames.values())
        return Tree.of(dict.fromkeys([*self.units(year), *(path for paths in more for path in paths)]))

    def units(self, *years: int) -> list[str]:
        """Paths of all units of the years: in the order of the list, else of the years before."""
        seen = self.reported(years)
        listed = self.workspace.registry(()).paths or self._named_in(min(years) - 1)
        return list(dict.fromkeys([*(path for path in listed if path in seen), *seen]))

    def reported(self, years: Iterable[int]) -> dict[str, None]:
        """Paths that the rows of the years name, in order of first appearance."""
        found: dict[str, None] = {}
        for year in (one for one in years if one in self.years):
            if year not in self._reported:
                self._reported[year] = _paths(frame[UNIT] for frame in self.frames(year).values())
            found |= dict.fromkeys(self._reported[year])
        return found

    def seen(self, ledger: str, keys: Sequence[str], before: int) -> dict[str, int]:
        """Which of the keys were sent in a year before `before`: the last such year. Reads keys only."""
        found: dict[str, int] = {}
        wanted = pd.Series(list(keys), dtype="string")
        for year in (one for one in reversed(self.years) if one < before):
            layers = [layer.read([ENTITY]) for layer in self.store.layers(ledger, year, self.as_of)]
            sent = [part.frame for part in self.parts if (part.ledger, part.year) == (ledger, year)]
            for frame in (*layers, *sent):
                there = wanted[among(wanted, frame[ENTITY])]
                found |= {key: year for key in there if key not in found}
        return found

    def seen_in(self, ledger: str, key: str, year: int) -> bool:
        """Whether a key was ever sent in a year. Reads keys only."""
        layers = [layer.read([ENTITY]) for layer in self.store.layers(ledger, year, self.as_of)]
        sent = [part.frame for part in self.parts if (part.ledger, part.year) == (ledger, year)]
        return any((frame[ENTITY] == key).any() for frame in (*layers, *sent))

    def known_units(self) -> tuple[str, ...]:
        """Every village that the ledger ever accepted, in order of first report."""
        return tuple(self._first_named)

    def first_named(self) -> dict[str, int]:
        """These villages, and every unit that an update names → the first year of which a row names it."""
        first = dict(self._first_named)
        for part in self.parts:
            for path in part.frame[UNIT].dropna().unique():
                first[path] = min(part.year, first.get(path, part.year))
        return first

    @cached_property
    def _first_named(self) -> dict[str, int]:
        """Every village that the ledger ever accepted → the first year of which a row names it."""
        found: dict[str, int] = {}
        for year in self.years:
            for path in villages(self._named_in(year, sent=False)):
                found.setdefault(path, year)
        return found

    def _named_in(self, year: int, *, sent: bool = True) -> list[str]:
        """Paths that accepted rows of a year name, in order of first appearance. Nothing else is read.

        `sent`: with those of an update too.
        """
        if (year, sent) not in self._named:
            layers = (
                layer.read([UNIT, HELD])
                for ledger in self.config.ledgers
                for layer in self.store.layers(ledger, year, self.as_of)
            )
            new = (part.frame[[UNIT, HELD]] for part in self.parts if sent and part.year == year)
            accepted = (rows.loc[~rows[HELD].astype(bool), UNIT] for rows in (*layers, *new))
            self._named[year, sent] = _paths(accepted)
        return self._named[year, sent]


def _lacking(amended: Amended, keys: Set[str]) -> Amended:
    """The same without the accepted rows of some keys."""
    rows = amended.folded.frame
    kept = rows[~among(rows[ENTITY], pd.Series(sorted(keys), dtype="string"))].reset_index(drop=True)
    return replace(amended, folded=replace(amended.folded, frame=kept))


def _paths(units: Iterable[pd.Series]) -> list[str]:
    """The paths that columns of units name, in order of first appearance."""
    return list(dict.fromkeys(path for column in units for path in column.dropna().unique()))


def as_declared(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A stored frame in the types that its fields have now; PovplanError where a value does not fit."""
    for spec in ledger.fields:
        dtype: Any = DTYPES[spec.type]
        if spec.id in frame and frame[spec.id].dtype != dtype:
            try:
                frame = frame.assign(**{spec.id: frame[spec.id].astype(dtype)})
            except (ValueError, TypeError) as error:
                said = say("field_type_changed", ledger=ledger.ledger, field=spec.id, type=spec.type)
                raise PovplanError(said) from error
    return frame
