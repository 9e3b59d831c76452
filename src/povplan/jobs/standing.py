"""The base ledger as it stands, year by year: what is stored, with what an update would add."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol

import pandas as pd

from povplan.config import Config
from povplan.errors import PovplanError
from povplan.formulas import Rows
from povplan.identity import Registry, villages
from povplan.jobs.panel import Panel
from povplan.keys import among
from povplan.ledger import HELD, Folded, fold
from povplan.leverage import Account
from povplan.memory.amendments import Amended, Proposals, amend, proposals
from povplan.memory.registers import AMENDMENT, REGISTERS
from povplan.messages import Said, say
from povplan.model import DTYPES, ENTITY, UNIT
from povplan.panel.events import EVENT
from povplan.panel.geography import UNIT_CHANGE, there_in, with_replaced
from povplan.panel.keymap import Matched
from povplan.reading.lines import Definitions
from povplan.spec import LEVELS, Ledger
from povplan.store import Part, Store
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
    remembers: bool = True
    """Whether there is a past that waivers and answers speak of; without one they are only read."""
    _folded: dict[tuple[str, int], Folded] = field(default_factory=dict)
    _proposals: dict[int, Proposals] = field(default_factory=dict)
    _amended: dict[tuple[str, int], Amended] = field(default_factory=dict)
    _panels: dict[tuple[int, int], Panel] = field(default_factory=dict)
    _loaded: dict[tuple[str, int], list[Loaded]] = field(default_factory=dict)
    """What has been read from disk; shared with the standing that an update would leave."""

    def __post_init__(self) -> None:
        if self.as_of is None:
            self.as_of = max(self.store.active(), default=0)

    @property
    def newest(self) -> int | None:
        """The newest batch that is in force; None where there is none."""
        active = self.store.active(self.as_of)
        return active[-1] if active else None

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
            _panels={},
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
        more: dict[str, Any] = {"_folded": folded, "_amended": amended, "_panels": {}, "analysed": {}}
        return replace(self, parts=[*self.parts, *parts], **more)

    def committed(self, batch: int) -> Standing:
        """The same ledger once a batch holds the parts: nothing is read or folded again."""
        return replace(self, as_of=batch, parts=(), _loaded={}, _panels={}, analysed={})

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

    @cached_property
    def figured(self) -> list[int]:
        """The years of which figures can speak: not those of events, changes of units and registers alone."""
        ledgers = [one for one in self.config.ledgers if one not in (*REGISTERS, EVENT, UNIT_CHANGE)]
        stored = {year for ledger in ledgers for year in self.store.years(ledger, self.as_of)}
        return sorted(stored | {part.year for part in self.parts if part.ledger in ledgers})

    def frames(self, year: int) -> dict[str, pd.DataFrame]:
        """Ledger → accepted rows of the year, ledgers without any left out."""
        frames = {name: self.folded(name, year).frame for name in self.config.ledgers}
        return {name: frame for name, frame in frames.items() if len(frame)}

    def before(self, year: int) -> dict[str, pd.DataFrame] | None:
        """Ledger → accepted rows of the year before, under the year's own keys, numbers and units.

        None where there is no such year. What `prev` may not know, of households that split or merged, is
        left without a key.
        """
        if year - 1 not in self.years:
            return None
        panel, frames = self.panel(year), self.frames(year - 1)
        if panel.is_plain:
            return frames
        return {name: panel.past(self.config.ledgers[name]) for name in frames}

    def panel(self, year: int, since: int | None = None) -> Panel:
        """What happened between the year before, or an earlier one, and the year.

        From an earlier one on, with the events of the years between; changes of units are the year's own.
        """
        since = year - 1 if since is None else since
        if (since, year) not in self._panels:
            given = {EVENT} if any(self._has(EVENT, at) for at in range(since + 1, year + 1)) else set()
            given |= {UNIT_CHANGE} if self._has(UNIT_CHANGE, year) else set()
            self._panels[since, year] = Panel(
                self.config,
                year,
                since,
                lambda ledger, at: self.folded(ledger, at).frame,
                lambda at: self._reported_around(at, year),
                frozenset(given),
            )
        return self._panels[since, year]

    def _reported_around(self, at: int, year: int) -> list[str]:
        """Units of a year; where it has none, of the nearest one on that side of the change.

        Changes of units that lie between that one and the year are followed, or undone.
        """
        if units := list(self.reported([at])):
            return units
        return self._units_before(at) if at >= year else self._units_after(at)

    def _units_after(self, at: int) -> list[str]:
        """The units that the last year before this one had, as the changes since then left them."""
        last = next((one for one in reversed(self.years) if one < at and self.reported([one])), None)
        return [] if last is None else self.units_in(list(self.reported([last])), last, at)

    def _units_before(self, at: int) -> list[str]:
        """The units that the first year after this one has, and those that changes until then replaced."""
        following = next((one for one in self.years if one > at and self.reported([one])), None)
        units = [] if following is None else list(self.reported([following]))
        for until in [] if following is None else range(following, at, -1):
            if self._has(UNIT_CHANGE, until):
                units = with_replaced(units, self.folded(UNIT_CHANGE, until).frame)
        return units

    def frames_in(self, year: int, later: int) -> dict[str, pd.DataFrame]:
        """Ledger → accepted rows of a year in the units of a later one; as they are where none changed."""
        return {name: self.frame_in(name, year, later) for name in self.frames(year)}

    def frame_in(self, ledger: str, year: int, later: int) -> pd.DataFrame:
        """The accepted rows of one ledger and year in the units of a later one."""
        rows = self.folded(ledger, year).frame
        for at in range(year + 1, later + 1) if len(rows) else ():
            panel = self.panel(at)
            if not panel.geography.is_plain:
                rows = panel.carried(self.config.ledgers[ledger], rows)
        return rows

    def units_in(self, units: Sequence[str], year: int, later: int) -> list[str]:
        """What became of units of a year in a later one: each itself, another, or several."""
        found = list(units)
        for at in range(year + 1, later + 1):
            parts = self.panel(at).geography.parts
            found = [new for unit in found for new, _ in parts.get(unit, ((unit, 1.0),))]
        return list(dict.fromkeys(found))

    def lasting(self, units: Sequence[str], year: int) -> tuple[str, ...]:
        """Those of the units that there are in a year: not those a change ended before, or began after.

        Of other years only registers of changes are read, and which units their rows name.
        """
        registers = {
            at: self.folded(UNIT_CHANGE, at).frame for at in self.years if self._has(UNIT_CHANGE, at)
        }
        if not registers:
            return tuple(units)
        first = dict(self._first_named)
        for part in self.parts:
            for path in part.frame[UNIT].dropna().unique():
                first[path] = min(part.year, first.get(path, part.year))
        there = there_in(year, registers, list(dict.fromkeys([*units, *first])), first)
        return tuple(one for one in units if one in there)

    def mapped(self, year: int, later: int) -> list[Said]:
        """Which units between the years were placed anew, in words."""
        told = (self.panel(at).geography.said() for at in range(year + 1, later + 1))
        return [said for said in told if said]

    def _has(self, ledger: str, year: int) -> bool:
        """Whether there are rows of a register in a year; nothing is read to know it, unless there may be."""
        known = ledger in self.config.ledgers and (
            year in self.store.years(ledger, self.as_of)
            or any((part.ledger, part.year) == (ledger, year) for part in self.parts)
        )
        return known and len(self.folded(ledger, year).frame) > 0

    def matched(self, ledger: str, year: int) -> Matched:
        """Last year's keys of households or persons under the year's, and of which nothing is known."""
        return self.panel(year).matched(self.config.ledgers[ledger])

    def followed(self, ledger: str, years: Sequence[int]) -> dict[int, dict[str, str]]:
        """Year → a key of that year → the one it has in the last of the years, which ascend.

        As declared events and changed units say who goes on as whom, one year after the other. A key not
        named stays; one that another took, with none for whom it meant, ends with its year: `B 2021`. So does
        one that nobody had any more when another took it, if that one was there beside it.
        Over years without rows of the ledger go the events of all of them.
        """
        stored = {*self.store.years(ledger, self.as_of)}
        sent = {part.year for part in self.parts if part.ledger == ledger}
        there = [year for year in years if year in stored | sent]
        found: dict[int, dict[str, str]] = {}
        later: dict[str, str] = {}
        came: dict[str, str] = {}
        for year, after in reversed(list(pairwise(there))):
            goes_on = self._goes_on(self.config.ledgers[ledger], year, after)
            ends = {
                old: f"{old} {year}" if new is None else later.get(new, new) for old, new in goes_on.items()
            }
            came = {key: own for key, own in came.items() if key not in goes_on}
            came |= {new: old for old, new in goes_on.items() if new is not None and new not in goes_on}
            others = _others(came, set(self.folded(ledger, year).frame[ENTITY])) if came else []
            later = later | ends | {key: f"{key} {year}" for key in others}
            came = {key: own for key, own in came.items() if key not in others}
            found[year] = later
        return found

    def _goes_on(self, ledger: Ledger, year: int, after: int) -> Mapping[str, str | None]:
        """Keys of a year that are others in the next one with rows; of units those that were renamed.

        A unit whose name another one took, though nothing goes on alone from it, ends.
        """
        if ledger.level not in LEVELS:
            return self.panel(after, year).matched(ledger).goes_on
        if not any(self._has(UNIT_CHANGE, at) for at in range(year + 1, after + 1)):
            return {}
        before = set(self.folded(ledger.ledger, year).frame[ENTITY])
        became = {unit: self.units_in([unit], year, after) for unit in before}
        counts = Counter(one for to in became.values() for one in to)
        goes_on: dict[str, str | None] = {
            unit: to[0]
            for unit, to in became.items()
            if len(to) == 1 and to[0] != unit and counts[to[0]] == 1
        }
        return goes_on | dict.fromkeys(before & {*goes_on.values()} - {*goes_on})

    def rows(self, ledger: Ledger, year: int) -> Rows:
        """What a formula over `ledger` sees in `year`; reasons that events declare stand in blank cells."""
        frames = self.frames(year)
        before = self.before(year) or {}
        frame = frames.get(ledger.ledger, self.folded(ledger.ledger, year).frame)
        return Rows(
            frame=self.panel(year).told(ledger, frame),
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
        frames = (frame for year in years if year in self.years for frame in self.frames(year).values())
        return dict.fromkeys(path for frame in frames for path in frame[UNIT].dropna().unique())

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
        layers = (
            layer.read([UNIT, HELD])
            for ledger in self.config.ledgers
            for layer in self.store.layers(ledger, year, self.as_of)
        )
        new = (part.frame[[UNIT, HELD]] for part in self.parts if sent and part.year == year)
        accepted = (rows.loc[~rows[HELD].astype(bool), UNIT] for rows in (*layers, *new))
        return list(dict.fromkeys(path for units in accepted for path in units.dropna().unique()))


def _others(came: Mapping[str, str], keys: Collection[str]) -> list[str]:
    """Keys of a year that mean another than later: who has them later is there too, under its own.

    `came`: key → the one from which it was taken on, one year after the other.
    """
    found = []
    for key in came:
        own, seen = came[key], {key}
        while own not in keys and own in came and own not in seen:
            seen.add(own)
            own = came[own]
        if key in keys and own in keys and own != key:
            found.append(key)
    return found


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
