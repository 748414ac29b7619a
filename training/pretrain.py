"""Pre-train an encoder: masked words on everything, and how two texts are related on ordered texts.

BERT learns whether the second text follows the first or comes from elsewhere (next-sentence prediction), ALBERT
whether two neighbours stand in their order (sentence-order prediction). In phases, each from the weights of the one
before: mostly short texts first, then long ones (Devlin et al. 2018, appendix A.2), then more pairs (batches.PHASES).
ALBERT may start from a BERT: from its words in fewer dimensions, and one of its layers in place of all.

    python3 pretrain.py --kind bert --data DATA --model MODEL --work WORK/bert-short --minutes 38
    python3 pretrain.py --kind bert --phase long --start WORK/bert-short --data DATA --model MODEL --work WORK/bert ...
"""
import argparse
from pathlib import Path

import albert
import bert
import numpy as np
import torch
from batches import PHASES, REPEATS, Masker, Texts, epoch
from torch.nn import functional as F
from trainer import Trainer, add_options, prepare
from wordpiece import Tokenizer

LAYER_NAMES = {  # ALBERT's: BERT's
    "attention.query": "attention.self.query",
    "attention.key": "attention.self.key",
    "attention.value": "attention.self.value",
    "attention.dense": "attention.output.dense",
    "attention.LayerNorm": "attention.output.LayerNorm",
    "ffn": "intermediate.dense",
    "ffn_output": "output.dense",
    "full_layer_layer_norm": "output.LayerNorm",
}
KINDS = {"bert": bert.BertForPreTraining, "albert": albert.AlbertForPreTraining}


class Pretraining:
    def __init__(self, model, kind: str, phase: str, texts: list[Texts], tokenizer: Tokenizer, options):
        self.model, self.order, self.phase, self.options = model, kind == "albert", PHASES[phase], options
        self.learned, self.measured = texts
        self.masker = Masker(tokenizer)

    def plan(self, random: np.random.Generator) -> list:
        return epoch(self.learned, self.options.tokens, random, self.phase, self.order)

    def outputs(self, examples: list, random: np.random.Generator):
        """Word logits and their answers, pair logits and their labels, and the tokens of the batch."""
        batch = self.masker(examples, random)
        where, ids, mask, types, answers, labels = (
            torch.from_numpy(array).to(self.options.device)
            for array in (batch.where, batch.ids, batch.mask, batch.types, batch.answers, batch.labels)
        )
        words, related = self.model.at(where, ids, mask, types)
        return words.float(), answers, related.float(), labels, int(batch.mask.sum())

    def losses(self, examples: list, random: np.random.Generator) -> tuple[dict[str, torch.Tensor], int]:
        words, answers, related, labels, tokens = self.outputs(examples, random)
        found = {"mlm_loss": F.cross_entropy(words, answers)}
        found["sop_loss" if self.order else "nsp_loss"] = (
            F.cross_entropy(related, labels) if (labels >= 0).any() else torch.zeros((), device=words.device)
        )
        return found, tokens

    def evaluate(self) -> dict[str, float]:
        """Held-out loss and accuracies, with the same masks each time."""
        random = np.random.default_rng(0)
        sums = np.zeros(6)  # loss, right, count of words; then of pairs
        for examples in epoch(self.measured, 8192, random, PHASES["short"], self.order):
            words, answers, related, labels, _ = self.outputs(examples, random)
            paired = labels >= 0
            sums += [
                F.cross_entropy(words, answers, reduction="sum").item(),
                (words.argmax(-1) == answers).sum().item(),
                len(answers),
                F.cross_entropy(related[paired], labels[paired], reduction="sum").item(),
                (related.argmax(-1) == labels)[paired].sum().item(),
                paired.sum().item(),
            ]
        pair = "sop" if self.order else "nsp"
        words, pairs = sums[2], max(sums[5], 1)
        return {"loss": sums[0] / words + sums[3] / pairs, "mlm_loss": sums[0] / words,
                "mlm_accuracy": sums[1] / words, f"{pair}_loss": sums[3] / pairs,
                f"{pair}_accuracy": sums[4] / pairs}  # fmt: skip


def start_from_bert(model: albert.AlbertForPreTraining, bert: dict[str, torch.Tensor]) -> None:
    """The best E of BERT's H embedding dimensions, by singular values, and the weights of its second layer."""
    ours, e = model.albert, "bert.embeddings."
    size = ours.embeddings.word_embeddings.embedding_dim
    axes = torch.linalg.svd(bert[f"{e}word_embeddings.weight"], full_matrices=False).Vh[:size]
    scale, shift = bert[f"{e}LayerNorm.weight"], bert[f"{e}LayerNorm.bias"]
    with torch.no_grad():
        for name in ("word_embeddings", "position_embeddings", "token_type_embeddings"):
            ours.embeddings.get_submodule(name).weight.copy_(bert[f"{e}{name}.weight"] @ axes.T)
        into = ours.encoder.embedding_hidden_mapping_in
        into.weight.copy_(scale[:, None] * axes.T * (len(scale) / size) ** 0.5)  # a normed vector has length sqrt(width)
        into.bias.copy_(shift)
    layer = ours.encoder.albert_layer_groups[0].albert_layers[0]
    for name, theirs in LAYER_NAMES.items():
        name_there = f"bert.encoder.layer.1.{theirs}"
        layer.get_submodule(name).load_state_dict({p: bert[f"{name_there}.{p}"] for p in ("weight", "bias")})


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--kind", choices=KINDS, required=True)
    arguments.add_argument("--phase", choices=PHASES, default="short")
    arguments.add_argument("--start", type=Path, help="the --work of the phase before, or for ALBERT of a BERT")
    arguments.add_argument("--data", type=Path, required=True, help="what prepare.py wrote")
    arguments.add_argument("--model", type=Path, required=True, help="the folder with vocab.txt")
    arguments.add_argument("--hidden", type=int, default=160, help="width, a multiple of 4 heads")
    add_options(arguments, rate=1e-3, eval_every=500)
    options = arguments.parse_args()

    prepare(options)
    tokenizer = Tokenizer(options.model / "vocab.txt")
    config = {**(bert if options.kind == "bert" else albert).CONFIG, "vocab_size": len(tokenizer.tokens),
              "hidden_size": options.hidden, "intermediate_size": 4 * options.hidden}  # fmt: skip
    if options.kind == "albert":
        config["embedding_size"] = min(config["embedding_size"], options.hidden // 2)
    model = KINDS[options.kind](config)
    if options.start:
        start = torch.load(options.start / "checkpoint.pt", map_location="cpu")["model"]
        if options.kind == "albert" and "bert.pooler.dense.weight" in start:
            start_from_bert(model, start)
        else:
            model.load_state_dict(start)
    texts = [Texts(options.data, "train", tokenizer, REPEATS, PHASES[options.phase].neighbours),
             Texts(options.data, "heldout", tokenizer, {})]  # the same in all phases
    Trainer(Pretraining(model, options.kind, options.phase, texts, tokenizer, options), options, config).train()


if __name__ == "__main__":
    main()
