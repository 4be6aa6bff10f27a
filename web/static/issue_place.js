/* What is read stays where it is on the screen while the issue around it is drawn anew. */

const root = document.documentElement;
let places = null;

/* The field or button at hand first, then what is in sight from the top; a row that is moved is not followed. */
function inSight(target, moved) {
  const seen = (each) => {
    const box = each.getBoundingClientRect();
    return box.height > 0 && box.bottom > 0 && box.top < innerHeight && !moved?.contains(each);
  };
  const hand = document.activeElement?.closest?.("[id]");
  const found = [...target.querySelectorAll("[id]")].filter(seen);
  return (target.contains(hand) && seen(hand) ? [hand, ...found] : found)
    .map((each) => [each.id, each.getBoundingClientRect().top]);
}

export function stay(target, change, moved = null) {
  const before = inSight(target, moved);
  root.style.overflowAnchor = "none";
  change();
  back(before);
}

function back(before) {
  hold(before);
  // What others draw at the same time, as the bar of unsaved words, stands by then.
  requestAnimationFrame(() => {
    hold(before);
    root.style.overflowAnchor = "";
  });
}

function hold(before) {
  const [id, top] = before.find(([each]) => document.getElementById(each)?.getClientRects().length) ?? [];
  if (id) scrollBy({ top: document.getElementById(id).getBoundingClientRect().top - top, behavior: "instant" });
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, requestConfig } = event.detail;
  if (target?.id !== "issue") return;
  const row = requestConfig?.elt;
  places = inSight(target, row?.matches?.("[data-item]") ? row : null);
  root.style.overflowAnchor = "none";
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (!places || event.detail.target?.id !== "issue") return;
  back(places);
  places = null;
});
