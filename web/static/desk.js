/* The desk with scripts: keys, focus, presses that wait for nobody, colleagues at the same queue. Everything works
   without them too. Each file of one subject; this one starts them and keeps the focus over what htmx swaps. */

import "./kept.js";
import "./menus.js";
import "./issue_editor.js";
import "./reviewing.js";
import "./pulse.js";
import "./keys.js";
import { cards, cardOf, choose, chosen, reveal, settle, uncover } from "./cards.js";

document.documentElement.classList.add("scripted");

/* What opens above the cards pushes them down, and never lies over the one that is read. */
document.addEventListener("toggle", (event) => event.target.id === "bulk" && event.target.open && uncover(), true);

/* The pile that is shown is in sight where the row of piles is wider than the screen. */
const pile = document.querySelector("#piles [aria-current]");
if (pile) pile.parentElement.scrollLeft = pile.offsetLeft - pile.parentElement.offsetLeft - 24;

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

/* Beside the cards it can stay shorter than above them, where no list of what was done is in sight; a failure stays. */
function lasts(toast) {
  if (toast.matches(".bad")) return 15000;
  return matchMedia("(min-width: 64rem)").matches ? 6000 : 10000;
}

/* A toast goes when nobody is at it; what it offers stands in the list beside, too. */
function leaveLater(toast) {
  setTimeout(() => {
    if (!toast.isConnected) return;
    if (toast.matches(":hover") || toast.contains(document.activeElement)) leaveLater(toast);
    else toast.remove();
  }, lasts(toast));
}

function time() {
  const toast = document.querySelector("[data-toast]:not([data-timed])");
  if (!toast) return;
  toast.dataset.timed = "yes";
  leaveLater(toast);
}

const toasts = document.getElementById("toasts");
if (toasts) new MutationObserver(time).observe(toasts, { childList: true });
