"""What may be written in a column of a template: drop-down, limit, and both in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from povplan.messages import say
from povplan.reading.lines import Definitions
from povplan.sheets.entry import Limit
from povplan.spec import NUMERIC, Ledger, LedgerField

LARGEST = 999_999_999_999
FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2100, 12, 31)
LONGEST = {"code": 64, "text": 255}
"""Characters that a cell of words takes."""


@dataclass(frozen=True, eq=False)
class Limits:
    """What may be written in the columns of one ledger, by one unit, for one year."""

    ledger: Ledger
    year: int
    unit: str
    villages: tuple[str, ...]
    """Names of the unit's villages, to choose from."""
    definitions: Definitions

    def choices(self, field: LedgerField) -> tuple[str, ...]:
        """What a drop-down of the field offers; nothing where anything may be written."""
        if field.type == "boolean":
            return (say("check_yes").zh, say("check_no").zh)
        if field.type == "choice":
            listed = self.definitions.codes[field.codes or ""]
            return tuple(dict.fromkeys(value.label.zh for value in listed.values))
        parts = self.unit.split("/") if self.unit else []
        if field.place == "village" and self.villages:
            return self.villages
        if field.place in ("county", "township") and len(parts) > (field.place == "township"):
            return (parts[field.place == "township"],)
        return ()

    def of(self, field: LedgerField) -> Limit:
        """What may be written in a column of the field, in words and as a limit."""
        rule = self.rule(field)
        error = say("template_error", label=field.label.zh, rule=rule).zh if rule else ""
        plain = Limit("any", field.label.zh, self.prompt(field), error)
        if choices := self.choices(field):
            return replace(plain, kind="list", choices=choices)
        if field.id == "year":
            return replace(plain, kind="whole", low=self.year, high=self.year)
        if field.type in NUMERIC:
            low, high = self._ends(field)
            return replace(plain, kind="whole" if field.type == "integer" else "decimal", low=low, high=high)
        if field.type == "date":
            return replace(plain, kind="date", low=FIRST_DAY, high=LAST_DAY)
        if field.type == "choices":
            return plain
        return replace(plain, kind="length", high=LONGEST[field.type])

    def _ends(self, field: LedgerField) -> tuple[float | int, float | int]:
        """The least and the most of a number, as it is written: an amount's limits are in yuan."""
        factor = factor_of(field, self.definitions) if field.type == "money" else 1
        ends = (
            -LARGEST if field.min is None else field.min / factor,
            LARGEST if field.max is None else field.max / factor,
        )
        low, high = (int(end) if float(end).is_integer() else end for end in ends)
        return low, high

    def rule(self, field: LedgerField) -> str:
        """What may be written, in words."""
        if field.id == "year":
            return say("template_rule_year", year=self.year).zh
        if field.type in NUMERIC:
            low, high = self._ends(field)
            bounds = [
                *([say("template_least", low=f"{low:g}").zh] if field.min is not None else []),
                *([say("template_most", high=f"{high:g}").zh] if field.max is not None else []),
            ]
            return "，".join([say(f"template_rule_{field.type}").zh, *bounds])
        if field.type in ("code", "text") and not self.choices(field):
            return say(f"template_rule_{field.type}", most=LONGEST[field.type]).zh
        return say("template_rule_choice" if self.choices(field) else f"template_rule_{field.type}").zh

    def prompt(self, field: LedgerField) -> str:
        """What stands beside a cell while it is filled in: unit, kind, limits, note, what a rule advises."""
        unit = (
            say("template_in", unit=unit_shown(field, self.definitions)).zh
            if field.unit and field.id != "year"
            else ""
        )
        kind = say(f"template_kind_{field.kind}").zh if field.kind and field.id != "year" else ""
        hint = next(
            (rule.hint.zh for rule in self.ledger.rules if rule.hint and rule.fields[:1] == (field.id,)), ""
        )
        listed = self.definitions.codes[field.codes or ""] if field.type == "choices" else None
        offered = (
            say("template_several", choices="、".join(v.label.zh for v in listed.values)).zh if listed else ""
        )
        told = [
            say("template_required").zh if field.required else "",
            unit + kind,
            "" if listed else self.rule(field),
            field.note.zh if field.note else "",
            hint,
            offered,
        ]
        return "。".join(part.rstrip("。") for part in told if part) + "。"


def unit_shown(field: LedgerField, definitions: Definitions) -> str:
    """The unit of a field as it is printed: %, 元."""
    unit = definitions.vocabulary.measurement[field.unit or ""]
    return next(
        (name for name in (unit.id, *unit.aliases) if not (name.isascii() and name.isalpha())), unit.id
    )


def factor_of(field: LedgerField, definitions: Definitions) -> float:
    """Yuan in the unit that amounts of the field are written in."""
    return float(definitions.vocabulary.measurement[field.unit].factor) if field.unit else 1.0
