"""Several versions of one document aligned at once, so that no link contradicts another.

Aligning every two versions on their own gives links that contradict one another: Hindi sentence 3 goes with
English 3, English 3 with original 5, and Hindi 3 with original 6. Consistent means here that the sentences of
all versions are partitioned into groups, and that the beads of two versions are the groups cut down to these
two; so what is linked to the same sentence is linked to one another.

The two-by-two alignments give, for every two sentences, the probability that they are linked. Each is averaged
with what every third version says (the likeliest way through it), as in multiple sequence alignment (Do et al.
2005, ProbCons, doi 10.1101/gr.2821705): so a third version decides where two leave it open, and a link that it
contradicts is given up. Links that stay likelier than not join sentences into groups, the likeliest first, as
long as the groups stay small. Time and memory grow with length.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from align.alignment.beads import Bead, align_and_doubt, default_weights, order_beads, prepare
from align.engines.protocols import Embedder

_EVEN = 0.5  # links that are likelier than this stay
_CHAINED = 2  # sentences by which each further version may lengthen a bead: its merges chain those of the others

Node = tuple[int, int]  # (version, sentence)
Links = dict[Node, dict[Node, float]]


@dataclass(frozen=True, slots=True)
class Version:
    """A text of a document in `language`, sentence by sentence."""

    language: str
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Group:
    """Sentences that say the same: for each version its indices, which may be none.

    `scores` holds, for versions a < b with sentences here, the mean over their sentences of the probability,
    from 0 to 1, of each one's likeliest link to the other version.
    """

    members: tuple[tuple[int, ...], ...]
    scores: Mapping[tuple[int, int], float]


def align_versions(
    versions: Sequence[Version],
    embedder: Embedder,
    max_sentences: int = 5,
    bridges: Mapping[tuple[int, int], Sequence[str]] | None = None,
    *,
    refine: bool = True,
) -> list[Group]:
    """Partition the sentences of all versions into groups, in the order of the first version.

    `bridges[a, b]`, a < b, holds a translation of each sentence of version a into the language of b. Any two
    versions have at most `max_sentences` sentences in a group, both together, and two more for each further
    version. Two versions give the beads of `align_texts`. A group without a sentence of the first version stands
    after the one that holds the sentence before it.
    """
    if len(versions) < 2:
        raise ValueError(f"versions: found {len(versions)}, expected two or more")
    bridges = bridges or {}
    links: Links = defaultdict(dict)
    between: dict[tuple[int, int], list[Bead]] = {}
    for a, b in itertools.combinations(range(len(versions)), 2):
        between[a, b], likely = _two(versions[a], versions[b], embedder, max_sentences, bridges.get((a, b)), refine)
        for bead in likely:
            for i, j in itertools.product(bead.source, bead.target):
                x, y = (a, i), (b, j)
                links[x][y] = links[y][x] = min(1.0, links[x].get(y, 0.0) + bead.score)
    if len(versions) == 2:
        return [
            Group((bead.source, bead.target), {(0, 1): bead.score} if bead.source and bead.target else {})
            for bead in between[0, 1]
        ]
    nodes = [(version, index) for version, one in enumerate(versions) for index in range(len(one.texts))]
    agreed = _agreed(links, len(versions))
    limit = max_sentences + _CHAINED * (len(versions) - 2)
    groups = [_group(part, len(versions), agreed, links) for part in _parts(nodes, agreed, limit)]
    return _ordered(groups, versions)


def beads_between(groups: Sequence[Group], a: int, b: int) -> list[Bead]:
    """The groups cut down to versions a < b: every sentence of both is in exactly one bead."""
    beads = [Bead(one.members[a], one.members[b], one.scores.get((a, b), 0.0)) for one in groups]
    return order_beads([bead for bead in beads if bead.source or bead.target])


def contradictions(between: Mapping[tuple[int, int], Sequence[Bead]]) -> int:
    """Count chains x - y - z of links over three versions whose ends are not linked to each other.

    `between[a, b]` holds the beads of versions a < b; every two of the versions must be there.
    """
    linked: dict[Node, set[Node]] = defaultdict(set)
    for (a, b), beads in between.items():
        for bead in beads:
            for left, right in itertools.product(bead.source, bead.target):
                linked[a, left].add((b, right))
                linked[b, right].add((a, left))
    return sum(
        x[0] != z[0] and z not in linked[x]
        for near in list(linked.values())
        for x, z in itertools.combinations(near, 2)
    )


def _two(
    left: Version, right: Version, embedder: Embedder, max_sentences: int, bridge: Sequence[str] | None, refine: bool
) -> tuple[list[Bead], list[Bead]]:
    if not left.texts or not right.texts:
        alone = [Bead((i,), (), 0.0) for i in range(len(left.texts))]
        return alone + [Bead((), (j,), 0.0) for j in range(len(right.texts))], []
    views = prepare(left.texts, right.texts, left.language, right.language, embedder, bridge)
    weights = default_weights()["plain" if bridge is None else "bridge"]
    return align_and_doubt(views, weights, max_sentences, refine=refine)


def _agreed(links: Links, versions: int) -> dict[tuple[Node, Node], float]:
    """The probability of each link x < y, averaged with what the other versions make of it.

    A version in which one of the two is linked to nothing has no say.
    """
    mass: dict[tuple[Node, int], float] = defaultdict(float)
    for x, near in links.items():
        for y, chance in near.items():
            mass[x, y[0]] = max(mass[x, y[0]], chance)
    found = {}
    for x, near in links.items():
        for y in {*near, *(y for z in near for y in links[z])}:
            if x >= y or x[0] == y[0]:
                continue
            total, weight = near.get(y, 0.0), 1.0
            for third in set(range(versions)) - {x[0], y[0]}:
                ways = (chance * links[z].get(y, 0.0) for z, chance in near.items() if z[0] == third)
                total += max(ways, default=0.0)
                weight += mass[x, third] * mass[y, third]
            found[x, y] = min(1.0, total / weight)
    return found


def _parts(nodes: Sequence[Node], agreed: Mapping[tuple[Node, Node], float], limit: int) -> list[list[Node]]:
    """Join nodes by their links, the likeliest first, where the group stays small enough."""
    place = {node: number for number, node in enumerate(nodes)}
    members = {number: [node] for number, node in enumerate(nodes)}
    for (x, y), chance in sorted(agreed.items(), key=lambda item: (-item[1], item[0])):
        one, other = place[x], place[y]
        if chance <= _EVEN or one == other:
            continue
        together = members[one] + members[other]
        sizes = sorted(Counter(version for version, _ in together).values())
        if sizes[-1] + sizes[-2] <= limit:
            for node in members.pop(other):
                place[node] = one
            members[one] = together
    return list(members.values())


def _group(nodes: Sequence[Node], versions: int, agreed: Mapping[tuple[Node, Node], float], links: Links) -> Group:
    members: list[list[int]] = [[] for _ in range(versions)]
    for version, index in sorted(nodes):
        members[version].append(index)
    scores = {}
    for a, b in itertools.combinations(range(versions), 2):
        # In a group, sentences of two versions that are not linked themselves are linked by way of others.
        best = [
            [max(agreed.get((x, y), 0.0), links[x].get(y, 0.0)) for y in nodes if y[0] == b] for x in nodes if x[0] == a
        ]
        if best and best[0]:
            likeliest = [max(row) for row in best] + [max(column) for column in zip(*best, strict=True)]
            scores[a, b] = sum(likeliest) / len(likeliest)
    return Group(tuple(map(tuple, members)), scores)


def _ordered(groups: Sequence[Group], versions: Sequence[Version]) -> list[Group]:
    holder = {
        (version, index): number
        for number, group in enumerate(groups)
        for version, members in enumerate(group.members)
        for index in members
    }
    places: dict[int, tuple[int, int, int]] = {
        number: (group.members[0][0], 0, 0) for number, group in enumerate(groups) if group.members[0]
    }
    for version, one in enumerate(versions):
        last = -1
        for index in range(len(one.texts)):
            number = holder[version, index]
            if number in places:
                last = places[number][0]
            else:
                places[number] = last, version, index
    return [groups[number] for number in sorted(places, key=places.__getitem__)]
