"""Turn the raw corpus into JSON-lines files: what is learned from, and what is only measured on.

train.jsonl and heldout.jsonl hold rows {"source", "lang", "lines"}. A row with one line is a sentence on its own
(masked-word training); a row with several lines is an ordered text (masked words and next-sentence prediction).
train-pairs.jsonl and heldout-pairs.jsonl hold translations, {"source", "en", "zh"}.

The split is made by a hash of the normalised text before anything is counted, so neither the vocabulary nor
the weights ever see a held-out line, and it stays the same when the corpus grows. A translation is held out with
either of its sides; the other side may be among the sentences that are learned from, but never beside the first.

    python3 prepare.py --corpus CORPUS --out DATA
"""
import argparse
import hashlib
import html
import json
import re
import subprocess
from collections import Counter
from pathlib import Path

import yaml

HELD_OUT = {"sentence": 100, "document": 20, "command": 20}  # one row in so many is held out


def key(line: str) -> str:
    """What makes two lines the same: letters and digits only, in lower case."""
    return re.sub(r"[\W_]+", "", line.lower())


def is_held_out(keyed: str, kind: str) -> bool:
    return int(hashlib.sha1(keyed.encode()).hexdigest(), 16) % HELD_OUT[kind] == 0


def held_out(row: dict) -> bool:
    return is_held_out(key("".join(row["lines"])), "document" if len(row["lines"]) > 1 else "sentence")


def simplify(lines: list[str]) -> list[str]:
    """Traditional to simplified Chinese with OpenCC (one process for the whole list)."""
    done = subprocess.run(["opencc", "-c", "t2s.json"], input="\n".join(lines) + "\n", text=True,
                          capture_output=True, check=True).stdout.rstrip("\n").split("\n")
    assert len(done) == len(lines)
    return done


def strip_rest(text: str) -> str:
    """Plain prose from reStructuredText: roles, links, literals, emphasis and substitutions undone."""
    text = re.sub(r":[\w:+.-]+:`[!~]?([^`<]*?)\s*(?:<[^`>]*>)?`", r"\1", text)  # :meth:`~a.b`, :ref:`text <label>`
    text = re.sub(r"`([^`<]+?)\s*<[^`>]*>`_{1,2}", r"\1", text)  # `text <address>`_
    text = re.sub(r"``(.+?)``", r"\1", text)
    text = re.sub(r"`([^`]+)`_{0,2}", r"\1", text)
    text = re.sub(r"\|([^|\s]+)\|", r"\1", text)
    text = re.sub(r"\*\*(.+?)\*\*|(?<!\w)\*(\S(?:.*?\S)?)\*(?!\w)", lambda m: m[1] or m[2], text)
    text = re.sub(r"\\(.)|::$", lambda m: m[1] or ":", text)
    return re.sub(r"\s+", " ", text).strip()


def split_english(paragraph: str) -> list[str]:
    """Sentences of a paragraph: a stop, closing quotes, a space, then a capital or an opening quote."""
    marked = re.sub(r"((?<!Mr)(?<!Mrs)(?<!Dr)[.!?][’”'\")]*)\s+(?=[‘“'\"(]?[A-Z])", "\\1\n", paragraph)
    return [s.strip() for s in marked.split("\n") if s.strip()]


def split_chinese(line: str) -> list[str]:
    return [s.strip() for s in re.findall(r"[^。！？]+[。！？]*[”’）]*", line) if key(s)]


def without_spaces(line: str) -> str:
    """Some lines have a space between Chinese words: written Chinese has none."""
    return re.sub(r"(?<=[^\x00-\x7f]) +| +(?=[^\x00-\x7f])", "", line)


def tatoeba(corpus: Path):
    for name, lang in (("eng", "en"), ("zho", "zh")):
        for line in (corpus / f"tatoeba.{name}.txt").read_text("utf-8").splitlines():
            line = without_spaces(line.strip()) if lang == "zh" else line.strip()
            yield {"source": f"tatoeba-{lang}", "lang": lang, "lines": [line]}


def translations(corpus: Path):
    for source in ("tatoeba", "python-docs"):
        for row in (corpus / f"{source}.eng-zho.tsv").read_text("utf-8").splitlines():
            english, chinese = row.split("\t")[:2]
            if source == "python-docs":
                english, chinese = strip_rest(english), strip_rest(chinese)
            yield {"source": source, "en": english.strip(), "zh": without_spaces(chinese.strip())}


def python_docs(corpus: Path):
    for row in (corpus / "python-docs.eng-zho.tsv").read_text("utf-8").splitlines():
        english, chinese = row.split("\t")[:2]
        yield {"source": "python-docs-en", "lang": "en", "lines": [strip_rest(english)]}
        yield {"source": "python-docs-zh", "lang": "zh", "lines": [strip_rest(chinese)]}


def web_docs(corpus: Path):
    for name in ("react", "vue"):
        text = html.unescape((corpus / f"{name}-docs.zho.txt").read_text("utf-8"))
        for block in re.split(r"\n\s*\n", text):
            lines = [s for line in block.splitlines() for s in split_chinese(line)]
            yield {"source": f"{name}-docs", "lang": "zh", "lines": lines}


def books(corpus: Path):
    heading = re.compile(r"(?i:chapter\b.*)|[^a-z]*[A-Z]{3}[^a-z]*|End of (the )?Project.*", re.DOTALL)
    for path in sorted((corpus / "books").glob("*.txt")):
        chapter: list[str] = []
        for paragraph in re.split(r"\n\s*\n", path.read_text("utf-8-sig")) + ["CHAPTER"]:
            paragraph = re.sub(r"\s+", " ", paragraph.replace("_", "")).strip()
            if not heading.fullmatch(paragraph):
                chapter += split_english(paragraph) if re.search("[a-z]", paragraph) else []
                continue
            if len(chapter) > 8:  # shorter ones are tables of contents and title pages
                yield {"source": "books", "lang": "en", "lines": chapter}
            chapter = []


def dialogues(corpus: Path):
    for path in sorted((corpus / "chatterbot").glob("*.yml")):
        lang = "zh" if path.name.startswith("chinese") else "en"
        for turns in yaml.safe_load(path.read_text("utf-8"))["conversations"]:
            lines = [re.sub(r"\s+", " ", str(turn)).strip() for turn in turns if turn]
            yield {"source": f"chatterbot-{lang}", "lang": lang, "lines": lines}


def without(row: dict, unwanted: set[str]):
    """The row cut wherever an unwanted line stands, so that lines that were apart never become neighbours."""
    run: list[str] = []
    for line in row["lines"] + [""]:
        if line and key(line) not in unwanted:
            run.append(line)
        elif run:
            yield {**row, "lines": run}
            run = []


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--corpus", type=Path, required=True)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()

    rows = [row for source in (tatoeba, python_docs, web_docs, books, dialogues) for row in source(options.corpus)]
    chinese = [row for row in rows if row["lang"] == "zh"]
    simplified = iter(simplify([line for row in chinese for line in row["lines"]]))
    for row in chinese:
        row["lines"] = [next(simplified) for _ in row["lines"]]

    seen: set[str] = set()
    unique = []
    for row in rows:
        row["lines"] = [line for line in row["lines"] if key(line)]
        whole = key("".join(row["lines"]))
        if whole and whole not in seen:
            seen.add(whole)
            unique.append(row)

    measured = [row for row in unique if held_out(row)]
    unwanted = {key(line) for row in measured for line in row["lines"]}
    learned = [part for row in unique if not held_out(row) for part in without(row, unwanted)]

    pairs = list(translations(options.corpus))
    for row, chinese in zip(pairs, simplify([row["zh"] for row in pairs])):
        row["zh"] = chinese
    pairs = [row for row in {(key(row["en"]), key(row["zh"])): row for row in pairs}.values()
             if key(row["en"]) and key(row["zh"])]  # fmt: skip

    def both(row: dict) -> tuple[str, str]:
        return key(row["en"]), key(row["zh"])

    sides_held_out = {side for row in pairs for side in both(row) if is_held_out(side, "sentence")} | unwanted
    measured_pairs = [row for row in pairs if not sides_held_out.isdisjoint(both(row))]
    sides_measured = {side for row in measured_pairs for side in both(row)}
    learned_pairs = [row for row in pairs if sides_measured.isdisjoint(both(row))]

    options.out.mkdir(parents=True, exist_ok=True)
    for name, rows in (("train-pairs", learned_pairs), ("heldout-pairs", measured_pairs)):
        with open(options.out / f"{name}.jsonl", "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        print(f"{name}: {len(rows)} translations", dict(Counter(row["source"] for row in rows)))
    for name, split in (("train", learned), ("heldout", measured)):
        with open(options.out / f"{name}.jsonl", "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in split)
        counts = Counter(row["source"] for row in split)
        print(f"{name}: {len(split)} rows, {sum(len(row['lines']) for row in split)} lines", dict(counts))


if __name__ == "__main__":
    main()
