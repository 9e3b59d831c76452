"""A sheet with a column for each source of money becomes a form: its headers alone do not tell its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from povplan.config import Config
from povplan.jobs.learning.amending import flow, one_line, scalar
from povplan.jobs.learning.headings import Heading, Target
from povplan.jobs.learning.studying import SOURCE, SOURCES
from povplan.messages import say
from povplan.spec import Text

UNSTATED = {"project_id": '""', "form": "cash", "date": '""', "document_no": '""'}
"""What such a sheet leaves open of an entry's key: its sums are of no single project, day or document."""


PLACES = ("year", "county", "township", "village")
"""Fields that the fund ledger shares with the sheet's own."""


@dataclass(frozen=True)
class Column:
    """A header of the sheet, what it means, and the comment that says who taught it."""

    header: str
    target: Target
    why: str = ""

    @property
    def source(self) -> str:
        """The source of money of which the column holds the amounts; "" where it is a field."""
        return self.target[1].removeprefix(SOURCE) if self.target[1].startswith(SOURCE) else ""


def form_text(name: str, ledger: str, columns: Sequence[Column], left_out: Iterable[str], stage: str) -> str:
    """The form's file: fields for the sheet's own ledger, each source's column as rows of the fund ledger."""
    sources = [column for column in columns if column.source]
    fields: dict[str, list[str]] = {}
    for column in columns:
        if not column.source and column.header not in fields.setdefault(column.target[1], []):
            fields[column.target[1]].append(column.header)
    label = say("learned_wide_label")
    return "\n".join(
        [
            f"# {one_line(say('learned_wide').zh)}",
            f"form: {name}",
            f"label: {flow({'zh': scalar(label.zh), 'en': scalar(label.en)})}",
            f"recognise: [{', '.join(scalar(column.header) for column in sources[:2])}]",
            "feeds:",
            *_fields(ledger, fields, left_out),
            *_amounts(fields, sources, stage),
            "",
        ]
    )


def _fields(ledger: str, fields: Mapping[str, Sequence[str]], left_out: Iterable[str]) -> Iterator[str]:
    """The feed of the sheet's own ledger; for a sheet of money alone there is none."""
    if ledger == "fund":
        return
    yield f"  - ledger: {ledger}"
    yield "    columns:"
    yield from (_column(name, headers) for name, headers in fields.items())
    if ignored := ", ".join(map(scalar, left_out)):
        yield f"    ignore: [{ignored}]"


def _column(name: str, headers: Sequence[str]) -> str:
    return f"      {name}: [{', '.join(map(scalar, headers))}]"


def _amounts(fields: Mapping[str, Sequence[str]], sources: Sequence[Column], stage: str) -> Iterator[str]:
    yield "  - ledger: fund"
    yield "    columns:"
    yield from (_column(name, headers) for name, headers in fields.items() if name in PLACES)
    yield f"    constants: {flow(UNSTATED)}"
    yield "    unpivot:"
    yield "      value: amount"
    yield "      columns:"
    for column in sources:
        yield f"        # {one_line(column.why)}"
        set_ = flow({"source": column.source, "stage": stage})
        yield f"        - {{header: {scalar(column.header)}, set: {set_}}}"


def stage_said(headings: Iterable[Heading], titles: Iterable[str], config: Config) -> str:
    """The one stage of money that the merged headers, else the titles, name; "" where none or several are."""
    for texts in (["".join(heading.seen.path[:-1]) for heading in headings], list(titles)):
        found = {
            stage
            for stage, words in _stages(config).items()
            if any(w in text for w in words for text in texts)
        }
        if len(found) == 1:
            return found.pop()
    return ""


def _stages(config: Config) -> Mapping[str, tuple[str, ...]]:
    stages = config.funds.stages if config.funds else ()
    return {stage.id: (stage.label.zh, *stage.aliases) for stage in stages}


def label_of(config: Config, target: Target) -> Text:
    """What a field is called; of a source of money, that and its name."""
    ledger, name = config.ledgers[target[0]], target[1]
    if name.startswith(SOURCE):
        code = name.removeprefix(SOURCE)
        label = next(value.label for value in config.codes[SOURCES].values if value.code == code)
        zh, en = (say("learned_source", label=label.text(lang)) for lang in ("zh", "en"))
        return Text(zh=zh.zh, en=en.en)
    return ledger.field(name).label if name in ledger.names else Text(zh=name)
