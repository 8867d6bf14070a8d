"""A checkpoint as int8 rows with fp16 scales, the format of `align/engines/checkpoint.py`, held to the size
limit.

python -m training.pack CHECKPOINT OUTPUT
"""

from __future__ import annotations

import sys
from pathlib import Path

from align.engines import checkpoint

LIMIT = 50_000_000
"""Bytes that everything bundled may take."""


def pack(source: Path, target: Path) -> int:
    """Pack `source` into `target`; returns the bytes written and refuses what is too large to bundle."""
    checkpoint.pack(source, target)
    size = sum(file.stat().st_size for file in target.iterdir() if file.is_file())
    if size > LIMIT:
        raise SystemExit(f"{target} takes {size} bytes, more than the {LIMIT} that may be bundled")
    return size


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    print(pack(Path(sys.argv[1]), Path(sys.argv[2])), "bytes")
