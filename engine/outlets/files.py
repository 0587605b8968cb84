"""Files by content: what is kept is named by its SHA-256, written once and never changed.

It must never trust a name or a declared type, open an archive, hold a whole file in memory or leave half a file behind.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING, BinaryIO

import puremagic

from engine.errors import FileRefused, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

CHUNK = 64 * 1024
NAME_LENGTH = 120
NAMELESS = "arquivo"
OOXML = "application/vnd.openxmlformats-officedocument."
ODF = "application/vnd.oasis.opendocument."
# What may ever be kept, by the ending of its name. What is not here is refused whatever the form accepts.
TYPES: Mapping[str, str] = {
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".dwg": "image/vnd.dwg",
    ".docx": OOXML + "wordprocessingml.document",
    ".xlsx": OOXML + "spreadsheetml.sheet",
    ".odt": ODF + "text",
    ".ods": ODF + "spreadsheet",
    ".zip": "application/zip",
}
DEFAULT = frozenset(TYPES[suffix] for suffix in (".pdf", ".jpg", ".png", ".dwg"))
# The names by which puremagic knows them, where they differ from IANA's.
ALIASES: Mapping[str, str] = {"image/x-dwg": TYPES[".dwg"], "application/x-zip-compressed": TYPES[".zip"]}
SHA256 = re.compile(r"[0-9a-f]{64}")
FORBIDDEN = re.compile(r'[<>:"|?*]')


@dataclass(frozen=True)
class StoredFile:
    sha256: str
    name: str
    size: int
    mime: str


def keep(
    content: BinaryIO | bytes,
    name: str,
    limit_bytes: int,
    accept: tuple[str, ...] | None,
    root: Path,
    *,
    field: str = "",
) -> StoredFile:
    """Check a file and keep it under `root`, as ab/cd/<sha256>; the same content twice is kept once.

    `accept` holds MIME types, "image/*" or endings (".pdf"), as a form writes them; None means PDF, JPEG, PNG and DWG.
    Raises: FileRefused with field, name and reason: empty, too-large, unknown-type, type-disagrees (content and ending)
    or type-refused.
    """
    cleaned = clean_name(name)
    root.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=root, prefix=".incoming-", delete=False) as incoming:
        try:
            sha256, size = _write(BytesIO(content) if isinstance(content, bytes) else content, incoming, limit_bytes)
            mime = _type_of(Path(incoming.name), cleaned, _accepted(accept))
            _settle(Path(incoming.name), _place(sha256, root))
        except _Unfit as unfit:
            raise FileRefused(field=field, name=cleaned, reason=str(unfit)) from None
        finally:
            with suppress(FileNotFoundError):  # it is gone when it was kept
                os.unlink(incoming.name)
    return StoredFile(sha256, cleaned, size, mime)


def open_file(sha256: str, root: Path) -> BinaryIO:
    """Open a kept file for reading. Raises: NotFound."""
    if not SHA256.fullmatch(sha256):
        raise NotFound(file=sha256[:64])
    try:
        return _place(sha256, root).open("rb")
    except FileNotFoundError:
        raise NotFound(file=sha256) from None


def clean_name(name: str) -> str:
    """Give a name that is safe to show and to download: no folders, control or direction characters; at most 120."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(" " if char.isspace() else char for char in last if not _hidden(char))
    plain = " ".join(FORBIDDEN.sub("_", visible).split()).lstrip(". ")
    path = PurePosixPath(plain)
    if len(plain) > NAME_LENGTH:
        ending = path.suffix if len(path.suffix) <= 10 else ""
        plain = plain[: NAME_LENGTH - len(ending)].rstrip(". ") + ending
    return plain or NAMELESS


def _hidden(char: str) -> bool:
    # every "other" character: control, format (the direction overrides among them), surrogate, private, unassigned
    return unicodedata.category(char).startswith("C") and not char.isspace()


class _Unfit(Exception):
    """Why a file is not kept."""


def _write(source: BinaryIO, target: IO[bytes], limit_bytes: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK):
        size += len(chunk)
        if size > limit_bytes:
            raise _Unfit("too-large")
        digest.update(chunk)
        target.write(chunk)
    if not size:
        raise _Unfit("empty")
    target.flush()
    os.fsync(target.fileno())
    return digest.hexdigest(), size


def _type_of(path: Path, name: str, accepted: frozenset[str]) -> str:
    found = {ALIASES.get(match.mime_type, match.mime_type) for match in puremagic.magic_file(path) if match.offset == 0}
    if not found & set(TYPES.values()):
        raise _Unfit("unknown-type")
    mime = TYPES.get(PurePosixPath(name).suffix.lower())
    if mime is None or mime not in found:
        raise _Unfit("type-disagrees")
    if mime not in accepted:
        raise _Unfit("type-refused")
    return mime


def _accepted(accept: tuple[str, ...] | None) -> frozenset[str]:
    if accept is None:
        return DEFAULT
    wanted = {part.strip().lower() for part in accept}
    families = tuple(part[:-1] for part in wanted if part.endswith("/*"))
    return frozenset(
        mime for suffix, mime in TYPES.items() if suffix in wanted or mime in wanted or mime.startswith(families)
    )


def _place(sha256: str, root: Path) -> Path:
    return root / sha256[:2] / sha256[2:4] / sha256


def _settle(incoming: Path, place: Path) -> None:
    """Rename into place, and make the rename itself survive a power cut."""
    place.parent.mkdir(parents=True, exist_ok=True)
    os.replace(incoming, place)
    for folder in (place.parent, place.parent.parent, place.parent.parent.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
