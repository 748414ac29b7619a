"""Turn the SNIPS voice commands into rows for classes, tags and questions.

snips-train.jsonl, snips-dev.jsonl (one in twenty of the training files) and snips-test.jsonl (the validation files,
never learned from nor chosen by) hold rows {"intent", "parts": [[text, slot or null], ...]}.

    python3 prepare_snips.py --corpus CORPUS --out DATA
"""
import argparse
import json
from pathlib import Path

from prepare import is_held_out, key


def rows_of(path: Path) -> list[dict]:
    text = path.read_bytes().decode("utf-8", errors="replace")  # some files have stray Latin-1 bytes
    ((intent, commands),) = json.loads(text).items()
    rows = []
    for command in commands:
        parts = [[part["text"], part.get("entity")] for part in command["data"] if part["text"]]
        if "\ufffd" not in "".join(text for text, _ in parts):
            rows.append({"intent": intent, "parts": parts})
    return rows


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--corpus", type=Path, required=True)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()

    def said(row: dict) -> str:
        return key("".join(text for text, _ in row["parts"]))

    folder = options.corpus / "snips"
    test = [row for path in sorted(folder.glob("validate_*.json")) for row in rows_of(path)]
    tested = {said(row) for row in test}
    learned = [row for path in sorted(folder.glob("train_*_full.json")) for row in rows_of(path)]
    learned = [row for row in {said(row): row for row in learned}.values() if said(row) not in tested]
    splits = {
        "train": [row for row in learned if not is_held_out(said(row), "command")],
        "dev": [row for row in learned if is_held_out(said(row), "command")],
        "test": test,
    }
    options.out.mkdir(parents=True, exist_ok=True)
    for name, rows in splits.items():
        with open(options.out / f"snips-{name}.jsonl", "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        print(f"snips-{name}: {len(rows)} commands")


if __name__ == "__main__":
    main()
