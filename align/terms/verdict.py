"""From evidence to a verdict: a logistic model whose weights are data, and reasons in plain sentences.

`weights.json` holds, for articles with and without an original, one model that tells errors and one that
tells variants, their thresholds, and each rule's precision as measured on articles left out of the fit
(benchmarks/terms/run.py writes it). Score and decision are apart: the score is computed once, a threshold or
a reviewer's word changes the verdict without a model being loaded.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from align.records import Reason, Verdict
from align.terms.candidates import Place
from align.terms.termbase import Concept, Termbase

WEIGHTS = Path(__file__).with_name("weights.json")

# What the Hindi around a place tells; weighed where there is no original, which tells it better.
CONTEXT = (
    "contested", "town_elsewhere", "company", "topic", "listed_with", "rival_company", "meant", "elsewhere",
    "sense",
)  # fmt: skip
# How annotators judged the same words elsewhere.
SEEN = ("seen", "seen_ok", "seen_variant", "seen_error", "seen_none")
# Features that mean something else for each kind of place get a weight of their own there.
_OWN = (
    "original", "absent", "same_en", "same_vi", "in_en", "in_vi", "gloss_vi", "gloss_en", "other_en", "other_vi", "single",
    "sure", "same_original", "names", "covered_right", "covered_open", "rival", "rival_mentioned", "abbreviation", "loan",
    "others_in_document", "outnumbered", "overlaps", "slug", "quoted", "came_back", "drifted", "calqued", "short", "named",
    "counted", "lone", "spare", "rare", "specific", "truncated",
    "kin", "kin_here", "self", "self_here", "share", "right", "misread", "own",
    "borrowed", "mixed", *CONTEXT, *SEEN,
)  # fmt: skip
# Of a stretch whose words spell a term only these are weighed.
_SPELLED = (
    "original", "absent", "came_back", "in_en", "in_vi", "other", "two", "many", "skipped", "strength", "own_strength",
    *CONTEXT, *SEEN,
)  # fmt: skip


def kind(place: Place) -> str:
    """How the place was found: right, wrong or context for a listed form, or the place's own kind."""
    if place.kind != "listed" or place.form is None:
        return place.kind
    if place.form.status != "deprecated":
        return place.form.status
    return "context" if place.form.context else "deprecated"


def vector(place: Place, hidden: frozenset[str] = frozenset()) -> dict[str, float]:
    """The named inputs of the model; `hidden` leaves some evidence out."""
    here = kind(place)
    made = {"1": 1.0, here: 1.0}
    values = {name: value for name, value in place.features.items() if name not in hidden}
    if values.get("has_original"):
        values = {name: value for name, value in values.items() if name not in CONTEXT}
    back = [values[name] for name in ("same_en", "same_vi") if name in values]
    if back:
        values["came_back"] = float(max(back) == 1.0)
        values["drifted"] = float(max(back) < 0.7)
        if len(back) == 2:
            values["calqued"] = max(0.0, values["same_vi"] - values["same_en"])
    if here == "calque":
        values["other"] = max(values.get("other_en", 0.0), values.get("other_vi", 0.0))
        values["strength"] = values.get("share", 0.0) * values.get("specific", 0.0) * values.get("rare", 0.0)
        values["own_strength"] = values["strength"] * bool(values.get("own"))
        return made | {f"calque:{name}": value for name in _SPELLED if (value := values.get(name, 0.0))}
    # An English word in Devanagari where the document has a Hindi one too.
    values["mixed"] = values.get("borrowed", 0.0) * float(values.get("others_in_document", 0.0) > 0)
    for name in _OWN:
        value = values.get(name, 0.0)
        if value:
            made[name] = value
            made[f"{here}:{name}"] = value
    return made


def supported(place: Place) -> bool:
    """Without an original: whether a place may be called an error at all; what came back as the term is none."""
    return place.kind != "returned" or bool(place.features.get("short"))


@dataclass(frozen=True)
class Model:
    """Weights by feature name; places that score `threshold` or more are flagged."""

    weights: Mapping[str, float]
    threshold: float

    def score(self, inputs: Mapping[str, float]) -> float:
        """Probability from 0 to 1."""
        total = sum(self.weights.get(name, 0.0) * value for name, value in inputs.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


@dataclass(frozen=True)
class Judge:
    """The fitted models for articles `with` and `without` an original, and what the fit measured."""

    errors: Mapping[str, Model]
    variants: Mapping[str, Model]
    precision: Mapping[str, tuple[int, int]]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Judge:
        """Read what `as_json` wrote."""

        def models(part: str) -> dict[str, Model]:
            return {name: Model(row["weights"], float(row["threshold"])) for name, row in data[part].items()}

        precision = {name: (int(right), int(found)) for name, (right, found) in data["precision"].items()}
        return cls(models("errors"), models("variants"), precision)

    def as_json(self) -> dict[str, Any]:
        """The weights as data."""

        def rows(models: Mapping[str, Model]) -> dict[str, Any]:
            return {
                name: {
                    "threshold": round(model.threshold, 4),
                    "weights": {key: round(value, 4) for key, value in sorted(model.weights.items()) if abs(value) >= 5e-5},
                }
                for name, model in models.items()
            }  # fmt: skip

        return {
            "errors": rows(self.errors), "variants": rows(self.variants),
            "precision": {name: list(pair) for name, pair in sorted(self.precision.items())},
        }  # fmt: skip

    def measured(self, rule: str, original: bool) -> tuple[int, int] | None:
        """How often findings with this reason were right on articles left out: (right, found); None if never seen."""
        return self.precision.get(f"{'with' if original else 'without'}:{rule}")

    def judge(self, place: Place, hidden: frozenset[str] = frozenset()) -> tuple[Verdict, float]:
        """Verdict and score (0 surely right, 1 surely wrong)."""
        which = "with" if place.features.get("has_original") else "without"
        inputs = vector(place, hidden)
        score = self.errors[which].score(inputs)
        if place.features.get("short") or (place.features.get("no_city") and place.features.get("of_level")):
            score = max(score, 0.9)
        if (
            place.form is not None
            and place.form.status == "deprecated"
            and not place.form.context
            and place.features.get("original")
        ):
            # The original has the term here and the termbase says that this form of it is wrong: no more is needed.
            score = max(score, self.errors[which].threshold)
        if place.kind == "letters":
            score = 0.9
        elif place.kind == "replaced":
            # Another term, which the original lacks, stands where this one should, and this one did not come back.
            score = 0.0 if place.features.get("in_en") or place.features.get("in_vi") else 0.95
        elif place.features.get("unsure") and place.features.get("spare"):
            # The dictionary alone aligned the words, and some words are left that it does not know.
            score = min(score, self.errors[which].threshold * 0.99)
        elif place.features.get("unsure") and place.kind == "unknown" and score < self.errors[which].threshold + 0.1:
            # Where the dictionary alone says which words render the term, they may be the wrong words.
            score = min(score, self.errors[which].threshold * 0.99)
        elif which == "without" and not supported(place):
            score = min(score, self.errors[which].threshold * 0.99)
        elif place.is_rendering and place.kind == "listed":
            # A listed right form is not an error; what speaks against it makes it a variant at most.
            score = min(score, self.errors[which].threshold * 0.99)
        if score >= self.errors[which].threshold:
            if place.kind == "omitted":
                return "omitted", score
            far = place.features.get("other_en", 0) or place.features.get("other_vi", 0) or score > 0.93
            return ("wrong" if far and place.kind != "listed" else "suspicious"), score
        if (
            place.hindi
            and place.kind != "replaced"
            and self.variants[which].score(inputs) >= self.variants[which].threshold
        ):
            return "variant", score
        return "ok", score


def settle(judged: Sequence[tuple[Place, Verdict, float]]) -> list[tuple[Place, Verdict, float]]:
    """One error a stretch of text: where several concepts claim the same words, the likeliest stays.

    What is not an error stays as it is, unless it is no rendering at all or an error covers it.
    """
    kept: list[tuple[Place, Verdict, float]] = []
    taken: list[Place] = []
    for place, verdict, score in sorted(judged, key=lambda one: (-one[2], one[0].start - one[0].end)):
        if verdict in ("ok", "variant"):
            continue
        if place.hindi:
            if any(one.segment == place.segment and one.start < place.end and place.start < one.end for one in taken):
                continue
            taken.append(place)
        kept.append((place, verdict, score))
    variants: list[Place] = []
    for place, verdict, score in judged:
        if verdict == "variant":
            others = (*taken, *variants)
            if any(one.segment == place.segment and one.start < place.end and place.start < one.end for one in others):
                continue
            variants.append(place)
            kept.append((place, verdict, score))
        elif verdict == "ok" and place.is_rendering:
            kept.append((place, verdict, score))
    return sorted(kept, key=lambda one: (one[0].segment.index, one[0].start, one[0].end, one[0].concept))


@cache
def judge() -> Judge:
    """The judge in the box."""
    return Judge.from_json(json.loads(WEIGHTS.read_text(encoding="utf-8")))


def reasons(place: Place, verdict: Verdict, termbase: Termbase) -> tuple[Reason, ...]:
    """Why, for people: the rule that fired first, then the evidence, then what to write instead."""
    concept = termbase.concepts[place.concept]
    vietnamese, english = concept.vietnamese[0], concept.english[0] if concept.english else ""
    if verdict == "ok":
        status = f"{place.form.form} is {place.form.status}" if place.form else f"came back as {vietnamese}"
        return (Reason("status" if place.form else "came-back", status),)
    made: list[Reason] = []
    if place.kind == "omitted":
        made.append(Reason("omitted", f"the original has {place.term!r}; nothing in the Hindi renders it"))
    elif place.kind == "letters":
        made.append(Reason("letters", f"the letters of {place.term} ({vietnamese}), which say nothing in Hindi"))
    elif place.kind == "replaced":
        made.append(Reason("replaced", f"the original has {place.term!r}; another term stands in its place"))
    elif place.form is not None and place.form.status == "deprecated":
        why = place.form.why or f"not a rendering of {vietnamese}"
        made.append(Reason("context" if place.form.context else "deprecated", why))
        if "expanded" in why and any(short in why for short in concept.abbreviations):
            made.append(Reason("abbreviation", why))
    elif verdict == "variant":
        usual = place.notes.get("usual")
        made.append(
            Reason(
                "variation",
                f"this document mostly has {usual}" if usual else f"not the usual rendering of {vietnamese}",
            )
        )
    elif place.kind == "listed":
        made.append(Reason("other-concept", f"listed for {vietnamese}, but the evidence says otherwise here"))
    elif place.kind == "calque":
        made.append(Reason("calque", f"its words, one by one, spell {place.term}: {place.notes['calque']}"))
    elif place.kind == "returned":
        made.append(
            Reason(
                "came-back-in-part", f"came back as {place.term!r} in one language only; no listed form stands there"
            )
        )
    else:
        made.append(Reason("unknown", f"the original has {place.term!r} here; no listed form stands for it"))
        if place.notes.get("calque"):
            made.append(Reason("calque", f"its words, one by one, spell {place.term}: {place.notes['calque']}"))
    if place.features.get("abbreviation") and place.kind in ("unknown", "covered") and verdict != "variant":
        made.append(Reason("abbreviation", f"the original has the abbreviation {place.term}: {vietnamese}"))
    if verdict != "variant" and (place.english or place.vietnamese):
        for language, said, term in (("English", place.english, english), ("Vietnamese", place.vietnamese, vietnamese)):
            for engine, text in said.items():
                same = place.features.get("same_en" if language == "English" else "same_vi", 0.0)
                if text and term and same < 1:
                    made.append(
                        Reason("round-trip", f"came back in {language} as {text!r} ({engine}); the term is {term!r}")
                    )
    if place.features.get("no_city") and place.features.get("of_level"):
        made.append(Reason("no-city", f"no city of Vietnam is meant; a {english} is called that here"))
    if not place.features.get("has_original") and place.features.get("sense", 0.0) > 0.5:
        made.append(
            Reason("around", f"the words around it are those beside {vietnamese}, not those of its usual sense")
        )
    if place.features.get("seen_error"):
        made.append(Reason("seen", f"annotators called it an error in {place.notes['seen']} places"))
    if place.notes.get("other") and place.notes["other"] in termbase.concepts:
        made.append(
            Reason("other-term", f"that is another term: {termbase.concepts[place.notes['other']].vietnamese[0]}")
        )
    if place.features.get("original") and place.term and place.kind == "listed":
        made.append(Reason("original", f"the original has {place.term!r}"))
    elif place.features.get("absent"):
        made.append(Reason("absent", f"the original does not have {vietnamese!r} here"))
    if concept.preferred:
        made.append(Reason("preferred", f"preferred: {concept.preferred}"))
    return tuple(made)


def suggestion(concept: Concept, verdict: Verdict, place: Place) -> str:
    """What to write instead, '' for a good rendering: the document's usual right form or the preferred one."""
    if verdict == "ok":
        return ""
    return place.notes.get("usual", "") if verdict == "variant" and place.notes.get("usual") else concept.preferred
