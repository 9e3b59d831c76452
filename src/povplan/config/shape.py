"""A document against the models of `spec`: what does not fit, in words, at its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from povplan.config.places import Document, Loc
from povplan.errors import Fault
from povplan.messages import Said, say
from povplan.spec import Text, Years

S = TypeVar("S", bound=BaseModel)

_EXPECTED = {
    "tuple_type": "config_expected_list",
    "model_type": "config_expected_mapping",
    "model_attributes_type": "config_expected_mapping",
    "dict_type": "config_expected_mapping",
    "int_type": "config_expected_integer",
    "int_from_float": "config_expected_integer",
    "float_type": "config_expected_number",
    "bool_type": "config_expected_boolean",
    "string_too_short": "config_no_value",
    "string_pattern_mismatch": "config_bad_name",
    "invalid_key": "config_key_not_text",
}
"""pydantic's kind of error → what to say."""
_BOUNDS = {"greater_than": ("gt", ">"), "greater_than_equal": ("ge", "≥"), "less_than_equal": ("le", "≤")}
"""The same of a number out of bounds → where the bound stands, and its sign."""


def fit(model: type[S], document: Document, at: Loc = (), value: Any = ...) -> tuple[S | None, list[Fault]]:
    """The part of `document` at `at` as a `model`, or None and every reason why it is none.

    `value` stands in for that part where the caller has taken something out of it.
    """
    try:
        found = document.part(at) if value is ... else value
        return _adapter(model).validate_python(found, by_alias=True, by_name=False), []
    except ValidationError as error:
        return None, _faults(model, document, at, error.errors(include_url=False))


@lru_cache(maxsize=64)
def _adapter(model: type[S]) -> TypeAdapter[S]:
    return TypeAdapter(model)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that looks most like `name`, None if none does."""
    folded = {str(known).casefold(): str(known) for known in names}
    found = get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    return folded[found[0]] if found else None


def suggest(said: Said, name: Any, names: Iterable[str]) -> Said:
    """`said`, and the nearest right name where there is one."""
    near = nearest(str(name), names)
    if near is None:
        return said
    hint = say("config_did_you_mean", name=near)
    return Said(said.zh + hint.zh, f"{said.en} {hint.en}")


def _faults(model: type[BaseModel], document: Document, at: Loc, errors: list[ErrorDetails]) -> list[Fault]:
    """One fault a place: a value that fits none of three types is one mistake. Missing keys count each."""
    found: dict[tuple[int, int, str | int | None], Fault] = {}
    misspelt = {_meant(model, error["loc"]) for error in errors if error["type"] == "extra_forbidden"}
    for error in errors:
        missing = error["type"] == "missing"
        if missing and error["loc"] in misspelt:
            continue
        fault = _fault(model, document, at, error)
        found.setdefault((fault.line, fault.column, error["loc"][-1] if missing else None), fault)
    return list(found.values())


def _meant(model: type[BaseModel], loc: Loc) -> Loc:
    """Where an unknown key should have led: it is told once, not as a missing key again."""
    return (*loc[:-1], nearest(str(loc[-1]), _keys(model, loc[:-1])) or "")


def _fault(model: type[BaseModel], document: Document, at: Loc, error: ErrorDetails) -> Fault:
    kind, loc = error["type"], error["loc"]
    if kind == "missing":
        return document.fault(say("config_missing_key", name=loc[-1]), *at, *loc[:-1])
    if loc and loc[-1] == "[key]":
        return document.fault(_complaint(kind, error), *at, *loc[:-1], key=True)
    if kind == "extra_forbidden":
        cut = error["input"] is None and "config_cut_by_comma"
        said = say(cut or "config_unknown_key", name=loc[-1])
        return document.fault(suggest(said, loc[-1], _keys(model, loc[:-1])), *at, *loc, key=True)
    return document.fault(_complaint(kind, error, document.node((*at, *loc)).text), *at, *loc)


def _complaint(kind: str, error: ErrorDetails, written: str | None = None) -> Said:
    value = error["input"]
    shown = written if written is not None else str(value)
    if value is None:
        return say("config_no_value")
    if kind == "literal_error":
        allowed = re.findall(r"[^', ]+(?=')|^\d+$", error["ctx"]["expected"])
        return suggest(say("config_not_allowed", value=shown, allowed=", ".join(allowed)), shown, allowed)
    if kind == "string_type":
        key = "config_is_number" if isinstance(value, bool | int | float) else "config_expected_text"
        return say(key, value=shown)
    if error.get("ctx", {}).get("class_name") == Text.__name__:
        return say("config_is_number" if written else "config_expected_label", value=shown)
    if kind == "value_error" or error.get("ctx", {}).get("class_name") == Years.__name__:
        return say("config_expected_years", value=shown)
    if kind in _BOUNDS:
        key, sign = _BOUNDS[kind]
        return say("config_bound", value=shown, bound=f"{sign} {error['ctx'][key]:g}")
    if kind in _EXPECTED:
        return say(_EXPECTED[kind], value=shown)
    return say("config_bad_value", value=shown, problem=error["msg"])


def _keys(model: type[BaseModel], loc: Loc) -> list[str]:
    """The keys that the mapping at `loc` within a `model` may have."""
    for part in loc:
        field = next((f for name, f in model.model_fields.items() if part in (f.alias, name)), None)
        inner = next(_models(field.annotation), None) if field else None
        model = inner or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models inside `tuple[Rule, ...]`, `Text | None` and the like."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
