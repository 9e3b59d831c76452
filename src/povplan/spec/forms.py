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


class Form(Spec):
    """A sheet layout, recognised by its headers, and the ledgers it feeds."""

    form: Identifier
    version: str = "1"
    label: Text
    valid: Years = Years()
    recognise: Names = ()
    """Headers without which a sheet is not this form."""
    totals: Literal["check", "ignore"] = "check"
    feeds: Annotated[tuple[Feed, ...], BeforeValidator(as_tuple)]
