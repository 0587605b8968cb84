"""Papers: a filled template as PDF/A-2u, with its number, its code and the QR that leads to the page that verifies it.

The same input gives the same bytes, so that a hash can be fixed before anyone signs. It must never ask the clock, fetch
anything or take markup from a value.

The font is Noto Sans (SIL Open Font License 1.1), carried by the package pymupdf-fonts: PDF/A wants every font
embedded, and the fonts that come with a PDF reader are not ours to embed.
"""

from __future__ import annotations

import html
import secrets
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pymupdf_fonts
import segno
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import DocumentCompliance, XPos, YPos

from engine.outlets.templates import Block, Words, fill

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

FONT = "noto"
FACES = {"": "notos", "B": "notosbo"}
LATIN, WHOLE = "latin", "whole"
MARGIN_MM = 20
LINE_MM = 5.5
QR_MM = 28
SIZES = {"title": 14, "heading": 11.5, "text": 10.5, "item": 10.5, "row": 9.5}
TOTAL_PAGES = "{nº}"  # fpdf2 writes the number in its place when all pages are there
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LOOK_ALIKES = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2212": "-", "\u00a0": " ", "\t": " "})
XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmp:CreateDate="{moment}" xmp:ModifyDate="{moment}"
    xmp:MetadataDate="{moment}" xmp:CreatorTool="Rito" pdfaid:part="2" pdfaid:conformance="U">
   <dc:format>application/pdf</dc:format>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
   <dc:creator><rdf:Seq><rdf:li>{city}</rdf:li></rdf:Seq></dc:creator>
   <dc:language><rdf:Bag><rdf:li>pt-BR</rdf:li></rdf:Bag></dc:language>
   <dc:identifier>{code}</dc:identifier>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>"""


@dataclass(frozen=True, kw_only=True)
class PaperFacts:
    """What stands around the text. `signers` are the lines at its foot, as they are to be read; `zone` dates it."""

    title: str
    city: str
    secretariat: str
    number: str
    issued_at: datetime
    code: str
    verify_url: str
    signers: tuple[str, ...] = field(default=())
    zone: str = "America/Sao_Paulo"


def new_code() -> str:
    """Return a verification code: twelve letters and digits, none that are taken for one another (60 bits)."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(12))
    return "-".join((letters[:4], letters[4:8], letters[8:]))


def issue(template: str, values: Mapping[str, object], facts: PaperFacts) -> bytes:
    """Return the PDF of a template filled with the case's values. Raises: BadInput, as `templates.fill` says."""
    blocks = fill(template, values)
    paper = _Paper(facts, _reach(blocks, facts))
    paper.add_page()
    paper.write_title()
    for is_table, group in groupby(blocks, key=lambda block: block.kind == "row"):
        if is_table:
            paper.write_table(list(group))
        else:
            for block in group:
                paper.write_block(block)
    paper.write_signers()
    paper.write_verification()
    return bytes(paper.output())


class _Paper(FPDF):
    """One document being written; fpdf2 calls `header` and `footer` on each page."""

    def __init__(self, facts: PaperFacts, reach: str) -> None:
        super().__init__(format="A4", enforce_compliance=DocumentCompliance.PDFA_2U)
        self.facts = facts
        for style in FACES:
            self.add_font(FONT, style, _font_file(style, reach))
        self.set_creation_date(facts.issued_at)
        self.set_title(_legible(facts.title))
        self.set_lang("pt-BR")
        self.set_xmp_metadata(_xmp(facts))
        self.alias_nb_pages(TOTAL_PAGES)
        self.set_margin(MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=22)

    def header(self) -> None:
        self.set_font(FONT, "B", 12)
        self._centred(self.facts.city)
        self.set_font(FONT, "", 10)
        self._centred(self.facts.secretariat)
        self.ln(2)
        self.line(MARGIN_MM, self.y, self.w - MARGIN_MM, self.y)
        self.ln(5)

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font(FONT, "", 8)
        width = self.epw / 2
        self.cell(width, 5, _legible(f"Código {self.facts.code}"))
        self.cell(width, 5, f"Página {self.page_no()} de {TOTAL_PAGES}", align="R")

    def write_title(self) -> None:
        self.set_font(FONT, "B", SIZES["title"])
        self._centred(self.facts.title)
        self.set_font(FONT, "", SIZES["text"])
        issued = self.facts.issued_at.astimezone(ZoneInfo(self.facts.zone))
        self._centred(f"Nº {self.facts.number} · {issued:%d/%m/%Y}")
        self.ln(4)

    def write_block(self, block: Block) -> None:
        heading = block.kind in ("title", "heading")
        self.set_font(FONT, "B" if heading else "", SIZES[block.kind])
        if heading:
            self.ln(2)
        if block.kind == "item":
            self.cell(6, LINE_MM, "•", align="C")
            self.set_left_margin(MARGIN_MM + 6)
        for run in block.cells[0]:
            self.set_font(style="B" if heading or run.bold else "")
            self.write(LINE_MM, _legible(run.text))
        self.set_left_margin(MARGIN_MM)
        self.ln(LINE_MM + (1 if block.kind == "item" else 2.5))

    def write_table(self, rows: Sequence[Block]) -> None:
        """Rows of one table: as many columns as the first has; what a row lacks is left blank."""
        self.set_font(FONT, "", SIZES["row"])
        width = len(rows[0].cells)
        with self.table(line_height=LINE_MM, padding=1, text_align="LEFT", borders_layout="HORIZONTAL_LINES") as table:
            for block in rows:
                row = table.row()
                for cell in (*block.cells, *[()] * width)[:width]:
                    row.cell(_legible(_plain(cell)))
        self.ln(3)

    def write_signers(self) -> None:
        if self.facts.signers:
            self.ln(6)
            self.set_font(FONT, "", SIZES["text"])
            for line in self.facts.signers:
                self._centred(line)

    def write_verification(self) -> None:
        self.ln(6)
        if self.will_page_break(QR_MM + 2):
            self.add_page()
        top = self.y
        self._write_qr(self.facts.verify_url, MARGIN_MM, top)
        self.set_xy(MARGIN_MM + QR_MM + 4, top + 6)
        self.set_font(FONT, "", 9)
        text = f"Confira este documento em {self.facts.verify_url} com o código {self.facts.code}."
        self.multi_cell(self.epw - QR_MM - 4, 5, _legible(text), align="L")
        self.set_y(top + QR_MM)

    def _write_qr(self, text: str, left: float, top: float) -> None:
        """Draw each row's dark stretches as rectangles: sharp at any size, and the same bytes every time."""
        matrix = segno.make(text, error="m", micro=False).matrix
        side = QR_MM / len(matrix)
        self.set_fill_color(0, 0, 0)
        for row, modules in enumerate(matrix):
            column = 0
            for dark, stretch in groupby(modules):
                length = len(list(stretch))
                if dark:
                    self.rect(left + column * side, top + row * side, length * side, side, style="F")
                column += length

    def _centred(self, text: str) -> None:
        self.multi_cell(0, LINE_MM, _legible(text), align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _plain(runs: Sequence[Words]) -> str:
    return "".join(run.text for run in runs)


def _legible(text: str) -> str:
    """Keep what the font can draw. PDF/A allows no missing glyph: an accent the font lacks falls, the rest is a "?"."""
    known = _characters()
    kept = []
    for char in unicodedata.normalize("NFC", text.translate(LOOK_ALIKES)):
        if char == "\n" or ord(char) in known:
            kept.append(char)
        elif not unicodedata.category(char).startswith("C"):  # control and direction characters draw nothing
            kept.append("".join(part for part in unicodedata.normalize("NFKD", char) if ord(part) in known) or "?")
    return "".join(kept)


def _xmp(facts: PaperFacts) -> str:
    texts = {"title": facts.title, "city": facts.city, "code": facts.code}
    escaped = {name: html.escape(_legible(text)) for name, text in texts.items()}
    return XMP.format(moment=facts.issued_at.isoformat(timespec="seconds"), **escaped)


@lru_cache(maxsize=1)
def _characters() -> frozenset[int]:
    """What every face can draw, but the invisible: controls, joiners and the marks that turn text round."""
    regular, *others = (font.getBestCmap() for font in _faces().values())
    shared = set(regular).intersection(*others)
    return frozenset(code for code in shared if not unicodedata.category(chr(code)).startswith("C"))


@lru_cache(maxsize=1)
def _faces() -> Mapping[str, TTFont]:
    fonts = {}
    for style, face in FACES.items():
        fonts[style] = TTFont(BytesIO(pymupdf_fonts.myfont(face)), recalcTimestamp=False)
        del fonts[style][
            "TTFA"
        ]  # the notes of the program that hinted it: no reader wants them, no subsetter knows them
    return fonts


@lru_cache(maxsize=1)
def _font_folder() -> TemporaryDirectory[str]:
    """The faces as files, for fpdf2 reads no others; the folder goes when the process ends.

    Each face lies there twice: whole, and with Latin letters and signs alone, which fpdf2 reads in half the time.
    """
    folder = TemporaryDirectory(prefix="rito-fonts-")
    for style, font in _faces().items():
        font.save(Path(folder.name, f"{FONT}{style}-{WHOLE}.ttf"))
        _latin(font).save(Path(folder.name, f"{FONT}{style}-{LATIN}.ttf"))
    return folder


def _latin(whole: TTFont) -> TTFont:
    """Return a copy of a face that draws Latin text and common signs, without hints and ligatures: print needs none."""
    copied = BytesIO()
    whole.save(copied)
    font = TTFont(copied, recalcTimestamp=False)
    options = Options(layout_features=[], hinting=False, notdef_outline=True, name_IDs=["*"])
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[code for code in font.getBestCmap() if _is_latin(code)])
    subsetter.subset(font)
    return font


def _is_latin(code: int) -> bool:
    # Unicode's blocks from Basic Latin to Latin Extended-B, and from General Punctuation to Mathematical Operators
    return code < 0x0250 or 0x2000 <= code < 0x2300


def _reach(blocks: Sequence[Block], facts: PaperFacts) -> str:
    """Return which file of a face a paper needs: the small one unless somebody's name is in another script."""
    texts = [word.text for block in blocks for cell in block.cells for word in cell]
    texts += [facts.title, facts.city, facts.secretariat, facts.number, facts.code, facts.verify_url, *facts.signers]
    return LATIN if all(_is_latin(ord(char)) for text in texts for char in _legible(text)) else WHOLE


def _font_file(style: str, reach: str) -> Path:
    return Path(_font_folder().name, f"{FONT}{style}-{reach}.ttf")
