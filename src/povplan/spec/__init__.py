"""What a county declares in YAML, as immutable values: ledgers, forms, indicators, parameters, funds.

The models hold shape and vocabulary only. Reading YAML with places is `config`; meaning of formulas is
`formulas`. Unknown keys are refused, so a misspelt one can never pass silently.
"""

from __future__ import annotations

from povplan.spec.base import LEVELS, Domain, Identifier, Level, Names, Place, Spec, Text, Years
from povplan.spec.comparisons import Comparison
from povplan.spec.deviations import BOUNDS, DEVIATION_KINDS, Detector, DeviationKind, Fit
from povplan.spec.forms import Block, Feed, Form, Headers, Items, Unpivot
from povplan.spec.funds import Double, FundClass, Funds, FundSource, FundStage, Treatment
from povplan.spec.indicators import Indicator
from povplan.spec.ledgers import (
    NUMERIC,
    FieldType,
    Group,
    Kind,
    Ledger,
    LedgerField,
    hidden_fields,
)
from povplan.spec.lists import Code, CodeList, UnitOfMeasure, Words
from povplan.spec.parameters import CalendarYear, Dated, Parameter, in_force
from povplan.spec.reports import (
    PUBLIC_KINDS,
    PUBLIC_VIEWS,
    SHEET_COLUMNS,
    Report,
    ReportFonts,
    ReportSheet,
    SheetKind,
)
from povplan.spec.rules import (
    SEVERITIES,
    Effect,
    Example,
    Pattern,
    PatternKind,
    Raise,
    Rule,
    Severity,
)
from povplan.spec.scorecards import (
    Clock,
    Condition,
    Grade,
    Missing,
    ScoreCard,
    Scored,
    ScoreItem,
    Scoring,
    Subject,
    Veto,
)
from povplan.spec.settings import County, Profile, Refusal, Settings
from povplan.spec.targets import Target

__all__ = [
    "BOUNDS",
    "DEVIATION_KINDS",
    "LEVELS",
    "NUMERIC",
    "PUBLIC_KINDS",
    "PUBLIC_VIEWS",
    "SEVERITIES",
    "SHEET_COLUMNS",
    "Block",
    "CalendarYear",
    "Clock",
    "Code",
    "CodeList",
    "Comparison",
    "Condition",
    "County",
    "Dated",
    "Detector",
    "DeviationKind",
    "Domain",
    "Double",
    "Effect",
    "Example",
    "Feed",
    "FieldType",
    "Fit",
    "Form",
    "FundClass",
    "FundSource",
    "FundStage",
    "Funds",
    "Grade",
    "Group",
    "Headers",
    "Identifier",
    "Indicator",
    "Items",
    "Kind",
    "Ledger",
    "LedgerField",
    "Level",
    "Missing",
    "Names",
    "Parameter",
    "Pattern",
    "PatternKind",
    "Place",
    "Profile",
    "Raise",
    "Refusal",
    "Report",
    "ReportFonts",
    "ReportSheet",
    "Rule",
    "ScoreCard",
    "ScoreItem",
    "Scored",
    "Scoring",
    "Settings",
    "Severity",
    "SheetKind",
    "Spec",
    "Subject",
    "Target",
    "Text",
    "Treatment",
    "UnitOfMeasure",
    "Unpivot",
    "Veto",
    "Words",
    "Years",
    "hidden_fields",
    "in_force",
]
