/* While an issue is about to leave, or leaves, the page says how far it has come: where it stands is drawn anew every few
   seconds. Nothing else is touched, and what is read stays where it is. */

import { keep } from "./kept.js";
import { stay } from "./issue_place.js";

const PARTS = ["issue-standing", "issue-go", "issue-out"];
const LONGEST = 60;

const drawn = new Map();
let timer = null;
let failures = 0;
let pressing = 0;

const told = () => document.getElementById("issue-said");

function plan(seconds = Number(told()?.dataset.wait)) {
  clearTimeout(timer);
  timer = seconds ? setTimeout(ask, 1000 * (failures ? Math.min(seconds * 2 ** failures, LONGEST) : seconds)) : null;
}

async function ask() {
  timer = null;
  if (document.hidden || !told()) return;
  const before = told();
  try {
    const answer = await fetch(location.pathname + location.search, {
      headers: { "HX-Request": "true", "HX-Target": "issue-standing" },
    });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const live = page.getElementById("issue-live");
    if (!answer.ok || !live) throw new Error(`issue: ${answer.status}`);
    failures = 0;
    // A press that is under way, or was answered meanwhile, knows better.
    if (!pressing && told() === before) take(live);
  } catch {
    failures += 1;
  }
  plan();
}

function take(live) {
  told().dataset.wait = live.dataset.wait;
  if (live.dataset.state !== told().dataset.state) {
    const state = live.querySelector("#state").textContent;
    document.getElementById("toasts").replaceChildren();
    document.getElementById("said").textContent = `${told().dataset.changed} ${state}`;
    htmx.ajax("GET", location.pathname + location.search, { target: "#issue", select: "#issue", swap: "outerHTML" });
    return;
  }
  for (const id of PARTS) {
    const fresh = live.querySelector(`#${id}`);
    const old = document.getElementById(id);
    if (!fresh || !old || (drawn.get(id) ?? old.outerHTML) === fresh.outerHTML) continue;
    drawn.set(id, fresh.outerHTML);
    change(old, document.adoptNode(fresh));
  }
}

function change(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const summary = focused?.matches("summary") ? focused.parentElement.id : "";
  const restore = keep(old);
  stay(document.getElementById("issue"), () => {
    old.replaceWith(fresh);
    restore();
  });
  htmx.process(fresh);
  const same = summary ? document.querySelector(`#${CSS.escape(summary)} > summary`) : focused?.id && document.getElementById(focused.id);
  same?.focus?.({ preventScroll: true });
}

if (told()) {
  plan();
  document.addEventListener("visibilitychange", () => !document.hidden && timer === null && told()?.dataset.wait && ask());
  document.addEventListener("htmx:beforeRequest", () => (pressing += 1));
  document.addEventListener("htmx:afterRequest", () => (pressing -= 1));
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id !== "issue") return;
    drawn.clear();
    plan();
  });
}
