"""A profile, and what is particular to one workspace."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from povplan.spec.base import Names, Spec, Text


class Profile(Spec):
    """A named set of definitions for one real family of forms."""

    profile: str
    label: Text
    description: Text | None = None
    ledgers: Names
    forms: Names = ()
    implied: Names = ()
    """Ledgers known by their labels too, beside the forms that feed them."""
    indicators: Names
    """Files of `indicators/`, without `.yaml`."""


class County(Spec):
    """The county a workspace belongs to; without a name the first submission names it."""

    name: str = ""
    code: str = ""


class Refusal(Spec):
    """From when on a village's rows of one submission all wait, though only some of them must."""

    share: Annotated[float, Field(gt=0, le=1)]
    """Held rows among the village's rows of one ledger in one file; more than this share is too many."""


class Settings(Spec):
    """`povplan.yaml`: what is particular to one workspace."""

    povplan: Literal[1]
    """Version of the workspace's shape."""
    profile: str
    county: County = County()
    submission: Literal["full", "partial"] = "full"
    """full: a file speaks for all rows of the villages in it; partial: only for the rows it carries."""
    as_of: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-([0-2]\d|3[01])$")] = "12-31"
    """Month and day from which ages of a year count."""
    fail_on: Literal["error", "doubt", "notice", "never"] = "error"
    refuse: Refusal | None = None
    """Off unless configured; one bad village never refuses the others."""
    lang: Literal["zh", "en"] | None = None
