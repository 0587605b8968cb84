// Picking rows of a list: all at once, and how many on the button that acts on them.
export function pickRows() {
  for (const all of document.querySelectorAll("[data-pick-all]")) all.hidden = false;
  document.addEventListener("change", ({ target }) => {
    const list = target.closest("[data-inbox]");
    if (!list || target.type !== "checkbox") return;
    const picks = [...list.querySelectorAll("tbody .pick input")];
    if (target.matches("[data-pick-all]")) for (const pick of picks) pick.checked = target.checked;
    count(list, picks);
  });
  window.addEventListener("pageshow", () => {
    for (const list of document.querySelectorAll("[data-inbox]")) count(list, [...list.querySelectorAll("tbody .pick input")]);
  });
}

function count(list, picks) {
  const number = picks.filter((pick) => pick.checked).length;
  const all = list.querySelector("[data-pick-all]");
  if (all) [all.checked, all.indeterminate] = [number > 0 && number === picks.length, number > 0 && number < picks.length];
  for (const place of document.querySelectorAll("[data-picked]")) place.textContent = number ? ` (${number})` : "";
}
