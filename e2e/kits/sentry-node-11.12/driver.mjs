// node driver.mjs [scenario]  -- run from a dir whose node_modules has @sentry/node (+ @sentry/profiling-node); env DSN, TAP_URL
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import http from 'node:http';
import path from 'node:path';
import fs from 'node:fs';
const require = createRequire(path.join(process.cwd(), 'x.js'));
const DSN = process.env.DSN,
  TAP = process.env.TAP_URL;
const Sentry = require('@sentry/node');
const ctl = (o) =>
  new Promise((ok) => {
    const p = new URLSearchParams();
    for (const [k, v] of Object.entries(o)) for (const x of [].concat(v)) p.append(k, x);
    http.get(`${TAP}/__ctl?${p}`, (r) => {
      r.resume();
      r.on('end', ok);
    });
  });
const ctlx = (o) => {
  const p = new URLSearchParams();
  for (const [k, v] of Object.entries(o)) for (const x of [].concat(v)) p.append(k, x);
  spawnSync('curl', ['-s', `${TAP}/__ctl?${p}`]);
}; // outside the instrumented http client
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const SC = {
  exception: [
    {
      release: 'shop@1.2.3',
      environment: 'prod',
      sendDefaultPii: true,
      includeLocalVariables: true,
    },
    async () => {
      Sentry.setUser({ id: '7', email: 'jane@example.com', ip_address: '{{auto}}' });
      Sentry.setTag('tier', 'gold');
      Sentry.setExtra('cart', { a: [1, 2, { deep: { er: { est: { x: 1 } } } }] });
      Sentry.setContext('order', { id: 99 });
      Sentry.addBreadcrumb({ category: 'auth', message: 'login', level: 'info', data: { k: 1 } });
      console.log('console crumb');
      function pay(amount) {
        const password = 'hunter2';
        throw new TypeError('payment failed', { cause: new Error('socket hang up') });
      }
      try {
        pay(12);
      } catch (e) {
        Sentry.captureException(e);
      }
    },
  ],
  messages: [
    {},
    async () => {
      for (const l of ['debug', 'info', 'log', 'warning', 'error', 'fatal'])
        Sentry.captureMessage('hello ' + l, l);
      Sentry.withScope((s) => {
        s.setFingerprint(['{{ default }}', 'x']);
        Sentry.captureMessage('fp');
      });
      Sentry.captureException('a string thrown');
      Sentry.captureException({ some: 'object' });
    },
  ],
  aggregate_error: [
    {},
    async () => {
      Sentry.captureException(new AggregateError([new Error('a'), new TypeError('b')], 'many'));
    },
  ],
  transaction: [
    { tracesSampleRate: 1, release: 'shop@1.2.3' },
    async () => {
      await Sentry.startSpan(
        {
          name: 'GET /checkout/:id',
          op: 'http.server',
          attributes: { 'http.route': '/checkout/:id' },
        },
        async () => {
          await Sentry.startSpan({ name: 'SELECT 1', op: 'db' }, () => sleep(5));
          Sentry.captureException(new Error('inside trace'));
        },
      );
    },
  ],
  transaction_static: [
    { tracesSampleRate: 1, traceLifecycle: 'static', release: 'shop@1.2.3' },
    async () => {
      await Sentry.startSpan(
        {
          name: 'GET /checkout/:id',
          op: 'http.server',
          attributes: { 'http.route': '/checkout/:id' },
        },
        async () => {
          await Sentry.startSpan({ name: 'SELECT 1', op: 'db' }, () => sleep(5));
          Sentry.captureException(new Error('inside trace'));
        },
      );
    },
  ],
  spans_stream: [
    { tracesSampleRate: 1, traceLifecycle: 'stream', release: 'shop@1.2.3' },
    async () => {
      await Sentry.startSpan({ name: 'GET /stream', op: 'http.server' }, async () => {
        await Sentry.startSpan(
          { name: 'child', op: 'db', attributes: { n: 1, f: 1.5, b: true, a: ['x'] } },
          () => sleep(5),
        );
      });
    },
  ],
  http_server: [
    { tracesSampleRate: 1, sendDefaultPii: true, release: 'shop@1.2.3' },
    async () => {
      const srv = http.createServer((q, s) => {
        Sentry.captureException(new Error('in request'));
        s.end('ok');
      });
      await new Promise((r) => srv.listen(0, '127.0.0.1', r));
      await new Promise((r) => {
        const q = http.request(
          {
            host: '127.0.0.1',
            port: srv.address().port,
            path: '/pay/3?token=abc',
            method: 'POST',
            headers: {
              'content-type': 'application/json',
              cookie: 'sid=1',
              'x-forwarded-for': '8.8.8.8',
            },
          },
          (x) => {
            x.resume();
            x.on('end', r);
          },
        );
        q.end('{"a":1}');
      });
      srv.close();
      await sleep(100);
    },
  ],
  logs: [
    { enableLogs: true, release: 'shop@1.2.3' },
    async () => {
      const l = Sentry.logger;
      l.trace('t');
      l.debug('d');
      l.info(l.fmt`user ${'jane'} did ${3}`);
      l.warn('w', { x: 1.5, ok: true });
      l.error('e');
      l.fatal('f');
    },
  ],
  metrics: [
    { release: 'shop@1.2.3' },
    async () => {
      Sentry.metrics.count('checkout.failed', 1, { attributes: { route: '/x' } });
      Sentry.metrics.gauge('queue.depth', 12);
      Sentry.metrics.distribution('latency', 187.5, { unit: 'millisecond' });
    },
  ],
  crons: [
    { environment: 'prod' },
    async () => {
      await Sentry.withMonitor('nightly-job', async () => sleep(5), {
        schedule: { type: 'crontab', value: '*/5 * * * *' },
        checkinMargin: 2,
        maxRuntime: 10,
        timezone: 'Europe/Vienna',
      });
      try {
        await Sentry.withMonitor('bad-job', async () => {
          throw new Error('cron failed');
        });
      } catch {}
    },
  ],
  sessions: [
    { release: 'shop@1.2.3', environment: 'prod' },
    async () => {
      Sentry.startSession();
      Sentry.captureException(new Error('errored session'));
      Sentry.endSession();
      await sleep(50);
    },
  ],
  attachments: [
    {},
    async () => {
      Sentry.getCurrentScope().addAttachment({
        filename: 'bin.dat',
        data: new Uint8Array([0, 10, 255]),
      });
      Sentry.getCurrentScope().addAttachment({
        filename: 'log.txt',
        data: 'hello\nworld\n',
        contentType: 'text/plain',
      });
      Sentry.captureMessage('with attachments');
    },
  ],
  feedback: [
    {},
    async () => {
      const id = Sentry.captureMessage('target');
      Sentry.captureFeedback(
        {
          message: 'It broke',
          name: 'Jane',
          email: 'jane@example.com',
          associatedEventId: id,
          url: 'http://x/y',
        },
        {
          attachments: [
            {
              filename: 'shot.png',
              data: new Uint8Array([137, 80, 78, 71]),
              contentType: 'image/png',
            },
          ],
        },
      );
    },
  ],
  profiling: [
    {
      tracesSampleRate: 1,
      profileSessionSampleRate: 1,
      profileLifecycle: 'trace',
      release: 'shop@1.2.3',
      _prof: true,
    },
    async () => {
      await Sentry.startSpan({ name: 'profiled', op: 'task' }, async () => {
        const t = Date.now();
        while (Date.now() - t < 400) Math.sqrt(Math.random());
      });
      await sleep(500);
    },
  ],
  client_report: [
    { beforeSend: (e) => (e.message === 'drop me' ? null : e), tracesSampleRate: 0, sampleRate: 1 },
    async () => {
      for (let i = 0; i < 3; i++) Sentry.captureMessage('drop me');
      Sentry.startSpan({ name: 'unsampled' }, () => {});
    },
  ],
  resp429: [
    {},
    async () => {
      await Sentry.flush(500);
      ctlx({
        label: 'resp429',
        status: 429,
        hdr: [
          'X-Sentry-Rate-Limits:60:error;default:organization:quota_exceeded, 60:transaction:key',
          'Retry-After:60',
        ],
        count: 1,
      });
      Sentry.captureMessage('first');
      await Sentry.flush(2000);
      Sentry.captureMessage('second suppressed');
      await Sentry.flush(2000);
    },
  ],
  resp500: [
    {},
    async () => {
      await Sentry.flush(500);
      ctlx({ label: 'resp500', status: 500, body: 'oops', count: 1 });
      Sentry.captureMessage('server error');
      await Sentry.flush(2000);
      Sentry.captureMessage('after');
    },
  ],
  unhandled: [
    {},
    async () => {
      Promise.reject(new Error('unhandled rejection'));
      await sleep(100);
      setTimeout(() => {
        throw new RangeError('uncaught');
      }, 5);
      await sleep(300);
    },
  ],
  tunnel: [
    {
      tunnel:
        TAP +
        new URL(DSN).pathname.replace(/\/[^/]*$/, '') +
        '/api/' +
        new URL(DSN).pathname.split('/').pop() +
        '/envelope/',
    },
    async () => {
      Sentry.captureMessage('via tunnel: auth only in envelope dsn header');
    },
  ],
  big_over_32k: [
    { release: 'shop@1.2.3' },
    async () => {
      Sentry.captureMessage('x'.repeat(20000) + Math.random());
      Sentry.setExtra(
        'big',
        Array.from({ length: 3000 }, (_, i) => 'row ' + i),
      );
      Sentry.captureMessage('gzipped when > 32 KiB');
    },
  ],
};
// what the client itself saw: one entry per envelope, status code of the answer
const answers = [];
const transport = (o) => {
  const t = Sentry.makeNodeTransport(o);
  return {
    flush: (x) => t.flush(x),
    send: async (e) => {
      try {
        const r = await t.send(e);
        answers.push(r && r.statusCode);
        return r;
      } catch (x) {
        answers.push(String(x));
        throw x;
      }
    },
  };
};
const EXIT = { unhandled: 1 };
if (process.argv[2]) {
  const n = process.argv[2],
    [o, f] = SC[n];
  await ctl({ label: n.replace(/_/g, '-') });
  if (o._prof) {
    delete o._prof;
    o.integrations = [require('@sentry/profiling-node').nodeProfilingIntegration()];
  }
  Sentry.init({ dsn: DSN, transport, ...o });
  await f();
  await Sentry.flush(3000);
  await Sentry.close(3000);
  console.log('answers seen by the client: ' + answers.join(' '));
  process.exit(
    answers.some((x) => typeof x === 'number' && x >= 300) && !n.startsWith('resp') ? 3 : 0,
  );
} else {
  let bad = 0;
  console.log('# @sentry/node ' + Sentry.SDK_VERSION);
  for (const n of Object.keys(SC)) {
    const r = spawnSync(process.execPath, [process.argv[1], n], {
      encoding: 'utf8',
      timeout: 60000,
    });
    const ok = r.status === (EXIT[n] || 0);
    if (!ok) bad++;
    console.log(
      ok ? 'ok   scenario' : 'FAIL scenario',
      n,
      'exit',
      r.status,
      (r.stdout.match(/answers seen.*/) || [''])[0],
      ok ? '' : r.stderr.slice(-600),
    );
  }
  process.exit(bad ? 1 : 0);
}
