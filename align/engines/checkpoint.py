"""The bundled checkpoint's format: a Hugging Face folder whose weights are int8 rows.

`model.int8.safetensors` holds each matrix as int8 with one fp16 scale a row (`NAME.scale`), everything
else as fp16: half the size of an fp16 checkpoint, read back with a relative error below 1/254 of a
row's largest weight. The other files are the usual ones.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

WEIGHTS = "model.int8.safetensors"
_TIED = {"lm_head.weight", "model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight"}
_OTHER_FILES = ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json")


def is_packed(folder: Path) -> bool:
    """Whether the folder holds weights in this format."""
    return (folder / WEIGHTS).is_file()


def load_packed(folder: Path, dtype: Any) -> tuple[Any, Any]:
    """Tokenizer and BART model of a packed folder, weights in `dtype`. OSError or ValueError when damaged."""
    from transformers import BartConfig, BartForConditionalGeneration, GenerationConfig, PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    model = BartForConditionalGeneration(BartConfig.from_pretrained(folder))
    missing, unexpected = model.load_state_dict(unpack(folder), strict=False)
    absent = set(missing) - _TIED - {"final_logits_bias"}
    if absent or unexpected:
        raise ValueError(f"weights do not fit config.json: missing {sorted(absent)[:3]}, unexpected {unexpected[:3]}")
    model.tie_weights()
    if (folder / "generation_config.json").is_file():
        model.generation_config = GenerationConfig.from_pretrained(folder)
    return tokenizer, model.to(dtype).eval()


def unpack(folder: Path) -> dict[str, Any]:
    """The weights as fp32 tensors by name, without the tied copies."""
    from safetensors.torch import load_file

    stored = load_file(folder / WEIGHTS)
    state = {}
    for name, weight in stored.items():
        if not name.endswith(".scale"):
            scale = stored.get(name + ".scale")
            state[name] = weight.float() * scale.float() if scale is not None else weight.float()
    return state


def pack(source: Path, target: Path) -> None:
    """Write the checkpoint `source` into `target` in this format."""
    import torch
    from safetensors.torch import save_file
    from transformers import BartForConditionalGeneration

    target.mkdir(parents=True, exist_ok=True)
    model = BartForConditionalGeneration.from_pretrained(source, dtype=torch.float32)
    stored = {}
    for name, weight in model.state_dict().items():
        if name in _TIED:
            continue
        if weight.ndim == 2 and weight.shape[0] > 1:
            scale = (weight.abs().amax(1, keepdim=True) / 127).clamp(min=1e-8)
            stored[name] = (weight / scale).round().to(torch.int8)
            stored[name + ".scale"] = scale.half()
        else:
            stored[name] = weight.half()
    save_file(stored, target / WEIGHTS)
    for name in _OTHER_FILES:
        if (source / name).is_file():
            shutil.copy(source / name, target / name)
