// Leads the eye: to the summary of errors after a failed submit, to the field an error names, to where a diagram stands now.
const SUMMARY = "resumo-erros";
const FIELDS = "input:not([type=hidden]), select, textarea, button";

export function leadFocus() {
  toSummary();
  toPresent(document);
  document.addEventListener("htmx:after:swap", () => toSummary() || toPresent(document));
  document.addEventListener("click", toField);
}

let shown = null;

// The same summary takes the focus once: a round trip that leaves it in place must not pull the person out of a field.
function toSummary() {
  const summary = document.getElementById(SUMMARY);
  const isNew = summary && summary !== shown;
  shown = summary;
  if (isNew) summary.focus();
  return isNew;
}

function toField(event) {
  const link = event.target.closest(`#${SUMMARY} a[href^="#"]`);
  const place = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  const field = place?.matches(FIELDS) ? place : place?.querySelector(FIELDS);
  if (!field) return;
  event.preventDefault();
  field.focus({ preventScroll: true });
  (field.closest(".field") ?? field).scrollIntoView({ block: "center" });
}

function toPresent(root) {
  for (const box of root.querySelectorAll("[data-diagram]")) {
    const step = box.querySelector(".failed, .late, .now");
    if (!step) continue;
    const [here, there] = [box.getBoundingClientRect(), step.getBoundingClientRect()];
    box.scrollLeft += there.left + there.width / 2 - here.left - here.width / 2;
    box.scrollTop += there.top + there.height / 2 - here.top - here.height / 2;
  }
}
