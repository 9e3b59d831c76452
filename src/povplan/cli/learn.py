"""`explain` and `schema`: what a definition means, and how definition files are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from povplan.cli.options import (
    Format,
    FormatOption,
    LangOption,
    OutputOption,
    QuietOption,
    TextFormatOption,
    WorkspaceOption,
)

if TYPE_CHECKING:
    import pandas as pd

    from povplan.cli.output import Voice
    from povplan.config import Config
    from povplan.jobs.facts import Explanation
    from povplan.spec import Form

WIDTH = 16
"""Columns of a terminal that the heading of a fact takes."""


def explain(
    name: Annotated[
        str | None, typer.Argument(metavar="ID", help="编号或名称 · Id or label.", show_default=False)
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="列出全部 · List all names.")] = False,
    workspace: WorkspaceOption = None,
    format: TextFormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """解释规则、指标、参数、字段 · Explain a rule, indicator, parameter or field.

    含义、公式、等级、依据、例子、来自哪一栏。
    Explain a rule, indicator, parameter, ledger or field: meaning, formula, source, headers.

    例 Example:  povplan explain 贫困发生率
    """
    from povplan.cli.output import emit_frame, emit_json, records, workspace_and_voice
    from povplan.cli.showing import headings
    from povplan.jobs import explaining, firing
    from povplan.messages import say

    place, voice = workspace_and_voice(workspace, lang, quiet)
    config = place.config
    if list_ or not name:
        frame = _names(config, voice.lang)
        if format == "json":
            emit_json({"names": records(frame)}, output)
        else:
            frame["kind"] = [say(f"kind_{kind}").text(voice.lang) for kind in frame["kind"]]
            emit_frame(frame, format, output, headings(frame, voice.lang))
        return
    known = explaining.explain(config, name)
    if not known:
        raise _unknown(config, name)
    found = firing.with_firing(known, place)
    if len(found) > 1:
        voice(say("explain_many", count=len(found), name=name))
    if format == "json":
        emit_json({"explanations": [_as_json(one) for one in found]}, output)
    else:
        _emit_text("\n\n".join(_as_text(one, voice.lang) for one in found), output)


def schema(
    out: Annotated[
        Path | None, typer.Option("--out", help="写出到文件夹 · Write to a folder.", show_default=False)
    ] = None,
    forms: Annotated[bool, typer.Option("--forms", help="本工作区的表式 · Forms of this workspace.")] = False,
    ledger: Annotated[
        str | None, typer.Option("--ledger", help="只看某台账 · Only this ledger.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """定义文件的写法、表式、字段 · JSON Schema of the definition files; forms and fields.

    加 --forms 看表式，加 --ledger 看字段和表头。
    JSON Schema of the definition files; with --forms the forms, with --ledger the fields and headers.

    例 Example:  povplan schema --forms
    """
    from povplan.cli.boundary import language
    from povplan.cli.output import Voice, emit_json, workspace_and_voice

    if forms or ledger:
        place, voice = workspace_and_voice(workspace, lang, quiet)
        _emit_forms(place.config, forms, ledger, format, output, voice)
        return
    from povplan.config.schema import json_schemas

    if out is None:
        emit_json(json_schemas(), output)
    else:
        _write_schemas(out, Voice(language(lang), quiet))


# ---- explain ---------------------------------------------------------------------------------------


def _unknown(config: Config, name: str) -> Exception:
    from povplan.errors import PovplanError
    from povplan.jobs.explaining import suggestion
    from povplan.messages import Said, say

    near = suggestion(config, name)
    hint = say("suggestion", near=near) if near else Said("", "")
    zh = say("explain_unknown", name=name, suggestion=hint.zh).zh
    return PovplanError(Said(zh, say("explain_unknown", name=name, suggestion=hint.en).en))


def _names(config: Config, lang: str) -> pd.DataFrame:
    """Everything that can be explained: id, kind, label, ledger."""
    import pandas as pd

    from povplan.jobs.explaining import entries

    return pd.DataFrame(
        [
            {
                "id": one.id,
                "kind": one.kind,
                "label": one.label.text(lang),
                "ledger": one.of,
            }
            for one in entries(config)
        ]
    )


def _as_json(one: Explanation) -> dict[str, Any]:
    facts = {fact.name: [{"zh": said.zh, "en": said.en} for said in fact.said] for fact in one.facts}
    return {
        "id": one.id,
        "kind": one.kind,
        "label_zh": one.label.zh,
        "label_en": one.label.en,
        "facts": facts,
    }


def _as_text(one: Explanation, lang: str) -> str:
    """A title and a line a fact; long lists one a line, under their heading."""
    from povplan.messages import say

    title = f"{one.id}  {one.label.text(lang)}  [{say(f'kind_{one.kind}').text(lang)}]"
    lines = [
        _line(say(f"fact_{fact.name}").text(lang), [said.text(lang) for said in fact.said], lang)
        for fact in one.facts
    ]
    return "\n".join([title, *lines])


def _line(heading: str, values: Sequence[str], lang: str) -> str:
    indent = " " * (WIDTH + 2)
    lead = "  " + heading + " " * max(1, WIDTH - _width(heading))
    comma = ", " if lang == "en" else "；"
    joined = comma.join(values)
    if len(values) > 1 and _width(joined) > 80:
        joined = f"\n{indent}".join(values)
    return lead + joined.replace("\n", f"\n{indent}") if len(values) == 1 else lead + joined


def _width(text: str) -> int:
    from povplan.excel.widths import width_of

    return width_of(text)


def _emit_text(text: str, output: Path | None) -> None:
    if output is None:
        print(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")


# ---- schema ----------------------------------------------------------------------------------------


def _emit_forms(
    config: Config, forms: bool, ledger: str | None, format: Format, output: Path | None, voice: Voice
) -> None:
    from povplan.cli.output import emit_frame, emit_json, records
    from povplan.cli.showing import headings
    from povplan.jobs.asking import ledger_named

    ledger = ledger_named(config, ledger).ledger if ledger else None
    frame = _forms(config, ledger, voice.lang) if forms else _fields(config, str(ledger), voice.lang)
    if format == "json":
        emit_json({"forms" if forms else "fields": records(frame)}, output)
    else:
        emit_frame(frame, format, output, headings(frame, voice.lang))


def _forms(config: Config, ledger: str | None, lang: str) -> pd.DataFrame:
    """Form, label, the ledgers it feeds, the headers it wants."""
    import pandas as pd

    lines = [
        {
            "form": form.form,
            "label": form.label.text(lang),
            "ledger": "、".join(dict.fromkeys(feed.ledger for feed in form.feeds)),
            "headers": "、".join(_wanted(form)),
        }
        for form in config.forms.values()
        if ledger is None or any(feed.ledger == ledger for feed in form.feeds)
    ]
    return pd.DataFrame(lines, columns=["form", "label", "ledger", "headers"])


def _wanted(form: Form) -> Iterable[str]:
    """Those that tell the form apart first, then one header for each column."""
    columns = [headers[0] for feed in form.feeds for headers in feed.columns.values()]
    wide = [b.header[0] for feed in form.feeds if feed.unpivot for b in feed.unpivot.columns]
    return dict.fromkeys([*form.recognise, *columns, *wide])


def _fields(config: Config, ledger: str, lang: str) -> pd.DataFrame:
    """The fields of a ledger and the headers that fill each."""
    import pandas as pd

    from povplan.jobs.facts import headers
    from povplan.messages import say

    spec = config.ledgers[ledger]
    lines = [
        {
            "id": field.id,
            "label": field.label.text(lang),
            "type": say(f"type_{field.type}").text(lang),
            "measure": field.unit or "",
            "required": say("check_yes").text(lang) if field.required else "",
            "headers": "；".join(said.text(lang) for said in headers(config, spec, field)),
        }
        for field in spec.fields
    ]
    return pd.DataFrame(lines)


def _write_schemas(folder: Path, voice: Voice) -> None:
    """One `<name>.schema.json` a kind of file; paths to stdout, how to use them to stderr."""
    import json

    from povplan.config.schema import json_schemas
    from povplan.errors import PovplanError, why
    from povplan.messages import say

    schemas = json_schemas()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, found in schemas.items():
            path = folder / f"{name}.schema.json"
            path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            print(path)
    except OSError as error:
        told = {"path": error.filename or folder, "reason": why(error)}
        raise PovplanError(say("schema_cannot_write", **told)) from error
    voice(say("schema_written", count=len(schemas), folder=folder))
    voice(say("schema_editor", path=(folder.resolve() / "ledger.schema.json").as_uri()))
