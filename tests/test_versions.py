"""Several versions aligned at once: a partition, no contradiction, and better than two by two."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from test_beads import WordVectors, sentences

from align.alignment.beads import Bead, align_texts
from align.alignment.scores import score_beads
from align.alignment.versions import Group, Version, align_versions, beads_between, contradictions
from align.cli import main
from align.config import AlignmentsConfig
from align.records import Segment, Translation
from align.stages.alignments import align_document


class Blurred(WordVectors):
    """The Hindi side's vectors are half noise."""

    def embed_sums(self, texts: Sequence[str], language: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        sums, counts = super().embed_sums(texts, language)
        if language == "hi":
            draw = np.random.default_rng(len(texts))
            sums += draw.normal(size=sums.shape).astype(np.float32) * np.sqrt(counts)[:, None] * 1.2
        return sums, counts


def disturbed(text: Sequence[str], seed: int) -> tuple[list[str], list[tuple[int, ...]]]:
    """Lines with some joined and some left out, and which sentences of `text` each line holds."""
    draw = random.Random(seed)
    lines, rows = [], []
    at = 0
    while at < len(text):
        kind = draw.random()
        size = 2 if kind < 0.15 and at + 1 < len(text) else 1
        if kind < 0.92:
            lines.append(" ".join(text[at : at + size]))
            rows.append(tuple(range(at, at + size)))
        at += size
    return lines, rows


def gold(
    left: Sequence[tuple[int, ...]], right: Sequence[tuple[int, ...]], third: Sequence[tuple[int, ...]]
) -> set[Bead]:
    """Beads of two sides cut from groups of lines that share sentences by way of any side."""
    owner: dict[int, int] = {}

    def top(row: int) -> int:
        while owner.setdefault(row, row) != row:
            row = owner[row]
        return row

    for side in (left, right, third):
        for first, *others in side:
            for other in others:
                owner[top(other)] = top(first)
    groups: dict[int, tuple[list[int], list[int]]] = {}
    for number, side in enumerate((left, right)):
        for place, rows in enumerate(side):
            groups.setdefault(top(rows[0]), ([], []))[number].append(place)
    return {Bead(tuple(a), tuple(b), 0.0) for a, b in groups.values()}


def three(seed: int, length: int = 30) -> tuple[list[Version], list[list[tuple[int, ...]]]]:
    text = sentences(length, seed)
    sides = [disturbed(text, seed * 10 + number) for number in range(3)]
    languages = ("hi", "vi", "en")
    return [Version(one, lines) for one, (lines, _) in zip(languages, sides, strict=True)], [rows for _, rows in sides]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_groups_partition_every_version_and_nothing_contradicts(seed: int) -> None:
    versions, _ = three(seed)
    groups = align_versions(versions, WordVectors())
    for number, version in enumerate(versions):
        held = sorted(index for group in groups for index in group.members[number])
        assert held == list(range(len(version.texts)))
    between = {pair: beads_between(groups, *pair) for pair in itertools.combinations(range(3), 2)}
    assert contradictions(between) == 0
    firsts = [group.members[0][0] for group in groups if group.members[0]]
    assert firsts == sorted(firsts)
    for (a, b), beads in between.items():
        for side, version in ((0, versions[a]), (1, versions[b])):
            members = [index for bead in beads for index in (bead.source, bead.target)[side]]
            assert sorted(members) == list(range(len(version.texts)))
        assert all(0 < bead.score <= 1 for bead in beads if bead.source and bead.target)
        assert all(bead.score == 0 for bead in beads if not (bead.source and bead.target))
    assert max(len(group.members[0]) + len(group.members[1]) for group in groups) <= 5 + 2


def test_a_third_version_decides_what_two_leave_open() -> None:
    alone, together, right = [], [], []
    clashes = 0
    for seed in range(6):
        versions, rows = three(seed)
        embedder = Blurred()
        pairs = {
            (a, b): align_texts(
                versions[a].texts, versions[b].texts, versions[a].language, versions[b].language, embedder
            )
            for a, b in itertools.combinations(range(3), 2)
        }
        clashes += contradictions(pairs)
        groups = align_versions(versions, embedder)
        assert contradictions({pair: beads_between(groups, *pair) for pair in pairs}) == 0
        right.append([(bead.source, bead.target) for bead in gold(rows[0], rows[1], rows[2])])
        alone.append([(bead.source, bead.target) for bead in pairs[0, 1]])
        together.append([(bead.source, bead.target) for bead in beads_between(groups, 0, 1)])
    assert clashes > 0
    assert score_beads(right, together).strict.f1 > score_beads(right, alone).strict.f1 + 0.05


def test_contradictions_are_chains_whose_ends_are_not_linked() -> None:
    one = [Bead((0,), (0,), 1.0), Bead((1,), (1,), 1.0)]
    crossed = [Bead((0,), (1,), 1.0), Bead((1,), (0,), 1.0)]
    assert contradictions({(0, 1): one, (0, 2): one, (1, 2): one}) == 0
    assert contradictions({(0, 1): one, (0, 2): one, (1, 2): crossed}) == 6
    assert contradictions({(0, 1): one}) == 0


def test_two_versions_are_the_beads_of_two_texts() -> None:
    versions, _ = three(7)
    groups = align_versions(versions[:2], WordVectors())
    assert beads_between(groups, 0, 1) == align_texts(versions[0].texts, versions[1].texts, "hi", "vi", WordVectors())
    with pytest.raises(ValueError, match="found 1, expected two or more"):
        align_versions(versions[:1], WordVectors())


def test_empty_and_missing_versions() -> None:
    text = sentences(3)
    groups = align_versions([Version("hi", text), Version("vi", []), Version("en", text)], WordVectors())
    assert [group.members for group in groups] == [((0,), (), (0,)), ((1,), (), (1,)), ((2,), (), (2,))]
    assert align_versions([Version("hi", []), Version("vi", []), Version("en", [])], WordVectors()) == []
    groups = align_versions([Version("hi", []), Version("vi", text[:1]), Version("en", [])], WordVectors())
    assert groups == [Group(((), (0,), ()), {})]


def test_four_versions() -> None:
    text = sentences(12, 4)
    versions = [
        Version("hi", text),
        Version("vi", [text[0] + " " + text[1], *text[2:]]),
        Version("en", [*text[:5], *text[6:]]),
        Version("en", [*text, "w1 w2 w3 and what nobody else has"]),
    ]
    groups = align_versions(versions, WordVectors())
    members = [group.members for group in groups]
    assert members[0] == ((0, 1), (0,), (0, 1), (0, 1))
    assert ((5,), (4,), (), (5,)) in members
    assert ((), (), (), (12,)) in members


def segment(role: str, language: str, index: int, text: str) -> Segment:
    return Segment("d", role, language, index, text, 0, len(text))  # type: ignore[arg-type]


def test_the_stage_links_original_and_version_to_the_same_hindi_segments() -> None:
    versions, _ = three(3)
    roles = ("hindi", "original", "version")
    segments = [
        segment(role, version.language, index, text)
        for role, version in zip(roles, versions, strict=True)
        for index, text in enumerate(version.texts)
    ]
    back = [Translation("d", index, "vi", "engine", text) for index, text in enumerate(versions[0].texts)]
    found = list(align_document(segments, back, WordVectors(), AlignmentsConfig()))
    beads = {
        name: [Bead(one.hindi, one.other, one.score) for one in found if one.engine == name]
        for name in ("engine", "original", "version")
    }
    assert [one.source for one in beads["engine"]] == [(index,) for index in range(len(versions[0].texts))]
    sides = [{bead.source for bead in beads[name] if bead.source} for name in ("original", "version")]
    linked = [{bead.source for bead in beads[name] if bead.source and bead.target} for name in ("original", "version")]
    assert sides[0] == sides[1]
    assert linked[0] & linked[1]
    assert {one.language for one in found if one.engine == "version"} == {"en"}


def test_the_command_takes_further_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("align.engines.embedder", lambda config: WordVectors())
    text = sentences(5)
    files = {"a.hi": text, "b.vi": [text[0] + " " + text[1], *text[2:]], "c.en": text[:4]}
    for name, lines in files.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    given = [str(tmp_path / "a.hi"), str(tmp_path / "b.vi"), "--cache", str(tmp_path / "cache.sqlite")]
    result = CliRunner().invoke(main, ["sentences", *given, "--also", f"en={tmp_path / 'c.en'}"])
    assert result.exit_code == 0, result.output
    rows = [line.split("\t") for line in result.output.splitlines()]
    assert [row[:3] for row in rows] == [["0,1", "0", "0,1"], ["2", "1", "2"], ["3", "2", "3"], ["4", "3", ""]]
    assert all(0 < float(row[3]) <= 1 for row in rows)
    assert (tmp_path / "vectors.sqlite").is_file()
    wrong = CliRunner().invoke(main, ["sentences", *given, "--also", "fr=x"])
    assert wrong.exit_code != 0
    assert "LANGUAGE=FILE" in str(wrong.output) + str(wrong.exception)
