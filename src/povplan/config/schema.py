"""JSON Schema of every kind of definition, for editors: what the loader accepts, its short spellings too.

Plain draft-7 vocabulary apart from `$defs`, which the language servers of the common editors follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from povplan.spec import (
    CalendarYear,
    CodeList,
    Comparison,
    Detector,
    Fit,
    Form,
    Funds,
    Indicator,
    Ledger,
    Parameter,
    Profile,
    Report,
    ScoreCard,
    Settings,
    Target,
    UnitOfMeasure,
    Words,
)

Schema = dict[str, Any]

_KINDS: Mapping[str, Any] = {
    "ledger": Ledger,
    "form": Form,
    "indicators": list[Indicator],
    "parameters": list[Parameter],
    "codes": list[CodeList],
    "funds": Funds,
    "profile": Profile,
    "measurement": list[UnitOfMeasure],
    "calendar": list[CalendarYear],
    "words": Words,
    "report": Report,
    "comparisons": list[Comparison],
    "targets": list[Target],
    "scorecard": ScoreCard,
    "deviations": list[Detector],
    "fit": list[Fit],
    "povplan": Settings,
}
_TEXT: Schema = {"type": "string"}
_YEARS: Schema = {"type": "string", "pattern": r"^[0-9]*\.\.[0-9]*$"}


def json_schemas() -> dict[str, Schema]:
    """Kind of file → its schema; `povplan` is the workspace's own `povplan.yaml`."""
    return {name: _schema(model) for name, model in _KINDS.items()}


def _schema(model: Any) -> Schema:
    found = TypeAdapter(model).json_schema(by_alias=True)
    spelt: Schema = _spelt(found)
    definitions = spelt.get("$defs", {})
    if "Text" in definitions:
        definitions["Text"] = {"anyOf": [{"type": "string", "minLength": 1}, definitions["Text"]]}
    if "Years" in definitions:
        definitions["Years"] = {"anyOf": [{"type": "integer"}, _YEARS, definitions["Years"]]}
    return {"$schema": "http://json-schema.org/draft-07/schema#", **spelt}


def _spelt(schema: Any) -> Any:
    """`schema` with the short spellings: one text for a list of texts, one list for a list of lists."""
    if isinstance(schema, list):
        return [_spelt(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "array" and schema.get("items") == _TEXT:
        return _either(_TEXT, schema)
    if schema.get("type") == "array" and _is_list_of_texts(schema.get("items")):
        return _either(schema["items"], schema)
    return {key: _spelt(part) for key, part in schema.items()}


def _either(short: Schema, full: Schema) -> Schema:
    """Both spellings, with the title and default of the full one."""
    about: Schema = {key: full[key] for key in ("title", "description", "default") if key in full}
    return {**about, "anyOf": [short, {key: part for key, part in full.items() if key not in about}]}


def _is_list_of_texts(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "array" and schema.get("items") == _TEXT
