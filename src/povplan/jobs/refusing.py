"""Villages of which too many rows must wait: then all their rows of that file wait, if the office wants it.

Off unless `povplan.yaml` says `refuse`. A file is never refused as a whole: its other villages go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd

from povplan.identity import villages
from povplan.jobs.faults import Finding, finding
from povplan.jobs.gathering import Gathered
from povplan.ledger import HELD
from povplan.messages import say
from povplan.model import ROW, SOURCE, UNIT, Source
from povplan.spec import Refusal
from povplan.store import Part

Refused = tuple[str, int, str]
"""SHA-256 of a file, a year, and the village whose rows in it wait."""


def refuse(gathered: Gathered, refusal: Refusal | None) -> bool:
    """Hold every row of the villages that are refused and say so; whether there is any."""
    if refusal is None:
        return False
    told = [one for part in gathered.parts for one in _told(part, gathered.sources, refusal.share)]
    refused = {at for at, _ in told}
    if not refused:
        return False
    gathered.findings += [found for _, found in told]
    gathered.parts = [_held(part, gathered.sources, refused) for part in gathered.parts]
    return True


def _told(part: Part, sources: Mapping[int, Source], share: float) -> Iterator[tuple[Refused, Finding]]:
    """Each village of which more than the share of the rows of one file must wait, and the words for it."""
    frame = part.frame
    known = frame[frame[UNIT].isin(villages(frame[UNIT].dropna().unique()))]
    for (file, unit), rows in known.groupby([_files(known, sources), UNIT], sort=False):
        held, count = int(rows[HELD].sum()), len(rows)
        if held > share * count + 1e-9:
            first = rows[rows[HELD]].iloc[0]
            shown = f"{held / count:.0%}"
            said = say(
                "note_village_refused", unit=unit, held=held, count=count, shown=shown, share=f"{share:.0%}"
            )
            yield (
                (str(file), part.year, str(unit)),
                finding(
                    "village_refused",
                    said,
                    say("hint_village_refused"),
                    ledger=part.ledger,
                    year=part.year,
                    source=int(first[SOURCE]),
                    row=int(first[ROW]),
                    unit=str(unit),
                    value=f"{unit}|{held}|{count}",
                ),
            )


def _files(frame: pd.DataFrame, sources: Mapping[int, Source]) -> pd.Series:
    """The file of each row, by its SHA-256."""
    return frame[SOURCE].map({number: source.sha256 for number, source in sources.items()}).rename("file")


def _held(part: Part, sources: Mapping[int, Source], refused: set[Refused]) -> Part:
    """The part with every row of the refused villages held."""
    frame = part.frame
    at = pd.MultiIndex.from_arrays([_files(frame, sources), frame[UNIT]])
    mine = pd.MultiIndex.from_tuples(
        [(file, unit) for file, year, unit in refused if year == part.year] or [("", "")]
    )
    waits = frame[HELD] | pd.Series(at.isin(mine), index=frame.index)
    return replace(part, frame=frame.assign(**{HELD: waits}))
