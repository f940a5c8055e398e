// Keys. Single ones do something on lists and issues: never while somebody types, never with a
// modifier, and not at all for whoever turned them off. The current row is the one with the focus.
{
  const GO_MS = 1500;
  const goes = { i: "issues", p: "projects", d: "dashboards", t: "tags", l: "users", r: "releases", s: "stats", x: "explore" };
  const button = document.querySelector("[data-palette]");
  const typing = 'input:not([type="checkbox"]), select, textarea, [contenteditable]';
  const find = (selector) => document.querySelector(`main ${selector}`);
  const deed = (what) => find(`[name="do"][value${what}]`);
  const rows = () => all("[data-issue]");
  const open = () => document.querySelector("[data-live-issue]")?.dataset.liveIssue;
  let last = null, goUntil = 0;

  // The list that one comes from: its address, its issues, and at which one was.
  const read = () => {
    try { return JSON.parse(sessionStorage.getItem("place")); } catch { return null; }
  };
  const write = (place) => sessionStorage.setItem("place", JSON.stringify(place));
  const here = () => location.pathname + location.search;

  function keep(resume) {
    const ids = rows().map((row) => row.dataset.issue);
    if (ids.length) write({ list: here(), ids, at: Math.max(0, ids.indexOf(last)), id: last, resume });
  }

  function stand(row) {
    last = row.dataset.issue;
    row.querySelector("a").focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  // Where one was on this list; the row that took its place when it went.
  function placed() {
    const place = read();
    if (place?.list !== here()) return null;
    const all = rows();
    return all.find((row) => row.dataset.issue === place.id) ?? all[Math.min(place.at, all.length - 1)];
  }

  function move(step) {
    const all = rows();
    const at = all.indexOf(document.activeElement?.closest("[data-issue]"));
    const before = all.findIndex((row) => row.dataset.issue === last);
    const next = at >= 0 ? all[at + step] : all[before] ?? placed() ?? all[0];
    if (next) stand(next);
  }

  // From one issue to the next of the list that it was opened from; behind the last, back to it.
  function turn(step) {
    const place = read();
    const at = place?.ids.indexOf(open());
    if (!place || at < 0) return;
    const next = place.ids[at + step];
    if (!next) return back();
    write({ ...place, at: at + step, id: next });
    location.assign(location.pathname.replace(/\/issues\/\d+\/.*/, `/issues/${next}/`));
  }

  function back() {
    const place = read();
    const list = document.querySelector(".crumb a")?.href;
    if (!open() || !(place || list)) return;
    if (place) write({ ...place, resume: true });
    location.assign(place?.list ?? list);
  }

  // What is selected, or else the current row.
  function chosen() {
    if (!rows().length) return true;
    const row = document.activeElement?.closest("[data-issue]");
    const box = row?.querySelector("[data-select]");
    if (all("[data-select]:checked").length) return true;
    if (box) box.checked = true;
    ticks();
    return Boolean(box);
  }

  function select() {
    const box = document.activeElement?.closest("[data-issue]")?.querySelector("[data-select]");
    if (box) box.checked = !box.checked;
    ticks();
  }

  function assign() {
    const menu = deed('^="assign:"')?.closest("details");
    if (!menu || !chosen()) return;
    menu.open = true;
    menu.querySelector("button.item").focus();
  }

  function search() {
    const field = document.querySelector("[data-search]") ?? document.querySelector("#jump");
    field?.focus();
    field?.select();
  }

  // The page about keys, in a dialog.
  async function help() {
    const link = document.querySelector("[data-help]");
    if (!link) return;
    const address = `${link.href}?from=${encodeURIComponent(button?.dataset.from ?? "/")}`;
    try {
      const answer = await fetch(address, { headers: { "x-requested-with": "fetch" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!document.querySelector("dialog[open]")) showPart(page.getElementById("shortcuts"));
    } catch {
      location.assign(address);
    }
  }

  const step = (key) => document.querySelector(`a[data-key="${key}"]`)?.click();
  const deeds = {
    j: () => (open() ? turn(1) : move(1)),
    k: () => (open() ? turn(-1) : move(-1)),
    x: select,
    p: () => document.activeElement?.closest("[data-issue]")?.querySelector("[data-preview]")?.click(),
    r: () => chosen() && deed('="resolve"')?.click(),
    e: () => chosen() && deed('="archive:escalating"')?.click(),
    a: assign,
    z: () => deed('^="undo:"')?.click(),
    u: back,
    g: () => (goUntil = Date.now() + GO_MS),
    "/": search,
    "[": () => step("["),
    "]": () => step("]"),
    "?": help,
  };

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (key === "Escape") {
      for (const menu of all(".menu[open]")) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
    const menu = target.closest?.(".menu[open]");
    if (menu && ["ArrowDown", "ArrowUp"].includes(key) && !target.closest(typing)) {
      const items = all("summary, a, button:enabled, input", menu);
      const at = items.indexOf(target) + (key === "ArrowDown" ? 1 : -1);
      items[(at + items.length) % items.length].focus();
      return event.preventDefault();
    }
    if (event.isComposing) return;
    // Keyboards that write a bracket with AltGr say that Ctrl and Alt are down.
    const isTyped = event.getModifierState?.("AltGraph");
    if ((event.ctrlKey || event.metaKey || event.altKey) && !isTyped) return;
    if (target.closest?.(typing) || document.querySelector("dialog[open]")) return;
    if (document.documentElement.dataset.keys === "off") return;
    if (Date.now() < goUntil) {
      goUntil = 0;
      // Tab and the like do what they do; a letter that leads nowhere is no deed either.
      if (key.length > 1) return;
      event.preventDefault();
      const page = Object.hasOwn(goes, key) && goes[key];
      if (button && page) location.assign(button.dataset.palette.replace(/search\/$/, `${page}/`));
      return;
    }
    if (!Object.hasOwn(deeds, key) || (event.repeat && !"jk".includes(key))) return;
    event.preventDefault();
    deeds[key]();
  });

  document.addEventListener("focusin", ({ target }) => {
    last = target.closest("[data-issue]")?.dataset.issue ?? last;
  });
  // What is done to the list leads back to it, and one goes on where one was.
  document.addEventListener("submit", ({ target }) => {
    if (target.method === "post" && last && rows().length) keep(true);
  });
  document.addEventListener("click", ({ target }) => {
    const row = target.closest("[data-issue] a")?.closest("[data-issue]");
    if (!row) return;
    last = row.dataset.issue;
    keep(false);
  });

  const place = read();
  if (place?.resume && place.list === here()) {
    write({ ...place, resume: false });
    const row = placed();
    if (row) stand(row);
  }
}

