"""BERT with the heads for pre-training and for its downstream tasks, in the module names of google-research/bert and Hugging Face.

Devlin et al. 2018, "BERT" (arXiv:1810.04805), over Vaswani et al. 2017 (arXiv:1706.03762): an encoder with
learned positions, layer norm after each residual sum and exact GELU (Hendrycks and Gimpel, arXiv:1606.08415).
Shapes: B texts, S tokens, H hidden width, N heads, V vocabulary.
"""
import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CONFIG = {
    "architectures": ["BertForPreTraining"],
    "attention_probs_dropout_prob": 0.0,
    "classifier_dropout": None,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.0,
    "hidden_size": 160,
    "initializer_range": 0.02,
    "intermediate_size": 640,
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": 512,
    "model_type": "bert",
    "num_attention_heads": 4,
    "num_hidden_layers": 4,
    "pad_token_id": 0,
    "position_embedding_type": "absolute",
    "tie_word_embeddings": True,
    "torch_dtype": "float32",
    "type_vocab_size": 2,
    "use_cache": True,
    "vocab_size": 8192,
}  # fmt: skip


def mask_to_add(attention_mask: Tensor) -> Tensor:
    """(B, S) of 1 and 0 -> (B, 1, 1, S) of 0 and the lowest float, added to the scores."""
    return (1.0 - attention_mask[:, None, None, :].to(torch.float32)) * torch.finfo(torch.float32).min


def causal_mask(positions: Tensor) -> Tensor:
    """(S,) positions -> (S, S) of 0 and the lowest float where a key stands after its query."""
    return (positions[None] > positions[:, None]).to(torch.float32) * torch.finfo(torch.float32).min


def initialise(model: nn.Module, config: dict) -> None:
    for module in model.modules():
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, std=config["initializer_range"])
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)


class LayerNorm(nn.LayerNorm):
    """Always in float32: torch's bfloat16 one takes no float32 weights."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x if x.dtype == torch.float32 else x.float())


class Embeddings(nn.Module):
    """(B, S) ids and types -> (B, S, H): the sum of word, position and type vectors, normed."""

    def __init__(self, c: dict):
        super().__init__()
        self.word_embeddings = nn.Embedding(c["vocab_size"], c["hidden_size"])
        self.position_embeddings = nn.Embedding(c["max_position_embeddings"], c["hidden_size"])
        self.token_type_embeddings = nn.Embedding(c["type_vocab_size"], c["hidden_size"])
        self.LayerNorm = LayerNorm(c["hidden_size"], c["layer_norm_eps"])
        self.register_buffer("position_ids", torch.arange(c["max_position_embeddings"])[None], persistent=False)

    def forward(self, ids: Tensor, types: Tensor) -> Tensor:
        positions = self.position_ids[:, : ids.shape[1]]
        summed = self.word_embeddings(ids) + self.token_type_embeddings(types) + self.position_embeddings(positions)
        return self.LayerNorm(summed)


class SelfAttention(nn.Module):
    """(B, S, H) -> (B, S, H): softmax(q k' / sqrt(H/N) + mask) v in each of N heads.

    Give it a list as `kept`, and each forward pass adds its probabilities (B, N, S, S) to that list.
    """

    kept: list[Tensor] | None = None

    def __init__(self, c: dict):
        super().__init__()
        self.heads = c["num_attention_heads"]
        self.size = c["hidden_size"] // self.heads
        self.query = nn.Linear(c["hidden_size"], c["hidden_size"])
        self.key = nn.Linear(c["hidden_size"], c["hidden_size"])
        self.value = nn.Linear(c["hidden_size"], c["hidden_size"])

    def split(self, x: Tensor) -> Tensor:
        return x.view(x.shape[0], x.shape[1], self.heads, self.size).permute(0, 2, 1, 3)  # (B, N, S, H/N)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        query, key, value = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(self.size) + mask
        probabilities = torch.softmax(scores, dim=-1)
        if self.kept is not None:
            self.kept.append(probabilities)
        mixed = torch.matmul(probabilities, value).permute(0, 2, 1, 3)
        return mixed.reshape(x.shape[0], x.shape[1], self.heads * self.size)


class Residual(nn.Module):
    """A projection back to H, added to what came in, then normed (post-norm)."""

    def __init__(self, width: int, c: dict):
        super().__init__()
        self.dense = nn.Linear(width, c["hidden_size"])
        self.dropout = nn.Dropout(c["hidden_dropout_prob"])
        self.LayerNorm = LayerNorm(c["hidden_size"], c["layer_norm_eps"])

    def forward(self, x: Tensor, residual: Tensor) -> Tensor:
        return self.LayerNorm(self.dropout(self.dense(x)) + residual)


class Attention(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        self.self = SelfAttention(c)
        self.output = Residual(c["hidden_size"], c)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        return self.output(self.self(x, mask), x)


class Intermediate(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        self.dense = nn.Linear(c["hidden_size"], c["intermediate_size"])

    def forward(self, x: Tensor) -> Tensor:
        return F.gelu(self.dense(x))


class Layer(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        self.attention = Attention(c)
        self.intermediate = Intermediate(c)
        self.output = Residual(c["intermediate_size"], c)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = self.attention(x, mask)
        return self.output(self.intermediate(x), x)


class Encoder(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        self.layer = nn.ModuleList(Layer(c) for _ in range(c["num_hidden_layers"]))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        for layer in self.layer:
            x = layer(x, mask)
        return x


class Pooler(nn.Module):
    """(B, S, H) -> (B, H), from [CLS] alone."""

    def __init__(self, c: dict):
        super().__init__()
        self.dense = nn.Linear(c["hidden_size"], c["hidden_size"])

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(self.dense(x[:, 0]))


class Bert(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        self.embeddings = Embeddings(c)
        self.encoder = Encoder(c)
        self.pooler = Pooler(c)

    def encode(self, ids: Tensor, attention_mask: Tensor, types: Tensor) -> Tensor:
        return self.encoder(self.embeddings(ids, types), mask_to_add(attention_mask))

    def forward(self, ids: Tensor, attention_mask: Tensor, types: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.encode(ids, attention_mask, types)
        return hidden, self.pooler(hidden)


class Transform(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        self.dense = nn.Linear(c["hidden_size"], c["hidden_size"])
        self.LayerNorm = LayerNorm(c["hidden_size"], c["layer_norm_eps"])

    def forward(self, x: Tensor) -> Tensor:
        return self.LayerNorm(F.gelu(self.dense(x)))


class Predictions(nn.Module):
    """(..., H) -> (..., V) by the word embeddings themselves (Press and Wolf 2017, arXiv:1608.05859)."""

    def __init__(self, c: dict, words: nn.Embedding):
        super().__init__()
        self.transform = Transform(c)
        self.decoder = nn.Linear(c["hidden_size"], c["vocab_size"], bias=False)
        self.decoder.weight = words.weight
        self.bias = nn.Parameter(torch.zeros(c["vocab_size"]))

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.transform(x)) + self.bias


class Heads(nn.Module):
    def __init__(self, c: dict, words: nn.Embedding):
        super().__init__()
        self.predictions = Predictions(c, words)
        self.seq_relationship = nn.Linear(c["hidden_size"], 2)


class BertForPreTraining(nn.Module):
    """(B, S) ids, mask and types -> (B, S, V) word logits and (B, 2) next-sentence logits (0: it follows)."""

    def __init__(self, config: dict):
        super().__init__()
        self.bert = Bert(config)
        self.cls = Heads(config, self.bert.embeddings.word_embeddings)
        initialise(self, config)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, Tensor]:
        hidden, pooled = self.bert(input_ids, attention_mask, token_type_ids)
        return self.cls.predictions(hidden), self.cls.seq_relationship(pooled)

    def at(self, where: Tensor, ids: Tensor, mask: Tensor, types: Tensor) -> tuple[Tensor, Tensor]:
        """Word logits (M, V) at the M positions marked in `where` (B, S) alone: most of the work is in V."""
        hidden, pooled = self.bert(ids, mask, types)
        return self.cls.predictions(hidden[where]), self.cls.seq_relationship(pooled)

    @property
    def attentions(self) -> list[SelfAttention]:
        return [layer.attention.self for layer in self.bert.encoder.layer]


class BertForSequenceClassification(nn.Module):
    """(B, S) ids, mask and types -> (B, classes) logits, from the pooled [CLS]."""

    def __init__(self, config: dict):
        super().__init__()
        self.bert = Bert(config)
        self.dropout = nn.Dropout(config["hidden_dropout_prob"])
        self.classifier = nn.Linear(config["hidden_size"], len(config["id2label"]))
        initialise(self, config)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        return self.classifier(self.dropout(self.bert(input_ids, attention_mask, token_type_ids)[1]))

    attentions = BertForPreTraining.attentions


class BertForTokenClassification(nn.Module):
    """(B, S) ids, mask and types -> (B, S, tags) logits."""

    def __init__(self, config: dict):
        super().__init__()
        self.bert = Bert(config)
        del self.bert.pooler  # Hugging Face's has none either
        self.dropout = nn.Dropout(config["hidden_dropout_prob"])
        self.classifier = nn.Linear(config["hidden_size"], len(config["id2label"]))
        initialise(self, config)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        return self.classifier(self.dropout(self.bert.encode(input_ids, attention_mask, token_type_ids)))

    attentions = BertForPreTraining.attentions


class BertForQuestionAnswering(nn.Module):
    """(B, S) ids, mask and types -> (B, S) logits of where the answer begins, and of its last token."""

    def __init__(self, config: dict):
        super().__init__()
        self.bert = Bert(config)
        del self.bert.pooler
        self.dropout = nn.Dropout(config["hidden_dropout_prob"])
        self.qa_outputs = nn.Linear(config["hidden_size"], 2)
        initialise(self, config)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.bert.encode(input_ids, attention_mask, token_type_ids)
        start, end = self.qa_outputs(self.dropout(hidden)).split(1, dim=-1)
        return start.squeeze(-1), end.squeeze(-1)

    attentions = BertForPreTraining.attentions
