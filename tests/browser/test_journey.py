"""The building permit from the citizen's request to the signed alvará, each step by the person whose step it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from engine.demo.city import PASSWORD
from tests.browser.asked import HOUSE, HOUSE_PAPERS, MARKET_FILES, MARKET_PAPERS, MARKET_TEXTS
from tests.browser.conftest import Come
from tests.browser.holding import faults
from tests.browser.people import Person, file
from tests.browser.town import Town

pytestmark = pytest.mark.browser
Snap = Callable[[Person, str], None]
CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")
DATE = re.compile(r"\d{2}/\d{2}/\d{4}")
FEE, FEE_SHOWN = "1321.94", "R$\xa01.321,94"  # 8.25 + 0.0160 UFM a m², 8.25 + 0.0155 UFM a m², UFM 5.18, 8000.5 m²


@dataclass(frozen=True)
class Receipt:
    """What the citizen writes down."""

    number: str
    code: str


def test_a_market_is_asked_for_corrected_analysed_completed_paid_signed_and_verified(
    town: Town, come: Come, snap: Snap, axe: str
) -> None:
    citizen = come()
    receipt = _citizen_asks(citizen, snap, axe)
    clerk = come("protocolo")
    _clerk_returns(clerk, receipt, snap)
    phone = come(width=390, height=844)
    _citizen_corrects(phone, receipt, snap)
    _clerk_accepts(clerk, receipt, snap)
    desks = {login: come(login) for login in ("planejamento", "ambiente", "obras", "fazenda")}
    _sectors_make_demands(desks, receipt, snap)
    _planner_writes_one_letter(desks["planejamento"], receipt, snap)
    _citizen_complies(phone, receipt, snap)
    _sectors_look_again(desks, receipt)
    _citizen_sees_the_charge(phone, receipt, snap)
    _bank_says_paid(town, receipt, phone, FEE)
    code = _secretary_signs(come("secretaria"), receipt, snap)
    _citizen_verifies(phone, code, snap)


def test_a_wrong_amount_entered_by_hand_goes_to_the_treasurer_and_is_charged_again(
    town: Town, come: Come, snap: Snap
) -> None:
    started = town.ask(HOUSE)
    receipt = Receipt(started.number, started.access_code)
    clerk, planner, treasurer = come("protocolo"), come("planejamento"), come("fazenda")
    _accept(clerk, receipt, HOUSE_PAPERS)
    _opine(planner, receipt, URB, "Favorável")
    _opine(treasurer, receipt, CAD, "Favorável")

    _enter_payment(treasurer, receipt, "10,00", snap)

    treasurer.take("Tratar diferença de pagamento", receipt.number)
    expect(treasurer.page.get_by_role("main")).to_contain_text("Pago até agora: R$ 10")
    treasurer.choose({"Providência": "Cobrar a diferença"})
    treasurer.write({"Motivo": "Pagamento a menor."})
    snap(treasurer, "divergencia")
    treasurer.finish("Tratar diferença de pagamento")
    citizen = come()
    _follow(citizen, receipt)
    citizen.wait_for(citizen.page.get_by_role("heading", name="Pagamento"), "/acompanhar/processo")
    expect(citizen.page.get_by_role("main")).to_contain_text("Falta pagar")


# -- the citizen's steps ----------------------------------------------------------------------------------------------


def _citizen_asks(citizen: Person, snap: Snap, axe: str) -> Receipt:
    page = citizen.page
    citizen.go("/")
    snap(citizen, "inicio")
    page.get_by_role("link", name="Solicitar Alvará de construção").click()
    citizen.write(MARKET_TEXTS)
    citizen.choose({"Conselho profissional": "CREA"})
    citizen.tick("O lote toca área de preservação permanente")
    citizen.attach({label: name for label, name in MARKET_FILES.items() if label != "Memorial descritivo"})
    citizen.press("Enviar o pedido")

    _expect_summary(citizen, "Memorial descritivo", "Declaro que as informações")
    snap(citizen, "pedido-com-erros")
    for label, answer in MARKET_TEXTS.items():
        if label not in ("Situação do registro no conselho", "Tipo de obra", "Uso da edificação"):
            expect(citizen.field(label)).to_have_value(answer)
    for name in set(MARKET_FILES.values()) - {"memorial.pdf"}:
        expect(page.get_by_role("checkbox", name=f"Retirar {name}", exact=True)).to_be_visible()

    citizen.attach({"Memorial descritivo": "memorial.pdf"})
    citizen.tick("Declaro que as informações")
    citizen.press("Enviar o pedido")
    expect(page.get_by_role("heading", level=1)).to_have_text("Pedido enviado")
    snap(citizen, "pedido-enviado")
    assert not list(faults(page, axe))
    number, code = page.locator("dl strong").all_inner_texts()
    citizen.press("Já anotei; acompanhar o pedido")
    expect(page.get_by_role("main")).to_contain_text("Você não precisa fazer nada agora")
    snap(citizen, "acompanhamento")
    return Receipt(number, code)


def _citizen_corrects(phone: Person, receipt: Receipt, snap: Snap) -> None:
    _follow(phone, receipt)
    main = phone.page.get_by_role("main")
    expect(main).to_contain_text("Agora é com você: corrigir os documentos")
    expect(main.get_by_text("Responda até")).to_contain_text(DATE)
    expect(main).to_contain_text("Envie a ART assinada.")
    snap(phone, "corrigir")
    phone.press("Enviar a resposta")
    _expect_summary(phone, "Sua resposta")
    phone.write({"Sua resposta": "Segue a ART assinada."})
    phone.attach({"Arquivo corrigido": "art-assinada.pdf"})
    phone.press("Enviar a resposta")
    expect(phone.page.get_by_role("status").first).to_contain_text("Resposta enviada")


def _citizen_complies(phone: Person, receipt: Receipt, snap: Snap) -> None:
    page = phone.page
    phone.wait_for(page.get_by_role("heading", name="Cumprir as exigências", exact=True), "/acompanhar/processo")
    main = page.get_by_role("main")
    expect(main).to_contain_text("O prazo legal da prefeitura está parado enquanto espera por você.")
    expect(main).to_contain_text("Corrija o recuo lateral.")
    expect(main).to_contain_text("Junte o laudo das árvores.")
    snap(phone, "cumprir-exigencias")
    for place, answer in enumerate(("Prancha revisada em anexo.", "Laudo em anexo.")):
        page.get_by_label("Sua resposta").nth(place).fill(answer)
        page.locator("input[type=file]").nth(place).set_input_files(file(f"resposta-{place + 1}.pdf"))
    phone.press("Enviar a resposta")
    expect(page.get_by_role("status").first).to_contain_text("Resposta enviada")
    expect(main).to_contain_text("Data prevista para a decisão: até")


def _citizen_sees_the_charge(phone: Person, receipt: Receipt, snap: Snap) -> None:
    page = phone.page
    phone.wait_for(page.get_by_role("heading", name="Pagamento", exact=True), "/acompanhar/processo")
    expect(page.get_by_role("main")).to_contain_text(f"Falta pagar {FEE_SHOWN}, até")
    expect(page.get_by_label("Pix copia e cola")).to_have_value(
        re.compile(r"^000201.*br\.gov\.bcb\.pix.*6304[0-9A-F]{4}$", re.DOTALL)
    )
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copiar o código Pix").click()
    expect(page.locator("#pagamento").get_by_role("status")).to_have_text("Copiado")
    assert page.evaluate("navigator.clipboard.readText()") == page.get_by_label("Pix copia e cola").input_value()
    page.get_by_text("Mostrar o QR Code").click()
    expect(page.locator("svg.qr")).to_be_visible()
    snap(phone, "pagar")


def _citizen_verifies(phone: Person, code: str, snap: Snap) -> None:
    page = phone.page
    paper = page.get_by_role("listitem").filter(has_text="Alvará de construção").get_by_role("link")
    phone.wait_for(paper, "/acompanhar/processo")
    expect(page.get_by_role("main")).to_contain_text("Seu pedido foi atendido em")
    snap(phone, "atendido")
    found = page.request.get(f"{phone.url}{paper.first.get_attribute('href')}")
    assert found.body().startswith(b"%PDF-")

    phone.go("/verificar")
    page.get_by_label("Código de verificação").fill(code.lower())
    phone.press("Conferir")
    main = page.get_by_role("main")
    expect(main).to_contain_text("Beatriz Vasconcelos")
    expect(main).to_contain_text("selo confere")
    snap(phone, "verificado")
    page.get_by_label("Arquivo em PDF").set_input_files(
        {"name": "alvara.pdf", "mimeType": "application/pdf", "buffer": found.body()}
    )
    phone.press("Comparar")
    expect(main).to_contain_text("selo confere")


def _follow(person: Person, receipt: Receipt) -> None:
    person.go("/acompanhar")
    person.write({"Número do protocolo": receipt.number, "Código de acesso": receipt.code.lower()})
    person.press("Acompanhar")
    expect(person.page.get_by_role("heading", level=1)).to_contain_text(receipt.number)


# -- the servants' steps ----------------------------------------------------------------------------------------------

URB = (
    "Analisar parâmetros urbanísticos",
    ("Recuos e afastamentos", "Vagas de estacionamento", "Uso permitido na zona"),
)
AMB = ("Analisar impacto ambiental",
       ("Área de preservação permanente", "Vegetação e supressão de árvores", "Tratamento de efluentes"))  # fmt: skip
OBRAS = ("Analisar drenagem, calçada e acesso", ("Drenagem", "Calçada e acessibilidade", "Acesso de veículos"))
CAD = ("Conferir cadastro e débitos", ("Pedido e cadastro",))
Opinion = tuple[str, tuple[str, ...]]


def _clerk_returns(clerk: Person, receipt: Receipt, snap: Snap) -> None:
    snap(clerk, "caixa-protocolo")
    clerk.take("Conferir os documentos", receipt.number)
    clerk.choose(dict.fromkeys(MARKET_PAPERS, "Em ordem") | {"ART ou RRT de projeto": "Ilegível"})
    clerk.write(
        {"Documento (obrigatório)": "ART ou RRT de projeto", "O que o requerente deve fazer": "Envie a ART assinada."}
    )
    clerk.page.get_by_role("radiogroup", name="Motivo").get_by_label("Ilegível", exact=True).check()
    snap(clerk, "conferir")
    expect(clerk.page.get_by_text("Ao concluir:")).to_contain_text("Corrigir os documentos")
    clerk.finish("Conferir os documentos")


def _clerk_accepts(clerk: Person, receipt: Receipt, snap: Snap) -> None:
    row = clerk.row("Conferir os documentos", receipt.number)
    clerk.wait_for(row, "/caixa")
    expect(row).to_contain_text("2ª vez")
    _accept(clerk, receipt, MARKET_PAPERS)


def _accept(clerk: Person, receipt: Receipt, papers: tuple[str, ...]) -> None:
    clerk.take("Conferir os documentos", receipt.number)
    clerk.choose(dict.fromkeys(papers, "Em ordem"))
    clerk.tick("A instrução está completa")
    clerk.finish("Conferir os documentos")


def _sectors_make_demands(desks: dict[str, Person], receipt: Receipt, snap: Snap) -> None:
    demands = {
        "planejamento": (URB, ("Plano Diretor", "art. 58", "Corrija o recuo lateral.")),
        "ambiente": (AMB, ("Código Ambiental", "art. 30", "Junte o laudo das árvores.")),
    }
    for login, (opinion, demand) in demands.items():
        _opine(desks[login], receipt, opinion, "Com exigências", demand, snap)
    _opine(desks["obras"], receipt, OBRAS, "Favorável")
    _opine(desks["fazenda"], receipt, CAD, "Favorável")


def _opine(
    servant: Person, receipt: Receipt, opinion: Opinion, result: str, demand: tuple[str, ...] = (),
    snap: Snap | None = None,
) -> None:  # fmt: skip
    task, points = opinion
    servant.take(task, receipt.number)
    good = "Confere" if opinion is CAD else "Conforme"
    servant.choose(dict.fromkeys(points, good))
    servant.page.get_by_role("radiogroup", name="Parecer").get_by_label(result, exact=True).check()
    if demand:
        labels = ("Norma (obrigatório)", "Artigo ou item (obrigatório)", "O que o requerente deve fazer")
        servant.write(dict(zip(labels, demand, strict=True)))
    if snap:
        snap(servant, f"parecer-{task.split()[-1]}")
    servant.finish(task)


def _planner_writes_one_letter(planner: Person, receipt: Receipt, snap: Snap) -> None:
    planner.take("Consolidar a carta de exigências", receipt.number)
    table = planner.page.get_by_role("table", name="Exigências de todos os setores")
    expect(table).to_contain_text("Corrija o recuo lateral.")
    expect(table).to_contain_text("Junte o laudo das árvores.")
    planner.write({"Texto de abertura da carta": "O projeto pede os ajustes abaixo."})
    snap(planner, "consolidar")
    planner.finish("Consolidar a carta de exigências")
    planner.go(f"/processos/{receipt.number}")
    expect(planner.page.get_by_role("main")).to_contain_text("Prazo legal suspenso")
    snap(planner, "processo")


def _sectors_look_again(desks: dict[str, Person], receipt: Receipt) -> None:
    for login, opinion in (("planejamento", URB), ("ambiente", AMB)):
        _opine(desks[login], receipt, opinion, "Favorável")
    desks["obras"].go("/caixa")
    expect(desks["obras"].page.get_by_role("heading", name="Caixa vazia")).to_be_visible()


def _bank_says_paid(town: Town, receipt: Receipt, phone: Person, amount: str) -> None:
    txid = phone.page.locator("#pagamento dd").last.inner_text()
    paid = {"valor": float(amount), "pago_em": "2026-11-23T12:00:00-03:00", "origem": "banco"}
    message = {"external_id": "E1", "name": "pagamento_confirmado", "key": txid, "payload": paid}
    request = Request(
        f"{town.url}/api/v1/messages",
        json.dumps(message).encode(),
        {
            "Authorization": f"Bearer {town.keys['banco']}",
            "Content-Type": "application/json",
            "Idempotency-Key": "pagou-uma-vez",
        },
    )
    for _ in range(2):  # a bank says a thing more than once
        with urlopen(request) as answer:
            assert json.load(answer) == {"status": "delivered", "case": receipt.number}


def _secretary_signs(secretary: Person, receipt: Receipt, snap: Snap) -> str:
    """Sign after a wrong password; return the verification code that the signed document carries."""
    page = secretary.page
    secretary.take("Assinar o alvará", receipt.number)
    secretary.wait_for(page.get_by_label("Sua senha, para assinar"), page.url.removeprefix(secretary.url))
    secretary.tick("Conferi a minuta do alvará")
    page.get_by_label("Sua senha, para assinar").fill("outra-senha-errada")
    snap(secretary, "assinar")
    secretary.press("Assinar e concluir")
    expect(page.get_by_role("alert")).to_contain_text("a senha não confere")
    expect(page.get_by_label("Conferi a minuta do alvará")).to_be_checked()
    page.get_by_label("Sua senha, para assinar").fill(PASSWORD)
    secretary.finish("Assinar o alvará", "Assinar e concluir")
    permit = page.get_by_role("listitem").filter(has_text="por Beatriz Vasconcelos").filter(has_text=CODE)
    secretary.wait_for(permit, f"/processos/{receipt.number}/documentos")
    return CODE.findall(permit.first.inner_text())[-1]


def _enter_payment(treasurer: Person, receipt: Receipt, amount: str, snap: Snap) -> None:
    sheet = treasurer.page.get_by_text("Registrar pagamento").first
    treasurer.wait_for(sheet, f"/processos/{receipt.number}")
    sheet.click()
    treasurer.write({"Valor pago (R$)": amount, "Referência no extrato": "extrato do dia, lançamento 12"})
    snap(treasurer, "registrar-pagamento")
    treasurer.press("Registrar pagamento")
    expect(treasurer.page.get_by_role("status").first).to_contain_text("Pagamento registrado")


# -- what is looked for -----------------------------------------------------------------------------------------------


def _expect_summary(person: Person, *named: str) -> None:
    """Expect the summary of errors to have the focus and to name these fields."""
    summary = person.page.get_by_role("alert").filter(has=person.page.get_by_role("heading"))
    expect(summary).to_be_focused()
    for label in named:
        expect(summary.get_by_role("link", name=label)).to_be_visible()
