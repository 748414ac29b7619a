"""ALBERT with its two pre-training heads, in the module names of Hugging Face.

Lan et al. 2019, "ALBERT" (arXiv:1909.11942): BERT with factorised embeddings (section 3.1: V x E and E x H in place
of V x H), one layer's weights used by all layers, and sentence-order prediction. Shapes: B texts, S tokens, E
embedding width, H hidden width, N heads, V vocabulary.
"""
import torch
from bert import Embeddings, LayerNorm, SelfAttention, initialise, mask_to_add
from gpt import gelu_new
from torch import Tensor, nn

CONFIG = {
    "architectures": ["AlbertForPreTraining"],
    "attention_probs_dropout_prob": 0.0,
    "bos_token_id": 2,
    "classifier_dropout_prob": 0.0,
    "embedding_size": 64,
    "eos_token_id": 3,
    "hidden_act": "gelu_new",
    "hidden_dropout_prob": 0.0,
    "hidden_size": 160,
    "initializer_range": 0.02,
    "inner_group_num": 1,
    "intermediate_size": 640,
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": 512,
    "model_type": "albert",
    "num_attention_heads": 4,
    "num_hidden_groups": 1,
    "num_hidden_layers": 6,
    "pad_token_id": 0,
    "position_embedding_type": "absolute",
    "tie_word_embeddings": True,
    "torch_dtype": "float32",
    "type_vocab_size": 2,
    "vocab_size": 8192,
}


class Attention(SelfAttention):
    """Self-attention with its output projection, residual and norm."""

    def __init__(self, c: dict):
        super().__init__(c)
        self.dense = nn.Linear(c["hidden_size"], c["hidden_size"])
        self.LayerNorm = LayerNorm(c["hidden_size"], c["layer_norm_eps"])

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        return self.LayerNorm(x + self.dense(super().forward(x, mask)))


class Layer(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        self.full_layer_layer_norm = LayerNorm(c["hidden_size"], c["layer_norm_eps"])
        self.attention = Attention(c)
        self.ffn = nn.Linear(c["hidden_size"], c["intermediate_size"])
        self.ffn_output = nn.Linear(c["intermediate_size"], c["hidden_size"])

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = self.attention(x, mask)
        return self.full_layer_layer_norm(self.ffn_output(gelu_new(self.ffn(x))) + x)


class Group(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        self.albert_layers = nn.ModuleList([Layer(c)])


class Encoder(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        self.times = c["num_hidden_layers"]
        self.embedding_hidden_mapping_in = nn.Linear(c["embedding_size"], c["hidden_size"])
        self.albert_layer_groups = nn.ModuleList([Group(c)])

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = self.embedding_hidden_mapping_in(x)
        for _ in range(self.times):
            x = self.albert_layer_groups[0].albert_layers[0](x, mask)
        return x


class Albert(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        self.embeddings = Embeddings({**c, "hidden_size": c["embedding_size"]})
        self.encoder = Encoder(c)
        self.pooler = nn.Linear(c["hidden_size"], c["hidden_size"])

    def forward(self, ids: Tensor, attention_mask: Tensor, types: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.encoder(self.embeddings(ids, types), mask_to_add(attention_mask))
        return hidden, torch.tanh(self.pooler(hidden[:, 0]))


class Predictions(nn.Module):
    """(..., H) -> (..., V) by way of E and the word embeddings."""

    def __init__(self, c: dict, words: nn.Embedding):
        super().__init__()
        self.LayerNorm = LayerNorm(c["embedding_size"], c["layer_norm_eps"])
        self.bias = nn.Parameter(torch.zeros(c["vocab_size"]))
        self.dense = nn.Linear(c["hidden_size"], c["embedding_size"])
        self.decoder = nn.Linear(c["embedding_size"], c["vocab_size"], bias=False)
        self.decoder.weight = words.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.LayerNorm(gelu_new(self.dense(x)))) + self.bias


class Order(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        self.classifier = nn.Linear(c["hidden_size"], 2)

    def forward(self, pooled: Tensor) -> Tensor:
        return self.classifier(pooled)


class AlbertForPreTraining(nn.Module):
    """(B, S) ids, mask and types -> (B, S, V) word logits and (B, 2) sentence-order logits (0: in order)."""

    def __init__(self, config: dict):
        super().__init__()
        self.albert = Albert(config)
        self.predictions = Predictions(config, self.albert.embeddings.word_embeddings)
        self.sop_classifier = Order(config)
        initialise(self, config)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, Tensor]:
        hidden, pooled = self.albert(input_ids, attention_mask, token_type_ids)
        return self.predictions(hidden), self.sop_classifier(pooled)

    def at(self, where: Tensor, ids: Tensor, mask: Tensor, types: Tensor) -> tuple[Tensor, Tensor]:
        """Word logits (M, V) at the M positions marked in `where` (B, S) alone: most of the work is in V."""
        hidden, pooled = self.albert(ids, mask, types)
        return self.predictions(hidden[where]), self.sop_classifier(pooled)

    @property
    def attentions(self) -> list[SelfAttention]:
        return [self.albert.encoder.albert_layer_groups[0].albert_layers[0].attention]
