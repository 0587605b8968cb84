"""What a browser complains of while a test runs: script errors, breaches of the policy, dialogs, broken answers."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, Response

# Runs before any script of ours, from outside the page's policy.
_REPORT = """document.addEventListener('securitypolicyviolation', (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));"""
_REFUSALS = (401, 404, 409, 422)  # answers that a test may be about; Chromium logs each as an error of its own


class Trouble:
    """Listens to every page of a context; `found` is what there was to complain of, in order."""

    def __init__(self, context: BrowserContext) -> None:
        self.found: list[str] = []
        context.add_init_script(_REPORT)
        context.on("page", self._listen)

    def _listen(self, page: Page) -> None:
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.found.append(f"{page.url}: {error}"))
        page.on("dialog", self._dialog)
        page.on("response", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        is_refusal = message.text.startswith("Failed to load resource") and any(
            f"status of {status}" in message.text for status in _REFUSALS
        )
        if message.type == "error" and not is_refusal:
            self.found.append(f"{message.location.get('url')}: {message.text}")

    def _dialog(self, dialog: Dialog) -> None:
        if dialog.type != "beforeunload":
            self.found.append(f"dialog: {dialog.message}")
        dialog.accept()

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.found.append(f"{response.status} {response.request.method} {response.url}")
