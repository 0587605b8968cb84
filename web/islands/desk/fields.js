// Keeps what is typed while the fields are on their way back from the server: a refresh asked for by one field must not take
// away what went into the next one meanwhile.
const sent = new WeakMap(); // the box around the fields -> {id of an input: its value as it was sent}
const stood = new WeakMap(); // the same, as the values stood when the answer came
let restored = [];
let swapping = false;
let pressed = false;
let missed = null;

export function keepTyping() {
  document.addEventListener("htmx:config:request", ({ target }) => {
    if (!target.matches?.(".refresh")) return;
    if (!sent.has(target)) new MutationObserver((records) => putBack(target, records)).observe(target, { childList: true });
    sent.set(target, values(target));
  });
  document.addEventListener("htmx:before:swap", (event) => {
    const { target } = event;
    if (!target.matches?.(".refresh")) return;
    if (pressed) {
      missed = target;
      return event.preventDefault();
    }
    stood.set(target, values(target));
    swapping = true;
  });
  document.addEventListener("htmx:finally:swap", settle);
  document.addEventListener("change", forgetError, true);
  document.addEventListener("change", hold, true);
  for (const down of ["pointerdown", "keydown"]) document.addEventListener(down, press, true);
  for (const up of ["pointerup", "pointercancel", "keyup"]) document.addEventListener(up, release, true);
}

// A press goes down on one element and must come up on the same: while it lasts nothing is replaced, and then it is asked for anew.
function press(event) {
  if (event.type === "pointerdown" || event.key === " ") pressed = true;
}

function release() {
  pressed = false;
  const around = missed;
  missed = null;
  if (around) setTimeout(() => around.isConnected && change(around));
}

// Runs as soon as the fields were replaced, before the next key: nothing that was typed until then is missed. Ticks are read
// earlier, for a round button that is put beside the old one takes its mark away.
function putBack(around, records) {
  const old = records.flatMap((record) => [...record.removedNodes]).find((node) => node.matches?.(".fields"));
  if (!old || !stood.has(around)) return;
  const now = new Map([...values(old)].map(([id, value]) => [id, typeof value === "boolean" ? stood.get(around).get(id) : value]));
  for (const [id, value] of now) {
    if (sent.get(around).get(id) === value) continue;
    const field = restore(document.getElementById(id), value);
    if (field) restored.push(field);
  }
}

// A field that is taken away while somebody writes in it says that it changed: with half of the old and half of the new page.
function hold(event) {
  const around = swapping && event.target.closest?.(".refresh");
  if (!around) return;
  event.stopImmediatePropagation();
  restored.push(event.target); // the new fields may stand already: what changes in them is told when the swap is over
  if (isTick(event.target)) stood.get(around)?.set(event.target.id, event.target.checked);
}

function settle() {
  swapping = false;
  const told = restored;
  restored = [];
  tell(told);
}

// The server knows by the answer whether an error is still about it, but a file that was chosen has not reached it yet.
function forgetError({ target }) {
  if (target.type === "file") target.closest(".field")?.querySelector("[name=_erro]")?.remove();
}

// What was put back by us is no change to the browser: the server hears of it now, or, while somebody writes in the field, when
// he leaves it. A tick is never half written: it is told at once, even where the focus stands.
function tell(changed) {
  const fields = changed.filter((field) => field.isConnected);
  for (const field of fields) if (beingWritten(field)) field.addEventListener("blur", () => change(field), { once: true });
  const left = fields.filter((field) => !beingWritten(field)).at(-1);
  if (left) change(left);
}

const change = (element) => element.dispatchEvent(new Event("change", { bubbles: true }));
const writable = (root) => root.querySelectorAll("textarea[id], select[id], input[id]:not([type=file], [type=hidden])");
const isTick = (field) => field.type === "checkbox" || field.type === "radio";

const beingWritten = (field) => field === document.activeElement && !isTick(field);

function values(root) {
  return new Map([...writable(root)].map((field) => [field.id, isTick(field) ? field.checked : field.value]));
}

function restore(field, value) {
  if (!field || field.readOnly) return null;
  if (isTick(field)) field.checked = value;
  else field.value = value; // the caret goes to its end, where a person who types is
  return field;
}
