"""The small Transformers that `fixtures.py` exports, computing as those of Hugging Face transformers do."""
import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

WIDTH, HEADS, INNER, VOCABULARY, POSITIONS, LAYERS, NARROW = 16, 2, 32, 40, 24, 2, 8
IDS = torch.tensor([[2, 7, 8, 3, 9, 3], [2, 7, 11, 3, 0, 0]])
MASK = (IDS > 0).long()
SEGMENTS = torch.tensor([[0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 0, 0]])
TARGET = torch.tensor([[2, 5, 13, 4], [2, 9, 30, 21]])
TEXT = {0: "batch_size", 1: "sequence_length"}


class Traced(nn.Module):
    """Keeps what each layer computed: probabilities (B, N, S, T) and hidden states (B, S, H)."""

    def __init__(self):
        super().__init__()
        self.kept: dict[str, list[Tensor]] = {"attention": [], "hidden": []}


class Conv1D(nn.Module):
    """GPT-2's linear layer: its weight is (in, out)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(inputs, outputs)), nn.Parameter(torch.empty(outputs))

    def forward(self, x: Tensor) -> Tensor:
        flat = torch.addmm(self.bias, x.view(-1, x.size(-1)), self.weight)
        return flat.view(x.size()[:-1] + (self.bias.size(0),))


class BertLayer(nn.Module):
    """Devlin et al. 2019. `way`: how padding is hidden, `add` (BERT) or `fill` (DistilBERT)."""

    def __init__(self, way: str):
        super().__init__()
        self.way = way
        self.query, self.key, self.value, self.dense = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.inner, self.outer = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH, eps=1e-12), nn.LayerNorm(WIDTH, eps=1e-12)

    def split(self, x: Tensor) -> Tensor:
        return x.view(x.size()[:-1] + (HEADS, WIDTH // HEADS)).permute(0, 2, 1, 3)

    def forward(self, x: Tensor, mask: Tensor, kept: dict[str, list[Tensor]]) -> Tensor:
        query, key, value = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        size = math.sqrt(WIDTH // HEADS)
        if self.way == "fill":
            scores = torch.matmul(query / size, key.transpose(2, 3))
            hidden = (mask == 0).view(mask.size(0), 1, 1, mask.size(1)).expand_as(scores)
            scores = scores.masked_fill(hidden, torch.finfo(torch.float32).min)
        else:
            scores = torch.matmul(query, key.transpose(-1, -2)) / size + (1.0 - mask[:, None, None, :].float()) * -10000.0
        return self.attended(x, scores, value, kept)

    def attended(self, x: Tensor, scores: Tensor, value: Tensor, kept: dict[str, list[Tensor]]) -> Tensor:
        """All that follows the scores, masked and scaled."""
        probabilities = nn.functional.softmax(scores, dim=-1)
        context = torch.matmul(probabilities, value).permute(0, 2, 1, 3).contiguous()
        context = context.view(context.size()[:-2] + (WIDTH,))
        x = self.norm1(self.dense(context) + x)
        x = self.norm2(self.outer(F.gelu(self.inner(x))) + x)
        kept["attention"].append(probabilities)
        kept["hidden"].append(x)
        return x


class Bert(Traced):
    """(B, S) ids, mask and segments -> (B, S, V). ALBERT shares a layer; DistilBERT has no segments."""

    def __init__(self, way: str = "add", shared: bool = False, segments: bool = True):
        super().__init__()
        width = NARROW if shared else WIDTH
        self.words, self.positions = nn.Embedding(VOCABULARY, width), nn.Embedding(POSITIONS, width)
        self.segments = nn.Embedding(2, width) if segments else None
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.project = nn.Linear(width, WIDTH) if shared else nn.Identity()
        self.layers = nn.ModuleList([BertLayer(way)] * LAYERS if shared else [BertLayer(way) for _ in range(LAYERS)])
        self.transform, self.transform_norm = nn.Linear(WIDTH, width), nn.LayerNorm(width, eps=1e-12)
        self.decoder = nn.Linear(width, VOCABULARY)
        self.decoder.weight = self.words.weight
        self.register_buffer("position_ids", torch.arange(POSITIONS)[None])

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None) -> Tensor:
        x = self.words(input_ids) + self.positions(self.position_ids[:, : input_ids.size(1)])
        if self.segments is not None:
            x = x + self.segments(token_type_ids)
        x = self.project(self.norm(x))
        for layer in self.layers:
            x = layer(x, attention_mask, self.kept)
        return self.decoder(self.transform_norm(F.gelu(self.transform(x))))


class Gpt2(Traced):
    """(B, S) ids and mask -> (B, S, V); norms before sublayers, a causal mask by torch.where."""

    def __init__(self):
        super().__init__()
        self.words, self.positions = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(POSITIONS, WIDTH)
        self.layers = nn.ModuleList(
            nn.ModuleDict({"ln_1": nn.LayerNorm(WIDTH), "c_attn": Conv1D(WIDTH, 3 * WIDTH),
                           "c_proj": Conv1D(WIDTH, WIDTH), "ln_2": nn.LayerNorm(WIDTH),
                           "c_fc": Conv1D(WIDTH, INNER), "c_out": Conv1D(INNER, WIDTH)})
            for _ in range(LAYERS)
        )  # fmt: skip
        self.norm = nn.LayerNorm(WIDTH)
        self.register_buffer("causal", torch.ones(POSITIONS, POSITIONS, dtype=torch.bool).tril()[None, None])

    def split(self, x: Tensor) -> Tensor:
        return x.view(x.size()[:-1] + (HEADS, WIDTH // HEADS)).permute(0, 2, 1, 3)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        length = input_ids.size(-1)
        x = self.words(input_ids) + self.positions(torch.arange(length)[None])
        padding = (1.0 - attention_mask[:, None, None, :].float()) * torch.finfo(torch.float32).min
        for layer in self.layers:
            query, key, value = (self.split(each) for each in layer["c_attn"](layer["ln_1"](x)).split(WIDTH, dim=2))
            scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(WIDTH // HEADS)
            least = torch.full([], torch.finfo(torch.float32).min)
            scores = torch.where(self.causal[:, :, :length, :length], scores, least) + padding
            probabilities = nn.functional.softmax(scores, dim=-1)
            context = torch.matmul(probabilities, value).permute(0, 2, 1, 3).contiguous()
            x = layer["c_proj"](context.view(context.size()[:-2] + (WIDTH,))) + x
            inner = layer["c_fc"](layer["ln_2"](x))
            tanh = torch.tanh(math.sqrt(2.0 / math.pi) * (inner + 0.044715 * torch.pow(inner, 3.0)))
            x = x + layer["c_out"](0.5 * inner * (1.0 + tanh))
            self.kept["attention"].append(probabilities)
            self.kept["hidden"].append(x)
        return torch.matmul(self.norm(x), self.words.weight.t())


class BartAttention(nn.Module):
    """Batch and heads as one axis, and the scale on the query, as in BART and Marian."""

    def __init__(self):
        super().__init__()
        self.k_proj, self.v_proj, self.q_proj, self.out_proj = (nn.Linear(WIDTH, WIDTH) for _ in range(4))

    def shape(self, x: Tensor, length: int, batch: int) -> Tensor:
        return x.view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2).contiguous()

    def forward(self, x: Tensor, others: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        batch, length, source = x.size(0), x.size(1), others.size(1)
        flat = (batch * HEADS, -1, WIDTH // HEADS)
        query = self.shape(self.q_proj(x) * (WIDTH // HEADS) ** -0.5, length, batch).view(*flat)
        key = self.shape(self.k_proj(others), source, batch).view(*flat)
        value = self.shape(self.v_proj(others), source, batch).view(*flat)
        scores = torch.bmm(query, key.transpose(1, 2))
        scores = scores.view(batch, HEADS, length, source) + mask
        probabilities = nn.functional.softmax(scores.view(batch * HEADS, length, source), dim=-1)
        context = torch.bmm(probabilities, value).view(batch, HEADS, length, WIDTH // HEADS).transpose(1, 2)
        return self.out_proj(context.reshape(batch, length, WIDTH)), probabilities.view(batch, HEADS, length, source)


class BartLayer(nn.Module):
    def __init__(self, crosses: bool):
        super().__init__()
        self.attention, self.norm = BartAttention(), nn.LayerNorm(WIDTH)
        self.cross, self.cross_norm = (BartAttention(), nn.LayerNorm(WIDTH)) if crosses else (None, None)
        self.fc1, self.fc2, self.final_norm = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH), nn.LayerNorm(WIDTH)


class Bart(Traced):
    """(B, S) ids and mask, (B, T) target ids -> (B, T, V): an encoder and a decoder that attends to it."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, WIDTH)
        self.positions = nn.ModuleList(nn.Embedding(POSITIONS, WIDTH) for _ in range(2))
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(2))
        self.encoder = nn.ModuleList([BartLayer(False)])  # one layer each: the file stays below 100 kB
        self.decoder = nn.ModuleList([BartLayer(True)])

    def embed(self, ids: Tensor, stack: int) -> Tensor:
        return self.norms[stack](self.words(ids) + self.positions[stack](torch.arange(ids.size(1))))

    def forward(self, input_ids: Tensor, attention_mask: Tensor, decoder_input_ids: Tensor) -> Tensor:
        least = torch.finfo(torch.float32).min
        padding = (1.0 - attention_mask[:, None, None, :].float()) * least
        length = decoder_input_ids.size(1)
        places = torch.arange(length)
        causal = torch.zeros(length, length).masked_fill(places[None] > places[:, None], least)[None, None]
        source = x = self.embed(input_ids, 0)
        for layer in (*self.encoder, *self.decoder):
            if layer.cross is not None and layer is self.decoder[0]:
                source, x = x, self.embed(decoder_input_ids, 1)
            added, probabilities = layer.attention(x, x, padding if layer.cross is None else causal)
            x = layer.norm(x + added)
            self.kept["attention"].append(probabilities)
            if layer.cross is not None:
                added, probabilities = layer.cross(x, source, padding)
                x = layer.cross_norm(x + added)
                self.kept["attention"].append(probabilities)
            x = layer.final_norm(x + layer.fc2(F.gelu(layer.fc1(x))))
            self.kept["hidden"].append(x)
        return torch.matmul(x, self.words.weight.t())
