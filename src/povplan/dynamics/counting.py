"""Households and their persons, counted at every unit: shares of households, and shares of persons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
        found: Codes = self._added(which, np.ones(len(self.nodes))).astype(np.int64)
        return found

    def people(self, which: Bools) -> Floats:
        """Node → how many persons in these households, as far as known."""
        return self._added(which, np.nan_to_num(self.persons))

    def _added(self, which: Bools, weights: Floats) -> Floats:
        used = which & (self.nodes >= 0)
        here = np.bincount(self.nodes[used], weights[used], len(self.tree.paths))
        return self.tree.add_upward(here).astype(np.float64)

    def share(self, part: Bools, whole: Bools) -> pd.DataFrame:
        """Node by node: households, of_households, rate, persons, of_persons, persons_rate, note.

        The rate of persons is one of those whose number of persons is known. Nobody in the whole: no rate,
        `no_denominator`.
        """
        people = ~np.isnan(self.persons)
        counts = {
            "households": self.households(part),
            "of_households": self.households(whole),
            "persons": self.people(part & people),
            "of_persons": self.people(whole & people),
        }
        found = pd.DataFrame(counts)
        for name, above in (("rate", "households"), ("persons_rate", "persons")):
            below = found[f"of_{above}"].to_numpy("float64")
            rate = np.divide(found[above], below, out=np.full(len(found), np.nan), where=below > 0)
            found[name] = pd.array(rate, dtype="Float64")
        nobody = found["of_households"] == 0
        found["note"] = pd.Series(pd.NA, index=found.index, dtype="string").mask(nobody, "no_denominator")
        return found

    def placed(self, found: pd.DataFrame) -> pd.DataFrame:
        """What was found node by node, with each node's unit and level before it."""
        levels = np.array(LEVELS, dtype=object)[self.tree.depths]
        named = found.assign(unit=list(self.tree.paths), level=levels)
        return named[["unit", "level", *found.columns]]


def stacked(parts: Sequence[pd.DataFrame], tree: Tree, columns: Sequence[str]) -> pd.DataFrame:
    """Frames of `Counter.placed`, unit by unit in the order of the tree, each unit's in the order given."""
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
    whole = pd.concat([part.assign(_part=number) for number, part in enumerate(parts)], ignore_index=True)
    place = tree.codes(whole["unit"])
    order = np.lexsort((whole["_part"].to_numpy(), place))
    return whole.iloc[order].reset_index(drop=True).reindex(columns=list(columns))
