/* What is typed into an issue and not saved yet is kept in this browser, letter by letter: it outlives a reload, a lost
   login, a crash of the browser and a server that is gone. It is never saved by itself, since every saving ends an
   approval and stands in the trail. */

import { marksOf } from "./kept.js";

const KEPT_FOR = 14 * 24 * 3600 * 1000;
const FIELDS = "#issue form[data-form] :is(input, textarea, select)[id]";
const GUARDED = ["approve", "send_now", "test"];

const bar = document.getElementById("unsaved");
const words = bar?.querySelector("[data-unsaved-words]");
const text = bar?.querySelector("[data-unsaved-text]");
const key = bar?.dataset.key;
const mine = new Set();
let restoredAt = 0;
let saving = null;

const store = (() => {
  try {
    localStorage.setItem("skord.probe", "1");
    localStorage.removeItem("skord.probe");
    return localStorage;
  } catch {
    return null;
  }
})();

const saves = (form) => form.querySelector("[data-saves], button[name=press][value=item]");
const isTick = (field) => field.type === "checkbox";
const valueOf = (field) => (isTick(field) ? String(field.checked) : field.value);

function baseOf(field) {
  if (isTick(field)) return String(field.defaultChecked);
  if (field.tagName !== "SELECT") return field.defaultValue;
  return ([...field.options].find((option) => option.defaultSelected) ?? field.options[0])?.value ?? "";
}

const isUnsaved = (field) => valueOf(field) !== baseOf(field) || field.dataset.unsaved === "yes";
const fields = () => [...document.querySelectorAll(FIELDS)].filter((each) => each.type !== "hidden" && saves(each.form));
/* A choice alone is nothing that anybody wrote. */
const unsaved = () => {
  const changed = fields().filter(isUnsaved);
  const written = new Set(changed.filter((each) => each.tagName !== "SELECT").map((each) => each.form));
  return changed.filter((each) => written.has(each.form));
};

function read() {
  try {
    const kept = JSON.parse(store?.getItem(key) ?? "null");
    return kept && Date.now() - kept.at < KEPT_FOR ? kept : null;
  } catch {
    return null;
  }
}

/* Another window's words stay: only what was touched here is written, or taken away. */
function keep() {
  if (!store) return;
  const kept = { ...(read()?.fields ?? {}) };
  // Words whose field is gone are all that is left of them: they stay until they are dropped.
  for (const id of mine) if (document.getElementById(id)) delete kept[id];
  for (const field of unsaved()) {
    mine.add(field.id);
    kept[field.id] = { value: valueOf(field), base: baseOf(field), marks: marksOf(field).map((mark) => mark.value) };
  }
  try {
    if (Object.keys(kept).length) store.setItem(key, JSON.stringify({ at: Date.now(), fields: kept }));
    else store.removeItem(key);
  } catch {
    words.textContent = bar.dataset.lost;
  }
}

function moment(at) {
  const then = new Date(at);
  const clock = then.toLocaleTimeString(bar.dataset.language, { hour: "2-digit", minute: "2-digit" });
  if (then.toDateString() === new Date().toDateString()) return clock;
  return `${then.toLocaleDateString(bar.dataset.language, { day: "numeric", month: "long" })} ${clock}`;
}

function show() {
  const some = unsaved().length > 0;
  const orphan = !text.hidden;
  bar.hidden = !some && !orphan;
  document.getElementById("unsaved-save").hidden = !some;
  if (!some) restoredAt = 0;
  if (orphan) return;
  const line = !store ? bar.dataset.lost : restoredAt ? bar.dataset.restored.replace("{when}", moment(restoredAt)) : bar.dataset.kept;
  if (some && words.textContent !== line) words.textContent = line;
}

/* ── Put back ─────────────────────────────────────────────────────────── */

function theirs(field) {
  const told = document.createElement("p");
  told.className = "theirs fine";
  const heading = document.createElement("strong");
  heading.textContent = bar.dataset.theirs;
  told.append(heading, " ", field.defaultValue || "–");
  field.closest(".field")?.append(told);
}

function restore() {
  const kept = read();
  if (!kept) return;
  for (const [id, { value, base, marks }] of Object.entries(kept.fields)) {
    const field = document.getElementById(id);
    mine.add(id);
    if (!field || !saves(field.form)) continue;
    if (isTick(field)) field.checked = value === "true";
    else field.value = value;
    if (!isUnsaved(field)) continue;
    restoredAt = kept.at;
    const changed = !isTick(field) && field.tagName !== "SELECT" && base !== field.defaultValue;
    // Words kept before there were marks are saved only after both have been seen.
    marksOf(field).forEach((mark, at) => (mark.value = marks?.[at] ?? (changed ? "-" : mark.value)));
    if (changed) theirs(field);
    for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  orphans(kept);
}

/* Words whose field is gone can still be copied, until somebody drops them. */
function orphans(kept) {
  const isWord = (value) => value !== "true" && value !== "false" && value.trim();
  const gone = Object.entries(kept?.fields ?? {}).filter(([id]) => !saves(document.getElementById(id)?.form ?? bar));
  const lost = gone.map(([, { value }]) => value).filter(isWord);
  if (!lost.length) return;
  for (const [id] of gone) mine.delete(id);
  text.hidden = false;
  text.value = lost.join("\n\n");
  words.textContent = bar.dataset.closed;
}

/* ── Save and drop ────────────────────────────────────────────────────── */

function saveNext() {
  const form = unsaved()[0]?.form;
  if (!form || form.dataset.form === saving) {
    saving = null;
    return;
  }
  saving = form.dataset.form;
  saves(form).click();
}

function drop() {
  for (const field of unsaved()) {
    delete field.dataset.unsaved;
    if (isTick(field)) field.checked = field.defaultChecked;
    else field.value = baseOf(field);
  }
  store?.removeItem(key);
  mine.clear();
  restoredAt = 0;
  text.hidden = true;
  words.textContent = "";
  bar.hidden = true;
  for (const told of document.querySelectorAll("#issue .theirs")) told.remove();
  htmx.ajax("GET", location.pathname + location.search, { target: "#issue", select: "#issue", swap: "outerHTML" });
}

if (bar) {
  restore();
  show();
  document.addEventListener("input", (event) => {
    if (!event.target.matches?.(FIELDS)) return;
    keep();
    show();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id !== "issue") return;
    keep();
    orphans(read());
    show();
    if (saving) saveNext();
  });
  for (const name of ["htmx:sendError", "htmx:responseError"]) document.addEventListener(name, () => (saving = null));
  document.getElementById("unsaved-save").addEventListener("click", saveNext);
  document.getElementById("unsaved-drop").addEventListener("click", drop);
  /* Nobody approves a letter without the words that stand on their screen. */
  document.addEventListener("submit", (event) => {
    if (!GUARDED.includes(event.submitter?.value) || !unsaved().length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    words.textContent = bar.dataset.first;
    document.getElementById("unsaved-save").focus();
  }, true);
}
