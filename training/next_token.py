"""Train the decoder-only model: every token from those before it, on the texts of the masked-word models.

Words start from those of a model of masked words: what is alike is known then.

    python3 next_token.py --start WORK/bert-tiny-en-zh --data DATA --model MODEL --work WORK --minutes 30
"""
import argparse
from pathlib import Path

import numpy as np
import torch
from batches import LONGEST, Texts, padded
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
        model.transformer.wte.load_state_dict({"weight": bert["bert.embeddings.word_embeddings.weight"]})
    task = NextToken(model, *texts, options.tokens, options.device)
    Trainer(task, options, config).train()


if __name__ == "__main__":
    main()
