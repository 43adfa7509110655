"""The two oracles of the conformance goldens, and what their makers share.

`LlamaCpp` runs a GGUF file in llama.cpp with the plainest settings it has: one thread, f32 KV cache,
no flash attention, weights not repacked. `reference_from_gguf` reads a llama-type GGUF file, dequantizes
every tensor to f32 and gives the Hugging Face transformers model with these weights: no activation is
ever quantized there, so it is what the file means when computed exactly. This module writes no golden
itself.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import gguf
import llama_cpp
import numpy as np

try:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM
except ImportError:  # what asks llama.cpp alone goes without
    torch = None

# llama-cpp-python carries llama.cpp's sources but not their revision: its change log names it.
LLAMA_CPP_COMMIT = {"0.3.36": "0c1e57098"}
MICRO_BATCH = 512

# Kept alive here: llama.cpp holds the bare function pointer.
_quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
llama_cpp.llama_log_set(_quiet, ctypes.c_void_p(0))
llama_cpp.llama_backend_init()
if torch is not None:
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)


def nmse(got: np.ndarray, want: np.ndarray) -> float:
    """Normalized mean squared error: sum (got - want)^2 / sum want^2, in f64."""
    got, want = got.astype(np.float64), want.astype(np.float64)
    return float(np.square(got - want).sum() / np.square(want).sum())


def top2(logits: np.ndarray) -> list[list[float]]:
    """The two highest logits as [[token, logit], [token, logit]], best first, the lower id on a tie."""
    first = int(logits.argmax())
    rest = logits.copy()
    rest[first] = -np.inf
    second = int(rest.argmax())
    return [[token, round(float(logits[token]), 5)] for token in (first, second)]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_json(path: Path, value: object) -> None:
    """Indented JSON in which a list of plain values, or of short lists of them, is one line."""

    def lines(node: object, indent: str) -> str:
        flat = json.dumps(node, ensure_ascii=False)
        inner = indent + " "
        if isinstance(node, dict) and node:
            items = [f"{inner}{json.dumps(k)}: {lines(v, inner)}" for k, v in node.items()]
            return "{\n" + ",\n".join(items) + "\n" + indent + "}"
        if isinstance(node, list) and any(isinstance(v, dict) for v in node):
            return "[\n" + ",\n".join(inner + lines(v, inner) for v in node) + "\n" + indent + "]"
        return flat

    path.write_text(lines(value, "") + "\n", encoding="utf-8")


def versions() -> dict[str, str]:
    """The versions of everything whose numbers stand in the goldens."""
    packages = ["llama-cpp-python", "gguf", "numpy"] + (["torch", "transformers"] if torch is not None else [])
    found = {package: version(package) for package in packages}
    found["llama.cpp"] = LLAMA_CPP_COMMIT.get(found["llama-cpp-python"], "see its change log")
    return found


def llama_cpp_settings() -> dict[str, object]:
    """The settings of `LlamaCpp`, for the header of a golden file."""
    return {
        "threads": 1,
        "gpu_layers": 0,
        "kv_cache": "f32",
        "flash_attention": False,
        "repacked_weights": False,
        "micro_batch": MICRO_BATCH,
        "system": llama_cpp.llama_print_system_info().decode(),
    }


class LlamaCpp:
    """One model in llama.cpp, with one sequence in its KV cache.

    The goldens come from the default settings; the others only show what rounding in attention changes.
    `keys` and `values` are GGML types of the KV cache, f32 where none is given.
    """

    def __init__(
        self, path: Path, context: int, keys: int | None = None, values: int | None = None, flash: bool = False,
    ) -> None:
        options = llama_cpp.llama_model_default_params()
        options.n_gpu_layers = 0
        options.use_extra_bufts = False
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), options)
        if not self.model:
            raise RuntimeError(f"llama.cpp cannot load {path.name}")
        settings = llama_cpp.llama_context_default_params()
        settings.n_ctx = settings.n_batch = context
        settings.n_ubatch = min(MICRO_BATCH, context)
        settings.n_threads = settings.n_threads_batch = 1
        settings.type_k = llama_cpp.GGML_TYPE_F32 if keys is None else keys
        settings.type_v = llama_cpp.GGML_TYPE_F32 if values is None else values
        settings.flash_attn_type = (
            llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED if flash
            else llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        )
        self.context = llama_cpp.llama_init_from_model(self.model, settings)
        if not self.context:
            raise RuntimeError(f"llama.cpp cannot make a context for {path.name}")
        self.vocab = llama_cpp.llama_model_get_vocab(self.model)
        self.vocab_size = llama_cpp.llama_vocab_n_tokens(self.vocab)
        self.batch = llama_cpp.llama_batch_init(context, 0, 1)
        self.length = 0

    def close(self) -> None:
        llama_cpp.llama_batch_free(self.batch)
        llama_cpp.llama_free(self.context)
        llama_cpp.llama_model_free(self.model)

    def tokenize(self, text: str, markers: bool = False) -> list[int]:
        """Token ids, with a leading BOS token if the file asks for one; the text of markers is one only if asked."""
        data = text.encode()
        ids = (llama_cpp.llama_token * (len(data) + 2))()
        count = llama_cpp.llama_tokenize(self.vocab, data, len(data), ids, len(ids), True, markers)
        if count < 0:
            raise RuntimeError(f"llama.cpp cannot tokenize {len(data)} bytes")
        return list(ids[:count])

    def end_tokens(self) -> list[int]:
        """The tokens at which generation would end."""
        return [t for t in range(self.vocab_size) if llama_cpp.llama_vocab_is_eog(self.vocab, t)]

    def clear(self) -> None:
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)
        self.length = 0

    def append(self, tokens: list[int], every: bool = False) -> np.ndarray:
        """Appends tokens as one batch.

        Gives the logits after the last, [vocab], or after every one, [tokens, vocab].
        """
        self.batch.n_tokens = len(tokens)
        for i, token in enumerate(tokens):
            self.batch.token[i] = token
            self.batch.pos[i] = self.length + i
            self.batch.n_seq_id[i] = 1
            self.batch.seq_id[i][0] = 0
            self.batch.logits[i] = every or i + 1 == len(tokens)
        if (code := llama_cpp.llama_decode(self.context, self.batch)) != 0:
            raise RuntimeError(f"llama.cpp decode of {len(tokens)} tokens gave code {code}")
        self.length += len(tokens)
        rows = range(len(tokens)) if every else [len(tokens) - 1]
        logits = np.stack([self._row(i) for i in rows])
        return logits if every else logits[0]

    def _row(self, i: int) -> np.ndarray:
        row = llama_cpp.llama_get_logits_ith(self.context, i)
        return np.ctypeslib.as_array(row, shape=(self.vocab_size,)).copy()


def first_difference(a: list[int], b: list[int]) -> int | None:
    """Index of the first token in which two sequences of one length differ."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y), None)


def greedy(step, first: np.ndarray, count: int) -> tuple[list[int], list[list[list[float]]]]:
    """`count` greedy tokens from the logits `first` on, and the two highest logits that chose each."""
    tokens, ties, logits = [], [], first
    for i in range(count):
        ties.append(top2(logits))
        tokens.append(ties[-1][0][0])
        if i + 1 < count:
            logits = step(tokens[-1])
    return tokens, ties


class Transformers:
    """A Hugging Face model with its KV cache, in f32."""

    def __init__(self, model: torch.nn.Module) -> None:
        self.model = model.eval()
        self.cache = None

    def clear(self) -> None:
        self.cache = None

    def append(self, tokens: list[int], every: bool = False) -> np.ndarray:
        """As `LlamaCpp.append`."""
        out = self.model(torch.tensor([tokens]), past_key_values=self.cache, use_cache=True)
        self.cache = out.past_key_values
        logits = out.logits[0].float().numpy()
        return logits.copy() if every else logits[-1].copy()


def round_activations(engine: Transformers) -> Transformers:
    """Makes every product of a model see its input as GGML's Q8 products do.

    Blocks of 32 are rounded to signed 8 bits with a scale of max|x| / 127; the sums that follow are in
    PyTorch's order, so this is llama.cpp's arithmetic in other hands.
    """

    def rounded(module: torch.nn.Module, inputs: tuple[torch.Tensor]) -> tuple[torch.Tensor]:
        blocks = inputs[0].unflatten(-1, (-1, 32))
        scale = blocks.abs().amax(-1, keepdim=True) / 127
        quants = torch.where(scale > 0, blocks / scale, 0).round()
        return ((quants * scale).flatten(-2),)

    for module in engine.model.modules():
        if isinstance(module, torch.nn.Linear):
            module.register_forward_pre_hook(rounded)
    return engine


def unpermute(rows: np.ndarray, heads: int) -> np.ndarray:
    """Undoes the row order that llama-type GGUF files have in Q and K.

    The file interleaves the two halves of each head, so that a rotated pair is (2i, 2i + 1);
    transformers rotates (i, i + head_dim / 2).
    """
    split = rows.reshape(heads, rows.shape[0] // heads // 2, 2, *rows.shape[1:])
    return split.swapaxes(1, 2).reshape(rows.shape)


LLAMA_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def reference_from_gguf(path: Path) -> Transformers:
    """The transformers model of a `llama` GGUF file, from weights dequantized to f32."""
    reader = gguf.GGUFReader(path)

    def value(key: str) -> float:
        return reader.fields[f"llama.{key}"].contents()

    heads, kv_heads = value("attention.head_count"), value("attention.head_count_kv")
    weights = {}
    for tensor in reader.tensors:
        data = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        data = data.reshape([int(n) for n in reversed(tensor.shape)])
        part, _, kind = tensor.name.rpartition(".")
        if part.startswith("blk."):
            _, layer, part = part.split(".")
            if part in ("attn_q", "attn_k"):
                data = unpermute(data, heads if part == "attn_q" else kv_heads)
            name = f"model.layers.{layer}.{LLAMA_NAMES[part]}.{kind}"
        else:
            name = {
                "token_embd": "model.embed_tokens.weight",
                "output_norm": "model.norm.weight",
                "output": "lm_head.weight",
            }[part]
        weights[name] = torch.from_numpy(data.copy())
    tied = "lm_head.weight" not in weights
    if tied:
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    config = LlamaConfig(
        vocab_size=weights["model.embed_tokens.weight"].shape[0],
        hidden_size=value("embedding_length"),
        intermediate_size=value("feed_forward_length"),
        num_hidden_layers=value("block_count"),
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        max_position_embeddings=value("context_length"),
        rms_norm_eps=value("attention.layer_norm_rms_epsilon"),
        rope_parameters={"rope_type": "default", "rope_theta": value("rope.freq_base")},
        tie_word_embeddings=tied,
        attn_implementation="eager",
        dtype="float32",
    )
    model = LlamaForCausalLM(config)
    model.load_state_dict(weights, strict=True)
    return Transformers(model)
