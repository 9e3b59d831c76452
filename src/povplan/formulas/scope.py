"""What a formula may name, and the rows it is evaluated on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from povplan.formulas.columns import TEXT, Bools, Column, Positions, blank, load
from povplan.model import ENTITY, UNIT
from povplan.spec import LEVELS, CodeList, Ledger, Parameter
from povplan.units import Codes, Tree

AREAS: tuple[str, ...] = LEVELS
LONGEST_NUMBER = 18
"""Digits that a 64-bit integer always holds."""


@dataclass(frozen=True)
class Scope:
    """The names a formula may use: the fields of `ledger`, other ledgers, parameters, code lists.

    A choice compared with a text is checked only where its list is among `codes`. `by_label`: whatever has
    an id may also be called by its label or alias, as people do at a terminal; definitions never do.
    """

    ledger: Ledger
    ledgers: Mapping[str, Ledger] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    codes: Mapping[str, CodeList] = field(default_factory=dict)
    by_label: bool = False

    def inside(self, ledger: str) -> Scope:
        """The same names seen from another ledger."""
        return Scope(self.ledgers[ledger], self.ledgers, self.parameters, self.codes, self.by_label)


@dataclass(frozen=True, eq=False)
class Rows:
    """One ledger's rows of a year, with last year's and the other ledgers' beside them.

    Which row belongs to which is found once and kept, and so is every field that a formula has read:
    evaluate many formulas on the same `Rows`. Parts that several formulas share may be kept too (`share`).
    """

    frame: pd.DataFrame
    year: int
    as_of: date
    previous: pd.DataFrame | None = None
    others: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    _parents: dict[str, Positions] = field(default_factory=dict, init=False, repr=False)
    _children: dict[str, Link] = field(default_factory=dict, init=False, repr=False)
    _inside: dict[str, Rows] = field(default_factory=dict, init=False, repr=False)
    _columns: dict[tuple[str, str], Column] = field(default_factory=dict, init=False, repr=False)
    _shared: dict[str, Column | None] = field(default_factory=dict, init=False, repr=False)
    _sharing: list[Scope] = field(default_factory=list, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.frame)

    def column(self, name: str, kind: str) -> Column:
        """A field of the rows; unknown throughout where the frame does not carry it."""
        at = (name, kind)
        if at not in self._columns:
            found = load(self.frame[name], kind) if name in self.frame else blank(len(self), kind)
            self._columns[at] = found
        return self._columns[at]

    def share(self, parts: Iterable[str], scope: Scope) -> None:
        """From now on keep these parts of formulas (`part_key`), written under `scope`, once computed."""
        self._shared.clear()
        self._shared.update(dict.fromkeys(parts))
        self._sharing[:] = [scope]

    def part(self, key_of: Callable[[], str], scope: Scope, run: Callable[[Rows], Column]) -> Column:
        """What a part of a formula gives, computed once if it is shared."""
        if not any(scope is one for one in self._sharing) or (key := key_of()) not in self._shared:
            return run(self)
        found = self._shared[key]
        if found is None:
            found = self._shared[key] = run(self)
        return found

    def inside(self, ledger: str) -> Rows | None:
        """The rows of another ledger, same year; None where there are none at hand."""
        if ledger not in self._inside and ledger in self.others:
            self._inside[ledger] = Rows(self.others[ledger], self.year, self.as_of)
        return self._inside.get(ledger)

    @cached_property
    def last_year(self) -> Rows | None:
        """The same ledger one year before, ages counted from one year before."""
        if self.previous is None:
            return None
        leap_day = (self.as_of.month, self.as_of.day) == (2, 29)
        as_of = self.as_of.replace(year=self.as_of.year - 1, day=28 if leap_day else self.as_of.day)
        return Rows(self.previous, self.year - 1, as_of)

    @cached_property
    def before(self) -> Positions:
        """Row → the row of the same entity one year before; -1 where there is none, or more than one."""
        if self.last_year is None:
            return np.full(len(self), -1)
        return match(self.keys(ENTITY), self.last_year.keys(ENTITY), lone=True)

    def keys(self, name: str) -> pa.Array:
        """A column as text, to find rows by; blank throughout where the frame does not carry it."""
        if name not in self.frame:
            return pa.nulls(len(self), TEXT)
        return load(self.frame[name].astype("string"), "text").values

    @cached_property
    def units(self) -> tuple[Positions, pa.Array]:
        """Row → place among the distinct units (-1 unknown), and the distinct units."""
        return _factorised(self.keys(UNIT))

    def areas(self, depth: int) -> pa.Array:
        """The area at `depth` (0 county … 2 village) in which each row lies; blank where unknown."""
        codes, paths = self.units
        heads = ["/".join(path.split("/")[: depth + 1]) for path in paths.to_pylist()]
        deep_enough = [head if head.count("/") == depth else None for head in heads]
        return pa.array([*deep_enough, None], TEXT).take(pa.array(codes % (len(heads) + 1)))

    def nodes(self, tree: Tree) -> Codes:
        """Row → node of `tree`; -1 where the unit is blank or not in it."""
        codes, paths = self.units
        of_units = tree.codes(pd.Series(paths.to_pylist(), dtype=object))
        nodes: Codes = np.append(of_units, np.int64(-1))[codes]
        return nodes

    def parents(self, own: Ledger, other: Ledger) -> Positions:
        """Row → the row of `other` it belongs to; -1 where there is none, or more than one."""
        if other.ledger not in self._parents:
            self._parents[other.ledger] = _parents(self, own, other)
        return self._parents[other.ledger]

    def children(self, own: Ledger, other: Ledger) -> Link:
        """How the rows of `other` belong to these."""
        if other.ledger not in self._children:
            self._children[other.ledger] = _children(self, own, other)
        return self._children[other.ledger]


@dataclass(frozen=True)
class Link:
    """Own rows and the rows of another ledger, both as places in the same groups; -1 belongs to none."""

    groups: int
    of_rows: Positions
    of_others: Positions
    reported: Bools
    """Own row → whether the other ledger reports from there (see `_reported`)."""


def _parents(rows: Rows, own: Ledger, other: Ledger) -> Positions:
    inside = rows.inside(other.ledger)
    if inside is None:
        return np.full(len(rows), -1)
    if other.level in AREAS:
        depth = AREAS.index(other.level)
        return match(rows.areas(depth), inside.areas(depth), lone=True)
    return match(rows.keys(own.links[other.ledger]), inside.keys(ENTITY), lone=True)


def _children(rows: Rows, own: Ledger, other: Ledger) -> Link:
    inside = rows.inside(other.ledger)
    depth = AREAS.index(own.level) if own.level in AREAS else None
    of_rows, groups = _factorised(rows.keys(ENTITY) if depth is None else rows.areas(depth))
    if inside is None:
        return Link(len(groups), of_rows, np.array([], np.int64), np.zeros(len(rows), bool))
    keys = inside.keys(other.links[own.ledger]) if depth is None else inside.areas(depth)
    return Link(len(groups), of_rows, match(keys, groups), _reported(rows, inside, own))


def _reported(rows: Rows, inside: Rows, own: Ledger) -> Bools:
    """Row → whether the other ledger has any row in the same unit; of an entry, in the same county.

    Offices keep projects and amounts for the whole county, villages send the rest.
    """
    if own.level == "entry":
        return match(rows.areas(0), inside.areas(0)) >= 0
    return match(rows.keys(UNIT), inside.units[1]) >= 0


def match(wanted: pa.Array, among: pa.Array, lone: bool = False) -> Positions:
    """Each wanted key's place among the others, -1 where blank or absent; `lone`: or not unique."""
    if lone:
        return _match_lone(wanted, among)
    found = pc.index_in(wanted, value_set=among, skip_nulls=True)
    places: Positions = pc.fill_null(found, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return places


def _match_lone(wanted: pa.Array, among: pa.Array) -> Positions:
    """The same of keys that stand among the others once."""
    numbers = _as_numbers(wanted, among)
    if numbers is not None and _rising(numbers[1]):
        return _match_rising(*numbers)
    both = pa.concat_arrays([among, wanted]) if numbers is None else np.concatenate(numbers[::-1])
    codes = _factorised(both)[0] if numbers is None else pd.factorize(both)[0].astype(np.int64)
    of_others, of_wanted = codes[: len(among)], codes[len(among) :]
    keys = codes.max(initial=-1) + 1
    counts = np.bincount(of_others + 1, minlength=keys + 1)
    place = np.full(keys + 1, -1)
    place[of_others] = np.arange(len(among))
    place[:-1][counts[1:] != 1] = -1
    place[-1] = -1  # what is blank is found nowhere
    found: Positions = place[of_wanted]
    return found


def _rising(numbers: Positions) -> bool:
    """Whether each number is greater than the one before, as in a ledger kept in the order of its keys."""
    return len(numbers) > 0 and bool((numbers[1:] > numbers[:-1]).all())


def _match_rising(wanted: Positions, among: Positions) -> Positions:
    """The place of each number among others that rise, -1 where it is absent."""
    places = np.minimum(np.searchsorted(among, wanted), len(among) - 1)
    found: Positions = np.where(among[places] == wanted, places, -1)
    return found


def _as_numbers(*keys: pa.Array) -> list[Positions] | None:
    """Keys as integers, where all are digits of one length that an integer holds; else None."""
    numbers, found = [], set()
    for some in keys:
        if not len(some) or some.null_count:
            return None
        found.update(pc.min_max(pc.binary_length(some)).as_py().values())
        if len(found) > 1 or max(found) > LONGEST_NUMBER:
            return None
        try:
            numbers.append(pc.cast(some, pa.int64()).to_numpy(zero_copy_only=False))
        except pa.ArrowInvalid:
            return None
        if numbers[-1].min() <= 0 and pc.any(pc.match_substring(some, pattern="-")).as_py():
            return None
    return numbers


def _factorised(keys: pa.Array) -> tuple[Positions, pa.Array]:
    encoded = keys.dictionary_encode()
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes, encoded.dictionary
