"""Names of places and persons, and the administrative levels of places.

A name is a chain of words that the dictionary knows as names, or does not know at all, or that stand between a
title or another part of the name and the next one (बे साउ, though बे is "without").
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from align.alignment.surface import sound
from align.engines.gloss import Gloss, fold
from align.records import Reason, Rendering
from align.terms.findings import Check, flag

if TYPE_CHECKING:
    from align.terms.candidates import Sentence

_CLASSES = (("इईएऐयिीेैy", "I"), ("उऊओऔऑुूोौॉॆॊ", "U"), ("अआा", "A"))
_CLASS = {letter: name for letters, name in _CLASSES for letter in letters}
ADMIN = {
    "शहर": "city", "सिटी": "city", "नगर": "city", "कस्बा": "town", "कस्बे": "town", "क़स्बा": "town", "टाउन": "town",
    "टाउनशिप": "town", "कम्यून": "commune", "समुदाय": "community", "जिला": "district", "जिले": "district", "ज़िला": "district",
    "ज़िले": "district", "वार्ड": "ward", "प्रांत": "province", "गाँव": "village", "गांव": "village",
}  # fmt: skip
_TITLES = frozenset("श्री श्रीमती सुश्री कॉमरेड कामरेड".split())
_NOT_NAMES = frozenset("के का की को में से पर ने और एवं तथा व यह इस है हैं था थी थे लिए हो कर न".split()) | _TITLES
_MIDDLE = frozenset(("थी", "थि"))  # Thị, the middle name of most women; थी is "was" too
# The provincial and central cities (thành phố) of Vietnam before July 2025, when the level was given up but for six.
CITIES = frozenset(
    """ha noi|ho chi minh|hai phong|da nang|can tho|hue|an khe|bac giang|bac kan|bac lieu|bac ninh|ba ria|bao loc|ben cat|ben tre|
    bien hoa|buon ma thuot|cam pha|cam ranh|cao bang|cao lanh|ca mau|chau doc|chi linh|da lat|di an|dien bien phu|dong ha|
    dong hoi|dong trieu|dong xoai|ga cong|go cong|gia nghia|ha giang|ha long|ha tien|ha tinh|hai duong|hoa binh|hoi an|hong ngu|
    hung yen|kon tum|lai chau|lang son|lao cai|long khanh|long xuyen|mong cai|my tho|nam dinh|nga bay|nha trang|ninh binh|
    hoa lu|phan rang|phan rang thap cham|phan thiet|phu ly|phu my|phu quoc|pho yen|phuc yen|pleiku|quang ngai|quy nhon|rach gia|
    sa dec|sam son|soc trang|son la|song cong|son tay|tam diep|tam ky|tan an|tan uyen|tay ninh|thai binh|thai nguyen|
    thanh hoa|thu dau mot|thu duc|thuan an|thuy nguyen|tra vinh|tuyen quang|tuy hoa|uong bi|vi thanh|viet tri|vinh|vinh long|
    vinh yen|vung tau|yen bai""".replace("\n", "").replace("    ", "").split("|")
)  # fmt: skip
# The towns of district level (thị xã) of the years before, those that became cities in 2023 or later left out.
TOWNS = frozenset(
    """an khe|an nhon|ayun pa|ba don|binh long|binh minh|bim son|buon ho|cai lay|chon thanh|chu|cua lo|dien ban|dong hoa|duc pho|
    duy tien|duyen hai|gia rai|hoa thanh|hoai nhon|hoang mai|hong linh|huong thuy|huong tra|kien tuong|kim bang|kinh mon|ky anh|
    la gi|long my|moc chau|muong lay|my hao|nga nam|nghi son|nghia lo|ninh hoa|phong dien|phu tho|phuoc long|quang tri|quang yen|
    que vo|sa pa|song cau|tan chau|thai hoa|thuan thanh|tinh bien|trang bang|
    viet yen|vinh chau""".replace("\n", "").replace("    ", "").split("|")
)  # fmt: skip
_SYLLABLE = re.compile(r"(?:ngh?|nh|ph|th|tr|ch|kh|gi|gh|qu|[bcdghklmnprstvx])?[aeiouy]{1,3}(?:ng|nh|ch|[cmnpt])?")


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


def plain(text: str) -> str:
    """Latin letters without marks, small: Điện Bàn -> dien ban."""
    bare = "".join(char for char in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(char))
    return bare.replace("đ", "d")


# Abbreviations that Hindi newspapers write as they are.
INTERNATIONAL = frozenset(
    "VND USD GDP FDI WTO ASEAN COVID ISO UNESCO WHO ODA EU UN VNEID OCOP PC AI SMS QR GRDP HIV AIDS APEC CPTPP IUU".split()
)

_LETTERS = {
    "ए": "A", "बी": "B", "सी": "C", "डी": "D", "ई": "E", "एफ": "F", "जी": "G", "एच": "H", "आई": "I", "जे": "J", "के": "K", "एल": "L",
    "एम": "M", "एन": "N", "ओ": "O", "पी": "P", "क्यू": "Q", "आर": "R", "एस": "S", "टी": "T", "यू": "U", "वी": "V", "डब्ल्यू": "W", "डब्लू": "W",
    "एक्स": "X", "वाई": "Y", "जेड": "Z",
}  # fmt: skip
_ONE = "|".join(sorted(_LETTERS, key=len, reverse=True))
_SPELLED = re.compile(rf"(?<![\w\u0900-\u0963])(?:(?:{_ONE})[.‑-]?){{3,}}(?![\w\u0900-\u0963])")
_CAPITALS = re.compile(r"(?<![\w/&.–-])[A-ZĐƯƠ]{3,}(?![\w/–-])")


def spelled(text: str) -> list[tuple[int, int, str]]:
    """Three or more letters in a row, capitals or letter names in Devanagari: start, end and plain Latin letters."""
    made = [(*match.span(), plain(match.group()).upper()) for match in _CAPITALS.finditer(text)]
    for match in _SPELLED.finditer(text):
        said = "".join(_LETTERS[one] for one in re.findall(_ONE, match.group()))
        end = match.end() - (match.group()[-1] in ".‑-")
        made.append((match.start(), end, said))
    return sorted(made)


def _named(gloss: Gloss) -> bool:
    return gloss.is_name or gloss.found == "transliteration"


def chains(sentence: Sentence) -> list[bool]:
    """For each word of the sentence whether it is part of a name."""
    text, parts = sentence.segment.text, sentence.words
    known = [
        word.text not in _NOT_NAMES | _WHOLE
        and any(g.start <= word.start < g.end and _named(g) for g in sentence.glosses)
        for word in parts
    ]
    made = list(known)
    for at, word in enumerate(parts):
        if made[at] or not word.text[0].isalpha() or word.text in ADMIN or at == 0:
            continue
        near = text[parts[at - 1].end : word.start] == " "
        follows = at + 1 < len(parts) and text[word.end : parts[at + 1].start] == " "
        then = follows and (known[at + 1] or parts[at + 1].text in ADMIN)
        inside = made[at - 1] and (word.text in _MIDDLE or (then and word.text not in _NOT_NAMES))
        made[at] = near and (inside or (parts[at - 1].text in _TITLES and then and word.text not in _NOT_NAMES))
    return made


def names(sentences: Sequence[Sentence]) -> Iterator[Check]:
    """One place or person written in two ways: two words of which one is the same and one sounds alike."""
    seen: dict[tuple[str, str], list[tuple[Sentence, int, int, tuple[str, str], int]]] = {}
    for sentence in sentences:
        text, parts, part_of_name = sentence.segment.text, sentence.words, chains(sentence)
        for at, (first, second) in enumerate(pairwise(parts)):
            if (
                text[first.end : second.start] != " "
                or (first.text in _NOT_NAMES and not part_of_name[at])
                or first.text in ADMIN
                or second.text in ADMIN
            ):
                continue
            sure = part_of_name[at] + part_of_name[at + 1]
            spot = (sentence, first.start, second.end, (fold(first.text), fold(second.text)), sure)
            seen.setdefault((rough(first.text), rough(second.text)), []).append(spot)
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
            reason = Reason("name-differs", f"the same name is {said} elsewhere ({times} times)")
            yield flag(sentence.segment, (start, end), "entity", "suspicious", 0.8, reason, said)


def persons(sentences: Sequence[Sentence]) -> Iterator[Check]:
    """A name of three words or more that stands elsewhere with words that only sound alike.

    Two people may be Nguyễn Văn Hà and Nguyễn Văn Hải: where there is an original, it must have the same name in both places,
    and then the words may differ more and the name have two words.
    """
    seen: dict[tuple[str, ...], list[tuple[Sentence, int, int]]] = {}
    for sentence in sentences:
        parts = sentence.words
        phrases = [gloss for gloss in sentence.glosses if " " in gloss.text]  # युवा संघ, the Youth Union, is no person
        part_of_name = [
            named and not any(gloss.start <= word.start < gloss.end for gloss in phrases)
            for word, named in zip(parts, chains(sentence), strict=True)
        ]
        at = 0
        while at < len(parts):
            end = at
            while end < len(parts) and part_of_name[end] and (
                end == at or sentence.segment.text[parts[end - 1].end : parts[end].start] == " "
            ):  # fmt: skip
                end += 1
            if end - at >= (3 if sentence.original is None else 2):
                name = tuple(fold(word.text) for word in parts[at:end])
                seen.setdefault(name, []).append((sentence, parts[at].start, parts[end - 1].end))
            at = max(end, at + 1)
    order = sorted(seen, key=lambda name: (-len(seen[name]), seen[name][0][0].segment.index, seen[name][0][1]))
    for number, name in enumerate(order):
        for usual in order[:number]:
            if len(usual) != len(name):
                continue
            first = seen[usual][0]
            if not _alike(name, usual, first[0].original is not None):
                continue
            said = first[0].segment.text[first[1] : first[2]]
            for sentence, start, end in seen[name]:
                if _same_original(sentence, first[0], len(name)):
                    reason = Reason("name-differs", f"the same name is {said} elsewhere ({len(seen[usual])} times)")
                    yield flag(sentence.segment, (start, end), "entity", "suspicious", 0.7, reason, said)
            break


def _alike(name: Sequence[str], usual: Sequence[str], known: bool) -> bool:
    """Whether two spellings may be of one name; `known`: the original will tell."""
    differ = [_like(sound(one), sound(other)) for one, other in zip(name, usual, strict=True) if one != other]
    if known:
        return len(differ) < len(name) and min(differ) >= (0.4 if len(name) > 2 else 0.6)
    return (len(differ) <= 1 + (len(name) > 3) and min(differ) >= 0.6) or (
        len(differ) < len(name) and min(differ) >= 0.8
    )


def _same_original(one: Sentence, other: Sentence, size: int) -> bool:
    """Whether the originals of two sentences share a name of so many syllables; True where there is no original."""
    if one.original is None or other.original is None:
        return True
    return bool(_capitalised(one.original.text, size) & _capitalised(other.original.text, size))


def _capitalised(text: str, size: int) -> frozenset[tuple[str, ...]]:
    """The stretches of so many capitalised words."""
    runs = re.findall(r"[^\W\d_]+(?: [^\W\d_]+)*", text)
    made: set[tuple[str, ...]] = set()
    for run in runs:
        parts = run.split()
        made.update(
            tuple(parts[at : at + size]) for at in range(len(parts) - size + 1) if all(one[0].isupper() for one in parts[at : at + size])
        )  # fmt: skip
    return frozenset(made)


# What a level is called in Vietnamese.
_CALLED = {
    "town": r"thị xã|thị trấn|\btx\b|\btt\b", "commune": r"(?<!thị )\bxã\b(?! hội)", "community": r"cộng đồng",
    "city": r"thành phố|\btp\b|đô thị|đường phố", "ward": r"\bphường\b|\bp\.", "province": r"\btỉnh\b",
    "district": r"\bhuyện\b|\bquận\b|\bh\.", "village": r"\bthôn\b|\blàng\b|\bbản\b|\bấp\b|\bbuôn\b|\bxóm\b",
}  # fmt: skip


def _swapped(sentence: Sentence) -> Iterator[tuple[int, str, str]]:
    """Level words that nothing in the original calls for, where a level of the original is missing: word, level, level meant."""
    if sentence.original is None:
        return
    whole = sentence.original.text.lower()
    called = {level for level, pattern in _CALLED.items() if re.search(pattern, whole)}
    here = {at: level for at in range(len(sentence.words)) if (level := _level(sentence, at))}
    lost = [level for level in ("town", "commune") if level in called and level not in here.values()]
    added = [(at, level) for at, level in here.items() if level not in called and level in ("district", "community")]
    if len(lost) == 1 and len(added) == 1:
        yield (*added[0], lost[0])


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
    "thi-xa": "town", "thi-tran": "town", "xa": "commune", "phuong": "ward", "huyen": "district", "thanh-pho": "city",
}  # fmt: skip
_ORDINAL = re.compile(r"(?:\d+(?:/\d+)?|\S+(?:वाँ|वां|वें|वीं)|पहला|दूसरा|तीसरा|चौथा|प्रत्येक|पूरे|पूरा)$")
_WHOLE = frozenset("पूरे पूरा पूरी सारे समूचे संपूर्ण सम्पूर्ण".split())


def _level(sentence: Sentence, at: int) -> str | None:
    return ADMIN.get(sentence.words[at].text) or ADMIN.get(sentence.words[at].text.removesuffix("ों"))


def _name_before(sentence: Sentence, part_of_name: Sequence[bool], at: int) -> int:
    """Where the name that ends right before word `at` begins, the word's own start if there is none."""
    first = at
    while first > 0 and part_of_name[first - 1] and sentence.segment.text[
        sentence.words[first - 1].end : sentence.words[first].start
    ] == " " and at - first < 4:  # fmt: skip
        first -= 1
    return first


def _could_begin(sentence: Sentence, at: int) -> bool:
    """Whether word `at` may be the first of a name whose second one the dictionary knows."""
    text, parts = sentence.segment.text, sentence.words
    word, start = parts[at], at == 0 or text[parts[at - 1].end : parts[at].start] != " "
    near = text[word.end : parts[at + 1].start] == " " and word.text[0].isalpha()
    return near and word.text not in _NOT_NAMES | _WHOLE and (start or parts[at - 1].text in _NOT_NAMES)


def _is_city(sentence: Sentence, start: int, end: int) -> bool:
    """False only for a Vietnamese name of two syllables or more that no city of Vietnam bears."""
    words = sentence.segment.text[start:end].split()
    syllables = [part for said in _said(sentence, start, end) for part in said[0].replace("-", " ").split()]
    if len(words) < 2 or not syllables or not all(_SYLLABLE.fullmatch(one) for one in syllables):
        return True
    return _is_one_of(CITIES, sentence, start, end)


def _said(sentence: Sentence, start: int, end: int) -> list[list[str]]:
    """What the dictionary's names in the stretch are in Vietnamese, plain."""
    known = [g for g in sentence.glosses if g.start < end and start < g.end and g.is_name]
    return [[plain(said) for said in gloss.vietnamese] for gloss in known]


def _is_one_of(places: frozenset[str], sentence: Sentence, start: int, end: int) -> bool:
    said = _said(sentence, start, end)
    syllables = [part for one in said for part in one[0].replace("-", " ").split()]
    if any(name in places for one in said for name in one) or " ".join(syllables) in places:
        return True
    words = sentence.segment.text[start:end].split()
    return any(_same_place(words[at:], place.split()) for place in places for at in range(len(words)))


def level_names(sentence: Sentence) -> dict[int, tuple[str, str]]:
    """For each level word with a Vietnamese name before it, by the word's offset: the name's sound, and what the gazetteer
    says of a place called a city: `town` (a thị xã has this name and no city), `neither` or ''."""
    part_of_name = chains(sentence)
    made: dict[int, tuple[str, str]] = {}
    for at, word in enumerate(sentence.words):
        level = _level(sentence, at)
        if level is None or at == 0:
            continue
        first = _name_before(sentence, part_of_name, at)
        if level == "city" and at - first == 1 and first > 0 and _could_begin(sentence, first - 1):
            first -= 1  # काय डुओंग शहर, where काय is also a word
        if first == at:
            continue
        start, end = sentence.words[first].start, sentence.words[at - 1].end
        sound_of = " ".join(rough(part) for part in sentence.segment.text[start:end].split())
        said = ""
        if level == "city" and at - first > 1 and not _is_city(sentence, start, end):
            said = "town" if _is_one_of(TOWNS, sentence, start, end) else "neither"
        made[word.start] = (sound_of, said)
    return made


def _same_place(hindi: Sequence[str], city: Sequence[str]) -> bool:
    heard, wanted = [sound(one) for one in hindi], [sound(one) for one in city]
    if len(heard) == len(wanted):
        if any(one[:1] != other[:1] for one, other in zip(heard, wanted, strict=True)):
            return False
        return sum(map(_like, heard, wanted)) / len(heard) >= 0.7
    return _like("".join(heard), "".join(wanted)) >= 0.85


def _like(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def admin_units(sentences: Sequence[Sentence], renderings: Sequence[Rendering]) -> Iterator[Check]:
    """One place at two levels (thị xã as शहर and कस्बा), a level that the original does not have, xã as a community."""
    done: set[tuple[int, int]] = set()
    found: list[Check] = []
    named: dict[str, list[tuple[Sentence, int, int, str]]] = {}
    wholes: list[tuple[Sentence, int, int]] = []
    cities: list[tuple[Sentence, int, int, int]] = []

    def add(sentence: Sentence, start: int, end: int, detail: str, right: str, score: float, code: str) -> None:
        if not any(index == sentence.segment.index and abs(place - end) < 4 for index, place in done):
            done.add((sentence.segment.index, end))
            found.append(
                flag(sentence.segment, (start, end), "admin-unit", "wrong", score, Reason(code, detail), right)
            )

    for sentence in sentences:
        part_of_name = chains(sentence)
        for at, there, meant in _swapped(sentence):
            word, start = sentence.words[at], sentence.words[_name_before(sentence, part_of_name, at)].start
            add(
                sentence,
                start,
                word.end,
                f"the original has a {meant} here, and no {there}",
                _RIGHT[meant],
                0.8,
                "level-differs",
            )
        for at, word in enumerate(sentence.words):
            level = _level(sentence, at)
            if level is None:
                continue
            before = sentence.words[at - 1] if at else None
            first = _name_before(sentence, part_of_name, at)
            is_name, start = first < at, sentence.words[first].start
            counted = before is not None and _ORDINAL.fullmatch(before.text) is not None
            if is_name and before is not None:
                sound = " ".join(rough(part) for part in sentence.segment.text[start : before.end].split())
                named.setdefault(sound, []).append((sentence, start, word.end, level))
            elif level == "city" and before is not None and before.text in _WHOLE:
                wholes.append((sentence, before.start, word.end))
            if level == "city" and first > 0 and at - first == 1 and _could_begin(sentence, first - 1):
                first -= 1  # as in level_names
            if level == "city" and at - first > 1 and sentence.original is None:
                cities.append((sentence, sentence.words[first].start, sentence.words[at - 1].end, word.end))
            if level == "community" and (
                at - first > 1 or (counted and before is not None and before.text[0] not in "पत")
            ):
                begin = start if at - first > 1 or before is None else before.start
                add(
                    sentence,
                    begin,
                    word.end,
                    "a commune (xã) named as a community",
                    "कम्यून",
                    0.85,
                    "commune-as-community",
                )
            if sentence.original is not None and level == "city":
                said = sentence.original.at(word.start, word.end, sentence.words)
                source = sentence.original.text[max(0, said.start - 9) : said.end + 9].lower()
                wanted = _LEVELS.get(next((name for name in ("thị xã", "thị trấn") if name in source), ""))
                whole = sentence.original.text.lower().replace(".", " ")
                if wanted and not re.search(r"thành phố|\btp\b|đô thị|đường phố", whole):
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
                detail = f"the same place is a {others[0]} elsewhere in the article"
                add(sentence, start, end, detail, _RIGHT[others[0]], 0.85, "two-levels")
    everywhere = Counter(level for places in named.values() for *_, level in places)
    for sentence, start, end in wholes:
        if everywhere["town"] and not everywhere["city"] and sentence.original is None:
            detail = "the whole city, but every place that the article names is a town or smaller"
            add(sentence, start, end, detail, _RIGHT["town"], 0.7, "two-levels")
    for sentence, start, name_end, end in cities:
        if not _is_city(sentence, start, name_end):
            detail = "no city of Vietnam has this name; perhaps a town (thị xã, thị trấn) is meant"
            add(sentence, start, end, detail, _RIGHT["town"], 0.65, "no-such-city")
    by_index = {sentence.segment.index: sentence for sentence in sentences}
    for one in renderings:
        if one.concept in _ADMIN_CONCEPTS and one.verdict in ("wrong", "suspicious") and one.index in by_index:
            right = _RIGHT[_ADMIN_CONCEPTS[one.concept]]
            if set(one.hindi.split()) & {*ADMIN, "समुदायों", "शहरों"}:
                detail = f"an administrative level: {right} is meant"
                add(by_index[one.index], one.start, one.end, detail, right, one.score, "level-differs")
    yield from found
