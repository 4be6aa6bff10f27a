/* The desk with scripts: keys, focus, leaving cards, undo, menus. Everything works without this file too. */
(() => {
  "use strict";

  const root = document.documentElement;
  const queue = document.getElementById("queue");
  const keysOn = document.querySelector("[data-shortcuts='on']") !== null;
  root.classList.add("scripted");

  const cards = () => [...document.querySelectorAll(".queue-item:not(.gone) > .queue-card")];
  const cardOf = (element) => element?.closest?.(".queue-card") ?? null;
  let current = null;

  function choose(card, { focus = true } = {}) {
    current?.removeAttribute("aria-current");
    current = card;
    if (!card) return;
    card.setAttribute("aria-current", "true");
    if (focus) card.focus({ preventScroll: true });
  }

  /* Brings the chosen card below the head, unless all of it can be seen. */
  function reveal() {
    if (!current?.isConnected) return;
    const head = document.querySelector(".desk-head");
    const top = head && getComputedStyle(head).position === "sticky" ? head.offsetHeight : 0;
    const box = current.getBoundingClientRect();
    if (box.top < top + 8 || box.bottom > innerHeight) scrollBy({ top: box.top - top - 16, behavior: "instant" });
  }

  function here() {
    const focused = cardOf(document.activeElement);
    if (focused) return focused;
    return current && current.isConnected && !current.closest(".gone") ? current : null;
  }

  function step(by) {
    const all = cards();
    if (!all.length) return;
    const at = all.indexOf(here());
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
    if (next) choose(next);
    reveal();
    if (by > 0 && at + 3 >= all.length) more();
  }

  /* Where few cards are left, the older ones come by themselves, so that the review never stops at a page's end. */
  function more() {
    const link = document.getElementById("more");
    if (link && !link.dataset.asked) {
      link.dataset.asked = "yes";
      link.click();
    }
  }

  function after(item) {
    const all = cards();
    const at = all.indexOf(item.querySelector(".queue-card"));
    return all[at + 1] ?? all[at - 1] ?? null;
  }

  /* ── What somebody has written and not sent, or opened, outlives a swap around it ── */

  let kept = [];

  document.addEventListener("htmx:beforeSwap", (event) => {
    const target = event.detail.target;
    const sent = event.detail.requestConfig?.elt;
    kept = [];
    if (!target?.querySelectorAll) return;
    for (const each of target.querySelectorAll("input[id], textarea[id], select[id]")) {
      if (each.form === sent || each.type === "hidden") continue;
      if (each.type === "checkbox" || each.type === "radio") {
        if (each.checked !== each.defaultChecked) kept.push([each.id, (fresh) => (fresh.checked = each.checked)]);
      } else if (each.tagName === "SELECT") {
        const chosen = each.value;
        if (![...each.options].some((option) => option.defaultSelected && option.selected)) {
          kept.push([each.id, (fresh) => (fresh.value = chosen)]);
        }
      } else if (each.value !== each.defaultValue) {
        kept.push([each.id, (fresh) => (fresh.value = each.value)]);
      }
    }
    for (const each of target.querySelectorAll("details[id][open]")) {
      if (!each.contains(sent) || each.dataset.stay) kept.push([each.id, (fresh) => (fresh.open = true)]);
    }
  });

  document.addEventListener("htmx:afterSwap", () => {
    for (const [id, put] of kept) {
      const fresh = document.getElementById(id);
      if (fresh) put(fresh);
    }
    kept = [];
  });

  /* ── Cards leave at once; if the press fails they come back ───────────── */

  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.detail.elt;
    const item = form.closest?.(".queue-item");
    if (!item || !form.hasAttribute("data-leaves")) return;
    const card = item.querySelector(".queue-card");
    const next = after(item);
    item.classList.add("gone");
    card.classList.add("leaving");
    if (next) choose(next);
    if (cards().length < 4) more();
  });

  function comeBack(event) {
    const item = event.detail.elt.closest?.(".queue-item");
    if (!item) return;
    item.classList.remove("gone");
    const card = item.querySelector(".queue-card");
    card?.classList.remove("leaving");
    if (card) choose(card);
    reveal();
  }
  document.addEventListener("htmx:responseError", comeBack);
  document.addEventListener("htmx:sendError", (event) => {
    comeBack(event);
    const toasts = document.getElementById("toasts");
    const words = document.querySelector("[data-offline]")?.dataset.offline;
    if (!toasts || !words) return;
    const toast = document.createElement("div");
    toast.className = "toast bad";
    toast.textContent = words;
    toasts.replaceChildren(toast);
    document.getElementById("said").textContent = words;
  });

  document.addEventListener("htmx:afterSwap", arrange);

  /* A story came back by undo: it is looked at next. */
  document.addEventListener("skord:back", (event) => {
    arrange();
    const card = document.getElementById(`story-${event.detail.story}`)?.querySelector(".queue-card");
    if (card) choose(card);
    reveal();
  });

  document.addEventListener("htmx:afterSettle", () => {
    const lost = !document.activeElement || document.activeElement === document.body;
    const all = cards();
    if (lost && current && !current.isConnected) {
      const same = current.closest(".queue-item")?.id;
      const fresh = same ? document.getElementById(same)?.querySelector(".queue-card") : null;
      choose(fresh ?? all[0] ?? null);
    } else if (current && !current.isConnected) {
      choose(cardOf(document.activeElement) ?? all[0] ?? null, { focus: false });
    }
    if (!all.length) document.querySelector("#empty .empty")?.focus();
    if (current && document.activeElement === current) reveal();
    const toast = document.querySelector("[data-toast]:not([data-timed])");
    if (toast) {
      toast.dataset.timed = "yes";
      leaveLater(toast);
    }
  });

  /* A card that came back stands where its time puts it; the same story never stands twice. */
  function arrange() {
    if (!queue) return;
    const items = [...queue.children];
    const first = items[0];
    if (!first) return;
    for (const item of items.slice(1)) if (item.id === first.id) item.remove();
    const key = BigInt(first.dataset.sort);
    const rest = [...queue.children].slice(1);
    if (rest.length && BigInt(rest[0].dataset.sort) > key) {
      queue.insertBefore(first, rest.find((item) => BigInt(item.dataset.sort) < key) ?? null);
    }
  }

  /* A toast goes when nobody is at it; what it offers stands in the list beside, too. */
  function leaveLater(toast) {
    setTimeout(() => {
      if (!toast.isConnected) return;
      if (toast.matches(":hover") || toast.contains(document.activeElement)) leaveLater(toast);
      else toast.remove();
    }, 15000);
  }

  /* ── Menus: one open at a time, Escape closes, the focus goes back ───── */

  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!menu.matches?.("details.menu") || !menu.open) return;
    for (const other of document.querySelectorAll("details.menu[open]")) if (other !== menu) other.open = false;
    menu.querySelector("[data-find]")?.focus();
  }, true);

  /* What a key opens to be written in is written in at once; Escape closes it, Ctrl and Enter send it. */
  document.addEventListener("click", (event) => {
    const opened = event.detail === 0 && event.target.closest?.("summary")?.parentElement;
    if (opened) setTimeout(() => opened.open && opened.querySelector("[data-first]")?.focus());
  });

  document.addEventListener("keydown", (event) => {
    const field = event.target.matches?.("[data-first]") ? event.target : null;
    if (field && event.key === "Escape") {
      const opened = field.closest("details");
      opened.open = false;
      opened.querySelector("summary").focus();
      event.preventDefault();
    } else if (field && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      field.form.requestSubmit();
    }
  });

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    const opener = event.target.closest?.("[data-open]");
    if (opener) document.getElementById(opener.dataset.open)?.showModal();
  });

  function escape() {
    const menu = document.querySelector("details.menu[open]");
    if (!menu) return false;
    menu.open = false;
    menu.querySelector("summary").focus();
    return true;
  }

  /* ── Type to find a node ──────────────────────────────────────────────── */

  function shown(menu) {
    return [...menu.querySelectorAll(".choices li:not([hidden]) button")];
  }

  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-find]")) return;
    const wanted = event.target.value.toLowerCase().trim();
    for (const button of event.target.closest(".menu").querySelectorAll(".choices button")) {
      button.parentElement.hidden = !button.dataset.words.includes(wanted);
    }
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("details.menu[open]");
    if (event.key === "Escape" && escape()) {
      event.preventDefault();
      return;
    }
    if (!menu || !menu.querySelector("[data-find]")) return;
    const all = shown(menu);
    const at = all.indexOf(document.activeElement);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      (all[at + (event.key === "ArrowDown" ? 1 : -1)] ?? menu.querySelector("[data-find]")).focus();
    } else if (event.key === "Enter" && event.target.matches("[data-find]")) {
      event.preventDefault();
      all[0]?.click();
    }
  });

  /* ── The editor: what was done is told, the preview follows, rows move with Alt and the arrows ── */

  let stands = document.getElementById("issue-said")?.dataset.changes;
  let scrolled = 0;

  document.addEventListener("htmx:afterSettle", (event) => {
    const told = document.getElementById("issue-said");
    if (!told || event.detail.target?.id !== "issue") return;
    if (told.dataset.said) document.getElementById("said").textContent = told.dataset.said;
    if (told.dataset.changes === stands) return;
    stands = told.dataset.changes;
    const form = document.querySelector("#preview form");
    if (!form) return;
    try {
      scrolled = document.querySelector("#preview iframe")?.contentWindow.scrollY ?? 0;
    } catch {
      scrolled = 0;
    }
    const query = new URLSearchParams(new FormData(form));
    htmx.ajax("GET", `${form.getAttribute("action")}?${query}`, { target: "#preview", select: "#preview", swap: "outerHTML" });
  });

  document.addEventListener("load", (event) => {
    if (!event.target.matches?.("#preview iframe") || !scrolled) return;
    event.target.contentWindow.scrollTo(0, scrolled);
  }, true);

  document.addEventListener("keydown", (event) => {
    const row = event.target.closest?.("[data-item]");
    if (!row || !event.altKey || event.ctrlKey || event.metaKey) return;
    const key = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    const button = key && row.querySelector(`[data-item-key="${key}"]:not(:disabled)`);
    if (!button) return;
    event.preventDefault();
    row.focus();
    button.click();
  });

  /* ── Single keys, unless switched off, and never while somebody writes ── */

  if (!keysOn) return;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.repeat) return;
    if (event.target.matches?.("input:not([type=checkbox],[type=radio]), textarea, select, [contenteditable]")) return;
    if (document.querySelector("dialog[open]")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : "";
    if (!key) return;
    if (key === "?") {
      document.getElementById("keys")?.showModal();
    } else if (key === "j" || key === "k") {
      step(key === "j" ? 1 : -1);
    } else if (key === "u") {
      (document.querySelector("#toasts form.undo button") ?? document.querySelector("form.undo button"))?.click();
    } else {
      const card = here() ?? cards()[0];
      const button = card?.querySelector(`[data-key="${CSS.escape(key)}"]`);
      if (!button) return;
      choose(card, { focus: !card.contains(document.activeElement) });
      reveal();
      button.click();
    }
    event.preventDefault();
  });
})();
