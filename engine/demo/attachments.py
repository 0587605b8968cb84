"""What citizens attach in the demonstration: one small, readable file of each kind, kept once."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from engine.house import House
from engine.outlets.files import keep

_DWG = b"AC1032" + b"\0" * 250
_ENDINGS = (".pdf", ".dwg")


class Attachments:
    """Puts a stored file in the place of every file name in a list of names."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._kept: dict[str, dict[str, Any]] = {}

    def filled(self, value: Any) -> Any:
        """Return answers whose lists of file names have become lists of stored files."""
        if isinstance(value, dict):
            return {name: self.filled(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._stored(inner) if _is_file(inner) else self.filled(inner) for inner in value]
        return value

    def _stored(self, name: str) -> dict[str, Any]:
        if name not in self._kept:
            ending, settings = PurePath(name).suffix, self._house.settings
            content = _DWG if ending == ".dwg" else _page(name)
            stored = keep(content, name, settings.upload_limit_bytes, (ending,), settings.files_dir)
            self._kept[name] = {
                "sha256": stored.sha256, "name": stored.name, "size": stored.size, "mime": stored.mime,
            }  # fmt: skip
        return dict(self._kept[name])


def _is_file(value: object) -> bool:
    return isinstance(value, str) and value.endswith(_ENDINGS)


def _page(name: str) -> bytes:
    """Return a PDF of one page that says what it stands for. Source: ISO 32000-1, 7.5."""
    drawing = f"BT /F1 16 Tf 72 760 Td (Vila Serena: {name}) Tj 0 -26 Td (Documento de demonstra\\347\\343o.) Tj ET"
    stream = drawing.encode("ascii", "replace")
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(body))
        body += b"%d 0 obj%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1) + table + end
