"""What no entry lists: renderings worth a termbase entry, recurring quoted names, abbreviations read in two ways.

Everything here is a proposal with its examples; nothing is added to a termbase but by a person.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from align.records import Rendering, Segment
from align.terms.candidates import quotes
from align.terms.matching import tokens
from align.terms.termbase import Termbase

_ABBREVIATION = re.compile(r"(?<![\w/-])[A-ZĐƯƠ]{3,}(?![\w/-])")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A Hindi form that a person may add: for `concept` where one is known, with a status and places to look at."""

    form: str
    concept: str
    status: str
    count: int
    examples: tuple[tuple[str, int], ...]
    why: str


def renderings(found: Iterable[Rendering], termbase: Termbase, least: int = 1) -> list[Proposal]:
    """Forms that no entry lists though their concept came back, or the original has it: most frequent first."""
    groups: dict[tuple[str, tuple[str, ...]], list[Rendering]] = defaultdict(list)
    for one in found:
        codes = {reason.code for reason in one.reasons}
        if one.hindi and codes & {"unknown", "came-back", "calque"}:
            groups[one.concept, tuple(token.key for token in tokens(one.hindi))].append(one)
    made = []
    for (concept, _), same in groups.items():
        if len(same) < least:
            continue
        form = Counter(one.hindi for one in same).most_common(1)[0][0]
        wrong = sum(one.verdict in ("suspicious", "wrong") for one in same) * 2 > len(same)
        vietnamese = termbase.concepts[concept].vietnamese[0] if concept in termbase.concepts else concept
        why = f"stands for {vietnamese} but came back as something else" if wrong else f"came back as {vietnamese}"
        examples = tuple(sorted({(one.document, one.index) for one in same})[:5])
        made.append(Proposal(form, concept, "deprecated" if wrong else "admitted", len(same), examples, why))
    return sorted(made, key=lambda one: (-one.count, one.concept, one.form))


def quoted(segments: Iterable[Segment], termbase: Termbase, least: int = 2) -> list[Proposal]:
    """Names in quotation marks that recur and that no entry lists: movements, models, mottoes."""
    known = {
        tuple(token.key for token in tokens(form.form)) for one in termbase.concepts.values() for form in one.hindi
    }
    places: dict[tuple[str, ...], list[tuple[str, str, int]]] = defaultdict(list)
    for segment in segments:
        if segment.role == "hindi":
            for start, end in quotes(segment.text):
                name = segment.text[start:end].strip()
                keys = tuple(token.key for token in tokens(name))
                if 1 < len(keys) < 13 and keys not in known:
                    places[keys].append((name, segment.document, segment.index))
    made = []
    for same in places.values():
        if len(same) >= least:
            form = Counter(name for name, _, _ in same).most_common(1)[0][0]
            examples = tuple(dict.fromkeys((document, index) for _, document, index in same))[:5]
            made.append(Proposal(form, "", "admitted", len(same), examples, "a name in quotation marks that recurs"))
    return sorted(made, key=lambda one: (-one.count, one.form))


def clusters(names: Sequence[Proposal], share: float = 0.5) -> list[tuple[Proposal, ...]]:
    """Proposals that share at least `share` of their words: likely one name translated in several ways."""
    keys = [frozenset(token.key for token in tokens(one.form)) for one in names]
    groups: list[list[int]] = []
    for number, own in enumerate(keys):
        for group in groups:
            if any(len(own & keys[other]) >= share * len(own | keys[other]) for other in group):
                group.append(number)
                break
        else:
            groups.append([number])
    return [tuple(names[number] for number in group) for group in groups if len(group) > 1]


def abbreviations(
    found: Iterable[Rendering], originals: Mapping[tuple[str, int], str], termbase: Termbase
) -> dict[str, Counter[str]]:
    """For each abbreviation of the originals, the Hindi that stands for it and how often; more than one is a finding.

    `originals`: the original's text beside a Hindi segment, by document and index.
    """
    concepts = {short: one.id for one in termbase.concepts.values() for short in one.abbreviations}
    read: dict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        for short in _ABBREVIATION.findall(originals.get((one.document, one.index), "")):
            if one.hindi and concepts.get(short) == one.concept:
                read[short][one.hindi] += 1
    return {short: forms for short, forms in read.items() if len(forms) > 1}
