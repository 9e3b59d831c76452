"""Header and label text as offices write it, brought to one form so that it can be compared.

Half- and full-width characters, inner blanks, line breaks, quotation marks, a unit of measure in
brackets, 其中 and enumeration marks differ between two printings of the same form and mean nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from povplan.spec import UnitOfMeasure, Words

_UNSEEN = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
_UNSEENS = re.compile(f"[{_UNSEEN}]+")
_NOTHING = re.compile(f"[\\s{_UNSEEN}]+")
_QUOTES = re.compile("[\"'“”‘’《》`]")
_BRACKETS = str.maketrans("【】〔〕〖〗", "()()()")
_CIRCLED = re.compile("^[①-⑳❶-❿]")
_ENUMERATION = re.compile(
    r"^(?:[(\[]?[一二三四五六七八九十\d]{1,3}[)\].、．]+|[a-z]\d{1,2}[a-z]?[.、．:]?(?=[一-鿿]))+"
)
_MARKS_BEHIND = re.compile("(?<=[)）\\]］】〕])[*＊#＃※①-⑳❶-❿¹²³]+$")
_BRACKET = re.compile(r"^(.*?)[(\[]([^()\[\]]*)[)\]]$")
_TABLE_UNIT = (
    r"(?:(?<![一-鿿])(?:以上|所有|[本表中内])*(?:金额|资金|货币|计量)?单\s*位\s*(?:[:;是]|均?为)?\s*\(?"
    r"|(?<![一-鿿])(?:金额|资金)\s*[:;]\s*\(?"
    r"|^\s*\((?=[^()]*\)\s*$))\s*"
)
_ANY_UNIT = rf"(?:{_TABLE_UNIT}|单\s*位\s*(?:(?:[:;是]|均?为)\s*\(?)?)\s*"
_BETWEEN_UNITS = r"[\s,、;/()]+"
_AMOUNT = "[0-9.几数余多一二三四五六七八九十百千万亿]"
_SEPARATORS = re.compile("[-_—/:·、,>~]+")


def visible(text: str) -> str:
    """Text without marks of direction, joining and variant: they show nothing, and are copied along."""
    return text if text.isascii() else _UNSEENS.sub("", text)


def half_width(text: str) -> str:
    """Text in its normal form, but for ①, ² and ½: they are marks, no digits of the number beside them."""
    return "".join(char if is_mark(char) else unicodedata.normalize("NFKC", char) for char in text)


def is_mark(char: str) -> bool:
    """Whether a character is a number of its own: circled, raised, a fraction."""
    return unicodedata.category(char) == "No"


def is_clean(text: str) -> bool:
    """Whether a text is letters and digits in their normal form: no blank, quote or mark to take away."""
    return text.isalnum() and unicodedata.is_normalized("NFKC", text)


_SURELY_CLEAN = "^[0-9A-Za-z一-龥]+$"


def are_clean(texts: pa.Array) -> npt.NDArray[np.bool_]:
    """Which of many texts are surely clean, told at once; of the others `is_clean` is to be asked."""
    import pyarrow.compute as pc

    found: npt.NDArray[np.bool_] = _mask(pc.match_substring_regex(texts, _SURELY_CLEAN))
    return found


def _mask(answers: pa.Array) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = answers.fill_null(False).to_numpy(zero_copy_only=False)
    return found


@lru_cache(maxsize=65536)
def normal(text: str) -> str:
    """Text without what means nothing: width, blanks, quotes, case."""
    if is_clean(text):
        return text.lower()
    plain = unicodedata.normalize("NFKC", text).translate(_BRACKETS)
    return _QUOTES.sub("", _NOTHING.sub("", plain)).lower()


_PER = re.compile("元/(人|户|月|天|日|亩)")


def counted_by(text: str) -> str | None:
    """What money is counted by in a text: 月 of 元/月; 元/年 is the year's."""
    found = _PER.search(normal(text))
    return found[1] if found else None


@lru_cache(maxsize=65536)
def flat(path: tuple[str, ...]) -> str:
    """A header path written as one name, as exports flatten it: 有劳动能力-低保对象 → 有劳动能力低保对象."""
    return _SEPARATORS.sub("", "".join(path))


@dataclass(frozen=True)
class Label:
    """A header cell understood: its name and the unit of measure it states."""

    name: str
    unit: str | None = None


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
        """A header cell as name and unit, without marks: `①其中：低保对象（户）` → 低保对象, 户.

        Without brackets only a unit of money is told from the name: 金额/万元, but 低保户.
        """
        name = normal(_MARKS_BEHIND.sub("", _CIRCLED.sub("", text.strip())))
        if (unnumbered := _ENUMERATION.sub("", name)).startswith(self._parts):
            name = unnumbered
        for mark in self._parts:
            if name.startswith(mark):
                name = name[len(mark) :].lstrip(":,、")
                break
        if name in self._units:
            return Label("", self._units[name])
        bracket = _BRACKET.match(name)
        unit = self._in_bracket(bracket[2]) if bracket else None
        if bracket and unit:
            return Label(_bare(bracket[1]), unit)
        behind = self._money_behind.fullmatch(name)
        return Label(_bare(behind[1]), self._units[behind[2] or behind[3]]) if behind else Label(_bare(name))

    def _in_bracket(self, text: str) -> str | None:
        """The one unit that stands in a bracket, alone or beside remarks: 万元,含税."""
        units = {unit for part in re.split("[,;]", text) if (unit := self.unit(part))}
        return units.pop() if len(units) == 1 else None

    @cached_property
    def _money_behind(self) -> re.Pattern[str]:
        """A name, no line about units, and a unit of money behind it; 元 behind a mark only: 单元."""
        no_note = rf"(?!.*单位(?:\W|为|{self._money_names}))"
        return re.compile(rf"{no_note}(.*?[^/:,])(?:[/:,]*(?<!{_AMOUNT})({self._money_names})|[/:,]+(元))")

    def stated_money_units(self, texts: Iterable[str], *, in_notes: bool = False) -> set[str]:
        """The units of money that lines like `单位：万元、人` or `（万元）` state for the whole table.

        帮扶单位 and 单位自筹(元) say 单位 too, but no unit of measure follows at once. In notes a unit of
        something (总投资单位：万元) is not the table's.
        """
        return self._of_money(self._stated(texts, in_notes=in_notes))

    def stated_units(self, texts: Iterable[str]) -> set[str]:
        """All units of measure that such lines state."""
        return {self._units[normal(word)] for word in self._stated(texts, in_notes=False)}

    def _stated(self, texts: Iterable[str], *, in_notes: bool) -> Iterator[str]:
        """The names of units in lines that state them."""
        note, unit = self._unit_notes[in_notes], self._unit_name
        plain = (unicodedata.normalize("NFKC", text).translate(_BRACKETS) for text in texts)
        lists = (found[1] for text in plain for found in note.finditer(text))
        yield from (word for words in lists for word in re.findall(unit, words, re.IGNORECASE))

    def mentioned_money_units(self, texts: Iterable[str]) -> set[str]:
        """The units of money that texts name in any way but as an amount; 元 alone is named anywhere."""
        return self._of_money(word for text in texts for word in self._mentions.findall(normal(text)))

    def _of_money(self, words: Iterable[str]) -> set[str]:
        units = {self._units[normal(word)] for word in words}
        return {unit for unit in units if self.measurement[unit].dimension == "money"}

    @cached_property
    def _unit_name(self) -> str:
        """Any unit of measure, whole; blanks inside its name mean nothing."""
        names = (r"\s*".join(map(re.escape, name)) for name in sorted(self._units, key=len, reverse=True))
        return rf"(?:{'|'.join(names)})(?!\w)"

    @cached_property
    def _unit_notes(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        """How a list of units is stated above a table, and how in notes."""
        units = f"({self._unit_name}(?:{_BETWEEN_UNITS}{self._unit_name})*)"
        return re.compile(_ANY_UNIT + units, re.IGNORECASE), re.compile(_TABLE_UNIT + units, re.IGNORECASE)

    @cached_property
    def _mentions(self) -> re.Pattern[str]:
        return re.compile(rf"(?<!{_AMOUNT})(?:{self._money_names})")

    @cached_property
    def _money_names(self) -> str:
        """The names of units of money that are told inside a text; 元 and 万 are parts of other words."""
        money = [name for name, unit in self._units.items() if self.measurement[unit].dimension == "money"]
        return "|".join(map(re.escape, sorted((n for n in money if len(n) > 1), key=len, reverse=True)))

    @cached_property
    def _total(self) -> re.Pattern[str]:
        words = [normal(word) for word in (*self.words.totals, *self.words.subtotals)]
        exact = "|".join(map(re.escape, words))
        ending = "|".join(re.escape(word) for word in words if "计" in word)
        named = rf"(?P<word>{exact}|{self._number_of})|.{{0,14}}?(?:{ending})"
        return re.compile(rf"\(?(?:{named})(?:[:()\d].*)?")

    @cached_property
    def _number_of(self) -> str:
        """共125个村, 两个村 and 共2村; 2村 and 共一村 may be names."""
        things = "|".join(re.escape(normal(word)) for word in self.words.counted) or "(?!)"
        return rf"共有?\d+个?(?:{things})|(?:共有?)?[\d一二两三四五六七八九十百]+个(?:{things})"

    @cached_property
    def _subtotals(self) -> tuple[str, ...]:
        return tuple(normal(word) for word in self.words.subtotals)

    @cached_property
    def _openings(self) -> frozenset[str]:
        return frozenset(normal(word)[0] for word in (*self.words.totals, *self.words.subtotals)) | {"("}

    def is_total(self, text: str) -> bool:
        """合计, 合计(125个村), 温泉镇小计, 全县 …: a printed sum, not a row. `全县` counts only alone."""
        plain = normal(text)
        may_be = "计" in plain or "个" in plain or plain[:1] in self._openings
        return may_be and bool(self._total.fullmatch(plain))

    def is_whole(self, text: str) -> bool:
        """A total by a word that may also be a place: 全村, 汇总. A project of 全村 is a row like others."""
        found = self._total.fullmatch(normal(text)) if self.is_total(text) else None
        return bool(found and found["word"] and "计" not in found["word"])

    def is_subtotal(self, text: str) -> bool:
        """小计, 温泉镇小计, 温泉镇合计: the sum of the rows of a group, not of all."""
        found = self._total.fullmatch(normal(text)) if self.is_total(text) else None
        return found is not None and (found["word"] is None or found["word"] in self._subtotals)

    def is_part(self, text: str) -> bool:
        """其中：低保户, #低保户: a row that repeats part of the one above."""
        return normal(text).startswith(self._parts)

    @cached_property
    def _comparison(self) -> re.Pattern[str]:
        return _alone(self.words.comparisons)

    @cached_property
    def _example(self) -> re.Pattern[str]:
        return _alone(self.words.examples)

    def comparison(self, text: str) -> str | None:
        """The word by which a row is an average, last year's or a change: 平均, 上年同期, 同比(%)."""
        found = self._comparison.fullmatch(normal(text))
        return found["word"] if found else None

    @cached_property
    def _plan(self) -> re.Pattern[str]:
        return _alone(self.words.plans)

    def is_plan(self, text: str) -> bool:
        """计划, 目标(户): what stands over columns of plans."""
        return bool(self._plan.fullmatch(normal(text)))

    def names_plan(self, text: str) -> bool:
        """Whether a name says that it is of a plan: 计划总投资, 预计年收益."""
        return any(normal(word) in text for word in self.words.plans)

    def example(self, text: str) -> str | None:
        """The word by which a row shows how to fill in the form: 例:甲村, 填报示例, ××村, 张三(示例)."""
        plain = normal(text)
        bracket = _BRACKET.match(plain)
        found = self._example.fullmatch(plain) or (self._example.fullmatch(bracket[2]) if bracket else None)
        return found["word"] if found else None

    @cached_property
    def _last_year(self) -> tuple[str, ...]:
        return tuple(normal(word) for word in self.words.last_year)

    def is_last_year(self, text: str) -> bool:
        """上年值 工资性收入(元): a column that repeats last year's values to compare with."""
        return bool(self._last_year) and normal(text).startswith(self._last_year)

    @cached_property
    def blanks(self) -> frozenset[str]:
        """What a cell says that stands for nothing (`—`, `/`, 不详), as `normal` has it; and nothing."""
        return frozenset({"", *(normal(word) for word in self.words.blank)})

    @cached_property
    def nones(self) -> frozenset[str]:
        """`blanks`, and what says that there is none (`无`, 未编号), where something is to be named."""
        return self.blanks | {normal(word) for word in self.words.none}

    @cached_property
    def _asides(self) -> tuple[frozenset[str], re.Pattern[str]]:
        words = sorted((*self.words.notes, *self.words.signatures), key=len, reverse=True)
        spaced = "|".join(r"\s*".join(map(re.escape, normal(word))) for word in words)
        openings = frozenset(normal(word)[0] for word in words)
        return openings, re.compile(rf"[\s(*※]*(?:{spaced})(?:[\s:;().、\d]|$)", re.IGNORECASE)

    def is_aside(self, text: str) -> bool:
        """A note below the table or a signature line: one of their words alone, or before a colon."""
        openings, words = self._asides
        plain = unicodedata.normalize("NFKC", text)
        return plain.lstrip(" \t\r\n(*※")[:1].lower() in openings and bool(words.match(plain))

    def is_surely_name(self, text: str) -> bool:
        """Whether a text is so plain that it can be no total, part, note or signature; told at once."""
        inside = "计" in text or "个" in text
        return is_clean(text) and not inside and not text.lower().startswith(self._beginnings)

    def are_surely_names(self, texts: pa.Array) -> npt.NDArray[np.bool_]:
        """Of which of many clean texts `is_surely_name` is true; nulls are none."""
        import pyarrow.compute as pc

        return _mask(pc.invert(pc.match_substring_regex(texts, self._no_surely_name)))

    @cached_property
    def _no_surely_name(self) -> str:
        return f"计|个|^(?i:{'|'.join(map(re.escape, self._beginnings))})"

    @cached_property
    def _beginnings(self) -> tuple[str, ...]:
        """How any text begins that makes a row something else than data."""
        left_out = {normal(word) for word in (*self.words.comparisons, *self.words.examples)}
        found = self._openings | self._asides[0] | {part[:1] for part in self._parts} | left_out
        return tuple(sorted(filter(None, found)))


def _alone(words: Iterable[str]) -> re.Pattern[str]:
    """A cell that is one of the words alone, or the word before a colon, a bracket or a number."""
    given = "|".join(re.escape(normal(word)) for word in words) or "(?!)"
    return re.compile(rf"[(*※]*(?P<word>{given})(?:[:()\d].*)?")


@lru_cache(maxsize=65536)
def _bare(name: str) -> str:
    """A normalised name without a leading enumeration mark and trailing punctuation."""
    shorter = _ENUMERATION.sub("", name)
    return (shorter or name).strip(":,、-_—·。.#*")


def nearest(word: str, known: Iterable[str], alike: float = 0.6) -> str | None:
    """The known word most like `word`, if any is like it."""
    found = get_close_matches(word, list(known), n=1, cutoff=alike)
    return found[0] if found else None
