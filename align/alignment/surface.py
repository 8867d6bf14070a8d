"""What two texts share on the surface, whatever their languages: numbers, names, cognates, signs.

Hindi is transliterated and every word reduced to a rough sound, so that सोन ला meets Sơn La. A text
becomes a hashed bag of words, letter trigrams and numbers, weighed by rarity; like the sums of token
vectors the bags of neighbouring sentences add up to the bag of the window.
"""

from __future__ import annotations

import unicodedata
import zlib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import regex
from numpy.typing import NDArray

from align.engines.gloss import number, transliterate

Floats = NDArray[np.float32]

SIZE = 1024
_TOKEN = regex.compile(r"\p{N}+(?:[.,/:]\p{N}+)*|[\p{L}\p{M}\u200c\u200d]+")
_DEVANAGARI = regex.compile(r"\p{Devanagari}")
_READ = 20_000  # characters of a text that are looked at
_SOUNDS = (
    ("ph", "f"), ("kh", "k"), ("th", "t"), ("gh", "g"), ("ch", "c"), ("bh", "b"), ("dh", "d"), ("jh", "j"),
    ("sh", "s"), ("nh", "n"), ("ng", "n"), ("gi", "j"), ("qu", "kv"), ("x", "s"), ("c", "k"), ("q", "k"),
    ("w", "v"), ("z", "j"), ("y", "i"), ("ee", "i"), ("oo", "u"), ("h", ""),
)  # fmt: skip
_ENDS = dict(zip(".…।॥。?？!！:：;；,，", (0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5), strict=True))
_OTHER = 6  # an ending that is no sign


def fold(text: str) -> str:
    """Lower case without diacritics; đ as d."""
    text = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in text if not unicodedata.combining(letter))


@lru_cache(maxsize=200_000)
def sound(word: str) -> str:
    """A rough common spelling of a word in any of the languages: Sơn, Son and सोन give `son`."""
    text = fold(transliterate(word) if _DEVANAGARI.search(word) else word)
    for written, heard in _SOUNDS:
        text = text.replace(written, heard)
    return "".join(
        letter for place, letter in enumerate(text) if letter.isalpha() and letter != text[place - 1 : place]
    )


@lru_cache(maxsize=200_000)
def _grams(token: str) -> tuple[str, ...]:
    if token[0].isnumeric():
        plain = number(token, "en").rstrip("%")
        return ("#" + "".join(c for c in plain if c.isalnum()),) * 2
    heard = sound(token)
    if not heard:
        return (token,)
    padded = f"<{heard}>"
    return (padded, *(padded[place : place + 3] for place in range(len(padded) - 2)))


def bags(source: Sequence[str], target: Sequence[str]) -> tuple[Floats, Floats]:
    """Return the texts' hashed bags, shapes (len(source), SIZE) and (len(target), SIZE).

    What occurs on one side only has no weight; what occurs often has little.
    """
    sides = [[_count(text) for text in side] for side in (source, target)]
    seen = [Counter(gram for bag in side for gram in bag) for side in sides]
    total = len(source) + len(target)
    weight = {
        gram: float(np.log(1 + total / (count + seen[1][gram]))) for gram, count in seen[0].items() if gram in seen[1]
    }
    arrays = []
    for side in sides:
        array = np.zeros((len(side), SIZE), np.float32)
        for row, bag in zip(array, side, strict=True):
            for gram, count in bag.items():
                if gram in weight:
                    place, sign = _place(gram)
                    row[place] += sign * weight[gram] * count**0.5
        arrays.append(array)
    return arrays[0], arrays[1]


def _count(text: str) -> Counter[str]:
    return Counter(gram for token in _TOKEN.findall(text[:_READ]) for gram in _grams(token))


@lru_cache(maxsize=200_000)
def _place(gram: str) -> tuple[int, int]:
    code = zlib.crc32(gram.encode())
    return code % SIZE, 1 if code >> 31 else -1


def ends(texts: Sequence[str]) -> NDArray[np.int64]:
    """How each text ends, quotes and brackets aside: a number for each kind of sign, shape (len(texts),)."""
    last = [text.rstrip(" \"'”’»)]}›")[-1:] for text in texts]
    return np.array([_ENDS.get(sign, _OTHER) for sign in last], np.int64)
