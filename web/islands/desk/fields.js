// Keeps what is typed while the fields are on their way back from the server: a refresh asked for by one field must not take
// away what went into the next one meanwhile.
const sent = new WeakMap(); // source of a request -> {id of an input: its value as it was sent}

export function keepTyping() {
  let newer = new Map();
  let swapping = false;
  document.addEventListener("htmx:config:request", ({ target }) => {
    if (target.matches?.(".refresh")) sent.set(target, values(target));
  });
  document.addEventListener("htmx:before:swap", ({ target }) => {
    const before = sent.get(target);
    newer = new Map(before && target.isConnected ? [...values(target)].filter(([id, value]) => before.get(id) !== value) : []);
    swapping = true;
  });
  document.addEventListener("htmx:after:swap", () => {
    swapping = false;
    const restored = [...newer].map(([id, value]) => restore(document.getElementById(id), value)).filter(Boolean);
    newer = new Map();
    tell(restored);
  });
  document.addEventListener("htmx:finally:swap", () => (swapping = false));
  // A field that is taken away while somebody writes in it says that it changed: with half of the old and half of the new page.
  document.addEventListener("change", (event) => swapping && event.target.closest(".refresh") && event.stopImmediatePropagation(), true);
}

// What was put back by us is no change to the browser: the server hears of it now, or when the person leaves the field.
function tell(restored) {
  const change = (field) => field.dispatchEvent(new Event("change", { bubbles: true }));
  for (const field of restored) if (field === document.activeElement) field.addEventListener("blur", () => change(field), { once: true });
  const left = restored.filter((field) => field !== document.activeElement).at(-1);
  if (left) change(left);
}

const writable = (root) => root.querySelectorAll("textarea[id], select[id], input[id]:not([type=file], [type=hidden])");
const isTick = (field) => field.type === "checkbox" || field.type === "radio";

function values(root) {
  return new Map([...writable(root)].map((field) => [field.id, isTick(field) ? field.checked : field.value]));
}

function restore(field, value) {
  if (!field || field.readOnly) return null;
  if (isTick(field)) field.checked = value;
  else field.value = value; // the caret goes to its end, where a person who types is
  return field;
}
