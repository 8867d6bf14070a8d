"""Matching a million segments against termbases of 30, 300 and 3,000 concepts: segments a second and memory.

    python benchmarks/terms/speed.py [--segments N]

Segments are the sentences of corpora/sample and the annotated articles, repeated with a running number. The
3,000-concept termbase adds forms of two to four words drawn from those of the sentences.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from pathlib import Path

from align.languages import words
from align.terms.matching import Matcher, key
from align.terms.termbase import Concept, Form, Termbase, load

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Print a row a size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segments", type=int, default=1_000_000)
    options = parser.parse_args()
    full = load([ROOT / "corpora" / "termbases" / "vietnam-official.yaml"])
    lines = [
        line
        for path in sorted((ROOT / "corpora" / "sample" / "hindi").rglob("*.txt"))
        for line in path.read_text(encoding="utf-8").split("।")
    ]
    lines = [line.strip() + "।" for line in lines if len(line) > 30]
    vocabulary = sorted({word for line in lines for word in words(line)})
    chance = random.Random(3)
    concepts = list(full.concepts.values())
    more = [
        Concept(f"made-{number}", (f"made {number}",), (), tuple(
            Form(" ".join(chance.choices(vocabulary, k=chance.randint(2, 4))), "admitted") for _ in range(10)
        ))
        for number in range(3000)
    ]  # fmt: skip
    for size in (30, 300, 3000):
        base = Termbase({one.id: one for one in [*concepts, *more][:size]})
        start = time.perf_counter()
        matcher = Matcher(base)
        built = time.perf_counter() - start
        key.cache_clear()
        start = time.perf_counter()
        found = 0
        for number in range(options.segments):
            found += len(matcher.longest(f"{lines[number % len(lines)]} {number}"))
        seconds = time.perf_counter() - start
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        forms = sum(len(one.hindi) for one in base.concepts.values())
        print(
            f"{size} concepts ({forms} forms): built in {built:.1f} s; {options.segments / seconds:,.0f} segments a second, "
            f"{found} matches, {memory:.0f} MB at most"
        )


if __name__ == "__main__":
    main()
