"""What the model sees: sources of pairs, their shares of a round, annotation and augmentation.

A *round* is one pass over the written triples with a fresh sample of everything else. The files are read
anew for each round, so triples and lexicon entries that were added meanwhile are used from the next round
on.
"""

from __future__ import annotations

import gzip
import itertools
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from align.engines.gloss import Lexicon, annotate, load_lexicon, lookup, plain_latin
from align.engines.slots import slotted


@dataclass(frozen=True, slots=True)
class Example:
    """A source text as the encoder reads it, the target, and the target's language."""

    source: str
    target: str
    language: str


@dataclass(frozen=True)
class Share:
    """How many rows of one prose file a round draws, at most; `sentences` drops labels and fragments."""

    file: str
    rows: int
    sentences: bool = True


# Origin, licence and quality of each: training/README.md. Long prose and community translations first; user
# interface labels only as sentences; the machine-translated lessons (ms-beginners-llm) a limited share.
PROSE: tuple[Share, ...] = (
    Share("pratham-storyweaver.hi-en", 900),
    Share("tatoeba.hi-en", 700, False),
    Share("mozilla-www.hi-en", 500),
    Share("react-dev.hi-en", 250),
    Share("hf-course.hi-en", 150),
    Share("kolibri.hi-en", 150),
    Share("kubernetes.hi-en", 100),
    Share("bitcoin-org.hi-en", 200),
    Share("opensource-guide.hi-en", 400),
    Share("fastapi-docs.hi-en", 150),
    Share("chromium.hi-en", 300),
    Share("aosp.hi-en", 150),
    Share("libreoffice-help.hi-en", 150),
    Share("p5js-reference.hi-en", 100),
    Share("ms-beginners-llm.hi-en", 500),
    Share("ms-d365-project-ops.hi-en", 100),
)
PROSE_VIETNAMESE: tuple[Share, ...] = (
    Share("mozilla-www.hi-en-vi", 500),
    Share("react-dev.hi-en-vi", 250),
    Share("hf-course.hi-en-vi", 150),
    Share("kolibri.hi-en-vi", 150),
    Share("tatoeba.hi-en-vi", 100, False),
    Share("chromium.hi-en-vi", 350),
    Share("aosp.hi-en-vi", 200),
    Share("libreoffice-help.hi-en-vi", 150),
    Share("ms-beginners-llm.hi-en-vi", 500),
    Share("ms-d365-project-ops.hi-en-vi", 100),
    Share("kubernetes.hi-en-vi", 30),
)
VIETNAMESE_ENGLISH: tuple[Share, ...] = (
    Share("ai-agent-book.vi-en", 400),
    Share("tatoeba.vi-en", 400),
    Share("hf-course.vi-en", 200),
    Share("mozilla-www.vi-en", 150),
)


def read_triples(folder: Path, pattern: str = "*.jsonl") -> list[dict[str, str]]:
    """The written triples of `folder`: objects with `hi`, `en` and `vi`; broken lines are an error that
    names them.
    """
    rows = []
    for file in sorted(folder.glob(pattern)):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                rows.append({key: unicodedata.normalize("NFC", row[key]) for key in ("hi", "en", "vi")})
            except (json.JSONDecodeError, KeyError) as error:
                raise SystemExit(f"{file.name}:{number}: not a triple ({error!r})") from error
    return rows


def read_prose(folder: Path, share: Share) -> list[list[str]]:
    """Rows of one prose file that look like text: no markup, no placeholders, at most 60 words a side."""
    path = folder / f"{share.file}.tsv.gz"
    if not path.exists():
        return []
    rows = []
    english = 0 if share.file.endswith("en-vi") and ".en-" in share.file else 1
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            cells = [unicodedata.normalize("NFC", cell.strip()) for cell in line.rstrip("\n").split("\t")]
            if len(cells) < 2 or not all(cells):
                continue
            words = len(cells[english].split())
            if not 2 <= words <= 60 or re.search(r"[{}<>|\\`_]|\$\d|%[sd1]|https?:|==|\*\*", line):
                continue
            if share.sentences and (words < 6 or cells[english][-1] not in '.?!”"’'):
                continue
            if ".hi-" in share.file:
                letters = re.findall(r"[^\W\d_]", cells[0])
                if sum("\u0900" <= letter <= "\u097f" for letter in letters) < 0.6 * len(letters):
                    continue
            rows.append(cells)
    return rows


def words_of(text: str) -> list[str]:
    """The words of a block of text."""
    return text.split()


FAMILY = words_of("""
    Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Trịnh Đoàn Lương Mai Tô
    Hà Cao Lò Vàng Giàng Triệu Nông Hứa Tạ Chu Lưu Quách Thái Tăng Từ Lục Kiều La Phùng Châu
""")
MIDDLE = words_of("""
    Văn Thị Đức Minh Quang Xuân Thanh Hữu Ngọc Công Đình Quốc Thành Hồng Kim Tuấn Anh Thu Bá Duy Trọng
    Viết Thế Mạnh Gia
""")
GIVEN = words_of("""
    An Anh Bảo Bình Châu Chi Cường Dung Dũng Duy Dương Đạt Đông Đức Giang Hà Hải Hạnh Hằng Hiền Hiếu Hòa
    Hoa Hoàng Hồng Huệ Hùng Hương Hường Khanh Khánh Khoa Kiên Lan Lâm Liên Linh Loan Long Lộc Lợi Mai
    Mạnh Minh My Nam Nga Ngân Nghĩa Ngọc Nhung Oanh Phong Phú Phúc Phương Quân Quang Quý Quyên Sơn Tâm
    Tân Thái Thành Thảo Thắng Thiện Thịnh Thu Thủy Thúy Tiến Tình Toàn Trang Trí Trung Tuấn Tùng Tú
    Tuyết Vân Việt Vinh Xuân Yến
""")


def places() -> list[str]:
    """Names of provinces, districts and towns of two or three syllables, from `corpora/lexicon/names-vi.txt`.

    (The package vietnam-provinces has more, but its data are under GPL-3.0, and nothing under GPL enters
    the weights.)
    """
    file = Path(__file__).parents[1] / "corpora/lexicon/names-vi.txt"
    section = unicodedata.normalize("NFC", file.read_text(encoding="utf-8")).partition("[places]\n")[2]
    lines = section.partition("\n[")[0].splitlines()
    names = {name.strip() for line in lines for name in re.split("[:,]", line)}
    return sorted(name for name in names if re.fullmatch(r"[^\W\d_]+( [^\W\d_]+){1,2}", name))


_NUMBER = re.compile(r"(?<![\w.,/:-])\d+(?:[.,]\d+)*(?![\w/:-]|[.,]\d)")


def capitalised(text: str) -> list[str]:
    """Runs of two to four capitalised words: what may be a name. (A regular expression has no class for Đ
    or Ấ.)
    """
    runs: list[str] = []
    for stretch in re.findall(r"[^\W\d_]+(?:['’]?[^\W\d_]+)*(?: [^\W\d_]+)+", text):
        run: list[str] = []
        for word in [*stretch.split(), ""]:
            if word[:1].isupper() and len(word) > 1:
                run.append(word)
                continue
            if 2 <= len(run) <= 4:
                runs.append(" ".join(run))
            run = []
    return runs


@dataclass
class Names:
    """Draws Vietnamese names to put in the place of others."""

    places: list[str] = field(default_factory=places)

    def __post_init__(self) -> None:
        """Collect the syllables by which a Vietnamese name is known."""
        words = [*FAMILY, *MIDDLE, *GIVEN, *(word for place in self.places for word in place.split())]
        self.syllables = {plain_latin(word).lower() for word in words}
        self.families = {plain_latin(word) for word in FAMILY}

    def draw(self, name: str, rng: Random) -> str | None:
        """A name like `name` (person for person, place for place) with its marks; None if it is not
        Vietnamese.
        """
        parts = plain_latin(name).split()
        if not all(part.lower() in self.syllables for part in parts) or plain_latin(name) in (
            "Viet Nam",
            "Ho Chi Minh",
        ):
            return None
        if len(parts) >= 3 and parts[0] in self.families:
            return f"{rng.choice(FAMILY)} {rng.choice(MIDDLE)} {rng.choice(GIVEN)}"
        return rng.choice(self.places) if self.places else None


def substitute(example: Example, names: Names, rng: Random, rate: float) -> Example:
    """Put other names and numbers into both sides of `example`, the same on both.

    The annotated source already holds them as the target writes them, so what is to be learned is copying,
    and copying is learned from names that never come twice, not from Hanoi.
    """
    source, target = example.source, example.target
    for old in capitalised(source):
        if rng.random() < rate and target.count(old) == source.count(old) == 1:
            new = names.draw(old, rng)
            if new is not None:
                new = plain_latin(new) if example.language == "en" else new
                source, target = source.replace(old, new), target.replace(old, new)
    for old in _NUMBER.findall(source):
        if rng.random() >= rate or len(re.findall(r"\d+(?:[.,]\d+)*", source)) > 12:
            continue
        digits = re.sub(r"\D", "", old)
        if len(digits) < 2 or (len(digits) == 2 and int(digits) <= 31) or old.startswith("0"):
            continue
        pattern = rf"(?<![\d.,/:-]){re.escape(old)}(?![\d/:-]|[.,]\d)"
        if len(re.findall(pattern, source)) != 1 or len(re.findall(pattern, target)) != 1:
            continue
        if re.fullmatch(r"(19|20)\d\d", old):
            new = str(rng.randrange(1945, 2046))
        elif len(digits) == 2:
            new = (
                str(rng.randrange(32, 100))
                if old == digits
                else f"{rng.randrange(1, 10)}{old[1]}{rng.randrange(1, 10)}"
            )
        else:
            new = "".join(
                c if not c.isdigit() else str(rng.randrange(1 if i in (0, len(old) - 1) else 0, 10))
                for i, c in enumerate(old)
            )
        source, target = re.sub(pattern, new, source), re.sub(pattern, new, target)
    return Example(source, target, example.language)


@dataclass
class Mixture:
    """Where the data lie and how much of each a round takes. `limit` uses only that many triples (for the
    curve).
    """

    training: Path
    lexicon: Path
    parallel: Path | None
    seed: int = 1
    limit: int | None = None
    gloss: bool = True
    slots: bool = True
    drop: float = 0.12
    prose_share: float = 1.0
    lexicon_pairs: int = 600
    substitution: float = 0.35
    joined: float = 0.12
    names: Names = field(default_factory=Names)
    _prose: dict[str, list[list[str]]] = field(default_factory=dict)

    def _draw(self, share: Share, rng: Random) -> list[list[str]]:
        if self.parallel is None:
            return []
        rows = self._prose.setdefault(share.file, read_prose(self.parallel, share))
        return rng.sample(rows, min(len(rows), round(share.rows * self.prose_share)))

    def example(self, hindi: str, target: str, language: str, lexicon: Lexicon, rng: Random) -> Example:
        """The annotated source with slots, and the target with the same slots; bare for the ablations."""
        if not self.gloss:
            return Example(hindi, target, language)
        if not self.slots:
            return Example(annotate(hindi, language, lexicon, rng, drop=self.drop), target, language)
        made = slotted(hindi, language, lexicon, rng, target, drop=self.drop)
        return Example(made.source, made.target, language)

    def round(self, number: int) -> list[Example]:
        """The examples of round `number`, shuffled; the same for the same files, seed and number."""
        rng = Random(f"{self.seed}:{number}")
        lexicon = load_lexicon(self.lexicon)
        triples = read_triples(self.training)
        if self.limit is not None:
            triples = Random(self.seed).sample(triples, min(self.limit, len(triples)))
        # Articles have longer sentences than the triples: some rows are read together with the next.
        pairs = itertools.pairwise(triples)
        joined = [{key: f"{a[key]} {b[key]}" for key in a} for a, b in pairs if rng.random() < self.joined]
        examples = []
        for row in triples + joined:
            for language in ("en", "vi"):
                example = self.example(row["hi"], row[language], language, lexicon, rng)
                examples.append(substitute(example, self.names, rng, self.substitution))
        for share in PROSE:
            for cells in self._draw(share, rng):
                examples.append(self.example(cells[0], cells[1], "en", lexicon, rng))
        for share in PROSE_VIETNAMESE:
            for cells in self._draw(share, rng):
                examples.append(self.example(cells[0], cells[2], "vi", lexicon, rng))
        for share in VIETNAMESE_ENGLISH:
            for index, cells in enumerate(self._draw(share, rng)):
                pair = (cells[0], cells[1], "en") if index % 2 else (cells[1], cells[0], "vi")
                examples.append(Example(*pair))
        if self.lexicon_pairs:
            examples += list(self._entries(lexicon, rng))
        rng.shuffle(examples)
        return examples

    def _entries(self, lexicon: Lexicon, rng: Random) -> Iterator[Example]:
        """Lexicon entries as short pairs, half of them without their gloss: the words themselves are to be
        known.
        """
        for words in rng.sample(sorted(lexicon.folded), min(self.lexicon_pairs, len(lexicon.folded))):
            english, vietnamese = lexicon.folded[words]
            hindi = " ".join(words)
            for language, glosses in (("en", english), ("vi", vietnamese)):
                if glosses and "(" not in glosses[0]:
                    text = annotate(hindi, language, lexicon, rng, drop=0.5) if self.gloss else hindi
                    yield Example(text, glosses[0], language)


def vocabulary_texts(mixture: Mixture) -> Iterator[tuple[str, int]]:
    """Texts for the choice of pieces, with weights: data, lexicon, place names, frequent words of the three
    languages.
    """
    lexicon = load_lexicon(mixture.lexicon)
    for row in read_triples(mixture.training):
        for text in row.values():
            yield text, 20
    for words, (english, vietnamese) in lexicon.folded.items():
        yield " ".join((*words, *english, *vietnamese)), 20
    for hindi in lexicon.exact:
        yield hindi, 20
    for place in mixture.names.places:
        yield f"{place} {plain_latin(place)}", 4
    for shares in (PROSE, PROSE_VIETNAMESE, VIETNAMESE_ENGLISH):
        for share in shares:
            for cells in mixture._draw(share, Random(mixture.seed)):
                for text in cells:
                    yield text, 3
    import wordfreq

    for code, size in (("hi", 20_000), ("en", 20_000), ("vi", 12_000)):
        for rank, word in enumerate(wordfreq.top_n_list(code, size)):
            yield word, 12 if rank < size // 2 else 3
            if code == "en":
                yield word.capitalize(), 2


def unknown_words(texts: list[str], lexicon: Lexicon) -> list[str]:
    """Words of `texts` that no list has, for whoever extends the lexicon."""
    return sorted({g.text for text in texts for g in lookup(text, lexicon) if g.found == "transliteration"})
