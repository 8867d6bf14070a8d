"""The untrained model: multilingual-e5-small turned into BART, with the vocabulary that the data needs.

BERT maps onto BART exactly: position and type-0 embeddings are summed into the learned positions (offset
2), layers are post-norm, the activation is gelu. The encoder keeps the *first* layers: the upper ones of a
retrieval model melt the tokens into one sentence vector, and this model must copy glosses. The decoder
starts from evenly spaced encoder layers, its cross-attention from their self-attention (as in DeltaLM,
arXiv 2106.13736).
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, processors
from transformers import BartConfig, BartForConditionalGeneration, PreTrainedTokenizerFast

from align.engines.slots import MARKS
from training import e5

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<en>", "<vi>", "<hi>")
ROLES = dict(zip(("bos_token", "pad_token", "eos_token", "unk_token"), SPECIAL, strict=False))
PAD, END = 1, 2


def _kept_letter(piece: str) -> bool:
    """Single letters and signs of the three languages: with them nothing but foreign scripts is unknown."""
    letter = piece.lstrip("▁")
    if len(letter) > 1:
        return False
    return not letter or any(
        low <= ord(letter) < high
        for low, high in ((0, 0x250), (0x300, 0x370), (0x900, 0x980), (0x1E00, 0x1F00), (0x2000, 0x2070))
    )


def build_tokenizer(base: e5.E5, texts: Iterable[tuple[str, int]], limit: int) -> tuple[Tokenizer, list[int]]:
    """A unigram tokenizer of at most `limit` pieces, the most frequent in `texts` (text, weight), and their
    old ids.
    """
    full = Tokenizer.from_file(str(e5.tokenizer_file()))
    full.no_truncation()
    full.no_padding()
    counts: Counter[int] = Counter()
    batch: dict[int, list[str]] = {}

    def flush(weight: int) -> None:
        for encoding in full.encode_batch(batch.pop(weight, []), add_special_tokens=False):
            for piece in encoding.ids:
                counts[piece] += weight

    for text, weight in texts:
        batch.setdefault(weight, []).append(text)
        if len(batch[weight]) == 4000:
            flush(weight)
    for weight in list(batch):
        flush(weight)
    letters = [i for i in range(4, len(base.pieces)) if _kept_letter(base.pieces[i])]
    chosen = set(letters)
    for piece, _ in counts.most_common():
        if len(chosen) >= limit - len(SPECIAL):
            break
        if piece >= 4:
            chosen.add(piece)
    ids = [0, 1, 2, 3, *sorted(i for i in chosen if i < len(base.pieces))]
    vocabulary = [(base.pieces[i], base.scores[i]) for i in ids]
    vocabulary[:4] = [(name, 0.0) for name in SPECIAL[:4]]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=3, byte_fallback=False))
    tokenizer.normalizer, tokenizer.pre_tokenizer = full.normalizer, full.pre_tokenizer
    tokenizer.decoder = full.decoder
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", END)]
    )
    return tokenizer, ids


def build_model(
    base: e5.E5, ids: list[int], size: int, encoder_layers: int, decoder_layers: int, dropout: float
) -> BartForConditionalGeneration:
    """BART with the weights of `base`; `ids` are the old ids of the first pieces, `size` the vocabulary."""
    config = BartConfig(
        vocab_size=(size + 7) // 8 * 8,
        d_model=base.width,
        encoder_layers=encoder_layers,
        decoder_layers=decoder_layers,
        encoder_attention_heads=base.heads,
        decoder_attention_heads=base.heads,
        encoder_ffn_dim=base.feed_forward,
        decoder_ffn_dim=base.feed_forward,
        activation_function="gelu",
        max_position_embeddings=510,
        dropout=dropout,
        attention_dropout=0.0,
        activation_dropout=0.0,
        scale_embedding=False,
        pad_token_id=PAD,
        bos_token_id=0,
        eos_token_id=END,
        decoder_start_token_id=END,
        forced_eos_token_id=END,
        tie_word_embeddings=True,
    )
    model = BartForConditionalGeneration(config)
    weights = base.weights
    with torch.no_grad():
        embedding = model.model.shared.weight
        embedding.normal_(0, 0.08)
        embedding[: len(ids)] = weights["emb.word"][torch.tensor(ids)]
        positions = weights["emb.pos"] + weights["emb.type"][0]
        for half in (model.model.encoder, model.model.decoder):
            table = half.embed_positions.weight
            table.zero_()
            rows = min(table.shape[0] - 2, positions.shape[0])
            table[2 : 2 + rows] = positions[:rows]
            half.layernorm_embedding.weight.copy_(weights["emb.ln.w"])
            half.layernorm_embedding.bias.copy_(weights["emb.ln.b"])

        def put(linear: Any, name: str) -> None:
            linear.weight.copy_(weights[name + ".w"])
            linear.bias.copy_(weights[name + ".b"])

        def fill(layer: Any, source: int, *, cross: bool) -> None:
            blocks = [(layer.self_attn, layer.self_attn_layer_norm)]
            if cross:
                blocks.append((layer.encoder_attn, layer.encoder_attn_layer_norm))
            for attention, norm in blocks:
                for part, name in (("q_proj", "q"), ("k_proj", "k"), ("v_proj", "v"), ("out_proj", "ao")):
                    put(getattr(attention, part), f"l{source}.{name}")
                put(norm, f"l{source}.aln")
            put(layer.fc1, f"l{source}.fi")
            put(layer.fc2, f"l{source}.fo")
            put(layer.final_layer_norm, f"l{source}.oln")

        for index, layer in enumerate(model.model.encoder.layers):
            fill(layer, index, cross=False)
        for index, layer in enumerate(model.model.decoder.layers):
            fill(layer, (index + 1) * encoder_layers // decoder_layers - 1, cross=True)
        start_copying(model)
    return model


def start_copying(model: BartForConditionalGeneration, layers: int = 2, gain: float = 2.5) -> None:
    """Let the last decoder layers begin by passing on what they attend to.

    After eight layers a token's vector is still nearest to its own embedding (91 % of the tokens of an
    annotated sentence), and output and input embeddings are one table. With values and outputs of the
    cross-attention as identities, to attend to a gloss is to write it, and only *where* to look is left to
    learn. The last norm's gain brings the logits of embeddings this short (norm 1.7) to where a softmax
    over 30,000 can be sure.
    """
    with torch.no_grad():
        for layer in model.model.decoder.layers[-layers:]:
            for projection in (layer.encoder_attn.v_proj, layer.encoder_attn.out_proj):
                torch.nn.init.eye_(projection.weight)
                torch.nn.init.zeros_(projection.bias)
        last = model.model.decoder.layers[-1]
        last.fc2.weight.mul_(0.5)
        last.fc2.bias.mul_(0.5)
        last.final_layer_norm.weight.mul_(gain)
        last.final_layer_norm.bias.mul_(gain)


def build(
    texts: Iterable[tuple[str, int]],
    output: Path,
    *,
    limit: int,
    encoder_layers: int,
    decoder_layers: int,
    dropout: float,
) -> None:
    """Write tokenizer and untrained model to `output`."""
    base = e5.load()
    tokenizer, ids = build_tokenizer(base, texts, limit)
    model = build_model(base, ids, tokenizer.get_vocab_size(), encoder_layers, decoder_layers, dropout)
    output.mkdir(parents=True, exist_ok=True)
    model.generation_config.num_beams = 4
    model.generation_config.max_new_tokens = 256
    model.save_pretrained(output)
    wrapped: Any = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        **ROLES,
        model_max_length=512,
    )
    wrapped.save_pretrained(output)
    add_slots(output, output)
    print(f"built {output}: {len(ids)} pieces, {sum(p.numel() for p in model.parameters()) / 1e6:.1f} M parameters")


def add_slots(source: Path, target: Path) -> None:
    """Give the marks of `align.engines.slots` a piece each in the checkpoint `source`; write it to `target`.

    The pieces of control characters, which no text has, are renamed. Their vectors are drawn at random, as long
    as others are: nearly orthogonal to every word and to each other, so a mark is easily told and copied.
    """
    tokenizer = json.loads((source / "tokenizer.json").read_text(encoding="utf-8"))
    vocabulary = tokenizer["model"]["vocab"]
    if any(piece == f"▁{MARKS[0]}" for piece, _ in vocabulary):
        return
    spare = [at for at, (piece, _) in enumerate(vocabulary) if re.fullmatch("▁?[\x7f-\x9f]", piece)][: len(MARKS)]
    if len(spare) < len(MARKS):
        raise SystemExit(
            f"{source}: {len(spare)} spare pieces; {len(MARKS)} are needed for the marks of names and numbers"
        )
    model = BartForConditionalGeneration.from_pretrained(source, dtype=torch.float32)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for at, mark in zip(spare, MARKS, strict=True):
            vocabulary[at] = [f"▁{mark}", 0.0]
            model.model.shared.weight[at] = torch.randn(model.config.d_model, generator=generator) * 0.085
    target.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(target)
    (target / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
    if target.resolve() != source.resolve():
        shutil.copy(source / "tokenizer_config.json", target / "tokenizer_config.json")
        if (source / "state.pt").exists():
            shutil.copy(source / "state.pt", target / "state.pt")


if __name__ == "__main__":
    import sys

    if len(sys.argv) != 3:
        raise SystemExit("python -m training.build CHECKPOINT OUTPUT: give the slots' marks to an older checkpoint")
    add_slots(Path(sys.argv[1]), Path(sys.argv[2]))
