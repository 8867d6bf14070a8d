"""Forms that follow from other forms: dân vận khéo holds dân vận, कुशल जन-लामबंदी holds जन-लामबंदी.

Where a concept's Vietnamese contains another's and a Hindi form of the one contains a form of the other, what
is left over (कुशल __) is a frame. Every form of the smaller concept set into a frame of the larger one is a
form of the larger one, wrong if either part is; and what stands in the frame of a wrong form (कुशल जन-आंदोलन)
is a wrong form of the smaller one. Derived forms never replace listed ones.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from align.languages import words
from align.terms.matching import key
from align.terms.mentions import term_keys
from align.terms.termbase import Concept, Form, Termbase

_LITTLE = frozenset(map(key, "का में को से पर ने और लिए".split()))
_MOST = 150  # derived forms a concept


def _keys(form: str) -> tuple[str, ...]:
    return tuple(key(word) for word in words(form))


def _within(small: tuple[str, ...], large: tuple[str, ...]) -> int:
    """Where `small` stands in `large` as a stretch, -1 if nowhere."""
    return next((at for at in range(len(large) - len(small) + 1) if large[at : at + len(small)] == small), -1)


def pairs(termbase: Termbase) -> Iterator[tuple[Concept, Concept]]:
    """(larger, smaller) concepts: one of the larger one's Vietnamese terms holds the first term of the smaller one."""
    terms = {one.id: [term_keys(term, "vi") for term in one.vietnamese[:3]] for one in termbase.concepts.values()}
    first: dict[str, list[str]] = {}
    for name, known in terms.items():
        first.setdefault(known[0][0], []).append(name)
    for name, known in terms.items():
        inner: dict[str, None] = {}
        for keys in known:
            for part in dict.fromkeys(keys):
                for other in first.get(part, ()):
                    small = terms[other][0]
                    if other != name and 1 < len(small) < len(keys) and _within(small, keys) >= 0:
                        inner[other] = None
        own = set(known)
        for other in sorted(inner, key=lambda name: -len(terms[name][0])):
            if terms[other][0] not in own:
                yield termbase.concepts[name], termbase.concepts[other]


def _frames(large: Concept, small: Concept) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], bool]]:
    """(words before, words after, whether the frame itself is right)."""
    right = [tuple(words(form.form)) for form in small.hindi if form.status != "deprecated"]
    for form in large.hindi:
        said = tuple(words(form.form))
        keys = _keys(form.form)
        for inner in sorted(right, key=len, reverse=True):
            at = _within(tuple(map(key, inner)), keys)
            if at >= 0 and len(inner) < len(said):
                yield said[:at], said[at + len(inner) :], form.status != "deprecated"
                break


def compose(termbase: Termbase) -> Termbase:
    """The termbase with the forms that follow from its forms."""
    made: dict[str, dict[str, Form]] = {}
    known = {one.id: {_keys(form.form) for form in one.hindi} for one in termbase.concepts.values()}

    def add(concept: Concept, text: str, form: Form) -> None:
        keys = _keys(text)
        mine = made.setdefault(concept.id, {})
        if keys and keys not in known[concept.id] and len(mine) < _MOST:
            known[concept.id].add(keys)
            mine[text] = form

    for large, small in pairs(termbase):
        frames = list(dict.fromkeys(_frames(large, small)))
        for before, after, right in frames:
            for form in small.hindi:
                text = " ".join((*before, *words(form.form), *after))
                if form.status == "deprecated" or not right:
                    why = form.why or f"not a rendering of {large.vietnamese[0]}"
                    add(large, text, Form(text, "deprecated", why))
                else:
                    add(large, text, Form(text, "admitted"))
        for form in large.hindi:
            if form.status != "deprecated" or form.context:
                continue
            said, keys = words(form.form), _keys(form.form)
            for before, after, right in frames:
                head, tail = tuple(map(key, before)), tuple(map(key, after))
                rest = keys[len(head) : len(keys) - len(tail)]
                if right and head + rest + tail == keys:
                    kept = [(part, word) for part, word in zip(rest, said[len(head) :], strict=False)]
                    while kept and kept[-1][0] in _LITTLE:
                        kept.pop()
                    if sum(part not in _LITTLE for part, _ in kept) < 2:
                        continue
                    text = " ".join(word for _, word in kept)
                    add(small, text, Form(text, "deprecated", form.why))
    return Termbase({
        one.id: dataclasses.replace(one, hindi=(*one.hindi, *made.get(one.id, {}).values()))
        for one in termbase.concepts.values()
    })  # fmt: skip
