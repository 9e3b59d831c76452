"""What becomes of a header, and where that comes from in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from povplan.jobs.learning.headings import Heading, Target, target
from povplan.messages import Said, say

Kind = Literal["field", "own", "out", "open"]
_SAID = {"field": "learned_alias", "own": "learned_own", "out": "learned_out", "open": "learned_open"}


@dataclass(frozen=True)
class Decision:
    """What becomes of a header: it means a field, is a field of its own, is left out, or nobody decided."""

    heading: Heading
    kind: Kind
    target: Target | None = None
    asked: bool = False

    @property
    def share(self) -> str:
        """How likely the field chosen was, in percent; a dash where it was not among the guesses."""
        found = (g.confidence for g in self.heading.seen.guesses if target(g) == self.target)
        confidence = next(found, None)
        return "—" if confidence is None else f"{confidence:.0%}"


def whence(decision: Decision, lang: str) -> str:
    """Where a line comes from: header, file, cell, confidence, and whether somebody confirmed it."""
    header, place = decision.heading.text, where(decision.heading, lang)
    told = say(_SAID[decision.kind], header=header, where=place, share=decision.share)
    by = say("learned_asked" if decision.asked else "learned_unasked")
    return Said(told.zh + by.zh, told.en + by.en).text(lang)


def where(heading: Heading, lang: str) -> str:
    """The first place of a header, and how many more there are."""
    first, more = heading.places[0], len(heading.places) - 1
    said = say("learned_where", file=first.file, sheet=first.sheet, cell=first.cell)
    also = say("learned_where_more", count=more) if more else Said("", "")
    return Said(said.zh + also.zh, said.en + also.en).text(lang)
