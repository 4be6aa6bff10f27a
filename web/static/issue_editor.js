/* The editor: what was done is told, the inbox line and Markdown are shown as they are
   written. Moving is in issue_moves.js, what is not saved yet in issue_unsaved.js, the preview in issue_preview.js. */

import "./issue_live.js";
import "./issue_moves.js";
import "./issue_place.js";
import "./issue_preview.js";
import "./issue_unsaved.js";

document.addEventListener("htmx:afterSettle", (event) => {
  const told = document.getElementById("issue-said");
  if (!told || event.detail.target?.id !== "issue") return;
  if (told.dataset.said) receipt(told.dataset.said);
  const wrong = document.querySelector("#issue [aria-invalid]");
  // Of folds that close each other the old one was still there when the new one came.
  for (let fold = wrong?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  (wrong ?? refusal() ?? document.getElementById(told.dataset.focus))?.focus();
  document.querySelectorAll("#issue [data-inbox]").forEach(line);
});

/* What was done is seen, and spoken once. */
function receipt(text) {
  document.getElementById("said").textContent = text;
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.dataset.toast = "yes";
  toast.append(Object.assign(document.createElement("p"), { textContent: text }));
  document.getElementById("toasts").replaceChildren(toast);
}

/* A refusal stands where the hand is: at the form that was sent, else at the top. */
function refusal() {
  const notice = document.getElementById("issue-refused");
  if (!notice) return null;
  document.getElementById("toasts").replaceChildren();
  const form = notice.dataset.of && document.querySelector(`#issue form[data-form="${CSS.escape(notice.dataset.of)}"]`);
  if (form?.querySelector("input:not([type=hidden]), textarea")) form.prepend(notice);
  else form?.closest("li")?.append(notice);
  for (let fold = notice.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  requestAnimationFrame(() => notice.scrollIntoView({ block: "center", behavior: "instant" }));
  return notice;
}

/* A reload tells nothing that was done before it. */
const here = new URL(location.href);
if (document.getElementById("issue") && here.searchParams.has("said")) {
  here.searchParams.delete("said");
  history.replaceState(history.state, "", here);
}

/* ── An author's words to begin from ──────────────────────────────────── */

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("#issue [data-begin]");
  if (!button) return;
  const field = document.getElementById(button.dataset.begin);
  const words = document.getElementById(button.dataset.from).cloneNode(true);
  for (const unseen of words.querySelectorAll(".unseen")) unseen.remove();
  field.focus();
  field.select();
  // As if it were typed, so that one can take it back with the keys one knows.
  if (!document.execCommand("insertText", false, words.textContent)) field.value = words.textContent;
  field.setSelectionRange(0, 0);
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

/* ── The line in the inbox ────────────────────────────────────────────── */

function line(field) {
  const box = field.form.querySelector(".inbox");
  const name = field.dataset.inbox;
  const most = Number(field.dataset.most);
  const text = field.value.replace(/\s+/g, " ").trim() || field.placeholder;
  const letters = [...text];
  const shown = letters.length > most ? `${letters.slice(0, most - 1).join("").trimEnd()}…` : text;
  box.querySelector(`[data-inbox-shows="${name}"]`).textContent = shown;
  const count = box.querySelector(`[data-inbox-count="${name}"]`);
  count.textContent = count.dataset.words.replace("{count}", text === box.dataset.made ? 0 : letters.length);
  count.classList.toggle("over", letters.length > most);
}

/* ── Markdown as it is written ────────────────────────────────────────── */

const waiting = new Map();

async function look(field) {
  const box = document.querySelector(`[data-looks="${CSS.escape(field.id)}"]`);
  if (!box) return;
  box.hidden = !field.value.trim();
  if (box.hidden) return;
  const body = new URLSearchParams({ token: field.form.elements.token.value, text: field.value });
  try {
    const answer = await fetch(field.dataset.markdown, { method: "POST", body, redirect: "error" });
    // Our own server's few elements, cleaned as for the letter itself.
    if (answer.ok) box.querySelector(".prose").innerHTML = await answer.text();
  } catch {
    box.hidden = true; // the server is away: what was typed is kept all the same
  }
}

document.addEventListener("input", (event) => {
  const field = event.target;
  if (field.matches?.("#issue [data-inbox]")) line(field);
  if (!field.matches?.("#issue [data-markdown]")) return;
  clearTimeout(waiting.get(field.id));
  waiting.set(field.id, setTimeout(() => look(field), 300));
});
