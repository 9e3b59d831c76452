"""Decisions about headers → definition files: aliases, fields of one's own, headers left out.

A ledger without a declared form gets them itself (`aliases`, `fields`, `ignore`); a declared form in its
first feed that can have them. What nobody decided stands as a comment where it may belong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from povplan.config import Config, config_from_texts
from povplan.config.cross.identities import folded
from povplan.jobs.learning.amending import Amended, child, flow, item, one_line, scalar
from povplan.jobs.learning.decisions import Decision, whence, where
from povplan.jobs.learning.headings import Heading, Target
from povplan.jobs.learning.studying import SOURCE
from povplan.jobs.learning.wide import UNSTATED, Column, form_text
from povplan.messages import say
from povplan.spec import Form


def written(
    config: Config,
    decisions: Iterable[Decision],
    lang: str,
    headings: Sequence[Heading] = (),
    stage: str = "paid",
) -> Config:
    """The definitions with what was decided written into their texts, loaded as strictly as ever.

    `headings` are all headers, and `stage` that of the amounts of a sheet with a column for each source.
    """
    pen = _Pen(config, lang)
    for decision in decisions:
        pen.write(decision)
    wide = pen.wide_forms(headings, stage)
    texts = {**{name: str(amended) for name, amended in pen.finished().items()}, **wide}
    return config_from_texts({**config.texts, **texts}, config.profile.profile) if texts else config


class _Pen:
    """The files being amended, and the names already given."""

    def __init__(self, config: Config, lang: str) -> None:
        self.config, self.lang = config, lang
        self.files: dict[str, Amended] = {}
        self.names = {name: {*ledger.names} for name, ledger in config.ledgers.items()}
        self.headers = {form: {*_headers(config.forms[form])} for form in config.forms}
        self.ignored: dict[str, list[tuple[str, str]]] = {}
        """Form → (comment, header) of each header left out."""
        self.own: dict[str, list[str]] = {}
        self.columns: dict[str, list[str]] = {}
        self.wide: dict[str, list[Decision]] = {}
        """Form → decisions that a column holds the amounts of one source."""
        self.meant: dict[Heading, Target | None] = {}
        """Header → the field that it was decided to be; None where it is left out."""

    def write(self, decision: Decision) -> None:
        heading = decision.heading
        text = self._declared(heading)
        if decision.target and decision.target[1].startswith(SOURCE) and decision.kind == "field":
            self.wide.setdefault(heading.form, []).append(decision)
        elif decision.kind == "field" and decision.target and text:
            self._alias(decision, text)
        elif decision.kind == "own" and text:
            self._own(decision, text)
        elif decision.kind == "out":
            text = text or heading.seen.declared
            self.headers[heading.form].add(folded(text))
            self.meant[heading] = None
            self.ignored.setdefault(heading.form, []).append((whence(decision, self.lang), text))
        elif decision.kind == "open":
            self._open(decision)

    def finished(self) -> dict[str, Amended]:
        """The files with what goes to the end of their lists."""
        for ledger, lines in self.own.items():
            fields = child(self._ledger(ledger).root, "fields")
            self._ledger(ledger).append(fields, lines)
        for form, lines in self.columns.items():
            amended, feed = self._feed(form)
            amended.entry(child(feed, "columns"), lines)
        for form, headers in self.ignored.items():
            self._ignore(form, headers)
        return self.files

    # ---- what is written ---------------------------------------------------------------------------

    def _alias(self, decision: Decision, text: str) -> None:
        heading = decision.heading
        assert decision.target is not None
        ledger, name = self.meant[heading] = decision.target
        self.headers[heading.form].add(folded(text))
        if self._is_implied(heading.form):
            amended = self._ledger(ledger)
            node = item(child(amended.root, "fields"), "id", name)
            amended.note(node, whence(decision, self.lang))
            amended.add(node, "aliases", [text], after="label")
            return
        amended, feed = self._feed(heading.form, ledger)
        columns = child(feed, "columns")
        if child(columns, name) is None:
            lines = [f"# {whence(decision, self.lang)}", f"{name}: {scalar(text)}"]
            self.columns.setdefault(heading.form, []).extend(lines)
        else:
            amended.note(child(columns, name), whence(decision, self.lang))
            amended.add(columns, name, [text], after=name)

    def _own(self, decision: Decision, text: str) -> None:
        heading = decision.heading
        ledger = self._own_ledger(heading.form)
        name = self._name(ledger, heading)
        self.names[ledger].add(name)
        self.meant[heading] = ledger, name
        self.headers[heading.form].add(folded(text))
        self.own.setdefault(ledger, []).extend(
            [f"# {whence(decision, self.lang)}", f"- {flow(self._field(heading, name, text))}"]
        )
        if not self._is_implied(heading.form):
            self.columns.setdefault(heading.form, []).append(f"{name}: {scalar(text)}")

    def _field(self, heading: Heading, name: str, text: str) -> dict[str, str]:
        seen = heading.seen
        kind = "text" if seen.personal and seen.nature not in ("code", "text") else seen.nature
        unit = "元" if kind == "money" else seen.unit
        return {
            "id": name,
            "label": f"{{zh: {scalar(text)}}}",
            "type": kind,
            **({"in": scalar(self.config.measurement[unit].id)} if unit and kind in _MEASURED else {}),
            **({"person": "true"} if seen.personal else {}),
        }

    def _ignore(self, form: str, headers: Sequence[tuple[str, str]]) -> None:
        if self._is_implied(form):
            amended = self._ledger(form)
            first = next(key for key, _ in amended.root.value if key.value == "fields")
            lines = [
                line for why, text in headers for line in (f"  # {one_line(why)}", f"  - {scalar(text)}")
            ]
            amended.before(first, ["ignore:", *lines])
            return
        amended, feed = self._feed(form)
        for why, _ in headers:
            amended.note(child(feed, "ignore") or feed, why)
        amended.add(feed, "ignore", [text for _, text in headers], after="columns")

    def _open(self, decision: Decision) -> None:
        """A likely field that nobody confirmed: a comment above it."""
        heading = decision.heading
        assert decision.target is not None
        ledger, name = decision.target
        amended = self._ledger(ledger)
        said = say("learned_open", header=heading.text, where=where(heading, self.lang), share=decision.share)
        name = "source" if name.startswith(SOURCE) else name
        amended.note(item(child(amended.root, "fields"), "id", name), said.text(self.lang))

    def wide_forms(self, headings: Sequence[Heading], stage: str) -> dict[str, str]:
        """The files of forms with a column for each source; the profile names them, beside labels."""
        if not self.wide:
            return {}
        self._without_project()
        profile = self._file("profile.yaml")
        profile.add(profile.root, "implied", [*dict.fromkeys([*self.wide, "fund"])], after="ledgers")
        profile.add(profile.root, "forms", [f"wide_{form}" for form in self.wide], after="ledgers")
        return {
            f"forms/wide_{form}.yaml": self._wide_form(f"wide_{form}", form, decisions, headings, stage)
            for form, decisions in self.wide.items()
        }

    def _without_project(self) -> None:
        """The fund ledger's last key led by what a wide sheet has: its source, not its project."""
        amended = self._ledger("fund")
        key = child(amended.root, "key")
        names = self.config.ledgers["fund"].key[-1]
        order = sorted(names, key=lambda name: name in UNSTATED)
        if tuple(order) != names:
            amended.replace(key.value[-1], f"[{', '.join(order)}]")
            amended.note(key, say("learned_wide_key").text(self.lang))

    def _wide_form(
        self, name: str, form: str, decisions: Sequence[Decision], headings: Sequence[Heading], stage: str
    ) -> str:
        sheets = frozenset(sheet for decision in decisions for sheet in decision.heading.sheets)
        there = [heading for heading in headings if heading.form == form and heading.sheets & sheets]
        meant = {h: h.seen.field or self.meant.get(h) for h in there}
        columns = [Column(h.seen.declared, target) for h, target in meant.items() if target]
        columns += [
            Column(one.heading.seen.declared, one.target, whence(one, self.lang))
            for one in decisions
            if one.target
        ]
        left_out = [h.seen.declared for h in there if h in self.meant and not self.meant[h]]
        return form_text(name, form, columns, left_out, stage)

    # ---- where -------------------------------------------------------------------------------------

    def _is_implied(self, form: str) -> bool:
        return self._named("forms", "form", form) is None

    def _named(self, folder: str, key: str, value: str) -> str | None:
        """The file of `folder` whose `key` is `value`."""
        line = re.compile(rf"^{key}:\s*[\"']?{re.escape(value)}[\"']?\s*(#.*)?$", re.MULTILINE)
        texts = self.config.texts
        return next(
            (n for n, text in texts.items() if n.startswith(f"{folder}/") and line.search(text)), None
        )

    def _file(self, name: str | None) -> Amended:
        assert name is not None
        if name not in self.files:
            self.files[name] = Amended(self.config.texts[name])
        return self.files[name]

    def _ledger(self, ledger: str) -> Amended:
        return self._file(self._named("ledgers", "ledger", ledger))

    def _feed(self, form: str, ledger: str | None = None) -> tuple[Amended, Any]:
        """The form's file, and in it the first feed of the ledger; without one, the first feed not wide."""
        amended = self._file(self._named("forms", "form", form))
        wanted = ledger or self._own_ledger(form)
        feeds = enumerate(self.config.forms[form].feeds)
        number = next(number for number, feed in feeds if feed.ledger == wanted)
        return amended, child(amended.root, "feeds").value[number]

    def _own_ledger(self, form: str) -> str:
        feeds = self.config.forms[form].feeds
        return next((feed.ledger for feed in feeds if feed.unpivot is None), feeds[0].ledger)

    # ---- words -------------------------------------------------------------------------------------

    def _declared(self, heading: Heading) -> str:
        """The header to declare, "" where another field of the form answers to it already."""
        seen = heading.seen
        unit = f"({seen.unit})" if seen.unit else ""
        for text in (seen.declared, "/".join(seen.path), seen.declared + unit, "/".join(seen.path) + unit):
            if folded(text) not in self.headers[heading.form]:
                return text
        return ""

    def _name(self, ledger: str, heading: Heading) -> str:
        """A name for formulas, made of the header; never a word of theirs, a number behind it where taken."""
        plain = unicodedata.normalize("NFKC", "_".join(heading.seen.path[-2:]))
        name = re.sub(r"\W+", "_", plain).strip("_")[:40]
        name = f"own_{name}" if name.isascii() or name[0].isdigit() else name
        taken = self.names[ledger]
        return next(one for n in range(len(taken) + 2) if (one := f"{name}_{n}" if n else name) not in taken)


_MEASURED = ("integer", "number", "money")


def _headers(form: Form) -> Iterable[str]:
    for feed in form.feeds:
        blocks = feed.unpivot.columns if feed.unpivot else ()
        groups: Mapping[str, Sequence[str]] = {**feed.columns, **feed.compare}
        yield from (folded(text) for texts in groups.values() for text in texts)
        yield from (folded(text) for block in blocks for text in block.header)
        yield from map(folded, feed.ignore)
