"""Fitting the judge: ridge logistic regression by Newton's method, thresholds on lines left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from align.terms.verdict import Model

Inputs = Mapping[str, float]
FOLDS = 6

Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]
Vector = np.ndarray[tuple[int], np.dtype[np.float64]]


def table(rows: Sequence[Inputs]) -> tuple[list[str], Matrix]:
    """The names of all inputs and a row of their values for each of `rows`."""
    names = sorted({name for row in rows for name in row})
    at = {name: number for number, name in enumerate(names)}
    data = np.zeros((len(rows), len(names)))
    for number, row in enumerate(rows):
        for name, value in row.items():
            data[number, at[name]] = value
    return names, data


def logistic(data: Matrix, wanted: Vector, ridge: float, start: Vector | None = None) -> Vector:
    """The weights of the columns, by Newton's method from `start`; a column of zeros gets none."""
    weights = np.zeros(data.shape[1]) if start is None else start.copy()
    for _ in range(25):
        chance = 1 / (1 + np.exp(-np.clip(data @ weights, -30, 30)))
        slope = data.T @ (chance - wanted) + ridge * weights
        bend = (data * (chance * (1 - chance))[:, None]).T @ data
        bend[np.diag_indices_from(bend)] += ridge
        step = np.linalg.solve(bend, slope)
        weights -= step
        if np.abs(step).max(initial=0.0) < 1e-6:
            break
    return weights


def fit(groups: Sequence[tuple[Sequence[Inputs], Sequence[int], int]], ridge: float = 1.0, beta: float = 1.0) -> Model:
    """A model of all groups (documents: inputs, labels, positives that no input stands for).

    The threshold is the one with the best F (more weight on recall for beta > 1) on documents left out, a sixth at a time.
    """
    names, data = table([row for group in groups for row in group[0]])
    wanted = np.asarray([label for group in groups for label in group[1]], float)
    of = np.repeat(np.arange(len(groups)), [len(group[0]) for group in groups])
    whole = logistic(data, wanted, ridge)
    scored: list[tuple[float, int]] = []
    for part in range(FOLDS):
        kept = of % FOLDS != part
        weights = logistic(data[kept], wanted[kept], ridge, whole)
        chance = 1 / (1 + np.exp(-np.clip(data[~kept] @ weights, -30, 30)))
        scored += [(float(x), int(y)) for x, y in zip(chance, wanted[~kept], strict=True)]
    total = sum(y for _, y in scored) + sum(group[2] for group in groups)
    best, threshold, right = -1.0, 0.5, 0
    ordered = sorted(scored, reverse=True)
    for number, (score, label) in enumerate(ordered, 1):
        right += label
        value = (1 + beta**2) * right / (number + beta**2 * total) if total else 0.0
        if value > best and score > 0.05:
            following = ordered[number][0] if number < len(ordered) else 0.0
            best, threshold = value, (score + following) / 2
    return Model(dict(zip(names, whole.tolist(), strict=True)), max(0.05, threshold))
