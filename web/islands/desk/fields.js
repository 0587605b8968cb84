// Keeps what is typed while the fields are on their way back from the server: a refresh asked for by one field must not take
// away what went into the next one meanwhile.
const sent = new WeakMap(); // source of a request -> {id of an input: its value as it was sent}

export function keepTyping() {
  let newer = new Map();
  document.addEventListener("htmx:config:request", ({ target }) => {
    if (target.matches?.(".refresh")) sent.set(target, values(target));
  });
  document.addEventListener("htmx:before:swap", ({ target }) => {
    const before = sent.get(target);
    newer = new Map(before && target.isConnected ? [...values(target)].filter(([id, value]) => before.get(id) !== value) : []);
  });
  document.addEventListener("htmx:after:swap", () => {
    for (const [id, value] of newer) restore(document.getElementById(id), value);
    newer = new Map();
  });
}

const writable = (root) => root.querySelectorAll("textarea[id], select[id], input[id]:not([type=file], [type=hidden])");
const isTick = (field) => field.type === "checkbox" || field.type === "radio";

function values(root) {
  return new Map([...writable(root)].map((field) => [field.id, isTick(field) ? field.checked : field.value]));
}

function restore(field, value) {
  if (!field || field.readOnly) return;
  if (isTick(field)) {
    field.checked = value;
    return;
  }
  field.value = value; // the caret goes to its end, where a person who types is
}
