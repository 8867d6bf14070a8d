from __future__ import annotations

from pathlib import Path

import pytest

from align.alignment.scores import format_beads, parse_beads, read_beads, score_beads, score_words
from align.errors import DataError

GOLD = [((0,), (0,)), ((1, 2), (1,)), ((3,), ()), ((), (2,)), ((4,), (3, 4))]


def test_gold_against_itself_is_perfect() -> None:
    scores = score_beads([GOLD], [GOLD])
    assert scores.strict.f1 == scores.lax.f1 == 1.0


@pytest.mark.parametrize(
    ("found", "strict", "lax"),
    [
        ([((0,), (0,))], (1.0, 1 / 3), (1.0, 1 / 3)),
        ([((1,), (1,)), ((2,), ())], (0.0, 0.0), (0.5, 1 / 3)),
        ([((3,), ()), ((0,), (0,))], (1.0, 1 / 3), (1.0, 1 / 3)),
        ([((0,), ()), ((), (0,))], (0.0, 0.0), (0.0, 0.0)),
        ([((4,), (3,)), ((), (4,)), ((0,), (0,))], (1 / 3, 1 / 3), (2 / 3, 2 / 3)),
        ([], (0.0, 0.0), (0.0, 0.0)),
    ],
    ids=["part", "touching", "right deletion", "wrong deletions", "half a bead", "nothing"],
)
def test_precision_counts_all_beads_recall_those_with_two_sides(
    found: list[tuple[tuple[int, ...], tuple[int, ...]]],
    strict: tuple[float, float],
    lax: tuple[float, float],
) -> None:
    scores = score_beads([GOLD], [found])
    assert (scores.strict.precision, scores.strict.recall) == pytest.approx(strict)
    assert (scores.lax.precision, scores.lax.recall) == pytest.approx(lax)


def test_documents_are_pooled_and_kept_apart() -> None:
    one = [((0,), (0,))]
    two = [((0,), (1,)), ((1,), (0,))]
    assert score_beads([one, two], [one, []]).strict.recall == pytest.approx(1 / 3)
    with pytest.raises(DataError, match=r"\(2\), found 1"):
        score_beads([one, two], [one])


def test_beads_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "beads"
    path.write_text(format_beads(GOLD), encoding="utf-8")
    assert read_beads(path) == GOLD
    assert parse_beads("[0, 1]:[2]:0.25\n\n[]:[3]\n") == [((0, 1), (2,)), ((), (3,))]


def test_a_bad_line_is_named() -> None:
    with pytest.raises(DataError, match=r"gold:2: found 'x:y', expected beads"):
        parse_beads("[0]:[0]\nx:y\n", "gold")


def test_alignment_error_rate() -> None:
    scores = score_words([{(0, 0), (1, 1)}], [{(0, 0), (2, 1)}], [{(2, 1)}])
    assert (scores.precision, scores.recall, scores.aer) == pytest.approx((1.0, 0.5, 1 - 3 / 4))
    assert score_words([set()], [set()]).aer == 0.0
