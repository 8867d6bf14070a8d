"""Fitting the judge: ridge logistic regression by Newton's method, thresholds on lines left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from align.terms.verdict import Model

Inputs = Mapping[str, float]


def logistic(rows: Sequence[Inputs], labels: Sequence[int], ridge: float = 1.0) -> dict[str, float]:
    """Weights by name."""
    names = sorted({name for row in rows for name in row})
    at = {name: number for number, name in enumerate(names)}
    data = np.zeros((len(rows), len(names)))
    for number, row in enumerate(rows):
        for name, value in row.items():
            data[number, at[name]] = value
    wanted = np.asarray(labels, float)
    weights = np.zeros(len(names))
    penalty = np.full(len(names), ridge)
    for _ in range(25):
        chance = 1 / (1 + np.exp(-np.clip(data @ weights, -30, 30)))
        slope = data.T @ (chance - wanted) + penalty * weights
        bend = (data * (chance * (1 - chance))[:, None]).T @ data + np.diag(penalty)
        step = np.linalg.solve(bend, slope)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return dict(zip(names, weights.tolist(), strict=True))


def fit(groups: Sequence[tuple[Sequence[Inputs], Sequence[int], int]], ridge: float = 1.0, beta: float = 1.0) -> Model:
    """A model of all groups (documents: inputs, labels, positives that no input stands for).

    The threshold is the one with the best F (more weight on recall for beta > 1) on documents left out in turn.
    """
    scored: list[tuple[float, int]] = []
    for out in range(len(groups)):
        kept = [group for number, group in enumerate(groups) if number != out]
        model = Model(logistic([x for g in kept for x in g[0]], [y for g in kept for y in g[1]], ridge), 0.5)
        scored += [(model.score(x), y) for x, y in zip(*groups[out][:2], strict=True)]
    total = sum(y for _, y in scored) + sum(group[2] for group in groups)
    best, threshold, right = -1.0, 0.5, 0
    ordered = sorted(scored, reverse=True)
    for number, (score, label) in enumerate(ordered, 1):
        right += label
        value = (1 + beta**2) * right / (number + beta**2 * total) if total else 0.0
        if value > best and score > 0.05:
            following = ordered[number][0] if number < len(ordered) else 0.0
            best, threshold = value, (score + following) / 2
    weights = logistic([x for g in groups for x in g[0]], [y for g in groups for y in g[1]], ridge)
    return Model(weights, max(0.05, threshold))
