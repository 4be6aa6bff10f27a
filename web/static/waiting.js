/* What is pressed and not yet saved: a calm line with the stories' names, and a warning to who would leave. */

import { fill, say, words } from "./cards.js";

const CALM = 700;
const MOST_NAMES = 6;

const line = document.getElementById("presses");
let told = "fine";
let troubled = false;
let timer = null;

const put = (selector, text) => {
  const part = line.querySelector(selector);
  if (part.textContent !== text) part.textContent = text;
};

function warn(event) {
  event.preventDefault();
}

/* Shows what waits; ``presses`` is the queue of them. Only what changes for the person is told aloud. */
export function show(presses) {
  if (!line) return;
  const { list } = presses;
  const state = presses.state();
  line.dataset.count = String(list.length);
  window[list.length ? "addEventListener" : "removeEventListener"]("beforeunload", warn);
  clearTimeout(timer);
  const wasTroubled = troubled;
  if (state !== "fine" && state !== told) say(words[state]);
  told = state;
  troubled = list.length > 0 && (troubled || state !== "fine");
  if (!list.length && wasTroubled) {
    const said = document.getElementById("said");
    said.textContent = `${said.textContent} ${words.saved}`.trim();
  }
  const age = list.length ? Date.now() - list[0].at : 0;
  line.hidden = !list.length || (state === "fine" && age < CALM);
  line.classList.toggle("trouble", state !== "fine");
  if (!list.length) return;
  timer = setTimeout(() => show(presses), state === "fine" && age < CALM ? CALM - age : 1000);
  if (line.hidden) return;
  const seconds = Math.ceil((presses.nextAt() - Date.now()) / 1000);
  const soon = seconds > 0 ? fill(words.soon, { count: seconds }) : words.now;
  put(".presses-count", list.length === 1 ? words.one : fill(words.many, { count: list.length }));
  put(".presses-why", state === "fine" ? "" : `${words[state]} ${soon}`);
  document.getElementById("presses-now").hidden = state === "fine";
  document.getElementById("presses-login").hidden = !["ended", "stranger"].includes(state);
  names(list);
}

function names(list) {
  const titles = [...new Set(list.map((press) => press.title).filter(Boolean))];
  const shown = titles.slice(0, MOST_NAMES);
  if (titles.length > shown.length) shown.push("…");
  const place = line.querySelector(".presses-names");
  if (place.textContent === shown.join("")) return;
  place.replaceChildren(
    ...shown.map((title) => {
      const row = document.createElement("li");
      row.textContent = title;
      return row;
    }),
  );
}
