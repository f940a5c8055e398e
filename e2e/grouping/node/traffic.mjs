// What customers do: requests with other data every time, and the fault that each of them meets.

import * as Sentry from '@sentry/node';

import { dice } from './dice.mjs';
import { handle } from './shop.mjs';

const { RELEASE, ROUNDS } = process.env;
const { below, hex, mail, number, peer, pick, some, uuid } = dice(RELEASE);
// Nobody listens there.
const port = () => 2 + below(6);

Sentry.init({
  dsn: process.env.DSN,
  release: RELEASE,
  environment: 'live',
  serverName: 'web-1',
});

function table() {
  const rows = Array.from({ length: 1 + below(9) }, () => `a;b;${number()}`);
  return [...rows, pick(['a;b', 'a', 'a;b;c;d'])].join('\n');
}

function* requests() {
  yield ['order-unknown', '/order', { order: uuid() }];
  yield ['cart-empty', '/cart', { cart: { id: number(), shipping: below(9) } }];
  yield ['price-json', '/import', { body: `{"sku": ${number()}, ${pick(['}', '7', 'x'])}` }];
  yield ['table-width', '/upload', { text: table() }];
  const currencies = ['USD', 'GBP', 'JPY', 'CHF'];
  yield ['rate-missing', '/rates', { currencies, broken: pick(currencies) }];
  yield ['category-loop', '/categories', { tree: { a: 'b', b: 'a' }, start: pick(['a', 'b']) }];
  const depth = below(5);
  const query = `price ${'(color '.repeat(depth)}7${number(2)}${')'.repeat(depth)}`;
  yield ['search-name', '/search', { query }];
  yield ['pay-refused', '/pay', { charge: number(6), peer: peer() }];
  yield ['pay-late', '/pay', { charge: number(6), seconds: number(3) / 4 }];
  yield ['mirrors-down', '/mirror', { hosts: some(['a', 'b', 'c']).map((it) => it + number(2)) }];
  yield ['thrown-object', '/legacy', { code: number(3) }];
  yield ['thrown-text', '/old', { item: number(6), shelf: number(2) }];
  yield ['board-part', '/dashboard', { board: number() }];
  const names = ['cup', 'lamp', 'bag'].map((name) => name + number(2));
  yield ['label-missing', '/labels', { names: [...some(names), undefined] }];
  yield ['stock-down', '/stock', { port: port() }];
  yield ['invoice-missing', '/invoice', { year: 2020 + below(6), invoice: number(6) }];
  yield ['weather-down', '/weather', { port: 60_001 + below(4), city: hex(6) }];
  yield ['sum-differs', '/close', { sum: number(), expected: number(5) }];
  const plugin = `Failed to load dynamic component Carousel for ${uuid()}`;
  yield ['log-component', '/report', { text: plugin }];
  yield ['log-session', '/report', { text: `session ${hex(32)} of ${mail()} has no cart` }];
  yield ['log-mailbox', '/report', { text: `bounced: ${mail()} after ${number(2)}.5s` }];
  yield* undecided();
}

/** What only a setting of the project can tell apart, or join. */
function* undecided() {
  const picture = `/srv/pictures/${number(6)}.png`;
  yield ['convert-missing', '/convert', { command: ['ls', picture] }];
  const file = `/srv/inbox/${number(6)}`;
  yield ['convert-refused', '/convert', { command: ['rmdir', file] }];
  for (const [name, call] of [
    ['orders', 'GET /orders'],
    ['points', 'GET /points'],
    ['mails', 'GET /mails'],
  ]) {
    const status = pick([500, 502, 503]);
    yield [`api-${name}`, '/profile', { call, status, transaction: `/profile/${name}` }];
  }
  yield ['date-invalid', '/calendar', { date: `${number()}-${number(2)}` }];
}

async function serve(request) {
  try {
    await handle(request);
  } catch (error) {
    Sentry.captureException(error);
  }
}

for (let round = 0; round < Number(ROUNDS); round += 1) {
  for (const [fault, path, data] of requests()) {
    const scope = Sentry.getIsolationScope();
    scope.setTag('fault', `node-${fault}`);
    scope.setUser({ id: String(number()), email: mail() });
    scope.setTransactionName(data.transaction ?? `${path}/${pick(['de', 'en', 'fr'])}`);
    await serve({ path, ...data });
  }
  await Sentry.flush(10_000);
}
await Sentry.close(10_000);
