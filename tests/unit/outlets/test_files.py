"""Files are kept by content: what they are decides, not what they say they are."""

import hashlib
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import FileRefused, NotFound
from engine.outlets.files import NAME_LENGTH, clean_name, keep, open_file

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
JPG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + b"\x00" * 64 + b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"\x00" * 32
DWG = b"AC1032\x00\x00\x00\x00\x00\x00" + b"\x00" * 128
TIFF = b"II*\x00" + b"\x00" * 64
EXE = b"MZ\x90\x00" + b"\x00" * 128
ELF = b"\x7fELF\x02\x01\x01" + b"\x00" * 64
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
SHELL = b"#!/bin/sh\nrm -rf /\n"


def archive(*names):
    packed = BytesIO()
    with ZipFile(packed, "w") as file:
        for name in names:
            file.writestr(name, "<x/>")
    return packed.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")
ZIP = archive("a.txt")


def kept(content, name, root, *, accept=None, limit_bytes=1_000_000):
    return keep(content, name, limit_bytes, accept, root)


def reason(content, name, root, **facts):
    with pytest.raises(FileRefused) as refused:
        kept(content, name, root, **facts)
    left_behind = [path for path in root.rglob("*") if path.is_file()]
    assert left_behind == []
    return refused.value.facts["reason"]


@pytest.mark.parametrize(
    ("content", "name", "mime"),
    [
        (PDF, "projeto.pdf", "application/pdf"),
        (PDF, "PROJETO.PDF", "application/pdf"),
        (JPG, "fachada.jpg", "image/jpeg"),
        (JPG, "fachada.JPEG", "image/jpeg"),
        (PNG, "croqui.png", "image/png"),
        (DWG, "planta.dwg", "image/vnd.dwg"),
    ],
)
def test_a_file_of_a_permitted_type_is_kept_under_its_hash(content, name, mime, tmp_path):
    stored = kept(content, name, tmp_path)

    sha256 = hashlib.sha256(content).hexdigest()
    assert (stored.sha256, stored.name, stored.size, stored.mime) == (sha256, name, len(content), mime)
    assert (tmp_path / sha256[:2] / sha256[2:4] / sha256).read_bytes() == content
    with open_file(sha256, tmp_path) as file:
        assert file.read() == content


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"", "vazio.pdf", "empty"),
        (EXE, "projeto.pdf", "unknown-type"),
        (EXE, "setup.exe", "unknown-type"),
        (ELF, "projeto.png", "unknown-type"),
        (HTML, "projeto.pdf", "unknown-type"),
        (HTML, "pagina.html", "unknown-type"),
        (SVG, "logo.svg", "unknown-type"),
        (SVG, "logo.png", "unknown-type"),
        (SHELL, "projeto.pdf", "unknown-type"),
        (b"so text", "projeto.pdf", "unknown-type"),
        (b" %PDF-1.7", "projeto.pdf", "unknown-type"),
        (PDF, "projeto.jpg", "type-disagrees"),
        (PDF, "projeto.pdf.exe", "type-disagrees"),
        (PDF, "projeto", "type-disagrees"),
        (PNG, "foto.jpg", "type-disagrees"),
        (ZIP, "projeto.pdf", "type-disagrees"),
        (DOCX, "memorial.docx", "type-refused"),
        (ZIP, "tudo.zip", "type-refused"),
        (TIFF, "planta.tif", "type-refused"),
    ],
)
def test_anything_else_is_refused_with_its_reason_and_leaves_nothing_behind(content, name, why, tmp_path):
    assert reason(content, name, tmp_path) == why


def test_a_refusal_names_the_field_and_the_cleaned_name(tmp_path):
    with pytest.raises(FileRefused) as refused:
        keep(b"", "../../etc/passwd", 10, None, tmp_path, field="documentos.matricula")

    assert refused.value.facts == {"field": "documentos.matricula", "name": "passwd", "reason": "empty"}


@pytest.mark.parametrize(
    ("accept", "content", "name"),
    [
        ((".docx",), DOCX, "memorial.docx"),
        (("application/zip",), ZIP, "tudo.zip"),
        (("image/*",), TIFF, "planta.tif"),
        ((" .PDF ", ".dwg"), PDF, "projeto.pdf"),
    ],
)
def test_a_form_may_accept_by_ending_type_or_family(accept, content, name, tmp_path):
    assert kept(content, name, tmp_path, accept=accept).name == name


@pytest.mark.parametrize("accept", [(), (".dwg",), ("image/*",), ("*/*",), (".exe",)])
def test_a_form_that_does_not_accept_a_type_refuses_it(accept, tmp_path):
    assert reason(PDF, "projeto.pdf", tmp_path, accept=accept) == "type-refused"


@pytest.mark.parametrize("content", [EXE, HTML, SVG])
def test_what_no_form_may_accept_is_refused_even_when_one_does(content, tmp_path):
    accept = (".exe", ".html", ".svg", "text/html", "image/*")

    assert reason(content, "x.svg", tmp_path, accept=accept) == "unknown-type"


def test_the_limit_is_the_last_size_that_passes(tmp_path):
    assert kept(PDF, "a.pdf", tmp_path / "a", limit_bytes=len(PDF)).size == len(PDF)
    assert reason(PDF, "a.pdf", tmp_path / "b", limit_bytes=len(PDF) - 1) == "too-large"


class Endless:
    """A stream that never ends, and counts what was read of it."""

    def __init__(self):
        self.given = 0

    def read(self, size):
        self.given += size
        return b"%PDF-".ljust(size, b"x")


def test_an_endless_stream_is_left_as_soon_as_the_limit_is_passed(tmp_path):
    stream = Endless()

    assert reason(stream, "a.pdf", tmp_path, limit_bytes=1_000_000) == "too-large"
    assert stream.given < 1_200_000


def test_a_stream_that_breaks_leaves_nothing_behind(tmp_path):
    class Broken:
        def read(self, size):
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        kept(Broken(), "a.pdf", tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_the_same_content_is_kept_once_and_repairs_a_damaged_copy(tmp_path):
    first = kept(PDF, "a.pdf", tmp_path)
    place = next(path for path in tmp_path.rglob("*") if path.is_file())
    place.write_bytes(b"damaged")

    second = kept(BytesIO(PDF), "b.pdf", tmp_path)

    assert first.sha256 == second.sha256
    assert [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()] == [PDF]


@pytest.mark.parametrize("sha256", ["0" * 64, "../../etc/passwd", "", "A" * 64, "0" * 63 + "\n"])
def test_what_was_never_kept_is_not_found(sha256, tmp_path):
    with pytest.raises(NotFound):
        open_file(sha256, tmp_path)


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("C:\\Users\\maria\\Área de Trabalho\\matrícula.pdf", "matrícula.pdf"),
        ("../../../etc/passwd", "passwd"),
        ("matri\u0301cula.pdf", "matrícula.pdf"),
        ("nota\u202efdp.exe", "notafdp.exe"),
        ("a\x00b\r\nc\x1b.pdf", "ab c.pdf"),
        ('a<b>:"c|d?*.pdf', "a_b___c_d__.pdf"),
        ("...oculto.pdf", "oculto.pdf"),
        ("\ud800.pdf", "pdf"),
        ("", "arquivo"),
        ("/", "arquivo"),
        ("...", "arquivo"),
    ],
)
def test_a_name_is_cleaned(name, cleaned):
    assert clean_name(name) == cleaned


def test_a_long_name_keeps_its_ending():
    cleaned = clean_name("a" * 300 + ".pdf")

    assert len(cleaned) == NAME_LENGTH
    assert cleaned.endswith(".pdf")


@given(st.text(max_size=300))
def test_no_name_is_left_with_anything_that_a_path_or_a_screen_obeys(name):
    cleaned = clean_name(name)

    assert 1 <= len(cleaned) <= NAME_LENGTH
    assert not set(cleaned) & set('/\\<>:"|?*\u202e\u2066\u200b')
    assert not cleaned.startswith(".")
    assert cleaned.isprintable()
    assert clean_name(cleaned) == cleaned
