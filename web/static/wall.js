// The wall: shows its stories one after the other, takes in what is approved and lets go of what is hidden within two
// seconds, and keeps its last good picture when the network is gone. It holds as many stories as its page names and no
// more, one timer for what is shown and one for what is asked, however long it stands.

const root = document.documentElement;
const wall = document.getElementById("wall");
const list = document.getElementById("wall-stories");
const rest = document.getElementById("wall-rest");
const lost = document.getElementById("wall-lost");
const controls = document.getElementById("wall-controls");

const EACH = Number(wall.dataset.each) * 1000;
const REST = Number(wall.dataset.rest) * 1000;
const MOSAIC = wall.dataset.layout === "mosaic";
const ASK = 1000; // how often it is asked whether anything changed
const SLOWEST = 5000; // while nobody answers
const ANEW = 600_000; // so often the page is taken in anyway: rights to pictures end with a day
const IDLE = 4000;

const say = (what, story = null) => document.dispatchEvent(new CustomEvent(`wall:${what}`, { detail: story }));

// --- what is shown -----------------------------------------------------------------------------------------------

let slides = [...list.children]; // in the order of the page: newest first
let fresh = []; // came since; shown before anything old
let shown = []; // on the wall now: one, or as many as a mosaic has places
let paused = false;
let resting = false;
let timer = 0;

const storyOf = (slide) => slide.dataset.story;
const after = (slide, step = 1) => slides[(slides.indexOf(slide) + step + slides.length) % slides.length];

function places() {
  if (!MOSAIC) return 1;
  return innerWidth < 640 ? 3 : 6;
}

// Words that do not fit are made smaller, and of the longest the text below the title is left out.
function fit(slide) {
  const box = slide.querySelector(".slide-words");
  slide.classList.remove("wordless");
  for (const much of [1, 0.92, 0.84, 0.76, 0.68, 0.6]) {
    slide.style.setProperty("--fit", much);
    if (fits(slide, box)) return;
  }
  slide.classList.add("wordless");
  for (const much of [1, 0.84, 0.68, 0.52, 0.4]) {
    slide.style.setProperty("--fit", much);
    if (fits(slide, box)) return;
  }
}

const fits = (slide, box) => box.scrollHeight <= box.clientHeight + 1 && box.offsetHeight <= slide.clientHeight + 1 && box.scrollWidth <= box.clientWidth + 1;

function put(slide, place = 0) {
  const old = shown[place];
  if (old && old !== slide) {
    old.classList.remove("shown");
    old.querySelector(".slide-new").hidden = true;
  }
  shown[place] = slide;
  rest.hidden = true;
  resting = false;
  slide.style.order = place;
  slide.classList.add("shown");
  slide.querySelector(".slide-new").hidden = !fresh.includes(slide);
  fresh = fresh.filter((each) => each !== slide);
  ready(slide);
  ready(after(slide));
  fit(slide);
  say("shown", storyOf(slide));
}

// The next picture is loaded while this one is shown; what is loaded stays when the network goes.
function ready(slide) {
  const picture = slide?.querySelector("img");
  if (!picture || picture.dataset.ready) return;
  picture.dataset.ready = "yes";
  picture.addEventListener("error", () => slide.classList.add("broken"));
  picture.addEventListener("load", () => slide.classList.remove("broken"));
  picture.loading = "eager";
  if (picture.complete && !picture.naturalWidth && picture.currentSrc) slide.classList.add("broken");
}

function takeRest() {
  for (const slide of shown) slide.classList.remove("shown");
  rest.hidden = false;
  resting = true;
  say("rest");
}

let turn = 0; // the place of a mosaic that changes next

function next() {
  if (!slides.length) return takeRest();
  if (MOSAIC) return nextPlace();
  const last = shown[0];
  if (fresh.length) put(fresh[0]);
  else if (!last) put(slides[0]);
  else if (REST && !resting && slides.length > 1) takeRest();
  else put(after(last));
}

function nextPlace() {
  const room = Math.min(places(), slides.length);
  while (shown.length > room) shown.pop().classList.remove("shown");
  while (shown.length < room) put(fresh[0] ?? slides.find((each) => !shown.includes(each)), shown.length);
  const outside = slides.filter((each) => !shown.includes(each));
  if (!outside.length) return;
  turn %= room;
  const news = fresh.find((each) => outside.includes(each));
  let slide = news ?? after(shown[turn]);
  while (shown.includes(slide)) slide = after(slide);
  put(slide, turn);
  turn += 1;
}

function go() {
  clearTimeout(timer);
  if (!paused) timer = setTimeout(() => (next(), go()), resting && slides.length ? REST : EACH);
}

function step(way) {
  if (!slides.length) return;
  if (MOSAIC) nextPlace();
  else put(shown[0] ? after(shown[0], way) : slides[0]);
  go();
}

function pause(yes) {
  paused = yes;
  root.classList.toggle("paused", yes);
  const button = controls.querySelector("[data-do=pause]");
  button.setAttribute("aria-pressed", String(yes));
  say(yes ? "paused" : "goes");
  go();
}

// --- what came and what went --------------------------------------------------------------------------------------

// The page as it is now: stories that look as before keep their element, with the picture that it has loaded.
function takeIn(page) {
  const before = new Map(slides.map((slide) => [storyOf(slide), slide]));
  const found = [...page.getElementById("wall-stories").children].map((each) => {
    const known = before.get(storyOf(each));
    return known?.dataset.mark === each.dataset.mark ? known : document.adoptNode(each);
  });
  const stay = new Map(found.map((slide) => [storyOf(slide), slide]));
  for (const [story, slide] of before) {
    if (stay.get(story) === slide) continue;
    slide.remove();
    if (!stay.has(story)) say("left", story);
  }
  const came = found.filter((slide) => !before.has(storyOf(slide)));
  slides = found;
  list.replaceChildren(...slides);
  fresh = [...fresh, ...came.reverse()].filter((slide) => slides.includes(slide));
  for (const slide of came) say("came", storyOf(slide));
  keepShown(stay);
  if (came.length && !paused) (next(), go());
  else if (!slides.length || (resting && slides.length === 1)) (next(), go());
}

// What is on the wall and is another now is changed in place; what is gone leaves at once, paused or not.
function keepShown(stay) {
  const now = shown.map((slide) => stay.get(storyOf(slide)));
  const gone = now.some((slide) => !slide);
  now.forEach((slide, place) => {
    if (slide && slide !== shown[place]) {
      shown[place] = slide;
      if (!resting) put(slide, place);
    }
  });
  if (!gone) return;
  shown = now.filter(Boolean);
  if (resting && slides.length) return;
  if (MOSAIC) shown.forEach((slide, place) => (slide.style.order = place));
  if (slides.length) MOSAIC ? nextPlace() : put(fresh[0] ?? slides[0]);
  else takeRest();
  go();
}

let leaving = 0;

function tell(message) {
  clearTimeout(leaving);
  const own = document.getElementById("wall-message");
  const kept = own.isEqualNode(message) ? own : document.adoptNode(message);
  if (kept !== own) own.replaceWith(kept);
  const left = Number(kept.dataset.left || 0);
  if (left) leaving = setTimeout(() => (kept.hidden = true), Math.min(left * 1000, 2 ** 31 - 1));
}

function takeRestIn(page) {
  const words = page.getElementById("wall-rest");
  rest.replaceChildren(...words.children);
}

// --- asking -------------------------------------------------------------------------------------------------------

let known = wall.dataset.revision;
let taken = performance.now();
let misses = 0;

const ask = (address) => fetch(address, { cache: "no-cache", credentials: "omit", redirect: "error", signal: AbortSignal.timeout(8000) });

async function pulse() {
  const answer = await ask(wall.dataset.pulse);
  if (!answer.ok) throw new Error("no pulse");
  const { revision } = await answer.json();
  if (String(revision) === known && !misses && performance.now() - taken < ANEW) return;
  await renew();
}

async function renew() {
  const answer = await ask(location.href);
  const page = answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  const fresher = page?.getElementById("wall");
  // Whatever else answers, a proxy's page or an error, is no wall: the last good one stays.
  if (!fresher) throw new Error("no wall");
  known = fresher.dataset.revision;
  taken = performance.now();
  takeRestIn(page);
  tell(page.getElementById("wall-message"));
  takeIn(page);
  say("renewed");
}

async function watch() {
  try {
    await pulse();
    if (misses > 1) say("back");
    misses = 0;
    lost.textContent = "";
  } catch {
    misses += 1;
    if (misses === 2) {
      lost.textContent = lost.dataset.words;
      say("lost");
    }
  }
  setTimeout(watch, misses ? Math.min(SLOWEST, ASK * misses) : ASK);
}

// --- hands --------------------------------------------------------------------------------------------------------

const full = controls.querySelector("[data-do=full]");
const acts = {
  before: () => step(-1),
  after: () => step(1),
  pause: () => pause(!paused),
  full: () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()).catch(() => {}),
};

controls.addEventListener("click", (event) => acts[event.target.closest("button")?.dataset.do]?.());

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === " " && event.target.closest?.("button")) return; // the button answers for itself
  const act = { " ": "pause", ArrowLeft: "before", ArrowRight: "after", ArrowUp: "before", ArrowDown: "after", f: "full", F: "full" }[event.key];
  if (!act || (act === "full" && full.hidden)) return;
  event.preventDefault();
  acts[act]();
});

let idle = 0;
function busy() {
  root.classList.remove("idle");
  clearTimeout(idle);
  idle = setTimeout(() => root.classList.add("idle"), IDLE);
}
for (const kind of ["pointermove", "pointerdown", "keydown", "focusin"]) addEventListener(kind, busy, { passive: true });

addEventListener("resize", () => {
  if (MOSAIC) nextPlace();
  for (const slide of shown) fit(slide);
});

// A screen that goes dark is no wall. Browsers that cannot be asked, or refuse, are left alone.
async function stayAwake() {
  try {
    if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen");
  } catch { /* it may sleep */ }
}
document.addEventListener("visibilitychange", stayAwake);

root.classList.add("live");
controls.hidden = false;
full.hidden = !document.fullscreenEnabled;
tell(document.getElementById("wall-message"));
busy();
stayAwake();
next();
go();
watch();
document.fonts?.ready.then(() => shown.forEach(fit));
