"""What all declarations are made of: closed models, labels in two languages, lists of names, years."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from povplan.messages import Said

Level = Literal["county", "township", "village"]
LEVELS: tuple[Level, ...] = ("county", "township", "village")
Place = Literal["county", "township", "village", "code"]
Domain = Literal["economic", "social", "cultural", "ecological"]
Identifier = Annotated[str, Field(pattern=r"^[^\W\d]\w*$")]
"""A name usable in formulas: letters (Chinese too), digits, underscore; no leading digit."""


class Spec(BaseModel):
    """Base of all declarations: immutable, closed, no silent conversion of types.

    What checks a kind is built when the first of it is read: workers are sent declarations that were checked.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, populate_by_name=True, defer_build=True
    )

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy without what was computed of the original and kept: that may not hold of the copy."""
        copied = super().model_copy(update=update, deep=deep)
        for name in set(vars(copied)) - set(type(self).model_fields):
            del vars(copied)[name]
        return copied


class Text(Spec):
    """A label in Chinese and, if given, English. A bare string is Chinese."""

    zh: str = Field(min_length=1)
    en: str = ""

    @model_validator(mode="before")
    @classmethod
    def _bare_string(cls, value: Any) -> Any:
        return {"zh": value} if isinstance(value, str) else value

    def text(self, lang: str) -> str:
        """The label in `lang`, Chinese where English is missing."""
        return self.en or self.zh if lang == "en" else self.zh

    @property
    def said(self) -> Said:
        """The label as a sentence in both languages."""
        return Said(self.zh, self.en or self.zh)


def as_tuple(value: Any) -> Any:
    """A list as a tuple; a bare string is a list of one."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


Names: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]
"""A list of strings; a bare string is a list of one."""


def _years(value: Any) -> Any:
    """`2014..2020`, `2014..`, `..2020` or `2014` → {first, last}."""
    if isinstance(value, int) and not isinstance(value, bool):
        return {"first": value, "last": value}
    if isinstance(value, str) and ".." in value:
        first, _, last = value.partition("..")
        return {"first": int(first or 1), "last": int(last or 9999)}
    return value


class Years(Spec):
    """The years in which a definition holds, both ends included."""

    first: int = 1
    last: int = 9999

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return _years(value)

    def __contains__(self, year: int) -> bool:
        return self.first <= year <= self.last
