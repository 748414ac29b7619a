"""Event files as TensorBoard reads them, without TensorFlow.

TFRecord framing (tensorflow/core/lib/io/record_writer.h) around Event messages (tensorflow/core/util/event.proto,
tensorflow/core/framework/summary.proto). Scalars and texts come out as torch's SummaryWriter writes them, byte for
byte; the same calls always make the same bytes.
"""
import struct
from pathlib import Path

VERSION = b"brain.Event:2"
STRING = 7  # DT_STRING

# What a field's number is shifted left by 3 and joined with: the wire types of protocol buffers
VARINT, EIGHT_BYTES, BYTES, FOUR_BYTES = 0, 1, 2, 5


def crc_table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)  # Castagnoli's polynomial, lowest bit first
        table.append(byte)
    return table


CRC_TABLE = crc_table()


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def masked_crc(data: bytes) -> bytes:
    """Turned right by 15 bits and moved by a constant, as TFRecord stores it."""
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; negative numbers as 64-bit ones."""
    value &= 0xFFFFFFFFFFFFFFFF
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3 | VARINT) + varint(value)


def double(field: int, value: float) -> bytes:
    return varint(field << 3 | EIGHT_BYTES) + struct.pack("<d", value)


def single(field: int, value: float) -> bytes:
    return varint(field << 3 | FOUR_BYTES) + struct.pack("<f", value)


def block(field: int, data: bytes) -> bytes:
    """A string or a message."""
    return varint(field << 3 | BYTES) + varint(len(data)) + data


class EventFile:
    """One event file, written record by record: a run that is killed leaves all that it logged."""

    def __init__(self, path: Path, wall_time: float):
        self.file = open(path, "wb", buffering=0)
        self.write(double(1, wall_time) + block(3, VERSION))

    def write(self, event: bytes) -> None:
        length = struct.pack("<Q", len(event))
        self.file.write(length + masked_crc(length) + event + masked_crc(event))

    def summary(self, value: bytes, step: int, wall_time: float) -> None:
        at = number(2, step) if step else b""  # proto3 leaves zeros out
        self.write(double(1, wall_time) + at + block(5, block(1, value)))

    def scalar(self, tag: str, value: float, step: int, wall_time: float) -> None:
        self.summary(block(1, tag.encode()) + single(2, value), step, wall_time)

    def text(self, tag: str, text: str, step: int, wall_time: float) -> None:
        shape = block(2, number(1, 1))  # one dimension of size 1
        tensor = number(1, STRING) + block(2, shape) + block(8, text.encode())
        plugin = block(1, block(1, b"text"))
        self.summary(block(1, f"{tag}/text_summary".encode()) + block(8, tensor) + block(9, plugin), step, wall_time)

    def close(self) -> None:
        self.file.close()
