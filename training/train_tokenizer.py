"""Learn the WordPiece vocabulary from the training rows and write it in Hugging Face's formats.

Single characters first (Chinese characters seen at least --min-count times stay whole words, for BERT sets
them apart), then pairs of pieces merged by frequency, as Hugging Face's WordPieceTrainer does
(byte-pair merges, Sennrich et al. 2016, arXiv:1508.07909, with the ## prefix inside words).

    python3 train_tokenizer.py --data DATA --out MODEL --size 8192
"""
import argparse
import heapq
import json
import string
from collections import Counter, defaultdict
from pathlib import Path

from wordpiece import CLS, LONGEST_WORD, SEP, SPECIAL, basic_tokens, is_ideograph

FULL_WIDTH = "，。！？；：、（）《》〈〉【】「」『』“”‘’…—·～￥％＋－／＝"


def count_words(rows: Path) -> Counter:
    words: Counter = Counter()
    with open(rows, encoding="utf-8") as file:
        for row in file:
            for line in json.loads(row)["lines"]:
                words.update(basic_tokens(line))
    return words


def alphabet(words: Counter, minimum: int) -> list[str]:
    """Characters that begin or are a word, and ##letters and ##digits that go on with one."""
    counts: Counter = Counter()
    for word, count in words.items():
        for at, char in enumerate(word):
            counts[char if at == 0 else "##" + char] += count
    fixed = [*string.punctuation, *string.digits, *string.ascii_lowercase,
             *("##" + char for char in string.digits + string.ascii_lowercase), *FULL_WIDTH]  # fmt: skip
    found = [piece for piece, count in counts.most_common() if count >= minimum]
    return list(dict.fromkeys(fixed + found))


def merges(words: Counter, have: list[str], size: int) -> list[str]:
    """Pieces in the order they are made, until `size` are had. Counts are kept up to date merge by merge."""
    known = set(have)
    spelled = []  # [pieces of a word], and how often it occurs
    for word, count in words.items():
        pieces = [("##" if at else "") + char for at, char in enumerate(word)]
        if 1 < len(pieces) <= LONGEST_WORD and not is_ideograph(word[0]) and known.issuperset(pieces):
            spelled.append((pieces, count))
    counts: Counter = Counter()
    where = defaultdict(set)  # pair -> words it occurs in
    for at, (pieces, count) in enumerate(spelled):
        for pair in zip(pieces, pieces[1:]):
            counts[pair] += count
            where[pair].add(at)

    heap = [(-count, pair) for pair, count in counts.items()]
    heapq.heapify(heap)
    made: list[str] = []
    while heap and len(have) + len(made) < size:
        negative, pair = heapq.heappop(heap)
        if counts[pair] != -negative:  # an old entry: the pair's count has changed since
            continue
        merged = pair[0] + pair[1].removeprefix("##")
        if merged not in known:
            known.add(merged)
            made.append(merged)
        changed = set()
        for at in where.pop(pair):
            pieces, count = spelled[at]
            for old in zip(pieces, pieces[1:]):
                counts[old] -= count
                changed.add(old)
            joined, i = [], 0
            while i < len(pieces):
                both = tuple(pieces[i : i + 2]) == pair
                joined.append(merged if both else pieces[i])
                i += 2 if both else 1
            pieces[:] = joined
            for new in zip(pieces, pieces[1:]):
                counts[new] += count
                where[new].add(at)
                changed.add(new)
        for old in changed:
            if counts[old] > 0:
                heapq.heappush(heap, (-counts[old], old))
    return made


def tokenizer_json(tokens: list[str], ends: bool) -> dict:
    """tokenizer.json of the BERT family; without `ends` no [SEP] comes last, so that a decoder can go on."""
    ids = {token: at for at, token in enumerate(tokens)}
    added = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}

    def special(token: str, type_id: int) -> dict:
        return {"SpecialToken": {"id": token, "type_id": type_id}}

    def sequence(name: str, type_id: int) -> dict:
        return {"Sequence": {"id": name, "type_id": type_id}}

    end = [special("[SEP]", 0)] if ends else []
    single = [special("[CLS]", 0), sequence("A", 0), *end]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": ids[token], "content": token, **added} for token in SPECIAL],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": single,
            "pair": [*single, sequence("B", 1), *(special(part["SpecialToken"]["id"], 1) for part in end)],
            "special_tokens": {token: {"id": token, "ids": [at], "tokens": [token]}
                               for token, at in (("[CLS]", CLS), ("[SEP]", SEP))},
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": LONGEST_WORD, "vocab": ids},
    }  # fmt: skip


def write(tokens: list[str], out: Path, longest: int = 512, ends: bool = True) -> None:
    def save(name: str, value: dict, indent: int | None = 2) -> None:
        (out / name).write_text(json.dumps(value, ensure_ascii=False, indent=indent) + "\n", "utf-8")

    roles = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]",
             "mask_token": "[MASK]"}  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    (out / "vocab.txt").write_text("\n".join(tokens) + "\n", "utf-8")
    save("tokenizer.json", tokenizer_json(tokens, ends), indent=None)
    save("special_tokens_map.json", roles)
    save("tokenizer_config.json", {**roles, "tokenizer_class": "BertTokenizer", "do_lower_case": True,
         "tokenize_chinese_chars": True, "strip_accents": None, "model_max_length": longest})  # fmt: skip


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--data", type=Path, required=True, help="what prepare.py wrote")
    arguments.add_argument("--out", type=Path, required=True, help="the model's folder")
    arguments.add_argument("--size", type=int, default=8192)
    arguments.add_argument("--min-count", type=int, default=5, help="rarer characters become [UNK]")
    options = arguments.parse_args()

    words = count_words(options.data / "train.jsonl")
    have = SPECIAL + alphabet(words, options.min_count)
    tokens = have + merges(words, have, options.size)
    write(tokens, options.out)
    chinese = sum(len(token) == 1 and is_ideograph(token) for token in tokens)
    print(f"{len(tokens)} tokens: {chinese} Chinese characters, {len(tokens) - len(have)} merged pieces")


if __name__ == "__main__":
    main()
