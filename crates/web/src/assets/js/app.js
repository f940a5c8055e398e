// Small comforts. Every page works without this file: nothing here is needed to read or to change
// anything. One section per comfort; `each` runs on the first page and on every part that is
// exchanged later.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// Times say how long ago, and go on saying it right; the exact one is in the reader's own zone.
const steps = [[60, 1, ""], [3600, 60, "min"], [86400, 3600, "h"], [60 * 86400, 86400, "d"],
  [730 * 86400, 30 * 86400, "mo"], [Infinity, 365 * 86400, "y"]];

function ago(date) {
  const secs = Math.floor((Date.now() - date) / 1000);
  const [, unit, word] = steps.find(([limit]) => Math.abs(secs) < limit);
  if (!word) return "just now";
  const text = `${Math.floor(Math.abs(secs) / unit)} ${word}`;
  return secs < 0 ? `in ${text}` : `${text} ago`;
}

function tell(root) {
  for (const time of all("time[title]", root)) {
    const date = new Date(time.dateTime);
    if (isNaN(date)) continue;
    time.textContent = ago(date);
    time.dataset.utc ??= time.title;
    time.title = `${date.toLocaleString(undefined, { timeZoneName: "short" })}\n${time.dataset.utc}`;
  }
}

// Copy buttons: a value, the text of an element, or what an address answers.
async function copy(button) {
  const { copy, copyText, copyFrom } = button.dataset;
  let text = copy ?? document.getElementById(copyText)?.textContent;
  if (copyFrom) text = await (await fetch(copyFrom)).text();
  await navigator.clipboard.writeText(text ?? "");
  const icon = button.querySelector(".icon");
  icon?.classList.replace("i-copy", "i-check");
  setTimeout(() => icon?.classList.replace("i-check", "i-copy"), 1500);
}

// Ticks: all of a page at once, all that match, and how many there are.
function ticks() {
  const boxes = all("[data-select]");
  const count = boxes.filter((box) => box.checked).length;
  const top = document.querySelector("[data-select-all]");
  if (!top) return;
  const every = document.querySelector("[data-all]");
  if (every) {
    // It is offered once all that one sees is chosen.
    every.closest("label").hidden = count < boxes.length;
    every.checked &&= count === boxes.length;
  }
  top.checked = count > 0 && count === boxes.length;
  top.indeterminate = count > 0 && count < boxes.length;
  for (const button of all("[data-bulk]")) button.disabled = count === 0;
  document.querySelector("[data-selected]").textContent =
    every?.checked ? "All selected" : count ? `${count} selected` : "";
}

export function each(root = document) {
  tell(root);
  for (const button of all(".copy", root)) button.hidden = !navigator.clipboard;
  for (const one of all("[data-select-all], [data-preview], [data-narrow]", root)) one.hidden = false;
  ticks();
}

// A part of another page in a dialog; what would lead back closes it.
function showPart(part) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", part.getAttribute("aria-labelledby"));
  dialog.append(part);
  document.querySelector("main").append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (!event.target.closest("[data-keep]")) return;
    event.preventDefault();
    dialog.close();
  });
  dialog.showModal();
  part.querySelector("[data-keep]").focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest(".copy");
  if (button) copy(button).catch(() => {});
  for (const menu of all(".menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-select-all]")) {
    for (const box of all("[data-select]")) box.checked = target.checked;
  }
  if (target.matches("[data-select], [data-select-all], [data-all]")) ticks();
  if (target.matches("[data-auto-submit] select")) target.form.requestSubmit();
});

// A field narrows a grouped list to what has its text.
document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-narrow]")) return;
  const list = document.getElementById(target.dataset.narrow);
  const text = target.value.trim().toLowerCase();
  for (const group of list.children) {
    const whole = group.firstElementChild.textContent.toLowerCase().includes(text);
    for (const item of all("li", group)) {
      item.hidden = !whole && !item.textContent.toLowerCase().includes(text);
    }
    group.hidden = !group.querySelector("li:not([hidden])");
  }
});

// What is there to be copied is selected at once.
document.addEventListener("focusin", ({ target }) => {
  if (target.matches("input[readonly]")) target.select();
});

each();
setInterval(() => document.hidden || tell(document), 30000);
