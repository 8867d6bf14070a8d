"""Scores of translations, each with the signature that lets others reproduce it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Score:
    """A figure from 0 to 100 and sacrebleu's signature of how it was made."""

    name: str
    value: float
    signature: str

    def __str__(self) -> str:
        return f"{self.name} {self.value:.2f}  {self.signature}"


def translation_scores(hypotheses: Sequence[str], references: Sequence[str]) -> list[Score]:
    """chrF++ (Popović 2017, word order 2) and BLEU (Post 2018) of one hypothesis and one reference a line.

    Raises ValueError when the lengths differ or there is no line.
    """
    from sacrebleu.metrics import BLEU, CHRF

    if not hypotheses or len(hypotheses) != len(references):
        raise ValueError(
            f"{len(hypotheses)} hypotheses for {len(references)} references; expected one for each, and at least one"
        )
    scores = []
    for name, metric in (("chrF++", CHRF(word_order=2)), ("BLEU", BLEU())):
        made = metric.corpus_score(list(hypotheses), [list(references)])
        scores.append(Score(name, float(made.score), str(metric.get_signature())))
    return scores
