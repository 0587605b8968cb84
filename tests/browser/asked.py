"""What citizens ask for in these tests: a small house, and the big market of the journey."""

from __future__ import annotations

from typing import Any

_PDFS = ("matricula", "art_projeto", "art_execucao", "projeto_pdf", "memorial")
HOUSE: dict[str, Any] = {
    "inscricao_imobiliaria": "01.01.011.0081.001",
    "requerente": {"cpf_cnpj": "910.510.690-76", "nome": "Marina Hoffmann", "email": "marina@cidadao.example"},
    "e_proprietario": True,
    "rt": {"cpf": "966.169.926-75", "conselho": "CREA", "art_rrt": "8012345-6", "situacao": "regular"},
    "tipo_obra": "nova", "uso": "unifamiliar", "area_construir": "120", "pavimentos": "1", "altura": "5,5",
    "vagas": "2", "to_proposta": "38", "ca_proposto": "0,4", "tp_proposta": "32",
    "toca_app": False, "arvores_suprimir": "0", "rede_esgoto": True,
    "documentos": {**{name: [f"{name}.pdf"] for name in _PDFS}, "projeto_dwg": ["projeto.dwg"]},
    "declaracao": True,
}  # fmt: skip

# The market, as the citizen types it: label, answer.
MARKET_TEXTS = {
    "Inscrição imobiliária": "01.03.032.0778.001",
    "CPF ou CNPJ": "27.810.433/0002-40",
    "Nome completo ou razão social": "Supermercados Bom Vale S.A.",
    "E-mail": "obras@bomvale.example",
    "Telefone com DDD": "(48) 3344-5566",
    "CPF do responsável técnico": "966.169.926-75",
    "Número da ART, RRT ou TRT": "8012345-6",
    "Situação do registro no conselho": "Regular",
    "Tipo de obra": "Construção nova",
    "Uso da edificação": "Comercial ou de serviços",
    "Área da obra": "8.000,50",
    "Número de pavimentos": "2",
    "Altura da edificação": "12",
    "Vagas de estacionamento": "180",
    "Taxa de ocupação": "55",
    "Coeficiente de aproveitamento": "0,9",
    "Taxa de permeabilidade": "16",
    "Árvores a suprimir": "4",
}
MARKET_FILES = {
    "Matrícula do imóvel": "matricula.pdf",
    "ART ou RRT de projeto": "art-projeto.pdf",
    "ART ou RRT de execução": "art-execucao.pdf",
    "Projeto arquitetônico em PDF": "projeto.pdf",
    "Projeto arquitetônico em DWG": "projeto.dwg",
    "Memorial descritivo": "memorial.pdf",
    "Autorização do proprietário": "autorizacao.jpg",
    "Projeto preventivo contra incêndio (PPCI)": "ppci.pdf",
    "Estudo de impacto de vizinhança (EIV)": "eiv.pdf",
    "Licença ambiental": "licenca.pdf",
}
MARKET_PAPERS = tuple(MARKET_FILES)
HOUSE_PAPERS = MARKET_PAPERS[:6]
