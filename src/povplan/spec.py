"""What a county declares in YAML, as immutable values: ledgers, forms, indicators, parameters, funds.

The models hold shape and vocabulary only. Reading YAML with places is `config`; meaning of formulas is
`formulas`. Unknown keys are refused, so a misspelt one can never pass silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from povplan.messages import Said

Level = Literal["county", "township", "village"]
LEVELS: tuple[Level, ...] = ("county", "township", "village")
Place = Literal["county", "township", "village", "code"]
FieldType = Literal["code", "text", "integer", "number", "money", "date", "boolean", "choice", "choices"]
NUMERIC: frozenset[str] = frozenset({"integer", "number", "money"})
Kind = Literal["stock", "flow", "cumulative"]
Severity = Literal["error", "doubt", "notice"]
Effect = Literal["hold", "flag"]
Domain = Literal["economic", "social", "cultural", "ecological"]
Identifier = Annotated[str, Field(pattern=r"^[^\W\d]\w*$")]
"""A name usable in formulas: letters (Chinese too), digits, underscore; no leading digit."""


class Spec(BaseModel):
    """Base of all declarations: immutable, closed, no silent conversion of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


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


def _as_tuple(value: Any) -> Any:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


Names: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
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


class Example(Spec):
    """Rows that a rule must pass or fail; blanks are written `null` or left out."""

    passes: tuple[dict[str, Any], ...] = Field(default=(), alias="pass")
    fails: tuple[dict[str, Any], ...] = Field(default=(), alias="fail")

    @model_validator(mode="before")
    @classmethod
    def _lists(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {k: tuple(v) if isinstance(v, list) else v for k, v in value.items()}


class Rule(Spec):
    """A formula that must not be false on any row; a false one is a finding on `fields`."""

    id: str = Field(pattern=r"^\w+$")
    label: Text
    severity: Severity = "doubt"
    effect: Effect = "flag"
    check: str
    when: str | None = None
    fields: Names
    hint: Text | None = None
    source: str | None = None
    valid: Years = Years()
    examples: Example = Example()


class Group(Spec):
    """Rows that analyses set apart by a condition: the poor households, persons exempt from labour."""

    id: Identifier
    label: Text
    where: str
    source: str | None = None


class LedgerField(Spec):
    """One column of a ledger."""

    id: Identifier
    label: Text
    aliases: Names = ()
    type: FieldType
    unit: str | None = Field(default=None, alias="in")
    kind: Kind | None = None
    place: Place | None = None
    codes: str | None = None
    required: bool = False
    person: bool = False
    part_of: str | None = None
    additive: bool = True
    """False for a figure per head or a rate: a printed total of it is no sum."""
    min: float | int | None = None
    max: float | int | None = None
    note: Text | None = None


def _alternatives(value: Any) -> Any:
    """`[a, b]` is one key of two fields; `[[a], [b, c]]` are two alternatives in order."""
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        return (tuple(value),)
    if isinstance(value, list):
        return tuple(tuple(part) if isinstance(part, list) else part for part in value)
    return value


class Ledger(Spec):
    """A table of one kind of thing: one row per thing and year."""

    ledger: Identifier
    label: Text
    level: Literal["county", "township", "village", "household", "person", "entry"]
    population: Literal["all", "registered"] = "all"
    period: Literal["year", "quarter", "month"] = "year"
    key: Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_alternatives)]
    links: dict[str, str] = {}
    """Parent ledger → field of this ledger that holds the parent's key (`household: household_id`)."""
    ignore: Names = ()
    """Headers that are known and left out on purpose, where no form is declared for the ledger."""
    fields: Annotated[tuple[LedgerField, ...], BeforeValidator(_as_tuple)]
    rules: Annotated[tuple[Rule, ...], BeforeValidator(_as_tuple)] = ()
    groups: Annotated[tuple[Group, ...], BeforeValidator(_as_tuple)] = ()

    def field(self, name: str) -> LedgerField:
        """The field `name`; KeyError if there is none."""
        for field in self.fields:
            if field.id == name:
                return field
        raise KeyError(name)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Field ids in order."""
        return tuple(field.id for field in self.fields)

    def placed(self, place: Place) -> str | None:
        """The id of the field that carries the county, township, village name or the division code."""
        return next((field.id for field in self.fields if field.place == place), None)

    @property
    def holds_persons(self) -> bool:
        """Whether rows speak of single households or persons, whose keys are masked outside."""
        return self.level in ("household", "person")


class Block(Spec):
    """One column of a wide form and the fields it fixes: 财政专项 → source special, stage paid."""

    header: Names
    set: dict[str, str]


class Unpivot(Spec):
    """Columns that become rows: each non-key column is one row with `value` and what it `set`s."""

    value: str
    columns: Annotated[tuple[Block, ...], BeforeValidator(_as_tuple)]


def _header_lists(value: Any) -> Any:
    return {k: _as_tuple(v) for k, v in value.items()} if isinstance(value, dict) else value


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
    feeds: Annotated[tuple[Feed, ...], BeforeValidator(_as_tuple)]


class Code(Spec):
    """One value of a code list: what is stored, how it is shown, what else is understood."""

    code: str
    label: Text
    aliases: Names = ()


class CodeList(Spec):
    """The values a choice may take."""

    codes: Identifier
    label: Text
    values: Annotated[tuple[Code, ...], BeforeValidator(_as_tuple)]
    source: str | None = None


class Dated(Spec):
    """A parameter's value from a year on, with the document that sets it."""

    since: int = Field(alias="from")
    value: float | int | None
    source: str


class Parameter(Spec):
    """A policy number by year: the poverty line, a day wage, a cap."""

    id: Identifier
    label: Text
    unit: str | None = Field(default=None, alias="in")
    type: Literal["number", "money"] = "number"
    values: Annotated[tuple[Dated, ...], BeforeValidator(_as_tuple)]

    def in_force(self, year: int) -> float | int | None:
        """The value in force in `year`, None before the first and where it was ended with null."""
        past = [dated for dated in self.values if dated.since <= year]
        return max(past, key=lambda dated: dated.since).value if past else None


def in_force(parameters: Mapping[str, Parameter], name: str, year: int) -> float:
    """The value of a parameter in `year`; not a number where there is none."""
    value = parameters[name].in_force(year) if name in parameters else None
    return float("nan") if value is None else float(value)


class CalendarYear(Spec):
    """The public holidays of a year, and the Saturdays and Sundays worked instead."""

    year: int
    holidays: Names
    """Days, single or from … to: `05-01`, `02-10..02-17`."""
    workdays: Names = ()
    source: str


class Indicator(Spec):
    """A figure computed from one ledger at every level: `sum(poor) / sum(population)`."""

    id: Identifier
    label: Text
    domain: Domain
    ledger: str
    value: str
    where: str | None = None
    unit: str = Field(alias="in")
    better: Literal["higher", "lower", "neutral"] = "neutral"
    decimals: int = 2
    valid: Years = Years()
    comparable_from: int | None = None
    headline: bool = False
    """Whether a report's summary speaks of it."""
    responsible: dict[int, str] = {}
    at_least: int = 1
    """Fewer rows than this give no figure but the note `too_few`."""
    description: Text | None = None
    source: str | None = None


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

    classes: Annotated[tuple[FundClass, ...], BeforeValidator(_as_tuple)]
    sources: Annotated[tuple[FundSource, ...], BeforeValidator(_as_tuple)]
    stages: Annotated[tuple[FundStage, ...], BeforeValidator(_as_tuple)]
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


class UnitOfMeasure(Spec):
    """万元 is 10,000 of the dimension money, whose base is 元."""

    id: str
    dimension: str
    factor: float | int = 1
    aliases: Names = ()


class Words(Spec):
    """The words by which a sheet's totals, notes, yes, no and blanks are known."""

    totals: Names
    subtotals: Names
    notes: Names
    signatures: Names
    parts: Names
    yes: Names
    no: Names
    blank: Names
    village_suffixes: Annotated[tuple[Names, ...], BeforeValidator(_as_tuple)]
    """Groups of endings that mean the same: 村 is 村委会, and neither is 社区."""
    township_suffixes: Annotated[tuple[Names, ...], BeforeValidator(_as_tuple)]
    county_suffixes: Annotated[tuple[Names, ...], BeforeValidator(_as_tuple)] = ()

    @property
    def unit_suffixes(self) -> tuple[tuple[Names, ...], ...]:
        """What may end a unit's name, by level from the county down."""
        return self.county_suffixes, self.township_suffixes, self.village_suffixes


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


SheetKind = Literal[
    "cover",
    "contents",
    "summary",
    "indicators",
    "change",
    "unit_change",
    "leverage",
    "sources",
    "coverage",
    "rules",
    "findings",
    "definitions",
    "provenance",
    "combinations",
    "stages",
    "doubles",
    "view",
]


class ReportSheet(Spec):
    """One sheet of a report: what kind it is, its tab, its title, and what it shows."""

    kind: SheetKind
    name: Text
    title: Text
    domain: Domain | None = None
    """Of the indicators: those of one domain."""
    indicators: Names = ()
    """Of the indicators: these, in this order, instead of a domain's or of the headline ones."""
    columns: Names = ()
    """Of `change` and `findings`: the columns, in this order."""
    money: str = "万元"
    """Of `leverage` and `sources`: the unit in which amounts are shown."""
    most: int = 5000
    """Of `findings`, `doubles` and `view`: lines at the most; a note says how many found no room."""
    views: Names = ()
    """Of `view`: analyses, one below the other, each as command/table (`capacity/burden`)."""


class ReportFonts(Spec):
    """The fonts of a workbook."""

    body: str = "宋体"
    title: str = "黑体"


class Report(Spec):
    """A workbook that povplan writes: for the county, or for each township."""

    report: Literal["county", "township"]
    title: Text
    signatures: Annotated[tuple[Text, ...], BeforeValidator(_as_tuple)] = ()
    """Who signs on the cover."""
    footer: Text | None = None
    fonts: ReportFonts = ReportFonts()
    years: int = Field(default=3, ge=1)
    """Years that the summary looks back over, the report's own among them."""
    sheets: Annotated[tuple[ReportSheet, ...], BeforeValidator(_as_tuple)]


class County(Spec):
    """The county a workspace belongs to; without a name the first submission names it."""

    name: str = ""
    code: str = ""


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
    lang: Literal["zh", "en"] | None = None
