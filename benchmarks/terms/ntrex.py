"""False alarms of the checks beyond terms on professional Hindi: NTREX-128, 123 documents of world news.

    python benchmarks/terms/ntrex.py [--data DIR] [--originals] [--show]

Whatever is found is printed by rule. With --originals the Vietnamese translations of the same English news stand as
originals. They were made apart from the Hindi ones, so some numbers do differ; --show prints every alarm to look at.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from align.engines.bundled import lexicon
from align.records import Alignment, Segment
from align.terms.candidates import Reader
from align.terms.checks import check
from align.terms.termbase import load

ROOT = Path(__file__).parents[2]
DEFAULT = ROOT.parent / "shared" / "data" / "test" / "ntrex"


def main() -> None:
    """Print the alarms by rule."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DEFAULT)
    parser.add_argument("--originals", action="store_true")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()

    def read(name: str) -> list[str]:
        path = options.data / name
        if not path.is_file():
            parser.error(f"{path}: not there; expected NTREX-128, see --data")
        return path.read_text(encoding="utf-8").splitlines()

    documents: dict[str, list[tuple[str, str]]] = {}
    sides = read("newstest2019-ref.hin.txt"), read("newstest2019-ref.vie.txt")
    for name, *pair in zip(read("DOCUMENT_IDS.tsv"), *sides, strict=True):
        documents.setdefault(name.split("\t")[0], []).append((pair[0], pair[1]))
    termbase = load([ROOT / "corpora" / "termbases" / "vietnam-official.yaml"])
    reader = Reader(termbase, lexicon(), None)
    counts: Counter[str] = Counter()
    for name, rows in documents.items():
        segments = [Segment(name, "hindi", "hi", at, hindi, 0, len(hindi)) for at, (hindi, _) in enumerate(rows)]
        beads: list[Alignment] = []
        if options.originals:
            segments += [Segment(name, "original", "vi", at, said, 0, len(said)) for at, (_, said) in enumerate(rows)]
            beads = [Alignment(name, "original", "vi", (at,), (at,), 0.9) for at in range(len(rows))]
        originals = {one.index: one.text for one in segments if one.role == "original"}
        for one in check(reader.sentences(segments, [], beads), beads, (), termbase, originals):
            counts[one.reasons[0].code] += 1
            if options.show:
                print(f"{name}:{one.index}: {one.reasons[0].code}: {one.hindi}: {one.reasons[0].detail}")
    print(f"{counts.total()} alarms in {sum(map(len, documents.values()))} sentences of {len(documents)} documents")
    for rule, count in counts.most_common():
        print(f"  {rule:<24} {count}")


if __name__ == "__main__":
    main()
