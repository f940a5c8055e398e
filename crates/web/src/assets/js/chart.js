// The value of a bar, under the mouse and under the arrow keys, in words below the graph. Without
// this the table has the numbers.
function speak(frame) {
  const bars = all("rect[data-value]", frame);
  const said = Object.assign(document.createElement("p"), { className: "chart-value" });
  said.setAttribute("aria-live", "polite");
  frame.append(said);
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", "Graph: the arrow keys go from bar to bar");
  let at = -1;
  const go = (to) => {
    bars[at]?.classList.remove("at");
    at = to;
    bars[at]?.classList.add("at");
    said.textContent = bars[at]?.dataset.value ?? "";
  };
  const keys = { ArrowLeft: () => at - 1, ArrowRight: () => at + 1, Home: () => 0, End: () => bars.length - 1 };
  frame.addEventListener("keydown", (event) => {
    const to = keys[event.key]?.();
    if (to === undefined) return;
    event.preventDefault();
    go(Math.max(0, Math.min(bars.length - 1, to)));
  });
  frame.addEventListener("focus", () => go(bars.length - 1));
  frame.addEventListener("blur", () => go(-1));
  frame.addEventListener("mouseover", ({ target }) => {
    const bar = bars.indexOf(target);
    if (bar >= 0) go(bar);
  });
}

all("[data-chart]").forEach(speak);

// Paper has no summaries to click.
addEventListener("beforeprint", () => all("details:not(.menu)").forEach((details) => (details.open = true)));
