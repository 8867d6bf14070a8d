"""Checks beyond terms: numbers, names, administrative levels, abbreviations, untranslated and repeated text, omissions.

Each check is a function over the sentences of one document and yields `Check`s, which become findings. They
use the original where there is one; without it they report only what contradicts itself or cannot be meant.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import regex

from align.engines.gloss import Gloss, fold
from align.records import Alignment, Kind, Reason, Rendering, Verdict
from align.terms.candidates import Sentence
from align.terms.findings import SEVERITIES, Check

_DIGITS = str.maketrans("०१२३४५६७८९", "0123456789")
_NUMBER = r"(?<![\w/.,-])\d+(?:[.,]\d+)*(?![\d/])"
SCALES = {
    "hi": {
        "हजार": 1e3, "हज़ार": 1e3, "लाख": 1e5, "मिलियन": 1e6, "करोड़": 1e7, "करोड": 1e7, "अरब": 1e9, "बिलियन": 1e9,
        "खरब": 1e11, "ट्रिलियन": 1e12,
    },
    "vi": {"nghìn tỷ": 1e12, "nghìn tỉ": 1e12, "triệu": 1e6, "tr": 1e6, "tỷ": 1e9, "tỉ": 1e9, "nghìn": 1e3, "ngàn": 1e3, "vạn": 1e4},
    "en": {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "lakh": 1e5, "crore": 1e7},
}  # fmt: skip
_QUANTITY = {
    language: re.compile(
        rf"({_NUMBER})(?:[\s-]*({'|'.join(sorted(map(re.escape, scales), key=len, reverse=True))})(?!\w))?"
    )
    for language, scales in SCALES.items()
}
_MONEY = re.compile(
    r"[\s-]*(?:से अधिक\s+)?(VND|वीएनडी|डोंग|दोंग|डॉन्ग|đồng|dong|USD|डॉलर|%|प्रतिशत|हेक्टेयर|ha\b|किलोमीटर|किमी|km)"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with the magnitude word behind it; `end` is where the unit ends."""

    start: int
    end: int
    value: float
    digits: str
    scale: str
    unit: str


def _value(text: str, language: str) -> float | None:
    """1.250,5 in Vietnamese, 1,250.5 or 12,50,000 in Hindi and English."""
    group, point = (".", ",") if language == "vi" else (",", ".")
    whole, _, rest = text.partition(point)
    if point in rest or group in rest:
        return None
    parts = whole.split(group)
    if len(parts) > 1 and (len(parts[-1]) != 3 or any(len(part) not in (2, 3) for part in parts[1:])):
        return None
    return float("".join(parts) + ("." + rest if rest else ""))


def quantities(text: str, language: str) -> list[Quantity]:
    """Numbers with their magnitudes; parts of dates and document numbers are left out."""
    found = []
    for match in _QUANTITY[language].finditer(text.translate(_DIGITS)):
        value = _value(match.group(1), language)
        if value is None:
            continue
        scale = match.group(2) or ""
        unit = _MONEY.match(text, match.end())
        end = unit.end() if unit else match.end()
        digits = re.sub(r"\D", "", match.group(1))
        found.append(Quantity(
            match.start(), end, value * SCALES[language].get(scale, 1.0), digits, scale, unit.group(1) if unit else "",
        ))  # fmt: skip
    return found


def _check(
    sentence: Sentence,
    start: int,
    end: int,
    kind: Kind,
    verdict: Verdict,
    score: float,
    code: str,
    detail: str,
    suggestion: str = "",
) -> Check:
    segment = sentence.segment
    return Check(
        segment.document, segment.index, start, end, segment.text[start:end], kind, verdict, SEVERITIES[verdict], score,
        (Reason(code, detail),), suggestion,
    )  # fmt: skip


def numbers(sentences: Sequence[Sentence]) -> Iterator[Check]:
    """Numbers and magnitudes against the original; without one, amounts that no one would write."""
    for sentence in sentences:
        hindi = quantities(sentence.segment.text, "hi")
        if sentence.original is None:
            for one in hindi:
                if one.scale in ("मिलियन", "हजार", "हज़ार") and one.value / SCALES["hi"][one.scale] >= 1000:
                    yield _check(
                        sentence, one.start, one.end, "unit", "suspicious", 0.6, "implausible-magnitude",
                        f"a thousand or more {one.scale}; perhaps the next magnitude is meant (tỷ is a billion, triệu a million)",
                    )  # fmt: skip
            continue
        there = quantities(sentence.original.text, sentence.original.language)
        values = Counter(round(math.log10(one.value), 6) if one.value else None for one in there)
        open_here = []
        for one in hindi:
            size = round(math.log10(one.value), 6) if one.value else None
            if values[size]:
                values[size] -= 1
            else:
                open_here.append(one)
        open_there = []
        for other in there:
            size = round(math.log10(other.value), 6) if other.value else None
            if values[size]:
                values[size] -= 1
                open_there.append(other)
        for one in open_here:
            match = next((other for other in open_there if _tenfold(one.value, other.value)), None)
            if match is None and len(open_here) == len(open_there) == 1 and one.value and open_there[0].value:
                match = (
                    open_there[0] if (one.unit and open_there[0].unit) or (one.scale and open_there[0].scale) else None
                )
            if match is None:
                continue
            open_there.remove(match)
            said = sentence.original.text[match.start : match.end]
            ratio = one.value / match.value
            times = f", {ratio:g} times as much" if _tenfold(one.value, match.value) else ""
            wrong_word = bool(one.scale) and one.digits == match.digits and one.scale in ("मिलियन", "बिलियन")
            yield _check(
                sentence, one.start, one.end, "unit" if wrong_word else "number", "wrong", 0.95, "number-differs",
                f"the original has {said!r}{times}", hindi_amount(match.value),
            )  # fmt: skip


def _tenfold(one: float, other: float) -> bool:
    if not one or not other:
        return False
    power = math.log10(one / other)
    return abs(power) > 0.5 and abs(power - round(power)) < 1e-6


def hindi_amount(value: float) -> str:
    """An amount in the words of Hindi news: 1.2e6 -> 12 लाख."""
    for word, size in (("अरब", 1e9), ("करोड़", 1e7), ("लाख", 1e5)):
        if value >= size:
            return f"{value / size:g} {word}"
    return f"{value:g}"


# Names

_CLASSES = (("इईएऐयिीेैy", "I"), ("उऊओऔऑुूोौॉॆॊ", "U"), ("अआा", "A"))
_CLASS = {letter: name for letters, name in _CLASSES for letter in letters}
ADMIN = {
    "शहर": "city", "सिटी": "city", "नगर": "city", "कस्बा": "town", "कस्बे": "town", "क़स्बा": "town", "टाउन": "town",
    "टाउनशिप": "town", "कम्यून": "commune", "समुदाय": "community", "जिला": "district", "जिले": "district", "ज़िला": "district",
    "ज़िले": "district", "वार्ड": "ward", "प्रांत": "province", "गाँव": "village", "गांव": "village",
}  # fmt: skip
_NOT_NAMES = frozenset("के का की को में से पर ने और एवं तथा व यह इस है हैं था थी थे लिए हो कर न श्री श्रीमती सुश्री कॉमरेड".split())


@lru_cache(maxsize=50_000)
def rough(word: str) -> str:
    """A name's sound as far as two transliterations of it agree: थुय and थुई, कोप and कॉप, क्य and की."""
    made = ""
    for letter in unicodedata.normalize("NFD", word):
        if letter in "़्ंँ\u200c\u200d":
            continue
        letter = _CLASS.get(letter, letter)
        if not (made.endswith(letter) and letter in "IUA"):
            made += letter
    return made


def _named(gloss: Gloss) -> bool:
    return gloss.is_name or gloss.found == "transliteration"


def names(sentences: Sequence[Sentence]) -> Iterator[Check]:
    """One place or person written in two ways: two words of which one is the same and one sounds alike."""
    seen: dict[tuple[str, str], list[tuple[Sentence, int, int, tuple[str, str], int]]] = {}
    for sentence in sentences:
        text, parts = sentence.segment.text, sentence.words
        for first, second in pairwise(parts):
            if (
                text[first.end : second.start] != " "
                or first.text in _NOT_NAMES
                or first.text in ADMIN
                or second.text in ADMIN
            ):
                continue
            sure = sum(
                any(g.start <= word.start < g.end and _named(g) for g in sentence.glosses)
                and word.text not in _NOT_NAMES
                for word in (first, second)
            )
            key = (rough(first.text), rough(second.text))
            seen.setdefault(key, []).append(
                (sentence, first.start, second.end, (fold(first.text), fold(second.text)), sure)
            )
    for places in seen.values():
        forms = Counter(place[3] for place in places if place[4] == 2)
        if not forms:
            continue
        usual, times = forms.most_common(1)[0]
        written = next(place for place in places if place[3] == usual)
        said = written[0].segment.text[written[1] : written[2]]
        if max(len(part) for part in usual) < 2:
            continue
        for sentence, start, end, form, sure in places:
            alike = sum(left == right for left, right in zip(form, usual, strict=True))
            if form == usual or alike != 1 or not sure or (forms[form] >= times and forms[form] > 1 and times < 2):
                continue
            if sure < 2 and not _before_admin(sentence, end):
                continue
            yield _check(
                sentence, start, end, "entity", "suspicious", 0.8, "name-differs",
                f"the same name is {said} elsewhere ({times} times)", said,
            )  # fmt: skip


def _before_admin(sentence: Sentence, end: int) -> bool:
    return any(word.start == end + 1 and word.text in ADMIN for word in sentence.words)


# Administrative levels

_LEVELS = {
    "thị xã": "town",
    "thị trấn": "town",
    "xã": "commune",
    "thành phố": "city",
    "phường": "ward",
    "huyện": "district",
    "tỉnh": "province",
}
_RIGHT = {"town": "कस्बा", "commune": "कम्यून", "city": "शहर", "ward": "वार्ड", "district": "जिला", "province": "प्रांत"}
_CONFUSED = {("town", "city"), ("commune", "community"), ("city", "town"), ("commune", "village"), ("ward", "district")}
_ADMIN_CONCEPTS = {
    "thi-xa": "town",
    "thi-tran": "town",
    "xa": "commune",
    "phuong": "ward",
    "huyen": "district",
    "thanh-pho": "city",
}
_ORDINAL = re.compile(r"(?:\d+(?:/\d+)?|\S+(?:वाँ|वां|वें|वीं)|पहला|दूसरा|तीसरा|चौथा|प्रत्येक|पूरे|पूरा)$")


def _level(sentence: Sentence, at: int) -> str | None:
    return ADMIN.get(sentence.words[at].text) or ADMIN.get(sentence.words[at].text.removesuffix("ों"))


def admin_units(sentences: Sequence[Sentence], renderings: Sequence[Rendering]) -> Iterator[Check]:
    """One place at two levels (thị xã as शहर and कस्बा), a level that the original does not have, xã as a community."""
    done: set[tuple[int, int]] = set()
    found: list[Check] = []
    named: dict[str, list[tuple[Sentence, int, int, str]]] = {}

    def add(sentence: Sentence, start: int, end: int, detail: str, right: str, score: float, code: str) -> None:
        if not any(index == sentence.segment.index and abs(place - end) < 4 for index, place in done):
            done.add((sentence.segment.index, end))
            found.append(_check(sentence, start, end, "admin-unit", "wrong", score, code, detail, right))

    for sentence in sentences:
        for at, word in enumerate(sentence.words):
            level = _level(sentence, at)
            if level is None:
                continue
            before = sentence.words[at - 1] if at else None
            two = sentence.words[at - 2] if at > 1 else None
            is_name = before is not None and any(
                g.start <= before.start < g.end and _named(g) for g in sentence.glosses
            ) and before.text not in _NOT_NAMES  # fmt: skip
            start = word.start
            if is_name and before is not None:
                start = two.start if two is not None and any(
                    g.start <= two.start < g.end and _named(g) for g in sentence.glosses
                ) and two.text not in _NOT_NAMES else before.start  # fmt: skip
                named.setdefault(
                    " ".join(rough(part) for part in sentence.segment.text[start : before.end].split()), []
                ).append((sentence, start, word.end, level))
            counted = before is not None and _ORDINAL.fullmatch(before.text) is not None
            if level == "community" and (is_name or (counted and before is not None and before.text[0] not in "पत")):
                start = start if is_name or before is None else before.start
                add(
                    sentence,
                    start,
                    word.end,
                    "a commune (xã) named as a community",
                    "कम्यून",
                    0.85,
                    "commune-as-community",
                )
            if sentence.original is not None and level in ("city", "community"):
                said = sentence.original.at(word.start, word.end, sentence.words)
                source = sentence.original.text[max(0, said.start - 9) : said.end + 9].lower()
                wanted = _LEVELS.get(next((name for name in ("thị xã", "thị trấn") if name in source), ""))
                whole = sentence.original.text.lower()
                if (
                    wanted
                    and level == "city"
                    and not re.search(r"thành phố|\btp\b|đô thị|đường phố", whole.replace(".", " "))
                ):
                    begin = before.start if counted and before is not None else start
                    add(
                        sentence,
                        begin,
                        word.end,
                        f"the original has {source.strip()!r}",
                        _RIGHT[wanted],
                        0.9,
                        "level-differs",
                    )
    for places in named.values():
        levels = Counter(level for *_, level in places)
        if len(levels) < 2:
            continue
        for sentence, start, end, level in places:
            others = [
                other
                for other in levels
                if (other, level) in _CONFUSED and (levels[other] >= levels[level] or other == "town")
            ]
            if others and not (level == "town" and others[0] == "city"):
                add(
                    sentence, start, end, f"the same place is a {others[0]} elsewhere in the article", _RIGHT[others[0]], 0.85,
                    "two-levels",
                )  # fmt: skip
    by_index = {sentence.segment.index: sentence for sentence in sentences}
    for one in renderings:
        if one.concept in _ADMIN_CONCEPTS and one.verdict in ("wrong", "suspicious") and one.index in by_index:
            right = _RIGHT[_ADMIN_CONCEPTS[one.concept]]
            if set(one.hindi.split()) & {*ADMIN, "समुदायों", "शहरों"}:
                add(
                    by_index[one.index],
                    one.start,
                    one.end,
                    f"an administrative level: {right} is meant",
                    right,
                    one.score,
                    "level-differs",
                )
    yield from found


# Abbreviations and untranslated text

_SPELLED = re.compile(
    r"\d+[-–](?:(?:एन|क्यू|टी|यू|डब्ल्यू|डब्लू|सी|डी|के|एच|पी|बी|एस|एल|जी|आर|एम|वी|टीयू|टीडब्ल्यू|एनक्यू|सीटी|केएल|क्यूडी|यूबीएनडी)[/\-–]?){2,}"
)
_CAPITALS = re.compile(r"(?<![\w/&.-])[A-ZĐƯƠ]{3,}(?:[&.][A-ZĐƯ]+)*(?![\w/-])")
_KNOWN_LATIN = frozenset(
    "VND USD GDP FDI WTO ASEAN COVID ISO UNESCO WHO ODA EU UN VNEID OCOP PC AI SMS QR GRDP HIV AIDS APEC CPTPP".split()
)
_INDEX_TWICE = re.compile(r"\b([A-Z]{2,}I|[A-Z]+ INDEX)\s+(?:इंडेक्स|सूचकांक)")
_VIETNAMESE = regex.compile(
    r"(?<!\w)\p{Latin}*[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]\p{Latin}*",
    regex.IGNORECASE,
)


def abbreviations(
    sentences: Sequence[Sentence], renderings: Sequence[Rendering], known: frozenset[str]
) -> Iterator[Check]:
    """Letters spelled out, abbreviations left in Latin letters, an index called index twice, wrong expansions."""
    by_index = {sentence.segment.index: sentence for sentence in sentences}
    for sentence in sentences:
        text = sentence.segment.text
        for match in _SPELLED.finditer(text):
            yield _check(
                sentence, match.start(), match.end(), "abbreviation", "suspicious", 0.8, "spelled-letters",
                "a document number with its letters spelled in Devanagari; keep the Vietnamese sign or write it out",
            )  # fmt: skip
        for match in _INDEX_TWICE.finditer(text):
            yield _check(
                sentence,
                match.start(),
                match.end(),
                "abbreviation",
                "suspicious",
                0.7,
                "index-twice",
                "the abbreviation says index already",
            )
        run: list[tuple[int, int]] = []
        for match in _CAPITALS.finditer(text):
            if match.group() in _KNOWN_LATIN or not (match.group() in known or len(match.group()) >= 5):
                continue
            if run and re.fullmatch(r"[\s,&]{1,3}", text[run[-1][1] : match.start()]):
                run[-1] = (run[-1][0], match.end())
            else:
                run.append((match.start(), match.end()))
        for start, end in run:
            yield _check(
                sentence, start, end, "untranslated", "suspicious", 0.75, "latin-abbreviation",
                "a Vietnamese abbreviation left in Latin letters",
            )  # fmt: skip
        for word in _VIETNAMESE.finditer(text):
            yield _check(
                sentence,
                word.start(),
                word.end(),
                "untranslated",
                "suspicious",
                0.8,
                "vietnamese-word",
                "Vietnamese left in the Hindi text",
            )
    for one in renderings:
        if one.verdict in ("wrong", "suspicious") and any(reason.code == "abbreviation" for reason in one.reasons):
            sentence = by_index[one.index]
            detail = next(reason.detail for reason in one.reasons if reason.code == "abbreviation")
            yield _check(
                sentence,
                one.start,
                one.end,
                "abbreviation",
                "wrong",
                one.score,
                "wrong-expansion",
                detail,
                one.suggestion,
            )


def untranslated(sentences: Sequence[Sentence]) -> Iterator[Check]:
    """Sentences that are not Hindi at all."""
    for sentence in sentences:
        text = sentence.segment.text
        letters = sum(char.isalpha() for char in text)
        latin = len(regex.findall(r"\p{Latin}", text))
        if letters >= 20 and latin > 0.7 * letters and not text.startswith("http"):
            yield _check(
                sentence, 0, len(text), "untranslated", "wrong", 0.9, "not-hindi", "the sentence is not in Hindi"
            )


def repetitions(sentences: Sequence[Sentence]) -> Iterator[Check]:
    """A sentence twice in a row, or a stretch of words that repeats at once."""
    before = ""
    for sentence in sentences:
        text = sentence.segment.text
        if len(text) > 20 and text == before:
            yield _check(
                sentence,
                0,
                len(text),
                "repetition",
                "wrong",
                0.9,
                "sentence-twice",
                "the same sentence stands right before",
            )
        before = text
        parts = [word.text for word in sentence.words]
        at = 0
        while at < len(parts):
            for size in range(12, 2, -1):
                if parts[at : at + size] == parts[at + size : at + 2 * size] and len(parts) >= at + 2 * size:
                    begin, end = sentence.words[at + size].start, sentence.words[at + 2 * size - 1].end
                    yield _check(
                        sentence,
                        begin,
                        end,
                        "repetition",
                        "wrong",
                        0.85,
                        "words-twice",
                        "these words stand right before too",
                    )
                    at += 2 * size - 1
                    break
            at += 1


def omissions(
    sentences: Sequence[Sentence], alignments: Iterable[Alignment], originals: dict[int, str]
) -> Iterator[Check]:
    """Sentences of the original that nothing in the Hindi says; reported at the sentence before."""
    by_index = {sentence.segment.index: sentence for sentence in sentences}
    last = min(by_index, default=0)
    beads = [bead for bead in alignments if bead.engine == "original"]
    for bead in beads:
        if bead.hindi:
            last = max(bead.hindi)
            continue
        said = " ".join(originals.get(index, "") for index in bead.other).strip()
        if last in by_index and len(said) > 15:
            sentence = by_index[last]
            segment = sentence.segment
            yield Check(
                segment.document, segment.index, 0, len(segment.text), "", "omission", "omitted", "major", 0.7,
                (Reason("sentence-missing", f"after this sentence the original says: {said[:300]}"),),
            )  # fmt: skip


def check(
    sentences: Sequence[Sentence], alignments: Sequence[Alignment], renderings: Sequence[Rendering],
    known: frozenset[str] = frozenset(), originals: dict[int, str] | None = None,
) -> list[Check]:  # fmt: skip
    """All checks of one document. `known`: the termbase's abbreviations; `originals`: the original's sentences by index."""
    found: list[Check] = []
    for made in (
        numbers(sentences), names(sentences), admin_units(sentences, renderings), abbreviations(sentences, renderings, known),
        untranslated(sentences), repetitions(sentences), omissions(sentences, alignments, originals or {}),
    ):  # fmt: skip
        found += made
    return found
