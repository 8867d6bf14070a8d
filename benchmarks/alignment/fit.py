"""Fit the weights of the sentence aligner and write align/alignment/weights.json.

    python benchmarks/alignment/fit.py GOLD [--data ../shared/data] [--out FILE]

GOLD is what make_gold.py wrote; only its dev sets and the dev document of Text+Berg are read. The path
through a document is a conditional random field over beads; its log-likelihood, with an L2 penalty, is
raised by Adam. `bridge` weights are fitted on the sets that have a back-translation, `plain` on all.
"""
