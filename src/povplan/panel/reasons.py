"""Reasons for coming and going that rows give themselves, as kinds of events, and the other way round."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from povplan.model import ENTITY
from povplan.panel.events import JOINING, LEAVING, Reasons
from povplan.spec import CodeList, Ledger

KINDS = "event_kind"
JOINED, LEFT = "joined_reason", "left_reason"
"""Fields of persons, by their code lists too, in which the row says why it is new, or why somebody left."""


def kinds_of(codes: CodeList, kinds: CodeList, among: frozenset[str], other: str) -> dict[str, str]:
    """Code of a list of reasons → the kind of event of the same name; `other` where none is called so."""
    named = {
        name: kind.code
        for kind in kinds.values
        if kind.code in among or kind.code == "split"
        for name in (kind.label.zh, *kind.aliases)
    }
    found = {}
    for one in codes.values:
        names = (one.label.zh, one.code, *one.aliases)
        found[one.code] = next((named[name] for name in names if name in named), other)
    return found


def given(rows: pd.DataFrame, ledger: Ledger, codes: Mapping[str, CodeList], name: str) -> pd.Series:
    """The kind of event that each row gives in one of the two fields; blank where it gives none."""
    spec = next((one for one in ledger.fields if one.id == name), None)
    if spec is None or spec.codes is None or name not in rows or not {spec.codes, KINDS} <= {*codes}:
        return pd.Series(pd.NA, rows.index, dtype="string")
    return rows[name].map(_kinds(codes[spec.codes], codes[KINDS], name)).astype("string")


def _kinds(own: CodeList, kinds: CodeList, name: str) -> dict[str, str]:
    joined = name == JOINED
    return kinds_of(own, kinds, JOINING if joined else LEAVING, "other_in" if joined else "other_out")


def laid_over(
    rows: pd.DataFrame, ledger: Ledger, declared: Reasons, codes: Mapping[str, CodeList]
) -> pd.DataFrame:
    """The rows with the reason for joining that an event declares, in cells that are blank."""
    spec = next((one for one in ledger.fields if one.id == JOINED), None)
    if spec is None or spec.codes is None or not {spec.codes, KINDS} <= {*codes} or not declared.joined:
        return rows
    code_of: dict[str, str] = {}
    for code, kind in _kinds(codes[spec.codes], codes[KINDS], JOINED).items():
        code_of[kind] = code if kind == "other_in" else code_of.get(kind, code)
    told = rows[ENTITY].map(
        {key: code_of.get(kind, code_of.get("other_in")) for key, kind in declared.joined.items()}
    )
    own = rows[JOINED] if JOINED in rows else pd.Series(pd.NA, rows.index, dtype="string")
    return rows.assign(**{JOINED: own.where(own.notna(), told.astype("string"))})
