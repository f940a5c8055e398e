// Changing many: how many match, Enter in the fields of a menu, and what goes is asked about in a
// dialog, which is the page that a browser without script shows.
{
  document.addEventListener("change", async ({ target }) => {
    const label = document.querySelector("[data-all-of]");
    if (!label || label.hidden || label.dataset.counted || !target.matches("[data-select-all], [data-select]")) return;
    label.dataset.counted = "yes";
    const answer = await fetch(label.dataset.allOf).catch(() => null);
    if (!answer?.ok) return;
    const { count, isMore } = await answer.json();
    const words = `All ${count.toLocaleString()}${isMore ? "+" : ""} that match`;
    label.querySelector("[data-all-words]").textContent = words;
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches?.(".bulk .menu-field input")) return;
    event.preventDefault();
    let next = event.target.closest("label");
    while (next && next.tagName !== "BUTTON") next = next.nextElementSibling;
    next?.click();
  });

  async function ask(form, button) {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { "x-requested-with": "fetch" },
      body: new URLSearchParams(new FormData(form, button)),
    });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const part = page.getElementById("confirm");
    if (!answer.ok || !part) throw new Error(answer.status);
    for (const menu of all(".menu[open]")) menu.open = false;
    button.closest(".menu")?.querySelector("summary").focus();
    showPart(part);
  }

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.matches("[data-confirm]")) return;
    event.preventDefault();
    ask(event.target, button).catch(() => {
      button.removeAttribute("data-confirm");
      event.target.requestSubmit(button);
    });
  });
}

