"""Batches, inputs, parts and sources as rows of the catalogue, and back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from povplan.errors import PovplanError
from povplan.messages import say
from povplan.model import Source
from povplan.store.catalogue import NAME
from povplan.store.values import Batch, Draft, Input, Part

Row = dict[str, Any]


def batch_row(number: int, draft: Draft, findings: str) -> Row:
    """A batch with rows; `findings` is the path of its file."""
    return {
        "id": number,
        "kind": draft.kind,
        "time": draft.time,
        "operator": draft.operator,
        "as_of": _json({str(year): day for year, day in draft.as_of.items()}),
        "config": draft.config_digest,
        "profile": draft.profile,
        "coverage": _json(draft.coverage),
        "findings": findings,
        "undoes": None,
        "note": draft.note,
    }


def rollback_row(number: int, undoes: int, operator: str, time: str, note: str) -> Row:
    """A batch that only takes another back."""
    return {**mark_row(number, "rollback", operator, time, note), "undoes": undoes}


def mark_row(number: int, kind: str, operator: str, time: str, note: str) -> Row:
    """A batch that brings nothing."""
    nothing = {"as_of": "{}", "config": None, "profile": "", "coverage": "null", "findings": None}
    told = {"id": number, "kind": kind, "time": time, "operator": operator, "undoes": None}
    return {**told, **nothing, "note": note}


def input_rows(number: int, inputs: Iterable[Input]) -> list[Row]:
    """The submitted files of a batch, in the order given."""
    return [{"batch": number, "position": at, **asdict(one)} for at, one in enumerate(inputs)]


def part_row(number: int, position: int, part: Part, path: str) -> Row:
    """A part whose rows are in the file `path`."""
    return {
        "batch": number,
        "position": position,
        "ledger": part.ledger,
        "year": part.year,
        "form": part.form,
        "mode": part.mode,
        "scope": _json(part.scope),
        "path": path,
    }


def source_row(number: int, source: Source) -> Row:
    """A sheet that rows of a batch were read from; a field with a row of its own has column and row."""
    told = asdict(source)
    rows = told.pop("rows")
    places = {
        name: [column, rows[name]] if name in rows else column for name, column in source.columns.items()
    }
    return {**told, "batch": number, "columns": _json(places)}


def as_batch(row: sqlite3.Row, inputs: Iterable[sqlite3.Row]) -> Batch:
    """The batch of a row, with those of `inputs` that are its own."""
    told = dict(row)
    del told["findings"]
    with _intact():
        told["as_of"] = {int(year): day for year, day in json.loads(told["as_of"]).items()}
        told["coverage"] = json.loads(told["coverage"])
    told["config_digest"] = told.pop("config") or ""
    return Batch(**told, inputs=tuple(_as_input(one) for one in inputs if one["batch"] == row["id"]))


def as_source(row: sqlite3.Row) -> Source:
    """The source of a row."""
    told = dict(row)
    del told["batch"]
    with _intact():
        places = {
            name: (place if isinstance(place, list) else [place])
            for name, place in json.loads(told["columns"]).items()
        }
        told["columns"] = {name: int(place[0]) for name, place in places.items()}
        told["rows"] = {name: int(place[1]) for name, place in places.items() if len(place) > 1}
    return Source(**told)


def as_scope(row: sqlite3.Row) -> tuple[str, ...]:
    """The units that the part of a row speaks for."""
    with _intact():
        return tuple(json.loads(row["scope"]))


def _as_input(row: sqlite3.Row) -> Input:
    told = dict(row)
    del told["batch"], told["position"]
    return Input(**told)


@contextmanager
def _intact() -> Iterator[None]:
    """SQLite does not notice damage inside a text; what it spoils is noticed here."""
    try:
        yield
    except (ValueError, TypeError, AttributeError) as error:
        raise PovplanError(say("store_catalogue_damaged", path=NAME, reason=error)) from error


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
