// j, k, a, x and / in a list of tasks. Enter is the browser's own: the title of the row is a link and has the focus.
// They can be switched off (WCAG 2.1.4) in the box [data-keys], which shows only where this script runs.
import { words } from "./words.js";

const OFF = "rito.keys.off";

export function readKeys() {
  document.addEventListener("keydown", onKey);
  const box = document.querySelector("[data-keys]");
  if (!box || !document.querySelector("[data-inbox]")) return;
  box.hidden = false;
  const toggle = box.querySelector("input[type=checkbox]");
  toggle.checked = !isOff();
  toggle.addEventListener("change", () => {
    localStorage.setItem(OFF, toggle.checked ? "" : "yes");
    const status = box.querySelector("[role=status]");
    if (status) status.textContent = toggle.checked ? words.keysOn : words.keysOff;
  });
}

const isOff = () => localStorage.getItem(OFF) === "yes";

const acts = {
  j: (rows, at) => stepTo(rows, at + 1),
  k: (rows, at) => stepTo(rows, at - 1),
  a: (rows, at) => (rows[at]?.querySelector("[data-take]") ?? document.querySelector("[data-take-next]"))?.click(),
  x: (rows, at) => rows[at]?.querySelector(".pick input")?.click(),
  "/": () => document.getElementById("busca")?.focus(),
};

function onKey(event) {
  const inbox = document.querySelector("[data-inbox]");
  const act = acts[event.key.toLowerCase()];
  if (!inbox || !act || isOff() || event.ctrlKey || event.altKey || event.metaKey || isWriting(event.target)) return;
  const rows = [...inbox.querySelectorAll("tbody tr")];
  event.preventDefault();
  act(rows, rows.findIndex((row) => row.contains(document.activeElement)));
}

const isWriting = (element) => element.matches("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button], [type=submit])");

function stepTo(rows, at) {
  const row = rows[Math.max(0, Math.min(at, rows.length - 1))];
  row?.querySelector("a.title")?.focus();
  row?.scrollIntoView({ block: "nearest" });
}
