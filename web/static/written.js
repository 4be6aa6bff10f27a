/* What is written in a card and pressed: taken as sent and shown at once; it comes back whole where it was not saved. */

const fieldsOf = (form) => [...form.elements].filter((each) => each.id && /^(INPUT|TEXTAREA)$/.test(each.tagName) && each.type !== "hidden");
const ticks = (field) => field.type === "checkbox" || field.type === "radio";
const now = (field) => (ticks(field) ? field.checked : field.value);
const stored = (field) => (ticks(field) ? field.defaultChecked : field.defaultValue);

function put(field, was, typed) {
  if (ticks(field)) {
    field.defaultChecked = was;
    field.checked = typed;
  } else {
    field.defaultValue = was;
    field.value = typed;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/* Whether something in a card is written and not pressed yet. */
export function isUnsent(within) {
  return [...within.querySelectorAll("input[id], textarea[id]")].some((each) => each.type !== "hidden" && now(each) !== stored(each));
}

/* Takes a form as sent, so that a fresh card shows what is saved and nothing of it a second time. ``data-once`` fields
   are empty for the next words. Returns { unshow, restore }: what undoes both, in whichever card stands there then. */
export function takeWritten(form, button) {
  const unshow = show(form, button);
  const kept = [];
  for (const each of fieldsOf(form)) {
    if (now(each) !== stored(each)) kept.push({ id: each.id, was: stored(each), typed: now(each) });
    if (each.hasAttribute("data-once")) put(each, "", "");
    else put(each, now(each), now(each));
  }
  const folds = [];
  for (let each = form.closest("details[id]"); each; each = each.parentElement.closest("details[id]")) folds.push(each.id);
  const restore = ({ open }) => {
    unshow();
    for (const { id, was, typed } of kept) {
      const field = document.getElementById(id);
      // What was written after it is the newer.
      if (field && (now(field) === stored(field) || now(field) === typed)) put(field, was, typed);
    }
    // A radio button's default moves what is chosen of its group: what was chosen comes last.
    for (const { id, typed } of kept) if (typed === true && document.getElementById(id)) document.getElementById(id).checked = true;
    for (const id of open ? folds : []) {
      const fold = document.getElementById(id);
      if (fold) fold.open = true;
    }
  };
  return { unshow, restore };
}

/* ── What will be saved, shown before it is ───────────────────────────── */

const nothing = () => {};

function show(form, button) {
  const { alt, note, other } = form.elements;
  if (alt) return showWords(form, button);
  if (note) return showNote(form, note.value);
  if (other) return hide(form.closest(".like"));
  return nothing;
}

function showWords(form, button) {
  const place = form.closest(".desk-picture")?.querySelector(".alt-words");
  const { alt, decorative } = form.elements;
  const isChanged = alt.value.trim() !== alt.defaultValue.trim() || decorative?.checked !== decorative?.defaultChecked;
  if (!place || button?.value === "authors" || !isChanged) return nothing;
  const before = [...place.childNodes];
  if (decorative?.checked) {
    place.textContent = place.dataset.decorative;
  } else if (alt.value.trim()) {
    const said = Object.assign(document.createElement("span"), { className: "quiet", textContent: place.dataset.words });
    const words = Object.assign(document.createElement("span"), { dir: "auto", textContent: alt.value.trim() });
    place.replaceChildren(said, " ", words);
  }
  return () => place.replaceChildren(...before);
}

function showNote(form, text) {
  if (!text.trim()) return nothing;
  const line = Object.assign(document.createElement("p"), { className: "note-text", dir: "auto", textContent: text.trim() });
  form.before(line);
  return () => line.remove();
}

function hide(section) {
  if (!section) return nothing;
  section.hidden = true;
  return () => (section.hidden = false);
}
