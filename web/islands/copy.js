// A button that copies what a field holds (data-copy: the field's id) and says so beside itself. Without this script the field,
// which can be selected, is all there is.
import { words } from "./desk/words.js";

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}

async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  const status = button.parentElement.querySelector("[data-copied]");
  status.textContent = ""; // said anew at every press
  const copied = await written(field);
  status.textContent = copied ? words.copied : words.notCopied;
}

async function written(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.focus(); // a browser that keeps the clipboard to itself: the text stands selected, for the person's own keys
    field.select();
    return document.execCommand("copy");
  }
}
