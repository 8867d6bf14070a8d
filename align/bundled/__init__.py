"""Where the offline model, the lexicon and the termbase in the box are, in a checkout and when installed."""

from __future__ import annotations

from pathlib import Path

MODEL = Path(__file__).parent


def corpora(name: str) -> Path:
    """A file or folder of `corpora/`: beside this package when installed, at the project's top in a checkout."""
    installed = Path(__file__).parent / "corpora" / name
    return installed if installed.exists() else Path(__file__).parents[2] / "corpora" / name
