"""Numbers, magnitudes, units, dates and shares: against the original, the back-translations and one another."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from align.records import Kind, Reason
from align.terms.candidates import Sentence, Text
from align.terms.findings import Check, flag
from align.terms.matching import key

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
# What a unit counts, whatever the language writes: a hectare is no square metre.
UNITS = {
    "đồng": ("VND", "वीएनडी", "डोंग", "दोंग", "डॉन्ग", "đồng", "dong"), "dollar": ("USD", "डॉलर", "đô la", "dollars"),
    "%": ("%", "प्रतिशत", "phần trăm", "percent"), "hectare": ("हेक्टेयर", "ha", "hectares"),
    "kilometre": ("किलोमीटर", "किमी", "कि.मी.", "km", "kilometers", "kilometres"),
    "acre": ("एकड़", "एकड", "mẫu Anh", "acres"), "nautical mile": ("समुद्री मील", "नॉटिकल मील", "hải lý", "nautical miles"),
    "mile": ("मील", "dặm", "miles"), "square kilometre": ("वर्ग किलोमीटर", "वर्ग किमी", "किमी²", "km2", "km²", "square kilometers"),
    "centimetre": ("सेंटीमीटर", "सेमी", "cm", "centimeters"),
    "square metre": ("वर्ग मीटर", "m2", "m²", "mét vuông", "square meters"), "metre": ("मीटर", "m", "mét", "meters"),
    "tonne": ("टन", "tấn", "tonnes", "tons"), "quintal": ("क्विंटल", "tạ", "quintals"), "kilogram": ("किलोग्राम", "किलो", "kg"),
}  # fmt: skip
_UNIT_OF = {written: unit for unit, forms in UNITS.items() for written in forms}
_UNIT = re.compile(
    r"[\s-]*(?:से अधिक\s+)?("
    + "|".join(map(re.escape, sorted(_UNIT_OF, key=len, reverse=True)))
    + r")(?![^\W\d_])(?!\s+chí)"
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("जनवरी", "फरवरी फ़रवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर सितम्बर", "अक्टूबर अक्तूबर", "नवंबर नवम्बर", "दिसंबर दिसम्बर"), 1
    )
    for name in names.split()
}  # fmt: skip
_DATES = {
    "hi": re.compile(rf"(?<![\d/])(\d{{1,2}})\s+({'|'.join(_MONTHS)})|(?<![\d/.])(\d{{1,2}})/(\d{{1,2}})/\d{{4}}"),
    "vi": re.compile(
        r"(?:ngày|sáng|chiều|tối|từ|đến)\s+(\d{1,2})(?:\s+tháng\s+|[/-])(\d{1,2})(?![\d])|(?<![\d/.])(\d{1,2})[/-](\d{1,2})[/-]\d{4}",
        re.IGNORECASE,
    ),
}  # fmt: skip
_ENGLISH = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)")
_SHARE = re.compile(r"(?<![\d/.,-])(\d{1,3})/(\d{1,3})(?![\d/])")
_EACH = frozenset(("प्रत्येक", "हर", "प्रति"))
_PRICE = frozenset("मूल्य कीमत लागत दाम".split())
# What a day of unskilled labour has been worth in Vietnam, with room on both sides.
_DAY = (2e4, 5e6)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with the magnitude word behind it; `end` is where the unit ends, `unit` a key of UNITS or ''."""

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
    found: list[Quantity] = []
    for match in _QUANTITY[language].finditer(text.translate(_DIGITS)):
        value = _value(match.group(1), language)
        if value is None:
            continue
        scale = match.group(2) or ""
        unit = _UNIT.match(text, match.end())
        digits = re.sub(r"\D", "", match.group(1))
        start, end, size = match.start(), unit.end() if unit else match.end(), SCALES[language].get(scale, 1.0)
        value *= size
        before = found[-1] if found else None
        if (
            before
            and before.scale
            and not before.unit
            and SCALES[language][before.scale] > size > 1
            and text[before.end : start] == " "
        ):
            found.pop()  # 21 करोड़ 40 लाख, 1 tỷ 240 triệu: one amount
            start, value, digits = before.start, before.value + value, before.digits + digits
        found.append(Quantity(start, end, value, digits, scale, _UNIT_OF[unit.group(1)] if unit else ""))
    return found


def _size(one: Quantity) -> float | None:
    return round(math.log10(one.value), 6) if one.value else None


def _open(here: Sequence[Quantity], there: Sequence[Quantity]) -> tuple[list[Quantity], list[Quantity]]:
    """The quantities of each side whose value the other side lacks."""
    values = Counter(map(_size, there))
    left = []
    for one in here:
        if values[_size(one)]:
            values[_size(one)] -= 1
        else:
            left.append(one)
    right = []
    for other in there:
        if values[_size(other)]:
            values[_size(other)] -= 1
            right.append(other)
    return left, right


def numbers(sentences: Sequence[Sentence]) -> Iterator[Check]:
    """Numbers, magnitudes and units against the original; without one, amounts that cannot be meant."""
    for sentence in sentences:
        yield from _impossible(sentence) if sentence.original is None else _beside(sentence, sentence.original)
    if all(sentence.original is None for sentence in sentences):
        yield from _sums(sentences)
        for sentence in sentences:
            yield from _came_back(sentence)


def _beside(sentence: Sentence, original: Text) -> Iterator[Check]:
    here = quantities(sentence.segment.text, "hi")
    there = quantities(original.text, original.language)
    left, right = _open(here, there)
    for one in left:
        match = next((other for other in right if _tenfold(one.value, other.value)), None)
        alone = len(left) == len(right) == 1 and one.value and right[0].value
        plain = not (one.unit or one.scale)
        if match is None and alone and plain == (not (right[0].unit or right[0].scale)):
            # Of bare numbers only those of one length: 286 for 268, not 12 (matches) beside 8 (points).
            match = right[0] if not plain or len(one.digits) == len(right[0].digits) else None
        if match is None:
            continue
        right.remove(match)
        said = original.text[match.start : match.end].strip()
        if original.language == "vi" and one.digits == match.digits and _ENGLISH.match(said):
            continue  # 10,000 in a Vietnamese text may be written the English way
        times = f", {one.value / match.value:g} times as much" if _tenfold(one.value, match.value) else ""
        wrong_word = bool(one.scale) and one.digits == match.digits and one.scale in ("मिलियन", "बिलियन")
        kind: Kind = "unit" if wrong_word else "number"
        reason = Reason("number-differs", f"the original has {said!r}{times}")
        yield flag(sentence.segment, (one.start, one.end), kind, "wrong", 0.95, reason, hindi_amount(match.value))
    units = {_size(one): one for one in there if one.unit}
    for one in here:
        other = units.get(_size(one))
        if other and one.unit and one.unit != other.unit and one not in left:
            reason = Reason(
                "unit-differs", f"the original has {original.text[other.start : other.end].strip()!r}: {other.unit}"
            )
            yield flag(sentence.segment, (one.start, one.end), "unit", "wrong", 0.85, reason)
    if original.language == "vi":
        yield from _differ(
            sentence, original, "date-differs", _dates(sentence.segment.text, "hi"), _dates(original.text, "vi")
        )
    shares = _shares(sentence.segment.text), _shares(original.text)
    yield from _differ(sentence, original, "share-differs", *shares)


Places = dict[tuple[int, int], tuple[int, int]]


def _dates(text: str, language: str) -> Places:
    """(day, month) and where it stands; a date that stands twice counts once."""
    found: Places = {}
    for match in _DATES[language].finditer(text.translate(_DIGITS)):
        day, month = (part for part in match.groups() if part)
        found.setdefault((int(day), _MONTHS[month] if month in _MONTHS else int(month)), match.span())
    return found


def _shares(text: str) -> Places:
    """12/15 and where it stands; what is a date or a document's number is none."""
    dates = [span for language in _DATES for span in _dates(text, language).values()]
    return {
        (int(match.group(1)), int(match.group(2))): match.span()
        for match in _SHARE.finditer(text.translate(_DIGITS))
        if not any(start < match.end() and match.start() < end for start, end in dates)
    }


def _differ(sentence: Sentence, original: Text, code: str, here: Places, there: Places) -> Iterator[Check]:
    left, right = [one for one in here if one not in there], [one for one in there if one not in here]
    if len(left) == len(right) == 1:
        start, end = there[right[0]]
        reason = Reason(code, f"the original has {original.text[start:end]!r}")
        yield flag(sentence.segment, here[left[0]], "number", "wrong", 0.9, reason)


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


# Without an original


def _impossible(sentence: Sentence) -> Iterator[Check]:
    """A thousand million, a part larger than the whole, a day's work worth a bowl of soup."""
    text = sentence.segment.text
    here = quantities(text, "hi")
    for one in here:
        if one.scale in ("मिलियन", "हजार", "हज़ार") and one.value / SCALES["hi"][one.scale] >= 1000:
            reason = Reason(
                "implausible-magnitude",
                f"a thousand or more {one.scale}; perhaps the next magnitude is meant (tỷ is a billion, triệu a million)",
            )
            yield flag(sentence.segment, (one.start, one.end), "unit", "suspicious", 0.6, reason)
    for (part, whole), span in _shares(text).items():
        counted = re.match(r"\s+(कम्यून|गाँव|गांव|वार्ड|जिल|ज़िल|कस्ब|शहर|परिवार|मानदंड|शाखा|संघ|लक्ष्य)", text[span[1] :])
        if part > whole > 0 and counted:
            reason = Reason("part-exceeds-whole", f"{part} of {whole} {counted.group(1)}: more than all of them")
            yield flag(sentence.segment, span, "number", "suspicious", 0.7, reason)
    days = next(
        (one for one in here if re.match(r"(?:\s+से अधिक)?\s+(?:कार्य[- ]?दिव|श्रम[- ]?दिव|कार्यदिव)", text[one.end :])),
        None,
    )
    for one in here:
        if days and days.value and one.unit == "đồng" and re.search(r"मूल्य|बराबर|कीमत", text):
            worth = one.value / days.value
            if not _DAY[0] <= worth <= _DAY[1] and (one.start > days.end or worth < _DAY[0]):
                reason = Reason(
                    "implausible-price",
                    f"{text[days.start : days.end]} days of work would be worth {worth:,.0f} đồng each",
                )
                yield flag(sentence.segment, (one.start, one.end), "number", "suspicious", 0.6, reason)


def _sums(sentences: Sequence[Sentence]) -> Iterator[Check]:
    """A price for each that, times their number, is a hundred times the largest sum of the article."""
    money = [
        (sentence, one) for sentence in sentences for one in quantities(sentence.segment.text, "hi") if one.unit == "đồng"
    ]  # fmt: skip
    for sentence, one in money:
        others = [other.value for where, other in money if other.value != one.value or where is not sentence]
        before = [word.text for word in sentence.words if word.end <= one.start]
        at = max((number for number, word in enumerate(before) if word in _EACH), default=-1)
        price = any(word in _PRICE for word in before[max(at, 0) :])
        if not others or at < 0 or at + 1 >= len(before) or len(before) - at > 6 or not price:
            continue
        noun = key(before[at + 1])
        counts = [
            count.value
            for other in sentences
            for count in quantities(other.segment.text, "hi")
            if not count.unit and _next(other, count.end) == noun
        ]
        if counts and max(counts) * one.value >= 100 * max(others):
            reason = Reason(
                "implausible-sum",
                f"{max(counts):g} of them at this price make {hindi_amount(max(counts) * one.value)}; "
                f"the largest other sum of the article is {hindi_amount(max(others))}",
            )
            yield flag(sentence.segment, (one.start, one.end), "number", "suspicious", 0.7, reason)


def _came_back(sentence: Sentence) -> Iterator[Check]:
    """An amount that came back in both languages as the same other amount, by tens, hundreds or thousands."""
    here = quantities(sentence.segment.text, "hi")
    said = {text.language: quantities(text.text, text.language) for text in sentence.backs}
    if not here or set(said) != {"en", "vi"}:
        return
    lost = [_open(here, said[language]) for language in ("en", "vi")]
    for one in lost[0][0]:
        read = [next((other.value for other in right if _tenfold(one.value, other.value)), None) for _, right in lost]
        if one in lost[1][0] and read[0] is not None and read[0] == read[1]:
            reason = Reason(
                "number-read-otherwise", f"it came back in English and in Vietnamese as {hindi_amount(read[0])}"
            )
            yield flag(sentence.segment, (one.start, one.end), "number", "suspicious", 0.6, reason)


def _next(sentence: Sentence, at: int) -> str:
    return next((key(word.text) for word in sentence.words if word.start >= at), "")
