"""Train the decoder-only model: every token from those before it, on the texts of the masked-word models.

It starts from a model of masked words, which has read more, and unlearns to look ahead.

    python3 next_token.py --start WORK/bert-tiny-en-zh --data DATA --model MODEL --work WORK --minutes 30
"""
import argparse
from pathlib import Path

import numpy as np
import torch
from batches import LONGEST, Texts, padded
from bert import causal_mask
from gpt import CONFIG, GPT2LMHeadModel
from trainer import Trainer, add_options, batches_of, prepare
from word_loss import word_loss
from wordpiece import CLS, SEP, Tokenizer

REPEATS = {"tatoeba-zh": 2}


def stretches(texts: Texts, random: np.random.Generator | None) -> list[list[int]]:
    """[CLS] text [SEP]: each lone sentence, and ordered texts cut between sentences.

    With `random` at drawn lengths, so that a text is cut elsewhere in each epoch; without it at the longest.
    """
    found = [[CLS, *ids, SEP] for ids in texts.alone]
    for ordered in texts.ordered.values():
        for text in ordered:
            ids: list[int] = []
            budget = 0
            for sentence in [*text, None]:
                if ids and (sentence is None or len(ids) + len(sentence) > budget - 2):
                    found.append([CLS, *ids[: LONGEST - 2], SEP])
                    ids = []
                if not ids:
                    budget = LONGEST if random is None else int(random.choice([32, 128, LONGEST]))
                ids = ids + (sentence or [])
    return found


class NextToken:
    def __init__(self, model: GPT2LMHeadModel, learned: Texts, measured: Texts, tokens: int, device: str):
        self.model, self.learned, self.tokens, self.device = model, learned, tokens, device
        self.measured = batches_of(stretches(measured, None), len, 4096, np.random.default_rng(0))

    def plan(self, random: np.random.Generator) -> list[list[list[int]]]:
        return batches_of(stretches(self.learned, random), len, self.tokens, random)

    def summed(self, batch: list[list[int]]) -> tuple[torch.Tensor, int]:
        """The negative log likelihood of a batch in nats, and how many tokens it is of."""
        tokens, mask = padded(batch, self.device)
        there = mask[:, 1:] == 1
        hidden = self.model.transformer(tokens[:, :-1], mask[:, :-1])[there]  # no logits for padding
        answers = tokens[:, 1:][there]
        return word_loss(hidden, self.model.lm_head.weight, answers), len(answers)

    def losses(self, batch: list[list[int]], random: np.random.Generator) -> tuple[dict[str, torch.Tensor], int]:
        total, count = self.summed(batch)
        return {"loss": total / count}, count

    def evaluate(self) -> dict[str, float]:
        totals = [self.summed(batch) for batch in self.measured]
        loss = sum(total.item() for total, _ in totals) / sum(count for _, count in totals)
        return {"loss": loss, "perplexity": float(np.exp(loss))}


@torch.no_grad()
def start_from(model: GPT2LMHeadModel, bert: dict[str, torch.Tensor], some: tuple[torch.Tensor, torch.Tensor]) -> None:
    """Embeddings and layers of a BERT of the same width and depth, each layer doing about what it did there.

    BERT norms each residual sum, GPT-2 what a sublayer reads of it: the norm before a sublayer is that after the one
    before, and what the sublayer adds is scaled to the sum, as wide as it is on `some` texts (ids and mask, (B, S)).
    """

    def put(module: torch.nn.Module, *names: str) -> None:
        """A norm, or a matrix, which GPT-2 has as (in, out); several matrices side by side."""
        weight, bias = (torch.cat([bert[f"{name}.{part}"] for name in names]) for part in ("weight", "bias"))
        module.load_state_dict({"weight": weight.T if weight.ndim > 1 else weight, "bias": bias})

    def add(x: torch.Tensor, change: torch.Tensor, projection: torch.nn.Module) -> torch.Tensor:
        width = x[there].std(-1).mean()
        projection.weight *= width
        projection.bias *= width
        return x + width * change

    ids, mask = some
    there = mask == 1
    gpt, norm = model.transformer, "bert.embeddings.LayerNorm"
    gpt.wte.weight.copy_(bert["bert.embeddings.word_embeddings.weight"])
    gpt.wpe.weight.copy_(
        bert["bert.embeddings.position_embeddings.weight"] + bert["bert.embeddings.token_type_embeddings.weight"][0]
    )
    positions = torch.arange(ids.shape[1])
    x, hidden = gpt.wte(ids) + gpt.wpe(positions), causal_mask(positions)
    for number, block in enumerate(gpt.h):
        at = f"bert.encoder.layer.{number}"
        put(block.ln_1, norm)
        put(block.attn.c_attn, *(f"{at}.attention.self.{part}" for part in ("query", "key", "value")))
        put(block.attn.c_proj, f"{at}.attention.output.dense")
        x = add(x, block.attn(block.ln_1(x), hidden), block.attn.c_proj)
        put(block.ln_2, f"{at}.attention.output.LayerNorm")
        put(block.mlp.c_fc, f"{at}.intermediate.dense")
        put(block.mlp.c_proj, f"{at}.output.dense")
        x = add(x, block.mlp(block.ln_2(x)), block.mlp.c_proj)
        norm = f"{at}.output.LayerNorm"
    put(gpt.ln_f, norm)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--data", type=Path, required=True, help="what prepare.py wrote")
    arguments.add_argument("--model", type=Path, required=True, help="the folder with vocab.txt")
    arguments.add_argument("--start", type=Path, help="the --work of a BERT of this width")
    arguments.add_argument("--hidden", type=int, default=CONFIG["n_embd"], help="width, a multiple of 4 heads")
    add_options(arguments, rate=2e-3, eval_every=1000)
    options = arguments.parse_args()

    prepare(options)
    tokenizer = Tokenizer(options.model / "vocab.txt")
    config = {**CONFIG, "vocab_size": len(tokenizer.tokens), "n_embd": options.hidden}
    texts = [Texts(options.data, split, tokenizer, repeats) for split, repeats in (("train", REPEATS), ("heldout", {}))]
    model = GPT2LMHeadModel(config)
    if options.start:
        bert = torch.load(options.start / "checkpoint.pt", map_location="cpu")["model"]
        start_from(model, bert, padded(stretches(texts[1], None)[:64], "cpu"))
    task = NextToken(model, *texts, options.tokens, options.device)
    Trainer(task, options, config).train()


if __name__ == "__main__":
    main()
