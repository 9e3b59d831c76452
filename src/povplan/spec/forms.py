"""A sheet layout: its headers, and the ledgers it feeds."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator

from povplan.spec.base import Identifier, Names, Spec, Text, Years, as_tuple


class Block(Spec):
    """One column of a wide form and the fields it fixes: 财政专项 → source special, stage paid."""

    header: Names
    set: dict[str, str]


class Unpivot(Spec):
    """Columns that become rows: each non-key column is one row with `value` and what it `set`s."""

    value: str
    columns: Annotated[tuple[Block, ...], BeforeValidator(as_tuple)]


def _header_lists(value: Any) -> Any:
    return {k: as_tuple(v) for k, v in value.items()} if isinstance(value, dict) else value


Headers: TypeAlias = Annotated[dict[str, tuple[str, ...]], BeforeValidator(_header_lists)]
"""Field id → header texts that mean it. `A/B` is B under A."""


class Feed(Spec):
    """What one sheet gives to one ledger."""

    ledger: str
    columns: Headers
    compare: Headers = {}
    """Fields owned by another sheet: compared with it, never stored over it."""
    ignore: Names = ()
    """Headers that are known and left out on purpose."""
    constants: dict[str, str] = {}
    fill_down: Names = ()
    unpivot: Unpivot | None = None


class Items(Spec):
    """A sheet on which the items run down the rows: 编号, 填表项目, 单位, 数量."""

    item: Names
    """Headers of the column that names the items."""
    value: Names = ()
    """Headers of a column of figures; without one every column headed by a year or a unit is one."""
    unit: Names = ()
    """Headers of the column that states each item's unit of measure."""
    unitless: Names = ()
    """What stands in that column of an item that has none: 代码, 是/否."""
    aside: Names = ()
    """Headers of columns beside: numbers, remarks."""
    village: Literal["sheet"] | None = None
    """sheet: the sheet's own name is the village, if it ends as one and nothing on the sheet says which."""


class Form(Spec):
    """A sheet layout, recognised by its headers, and the ledgers it feeds."""

    form: Identifier
    version: str = "1"
    label: Text
    valid: Years = Years()
    recognise: Names = ()
    """Headers without which a sheet is not this form."""
    totals: Literal["check", "ignore"] = "check"
    items: Items | None = None
    """Of a sheet with an item a row. Fields that its feed does not name are known by label and alias."""
    feeds: Annotated[tuple[Feed, ...], BeforeValidator(as_tuple)]
