"""What a person does at a browser, by what they see: labels, names of buttons, rows of a list. Never by our ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as TooLate

from engine.demo.city import PASSWORD

_PATIENCE_MS, _LOOKS = 500, 30

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
DWG = b"AC1032" + b"\0" * 250
JPG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9"
_CONTENT = {"pdf": PDF, "dwg": DWG, "jpg": JPG}


def file(name: str) -> dict[str, Any]:
    """Return a small file of the kind that its name says, as playwright attaches it."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": _CONTENT[name.rsplit(".", 1)[-1]]}


class Person:
    """Somebody at a browser of their own. `page` is what they see."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def go(self, address: str) -> None:
        self.page.goto(self.url + address)

    def sign_in(self, login: str) -> None:
        self.go("/entrar")
        self.page.get_by_label("Usuário").fill(login)
        self.page.get_by_label("Senha").fill(PASSWORD)
        self.press("Entrar")
        expect(self.page.get_by_role("link", name="Minha caixa")).to_be_visible()

    def press(self, name: str, within: Locator | None = None) -> None:
        """Press the button of this name, and see the page that follows."""
        (within or self.page).get_by_role("button", name=name, exact=True).click()
        self.page.wait_for_load_state()

    # -- the inbox ----------------------------------------------------------------------------------------------------

    def row(self, task: str, number: str) -> Locator:
        return self.page.locator("tbody tr", has_text=number).filter(has=self.page.get_by_role("link", name=task))

    def wait_for(self, sight: Locator, address: str) -> None:
        """Look at a page again until what the city's machines owe is there."""
        for _ in range(_LOOKS):
            self.go(address)
            try:
                return sight.first.wait_for(timeout=_PATIENCE_MS)
            except TooLate:
                continue
        raise AssertionError(f"{sight} never showed at {address}, which says: {self.page.locator('main').inner_text()}")

    def take(self, task: str, number: str) -> None:
        """Take a task of the sector, which opens it."""
        row = self.row(task, number)
        self.wait_for(row, "/caixa")
        row.get_by_role("button", name="Assumir").click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(task)

    def finish(self, task: str, button: str = "Concluir") -> None:
        """Complete the task that is open and see that it is said."""
        self.press(button)
        expect(self.page.get_by_role("status").first).to_contain_text(f"“{task}” concluída")

    # -- forms --------------------------------------------------------------------------------------------------------

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label).first

    def write(self, answers: Mapping[str, str]) -> None:
        """Write into fields or choose from lists, by label."""
        for label, answer in answers.items():
            field = self.field(label)
            if field.evaluate("each => each.tagName") == "SELECT":
                field.select_option(label=answer)
            else:
                field.fill(answer)

    def choose(self, answers: Mapping[str, str]) -> None:
        """Choose one of several round buttons, by the label of their group."""
        for group, option in answers.items():
            self.page.get_by_role("radiogroup", name=group).get_by_label(option, exact=True).check()

    def tick(self, *labels: str) -> None:
        for label in labels:
            self.page.get_by_label(label).check()

    def attach(self, files: Mapping[str, str]) -> None:
        """Attach a small file to each file field, by label."""
        for label, name in files.items():
            self.page.locator("input[type=file]").and_(self.page.get_by_label(label)).first.set_input_files(file(name))
