"""The transformer in PyTorch, from a GGUF file and back into one.

Weights keep the names, shapes and row order of the file, so reading and writing are copies: the rotation pairs up
neighbours for `llama` and halves for `qwen2`, as the engine does. Simulated packing rounds weights to what their
blocks can hold, with the gradient passed through (straight-through estimator, Bengio et al. 2013); the rounding is
that of the format's own reference.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path

import gguf
import numpy as np
import torch
import torch.nn.functional as F
from gguf import GGMLQuantizationType as Type
from torch import nn

from prompts import MIDDLE, PREFIX, SUFFIX
from tokens import Vocabulary


@dataclass(frozen=True)
class Shape:
    """What the metadata says of the model."""

    architecture: str
    layers: int
    width: int
    ffn: int
    heads: int
    kv_heads: int
    head_dim: int
    vocab: int
    context: int
    rope_base: float
    norm_eps: float
    tied: bool

    @staticmethod
    def read(reader: gguf.GGUFReader) -> "Shape":
        architecture = reader.fields["general.architecture"].contents()
        if architecture not in ("llama", "qwen2"):
            raise ValueError(f"the architecture {architecture!r} is not trained here, llama and qwen2 are")

        def value(key: str, default=None):
            field = reader.fields.get(f"{architecture}.{key}")
            return field.contents() if field else default

        names = {tensor.name: tensor for tensor in reader.tensors}
        width, heads = value("embedding_length"), value("attention.head_count")
        return Shape(
            architecture, value("block_count"), width, value("feed_forward_length"), heads,
            value("attention.head_count_kv", heads), value("attention.key_length", width // heads),
            int(names["token_embd.weight"].shape[1]), value("context_length"), value("rope.freq_base", 10000.0),
            value("attention.layer_norm_rms_epsilon"), "output.weight" not in names,
        )


def fake_q4_0(weight: torch.Tensor) -> torch.Tensor:
    """What Q4_0 holds of a matrix: blocks of 32, the largest magnitude at -8."""
    blocks = weight.float().unflatten(-1, (-1, 32))
    extreme = blocks.gather(-1, blocks.abs().argmax(-1, keepdim=True))
    d = extreme / -8
    inverse = torch.where(d == 0, torch.zeros_like(d), 1 / d)
    q = torch.clamp(torch.floor(blocks * inverse + 8.5), 0, 15)
    return ((q - 8) * d.half().float()).flatten(-2)


def fake_q8_0(weight: torch.Tensor) -> torch.Tensor:
    """What Q8_0 holds of a matrix: blocks of 32, the largest magnitude at 127."""
    blocks = weight.float().unflatten(-1, (-1, 32))
    d = blocks.abs().amax(-1, keepdim=True) / 127
    inverse = torch.where(d == 0, torch.zeros_like(d), 1 / d)
    scaled = blocks * inverse
    q = torch.sign(scaled) * torch.floor(scaled.abs() + 0.5)
    return (q * d.half().float()).flatten(-2)


class Packed(torch.autograd.Function):
    """A rounded weight whose gradient is that of the weight."""

    @staticmethod
    def forward(ctx, weight, rounding):
        return rounding(weight).to(weight.dtype)

    @staticmethod
    def backward(ctx, grad):
        return grad, None


class Linear(nn.Module):
    def __init__(self, inputs: int, outputs: int, bias: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.simulated = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight = Packed.apply(self.weight, fake_q4_0) if self.simulated else self.weight
        return F.linear(x, weight, self.bias)


class Norm(nn.Module):
    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(width)), eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x.float()
        return (y * torch.rsqrt(y.square().mean(-1, keepdim=True) + self.eps)).to(x.dtype) * self.weight


class Layer(nn.Module):
    """Attention and feed-forward block. x: [batch, tokens, width]."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape, bias = shape, shape.architecture == "qwen2"
        q, kv = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
        self.attn_norm = Norm(shape.width, shape.norm_eps)
        self.attn_q, self.attn_k = Linear(shape.width, q, bias), Linear(shape.width, kv, bias)
        self.attn_v, self.attn_output = Linear(shape.width, kv, bias), Linear(q, shape.width, False)
        self.ffn_norm = Norm(shape.width, shape.norm_eps)
        self.ffn_gate, self.ffn_up = Linear(shape.width, shape.ffn, False), Linear(shape.width, shape.ffn, False)
        self.ffn_down = Linear(shape.ffn, shape.width, False)

    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        batch, tokens, _ = x.shape
        y = self.attn_norm(x)
        q = self.attn_q(y).view(batch, tokens, self.shape.heads, -1).transpose(1, 2)
        k = self.attn_k(y).view(batch, tokens, self.shape.kv_heads, -1).transpose(1, 2)
        v = self.attn_v(y).view(batch, tokens, self.shape.kv_heads, -1).transpose(1, 2)
        q, k = self.rotate(q, cos, sin), self.rotate(k, cos, sin)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        x = x + self.attn_output(y.transpose(1, 2).reshape(batch, tokens, -1))
        y = self.ffn_norm(x)
        return x + self.ffn_down(F.silu(self.ffn_gate(y)) * self.ffn_up(y))

    def rotate(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        """cos, sin: [tokens, head_dim / 2]."""
        if self.shape.architecture == "llama":
            a, b = x[..., 0::2], x[..., 1::2]
            return torch.stack((a * cos - b * sin, a * sin + b * cos), -1).flatten(-2).to(x.dtype)
        a, b = x.chunk(2, -1)
        return torch.cat((a * cos - b * sin, a * sin + b * cos), -1).to(x.dtype)


class Model(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocab, shape.width)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.output_norm = Norm(shape.width, shape.norm_eps)
        self.output = None if shape.tied else Linear(shape.width, shape.vocab, False)
        self.simulated = False

    def simulate(self, on: bool) -> None:
        """Whether matrices are rounded to four bits, embeddings to eight, as they will be shipped."""
        self.simulated = on
        for part in self.layers.modules():
            if isinstance(part, Linear):
                part.simulated = on

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """tokens: [batch, tokens]; logits: [batch, tokens, vocab]."""
        table = self.token_embd.weight
        if self.simulated:
            table = Packed.apply(table, fake_q8_0)
        x = F.embedding(tokens, table)
        half = self.shape.head_dim // 2
        steps = torch.arange(half, device=x.device, dtype=torch.float32) / half
        angles = torch.outer(torch.arange(tokens.shape[1], device=x.device).float(), self.shape.rope_base ** -steps)
        cos, sin = angles.cos(), angles.sin()
        for layer in self.layers:
            x = layer(x, cos, sin)
        x = self.output_norm(x)
        return self.output(x) if self.output is not None else F.linear(x, table)

    def tensors(self) -> dict[str, torch.Tensor]:
        """Parameters under the names of the file."""
        named = {"token_embd.weight": self.token_embd.weight, "output_norm.weight": self.output_norm.weight}
        if self.output is not None:
            named["output.weight"] = self.output.weight
        for at, layer in enumerate(self.layers):
            named |= {f"blk.{at}.{name}": value for name, value in layer.named_parameters()}
        return named


def random(shape: Shape, seed: int) -> Model:
    """A model that has learned nothing, for the smoke run."""
    model, generator = Model(shape), torch.Generator().manual_seed(seed)
    for name, value in sorted(model.tensors().items()):
        if value.dim() > 1:
            std = 0.02 if "embd" in name else 1 / math.sqrt(value.shape[1])
            value.data.normal_(0.0, std, generator=generator)
    return model


def load(path: Path) -> tuple[Model, gguf.GGUFReader]:
    """The model of a file, every weight as f32."""
    reader = gguf.GGUFReader(path)
    model = Model(Shape.read(reader))
    wanted = model.tensors()
    for tensor in reader.tensors:
        target = wanted.pop(tensor.name, None)
        if target is None:
            raise ValueError(f"{path.name}: the tensor {tensor.name!r} has no place in the model")
        data = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        target.data.copy_(torch.from_numpy(data.reshape(target.shape).copy()))
    # Biases that a file leaves out are zero.
    missing = [name for name in wanted if not name.endswith(".bias")]
    if missing:
        raise ValueError(f"{path.name}: it has no tensor {missing[0]!r}")
    return model, reader


def export(model: Model, vocabulary: Vocabulary, merges: list[str], end: int, name: str, path: Path) -> None:
    """A GGUF file of 16-bit weights, from which `ghostlight models quantize` makes the smaller ones."""
    shape, path = model.shape, Path(path)
    part = path.with_suffix(".part")
    writer = gguf.GGUFWriter(part, shape.architecture)
    writer.add_name(name)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.ffn)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_layer_norm_rms_eps(shape.norm_eps)
    writer.add_vocab_size(shape.vocab)
    if shape.architecture == "llama":
        writer.add_rope_dimension_count(shape.head_dim)
    if shape.head_dim * shape.heads != shape.width:
        writer.add_key_length(shape.head_dim)
        writer.add_value_length(shape.head_dim)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(vocabulary.pre)
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_types(vocabulary.types)
    writer.add_token_merges(merges)
    writer.add_eos_token_id(end)
    writer.add_add_bos_token(False)
    for key, marker in (("pre", PREFIX), ("suf", SUFFIX), ("mid", MIDDLE)):
        writer.add_uint32(f"tokenizer.ggml.fim_{key}_token_id", vocabulary.id(marker))
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    for name, value in model.tensors().items():
        data = value.detach().float().cpu().numpy()
        kind = Type.F16 if data.ndim > 1 else Type.F32
        writer.add_tensor(name, data.astype(np.float16) if kind == Type.F16 else data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    part.rename(path)


def described(shape: Shape) -> dict:
    return asdict(shape)
