"""What is wrong with a formula: where in its text, said in both languages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from povplan.messages import Said, say


class FormulaError(Exception):
    """One mistake in a formula: what to say, and the character of `text` (from 0) where it stands."""

    def __init__(self, said: Said, offset: int, text: str = "") -> None:
        super().__init__(said.en)
        self.said = said
        self.offset = offset
        self.text = text


class FormulaErrors(Exception):
    """Every mistake found in a formula, each once, in the order in which they stand. Never empty."""

    def __init__(self, errors: Iterable[FormulaError]) -> None:
        found = {(error.text, error.offset, error.said): error for error in errors}
        self.errors = sorted(found.values(), key=lambda error: error.offset)
        super().__init__("; ".join(error.said.en for error in self.errors))


NOTHING = Said("", "")


def tell(key: str, **values: object) -> Said:
    """The message `key`; a gap filled with a `Said` is filled in each language with its own words."""
    return say(key, **values)


def nearest(name: str, right: Iterable[str]) -> Said:
    """`Did you mean …?` with the most similar of the `right` names; nothing where none is similar."""
    alike = difflib.get_close_matches(name, list(right), n=1, cutoff=0.6)
    return tell("formula_did_you_mean", near=alike[0]) if alike else NOTHING
