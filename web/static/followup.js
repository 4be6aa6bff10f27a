// Following up: Ctrl and Enter saves a goal and goes to the next, whose choice of status gets the focus. Works without.
"use strict";

let goTo = 0;

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("[data-analysis]");
  if (!form || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("[name=press]"));
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt;
  if (!form.matches?.("[data-analysis]")) return;
  const next = event.detail.requestConfig.parameters?.press === "next" || event.detail.requestConfig.triggeringEvent?.submitter?.value === "next";
  goTo = next ? Number(form.elements.next.value) : Number(form.elements.node.value);
});

/* What was not saved keeps the focus in its own form; what was, hands it on. */
document.addEventListener("htmx:afterSettle", (event) => {
  if (!goTo) return;
  const saved = event.detail.xhr?.status === 200;
  const node = saved ? goTo : Number(event.detail.target?.id?.replace("goal-", "") || goTo);
  const goal = document.getElementById(`goal-${node}`);
  goTo = 0;
  if (!goal) return;
  const first = goal.querySelector("[name=status]:checked") ?? goal.querySelector("[name=status]");
  (first ?? goal).focus({ preventScroll: true });
  goal.scrollIntoView({ block: "start", behavior: "auto" });
});

if (/^#goal-\d+$/.test(location.hash)) {
  const goal = document.querySelector(location.hash);
  (goal?.querySelector("[name=status]:checked") ?? goal?.querySelector("[name=status]") ?? goal)?.focus({ preventScroll: true });
}
