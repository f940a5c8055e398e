// Weighs the pages that PAGES (JSON) names and prints a line of JSON for each: the median of every
// figure, of the time to the first byte also the 95th percentile. `cargo xtask bench pages` starts it.
//   {"sign_in": {"address", "fields": {label: value}, "button"},
//    "pages": [{"name", "addresses": [...], "touch": "selector"}]}
import { launch } from './browser.mjs';
import { quantile, weigh } from './weigh.mjs';

const { sign_in: signIn, pages } = JSON.parse(process.env.PAGES);
const browser = await launch();
try {
  const storageState = await enter();
  for (const { name, addresses, touch } of pages) {
    const loads = [];
    for (const address of addresses) loads.push(await weigh(browser, address, { storageState, touch }));
    const figures = Object.keys(loads[0]).map((key) => [key, middle(loads, key)]);
    const first = loads.map((load) => load.ttfb_ms);
    const p95 = { ttfb_p95_ms: quantile(first, 0.95) };
    console.log(JSON.stringify({ name, loads: loads.length, ...Object.fromEntries(figures), ...p95 }));
  }
} finally {
  await browser.close();
}

async function enter() {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(signIn.address);
  for (const [label, value] of Object.entries(signIn.fields)) await page.locator(label).fill(value);
  await page.locator(signIn.button).click();
  await page.waitForURL((url) => !url.href.startsWith(signIn.address));
  const state = await context.storageState();
  await context.close();
  return state;
}

function middle(loads, key) {
  return quantile(loads.map((load) => load[key] ?? 0), 0.5);
}
