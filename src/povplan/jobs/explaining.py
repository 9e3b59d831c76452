"""`explain`: what a rule, a pattern, an indicator, a parameter or a field is, by its id or its label."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from povplan.checks.clocks import CLOCK
from povplan.checks.corrections import CORRECTION_CHECKS
from povplan.checks.money import MONEY_CHECKS
from povplan.checks.plan import PLAN_CHECKS
from povplan.config import Config
from povplan.formulas import measure_formula, row_formula
from povplan.formulas.faults import tell
from povplan.jobs.facts import (
    Explanation,
    Kind,
    codes_of,
    example,
    explanation,
    fact,
    file_of,
    headers,
    labels,
    parameters_in,
    rule_name,
    same,
    scope_of,
    template,
    users,
    years,
)
from povplan.jobs.faults import READING
from povplan.messages import Said, say
from povplan.model import NOTES
from povplan.spec import Indicator, Ledger, LedgerField, Pattern, Rule
from povplan.words import nearest, normal

CHECKS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "required": ("error", "flag", ("check_required_hint",)),
    "range": ("error", "flag", ("check_range_hint",)),
    "part_over_whole": ("doubt", "flag", ("check_part_hint",)),
    "orphan": ("doubt", "flag", ("check_orphan_hint",)),
    **{
        name: (severity, "flag", (f"check_{name}_hint",))
        for name, (severity, _) in {**MONEY_CHECKS, **PLAN_CHECKS, **CORRECTION_CHECKS}.items()
    },
    "out_of_scale": ("doubt", "flag", ("check_scale_hint", "check_scale_units_hint")),
    CLOCK: ("doubt", "flag", (f"check_{CLOCK}_hint",)),
    "widespread": ("error", "flag", ("check_widespread_hint",)),
}
"""What povplan checks of its own accord, beside `READING`: severity, effect, what to do."""
FIGURES = ("leverage_others", "leverage_total")


@dataclass(frozen=True)
class Entry:
    """A name that can be explained; `of` is the ledger it belongs to."""

    kind: Kind
    id: str
    label: Said
    of: str
    explain: Callable[[], Explanation]


def explain(config: Config, name: str) -> list[Explanation]:
    """Everything called `name`: an id, `ledger.field`, a label in either language, a number of the catalogue.

    Nothing if it is unknown.
    """
    known = list(entries(config))
    ids = [one for one in known if name in (one.id, f"{one.of}.{one.id}")]
    wanted = normal(name)
    labels = [one for one in known if wanted in (normal(one.label.zh), normal(one.label.en), normal(one.id))]
    numbered = re.compile(rf"[A-Z]{re.escape(name)}(_|$)")
    rules = [
        one for one in known if name.isdigit() and one.kind in ("rule", "pattern") and numbered.match(one.id)
    ]
    return [one.explain() for one in ids or labels or rules]


def suggestion(config: Config, name: str) -> str | None:
    """The id or label most like an unknown one."""
    names = [word for one in entries(config) for word in (one.id, one.label.zh, one.label.en)]
    return nearest(name, dict.fromkeys(names))


def entries(config: Config) -> Iterator[Entry]:
    """All that can be explained, in the order of the definitions."""
    for ledger in config.ledgers.values():
        yield _entry("ledger", ledger.ledger, ledger.label.said, "", _ledger, config, ledger)
        for field in ledger.fields:
            yield _entry("field", field.id, field.label.said, ledger.ledger, _field, config, ledger, field)
        for rule in ledger.rules:
            yield _entry("rule", rule.id, rule.label.said, ledger.ledger, _rule, config, ledger, rule)
        for one in ledger.patterns:
            yield _entry("pattern", one.id, one.label.said, ledger.ledger, _pattern, config, ledger, one)
    for indicator in config.indicators:
        label = indicator.label.said
        yield _entry("indicator", indicator.id, label, indicator.ledger, _indicator, config, indicator)
    for id_, parameter in config.parameters.items():
        yield _entry("parameter", id_, parameter.label.said, "", _parameter, config, id_)
    for id_, codes in config.codes.items():
        yield _entry("codes", id_, codes.label.said, "", _codes, config, id_)
    for id_ in (*READING, *CHECKS):
        yield _entry("builtin", id_, rule_name(id_), "", _builtin, id_)
    for id_ in FIGURES if config.funds else ():
        yield _entry("figure", id_, say(f"figure_{id_}"), "", _figure, config, id_)
    for id_, said in NOTES.items():
        yield _entry("note", id_, said, "", Explanation, "note", id_, said, ())


def _entry(
    kind: Kind, id_: str, label: Said, of: str, explain: Callable[..., Explanation], *args: Any
) -> Entry:
    return Entry(kind, id_, label, of, lambda: explain(*args))


# ---- one kind each ---------------------------------------------------------------------------------


def _rule(config: Config, ledger: Ledger, rule: Rule) -> Explanation:
    scope = scope_of(config, ledger)
    formulas = [row_formula(text, scope) for text in (rule.check, rule.when) if text]
    used = dict.fromkeys(name for formula in formulas for name in formula.fields)
    needs = dict.fromkeys(name for formula in formulas for name in sorted(formula.needs))
    facts = [
        fact("ledger", ledger.label.said),
        fact("check", same(rule.check)),
        fact("when", same(rule.when)),
        fact("fields", *labels(ledger, used)),
        fact("marks", *labels(ledger, rule.fields)),
        fact("needs", *(config.ledgers[name].label.said for name in needs)),
        fact("parameters", *parameters_in(config, rule.check, rule.when)),
        fact("severity", say(f"severity_{rule.severity}"), say(f"severity_{rule.severity}_means")),
        fact("raised", _raised(rule)),
        fact("effect", say(f"effect_{rule.effect}_means")),
        fact("hint", rule.hint.said if rule.hint else None),
        fact("valid", years(rule.valid)),
        fact("source", same(rule.source)),
        fact("passes", *(example(config, ledger, row) for row in rule.examples.passes)),
        fact("fails", *(example(config, ledger, row) for row in rule.examples.fails)),
        fact("file", file_of(config, "ledgers", f"ledger: {ledger.ledger}")),
    ]
    return explanation("rule", rule.id, rule.label.said, facts)


def _raised(rule: Rule) -> Said | None:
    """From when on many findings are graver."""
    spec = rule.raised
    if spec is None:
        return None
    share = "" if spec.share is None else f"{spec.share:.0%}"
    key = (
        "fact_raised_both" if share and spec.count else "fact_raised_share" if share else "fact_raised_count"
    )
    unit, severity = say(f"level_{spec.per}"), say(f"severity_{spec.to}")
    return tell(key, unit=unit, severity=severity, share=share, count=spec.count)


def _pattern(config: Config, ledger: Ledger, pattern: Pattern) -> Explanation:
    limits = [f"param({name})" for name in (pattern.limit, pattern.least) if name]
    facts = [
        fact("ledger", ledger.label.said),
        fact("what", say(f"fact_what_pattern_{pattern.kind}")),
        fact("fields", *labels(ledger, pattern.fields)),
        fact("where", same(pattern.where)),
        fact("part", same(pattern.part)),
        fact("within", say(f"level_{pattern.per}"), *labels(ledger, pattern.by)),
        fact("step", same(str(pattern.step) if pattern.step else None)),
        fact("parameters", *parameters_in(config, *limits, pattern.where, pattern.part)),
        fact("severity", say(f"severity_{pattern.severity}"), say(f"severity_{pattern.severity}_means")),
        fact("effect", say("effect_flag_means")),
        fact("hint", pattern.hint.said if pattern.hint else say(f"check_{pattern.kind}_hint")),
        fact("valid", years(pattern.valid)),
        fact("source", same(pattern.source)),
        fact("file", file_of(config, "ledgers", f"ledger: {ledger.ledger}")),
    ]
    return explanation("pattern", pattern.id, pattern.label.said, facts)


def _builtin(id_: str) -> Explanation:
    if id_ in READING:
        severity, effect = READING[id_]
        hints: tuple[str, ...] = (f"hint_{id_}",)
        what = say("fact_what_reading")
    else:
        severity, effect, hints = CHECKS[id_]  # type: ignore[assignment]
        what = say(f"fact_what_{id_}")
    facts = [
        fact("what", what),
        fact("message", template(f"note_{id_}") if id_ in READING else None),
        fact("severity", say(f"severity_{severity}"), say(f"severity_{severity}_means")),
        fact("effect", say(f"effect_{effect}_means")),
        fact("hint", *(template(key) for key in hints)),
    ]
    return explanation("builtin", id_, rule_name(id_), facts)


def _indicator(config: Config, indicator: Indicator) -> Explanation:
    ledger = config.ledgers[indicator.ledger]
    formula = measure_formula(indicator.value, scope_of(config, ledger), indicator.where)
    adds = "adds_ratio" if formula.is_ratio else "adds_sum" if formula.additive else "adds_rows"
    parties = (f"{year} {party}" for year, party in sorted(indicator.responsible.items()))
    facts = [
        fact("domain", say(f"domain_{indicator.domain}")),
        fact("ledger", ledger.label.said),
        fact("population", say(f"population_{ledger.population}")),
        fact("formula", same(indicator.value)),
        fact("where", same(indicator.where)),
        fact("fields", *labels(ledger, dict.fromkeys(formula.fields))),
        fact("parameters", *parameters_in(config, indicator.value, indicator.where)),
        fact("adds", say(f"fact_{adds}")),
        fact("unit", same(indicator.unit)),
        fact("better", say(f"better_{indicator.better}")),
        fact("description", indicator.description.said if indicator.description else None),
        fact("at_least", same(str(indicator.at_least)) if indicator.at_least > 1 else None),
        fact("valid", years(indicator.valid)),
        fact("comparable_from", same(str(indicator.comparable_from or ""))),
        fact("responsible", *map(same, parties)),
        fact("source", same(indicator.source)),
        fact("file", file_of(config, "indicators", f"id: {indicator.id}")),
    ]
    return explanation("indicator", indicator.id, indicator.label.said, facts)


def _figure(config: Config, id_: str) -> Explanation:
    assert config.funds is not None
    levers = [source.label.said for source in config.funds.sources if source.lever]
    stages = {stage.id: stage.label.said for stage in config.funds.stages}
    facts = [
        fact("what", say("leverage_note")),
        fact("lever", *levers),
        fact("memo", *(source.label.said for source in config.funds.sources if source.memo)),
        fact("basis", *(stages[basis] for basis in config.funds.basis)),
        fact("file", file_of(config, "funds.yaml", "")),
    ]
    return explanation("figure", id_, say(f"figure_{id_}"), facts)


def _parameter(config: Config, id_: str) -> Explanation:
    parameter = config.parameters[id_]
    dated = sorted(parameter.values, key=lambda one: one.since)
    ended = say("fact_ended")
    values = [
        Said(f"{one.since}：{zh}（{one.source}）", f"{one.since}: {en} ({one.source})")
        for one in dated
        for zh, en in [(ended.zh, ended.en) if one.value is None else (f"{one.value:,}",) * 2]
    ]
    facts = [
        fact("unit", same(parameter.unit)),
        fact("values", *values),
        fact("used_by", *users(config, re.compile(rf"\bparam\(\s*{re.escape(id_)}\s*\)"))),
        fact("file", file_of(config, "parameters", f"id: {id_}")),
    ]
    return explanation("parameter", id_, parameter.label.said, facts)


def _codes(config: Config, id_: str) -> Explanation:
    listed = config.codes[id_]
    values = [
        Said(f"{one.code} {one.label.zh}", f"{one.code} {one.label.text('en')}") for one in listed.values
    ]
    facts = [fact("codes", *values), fact("source", same(listed.source))]
    return explanation("codes", id_, listed.label.said, facts)


def _ledger(config: Config, ledger: Ledger) -> Explanation:
    keys = [
        Said("＋".join(s.zh for s in said), " + ".join(s.en for s in said))
        for said in (list(labels(ledger, names)) for names in ledger.key)
    ]
    forms = [form for form in config.forms.values() if any(f.ledger == ledger.ledger for f in form.feeds)]
    indicators = [one.label.said for one in config.indicators if one.ledger == ledger.ledger]
    facts = [
        fact("level", say(f"row_of_{ledger.level}")),
        fact("population", say(f"population_{ledger.population}")),
        fact("period", say(f"period_{ledger.period}")),
        fact("key", *keys),
        fact("links", *(config.ledgers[name].label.said for name in ledger.links if name in config.ledgers)),
        fact("forms", *(form.label.said for form in forms)),
        fact("fields", *labels(ledger, ledger.names)),
        fact("rules", *(Said(f"{r.id} {r.label.zh}", f"{r.id} {r.label.text('en')}") for r in ledger.checks)),
        fact("indicators", *indicators),
        fact("file", file_of(config, "ledgers", f"ledger: {ledger.ledger}")),
    ]
    return explanation("ledger", ledger.ledger, ledger.label.said, facts)


def _field(config: Config, ledger: Ledger, field: LedgerField) -> Explanation:
    whole = [field.part_of] if field.part_of else []
    limits = [f"≥ {field.min:,}"] if field.min is not None else []
    limits += [f"≤ {field.max:,}"] if field.max is not None else []
    facts = [
        fact("ledger", ledger.label.said),
        fact("type", say(f"type_{field.type}")),
        fact("unit", same(field.unit)),
        fact("flow", say(f"flow_{field.kind}") if field.kind else None),
        fact("codes", *codes_of(config, field)),
        fact("limits", *map(same, limits)),
        fact("required", say("fact_yes") if field.required else None),
        fact("person", say("fact_person_means") if field.person else None),
        fact("part_of", *labels(ledger, whole)),
        fact("description", field.note.said if field.note else None),
        fact("headers", *headers(config, ledger, field)),
        fact("used_by", *users(config, re.compile(rf"(?<!\w){re.escape(field.id)}(?!\w)"), ledger.ledger)),
        fact("file", file_of(config, "ledgers", f"ledger: {ledger.ledger}")),
    ]
    return explanation("field", field.id, field.label.said, facts)
