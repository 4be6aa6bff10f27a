/* Pictures at the desk: letters counted, words copied, what stays in view chosen, an excerpt marked. All of it works
   without this file too. */
(() => {
  "use strict";

  /* ── How long an alt text is ─────────────────────────────────────────── */

  function count(field) {
    const said = document.getElementById(field.dataset.count);
    if (said) said.textContent = said.dataset.words.replace("{n}", [...field.value.trim()].length);
  }

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-count]")) count(event.target);
    const cut = event.target.closest?.("[data-cut]");
    if (cut) show(cut);
    if (event.target.matches("[data-excerpt-typed]")) {
      // Words that are typed count instead of those selected before.
      const details = event.target.closest("[data-excerpt]");
      details.querySelector("[data-excerpt-picked]").value = "";
      details.querySelector("[data-excerpt-shown]").textContent = "";
    }
  });

  document.addEventListener("toggle", (event) => {
    if (!event.target.open) return;
    for (const field of event.target.querySelectorAll("[data-count]")) count(field);
    if (event.target.matches("[data-excerpt]")) offer(event.target);
  }, true);

  /* ── Copying ─────────────────────────────────────────────────────────── */

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy"); // an address without https has no clipboard of its own
    }
    document.getElementById("said").textContent = button.dataset.copied;
    button.dataset.words ??= button.firstChild.textContent;
    button.firstChild.textContent = button.dataset.copied;
    setTimeout(() => (button.firstChild.textContent = button.dataset.words), 2000);
  });

  /* ── What stays in view: clicked, or moved with the arrow keys, in steps of ten per cent ── */

  const inside = (value) => Math.min(100, Math.max(0, Math.round(value / 10) * 10));
  const at = (field) => (field.value === "" ? 50 : inside(Number(field.value) || 0));

  function show(cut) {
    const x = at(cut.querySelector("[data-cut-x]"));
    const y = at(cut.querySelector("[data-cut-y]"));
    for (const each of cut.querySelectorAll("[data-cut-shown], .cut-mark")) {
      each.classList.remove(...[...each.classList].filter((name) => /^cut-[xy]-/.test(name)));
      each.classList.add(`cut-x-${x}`, `cut-y-${y}`);
    }
    return [x, y];
  }

  function choose(cut, x, y) {
    cut.querySelector("[data-cut-x]").value = inside(x);
    cut.querySelector("[data-cut-y]").value = inside(y);
    show(cut);
    const said = cut.querySelector("[role=status]");
    said.textContent = said.dataset.words.replace("{x}", inside(x)).replace("{y}", inside(y));
  }

  document.addEventListener("click", (event) => {
    const pick = event.target.closest?.("[data-cut-pick]");
    if (!pick || event.detail === 0) return; // pressed with a key: the arrows choose
    const box = pick.getBoundingClientRect();
    choose(
      pick.closest("[data-cut]"),
      ((event.clientX - box.left) / box.width) * 100,
      ((event.clientY - box.top) / box.height) * 100,
    );
  });

  document.addEventListener("keydown", (event) => {
    const pick = event.target.closest?.("[data-cut-pick]");
    const step = { ArrowLeft: [-10, 0], ArrowRight: [10, 0], ArrowUp: [0, -10], ArrowDown: [0, 10] }[event.key];
    if (!pick || !step) return;
    event.preventDefault();
    const cut = pick.closest("[data-cut]");
    const [x, y] = show(cut);
    choose(cut, x + step[0], y + step[1]);
  });

  /* ── An excerpt: what is selected in the text stands in the form ─────── */

  function offer(details) {
    const text = details.querySelector("[data-excerpt-text]");
    if (!text) return;
    const chosen = String(getSelection()).trim();
    const found = chosen ? text.value.indexOf(chosen) : -1;
    if (found >= 0) {
      text.setSelectionRange(found, found + chosen.length);
      taken(text);
    }
  }

  function taken(text) {
    const details = text.closest("[data-excerpt]");
    const words = text.value.slice(text.selectionStart, text.selectionEnd);
    if (!words.trim()) return;
    details.querySelector("[data-excerpt-picked]").value = words;
    details.querySelector("[data-excerpt-at]").value = [...text.value.slice(0, text.selectionStart)].length;
    details.querySelector("[data-excerpt-shown]").textContent = words;
    for (const typed of details.querySelectorAll("[data-excerpt-typed]")) typed.value = "";
  }

  for (const name of ["select", "keyup", "mouseup", "touchend"]) {
    document.addEventListener(name, (event) => {
      if (event.target.matches?.("[data-excerpt-text]")) taken(event.target);
    });
  }
})();
