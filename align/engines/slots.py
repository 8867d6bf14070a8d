"""Slots: marks that stand for names and numbers while the bundled model translates.

A name or a number has one right form in the target language, and the lexicon knows it. So the model does not
spell it: the source holds a mark (`❶` a name, `⓵` a number), the model puts the mark where it belongs, and the
form is filled in afterwards. What is lost can then be seen, counted and flagged, which no look at free text can
promise.

    क्वांग निन्ह में 3 करोड़ 50 लाख लोग -> ❶ में ⓵ लोग people -> ⓵ people in ❶ -> 35 million people in Quảng Ninh

A name gets a slot when English writes it as Vietnamese does but for the marks; India/Ấn Độ and organisations are
words that are translated.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from align.engines.gloss import Found, Gloss, Lexicon, annotate, lookup, normalise, plain_latin

NAME_MARKS = "❶❷❸❹❺❻❼❽❾❿⓫⓬"
NUMBER_MARKS = "⓵⓶⓷⓸⓹⓺⓻⓼⓽⓾"
MARKS = NAME_MARKS + NUMBER_MARKS
"""Every mark is one piece of the bundled tokenizer, with a space before it."""

_MARK = re.compile(f"[{MARKS}]")


@dataclass(frozen=True, slots=True)
class Slotted:
    """A source with marks, what each mark stands for in the target language, and (training) the target."""

    source: str
    fills: Mapping[str, str] = field(default_factory=dict)
    target: str = ""


def is_proper(gloss: Gloss) -> bool:
    """A name that English writes as Vietnamese does, but for the marks: Quang Ninh/Quảng Ninh."""
    return gloss.is_name and plain_latin(gloss.vietnamese[0]).lower() == gloss.english[0].lower()


def join_forms(glosses: Sequence[Gloss], text: str) -> list[Gloss]:
    """Merge what is one form: names side by side, the signs of a document, ranges, full dates.

    `बुई थी मिन्ह गुयेत` are four words, the last in no list, and one person; one unknown word is allowed. A name of one
    short word that is also an ordinary word (आन is An and honour) is a name only beside another. `20-एनक्यू/टीयू` is
    20-NQ/TU, `2021-2025` one number, `30 जून, 2024` is June 30, 2024 or 30/6/2024.
    """
    result: list[Gloss] = []
    at = 0
    while at < len(glosses):
        merged, used = _signs(glosses, at) or _date(glosses, text, at) or _names(glosses, text, at)
        result.append(merged)
        at += used
    return result


def _merged(run: Sequence[Gloss], text: str, between: str, found: Found) -> tuple[Gloss, int]:
    start, end = run[0].start, run[-1].end
    english, vietnamese = (between.join(one.alternatives(code)[0] for one in run) for code in ("en", "vi"))
    return Gloss(text[start:end], start, end, (english,), (vietnamese,), found), len(run)


def _names(glosses: Sequence[Gloss], text: str, at: int) -> tuple[Gloss, int]:
    run = [glosses[at]]
    if is_proper(run[0]):
        for after in glosses[at + 1 :]:
            spare = after.found == "transliteration" and all(one.found != "transliteration" for one in run)
            if text[run[-1].end : after.start] != " " or not (is_proper(after) or spare):
                break
            run.append(after)
    return _merged(run, text, " ", "phrase") if len(run) > 1 else (run[0], 1)


def _signs(glosses: Sequence[Gloss], at: int) -> tuple[Gloss, int] | None:
    """A number with what hangs on it by - or / and without a blank: 2021-2025, 20-NQ/TU."""
    if glosses[at].found != "number":
        return None
    run = [glosses[at]]
    for sign, part in zip(glosses[at + 1 :: 2], glosses[at + 2 :: 2], strict=False):
        joined = run[-1].end == sign.start and sign.end == part.start and sign.text in "-–/"
        if not joined or not (
            part.found == "number" or is_proper(part) or (part.text.isascii() and part.text.isupper())
        ):
            break
        run += [sign, part]
    if len(run) == 1:
        return None
    said = {code: "".join(one.alternatives(code)[0] for one in run) for code in ("en", "vi")}
    found: Found = "number"
    text = "".join(one.text for one in run)
    return Gloss(text, run[0].start, run[-1].end, (said["en"],), (said["vi"],), found), len(run)


_MONTHS = (
    "January February March April May June July August September October November December".split()
)  # fmt: skip


def _date(glosses: Sequence[Gloss], text: str, at: int) -> tuple[Gloss, int] | None:
    """A day, a month's name and a year, with or without a comma."""
    run = [glosses[at], *(one for one in glosses[at + 1 : at + 4] if one.text != ",")][:3]
    if len(run) < 3 or not re.fullmatch(r"[0-3]?\d", run[0].text) or not re.fullmatch(r"\d{4}", run[2].text):
        return None
    month = next((form for form in run[1].english if form in _MONTHS), None)
    if month is None or not re.fullmatch(r" [^ ,]+,? ", text[run[0].end : run[2].start]):
        return None
    day, year = int(run[0].text), run[2].text
    used = next(size for size in (3, 4) if glosses[at + size - 1] is run[2])
    start, end = run[0].start, run[2].end
    number = _MONTHS.index(month) + 1
    made = Gloss(
        text[start:end], start, end, (f"{month} {day}, {year}",), (f"{day}/{number}/{year}",), "number"
    )  # fmt: skip
    return made, used


def _certain(gloss: Gloss) -> bool:
    """No reading of it is an ordinary word."""
    return all(form[:1].isupper() for form in (*gloss.english, *gloss.vietnamese))


def _occurrences(form: str, target: str) -> list[tuple[int, int]]:
    """Where `form` stands in `target`, whatever marks its letters carry."""
    bare = plain_latin(target)
    if len(bare) != len(target):
        return []
    pattern = rf"(?<!\w)(?<!\d[.,/:]){re.escape(plain_latin(form))}(?!\w|[.,/:]\d)"
    return [match.span() for match in re.finditer(pattern, bare)]


def slotted(
    text: str, language: str, lexicon: Lexicon, rng: Random | None = None, target: str = "", *, skip: float = 0.05,
    drop: float = 0.15,
) -> Slotted:  # fmt: skip
    """Annotate `text` (see :func:`align.engines.gloss.annotate`) with marks for names and numbers.

    With `rng` (training) a form gets marks only if `target` has it as often as `text` has, and then `target`
    carries the same marks; now and then (`skip`) a form is left as text, and the marks are drawn at random, so
    that each is learned. Without, every name and number gets one, as far as the marks last.
    """
    text = normalise(text)
    glosses = join_forms(lookup(text, lexicon), text)
    wanted = [
        at for at, gloss in enumerate(glosses)
        if (gloss.found == "number" and not text[gloss.start - 1 : gloss.start].isalpha())  # m2 is a word
        or (is_proper(gloss) and (rng is not None or _certain(gloss)))
    ]  # fmt: skip
    forms = {at: glosses[at].alternatives(language)[0] for at in wanted}
    places: dict[int, tuple[int, int]] = {}
    if rng is not None:
        counts = Counter(forms.values())
        for form, count in counts.items():
            spans = [] if rng.random() < skip else _occurrences(form, target)
            own = [at for at in wanted if forms[at] == form]
            if len(spans) == count and not any(
                start < end_ and start_ < end for start, end in spans for start_, end_ in places.values()
            ):
                places.update(zip(own, spans, strict=True))
        wanted = [at for at in wanted if at in places]
    marks: dict[int, str] = {}
    for kind in (NAME_MARKS, NUMBER_MARKS):
        own = [at for at in wanted if (glosses[at].found == "number") == (kind is NUMBER_MARKS)][: len(kind)]
        drawn = sorted(rng.sample(range(len(kind)), len(own))) if rng and rng.random() < 0.4 else range(len(own))
        marks.update((at, kind[index]) for at, index in zip(own, drawn, strict=True))
    for at in sorted((at for at in marks if at in places), key=lambda at: -places[at][0]):
        start, end = places[at]
        target = f"{target[:start]}{marks[at]}{target[end:]}"
    source = annotate(text, language, lexicon, rng, glosses=glosses, marks=marks, drop=drop)
    return Slotted(_spaced(source), {mark: forms[at] for at, mark in marks.items()}, _spaced(target))


def _spaced(text: str) -> str:
    return re.sub(rf"(?<=\S)(?=[{MARKS}])", " ", text)


def fill(text: str, fills: Mapping[str, str]) -> tuple[str, list[str]]:
    """`text` with the marks replaced, and the forms that did not come back exactly once.

    A mark that the source did not have is taken out.
    """
    counts = Counter(_MARK.findall(text))
    text = re.sub(rf"(?:(?<=[(\[“‘«])|(?<=\S[-–—/])|(?<=(?<!\S)[\"'])) (?=[{MARKS}])", "", text)
    text = _MARK.sub(lambda match: fills.get(match.group(), ""), text)
    return " ".join(text.split()), [form for mark, form in fills.items() if counts[mark] != 1]


def faults(text: str, fills: Mapping[str, str]) -> int:
    """How many marks are missing, doubled or invented in the unfilled translation `text`."""
    counts = Counter(_MARK.findall(text))
    return sum(abs(counts[mark] - (mark in fills)) for mark in {*counts, *fills})


def mended_beginning(text: str, piece: Slotted) -> str:
    """`text` up to the first mark that comes a second time or from nowhere, with a missing one in its place.

    The missing one is of the same kind; the next in the source is preferred. Empty if there is nothing to mend.
    """
    order: list[str] = _MARK.findall(piece.source)
    counts = Counter(_MARK.findall(text))
    seen: set[str] = set()
    for match in _MARK.finditer(text):
        mark = match.group()
        if mark in piece.fills and mark not in seen:
            seen.add(mark)
            continue
        kind = NAME_MARKS if mark in NAME_MARKS else NUMBER_MARKS
        missing = [other for other in order if other in kind and not counts[other]]
        if missing:
            after = order.index(mark) if mark in order else -1
            best = next((other for other in missing if order.index(other) > after), missing[0])
            return f"{text[: match.start()]}{best}"
    return ""
