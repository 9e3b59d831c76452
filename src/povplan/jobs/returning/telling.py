"""Findings told in full: their numbers, whose they are and where, for those who must mend them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from povplan.checks.numbers import numbers
from povplan.jobs.checking import Findings
from povplan.jobs.differing import MASK, hides_entities
from povplan.jobs.doubts import gravest_first, masked, place_of, rule_label
from povplan.jobs.returning.unmasking import in_full, townships
from povplan.jobs.standing import Standing
from povplan.memory import is_open
from povplan.model import ENTITY, UNIT
from povplan.spec import Ledger
from povplan.workspace import Workspace


def told(
    found: Findings, years: Sequence[int], workspace: Workspace, standing: Standing, lang: str
) -> pd.DataFrame:
    """The findings of `years` and of no known year, gravest first, with all that `sheets.returns` shows.

    `is_open` says whether something is still to be done. Households and persons are in full, in messages too.
    """
    undated = found.frame[found.frame["year"].isna()]
    frame = pd.concat([gravest_first(found, years), undated]) if len(undated) else gravest_first(found, years)
    frame = frame.reset_index(drop=True)
    places = [
        place_of(found.sources, *at)
        for at in zip(frame["source"], frame["row"], frame["column"], strict=True)
    ]
    units = [str(unit).split("/") if isinstance(unit, str) else [] for unit in frame["unit"]]
    config = workspace.config
    labels = {rule: rule_label(rule, config).text(lang) for rule in frame["rule"].unique()}
    more: dict[str, Any] = {
        "number": numbers(frame),
        "file": [one[0] for one in places],
        "sheet": [one[1] for one in places],
        "cell": [one[2] for one in places],
        "township": townships(frame["unit"]),
        "village": [path[2] if len(path) > 2 else None for path in units],
        "name": _names(frame, standing),
        "field_label": _field_labels(frame, config.ledgers, lang),
        "rule_label": frame["rule"].map(labels),
        "message": in_full(frame, standing, lang),
        "hint": frame[f"hint_{lang}"],
        "is_open": is_open(frame),
    }
    return frame.assign(**more)


def anonymous(frame: pd.DataFrame, workspace: Workspace, lang: str) -> pd.DataFrame:
    """The same with households and persons by their pseudonym, and nothing of them in the messages."""
    ledgers = workspace.config.ledgers
    hidden = masked(frame, ledgers, workspace)
    name = frame["name"].where(frame["name"].isna(), MASK)
    return frame.assign(entity=hidden, name=name, message=frame[f"message_{lang}"])


def _field_labels(frame: pd.DataFrame, ledgers: Mapping[str, Ledger], lang: str) -> list[str | None]:
    named = {
        (name, field.id): field.label.text(lang)
        for name, ledger in ledgers.items()
        for field in ledger.fields
    }
    return [named.get(at) for at in zip(frame["ledger"], frame["field"], strict=True)]


# ---- names of people ------------------------------------------------------------------------------------


def _names(frame: pd.DataFrame, standing: Standing) -> pd.Series:
    """The name of the household's head or the person that a finding speaks of, where a ledger has it.

    Only of the finding's own township: a key typed wrong may be that of somebody elsewhere.
    """
    found = pd.Series(None, index=frame.index, dtype=object)
    for (name, year), group in frame.groupby(["ledger", "year"], sort=False):
        ledger = standing.config.ledgers.get(str(name))
        if ledger is None or not hides_entities(ledger, standing.config.ledgers):
            continue
        names = _by_entity(ledger, int(str(year)), standing, set(group["entity"].dropna()))
        whose = zip(group["entity"], townships(group["unit"]), strict=True)
        found[group.index] = [names.get(one) for one in whose]
    return found


def _by_entity(
    ledger: Ledger, year: int, standing: Standing, wanted: set[str]
) -> dict[tuple[str, str | None], str]:
    """Entity and its township → name: its own, or of an entry that of the household it speaks of."""
    named, link = name_field(ledger), ledger.links.get("household")
    field = named if ledger.holds_persons else link
    found: dict[tuple[str, str | None], str] = {}
    for rows in _rows(ledger.ledger, year, standing):
        if field is not None and field in rows:
            here = rows[rows[ENTITY].isin(list(wanted))].dropna(subset=field)
            whose = zip(here[ENTITY], townships(here[UNIT]), strict=True)
            found |= dict(zip(whose, here[field].astype(str), strict=True))
    household = standing.config.ledgers.get("household")
    if ledger.holds_persons or household is None:
        return found
    heads = _by_entity(household, year, standing, set(found.values()))
    linked = {(entity, where): (key, where) for (entity, where), key in found.items()}
    return {entity: heads[head] for entity, head in linked.items() if head in heads}


def _rows(ledger: str, year: int, standing: Standing) -> Iterator[pd.DataFrame]:
    folded = standing.folded(ledger, year)
    yield from (folded.vanished, folded.waiting, folded.frame)


def name_field(ledger: Ledger) -> str | None:
    """The field that holds the name: one that a key may be made of, else the first that names a person."""
    texts = [field.id for field in ledger.fields if field.person and field.type == "text"]
    keyed: Iterable[str] = (name for key in ledger.key for name in key if name in texts)
    return next(iter([*keyed, *texts]), None)
