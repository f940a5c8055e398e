
// News of issues, over one stream per page. News is only a reason to look: the page asks for itself
// again and compares, so that what it announces is what a click shows, whatever it is narrowed to.
// Nothing moves by itself, except an empty list and the first-run guide.

const place = document.querySelector("[data-live]");
const some = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

async function look() {
  const answer = await fetch(location.href, { headers: { "x-requested-with": "fetch" } });
  if (!answer.ok) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function put(page, selectors) {
  for (const selector of selectors) {
    const [mine, fresh] = [document, page].map((from) => from.querySelector(selector));
    if (!mine || !fresh) continue;
    mine.replaceWith(fresh);
    each(fresh);
  }
}

// At once, and again as soon as it may be: the server is busy with it a fifth of the time at most.
function paced(work) {
  let busy = false;
  let again = false;
  return async function run() {
    again = busy || document.hidden;
    if (again) return;
    busy = true;
    const start = performance.now();
    await work().catch(() => {});
    const pause = Math.max(200, 4 * (performance.now() - start));
    setTimeout(() => {
      busy = false;
      if (again) run();
    }, pause);
  };
}

// What a list would show that it does not: issues that are not on it, and those that changed or went.
const states = (root) =>
  new Map(all("[data-issue]", root).map(({ dataset }) => [dataset.issue, dataset.state]));

function listNews(page) {
  const [mine, fresh] = [states(document), states(page)];
  const known = [...fresh.keys()].filter((id) => mine.has(id));
  const added = fresh.size - known.length;
  const changed = known.filter((id) => mine.get(id) !== fresh.get(id)).length;
  const other = changed + Math.max(0, mine.size - known.length - added);
  if (!added) return other ? some(other, "updated issue") : "";
  return some(added, "new issue") + (other ? `, ${other} updated` : "");
}

function issueNews(page) {
  const [mine, fresh] = [document, page].map((from) => from.querySelector("[data-live]")?.dataset);
  if (!fresh) return "";
  const newer = fresh.events - mine.events;
  const status = fresh.status !== mine.status && `now ${fresh.status}`;
  return [newer > 0 && some(newer, "newer event"), status].filter(Boolean).join(", ");
}

// Whether a part that replaces itself has something new to show.
const moved = (id, page) =>
  [document, page].map((root) => root.getElementById(id)?.dataset.liveState).reduce((a, b) => a !== b);

function listen({ live, liveBlock, liveIssue, livePoll }) {
  const part = (name) => place.querySelector(`[data-live-${name}]`);
  const isList = "liveList" in place.dataset;
  let turn = 0;

  const show = (text) => {
    part("show").hidden = !text;
    part("words").textContent = text;
    if (isList) part("said").textContent = text;
  };
  const load = (page) => {
    turn += 1;
    put(page, liveBlock ? [`#${liveBlock}`] : ["#issues", ".list-head"]);
    if (isList) show("");
  };
  const refresh = async () => {
    const before = turn;
    const page = await look();
    if (!page) return;
    if (liveBlock) {
      if (moved(liveBlock, page)) load(page);
    } else if (isList && !states(document).size) load(page);
    else if (turn === before) show(isList ? listNews(page) : issueNews(page));
    else news();
  };
  const news = paced(refresh);

  const stream = new EventSource(live);
  stream.addEventListener("issue", ({ data }) => {
    if (!liveIssue || JSON.parse(data).issue === liveIssue) news();
  });
  // What happened before the stream was open was not heard.
  for (const name of ["issues", "reload", "open"]) stream.addEventListener(name, news);
  // A refusal is no news of an issue: who waits for an event asks, at a pace of its own, so that the
  // event itself need not wait for that.
  if (livePoll !== undefined) setInterval(paced(refresh), 1000);
  document.addEventListener("visibilitychange", () => document.hidden || news());
  if (!isList) return;

  place.hidden = false;
  part("show").addEventListener("click", async () => {
    const page = await look();
    if (page) load(page);
  });
  const state = (live) => {
    part("text").textContent = live ? "Live" : "Reconnecting";
    part("state").querySelector(".dot").className = live ? "dot live" : "dot waiting";
  };
  stream.addEventListener("open", () => state(true));
  stream.addEventListener("error", () => state(false));
}

if (place) listen(place.dataset);
