"""Train the encoder-decoder: Chinese from English.

Label smoothing 0.1 as in Vaswani et al. 2017, section 5.4. There are few pairs to learn from, so the words and the
encoder start from a model of masked words, which has read more (Rothe et al. 2019, arXiv:1907.12461).

    python3 translate.py --start WORK/bert-tiny-en-zh --data DATA --model MODEL --work WORK/... --minutes 30
"""
import argparse
from pathlib import Path

import numpy as np
import torch
from batches import padded, translations
from metrics import chrf
from trainer import Trainer, add_options, batches_of, prepare
from transformer import CONFIG, MarianMTModel
from word_loss import word_loss
from wordpiece import CLS, SEP, Tokenizer

ENCODER_NAMES = {  # Marian's: BERT's
    "self_attn.q_proj": "attention.self.query",
    "self_attn.k_proj": "attention.self.key",
    "self_attn.v_proj": "attention.self.value",
    "self_attn.out_proj": "attention.output.dense",
    "self_attn_layer_norm": "attention.output.LayerNorm",
    "fc1": "intermediate.dense",
    "fc2": "output.dense",
    "final_layer_norm": "output.LayerNorm",
}
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

    def summed(self, batch: list[Pair], smoothing: float = 0.0) -> tuple[torch.Tensor, int, int]:
        """The negative log likelihood of a batch in nats, how many target tokens it is of, and the tokens of both sides."""
        ids, mask = padded([source(pair) for pair in batch], self.options.device)
        target, there = padded([[CLS, *pair[1], SEP] for pair in batch], self.options.device)
        encoded = self.model.model.encoder(ids, mask)
        hidden = self.model.model.decoder(target[:, :-1], encoded, mask)
        where = there[:, 1:] == 1
        loss = word_loss(hidden[where], self.model.lm_head.weight, target[:, 1:][where], smoothing)
        return loss, int(where.sum()), int(mask.sum() + there.sum())

    def losses(self, batch: list[Pair], random: np.random.Generator) -> tuple[dict[str, torch.Tensor], int]:
        total, count, tokens = self.summed(batch, smoothing=0.1)
        return {"loss": total / count}, tokens

    def evaluate(self) -> dict[str, float]:
        totals = [self.summed(batch) for batch in self.measured]
        loss = sum(total.item() for total, _, _ in totals) / sum(count for _, count, _ in totals)
        ids, mask = padded([source(pair) for pair in self.few], self.options.device)
        found = self.model.translate(ids, mask, CLS, SEP, longest=32)
        texts, right = ([spelled(self.tokenizer, ids) for ids in side] for side in (found, [p[1] for p in self.few]))
        return {"loss": loss, "chrf": chrf(texts, right)}


def start_from(model: MarianMTModel, bert: dict[str, torch.Tensor]) -> None:
    """Words and encoder layers of a BERT of the same width and depth; decoder and cross-attention stay as they are."""
    words = bert["bert.embeddings.word_embeddings.weight"]
    words = words - words.mean(0)
    with torch.no_grad():
        model.model.shared.weight.copy_(words / words.std() / words.shape[1] ** 0.5)
    for number, layer in enumerate(model.model.encoder.layers):
        for ours, theirs in ENCODER_NAMES.items():
            name = f"bert.encoder.layer.{number}.{theirs}"
            layer.get_submodule(ours).load_state_dict({part: bert[f"{name}.{part}"] for part in ("weight", "bias")})


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--data", type=Path, required=True, help="what prepare.py wrote")
    arguments.add_argument("--model", type=Path, required=True, help="the folder with vocab.txt")
    arguments.add_argument("--start", type=Path, help="the --work of a BERT of this width and depth")
    arguments.add_argument("--dropout", type=float, default=CONFIG["dropout"])
    arguments.add_argument("--hidden", type=int, default=CONFIG["d_model"], help="width, a multiple of 4 heads")
    add_options(arguments, rate=1e-3, eval_every=1000)
    options = arguments.parse_args()

    prepare(options)
    tokenizer = Tokenizer(options.model / "vocab.txt")
    config = {**CONFIG, "vocab_size": len(tokenizer.tokens), "d_model": options.hidden, "dropout": options.dropout,
              "encoder_ffn_dim": 4 * options.hidden, "decoder_ffn_dim": 4 * options.hidden}  # fmt: skip
    sides = []
    for split in ("train", "heldout"):
        pairs = translations(options.data, split, tokenizer, "tatoeba")
        sides.append([pair for pair in pairs if max(map(len, pair)) <= LONGEST_LEARNED])
    model = MarianMTModel(config)
    if options.start:
        start_from(model, torch.load(options.start / "checkpoint.pt", map_location="cpu")["model"])
    task = Translation(model, *sides, tokenizer, options)
    Trainer(task, options, config).train()


if __name__ == "__main__":
    main()
