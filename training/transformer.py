"""The encoder-decoder Transformer of 2017, in the module names of Marian as Hugging Face has it.

Vaswani et al. 2017, "Attention Is All You Need" (arXiv:1706.03762): sinusoidal positions (section 3.5), embeddings
scaled by sqrt(H) and shared with the output (3.4), layer norm after each residual sum (3.1), ReLU (3.3).
Shapes: B pairs of texts, S source tokens, T target tokens, H hidden width, N heads, V vocabulary.
"""
import math

import torch
from bert import LayerNorm, causal_mask, mask_to_add
from torch import Tensor, nn
from torch.nn import functional as F

CONFIG = {
    "activation_dropout": 0.0,
    "activation_function": "relu",
    "architectures": ["MarianMTModel"],
    "attention_dropout": 0.0,
    "bos_token_id": 2,
    "d_model": 160,
    "decoder_attention_heads": 4,
    "decoder_ffn_dim": 640,
    "decoder_layers": 4,
    "decoder_start_token_id": 2,
    "dropout": 0.1,
    "encoder_attention_heads": 4,
    "encoder_ffn_dim": 640,
    "encoder_layers": 4,
    "eos_token_id": 3,
    "forced_eos_token_id": 3,
    "init_std": 0.02,
    "is_encoder_decoder": True,
    "max_position_embeddings": 256,
    "model_type": "marian",
    "num_hidden_layers": 4,
    "pad_token_id": 0,
    "scale_embedding": True,
    "share_encoder_decoder_embeddings": True,
    "static_position_embeddings": True,
    "tie_word_embeddings": True,
    "torch_dtype": "float32",
    "use_cache": True,
    "vocab_size": 8192,
}


def sinusoids(positions: int, width: int) -> Tensor:
    """(positions, H): sin(p / 10000^(2i/H)) in the first half, the cosines in the second, as Marian orders them."""
    angles = torch.arange(positions)[:, None] / 10000 ** (torch.arange(0, width, 2)[None] / width)
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class Attention(nn.Module):
    """Queries from one text, keys and values from the same or another: (B, T, H), (B, S, H) -> (B, T, H).

    Give it a list as `kept`, and each forward pass adds its probabilities (B, N, T, S) to that list.
    """

    kept: list[Tensor] | None = None

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads, self.size = heads, width // heads
        self.k_proj = nn.Linear(width, width)
        self.v_proj = nn.Linear(width, width)
        self.q_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def split(self, x: Tensor) -> Tensor:
        return x.view(x.shape[0], x.shape[1], self.heads, self.size).permute(0, 2, 1, 3)

    def forward(self, x: Tensor, others: Tensor, mask: Tensor) -> Tensor:
        query, key, value = self.split(self.q_proj(x)), self.split(self.k_proj(others)), self.split(self.v_proj(others))
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(self.size) + mask
        probabilities = torch.softmax(scores, dim=-1)
        if self.kept is not None:
            self.kept.append(probabilities)
        mixed = torch.matmul(probabilities, value).permute(0, 2, 1, 3)
        return self.out_proj(mixed.reshape(x.shape[0], x.shape[1], self.heads * self.size))


class Layer(nn.Module):
    """An encoder layer, or with `cross` a decoder layer, which also looks at the encoder's output."""

    def __init__(self, width: int, heads: int, inner: int, eps: float, dropout: float, cross: bool):
        super().__init__()
        self.self_attn = Attention(width, heads)
        self.self_attn_layer_norm = LayerNorm(width, eps)
        if cross:
            self.encoder_attn = Attention(width, heads)
            self.encoder_attn_layer_norm = LayerNorm(width, eps)
        self.fc1 = nn.Linear(width, inner)
        self.fc2 = nn.Linear(inner, width)
        self.final_layer_norm = LayerNorm(width, eps)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor, source: Tensor | None = None, source_mask: Tensor | None = None) -> Tensor:
        x = self.self_attn_layer_norm(x + self.dropout(self.self_attn(x, x, mask)))
        if source is not None:
            x = self.encoder_attn_layer_norm(x + self.dropout(self.encoder_attn(x, source, source_mask)))
        return self.final_layer_norm(x + self.dropout(self.fc2(F.relu(self.fc1(x)))))


class Stack(nn.Module):
    """The encoder or the decoder: the embeddings' sum and the layers."""

    def __init__(self, c: dict, side: str, shared: nn.Embedding):
        super().__init__()
        width = c["d_model"]
        self.embed_tokens = shared
        self.embed_positions = nn.Embedding(c["max_position_embeddings"], width)
        self.embed_positions.weight = nn.Parameter(sinusoids(c["max_position_embeddings"], width), requires_grad=False)
        self.layers = nn.ModuleList(
            Layer(width, c[f"{side}_attention_heads"], c[f"{side}_ffn_dim"], 1e-5, c["dropout"], side == "decoder")
            for _ in range(c[f"{side}_layers"])
        )
        self.scale = math.sqrt(width)
        self.dropout = nn.Dropout(c["dropout"])
        self.register_buffer("position_ids", torch.arange(c["max_position_embeddings"]), persistent=False)

    def embed(self, ids: Tensor) -> Tensor:
        positions = self.embed_positions(self.position_ids[: ids.shape[1]])
        return self.dropout(self.embed_tokens(ids) * self.scale + positions)


class Encoder(Stack):
    """(B, S) ids and mask -> (B, S, H)."""

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        x, mask = self.embed(input_ids), mask_to_add(attention_mask)
        for layer in self.layers:
            x = layer(x, mask)
        return x


class Decoder(Stack):
    """(B, T) ids, (B, S, H) encoder output and its (B, S) mask -> (B, T, H)."""

    def forward(self, input_ids: Tensor, source: Tensor, source_mask: Tensor) -> Tensor:
        x, mask = self.embed(input_ids), mask_to_add(source_mask)
        causal = causal_mask(self.position_ids[: input_ids.shape[1]])
        for layer in self.layers:
            x = layer(x, causal, source, mask)
        return x


class Model(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        self.shared = nn.Embedding(c["vocab_size"], c["d_model"])
        self.encoder = Encoder(c, "encoder", self.shared)
        self.decoder = Decoder(c, "decoder", self.shared)


class MarianMTModel(nn.Module):
    """(B, S) source ids and mask, (B, T) target ids -> (B, T, V) logits of the target token that comes next."""

    def __init__(self, config: dict):
        super().__init__()
        self.model = Model(config)
        for weight in self.parameters():
            if weight.ndim > 1 and weight.requires_grad:
                nn.init.xavier_uniform_(weight)
        nn.init.normal_(self.model.shared.weight, std=config["d_model"] ** -0.5)
        self.lm_head = nn.Linear(config["d_model"], config["vocab_size"], bias=False)
        self.lm_head.weight = self.model.shared.weight
        self.register_buffer("final_logits_bias", torch.zeros(1, config["vocab_size"]))  # Marian's, here not learned

    def logits(self, hidden: Tensor) -> Tensor:
        return self.lm_head(hidden) + self.final_logits_bias

    def forward(self, input_ids: Tensor, attention_mask: Tensor, decoder_input_ids: Tensor) -> Tensor:
        source = self.model.encoder(input_ids, attention_mask)
        return self.logits(self.model.decoder(decoder_input_ids, source, attention_mask))

    @torch.no_grad()
    def translate(self, ids: Tensor, mask: Tensor, start: int, end: int, longest: int = 64, beams: int = 1):
        """Beam search for a batch of source texts (B, S), greedy with one beam: lists of target ids without start and end.

        A translation's score is the mean log-probability of its tokens, the end included. A text is done when none of
        its beams can still become better than its best translation, whatever the others of the batch need.
        """
        texts = len(ids)
        source = self.model.encoder(ids, mask).repeat_interleave(beams, 0)
        source_mask = mask.repeat_interleave(beams, 0)
        target = torch.full((texts * beams, 1), start, device=ids.device)
        scores = torch.full((texts, beams), -1e9, device=ids.device)
        scores[:, 0] = 0
        best: list[tuple[float, list[int]]] = [(-1e9, []) for _ in range(texts)]
        done = [False] * texts
        for length in range(1, longest + 1):
            words = self.logits(self.model.decoder(target, source, source_mask)[:, -1]).float().log_softmax(-1)
            top, at = (scores[:, :, None] + words.view(texts, beams, -1)).flatten(1).topk(2 * beams)
            kept_scores, kept_rows, kept_tokens = [], [], []
            for text in range(texts):
                going_on = []
                for rank, (score, place) in enumerate(zip(top[text].tolist(), at[text].tolist())):
                    row, token = text * beams + place // words.shape[1], place % words.shape[1]
                    if token != end:
                        going_on.append((score, row, token))
                    elif rank < beams and not done[text]:
                        best[text] = max(best[text], (score / length, target[row, 1:].tolist()))
                        done[text] |= beams == 1
                going_on = going_on[:beams]
                done[text] |= best[text][0] >= going_on[0][0] / length  # more tokens cannot raise a mean of less
                for score, row, token in going_on:
                    kept_scores.append(score), kept_rows.append(row), kept_tokens.append(token)
            if all(done):
                break
            scores = torch.tensor(kept_scores, device=ids.device).view(texts, beams)
            tokens = torch.tensor(kept_tokens, device=ids.device)[:, None]
            target = torch.cat([target[torch.tensor(kept_rows, device=ids.device)], tokens], 1)
        unfinished = [target[text * beams, 1:].tolist() for text in range(texts)]
        return [found if score > -1e9 else rest for (score, found), rest in zip(best, unfinished)]

    @property
    def attentions(self) -> dict[str, list[Attention]]:
        decoder = self.model.decoder.layers
        return {"encoder": [layer.self_attn for layer in self.model.encoder.layers],
                "decoder": [layer.self_attn for layer in decoder],
                "cross": [layer.encoder_attn for layer in decoder]}  # fmt: skip
