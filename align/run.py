"""The pipeline: documents -> segments -> translations -> alignments -> terms -> report, corpus.

`Run.stages` is the whole of it on one screen. A stage whose parts (config section, code version, engines,
input files) are as they were is not run at all; within a stage, what is done for a document or a batch is
taken from the units and the cache. So a run that was killed goes on where it was.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import json
import os
import platform
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any, cast

from align import __version__, engines
from align.config import Loaded, TranslationConfig
from align.engines import bundled
from align.engines.protocols import Embedder, Engine, Hypothesis
from align.engines.recorded import Recorded
from align.engines.remembered import Remembered
from align.errors import AlignError, ConfigError, DataError, Problem
from align.formats import corpus as corpus_formats
from align.progress import Bars, NoBars
from align.records import (
    Alignment,
    Document,
    Dropped,
    Finding,
    Pair,
    Record,
    Rendering,
    Segment,
    Translation,
    to_json,
)
from align.stages import alignments, corpus, documents, report, segments, terms, translations
from align.store import (
    Groups,
    RunFolder,
    TranslationCache,
    Units,
    VectorCache,
    cache_path,
    digest,
    lines_of,
    read_records,
    records_of,
    replacing,
    replacing_file,
    vectors_path,
)
from align.terms import verdict
from align.terms.termbase import Termbase
from align.terms.termbase import load as load_termbase

STAGES = ("documents", "segments", "translations", "alignments", "terms", "report", "corpus")


@dataclass
class StageResult:
    """What a stage did; `reused` of `total` units came from earlier work."""

    name: str
    records: int = 0
    total: int = 0
    reused: int = 0
    seconds: float = 0.0
    dropped: Counter[str] = field(default_factory=Counter)
    why: str = ""
    skipped: bool = False
    parts: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    pairs: list[documents.Paired] = field(default_factory=list)

    def manifest(self) -> dict[str, Any]:
        """Its entry in manifest.json; `pairs` are those that were made by content."""
        entry = {
            "records": self.records, "dropped": dict(sorted(self.dropped.items())), "reused": self.reused, "units": self.total,
            "seconds": round(self.seconds, 2), "files": self.files, "parts": self.parts,
        }  # fmt: skip
        if self.pairs:
            entry["pairs"] = [
                {key: round(value, 4) if isinstance(value, float) else value for key, value in asdict(one).items()}
                for one in self.pairs
            ]
        return entry


@dataclass
class Outcome:
    """What a run did, for the closing table."""

    folder: Path
    stages: list[StageResult]
    findings: Counter[str] = field(default_factory=Counter)
    unreadable: list[Dropped] = field(default_factory=list)
    unpaired: list[Dropped] = field(default_factory=list)


def check(loaded: Loaded) -> list[Problem]:
    """Everything wrong that can be seen without loading a model: names, files, folders."""
    config, problems = loaded.config, []

    def unknown(name: str, table: dict[str, tuple[str, str]], path: str, what: str) -> bool:
        if name in table:
            return False
        near = difflib.get_close_matches(name, table, n=1)
        hint = f"`{near[0]}`? Known: " if near else "one of "
        problems.append(Problem(loaded.place(path), path, f"unknown {what} `{name}`", hint + ", ".join(table)))
        return True

    for number, entry in enumerate(config.translations):
        path = f"translations.{number}"
        if not unknown(entry.engine, engines.TRANSLATORS, f"{path}.engine", "engine"):
            for key, found, expected in engines.translator(entry).problems():
                problems.append(Problem(loaded.place(f"{path}.{key}"), f"{path}.{key}", found, expected))
    unknown(config.alignments.embedder, engines.EMBEDDERS, "alignments.embedder", "embedder")
    if config.alignments.embedder == "sentence-transformers" and not config.alignments.model:
        place, expected = loaded.place("alignments.model"), "a sentence encoder such as sentence-transformers/LaBSE"
        problems.append(Problem(place, "alignments.model", "nothing", expected))
    unknown(config.run.executor, engines.EXECUTORS, "run.executor", "executor")
    try:
        documents.find(config.documents)
    except DataError as error:
        path, _, message = str(error).partition(": ")
        found, mark, remedy = message.partition("; expected ")
        if not mark:
            found, _, remedy = message.rpartition("; ")
        problems.append(Problem(loaded.place(path), path, found, remedy))
    try:
        load_termbase(config.terms.termbase)
    except DataError as error:
        found, expected = str(error), "a termbase without problems (see corpora/termbases/README.md)"
        problems.append(Problem(loaded.place("terms.termbase"), "terms.termbase", found, expected))
    output = Path(config.run.output)
    above = next((folder for folder in (output, *output.parents) if folder.exists()), Path("/"))
    if not above.is_dir():
        problems.append(Problem(loaded.place("run.output"), "run.output", str(output), f"a folder; {above} is a file"))
    elif not os.access(above, os.W_OK):
        problems.append(
            Problem(
                loaded.place("run.output"), "run.output", str(output), f"a folder that may be written; {above} may not"
            )
        )
    return problems


class Run:
    """One run of a config. Use `execute` or `dry_run`."""

    def __init__(self, loaded: Loaded, bars: Bars | None = None) -> None:
        problems = check(loaded)
        if problems:
            raise ConfigError(problems)
        self.loaded, self.config = loaded, loaded.config
        self.bars = bars or NoBars()
        self.folder = RunFolder(Path(self.config.run.output))
        self.before: dict[str, Any] = self.folder.manifest()
        self.done: list[StageResult] = []
        self.stages: dict[str, Callable[[StageResult], None]] = {
            "documents": self._documents,
            "segments": self._segments,
            "translations": self._translations,
            "alignments": self._alignments,
            "terms": self._terms,
            "report": self._report,
            "corpus": self._corpus,
        }

    # What is loaded once, on first use

    @cached_property
    def termbase(self) -> Termbase:
        """The termbase of the config."""
        return load_termbase(self.config.terms.termbase)

    @cached_property
    def engines(self) -> list[tuple[TranslationConfig, Engine]]:
        """The translators of the config, without their models."""
        return [(entry, engines.translator(entry)) for entry in self.config.translations]

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder of the config; it loads its model when it is first asked."""
        return engines.embedder(self.config.alignments)

    @cached_property
    def sources(self) -> documents.Sources:
        """The files of the config."""
        return documents.find(self.config.documents)

    @cached_property
    def source_keys(self) -> list[tuple[documents.Source, str]]:
        """Every file with its unit key."""
        return [(source, digest(documents.unit_key(source, self.config.documents))) for source in self.sources.all]

    @property
    def _pairs_by_content(self) -> bool:
        return self.config.documents.pairing == "content" and len(self.sources.all) > len(self.sources.hindi)

    # What decides whether a stage runs

    def parts(self, stage: str) -> dict[str, Any]:
        """All that a stage's records depend on; texts of other record files count by their digest."""
        config = self.config
        made: dict[str, Any] = {"code": globals()[stage].VERSION}
        if stage == "documents":
            made["config"] = config.documents.model_dump(mode="json")
            made["articles"] = digest(*(key for _, key in self.source_keys))
            if self._pairs_by_content:
                made["embedder"] = self.embedder.signature
            return made
        section: Any = getattr(config, stage)
        if stage == "translations":
            made["config"] = [entry.model_dump(mode="json", exclude={"threads", "batch_tokens"}) for entry in section]
            made["engines"] = [
                f"{entry.to}:{entry.via or ''}:{entry.label}:{engine.signature}" for entry, engine in self.engines
            ]
        else:
            made["config"] = section.model_dump(mode="json")
        if stage == "alignments":
            made["embedder"] = self.embedder.signature
        if stage == "terms":
            made["termbase"] = self.termbase.digest
            made["embedder"] = self.embedder.signature
            made["lexicon"] = bundled.Gloss().signature
            made["weights"] = file_digest(verdict.WEIGHTS)[:16]
            del made["config"]["termbase"]
        if stage == "report":
            template = Path(report.__file__).with_name("report.html").read_bytes()
            made["template"] = hashlib.sha256(template).hexdigest()[:16]
            made["termbase"] = self.termbase.digest
        made["inputs"] = {name: self._digest_of(name) for name in _INPUTS[stage]}
        return made

    def _digest_of(self, name: str) -> str:
        for result in self.done:
            if name in result.files:
                return result.files[name]
        for entry in self.before.get("stages", {}).values():
            if name in entry.get("files", {}):
                return str(entry["files"][name])
        return ""

    def _unchanged(self, stage: str, parts: dict[str, Any]) -> tuple[bool, str]:
        """Whether the stage's files stand as this config would write them, and if not, why."""
        entry = self.before.get("stages", {}).get(stage)
        if entry is None:
            return False, "not run yet"
        if not entry.get("parts"):
            return False, "the last run did not finish it"
        now = json.loads(json.dumps(parts))
        if now != entry["parts"]:
            return False, "; ".join(_differences(entry["parts"], now))
        for name, expected in entry.get("files", {}).items():
            if file_digest(self.folder.path / name) != expected:
                return False, f"{name} is missing or was changed by hand"
        return True, "nothing changed"

    def dry_run(self, begin: str | None = None, until: str | None = None) -> list[tuple[str, str, str]]:
        """`(stage, would run or is reused, why)` for every stage, without writing anything."""
        rows: list[tuple[str, str, str]] = []
        changed = ""
        for stage in STAGES:
            if until and STAGES.index(stage) > STAGES.index(until):
                rows.append((stage, "not reached", f"--until {until}"))
                continue
            if begin and STAGES.index(stage) < STAGES.index(begin):
                rows.append((stage, "reused", f"--from {begin}"))
                continue
            same, why = self._unchanged(stage, self.parts(stage))
            if begin and STAGES.index(stage) >= STAGES.index(begin):
                same, why = False, f"--from {begin}"
            if stage == "documents" and not same:
                why += self._new_articles()
            if changed and stage in _DOWNSTREAM[changed]:
                same, why = False, f"{changed} run first" if same else f"{changed} run first; {why}"
            if stage == "translations" and not same:
                why += self._untranslated()
            if not same and not changed:
                changed = stage
            rows.append((stage, "reused" if same else "would run", why))
        return rows

    def _new_articles(self) -> str:
        if not self.folder.state.is_dir():
            return f" ({len(self.source_keys)} files)"
        units = Units(self.folder.state / "units.sqlite")
        try:
            new = sum(units.get("documents", key) is None for _, key in self.source_keys)
        finally:
            units.close()
        return f" ({new} of {len(self.source_keys)} files new or changed)"

    def _untranslated(self) -> str:
        path = cache_path(self.config.run.cache)
        if not self.folder.file(Segment).is_file() or not path.is_file():
            return ""
        texts = {one.text for one in self.folder.read(Segment) if one.role == "hindi"}
        cache = TranslationCache(path)
        try:
            pieces = []
            for entry, engine in self.engines:
                if not isinstance(engine, Recorded):
                    lacking = translations.missing(texts, engine, "hi", entry.via or entry.to, cache)
                    pieces.append(
                        f"{lacking} of {len(texts)} texts of the last run are not in the cache for {entry.to} {entry.label}"
                    )
        finally:
            cache.close()
        return "; " + ", ".join(pieces) if pieces else ""

    def execute(self, begin: str | None = None, until: str | None = None) -> Outcome:
        """Run the stages from `begin` to `until`; all by default.

        With `begin`, the record files of earlier stages are taken as they stand. Raises AlignError; what is
        finished by then stays finished.
        """
        if begin and until and STAGES.index(begin) > STAGES.index(until):
            raise ConfigError([Problem("--from", "stage", begin, f"a stage not after --until {until}")])
        vectors_at = vectors_path(self.config.run.cache)
        with (
            self.folder.locked() as units, contextlib.closing(self._open_cache()) as cache,
            contextlib.closing(VectorCache(vectors_at)) as vectors,
        ):  # fmt: skip
            self.before = self.folder.manifest()
            self.units, self.cache = units, cache
            self.remembered = Remembered(self.embedder, vectors)
            for stage in STAGES:
                if until and STAGES.index(stage) > STAGES.index(until):
                    break
                self._one(stage, begin)
            outcome = self._close(until)
        return outcome

    def _open_cache(self) -> TranslationCache:
        return TranslationCache(cache_path(self.config.run.cache))

    def _one(self, stage: str, begin: str | None) -> None:
        earlier = begin is not None and STAGES.index(stage) < STAGES.index(begin)
        entry = self.before.get("stages", {}).get(stage)
        if earlier:
            if entry is None:
                raise DataError(
                    f"--from {begin}: {self.folder.path} holds no finished `{stage}`; run without --from first"
                )
            self.done.append(_as_it_stands(stage, entry, f"--from {begin}"))
            return
        parts = self.parts(stage)
        same, why = self._unchanged(stage, parts)
        if same and begin is None:
            self.done.append(_as_it_stands(stage, cast(dict[str, Any], entry), why))
            return
        result = StageResult(stage, parts=parts, why=f"--from {begin}" if begin else why)
        self.anew = begin is not None  # units of this stage are not to be taken from earlier work
        self._write_manifest("running")
        started = time.monotonic()
        self.stages[stage](result)
        result.seconds = time.monotonic() - started
        self.done.append(result)
        self.units.forget_unused(stage)
        self._write_manifest("running")

    def _close(self, until: str | None) -> Outcome:
        findings: Counter[str] = Counter()
        if self.folder.file(Finding).is_file():
            findings.update(one.verdict if one.kind == "term" else one.kind for one in self.folder.read(Finding))
        dropped = self._write_dropped()
        self._write_manifest("done" if until is None or until == STAGES[-1] else f"done until {until}")
        unreadable = [one for one in dropped if one.reason in ("unreadable", "wrong-language")]
        unpaired = [one for one in dropped if one.reason == "unpaired"]
        return Outcome(self.folder.path, self.done, findings, unreadable, unpaired)

    def _write_dropped(self) -> list[Dropped]:
        """Join what the stages dropped; returns the documents' part."""
        first: list[Dropped] = []
        with replacing(self.folder.file(Dropped)) as stream:
            for stage in ("documents", "segments", "corpus"):
                path = self.folder.state / f"dropped-{stage}.jsonl"
                if path.is_file():
                    for one in read_records(path, Dropped):
                        stream.write(to_json(one) + "\n")
                        if stage == "documents":
                            first.append(one)
        return first

    def _write_manifest(self, status: str) -> None:
        stages = dict(self.before.get("stages", {}))
        stages.update({result.name: result.manifest() for result in self.done})
        # Whatever follows the last finished stage is out of date until it has run itself.
        if status == "running":
            reached = len(self.done)
            stages = {name: stages[name] for name in STAGES if name in stages and STAGES.index(name) < reached} | {
                name: {**stages[name], "parts": {}} for name in STAGES[reached:] if name in stages
            }
        config = self.config.model_dump(mode="json")
        same = {key: value for key, value in config.items() if key != "run"}
        self.folder.write_manifest({
            "align": __version__, "status": status, "config": config,
            "signature": digest(json.dumps(same, sort_keys=True), *sorted(e.signature for _, e in self.engines))[:16],
            "engines": {f"{entry.to}:{entry.label}": engine.signature for entry, engine in self.engines},
            "versions": _versions(), "stages": {name: stages[name] for name in STAGES if name in stages},
        })  # fmt: skip

    # The stages

    def _unit(self, result: StageResult, key: str, make: Callable[[], Iterable[Record]]) -> list[Record]:
        """The records of one unit, from earlier work where that holds."""
        result.total += 1
        lines = None if self.anew else self.units.get(result.name, key)
        if lines is not None:
            result.reused += 1
            return records_of(lines)
        made = list(make())
        if not any(isinstance(one, Dropped) and one.reason == "unreadable" for one in made):
            self.units.put(result.name, key, lines_of(made))
            self.units.get(result.name, key)
        return made

    def _documents(self, result: StageResult) -> None:
        owners: list[tuple[Document, int]] = []
        dropped: list[Dropped] = list(self.sources.skipped)
        with self.bars.bar("documents", len(self.source_keys), "files") as bar:
            for number, (source, key) in enumerate(self.source_keys):
                for one in self._unit(result, key, lambda source=source: documents.read(source, self.config.documents)):  # type: ignore[misc]
                    if isinstance(one, Document):
                        owners.append((one, number))
                    elif isinstance(one, Dropped):
                        dropped.append(one)
                bar.advance()
        embedder = self.remembered if self._pairs_by_content else None
        kept, unpaired, result.pairs = documents.pair([one for one, _ in owners], embedder)
        dropped += unpaired
        if not any(one.role == "hindi" for one in kept):
            detail = "\n  ".join(one.detail for one in dropped[:20] if one.role == "hindi")
            raise DataError("no Hindi document could be used:\n  " + detail)
        with self._writer(result, Document) as write:
            for document in kept:
                write(document)
        self._drop(result, dropped)

    def _segments(self, result: StageResult) -> None:
        config = self.config.segments
        with (
            self.bars.bar("segments", self._count(Document), "documents") as bar,
            self._writer(result, Segment) as write,
        ):
            for document in self.folder.read(Document):
                key = digest(segments.VERSION, config.model_dump_json(), to_json(document))
                for one in self._unit(result, key, lambda document=document: segments.segment(document, config)):  # type: ignore[misc]
                    if isinstance(one, Segment):
                        write(one)
                    elif isinstance(one, Dropped):
                        self._drop(result, [one])
                bar.advance()
        self._drop(result, [])

    def _translations(self, result: StageResult) -> None:
        texts = sorted({one.text for one in self.folder.read(Segment) if one.role == "hindi"})
        executor = engines.executor(self.config.run.executor, self.config.run.workers)
        made: list[dict[str, Hypothesis]] = []
        rows: dict[int, dict[tuple[str, int], Hypothesis]] = {}
        for number, (entry, engine) in enumerate(self.engines):
            made.append({})
            if isinstance(engine, Recorded):
                rows[number] = engine.read()
                continue
            steps = [("hi", entry.via), (entry.via, entry.to)] if entry.via else [("hi", entry.to)]
            current: Sequence[str] = texts
            results: list[dict[str, Hypothesis]] = []
            for source, target in steps:
                name = f"{source} to {target}" + (f" ({entry.label})" if len(self.engines) > 2 else "")
                with self.bars.bar(name, len(set(current)), "segments") as bar:
                    results.append(translations.translate_texts(
                        current, engine, str(source), str(target), entry.batch_tokens, self.cache, executor, bar.advance
                    ))  # fmt: skip
                current = [one.text for one in results[-1].values()]
            made[number] = translations.pivoted(results[0], results[1], str(entry.via)) if entry.via else results[0]
        with self._writer(result, Translation) as write:
            for _, group in self.folder.by_document(Segment):
                hindi = [one for one in group if one.role == "hindi"]
                for number, (entry, _) in enumerate(self.engines):
                    if number in rows:
                        found = translations.recorded(hindi, entry.to, entry.label, rows[number])
                    else:
                        found = translations.records(hindi, entry.to, entry.label, made[number])
                    for one in found:
                        write(one)

    def _alignments(self, result: StageResult) -> None:
        config = self.config.alignments
        back = Groups(self.folder.by_document(Translation))
        settings = digest(alignments.VERSION, config.model_dump_json(), self.embedder.signature)
        with (
            self.bars.bar("alignments", self._count_documents(), "documents") as bar,
            self._writer(result, Alignment) as write,
        ):
            for document, group in self.folder.by_document(Segment):
                said = back.take(document)
                key = digest(settings, lines_of(group), lines_of(said))
                for one in self._unit(
                    result,
                    key,
                    lambda g=group, s=said: alignments.align_document(g, s, self.remembered, config),  # type: ignore[misc]
                ):
                    write(one)
                bar.advance()

    def _terms(self, result: StageResult) -> None:
        stage = terms.TermStage(self.termbase, self.embedder, bundled.lexicon())
        sources = {one.id: one.source for one in self.folder.read(Document) if one.role == "hindi"}
        back, beads = Groups(self.folder.by_document(Translation)), Groups(self.folder.by_document(Alignment))
        settings = digest(
            terms.VERSION,
            self.termbase.digest,
            json.dumps({k: v for k, v in result.parts.items() if k != "inputs"}, sort_keys=True),
        )
        with (
            self.bars.bar("terms", self._count_documents(), "documents") as bar,
            self._writer(result, Rendering) as rendering, self._writer(result, Finding) as finding,
        ):  # fmt: skip
            for document, group in self.folder.by_document(Segment):
                said, beside = back.take(document), beads.take(document)
                source = sources.get(document, "")
                key = digest(settings, source, lines_of(group), lines_of(said), lines_of(beside))

                def judge(
                    group: Any = group, said: Any = said, beside: Any = beside, source: str = source
                ) -> Iterator[Record]:
                    found = stage.judge(group, said, beside, source)
                    yield from found.renderings
                    yield from found.findings

                for one in self._unit(result, key, judge):
                    (rendering if isinstance(one, Rendering) else finding)(one)
                bar.advance()

    def views(self) -> Iterator[report.View]:
        """All records, document by document."""
        folder = self.folder
        by = [
            Groups(folder.by_document(Segment)),
            Groups(folder.by_document(Translation)),
            Groups(folder.by_document(Alignment)),
            Groups(folder.by_document(Rendering)),
            Groups(folder.by_document(Finding)),
        ]
        for document in self.folder.read(Document):
            if document.role == "hindi":
                yield report.View(document, *(group.take(document.id) for group in by))

    def _report(self, result: StageResult) -> None:
        summary = report.Summary()
        for view in self.views():
            summary.add(view, self.termbase)
        facts = {
            "back-translations": ", ".join(f"{entry.to}: {entry.label}" for entry, _ in self.engines),
            "embedder": self.config.alignments.embedder,
            "termbase": f"{', '.join(Path(path).name for path in self.config.terms.termbase)}, {len(self.termbase.concepts)} concepts",
            "align": __version__,
        }
        page, table = self.folder.path / "report" / "index.html", self.folder.path / "report" / "findings.csv"
        with self.bars.bar("report", summary.documents, "documents") as bar:

            def counted() -> Iterator[report.View]:
                for view in self.views():
                    yield view
                    bar.advance()

            with replacing(page) as stream:
                report.write_html(
                    stream, self.config.report.title, summary, counted(), self.termbase, facts, bundled.lexicon()
                )
        with replacing(table) as stream:
            result.records = report.write_csv(stream, self.views())
        for path in (page, table):
            result.files[path.relative_to(self.folder.path).as_posix()] = file_digest(path)

    def _corpus(self, result: StageResult) -> None:
        rows = self.folder.state / "pairs.jsonl"
        dropped: list[Dropped] = []
        with self.bars.bar("corpus", self._count_documents(), "documents") as bar, replacing(rows) as stream:
            for view in self.views():
                for one in corpus.pairs(
                    view.segments, view.translations, view.alignments, view.findings, self.config.corpus
                ):
                    if isinstance(one, Pair):
                        stream.write(to_json(one) + "\n")
                        result.records += 1
                    else:
                        dropped.append(one)
                bar.advance()
        self._drop(result, dropped)
        folder = self.folder.path / "corpus"
        for suffix in self.config.corpus.formats:
            path = folder / f"{self.config.name}.{suffix}"
            with replacing_file(path) as temporary:
                corpus_formats.WRITERS[suffix](read_records(rows, Pair), temporary)
            result.files[path.relative_to(self.folder.path).as_posix()] = file_digest(path)
        facts: dict[str, object] = {
            "rows": result.records, "left out": sum(result.dropped.values()), "documents": self._count_documents(),
            "engines": ", ".join(f"{entry.to}: {entry.label}" for entry, _ in self.engines), "made by": f"align {__version__}",
        }  # fmt: skip
        with replacing(folder / "README.md") as stream:
            corpus_formats.write_card(stream, self.config.name, facts)
        result.files["corpus/README.md"] = file_digest(folder / "README.md")

    # Small helpers

    @contextlib.contextmanager
    def _writer(self, result: StageResult, kind: type[Record]) -> Iterator[Callable[[Record], None]]:
        """Write a record file; its digest and count go into the result."""
        made = hashlib.sha256()
        path = self.folder.file(kind)
        with replacing(path) as stream:

            def write(record: Record) -> None:
                line = to_json(record) + "\n"
                made.update(line.encode())
                stream.write(line)
                result.records += 1

            yield write
        result.files[path.name] = made.hexdigest()

    def _drop(self, result: StageResult, dropped: Iterable[Dropped]) -> None:
        """Keep what was dropped, with the counts; the file is new at a stage's first call."""
        path = self.folder.state / f"dropped-{result.name}.jsonl"
        with path.open("a" if result.dropped else "w", encoding="utf-8") as stream:
            for one in dropped:
                stream.write(to_json(one) + "\n")
                result.dropped[one.reason] += 1

    def _count(self, kind: type[Record]) -> int:
        with self.folder.file(kind).open("rb") as stream:
            return sum(1 for _ in stream)

    def _count_documents(self) -> int:
        return sum(1 for one in self.folder.read(Document) if one.role == "hindi")


_INPUTS = {
    "segments": ("documents.jsonl",),
    "translations": ("segments.jsonl",),
    "alignments": ("segments.jsonl", "translations.jsonl"),
    "terms": ("documents.jsonl", "segments.jsonl", "translations.jsonl", "alignments.jsonl"),
    "report": (
        "documents.jsonl",
        "segments.jsonl",
        "translations.jsonl",
        "alignments.jsonl",
        "renderings.jsonl",
        "findings.jsonl",
    ),
    "corpus": ("segments.jsonl", "translations.jsonl", "alignments.jsonl", "findings.jsonl"),
}
_DOWNSTREAM = {stage: STAGES[STAGES.index(stage) + 1 :] for stage in STAGES} | {"report": ()}


def _as_it_stands(stage: str, entry: dict[str, Any], why: str) -> StageResult:
    """The result of a stage that is not run: what the manifest says of it."""
    return StageResult(
        stage, int(entry["records"]), int(entry["units"]), int(entry["units"]), float(entry["seconds"]),
        Counter(entry["dropped"]), why, True, entry["parts"], entry["files"],
        [documents.Paired(**one) for one in entry.get("pairs", ())],
    )  # fmt: skip


def _differences(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """What differs between two parts of a manifest, by name; digests are not printed."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            if before.get(key) != after.get(key):
                yield from _differences(before.get(key), after.get(key), f"{path}.{key}" if path else key)
    elif path == "articles" or path.startswith("inputs.") or path in ("termbase", "template"):
        yield f"{path.removeprefix('inputs.')} changed"
    elif path == "code":
        yield "this version of align does it differently"
    else:
        yield f"{path} changed from {str(before)[:60]} to {str(after)[:60]}"


def file_digest(path: Path) -> str:
    """SHA-256 of a file, '' if there is none."""
    made = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                made.update(block)
    except OSError:
        return ""
    return made.hexdigest()


def _versions() -> dict[str, str]:
    """Versions of what can change a record."""
    found = {"python": platform.python_version()}
    for name in ("torch", "transformers", "ctranslate2", "tokenizers", "numpy"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


__all__ = ["STAGES", "AlignError", "Outcome", "Run", "StageResult", "check", "file_digest"]
