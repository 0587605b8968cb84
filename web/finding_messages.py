"""What an analyst reads when a diagram, table or form is refused: finding to sentence, in Portuguese.

Each sentence names the element, so that it is found on the canvas. It never decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from engine.forms.scalars import spoken
from web.form_messages import FINDINGS as FORMS

DIAGRAMS: Final[Mapping[str, LazyString]] = {
    # The file as a whole.
    "too-large": _("O arquivo é grande demais."),
    "has-doctype": _("O arquivo declara um DOCTYPE ou entidades, o que não é aceito."),
    "doctype": _("O arquivo declara um DOCTYPE ou entidades, o que não é aceito."),
    "not-xml": _("O arquivo não é um XML bem formado (linha %(line)s)."),
    "not-bpmn": _("O arquivo não é um diagrama BPMN 2.0."),
    "not-dmn": _("O arquivo não é uma tabela de decisão DMN."),
    "too-many-elements": _("O diagrama tem mais de %(limit)s elementos."),
    "not-one-process": _("O diagrama deve ter exatamente um processo executável; tem %(count)s."),
    "not-understood": _("O diagrama não pôde ser lido: %(reason)s"),
    # Elements of a diagram.
    "lost-by-the-parser": _("O elemento %(element)s seria perdido na leitura."),
    "unsupported-element": _("O elemento %(element)s é do tipo %(kind)s, que não é executado."),
    "duplicate-id": _("O identificador %(element)s é usado por mais de um elemento."),
    "complex-without-condition": _("O desvio complexo %(element)s não diz quando se abre (condição de ativação)."),
    "not-in-ad-hoc": _("O elemento %(element)s não pode estar no subprocesso ad hoc %(scope)s."),
    "many-not-allowed": _("O elemento %(element)s não pode ter múltiplas instâncias."),
    "many-of-nothing": _(
        "A atividade %(element)s tem múltiplas instâncias e deve dizer quantas, ou de que lista: uma das duas."
    ),
    "many-not-a-number": _(
        "O número de instâncias de %(element)s (%(found)s) deve ser um número inteiro, de zero em diante."
    ),
    "unsupported-behavior": _(
        "As instâncias de %(element)s lançam eventos ao terminar (%(behavior)s), o que ainda não é executado."
    ),
    "not-a-name": _("O nome %(name)s, em %(where)s do elemento %(element)s, não pode ser o de um dado."),
    "unsupported-event": _("O evento %(element)s é do tipo %(event)s, que não é executado nessa posição."),
    "unsupported-event-scope": _(
        "O subprocesso de evento %(element)s não pode estar onde está ou começar como começa."
    ),
    "message-without-name": _("O elemento %(element)s é de uma mensagem sem nome."),
    "message-without-key": _("O elemento %(element)s é de uma mensagem sem chave de correlação."),
    "called-begins-by-event": _("%(element)s chama %(name)s, que só começa por um evento."),
    "start-key-not-constant": _(
        "A chave da mensagem que inicia em %(element)s deve ser um valor escrito: antes do processo não há dados."
    ),
    "start-message-taken": _(
        "A mensagem %(name)s, em %(element)s, já inicia os processos de outro procedimento: %(procedure)s."
    ),
    "signal-without-name": _("O evento %(element)s é de um sinal sem nome."),
    "event-without-condition": _("O evento %(element)s não diz por qual condição espera."),
    "event-gateway-shared": _(
        "Ao evento %(target)s, depois do desvio por eventos %(element)s, não pode chegar outro fluxo."
    ),
    "reference-unknown": _("O elemento %(element)s se refere a %(reference)s, que não está no documento."),
    "data-not-moved": _("O elemento %(element)s lê ou escreve dados de um modo que não é executado (%(what)s)."),
    "clock-without-timer": _(
        "O relógio %(clock)s, em %(element)s, só pode ser de um evento com um prazo ou momento, que não se repete."
    ),
    "not-a-cycle": _(
        "O evento %(element)s tem uma repetição que não é aceita: %(source)s. Escreva como em R3/PT1H, R/P1D ou "
        "R5/2026-01-31T08:00/P1M, com o intervalo mínimo que a prefeitura permite."
    ),
    "error-not-caught": _("O erro lançado em %(element)s não é tratado por ninguém."),
    "call-without-target": _("A chamada %(element)s não diz o que chama."),
    "unsupported-binding": _("A chamada %(element)s escolhe a versão por %(binding)s, o que não é executado."),
    "called-unknown": _("A chamada %(element)s chama %(name)s, que não existe."),
    "condition-not-boolean": _("A condição de %(element)s (%(where)s) não responde sim ou não: %(source)s."),
    "message-flow-end": _(
        "O fluxo de mensagem %(element)s não pode ligar %(end)s: ele liga participantes, atividades e "
        "eventos de mensagem."
    ),
    "endless-call": _("A chamada %(element)s volta ao mesmo processo (%(target)s) sem desvio que a possa evitar."),
    "cancel-not-caught": _(
        "O cancelamento %(element)s não é tratado na fronteira da transação: diga como o processo segue."
    ),
    "compensation-without-handler": _(
        "O evento de compensação %(element)s deve ter uma associação com uma atividade de compensação do mesmo nível."
    ),
    "handler-without-activity": _("A atividade de compensação %(element)s não está associada a nenhum evento."),
    "boundary-on-handler": _("O evento %(element)s está preso a uma atividade de compensação (%(host)s)."),
    "several-handlers": _("A atividade %(element)s tem mais de uma forma de ser compensada."),
    "compensation-not-visible": _(
        "O evento %(element)s compensa %(target)s, que não está no mesmo nível ou no subprocesso em volta."
    ),
    "nothing-to-undo": _("O evento %(element)s compensa %(target)s, que não tem como ser compensada."),
    "boundary-not-attached": _("O evento de fronteira %(element)s não está preso a uma atividade."),
    "task-without-role": _("A tarefa %(element)s não tem papel: ponha-a numa raia ou indique quem a faz."),
    "task-without-name": _("A tarefa %(element)s não tem nome."),
    "script-not-feel": _("A tarefa de script %(element)s está na linguagem %(format)s; só FEEL é aceita."),
    "service-without-topic": _("A tarefa de serviço %(element)s não diz qual serviço chama."),
    "rule-without-decision": _("A tarefa de regra %(element)s não diz qual tabela de decisão usa."),
    "unsupported-parameters": _(
        "O elemento %(element)s tem parâmetros de entrada ou saída que não são executados ali."
    ),
    "empty-sub-process": _("O subprocesso %(element)s está vazio."),
    "flow-not-allowed": _("O elemento %(element)s não pode ter esse fluxo."),
    "no-way-on": _("O elemento %(element)s não leva a lugar nenhum."),
    "event-gateway-to-other": _("O desvio por eventos %(element)s leva a %(target)s, que não é um evento que espera."),
    "condition-ignored": _("O fluxo %(flow)s, que sai de %(element)s, tem uma condição que não decide nada."),
    "link-without-pair": _("O evento de ligação %(element)s (%(name)s) não tem o seu par no mesmo nível."),
    "loop-maximum": _("O limite de repetições de %(element)s (%(maximum)s) deve ser um número de 1 a %(limit)s."),
    "gateway-direction": _(
        "As entradas e saídas do desvio %(element)s não são as que a sua direção diz (%(direction)s)."
    ),
    "unsupported-instantiate": _(
        "O elemento %(element)s não pode iniciar processos da maneira ou no lugar em que está."
    ),
    "unsupported-quantity": _(
        "A atividade %(element)s diz que pede ou dá %(quantities)s tokens: só uma atividade pode, de 1 a 100."
    ),
    "default-with-condition": _("O fluxo padrão %(flow)s do desvio %(element)s não pode ter condição."),
    "flow-without-condition": _("O fluxo %(flow)s do desvio %(element)s não tem condição nem é o fluxo padrão."),
    "expression-refused": _(
        "A expressão %(where)s do elemento %(element)s não é aceita (%(reason)s, linha %(line)s, coluna %(column)s)."
    ),
    # What other engines' dialects say.
    "expression-untranslated": _(
        "A expressão %(where)s do elemento %(element)s, %(source)s, não tem tradução para FEEL por causa de %(found)s."
    ),
    "extension-refused": _(
        "O elemento %(element)s tem %(name)s (%(source)s), que muda o que acontece e não é executado."
    ),
    "extension-ignored": _("O elemento %(element)s tem %(name)s (%(source)s), que seria deixado de lado."),
    "name-not-fixed": _("O elemento %(element)s calcula o seu %(where)s (%(source)s); ponha no diagrama um nome fixo."),
    "several-roles": _("A tarefa %(element)s é de vários papéis (%(source)s); deixe um."),
    "flow-to-nowhere": _("O fluxo %(element)s liga elementos que não existem."),
    "flow-not-drawn": _("O elemento %(element)s nomeia o fluxo %(flow)s, que não está no diagrama."),
    "throw-without-code": _("O erro ou a escalada que %(element)s lança não tem código."),
    "flow-across-scopes": _("O fluxo %(element)s atravessa a borda de um subprocesso."),
    "flow-into-start": _("O fluxo %(element)s entra em %(target)s, que só pode iniciar."),
    "no-start": _("Falta o evento de início (%(element)s)."),
    "several-starts": _("Há %(count)s eventos de início simples (%(element)s); deve haver um."),
    "unreachable": _("O elemento %(element)s nunca é alcançado."),
    # How ways split and meet.
    "join-never-fires": _(
        "A junção %(element)s nunca se completa: por %(one)s ou por %(other)s, só um dos dois chega a ela."
    ),
    "way-into-parallel": _(
        "O fluxo %(flow)s entra no meio do bloco paralelo, em %(target)s, e a junção %(element)s esperaria para sempre "
        "pelos outros ramos; volte a antes da abertura do bloco."
    ),
    "branches-meet-without-join": _(
        "Os ramos paralelos de %(split)s se encontram em %(element)s sem uma junção: o que vem depois seria feito duas "
        "vezes."
    ),
    "endless-loop": _("O elemento %(element)s se repete para sempre: dali não se chega a tarefa, espera nem fim."),
    "text-too-long": _("O elemento %(element)s tem um texto longo demais (%(where)s, até %(limit)s caracteres)."),
    "not-a-term": _(
        "O elemento %(element)s tem um prazo que não se pode contar (%(where)s): %(source)s. Use uma só unidade, como "
        "P5D, P2M ou PT24H, de no máximo dez anos."
    ),
    "role-unknown": _("O papel %(name)s, do elemento %(element)s, não existe na prefeitura."),
    "form-unknown": _("O formulário %(name)s, do elemento %(element)s, não foi enviado."),
    "decision-unknown": _("A tabela de decisão %(name)s, do elemento %(element)s, não foi enviada."),
    "paper-unknown": _("O modelo de documento %(name)s, do elemento %(element)s, não foi enviado."),
    "topic-unknown": _("O serviço %(name)s, do elemento %(element)s, não é conhecido."),
    "topic-broken": _(
        "O serviço %(name)s, do elemento %(element)s, está com defeito nesta instalação (%(reason)s); veja rito doctor."
    ),
    "input-missing": _("O elemento %(element)s não dá ao serviço %(topic)s a entrada %(input)s, que ele exige."),
    "input-unknown": _(
        "O elemento %(element)s dá ao serviço %(topic)s a entrada %(input)s, que ele não conhece; conhece: %(known)s."
    ),
    "input-type": _(
        "A entrada %(input)s, que %(element)s dá ao serviço %(topic)s, não é do tipo que ele espera (%(expected)s)."
    ),
    "output-unknown": _(
        "O elemento %(element)s lê da resposta do serviço %(topic)s o campo %(output)s (%(where)s), que ela não tem; "
        "tem: %(known)s."
    ),
    # Decision tables.
    "table-refused": _("A tabela de decisão %(file)s não é aceita."),
    "aggregation-of-several-outputs": _("A tabela %(element)s soma ou conta com mais de uma saída."),
    "cell-refused": _("Uma célula da tabela %(element)s não é aceita (%(reason)s): %(source)s"),
    "external-function": _("A tabela %(element)s chama uma função externa (%(found)s), o que não é aceito."),
    "id-twice": _("O identificador %(element)s aparece duas vezes na tabela."),
    "no-input-expression": _("Uma coluna de entrada da tabela %(element)s não tem expressão."),
    "no-logic": _("A decisão %(element)s não tem tabela nem expressão."),
    "no-output": _("A tabela %(element)s não tem coluna de saída."),
    "no-output-values": _("A tabela %(element)s usa a política %(found)s e não lista os valores de saída em ordem."),
    "output-twice": _("A tabela %(element)s tem duas saídas com o mesmo nome."),
    "required-decision-missing": _("A decisão %(element)s depende de %(found)s, que não está no arquivo."),
    "unknown-aggregation": _("A tabela %(element)s usa a agregação %(found)s, que não existe."),
    "unknown-hit-policy": _("A tabela %(element)s usa a política %(found)s, que não existe."),
    "unknown-language": _("A tabela %(element)s está na linguagem %(found)s; só FEEL é aceita."),
    "wrong-number-of-entries": _("A regra %(rule)s da tabela %(element)s tem células a mais ou a menos."),
    # What arrives with a deployment.
    "diagram-missing": _("Falta o diagrama: envie um arquivo com final .bpmn."),
    "several-diagrams": _("Há mais de um diagrama; envie um só."),
    "file-unknown": _(
        "O arquivo %(file)s não é diagrama (.bpmn), formulário (.form.json), tabela (.dmn) nem modelo (.doc.md)."
    ),
    "file-twice": _("O arquivo %(file)s foi enviado duas vezes."),
    "file-not-text": _("O arquivo %(file)s não está em UTF-8."),
}


class _Facts(dict[str, str]):
    """Facts as people read them; a place without a fact says so."""

    def __missing__(self, name: str) -> str:
        return "diagrama" if name == "element" else "?"


def finding_sentence(finding: Mapping[str, Any]) -> str:
    """Return the sentence of one finding `{element, code, ...facts}`; those of forms name the form too.

    Raises: KeyError for a code without a sentence (a test holds every code to have one).
    """
    code = str(finding["code"])
    facts = _Facts({name: spoken(value) for name, value in finding.items() if value not in (None, "")})
    if "form" in finding:
        return f"{finding['form']}.form.json, {facts['element']}: {str(FORMS[code]) % facts}"
    said = str(DIAGRAMS[code]) % facts
    return f"{finding['file']}: {said}" if "file" in finding and "%(file)s" not in str(DIAGRAMS[code]) else said
