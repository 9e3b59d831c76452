"""Closed years, names of states, restated years: what batches say of the ledger, read from their notes.

A note of such a batch is a JSON object; that of any other batch is plain words.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from povplan.deviations.life import CORRECTION
from povplan.errors import PovplanError
from povplan.formulas.naming import Named, most_like
from povplan.memory.registers import ANSWER_LEDGER, WAIVER
from povplan.messages import say
from povplan.spec import Text
from povplan.store import Batch, Part, Store
from povplan.sums import known

SILENT = frozenset({WAIVER, ANSWER_LEDGER})
"""Ledgers whose rows change no figure: a closed year takes them."""
NOW = "now"


@dataclass(frozen=True)
class Tag:
    """A name for the ledger as a batch left it, whose figures of a year were reported under that name."""

    name: str
    batch: int
    year: int
    recorded: Batch
    """The batch that gave the name."""


@dataclass(frozen=True)
class Closing:
    """A year that is closed, or was opened again."""

    year: int
    closed: bool
    reason: str
    recorded: Batch


def said_in(batch: Batch) -> dict[str, Any]:
    """What the note of a batch says as an object; empty where it is plain words."""
    if not batch.note.startswith("{"):
        return {}
    try:
        found = json.loads(batch.note)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def note(**said: Any) -> str:
    """A note that is an object, what is blank left out."""
    return json.dumps(
        {name: value for name, value in said.items() if value not in ("", None)}, ensure_ascii=False
    )


def in_words(batch: Batch, lang: str) -> str:
    """The note of a batch as people read it."""
    said = said_in(batch)
    if not said:
        return batch.note
    key = f"history_note_{batch.kind}" if batch.kind in ("close", "reopen", "tag") else "history_note_revised"
    years = "、".join(map(str, said.get("revises", ())))
    told = {"year": "", "name": "", "batch": "", "reason": "", **said, "years": years}
    return say(key, **told).text(lang).strip("：: ")


def closings(store: Store, as_of: int | None = None) -> dict[int, Closing]:
    """Every year that was ever closed, with what holds now, in the order of years."""
    found: dict[int, Closing] = {}
    for batch in store.in_force(as_of):
        if batch.kind in ("close", "reopen"):
            said = said_in(batch)
            year = int(said["year"])
            found[year] = Closing(year, batch.kind == "close", str(said.get("reason", "")), batch)
    return dict(sorted(found.items()))


def closed_years(store: Store) -> list[int]:
    """The years that are closed."""
    return [year for year, one in closings(store).items() if one.closed]


def tags(store: Store, as_of: int | None = None) -> list[Tag]:
    """The names in force, in the order in which they were given."""
    return [
        Tag(str(said["name"]), int(said["batch"]), int(said["year"]), batch)
        for batch in store.in_force(as_of)
        if batch.kind == "tag"
        for said in [said_in(batch)]
    ]


def revisions(store: Store, as_of: int | None = None) -> dict[int, list[Batch]]:
    """Year → the batches in force that restated it after it was closed."""
    found: dict[int, list[Batch]] = {}
    for batch in store.in_force(as_of):
        for year in said_in(batch).get("revises", ()):
            found.setdefault(int(year), []).append(batch)
    return found


def state(text: str, store: Store) -> int | None:
    """The batch that `text` names: its number, a tag, or `now` for the newest (None in an empty ledger)."""
    if text == NOW:
        batches = store.batches()
        return batches[-1].id if batches else None
    if text.isdecimal():
        return store.batch(int(text)).id
    known = {tag.name: tag.batch for tag in tags(store)}
    if text in known:
        return known[text]
    near = most_like(text, [Named(name, Text(zh=name)) for name in known])
    hint = say("suggestion", near=near) if near else say("history_no_hint")
    said = say("history_bad_batch", given=text, hint="{hint}")
    raise PovplanError(type(said)(said.zh.replace("{hint}", hint.zh), said.en.replace("{hint}", hint.en)))


# ---- what restates a closed year ---------------------------------------------------------------------


def restated_by(parts: Collection[Part], closed: Collection[int]) -> list[int]:
    """The closed years whose figures the parts could change."""
    telling = [part for part in parts if part.ledger not in SILENT and not _decides(part)]
    return sorted({part.year for part in telling if part.year in closed})


def _decides(part: Part) -> bool:
    """Whether the rows say what is decided about deviations, and give no target another value."""
    return part.ledger == CORRECTION and not known(part.frame, "new_value", "string").notna().any()


def demand_revision(
    years: Collection[int], *, revise: bool, reason: str, refusal: str = "year_closed"
) -> None:
    """PovplanError where closed years would be restated without being meant to, or without saying why."""
    if not years:
        return
    told = {"years": "、".join(map(str, sorted(years))), "year": min(years)}
    if not revise:
        raise PovplanError(say(refusal, **told))
    if not reason.strip():
        raise PovplanError(say("revise_no_reason", **told))


def revision_note(years: Collection[int], reason: str) -> str:
    """The note of a batch that restates closed years; of any other, the reason as it is."""
    return note(revises=sorted(years), reason=reason.strip()) if years else reason.strip()
