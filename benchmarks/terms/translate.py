"""Back-translations of the annotated articles by an engine, for `run.py --back`.

python benchmarks/terms/translate.py OUT.jsonl [--engine bundled] [--gold DIR] [--annotated DIR]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from gold import ANNOTATED, DEFAULT, articles

from align.config import TranslationConfig
from align.engines import translator
from align.records import Translation, to_json


def main() -> None:
    """Translate every annotated sentence into English and Vietnamese."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--engine", default="bundled")
    parser.add_argument("--gold", type=Path, default=DEFAULT)
    parser.add_argument("--annotated", type=Path, default=ANNOTATED)
    options = parser.parse_args()
    segments = [
        segment for folder in (options.gold, options.annotated) for one in articles(folder) for segment in one.segments
    ]
    with options.out.open("w", encoding="utf-8") as stream:
        for language in ("en", "vi"):
            engine = translator(TranslationConfig(to=language, engine=options.engine)).load()  # type: ignore[arg-type]
            for start in range(0, len(segments), 16):
                some = segments[start : start + 16]
                for segment, made in zip(some, engine.translate([s.text for s in some], "hi", language), strict=True):
                    row = Translation(segment.document, segment.index, language, options.engine, made.text, made.score)
                    stream.write(to_json(row) + "\n")


if __name__ == "__main__":
    main()
