"""What the heads of an exported model attend to, on held-out sentences: the numbers in its card.

Each head is scored by the share of its attention that goes where a pattern says, averaged over all queries that are
no special tokens (the patterns of Clark et al. 2019, arXiv:1906.04341, section 3). For the encoder-decoder, how often
a Chinese character attends most to the English word that it translates, on the sentences of alignments.json. Layers
and heads are counted from 0.

    python3 heads.py --model MODEL --data DATA
"""
import argparse
import json
from pathlib import Path

import numpy as np
import torch
import transformer
from exported import rebuild
from measure import held_out_sentences
from verify import Watch, inputs_of
from wordpiece import CLS, SEP, Tokenizer

HERE = Path(__file__).parent


def patterns(ids: np.ndarray) -> dict[str, np.ndarray]:
    """(S, S) of 1 where a pattern says that a query attends."""
    size = len(ids)
    words = ids > SEP
    return {
        "previous token": np.eye(size, k=-1),
        "next token": np.eye(size, k=1),
        "itself": np.eye(size),
        "the same token elsewhere": ((ids[:, None] == ids[None]) & ~np.eye(size, dtype=bool) & words).astype(float),
        "[CLS]": np.broadcast_to(ids == CLS, (size, size)).astype(float),
        "[SEP]": np.broadcast_to(ids == SEP, (size, size)).astype(float),
    }


def score_heads(model: torch.nn.Module, tokenizer: Tokenizer, sentences: list[str]) -> None:
    watch = Watch(model)
    totals: dict[str, np.ndarray] = {}
    counts: dict[str, float] = {}
    for sentence in sentences:
        inputs = inputs_of(model, tokenizer, sentence, None)
        model(**inputs)
        ids = inputs["input_ids"][0].numpy()
        taken = watch.taken()
        attention = torch.stack([taken[name] for name in taken if name.startswith("attention ")]).numpy()
        for name, pattern in patterns(ids).items():
            asked = (ids > SEP) & (pattern.sum(1) > 0)
            totals[name] = totals.get(name, 0) + (attention * pattern)[:, :, asked].sum((2, 3))
            counts[name] = counts.get(name, 0) + asked.sum()
    for name, total in totals.items():
        if not counts[name]:  # a decoder's texts have no [SEP]
            continue
        scores = total / counts[name]
        order = np.dstack(np.unravel_index(np.argsort(-scores, axis=None), scores.shape))[0][:3]
        best = ", ".join(f"layer {layer} head {head} {scores[layer, head]:.0%}" for layer, head in order)
        print(f"{name}: {best}; all heads {scores.mean():.0%}")


def places_of(tokenizer: Tokenizer, word: str, source: list[str]) -> range:
    """Where the pieces of a word stand among tokens."""
    pieces = [tokenizer.tokens[i] for i in tokenizer.encode(word)]
    start = next(at for at in range(len(source)) if source[at : at + len(pieces)] == pieces)
    return range(start, start + len(pieces))


def score_alignment(model: transformer.MarianMTModel, tokenizer: Tokenizer) -> None:
    """For each head of the cross-attention, and each layer's mean, the share of aligned characters that are found.

    The row that predicts a character is that of the token before it; the row of the character itself counts too,
    separately, as different layers do either.
    """
    watch = Watch(model)
    right: dict[tuple[str, int, str], list[bool]] = {}
    for entry in json.loads((HERE / "alignments.json").read_text("utf-8")):
        inputs = inputs_of(model, tokenizer, entry["en"], entry["zh"])
        model(**inputs)
        taken = watch.taken()
        source, target = ([tokenizer.tokens[i] for i in inputs[name][0].tolist()]
                          for name in ("input_ids", "decoder_input_ids"))  # fmt: skip
        pieces = {word: places_of(tokenizer, word, source) for word, _ in entry["pairs"]}
        for word, characters in entry["pairs"]:
            start = "".join(token if len(token) == 1 else " " for token in target).index(characters)
            for at in range(start, start + len(characters)):
                for shift, kind in ((1, "predicting"), (0, "reading")):
                    for layer in range(len(model.attentions["cross"])):
                        rows = taken[f"cross {layer}"][:, at - shift].numpy()
                        for head, row in (*enumerate(rows), ("mean", rows.mean(0))):
                            found = int(row.argmax()) in pieces[word]
                            right.setdefault((kind, layer, str(head)), []).append(found)
    order = sorted(right, key=lambda key: -np.mean(right[key]))
    for kind, layer, head in order[:6]:
        name = "mean of its heads" if head == "mean" else f"head {head}"
        print(f"cross-attention, layer {layer}, {name}, {kind} the character: "
              f"{np.mean(right[kind, layer, head]):.0%} of {len(right[kind, layer, head])} aligned")  # fmt: skip


@torch.no_grad()
def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--model", type=Path, required=True, help="the exported folder")
    arguments.add_argument("--data", type=Path, required=True, help="what prepare.py wrote")
    options = arguments.parse_args()

    model, tokenizer = rebuild(options.model)
    if isinstance(model, transformer.MarianMTModel):
        score_alignment(model, tokenizer)
    else:
        both = (held_out_sentences(options.data)[source] for source in ("tatoeba-en", "tatoeba-zh"))
        score_heads(model, tokenizer, [text for texts in both for text in texts[:: max(1, len(texts) // 250)][:250]])


if __name__ == "__main__":
    main()
