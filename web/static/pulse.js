/* Every few seconds: who has which card open, what others changed, what came in. Nothing moves under who reads. */

import { anchored, around, choose, chosen, drop, fill, itemOf, parse, place, queue, reveal, say, settle, swap, words } from "./cards.js";
import { ask, formToken, visit } from "./door.js";
import { presses } from "./reviewing.js";

const EVERY = 4000;
const SLOWEST = 60_000;

let since = "";
let failures = 0;
let timer = null;
let looking = {};

const items = () => [...queue.querySelectorAll(":scope > .queue-item")];

function asked() {
  const shown = items().map((item) => `${item.dataset.story}:${item.dataset.changes}`);
  const older = document.getElementById("more");
  const card = chosen();
  return new URLSearchParams({
    token: formToken(),
    back: queue.dataset.back,
    story: document.hidden || !card ? "" : card.closest(".queue-item").dataset.story,
    shown: shown.join(","),
    more: older ? "yes" : "",
    before: older ? (new URL(older.href).searchParams.get("before") ?? "") : "",
    since,
  });
}

async function beat() {
  clearTimeout(timer);
  timer = null;
  if (document.hidden) return;
  const sent = new Map(items().map((item) => [item.dataset.story, item.dataset.changes]));
  try {
    const response = await ask(queue.dataset.pulse, asked());
    if (response.status === 403) await visit();
    if (response.status !== 200) throw new Error(`pulse: ${response.status}`);
    const told = await response.json();
    since = String(told.since);
    failures = 0;
    take(told, sent);
  } catch {
    failures += 1;
  }
  timer = setTimeout(beat, Math.min(EVERY * 2 ** failures, SLOWEST));
}

function take(told, sent) {
  for (const each of told.changed) {
    const item = itemOf(each.id);
    // What was pressed here meanwhile is answered by its own press.
    if (!item || presses.of(each.id).length || item.dataset.changes !== sent.get(String(each.id))) continue;
    change(item, each);
  }
  const fresh = told.new.filter((each) => !itemOf(each.id) && !presses.of(each.id).length);
  for (const each of fresh) insert(each.card);
  settle();
  // While presses wait the numbers are behind what can be seen.
  if (!presses.list.length) around(parse(told.around));
  looking = told.looking;
  for (const item of items()) mark(item);
  settle();
}

/* ── Who looks at what ────────────────────────────────────────────────── */

function mark(item) {
  const line = item.querySelector(".looking");
  if (!line) return;
  const text = looking[item.dataset.story] ?? "";
  if (line.textContent !== text) line.textContent = text;
  line.hidden = !text;
}

document.addEventListener("skord:card", (event) => mark(event.detail.item));

/* ── What others changed ──────────────────────────────────────────────── */

const overtaken = new Map();

function change(item, { changes, said, card }) {
  const fresh = card ? parse(card).querySelector("li.queue-item") : null;
  if (item.contains(chosen()) && !item.classList.contains("gone")) {
    warn(item, said, fresh);
    item.dataset.changes = String(changes);
    return;
  }
  anchored(() => (fresh ? swap(item, fresh) : drop(item)));
}

/* The card that somebody is at stays as it is, says what happened, and takes no press until it is shown anew. */
function warn(item, said, fresh) {
  overtaken.set(item, fresh);
  item.dataset.overtaken = said;
  item.querySelector(".overtaken")?.remove();
  const notice = document.createElement("div");
  notice.className = "notice warn whole overtaken";
  notice.append(Object.assign(document.createElement("strong"), { textContent: said }));
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: words.fresh });
  button.addEventListener("click", () => renew(item, true));
  notice.append(button);
  anchored(() => item.querySelector(".queue-card").prepend(notice));
  say(said);
}

function renew(item, focus) {
  const fresh = overtaken.get(item);
  overtaken.delete(item);
  if (!item.isConnected) return;
  anchored(() => (fresh ? swap(item, fresh) : drop(item)));
  if (focus && fresh) choose(fresh.querySelector(".queue-card"));
}

document.addEventListener("skord:chosen", (event) => {
  const item = event.detail.before?.closest?.(".queue-item");
  if (overtaken.has(item)) renew(item, false);
  if (queue && failures === 0 && event.detail.card) soon();
});

/* A colleague sees within a second which card was opened. */
let asking = null;
function soon() {
  clearTimeout(asking);
  asking = setTimeout(() => timer !== null && beat(), 800);
}

/* ── What came in ─────────────────────────────────────────────────────── */

const above = new Set();
const link = document.getElementById("above");

function insert(card) {
  const item = parse(card).querySelector("li.queue-item");
  if (!item) return;
  anchored(() => place(item));
  if (item.getBoundingClientRect().bottom < headBottom()) above.add(item.id);
  count();
}

function headBottom() {
  const head = document.querySelector(".desk-head");
  return head && getComputedStyle(head).position === "sticky" ? head.offsetHeight : 0;
}

function count() {
  if (!link) return;
  for (const id of above) {
    const item = document.getElementById(id);
    if (!item || item.classList.contains("gone") || item.getBoundingClientRect().bottom > headBottom()) above.delete(id);
  }
  link.hidden = above.size === 0;
  link.style.insetBlockStart = `${headBottom() + 8}px`;
  link.firstElementChild.textContent = above.size === 1 ? words.aboveOne : fill(words.aboveMany, { count: above.size });
}

let frame = 0;
addEventListener("scroll", () => {
  if (!above.size || frame) return;
  frame = requestAnimationFrame(() => {
    frame = 0;
    count();
  });
}, { passive: true });

link?.firstElementChild.addEventListener("click", () => {
  const first = items().find((item) => above.has(item.id));
  if (first) choose(first.querySelector(".queue-card"));
  reveal();
  count();
});

/* ── While the page can be seen ───────────────────────────────────────── */

if (queue) {
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : beat()));
  addEventListener("online", () => {
    failures = 0;
    beat();
  });
  timer = setTimeout(beat, 400);
}
