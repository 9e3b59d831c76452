"""Keys over the years: who goes on as whom, one year after the other, each under its key of the last year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise

GoesOn = Mapping[str, str | None]
"""Keys of a year that are others in a later one; None where nobody knows which."""


def followed(
    years: Sequence[int], goes_on: Callable[[int, int], GoesOn], keys: Callable[[int], Collection[str]]
) -> dict[int, dict[str, str]]:
    """Year → a key of that year → the one it has in the last of the years, which ascend.

    `goes_on`: of two years after each other, who is another; `keys`: those of a year, asked for only where a
    key may mean two. A key not named stays; one that another took, with none for whom it meant, ends with its
    year: `B 2021`. So does one that nobody had any more when another took it, if that one was there beside
    it.
    """
    found: dict[int, dict[str, str]] = {}
    later: dict[str, str] = {}
    came: dict[str, str] = {}
    for year, after in reversed(list(pairwise(years))):
        others = goes_on(year, after)
        ends = {old: f"{old} {year}" if new is None else later.get(new, new) for old, new in others.items()}
        came = {key: own for key, own in came.items() if key not in others}
        came |= {new: old for old, new in others.items() if new is not None and new not in others}
        given_again = _given_again(came, set(keys(year))) if came else []
        later = later | ends | {key: f"{key} {year}" for key in given_again}
        came = {key: own for key, own in came.items() if key not in given_again}
        found[year] = later
    return found


def _given_again(came: Mapping[str, str], keys: Collection[str]) -> list[str]:
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


def units_going_on(became: Mapping[str, Sequence[str]]) -> GoesOn:
    """Units of a year that are others in a later one, by what each became: those that were renamed.

    A unit whose name another one took, though nothing goes on alone from it, ends.
    """
    counts = Counter(one for to in became.values() for one in to)
    renamed: dict[str, str | None] = {
        unit: to[0] for unit, to in became.items() if len(to) == 1 and to[0] != unit and counts[to[0]] == 1
    }
    return renamed | dict.fromkeys({*became} & {*renamed.values()} - {*renamed})
