"""The permit's rarer ways, walked through the pages to their ends: taken over by the superior, refused, appealed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select

from engine.acts import cases
from engine.store.cases import Case, Task
from engine.store.people import Membership, Role, Servant
from engine.store.session import transaction
from tests.web.site import PASSWORD, Browser, Site

TRACKING = "/acompanhar/processo"
REFUSAL = {
    "resultado": "contrario",
    "fundamento": "O uso pretendido é proibido na zona.",
    "uso_na_zona": "não conforme",
}


def test_a_request_that_the_sectors_left_too_long_is_decided_by_the_superior_and_issued(site: Site) -> None:
    started = left_too_long(site)

    refused = work(site, "secretario", "t_avocar", {"avocacao": {"resultado": "deferir"}})
    assert refused.status_code == 422
    assert 'id="c-avocacao-fundamento-e"' in refused.text
    work(site, "secretario", "t_avocar", site.answers("t_avocar"))
    issue(site, started)

    story = words(site.servant("gestor").get(f"/processos/{started.number}").text)
    assert "Encerrada pelo andamento: Analisar parâmetros urbanísticos" in story
    assert "Secretario concluiu Decidir no lugar do setor em atraso" in story
    assert "Processo encerrado: emitido" in story
    assert "Seu pedido foi atendido em" in words(site.browser().follow(started).get(TRACKING).text)


def test_a_request_taken_over_and_refused_is_reconsidered_on_appeal_and_issued(site: Site) -> None:
    started = left_too_long(site)
    against = {"avocacao": {"resultado": "indeferir", "fundamento": "O projeto ocupa mais do que a zona permite."}}
    work(site, "secretario", "t_avocar", against)
    shown = site.servant("secretario").get(page_of(site, "t_decidir")).text
    assert "propõe indeferir: O projeto ocupa mais do que a zona permite." in words(shown)
    work(site, "secretario", "t_decidir", site.answers("t_decidir"))

    appeal(site, started)
    moved = {"reconsideracao": "reconsiderar", "reconsideracao_motivo": "O projeto corrigido atende à zona."}
    work(site, "secretario", "t_reconsiderar", {"recurso": moved})
    issue(site, started)

    assert outcome(site, started) == "emitido"


def test_an_appeal_that_is_dismissed_ends_the_case_refused(site: Site) -> None:
    started = refused_by_the_secretary(site)

    appeal(site, started)
    page = site.servant("secretario").get(page_of(site, "t_reconsiderar")).text
    assert "O uso é tolerado na zona desde a última revisão da lei." in page
    work(site, "secretario", "t_reconsiderar", site.answers("t_reconsiderar"))
    work(site, "gabinete", "t_julgar_recurso", judged("negado"))

    citizen = site.browser().follow(started)
    assert outcome(site, started) == "indeferido"
    assert "Seu pedido foi negado em" in words(citizen.get(TRACKING).text)
    assert "Indeferido em recurso" in citizen.get(TRACKING).text
    assert "Processo encerrado: indeferido" in words(site.servant("gestor").get(f"/processos/{started.number}").text)


def test_an_appeal_that_is_upheld_leads_to_the_permit(site: Site) -> None:
    started = refused_by_the_secretary(site)

    appeal(site, started)
    work(site, "secretario", "t_reconsiderar", site.answers("t_reconsiderar"))
    work(site, "gabinete", "t_julgar_recurso", judged("provido"))
    issue(site, started)

    assert outcome(site, started) == "emitido"


def test_without_an_appeal_in_time_the_refusal_stands(site: Site) -> None:
    started = refused_by_the_secretary(site)
    address = demand_of(site, started)

    site.city.pass_time(days=15)
    site.city.tick()

    citizen = site.browser().follow(started)
    assert outcome(site, started) == "indeferido"
    assert citizen.post(address, posted(site.answers("t_recorrer"))).status_code == 409


# -- stretches of the way ---------------------------------------------------------------------------------------------


def left_too_long(site: Site) -> cases.Started:
    """Start a case, have it checked, and let its legal term pass while one sector has not answered."""
    started = site.started()
    work(site, "protocolo", "t_conferir", site.answers("t_conferir"))
    work(site, "fazenda", "t_cad", site.answers("t_cad"))
    site.city.pass_time(days=70)
    site.city.tick()
    assert site.city.open_elements(started.case_id) == ["t_avocar"]
    return started


def refused_by_the_secretary(site: Site) -> cases.Started:
    started = site.started()
    work(site, "protocolo", "t_conferir", site.answers("t_conferir"))
    work(site, "fazenda", "t_cad", site.answers("t_cad"))
    against = {"urb": {**site.answers("t_urb")["pareceres"]["urb"], **REFUSAL}}
    work(site, "planejamento", "t_urb", {"pareceres": against})
    work(site, "secretario", "t_decidir", site.answers("t_decidir"))
    return started


def appeal(site: Site, started: cases.Started) -> None:
    """Appeal as the requester, on the page of the case; without reasons it is not taken."""
    citizen = site.browser().follow(started)
    assert "Agora é com você: apresentar recurso" in words(citizen.get(TRACKING).text)
    address = demand_of(site, started)
    assert citizen.post(address, posted({"recurso": {"razoes": ""}})).status_code == 422

    answer = citizen.post(address, posted(site.answers("t_recorrer")))

    assert answer.headers["Location"] == TRACKING
    site.city.tick()


def issue(site: Site, started: cases.Started) -> None:
    """Pay what the case charges, as Fazenda enters it, and sign the permit."""
    charge = site.city.case(started.case_id)["data"]["cobranca"]
    assert "Falta pagar" in site.browser().follow(started).get(TRACKING).text
    paid = {"valor": str(charge["valor"]).replace(".", ","), "referencia": "extrato 12"}
    assert site.servant("fazenda").post(f"/processos/{started.number}/pagamento", paid).status_code == 303
    site.city.tick()
    work(site, "secretario", "t_assinar", site.answers("t_assinar"), senha=PASSWORD)


def judged(how: str) -> dict[str, Any]:
    return {"recurso": {"julgamento": how, "julgamento_motivo": "Pelas razões do parecer."}}


# -- one page ---------------------------------------------------------------------------------------------------------


def work(site: Site, login: str, element: str, answers: Mapping[str, Any], **more: str) -> Any:
    """Open a task's page as a servant of its sector, answer it there, and let the clock do what follows."""
    servant, address = at_desk(site, login), page_of(site, element)
    assert servant.get(address).status_code == 200
    answer = servant.post(address, posted(answers) | more)
    if answer.status_code == 303:
        assert "concluída" in servant.get("/caixa").text
        site.city.tick()
    return answer


def at_desk(site: Site, login: str) -> Browser:
    """Sign in the servant of a sector; the mayor's office, which only this procedure knows, is staffed first."""
    if login not in site.city.servants:
        with transaction(site.city.house.store) as session:
            into = session.connection()
            row = {"login": login, "name": login.title(), "email": f"{login}@vilaserena.sc.gov.br", "active": True}
            who = into.execute(insert(Servant).values(**row).returning(Servant.id)).scalar_one()
            what = into.execute(select(Role.id).where(Role.code == login)).scalar_one()
            into.execute(insert(Membership).values(servant_id=who, role_id=what, since_on=site.city.at.date()))
            site.city.servants[login] = who
    return site.servant(login)


def page_of(site: Site, element: str) -> str:
    (task,) = site.city.rows(Task, element=element, status="open")
    return f"/tarefas/{task['id']}"


def demand_of(site: Site, started: cases.Started) -> str:
    return f"/acompanhar/tarefas/{site.city.task_id(started.case_id, 't_recorrer')}"


def posted(answers: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return answers as a browser posts them: dotted names, a mark for what is ticked."""
    found: dict[str, str] = {}
    for name, value in answers.items():
        if isinstance(value, Mapping):
            found |= posted(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = "true" if value is True else str(value)
    return found


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", page).split())


def outcome(site: Site, started: cases.Started) -> object:
    (case,) = site.city.rows(Case, id=started.case_id)
    return case["outcome"]
