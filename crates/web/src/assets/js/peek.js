// Previews: what an issue is about, shown beside its row when somebody points at its title, stays on
// it, or presses the button. It stays while one is on it, and Escape closes it.
{
  const WAIT_MS = 450;
  const LEAVE_MS = 250;
  const known = new Map();
  let box = null, shown = null, timer = 0;

  const buttonOf = (element) => element?.closest?.("[data-issue]")?.querySelector("[data-preview]");
  const later = (work, ms) => {
    clearTimeout(timer);
    timer = setTimeout(work, ms);
  };

  function close() {
    clearTimeout(timer);
    if (!shown) return;
    shown.setAttribute("aria-expanded", "false");
    shown.closest("[data-issue]")?.querySelector("a").removeAttribute("aria-describedby");
    shown = null;
    box.hidden = true;
  }

  async function show(button) {
    const address = button.dataset.preview;
    if (shown === button) return;
    close();
    shown = button;
    if (!known.has(address)) {
      const answer = await fetch(address).catch(() => null);
      if (answer?.ok) known.set(address, await answer.text());
    }
    const text = known.get(address);
    if (shown !== button) return;
    if (!text) return (shown = null);
    if (!box) {
      box = document.createElement("div");
      Object.assign(box, { id: "preview", className: "preview" });
      box.setAttribute("role", "note");
      box.setAttribute("aria-label", "Preview");
      document.querySelector("main").append(box);
      box.addEventListener("pointerenter", () => clearTimeout(timer));
      box.addEventListener("pointerleave", () => later(close, LEAVE_MS));
    }
    box.innerHTML = text;
    each(box);
    box.hidden = false;
    button.setAttribute("aria-expanded", "true");
    const row = button.closest("[data-issue]");
    const title = row.querySelector("a");
    title.setAttribute("aria-describedby", "preview");
    place(row.getBoundingClientRect(), title.getBoundingClientRect());
  }

  // Below the row, or above when there is no room.
  function place(row, title) {
    const left = Math.max(8, Math.min(title.left, innerWidth - box.offsetWidth - 8));
    const below = row.bottom + box.offsetHeight < innerHeight || row.top < box.offsetHeight;
    const top = below ? row.bottom : row.top - box.offsetHeight;
    box.style.left = `${left + scrollX}px`;
    box.style.top = `${top + scrollY}px`;
  }

  document.addEventListener("pointerover", ({ target, pointerType }) => {
    const title = pointerType === "mouse" && target.closest("[data-issue] .issue-what");
    if (title) later(() => show(buttonOf(title)), WAIT_MS);
    else if (!target.closest("#preview")) later(close, LEAVE_MS);
  });
  document.addEventListener("focusin", ({ target }) => {
    const isTitle = target.matches("[data-issue] .issue-title") && target.matches(":focus-visible");
    if (isTitle) later(() => show(buttonOf(target)), WAIT_MS);
    else if (!target.closest("#preview")) close();
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-preview]");
    if (!button) return target.closest("#preview") || close();
    if (shown === button) close();
    else show(button);
  });
  document.addEventListener("keydown", ({ key }) => key === "Escape" && close());
}

