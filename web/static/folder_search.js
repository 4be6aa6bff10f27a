// Searches a site in a folder, opened by a double click: no server, no network. What it needs of the index
// (skord/exports/site_index.py) comes as plain scripts that hand over data, since a page from a file may read no other.
"use strict";
(function () {
  const head = window.skordHead;
  if (!head) return;
  const kept = { words: {}, docs: {}, lists: {} };
  const coming = {};
  const shards = new Set(head.shards.split(" "));
  const small = new Set(head.small);
  const WORD = /[\p{L}\p{N}]+(?:_[\p{L}\p{N}]+)*/gu;
  const PER_PAGE = 20, LONGEST = 280, MOST_TERMS = 24;
  const byId = (id) => document.getElementById(id);

  window.skord = (kind, name, told) => { kept[kind][name] = told; };

  function load(kind, name) {
    if (kept[kind][name]) return Promise.resolve(kept[kind][name]);
    const file = "search/" + (kind === "lists" ? "list" : kind) + "-" + name + ".js";
    coming[file] = coming[file] || new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = file;
      script.onload = () => done(kept[kind][name]);
      script.onerror = () => failed(new Error(file));
      document.head.append(script);
    });
    return coming[file];
  }

  // --- words ---------------------------------------------------------------------------------------------

  const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/ß/g, "ss").replace(/ς/g, "σ").normalize("NFKC");
  const split = (text) => plain(text).match(WORD) || [];
  // Letters with marks lose them; those of head.fold are written with others.
  const fold = (word) => word.normalize("NFKD").replace(/\p{M}/gu, "").replace(/[øæßđłœþð]/g, (each) => head.fold[each]);

  function shardOf(word) {
    const letters = Array.from(fold(word.replace(/^#/, "")));
    for (const many of [3, 2]) {
      const name = letters.slice(0, many)
        .map((each) => (/[a-z0-9]/.test(each) ? each : "_" + each.codePointAt(0).toString(16) + "_")).join("") || "_";
      if (shards.has(name)) return name;
    }
    return "";
  }

  async function shard(word) {
    const name = shardOf(word);
    if (!name) return null;
    const found = await load("words", name);
    if (!found.bare) {
      found.bare = {};
      for (const each of Object.keys(found.w).concat(Object.keys(found.p))) {
        if (!each.startsWith("#")) (found.bare[fold(each)] = found.bare[fold(each)] || []).push(each);
      }
    }
    return found;
  }

  const has = (table, name) => Object.prototype.hasOwnProperty.call(table, name);
  const rootIn = (found, word) => (has(found.w, word) ? found.w[word] : has(found.p, word) ? word : null);

  // The roots of a word as it stands in the archive; typed without å, ä and ö it means those with them too.
  async function exact(word) {
    const found = await shard(word);
    const roots = new Set();
    if (!found) return roots;
    const own = rootIn(found, word);
    if (own !== null) roots.add(own);
    if (fold(word) === word && has(found.bare, word)) for (const each of found.bare[word]) roots.add(rootIn(found, each));
    return roots;
  }

  async function beginning(start) {
    const found = start.length > 2 ? await shard(start) : null;
    const roots = new Set();
    if (!found) return roots;
    const bare = fold(start) === start;
    for (const name of Object.keys(found.bare)) {
      if (!name.startsWith(fold(start))) continue;
      for (const each of found.bare[name]) if (bare || each.startsWith(start)) roots.add(rootIn(found, each));
    }
    return roots;
  }

  async function rootsOf(word, open) {
    let roots = await exact(word);
    const swedish = word.replace(/ae/g, "ä").replace(/oe/g, "ö").replace(/aa/g, "å");
    if (!roots.size && swedish !== word) roots = await exact(swedish);
    for (const end of head.endings) {
      if (roots.size) break;
      if (word.endsWith(end) && word.length - end.length > 2) roots = await exact(word.slice(0, -end.length));
    }
    if (open || !roots.size) for (const each of await beginning(word)) roots.add(each);
    for (const each of [...roots]) {
      const found = await shard(each);
      if (found && has(found.x, each)) for (const inside of found.x[each].split(" ")) roots.add(inside);
    }
    return roots;
  }

  function mark(told, marks) {
    let at = 0;
    if (told) for (const each of told.split(" ")) marks[(at += parseInt(each, 36))] = 1;
    return marks;
  }

  async function where(roots) {
    const marks = new Uint8Array(head.count);
    for (const each of roots) {
      const found = await shard(each);
      if (found && has(found.p, each)) mark(found.p[each], marks);
    }
    return marks;
  }

  // --- what is asked -------------------------------------------------------------------------------------

  function read(text) {
    const terms = [];
    for (const part of text.matchAll(/(?<!\S)([-–−]?)(?:["“”„»«]([^"“”„»«]*)["“”„»«]?|([^\s"“”„»«]+))/g)) {
      const raw = part[2] !== undefined ? part[2] : part[3];
      const words = split(raw);
      if (!words.length) continue;
      const term = { words: words.slice(0, MOST_TERMS), without: Boolean(part[1]), row: words.length > 1, open: false };
      if (part[3] && /^[#＃]/.test(raw)) Object.assign(term, { tag: "#" + words.join("").replace(/_/g, ""), row: false });
      else if (part[3] && raw.endsWith("*")) term.open = true;
      term.quoted = part[2] !== undefined;
      terms.push(term);
    }
    const meant = terms.filter((term) => term.without || term.quoted || term.row || term.tag || !small.has(term.words[0]));
    return (meant.some((term) => !term.without) ? meant : terms).slice(0, MOST_TERMS);
  }

  async function solve(term) {
    if (term.tag) {
      term.roots = [new Set([term.tag])];
      return where(term.roots[0]);
    }
    term.roots = [];
    let marks = null;
    for (const [at, word] of term.words.entries()) {
      const last = at === term.words.length - 1;
      const roots = term.row && !(last && term.open) ? await exact(word) : await rootsOf(word, term.open && last);
      term.roots.push(roots);
      const own = await where(roots);
      if (marks) for (let n = 0; n < own.length; n++) marks[n] &= own[n];
      else marks = own;
    }
    return marks;
  }

  function rootSeen(word) {
    const name = shardOf(word);
    const found = name && kept.words[name];
    return (found && rootIn(found, word)) || word;
  }

  function holdsRow(text, term) {
    const roots = split(text).map(rootSeen);
    return roots.some((_, at) => term.roots.every((own, step) => own.has(roots[at + step])));
  }

  const doc = async (number) => (await load("docs", String(Math.floor(number / head.per))))[number % head.per];

  async function search(asked) {
    const terms = read(asked.q);
    const found = new Uint8Array(head.count).fill(1);
    const rows = [];
    for (const term of terms) {
      const marks = await solve(term);
      if (term.row && !term.without) rows.push(term);
      if (term.row && term.without) {
        for (let n = 0; n < marks.length; n++) {
          if (marks[n] && found[n]) { const told = await doc(n); marks[n] = holdsRow(told[1] + " " + told[2], term) ? 1 : 0; }
        }
      }
      for (let n = 0; n < found.length; n++) found[n] &= term.without ? 1 - marks[n] : marks[n];
    }
    for (const name of ["year", "area", "place", "network"]) {
      if (!/^[a-z0-9-]+$/.test(asked[name])) continue;
      const marks = mark(await load("lists", name + "-" + asked[name]), new Uint8Array(head.count));
      for (let n = 0; n < found.length; n++) found[n] &= marks[n];
    }
    const hits = { story: [], issue: [], node: [] };
    for (const [kind, first, end] of head.kinds) for (let n = first; n < end; n++) if (found[n]) hits[kind].push(n);
    if (rows.length) {
      for (const kind of Object.keys(hits)) {
        const kept_ = [];
        for (const n of hits[kind]) {
          const told = await doc(n);
          if (rows.every((term) => holdsRow(told[1] + " " + told[2], term))) kept_.push(n);
        }
        hits[kind] = kept_;
      }
    }
    return { hits, terms };
  }

  // --- what is shown -------------------------------------------------------------------------------------

  function make(name, words, looks) {
    const made = document.createElement(name);
    if (looks) made.className = looks;
    if (words) made.append(words);
    return made;
  }

  function isMeant(word, terms) {
    return split(word).some((part) => {
      const own = rootSeen(part);
      return terms.some((term) => !term.without && (term.tag ? "#" + part === term.tag
        : term.roots.some((roots) => roots.has(own) || roots.has(part))));
    });
  }

  function marked(text, terms) {
    const made = document.createDocumentFragment();
    let at = 0;
    for (const found of text.matchAll(WORD)) {
      if (!isMeant(found[0], terms)) continue;
      made.append(text.slice(at, found.index), make("mark", found[0]));
      at = found.index + found[0].length;
    }
    made.append(text.slice(at));
    return made;
  }

  function around(text, terms) {
    if (text.length <= LONGEST) return text;
    let start = 0;
    for (const found of text.matchAll(WORD)) {
      if (found.index > 100 && isMeant(found[0], terms)) { start = text.lastIndexOf(" ", found.index - 60) + 1; break; }
      if (isMeant(found[0], terms)) break;
    }
    start = Math.max(0, start);
    const end = text.length > start + LONGEST ? text.lastIndexOf(" ", start + LONGEST) : text.length;
    return (start ? "… " : "") + text.slice(start, end > start ? end : start + LONGEST) + (end < text.length ? " …" : "");
  }

  async function row(number, terms) {
    const [path, title, text, facts, language] = await doc(number);
    const made = make("article", "", "story-row");
    const name = make("h3");
    const link = make("a");
    link.href = path;
    link.append(marked(title, terms));
    name.append(link);
    name.dir = "auto";
    made.append(name);
    const rest = text.startsWith(title.replace(/…$/, "")) ? text.slice(title.replace(/…$/, "").length).trim() : text;
    if (rest) {
      const words = make("p", marked(around(rest, terms), terms), "excerpt");
      words.dir = "auto";
      if (language) words.lang = language;
      made.append(words);
    }
    if (language) name.lang = language;
    const line = make("p", "", "byline");
    for (const each of facts) line.append(make("span", each));
    made.append(line);
    return made;
  }

  const said = (name, facts) => head.said[name].replace(/\{(n|what)\}/g, (_, key) => facts[key]);
  const number = (n) => n.toLocaleString(head.lang);

  function address(asked, changes) {
    const told = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...asked, ...changes })) if (value) told.set(name, value);
    return "search.html?" + told;
  }

  async function show(asked) {
    byId("said").textContent = head.said.loading;
    const { hits, terms } = await search(asked);
    const kind = has(hits, asked.kind) ? asked.kind : "story";
    const list = hits[kind];
    byId("found").hidden = !list.length;
    const what = asked.q;
    byId("said").textContent = said(list.length === 0 ? "none" : list.length === 1 ? "one" : "many", { n: number(list.length), what });
    if (!list.length) byId("said").append(" ", head.said.none_text);
    for (const each of ["story", "issue", "node"]) {
      if (each === kind || !hits[each].length) continue;
      const link = make("a", said(each === "story" ? "all" : "also_" + each, { n: number(hits[each].length), what }));
      link.href = address(asked, { kind: each === "story" ? "" : each });
      byId("also").append(link, " ");
    }
    let shown = 0;
    const more = byId("more");
    async function go() {
      const next = list.slice(shown, shown + PER_PAGE);
      const rows = [];
      for (const each of next) rows.push(await row(each, terms));
      byId("hits").append(...rows);
      if (shown && rows.length) rows[0].querySelector("a").focus();
      shown += next.length;
      more.hidden = shown >= list.length;
      more.textContent = said("more", { n: number(list.length - shown), what });
    }
    more.addEventListener("click", go);
    await go();
    document.documentElement.dataset.found = String(list.length);
  }

  const given = new URLSearchParams(location.search);
  const asked = {};
  for (const name of ["q", "year", "area", "place", "network", "kind"]) asked[name] = (given.get(name) || "").trim().slice(0, 200);
  const form = byId("searching");
  form.hidden = false;
  byId("without").remove();
  let narrowed = false;
  for (const name of ["q", "year", "area", "place", "network"]) {
    const field = form.elements[name];
    if (!field) { asked[name] = ""; continue; }
    field.value = asked[name];
    if (field.value !== asked[name]) { asked[name] = ""; field.value = ""; }
    if (name !== "q" && asked[name]) narrowed = true;
  }
  byId("narrow").open = narrowed;
  if (asked.q || narrowed) {
    if (asked.q) document.title = asked.q + " – " + document.title;
    show(asked).catch(() => { byId("said").textContent = head.said.broken; });
  } else {
    byId("said").textContent = head.said.start;
    byId("q").focus();
  }
})();
