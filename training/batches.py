"""Batches for masked words, next sentences and sentence order, made anew in every epoch.

Nothing is stored but token ids: which sentences stand together, what follows what and what is masked are drawn
from (seed, epoch) and (seed, step), so a resumed run goes on exactly as an unbroken one would.
"""
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from prepare import split_chinese, split_english
from trainer import batches_of
from wordpiece import CLS, MASK, PAD, SEP, SPECIAL, Tokenizer

LONGEST = 512
REPEATS = {"tatoeba-zh": 3, "react-docs": 2, "vue-docs": 2, "books": 2, "chatterbot-en": 4, "chatterbot-zh": 4}
NOT_A_PAIR = -100  # the next-sentence label of what is no pair of neighbours: cross entropy leaves it out


@dataclass
class Phase:
    """What the examples of a phase of training are made of."""

    lengths: list[float]  # shares of pairs of just two sentences, of up to 128 tokens, of up to 512
    packed: float  # share of the lone sentences that are put one after the other into long texts
    translations: bool  # English and Chinese side by side (Lample and Conneau 2019, arXiv:1901.07291, section 3.3)
    neighbours: bool  # pairs also from lines that hold several sentences: everyday life, where books have stories


PHASES = {
    "short": Phase([0.5, 0.42, 0.08], 0, False, False),
    "long": Phase([0.5, 0.3, 0.2], 0.2, True, False),
    "pairs": Phase([0.7, 0.2, 0.1], 0.1, True, True),
}


@dataclass
class Example:
    ids: list[int]
    second: int  # where the second text begins; the length when there is none
    label: int  # 0: the second follows the first, 1: it comes from elsewhere (or before it), or NOT_A_PAIR


@dataclass
class Batch:
    """(B, S) arrays; `where` marks the masked positions, `answers` (M,) holds what stood there."""

    ids: np.ndarray
    mask: np.ndarray
    types: np.ndarray
    where: np.ndarray
    answers: np.ndarray
    labels: np.ndarray  # (B,)


def padded(texts: list[list[int]], device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """(B, S) ids and mask of texts, padded to the longest."""
    ids = np.full((len(texts), max(map(len, texts))), PAD, np.int64)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
    tokens = torch.from_numpy(ids).to(device)
    return tokens, (tokens != PAD).long()


def translations(data: Path, split: str, tokenizer: Tokenizer, source: str = "") -> list[tuple[list[int], list[int]]]:
    """English and Chinese ids of a split's pairs, of all sources or of one."""
    with open(data / f"{split}-pairs.jsonl", encoding="utf-8") as file:
        rows = [row for row in map(json.loads, file) if source in ("", row["source"])]
    return [(tokenizer.encode(row["en"]), tokenizer.encode(row["zh"])) for row in rows]


class Texts:
    """A split as ids: `alone`, one sentence each, `ordered`, texts of sentences by language, and `translations`.

    With `neighbours` the lines of `alone` that hold several sentences are among `ordered`, too, as "en lines" and
    "zh lines": apart, for what kind of text a sentence comes from must not tell whether it follows.
    """

    def __init__(self, data: Path, split: str, tokenizer: Tokenizer, repeats: dict[str, int], neighbours: bool = False):
        self.translations = translations(data, split, tokenizer)
        self.alone: list[list[int]] = []
        self.ordered: dict[str, list[list[list[int]]]] = {"en": [], "zh": [], "en lines": [], "zh lines": []}
        with open(data / f"{split}.jsonl", encoding="utf-8") as file:
            for row in map(json.loads, file):
                lines = [ids for ids in map(tokenizer.encode, row["lines"]) if ids]
                times, kind = repeats.get(row["source"], 1), row["lang"]
                if len(lines) == 1:
                    self.alone += [lines[0][: LONGEST - 2]] * times
                if len(lines) == 1 and neighbours:
                    sentences = (split_english if row["lang"] == "en" else split_chinese)(row["lines"][0])
                    lines = [ids for ids in map(tokenizer.encode, sentences) if len(ids) > 1]  # one is a mark
                    kind += " lines"
                if len(lines) > 1:
                    self.ordered[kind] += [lines] * times


def pairs(texts: list[list[list[int]]], random: np.random.Generator, lengths: list[float], order: bool):
    """Two-part examples from ordered texts, half of them with a second part from another text.

    As in BERT's create_pretraining_data: sentences are gathered up to a drawn length and cut in two at a drawn place.
    The other text is of the same language, or the language would tell.
    With `order` half of them are the wrong way round instead (sentence-order prediction, Lan et al. 2019, section 3.1).
    """
    examples = []
    for at, text in enumerate(texts):
        i = 0
        while i < len(text) - 1:
            budget = random.choice([0, 128, LONGEST], p=lengths) - 3
            end, size = i + 2, len(text[i]) + len(text[i + 1])
            while end < len(text) and size + len(text[end]) <= budget:
                size += len(text[end])
                end += 1
            cut = int(random.integers(i + 1, end))
            first = [token for line in text[i:cut] for token in line]
            other, start, label, i = text, cut, 0, end
            if order:
                second = [token for line in text[cut:end] for token in line]
                swap = random.random() < 0.5
                examples.append(joined(second, first, 1) if swap else joined(first, second, 0))
                continue
            if random.random() < 0.5:
                elsewhere = (at + int(random.integers(1, len(texts)))) % len(texts)
                if texts[elsewhere] is not text:  # the same text again, where rows are repeated
                    other, label, i = texts[elsewhere], 1, cut
                    start = int(random.integers(len(other)))
                    end = start + end - cut
            second = [token for line in other[start:end] for token in line]
            examples.append(joined(first, second, label))
    return examples


def joined(first: list[int], second: list[int], label: int) -> Example:
    """[CLS] first [SEP] second [SEP], cut to the longest that the model takes."""
    second = second[: max(LONGEST - 3 - len(first), LONGEST // 2)]
    first = first[: LONGEST - 3 - len(second)]
    return Example([CLS, *first, SEP, *second, SEP], len(first) + 2, label)


def packed(sentences: list[list[int]], random: np.random.Generator) -> list[Example]:
    """Sentences one after the other, up to a drawn length: for the far positions, which few real texts reach."""
    examples, ids, budget = [], [], 0
    for sentence in sentences:
        if ids and len(ids) + len(sentence) > budget:
            examples.append(Example([CLS, *ids, SEP], len(ids) + 2, NOT_A_PAIR))
            ids = []
        if not ids:
            budget = int(random.integers(64, LONGEST - 1))
        ids = ids + sentence
    return [*examples, Example([CLS, *ids, SEP], len(ids) + 2, NOT_A_PAIR)] if ids else examples


def epoch(
    texts: Texts, tokens: int, random: np.random.Generator, phase: Phase, order: bool
) -> list[list[Example]]:
    """One epoch's batches of about `tokens` tokens, texts of like length together, in random order."""
    share = int(len(texts.alone) * phase.packed)
    start = int(random.integers(len(texts.alone) - share + 1))
    alone = texts.alone[:start] + texts.alone[start + share :]
    examples = [Example([CLS, *ids, SEP], len(ids) + 2, NOT_A_PAIR) for ids in alone]
    examples += packed(texts.alone[start : start + share], random)
    if phase.translations:
        for english, chinese in texts.translations:
            first, second = (english, chinese) if random.random() < 0.5 else (chinese, english)
            examples.append(joined(first, second, NOT_A_PAIR))
    for ordered in texts.ordered.values():
        if len(ordered) > 1:
            examples += pairs(ordered, random, phase.lengths, order)
    return batches_of(examples, lambda example: len(example.ids), tokens, random)


class Masker:
    """15 % of the words, all pieces of each (whole-word masking): 80 % [MASK], 10 % any token, 10 % as they are.

    Devlin et al. 2018, section 3.1; whole words as in google-research/bert, May 2019.
    """

    def __init__(self, tokenizer: Tokenizer):
        self.inside = np.array([token.startswith("##") for token in tokenizer.tokens])
        self.size = len(tokenizer.tokens)

    def __call__(self, examples: list[Example], random: np.random.Generator, masked: bool = True) -> Batch:
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
        where = ((drawn < 0.15) | (drawn == lowest)) & masked  # at least one word in each text
        answers = ids[where]
        draw = random.random(ids.shape)
        ids[where & (draw < 0.8)] = MASK
        swapped = where & (draw >= 0.9)
        ids[swapped] = random.integers(len(SPECIAL), self.size, swapped.sum())
        return Batch(ids, mask, types, where, answers, np.array([example.label for example in examples]))
