/* The preview beside the editor: it follows what is saved and how one wants to look, without a blank between
   and without leaving the place that is read. Without this file the same form loads the page anew. */

let asked = 0;

/* ── The place that is read, found again in the next letter ───────────── */

const headings = (frame) => [...(frame.contentDocument?.querySelectorAll("h1, h2, h3") ?? [])];

function placeIn(frame) {
  const over = headings(frame).findLast((each) => each.getBoundingClientRect().top <= 8);
  return { y: frame.contentWindow?.scrollY ?? 0, text: over?.textContent, top: over?.getBoundingClientRect().top ?? 0 };
}

function goTo(frame, place) {
  const same = place.text && headings(frame).find((each) => each.textContent === place.text);
  if (same) frame.contentWindow.scrollBy(0, same.getBoundingClientRect().top - place.top);
  else frame.contentWindow?.scrollTo(0, place.y);
}

/* ── The next letter takes the place of the one before ────────────────── */

function changeFrame(holder, fresh) {
  const old = holder.querySelector("iframe:not(.coming)");
  holder.querySelector("iframe.coming")?.remove();
  const next = fresh.querySelector("iframe");
  const place = placeIn(old);
  const reading = document.activeElement === old;
  next.classList.add("coming");
  next.addEventListener("load", () => {
    if (!next.classList.contains("coming")) return;
    holder.className = fresh.className;
    goTo(next, place);
    next.classList.remove("coming");
    old.remove();
    goTo(next, place);
    if (reading) next.focus({ preventScroll: true });
  });
  holder.append(next);
}

function change(preview, fresh) {
  const focused = preview.contains(document.activeElement) ? document.activeElement.id : "";
  const opened = [...preview.querySelectorAll("details[open][id]")].map((each) => each.id);
  const [frame, next] = [preview, fresh].map((each) => each.querySelector(".frame"));
  const top = frame.querySelector("pre")?.scrollTop ?? 0;
  preview.querySelector(".preview-head").replaceWith(fresh.querySelector(".preview-head"));
  preview.querySelector(".size")?.remove();
  const size = fresh.querySelector(".size");
  if (frame.querySelector("iframe") && next.querySelector("iframe")) changeFrame(frame, next);
  else frame.replaceWith(next);
  if (size) preview.append(size);
  const text = preview.querySelector(".frame pre");
  if (text) text.scrollTop = top;
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  preview.dataset.changes = fresh.dataset.changes;
}

/* A press counts at once, so that the next one is added to it although no answer has come. */
function toggle(form, button) {
  const { value } = button;
  const on = form.querySelector(`input[type="hidden"][name="${value}"]`);
  if (on) on.remove();
  else form.append(Object.assign(document.createElement("input"), { type: "hidden", name: value, value: "1" }));
  button.setAttribute("aria-pressed", String(!on));
}

async function show(form, pressed = false) {
  const query = new URLSearchParams(new FormData(form));
  const address = `${form.getAttribute("action").split("#")[0]}?${query}`;
  const number = ++asked;
  const preview = document.getElementById("preview");
  preview.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { headers: { "HX-Request": "true", "HX-Target": "preview" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (number !== asked) return;
    const fresh = page.getElementById("preview");
    if (answer.ok && fresh) change(preview, document.adoptNode(fresh));
    else if (pressed) location.assign(address);
  } catch {
    // The server is away: what stands there stays, and what was done is told by those who did it.
  } finally {
    if (number === asked) preview.removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("#preview form")) return;
  event.preventDefault();
  if (event.submitter?.name === "toggle") toggle(event.target, event.submitter);
  show(event.target, true);
});

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("#preview form");
  if (form) show(form);
});

document.addEventListener("htmx:afterSettle", (event) => {
  const told = document.getElementById("issue-said");
  const preview = document.getElementById("preview");
  if (!told || !preview || event.detail.target?.id !== "issue") return;
  const picture = event.detail.pathInfo?.requestPath?.includes("/pictures/");
  if (told.dataset.changes.split("-")[0] === preview.dataset.changes && !picture) return;
  show(preview.querySelector("form"));
});
