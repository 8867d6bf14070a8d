"""Make gold sentence alignments for Hindi-Vietnamese and Hindi-English.

    python benchmarks/alignment/make_gold.py OUT [--data ../shared/data] [--articles ../shared/gold/docs] [--seed 1]

Sources: NTREX-128's 123 news documents (dev: every second document, test: the others); FLORES dev in
runs of 20 sentences with machine translations of the Hindi as bridges (dev and test alike); the
articles whose annotation says which original sentences a Hindi sentence renders (test only).

Parallel sentences become a document whose sides differ as real ones do. Walking through the sentences
each step draws (seeded) one of

    68 %  1-1    as it stands
    14 %  1-2 or 2-1    a sentence split at a clause mark or conjunction on one side
    10 %  1-2 or 2-1    two sentences run together on one side
     2 %  1-3 or 3-1    three sentences run together on one side
     3 %  2-2    the first clause of a sentence drawn to the sentence before it on one side
     3 %  1-0 or 0-1    a sentence dropped on one side

then, with the chance named, a side of a document gets one or two sentences of another document at its
start or end (30 %: boilerplate), and a run of 3-5 steps changes its place on one side (15 %, documents
of 12 steps and more: reordered paragraphs). A line of `*.gold` is a bead, `[0,1]:[2]`.

`versions` holds documents of three sides (hi, en, vi), each disturbed on its own by the same kinds of steps and
boilerplate; the gold of two of them (`*.hi-en.gold`, ...) is cut down from groups that span all three.

With bridges the Hindi is never split (half a sentence has no translation); each line of
`*.bridge.ENGINE` is the translation of a line of `*.hi`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import re
from collections.abc import Sequence
from pathlib import Path

from align.alignment.scores import Pair, format_beads

_CUT = re.compile(r"(?<=[,;:–—])\s+|\s+(?=(?:और|लेकिन|जबकि|क्योंकि|and|but|while|because|which|và|nhưng|vì|khi|để)\s)")
Texts = list[str]
Step = tuple[Texts, Texts, Texts]  # lines of the source, of the target, of the bridge


def cut(text: str) -> tuple[str, str] | None:
    """Split at the clause mark nearest the middle; None where no part would keep a quarter and three words."""
    places = [(abs(match.start() - len(text) / 2), match.start(), match.end()) for match in _CUT.finditer(text)]
    for distance, end, start in sorted(places):
        parts = text[:end], text[start:]
        if distance <= len(text) / 4 and all(len(part.split()) >= 3 for part in parts):
            return parts
    return None


def steps(rows: Sequence[tuple[str, str, str]], draw: random.Random, bridged: bool) -> list[Step]:
    """Turn parallel rows (source, target, bridge) into steps."""
    found: list[Step] = []
    at = 0
    while at < len(rows):
        source, target, bridge = rows[at]
        kind = draw.random()
        left = draw.random() < 0.5
        taken = 1
        step: Step = ([source], [target], [bridge])
        if 0.68 <= kind < 0.82:
            parts = cut(source if left and not bridged else target)
            if parts:
                step = (list(parts), [target], [bridge]) if left and not bridged else ([source], list(parts), [bridge])
        elif 0.82 <= kind < 0.94:
            size = 2 if kind < 0.92 else 3
            run = rows[at : at + size]
            if len(run) == size:
                taken = size
                sources, targets, bridges = ([row[side] for row in run] for side in range(3))
                step = (
                    ([" ".join(sources)], targets, [" ".join(bridges)])
                    if left
                    else (sources, [" ".join(targets)], bridges)
                )
        elif 0.94 <= kind < 0.97 and at + 1 < len(rows):
            follows = rows[at + 1]
            side = 0 if left and not bridged else 1
            parts = cut(follows[side])
            if parts:
                taken = 2
                moved = [f"{rows[at][side]} {parts[0]}", parts[1]]
                bridges = [bridge, follows[2]]
                step = (moved, [target, follows[1]], bridges) if side == 0 else ([source, follows[0]], moved, bridges)
        elif kind >= 0.97:
            step = ([], [target], []) if left else ([source], [], [bridge])
        found.append(step)
        at += taken
    return found


def disturb(
    found: list[Step], strangers: Sequence[tuple[str, str, str]], draw: random.Random
) -> tuple[list[Step], list[int]]:
    """Add boilerplate and choose the order of the target's steps; returns steps and that order."""
    if draw.random() < 0.3 and strangers:
        left = draw.random() < 0.5
        for row in draw.sample(strangers, min(len(strangers), draw.choice((1, 2)))):
            step: Step = ([row[0]], [], [row[2]]) if left else ([], [row[1]], [])
            found.insert(draw.choice((0, len(found))), step)
    order = list(range(len(found)))
    if draw.random() < 0.15 and len(found) >= 12:
        size = draw.choice((3, 4, 5))
        start = draw.randrange(len(found) - size)
        block = order[start : start + size]
        rest = order[:start] + order[start + size :]
        places = [place for place in range(len(rest) + 1) if abs(place - start) > size]
        if places:
            place = draw.choice(places)
            order = rest[:place] + block + rest[place:]
    return found, order


def write(folder: Path, name: str, language: str, found: list[Step], order: list[int], engine: str | None) -> None:
    """Write a document: its two sides, its gold beads, its bridge."""
    sources = [line for step in found for line in step[0]]
    bridges = [line for step in found for line in step[2]]
    start = 0
    rows: dict[int, tuple[int, ...]] = {}
    for number, step in enumerate(found):
        rows[number] = tuple(range(start, start + len(step[0])))
        start += len(step[0])
    targets: Texts = []
    beads: list[Pair] = []
    for number in order:
        lines = found[number][1]
        beads.append((rows[number], tuple(range(len(targets), len(targets) + len(lines)))))
        targets += lines
    folder.mkdir(parents=True, exist_ok=True)
    _lines(folder / f"{name}.hi", sources)
    _lines(folder / f"{name}.{language}", targets)
    (folder / f"{name}.gold").write_text(format_beads(sorted(beads)), encoding="utf-8")
    if engine:
        _lines(folder / f"{name}.bridge.{engine}", bridges)


def _lines(path: Path, lines: Sequence[str]) -> None:
    path.write_text("".join(" ".join(line.split()) + "\n" for line in lines), encoding="utf-8")


def ntrex(data: Path) -> dict[str, list[list[str]]]:
    """NTREX rows (Hindi, English, Vietnamese) by document."""
    documents: dict[str, list[list[str]]] = {}
    for line in (data / "test/ntrex/ntrex.hi-en-vi.tsv").read_text(encoding="utf-8").splitlines():
        *texts, name = line.split("\t")
        documents.setdefault(name, []).append(texts)
    return documents


def flores(data: Path, engine: str) -> dict[str, list[list[str]]]:
    """FLORES dev rows (Hindi, English, the engine's English for the Hindi) in runs of 20."""
    rows = [
        line.split("\t")[:2]
        for line in (data / "test/flores-dev/flores-dev.hi-en-vi.tsv").read_text(encoding="utf-8").splitlines()
    ]
    back = (data / f"test/engines/hi-en/flores-dev.{engine}.en").read_text(encoding="utf-8").splitlines()
    rows = [[*row, text] for row, text in zip(rows, back, strict=True)]
    return {f"flores.{start:04}": rows[start : start + 20] for start in range(0, len(rows), 20)}


def make(out: Path, documents: dict[str, list[list[str]]], columns: tuple[int, int], language: str, seed: int,
         engine: str | None = None) -> None:  # fmt: skip
    """Write documents to `out`/dev and `out`/test, every second one each."""
    names = list(documents)
    for number, name in enumerate(names):
        draw = random.Random(f"{seed} {name} {language}")
        rows = [(row[columns[0]], row[columns[1]], row[2] if engine else "") for row in documents[name]]
        other = documents[names[(number + 2) % len(names)]]
        strangers = [(row[columns[0]], row[columns[1]], row[2] if engine else "") for row in other]
        found, order = disturb(steps(rows, draw, engine is not None), strangers, draw)
        write(out / ("dev", "test")[number % 2], name, language, found, order, engine)


Piece = tuple[str, frozenset[str]]  # a line and the rows that it renders


def version(rows: Sequence[tuple[str, str]], strangers: Sequence[tuple[str, str]], draw: random.Random) -> list[Piece]:
    """One side of a document, disturbed: rows are (name, text)."""
    found: list[Piece] = []
    at = 0
    while at < len(rows):
        name, text = rows[at]
        kind = draw.random()
        taken = 1
        pieces = [(text, frozenset([name]))]
        parts = cut(text) if 0.80 <= kind < 0.87 else None
        if parts:
            pieces = [(part, frozenset([name])) for part in parts]
        elif 0.87 <= kind < 0.95:
            run = rows[at : at + (2 if kind < 0.94 else 3)]
            taken = len(run)
            pieces = [(" ".join(line for _, line in run), frozenset(row for row, _ in run))]
        elif 0.95 <= kind < 0.97 and at + 1 < len(rows) and (shared := cut(rows[at + 1][1])):
            taken = 2
            follows = rows[at + 1][0]
            pieces = [(f"{text} {shared[0]}", frozenset([name, follows])), (shared[1], frozenset([follows]))]
        elif kind >= 0.97:
            pieces = []
        found += pieces
        at += taken
    if draw.random() < 0.3:
        name, text = draw.choice(strangers)
        found.insert(draw.choice((0, len(found))), (text, frozenset([f"stranger {name}"])))
    if draw.random() < 0.15 and len(found) >= 12:
        start = draw.randrange(len(found) - 4)
        block, rest = found[start : start + 4], found[:start] + found[start + 4 :]
        place = draw.randrange(len(rest) + 1)
        found = rest[:place] + block + rest[place:]
    return found


def groups_of(sides: Sequence[Sequence[Piece]]) -> list[list[set[int]]]:
    """Lines of all sides that share rows, directly or by way of others: for each group its lines by side."""
    owner: dict[str, str] = {}

    def top(name: str) -> str:
        while owner.setdefault(name, name) != name:
            name = owner[name]
        return name

    for side in sides:
        for _, names in side:
            first, *others = sorted(names)
            for other in others:
                owner[top(other)] = top(first)
    groups: dict[str, list[set[int]]] = {}
    for number, side in enumerate(sides):
        for index, (_, names) in enumerate(side):
            groups.setdefault(top(min(names)), [set() for _ in sides])[number].add(index)
    return list(groups.values())


def versions(out: Path, documents: dict[str, list[list[str]]], languages: Sequence[str], seed: int) -> None:
    """Write documents of several sides to `out`/dev and `out`/test, every second one each."""
    names = list(documents)
    for number, name in enumerate(names):
        other = names[(number + 2) % len(names)]
        sides = []
        for column, language in enumerate(languages):
            draw = random.Random(f"{seed} {name} {language} versions")
            rows, strangers = (
                [(f"{key} {place}", row[column]) for place, row in enumerate(documents[key])] for key in (name, other)
            )
            sides.append(version(rows, strangers, draw))
        folder = out / ("dev", "test")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        groups = groups_of(sides)
        for side, language in zip(sides, languages, strict=True):
            _lines(folder / f"{name}.{language}", [text for text, _ in side])
        for a, b in itertools.combinations(range(len(languages)), 2):
            beads = [(tuple(sorted(group[a])), tuple(sorted(group[b]))) for group in groups if group[a] or group[b]]
            gold = folder / f"{name}.{languages[a]}-{languages[b]}.gold"
            gold.write_text(format_beads(sorted(beads)), encoding="utf-8")


def articles(folder: Path, out: Path) -> None:
    """The written articles: Hindi lines, lines of the original, the annotator's literal Vietnamese as bridge."""
    for file in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        if not all("vi_ids" in row for row in rows):
            continue
        original = file.with_suffix(".vi.txt").read_text(encoding="utf-8").splitlines()
        groups: list[tuple[list[int], list[int]]] = []
        for number, row in enumerate(rows):
            targets = [index - 1 for index in row["vi_ids"]]
            if groups and set(groups[-1][1]) & set(targets):
                groups[-1] = ([*groups[-1][0], number], sorted({*groups[-1][1], *targets}))
            else:
                groups.append(([number], targets))
        used = {target for _, targets in groups for target in targets}
        beads = [(tuple(left), tuple(right)) for left, right in groups]
        beads += [((), (target,)) for target in range(len(original)) if target not in used]
        out.mkdir(parents=True, exist_ok=True)
        _lines(out / f"{file.stem}.hi", [row["hi"] for row in rows])
        _lines(out / f"{file.stem}.vi", original)
        _lines(out / f"{file.stem}.bridge.literal", [row["vi"] for row in rows])
        (out / f"{file.stem}.gold").write_text(format_beads(beads), encoding="utf-8")


def main() -> None:
    """Write all sets below OUT: ntrex-hi-vi, ntrex-hi-en, versions, flores-hi-en.ENGINE (dev, test each), articles."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    shared = Path(__file__).resolve().parents[3] / "shared"
    parser.add_argument("--data", type=Path, default=shared / "data")
    parser.add_argument("--articles", type=Path, default=shared / "gold/docs")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    documents = ntrex(arguments.data)
    make(arguments.out / "ntrex-hi-vi", documents, (0, 2), "vi", arguments.seed)
    make(arguments.out / "ntrex-hi-en", documents, (0, 1), "en", arguments.seed)
    versions(arguments.out / "versions", documents, ("hi", "en", "vi"), arguments.seed)
    for engine in ("google", "nllb", "opusmt"):
        rows = flores(arguments.data, engine)
        make(arguments.out / f"flores-hi-en.{engine}", rows, (0, 1), "en", arguments.seed, engine)
    articles(arguments.articles, arguments.out / "articles")


if __name__ == "__main__":
    main()
