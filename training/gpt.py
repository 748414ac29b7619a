"""A decoder-only Transformer in the module names of GPT-2 as Hugging Face has it.

Radford et al. 2019, "Language Models are Unsupervised Multitask Learners": learned positions, layer norm before each
sublayer and after the last, the tanh form of GELU, tied output embeddings. Shapes: B texts, S tokens, H hidden
width, N heads, V vocabulary.
"""
import math

import torch
from bert import LayerNorm, causal_mask, mask_to_add
from torch import Tensor, nn

CONFIG = {
    "activation_function": "gelu_new",
    "architectures": ["GPT2LMHeadModel"],
    "attn_pdrop": 0.0,
    "bos_token_id": 2,
    "embd_pdrop": 0.0,
    "eos_token_id": 3,
    "initializer_range": 0.02,
    "layer_norm_epsilon": 1e-5,
    "model_type": "gpt2",
    "n_ctx": 512,
    "n_embd": 160,
    "n_head": 4,
    "n_inner": None,
    "n_layer": 4,
    "n_positions": 512,
    "pad_token_id": 0,
    "resid_pdrop": 0.0,
    "tie_word_embeddings": True,
    "torch_dtype": "float32",
    "use_cache": True,
    "vocab_size": 8192,
}


class Conv1D(nn.Module):
    """x W + b with W as [in, out], the transpose of nn.Linear's: so GPT-2 stores it."""

    def __init__(self, out: int, width: int):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(width, out).normal_(std=0.02))
        self.bias = nn.Parameter(torch.zeros(out))

    def forward(self, x: Tensor) -> Tensor:
        return torch.matmul(x, self.weight) + self.bias


def gelu_new(x: Tensor) -> Tensor:
    """The tanh form of GELU (Hendrycks and Gimpel, arXiv:1606.08415, section 2)."""
    return 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0))))


class Attention(nn.Module):
    """Causal self-attention. Give it a list as `kept`, and each pass adds its probabilities (B, N, S, S) to it."""

    kept: list[Tensor] | None = None

    def __init__(self, c: dict):
        super().__init__()
        self.heads = c["n_head"]
        self.size = c["n_embd"] // self.heads
        self.c_attn = Conv1D(3 * c["n_embd"], c["n_embd"])
        self.c_proj = Conv1D(c["n_embd"], c["n_embd"])

    def split(self, x: Tensor) -> Tensor:
        return x.view(x.shape[0], x.shape[1], self.heads, self.size).permute(0, 2, 1, 3)  # (B, N, S, H/N)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        query, key, value = self.c_attn(x).split(self.heads * self.size, dim=2)
        query, key, value = self.split(query), self.split(key), self.split(value)
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(self.size) + mask
        probabilities = torch.softmax(scores, dim=-1)
        if self.kept is not None:
            self.kept.append(probabilities)
        mixed = torch.matmul(probabilities, value).permute(0, 2, 1, 3)
        return self.c_proj(mixed.reshape(x.shape[0], x.shape[1], self.heads * self.size))


class Mlp(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        self.c_fc = Conv1D(4 * c["n_embd"], c["n_embd"])
        self.c_proj = Conv1D(c["n_embd"], 4 * c["n_embd"])

    def forward(self, x: Tensor) -> Tensor:
        return self.c_proj(gelu_new(self.c_fc(x)))


class Block(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        self.ln_1 = LayerNorm(c["n_embd"], c["layer_norm_epsilon"])
        self.attn = Attention(c)
        self.ln_2 = LayerNorm(c["n_embd"], c["layer_norm_epsilon"])
        self.mlp = Mlp(c)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = x + self.attn(self.ln_1(x), mask)
        return x + self.mlp(self.ln_2(x))


class Gpt(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        self.wte = nn.Embedding(c["vocab_size"], c["n_embd"])
        self.wpe = nn.Embedding(c["n_positions"], c["n_embd"])
        self.h = nn.ModuleList(Block(c) for _ in range(c["n_layer"]))
        self.ln_f = LayerNorm(c["n_embd"], c["layer_norm_epsilon"])
        self.register_buffer("position_ids", torch.arange(c["n_positions"]), persistent=False)

    def forward(self, ids: Tensor, attention_mask: Tensor) -> Tensor:
        positions = self.position_ids[: ids.shape[1]]
        hidden = self.wte(ids) + self.wpe(positions)
        mask = torch.minimum(mask_to_add(attention_mask), causal_mask(positions))
        for block in self.h:
            hidden = block(hidden, mask)
        return self.ln_f(hidden)


class GPT2LMHeadModel(nn.Module):
    """(B, S) ids and mask -> (B, S, V) logits of the token that comes next."""

    def __init__(self, config: dict):
        super().__init__()
        self.transformer = Gpt(config)
        nn.init.normal_(self.transformer.wte.weight, std=config["initializer_range"])
        nn.init.normal_(self.transformer.wpe.weight, std=config["initializer_range"])
        for block in self.transformer.h:  # residual branches start small (Radford et al. 2019, section 2.3)
            for projection in (block.attn.c_proj, block.mlp.c_proj):
                nn.init.normal_(projection.weight, std=config["initializer_range"] / math.sqrt(2 * config["n_layer"]))
        self.lm_head = nn.Linear(config["n_embd"], config["vocab_size"], bias=False)
        self.lm_head.weight = self.transformer.wte.weight

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        return self.lm_head(self.transformer(input_ids, attention_mask))

    @property
    def attentions(self) -> list[Attention]:
        return [block.attn for block in self.transformer.h]
