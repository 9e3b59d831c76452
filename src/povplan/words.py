"""Header and label text as offices write it, brought to one form so that it can be compared.

Half- and full-width characters, inner blanks, line breaks, quotation marks, a unit of measure in
brackets, 其中 and enumeration marks differ between two printings of the same form and mean nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, lru_cache

from povplan.spec import UnitOfMeasure, Words

_BLANKS = re.compile(r"\s+")
_QUOTES = re.compile("[\"'“”‘’《》`]")
_ENUMERATION = re.compile(
    r"^(?:[(\[]?[一二三四五六七八九十\d]{1,3}[)\].、．]+|[a-z]\d{1,2}[a-z]?[.、．:]?(?=[一-鿿]))+"
)
_BRACKET = re.compile(r"^(.*?)[(\[]([^()\[\]]*)[)\]]$")
_UNIT_NOTE = re.compile(r"(?:金额|计量)?单位[::]?(.+)$")


@lru_cache(maxsize=65536)
def normal(text: str) -> str:
    """Text without what means nothing: width, blanks, quotes, case."""
    plain = unicodedata.normalize("NFKC", text)
    return _QUOTES.sub("", _BLANKS.sub("", plain)).lower()


@dataclass(frozen=True)
class Label:
    """A header cell understood: its name, the unit of measure it states, whether it is a part (其中)."""

    name: str
    unit: str | None = None
    part: bool = False


@dataclass(frozen=True)
class Vocabulary:
    """What a sheet's words mean: units of measure by name, total words, yes and no."""

    measurement: Mapping[str, UnitOfMeasure]
    words: Words

    @cached_property
    def _parts(self) -> tuple[str, ...]:
        return tuple(sorted((normal(word) for word in self.words.parts), key=len, reverse=True))

    @cached_property
    def _units(self) -> dict[str, str]:
        return {normal(name): unit.id for name, unit in self.measurement.items()}

    def unit(self, text: str) -> str | None:
        """The id of the unit of measure that `text` names, if it names one."""
        return self._units.get(normal(text).removeprefix("单位:").removeprefix("单位"))

    def label(self, text: str) -> Label:
        """A header cell as name, unit and part mark: `其中：低保对象（户）` → 低保对象, 户, part."""
        name, part = normal(text), False
        for mark in self._parts:
            if name.startswith(mark) and len(name) > len(mark):
                name, part = name[len(mark) :].lstrip(":,、"), True
                break
        unit = self._units.get(name)
        if unit:
            return Label("", unit, part)
        bracket = _BRACKET.match(name)
        if bracket and (unit := self.unit(bracket[2])):
            name = bracket[1]
        return Label(_bare(name), unit, part)

    def stated_money_unit(self, texts: Iterable[str]) -> str | None:
        """The one unit of money that a line like `单位：万元、人` states for the whole table."""
        found = {
            unit
            for text in texts
            if (note := _UNIT_NOTE.search(normal(text)))
            for word in re.split(r"[,、;/()]", note[1])
            if (unit := self._units.get(word)) and self.measurement[unit].dimension == "money"
        }
        return found.pop() if len(found) == 1 else None

    @cached_property
    def _totals(self) -> frozenset[str]:
        return frozenset(normal(word) for word in (*self.words.totals, *self.words.subtotals))

    @cached_property
    def _endings(self) -> tuple[str, ...]:
        return tuple(normal(word) for word in (*self.words.totals, *self.words.subtotals) if "计" in word)

    @cached_property
    def _subtotals(self) -> tuple[str, ...]:
        return tuple(normal(word) for word in self.words.subtotals)

    def is_total(self, text: str) -> bool:
        """合计, 温泉镇小计, 全县 …: a printed sum, not a row. `全县` counts only alone."""
        plain = normal(text).strip(":()")
        return plain in self._totals or (len(plain) <= 16 and plain.endswith(self._endings))

    def is_subtotal(self, text: str) -> bool:
        """小计, 温泉镇小计, 温泉镇合计: the sum of the rows since the last one, not of all."""
        plain = normal(text).strip(":()")
        return plain.endswith(self._subtotals) or (plain not in self._totals and self.is_total(text))

    @cached_property
    def _asides(self) -> re.Pattern[str]:
        words = sorted((*self.words.notes, *self.words.signatures), key=len, reverse=True)
        spaced = "|".join(r"\s*".join(map(re.escape, normal(word))) for word in words)
        return re.compile(rf"[\s(*※]*(?:{spaced})(?:[\s:().、\d]|$)", re.IGNORECASE)

    def is_aside(self, text: str) -> bool:
        """A note below the table or a signature line: one of their words alone, or before a colon."""
        return bool(self._asides.match(unicodedata.normalize("NFKC", text)))


@lru_cache(maxsize=65536)
def _bare(name: str) -> str:
    """A normalised name without a leading enumeration mark and trailing punctuation."""
    shorter = _ENUMERATION.sub("", name)
    return (shorter or name).strip(":,、-_—·。.#*")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, if any is like it."""
    found = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None
