"""Households and their persons, counted at every unit: shares of households, and shares of persons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.spec import LEVELS
from povplan.units import Codes, Tree

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Counter:
    """Households at the nodes of a tree, each with its persons; those without a node count nowhere."""

    tree: Tree
    nodes: Codes
    persons: Floats
    """Not a number where unknown: such a household counts as one, its persons as none."""

    @classmethod
    def at(cls, tree: Tree, nodes: Codes, persons: pd.Series) -> Counter:
        """Counts of households at `nodes` with these persons."""
        return cls(tree, nodes, persons.to_numpy("float64", na_value=np.nan))

    def households(self, which: Bools) -> Codes:
        """Node → how many of these households."""
        here = np.bincount(self.nodes[which & self._placed], minlength=len(self.tree.paths))
        found: Codes = self.tree.add_upward(here).astype(np.int64)
        return found

    def people(self, which: Bools) -> Floats:
        """Node → how many persons in these households, as far as known."""
        used = which & self._placed & ~np.isnan(self.persons)
        here = np.bincount(self.nodes[used], self.persons[used], len(self.tree.paths))
        return self.tree.add_upward(here).astype(np.float64)

    @cached_property
    def _placed(self) -> Bools:
        return self.nodes >= 0

    def share(self, part: Bools, whole: Bools, **labels: Any) -> pd.DataFrame:
        """Unit by unit: unit, level, `labels`; households, of_households, rate, the same of persons, note.

        The rate of persons is one of those whose number of persons is known. Nobody in the whole: no rate,
        `no_denominator`; with `note` among the labels that one stands instead.
        """
        people = ~np.isnan(self.persons)
        households, of_households = self.households(part), self.households(whole)
        persons, of_persons = self.people(part & people), self.people(whole & people)
        counts = {
            "households": households,
            "of_households": of_households,
            "rate": _rate(households, of_households),
            "persons": persons,
            "of_persons": of_persons,
            "persons_rate": _rate(persons, of_persons),
            "note": _noted(of_households == 0),
        }
        levels = np.array(LEVELS, dtype=object)[self.tree.depths]
        named = {"unit": np.array(self.tree.paths, dtype=object), "level": levels, **counts, **labels}
        return pd.DataFrame(named)


def _noted(nobody: Bools) -> pd.Series:
    return pd.Series(pd.NA, index=range(len(nobody)), dtype="string").mask(nobody, "no_denominator")


def _rate(part: npt.NDArray[Any], whole: npt.NDArray[Any]) -> Any:
    found = np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
    return pd.arrays.FloatingArray(found, whole == 0)


def stacked(parts: Sequence[pd.DataFrame], tree: Tree, columns: Sequence[str]) -> pd.DataFrame:
    """Frames of `Counter.share`, unit by unit in the order of the tree, each unit's in the order given."""
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
    whole = pd.concat([part.assign(_part=number) for number, part in enumerate(parts)], ignore_index=True)
    place = tree.codes(whole["unit"])
    order = np.lexsort((whole["_part"].to_numpy(), place))
    return whole.iloc[order].reset_index(drop=True).reindex(columns=list(columns))
