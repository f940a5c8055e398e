// node driver.js  (cwd with node_modules/raven; env DSN with secret, TAP_URL)
const path = require('path'),
  http = require('http');
const req = require('module').createRequire(path.join(process.cwd(), 'x.js'));
const { spawnSync } = require('child_process');
const Raven = req('raven');
const V = req('raven/package.json').version;
const ctl = (l) => spawnSync('curl', ['-s', `${process.env.TAP_URL}/__ctl?label=${l}`]);
const DSN = process.env.DSN;
let bad = 0;
const err = (e) => {
  bad++;
  console.log('FAIL client error event:', e.message || e);
};
const wait = (ms) => new Promise((r) => setTimeout(r, ms));
(async () => {
  const v2 = Raven.config && Raven.config.length >= 0 && +V.split('.')[0] >= 1;
  let c;
  if (v2) {
    Raven.config(DSN, {
      release: 'shop@1.2.3',
      environment: 'prod',
      autoBreadcrumbs: true,
    }).install((a1, a2) => {
      const sendErr = V.startsWith('1.') ? !a1 && a2 : a2;
      console.log(
        sendErr
          ? 'FAIL uncaught exception not sent: ' + (sendErr.message || sendErr)
          : 'ok   uncaught exception sent, process ends',
      );
      process.exit(bad || sendErr ? 1 : 0);
    });
    c = Raven;
  } else c = new Raven.Client(DSN, {});
  c.on('error', err);
  c.on('logged', (id) => console.log('ok   client logged event', id || ''));
  ctl('exception');
  try {
    null.x;
  } catch (e) {
    (c.captureException || c.captureError).call(c, e, {
      tags: { a: 'b' },
      extra: { cart: [1, { d: 2 }] },
      user: { id: 7, email: 'j@example.com' },
    });
  }
  await wait(400);
  ctl('message');
  console.log('crumb');
  c.captureMessage('hello', { level: 'warning', fingerprint: ['x'] });
  await wait(400);
  ctl('request');
  c.captureException(new Error('in req'), {
    req: {
      method: 'POST',
      url: '/pay?x=1',
      headers: { host: 'shop', cookie: 'sid=1', 'content-type': 'application/json' },
      body: { card: '4242', password: 'p' },
      connection: { remoteAddress: '8.8.8.8' },
      query: { x: 1 },
      socket: { remoteAddress: '8.8.8.8' },
    },
  });
  await wait(400);
  ctl('uncaught');
  if (v2) {
    setTimeout(() => {
      throw new RangeError('uncaught');
    }, 5);
  }
  await wait(800);
  process.exit(bad ? 1 : 0);
})();
