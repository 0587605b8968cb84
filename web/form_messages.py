"""What people read when an answer does not hold, or when a form's drawing is refused: code to sentence, in Portuguese.

Facts of the error fill the places in the sentence. It never decides anything, and the engine never reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from engine.forms.scalars import spoken

ANSWERS: Final[Mapping[str, LazyString]] = {
    "required": _("Preencha este campo."),
    "accept-needed": _("É preciso marcar esta opção para continuar."),
    "choose-one": _("Escolha ao menos uma opção."),
    "file-needed": _("Anexe ao menos um arquivo."),
    "not-text": _("Informe um texto."),
    "bad-characters": _("Há caracteres invisíveis que não podem ser guardados. Digite o texto de novo."),
    "too-short": _("Escreva ao menos %(min)s caracteres."),
    "too-long": _("Escreva no máximo %(max)s caracteres."),
    "pattern": _("O texto não está no formato pedido."),
    "not-a-number": _("Informe um número, por exemplo 1.620,5."),
    "too-many-digits": _("Use no máximo %(max)s casas decimais."),
    "below-min": _("O menor valor aceito é %(min)s."),
    "above-max": _("O maior valor aceito é %(max)s."),
    "not-a-step": _("Informe um múltiplo de %(step)s."),
    "cpf": _("Este CPF não é válido. Confira os onze números."),
    "cnpj": _("Este CNPJ não é válido. Confira as catorze posições; letras são aceitas."),
    "cpf-cnpj": _("Este CPF ou CNPJ não é válido. Confira os números."),
    "cep": _("Informe o CEP com oito números, por exemplo 88301-000."),
    "inscricao": _("Informe a inscrição imobiliária como está no carnê do IPTU."),
    "phone": _("Informe o telefone com DDD, por exemplo (47) 99999-0000."),
    "email": _("Informe um endereço de e-mail, por exemplo nome@exemplo.com.br."),
    "not-a-date": _("Informe uma data que exista, por exemplo 31/12/2026."),
    "not-a-time": _("Informe a hora, por exemplo 14:30."),
    "past-date": _("A data não pode ser anterior a hoje."),
    "not-yes-or-no": _("Marque ou desmarque a opção."),
    "not-an-option": _("Escolha uma das opções da lista."),
    "too-many-files": _("Anexe no máximo %(max)s arquivo(s)."),
    "file-extension": _("O arquivo %(name)s não é de um tipo aceito aqui (%(accept)s)."),
    "file-content": _("O conteúdo do arquivo %(name)s não corresponde à sua extensão."),
    "file-reference": _("O arquivo não chegou inteiro. Anexe de novo."),
    "readonly-changed": _("Este campo não pode ser alterado. Se o valor mudou, recarregue a página."),
    "not-a-list": _("A lista não chegou inteira. Recarregue a página."),
    "too-many-rows": _("A lista aceita no máximo %(max)s itens."),
    "too-few-rows": _("Inclua ao menos %(min)s item(ns)."),
    "rows-fixed": _("Esta lista tem %(count)s item(ns), e nenhum pode ser incluído ou retirado. Recarregue a página."),
    "expression-failed": _("Não foi possível calcular este campo com os valores informados."),
}

FINDINGS: Final[Mapping[str, LazyString]] = {
    "form-too-large": _("O formulário passa do tamanho máximo de %(limit)s bytes."),
    "form-not-json": _("O arquivo não é um formulário em JSON: %(detail)s."),
    "form-without-id": _("O formulário precisa de um identificador (id) que comece por letra, sem espaços."),
    "form-type-unknown": _("O tipo de formulário %(type)s não é conhecido."),
    "form-version-unknown": _("A versão %(version)s do formato não é conhecida; a mais nova é %(newest)s."),
    "form-too-deep": _("Há grupos ou listas demais um dentro do outro; o máximo é %(limit)s."),
    "form-too-many-components": _("O formulário tem mais de %(limit)s componentes."),
    "components-missing": _("Faltam os componentes."),
    "component-unknown": _("O componente do tipo %(type)s não é conhecido."),
    "component-forbidden": _("O componente do tipo %(type)s não é permitido: traria conteúdo de fora para a página."),
    "expression-missing": _("Falta a expressão do campo calculado."),
    "label-missing": _("Falta o rótulo: quem usa leitor de tela precisa dele."),
    "readonly-in-open-list": _(
        "Um campo somente de leitura não pode estar na lista %(list)s, em que se incluem e retiram itens."
    ),
    "key-duplicated": _("A chave %(key)s já é usada por %(other)s."),
    "key-inside-another": _("A chave %(key)s fica dentro de outra que já guarda um valor."),
    "key-missing": _("Falta a chave do campo (%(name)s)."),
    "key-not-a-name": _("A chave %(key)s deve começar por letra e ter só letras sem acento, números e sublinhado."),
    "key-reserved": _("A chave %(key)s usa uma palavra reservada."),
    "template-block": _("O texto usa o bloco %(block)s, que não é aceito: use uma expressão com if."),
    "bad-expression": _("A expressão em %(name)s não pôde ser lida: %(reason)s, linha %(line)s, coluna %(column)s."),
    "bad-pattern": _("O padrão %(pattern)s não é aceito (%(reason)s)."),
    "limit-not-a-number": _("O limite %(name)s deve ser um número ou uma expressão, e não %(value)s."),
    "property-unknown": _("A propriedade %(property)s não aceita o valor %(value)s."),
    "subtype-unknown": _("O tipo de data %(subtype)s não é conhecido."),
    "options-missing": _("Faltam as opções, ou alguma delas não tem valor."),
    "options-duplicated": _("Há duas opções com o mesmo valor."),
}


class _Facts(dict[str, str]):
    """Facts as people read them; a place without a fact stays blank rather than break the page."""

    def __missing__(self, name: str) -> str:
        return ""


def sentence(fault: object, messages: Mapping[str, LazyString] = ANSWERS) -> str:
    """Return the sentence of a fault: a code, or {code, facts}. The words an analyst wrote for a pattern come first.

    Raises: KeyError for a code without a sentence (a test holds every code to have one).
    """
    facts: Mapping[str, object] = fault if isinstance(fault, Mapping) else {"code": fault}
    written = facts.get("message")
    if isinstance(written, str) and written:
        return written
    return str(messages[str(facts["code"])]) % _Facts({name: spoken(value) for name, value in facts.items()})
