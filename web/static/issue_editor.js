/* The editor: what was done is told, the preview follows, rows move with Alt and the arrows. */

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
