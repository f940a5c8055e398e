
// Search boxes: while somebody types, what the text can go on with is offered below the box. The
// server says what and where to put it; without an answer the box is what it was.
{
  const PAUSE_MS = 90;
  for (const box of all("[data-complete]")) {
    const input = box.querySelector("input");
    const list = document.createElement("ul");
    const said = document.createElement("span");
    let rows = [], answer = null, active = -1, timer = 0, asked = 0;

    Object.assign(list, { id: `${input.id}-list`, className: "completions", hidden: true });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Suggestions");
    said.className = "visually-hidden";
    said.setAttribute("role", "status");
    box.append(list, said);
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-expanded": "false", "aria-controls": list.id,
      "aria-autocomplete": "list", "aria-haspopup": "listbox",
    })) input.setAttribute(name, value);

    // Places are counted in characters, which may be two units of a string.
    const units = (text, chars) => [...text].slice(0, chars).join("").length;
    const part = (kind, text) => {
      const element = document.createElement("span");
      element.className = kind;
      element.textContent = text;
      return element;
    };

    function close() {
      clearTimeout(timer);
      asked += 1;
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      choose(-1);
    }

    function choose(place) {
      active = place;
      [...list.children].forEach((row, at) => row.setAttribute("aria-selected", at === active));
      const row = list.children[active];
      if (!row) return input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-activedescendant", row.id);
      row.scrollIntoView({ block: "nearest" });
    }

    function show() {
      list.replaceChildren(...rows.map((row, at) => {
        const item = document.createElement("li");
        item.id = `${list.id}-${at}`;
        item.setAttribute("role", "option");
        item.append(part("mono", row.label), part("about", row.description));
        if (row.count !== null) item.append(part("count", row.count.toLocaleString()));
        return item;
      }));
      list.hidden = rows.length === 0;
      input.setAttribute("aria-expanded", String(!list.hidden));
      choose(-1);
      said.textContent = rows.length === 1 ? "1 suggestion" : `${rows.length || "No"} suggestions`;
    }

    // A text that is selected as a whole is about to be replaced: it counts as empty.
    async function ask() {
      const turn = (asked += 1);
      const { selectionStart: start, selectionEnd: end } = input;
      const isAll = start === 0 && end === input.value.length;
      const text = isAll ? "" : input.value;
      const at = isAll ? 0 : [...text.slice(0, end)].length;
      try {
        const query = new URLSearchParams({ query: text, at });
        const got = await fetch(`${box.dataset.complete}&${query}`);
        const found = await got.json();
        if (turn !== asked || document.activeElement !== input) return;
        answer = { ...found, isAll };
        // What stands there already is no suggestion.
        rows = found.suggestions.filter((row) =>
          row.text.trim() !== text.slice(units(text, found.from), units(text, found.until)));
        show();
      } catch {
        if (turn === asked) close();
      }
    }

    function take(row) {
      const text = input.value;
      const [from, until] = answer.isAll ? [0, text.length]
        : [units(text, answer.from), units(text, answer.until)];
      input.setRangeText(row.text, from, until, "end");
      close();
      if (/[:<>=!]$/.test(row.text)) ask();
    }

    input.addEventListener("input", () => {
      clearTimeout(timer);
      asked += 1;
      timer = setTimeout(ask, PAUSE_MS);
    });
    input.addEventListener("focus", () => input.value === "" && ask());
    input.addEventListener("blur", close);
    input.form.addEventListener("submit", close);
    input.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (step && list.hidden) {
        if (step > 0) ask();
      } else if (step) {
        // Above the first and below the last is the box itself.
        const count = rows.length + 1;
        choose(((active + 1 + step + count) % count) - 1);
      } else if (!list.hidden && event.key === "Escape") {
        close();
      } else if (!list.hidden && active >= 0 && ["Enter", "Tab"].includes(event.key)) {
        take(rows[active]);
      } else return;
      event.preventDefault();
    });
    // The box keeps the focus while something is clicked.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", ({ target }) => {
      const place = [...list.children].indexOf(target.closest("li"));
      if (place >= 0) take(rows[place]);
    });
  }
}
