/* Many stories at once: how many are chosen, and the choice opens with the first of them. */
(() => {
  "use strict";

  const bulk = document.getElementById("bulk");
  const count = document.getElementById("bulk-count");
  const all = document.getElementById("bulk-all");
  if (!bulk || !count) return;

  const boxes = () => [...document.querySelectorAll(".queue-item:not(.gone) .queue-choice input")];

  function tell() {
    const chosen = boxes().filter((box) => box.checked).length;
    count.textContent = chosen ? count.dataset.some.replace("#", chosen) : count.dataset.none;
    return chosen;
  }

  document.addEventListener("change", (event) => {
    if (event.target === all && all.checked) for (const box of boxes()) box.checked = true;
    if (event.target.closest(".queue-choice")) {
      if (!event.target.checked) all.checked = false;
      if (event.target.checked) bulk.open = true;
    }
    tell();
  });

  /* What is closed chooses nothing. */
  bulk.addEventListener("toggle", () => {
    if (bulk.open) return;
    all.checked = false;
    for (const box of boxes()) box.checked = false;
    tell();
  });

  document.addEventListener("htmx:afterSettle", tell);
  tell();
})();
