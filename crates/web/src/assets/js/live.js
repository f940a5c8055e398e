
// News of issues, over one stream per page. A list shows a pill and never moves by itself, unless
// it is empty; a block (the first-run guide) is exchanged as soon as there is news.

const place = document.querySelector("[data-live]");

async function exchange(id) {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const name of [id, "tabs"]) {
    const [mine, fresh] = [document, page].map((from) =>
      name === "tabs" ? from.querySelector(".list-head") : from.getElementById(name));
    if (mine && fresh) {
      mine.replaceWith(fresh);
      each(fresh);
    }
  }
}

function listen(place) {
  const block = place.dataset.liveBlock;
  const part = (name) => place.querySelector(`[data-live-${name}]`);
  const fresh = new Set();
  let changed = new Set();
  let more = 0;

  const words = () => {
    const known = fresh.size;
    const other = [...changed].filter((id) => !fresh.has(id)).length + more;
    return [known && `${known} new`, other && `${other} updated`].filter(Boolean).join(", ");
  };
  const show = () => {
    const text = words();
    part("show").hidden = !text;
    part("words").textContent = text;
    part("said").textContent = text && `${text} issues`;
  };
  const load = async () => {
    fresh.clear();
    changed = new Set();
    more = 0;
    if (!block) show();
    await exchange(block ?? "issues");
  };
  const news = () => {
    const empty = !block && !document.querySelector("[data-issue], #query-wrong");
    if (block || empty) load();
    else show();
  };

  const stream = new EventSource(place.dataset.live);
  stream.addEventListener("issue", ({ data }) => {
    const { issue, change } = JSON.parse(data);
    (change === "new" || change === "reopened" ? fresh : changed).add(issue);
    news();
  });
  stream.addEventListener("issues", ({ data }) => {
    for (const { changes } of JSON.parse(data)) more += changes;
    news();
  });
  stream.addEventListener("reload", load);
  if (block) return;

  place.hidden = false;
  part("show").addEventListener("click", load);
  const state = (live) => {
    part("text").textContent = live ? "Live" : "Reconnecting";
    part("state").querySelector(".dot").className = live ? "dot live" : "dot waiting";
  };
  stream.addEventListener("open", () => state(true));
  stream.addEventListener("error", () => state(false));
}

if (place) listen(place);
