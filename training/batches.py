"""Batches for masked words and next sentences, made anew in every epoch.

Nothing is stored but token ids: which sentences stand together, what follows what and what is masked are drawn
from (seed, epoch) and (seed, step), so a resumed run goes on exactly as an unbroken one would.
"""
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wordpiece import CLS, MASK, PAD, SEP, SPECIAL, Tokenizer

LONGEST = 512
REPEATS = {"tatoeba-zh": 3, "react-docs": 2, "vue-docs": 2, "books": 2, "chatterbot-en": 4, "chatterbot-zh": 4}
NOT_A_PAIR = -100  # the next-sentence label of a lone sentence: cross entropy leaves it out


@dataclass
class Example:
    ids: list[int]
    second: int  # where the second text begins; the length when there is none
    label: int  # 0: the second follows the first, 1: it comes from elsewhere, or NOT_A_PAIR


@dataclass
class Batch:
    """(B, S) arrays; `where` marks the masked positions, `answers` (M,) holds what stood there."""

    ids: np.ndarray
    mask: np.ndarray
    types: np.ndarray
    where: np.ndarray
    answers: np.ndarray
    labels: np.ndarray  # (B,)


class Texts:
    """The rows of a split as ids: `alone`, one sentence each, and `ordered`, language -> texts of sentences."""

    def __init__(self, rows: Path, tokenizer: Tokenizer, repeats: dict[str, int]):
        self.alone: list[list[int]] = []
        self.ordered: dict[str, list[list[list[int]]]] = {"en": [], "zh": []}
        with open(rows, encoding="utf-8") as file:
            for row in map(json.loads, file):
                lines = [ids for ids in map(tokenizer.encode, row["lines"]) if ids]
                times = repeats.get(row["source"], 1)
                if len(lines) == 1:
                    self.alone += [lines[0][: LONGEST - 2]] * times
                elif lines:
                    self.ordered[row["lang"]] += [lines] * times


def pairs(texts: list[list[list[int]]], random: np.random.Generator) -> list[Example]:
    """Two-part examples from ordered texts, half of them with a second part from another text.

    As in BERT's create_pretraining_data: sentences are gathered up to a drawn length and cut in two at a drawn
    place. Half of the examples are just two neighbours, for that is what people try; one in twelve is of full length,
    so that every position is learned. The other text is of the same language, or the language would tell.
    """
    examples = []
    for at, text in enumerate(texts):
        i = 0
        while i < len(text) - 1:
            budget = random.choice([0, 128, LONGEST], p=[0.5, 0.42, 0.08]) - 3
            end, size = i + 2, len(text[i]) + len(text[i + 1])
            while end < len(text) and size + len(text[end]) <= budget:
                size += len(text[end])
                end += 1
            cut = int(random.integers(i + 1, end))
            first = [token for line in text[i:cut] for token in line]
            other, start, label, i = text, cut, 0, end
            if random.random() < 0.5:
                elsewhere = (at + int(random.integers(1, len(texts)))) % len(texts)
                if texts[elsewhere] is not text:  # the same text again, where rows are repeated
                    other, label, i = texts[elsewhere], 1, cut
                    start = int(random.integers(len(other)))
                    end = start + end - cut
            second = [token for line in other[start:end] for token in line]
            second = second[: max(LONGEST - 3 - len(first), LONGEST // 2)]  # a very long sentence is cut
            first = first[: LONGEST - 3 - len(second)]
            examples.append(Example([CLS, *first, SEP, *second, SEP], len(first) + 2, label))
    return examples


def epoch(texts: Texts, tokens: int, random: np.random.Generator) -> list[list[Example]]:
    """One epoch's batches of about `tokens` tokens, texts of like length together, in random order."""
    examples = [Example([CLS, *ids, SEP], len(ids) + 2, NOT_A_PAIR) for ids in texts.alone]
    for ordered in texts.ordered.values():
        if len(ordered) > 1:
            examples += pairs(ordered, random)
    order = np.array([len(example.ids) for example in examples]) + random.random(len(examples))
    batches, batch = [], []
    for i in np.argsort(order):  # the fraction shuffles within a length
        if batch and len(examples[i].ids) * (len(batch) + 1) > tokens:
            batches.append(batch)
            batch = []
        batch.append(examples[i])
    batches.append(batch)
    return [batches[i] for i in random.permutation(len(batches))]


class Masker:
    """15 % of the words, all pieces of each (whole-word masking): 80 % [MASK], 10 % any token, 10 % as they are.

    Devlin et al. 2018, section 3.1; whole words as in google-research/bert, May 2019.
    """

    def __init__(self, tokenizer: Tokenizer):
        self.inside = np.array([token.startswith("##") for token in tokenizer.tokens])
        self.size = len(tokenizer.tokens)

    def __call__(self, examples: list[Example], random: np.random.Generator) -> Batch:
        lengths = np.array([len(example.ids) for example in examples])
        ids = np.full((len(examples), lengths.max()), PAD, np.int64)
        for row, example in enumerate(examples):
            ids[row, : len(example.ids)] = example.ids
        columns = np.arange(ids.shape[1])[None]
        mask = (columns < lengths[:, None]).astype(np.int64)
        types = ((columns >= np.array([[e.second] for e in examples])) & (mask == 1)).astype(np.int64)

        word = np.cumsum(~self.inside[ids], axis=1) - 1  # (B, S): the number of the word that a token is part of
        drawn = np.take_along_axis(random.random(ids.shape), word, axis=1)  # one number for each word
        drawn[(ids == PAD) | (ids == CLS) | (ids == SEP)] = 2
        lowest = np.minimum(drawn.min(axis=1, keepdims=True), 1)
        where = (drawn < 0.15) | (drawn == lowest)  # at least one word in each text
        answers = ids[where]
        draw = random.random(ids.shape)
        ids[where & (draw < 0.8)] = MASK
        swapped = where & (draw >= 0.9)
        ids[swapped] = random.integers(len(SPECIAL), self.size, swapped.sum())
        return Batch(ids, mask, types, where, answers, np.array([example.label for example in examples]))
