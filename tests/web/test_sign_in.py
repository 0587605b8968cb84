"""Who may come in: passwords, pauses, sessions that end, and what every answer carries."""

from __future__ import annotations

import pytest

from engine.acts import people
from engine.store.people import LoginFailure, LoginSession
from engine.store.trail import AuditEntry
from tests.web.site import PASSWORD, Site
from web.security import POLICY


def try_in(site: Site, login: str, password: str):
    browser = site.browser()
    browser.get("/entrar")
    return browser.post("/entrar", {"login": login, "senha": password})


def test_the_right_password_opens_the_inbox(site: Site) -> None:
    site.servant("obras")

    answer = try_in(site, " Obras ", PASSWORD)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/caixa")


@pytest.mark.parametrize("login", ["obras", "ninguem"])
def test_a_wrong_password_and_an_unknown_login_read_the_same(site: Site, login: str) -> None:
    site.servant("obras")

    answer = try_in(site, login, "não é esta")

    assert answer.status_code == 401
    assert "Usuário ou senha não conferem." in answer.text


def test_the_sixth_failure_in_a_row_has_to_wait_even_with_the_right_password(site: Site) -> None:
    site.servant("obras")
    for _ in range(5):
        try_in(site, "obras", "errada")

    refused = try_in(site, "obras", PASSWORD)
    site.city.pass_time(seconds=31)
    later = try_in(site, "obras", PASSWORD)

    assert (refused.status_code, later.status_code) == (429, 303)
    assert not [row for row in site.city.rows(LoginFailure) if row["subject"] == "login:obras"]


def test_the_pause_grows_with_each_failure(site: Site) -> None:
    site.servant("obras")
    for _ in range(5):
        try_in(site, "obras", "errada")
    site.city.pass_time(seconds=31)

    try_in(site, "obras", "errada")
    site.city.pass_time(seconds=31)

    assert try_in(site, "obras", PASSWORD).status_code == 429


def test_a_session_id_is_new_at_each_sign_in_and_kept_only_as_a_hash(site: Site) -> None:
    browser = site.servant("obras")
    with browser.client.session_transaction() as cookie:
        first = cookie["sid"]
    browser.get("/entrar")
    browser.post("/entrar", {"login": "obras", "senha": PASSWORD})
    with browser.client.session_transaction() as cookie:
        second = cookie["sid"]

    kept = {row["id_hash"] for row in site.city.rows(LoginSession)}
    assert first != second
    assert not {first, second} & kept
    assert len(kept) == 2


def test_signing_out_ends_the_session_for_whoever_copied_its_cookie(site: Site) -> None:
    browser = site.servant("obras")
    with browser.client.session_transaction() as cookie:
        copied = cookie["sid"]

    browser.post("/sair")

    thief = site.browser()
    with thief.client.session_transaction() as cookie:
        cookie["sid"] = copied
    assert thief.get("/caixa").headers["Location"].startswith("/entrar")


@pytest.mark.parametrize(("step", "times"), [({"minutes": 31}, 1), ({"minutes": 25}, 30)])
def test_a_session_ends_after_half_an_hour_of_rest_or_twelve_hours(
    site: Site, step: dict[str, int], times: int
) -> None:
    browser = site.servant("obras")

    for _ in range(times):
        site.city.pass_time(**step)
        answer = browser.get("/caixa")

    assert answer.status_code == 303
    assert "/entrar" in answer.headers["Location"]


def test_use_keeps_a_session_alive_and_is_noted_at_most_once_a_minute(site: Site) -> None:
    browser = site.servant("obras")
    seen = site.city.rows(LoginSession)[-1]["seen_at"]

    site.city.pass_time(seconds=30)
    browser.get("/caixa")
    soon = site.city.rows(LoginSession)[-1]["seen_at"]
    site.city.pass_time(seconds=40)
    browser.get("/caixa")

    assert soon == seen
    assert site.city.rows(LoginSession)[-1]["seen_at"] == site.city.at


def test_a_revoked_session_opens_nothing(site: Site) -> None:
    browser = site.servant("obras")

    with site.city.by("administrador") as by:
        people.revoke_sessions(by, site.city.servants["obras"])

    assert browser.get("/caixa").status_code == 303


def test_a_servant_who_left_cannot_sign_in_and_is_thrown_out(site: Site) -> None:
    browser = site.servant("obras")

    with site.city.by("administrador") as by:
        people.set_active(by, site.city.servants["obras"], active=False)

    assert browser.get("/caixa").status_code == 303
    assert try_in(site, "obras", PASSWORD).status_code == 401


def test_signing_in_failing_and_leaving_are_on_record(site: Site) -> None:
    browser = site.servant("obras")
    try_in(site, "obras", "errada")
    browser.post("/sair")

    actions = [row["action"] for row in site.city.rows(AuditEntry, chain=0)]
    assert {"session.open", "session.refuse", "session.end"} <= set(actions)


@pytest.mark.parametrize("wanted", ["//mal.example/x", "https://mal.example", "/\\mal.example", "javascript:alert(1)"])
def test_after_signing_in_nobody_is_led_out_of_the_house(site: Site, wanted: str) -> None:
    site.servant("obras")
    browser = site.browser()
    browser.get("/entrar")

    answer = browser.post("/entrar", {"login": "obras", "senha": PASSWORD, "next": wanted})

    assert answer.headers["Location"] == "/caixa"


def test_whoever_is_sent_to_sign_in_comes_back_to_the_page_he_wanted(site: Site) -> None:
    site.servant("obras")
    browser = site.browser()

    sent = browser.get("/processos/?q=Marina")
    browser.get(sent.headers["Location"])
    answer = browser.post("/entrar", {"login": "obras", "senha": PASSWORD, "next": "/processos/?q=Marina"})

    assert answer.headers["Location"] == "/processos/?q=Marina"


@pytest.mark.parametrize("address", ["/entrar", "/caixa", "/nada", "/health/live", "/static/icon.svg"])
def test_every_answer_carries_the_strict_headers(site: Site, address: str) -> None:
    answer = site.browser().get(address)

    assert answer.headers["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Permissions-Policy" in answer.headers


def test_pages_of_a_signed_in_person_are_kept_by_no_cache_and_assets_by_all(site: Site) -> None:
    browser = site.servant("obras")

    assert browser.get("/caixa").headers["Cache-Control"] == "no-store"
    assert "max-age=31536000" in browser.get("/static/icon.svg").headers["Cache-Control"]


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(site: Site) -> None:
    cookie = site.browser().get("/entrar").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("address", ["/entrar", "/sair", "/caixa/proxima", "/preferencias/contraste"])
def test_a_post_without_its_token_is_refused(site: Site, address: str) -> None:
    answer = site.browser().client.post(address, data={})

    assert answer.status_code == 400
    assert "ficou aberta tempo demais" in answer.text
