"""The small administration: who may use it, what it changes, what it shows once, what it refuses by the field."""

from __future__ import annotations

import re
from datetime import date

import pytest

from engine.store.deadlines import Holiday
from engine.store.people import ApiToken, LoginSession, Membership, SecretariatTerm, Servant, StandIn
from engine.store.procedures import Parameter
from engine.store.trail import AuditEntry
from tests.web.hostile import HOSTILE, dangers
from tests.web.site import Browser, Site

PAGES = [
    "/pessoas/", "/pessoas/1", "/administracao/orgaos", "/administracao/calendario", "/administracao/parametros",
    "/administracao/integracoes",
]  # fmt: skip
WRITES = [
    "/pessoas/", "/pessoas/1/papel", "/pessoas/1/senha", "/pessoas/1/situacao", "/pessoas/1/sessoes",
    "/pessoas/1/substituicao", "/pessoas/1/senha", "/administracao/orgaos", "/administracao/orgaos/1",
    "/administracao/papeis", "/administracao/calendario", "/administracao/calendario/1/retirar",
    "/administracao/integracoes", "/administracao/integracoes/1/revogar", "/administracao/integracoes/destinos",
    "/administracao/integracoes/destinos/1/retirar",
]  # fmt: skip
WHOLE = {
    "name": "Ana Souza", "login": "ana.souza", "code": "saude", "since": "2026-01-01",
    "on": "2026-05-05", "norm": "Lei 1", "role": "1", "deputy": "2", "until": "2026-12-01",
    "scopes": "messages", "key": "UFM", "value": "6", "origin": "api.exemplo.gov.br", "purpose": "Veículos",
}  # fmt: skip


def administrator(site: Site) -> Browser:
    browser = site.servant("administrador")
    browser.get("/pessoas/")
    return browser


@pytest.mark.parametrize("address", PAGES)
def test_every_page_opens_for_the_administrator(site: Site, address: str) -> None:
    assert administrator(site).get(address).status_code == 200


def test_no_page_and_no_act_is_anybody_elses(site: Site) -> None:
    servant = site.servant("secretario")

    assert {address: servant.get(address).status_code for address in PAGES} == dict.fromkeys(PAGES, 403)
    assert {address: servant.post(address, WHOLE).status_code for address in WRITES} == dict.fromkeys(WRITES, 403)


def test_a_visitor_is_led_to_the_sign_in(site: Site) -> None:
    for address in PAGES:
        assert site.browser().get(address).headers["Location"].startswith("/entrar")


def test_a_person_added_with_role_and_password_signs_in(site: Site) -> None:
    browser = administrator(site)

    added = browser.post("/pessoas/", {"name": "Ana Souza", "login": "Ana.Souza", "email": "ana@vilaserena.sc.gov.br"})
    person = added.headers["Location"]
    roles = re.findall(r'<option value="(\d+)">Fazenda', browser.get(person).text)
    browser.post(f"{person}/papel", {"role": roles[0], "since": "2026-01-01", "norm": "Portaria 7"})
    shown = browser.post(f"{person}/senha").text
    password = re.findall(r"<code>([a-z2-9-]{19})</code>", shown)[0]

    newcomer = site.browser()
    newcomer.get("/entrar")
    assert newcomer.post("/entrar", {"login": "ana.souza", "senha": password}).status_code == 303
    assert password not in browser.get(person).text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "", "login": "ana"}, "Preencha este campo."),
        ({"name": "Ana", "login": "Ana Souza!"}, "Use letras minúsculas"),
        ({"name": "Ana", "login": "fazenda"}, "Já existe um com este nome."),
        ({"name": "A" * 121, "login": "ana"}, "longo demais"),
    ],
)
def test_what_does_not_hold_is_said_by_the_field_and_nothing_is_lost(
    site: Site, fields: dict[str, str], said: str
) -> None:
    before = len(site.city.rows(Servant))

    answer = administrator(site).post("/pessoas/", fields)

    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{fields["login"]}"' in answer.text
    assert len(site.city.rows(Servant)) == before


def test_a_role_held_twice_at_once_is_refused(site: Site) -> None:
    who = site.city.servants["fazenda"]
    held = site.city.rows(Membership, servant_id=who)[0]

    answer = administrator(site).post(f"/pessoas/{who}/papel", {"role": held["role_id"], "since": "2026-01-01"})

    assert answer.status_code == 422
    assert "se sobrepõe" in answer.text


def test_a_role_ends_on_its_last_day_and_stays_on_record(site: Site) -> None:
    who = site.city.servants["fazenda"]
    held = site.city.rows(Membership, servant_id=who)[0]

    administrator(site).post(f"/pessoas/{who}/papel/{held['id']}/encerrar", {"until": "2026-03-31"})

    assert [row["until_on"] for row in site.city.rows(Membership, servant_id=who)] == [date(2026, 3, 31)]


def test_a_substitution_has_an_end_and_another_person(site: Site) -> None:
    who, deputy = site.city.servants["obras"], site.city.servants["obras2"]
    browser = administrator(site)

    endless = browser.post(f"/pessoas/{who}/substituicao", {"deputy": deputy, "since": "2026-03-01"})
    oneself = browser.post(
        f"/pessoas/{who}/substituicao", {"deputy": who, "since": "2026-03-01", "until": "2026-03-30"}
    )
    right = browser.post(
        f"/pessoas/{who}/substituicao", {"deputy": deputy, "since": "2026-03-01", "until": "2026-03-30"}
    )

    assert (endless.status_code, oneself.status_code, right.status_code) == (422, 422, 303)
    assert [(row["absent_id"], row["deputy_id"]) for row in site.city.rows(StandIn)] == [(who, deputy)]


def test_whoever_loses_access_is_signed_out_at_once(site: Site) -> None:
    servant, who = site.servant("fazenda"), site.city.servants["fazenda"]
    browser = administrator(site)

    browser.post(f"/pessoas/{who}/situacao", {"active": "0"})

    assert servant.get("/caixa").status_code == 303
    assert all(row["revoked_at"] for row in site.city.rows(LoginSession, servant_id=who))


def test_the_administrator_cannot_lock_himself_out(site: Site) -> None:
    browser = administrator(site)

    answer = browser.post(f"/pessoas/{site.city.servants['administrador']}/situacao", {"active": "0"})

    assert answer.status_code == 422
    assert browser.get("/pessoas/").status_code == 200


def test_a_secretariat_is_renamed_from_a_date_and_keeps_its_old_name(site: Site) -> None:
    browser = administrator(site)
    browser.post("/administracao/orgaos", {"code": "saude", "name": "Saúde", "since": "2020-01-01"})
    body = site.city.rows(SecretariatTerm)[0]["secretariat_id"]

    browser.post(f"/administracao/orgaos/{body}", {"name": "Saúde e Bem-Estar", "since": "2026-02-01", "norm": "Lei 9"})

    assert "Saúde e Bem-Estar" in browser.get("/administracao/orgaos").text
    old = browser.get("/administracao/orgaos?em=2025-06-01").text
    assert "Saúde" in old
    assert "Bem-Estar" not in old


def test_a_day_off_needs_its_norm_and_can_be_taken_back(site: Site) -> None:
    browser = administrator(site)
    day = {"on": "2026-05-04", "name": "Ponto facultativo", "closes_at": "12:00"}

    refused = browser.post("/administracao/calendario", day)
    browser.post("/administracao/calendario", {**day, "norm": "Decreto 55", "role": "obras"})

    (row,) = site.city.rows(Holiday, name="Ponto facultativo")
    assert refused.status_code == 422
    assert (row["role"], row["closes_at"].hour) == ("obras", 12)
    browser.post(f"/administracao/calendario/{row['id']}/retirar")
    assert not site.city.rows(Holiday, name="Ponto facultativo")
    actions = [entry["action"] for entry in site.city.rows(AuditEntry, chain=0)]
    assert [action for action in actions if action.startswith("holiday")] == ["holiday.add", "holiday.remove"]


@pytest.mark.parametrize(
    "fields",
    [
        {"on": "2026-02-30", "name": "X", "norm": "Y"},
        {"on": "2026-05-04", "until": "2026-05-01", "name": "X", "norm": "Y"},
        {"on": "2026-05-04", "name": "X", "norm": "Y", "role": "ninguem"},
        {"on": "2026-05-04", "name": "X", "norm": "Y", "closes_at": "25:99"},
    ],
)
def test_a_day_off_that_cannot_be_is_refused(site: Site, fields: dict[str, str]) -> None:
    assert administrator(site).post("/administracao/calendario", fields).status_code == 422
    assert not site.city.rows(Holiday, name="X")


def test_a_parameter_begins_on_a_date_and_ends_the_one_before(site: Site) -> None:
    browser = administrator(site)
    new = {"key": "UFM", "value": "6.10", "since": "2027-01-01", "norm": "Lei 10"}

    first, again = browser.post("/administracao/parametros", new), browser.post("/administracao/parametros", new)

    assert (first.status_code, again.status_code) == (303, 422)
    values = [(row["value"], row["until_on"]) for row in site.city.rows(Parameter, key="UFM")]
    assert values == [("5.00", date(2026, 12, 31)), ("6.10", None)]


def test_a_token_is_shown_once_and_kept_as_a_hash(site: Site) -> None:
    browser = administrator(site)

    shown = browser.post("/administracao/integracoes", {"name": "Banco", "scopes": "messages", "roles": "fazenda"}).text
    token = re.findall(r"<code>(rito_[\w-]+)</code>", shown)[0]

    assert token not in browser.get("/administracao/integracoes").text
    (row,) = site.city.rows(ApiToken)
    assert token not in str(row)
    browser.post(f"/administracao/integracoes/{row['id']}/revogar")
    assert site.city.rows(ApiToken)[0]["revoked_at"]


def test_an_allowed_host_is_listed_with_its_purpose_until_it_is_withdrawn(site: Site) -> None:
    browser = administrator(site)

    allowed = browser.post(
        "/administracao/integracoes/destinos", {"origin": "API.exemplo.gov.br", "purpose": "Consulta de veículos"}
    )

    assert allowed.status_code == 303
    page = browser.get("/administracao/integracoes").text
    assert "https://api.exemplo.gov.br" in page
    assert "Consulta de veículos" in page
    browser.post("/administracao/integracoes/destinos/1/retirar")
    assert "https://api.exemplo.gov.br" not in browser.get("/administracao/integracoes").text
    actions = [row["action"] for row in site.city.rows(AuditEntry, chain=0)]
    assert actions[-2:] == ["origin.allow", "origin.withdraw"]


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        ("", "Preencha este campo."), ("localhost", "Informe o nome completo do servidor"),
        ("10.0.0.1", "Informe o nome completo do servidor"), ("a.gov.br/x", "Informe só o servidor"),
        ("ftp://a.gov.br", "Informe o nome do servidor"),
    ],
)  # fmt: skip
def test_a_host_that_cannot_be_allowed_is_said_beside_its_field(site: Site, origin: str, said: str) -> None:
    refused = administrator(site).post("/administracao/integracoes/destinos", {"origin": origin, "purpose": "x"})

    assert refused.status_code == 422
    assert said in refused.text
    assert "Permissões" in refused.text


def test_an_integration_is_not_among_the_people(site: Site) -> None:
    browser = administrator(site)
    browser.post("/administracao/integracoes", {"name": "Banco do Povo", "scopes": "messages"})

    assert "Banco do Povo" not in browser.get("/pessoas/").text


def test_hostile_names_are_shown_harmless(site: Site) -> None:
    browser = administrator(site)

    for number, words in enumerate(HOSTILE):
        person = browser.post("/pessoas/", {"name": words, "login": f"hostil{number}", "registration": words[:30]})
        dated = {"since": "2020-01-01", "norm": words}
        browser.post("/administracao/orgaos", {"code": f"hostil_{number}", "name": words, **dated})
        browser.post("/administracao/calendario", {"on": "2026-05-04", "name": words, "norm": words})
        browser.post("/administracao/parametros", {"key": words, "value": words, **dated})
        browser.post("/administracao/integracoes", {"name": words, "scopes": "messages"})
        allowed = {"origin": f"a{number}.exemplo.gov.br", "purpose": words}
        browser.post("/administracao/integracoes/destinos", allowed)
        browser.post("/administracao/integracoes/destinos", {"origin": words, "purpose": words})
        for address in (*PAGES, person.headers["Location"], "/pessoas/?q=%3Cscript%3E"):
            assert dangers(browser.get(address).text) == [], (address, words)
