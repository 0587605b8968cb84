"""What a browser carries for us: nothing that it made up, nothing that is too old, and a notice that is shown once."""

from __future__ import annotations

import time

import pytest
from flask import Response

from tests.web.site import Browser, Site
from web.cookies import leave_notice

SAID = "Rascunho descartado."


def session_cookie(browser: Browser) -> str:
    found = browser.client.get_cookie("rito")
    assert found is not None
    return found.value


def notice_cookie(browser: Browser) -> str | None:
    found = browser.client.get_cookie("rito-notice")
    return found.value if found else None


def leave(site: Site, browser: Browser, said: str, tone: str = "info") -> None:
    with site.app.test_request_context():
        answer = Response()
        leave_notice(answer, said, tone)
    for header in answer.headers.getlist("Set-Cookie"):
        name, _, value = header.split(";")[0].partition("=")
        browser.client.set_cookie(name, value)


def test_a_notice_is_shown_on_the_page_that_follows_and_only_there(site: Site) -> None:
    browser = site.servant("obras")
    leave(site, browser, "Feito: <b>São João</b>.", "success")

    first, second = browser.get("/caixa").text, browser.get("/caixa").text

    assert "Feito: &lt;b&gt;São João&lt;/b&gt;." in first
    assert "São João" not in second
    assert notice_cookie(browser) is None


@pytest.mark.parametrize("made_up", ["", "x", "é", "WyJpbmZvIiwiT2kiXQ", "WyJpbmZvIiwiT2kiXQ==.AAAA", "." * 4000])
def test_a_notice_that_we_did_not_write_is_not_shown(site: Site, made_up: str) -> None:
    browser = site.servant("obras")
    browser.client.set_cookie("rito-notice", made_up)

    page = browser.get("/caixa")

    assert page.status_code == 200
    assert 'role="status"' not in page.text.split('id="avisos"')[1].split("</div>")[0]


def test_a_notice_signed_for_the_session_is_not_taken_and_the_other_way_round(site: Site) -> None:
    browser = site.servant("obras")
    leave(site, browser, SAID)
    notice, session = notice_cookie(browser), session_cookie(browser)
    assert notice

    browser.client.set_cookie("rito-notice", session)
    assert SAID not in browser.get("/caixa").text
    browser.client.set_cookie("rito", notice)
    assert browser.get("/caixa").headers["Location"].startswith("/entrar")


def test_a_notice_too_long_for_a_cookie_is_left_out_and_the_answer_stands(site: Site) -> None:
    browser = site.servant("obras")

    leave(site, browser, "á" * 5000)

    assert notice_cookie(browser) is None
    assert browser.get("/caixa").status_code == 200


def test_an_act_leaves_the_session_s_cookie_as_it_is(site: Site) -> None:
    browser = site.servant("obras")
    before = session_cookie(browser)

    answer = browser.post("/caixa/proxima")

    assert answer.status_code == 303
    assert [header.split("=")[0] for header in answer.headers.getlist("Set-Cookie")] == ["rito-notice"]
    assert session_cookie(browser) == before


def test_a_session_that_was_tampered_with_is_nobody_s(site: Site) -> None:
    browser = site.servant("obras")
    cookie = session_cookie(browser)

    for wrong in (cookie[:-2] + ("AA" if cookie[-2:] != "AA" else "BB"), cookie[1:], cookie.replace(".", "!", 1), "é"):
        browser.client.set_cookie("rito", wrong)
        assert browser.get("/caixa").headers["Location"].startswith("/entrar")


def test_a_session_known_to_this_process_ends_when_it_is_too_old(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = site.servant("obras")
    assert browser.get("/caixa").status_code == 200
    longest = site.app.permanent_session_lifetime.total_seconds()
    now = time.time()

    monkeypatch.setattr(time, "time", lambda: now + longest + 5)

    assert browser.get("/caixa").headers["Location"].startswith("/entrar")


def test_what_one_request_changes_in_its_session_no_other_sees(site: Site) -> None:
    browser = site.servant("obras")
    cookie = session_cookie(browser)
    interface = site.app.session_interface
    with site.app.test_request_context(headers={"Cookie": f"rito={cookie}"}) as first:
        opened = interface.open_session(site.app, first.request)
        assert opened is not None
        opened["sid"] = "somebody else's"
        opened["more"] = [1]
        again = interface.open_session(site.app, first.request)

    assert again is not None
    assert again["sid"] != "somebody else's"
    assert "more" not in again


def test_a_token_of_another_session_is_refused_after_its_own_was_accepted(site: Site) -> None:
    one, other = site.servant("obras"), site.servant("planejamento")
    assert one.post("/caixa/proxima").status_code == 303
    assert other.post("/caixa/proxima").status_code == 303

    one._token, other._token = other._token, one._token

    assert one.post("/caixa/proxima").status_code == 400
    assert other.post("/caixa/proxima").status_code == 400


def test_over_https_a_form_must_come_from_our_own_page(site: Site) -> None:
    browser = site.servant("obras")
    safe = {"base_url": "https://localhost"}
    browser.client.set_cookie("rito", session_cookie(browser))

    own = browser.post("/caixa/proxima", headers={"Referer": "https://localhost/caixa"}, **safe)
    strange = browser.post("/caixa/proxima", headers={"Referer": "https://example.org/"}, **safe)
    silent = browser.post("/caixa/proxima", **safe)

    assert (own.status_code, strange.status_code, silent.status_code) == (303, 400, 400)
