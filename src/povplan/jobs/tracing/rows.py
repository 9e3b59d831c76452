"""The rows of a figure: which count, which do not and why, which carry a doubt."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from povplan.jobs.checking import Findings, stored_findings
from povplan.jobs.differing import hides_entities
from povplan.jobs.standing import Standing
from povplan.ledger import Folded
from povplan.memory import STATUS
from povplan.messages import say
from povplan.model import ENTITY, UNIT
from povplan.spec import Ledger


def below(units: pd.Series, unit: str) -> pd.Series:
    """Whether each path is the unit or lies in it; blanks do not."""
    distinct = units.dropna().unique()
    inside = [path for path in distinct if path == unit or str(path).startswith(f"{unit}/")]
    return units.isin(inside)


def masker(standing: Standing, ledger: Ledger) -> Callable[[str], str]:
    """How entities of the ledger are shown: by pseudonym where they are households or persons."""
    if hides_entities(ledger, standing.config.ledgers):
        return standing.workspace.pseudonym
    return str


def reasons(
    rows: pd.DataFrame, state: pd.Series, ledger: Ledger, names: Sequence[str], lang: str
) -> list[str]:
    """Why each row does not count, in words: the fields that are blank, else what else is unknown."""
    blank = {
        name: rows[name].isna().to_numpy() if name in rows else np.ones(len(rows), bool) for name in names
    }
    told = []
    for at, one in enumerate(state):
        if one in ("used", "out"):
            told.append("")
            continue
        if one in ("waiting", "vanished"):
            told.append(say(f"trace_why_{one}").text(lang))
            continue
        lacking = "、".join(ledger.field(name).label.text(lang) for name in names if blank[name][at])
        key = "trace_why_blank" if lacking else "trace_why_unknown"
        told.append(say(key, fields=lacking).text(lang))
    return told


def flagged(standing: Standing, ledger: str, year: int, entities: Sequence[str]) -> list[bool]:
    """Whether each entity has an open doubt or error in the findings of the newest batch."""
    found = stored_findings(standing, ("ledger", "year", "severity", "entity", STATUS))
    doubtful = Findings(found, {}, found.iloc[:0]).flagged(ledger, year)
    return [entity in doubtful for entity in entities]


def aside(folded: Folded, unit: str) -> pd.DataFrame:
    """Rows of the unit that wait, or have vanished, with their `_state`: none of them counts."""
    found = []
    for name, frame in (("waiting", folded.waiting), ("vanished", folded.vanished)):
        own = frame[below(frame[UNIT], unit)]
        found.append(own.assign(_state=name))
    both = [frame for frame in found if len(frame)]
    return pd.concat(both, ignore_index=True) if both else found[0]


def entities_of(rows: pd.DataFrame) -> list[str]:
    """The keys of rows."""
    return [str(one) for one in rows[ENTITY]]
