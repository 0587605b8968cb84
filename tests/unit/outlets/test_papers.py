"""Papers are PDF/A, legible, the same every time, and carry their number, code and QR."""

import re
import subprocess
import sys
import time
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.errors import BadInput
from engine.outlets.papers import PaperFacts, issue

FACTS = PaperFacts(
    title="Alvará de construção",
    city="Município de Vila Serena",
    secretariat="Secretaria de Planejamento",
    number="2026/000123",
    issued_at=datetime(2026, 11, 24, 1, 30, tzinfo=UTC),
    code="ABCD-1234",
    verify_url="https://vilaserena.example/verificar/ABCD-1234",
    signers=("Maria da Silva", "Secretária"),
)
TEMPLATE = (
    "Concede a **{nome}** licença.\n\n## Taxas\n| Taxa | Valor |\n{#taxas}\n| {nome} | {valor} |\n{/taxas}\n- fim {x}"
)
VALUES = {"nome": "João Conceição", "taxas": [{"nome": "ISS", "valor": "R$ 10,00"}]}
HEXED = re.compile(rb"<([0-9A-F]+)> <([0-9A-F]+)>(?: <([0-9A-F]+)>)?")


def streams(pdf):
    for found in re.finditer(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL):
        try:
            yield zlib.decompress(found[1])
        except zlib.error:
            yield found[1]


def read(pdf):
    """The words that the PDF says it shows: glyph codes turned into characters by each font's ToUnicode map."""
    maps = [cmap(stream) for stream in streams(pdf) if b"begincmap" in stream]
    pages = [stream for stream in streams(pdf) if b" Tf" in stream and b"BT" in stream]
    shown = []
    for page in pages:
        for font, codes in re.findall(rb"/F(\d+) [\d.]+ Tf|\(((?:\\.|[^\\()])*)\) ?Tj|\[.*?\] ?TJ", page, re.DOTALL):
            if font:
                current = maps[int(font) - 1]
            else:
                plain = re.sub(rb"\\(.)", rb"\1", codes.replace(b"\\r", b"\r").replace(b"\\n", b"\n"), flags=re.DOTALL)
                shown.append("".join(current[plain[n : n + 2]] for n in range(0, len(plain), 2)))
    return " ".join("".join(shown).split())


def cmap(stream):
    found = {}
    for first, second, third in HEXED.findall(stream.split(b"endcodespacerange")[1]):
        start = int(first, 16)
        last = int(second, 16) if third else start
        for offset in range(last - start + 1):
            target = int(third or second, 16) + offset
            found[(start + offset).to_bytes(2)] = chr(target)
    return found


def test_a_paper_shows_its_city_number_text_code_and_address():
    shown = read(issue(TEMPLATE, VALUES, FACTS))

    for words in (
        "Município de Vila Serena",
        "Secretaria de Planejamento",
        "Alvará de construção",
        "Nº 2026/000123 · 23/11/2026",
        "Concede a João Conceição licença.",
        "R$ 10,00",
        "fim —",
        "Maria da Silva",
        "https://vilaserena.example/verificar/ABCD-1234",
        "Código ABCD-1234",
        "Página 1 de 1",
    ):
        assert words.replace(" ", "") in shown.replace(" ", ""), words


def test_a_paper_declares_pdf_a_and_embeds_its_fonts_and_colours():
    pdf = issue(TEMPLATE, VALUES, FACTS)

    metadata = next(stream for stream in streams(pdf) if b"xmpmeta" in stream).decode()
    assert 'pdfaid:part="2"' in metadata
    assert 'pdfaid:conformance="U"' in metadata
    assert "Alvará de construção" in metadata
    assert b"/OutputIntents" in pdf
    assert pdf.count(b"/FontFile2") == 2
    assert b"/Helvetica" not in pdf
    assert b"/JavaScript" not in pdf
    assert b"/Lang (pt-BR)" in pdf


def test_the_same_paper_is_the_same_bytes_in_another_process_and_second():
    here = issue(TEMPLATE, VALUES, FACTS)
    code = (
        "import sys; from datetime import *; from engine.outlets.papers import *\n"
        f"sys.stdout.buffer.write(issue({TEMPLATE!r}, {VALUES!r}, "
        f"PaperFacts(**{ {**vars(FACTS), 'issued_at': None}!r} | "
        "{'issued_at': datetime(2026, 11, 24, 1, 30, tzinfo=UTC)})))"
    )
    before = int(time.time())
    while int(time.time()) == before:  # the PDF would show seconds
        time.sleep(0.05)

    root = Path(__file__).parents[3]
    there = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=True).stdout

    assert there == here


@pytest.mark.parametrize(
    "change", [{"number": "2026/000124"}, {"code": "WXYZ-9876"}, {"issued_at": datetime(2026, 11, 25, tzinfo=UTC)}]
)
def test_another_number_code_or_moment_is_another_paper(change):
    assert issue(TEMPLATE, VALUES, replace(FACTS, **change)) != issue(TEMPLATE, VALUES, FACTS)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Łukasz Ğ Ж", "Łukasz Ğ Ж"),
        ("a\u202eb\x00c", "abc"),
        ("boneco ☃", "boneco ?"),
        ("não\u2011quebra\u00a0x", "não-quebra x"),
        ("[x](http://y) **b** __s__ {nb}", "[x](http://y) **b** __s__ {nb}"),
        ("日本", "??"),
    ],
)
def test_a_value_is_shown_as_it_is_but_for_what_no_font_here_can_draw(value, shown):
    text = read(issue("{v}", {"v": value}, FACTS))

    assert shown.replace(" ", "") in text.replace(" ", "")


def test_a_long_paper_repeats_its_head_and_counts_its_pages():
    pdf = issue("{#l}\n- linha {.}\n{/l}", {"l": list(range(120))}, FACTS)

    shown = read(pdf)
    assert shown.count("Vila Serena") >= 3
    assert "Página1de" in shown.replace(" ", "")
    assert "linha119" in shown.replace(" ", "")


def test_a_table_whose_rows_differ_in_length_is_still_a_table():
    shown = read(issue("| a | b |\n| c |\n| d | e | f |", {}, FACTS))

    assert "e" in shown


def test_a_word_longer_than_the_line_does_not_stop_the_paper():
    assert issue("{v} | x\n\n| {v} | b |\n\n- {v}", {"v": "x" * 500}, FACTS).startswith(b"%PDF-1.7")


def test_markup_in_a_title_does_not_break_the_metadata():
    pdf = issue("x", {}, replace(FACTS, title="A & B <c> \x01"))

    metadata = next(stream for stream in streams(pdf) if b"xmpmeta" in stream).decode()
    assert "A &amp; B &lt;c&gt;" in metadata


def test_a_template_that_does_not_hold_is_refused():
    with pytest.raises(BadInput):
        issue("{#a}", {}, FACTS)
