"""Vietnamese names in Devanagari, for the gloss lexicon.

Reads `corpora/lexicon/names-vi.txt` (Vietnamese names) and `spelling-vi.txt` (how Hindi spells them) and
writes, beside them,

* `names.tsv`: whole names (places, peoples, known persons) and the parts of personal names that need
  their neighbours to be recognised, each in its likely Hindi spellings;
* `syllables.tsv`: single Vietnamese syllables, for names that no list has.

Hindi texts spell Vietnamese names by ear, so every name gets several spellings, likeliest first. With
`--triples`, what written triples prefer comes before the rules, and counts as evidence for the diacritics.
A spelling that is also a Hindi word of the other lexicon files (का, ले, हा, दो) stays out of `syllables.tsv`.

    python -m training.names --triples corpora/training/[a-u].jsonl --check corpora/training/[a-u].jsonl
"""

import argparse
import itertools
import json
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from align.engines.gloss import Lexicon, fold, load_lexicon, lookup, read_lexicon

LEXICON = Path(__file__).resolve().parent.parent / "corpora" / "lexicon"
TONES = str.maketrans("", "", "\u0300\u0301\u0303\u0309\u0323")  # grave, acute, tilde, hook, dot below
SIGNS: dict[str, str] = dict(zip("अआइईउऊएऐओऔऑ", ("", *"ािीुूेैोौॉ"), strict=True))
VOWEL_LETTERS = "aăâeêioôơuưy"
WEIGHTS = {"places": 1.0, "surnames": 6.0, "middle": 6.0, "given": 6.0, "people": 2.0, "ethnic": 3.0}
# Middle names before which वान is the given name Vân and not Văn; surnames that take the middle name A.
BEFORE_VAN = set("Hồng Thanh Cẩm Bích Thúy Kim Thu Hải Ánh Như".split())
BEFORE_A = set("Giàng Vàng Sùng Thào Lầu Má Mùa Hạng Ly Cư Lý Hồ Lù Hầu Cháng Ma".split())

Row = tuple[str, str, str]
Names = dict[str, list[tuple[str, float]]]
Pairs = Counter[tuple[str, str]]


def plain(text: str) -> str:
    """Vietnamese without diacritics, as English writes it."""
    text = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    return "".join(char for char in text if not unicodedata.combining(char))


def toneless(syllable: str) -> str:
    """The syllable in lower case without its tone; marks that make another vowel stay."""
    decomposed = unicodedata.normalize("NFD", syllable.lower())
    return unicodedata.normalize("NFC", decomposed.translate(TONES))


def key_of(text: str) -> str:
    """The form under which the lexicon finds `text`."""
    return " ".join(map(fold, text.split()))


def attach(onset: str, vowels: str) -> str:
    """Join Devanagari consonants and independent vowel letters into a syllable."""
    if not onset:
        return vowels
    first, rest = vowels[0], vowels[1:]
    if first in "िव्":  # a spelling that starts with a sign or a glide
        return onset + (vowels if first != "व" else "्" + vowels)
    if onset.endswith("ि"):  # gi before a vowel: a glide joins them
        glide = "" if first in "इई" else "य"
        return (onset if glide else onset[:-1]) + glide + SIGNS.get(first, first) + rest
    return onset + SIGNS.get(first, first) + rest


class Speller:
    """Spells Vietnamese syllables in Devanagari."""

    def __init__(self, tables: dict[str, dict[str, str]], seen: Pairs | None = None) -> None:
        """Use the spelling `tables`; the (Hindi, Vietnamese) pairs of `seen` come first."""
        self.tables = {name: {k: v.split() for k, v in table.items()} for name, table in tables.items()}
        self.vowels = {key: value.split("/") for key, value in tables["vowels"].items()}
        self.onsets = sorted(tables["onsets"], key=len, reverse=True)
        self.safe = {pair.replace("_", " ") for pairs in self.tables["safe"].values() for pair in pairs}
        self.seen: dict[str, list[str]] = defaultdict(list)
        for (hindi, syllable), times in (seen or Counter()).most_common():
            if times > 1:
                self.seen[syllable.lower()].append(hindi)

    def columns(self, syllable: str) -> list[list[str]]:
        """Spellings of onset, vowels and final (nguyên: ng, uyê, n), or nothing if it has no such parts."""
        base = toneless(syllable)
        for onset in self.onsets:
            start = onset.strip("-")
            match = re.fullmatch(f"([{VOWEL_LETTERS}]+)([^{VOWEL_LETTERS}]*)", base.removeprefix(start))
            if base.startswith(start) and match and match[1] in self.vowels:
                final = self.tables["finals"].get(match[2] or "-")
                if final:
                    vowels = self.vowels[match[1]][0 if match[2] else 1].split()
                    return [self.tables["onsets"][onset], vowels, final]
        return []

    def spell(self, syllable: str, limit: int = 8) -> list[tuple[str, int]]:
        """Likely spellings of one syllable with their cost, cheapest first."""
        fixed = (*self.seen[syllable.lower()], *self.tables["syllables"].get(syllable.lower(), ()))
        found = {text: rank for rank, text in enumerate(dict.fromkeys(fixed))}
        start = 1 if found else 0
        columns = self.columns(syllable)
        for way in itertools.product(*map(enumerate, columns)) if columns else ():
            cost = start + sum(rank for rank, _ in way)
            onset, vowels, final = (text.strip("-") for _, text in way)
            text = (onset + vowels if onset == "कु" else attach(onset, vowels)) + final
            found[text] = min(cost, found.get(text, cost))
        return sorted(found.items(), key=lambda item: item[1])[:limit]

    def name(self, name: str, limit: int = 8) -> list[str]:
        """Likely spellings of a whole name, likeliest first."""
        words = [self.spell(word, 5) for word in re.split(r"[\s-]+", name) if word]
        ways = [tuple(zip(*way, strict=True)) for way in itertools.product(*words)] if all(words) else []
        result: dict[str, str] = {}
        for texts, _ in sorted(ways, key=lambda way: sum(way[1])):
            result.setdefault(key_of(" ".join(texts)), " ".join(texts))
        return list(result.values())[:limit]


def sections_of(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (section, line) of a text with `[section]` lines; comments and empty lines are left out."""
    section = ""
    for line in unicodedata.normalize("NFC", path.read_text(encoding="utf-8")).splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            yield section, line


def read_spelling(path: Path) -> dict[str, dict[str, str]]:
    """Read the spelling tables: section -> Vietnamese -> spellings."""
    tables: dict[str, dict[str, str]] = defaultdict(dict)
    for section, line in sections_of(path):
        vietnamese, _, spellings = line.partition(": ")
        tables[section][vietnamese] = spellings
    return dict(tables)


def read_names(path: Path) -> Names:
    """Read the list of names: section -> names with weights; what stands before a colon weighs double."""
    names: Names = defaultdict(list)
    for section, line in sections_of(path):
        head, colon, tail = line.partition(":")
        if colon and head != "Other places":
            names[section].append((head, 2.0))
        for entry in (tail if colon else head).split(","):
            match = re.fullmatch(r"\s*(.*?)(?: (\d+))?\s*", entry)
            if match and match[1]:
                names[section].append((match[1], float(match[2] or 1)))
    return dict(names)


def read_triples(paths: Iterable[Path]) -> Iterator[tuple[str, str, str]]:
    """Hindi, English and Vietnamese of written triples."""
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield row["hi"], row["en"], row["vi"]


def names_of(english: str, vietnamese: str) -> list[str]:
    """Capitalised Vietnamese syllables that the English side carries too: those of names."""
    known = set(re.findall(r"[A-Z][\w'’]*", english))
    words = re.findall(r"[^\W\d_][\w'’]*", vietnamese)
    return [w for w in words if w[0].isupper() and plain(w) in known and not re.fullmatch("[A-Z]{2,}", w)]


def count(triples: Iterable[tuple[str, str, str]], speller: Speller) -> Pairs:
    """Count (Hindi spelling, Vietnamese syllable) pairs in the triples."""
    pairs: Pairs = Counter()
    for hindi, english, vietnamese in triples:
        words = {fold(word): word for word in re.findall(r"[\u0900-\u097f'’]+", hindi)}
        for syllable in names_of(english, vietnamese):
            for spelling, _ in speller.spell(syllable, 24):
                if fold(spelling) in words:
                    pairs[words[fold(spelling)], syllable] += 1
                    break
    return pairs


def syllable_rows(names: Names, pairs: Pairs, speller: Speller, hindi: set[str]) -> list[Row]:
    """One row for every spelling of a syllable that is no Hindi word: English, the likeliest Vietnamese."""
    weight: dict[str, float] = defaultdict(float)
    for section, entries in names.items():
        for name, times in entries:
            for word in re.split(r"[\s-]+", name):
                weight[word] += WEIGHTS[section] * math.sqrt(times)
    for (_, syllable), times in pairs.items():
        weight[syllable] += times
    scores: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    shown: dict[str, tuple[float, str]] = {}
    for syllable, times in weight.items():
        for spelling, cost in speller.spell(syllable):
            score = times * 0.45**cost + 3 * pairs[spelling, syllable]
            scores[fold(spelling)][syllable] += score
            shown[fold(spelling)] = max(shown.get(fold(spelling), (0, "")), (score, spelling))
    rows = []
    for key in sorted(scores, key=lambda key: -sum(scores[key].values())):
        best = sorted(scores[key].items(), key=lambda item: -item[1])
        kept = [syllable for syllable, score in best if score >= 0.15 * best[0][1]][:2]
        if key not in hindi and len(key) > 1:
            rows.append((shown[key][1], "|".join(dict.fromkeys(map(plain, kept))), "|".join(kept)))
    return rows


def ordered(names: list[tuple[str, float]]) -> list[str]:
    """Each name once, the heavier first."""
    return list(dict.fromkeys(name for name, _ in sorted(names, key=lambda item: -item[1])))


def name_rows(names: Names, pairs: Pairs, speller: Speller, syllables: list[Row], hindi: set[str]) -> list[Row]:
    """Rows of whole names, and of the parts of personal names that need their neighbours.

    Hindi थी is both Thị and "was", हाई both Hải and "high", येन both Yên and Yến: what follows Thị, Văn or a
    middle name is listed together with it, and so is a surname that is a Hindi word. What may still be
    plain Hindi (ली थी: "had taken" or Lý Thị) is left out.
    """
    found: dict[str, Row] = {}

    def is_hindi(text: str) -> bool:
        return text not in speller.safe and all(fold(word) in hindi for word in text.split())

    def add(spellings: Iterable[str], name: str) -> None:
        for spelling in spellings:
            if not is_hindi(spelling):
                found.setdefault(key_of(spelling), (spelling, plain(name), name))

    for section in ("places", "people", "ethnic"):
        for name in ordered(names[section]):
            if re.search(r"[\s-]", name):
                add(speller.name(name), name)

    first = {fold(spelling): meanings.split("|")[0] for spelling, _, meanings in syllables}
    surnames: dict[str, str] = {}  # a spelling stands for the surname it suits best, then the commonest
    for rank in range(3):
        for name in ordered(names["surnames"]):
            for spelling, _ in speller.spell(name, 3)[rank : rank + 1]:
                surnames.setdefault(spelling, name)
    middle = [(spelling, name) for name, _ in names["middle"] for spelling, _ in speller.spell(name, 2)]
    given = [(name, speller.spell(name, 3)) for name in ordered(names["given"] + names["middle"])]
    likely = [(spelling, name) for name, spellings in given for spelling, cost in spellings if cost == 0]
    unclear = [(spelling, name) for spelling, name in likely if first.get(fold(spelling)) != name]

    for rank in range(3):
        for name, spellings in given:
            for spelling, _ in spellings[rank : rank + 1]:
                add([f"थी {spelling}"], f"Thị {name}")
                add([f"वान {spelling}"], f"Văn {name}")
    for (spelling, name), _ in pairs.most_common():
        add([f"थी {spelling}"], f"Thị {name}")
    for own, before in surnames.items():
        for front, name in ((f"{own} थी", f"{before} Thị"), (f"{own} वान", f"{before} Văn")):
            if fold(own) in hindi:
                add([front], name)
                for spelling, after in likely if is_hindi(front) else unclear:
                    add([f"{front} {spelling}"], f"{name} {after}")
    family = {*surnames.values(), "Thị", "Văn"}
    for own, before in middle:
        for spelling, after in likely:
            if before in family or after in ("Thị", "Văn") or spelling in ("नाम", "हुई"):
                continue
            if fold(spelling) in hindi or (after == "Vân" and before in BEFORE_VAN):
                add([f"{own} {spelling}"], f"{before} {after}")
    for own, before in surnames.items():
        if before in BEFORE_A:
            add([f"{own} ए", f"{own} अ"], f"{before} A")
        if fold(own) in hindi:
            for spelling, after in middle:
                if after != "Thị":
                    add([f"{own} {spelling}"], f"{before} {after}")
        elif first.get(fold(own)) != before:
            add([f"{own} थी"], f"{before} Thị")
            add([f"{own} वान"], f"{before} Văn")
    return list(found.values())


def hindi_words(paths: Iterable[Path], *, also: bool = False) -> set[str]:
    """Folded single words of lexicon files that are Hindi first (with `also`: Hindi at all) and not names."""
    words = set()
    for path in paths:
        for hindi, english, _ in read_lexicon(path):
            glosses = english if also else english[:1]
            common = any(not gloss[:1].isupper() or gloss == "I" for gloss in glosses)
            letter = also and len(english[0]) < 2
            if " " not in hindi and (common or letter):
                words.add(fold(hindi))
    return words


def check(triples: Iterable[tuple[str, str, str]], lexicon: Lexicon) -> tuple[str, Counter[str]]:
    """How many name syllables of the triples the gloss gets right, and those that it does not."""
    total = found = right = 0
    lost: Counter[str] = Counter()
    for hindi, english, vietnamese in triples:
        offers = [gloss.vietnamese for gloss in lookup(hindi, lexicon) if gloss.vietnamese]
        every = set(re.split(r"[\s-]+", " ".join(" ".join(offer) for offer in offers)))
        best = set(re.split(r"[\s-]+", " ".join(offer[0] for offer in offers)))
        for syllable in names_of(english, vietnamese):
            total += 1
            right += syllable in best
            found += syllable in every
            lost[syllable] += syllable not in every
    return f"name syllables {total}: offered {found / total:.1%}, first choice {right / total:.1%}", +lost


def write(path: Path, rows: Iterable[Row]) -> None:
    """Write rows as a lexicon file."""
    text = "hindi\tenglish\tvietnamese\n" + "".join("\t".join(row) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    """Write names.tsv and syllables.tsv."""
    parser = argparse.ArgumentParser(prog="python -m training.names", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--triples", type=Path, nargs="*", default=[], help="JSON lines with hi, en, vi")
    parser.add_argument("--check", type=Path, nargs="*", default=[], help="triples to measure on")
    parser.add_argument("--lexicon", type=Path, default=LEXICON)
    options = parser.parse_args()
    names = read_names(options.lexicon / "names-vi.txt")
    tables = read_spelling(options.lexicon / "spelling-vi.txt")
    made = {"names.tsv", "syllables.tsv", "inflections.tsv"}
    files = [path for path in sorted(options.lexicon.glob("*.tsv")) if path.name not in made]
    pairs = count(read_triples(options.triples), Speller(tables))
    speller = Speller(tables, pairs)
    syllables = syllable_rows(names, pairs, speller, hindi_words(files, also=True))
    rows = name_rows(names, pairs, speller, syllables, hindi_words(files))
    write(options.lexicon / "names.tsv", rows)
    write(options.lexicon / "syllables.tsv", syllables)
    print(f"names {len(rows)}, syllables {len(syllables)}")
    if options.check:
        summary, lost = check(read_triples(options.check), load_lexicon(options.lexicon))
        print(summary, "lost:", " ".join(f"{name}:{times}" for name, times in lost.most_common(100)), sep="\n")


if __name__ == "__main__":
    main()
