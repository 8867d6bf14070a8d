"""Inflected Hindi forms for the gloss lexicon, with glosses that say what the ending says.

Reads `corpora/lexicon` and writes `inflections.tsv` beside it: every form that no other file lists, of

* the verbs in `verbs.txt` (`infinitive = English = Vietnamese`): लिखेंगे, will write, sẽ viết;
* the noun-and-करना verbs in `conjuncts.txt`: हस्ताक्षर किए, signed, đã ký;
* the nouns and adjectives of the other files, told apart by their English gloss: संस्थाओं, institutions.

Spelling variants (nukta, chandrabindu, nasals) are the loader's business and get no rows. English forms
come from the package lemminflect (MIT), which only this script needs.

    pip install lemminflect && python -m training.inflect --triples corpora/training/[a-u].jsonl
"""

import argparse
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import lemminflect  # type: ignore[import-not-found, import-untyped, unused-ignore]

from align.engines.gloss import fold, read_lexicon

LEXICON = Path(__file__).resolve().parent.parent / "corpora" / "lexicon"
HEADER = "hindi\tenglish\tvietnamese\n"
Row = tuple[str, str, str]
VOWEL_SIGNS = "ािीुूेैोौॉ"
INDEPENDENT = dict(zip("ािीुूेैोौ", "आइईउऊएऐओऔ", strict=True))

# Forms of करना after a noun or participle by the kind of English form; NOT_AFTER_NOUNS would be "of" there.
KARNA = {
    "ing": "करना,करने,करनी,करते हुए",
    "s": "करता,करती",
    "": "करते,करतीं,कर,करे,करें,करो",
    "having": "करके",
    "past": "किया,किए,की,कीं",
    "will": "करेगा,करेंगे,करेगी,करेंगी",
    "is": "किया जाता,की जाती",
    "are": "किए जाते",
    "was": "किया गया,की गई",
    "were": "किए गए,की गईं",
    "be": "किया जाए,की जाए,किए जाएं",
    "being": "किया जाना,किए जाने,की जानी",
    "will be": "किया जाएगा,की जाएगी,किए जाएंगे",
}
NOT_AFTER_NOUNS = "की"
HONA = {
    "being": "होना,होने",
    "is": "होता,होती",
    "are": "होते",
    "participle": "हुआ,हुए,हुई,हुईं",
    "will be": "होगा,होगी,होंगे",
    "be": "हो",
    "having been": "होकर",
}
# What is irregular in the verbs that end many phrases: perfective, future, subjunctive, "having ...".
IRREGULAR = {
    "करना": "किया किए की कीं|करेगा करेंगे करेगी करेंगी करूंगा|करे करें करो करूं|करके",
    "देना": "दिया दिए दी दीं|देगा देंगे देगी देंगी दूंगा|दे दें दो दूं|देकर",
    "लेना": "लिया लिए ली लीं|लेगा लेंगे लेगी लेंगी लूंगा|ले लें लो लूं|लेकर",
    "जाना": "गया गए गई गईं|जाएगा जाएंगे जाएगी जाएंगी जाऊंगा|जाए जाएं जाओ जाऊं|जाकर",
    "होना": "हुआ हुए हुई हुईं|होगा होंगे होगी होंगी|हो हों|होकर",
}
PASSIVE = {"was", "were", "is", "are", "being", "will be", "be", "having been"}


def read_lemmas(path: Path) -> Iterator[tuple[list[str], list[str], list[str], bool]]:
    """Yield Hindi spellings, English, Vietnamese, and whether the line is marked as a noun (`=*`)."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            noun = "=*" in line
            cells = [[part.strip() for part in cell.split("|")] for cell in line.replace("=*", "=").split("=")]
            yield cells[0], cells[1], cells[2], noun


def english(gloss: str, form: str) -> str:
    """Return an English verb (its first word is the verb) in the named form."""
    verb, _, rest = gloss.removeprefix("to ").partition(" ")
    rest = f" {rest}" if rest else ""

    def tag(name: str) -> str:
        if verb == "be":
            return {"VBD": "was", "VBZ": "is", "VBG": "being", "VBN": "been"}[name]
        found = lemminflect.getInflection(verb, name)
        return (found[0] if found else verb) + rest

    if verb == "can":
        return gloss
    if form in PASSIVE or form == "having":
        if verb == "be":
            return f"{form} {rest.strip()}" if form != "having" else f"having been{rest}"
        return f"{form} {tag('VBN')}"
    if form == "will":
        return f"will {verb}{rest}"
    kinds = {"s": "VBZ", "ing": "VBG", "past": "VBD", "participle": "VBN"}
    if form in kinds:
        return tag(kinds[form]) + (rest if verb == "be" else "")
    return verb + rest


def vietnamese(gloss: str, form: str) -> str:
    """Return a Vietnamese verb with the particle of the named form."""
    particle = {"past": "đã ", "will": "sẽ ", "will be": "sẽ được "}.get(form, "được " if form in PASSIVE else "")
    if gloss.startswith(("được ", "bị ")) and particle.endswith("được "):
        particle = particle.removesuffix("được ")
    return particle + gloss


def verb_forms(infinitive: str) -> Iterator[tuple[str, str]]:
    """Yield (form, kind of English form) of a regular Hindi verb, finite forms before ambiguous ones."""
    stem = infinitive.removesuffix("ना")
    last = stem[-1]
    open_stem = last in VOWEL_SIGNS + "आओ"
    yield from ((infinitive, ""), (stem + "ने", "ing"), (stem + "नी", "ing"))
    yield from ((stem + "ता", "s"), (stem + "ते", ""), (stem + "ती", "s"), (stem + "तीं", ""))
    front, space, light = infinitive.rpartition(" ")
    if light in IRREGULAR:
        for forms, kind in zip(IRREGULAR[light].split("|"), ("past", "will", "", "having"), strict=True):
            yield from ((front + space + form, kind) for form in forms.split())
        return
    base = stem[:-1] + {"ी": "ि", "ू": "ु"}.get(last, last)
    if last in "ाोआओ":
        perfective = tuple(base + ending for ending in ("या", "ए", "ई", "ईं"))
    elif last == "ी":
        perfective = (base + "या", base + "ए", stem, stem + "ं")
    elif last == "ू":
        perfective = tuple(base + ending for ending in ("आ", "ए", "ई", "ईं"))
    else:
        perfective = tuple(stem + ending for ending in ("ा", "े", "ी", "ीं"))
    yield from ((form, "past") for form in perfective)
    for short, long in (
        ("ेगा", "एगा"),
        ("ेंगे", "एंगे"),
        ("ेगी", "एगी"),
        ("ेंगी", "एंगी"),
        ("ूंगा", "ऊंगा"),
        ("ूंगी", "ऊंगी"),
        ("ोगे", "ओगे"),
    ):
        yield (base + long if open_stem else stem + short), "will"
    for short, long in (("े", "ए"), ("ें", "एं"), ("ूं", "ऊं"), ("ो", "ओ")):
        yield (base + long if open_stem else stem + short), ""
    yield (base + "इए" if open_stem else stem + "िए"), ""
    yield stem + "कर", "having"
    yield stem, ""


def gloss_verb(glosses: list[str], forms: Iterable[str]) -> list[str]:
    """Return the English glosses of a form: only those that are verbs, in every kind the form can be."""
    verbs = [gloss for gloss in glosses if gloss.startswith("to ")][:2]
    return list(dict.fromkeys(english(verb, form) for form in forms for verb in verbs))[:3]


def verb_rows(path: Path) -> Iterator[Row]:
    """Yield rows of all forms of the listed verbs."""
    for spellings, glosses, meanings, _ in read_lemmas(path):
        kinds: dict[str, list[str]] = {}
        for form, kind in verb_forms(spellings[0]):
            kinds.setdefault(form, []).append(kind)
        meanings = [m for i, m in enumerate(meanings) if i >= len(glosses) or glosses[i].startswith("to ")] or meanings
        for form, names in kinds.items():
            words = glosses if form == spellings[0] else gloss_verb(glosses, names)
            if words:
                yield form, "|".join(words), "|".join(vietnamese(word, names[0]) for word in meanings[:2])


def conjunct_rows(path: Path) -> Iterator[Row]:
    """Yield rows of noun + करना (and participle + होना) in their forms."""
    for spellings, glosses, meanings, noun in read_lemmas(path):
        table = [*KARNA.items(), *(() if noun else HONA.items())]
        pairs = [(form, kind) for kind, forms in table for form in forms.split(",")]
        for spelling in spellings:
            for form, kind in pairs:
                if noun and form == NOT_AFTER_NOUNS:
                    continue
                words = dict.fromkeys(english(word, kind) for word in glosses)
                yield (
                    f"{spelling} {form}",
                    "|".join(words),
                    "|".join(vietnamese(word, kind) for word in meanings),
                )


def plural(gloss: str) -> str:
    """Return the plural of an English noun phrase."""
    head, of, rest = gloss.partition(" of ")
    front, space, noun = head.rpartition(" ")
    found = lemminflect.getInflection(noun, "NNS")
    return front + space + (found[0] if found else noun) + of + rest


def is_part(gloss: str, tag: str) -> bool:
    """Say whether the head of an English gloss can be a noun (`NN`) or an adjective (`JJ`)."""
    if not re.fullmatch(r"[a-z][a-z -]*", gloss) or gloss.startswith("to "):
        return False
    word = gloss.partition(" of ")[0].split()[-1] if tag == "NN" else gloss
    return tag in lemminflect.getAllInflections(word)


def noun_forms(hindi: str, attested: set[str]) -> tuple[str, ...]:
    """Return likely plural forms of a Hindi noun in the direct and the oblique case.

    A noun in -ा is masculine or feminine, and only feminine ones in a consonant have -ें: `attested` decides.
    """
    if hindi.endswith("िया"):
        return hindi + "ँ", hindi[:-1] + "ों"
    if hindi.endswith("ा"):
        masculine, feminine = (hindi[:-1] + "े", hindi[:-1] + "ों"), (hindi + "एँ", hindi + "ओं")
        seen = [{fold(form) for form in forms} & attested for forms in (masculine, feminine)]
        return masculine * (not seen[1]) + feminine * (not seen[0] or bool(seen[1]))
    if hindi.endswith("ी"):
        return hindi[:-1] + "ियाँ", hindi[:-1] + "ियों"
    if hindi.endswith("ि"):
        return hindi + "याँ", hindi + "यों"
    if hindi.endswith("ई"):
        return hindi[:-1] + "इयाँ", hindi[:-1] + "इयों"
    if hindi.endswith(("ू", "ु")):
        stem = hindi[:-1] + "ु"
        return stem + "ओं", stem + "एँ"
    if re.search(r"[\u0915-\u0939]\u093c?$", hindi):
        return (hindi + "ों", *((hindi + "ें",) if fold(hindi + "ें") in attested else ()))
    return ()


def nominal_rows(
    rows: Iterable[tuple[str, tuple[str, ...], tuple[str, ...]]], verbal: set[str], attested: set[str]
) -> Iterator[Row]:
    """Yield plural, oblique and feminine forms of nouns and adjectives, told apart by their glosses."""
    for hindi, glosses, meanings in rows:
        if len(hindi) < 3 or " " in hindi or "-" in hindi or fold(hindi) in verbal or not glosses or not meanings:
            continue
        nouns = [gloss for gloss in glosses if is_part(gloss, "NN")]
        if is_part(glosses[0], "JJ"):
            if hindi.endswith("ा") and not hindi.endswith(("या", "ीदा")):
                for ending in ("े",) if nouns[:1] == [glosses[0]] else ("े", "ी"):
                    yield hindi[:-1] + ending, "|".join(glosses), "|".join(meanings)
        elif nouns and nouns[0] == glosses[0]:
            plurals = "|".join(dict.fromkeys(map(plural, nouns[:2])))
            for form in noun_forms(hindi, attested):
                if hindi.endswith("ा") and form == hindi[:-1] + "े":  # direct plural or oblique singular
                    yield form, f"{nouns[0]}|{plurals}", "|".join(meanings[:2])
                else:
                    yield form, plurals, "|".join((f"các {meanings[0].removeprefix('các ')}", meanings[0]))


def main() -> None:
    """Write inflections.tsv."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lexicon", type=Path, default=LEXICON)
    parser.add_argument("--triples", type=Path, nargs="*", default=[], help="written triples: which forms occur")
    arguments = parser.parse_args()
    folder: Path = arguments.lexicon
    skipped = {"inflections.tsv", "names.tsv", "syllables.tsv", "world.tsv", "phrases.tsv"}
    files = [path for path in sorted(folder.glob("*.tsv")) if path.name != "inflections.tsv"]
    known = {key(row[0]) for path in files for row in read_lexicon(path)}
    verbal = {fold(form) for lemma in read_lemmas(folder / "verbs.txt") for form, _ in verb_forms(lemma[0][0])}
    lemmas = [row for path in files if path.name not in skipped for row in read_lexicon(path)]
    texts = [path.read_text(encoding="utf-8") for path in arguments.triples]
    attested = known | {fold(word) for text in texts for word in re.findall(r"[\u0900-\u0963]+", text)}
    rows: dict[str, Row] = {}
    sources = (
        verb_rows(folder / "verbs.txt"),
        conjunct_rows(folder / "conjuncts.txt"),
        nominal_rows(lemmas, verbal, attested),
    )
    for source in sources:
        for row in source:
            if key(row[0]) not in known:
                rows.setdefault(key(row[0]), row)
    text = HEADER + "".join("\t".join(row) + "\n" for row in rows.values())
    (folder / "inflections.tsv").write_text(text, encoding="utf-8", newline="\n")
    print(f"inflections {len(rows)}")


def key(hindi: str) -> str:
    """Return the form under which the loader finds a word or phrase."""
    return " ".join(map(fold, re.split(r"[\s-]+", hindi)))


if __name__ == "__main__":
    main()
