/* A press at a card: the card answers at once, the press goes to the queue, the answer settles both. */

import { anchored, around, cardOf, choose, chosen, drop, fill, here, isField, itemOf, leave, parse, place, queue, reveal, say, settle, swap, words } from "./cards.js";
import { send } from "./door.js";
import { makePresses, newOnce } from "./presses.js";
import { show } from "./waiting.js";
import { isUnsent, takeWritten } from "./written.js";
import { keep } from "./kept.js";

/* Where each decision puts a story: in another pile than the one shown, its card leaves. */
const PILES = { approve: "approved", hide: "hidden", later: "later", restore: "waiting" };
const OTHERS = { feature: "unfeature", unfeature: "feature", coming: "not_coming", not_coming: "coming", attach: "detach", detach: "attach", place: "unplace", unplace: "place" };
const MOST_LEFT = 60;

/* What was pressed on this page and not undone, the latest last. */
const done = [];
/* The cards that have left, so that an undo has them back at once. */
const left = new Map();
/* Every press that was ever in ``done``. */
const known = new Set();
let goTo = "";

export const presses = makePresses({ send, answered, changed: () => show(presses) });

addEventListener("online", presses.now);
addEventListener("focus", presses.now);
document.addEventListener("visibilitychange", () => !document.hidden && presses.now());
document.getElementById("presses-now")?.addEventListener("click", presses.now);

/* ── Pressing ─────────────────────────────────────────────────────────── */

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!queue || !form.matches("form[data-press]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.classList.contains("undo")) undo(form.elements.group.value);
    else press(form, event.submitter);
  },
  true,
);

function press(form, button) {
  const item = form.closest(".queue-item");
  if (item?.dataset.overtaken) {
    say(`${item.dataset.overtaken} ${words.overtaken}`);
    item.querySelector(".overtaken button")?.focus();
    // A card that came back takes no key that was meant for another; the next one is meant.
    if (item.classList.contains("returned")) delete item.dataset.overtaken;
    return;
  }
  const body = new URLSearchParams(new FormData(form, button));
  const once = newOnce();
  const story = Number(item.dataset.story);
  body.set("once", once);
  presses.add({ once, story, base: Number(item.dataset.changes), title: item.dataset.title, address: form.getAttribute("action"), body });
  done.push({ once, story, title: item.dataset.title, flipped: flip(button), ...takeWritten(form, button) });
  known.add(once);
  closeMenus(form);
  if (leaves(button)) leave(item);
}

function leaves(button) {
  const pile = PILES[(button?.value ?? "").split(":")[0]];
  return Boolean(pile) && queue.dataset.pile !== "all" && pile !== queue.dataset.pile;
}

/* A mark shows at once what it will be; returns the id of the button for the way back. */
function flip(button) {
  if (!button?.hasAttribute("aria-pressed")) return "";
  const [how, ...rest] = button.value.split(":");
  if (!OTHERS[how]) return "";
  button.value = [OTHERS[how], ...rest].join(":");
  button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") === "true" ? "false" : "true");
  return button.id;
}

function closeMenus(form) {
  for (const each of form.querySelectorAll("details.menu[open]")) each.open = false;
  const opened = form.closest("details[id]:not([data-stay])");
  if (opened && cardOf(opened)) opened.open = false;
  const card = cardOf(form);
  if (card && !card.closest(".gone") && form.contains(document.activeElement)) {
    if (opened || document.activeElement.closest("details.menu") || isField(document.activeElement)) card.focus({ preventScroll: true });
  }
}

/* ── Undoing ──────────────────────────────────────────────────────────── */

/* Takes a press back, the latest where none is named: before it was sent it is simply not sent. */
export function undo(group = "") {
  const at = group ? done.findIndex((each) => each.once === group) : done.length - 1;
  const entry = at >= 0 ? done.splice(at, 1)[0] : group ? { once: group, story: storyOf(group), title: "" } : null;
  if (!entry) {
    say(words.nothing);
    return;
  }
  if (presses.list.some((press) => press.undoes === entry.once)) return;
  const [unsent] = presses.remove((press) => press.once === entry.once);
  const waits = presses.find(entry.once);
  const item = bringBack(entry);
  if (unsent) {
    entry.restore?.({ open: false });
    say(fill(words.cancelled, { title: entry.title }));
    return;
  }
  const once = newOnce();
  const body = new URLSearchParams({ group: entry.once, back: queue.dataset.back, once });
  const base = waits ? waits.base : Number(item?.dataset.changes ?? -1);
  presses.add({ once, story: entry.story, base, title: entry.title || item?.dataset.title || "", address: queue.dataset.undo, body, undoes: entry.once });
}

/* The story that a line beside the queue is about. */
function storyOf(group) {
  const line = document.querySelector(`form.undo input[name=group][value="${CSS.escape(group)}"]`)?.closest("li");
  const address = line?.querySelector("a[href*='/desk/stories/']")?.getAttribute("href") ?? "";
  return Number(/\/desk\/stories\/(\d+)/.exec(address)?.[1] ?? 0);
}

/* Shows the card as it was before a press, at once, and goes to it. */
function bringBack(entry) {
  const known = itemOf(entry.story);
  const item = known ?? left.get(entry.story);
  if (!item) return null;
  item.classList.remove("gone");
  if (!known) place(item);
  left.delete(entry.story);
  if (entry.flipped) flip(document.getElementById(entry.flipped));
  entry.unshow?.();
  choose(item.querySelector(".queue-card"));
  reveal();
  settle();
  return item;
}

/* ── What the server says ─────────────────────────────────────────────── */

function answered(press, answer) {
  if (answer.redirect) goTo = answer.redirect;
  if (answer.status >= 400) refused(press, answer);
  else taken(press, answer);
  goOn();
}

/* Another page is gone to only when nothing is left to send, and nobody writes here. */
function goOn() {
  if (goTo && !presses.list.length && !isUnsent(queue)) location.assign(goTo);
}

document.addEventListener("focusout", () => goTo && setTimeout(goOn));

function taken(press, { text, changes, gone, redirect }) {
  const later = presses.of(press.story);
  const item = itemOf(press.story);
  const number = Number(changes);
  if (changes && number === press.base + 1) {
    // Nobody was in between: what was pressed after it knew as much.
    for (const each of later) if (each.base === press.base) rebase(each, number);
    if (item && Number(item.dataset.changes) === press.base) renumber(item, number);
  }
  const fragment = parse(text);
  const fresh = fragment.querySelector("li.queue-item");
  if (!press.undoes && !fragment.querySelector(`form.undo input[value="${press.once}"]`)) forget(press.once);
  // Of many that were waiting only the last tells how things stand: the keys of who goes on come first.
  if (!presses.list.length) around(fragment);
  if (gone) {
    join(gone, fresh, press);
    return;
  }
  if (later.length || redirect) return;
  if (fresh) stand(item, fresh, press);
  else if (item) {
    left.set(press.story, item);
    if (left.size > MOST_LEFT) left.delete(left.keys().next().value);
    if (item.classList.contains("gone")) item.remove();
    else anchored(() => drop(item));
  }
  settle();
}

function stand(item, fresh, press) {
  if (item) anchored(() => swap(item, fresh));
  else {
    const idle = !here();
    anchored(() => place(fresh));
    if (press.undoes && idle) choose(fresh.querySelector(".queue-card"));
  }
}

/* What cannot be undone (a note, what was so already) is none of what u takes back. */
function forget(once) {
  const at = done.findIndex((each) => each.once === once);
  if (at >= 0) done.splice(at, 1);
  presses.remove((press) => press.undoes === once);
}

/* Two stories are one now: what was written in the card that goes stands in the one that stays. */
function join(gone, fresh, press) {
  const going = itemOf(gone);
  const wasHere = Boolean(going?.contains(chosen()));
  const restore = going ? keep(going) : () => {};
  for (const each of document.querySelectorAll(`.like[aria-labelledby$="-${CSS.escape(gone)}"]`)) each.remove();
  if (going) anchored(() => going.remove());
  if (fresh) stand(itemOf(fresh.dataset.story), fresh, press);
  restore();
  const item = fresh && itemOf(fresh.dataset.story);
  if (wasHere && item) {
    choose(item.querySelector(".queue-card"));
    reveal();
  }
  settle();
}

function rebase(press, number) {
  press.base = number;
  if (press.body.has("changes")) press.body.set("changes", String(number));
}

function renumber(item, number) {
  item.dataset.changes = String(number);
  for (const each of item.querySelectorAll("input[name=changes]")) each.value = String(number);
}

/* The server did not take it: the card comes back where it stood, and what one reads stays where it is. */
function refused(press, { status, text }) {
  const out = presses.remove((each) => each.story === press.story && !each.undoes);
  const gone = new Set([press.once, ...out.map((each) => each.once)]);
  presses.remove((each) => gone.has(each.undoes));
  const lost = done.filter((each) => gone.has(each.once));
  for (let at = done.length - 1; at >= 0; at -= 1) if (gone.has(done[at].once)) done.splice(at, 1);
  const fragment = parse(text);
  const fresh = fragment.querySelector("li.queue-item");
  const isTold = fragment.querySelector("#toasts") !== null;
  around(fragment);
  const old = itemOf(press.story);
  const wasHere = chosen() === null || old?.contains(chosen());
  anchored(() => {
    old?.classList.remove("gone");
    if (fresh && old) swap(old, fresh);
    else if (fresh) place(fresh);
  });
  for (const each of lost) each.restore?.({ open: true });
  const item = itemOf(press.story);
  item?.classList.add("returned");
  const notice = fresh?.querySelector(".notice strong")?.textContent;
  if (item && notice) item.dataset.overtaken = notice;
  if (!isTold || status === 403) toast(fill(words.dropped, { title: press.title }));
  if (item) offer(item);
  if (item && wasHere) attend(item);
  settle();
}

/* Goes to a card that came back: to the field that is wrong, where it is told. */
function attend(item) {
  choose(item.querySelector(".queue-card"));
  reveal();
  const wrong = item.querySelector("[aria-invalid=true]");
  if (!wrong?.checkVisibility()) return;
  wrong.focus();
  // What is typed next takes the place of what was wrong.
  if (wrong.matches("input")) wrong.select();
}

function toast(text) {
  const made = document.createElement("div");
  made.className = "toast bad";
  made.dataset.toast = "";
  made.append(Object.assign(document.createElement("p"), { textContent: text }));
  document.getElementById("toasts").replaceChildren(made);
  say(text);
}

/* The toast leads to the card that came back. */
function offer(item) {
  const there = document.querySelector("#toasts .toast");
  if (!there) return;
  there.classList.add("bad");
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: words.show });
  button.addEventListener("click", () => {
    const back = itemOf(item.dataset.story);
    if (back) attend(back);
  });
  there.append(button);
}

/* What other parts of the desk did by their own forms is undone by key too. */
document.addEventListener("htmx:afterSettle", () => {
  const group = document.querySelector("#toasts form.undo input[name=group]")?.value;
  if (!queue || !group || known.has(group)) return;
  known.add(group);
  done.push({ once: group, story: storyOf(group), title: "" });
});
