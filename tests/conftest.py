"""A small project that runs in seconds: two articles, an original, recorded translations, a termbase."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ARTICLES = {
    "mot": (
        "गाँव में कुशल जन-आंदोलन\n"
        "जिले की पार्टी समिति ने 12 अक्टूबर को 1,250 परिवारों के लिए कुशल जन-आंदोलन का मॉडल शुरू किया। "
        "डॉ. लान ने कहा कि कुशल जन लामबंदी से 35.5% परिवार गरीबी से बाहर आए।\n"
        "\n[विज्ञापन_2]\nस्रोत: https://example.vn/mo-hinh-dan-van-kheo.html\nटिप्पणी (0)\n"
    ),
    "phu/hai": "कम्यून की जन समिति ने 3 अरब VND दिए। लोगों ने सड़क के लिए जमीन दी।\n",
}
ORIGINAL = (
    "Dân vận khéo ở thôn\n"
    "Ngày 12/10, Huyện ủy triển khai mô hình dân vận khéo cho 1.250 hộ. "
    "Bác sĩ Lan cho biết nhờ dân vận khéo, 35,5% hộ đã thoát nghèo.\n"
)
RECORDED = {
    "en": [
        ("mot", 0, "Skillful mass movement in the village"),
        (
            "mot",
            1,
            "On October 12 the district Party Committee launched the skillful mass movement model for 1,250 households.",
        ),
        ("mot", 2, "Dr. Lan said that through skillful mass mobilization 35.5% of households escaped poverty."),
        ("phu/hai", 0, "The commune People's Committee gave 3 billion VND."),
        ("phu/hai", 1, "People gave land for the road."),
    ],
    "vi": [
        ("mot", 0, "Phong trào quần chúng khéo léo ở thôn"),
        ("mot", 1, "Ngày 12/10, Huyện ủy khởi động mô hình phong trào quần chúng khéo léo cho 1.250 hộ."),
        ("mot", 2, "Bác sĩ Lan nói nhờ dân vận khéo, 35,5% hộ thoát nghèo."),
        ("phu/hai", 0, "Ủy ban nhân dân xã đã cho 3 tỷ đồng."),
        ("phu/hai", 1, "Người dân hiến đất làm đường."),
    ],
}
TERMBASE = """\
- id: dan-van-kheo
  vietnamese: [dân vận khéo]
  abbreviations: [DVK]
  english: [skillful mass mobilization]
  hindi:
    - {form: कुशल जन-लामबंदी, status: preferred}
    - {form: कुशल जन-आंदोलन, status: deprecated, why: "reads 'skillful mass movement'"}
- id: uy-ban-nhan-dan
  vietnamese: [Ủy ban nhân dân]
  abbreviations: [UBND]
  english: [People's Committee]
  hindi:
    - {form: जन समिति, status: preferred}
    - {form: पीपुल्स कमेटी, status: admitted}
"""
CONFIG = """\
documents: {path: hindi, originals: vietnamese}
translations:
  - {to: en, engine: recorded, file: recorded.en.tsv}
  - {to: vi, engine: recorded, file: recorded.vi.tsv}
alignments: {embedder: bundled}
terms: {termbase: termbase.yaml}
run: {output: out, workers: 1}
"""


@dataclass(frozen=True)
class Project:
    """A folder with a config; `align` runs the command line in it."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "small.yaml"

    @property
    def output(self) -> Path:
        return self.folder / "out"

    def align(self, *arguments: str | Path, timeout: float = 300, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "align.cli", *map(str, arguments)],
            cwd=self.folder, env={**os.environ, "ALIGN_CACHE": str(self.folder / "cache"), "PYTHONPATH": str(ROOT), **more},
            capture_output=True, text=True, timeout=timeout, encoding="utf-8",
        )  # fmt: skip

    def records(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.output.glob("*.jsonl"))}


def write_project(folder: Path) -> Project:
    (folder / "pyproject.toml").write_text("")
    for name, text in ARTICLES.items():
        path = folder / "hindi" / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "vietnamese").mkdir()
    (folder / "vietnamese" / "mot.txt").write_text(ORIGINAL, encoding="utf-8")
    for language, rows in RECORDED.items():
        lines = ["document\tindex\ttext", *(f"{document}\t{index}\t{text}" for document, index, text in rows)]
        (folder / f"recorded.{language}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "termbase.yaml").write_text(TERMBASE, encoding="utf-8")
    (folder / "small.yaml").write_text(CONFIG, encoding="utf-8")
    return Project(folder)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return write_project(tmp_path)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The small project after one whole run; tests only read it."""
    made = write_project(tmp_path_factory.mktemp("finished"))
    result = made.align("run", made.config)
    assert result.returncode == 0, result.stderr
    return made
