"""A list of another department that ledgers are compared with, and what being on it means."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from povplan.spec.base import Identifier, Names, Spec, Text
from povplan.spec.forms import Headers


class Comparison(Spec):
    """A kind of list that comes from outside, and how its rows are held against those of a ledger."""

    id: Identifier
    label: Text
    aliases: Names = ()
    ledger: str = Field(alias="with")
    on: str
    """The field by which rows are joined."""
    number: Literal["identity", "plain"] = "plain"
    """identity: `on` holds numbers of identity cards, of which a disability card is a longer one."""
    name: str | None = None
    """The field that, with the village, joins rows of a list that lacks `on`: weaker, and said so."""
    columns: Headers = {}
    """Field → further headers under which it stands in such a list, beside its label and aliases."""
    means: str | None = None
    """What holds of a row of the ledger if it is rightly on the list."""
    expect: Literal["listed", "absent"] = "listed"
    """absent: nobody of the ledger ought to be on the list (deaths, owners of cars)."""
    fields: Names = ()
    """The fields compared; without any, all that the list has a column for."""
    usual: bool = False
    """Whether this is how a list of no declared kind is held against the ledger."""
    hint: Text | None = None
    source: str | None = None
