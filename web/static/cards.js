/* The cards of the queue: which is chosen, where each stands, and coming and going without moving what somebody reads. */

import { keep } from "./kept.js";

const root = document.documentElement;

export const queue = document.getElementById("queue");

/* With fewer cards than this ahead, older ones are asked for: enough to go on with while the server is gone a while. */
const FEW = 15;
export const words = document.getElementById("presses")?.dataset ?? {};

export const cards = () => [...document.querySelectorAll(".queue-item:not(.gone) > .queue-card")];
export const cardOf = (element) => element?.closest?.(".queue-card") ?? null;
export const itemOf = (story) => document.getElementById(`story-${story}`);
export const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (whole, name) => facts[name] ?? whole);

export function say(text) {
  const said = document.getElementById("said");
  if (said) said.textContent = text;
}

/* ── Which card is chosen ─────────────────────────────────────────────── */

let current = null;

export const chosen = () => (current?.isConnected && !current.closest(".gone") ? current : null);

export function choose(card, { focus = true } = {}) {
  const before = current;
  current?.removeAttribute("aria-current");
  current = card;
  card?.setAttribute("aria-current", "true");
  if (card && focus) card.focus({ preventScroll: true });
  if (before !== card) document.dispatchEvent(new CustomEvent("skord:chosen", { detail: { card, before } }));
}

/* The card that somebody is at, else the chosen one. */
export function here() {
  const focused = cardOf(document.activeElement);
  return focused && !focused.closest(".gone") ? focused : chosen();
}

/* How much of the screen's upper edge is taken by what stays there: the head, and the choice of many while it is open. */
function taken() {
  const stays = (part) => part && getComputedStyle(part).position === "sticky";
  const head = document.querySelector(".desk-head");
  const bulk = document.querySelector(".bulk[open]");
  return (stays(head) ? head.offsetHeight : 0) + (stays(bulk) ? bulk.offsetHeight : 0);
}

/* Brings the chosen card below the head, unless all of it can be seen. */
export function reveal({ always = false } = {}) {
  if (!current?.isConnected) return;
  const top = taken();
  const box = current.getBoundingClientRect();
  if (always || box.top < top + 8 || box.bottom > innerHeight) scrollBy({ top: box.top - top - (always ? 6 : 16), behavior: "instant" });
  placed = scrollY;
}

/* Has the chosen card's head out from under what stays at the upper edge; else nothing moves. */
export function uncover() {
  const covered = current?.isConnected ? taken() + 8 - current.getBoundingClientRect().top : 0;
  if (covered > 0) scrollBy({ top: -covered, behavior: "instant" });
}

/* ── A thumb: the card that is read is the chosen one, and only that one has its decisions at the thumb ─── */

const narrow = matchMedia("(max-width: 40rem)");
/* Less of a card than this, above its decisions, is not what somebody reads. */
const READ = 48;
/* Where the page stood when a key or a press had brought it there; that moves no choice. */
let placed = -1;

/* The uppermost card with words on the screen. */
function read() {
  const ends = (card) => card.getBoundingClientRect().bottom - (card.querySelector(".decide")?.offsetHeight ?? 0);
  return cards().find((card) => ends(card) > READ) ?? null;
}

function follow() {
  asked = false;
  if (!queue || !narrow.matches || Math.abs(scrollY - placed) < 2) return;
  const card = read();
  if (card && card !== current) choose(card, { focus: false });
}

let asked = false;
document.addEventListener(
  "scroll",
  () => {
    if (!asked) requestAnimationFrame(follow);
    asked = true;
  },
  { passive: true },
);

export function step(by) {
  const all = cards();
  if (!all.length) return;
  const at = all.indexOf(here());
  // What is only marked when the page opens is the first to be gone to.
  const unseen = at >= 0 && document.activeElement === document.body && !current.dataset.visited;
  const next = unseen ? all[at] : all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
  if (next) {
    next.dataset.visited = "yes";
    choose(next);
  }
  reveal();
  if (by > 0 && at + FEW >= all.length) more();
}

document.addEventListener("focusin", (event) => {
  const card = cardOf(event.target);
  if (card && card !== current && !card.closest(".gone")) choose(card, { focus: false });
});

/* ── Where few cards are left, the older ones come by themselves ──────── */

export function more() {
  const link = document.getElementById("more");
  if (link && !link.dataset.asked) {
    link.dataset.asked = "yes";
    link.click();
  }
}

/* The server was gone: they are asked for again, at the next step. */
for (const trouble of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(trouble, (event) => {
    if (event.detail.elt.id === "more") delete event.detail.elt.dataset.asked;
  });
}

/* ── Changing the list while somebody reads in it ─────────────────────── */

/* Carries out a change; what is read stays where it is on the screen. */
export function anchored(change) {
  const seen = (card) => {
    const box = card.getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight;
  };
  const anchor = (chosen() && seen(chosen()) ? chosen() : cards().find(seen)) ?? null;
  const top = anchor?.getBoundingClientRect().top;
  root.style.overflowAnchor = "none";
  change();
  const still = anchor && (anchor.isConnected ? anchor : document.getElementById(anchor.id));
  if (still && !still.closest(".gone")) {
    scrollBy({ top: still.getBoundingClientRect().top - top, behavior: "instant" });
  }
  requestAnimationFrame(() => (root.style.overflowAnchor = ""));
}

/* Rules' order counts only in the piles that people work through. */
function stands(item) {
  const ranked = ["waiting", "second"].includes(queue.dataset.pile);
  return [ranked ? Number(item.dataset.rank ?? 0) : 0, BigInt(item.dataset.sort ?? 0)];
}

function isAfter(one, other) {
  const [rank, key] = stands(one);
  const [otherRank, otherKey] = stands(other);
  return rank === otherRank ? key < otherKey : rank < otherRank;
}

/* Puts a card where its rank and time put it; the same story never stands twice. */
export function place(item) {
  const same = itemOf(item.dataset.story);
  if (same && same !== item) same.remove();
  const next = [...queue.children].find((other) => other !== item && isAfter(other, item));
  queue.insertBefore(item, next ?? null);
  drawn(item);
}

function drawn(item) {
  htmx.process(item);
  document.dispatchEvent(new CustomEvent("skord:card", { detail: { item } }));
}

/* Which element of a card somebody is at, as a selector that finds it in a fresh one. */
function spot(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  if (element.name) return `${element.tagName}[name="${CSS.escape(element.name)}"][value="${CSS.escape(element.value)}"]`;
  return element.dataset.key ? `[data-key="${CSS.escape(element.dataset.key)}"]` : ".queue-card";
}

export const isField = (element) => element?.matches?.("input:not([type=checkbox],[type=radio]), textarea, select");
const held = new Map();

/* Puts a fresh card in the place of an old one; the focus stays, and nobody is interrupted in writing. */
export function swap(old, fresh, sent = null) {
  const active = document.activeElement;
  if (isField(active) && old.contains(active)) {
    held.set(old, fresh);
    return;
  }
  const at = old.contains(active) ? spot(active) : "";
  const wasChosen = current && old.contains(current);
  const restore = keep(old, sent);
  old.replaceWith(fresh);
  drawn(fresh);
  restore();
  const card = fresh.querySelector(".queue-card");
  if (wasChosen) choose(card, { focus: false });
  if (at) (fresh.querySelector(at) ?? card).focus({ preventScroll: true });
}

document.addEventListener("focusout", (event) => {
  const item = event.target.closest?.(".queue-item");
  if (!held.has(item)) return;
  queueMicrotask(() => {
    const fresh = held.get(item);
    held.delete(item);
    if (fresh && item.isConnected) anchored(() => swap(item, fresh));
  });
});

/* ── Leaving and coming back ──────────────────────────────────────────── */

function neighbour(item) {
  const all = cards();
  const at = all.indexOf(item.querySelector(".queue-card"));
  return all[at + 1] ?? all[at - 1] ?? null;
}

/* Takes a card away at once; the next one has the focus before anything is sent. */
export function leave(item) {
  const next = neighbour(item);
  item.classList.add("gone");
  if (next) {
    next.dataset.visited = "yes";
    choose(next);
    reveal({ always: narrow.matches });
    // At the end of the list the page can go no further: what stands uppermost is what is read.
    const upper = narrow.matches ? read() : null;
    if (upper && upper !== next) choose(upper);
  } else {
    choose(null);
  }
  if (cards().length < FEW) more();
  settle();
}

/* Takes out what the pile no longer holds. */
export function drop(item) {
  const card = item.querySelector(".queue-card");
  const had = card === current || item.contains(document.activeElement);
  const next = had ? neighbour(item) : null;
  item.remove();
  if (next) choose(next);
  else if (had) choose(null);
  settle();
}

let ranOut = false;

/* The empty state, or that everything here was gone through, has the focus when no card is left; a new card takes it. */
export function settle() {
  if (!queue) return;
  const through = document.getElementById("gone-through");
  const empty = document.querySelector("#empty .empty");
  const all = cards();
  // A browser lets go of what is hidden only when it draws next.
  const lost = [document.body, null].includes(document.activeElement) || document.activeElement.closest(".gone") !== null;
  const waits = through?.contains(document.activeElement) || empty?.contains(document.activeElement);
  if (through) through.hidden = all.length > 0 || empty !== null;
  if (empty) empty.hidden = all.length > 0;
  if (!all.length && (lost || waits)) (empty ?? through)?.focus();
  if (all.length && (waits || (lost && current === null && ranOut))) choose(all[0]);
  ranOut = !all.length;
}

/* ── Parts of an answer ───────────────────────────────────────────────── */

export function parse(text) {
  const template = document.createElement("template");
  template.innerHTML = text;
  return template.content;
}

const REACHED = "a, button, summary, input, select";

/* Puts what stands around the cards in its place; who is at a link of it stays there. */
export function around(fragment) {
  for (const part of [...fragment.querySelectorAll("[hx-swap-oob]")]) {
    const how = part.getAttribute("hx-swap-oob");
    part.removeAttribute("hx-swap-oob");
    part.remove();
    const there = part.id && document.getElementById(part.id);
    if (!there || there.outerHTML === part.outerHTML) continue;
    if (how === "innerHTML") {
      there.replaceChildren(...part.childNodes);
      htmx.process(there);
      continue;
    }
    const at = [...there.querySelectorAll(REACHED)].indexOf(document.activeElement);
    const restore = keep(there);
    there.replaceWith(part);
    htmx.process(part);
    restore();
    if (at >= 0) part.querySelectorAll(REACHED)[at]?.focus({ preventScroll: true });
  }
}

document.addEventListener("htmx:afterSwap", (event) => {
  if (!queue || event.detail.target?.id !== "pager") return;
  // What came in by itself meanwhile may stand in the older cards too.
  const known = new Set();
  for (const item of [...queue.children]) {
    if (known.has(item.id)) item.remove();
    known.add(item.id);
  }
  settle();
});

/* The first card is marked when the page opens, so that the first key acts on what can be seen. */
if (queue && !location.hash) choose(cards()[0] ?? null, { focus: false });
