"""More small Transformers for `fixtures.py`: attention written as one call, with slopes, and within a window."""
import math
from dataclasses import dataclass

import torch
from fixture_models import HEADS, LAYERS, POSITIONS, VOCABULARY, WIDTH, Bert, BertLayer, Traced
from torch import Tensor, nn
from torch.nn import functional as F

SIZE = WIDTH // HEADS
LEAST = torch.finfo(torch.float32).min


@dataclass(frozen=True)
class Way:
    """How scaled_dot_product_attention is written: by `script` or `dynamo`, or as the operator Attention; its mask."""

    exporter: str
    mask: str


class ScaledDotProduct(torch.autograd.Function):
    """F.scaled_dot_product_attention for the exporter of a PyTorch that has none.

    The nodes are those of torch/onnx/symbolic_opset14.py of PyTorch 2 (`script`), of torchlib's
    aten_scaled_dot_product_attention in onnxscript (`dynamo`), and of its form for operator set 23 (`operator`).
    """

    @staticmethod
    def forward(ctx, query, key, value, mask, way, kept):
        scores = query @ key.transpose(-1, -2) / math.sqrt(SIZE)
        if way.mask == "causal":
            scores = scores.masked_fill(torch.ones(scores.shape[-2:]).triu(1).bool(), float("-inf"))
        elif way.mask == "bool":
            scores = scores.masked_fill(~mask, float("-inf"))
        else:
            scores = scores + mask
        probabilities = torch.softmax(scores, -1)
        kept["attention"].append(probabilities.nan_to_num(0.0))
        return probabilities.nan_to_num(0.0) @ value

    @staticmethod
    def symbolic(g, query, key, value, mask, way, kept):
        constant = lambda number: g.op("Constant", value_t=torch.tensor(number))  # noqa: E731
        ints = lambda *numbers: g.op("Constant", value_t=torch.tensor(numbers))  # noqa: E731
        if way.exporter == "operator":
            return g.op("modern::Attention", query, key, value, mask, scale_f=SIZE**-0.5).setType(query.type())
        last = g.op("Slice", g.op("Shape", query), ints(-1), ints(2**63 - 1))
        root = g.op("Sqrt", g.op("Cast", last, to_i=1))
        scale = g.op("Div", constant([1.0]), root)
        if way.mask == "causal":
            lengths = [g.op("Slice", g.op("Shape", each), ints(-2), ints(-1)) for each in (query, key)]
            ones = g.op("Expand", constant([1.0]), g.op("Concat", *lengths, axis_i=0))
            seen = g.op("Equal", g.op("Trilu", ones, upper_i=0), constant([0.0]))
            mask = g.op("Where", seen, constant([-math.inf]), constant([0.0]))
        if way.exporter == "script":
            turned = g.op("Transpose", key, perm_i=[0, 1, 3, 2])
        else:
            shape = g.op("Shape", key)
            width, rows = g.op("Slice", shape, ints(-1), ints(2**63 - 1)), g.op("Slice", shape, ints(-2), ints(-1))
            before = g.op("Slice", shape, ints(-(2**63)), ints(-2))
            flat = g.op("Reshape", key, g.op("Concat", ints(-1), rows, width, axis_i=0))
            flat = g.op("Transpose", flat, perm_i=[0, 2, 1])
            turned = g.op("Reshape", flat, g.op("Concat", before, width, rows, axis_i=0))
        left, right = (g.op("Mul", each, g.op("Sqrt", scale)) for each in (query, turned))
        if way.mask == "bool":
            mask = g.op("Where", mask, constant([0.0]), constant([-math.inf]))
        weights = g.op("Softmax", g.op("Add", g.op("MatMul", left, right), mask), axis_i=-1)
        if way.mask == "bool":
            weights = g.op("Where", g.op("IsNaN", weights), constant([0.0]), weights)
        return g.op("MatMul", weights, value).setType(query.type())


class SdpaLayer(BertLayer):
    """BERT's and GPT's layer of transformers 4.48 and later, whose attention is one call."""

    def __init__(self, form: Way):
        super().__init__("add")
        self.form = form

    def forward(self, x: Tensor, mask: Tensor, kept: dict[str, list[Tensor]]) -> Tensor:
        query, key, value = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        mixed = ScaledDotProduct.apply(query, key, value, mask, self.form, kept)
        x = self.norm1(self.dense(mixed.transpose(1, 2).reshape(x.size(0), x.size(1), WIDTH)) + x)
        x = self.norm2(self.outer(F.gelu(self.inner(x))) + x)
        kept["hidden"].append(x)
        return x


class Sdpa(Bert):
    """BERT, or with a causal mask a decoder, whose attention is scaled_dot_product_attention.

    A boolean mask hides padded queries, too: their rows see nothing, which is what the guards are for.
    """

    def __init__(self, exporter: str, mask: str):
        super().__init__()
        self.form = Way(exporter, mask)
        self.layers = nn.ModuleList(SdpaLayer(self.form) for _ in range(LAYERS))

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        places = self.positions(self.position_ids[:, : input_ids.size(1)])
        x = self.norm(self.words(input_ids) + self.segments(token_type_ids) + places)
        seen = attention_mask.bool()
        if self.form.mask == "bool":
            mask = seen[:, None, None, :] & seen[:, None, :, None]
        else:
            mask = (1.0 - attention_mask[:, None, None, :].float()) * LEAST
            mask = mask.expand(-1, -1, input_ids.size(1), -1)
        for layer in self.layers:
            x = layer(x, mask, self.kept)
        return self.decoder(self.transform_norm(F.gelu(self.transform(x))))


class BiasedLayer(BertLayer):
    """BERT's layer with one tensor added to the scores that says everything about positions and masks."""

    def forward(self, x: Tensor, added: Tensor, kept: dict[str, list[Tensor]]) -> Tensor:
        query, key, value = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(SIZE) + added
        return self.attended(x, scores, value, kept)


class Alibi(Traced):
    """Press et al. 2022, as in BLOOM: no positions but a slope by distance for each head; a decoder."""

    def __init__(self):
        super().__init__()
        self.words, self.norm = nn.Embedding(VOCABULARY, WIDTH), nn.LayerNorm(WIDTH, eps=1e-5)
        self.layers = nn.ModuleList(BiasedLayer("add") for _ in range(LAYERS))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        slopes = torch.pow(torch.tensor(2 ** (-8 / HEADS)), torch.arange(1, 1 + HEADS))
        places = (attention_mask.cumsum(-1) - 1) * attention_mask
        alibi = slopes[None, :, None, None] * places[:, None, None, :].float()
        rows = torch.arange(input_ids.size(1))
        causal = (rows[None] > rows[:, None]).float() * LEAST
        x = self.norm(self.words(input_ids))
        for layer in self.layers:
            x = layer(x, alibi + causal, self.kept)
        return torch.matmul(x, self.words.weight.t())


class AlibiTable(Alibi):
    """The same as in MPT: the slopes times all distances as one stored tensor, of which the last keys are taken."""

    def __init__(self):
        super().__init__()
        slopes = 1.0 / 2.0 ** (torch.arange(1, 1 + HEADS).float() * (8 / HEADS))
        self.register_buffer("bias", torch.arange(1 - POSITIONS, 1).view(1, 1, POSITIONS) * slopes.view(HEADS, 1, 1))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        length = input_ids.size(1)
        rows = torch.arange(length)
        hidden = (rows[None] > rows[:, None]) | ~attention_mask.bool()[:, None, None, :]
        added = self.bias[:, :, POSITIONS - length :].masked_fill(hidden, LEAST)
        x = self.norm(self.words(input_ids))
        for layer in self.layers:
            x = layer(x, added, self.kept)
        return torch.matmul(x, self.words.weight.t())


class Window(Traced):
    """An encoder whose tokens see two on either side, as local layers of Longformer and ModernBERT do."""

    def __init__(self):
        super().__init__()
        self.words, self.positions = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(POSITIONS, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-5)
        self.layers = nn.ModuleList(BiasedLayer("add") for _ in range(LAYERS))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        rows = torch.arange(input_ids.size(1))
        near = (rows[None] - rows[:, None]).abs() <= 2
        seen = near[None, None] & attention_mask.bool()[:, None, None, :]
        x = self.norm(self.words(input_ids) + self.positions(rows)[None])
        for layer in self.layers:
            x = layer(x, torch.where(seen, torch.tensor(0.0), torch.tensor(LEAST)), self.kept)
        return torch.matmul(x, self.words.weight.t())
