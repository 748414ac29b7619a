"""Train the encoder-decoder: Chinese from English.

Label smoothing 0.1 and dropout 0.1 as in Vaswani et al. 2017, section 5.4.

    python3 translate.py --data DATA --model MODEL --work WORK --minutes 30
"""
import argparse
from pathlib import Path

import numpy as np
import torch
from batches import padded, translations
from metrics import chrf
from torch.nn import functional as F
from trainer import Trainer, add_options, batches_of, prepare
from transformer import CONFIG, MarianMTModel
from wordpiece import CLS, SEP, Tokenizer

LONGEST_LEARNED = 64  # tokens of either side
Pair = tuple[list[int], list[int]]


def spelled(tokenizer: Tokenizer, ids: list[int]) -> str:
    """Text of target ids, Chinese characters without spaces between them."""
    text = ""
    for token in (tokenizer.tokens[i] for i in ids):
        latin = token[0].isascii() and token[0].isalnum()
        spaced = latin and text and text[-1].isascii() and text[-1].isalnum()
        text += token[2:] if token.startswith("##") else (" " + token if spaced else token)
    return text


def source(pair: Pair) -> list[int]:
    return [CLS, *pair[0], SEP]


class Translation:
    def __init__(self, model: MarianMTModel, learned: list[Pair], measured: list[Pair], tokenizer: Tokenizer, options):
        self.model, self.learned, self.tokenizer, self.options = model, learned, tokenizer, options
        self.measured = batches_of(measured, lambda pair: len(pair[0]) + len(pair[1]), 4096, np.random.default_rng(0))
        self.few = measured[:: max(1, len(measured) // 128)]

    def plan(self, random: np.random.Generator) -> list[list[Pair]]:
        return batches_of(self.learned, lambda pair: len(pair[0]) + len(pair[1]) + 4, self.options.tokens, random)

    def logits(self, batch: list[Pair]) -> tuple[torch.Tensor, torch.Tensor, int]:
        """Logits (M, V) of the target tokens, these tokens (M,), and the tokens of both sides."""
        ids, mask = padded([source(pair) for pair in batch], self.options.device)
        target, there = padded([[CLS, *pair[1], SEP] for pair in batch], self.options.device)
        encoded = self.model.model.encoder(ids, mask)
        hidden = self.model.model.decoder(target[:, :-1], encoded, mask)
        where = there[:, 1:] == 1
        return self.model.logits(hidden[where]).float(), target[:, 1:][where], int(mask.sum() + there.sum())

    def losses(self, batch: list[Pair], random: np.random.Generator) -> tuple[dict[str, torch.Tensor], int]:
        logits, answers, tokens = self.logits(batch)
        return {"loss": F.cross_entropy(logits, answers, label_smoothing=0.1)}, tokens

    def evaluate(self) -> dict[str, float]:
        total = count = 0
        for batch in self.measured:
            logits, answers, _ = self.logits(batch)
            total += F.cross_entropy(logits, answers, reduction="sum").item()
            count += len(answers)
        ids, mask = padded([source(pair) for pair in self.few], self.options.device)
        found = self.model.translate(ids, mask, CLS, SEP, longest=32)
        texts, right = ([spelled(self.tokenizer, ids) for ids in side] for side in (found, [p[1] for p in self.few]))
        return {"loss": total / count, "chrf": chrf(texts, right)}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--data", type=Path, required=True, help="what prepare.py wrote")
    arguments.add_argument("--model", type=Path, required=True, help="the folder with vocab.txt")
    arguments.add_argument("--hidden", type=int, default=CONFIG["d_model"], help="width, a multiple of 4 heads")
    add_options(arguments, rate=1e-3, eval_every=1000)
    options = arguments.parse_args()

    prepare(options)
    tokenizer = Tokenizer(options.model / "vocab.txt")
    config = {**CONFIG, "vocab_size": len(tokenizer.tokens), "d_model": options.hidden,
              "encoder_ffn_dim": 4 * options.hidden, "decoder_ffn_dim": 4 * options.hidden}  # fmt: skip
    sides = []
    for split in ("train", "heldout"):
        pairs = translations(options.data, split, tokenizer, "tatoeba")
        sides.append([pair for pair in pairs if max(map(len, pair)) <= LONGEST_LEARNED])
    task = Translation(MarianMTModel(config), *sides, tokenizer, options)
    Trainer(task, options, config).train()


if __name__ == "__main__":
    main()
