"""What stands in cells: code lists, units of measure, the words by which a sheet is read."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

from povplan.spec.base import Identifier, Names, Spec, Text, as_tuple


class Code(Spec):
    """One value of a code list: what is stored, how it is shown, what else is understood."""

    code: str
    label: Text
    aliases: Names = ()


class CodeList(Spec):
    """The values a choice may take."""

    codes: Identifier
    label: Text
    values: Annotated[tuple[Code, ...], BeforeValidator(as_tuple)]
    source: str | None = None


class UnitOfMeasure(Spec):
    """万元 is 10,000 of the dimension money, whose base is 元."""

    id: str
    dimension: str
    factor: float | int = 1
    aliases: Names = ()


class Words(Spec):
    """The words by which a sheet's totals, notes, examples, last year's columns, yes, no, blanks are told."""

    totals: Names
    subtotals: Names
    notes: Names
    signatures: Names
    parts: Names
    yes: Names
    no: Names
    blank: Names
    village_suffixes: Annotated[tuple[Names, ...], BeforeValidator(as_tuple)]
    """Groups of endings that mean the same: 村 is 村委会, and neither is 社区."""
    township_suffixes: Annotated[tuple[Names, ...], BeforeValidator(as_tuple)]
    county_suffixes: Annotated[tuple[Names, ...], BeforeValidator(as_tuple)] = ()
    counted: Names = ()
    """What is counted in a row that adds up: 共2个村."""
    comparisons: Names = ()
    examples: Names = ()
    plans: Names = ()
    """What stands over columns of plans, beside what came of them."""
    last_year: Names = ()
    """How the header of a column begins that repeats last year's values: known, and left out."""
    none: Names = ()
    """What says that there is none, where a name, a code or a day is asked: 无, 未编号."""

    @property
    def unit_suffixes(self) -> tuple[tuple[Names, ...], ...]:
        """What may end a unit's name, by level from the county down."""
        return self.county_suffixes, self.township_suffixes, self.village_suffixes
