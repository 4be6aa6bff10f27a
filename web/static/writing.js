/* A story that is being written outlives a reload, a lost login and a server that is gone: it is kept in this browser
   until it has been saved. Pictures are taken in one by one as they are chosen. Everything works without this file. */
(() => {
  "use strict";

  const PREFIX = "skord.writing.";
  const KEPT_FOR = 14 * 24 * 3600 * 1000;

  const store = (() => {
    try {
      const probe = `${PREFIX}probe`;
      localStorage.setItem(probe, "1");
      localStorage.removeItem(probe);
      return localStorage;
    } catch {
      return null;
    }
  })();

  const drafts = () => {
    if (!store) return [];
    const found = [];
    for (const key of Object.keys(store).filter((each) => each.startsWith(PREFIX))) {
      try {
        const draft = JSON.parse(store.getItem(key));
        if (Date.now() - draft.at > KEPT_FOR) store.removeItem(key);
        else found.push([key, draft]);
      } catch {
        store.removeItem(key);
      }
    }
    return found.sort((one, other) => other[1].at - one[1].at);
  };

  /* A story was saved: what was kept of it has had its time. */
  const written = document.querySelector("[data-written]")?.dataset.written;
  if (written) for (const [key, draft] of drafts()) if (draft.name === written) store.removeItem(key);

  const form = document.getElementById("write");
  if (!form) return;
  const rows = document.getElementById("write-rows");
  const busy = document.getElementById("write-busy");
  const chooser = document.getElementById("f-pictures");
  const saved = document.getElementById("write-saved");
  const looks = new Map();
  let name = form.dataset.name;
  const keyOf = () => `${PREFIX}${form.dataset.account}.${form.dataset.kind}.${name}`;

  /* ── Keeping ──────────────────────────────────────────────────────────── */

  const FIELDS = ["title", "text", "day", "author", "place"].filter((each) => form.elements[each]);

  function collect() {
    const draft = { name, at: Date.now(), fields: {}, ticked: [], pictures: [] };
    for (const each of FIELDS) draft.fields[each] = form.elements[each].value;
    for (const each of form.querySelectorAll(".write-side input[type=checkbox]:checked")) draft.ticked.push(each.name);
    for (const row of rows.querySelectorAll(".write-picture")) {
      const file = row.dataset.file;
      draft.pictures.push({
        file,
        name: form.elements[`picture-${file}`].value,
        alt: form.elements[`alt-${file}`].value,
        decorative: form.elements[`decorative-${file}`].checked,
      });
    }
    if (form.elements.version) draft.version = form.elements.version.value;
    return draft;
  }

  const same = (one, other) => {
    const plain = ({ fields, ticked, pictures }) =>
      JSON.stringify([
        FIELDS.map((each) => fields[each]),
        [...ticked].sort(),
        pictures.map((each) => [each.file, each.alt, each.decorative]),
      ]);
    return plain(one) === plain(other);
  };

  const begun = collect();
  let later = 0;

  function keep() {
    clearTimeout(later);
    if (!store) return;
    const now = collect();
    try {
      if (same(now, begun) && form.hasAttribute("data-fresh")) store.removeItem(keyOf());
      else {
        store.setItem(keyOf(), JSON.stringify(now));
        saved.textContent = saved.dataset.words;
      }
    } catch {
      saved.textContent = ""; // the browser's room is full: nothing is promised
    }
  }

  const soon = () => {
    clearTimeout(later);
    later = setTimeout(keep, 300);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("submit", keep);
  addEventListener("pagehide", keep);

  /* ── Restoring ────────────────────────────────────────────────────────── */

  function fill(draft) {
    for (const each of FIELDS) if (each in draft.fields) form.elements[each].value = draft.fields[each];
    for (const each of form.querySelectorAll(".write-side input[type=checkbox]")) {
      each.checked = draft.ticked.includes(each.name);
    }
    rows.replaceChildren(...draft.pictures.map(rowOf));
    if (draft.version && form.elements.version) form.elements.version.value = draft.version;
    if (form.elements.draft) form.elements.draft.value = draft.name.replace("new-", "");
    name = draft.name;
  }

  function rowOf(picture) {
    const row = document.getElementById("write-row").content.firstElementChild.cloneNode(true);
    row.dataset.file = picture.file;
    for (const each of row.querySelectorAll("*")) {
      for (const attribute of [...each.attributes]) {
        if (attribute.value.includes("FILE")) each.setAttribute(attribute.name, attribute.value.replace("FILE", picture.file));
      }
    }
    row.querySelector("input[type=hidden]").value = picture.name;
    row.querySelector("textarea").value = picture.alt;
    row.querySelector("input[type=checkbox]").checked = picture.decorative;
    for (const each of row.querySelectorAll(".write-name")) each.textContent = ` ${picture.name}`;
    return row;
  }

  const mine = `${PREFIX}${form.dataset.account}.${form.dataset.kind}.`;
  const found = form.hasAttribute("data-fresh")
    ? drafts().find(([key, draft]) => key.startsWith(mine) && (form.dataset.kind !== "post" || draft.name === name))
    : undefined;
  if (found && !same(found[1], begun)) {
    fill(found[1]);
    const kept = document.getElementById("write-kept");
    const when = new Date(found[1].at).toLocaleString(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });
    kept.hidden = false;
    kept.querySelector("strong").textContent = kept.dataset.words.replace("[when]", when);
    document.getElementById("write-over").addEventListener("click", () => {
      store.removeItem(found[0]);
      removeEventListener("pagehide", keep);
      location.assign(location.href);
    });
  } else if (!form.hasAttribute("data-fresh")) keep();

  /* ── Pictures ─────────────────────────────────────────────────────────── */

  document.getElementById("write-upload").hidden = true;

  const draw = async (row, file) => {
    try {
      const image = await createImageBitmap(file);
      const canvas = row.querySelector("canvas");
      const scale = Math.min(1, 480 / image.width);
      canvas.width = Math.max(1, Math.round(image.width * scale));
      canvas.height = Math.max(1, Math.round(image.height * scale));
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.hidden = false;
      image.close();
    } catch {
      /* a kind that this browser cannot draw: its name stands there */
    }
  };

  async function take(file) {
    if (rows.querySelectorAll(".write-picture").length >= Number(form.dataset.most)) return busy.dataset.many;
    const body = new FormData();
    body.append("campaign", form.elements.campaign.value);
    body.append("pictures", file);
    let answer;
    try {
      answer = await fetch(form.dataset.upload, { method: "POST", body, headers: { "x-skord-token": form.elements.token.value } });
    } catch {
      return busy.dataset.failed;
    }
    if (answer.redirected || answer.status === 403) return busy.dataset.out;
    if (answer.status === 413) return busy.dataset.large;
    if (!answer.ok) return busy.dataset.failed;
    const parts = new DOMParser().parseFromString(`<ul>${await answer.text()}</ul>`, "text/html").querySelectorAll("li");
    for (const part of parts) {
      if (part.dataset.file && rows.querySelector(`[data-file="${part.dataset.file}"]`)) continue;
      rows.append(part);
      if (part.dataset.file) {
        looks.set(part.dataset.file, file);
        draw(part, file);
      }
    }
    return "";
  }

  chooser.addEventListener("change", async () => {
    const files = [...chooser.files];
    chooser.value = "";
    if (!files.length) return;
    for (const old of rows.querySelectorAll(".write-refused")) old.remove();
    busy.textContent = busy.dataset.busy;
    let wrong = "";
    for (const file of files) wrong = (await take(file)) || wrong;
    busy.textContent = wrong || busy.dataset.done;
    rows.querySelector(".write-picture:last-of-type textarea")?.focus();
    keep();
  });

  rows.addEventListener("click", (event) => {
    const button = event.target.closest("[data-first], [data-remove]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest(".write-picture");
    if (button.hasAttribute("data-first")) {
      rows.prepend(row);
      button.focus();
      busy.textContent = busy.dataset.moved;
    } else {
      (row.nextElementSibling ?? row.previousElementSibling)?.querySelector("textarea")?.focus();
      row.remove();
      if (!rows.children.length) chooser.focus();
      busy.textContent = busy.dataset.removed;
    }
    keep();
  });

  /* Enter in a line goes on to the next field, as on paper; the buttons save. */
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing) return;
    if (event.target.name === "title") {
      event.preventDefault();
      form.elements.text.focus();
    } else if (event.target.matches("input:not([type=file])")) event.preventDefault();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.querySelector(".write-go .main").click();
  });
})();
