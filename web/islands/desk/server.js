// What every request of ours carries, and what is said when the server cannot be reached or wants a new sign-in.
import { words } from "./words.js";

export const csrfHeader = () => ({ "X-CSRFToken": document.body.dataset.csrf ?? "" });

export function speakToServer() {
  document.addEventListener("htmx:config:request", ({ detail }) => {
    Object.assign(detail.ctx.request.headers, csrfHeader());
  });
  document.addEventListener("htmx:before:swap", (event) => {
    const answer = event.detail.ctx?.response?.raw;
    if (answer && leadsToSignIn(answer)) {
      event.preventDefault();
      location.assign(answer.url);
    }
  });
  document.addEventListener("htmx:error", () => announce(words.unreachable));
}

// A fragment asked for after the session ended comes back as the sign-in page: it is a page, not a fragment.
export function leadsToSignIn(answer) {
  const address = document.body.dataset.signIn;
  return Boolean(address) && answer.redirected && new URL(answer.url).pathname === address;
}

function announce(sentence) {
  const banner = document.createElement("div");
  banner.className = "banner error";
  banner.setAttribute("role", "alert");
  banner.textContent = sentence;
  document.getElementById("avisos")?.replaceChildren(banner);
}
