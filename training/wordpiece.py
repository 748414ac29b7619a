"""BERT's tokenizer in plain Python: BasicTokenizer, then greedy longest-match WordPiece.

Same ids as Hugging Face's BertNormalizer (lower case, accents stripped, Chinese characters apart),
BertPreTokenizer and WordPiece model (Devlin et al. 2018, arXiv:1810.04805; github.com/google-research/bert).
"""
import re
import unicodedata
from pathlib import Path

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]  # ids 0 to 4
PAD, UNK, CLS, SEP, MASK = range(5)
LONGEST_WORD = 100

IDEOGRAPHS = ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
              (0x2B920, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F))  # fmt: skip


def is_ideograph(char: str) -> bool:
    return any(low <= ord(char) <= high for low, high in IDEOGRAPHS)


def is_punctuation(char: str) -> bool:
    ascii_mark = char.isascii() and not char.isalnum() and char.isprintable() and char != " "
    return ascii_mark or unicodedata.category(char).startswith("P")


def basic_tokens(text: str) -> list[str]:
    """Clean, put Chinese characters apart, strip accents, lower-case, then split at spaces and punctuation."""
    kept = []
    for char in text:
        if char in "\t\n\r":
            kept.append(" ")
        elif char == "\ufffd" or unicodedata.category(char).startswith("C"):
            continue  # control, format, private and unassigned characters vanish
        elif char.isspace():
            kept.append(" ")
        else:
            kept.append(f" {char} " if is_ideograph(char) else char)
    plain = "".join(c for c in unicodedata.normalize("NFD", "".join(kept)) if unicodedata.category(c) != "Mn")
    tokens = []
    for word in plain.lower().split():
        start = 0
        for at, char in enumerate(word):
            if is_punctuation(char):
                tokens += [word[start:at], char]
                start = at + 1
        tokens.append(word[start:])
    return [token for token in tokens if token]


class Tokenizer:
    """Ids of a text, with [MASK] and the other special tokens recognised where they are written out."""

    def __init__(self, vocabulary: Path):
        self.tokens = vocabulary.read_text("utf-8").splitlines()
        self.ids = {token: at for at, token in enumerate(self.tokens)}
        self.known: dict[str, list[int]] = {}  # word -> pieces: a text repeats its words

    def word(self, word: str) -> list[int]:
        """Longest pieces first; a word with a part that has no piece is one [UNK]."""
        if word in self.known:
            return self.known[word]
        pieces, start = [], 0
        while start < len(word) <= LONGEST_WORD:
            for end in range(len(word), start, -1):
                piece = self.ids.get(("##" if start else "") + word[start:end])
                if piece is not None:
                    break
            else:
                pieces = []
                break
            pieces.append(piece)
            start = end
        self.known[word] = pieces or [UNK]
        return self.known[word]

    def encode(self, text: str) -> list[int]:
        """Ids without [CLS] and [SEP]."""
        ids = []
        for part in re.split(r"(\[(?:PAD|UNK|CLS|SEP|MASK)\])", text):
            ids += [self.ids[part]] if part in SPECIAL else [i for w in basic_tokens(part) for i in self.word(w)]
        return ids

    def encode_pair(self, text: str, pair: str | None = None) -> tuple[list[int], list[int]]:
        """[CLS] text [SEP] (pair [SEP]) and its token types, 0 then 1."""
        first = [CLS, *self.encode(text), SEP]
        second = [] if pair is None else [*self.encode(pair), SEP]
        return first + second, [0] * len(first) + [1] * len(second)
