#!/usr/bin/env python3
"""Check one audited prediction, with Python's standard library alone and without the log.

Usage: python verify_proof.py proof.json [--key ed25519:HEX]

It shows that the record is one of the lines of a segment whose Merkle root (RFC 6962) was signed
(Ed25519, RFC 8032), and that the input is the one which the record commits to. Give the key that
the service's owner published: a proof alone only names the key that signed it.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

Point = tuple[int, int, int, int]
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
PAYLOAD_TYPE = "application/vnd.cellmark.checkpoint+json"

# -- Ed25519: a point is (X, Y, Z, T) with x = X/Z, y = Y/Z, x*y = T/Z (RFC 8032, 5.1.4)


def add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(number: int, point: Point) -> Point:
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point = add(point, point)
        number >>= 1
    return total


def same(p: Point, q: Point) -> bool:
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def point_of(text: bytes) -> Point | None:
    """The point in 32 bytes, or None (RFC 8032, 5.1.3)."""
    y = int.from_bytes(text, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if len(text) != 32 or y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE: Any = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is the key's over the message (RFC 8032, 5.1.7)."""
    key, r = point_of(public), point_of(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or r is None or len(signature) != 64 or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little")
    return same(multiply(s, BASE), add(r, multiply(h % ORDER, key)))


# -- the Merkle tree (RFC 6962, 2.1; the walk is RFC 9162's, 2.1.3.2)


def root_of(line: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """The root that a line at `index` of `size` and its path lead to, or None."""
    node, last = hashlib.sha256(b"\0" + line).digest(), size - 1
    if not 0 <= index < size:
        return None
    for step in path:
        if last == 0:
            return None
        if index & 1 or index == last:
            node = hashlib.sha256(b"\1" + step + node).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\1" + node + step).digest()
        index, last = index >> 1, last >> 1
    return node if last == 0 else None


# -- the proof


def opened(envelope: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The checkpoint's content and the key that signed it (DSSE 1.0); ValueError if none did."""
    payload = base64.b64decode(envelope["payload"], validate=True)
    kind, (entry,) = envelope["payloadType"], envelope["signatures"]
    message = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
    public = bytes.fromhex(entry["keyid"].removeprefix("ed25519:"))
    if kind != PAYLOAD_TYPE or not signed(public, message, base64.b64decode(entry["sig"])):
        raise ValueError("the checkpoint's signature does not fit")
    return json.loads(payload), entry["keyid"]


def check(proof: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], str]:
    """The record, its checkpoint and the key that signed it. Raises: ValueError with the reason."""
    checkpoint, key = opened(proof["checkpoint"])
    line = proof["record"].encode()
    path = [bytes.fromhex(step) for step in proof["path"]]
    root = root_of(line, proof["index"], checkpoint["size"], path)
    if root is None or root.hex() != checkpoint["root"]:
        raise ValueError("the record is not in the segment that was signed")
    record = json.loads(line)
    payload = proof.get("payload")
    if payload:
        salt = bytes.fromhex(payload["salt"])
        content = salt + payload["input"].encode()
        if len(salt) != 16 or hashlib.sha256(content).hexdigest() != record["commitment"]:
            raise ValueError("the input is not the one that the record commits to")
    return record, checkpoint, key


def main(arguments: list[str]) -> None:
    expected = arguments[arguments.index("--key") + 1] if "--key" in arguments else None
    try:
        proof = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
        record, checkpoint, key = check(proof)
    except Exception as problem:  # whatever a forged proof does to this script, it is no proof
        sys.exit(f"NOT PROVEN: {problem!r}")
    if expected and key != expected:
        sys.exit(f"NOT PROVEN: signed by {key}, not by {expected}")
    payload = proof.get("payload")
    place = f"line {proof['index'] + 1} of {checkpoint['size']}"
    by = "your key" if expected else "compare this key with the one that the owner published"
    print(json.dumps(record, indent=2, sort_keys=True))
    print(f"input: {payload['input'] if payload else 'not in the proof (erased or never kept)'}")
    print(f"PROVEN: {place}, segment {checkpoint['segment']} of {checkpoint['stream']},")
    print(f"sealed {checkpoint['sealed']} by {key} ({by})")


if __name__ == "__main__":
    main(sys.argv[1:] or sys.exit(__doc__))
