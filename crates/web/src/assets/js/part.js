
// A link or form that names a part of the page exchanges that part alone, in place. Without this it
// leads to the page with the part as asked for.
async function exchange(id, address) {
  const answer = await fetch(address, { headers: { "x-requested-with": "fetch" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(id);
  const shown = (from) => from.querySelector("#event code")?.textContent;
  // A newer event may have become the latest: its parts do not belong on this page.
  if (!answer.ok || !fresh || shown(page) !== shown(document)) throw new Error(answer.status);
  const name = document.activeElement?.getAttribute("name");
  document.getElementById(id).replaceWith(fresh);
  each(fresh);
  const focus = name ? `[name="${name}"]` : 'summary, [aria-current="true"]';
  fresh.querySelector(focus)?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-part]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  exchange(link.dataset.part, link.href).catch(() => location.assign(link.href));
});

document.addEventListener("submit", (event) => {
  const { part } = event.target.dataset;
  if (!part) return;
  event.preventDefault();
  const address = new URL(event.target.action);
  address.search = new URLSearchParams(new FormData(event.target));
  exchange(part, address).catch(() => location.assign(address));
});
