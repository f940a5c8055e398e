// What a page costs whoever opens it for the first time: bytes on the wire, requests, nodes, how
// long until the first byte and the first picture, how much it moves, how soon it answers a click.

// Opens `address` in a fresh context, so that nothing is cached.
export async function weigh(browser, address, { storageState, touch } = {}) {
  const context = await browser.newContext({
    viewport: { width: 1400, height: 900 },
    storageState,
  });
  try {
    await context.addInitScript(watchPage);
    const page = await context.newPage();
    const wire = await watchWire(context, page);
    const answer = await page.goto(address, { waitUntil: 'load' });
    if (answer.status() >= 500) throw new Error(`${address} gave ${answer.status()}`);
    // Styles, fonts and what the script adds have had their say when two pictures were drawn.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    if (touch) await page.locator(touch).first().click();
    const felt = await page.evaluate(() => window.felt());
    return { ...wire.sum(), ...felt };
  } finally {
    await context.close();
  }
}

// Counts what crosses the wire, head and body as they were sent. A feed that stays open is a request
// without an end; what it brings is not part of opening the page.
async function watchWire(context, page) {
  const session = await context.newCDPSession(page);
  const types = new Map();
  const bytes = { Document: 0, Stylesheet: 0, Script: 0 };
  let [all, requests] = [0, 0];
  session.on('Network.requestWillBeSent', ({ requestId, request, type }) => {
    if (request.url.startsWith('data:')) return;
    types.set(requestId, type);
    requests += 1;
  });
  // The icon of the page is in the tab, too.
  session.on('Network.requestServedFromCache', ({ requestId }) => {
    requests -= types.has(requestId) ? 1 : 0;
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const type = types.get(requestId);
    if (!type) return;
    all += encodedDataLength;
    if (type in bytes) bytes[type] += encodedDataLength;
  });
  await session.send('Network.enable');
  const sum = () => ({
    bytes: all,
    requests,
    html_bytes: bytes.Document,
    css_bytes: bytes.Stylesheet,
    js_bytes: bytes.Script,
  });
  return { sum };
}

// Runs in the page, before anything of it.
function watchPage() {
  let [moved, slowest] = [0, 0];
  const watch = (type, note, more = {}) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({
      type,
      buffered: true,
      ...more,
    });
  watch('layout-shift', (entry) => (moved += entry.hadRecentInput ? 0 : entry.value));
  watch('event', (entry) => (slowest = Math.max(slowest, entry.duration)), {
    durationThreshold: 16,
  });
  window.felt = async () => {
    // The duration of a click is known one picture later.
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const [navigation] = performance.getEntriesByType('navigation');
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    return {
      ttfb_ms: navigation.responseStart - navigation.requestStart,
      fcp_ms: paint?.startTime ?? null,
      interaction_ms: slowest,
      layout_shift: moved,
      nodes: document.getElementsByTagName('*').length,
    };
  };
}

// The value below which that share of them lies.
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}
