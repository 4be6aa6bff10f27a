/* What somebody has written and not sent, or opened, outlives a swap around it. */

/* The hidden marks of what a field's words were written from: what somebody else saves meanwhile is not theirs to know. */
export function marksOf(field) {
  const names = /^(starts_|ends_|all_day)/.test(field.name) ? [field.name, "when"] : [field.name];
  return names.map((name) => field.form?.elements[`base-${name}`]).filter(Boolean);
}

const withMarks = (field, put) => {
  const marks = marksOf(field).map((mark) => mark.value);
  return (fresh) => {
    put(fresh);
    marksOf(fresh).forEach((mark, at) => (mark.value = marks[at] ?? mark.value));
  };
};

/* Returns what puts it back, by the same ids, once the fresh elements stand there. ``sent`` is a form that is done with. */
export function keep(target, sent = null) {
  const kept = [];
  for (const each of target.querySelectorAll("input[id], textarea[id], select[id]")) {
    if (each.form === sent || each.type === "hidden") continue;
    if (each.type === "checkbox" || each.type === "radio") {
      if (each.checked !== each.defaultChecked) kept.push([each.id, withMarks(each, (fresh) => (fresh.checked = each.checked))]);
    } else if (each.tagName === "SELECT") {
      const chosen = each.value;
      if (![...each.options].some((option) => option.defaultSelected && option.selected)) {
        kept.push([each.id, (fresh) => (fresh.value = chosen)]);
      }
    } else if (each.value !== each.defaultValue || each.dataset.unsaved) {
      kept.push([each.id, withMarks(each, (fresh) => (fresh.value = each.value))]);
    }
  }
  for (const each of target.querySelectorAll("details[id][open]")) {
    if (!each.contains(sent) || each.dataset.stay) kept.push([each.id, (fresh) => (fresh.open = true)]);
  }
  return () => {
    for (const [id, put] of kept) {
      const fresh = document.getElementById(id);
      if (fresh) put(fresh);
    }
  };
}

let restore = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  const target = event.detail.target;
  restore = target?.querySelectorAll ? keep(target, event.detail.requestConfig?.elt) : null;
});

document.addEventListener("htmx:afterSwap", () => {
  restore?.();
  restore = null;
});
