// Keeps what a person types: the form goes to data-draft-url a moment after the last key, without its files.
// The answer may be JSON with `saved` (a clock time as the city reads it). What the server refuses is said, never retried in silence.
import { csrfHeader, leadsToSignIn } from "./server.js";
import { words } from "./words.js";

const PAUSE = 1500;
const LONGEST_WAIT = 60_000;
const drafts = new WeakMap(); // form -> {timer, wait, unsaved, abort}

export function keepDrafts() {
  for (const happening of ["input", "change"]) document.addEventListener(happening, noteChange);
  document.addEventListener("submit", forget);
  document.addEventListener("visibilitychange", () => document.hidden && eachUnsaved((form) => save(form, true)));
  window.addEventListener("online", () => eachUnsaved((form) => save(form)));
  window.addEventListener("beforeunload", (event) => eachUnsaved(() => event.preventDefault()));
}

function draftOf(form) {
  if (!drafts.has(form)) drafts.set(form, { wait: PAUSE, unsaved: false });
  return drafts.get(form);
}

function eachUnsaved(act) {
  for (const form of document.querySelectorAll("form[data-draft-url]")) if (draftOf(form).unsaved) act(form);
}

function noteChange({ target }) {
  const form = target.form ?? target.closest?.("form");
  if (!form?.dataset.draftUrl || target.type === "file" || target.type === "search") return;
  const draft = draftOf(form);
  draft.unsaved = true;
  draft.wait = PAUSE;
  saveLater(form);
}

function saveLater(form) {
  const draft = draftOf(form);
  clearTimeout(draft.timer);
  draft.timer = setTimeout(() => save(form), draft.wait);
}

// The answer is on its way: a draft that arrived after it would come back to life.
function forget(event) {
  if (event.defaultPrevented || !event.target.dataset.draftUrl) return;
  const draft = draftOf(event.target);
  clearTimeout(draft.timer);
  draft.abort?.abort();
  draft.unsaved = false;
}

async function save(form, leaving = false) {
  const draft = draftOf(form);
  clearTimeout(draft.timer);
  if (!form.isConnected) return;
  draft.abort?.abort();
  const abort = (draft.abort = new AbortController());
  draft.unsaved = false; // a key pressed while the request is under way sets it again
  say(form, words.saving);
  try {
    const body = typed(form);
    const answer = await fetch(form.dataset.draftUrl, { method: "POST", body, headers: csrfHeader(), keepalive: leaving, signal: abort.signal });
    await settle(form, answer);
  } catch (trouble) {
    if (trouble.name !== "AbortError") retry(form, navigator.onLine ? words.notSaved : words.offline);
  }
}

function typed(form) {
  const body = new FormData(form);
  for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
  return body;
}

async function settle(form, answer) {
  const signedOut = leadsToSignIn(answer) || answer.status === 401;
  if (answer.ok && !signedOut) {
    draftOf(form).wait = PAUSE;
    return say(form, words.saved(await clockOf(answer)));
  }
  if (answer.status >= 500 || answer.status === 429) return retry(form, words.notSaved);
  draftOf(form).unsaved = true;
  say(form, signedOut ? words.signedOut : answer.status === 409 ? words.moved : words.refused, true);
}

async function clockOf(answer) {
  const isJson = answer.headers.get("Content-Type")?.includes("json");
  const told = isJson ? (await answer.json()).saved : undefined;
  return told ?? new Intl.DateTimeFormat("pt-BR", { hour: "2-digit", minute: "2-digit" }).format(new Date());
}

function retry(form, sentence) {
  const draft = draftOf(form);
  draft.unsaved = true;
  draft.wait = Math.min(draft.wait * 2, LONGEST_WAIT);
  say(form, sentence, true);
  saveLater(form);
}

function say(form, sentence, isBad = false) {
  const status = form.querySelector("[data-draft-status]");
  if (!status) return;
  status.classList.toggle("bad", isBad);
  if (status.textContent !== sentence) status.textContent = sentence;
}
