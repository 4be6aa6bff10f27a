/* What stands in an issue is moved: dragged with mouse, finger or pen by its handle, or by keys. Each move is one
   press; those that come while one is under way wait for it. Without this file there are buttons. */

const YEAR_AGO = "@year-ago";
const queue = [];
let busy = false;

const parts = () => [...document.querySelectorAll("#parts > [data-part]")];
const rowsOf = (part) => [...part.querySelectorAll(":scope > ol > [data-item]")];
const rowOf = (item) => document.querySelector(`#parts [data-item="${item}"]`);

function targets(from) {
  const inside = from.dataset.part === YEAR_AGO;
  return parts().filter((part) => (part.dataset.part === YEAR_AGO) === inside);
}

/* ── One press ────────────────────────────────────────────────────────── */

function run() {
  if (busy || !queue.length) return;
  const { item, to, focus } = queue.shift();
  const row = rowOf(item);
  const wanted = row && to(row);
  if (!wanted) {
    run();
    return;
  }
  busy = true;
  const form = row.querySelector("form");
  const values = { ...Object.fromEntries(new FormData(form)), press: "section", section: wanted.part, place: wanted.place };
  const done = () => {
    if (!busy) return;
    busy = false;
    document.removeEventListener("htmx:afterSettle", settled);
    const fresh = document.getElementById(focus) ?? rowOf(item);
    fresh?.focus({ preventScroll: true });
    fresh?.scrollIntoView({ block: "nearest" });
    run();
  };
  const settled = (event) => event.detail.target?.id === "issue" && done();
  document.addEventListener("htmx:afterSettle", settled);
  htmx
    .ajax("POST", form.getAttribute("action"), { source: row, target: "#issue", select: "#issue", swap: "outerHTML", values })
    .finally(() => setTimeout(done, 500)); // nobody answered, or with something else
}

function move(item, to, focus) {
  queue.push({ item, to, focus });
  run();
}

/* ── Keys ─────────────────────────────────────────────────────────────── */

const step = (by) => (row) => {
  const part = row.closest("[data-part]");
  const rows = rowsOf(part);
  const place = rows.indexOf(row) + by;
  return place >= 0 && place < rows.length ? { part: part.dataset.part, place } : null;
};

const leap = (by) => (row) => {
  const part = row.closest("[data-part]");
  const all = targets(part);
  const next = all[all.indexOf(part) + by];
  return next ? { part: next.dataset.part, place: by > 0 ? 0 : rowsOf(next).length } : null;
};

document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.("[data-item]");
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const onGrip = event.target.matches?.("[data-grip]");
  if (!row || !by || !(event.altKey || onGrip) || event.ctrlKey || event.metaKey) return;
  if (event.target.matches("input, textarea, select") || !row.querySelector("[data-grip]")) return;
  event.preventDefault();
  move(row.dataset.item, event.shiftKey ? leap(by) : step(by), onGrip ? event.target.id : row.id);
});

/* ── Dragging ─────────────────────────────────────────────────────────── */

let drag = null;

const say = (text) => {
  const said = document.getElementById("said");
  if (said) said.textContent = text;
};

function begin() {
  const { row } = drag;
  drag.begun = true;
  drag.line = document.createElement("li");
  drag.line.className = "drop-line";
  drag.line.setAttribute("aria-hidden", "true");
  drag.label = document.createElement("div");
  drag.label.className = "drag-label";
  drag.label.setAttribute("aria-hidden", "true");
  document.body.append(drag.label);
  document.documentElement.classList.add("dragging");
  row.classList.add("lifted");
  say(document.getElementById("parts").dataset.takes.replace("{title}", row.dataset.title));
  requestAnimationFrame(roll);
}

/* Where it would land: the section nearest to the pointer, before the first row whose middle is below it. */
function aim() {
  const away = (part) => {
    const box = part.getBoundingClientRect();
    return drag.y < box.top ? box.top - drag.y : drag.y > box.bottom ? drag.y - box.bottom : 0;
  };
  const part = targets(drag.from).reduce((best, each) => (away(each) < away(best) ? each : best));
  const rows = rowsOf(part).filter((each) => each !== drag.row);
  const before = rows.findIndex((each) => {
    const box = each.getBoundingClientRect();
    return drag.y < box.top + Math.min(box.height, 80) / 2;
  });
  const place = before < 0 ? rows.length : before;
  const list = part.querySelector(":scope > ol");
  if (before < 0) list.append(drag.line);
  else rows[before].before(drag.line);
  drag.to = { part: part.dataset.part, place };
  const where = document.getElementById("parts").dataset.over;
  drag.label.textContent = where.replace("{place}", place + 1).replace("{area}", part.dataset.title);
  drag.label.style.transform = `translate(${Math.min(drag.x + 14, innerWidth - drag.label.offsetWidth - 8)}px, ${drag.y + 14}px)`;
}

/* The page rolls while the pointer is at its edge. */
function roll() {
  if (!drag?.begun) return;
  const edge = 72;
  const by = drag.y < edge ? drag.y - edge : drag.y > innerHeight - edge ? drag.y - innerHeight + edge : 0;
  if (by) {
    scrollBy(0, by / 4);
    aim();
  }
  requestAnimationFrame(roll);
}

function end(drop) {
  const { row, begun, from, at, to, line, label } = drag;
  drag = null;
  document.documentElement.classList.remove("dragging");
  row.classList.remove("lifted");
  line?.remove();
  label?.remove();
  if (!begun) return;
  if (drop && to && !(to.part === from.dataset.part && to.place === at)) {
    move(row.dataset.item, () => to, `grip-${row.dataset.item}`);
  } else say(document.getElementById("parts").dataset.left.replace("{title}", row.dataset.title));
}

document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest?.("[data-grip]");
  if (!grip || event.button !== 0 || drag) return;
  const row = grip.closest("[data-item]");
  const from = row.closest("[data-part]");
  grip.setPointerCapture(event.pointerId);
  drag = { row, from, at: rowsOf(from).indexOf(row), x: event.clientX, y: event.clientY, startY: event.clientY, pointer: event.pointerId };
});

document.addEventListener("pointermove", (event) => {
  if (!drag || event.pointerId !== drag.pointer) return;
  [drag.x, drag.y] = [event.clientX, event.clientY];
  if (!drag.begun && Math.abs(drag.y - drag.startY) > 4) begin();
  if (drag.begun) aim();
});

document.addEventListener("pointerup", (event) => drag && event.pointerId === drag.pointer && end(true));
document.addEventListener("pointercancel", (event) => drag && event.pointerId === drag.pointer && end(false));
document.addEventListener("keydown", (event) => {
  if (!drag || event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  end(false);
}, true);
/* What is swapped away under the hand cannot be dropped. */
document.addEventListener("htmx:beforeSwap", (event) => drag && event.detail.target?.contains?.(drag.row) && end(false));
