"""What EventFile writes is read back by a reader made from the formats' descriptions, and its bytes are known ones.

    python3 test_event_file.py
"""
import math
import struct
import tempfile
from pathlib import Path

from event_file import EventFile, crc32c

EARLIER, LATER = 1700000000.25, 1700000001.5


def unmasked(stored: bytes) -> int:
    """TFRecord's masking undone."""
    turned = (int.from_bytes(stored, "little") - 0xA282EAD8) % 2**32
    return (turned % 2**17) * 2**15 + turned // 2**17


def records(data: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 8], "little")
        body = data[at + 12 : at + 12 + length]
        assert unmasked(data[at + 8 : at + 12]) == crc32c(data[at : at + 8]), "the length is damaged"
        assert unmasked(data[at + 12 + length : at + 16 + length]) == crc32c(body), "the record is damaged"
        found.append(body)
        at += 16 + length
    assert at == len(data), "the last record is cut off"
    return found


def integer(data: bytes, at: int) -> tuple[int, int]:
    """A varint and where it ends."""
    value = place = 0
    while data[at] >= 128:
        value += (data[at] - 128) * 128**place
        at, place = at + 1, place + 1
    return value + data[at] * 128**place, at + 1


def fields(message: bytes) -> dict[int, int | bytes]:
    """Field number to content, an integer or else bytes (protobuf.dev/programming-guides/encoding)."""
    found: dict[int, int | bytes] = {}
    at = 0
    while at < len(message):
        key, at = integer(message, at)
        field, kind = divmod(key, 8)
        assert field not in found, "a field twice"
        if kind == 0:
            found[field], at = integer(message, at)
        else:
            size, at = integer(message, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
            found[field] = message[at : at + size]
            at += size
    assert at == len(message), "a field is cut off"
    return found


def written(name: str) -> bytes:
    path = Path(name) / "events.out.tfevents.1.test"
    file = EventFile(path, EARLIER)
    file.text("args", '{\n  "seed": 1,\n  "语言": "中文"\n}', 0, EARLIER)
    file.scalar("train/loss", 0.1, 1, LATER)
    file.scalar("eval/f1", 0.0, 300, LATER)
    file.scalar("train/loss", math.nan, 2**40, LATER)
    file.text("model_config", "long " * 100, 7, LATER)
    file.close()
    return path.read_bytes()


def main() -> None:
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, B.4
    assert crc32c(b"") == 0

    with tempfile.TemporaryDirectory() as name:
        data = written(name)
        assert data == written(name), "the same calls, other bytes"

    # The head that all event files with a bare version have: a length of 24, masked CRC
    assert data[:12] == bytes.fromhex("1800000000000000 a37f4b22")
    first, *rest = records(data)
    assert first == b"\x09" + struct.pack("<d", EARLIER) + b"\x1a\x0dbrain.Event:2"
    assert rest[1] == b"\x09" + struct.pack("<d", LATER) + b"\x10\x01\x2a\x13\x0a\x11\x0a\x0atrain/loss\x15" \
        + struct.pack("<f", 0.1)  # fmt: skip

    read = []
    for event in map(fields, rest):
        value = fields(fields(event[5])[1])
        if 2 in value:
            content = struct.unpack("<f", value[2])[0]
        else:
            tensor = fields(value[8])
            assert tensor[1] == 7 and fields(fields(tensor[2])[2]) == {1: 1}, "not one string in one dimension"
            assert fields(fields(value[9])[1]) == {1: b"text"}
            content = tensor[8].decode()
        read.append((value[1].decode(), content, event.get(2, 0), struct.unpack("<d", event[1])[0]))
    assert math.isnan(read[3][1])
    read[3] = (read[3][0], None, *read[3][2:])
    assert read == [
        ("args/text_summary", '{\n  "seed": 1,\n  "语言": "中文"\n}', 0, EARLIER),
        ("train/loss", struct.unpack("<f", struct.pack("<f", 0.1))[0], 1, LATER),
        ("eval/f1", 0.0, 300, LATER),
        ("train/loss", None, 2**40, LATER),
        ("model_config/text_summary", "long " * 100, 7, LATER),
    ]

    for at in range(len(data)):  # each byte is covered by a CRC
        damaged = bytearray(data)
        damaged[at] ^= 1
        try:
            records(bytes(damaged))
        except AssertionError:
            continue
        raise AssertionError(f"a wrong byte at {at} goes unnoticed")
    print(f"ok: {len(rest)} events, {len(data)} bytes")


if __name__ == "__main__":
    main()
