// Closes an open sheet (<details class="sheet">) with Escape, giving the focus back, or with a press elsewhere.
export function closeSheets() {
  document.addEventListener("keydown", (event) => {
    const sheet = event.key === "Escape" && (event.target.closest?.("details.sheet[open]") ?? document.querySelector("details.sheet[open]"));
    if (!sheet) return;
    sheet.open = false;
    sheet.querySelector("summary").focus();
  });
  document.addEventListener("click", ({ target }) => {
    for (const sheet of document.querySelectorAll("details.sheet[open]")) if (!sheet.contains(target)) sheet.open = false;
  });
}
