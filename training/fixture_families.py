"""More small Transformers for `fixtures.py`: other families than those of `fixture_models.py`."""
import math

import torch
from fixture_models import HEADS, INNER, LAYERS, NARROW, POSITIONS, VOCABULARY, WIDTH, Bert, BertLayer, Traced
from torch import Tensor, nn
from torch.nn import functional as F

SIZE = WIDTH // HEADS
BUCKETS, FARTHEST = 8, 16
LEAST = torch.finfo(torch.float32).min


class Roberta(Bert):
    """Liu et al. 2019: positions count from the padding id 1, one kind of segment, kept in a buffer."""

    def __init__(self):
        super().__init__(segments=False)
        self.kinds = nn.Embedding(1, WIDTH)
        self.register_buffer("token_type_ids", torch.zeros(1, POSITIONS, dtype=torch.long))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        filled = input_ids.ne(1).int()
        places = (torch.cumsum(filled, dim=1).type_as(filled) * filled).long() + 1
        kinds = self.token_type_ids[:, : input_ids.size(1)].expand(input_ids.size(0), input_ids.size(1))
        x = self.norm(self.words(input_ids) + self.kinds(kinds) + self.positions(places))
        for layer in self.layers:
            x = layer(x, attention_mask, self.kept)
        return self.decoder(self.transform_norm(F.gelu(self.transform(x))))


class Electra(Traced):
    """Clark et al. 2020, the discriminator: narrow embeddings, and one score for each token, (B, S)."""

    def __init__(self):
        super().__init__()
        sizes = (VOCABULARY, POSITIONS, 2)
        self.words, self.positions, self.segments = (nn.Embedding(size, NARROW) for size in sizes)
        self.norm, self.project = nn.LayerNorm(NARROW, eps=1e-12), nn.Linear(NARROW, WIDTH)
        self.layers = nn.ModuleList(BertLayer("add") for _ in range(LAYERS))
        self.dense, self.score = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 1)
        self.register_buffer("position_ids", torch.arange(POSITIONS)[None])

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        x = self.words(input_ids) + self.segments(token_type_ids)
        x = self.project(self.norm(x + self.positions(self.position_ids[:, : input_ids.size(1)])))
        for layer in self.layers:
            x = layer(x, attention_mask, self.kept)
        return self.score(F.gelu(self.dense(x))).squeeze(-1)


def relative_bucket(distance: Tensor, both_ways: bool) -> Tensor:
    """Which row of a table of biases a distance takes (Raffel et al. 2020, T5Attention._relative_position_bucket)."""
    count, bucket = BUCKETS, torch.zeros_like(distance)
    if both_ways:
        count //= 2
        bucket = bucket + (distance > 0).to(torch.long) * count
        distance = torch.abs(distance)
    else:
        distance = -torch.min(distance, torch.zeros_like(distance))
    exact = count // 2
    far = torch.log(distance.float() / exact) / math.log(FARTHEST / exact) * (count - exact)
    far = torch.min(exact + far.to(torch.long), torch.full_like(distance, count - 1))
    return bucket + torch.where(distance < exact, distance, far)


def relative_bias(table: nn.Embedding, length: int, both_ways: bool) -> Tensor:
    """(1, N, S, S)"""
    places = torch.arange(length)
    return table(relative_bucket(places[None, :] - places[:, None], both_ways)).permute([2, 0, 1]).unsqueeze(0)


class MpnetLayer(BertLayer):
    """BERT's layer with a bias by distance between scores and mask."""

    def forward(self, x: Tensor, mask: Tensor, bias: Tensor, kept: dict[str, list[Tensor]]) -> Tensor:
        query, key, value = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(SIZE)
        scores = scores + bias
        scores = scores + (1.0 - mask[:, None, None, :].float()) * LEAST
        return self.attended(x, scores, value, kept)


class Mpnet(Traced):
    """Song et al. 2020: positions from the padding id, and biases by distance, one table for all layers."""

    def __init__(self):
        super().__init__()
        self.words, self.positions = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(POSITIONS, WIDTH)
        self.norm, self.bias = nn.LayerNorm(WIDTH, eps=1e-12), nn.Embedding(BUCKETS, HEADS)
        self.layers = nn.ModuleList(MpnetLayer("add") for _ in range(LAYERS))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        filled = input_ids.ne(1).int()
        places = (torch.cumsum(filled, dim=1).type_as(filled) * filled).long() + 1
        x = self.norm(self.words(input_ids) + self.positions(places))
        bias = relative_bias(self.bias, input_ids.size(1), True)
        bias = bias.expand((input_ids.size(0), -1, input_ids.size(1), input_ids.size(1))).contiguous()
        for layer in self.layers:
            x = layer(x, attention_mask, bias, self.kept)
        return x


def log_bucket(distance: Tensor, span: int) -> Tensor:
    """Rows for distances of which far ones share one (transformers, modeling_deberta_v2.make_log_bucket_position)."""
    middle = span // 2
    near = (distance < middle) & (distance > -middle)
    far = torch.where(near, torch.tensor(middle - 1).type_as(distance), torch.abs(distance))
    highest = torch.log(torch.tensor((POSITIONS - 1) / middle))
    rows = torch.ceil(torch.log(far / middle) / highest * (middle - 1)) + middle
    return torch.where(far <= middle, distance.type_as(rows), rows * torch.sign(distance)).to(torch.long)


class DebertaLayer(BertLayer):
    """He et al. 2021, version 2: distances of content to position and back, keys and queries shared with content's."""

    span = POSITIONS

    def rows(self, distance: Tensor) -> Tensor:
        return distance

    def flat(self, x: Tensor) -> Tensor:
        return self.split(x).contiguous().view(-1, x.size(1), SIZE)

    def by_distance(self, query: Tensor, key: Tensor, distances: Tensor, batch: int) -> Tensor:
        length, scale = query.size(-2), math.sqrt(SIZE * 3)
        places = torch.arange(length)
        distance = self.rows(places[:, None] - places[None, :]).unsqueeze(0)
        position_key = self.flat(self.key(distances[None])).repeat(batch, 1, 1)
        position_query = self.flat(self.query(distances[None])).repeat(batch, 1, 1)
        shape = [query.size(0), length, length]
        content = torch.bmm(query, position_key.transpose(-1, -2))
        at = torch.clamp(distance + self.span, 0, self.span * 2 - 1)
        scores = torch.gather(content, dim=-1, index=at.expand(shape)) / scale
        content = torch.bmm(key, position_query.transpose(-1, -2))
        at = torch.clamp(-distance + self.span, 0, self.span * 2 - 1)
        return scores + torch.gather(content, dim=-1, index=at.expand(shape)).transpose(-1, -2) / scale

    def forward(self, x: Tensor, mask: Tensor, distances: Tensor, kept: dict[str, list[Tensor]]) -> Tensor:
        batch, length = x.size(0), x.size(1)
        query, key, value = self.flat(self.query(x)), self.flat(self.key(x)), self.flat(self.value(x))
        scores = torch.bmm(query, key.transpose(-1, -2) / math.sqrt(SIZE * 3))
        scores = (scores + self.by_distance(query, key, distances, batch)).view(-1, HEADS, length, length)
        # XSoftmax: hidden before the softmax, and set to 0 after it.
        hidden = ~mask.bool()
        probabilities = torch.softmax(scores.masked_fill(hidden, LEAST), -1).masked_fill(hidden, 0.0)
        context = torch.bmm(probabilities.view(-1, length, length), value)
        context = context.view(-1, HEADS, length, SIZE).permute(0, 2, 1, 3).contiguous()
        x = self.norm1(self.dense(context.view(context.size()[:-2] + (WIDTH,))) + x)
        x = self.norm2(self.outer(F.gelu(self.inner(x))) + x)
        kept["attention"].append(probabilities)
        kept["hidden"].append(x)
        return x


class DebertaBucketsLayer(DebertaLayer):
    """Version 3 (He et al. 2023): as many vectors by distance as there are buckets, on each side."""

    span = BUCKETS

    def rows(self, distance: Tensor) -> Tensor:
        return log_bucket(distance, BUCKETS)


class DebertaFirstLayer(BertLayer):
    """Version 1: one projection for queries, keys and values, biases beside it, and projections of the distances."""

    span = POSITIONS

    def __init__(self, mask: str):
        super().__init__(mask)
        del self.query, self.key, self.value
        self.in_proj = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.q_bias, self.v_bias = (nn.Parameter(torch.empty(WIDTH)) for _ in range(2))
        self.pos_proj, self.pos_q_proj = nn.Linear(WIDTH, WIDTH, bias=False), nn.Linear(WIDTH, WIDTH)

    def heads(self, x: Tensor) -> Tensor:
        return x.view(x.size()[:-1] + (HEADS, -1)).permute(0, 2, 1, 3)

    def forward(self, x: Tensor, mask: Tensor, distances: Tensor, kept: dict[str, list[Tensor]]) -> Tensor:
        query, key, value = self.heads(self.in_proj(x)).chunk(3, dim=-1)
        query = query + self.heads(self.q_bias[None, None, :])
        value = value + self.heads(self.v_bias[None, None, :])
        length, scale = query.size(-2), math.sqrt(SIZE * 3)
        places = torch.arange(length)
        distance = (places[:, None] - places[None, :]).unsqueeze(0).unsqueeze(1)
        shape = [query.size(0), query.size(1), length, length]
        query = query / scale
        scores = torch.matmul(query, key.transpose(-1, -2))
        content = torch.matmul(query, self.heads(self.pos_proj(distances[None])).transpose(-1, -2))
        at = torch.clamp(distance + POSITIONS, 0, POSITIONS * 2 - 1)
        added = torch.gather(content, dim=-1, index=at.expand(shape))
        content = torch.matmul(key, (self.heads(self.pos_q_proj(distances[None])) / scale).transpose(-1, -2))
        at = torch.clamp(-distance + POSITIONS, 0, POSITIONS * 2 - 1)
        scores = scores + (added + torch.gather(content, dim=-1, index=at.expand(shape)).transpose(-1, -2))
        hidden = ~mask.bool()
        probabilities = torch.softmax(scores.masked_fill(hidden, LEAST), -1).masked_fill(hidden, 0.0)
        context = torch.matmul(probabilities, value).permute(0, 2, 1, 3).contiguous()
        x = self.norm1(self.dense(context.view(context.size()[:-2] + (WIDTH,))) + x)
        x = self.norm2(self.outer(F.gelu(self.inner(x))) + x)
        kept["attention"].append(probabilities)
        kept["hidden"].append(x)
        return x


class Deberta(Traced):
    """DeBERTa (He et al. 2021): no positions in the embeddings; distances have vectors of their own."""

    def __init__(self, layer: type = DebertaLayer):
        super().__init__()
        self.words, self.norm = nn.Embedding(VOCABULARY, WIDTH), nn.LayerNorm(WIDTH, eps=1e-7)
        self.rel_embeddings = nn.Embedding(layer.span * 2, WIDTH)
        self.rel_norm = nn.LayerNorm(WIDTH, eps=1e-7)
        self.layers = nn.ModuleList(layer("add") for _ in range(LAYERS))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        x = self.norm(self.words(input_ids)) * attention_mask.unsqueeze(2).float()
        wide = attention_mask.unsqueeze(1).unsqueeze(2)
        mask = wide * wide.squeeze(-2).unsqueeze(-1)
        distances = self.rel_norm(self.rel_embeddings.weight)
        for layer in self.layers:
            x = layer(x, mask, distances, self.kept)
        return x


class RmsNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        variance = x.to(torch.float32).pow(2).mean(-1, keepdim=True)
        return self.weight * (x * torch.rsqrt(variance + 1e-6))


class T5Attention(nn.Module):
    """Without biases and without scaling."""

    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(4))

    def forward(self, x: Tensor, others: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        split = lambda states: states.view(x.size(0), -1, HEADS, SIZE).transpose(1, 2)  # noqa: E731
        scores = torch.matmul(split(self.q(x)), split(self.k(others)).transpose(3, 2))
        scores = scores + bias
        probabilities = F.softmax(scores.float(), dim=-1).type_as(scores)
        context = torch.matmul(probabilities, split(self.v(others))).transpose(1, 2).contiguous()
        return self.o(context.view(x.size(0), -1, WIDTH)), probabilities


class T5Layer(nn.Module):
    """Norms before the sublayers; `gated` is version 1.1's feed-forward network (Shazeer 2020)."""

    def __init__(self, crosses: bool, gated: bool):
        super().__init__()
        self.attention, self.norm = T5Attention(), RmsNorm()
        self.cross, self.cross_norm = (T5Attention(), RmsNorm()) if crosses else (None, None)
        self.wi, self.wo, self.ff_norm = nn.Linear(WIDTH, INNER, False), nn.Linear(INNER, WIDTH, False), RmsNorm()
        self.gate = nn.Linear(WIDTH, INNER, bias=False) if gated else None

    def network(self, x: Tensor) -> Tensor:
        if self.gate is None:
            return self.wo(F.relu(self.wi(x)))
        inner = self.wi(x)
        tanh = torch.tanh(math.sqrt(2.0 / math.pi) * (inner + 0.044715 * torch.pow(inner, 3.0)))
        return self.wo(0.5 * inner * (1.0 + tanh) * self.gate(x))


class T5(Traced):
    """Raffel et al. 2020: biases by distance in the first layer, used in all; the decoder attends to the encoder."""

    def __init__(self, gated: bool):
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, WIDTH)
        self.biases = nn.ModuleList(nn.Embedding(BUCKETS, HEADS) for _ in range(2))
        self.encoder = nn.ModuleList([T5Layer(False, gated)])
        self.decoder = nn.ModuleList([T5Layer(True, gated)])
        self.norms = nn.ModuleList([RmsNorm(), RmsNorm()])

    def forward(self, input_ids: Tensor, attention_mask: Tensor, decoder_input_ids: Tensor) -> Tensor:
        padding = (1.0 - attention_mask[:, None, None, :].float()) * LEAST
        x = self.words(input_ids)
        bias = relative_bias(self.biases[0], input_ids.size(1), True) + padding
        for layer in self.encoder:
            added, probabilities = layer.attention(*(layer.norm(x),) * 2, bias)
            x = x + added
            x = x + layer.network(layer.ff_norm(x))
            self.kept["attention"].append(probabilities)
            self.kept["hidden"].append(x)
        source, length = self.norms[0](x), decoder_input_ids.size(1)
        places = torch.arange(length)
        causal = (places[None, None, :].repeat(decoder_input_ids.size(0), length, 1) <= places[None, :, None]).float()
        bias = relative_bias(self.biases[1], length, False) + (1.0 - causal[:, None, :, :]) * LEAST
        x = self.words(decoder_input_ids)
        for layer in self.decoder:
            added, probabilities = layer.attention(*(layer.norm(x),) * 2, bias)
            x = x + added
            added, crossing = layer.cross(layer.cross_norm(x), source, padding)
            x = x + added
            x = x + layer.network(layer.ff_norm(x))
            self.kept["attention"] += [probabilities, crossing]
            self.kept["hidden"].append(x)
        return torch.matmul(self.norms[1](x) * WIDTH**-0.5, self.words.weight.t())


class Vanilla(Traced):
    """Vaswani et al. 2017 with PyTorch's own nn.Transformer, (S, B, H) as it takes them; sinusoids for positions."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, WIDTH)
        self.transformer = nn.Transformer(WIDTH, HEADS, 1, 1, INNER, dropout=0.0)
        self.out = nn.Linear(WIDTH, VOCABULARY)
        rates = torch.exp(torch.arange(0, WIDTH, 2) * (-math.log(10000.0) / WIDTH))
        angles = torch.arange(POSITIONS)[:, None] * rates
        self.register_buffer("places", torch.stack((angles.sin(), angles.cos()), -1).view(POSITIONS, 1, WIDTH))
        self.blocks = (*self.transformer.encoder.layers, *self.transformer.decoder.layers)
        for block in self.blocks:
            for attention in (block.self_attn, getattr(block, "multihead_attn", None)):
                if attention is not None:
                    self.watch(attention)
            block.register_forward_hook(lambda _, __, state: self.kept["hidden"].append(state))

    def watch(self, attention: nn.MultiheadAttention) -> None:
        """Asks for the probabilities besides, by a second pass that the exporter does not see."""

        def look(module: nn.MultiheadAttention, inputs: tuple[Tensor, ...], _: object) -> None:
            if not torch.jit.is_tracing():
                options = module.options | {"need_weights": True, "average_attn_weights": False}
                self.kept["attention"].append(nn.MultiheadAttention.forward(module, *inputs, **options)[1])

        def forward(*inputs: Tensor, **options: object) -> tuple[Tensor, Tensor | None]:
            attention.options = options
            return nn.MultiheadAttention.forward(attention, *inputs, **options)

        attention.forward = forward
        attention.register_forward_hook(look)

    def embed(self, ids: Tensor) -> Tensor:
        return self.words(ids.t()) * math.sqrt(WIDTH) + self.places[: ids.size(1)]

    def forward(self, input_ids: Tensor, attention_mask: Tensor, decoder_input_ids: Tensor) -> Tensor:
        hidden, length = attention_mask == 0, decoder_input_ids.size(1)
        places = torch.arange(length)
        causal = torch.zeros(length, length).masked_fill(places[None] > places[:, None], float("-inf"))
        x = self.transformer(self.embed(input_ids), self.embed(decoder_input_ids), tgt_mask=causal,
                             src_key_padding_mask=hidden, memory_key_padding_mask=hidden)  # fmt: skip
        return self.out(x).transpose(0, 1)
