"""Imports point one way, and importing the package is cheap."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "align"
# A room may import from the rooms before it, and from itself; stages not even from one another.
ROOMS = [
    {"errors"}, {"records"}, {"languages"}, {"bundled", "config"}, {"store", "formats", "metrics", "progress"}, {"engines"}, {"alignment"}, {"terms"},
    {"stages"}, {"run"}, {"commands"}, {"cli"},
]  # fmt: skip


def _level(room: str) -> int:
    return next(number for number, rooms in enumerate(ROOMS) if room in rooms)


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "align":
            parts = node.module.split(".")[1:]
            found |= (
                {".".join(parts)} if parts else {name.name for name in node.names if not name.name.startswith("__")}
            )
        elif isinstance(node, ast.Import):
            found |= {name.name.removeprefix("align.") for name in node.names if name.name.startswith("align.")}
    return found


def test_imports_point_one_way() -> None:
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        here = path.relative_to(PACKAGE).with_suffix("").parts
        if here == ("__init__",):
            continue
        for name in _imports(path):
            room = name.split(".")[0]
            if room != here[0] and _level(room) >= _level(here[0]):
                wrong.append(f"{'.'.join(here)} imports {name}")
            if here[0] == room == "stages" and name.split(".")[1:] != [] and name != "stages":
                wrong.append(f"{'.'.join(here)} imports another stage, {name}")
    assert wrong == []


def test_the_package_and_its_command_line_load_no_heavy_library() -> None:
    code = (
        "import sys, align, align.cli, align.config, align.run\n"
        "print([name for name in ('torch', 'transformers', 'ctranslate2', 'ray', 'pyarrow', 'docx') if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
