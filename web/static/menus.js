/* Menus: one open at a time, Escape closes, the focus goes back. And typing to find a node of the strategy. */

let byKey = false;

/* Opens a menu, or what else folds, from a key: its first field or choice has the focus. */
export function openByKey(details) {
  byKey = true;
  details.open = true;
  details.dataset.byKey = "yes";
  details.querySelector("summary")?.focus();
  let first = details.querySelector("[data-find], .menu-body button, textarea, input:not([type=hidden])");
  // Of several choices the chosen one, as Tab would have it.
  if (first?.matches("input[type=radio]")) {
    first = first.form?.querySelector(`[name="${CSS.escape(first.name)}"]:checked`) ?? first;
  }
  first?.focus();
  // What was typed before is not what is meant now.
  if (first?.matches("input[type=text], input:not([type])")) first.select();
  byKey = false;
}

/* Opens where there is room: below its button, else above it, and no higher than what is left of the screen. */
function fit(menu) {
  const body = menu.querySelector(".menu-body");
  if (!body?.offsetParent || menu.closest(".desk-head")) return;
  body.style.maxBlockSize = "";
  const at = body.offsetParent.getBoundingClientRect();
  const head = document.querySelector(".desk-head");
  const top = head && getComputedStyle(head).position === "sticky" ? head.offsetHeight : 0;
  const [above, below] = [at.top - top - 12, innerHeight - at.bottom - 12];
  const up = body.scrollHeight + 4 > below && above > below;
  menu.classList.toggle("up", up);
  menu.classList.toggle("down", !up);
  const room = Math.max(up ? above : below, 120);
  if (body.scrollHeight > room) body.style.maxBlockSize = `${room}px`;
}

document.addEventListener(
  "toggle",
  (event) => {
    const menu = event.target;
    if (!menu.matches?.("details.menu")) return;
    if (!menu.open) {
      delete menu.dataset.byKey;
      return;
    }
    for (const other of document.querySelectorAll("details.menu[open]")) if (other !== menu) other.open = false;
    fit(menu);
    if (!byKey) menu.querySelector("[data-find]")?.focus();
  },
  true,
);

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
  // A key of the card opened it: the card has the keys. Who came by Tab goes on from where they were.
  const card = menu.dataset.byKey ? menu.closest(".queue-card") : null;
  menu.open = false;
  if (card) card.focus({ preventScroll: true });
  else menu.querySelector("summary").focus();
  return true;
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
  if (!menu) return;
  const finder = menu.querySelector("[data-find]");
  const all = [...menu.querySelectorAll(finder ? ".choices li:not([hidden]) button" : ".menu-body button, .menu-body a")];
  const at = all.indexOf(document.activeElement);
  if ((event.key === "ArrowDown" || event.key === "ArrowUp") && (finder || !event.target.matches("input, select"))) {
    event.preventDefault();
    (all[at + (event.key === "ArrowDown" ? 1 : -1)] ?? finder ?? all[0])?.focus();
  } else if (event.key === "Enter" && event.target === finder) {
    event.preventDefault();
    all[0]?.click();
  }
});
