"""The shapes that travel between rooms: which columns a frame of rows, findings or measures has.

Frames stay plain pandas. A *typed* frame of a ledger has its field ids as columns, in the dtypes of
`DTYPES`, and the columns of `ROW` beside them; a blank is `pd.NA`, never 0 and never "".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from povplan.messages import Said
from povplan.spec import FieldType

DTYPES: Mapping[FieldType, str] = {
    "code": "string",
    "text": "string",
    "choice": "string",
    "choices": "string",  # codes joined by "," in the order of the code list
    "integer": "Int64",
    "number": "Float64",
    "money": "Int64",  # fen
    "date": "datetime64[s]",
    "boolean": "boolean",
}
"""pandas dtype of a field in a typed frame. `string` is pandas' NA-aware string dtype."""

ENTITY = "_entity"
"""The key of the thing the row speaks of, as text; unique within ledger and year."""
UNIT = "_unit"
"""The deepest unit known: a path `county/township/village` of normalised names."""
SOURCE = "_source"
"""Id (int) of the `Source` the row was read from."""
ROW = "_row"
"""Row number (int, from 1) in that source's sheet."""
FORM = "_form"
"""Form id the row came in by."""
MARKS: tuple[str, ...] = (ENTITY, UNIT, SOURCE, ROW)

FINDING_COLUMNS: tuple[str, ...] = (
    "rule",  # id of the rule or of the built-in check
    "severity",  # error | doubt | notice
    "effect",  # hold | flag
    "ledger",
    "entity",  # key, unmasked; masked where shown
    "unit",  # unit path or NA
    "year",
    "field",  # first field marked, or NA
    "source",  # Source id, or NA
    "row",  # sheet row from 1, or NA
    "column",  # sheet column from 1, or NA
    "message_zh",
    "message_en",
    "hint_zh",
    "hint_en",
    "digest",  # of the values that made the finding: an excuse lapses when it changes
)
FINDING_KEY: tuple[str, ...] = ("rule", "ledger", "entity", "year", "field", "digest")
"""What makes two findings of two runs the same one."""
MEASURE_COLUMNS: tuple[str, ...] = (
    "indicator",
    "unit",
    "level",
    "year",
    "value",
    "numerator",
    "denominator",
    "n",  # rows used
    "left_out",  # rows that could not be used
    "note",  # why there is no value, from NOTES; NA when there is one
    "basis",  # of money: planned | allocated | arrived | paid; NA elsewhere
    "scope",  # all | with_lever; NA elsewhere
)
NOTES: Mapping[str, Said] = {
    "no_rows": Said("没有可用的数据", "no usable rows"),
    "no_denominator": Said("分母为零或缺失", "denominator zero or missing"),
    "no_lever": Said("没有专项资金", "no special fund"),
    "base_zero": Said("基期为零", "base year is zero"),
    "base_missing": Said("没有基期数据", "no figure for the base year"),
    "not_comparable": Said("定义不可比", "definitions not comparable"),
    "out_of_life": Said("该年不适用", "not defined for this year"),
    "too_few": Said("数量过少", "too few rows"),
    "not_added": Said("不能由各县的数相加得出", "cannot be added up from counties' figures"),
    "not_alike": Said("各县定义不同，不能相加", "defined differently from county to county"),
    "restated_base": Said("按可比口径调整基期", "from a restated base"),
    "no_deflator": Said("缺价格指数", "no price index"),
    "not_positive": Said("起止数须大于零", "both ends must be above zero"),
    "not_additive": Said("不是可加的合计", "not a sum that adds up"),
    "few_years": Said("可比年份不足三年", "fewer than three comparable years"),
    "trend_to_none": Said("按趋势到期前即到零", "its trend comes to zero before"),
    "trend_to_whole": Said("按趋势到期前即到100%", "its trend comes to 100 % before"),
    "mixed_stages": Said("资金阶段不同，不相加", "stages of money differ and are not added"),
    "none_gave": Said("没有户投入", "no household gave"),
    "no_stage": Said("表中没有该口径的资金", "no money at this stage"),
    "target_is_base": Said("目标与基期相同", "target equals its baseline"),
    "before_base": Said("早于基期", "before the baseline year"),
    "against_direction": Said("目标方向与指标相反", "target lies the wrong way"),
    "no_target_value": Said("目标值空白或读不出", "target value blank or unreadable"),
    "no_path": Said("推进方式算不出当年应达值", "the path gives no value for the year"),
    "unknown_indicator": Said("没有该指标", "no such indicator"),
    "unknown_unit": Said("该年没有该单位", "no such unit in the year"),
    "no_targets": Said("没有可评价的目标", "no target that can be evaluated"),
    "withheld": Said("所涉户数、人数过少，不公开", "of too few households or persons to be published"),
    "withheld_part": Said("只有部分单位可比，不公开", "comparable over part of the units: not published"),
    "not_responsible": Said("不由该单位负责", "not answered for by it"),
}
"""Stable codes for a missing figure, and their words; `restated_base` says what a change was taken from."""


@dataclass(frozen=True)
class Source:
    """One sheet of one submitted file, as read into one ledger: where each field stood.

    `columns` maps a field id to its column in the sheet, from 1. In an unpivoted feed each block is a
    source of its own, so that every amount keeps its cell; so is each village of a sheet with an item a row.
    """

    id: int
    sha256: str
    file: str
    sheet: str
    form: str
    ledger: str
    columns: Mapping[str, int]
    rows: Mapping[str, int] = field(default_factory=dict)
    """Field → its own row, on a sheet with an item a row: there all values of the source are one entry's."""

    def row(self, row: int, name: str | None) -> int:
        """The sheet row of a field of the entry in sheet row `row`."""
        return self.rows.get(name or "", row)

    def cell(self, row: int, name: str | None) -> str:
        """`D18` of `field` in sheet row `row`; the bare row where the field has no column."""
        column, at = self.columns.get(name or ""), self.row(row, name)
        return f"{column_letters(column)}{at}" if column else str(at)


@dataclass(frozen=True)
class Coverage:
    """What happened to the rows of one ledger and year: read = accepted + repeated + waiting.

    A ledger fed by two sheets reads two rows for one of its entries.
    """

    ledger: str
    year: int
    read: int = 0
    accepted: int = 0
    repeated: int = 0
    """Rows that say the same as one accepted: joined to it, counted once."""
    waiting: int = 0
    entries: int = 0
    """Rows of the ledger as it now stands."""
    flagged: int = 0
    units: int = 0
    missing: tuple[str, ...] = field(default=())


def column_letters(column: int) -> str:
    """1 → A, 27 → AA, as a spreadsheet names its columns."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: bytes) -> int:
    """A → 1, AA → 27, in either case, from the bytes of a package as they stand."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
