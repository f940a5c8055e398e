// Events for the walks, sent as clients send them: by the protocol of 2010 and by a DSN of today.
import { randomBytes } from 'node:crypto';
import zlib from 'node:zlib';

export const newId = () => randomBytes(16).toString('hex');

// `POST /store/` with key, format and data: base64 of zlib of JSON, as the page of 2010 says.
export async function send2010(server, record) {
  const id = newId();
  const json = JSON.stringify({ message_id: id, ...record });
  const data = zlib.deflateSync(Buffer.from(json)).toString('base64');
  const body = new URLSearchParams({ data, key: server.storeKey, format: 'json' });
  const answer = await fetch(server.storeUrl, { method: 'POST', body });
  if (answer.status !== 200) throw new Error(`/store/: ${answer.status} ${await answer.text()}`);
  return id;
}

// One event in an envelope, authenticated by the key of the DSN.
export async function sendModern(server, event) {
  const dsn = new URL(server.dsn);
  const project = dsn.pathname.split('/').pop();
  const id = newId();
  const header = { event_id: id, dsn: server.dsn, sent_at: new Date().toISOString() };
  const lines = [header, { type: 'event' }, { event_id: id, ...event }];
  const url = `${server.url}/api/${project}/envelope/`;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'X-Sentry-Auth': `Sentry sentry_version=7, sentry_key=${dsn.username}` },
    body: lines.map((line) => JSON.stringify(line)).join('\n'),
  });
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return id;
}

// An exception of a Django application of 2011, with local variables in its frames.
export function payment2010() {
  const frame = (filename, func, lineno, line, vars) => ({
    filename,
    function: func,
    lineno,
    pre_context_lineno: lineno - 2,
    pre_context: ['def ' + func + '(order):', '    """See the manual."""'],
    context_line: line,
    post_context: ['', ''],
    vars,
  });
  return {
    level: 40,
    logger: 'shop.orders',
    view: 'shop.views.charge',
    class_name: 'PaymentError',
    message: 'card declined for order 42',
    server_name: 'web-1.example.com',
    site: 'shop.example.com',
    url: 'http://shop.example.com/checkout?ref=mail',
    traceback:
      'Traceback (most recent call last):\n\n  File "/srv/app/shop/views.py", line 21, in charge\n' +
      "    raise PaymentError('card declined for order %d' % order.id)\n\n" +
      'PaymentError: card declined for order 42\n',
    data: {
      url: 'http://shop.example.com/checkout?ref=mail',
      META: { REQUEST_METHOD: 'POST', HTTP_USER_AGENT: 'period/1.0', REMOTE_ADDR: '192.0.2.7' },
      GET: { ref: 'mail' },
      cart: ['lamp', 'rope'],
      __sentry__: {
        versions: { shop: '2.4.1', django: '1.3.7' },
        module: 'shop',
        version: '2.4.1',
        exception: ['shop.views', ['card declined for order 42']],
        frames: [
          frame('/srv/app/shop/urls.py', 'checkout', 12, '    charge(order, 12.5)', [
            ['request', '<WSGIRequest POST /checkout>'],
          ]),
          frame(
            '/srv/app/shop/views.py',
            'charge',
            21,
            "    raise PaymentError('card declined for order %d' % order.id)",
            [
              ['order', '<Order 42>'],
              ['amount', '12.5'],
              ['attempts', 3],
            ],
          ),
        ],
        user: { is_authenticated: true, id: 7, username: 'ann', email: 'ann@example.com' },
      },
    },
  };
}

// An exception of a web server of today: chained, with breadcrumbs, request, user and tags.
export function checkoutToday(extra = {}) {
  const frame = (name, line, code, more = {}) => ({
    filename: `app/${name}.py`,
    abs_path: `/srv/app/${name}.py`,
    module: `app.${name}`,
    function: code[0],
    lineno: line,
    pre_context: ['', `def ${code[0]}(self, order):`],
    context_line: code[1],
    post_context: ['        self.audit(order)', '        return receipt'],
    in_app: true,
    ...more,
  });
  const library = { filename: 'requests/api.py', module: 'requests.api', in_app: false };
  return {
    platform: 'python',
    level: 'error',
    environment: 'production',
    release: 'shop@2.4.1',
    server_name: 'web-2.example.com',
    transaction: 'POST /checkout',
    logger: 'shop.checkout',
    user: { id: '7', username: 'ann', email: 'ann@example.com', ip_address: '192.0.2.7' },
    tags: { tier: 'gold', region: 'eu-central' },
    extra: { cart: ['lamp', 'rope'], retries: 2 },
    contexts: { runtime: { name: 'CPython', version: '3.13.1' }, os: { name: 'Linux' } },
    modules: { shop: '2.4.1', requests: '2.32.3' },
    request: {
      method: 'POST',
      url: 'https://shop.example.com/checkout',
      query_string: 'ref=mail',
      headers: { 'User-Agent': 'Mozilla/5.0', Accept: 'text/html' },
      data: { amount: '12.50' },
    },
    breadcrumbs: {
      values: [
        { category: 'auth', message: 'signed in', level: 'info', timestamp: Date.now() / 1000 - 9 },
        {
          category: 'http',
          type: 'http',
          data: { method: 'GET', url: 'https://bank.example.com/rates', status_code: 503 },
          level: 'warning',
          timestamp: Date.now() / 1000 - 2,
        },
      ],
    },
    exception: {
      values: [
        {
          type: 'ConnectTimeout',
          value: 'bank.example.com did not answer within 5 s',
          module: 'requests.exceptions',
          stacktrace: {
            frames: [
              frame('bank', 40, ['charge', '        answer = requests.post(url, json=order)']),
              frame('api', 115, ['post', '    return request("post", url)'], library),
            ],
          },
        },
        {
          type: 'CheckoutError',
          value: 'could not charge order 4711',
          module: 'shop.errors',
          mechanism: { type: 'django', handled: false },
          stacktrace: {
            frames: [
              frame('wsgi', 9, ['__call__', '    response = self.get_response(request)']),
              frame('checkout', 62, ['pay', '        receipt = self.bank.charge(order)'], {
                vars: { order: '<Order 4711>', amount: '12.50', attempts: '3' },
              }),
            ],
          },
        },
      ],
    },
    ...extra,
  };
}

const HOUR_MS = 3_600_000;

// A few different problems of a busy day, so that the list has something to order.
export async function fillShop(server) {
  const at = (hoursAgo) => new Date(Date.now() - hoursAgo * HOUR_MS).toISOString();
  const simple = (type, value, transaction, extra) => ({
    platform: 'javascript',
    level: 'error',
    transaction,
    exception: { values: [{ type, value }] },
    ...extra,
  });
  const total = "Cannot read properties of undefined (reading 'total')";
  for (const hoursAgo of [23, 22, 20, 19, 15, 11, 9]) {
    const timestamp = at(hoursAgo);
    await sendModern(server, simple('TypeError', total, 'cart/summary', { timestamp }));
  }
  for (const hoursAgo of [6, 5.5]) {
    const message = 'Maximum call stack size exceeded';
    const timestamp = at(hoursAgo);
    await sendModern(server, simple('RangeError', message, 'cart/render', { timestamp }));
  }
  await sendModern(server, {
    timestamp: at(4),
    platform: 'python',
    level: 'warning',
    logger: 'shop.stock',
    logentry: { message: 'stock low for %s', params: ['SKU-1'], formatted: 'stock low for SKU-1' },
  });
  await sendModern(server, {
    timestamp: at(2.5),
    platform: 'native',
    level: 'fatal',
    exception: { values: [{ type: 'SIGSEGV', value: 'segmentation fault in libresize' }] },
  });
  await send2010(server, { ...payment2010(), timestamp: at(1.2) });
  const rising = [
    14, 13, 12.5, 9, 8, 7, 6, 5, 4.5, 4, 3.2, 3, 2.5, 2.2, 1.9, 1.5, 1.1, 0.8, 0.4, 0,
  ];
  for (const [index, hoursAgo] of rising.entries()) {
    const user = { id: String(index), username: `customer ${index}` };
    const environment = index % 5 ? 'production' : 'staging';
    await sendModern(server, checkoutToday({ timestamp: at(hoursAgo), user, environment }));
  }
}
