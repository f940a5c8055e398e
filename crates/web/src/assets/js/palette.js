// The palette: one field that finds anything, in a dialog. The server says what; without this file
// its button leads to a page with the same.
{
  const PAUSE_MS = 120;
  const button = document.querySelector("[data-palette]");
  let dialog, input, list, said, rows = [], active = 0, timer = 0, asked = 0;
  // Whether the rows are of the text as it is, and whether Enter waits for those that are.
  let isFresh = false, isWaiting = false;

  const make = (tag, attributes, ...parts) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...parts);
    return element;
  };

  function build() {
    input = make("input", {
      class: "input", type: "text", role: "combobox", "aria-expanded": "true", "aria-autocomplete": "list",
      "aria-controls": "palette-list", "aria-label": "Find anything", autocomplete: "off", spellcheck: "false",
      placeholder: "Page, project, issue, id or action",
    });
    list = make("ul", { id: "palette-list", role: "listbox", "aria-label": "What was found" });
    said = make("p", { class: "visually-hidden", role: "status" });
    dialog = make("dialog", { class: "dialog palette", "aria-label": "Find anything" }, input, list, said);
    document.body.append(dialog);
    input.addEventListener("input", () => {
      isFresh = isWaiting = false;
      // An answer that is under way is to what the text was before.
      asked += 1;
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE_MS);
    });
    input.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.isComposing) return;
      if (step) choose((active + step + rows.length) % (rows.length || 1));
      else if (event.key === "Enter" && isFresh) take(rows[active]);
      else if (event.key === "Enter") isWaiting = true;
      else return;
      event.preventDefault();
    });
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", ({ target }) => take(rows[[...list.children].indexOf(target.closest("li"))]));
    // Beside it.
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  }

  function choose(place) {
    active = place;
    [...list.children].forEach((row, at) => row.setAttribute("aria-selected", at === active));
    const row = list.children[active];
    if (!row) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", row.id);
    row.scrollIntoView({ block: "nearest" });
  }

  async function ask() {
    const turn = (asked += 1);
    const query = new URLSearchParams({ q: input.value, from: button.dataset.from });
    const issue = document.querySelector("[data-live-issue]")?.dataset.liveIssue;
    if (issue) query.set("issue", issue);
    try {
      const answer = await fetch(`${button.dataset.palette}?${query}`, { headers: { "x-requested-with": "fetch" } });
      const found = await answer.json();
      if (turn !== asked) return;
      rows = found;
      isFresh = true;
    } catch {
      return;
    }
    list.replaceChildren(...rows.map(({ label, about, kind }, at) =>
      make("li", { id: `palette-${at}`, role: "option" },
        make("bdi", {}, label), make("bdi", { class: "about" }, about), make("span", { class: "badge" }, kind))));
    said.textContent = rows.length === 1 ? "1 result" : `${rows.length || "No"} results`;
    choose(0);
    if (isWaiting) take(rows[0]);
  }

  function take(row) {
    if (!row) return;
    if (!row.fields.length) return location.assign(row.href);
    const fields = row.fields.map(([name, value]) => make("input", { type: "hidden", name, value }));
    const form = make("form", { method: "post", action: row.href, hidden: "" }, ...fields);
    document.body.append(form);
    form.submit();
  }

  function open() {
    if (!dialog) build();
    if (dialog.open) return;
    for (const menu of all(".menu[open]")) menu.open = false;
    input.value = "";
    isFresh = isWaiting = false;
    rows = [];
    list.replaceChildren();
    dialog.showModal();
    input.focus();
    ask();
  }

  if (button) {
    button.addEventListener("click", (event) => {
      // What somebody has typed beside it is looked for on the page.
      if (button.form.elements.q.value) return;
      event.preventDefault();
      open();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      open();
    });
  }
}

