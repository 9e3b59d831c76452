"""The fund taxonomy, and what of it counts how often."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from povplan.spec.base import Identifier, Names, Spec, Text, as_tuple


class FundSource(Spec):
    """Where money comes from, its class, and the five independent tags of the plan."""

    id: Identifier
    label: Text
    aliases: Names = ()
    cls: str = Field(alias="class")
    lever: bool = False
    memo: bool = False
    """Shown, but outside the headline ratio (repayable credit, enterprise investment)."""
    instrument: Literal["special", "sector"] | None = None
    mode: Literal["development", "relief"] | None = None
    party: Literal["government", "social"] | None = None
    level: Literal["central", "provincial", "city", "county", "township"] | None = None
    origin: Literal["external", "own"] | None = None
    form: Literal["cash", "labour", "in_kind"] | None = None
    """What a line of it is where the line does not say."""
    relabels: Names = ()
    """Sources or classes whose money stands under this name as well once it is integrated."""
    subsidises: Names = ()
    """Sources whose interest this money pays: their principal is not given money."""


class FundStage(Spec):
    """A step of money on its way: planned … paid, in order."""

    id: Identifier
    label: Text
    aliases: Names = ()


class FundClass(Spec):
    """A group of sources shown together."""

    id: Identifier
    label: Text


Double = Literal["same_document", "two_projects", "carry_over", "integrated", "labour_pay", "loan_principal"]
"""The ways in which one sum of money comes to stand in a ledger twice, in the order they are looked for."""
Treatment = Literal["leave_out", "attribute", "count"]
"""leave_out: the second entry does not count; attribute: all share the sum pro rata; count: only listed."""


class Funds(Spec):
    """The fund taxonomy, and what of it counts how often."""

    classes: Annotated[tuple[FundClass, ...], BeforeValidator(as_tuple)]
    sources: Annotated[tuple[FundSource, ...], BeforeValidator(as_tuple)]
    stages: Annotated[tuple[FundStage, ...], BeforeValidator(as_tuple)]
    basis: Names = ("paid", "arrived", "allocated", "planned")
    """Stages in the order in which leverage prefers them."""
    labour: Literal["inside", "outside"] = "inside"
    """Whether labour is part of the total, or a figure of its own beside it, as the form in use has it."""
    currency: Text = Text(zh="元", en="yuan")
    """What amounts are in, as tables say it."""
    wages: dict[str, str] = {"general": "day_wage"}
    """Skill → the parameter that holds its day wage. A skill without one is paid as `general`."""
    doubles: dict[Double, Treatment] = {}
    """What is done with money found twice; what is not named is left out, or shared by two projects."""
    pay_words: Names = ()
    """Words in the purpose of public money by which it pays for labour."""

    def treatment(self, double: Double) -> Treatment:
        """What is done with one kind of double entry."""
        return self.doubles.get(double, "attribute" if double == "two_projects" else "leave_out")
