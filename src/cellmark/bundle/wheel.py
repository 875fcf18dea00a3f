"""The runtime's own wheel, packed from wherever it is imported from; the same bytes each time."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import msgspec

import cellmark_runtime
from cellmark_runtime.errors import CellmarkError

__all__ = ["Wheel", "pack", "runtime_wheel"]

_WHEEL = "Wheel-Version: 1.0\nGenerator: cellmark\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
# The first moment that a zip can hold; any fixed one would do.
_EPOCH = (1980, 1, 1, 0, 0, 0)


class Wheel(msgspec.Struct, frozen=True):
    """A wheel's file name and bytes."""

    name: str
    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the wheel's bytes."""
        return hashlib.sha256(self.content).hexdigest()


def runtime_wheel() -> Wheel:
    """`cellmark_runtime` as a wheel, from an editable or an ordinary installation alike."""
    distribution = metadata.distribution("cellmark-runtime")
    about = distribution.read_text("METADATA")
    if about is None:
        raise CellmarkError(
            "cellmark-runtime", "an installation without METADATA", "", "Install it anew."
        )
    package = Path(cellmark_runtime.__file__).parent
    return pack("cellmark_runtime", distribution.version, about, _files(package))


def _files(package: Path) -> dict[str, bytes]:
    found = (file for file in package.rglob("*") if file.is_file())
    return {
        file.relative_to(package.parent).as_posix(): file.read_bytes()
        for file in found
        if "__pycache__" not in file.parts and file.suffix not in {".pyc", ".pyo"}
    }


def pack(name: str, version: str, about: str, files: Mapping[str, bytes]) -> Wheel:
    """A pure-Python wheel of `files` (path in site-packages -> bytes); `about` is its METADATA."""
    info = f"{name}-{version}.dist-info"
    members = {**files, f"{info}/METADATA": about.encode(), f"{info}/WHEEL": _WHEEL.encode()}
    record = f"{info}/RECORD"
    lines = [_record_line(path, members[path]) for path in sorted(members)]
    members[record] = ("\n".join([*lines, f"{record},,"]) + "\n").encode()
    return Wheel(f"{name}-{version}-py3-none-any.whl", _zip(members))


def _record_line(path: str, content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(content)}"


def _zip(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(members):
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            # Stored, not deflated: builds of zlib differ in the bytes that they write.
            archive.writestr(entry, members[path], zipfile.ZIP_STORED)
    return buffer.getvalue()
