// The pages of rules: fields that only some effects need, and moving a rule with Alt and an arrow. All works without.
"use strict";

function showWhatTheEffectNeeds(form) {
  const effect = form.querySelector("[name=effect]");
  if (!effect) return;
  const show = () => {
    for (const part of form.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== effect.value;
  };
  effect.addEventListener("change", show);
  show();
}

function moveByKeys(event) {
  if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  const row = event.target.closest("[data-rule]");
  const button = row?.querySelector(`[value=${event.key === "ArrowUp" ? "up" : "down"}]`);
  if (!button || button.disabled) return;
  event.preventDefault();
  button.click();
}

document.querySelectorAll(".rule-form").forEach(showWhatTheEffectNeeds);
document.querySelectorAll(".rule-keys").forEach((words) => { words.hidden = false; });
document.addEventListener("keydown", moveByKeys);
if (/^#rule-\d+$/.test(location.hash)) document.querySelector(location.hash)?.focus();
