"""From data to checkpoint in one command; see training/README.md.

    python -m training.train --training corpora/training --lexicon corpora/lexicon --heldout DIR --parallel
    DIR \\
        --output runs/model --minutes 100

Builds the untrained model unless there is one, trains (CUDA if there is a device, else CPU), keeps a
checkpoint every few minutes with its score on the held-out articles, and at the end averages the last good
ones and packs the result as int8 rows. Killed at any moment it goes on with `--continue`.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import BartForConditionalGeneration, PreTrainedTokenizerFast

from training import build, data, pack

# One (source, target) length a bucket. A few fixed shapes keep oneDNN's plans and the allocator's blocks in
# use: with free shapes a step on the CPU takes twice as long. Targets are shorter: they carry no glosses.
BUCKETS = ((16, 12), (28, 20), (44, 28), (64, 36), (84, 48), (112, 60), (144, 80), (192, 104))
ROWS = 512
"""Target positions go through the output projection in multiples of this, again for fixed shapes."""


@dataclass
class State:
    """Where a run is; saved beside the optimiser, so that `--continue` takes up at the next round."""

    step: int = 0
    round: int = 0
    seconds: float = 0.0
    tokens: int = 0
    best: float = 0.0


Row = tuple[list[int], list[int], int]


def encode(examples: list[data.Example], tokenizer: Any, languages: dict[str, int]) -> list[Row]:
    """Token ids: source with `<s> </s>`, target with `</s>` only; what exceeds the largest bucket is left
    out.
    """
    fast = tokenizer._tokenizer
    fast.no_padding()
    fast.no_truncation()
    rows: list[Row] = []
    for start in range(0, len(examples), 4000):
        part = examples[start : start + 4000]
        sources = fast.encode_batch([e.source for e in part])
        targets = fast.encode_batch([e.target for e in part])
        rows += [(s.ids, t.ids[1:], languages[e.language]) for s, t, e in zip(sources, targets, part, strict=True)]
    return [row for row in rows if bucket(row) is not None]


def bucket(row: Row) -> int | None:
    """Index of the smallest bucket that holds `row`."""
    for index, (source, target) in enumerate(BUCKETS):
        if len(row[0]) <= source and len(row[1]) + 1 <= target:
            return index
    return None


def batches(rows: list[Row], tokens: int) -> Iterator[tuple[int, list[Row]]]:
    """Batches of one shape a bucket, in the order of `rows`; a bucket's incomplete last batch is dropped."""
    waiting: dict[int, list[Row]] = {}
    for row in rows:
        index = bucket(row)
        assert index is not None
        group = waiting.setdefault(index, [])
        group.append(row)
        if len(group) == max(1, tokens // BUCKETS[index][0]):
            yield index, group
            waiting[index] = []


def tensors(index: int, rows: list[Row]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Source, its mask, decoder input (`</s> <lang> text`), labels (`- text </s>`: the language is given,
    not guessed).
    """
    source_length, target_length = BUCKETS[index]
    source = torch.full((len(rows), source_length), build.PAD)
    mask = torch.zeros((len(rows), source_length), dtype=torch.long)
    decoder = torch.full((len(rows), target_length), build.PAD)
    labels = torch.full((len(rows), target_length), -100)
    for i, (s, t, language) in enumerate(rows):
        source[i, : len(s)] = torch.tensor(s)
        mask[i, : len(s)] = 1
        decoder[i, : len(t) + 1] = torch.tensor([build.END, language, *t[:-1]])
        labels[i, 1 : len(t) + 1] = torch.tensor(t)
    return source, mask, decoder, labels


def freeze(model: Any, layers: int) -> None:
    """Freeze the embeddings and the lower encoder layers.

    Frozen embeddings are what lets a token that training never wrote still be copied: Adam would push its row
    away from every output. They also spare a third of the output layer's work.
    """
    encoder = model.model.encoder
    model.model.shared.weight.requires_grad_(False)
    for part in (encoder.embed_positions, encoder.layernorm_embedding, *encoder.layers[:layers]):
        part.requires_grad_(False)


def loss_of(model: Any, batch: tuple[torch.Tensor, ...], smoothing: float) -> torch.Tensor:
    """Label-smoothed cross-entropy over the real target positions only."""
    source, mask, decoder, labels = batch
    hidden = model.model(input_ids=source, attention_mask=mask, decoder_input_ids=decoder).last_hidden_state
    flat = labels.view(-1)
    chosen = (flat != -100).nonzero().squeeze(1)
    padding = -chosen.numel() % ROWS
    index = torch.cat([chosen, chosen[:1].expand(padding)])
    logits = model.lm_head(hidden.reshape(-1, hidden.shape[-1])[index])
    wanted = torch.cat([flat[chosen], torch.full((padding,), -100, device=flat.device)])
    return torch.nn.functional.cross_entropy(logits.float(), wanted, label_smoothing=smoothing)


def heldout_score(
    model: Any,
    tokenizer: Any,
    triples: list[dict[str, str]],
    mixture: data.Mixture,
    device: torch.device,
    show: int = 2,
) -> dict[str, float]:
    """Greedy chrF++ on a few held-out sentences in each direction."""
    import sacrebleu

    from align.engines.gloss import annotate, load_lexicon
    from align.engines.slots import Slotted, fill, slotted

    lexicon = load_lexicon(mixture.lexicon)
    scores = {}
    model.eval()
    for language in ("en", "vi"):
        made = [
            slotted(row["hi"], language, lexicon) if mixture.slots
            else Slotted(annotate(row["hi"], language, lexicon) if mixture.gloss else row["hi"])
            for row in triples
        ]  # fmt: skip
        sources = [one.source for one in made]
        outputs: list[str] = []
        for start in range(0, len(sources), 32):
            batch = tokenizer(
                sources[start : start + 32],
                return_tensors="pt",
                padding=True,
                truncation=True,
                max_length=256,
            )
            with torch.no_grad(), torch.autocast(device.type, torch.bfloat16):
                ids = model.generate(
                    input_ids=batch["input_ids"].to(device),
                    attention_mask=batch["attention_mask"].to(device),
                    forced_bos_token_id=tokenizer.convert_tokens_to_ids(f"<{language}>"),
                    num_beams=1,
                    max_new_tokens=110,
                )
            outputs += tokenizer.batch_decode(ids, skip_special_tokens=True)
        outputs = [fill(output, one.fills)[0] for output, one in zip(outputs, made, strict=True)]
        references = [row[language] for row in triples]
        scores[language] = sacrebleu.corpus_chrf(outputs, [references], word_order=2).score
        for i in range(show):
            for mark, text in (("<", sources[i]), ("=", outputs[i]), ("?", references[i])):
                print(f"    {language} {mark} {text[:200]}", flush=True)
    model.train()
    return scores


def average(folders: list[Path], output: Path) -> None:
    """The mean of the weights of several checkpoints of one run (Junczys-Dowmunt et al. 2016)."""
    models = [BartForConditionalGeneration.from_pretrained(folder, dtype=torch.float32) for folder in folders]
    with torch.no_grad():
        states = [model.state_dict() for model in models]
        for name, weight in states[0].items():
            if weight.is_floating_point():
                weight.copy_(torch.stack([state[name] for state in states]).mean(0))
    models[0].save_pretrained(output)
    copy_tokenizer(folders[0], output)


def copy_tokenizer(source: Path, target: Path) -> None:
    """Copied, never saved from a live tokenizer: one that has padded or truncated writes that into its
    file.
    """
    target.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(source / name, target / name)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m training.train", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    add = parser.add_argument
    add("--training", type=Path, required=True, help="folder of written triples (*.jsonl with hi, en, vi)")
    add("--lexicon", type=Path, required=True, help="folder of lexicon TSVs")
    add(
        "--heldout",
        type=Path,
        required=True,
        help="folder of written triples that are only scored, never trained on",
    )
    add(
        "--parallel",
        type=Path,
        help="folder of permissively licensed prose (*.tsv.gz); without it triples and lexicon only",
    )
    add("--output", type=Path, required=True)
    add(
        "--minutes",
        type=float,
        default=100,
        help="time budget; the learning rate falls to nothing at its end",
    )
    add("--steps", type=int, help="step budget instead of a time budget: the same run on every machine")
    add(
        "--continue",
        dest="resume",
        type=Path,
        metavar="CHECKPOINT",
        help="go on from this folder (OUTPUT/last or any other)",
    )
    add("--vocabulary", type=int, default=30_000, help="pieces kept of the 250,000")
    add("--encoder-layers", type=int, default=8)
    add("--decoder-layers", type=int, default=4)
    add("--freeze", type=int, default=3, help="encoder layers that stay as they are")
    add("--tokens", type=int, default=2600, help="padded source tokens a batch")
    add("--rate", type=float, default=6e-4, help="learning rate of decoder")
    add("--encoder-rate", type=float, default=2e-4)
    add("--warm", type=int, default=200, help="steps of warm-up")
    add("--dropout", type=float, default=0.1)
    add("--smoothing", type=float, default=0.1)
    add("--seed", type=int, default=1)
    add("--threads", type=int, default=2)
    add("--checkpoint-minutes", type=float, default=6)
    add(
        "--patience",
        type=int,
        default=6,
        help="stop after so many checkpoints without a better held-out score",
    )
    add("--keep", type=int, default=8, help="checkpoints kept")
    add("--average", type=int, default=4, help="checkpoints averaged at the end")
    add("--dev-lines", type=int, default=64)
    add("--limit", type=int, help="use only so many triples (for the curve in the model card)")
    add("--no-gloss", action="store_true", help="train on bare Hindi (ablation)")
    add("--no-slots", action="store_true", help="names and numbers as text (ablation)")
    add("--joined", type=float, default=0.12, help="share of triples that are read once more together with the next")
    add("--prose-share", type=float, default=1.0)
    add("--substitution", type=float, default=0.35, help="share of names and numbers replaced")
    add("--drop", type=float, default=0.12, help="share of words treated as unknown")
    return parser.parse_args()


def main() -> None:
    """Build or resume, train, average, pack."""
    options = arguments()
    torch.manual_seed(options.seed)
    random.seed(options.seed)
    torch.set_num_threads(options.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    output: Path = options.output
    mixture = data.Mixture(
        options.training,
        options.lexicon,
        options.parallel,
        seed=options.seed,
        limit=options.limit,
        gloss=not options.no_gloss,
        slots=not (options.no_gloss or options.no_slots),
        drop=options.drop,
        prose_share=options.prose_share,
        substitution=options.substitution,
        joined=options.joined,
    )
    start = options.resume or output / "initial"
    if not (start / "config.json").exists():
        build.build(
            data.vocabulary_texts(mixture),
            start,
            limit=options.vocabulary,
            encoder_layers=options.encoder_layers,
            decoder_layers=options.decoder_layers,
            dropout=options.dropout,
        )
    tokenizer: Any = PreTrainedTokenizerFast.from_pretrained(start)
    model: Any = BartForConditionalGeneration.from_pretrained(
        start, dtype=torch.float32, attn_implementation="eager", dropout=options.dropout
    )
    model.to(device)
    languages = {code: tokenizer.convert_tokens_to_ids(f"<{code}>") for code in ("en", "vi")}
    freeze(model, options.freeze)
    upper = [p for n, p in model.named_parameters() if p.requires_grad and n.startswith("model.encoder")]
    others = [p for n, p in model.named_parameters() if p.requires_grad and not n.startswith("model.encoder")]
    optimiser = torch.optim.AdamW(
        [
            {"params": others, "lr": 0.0, "base": options.rate},
            {"params": upper, "lr": 0.0, "base": options.encoder_rate},
        ],
        betas=(0.9, 0.98),
        weight_decay=0.01,
        fused=True,
    )
    state = State()
    if options.resume and (options.resume / "state.pt").exists():
        saved = torch.load(options.resume / "state.pt", map_location=device, weights_only=True)
        optimiser.load_state_dict(saved["optimiser"])
        state = State(**saved["state"])
        for parameters, base in zip(optimiser.param_groups, (options.rate, options.encoder_rate), strict=True):
            parameters["base"] = base
    heldout = data.read_triples(options.heldout)
    dev = random.Random(0).sample(heldout, min(options.dev_lines, len(heldout)))
    history: list[tuple[float, str]] = []
    log = output / "log.jsonl"
    output.mkdir(parents=True, exist_ok=True)
    (output / "options.json").write_text(json.dumps(vars(options), default=str, indent=1), encoding="utf-8")
    if options.resume and log.exists():
        entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        history = [
            (e["score"], e["checkpoint"]) for e in entries if "score" in e and (output / e["checkpoint"]).exists()
        ]

    def write(**entry: object) -> None:
        with log.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry) + "\n")
        print(json.dumps(entry), flush=True)

    def checkpoint() -> bool:
        """Save, score, forget the oldest; whether the run should go on."""
        scores = heldout_score(model, tokenizer, dev, mixture, device)
        score = sum(scores.values()) / len(scores)
        name = f"step-{state.step:06d}"
        state.best = max(state.best, score)
        for folder in (output / name, output / "last"):
            model.save_pretrained(folder)
            if folder.resolve() != start.resolve():
                copy_tokenizer(start, folder)
        snapshot = {"optimiser": optimiser.state_dict(), "state": asdict(state)}
        torch.save(snapshot, output / "last" / "state.pt.new")
        (output / "last" / "state.pt.new").replace(output / "last" / "state.pt")
        history.append((score, name))
        write(
            checkpoint=name,
            score=round(score, 2),
            **{f"chrF++ {k}": round(v, 2) for k, v in scores.items()},
            **asdict(state),
        )
        for _, old in history[: -options.keep]:
            shutil.rmtree(output / old, ignore_errors=True)
        recent = [value for value, _ in history[-options.patience :]]
        return len(history) <= options.patience or max(recent) >= state.best

    model.train()
    began = time.time() - state.seconds
    next_checkpoint = state.seconds + 60 * options.checkpoint_minutes
    losses: list[float] = []
    done = False
    while not done:
        rows = encode(mixture.round(state.round), tokenizer, languages)
        state.round += 1
        write(
            round=state.round,
            rows=len(rows),
            source_tokens=sum(len(r[0]) for r in rows),
            target_tokens=sum(len(r[1]) for r in rows),
        )
        for index, group in batches(rows, options.tokens):
            state.seconds = time.time() - began
            progress = state.step / options.steps if options.steps else state.seconds / (60 * options.minutes)
            if progress >= 1:
                done = True
                break
            scale = min(1.0, (state.step + 1) / options.warm) * max(0.01, 1 - progress) ** 0.7
            for parameters in optimiser.param_groups:
                parameters["lr"] = parameters["base"] * scale
            batch = tuple(tensor.to(device) for tensor in tensors(index, group))
            with torch.autocast(device.type, torch.bfloat16):
                loss = loss_of(model, batch, options.smoothing)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_([*others, *upper], 1.0)
            optimiser.step()
            state.step += 1
            state.tokens += sum(len(r[0]) + len(r[1]) for r in group)
            losses.append(loss.item())
            if state.step % 50 == 0:
                write(
                    step=state.step,
                    loss=round(sum(losses[-50:]) / len(losses[-50:]), 3),
                    minutes=round(state.seconds / 60, 2),
                    tokens_per_second=round(state.tokens / max(1e-9, state.seconds)),
                )
            if state.seconds >= next_checkpoint:
                next_checkpoint += 60 * options.checkpoint_minutes
                if not checkpoint():
                    write(stopped="no better held-out score")
                    done = True
                    break
    checkpoint()
    # The last ones, as long as they are near the best: a falling learning rate makes late checkpoints the
    # good ones.
    good = [name for value, name in history[-options.average :] if value >= state.best - 1.0] or [history[-1][1]]
    average([output / name for name in good], output / "averaged")
    pack.pack(output / "averaged", output / "bundle")
    write(averaged=good, bundle=str(output / "bundle"))


if __name__ == "__main__":
    main()
