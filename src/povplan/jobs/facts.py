"""What `explain` tells of a definition, fact by fact: labels for ids, words for codes, places of files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from povplan.config import Config
from povplan.formulas import Scope
from povplan.messages import Said, catalogue, say
from povplan.spec import Feed, Form, Ledger, LedgerField, Years

Kind = Literal[
    "rule", "pattern", "builtin", "indicator", "figure", "parameter", "ledger", "field", "codes", "note"
]


@dataclass(frozen=True)
class Fact:
    """One thing told of a definition; `name` is the key of its heading, `fact_<name>`."""

    name: str
    said: tuple[Said, ...]


@dataclass(frozen=True)
class Explanation:
    """What an id means: one of possibly several, for a field may stand in many ledgers."""

    kind: Kind
    id: str
    label: Said
    facts: tuple[Fact, ...]


def explanation(kind: Kind, id_: str, label: Said, facts: Iterable[Fact]) -> Explanation:
    """An explanation without the facts that say nothing."""
    return Explanation(kind, id_, label, tuple(fact for fact in facts if fact.said))


def fact(name: str, *said: Said | None) -> Fact:
    """A fact of what there is to say; blanks are left out."""
    return Fact(name, tuple(one for one in said if one and one.zh))


def same(text: str | None) -> Said | None:
    """A text that is the same in both languages."""
    return Said(text, text) if text else None


def scope_of(config: Config, ledger: Ledger) -> Scope:
    """What formulas over the ledger may name."""
    return Scope(ledger, config.ledgers, config.parameters, config.codes)


def labels(ledger: Ledger, names: Iterable[str]) -> Iterator[Said]:
    """`脱贫人口 escaped_persons`: the label, and the id that formulas write."""
    for name in names:
        if name in ledger.names:
            label = ledger.field(name).label
            yield Said(f"{label.zh} {name}", f"{label.text('en')} {name}")


def parameters_in(config: Config, *formulas: str | None) -> Iterator[Said]:
    """The parameters that formulas look up."""
    named = re.findall(r"\bparam\(\s*(\w+)\s*\)", " ".join(text or "" for text in formulas))
    for name in dict.fromkeys(named):
        label = config.parameters[name].label
        yield Said(f"{label.zh} {name}", f"{label.text('en')} {name}")


def years(valid: Years) -> Said | None:
    """The years of a definition that does not hold for all."""
    if valid == Years():
        return None
    if valid.last == Years().last:
        return say("fact_since", first=valid.first)
    return (
        say("fact_until", last=valid.last)
        if valid.first == Years().first
        else say("fact_between", first=valid.first, last=valid.last)
    )


def example(config: Config, ledger: Ledger, row: Mapping[str, Any]) -> Said:
    """An example row with labels for the fields' ids."""
    pairs = [(config.ledgers[n].label if n in config.ledgers else None, n, v) for n, v in row.items()]
    named = [
        (ledger.field(name).label if name in ledger.names else label, name, value)
        for label, name, value in pairs
    ]
    zh = "，".join(f"{label.zh if label else name} {_value(value)}" for label, name, value in named)
    en = ", ".join(f"{label.text('en') if label else name} {_value(value)}" for label, name, value in named)
    return Said(zh or "—", en or "—")


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} {_value(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    return "—" if value is None else str(value)


def rule_name(rule: str) -> Said:
    """What a built-in check is called."""
    key = f"rule_{rule}"
    return say(key) if key in catalogue() else Said(rule, rule)


def template(key: str) -> Said | None:
    """A message as it stands, its gaps shown as `…`."""
    if key not in catalogue():
        return None
    return Said(*(re.sub(r"\{\w+\}", "…", catalogue()[key][lang]) for lang in ("zh", "en")))


def codes_of(config: Config, field: LedgerField) -> Iterator[Said]:
    """The codes that a field may take, with their labels."""
    if field.codes and field.codes in config.codes:
        for code in config.codes[field.codes].values:
            yield Said(f"{code.code} {code.label.zh}", f"{code.code} {code.label.text('en')}")


def headers(config: Config, ledger: Ledger, field: LedgerField) -> Iterator[Said]:
    """Which header of which form fills the field."""
    for form in config.forms.values():
        for feed in form.feeds:
            if feed.ledger == ledger.ledger:
                yield from _headers_in(form, feed, field)


def _headers_in(form: Form, feed: Feed, field: LedgerField) -> Iterator[Said]:
    headers = list(feed.columns.get(field.id, ()))
    if feed.unpivot:
        wide = feed.unpivot.columns
        headers += [b.header[0] for b in wide if field.id in b.set or field.id == feed.unpivot.value]
    headers += [f"= {feed.constants[field.id]}"] if field.id in feed.constants else []
    if headers:
        shown = "、".join(headers)
        yield Said(f"{form.label.zh}：{shown}", f"{form.label.text('en')}: {shown}")


def users(config: Config, mention: re.Pattern[str], ledger: str | None = None) -> Iterator[Said]:
    """Rules, patterns and indicators that mention a name; of one ledger only, where one is given."""
    for own in config.ledgers.values():
        for rule in own.rules if ledger in (None, own.ledger) else ():
            if mention.search(f"{rule.check} {rule.when or ''}"):
                yield Said(f"{rule.id} {rule.label.zh}", f"{rule.id} {rule.label.text('en')}")
        for pattern in own.patterns if ledger in (None, own.ledger) else ():
            limits = f"param({pattern.limit}) param({pattern.least})"
            if mention.search(f"{' '.join((*pattern.fields, *pattern.by))} {limits} {pattern.where or ''}"):
                yield Said(f"{pattern.id} {pattern.label.zh}", f"{pattern.id} {pattern.label.text('en')}")
    for one in config.indicators:
        if ledger in (None, one.ledger) and mention.search(f"{one.value} {one.where or ''}"):
            yield Said(f"{one.id} {one.label.zh}", f"{one.id} {one.label.text('en')}")


def file_of(config: Config, folder: str, mark: str) -> Said | None:
    """The file that declares it: `mark` is how its name stands there."""
    wanted = re.compile(rf"(?<!\w){re.escape(mark)}(?!\w)")
    for name, text in config.texts.items():
        if name.startswith(folder) and wanted.search(text):
            return same(config.files[name])
    return None
