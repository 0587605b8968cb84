// One press, one request: while a form is on its way its button says so and a second press does nothing.
// The server refuses doubles by itself; this spares people the doubt. The button is never disabled: its name and value must travel.
import { words } from "./words.js";

const LONGEST = 20_000; // a download leaves the page where it was
const sending = new Map(); // form -> {button, face}

export function sendOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute("method") !== "post" || form.hasAttribute("target")) return;
    if (sending.has(form)) return event.preventDefault();
    setTimeout(() => hold(form, event.submitter));
  });
  window.addEventListener("pageshow", () => [...sending.keys()].forEach(release));
}

function hold(form, button) {
  sending.set(form, { button, face: button ? [...button.childNodes] : [] });
  button?.setAttribute("aria-disabled", "true");
  button?.replaceChildren(words.sending);
  setTimeout(() => release(form), LONGEST);
}

function release(form) {
  const { button, face } = sending.get(form) ?? {};
  sending.delete(form);
  button?.removeAttribute("aria-disabled");
  if (face?.length) button.replaceChildren(...face);
}
