/* The desk with scripts: keys, focus, presses that wait for nobody, colleagues at the same queue. Everything works
   without them too. Each file of one subject; this one starts them and keeps the focus over what htmx swaps. */

import "./kept.js";
import "./menus.js";
import "./issue_editor.js";
import "./reviewing.js";
import "./pulse.js";
import "./keys.js";
import { cards, cardOf, choose, chosen, reveal, settle } from "./cards.js";

document.documentElement.classList.add("scripted");

/* ── What other forms of a card say when nobody answers ───────────────── */

document.addEventListener("htmx:sendError", () => {
  const toasts = document.getElementById("toasts");
  if (!toasts?.dataset.offline) return;
  const toast = document.createElement("div");
  toast.className = "toast bad";
  toast.textContent = toasts.dataset.offline;
  toasts.replaceChildren(toast);
  document.getElementById("said").textContent = toasts.dataset.offline;
});

/* ── The focus after a swap ───────────────────────────────────────────── */

let before = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  before = chosen() && event.detail.target?.contains?.(chosen()) ? chosen().id : null;
});

document.addEventListener("htmx:afterSettle", () => {
  const same = before && document.getElementById(before);
  const lost = !document.activeElement || document.activeElement === document.body;
  if (same && !chosen()) choose(same, { focus: lost });
  else if (!chosen() && cards().length) choose(cardOf(document.activeElement) ?? cards()[0], { focus: lost && before !== null });
  before = null;
  settle();
  if (chosen() && document.activeElement === chosen()) reveal();
  time();
});

/* A toast goes when nobody is at it; what it offers stands in the list beside, too. */
function leaveLater(toast) {
  setTimeout(() => {
    if (!toast.isConnected) return;
    if (toast.matches(":hover") || toast.contains(document.activeElement)) leaveLater(toast);
    else toast.remove();
  }, 15000);
}

function time() {
  const toast = document.querySelector("[data-toast]:not([data-timed])");
  if (!toast) return;
  toast.dataset.timed = "yes";
  leaveLater(toast);
}

const toasts = document.getElementById("toasts");
if (toasts) new MutationObserver(time).observe(toasts, { childList: true });
