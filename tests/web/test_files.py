"""Documents: who gets them, how they leave the house, and what a code or a copy says of them."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import update

from engine.acts import documents as issuing
from engine.outlets.files import open_file
from engine.store.cases import Document, Signature
from engine.store.session import transaction
from engine.store.trail import AuditEntry
from tests.web.site import PDF, Site, part


def document(site: Site, case_id: int, **where: str) -> dict[str, object]:
    return site.city.rows(Document, case_id=case_id, **where)[-1]


def content(site: Site, row: dict[str, object]) -> bytes:
    with open_file(str(row["sha256"]), site.city.settings.files_dir) as stored:
        return stored.read()


def restrict(site: Site, row: dict[str, object], secrecy: str = "sigiloso") -> None:
    with transaction(site.city.house.store) as session:
        session.connection().execute(update(Document).where(Document.id == row["id"]).values(secrecy=secrecy))


def test_a_document_leaves_as_an_attachment_under_its_own_name(site: Site) -> None:
    started = site.issued()
    row = document(site, started.case_id, type="alvara")

    answer = site.browser().follow(started).get(f"/acompanhar/documentos/{row['id']}")

    assert answer.status_code == 200
    assert hashlib.sha256(answer.data).hexdigest() == row["sha256"]
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_only_a_pdf_or_a_picture_is_shown_in_the_browser(site: Site) -> None:
    started = site.started()
    browser = site.browser().follow(started)
    rows = {row["name"]: row["id"] for row in site.city.rows(Document, case_id=started.case_id)}

    shown = browser.get(f"/acompanhar/documentos/{rows['matricula.pdf']}?ver=1", follow_redirects=True)
    given = browser.get(f"/acompanhar/documentos/{rows['projeto.dwg']}?ver=1", follow_redirects=True)

    assert shown.headers["Content-Disposition"].startswith("inline")
    assert given.headers["Content-Disposition"].startswith("attachment")
    assert "script-src" not in shown.headers["Content-Security-Policy"]
    assert shown.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_name_with_quotes_and_accents_cannot_break_its_header(site: Site) -> None:
    answers = site.answers()
    answers["documentos"]["memorial"] = site.files(['Memória "final"; x=1.pdf'])
    started = site.city.start(answers, procedure="alvara-construcao")
    row = document(site, started.case_id, type="memorial")

    answer = site.browser().follow(started).get(f"/acompanhar/documentos/{row['id']}", follow_redirects=True)

    assert "filename*=UTF-8''Mem%C3%B3ria" in answer.headers["Content-Disposition"]
    assert "\n" not in answer.headers["Content-Disposition"]


def test_the_document_of_another_case_is_not_found(site: Site) -> None:
    mine, other = site.started(), site.started()
    browser = site.browser().follow(mine)
    theirs = document(site, other.case_id)

    for address in (f"/acompanhar/documentos/{theirs['id']}", f"/acompanhar/documentos/{theirs['id']}/registro"):
        assert browser.get(address).status_code == 404


def test_a_draft_is_not_given_to_the_requester(site: Site) -> None:
    started = site.charged()
    charge = site.city.case(started.case_id)["data"]["cobranca"]
    site.city.tell(
        "pagamento_confirmado", charge["txid"], {"valor": charge["valor"], "pago_em": "2026-03-02", "origem": "b"}
    )
    site.city.tick()
    draft = document(site, started.case_id, status="minuta")

    assert site.browser().follow(started).get(f"/acompanhar/documentos/{draft['id']}").status_code == 404
    assert site.servant("secretario").get(f"/documentos/{draft['id']}").status_code == 200


def test_a_servant_who_does_not_see_the_case_does_not_get_its_document(site: Site) -> None:
    row = document(site, site.started().case_id)

    assert site.servant("fazenda").get(f"/documentos/{row['id']}").status_code == 404
    assert site.servant("protocolo").get(f"/documentos/{row['id']}", follow_redirects=True).status_code == 200


def test_a_restricted_document_is_read_by_those_who_may_and_each_reading_is_recorded(site: Site) -> None:
    started = site.started()
    row = document(site, started.case_id)
    restrict(site, row)
    clerk = site.servant("protocolo")

    led = clerk.get(f"/documentos/{row['id']}")
    answer = clerk.get(led.headers["Location"])

    assert led.headers["Location"] == f"/documentos/{row['id']}/registro"
    assert answer.status_code == 200
    (entry,) = site.city.rows(AuditEntry, chain=started.case_id, action="document.read")
    assert (entry["actor"], entry["subject"]) == ("Protocolo", f"document:{row['id']}")
    assert site.city.findings() == []


def test_an_auditor_sees_the_case_but_not_its_restricted_document(site: Site) -> None:
    row = document(site, site.started().case_id)
    restrict(site, row)

    auditor = site.servant("auditor")

    assert auditor.get(f"/documentos/{row['id']}").status_code == 404
    assert auditor.get(f"/documentos/{row['id']}/registro").status_code == 404
    assert not site.city.rows(AuditEntry, action="document.read")


@pytest.mark.parametrize("address", ["/documentos/999999", "/documentos/-1", "/documentos/../x"])
def test_what_is_not_there_is_not_found(site: Site, address: str) -> None:
    assert site.servant("protocolo").get(address).status_code == 404


# -- verification -----------------------------------------------------------------------------------------------------


def test_anybody_with_the_code_sees_what_it_is_and_who_signed(site: Site) -> None:
    row = document(site, site.issued().case_id, type="alvara")

    typed = (
        site.browser()
        .get(f"/verificar?codigo={str(row['code']).lower().replace('-', ' ')}", follow_redirects=True)
        .text
    )

    assert "Documento autêntico" in typed
    assert str(row["sha256"]) in typed
    assert "secretario" in typed
    assert "assinatura eletrônica avançada" in typed
    assert "selo confere" in typed


def test_a_code_that_is_nobodys_says_so(site: Site) -> None:
    answer = site.browser().get("/verificar/AAAA-BBBB-CCCC")

    assert answer.status_code == 404
    assert "Nenhum documento tem este código" in answer.text


def test_a_tampered_signature_is_not_called_authentic(site: Site) -> None:
    row = document(site, site.issued().case_id, type="alvara")
    with transaction(site.city.house.store) as session:
        session.connection().execute(update(Signature).values(signer="Outra Pessoa"))

    page = site.browser().get(f"/verificar/{row['code']}").text

    assert "Não confere" in page
    assert "selo não confere" in page
    assert "Documento autêntico" not in page


def test_a_file_that_changed_on_disk_is_not_called_authentic(site: Site) -> None:
    row = document(site, site.issued().case_id, type="alvara")
    sha256 = str(row["sha256"])
    (site.city.settings.files_dir / sha256[:2] / sha256[2:4] / sha256).write_bytes(b"%PDF-1.4 outro")

    assert "Documento autêntico" not in site.browser().get(f"/verificar/{row['code']}").text


def test_a_draft_is_not_called_authentic(site: Site) -> None:
    started = site.charged()
    charge = site.city.case(started.case_id)["data"]["cobranca"]
    site.city.tell(
        "pagamento_confirmado", charge["txid"], {"valor": charge["valor"], "pago_em": "2026-03-02", "origem": "b"}
    )
    site.city.tick()
    draft = document(site, started.case_id, status="minuta")

    page = site.browser().get(f"/verificar/{draft['code']}").text

    assert "ainda não foi assinada" in page
    assert "Documento autêntico" not in page


def test_a_copy_is_compared_byte_by_byte(site: Site) -> None:
    row = document(site, site.issued().case_id, type="alvara")
    whole, browser = content(site, row), site.browser()

    same = browser.post("/verificar", {"codigo": row["code"], "arquivo": part("alvara.pdf", whole)})
    other = browser.post("/verificar", {"codigo": row["code"], "arquivo": part("alvara.pdf", whole + b" ")})
    alone = browser.post("/verificar", {"arquivo": part("copia.pdf", whole)})

    assert "igual, byte a byte" in same.text
    assert "O arquivo é outro" in other.text
    assert "Documento autêntico" in alone.text


def test_a_strangers_file_is_not_ours_and_no_file_is_asked_for(site: Site) -> None:
    browser = site.browser()

    assert browser.post("/verificar", {"arquivo": part("x.pdf", PDF)}).status_code == 404
    assert browser.post("/verificar", {"codigo": ""}).status_code == 422


def test_a_requesters_own_upload_has_no_public_page(site: Site) -> None:
    started = site.started()

    answer = site.browser().post("/verificar", {"arquivo": part("m.pdf", PDF + b"matricula.pdf")})

    assert answer.status_code == 404
    assert issuing.VALID in {row["status"] for row in site.city.rows(Document, case_id=started.case_id)}
