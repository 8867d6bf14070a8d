"""A million segments against termbases of 30, 300 and 3,000 concepts: segments a second and peak memory.

    python benchmarks/terms/speed.py [--segments N] [--articles N]

Segments are the Hindi sentences of corpora/sample and corpora/training (24 words on average), repeated with a running
number until there are N. The first row is 300 concepts of the repository's termbase. The others show growth: 30 of its
concepts, filled up to 30, 300 and 3,000 with made-up ones of ten forms, each a form of the repository's termbase with a
word behind it that is in no text, so that they are followed as far as real ones but what is found stays the same. Each
row runs in a process of its own. Seconds are of the processor, so that other work on the machine does not count. The last
column is the whole term stage (dictionary-only word links, gloss, evidence, verdict, checks) over the articles of corpora/sample.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

from align.engines.bundled import lexicon
from align.records import Segment
from align.stages.terms import TermStage
from align.terms.matching import Matcher
from align.terms.termbase import Concept, Form, Termbase, load

ROOT = Path(__file__).parents[2]
# (concepts of the repository's termbase, concepts with the made-up ones)
SIZES = ((300, 300), (30, 30), (30, 300), (30, 3000))


def sentences() -> list[str]:
    """The Hindi sentences of the repository."""
    found = []
    for path in sorted((ROOT / "corpora" / "sample" / "hindi").rglob("*.txt")):
        found += path.read_text(encoding="utf-8").split("।")
    for path in sorted((ROOT / "corpora" / "training").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            found += json.loads(line)["hi"].split("।")
    return [line.strip() + "।" for line in found if len(line.strip()) > 60]


def termbase(real: int, size: int) -> Termbase:
    """The repository's first `real` concepts, filled up to `size`."""
    concepts = list(load([ROOT / "corpora" / "termbases" / "vietnam-official.yaml"]).concepts.values())
    known = [form.form for one in concepts for form in one.hindi]
    concepts = concepts[:real]
    chance = random.Random(3)
    for number in range(size - len(concepts)):
        forms = {f"{form} क्षज्ञ{number}" for form in chance.sample(known, 10)}
        made = tuple(Form(form, "admitted") for form in sorted(forms))
        concepts.append(Concept(f"made-{number}", (f"khái niệm {number}",), (f"notion {number}",), made))
    return Termbase({one.id: one for one in concepts})


def peak() -> int:
    """The most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure(real: int, size: int, segments: int, articles: int) -> dict[str, float]:
    """The figures of one row."""
    lines = sentences()
    base = termbase(real, size)
    empty = peak()
    start = time.process_time()
    matcher = Matcher(base)
    built = time.process_time() - start
    start, found = time.process_time(), 0
    for number in range(segments):
        found += len(matcher.longest(f"{lines[number % len(lines)]} {number}"))
    seconds = time.process_time() - start
    memory = peak()
    stage = TermStage(base, None, lexicon())
    documents = []
    for path in sorted((ROOT / "corpora" / "sample" / "hindi").rglob("*.txt")):
        parts = [part.strip() + "।" for part in path.read_text(encoding="utf-8").split("।") if part.strip()]
        documents.append([Segment(path.stem, "hindi", "hi", at, text, 0, len(text)) for at, text in enumerate(parts)])
    stage.judge(documents[0], [], [])
    start, judged = time.process_time(), 0
    for number in range(articles):
        document = documents[number % len(documents)]
        stage.judge(document, [], [])
        judged += len(document)
    return {
        "forms": sum(len(one.hindi) for one in base.concepts.values()), "built": built, "seconds": seconds, "found": found,
        "memory": memory, "empty": empty, "judged": judged, "stage": time.process_time() - start,
    }  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segments", type=int, default=1_000_000)
    parser.add_argument("--articles", type=int, default=40, help="how many articles the whole stage judges")
    parser.add_argument("--row", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.row is not None:
        print(json.dumps(measure(*SIZES[options.row], options.segments, options.articles)))
        return
    rows = []
    for number in range(len(SIZES)):
        command = [
            sys.executable, __file__, "--row", str(number), "--segments", str(options.segments), "--articles", str(options.articles)
        ]  # fmt: skip
        rows.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    print("| concepts | forms | built, s | segments a second | time | matches | peak memory | whole stage |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for (real, size), row in zip(SIZES, rows, strict=True):
        name = f"{size:,}" + (f", {size - real:,} of them made up" if size > real else "")
        against = [f"x{row[key] / rows[1][key]:.2f}" for key in ("seconds", "stage")]
        print(
            f"| {name} | {row['forms']:,} | {row['built']:.1f} | {options.segments / row['seconds']:,.0f} | {against[0]} | "
            f"{row['found']:,} | {row['memory']} MB (+{row['memory'] - row['empty']}) | {against[1]} |"
        )


if __name__ == "__main__":
    main()
