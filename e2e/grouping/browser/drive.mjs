// drive.mjs: run from a folder with playwright-core; serves ./dist as http://shop.example and clicks
// through the page like a visitor. Environment: DSN, RELEASE, ROUNDS, CHROMIUM.

import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';

import { dice } from './dice.mjs';

const { chromium } = createRequire(path.join(process.cwd(), 'x.js'))('playwright-core');
const { DSN, RELEASE, ROUNDS } = process.env;
const { below, hex, mail, number, pick, uuid } = dice(RELEASE);
const files = fs.readdirSync('dist');
const main = files.find((name) => name.startsWith('page-'));

const html = `<!doctype html><title>Shop</title><main id=main></main><script>
window.dsn = ${JSON.stringify(DSN)}; window.release = ${JSON.stringify(RELEASE)};
</script><script type=module src=/assets/${main}></script>`;

const server = http.createServer((request, response) => {
  const [, folder, name] = request.url.split('/');
  if (folder === 'assets' && files.includes(name)) {
    response.setHeader('content-type', 'text/javascript');
    response.end(fs.readFileSync(path.join('dist', name)));
  } else if (folder === 'assets') {
    // A part of a release that is gone.
    response.writeHead(404).end();
  } else {
    response.setHeader('content-type', 'text/html');
    response.end(html);
  }
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));

function* visits() {
  yield ['cart-line', 'cart', { line: number() }];
  yield ['header-user', 'header', { id: number() }];
  yield ['order-shipped', 'order', { order: uuid() }];
  yield ['price-digits', 'price', { price: number(), digits: 101 + below(90) }];
  yield ['tree-loop', 'tree', { start: pick(['a', 'b']) }];
  yield ['saved-json', 'saved', { saved: `{"theme": ${number()} ${pick(['x', '"y"', '['])}` }];
  yield ['status-down', 'status', { id: number() }];
  yield ['wish-missing', 'wish', { id: number(6), mail: mail() }];
  yield ['points-object', 'points', { status: 400 + below(99), id: number() }];
  yield ['session-timer', 'timer', { minutes: number(2) }];
  const part = `${pick(['video', 'map', 'chat'])}-${hex(7)}7.js`;
  yield ['video-gone', 'video', { url: `http://shop.example/assets/${part}` }];
  const chunk = number(3);
  const url = `http://shop.example/assets/${chunk}.${hex(8)}.js`;
  yield ['part-gone', 'part', { number: chunk, url }];
  yield ['greeting-name', 'greeting', { id: number() }];
  yield ['album-empty', 'gallery', { album: { id: number(), pictures: [{ id: number() }] } }];
  yield ['log-voucher', 'report', { text: `voucher ${uuid()} was used ${2 + below(9)} times` }];
  yield ['log-player', 'report', { text: `player of ${mail()} stalled at 0x${hex(6)}` }];
  for (const name of ['orders', 'points']) {
    const status = pick([500, 502, 503]);
    yield [`api-${name}`, 'service', { call: `GET /${name}`, status, transaction: `/${name}` }];
  }
}

/** An event, and not one of the client's other reports. */
const isEvent = (request) =>
  request.url().includes('/envelope/') && /"type":"event"/.test(request.postData() ?? '');

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', `--host-resolver-rules=MAP shop.example 127.0.0.1:${server.address().port}`],
});
for (let round = 0; round < Number(ROUNDS); round += 1) {
  const page = await browser.newPage();
  await page.goto(`http://shop.example/${pick(['de', 'en'])}/shelf/${number()}?ref=${hex(6)}`);
  await page.waitForFunction(() => window.isReady);
  for (const [fault, button, data] of visits()) {
    const transaction = data.transaction ?? `/${pick(['de', 'en', 'fr'])}/shelf`;
    const next = { ...data, fault: `browser-${fault}`, user: number(), transaction };
    await page.evaluate((next) => window.prepare(next), next);
    const sent = page.waitForResponse((answer) => isEvent(answer.request()));
    await page.click(`#${button}`);
    await sent;
  }
  await page.evaluate(() => window.settled());
  await page.close();
}
await browser.close();
server.close();
