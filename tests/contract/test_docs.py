"""The documentation names all that exists: commands, options, files, metrics, tags, links.

After a new metric: `CELLMARK_UPDATE_DOCS=1 pytest tests/contract/test_docs.py` writes its table.
"""

from __future__ import annotations

import os
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
import typer.main

from cellmark.actions.audit import Answer, Answers, LogReport, Proven, Redacted, Replayed
from cellmark.actions.challenge import Status as Compared
from cellmark.actions.check import Checked, CheckedNotebook
from cellmark.actions.compare import ComparedCell, ComparedValue
from cellmark.actions.demo import Demonstrated
from cellmark.actions.diff import Diffed, Differing
from cellmark.actions.explain import ExplainedNotebook
from cellmark.actions.inquiry import Experiment
from cellmark.actions.package import Packaged
from cellmark.actions.registered import (
    History,
    Models,
    ModelSummary,
    Promoted,
    Registered,
    VersionSummary,
)
from cellmark.actions.reproduced import MetricPair, Reproduced
from cellmark.actions.restore import RestoredNotebook
from cellmark.actions.run import RunResult, RunSummary
from cellmark.actions.runs import RunList
from cellmark.actions.show import ShownRun
from cellmark.actions.verify import CheckResult, Report
from cellmark.bundle.render import render
from cellmark.cli import app
from cellmark.core.difference import Cause, Difference
from cellmark.core.finding import Finding
from cellmark.core.proportion import Proportion
from cellmark.core.registry import Event
from cellmark.core.tags import ROLES
from cellmark.extract.trace.rules import NOT_ROWWISE
from cellmark_runtime.audit.finding import Finding as LogFinding
from cellmark_runtime.monitoring.metrics import METRICS
from cellmark_runtime.routing.evaluation import Evaluation
from cellmark_runtime.routing.experiment import Experiment as Trial
from cellmark_runtime.scoring.boosters import SUFFIXES
from cellmark_runtime.service.openapi import openapi_document
from cellmark_runtime.types.manifest import Manifest, Persisted, Provenance

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = sorted(DOCS.rglob("*.md"))


def commands_of(group: Any) -> dict[str, Any]:
    """Every command by its name, those of groups as `group command`."""
    found = {}
    for name, command in group.commands.items():
        inner = commands_of(command) if hasattr(command, "commands") else {}
        found |= {f"{name} {each}": verb for each, verb in inner.items()} or {name: command}
    return found


COMMANDS = commands_of(typer.main.get_command(app))

_FENCED = re.compile(r"^(`{3,})[^\n]*\n.*?^\1[^\n]*$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_OPTION = re.compile(r"(?<![\w-])(--?[a-z][a-z-]*)")


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def section(page: Path, heading: str) -> str:
    """What stands below `## heading`, up to the next heading of that level."""
    found = re.search(
        rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text_of(page), re.DOTALL | re.MULTILINE
    )
    assert found, f"{page.relative_to(ROOT)} has no section '## {heading}'"
    return found[1]


def first_cells(text: str) -> list[str]:
    """The first cell of every row of every table, without headings and rules."""
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    return [row.split("|")[1] for row in rows]


def options_of(command: Any) -> set[str]:
    names = {name for each in command.params for name in each.opts if name.startswith("-")}
    return names - {"--help"}


# -- commands


def test_every_documented_command_exists() -> None:
    documented = re.findall(r"^## cellmark ([\w ]+)$", text_of(REFERENCE / "commands.md"), re.M)
    assert sorted(documented) == sorted(COMMANDS)


@pytest.mark.parametrize("verb", sorted(COMMANDS))
def test_a_commands_options_are_the_documented_ones(verb: str) -> None:
    cells = first_cells(section(REFERENCE / "commands.md", f"cellmark {verb}"))
    documented = {option for cell in cells for option in _OPTION.findall(cell)}
    assert documented == options_of(COMMANDS[verb])


@pytest.mark.parametrize("verb", sorted(COMMANDS))
def test_a_commands_arguments_are_documented(verb: str) -> None:
    about = section(REFERENCE / "commands.md", f"cellmark {verb}")
    arguments = [each for each in COMMANDS[verb].params if each.param_type_name == "argument"]
    for argument in arguments:
        assert (argument.metavar or argument.name).upper() in about


@pytest.mark.parametrize(
    ("verb", "result"),
    [
        ("demo", Demonstrated),
        ("run", RunResult),
        ("run", RunSummary),
        ("runs", RunList),
        ("show", ShownRun),
        ("diff", Diffed),
        ("diff", Differing),
        ("diff", ComparedValue),
        ("diff", ComparedCell),
        ("restore", RestoredNotebook),
        ("check", Checked),
        ("check", CheckedNotebook),
        ("check", Finding),
        ("explain", ExplainedNotebook),
        ("package", Packaged),
        ("reproduce", Reproduced),
        ("reproduce", Difference),
        ("reproduce", Cause),
        ("reproduce", Experiment),
        ("reproduce", MetricPair),
        ("reproduce", Proportion),
        ("verify", Report),
        ("verify", CheckResult),
        ("register", Registered),
        ("models", Models),
        ("models", ModelSummary),
        ("models", VersionSummary),
        ("promote", Promoted),
        ("history", History),
        ("history", Event),
        ("audit find", Answers),
        ("audit find", Answer),
        ("audit prove", Proven),
        ("audit verify", LogReport),
        ("audit verify", LogFinding),
        ("audit replay", Replayed),
        ("audit redact", Redacted),
        ("challenge status", Compared),
        ("challenge status", Evaluation),
        ("challenge ramp", Trial),
    ],
)
def test_the_fields_of_a_commands_json_are_documented(
    verb: str, result: type[msgspec.Struct]
) -> None:
    about = section(REFERENCE / "commands.md", f"cellmark {verb}")
    for field in msgspec.structs.fields(result):
        assert re.search(rf"[`{{ ,]{field.encode_name}[`,:}} ]", about), field.encode_name


def test_what_is_listed_as_not_yet_is_no_command() -> None:
    promised = set(re.findall(r"`(\w+)`", section(REFERENCE / "commands.md", "Not yet")))
    assert not promised & set(COMMANDS)


# -- the bundle


@pytest.fixture(scope="module")
def plan() -> Any:
    return runpy.run_path(str(ROOT / "tests" / "generated" / "example.py"))["example_plan"]()


def documented_files() -> dict[str, re.Pattern[str]]:
    """Each documented path, and what it matches: `<name>` stands for any name."""
    named = first_cells(section(REFERENCE / "bundle.md", "Files"))
    paths = [cell.strip().strip("`") for cell in named]
    return {
        path: re.compile("[^/]+".join(map(re.escape, re.split(r"<\w+>", path)))) for path in paths
    }


def files_of(plan: Any) -> set[str]:
    """Every file of the plan's bundle, and one for each format that a frozen value may have."""
    formats = get_args(get_type_hints(Persisted)["format"])
    kept = {"model/frozen.json", *(f"model/x.{each}" for each in formats if each != "json")}
    kept |= {f"model/x{suffix}" for suffix in SUFFIXES}
    own = {"scoring/definitions.py", "scoring/local/x.py"}
    written = {*render(plan), *own, *(entry.file for entry in plan.persisted)}
    return written | kept | {"MANIFEST.json", "MANIFEST.sig", f"wheels/{plan.runtime_wheel}"}


def test_every_file_of_a_bundle_is_documented(plan: Any) -> None:
    patterns = documented_files().values()
    files = files_of(plan)
    assert not [file for file in files if not any(each.fullmatch(file) for each in patterns)]


def test_every_documented_file_is_in_a_bundle(plan: Any) -> None:
    files = files_of(plan)
    for path, pattern in documented_files().items():
        assert any(pattern.fullmatch(file) for file in files), path


@pytest.mark.parametrize(("kind", "prefix"), [(Manifest, ""), (Provenance, "provenance.")])
def test_every_field_of_the_manifest_is_documented(kind: type[msgspec.Struct], prefix: str) -> None:
    about = section(REFERENCE / "bundle.md", "MANIFEST.json")
    for field in msgspec.structs.fields(kind):
        names = (prefix + field.encode_name, f".{field.encode_name}")
        assert any(f"`{name}" in about for name in names), field.encode_name


# -- the service


def metric_table() -> str:
    rows = ["| metric | kind | further labels | |", "|---|---|---|---|"]
    for name, metric in METRICS.items():
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        rows.append(f"| `{name}` | {metric.kind} | {labels} | {metric.about} |")
    return "\n".join(rows)


def test_the_table_of_metrics_is_the_codes_own() -> None:
    page = REFERENCE / "service.md"
    found = re.search(r"^\| metric \|.*?(?=\n\n)", section(page, "Metrics"), re.DOTALL | re.M)
    assert found
    if os.environ.get("CELLMARK_UPDATE_DOCS"):
        page.write_text(text_of(page).replace(found[0], metric_table()), encoding="utf-8")
    else:
        assert found[0] == metric_table()


class _Described:
    """What `openapi_document` asks of a model."""

    def __init__(self, plan: Any) -> None:
        self.name, self.version, self.digest = plan.name, plan.version, "0" * 64
        self.signature, self.golden = plan.signature, plan.golden
        self.accepts, self.policies = plan.signature, plan.policies


def test_every_endpoint_and_its_status_codes_are_documented(plan: Any) -> None:
    document = openapi_document(_Described(plan), with_token=True)  # type: ignore[arg-type]
    tables = ("Endpoints", "Open Inference Protocol")
    endpoints = "".join(section(REFERENCE / "service.md", table) for table in tables)
    codes = section(REFERENCE / "service.md", "Status codes")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            assert f"`{method.upper()} {path}`" in endpoints
            for status in operation["responses"]:
                assert re.search(rf"^\|.*\b{status}\b", codes, re.M), f"{path} {status}"


def test_every_environment_variable_is_documented() -> None:
    sources = [*(ROOT / "src").rglob("*.py")]
    named = {name for file in sources for name in re.findall(r"CELLMARK_[A-Z_]+", text_of(file))}
    documented = "".join(text_of(page) for page in REFERENCE.glob("*.md"))
    assert named
    assert not [name for name in sorted(named) if f"`{name}`" not in documented]


# -- roles and refusals


def test_every_role_is_documented() -> None:
    roles = [cell.strip().strip("`") for cell in first_cells(text_of(REFERENCE / "tags.md"))]
    assert roles == list(ROLES)


@pytest.mark.parametrize("call", sorted(NOT_ROWWISE))
def test_every_refused_call_is_documented(call: str) -> None:
    about = section(DOCS / "how-to" / "package-a-notebook.md", "Refused statements")
    assert re.search(rf"[`.]{call}[`(]", about)


# -- links


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", _FENCED.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> Iterator[str]:
    for link in _LINK.findall(_FENCED.sub("", text_of(page))):
        if "://" not in link and not link.startswith("mailto:"):
            yield link


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *PAGES], ids=lambda page: str(page.relative_to(ROOT))
)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{link}: no such file"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{link}: no such heading"


def test_the_index_names_every_page() -> None:
    index = DOCS / "README.md"
    listed = {(DOCS / link).resolve() for link in links(index)}
    assert [page for page in PAGES if page.resolve() not in listed] == [index]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_no_page_names_a_folder_of_the_machine_it_was_written_on(page: Path) -> None:
    assert not re.search(r"(?<![\w.])/(?:work|tmp|root|home|Users)/", text_of(page))
