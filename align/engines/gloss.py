"""Dictionary glosses of Hindi text: what each word says, in English and in Vietnamese.

Three readers use this module. The report shows a word-for-word line under a finding, because a reader
without Hindi can check a lookup and cannot check a neural network. The term stage counts a gloss as
evidence. And the bundled model reads Hindi *annotated* with glosses of the language it is to write, so
that translating small, unseen vocabulary becomes choosing and ordering instead of remembering
(:func:`annotate`); names come out of a gazetteer with their diacritics and numbers are copied.

Everything here is a pure function of the text and a :class:`Lexicon`; nothing heavier than the standard
library is imported. Words are looked up exactly, then folded (nukta, chandrabindu, homorganic nasals and
joiners are written inconsistently in real Hindi), then as an inflection of a listed word, then as two
listed words written together; what is left is transliterated.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

Found = Literal["entry", "inflection", "phrase", "transliteration", "number", "plain"]
Target = Literal["en", "vi"]

MAX_PHRASE = 5
"""Words in the longest phrase that is tried. Longer entries are ignored."""

_TOKEN = re.compile(
    r"[0-9०-९]+(?:[.,/:][0-9०-९]+)*%?"  # numbers, dates, shares
    r"|[\u0900-\u0963\u0970-\u097f\u200c\u200d]+"  # a Devanagari word, joiners inside
    r"|[^\W\d_\u0900-\u097f]+(?:['’][^\W\d_\u0900-\u097f]+)*"  # a word in another script
    r"|\S"
)
_DEVANAGARI = re.compile(r"[\u0904-\u0939\u0958-\u0961\u0972-\u097f]")
_DIGITS = str.maketrans("०१२३४५६७८९", "0123456789")


def _words(text: str) -> list[str]:
    return text.split()


_SCALES: Mapping[str, float] = {
    "हजार": 1e3, "लाख": 1e5, "मिलियन": 1e6, "करोड": 1e7, "अरब": 1e9, "बिलियन": 1e9,
    "खरब": 1e11, "ट्रिलियन": 1e12,
}  # fmt: skip

# Words of the closed classes. They carry the syntax, a model learns them from the Hindi itself, and their
# glosses ("of", "in") only make the source longer. `word_for_word` shows them all the same.
_FUNCTION = frozenset(
    _words("""
    के में की और से ने को है का पर हैं लिए किया कि एक यह इस भी ही तो हो थे था थी थीं हुई हुए हुआ गया गए
    गई गये गयी करने करना करते करता करती करके कर करें करेगा करेंगे होने होना होता होती होते होगा होगी
    होंगे जा जाता जाती जाते जाना जाने जाए जाएगा जाएगी जाएँ जाएं रहा रही रहे रहना दिया दी दिए देना देने
    देता देते लिया ली लेना लेने लेकर वाला वाली वाले वालों जो उस उन इन जिस जिन जिसमें जिसने जिसका जिसकी
    जिसके जिनमें इसके इसकी इसका उसके उसकी उसका उनके उनकी उनका इनके वह वे ये उन्हें उसे इसे उन्होंने उसने
    इसने या न अपने अपनी अपना तक साथ बाद द्वारा तथा एवं जैसे जैसा ऐसे ऐसा ऐसी कोई कुछ हम मैं आप मेरे मेरा
    मेरी हमारे हमारी हमारा तब जब यदि अगर सकता सकते सकती सके सकें चाहिए हूँ हूं इससे उससे जिससे इसमें
    उसमें बनाया बन
""")
)


@dataclass(frozen=True, slots=True)
class Gloss:
    """One span of Hindi text and what it says.

    `start` and `end` are code point offsets into the text that was looked up; `found` says how:
    `entry` (listed as written), `phrase` (listed, several words), `inflection` (a form of a listed word or
    two listed words written together), `number`, `transliteration` (not found), `plain` (punctuation and
    words that are not in Devanagari, passed through).
    """

    text: str
    start: int
    end: int
    english: tuple[str, ...]
    vietnamese: tuple[str, ...]
    found: Found

    def alternatives(self, language: str) -> tuple[str, ...]:
        """The glosses in `language` (`en` or `vi`)."""
        return self.vietnamese if language == "vi" else self.english

    @property
    def is_name(self) -> bool:
        """A proper name, judged by its glosses: both languages write it with a capital."""
        return (
            self.found in ("entry", "phrase", "inflection")
            and bool(self.english and self.vietnamese)
            and self.english[0][:1].isupper()
            and self.vietnamese[0][:1].isupper()
            and not self.vietnamese[0].startswith("Đảng")
        )


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int

    @property
    def hindi(self) -> bool:
        return bool(_DEVANAGARI.search(self.text))


def normalise(text: str) -> str:
    """NFC without joiners; Devanagari digits as ASCII. Keeps everything that a reader sees."""
    return unicodedata.normalize("NFC", text).replace("\u200c", "").replace("\u200d", "").translate(_DIGITS)


_NASALS = tuple(
    (re.compile(f"{nasal}्(?=[{stops}])"), "ं")
    for nasal, stops in zip("ङञणनम", ("कखगघ", "चछजझ", "टठडढ", "तथदध", "पफबभ"), strict=True)
)


@functools.lru_cache(maxsize=200_000)
def fold(word: str) -> str:
    """A key under which spellings of one Hindi word meet.

    Nukta and chandrabindu are written or left out at will (ज़िला/जिला, गाँव/गांव), a nasal before its own
    class is a letter or a dot (हिन्दी/हिंदी), and glides come and go (गये/गए, लिये/लिए).
    """
    word = unicodedata.normalize("NFD", word).replace("\u093c", "").replace("ँ", "ं")
    word = word.replace("\u200c", "").replace("\u200d", "").replace("ॅ", "े").replace("ॉ", "ा")
    for pattern, replacement in _NASALS:
        word = pattern.sub(replacement, word)
    if word.endswith("ये"):
        word = word[:-2] + "ए"
    elif word.endswith("यी"):
        word = word[:-2] + "ई"
    return word


# Ending:what may stand there in the listed form, longest ending first, `-` for nothing: oblique and plural
# nouns, feminine and oblique adjectives, then verb endings (to the infinitive, the perfective, the stem).
_ENDINGS: tuple[tuple[str, tuple[str, ...]], ...] = tuple(
    (ending.replace("-", ""), tuple(head.replace("-", "") for head in heads.split(",")))
    for ending, _, heads in (
        row.partition(":")
        for row in _words("""
    पूर्वक:-,ता ाइयों:ाई ाइयां:ाई ाएंगे:ाना,ना पूर्ण:-,ता ियों:ी,ि,िया ियां:ी,ि,िया ाएगा:ाना,ना
    ाएगी:ाना,ना ेंगे:ना,ने,ा ेंगी:ना,ने,ा ूंगा:ना,ने ूंगी:ना,ने एंगे:ना,ने एंगी:ना,ने िएगा:ना
    वाला:ना,ने,- वाले:ना,ने,- वाली:ना,ने,- ुओं:ू,ु ुएं:ू,ु ाओं:ा,- ाएं:ा,-,ाना यों:-,या,य ेगा:ना,ने,ा
    ेगी:ना,ने,ा ोगे:ना ोगी:ना एगा:ना,ने एगी:ना,ने ाकर:ाना,ाने,ना ाया:ाना,ाने,ना ायी:ाना,ना ाता:ाना,ाने
    ाती:ाना,ाने ाते:ाना,ाने तीं:ना,ने,ता ओं:- एं:- कर:ना,ने,ा,- के:ना ाई:ाना,ाया,ाने ाए:ाना,ाया,ाने
    ना:ने,ा,ता,- ने:ना,ा,ता,- नी:ना,ने,ा,- ता:ना,ने,ते,ा,- ती:ना,ने,ता,ा,- ते:ना,ने,ता,ा,- ीं:ना,ा,ी
    िए:ना,ने ों:-,ा,े ें:-,ना,ा ूं:ना या:ना,ने,- ता:- पन:-,ा ो:ना,ा ा:ना,े,ी,- े:ा,ना,ी,- ी:ा,ना,े,-
    ए:ना,या,ा ई:ना,या -:ना,ा
""")
    )
)


@functools.lru_cache(maxsize=100_000)
def inflections(word: str) -> tuple[str, ...]:
    """Folded forms under which the folded `word` may be listed, most likely first."""
    found: dict[str, None] = {}
    for ending, heads in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            stem = word[: len(word) - len(ending)]
            for head in heads:
                if stem + head != word:
                    found.setdefault(fold(stem + head))
    return tuple(found)


Entry = tuple[tuple[str, ...], tuple[str, ...]]


class Lexicon:
    """Hindi words and phrases with English and Vietnamese glosses, indexed for longest match."""

    def __init__(self, rows: Iterable[tuple[str, tuple[str, ...], tuple[str, ...]]]) -> None:
        """Index `rows` of (Hindi, English alternatives, Vietnamese alternatives); a later row overrides."""
        self.exact: dict[str, Entry] = {}
        self.folded: dict[tuple[str, ...], Entry] = {}
        self.longest: dict[str, int] = {}
        for hindi, english, vietnamese in rows:
            hindi = normalise(hindi).strip()
            words = tuple(fold(word) for word in re.split(r"[\s\-–]+", hindi) if word)
            if not words or len(words) > MAX_PHRASE:
                continue
            if len(words) == 1:
                self.exact[hindi] = (english, vietnamese)
            self.folded[words] = (english, vietnamese)
            self.longest[words[0]] = max(len(words), self.longest.get(words[0], 0))

    def __len__(self) -> int:
        """Return how many words and phrases are listed."""
        return len(self.folded)

    def word(self, word: str) -> tuple[Entry, Found] | None:
        """The entry of one word and how it was found, or None."""
        exact = self.exact.get(word)
        if exact is not None:
            return exact, "entry"
        key = fold(word)
        entry = self.folded.get((key,))
        if entry is not None:
            return entry, "entry"
        for candidate in inflections(key):
            entry = self.folded.get((candidate,))
            if entry is not None:
                return entry, "inflection"
        for cut in range(len(key) - 3, 2, -1):  # two words written as one: जनआंदोलन
            if unicodedata.category(key[cut]).startswith("M"):
                continue
            left, right = self.folded.get((key[:cut],)), self.folded.get((key[cut:],))
            if left and right and left[0] and right[0]:
                return (
                    (f"{left[0][0]} {right[0][0]}",),
                    (f"{right[1][0]} {left[1][0]}",) if left[1] and right[1] else (),
                ), "inflection"
        return None

    def phrase(self, words: list[str]) -> tuple[int, Entry] | None:
        """The longest listed phrase of two words or more at the front of the folded `words`."""
        for size in range(min(len(words), self.longest.get(words[0], 0)), 1, -1):
            key = tuple(words[:size])
            entry = self.folded.get(key)
            if entry is not None:
                return size, entry
            for last in inflections(key[-1]):
                entry = self.folded.get((*key[:-1], last))
                if entry is not None:
                    return size, entry
        return None


def read_lexicon(file: Path) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Rows of one TSV with the header `hindi english vietnamese`; alternatives are separated by `|`."""
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            cells = unicodedata.normalize("NFC", line.rstrip("\n")).split("\t")
            if (number == 0 and cells[0] == "hindi") or len(cells) < 3 or line.startswith("#"):
                continue
            english, vietnamese = (
                tuple(part for part in (piece.strip() for piece in cell.split("|")) if part) for cell in cells[1:3]
            )
            yield cells[0], english, vietnamese


def load_lexicon(folder: Path) -> Lexicon:
    """All `*.tsv` of `folder`: the base list first, then the others by name; later files override."""
    files = sorted(folder.glob("*.tsv"), key=lambda file: (file.name != "hindi-english-vietnamese.tsv", file.name))
    return Lexicon(row for file in files for row in read_lexicon(file))


# Consonants as Hindi newspapers use them for foreign names; the inherent vowel is added and dropped below.
_CONSONANTS = dict(
    zip(
        "कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसह",
        _words("""
    k kh g gh ng ch chh j jh n t th d dh n t th d dh n p ph b bh m y r l v sh sh s h
"""),
        strict=True,
    )
)
_VOWELS = dict(zip("अआइईउऊऋएऐओऔऑऍ", ["a", "a", "i", "i", "u", "u", "ri", "e", "ai", "o", "au", "o", "e"], strict=True))
_SIGNS = dict(zip("ािीुूृेैोौॉॅ", ["a", "i", "i", "u", "u", "ri", "e", "ai", "o", "au", "o", "e"], strict=True))
_CLUSTERS = (("क्ष", "ksh"), ("ज्ञ", "gy"), ("न्ग", "ng"), ("न्ह", "nh"), ("क्व", "qu"), ("त्र", "tr"))


def transliterate(word: str) -> str:
    """Devanagari to Latin letters, capitalised, as a last resort for names that no list has.

    The inherent vowel is dropped at the end of a word and in `VC_CV` (Hindi's schwa deletion).
    """
    word = unicodedata.normalize("NFD", normalise(word)).replace("\u093c", "")
    units: list[tuple[str, str | None]] = []  # consonants, vowel ('' = none, None = inherent)
    position = 0
    while position < len(word):
        consonant = ""
        for source, target in _CLUSTERS:
            if word.startswith(source, position):
                consonant, position = target, position + len(source)
                break
        else:
            letter = word[position]
            position += 1
            if letter in _CONSONANTS:
                consonant = _CONSONANTS[letter]
            elif letter in _VOWELS:
                units.append(("", _VOWELS[letter]))
                continue
            elif letter in "ंँ":
                units.append(("n", ""))
                continue
            else:
                continue
        if position < len(word) and word[position] in _SIGNS:
            units.append((consonant, _SIGNS[word[position]]))
            position += 1
        elif position < len(word) and word[position] == "्":
            units.append((consonant, ""))
            position += 1
        else:
            units.append((consonant, None))
    text = ""
    for index, (consonant, vowel) in enumerate(units):
        if vowel is None:
            last = index == len(units) - 1
            inside = (
                0 < index < len(units) - 1
                and units[index - 1][1] not in ("",)
                and units[index + 1][1] not in ("", None)
                and bool(units[index + 1][0])
            )
            vowel = "" if (last and index) or inside else "a"
        text += consonant + vowel
    return text[:1].upper() + text[1:]


def plain_latin(text: str) -> str:
    """Vietnamese without its marks, as English writes the names: Quảng Ninh -> Quang Ninh."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare.replace("đ", "d").replace("Đ", "D"))


def _grouped(digits: str, separator: str) -> str:
    return re.sub(r"(?<=\d)(?=(?:\d{3})+$)", separator, digits)


def number(text: str, language: str) -> str:
    """A number as `language` writes it: 1,00,000 -> 100,000 / 100.000; 3.5 -> 3.5 / 3,5; the rest as it
    stands.
    """
    text = text.translate(_DIGITS)
    if re.fullmatch(r"\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?%?", text):
        whole, _, rest = text.partition(".")
        share = "%" if text.endswith("%") else ""
        whole, rest = whole.rstrip("%").replace(",", ""), rest.rstrip("%")
        if language == "vi":
            return _grouped(whole, ".") + ("," + rest if rest else "") + share
        return _grouped(whole, ",") + ("." + rest if rest else "") + share
    if language == "vi" and re.fullmatch(r"\d+\.\d{1,2}%?", text):
        return text.replace(".", ",")
    return text


def amount(value: float, language: str, largest: float = 1e12) -> str:
    """An amount in the units of `language`: 3.5e7 -> 35 million / 35 triệu; below a million in digits.

    `largest` is the largest unit to use: what was written in billions stays so (3,870 अरब is 3.870 tỷ).
    """
    for size, english, vietnamese in (
        (1e12, "trillion", "nghìn tỷ"), (1e9, "billion", "tỷ"), (1e6, "million", "triệu")
    ):  # fmt: skip
        if value >= size and size <= largest:
            digits = f"{value / size:.4f}".rstrip("0").rstrip(".")
            whole, _, rest = digits.partition(".")
            if language == "vi":
                return f"{_grouped(whole, '.')}{',' + rest if rest else ''} {vietnamese}"
            return f"{_grouped(whole, ',')}{'.' + rest if rest else ''} {english}"
    return _grouped(f"{value:.0f}", "." if language == "vi" else ",")


def _tokens(text: str) -> list[_Token]:
    return [_Token(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(text)]


def _scaled(tokens: list[_Token], at: int) -> tuple[int, float, float] | None:
    """`3 करोड़ 50 लाख` at `at`: how many tokens it takes, what it amounts to and the largest unit for it; None
    if no scale word follows.
    """
    value, used, largest = 0.0, 0, 1e12
    while at + used + 1 < len(tokens):
        digits = tokens[at + used].text.translate(_DIGITS).replace(",", "")
        scale = _SCALES.get(fold(tokens[at + used + 1].text))
        if scale is None or not re.fullmatch(r"\d+(?:\.\d+)?", digits):
            break
        if scale == 1e9:
            largest = 1e9
        value, used = value + float(digits) * scale, used + 2
        while at + used < len(tokens) and (more := _SCALES.get(fold(tokens[at + used].text))):  # 2 लाख करोड़
            value, used = value * more, used + 1
    return (used, value, largest) if used else None


def lookup(text: str, lexicon: Lexicon) -> list[Gloss]:
    """Gloss every token of `text`, longest match first, in reading order; whitespace is left out."""
    tokens = _tokens(text)
    found: list[Gloss] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        surface = token.text
        if surface[0].isdigit():
            scaled = _scaled(tokens, at)
            if scaled is not None and not (scaled[0] == 2 and scaled[1] < 1e5):
                used, value, largest = scaled
                end = tokens[at + used - 1].end
                said = [(amount(value, language, largest),) for language in ("en", "vi")]
                found.append(Gloss(text[token.start : end], token.start, end, said[0], said[1], "number"))
                at += used
                continue
            found.append(
                Gloss(
                    surface,
                    token.start,
                    token.end,
                    (number(surface, "en"),),
                    (number(surface, "vi"),),
                    "number",
                )
            )
            at += 1
            continue
        if not token.hindi:
            found.append(Gloss(surface, token.start, token.end, (surface,), (surface,), "plain"))
            at += 1
            continue
        if lexicon.longest.get(fold(normalise(surface)), 0) > 1:
            places, words = [at], [fold(normalise(surface))]
            ahead = at + 1
            while ahead < len(tokens) and len(words) < MAX_PHRASE:
                if tokens[ahead].text in "-–" and tokens[ahead].start == tokens[ahead - 1].end:
                    ahead += 1
                    continue
                if not tokens[ahead].hindi:
                    break
                places.append(ahead)
                words.append(fold(normalise(tokens[ahead].text)))
                ahead += 1
            match = lexicon.phrase(words)
            if match is not None:
                last = places[match[0] - 1]
                end = tokens[last].end
                found.append(Gloss(text[token.start : end], token.start, end, *match[1], "phrase"))
                at = last + 1
                continue
        hit = lexicon.word(normalise(surface))
        if hit is not None:
            found.append(Gloss(surface, token.start, token.end, *hit[0], hit[1]))
        else:
            latin = transliterate(surface)
            found.append(Gloss(surface, token.start, token.end, (latin,), (latin,), "transliteration"))
        at += 1
    return found


@functools.lru_cache(maxsize=100_000)
def _plain(gloss: str) -> str:
    """A gloss without its notes: `to gather (people)` -> `gather`."""
    return re.sub(r"^(to|đã) ", "", re.sub(r"\s*\([^)]*\)", "", gloss)).strip()


def choices(gloss: Gloss, language: str, limit: int = 2) -> list[str]:
    """Up to `limit` glosses that differ in more than their ending; what :func:`annotate` shows."""
    kept: list[str] = []
    for alternative in gloss.alternatives(language):
        plain = _plain(alternative)
        if plain and not any(plain[:5].lower() == other[:5].lower() for other in kept):
            kept.append(plain)
    return kept[:limit]


def annotate(
    text: str,
    target_language: str,
    lexicon: Lexicon,
    rng: Random | None = None,
    *,
    drop: float = 0.15,
    drop_all: float = 0.05,
    drop_hindi: float = 0.05,
    alternatives: int = 2,
    glosses: Sequence[Gloss] | None = None,
    marks: Mapping[int, str] | None = None,
) -> str:
    """The bundled model's source: the Hindi, each content word followed by glosses in the target language.

    Names and numbers *are replaced* by their form in the target language, so that the model copies them;
    words of the closed classes stand alone; other words are followed by up to `alternatives` glosses
    separated by ` / `. Scripts differ, so no further mark is needed:

        क्वांग निन्ह में जन आंदोलन -> Quảng Ninh में जन dân / nhân dân आंदोलन phong trào

    A word that no list has is followed by its transliteration. With `rng` (training) a word is now and then
    treated as if it were unknown (`drop`), left to its gloss alone (`drop_hindi`), or the whole sentence is
    left as it is (`drop_all`): the model must not believe that every word will be found.

    `glosses` are those of the normalised text, if they are known; `marks` says which of them, by index, are
    replaced by a mark (see slots.py).
    """
    text = normalise(text)
    marks = marks or {}
    if rng is not None and not marks and rng.random() < drop_all:
        return " ".join(text.split())
    parts: list[str] = []
    spaced = False  # a hyphen after a gloss stands alone: `जन people - आंदोलन movement`
    last = 0
    for at, gloss in enumerate(lookup(text, lexicon) if glosses is None else glosses):
        gap = text[last : gloss.start]
        if gap:
            parts.append(" ")
        last = gloss.end
        if at in marks:
            parts.append(marks[at])
            continue
        if gloss.found == "plain":
            parts.append(gloss.text + " " if spaced else gloss.text)
            spaced = False
            continue
        if gloss.found == "number":
            parts.append(gloss.alternatives(target_language)[0])
            continue
        if gloss.text in _FUNCTION:
            parts.append(gloss.text)
            continue
        shown = choices(gloss, target_language, alternatives)
        if gloss.found == "transliteration" or not shown:
            parts.append(f"{gloss.text} {transliterate(gloss.text)}")
            continue
        dice = 1.0 if rng is None else rng.random()
        if dice < drop:
            parts.append(f"{gloss.text} {transliterate(gloss.text)}" if gloss.found != "phrase" else gloss.text)
        elif gloss.is_name or dice < drop + drop_hindi:
            parts.append(shown[0])
        else:
            parts.append(f"{gloss.text} {' / '.join(shown)}")
        if text[gloss.end : gloss.end + 1] in ("-", "–"):
            parts.append(" ")
            spaced = True
    return re.sub(r"\s+", " ", "".join(parts)).strip()


def word_for_word(text: str, language: str, lexicon: Lexicon) -> str:
    """A readable line: the first gloss of each span in the order of the Hindi; unknown words in `[]`."""
    words: list[str] = []
    previous = 0
    for gloss in lookup(text, lexicon):
        shown = gloss.alternatives(language)[:1]
        word = shown[0] if shown else gloss.text
        if gloss.found == "transliteration":
            word = f"[{word}]"
        if words and gloss.start == previous and (gloss.found == "plain" or words[-1][-1] in "“‘(-/"):
            words[-1] += word
        else:
            words.append(word)
        previous = gloss.end
    return " ".join(words).replace("।", ".")


def coverage(texts: Iterable[str], lexicon: Lexicon) -> tuple[int, int, dict[str, int]]:
    """Running Hindi words that were found, all of them, and the unknown ones by frequency."""
    known = total = 0
    unknown: dict[str, int] = {}
    for text in texts:
        for gloss in lookup(text, lexicon):
            if gloss.found in ("plain", "number"):
                continue
            size = len(re.findall(r"[^\s\-–]+", gloss.text))
            total += size
            if gloss.found == "transliteration":
                unknown[gloss.text] = unknown.get(gloss.text, 0) + 1
            else:
                known += size
    return known, total, dict(sorted(unknown.items(), key=lambda item: -item[1]))
