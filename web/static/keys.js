/* Single keys, unless switched off, and never while somebody writes; the cheat sheet lists them (parts/keys.html). */

import { cards, choose, here, reveal, step } from "./cards.js";
import { openByKey } from "./menus.js";
import { undo } from "./reviewing.js";

const FIELDS = "input:not([type=checkbox],[type=radio]), textarea, select, [contenteditable]";

/* A letter as the sheet writes it: with Shift it is a capital, whatever Caps Lock says. */
function keyOf(event) {
  if (event.key.length !== 1) return "";
  const letter = event.key.toLowerCase();
  return event.shiftKey && letter !== event.key.toUpperCase() ? letter.toUpperCase() : letter;
}

/* The first picture's words that are missing, else the first picture's. */
function wordsOf(card) {
  const fields = [...card.querySelectorAll('textarea[name="alt"]')];
  const lacks = (field) => !field.value.trim() && !field.form.querySelector('[name="decorative"]:checked');
  const field = fields.find(lacks) ?? fields[0];
  if (!field) return false;
  for (let each = field.closest("details"); each; each = each.parentElement.closest("details")) each.open = true;
  field.focus();
  return true;
}

function press(card, target) {
  if (!card.contains(document.activeElement)) choose(card);
  else choose(card, { focus: false });
  reveal();
  const folds = target.closest("summary")?.parentElement ?? (target.matches("details") ? target : null);
  if (folds) openByKey(folds);
  else target.click();
}

function onCard(key) {
  const card = here() ?? cards()[0];
  if (!card) return false;
  if (key === "t") {
    choose(card, { focus: false });
    return wordsOf(card);
  }
  const target = card.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!target) return false;
  press(card, target);
  return true;
}

const EVERYWHERE = {
  "?": () => document.getElementById("keys")?.showModal(),
  "/": () => document.querySelector("[role=search] input[type=search]")?.focus(),
  j: () => step(1),
  k: () => step(-1),
  u: () => undo(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.repeat) return;
  if (event.target.closest?.(FIELDS) || event.target.closest?.("details.menu[open]")) return;
  if (document.querySelector("dialog[open]") || !document.querySelector("[data-shortcuts='on']")) return;
  const key = keyOf(event);
  if (!key) return;
  const act = EVERYWHERE[key];
  if (act) act();
  else if (!onCard(key)) return;
  event.preventDefault();
});

/* Ctrl or Cmd and Enter saves what is written in a card, whether single keys are on or off. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
  const form = event.target.matches?.("textarea, input") && event.target.closest(".queue-card form");
  const button = form && form.querySelector("button:not([type=button])");
  if (!button || button.disabled) return;
  event.preventDefault();
  form.requestSubmit(button);
});
