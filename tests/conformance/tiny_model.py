"""Tiny random models of each family, as transformers models and as the GGUF files made from them.

`FAMILIES` lists the models; `build` makes one from its seed; `write_gguf` stores it with the metadata,
tensor names and row orders that llama.cpp's converter gives the same checkpoint, beside a byte-level
vocabulary of 256 bytes, four merges and the family's own markers. Weights are drawn so that attention is
far from uniform: then a wrong rotation or permutation moves the logits by far more than rounding does.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import gguf
import numpy as np
import torch
import transformers
from gguf import GGMLQuantizationType as Type

TINY = {"hidden_size": 64, "num_attention_heads": 4, "num_key_value_heads": 2, "num_hidden_layers": 2,
        "intermediate_size": 96, "max_position_embeddings": 512}


@dataclass(frozen=True)
class Family:
    """One tiny model: its transformers class and configuration, and what GGUF calls them."""

    name: str
    arch: str
    model: str                        # transformers class without its "ForCausalLM"
    pre: str                          # pre-tokenizer
    markers: list[str]                # control tokens, the first ends a text
    config: dict = field(default_factory=dict)
    rope: dict = field(default_factory=lambda: {"rope_type": "default", "rope_theta": 10000.0})
    dtype: Type = Type.F32            # of the matrices; vectors are always F32
    # What a wrong implementation would do: configuration changes that must move the logits.
    defects: dict[str, dict] = field(default_factory=dict)


def rope(theta: float, **scaling: object) -> dict:
    return {"rope_type": "default", "rope_theta": theta, **scaling}


SMOL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
LLAMA3 = ["<|end_of_text|>", "<|begin_of_text|>", "<|eot_id|>"]
DEEPSEEK = ["<｜end▁of▁sentence｜>", "<｜begin▁of▁sentence｜>", "<｜fim▁begin｜>", "<｜fim▁hole｜>",
            "<｜fim▁end｜>", "<|EOT|>"]
GRANITE = ["<|end_of_text|>", "<fim_prefix>", "<fim_middle>", "<fim_suffix>", "<fim_pad>"]
QWEN = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|fim_prefix|>", "<|fim_middle|>",
        "<|fim_suffix|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>"]
STARCODER = ["<|endoftext|>", "<fim_prefix>", "<fim_middle>", "<fim_suffix>", "<fim_pad>",
             "<repo_name>", "<file_sep>"]

TIED = {"tie_word_embeddings": True}
UNTIED = {"tie_word_embeddings": False}
OTHER_BASE = {"rope base 1e4 for the file's": {"rope_parameters": rope(1e4)}}
GRANITE_SCALES = {"embedding_multiplier": 1.5, "residual_multiplier": 0.6, "attention_multiplier": 0.4,
                  "logits_scaling": 1.75}

FAMILIES = [
    Family("llama", "llama", "Llama", "llama-bpe", LLAMA3, UNTIED | {"head_dim": 16}, rope(5e5), defects=OTHER_BASE),
    Family("llama-tied", "llama", "Llama", "smollm", SMOL, TIED, rope(1e5), defects=OTHER_BASE),
    Family("llama-f16", "llama", "Llama", "smollm", SMOL, TIED, rope(1e5), Type.F16),
    Family("llama-bf16", "llama", "Llama", "smollm", SMOL, TIED, rope(1e5), Type.BF16),
    Family("deepseek-coder", "llama", "Llama", "deepseek-coder", DEEPSEEK, UNTIED,
           {"rope_type": "linear", "rope_theta": 1e5, "factor": 4.0},
           defects={"no rope scaling": {"rope_parameters": rope(1e5)}}),
    Family("granite", "granite", "Granite", "refact", GRANITE, TIED | GRANITE_SCALES, rope(1e4),
           defects={f"no {name}": {name: 0.25 if name == "attention_multiplier" else 1.0}
                    for name in GRANITE_SCALES}),
    Family("qwen2", "qwen2", "Qwen2", "qwen2", QWEN, TIED | {"use_sliding_window": False}, rope(1e6),
           defects=OTHER_BASE),
    Family("qwen3", "qwen3", "Qwen3", "qwen2", QWEN, TIED | {"use_sliding_window": False, "head_dim": 32},
           rope(1e6), defects=OTHER_BASE),
    Family("starcoder2", "starcoder2", "Starcoder2", "starcoder", STARCODER,
           TIED | {"sliding_window": None, "hidden_act": "gelu_pytorch_tanh", "use_bias": True,
                   "norm_epsilon": 1e-5, "residual_dropout": 0.0, "embedding_dropout": 0.0},
           rope(1e5), defects=OTHER_BASE | {"silu for gelu": {"hidden_act": "silu"}}),
]


def byte_tokens() -> list[str]:
    """The 256 printable stand-ins of byte-level BPE, in the usual order."""
    shown = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [b for b in range(256) if b not in shown]
    return [chr(b) for b in shown] + [chr(256 + i) for i in range(len(hidden))]


MERGES = ["Ġ Ġ", "i n", "r e", "Ġ t"]


def vocabulary(markers: list[str]) -> list[str]:
    """Bytes, merges, markers: in this order, so that byte-level ids are the same in every file."""
    return byte_tokens() + [merge.replace(" ", "") for merge in MERGES] + markers


def config_of(family: Family, **changes: object):
    values = TINY | {"vocab_size": len(vocabulary(family.markers)), "rope_parameters": family.rope,
                     "rms_norm_eps": 1e-5, "initializer_range": 0.02, "bos_token_id": None,
                     "eos_token_id": None, "pad_token_id": None, "attn_implementation": "eager",
                     "dtype": "float32"} | family.config | changes
    if family.arch == "starcoder2":
        del values["rms_norm_eps"]
    return getattr(transformers, f"{family.model}Config")(**values)


def random_weight(rng: np.random.Generator, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Weights with spread-out attention scores and branches that outweigh the embedding."""
    draw = rng.standard_normal(shape)
    if name.endswith("bias"):
        return 0.3 * draw
    if len(shape) == 1:
        return 1.0 + 0.25 * draw
    if "embed_tokens" in name:
        return 0.4 * draw
    gain = 1.8 if re.search(r"q_proj|k_proj", name) else 1.4
    return gain / np.sqrt(shape[1]) * draw


def build(family: Family, weights: dict[str, torch.Tensor] | None = None, **changes: object) -> torch.nn.Module:
    """The family's model, with seeded weights as its matrix type holds them, or with those given."""
    config = config_of(family, **changes)
    model = getattr(transformers, f"{family.model}ForCausalLM")(config)
    if weights is None:
        rng = np.random.default_rng(zlib.crc32(family.name.encode()))
        weights = {}
        for name, old in sorted(model.state_dict().items()):
            if name == "lm_head.weight" and config.tie_word_embeddings:
                continue
            value = random_weight(rng, name, tuple(old.shape)).astype(np.float32)
            if value.ndim == 2:
                stored = gguf.quants.quantize(value, family.dtype)
                value = gguf.quants.dequantize(stored, family.dtype).reshape(value.shape)
            weights[name] = torch.from_numpy(np.array(value))
        if config.tie_word_embeddings:
            weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    model.load_state_dict(weights, strict=True)
    return model.eval()


def permute(rows: np.ndarray, heads: int) -> np.ndarray:
    """Interleaves the two halves of each head, so that a rotated pair is (2i, 2i + 1)."""
    split = rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:])
    return split.swapaxes(1, 2).reshape(rows.shape)


GGUF_NAMES = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "mlp.c_fc": "ffn_up",
    "mlp.c_proj": "ffn_down",
}


def gguf_name(name: str) -> str:
    part, _, kind = name.rpartition(".")
    if match := re.fullmatch(r"model\.layers\.(\d+)\.(.+)", part):
        return f"blk.{match[1]}.{GGUF_NAMES[match[2]]}.{kind}"
    return f"{GGUF_NAMES[part]}.{kind}"


def write_gguf(path: Path, family: Family, model: torch.nn.Module) -> None:
    """Stores the model and its vocabulary as a GGUF file."""
    config = model.config
    writer = gguf.GGUFWriter(path, family.arch)
    writer.add_type("model")
    writer.add_name(f"tiny random {family.name}")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    if family.rope["rope_type"] == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(family.rope["factor"])
    writer.add_rope_freq_base(family.rope["rope_theta"])
    if family.arch == "starcoder2":
        writer.add_layer_norm_eps(config.norm_epsilon)
    else:
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    if "head_dim" in family.config:
        writer.add_key_length(config.head_dim)
        writer.add_value_length(config.head_dim)
    writer.add_file_type({Type.F32: gguf.LlamaFileType.ALL_F32, Type.F16: gguf.LlamaFileType.MOSTLY_F16,
                          Type.BF16: gguf.LlamaFileType.MOSTLY_BF16}[family.dtype])
    if family.arch in ("llama", "granite"):
        writer.add_vocab_size(config.vocab_size)
        writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    if family.arch == "granite":
        writer.add_attention_scale(config.attention_multiplier)
        writer.add_embedding_scale(config.embedding_multiplier)
        writer.add_residual_scale(config.residual_multiplier)
        writer.add_logit_scale(config.logits_scaling)
    write_vocabulary(writer, family)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)

    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        data = tensor.numpy()
        if family.arch in ("llama", "granite"):
            if "q_proj" in name:
                data = permute(data, config.num_attention_heads)
            elif "k_proj" in name:
                data = permute(data, config.num_key_value_heads)
        kind = family.dtype if data.ndim == 2 else Type.F32
        writer.add_tensor(gguf_name(name), gguf.quants.quantize(data, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_vocabulary(writer: gguf.GGUFWriter, family: Family) -> None:
    tokens = vocabulary(family.markers)
    control = set(family.markers)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(family.pre)
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL if t in control else gguf.TokenType.NORMAL for t in tokens])
    writer.add_token_merges(MERGES)
    # Families that begin each text with a marker have it second in their list.
    begins = family.markers[1] if "begin" in family.markers[1] and "fim" not in family.markers[1] else None
    writer.add_bos_token_id(tokens.index(begins or family.markers[0]))
    writer.add_eos_token_id(tokens.index(family.markers[0]))
    writer.add_add_bos_token(begins is not None)
