"""What the program knows about Hindi, English and Vietnamese: scripts, words, sentences.

Everything here is a pure function on text. Offsets are code points into the text that was given.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import regex

LANGUAGES = {"hi": "Hindi", "en": "English", "vi": "Vietnamese"}

# A word is letters with their marks: Python's \w stops at Devanagari vowel signs. Joiners stay inside.
WORD = regex.compile(r"[\p{L}\p{M}\p{N}\u200c\u200d]+")
DEVANAGARI = regex.compile(r"[\u0900-\u0963\u0966-\u097f]")  # without the dandas, which other scripts share
LATIN = regex.compile(r"\p{Latin}")
VIETNAMESE_LETTER = regex.compile(
    r"[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]", regex.IGNORECASE
)
_ENGLISH_WORDS = frozenset(
    "the of and to in is was for that with on as are at by from has have been his he she it they which "
    "this were be or an their its had who will not but".split()
)

_CLOSERS = "\"'”’»)]}›"
_OPENERS = "\"'“‘«([{‹"
_TERMINATORS = {"hi": ".।॥?!", "en": ".?!…", "vi": ".?!…"}

_ABBREVIATIONS = {
    "hi": frozenset("डॉ डा श्री श्रीमती सुश्री पं प्रो इंजी कि मी किमी सेमी रु ई पू सं नं क्र पृ मि ग्रा लि प्रा उप जन कर्नल ले".split()),
    "en": frozenset(
        "mr mrs ms dr prof st no nos vs etc e.g i.e cf vol pp fig inc ltd co corp jr sr gen col lt capt sgt "
        "gov sen rep rev hon dept est approx ave jan feb mar apr jun jul aug sep sept oct nov dec".split()
    ),
    "vi": frozenset(
        "tp tx tt q p x h ts ths pgs gs bs ks cn kts nsnd nsưt đ/c đc tr nxb st cty mr ms dr ô b ths.bs gs.ts "
        "pgs.ts st vd v.d".split()
    ),
}
# Letters of the Latin alphabet as Hindi writes them in initials: के. आर. नारायणन
_HINDI_LETTERS = frozenset(
    "ए बी सी डी ई एफ जी एच आई जे के एल एम एन ओ पी क्यू आर एस टी यू वी डब्ल्यू डब्लू एक्स वाई ज़ेड जेड एनक्यू टीयू टीडब्ल्यू".split()
)
# What follows a quoted question or exclamation when the sentence goes on after the closing quote.
_HINDI_CONTINUES = frozenset(
    "का के की को में से पर ने कहा कहते कहकर कहती पूछा बोले बोला बोली ऐसा यह जैसे जैसी जैसा नामक शीर्षक विषय नारा नारे "
    "आंदोलन अभियान मॉडल प्रतियोगिता कार्यक्रम और तथा एवं या है हैं था थे थी भी ही तक".split()
)
_LIST_MARK = regex.compile(r"\s*(?:\(?(?:\p{N}{1,3}|[ivxIVX]{1,4}|\p{Latin}|[क-ह])[.)]|[-–—•*·+])\s+")


def normalise(text: str) -> str:
    """NFC with newlines as \\n; the form in which documents are kept."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def words(text: str) -> list[str]:
    """The words of a text in any of the three languages, vowel signs and joiners included."""
    return WORD.findall(text)


def script_share(text: str, language: str) -> float:
    """Share of the letters (0 to 1) that are in the language's script; 1.0 where there are no letters."""
    devanagari, latin = len(DEVANAGARI.findall(text)), len(LATIN.findall(text))
    if devanagari + latin == 0:
        return 1.0
    return (devanagari if language == "hi" else latin) / (devanagari + latin)


def guess_language(text: str) -> str | None:
    """`hi`, `en` or `vi`; None where the text gives no ground (digits, names, a few letters)."""
    letters = len(DEVANAGARI.findall(text)) + len(LATIN.findall(text))
    if letters < 4:
        return None
    if script_share(text, "hi") > 0.5:
        return "hi"
    marked = len(VIETNAMESE_LETTER.findall(text)) / letters
    if marked > 0.08:
        return "vi"
    tokens = [word.lower() for word in words(text)]
    if marked < 0.04 and sum(token in _ENGLISH_WORDS for token in tokens) >= max(1, len(tokens) // 12):
        return "en"
    return None


def _is_abbreviation(text: str, dot: int, language: str) -> bool:
    """Whether the full stop at `dot` belongs to the word before it."""
    start = dot
    while (
        start > 0 and dot - start < 40 and not text[start - 1].isspace() and text[start - 1] not in _OPENERS + "-–—/,;"
    ):
        start -= 1
    token = text[start:dot]
    if not token:
        return False
    if language != "hi" and LATIN.match(token[-1]) and (len(token) == 1 or token[-2] == "."):
        # Initials: J. Smith, X.Y.Z., U.S.; a lower-case single letter ends a sentence only by accident.
        return True
    bare = token.lower().rstrip(".")
    if bare in _ABBREVIATIONS[language]:
        return True
    parts = token.split(".")
    if language == "hi":
        return all(part in _HINDI_LETTERS or part in _ABBREVIATIONS["hi"] or _is_single(part) for part in parts)
    return False


def _is_single(part: str) -> bool:
    """One bare letter: with a vowel sign it may be a word (है, थे)."""
    return len(part) == 1 and part.isalpha()


def sentence_spans(line: str, language: str) -> list[tuple[int, int]]:
    """Split one line (no newline in it) into sentences.

    Returns half-open spans without surrounding blanks, in order; together they cover every
    non-space character. A heading without final punctuation is one span.
    """
    mark = _LIST_MARK.match(line)
    first = mark.end() if mark else 0
    spans = []
    start = 0
    for cut in [*_boundaries(line, language, first), len(line)]:
        left, right = _strip(line, start, cut)
        if left < right:
            spans.append((left, right))
        start = cut
    return spans


def _boundaries(line: str, language: str, first: int) -> Iterator[int]:
    terminators = _TERMINATORS[language]
    at = first
    size = len(line)
    while at < size:
        char = line[at]
        if char not in terminators:
            at += 1
            continue
        end = at + 1
        while end < size and line[end] in terminators + ".…":
            end += 1
        run = line[at:end]
        closed = end
        while closed < size and line[closed] in _CLOSERS and not _opens_here(line, closed):
            closed += 1
        after = closed
        while after < size and line[after].isspace():
            after += 1
        if after >= size:
            return
        if _ends_sentence(line, language, at, run, closed, after):
            yield closed
        at = closed


def _opens_here(line: str, at: int) -> bool:
    """A straight quote after a blank, or before a letter, opens rather than closes."""
    if line[at] not in "\"'":
        return False
    following = line[at + 1 : at + 2]
    return bool(following) and not following.isspace() and following not in _CLOSERS + ".,;:!?।॥…-–—"


def _ends_sentence(line: str, language: str, at: int, run: str, closed: int, after: int) -> bool:
    following = line[after]
    if "।" in run or "॥" in run:
        return True
    spaced = after > closed
    quoted = closed > at + len(run)
    if run[0] == "." and len(run) == 1:
        if not spaced and not (following in _OPENERS and quoted):
            return False  # 1.200, 5.30, website.vn, v.v.
        if _is_abbreviation(line, at, language):
            return False
    elif "…" in run or (len(run) > 1 and set(run) == {"."}):
        if language == "hi" or not spaced:
            return False  # an ellipsis trails off inside the sentence; Hindi has no capital to tell
    elif not spaced and following not in _OPENERS:
        return False
    if language == "hi":
        if quoted and run[0] in "?!":
            word = WORD.match(line, after)
            return word is None or word.group() not in _HINDI_CONTINUES
        return True
    return not following.islower() and following not in ",;:)"


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


# Where an over-long sentence may be cut, best first: after ; : and dashes, after commas, before conjunctions.
_CLAUSE_MARKS = (
    regex.compile(r"[;:]\s|\s[–—-]\s"),
    regex.compile(r",\s"),
    regex.compile(r"\s(?=(?:और|तथा|एवं|ताकि|जिससे|जिसमें|जिनमें|लेकिन|कि|and|but|which|that|so|và|nhưng|để|mà|trong đó)\s)"),
    regex.compile(r"\s"),
)


def clause_spans(text: str, limit: int) -> list[tuple[int, int]]:
    """Cut a text of more than `limit` characters at clause marks; pieces hold at most `limit`.

    A piece is cut inside a word only where no blank comes within `limit` characters. Linear in the
    length of the text.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    while len(text) - start > limit:
        cut = _best_cut(text, start, limit)
        left, right = _strip(text, start, cut)
        if left < right:
            spans.append((left, right))
        start = cut
    left, right = _strip(text, start, len(text))
    if left < right:
        spans.append((left, right))
    return spans


def _best_cut(text: str, start: int, limit: int) -> int:
    lowest = start + limit // 3
    for mark in _CLAUSE_MARKS:
        ends = [match.end() for match in mark.finditer(text, lowest, start + limit)]
        if ends:
            return ends[-1]
    cut = start + limit
    while cut > start + 1 and unicodedata.category(text[cut])[0] == "M":
        cut -= 1  # never between a letter and its signs
    return cut
