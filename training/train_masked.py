"""Ten training steps on the JSON Lines that `headlight mask` writes, read back as a reference trainer reads them.

Checks each example against the model's vocabulary and special tokens, then trains the embedded model on them: the loss
of the first batch falls.

    python3 train_masked.py --data masked.jsonl --model ../media/models/bert-tiny-en-zh
"""
import argparse
import json
from itertools import cycle
from pathlib import Path

import torch
from exported import rebuild
from torch.nn import functional as F
from wordpiece import SPECIAL

IGNORED = -100
COLUMNS = ("input_ids", "token_type_ids", "attention_mask", "labels")
PAIR_LABELS = ("next_sentence_label", "sentence_order_label")


def read(file: Path, vocabulary: int) -> list[dict]:
    examples = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert examples, f"{file} is empty"
    for example in examples:
        ids, types, mask, labels = (example[column] for column in COLUMNS)
        assert len(ids) == len(types) == len(mask) == len(labels)
        assert all(0 <= each < vocabulary for each in ids) and set(types) <= {0, 1} and set(mask) == {1}
        assert all(label == IGNORED or len(SPECIAL) <= label < vocabulary for label in labels)
        assert all(example.get(name, 0) in (0, 1) for name in PAIR_LABELS)
    return examples


def batch_of(examples: list[dict]) -> dict[str, torch.Tensor]:
    """(B, S) columns, padded at the end: with 0, and labels with what the loss leaves out."""
    longest = max(len(example["input_ids"]) for example in examples)
    padding = {"labels": IGNORED}
    return {
        column: torch.tensor(
            [each[column] + [padding.get(column, 0)] * (longest - len(each[column])) for each in examples]
        )
        for column in COLUMNS
    }


def loss_of(model: torch.nn.Module, examples: list[dict]) -> torch.Tensor:
    """Cross-entropy of the masked words, and of the pairs where there are next-sentence labels."""
    batch = batch_of(examples)
    words, follows = model(batch["input_ids"], batch["attention_mask"], batch["token_type_ids"])
    loss = F.cross_entropy(words.flatten(0, 1), batch["labels"].flatten(), ignore_index=IGNORED)
    if "next_sentence_label" in examples[0]:
        loss = loss + F.cross_entropy(follows, torch.tensor([each["next_sentence_label"] for each in examples]))
    return loss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--batch", type=int, default=16)
    options = parser.parse_args()
    torch.manual_seed(1)
    model, _ = rebuild(options.model)
    examples = read(options.data, model.bert.embeddings.word_embeddings.num_embeddings)
    batches = [examples[at : at + options.batch] for at in range(0, len(examples), options.batch)]
    masked = [batch for batch in batches if any(label != IGNORED for each in batch for label in each["labels"])]
    with torch.no_grad():
        before = loss_of(model, masked[0]).item()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    model.train()
    for step, batch in zip(range(1, 11), cycle(masked)):
        optimiser.zero_grad()
        loss = loss_of(model, batch)
        loss.backward()
        optimiser.step()
        print(f"step {step}: loss {loss.item():.4f}")
    model.eval()
    with torch.no_grad():
        after = loss_of(model, masked[0]).item()
    print(f"{len(examples)} examples read back; first batch {before:.4f} before, {after:.4f} after")
    assert after < before, "ten steps did not lower the loss"


if __name__ == "__main__":
    main()
