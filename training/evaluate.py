"""Scores of a checkpoint, beside the pilot's and other engines', with sacrebleu's signatures.

    python -m training.evaluate --model DIR --lexicon corpora/lexicon --heldout DIR --gold DIR --flores
    FILE.tsv \\
        --ntrex FILE.tsv [--engines DIR] [--pilot DIR] [--lines 200] [--beams 4] --output DIR

The model is read through `engine: bundled`, as users run it (cut at clauses, names and numbers in slots, the best
hypothesis that kept them); `--runtime transformers` or `ctranslate2` reads it bare, for checkpoints of ablations.

Every set is optional. Outputs go to `OUTPUT/SET.LANGUAGE.txt` (the pilot's to `SET.LANGUAGE.pilot.txt`),
figures to `OUTPUT/figures.json` and `OUTPUT/FIGURES.md`.

A *name* is a run of two to four capitalised words in the Vietnamese reference that also stands, without its
marks, in the English reference ("Quảng Ninh"/"Quang Ninh"): it is kept if the output has it letter for
letter. A *number* is one that the Hindi has and the reference too; it is kept if its digits stand in the
output.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sacrebleu
import torch

from align.engines import bundled, ctranslate2
from align.engines.checkpoint import is_packed, load_packed
from align.engines.gloss import Lexicon, annotate, load_lexicon, lookup, plain_latin
from align.engines.slots import Slotted, fill, slotted
from align.stages.translations import plan
from training.data import capitalised

Rows = list[dict[str, str]]
Translate = Callable[[list[str], str], list[str]]


def load(folder: Path) -> tuple[Any, Any]:
    """Tokenizer and model of a packed folder or of a transformers checkpoint, in float32."""
    if is_packed(folder):
        return load_packed(folder, torch.float32)
    from transformers import BartForConditionalGeneration, PreTrainedTokenizerFast

    model: Any = BartForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    return PreTrainedTokenizerFast.from_pretrained(folder), model.eval()


def prepare(hindi: str, language: str, lexicon: Lexicon, options: argparse.Namespace) -> Slotted:
    """The annotated source with slots, or what the ablation leaves of it."""
    if options.no_gloss:
        return Slotted(hindi)
    return Slotted(annotate(hindi, language, lexicon)) if options.no_slots else slotted(hindi, language, lexicon)


def with_engine(folder: Path, beams: int, threads: int) -> Translate:
    """The checkpoint as `engine: bundled` runs it; takes plain Hindi."""
    engine = bundled.Bundled(ctranslate2.CTranslate2(model=str(folder), beams=beams, threads=threads)).load()

    def translate(sources: list[str], language: str) -> list[str]:
        outputs: dict[str, str] = {}
        for batch in plan(sources, 2048):
            made = engine.translate(batch, "hi", language)
            outputs.update((text, one.text) for text, one in zip(batch, made, strict=True))
        return [outputs.get(text, "") for text in sources]

    return translate


def with_transformers(tokenizer: Any, model: Any, beams: int, *, pilot: bool = False) -> Translate:
    """Batched beam search; `pilot` for a checkpoint whose decoder starts with the language itself."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = model.to(device)

    def translate(sources: list[str], language: str) -> list[str]:
        token = tokenizer.convert_tokens_to_ids(f"<{language}>")
        start = {"decoder_start_token_id": token} if pilot else {"forced_bos_token_id": token}
        order = sorted(range(len(sources)), key=lambda i: len(sources[i]))
        outputs = [""] * len(sources)
        for begin in range(0, len(order), 24):
            chosen = order[begin : begin + 24]
            batch = tokenizer(
                [sources[i] for i in chosen],
                return_tensors="pt",
                padding=True,
                truncation=True,
                max_length=400,
            )
            with torch.no_grad(), torch.autocast(device.type, torch.bfloat16):
                ids = model.generate(
                    input_ids=batch["input_ids"].to(device),
                    attention_mask=batch["attention_mask"].to(device),
                    num_beams=beams,
                    max_new_tokens=batch["input_ids"].shape[1] + 20,
                    **start,
                )
            for i, text in zip(chosen, tokenizer.batch_decode(ids, skip_special_tokens=True), strict=True):
                outputs[i] = text
        return outputs

    return translate


def with_ctranslate2(tokenizer: Any, model: Any, beams: int, threads: int, *, pilot: bool = False) -> Translate:
    """The same search in CTranslate2 with int8 weights; about five times as fast on a CPU."""
    import ctranslate2 as runtime

    model.config.normalize_before = False  # BART is post-norm; recent transformers no longer say so
    model.resize_token_embeddings(len(tokenizer))  # without the rows of padding

    def converted() -> Any:
        with tempfile.TemporaryDirectory() as scratch:
            model.save_pretrained(Path(scratch) / "checkpoint")
            tokenizer.save_pretrained(Path(scratch) / "checkpoint")
            converter = runtime.converters.TransformersConverter(str(Path(scratch) / "checkpoint"))
            converter.convert(str(Path(scratch) / "converted"), quantization="int8")
            return runtime.Translator(str(Path(scratch) / "converted"), device="cpu", intra_threads=threads)

    engines: dict[str, Any] = {}

    def translate(sources: list[str], language: str) -> list[str]:
        if pilot and language not in engines:  # the start of its decoder is written into the converted model
            model.config.decoder_start_token_id = tokenizer.convert_tokens_to_ids(f"<{language}>")
        key = language if pilot else ""
        engine = engines[key] = engines.get(key) or converted()
        tokens = [tokenizer.convert_ids_to_tokens(tokenizer(text).input_ids[:400]) for text in sources]
        results = engine.translate_batch(
            tokens,
            target_prefix=None if pilot else [[f"<{language}>"]] * len(tokens),
            beam_size=beams,
            max_batch_size=2048,
            batch_type="tokens",
            max_decoding_length=256,
        )
        ids = [tokenizer.convert_tokens_to_ids(result.hypotheses[0]) for result in results]
        return [str(tokenizer.decode(one, skip_special_tokens=True)) for one in ids]

    return translate


def read_json(files: list[Path]) -> Rows:
    """Triples (`hi`, `en`, `vi`) of JSONL files."""
    rows = [
        json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines() if line.strip()
    ]
    return [
        {key: row[key] for key in ("hi", "en", "vi")}
        for row in rows
        if row.get("hi") and row.get("en") and row.get("vi")
    ]


def read_table(file: Path) -> Rows:
    """Triples of a TSV whose first columns are Hindi, English, Vietnamese."""
    cells = (line.rstrip("\n").split("\t") for line in file.open(encoding="utf-8"))
    return [dict(zip(("hi", "en", "vi"), row, strict=False)) for row in cells if len(row) >= 3]


def digits(text: str) -> Counter[str]:
    """The numbers of a text as bare digits, separators dropped: 1.260 and 1,260 are one number."""
    return Counter(re.sub(r"\D", "", found) for found in re.findall(r"\d+(?:[.,]\d+)*", text))


def numbers_kept(rows: Rows, outputs: list[str], language: str, lexicon: Lexicon) -> tuple[int, int]:
    """Numbers of the Hindi that the reference has too: kept in the output, all."""
    kept = total = 0
    for row, output in zip(rows, outputs, strict=True):
        said = " ".join(g.alternatives(language)[0] for g in lookup(row["hi"], lexicon) if g.found == "number")
        wanted = digits(said) & digits(row[language])
        kept += sum((wanted & digits(output)).values())
        total += sum(wanted.values())
    return kept, total


def names_kept(rows: Rows, outputs: list[str], language: str) -> tuple[int, int, Counter[str]]:
    """Names of the reference kept in the output, all, and the lost ones."""
    kept = total = 0
    lost: Counter[str] = Counter()
    for row, output in zip(rows, outputs, strict=True):
        for name in capitalised(row["vi"]):
            if plain_latin(name) not in row["en"]:
                continue
            wanted = name if language == "vi" else plain_latin(name)
            total += 1
            if wanted in output:
                kept += 1
            else:
                lost[wanted] += 1
    return kept, total, lost


def score(outputs: list[str], references: list[str]) -> dict[str, Any]:
    """chrF++ and BLEU (13a) with their signatures."""
    chrf, bleu = sacrebleu.CHRF(word_order=2), sacrebleu.BLEU()
    figures = {
        "chrF++": round(chrf.corpus_score(outputs, [references]).score, 2),
        "BLEU": round(bleu.corpus_score(outputs, [references]).score, 2),
    }
    return {**figures, "signatures": [str(chrf.get_signature()), str(bleu.get_signature())]}


def sets(options: argparse.Namespace) -> dict[str, Rows]:
    """The test sets that were named, cut to `--lines`."""
    found: dict[str, Rows] = {}
    if options.heldout:
        files = sorted(options.heldout.glob("*.jsonl"))
        found["heldout"] = read_json(files)
        if not options.lines:
            found |= {f"heldout-{file.stem}": read_json([file]) for file in files}
    if options.gold:
        articles = [options.gold / "000.jsonl", options.gold / "003.jsonl"]
        found["gold-real"] = read_json([file for file in articles if file.exists()])
        found["gold-docs"] = read_json(sorted((options.gold / "docs").glob("*.jsonl")))
    if options.flores:
        found["flores-dev"] = read_table(options.flores)
    if options.ntrex:
        found["ntrex"] = read_table(options.ntrex)
    if options.lines:
        # evenly spaced, so that a subset has every topic; FLORES from its start, as the pilot was measured
        for name, rows in found.items():
            step = max(1, len(rows) // options.lines)
            found[name] = rows[: options.lines] if name == "flores-dev" else rows[::step][: options.lines]
    return {name: rows for name, rows in found.items() if rows}


def table(figures: list[dict[str, Any]]) -> str:
    """A Markdown table of the figures."""
    heads = ("set", "to", "system", "lines", "chrF++", "BLEU", "numbers", "names")
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in figures:
        cells = [str(row[head]) for head in heads[:6]]
        cells += [
            f"{kept}/{total} ({100 * kept / max(1, total):.1f} %)" for kept, total in (row["numbers"], row["names"])
        ]
        lines.append("| " + " | ".join(cells) + " |")
    signatures = sorted({signature for row in figures for signature in row["signatures"]})
    return "\n".join([*lines, "", *(f"`{signature}`  " for signature in signatures)]) + "\n"


def main() -> None:
    """Read the command line, translate every set with every system, write outputs and figures."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--model", type=Path, required=True, help="packed folder or transformers checkpoint")
    add("--lexicon", type=Path, required=True)
    add("--heldout", type=Path, help="folder of held-out triples")
    add("--gold", type=Path, help="folder with 000.jsonl, 003.jsonl and docs/")
    add("--flores", type=Path, help="FLORES dev: TSV of Hindi, English, Vietnamese")
    add("--ntrex", type=Path, help="NTREX: TSV of Hindi, English, Vietnamese")
    add("--engines", type=Path, help="folder with hi-en/flores-dev.NAME.en: other engines' outputs")
    add("--pilot", type=Path, help="the pilot's packed folder")
    add("--output", type=Path, required=True)
    add("--lines", type=int, help="only so many lines of each set")
    add("--beams", type=int, default=4)
    add("--threads", type=int, default=2)
    add("--runtime", choices=("bundled", "transformers", "ctranslate2"), default="bundled")
    add("--no-gloss", action="store_true", help="bare Hindi (a checkpoint of the ablation)")
    add("--no-slots", action="store_true", help="names and numbers as text (a checkpoint of the ablation)")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    lexicon = load_lexicon(options.lexicon)
    systems: list[tuple[str, Translate]] = []
    for system, folder in (("model", options.model), ("pilot", options.pilot)):
        if folder is None:
            continue
        pilot = system == "pilot"
        if options.runtime == "bundled" and not pilot:
            systems.append((system, with_engine(folder, options.beams, options.threads)))
            continue
        pair = load(folder)
        if options.runtime != "transformers":
            systems.append((system, with_ctranslate2(*pair, options.beams, options.threads, pilot=pilot)))
        else:
            systems.append((system, with_transformers(*pair, options.beams, pilot=pilot)))
    options.output.mkdir(parents=True, exist_ok=True)
    figures: list[dict[str, Any]] = []
    for name, rows in sets(options).items():
        for language in ("en", "vi"):
            references = [row[language] for row in rows]
            results: list[tuple[str, list[str]]] = []
            for system, function in systems:
                made = [Slotted(row["hi"]) for row in rows]
                if system == "model" and options.runtime != "bundled":
                    made = [prepare(one.source, language, lexicon, options) for one in made]
                began = time.time()
                outputs = function([one.source for one in made], language)
                results.append((system, [fill(text, one.fills)[0] for text, one in zip(outputs, made, strict=True)]))
                print(
                    f"{name} {language} {system}: {len(rows) / (time.time() - began):.1f} sentences/s",
                    flush=True,
                )
                suffix = "" if system == "model" else f".{system}"
                text = "\n".join(line.replace("\n", " ") for line in results[-1][1]) + "\n"
                (options.output / f"{name}.{language}{suffix}.txt").write_text(text, encoding="utf-8")
            if options.engines and name == "flores-dev":
                for file in sorted((options.engines / f"hi-{language}").glob(f"flores-dev.*.{language}")):
                    results.append(
                        (file.name.split(".")[1], file.read_text(encoding="utf-8").splitlines()[: len(rows)])
                    )
            for system, outputs in results:
                numbers, names = (
                    numbers_kept(rows, outputs, language, lexicon),
                    names_kept(rows, outputs, language),
                )
                row = {
                    "set": name,
                    "to": language,
                    "system": system,
                    "lines": len(rows),
                    **score(outputs, references),
                    "numbers": numbers,
                    "names": names[:2],
                    "names lost": names[2].most_common(30),
                }
                figures.append(row)
    (options.output / "figures.json").write_text(json.dumps(figures, ensure_ascii=False, indent=1), encoding="utf-8")
    (options.output / "FIGURES.md").write_text(table(figures), encoding="utf-8")
    print(table(figures))


if __name__ == "__main__":
    main()
