// node driver.mjs  -- run from a dir with playwright-core, esbuild, @sentry/browser; env DSN, TAP_URL, CHROMIUM (default /usr/bin/chromium), WITH_RAVEN_JS, WITH_CSP
import { createRequire } from 'node:module';
import path from 'node:path';
import http from 'node:http';
import fs from 'node:fs';
const require = createRequire(path.join(process.cwd(), 'x.js'));
const { chromium } = require('playwright-core'),
  esbuild = require('esbuild');
const DSN = process.env.DSN,
  TAP = process.env.TAP_URL,
  V = require('@sentry/browser/package.json').version;
const du = new URL(DSN),
  KEY = du.username,
  API = TAP + du.pathname.replace(/\/[^/]*$/, '') + '/api/' + du.pathname.split('/').pop();
fs.writeFileSync(
  path.join(process.cwd(), '_app.js'),
  "import * as Sentry from '@sentry/browser'; window.Sentry = Sentry;",
);
await esbuild.build({
  entryPoints: ['_app.js'],
  absWorkingDir: process.cwd(),
  bundle: true,
  outfile: path.join(process.cwd(), '_bundle.js'),
  format: 'iife',
});
const ctl = (o) => fetch(`${TAP}/__ctl?` + new URLSearchParams(o));
const raven = process.env.WITH_RAVEN_JS
  ? fs.readFileSync(path.join(process.cwd(), 'node_modules/raven-js/dist/raven.js'))
  : '';
const pages = http.createServer((q, s) => {
  const u = new URL(q.url, 'http://x');
  if (u.pathname === '/bundle.js') {
    s.setHeader('content-type', 'text/javascript');
    return s.end(fs.readFileSync(path.join(process.cwd(), '_bundle.js')));
  }
  if (u.pathname === '/raven.js') {
    s.setHeader('content-type', 'text/javascript');
    return s.end(raven);
  }
  if (u.pathname === '/api.json') {
    s.setHeader('content-type', 'application/json');
    return s.end('{"ok":true}');
  }
  if (u.pathname === '/fail') {
    s.statusCode = 500;
    return s.end('no');
  }
  s.setHeader('content-type', 'text/html');
  s.setHeader('Document-Policy', 'js-profiling');
  if (u.pathname === '/csp-uri')
    s.setHeader(
      'Content-Security-Policy',
      `default-src 'self'; script-src 'self' 'unsafe-inline'; report-uri ${API}/security/?sentry_key=${KEY}&sentry_release=shop@1.2.3&sentry_environment=prod`,
    );
  if (u.pathname === '/csp-to') {
    s.setHeader('Reporting-Endpoints', `csp="${API}/security/?sentry_key=${KEY}"`);
    s.setHeader(
      'Content-Security-Policy',
      `default-src 'self'; script-src 'self' 'unsafe-inline'; report-to csp`,
    );
  }
  s.end(
    `<!doctype html><title>shop</title><h1>Shop</h1><button id=b>pay</button><script src="${u.pathname.startsWith('/raven') ? '/raven.js' : '/bundle.js'}"></script><script>window.ready=1</script>` +
      (u.pathname.startsWith('/csp')
        ? '<img src="http://evil.invalid/x.png"><script src="http://evil.invalid/x.js"></script>'
        : ''),
  );
});
await new Promise((r) => pages.listen(0, '127.0.0.1', r));
const PAGE = pages.address().port;
const br = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--short-reporting-delay'],
});
const SC = {
  exception: async (p) =>
    p.evaluate(async (dsn) => {
      Sentry.init({ dsn, release: 'shop@1.2.3', environment: 'prod' });
      Sentry.setUser({ id: '7', email: 'jane@example.com' });
      console.warn('crumb');
      document.getElementById('b').click();
      function pay() {
        null.amount;
      }
      try {
        pay();
      } catch (e) {
        Sentry.captureException(e);
      }
      Sentry.captureMessage('hello');
      await Sentry.flush(2000);
    }, DSN),
  uncaught: async (p) => {
    await p.evaluate((dsn) => {
      Sentry.init({ dsn, release: 'shop@1.2.3' });
      setTimeout(() => {
        throw new RangeError('uncaught in timer');
      }, 5);
      Promise.reject(new Error('rejected'));
      Promise.reject('string reason');
    }, DSN);
    await p.waitForTimeout(800);
  },
  tracing_default_stream: async (p) => {
    await p.evaluate(async (dsn) => {
      Sentry.init({
        dsn,
        release: 'shop@1.2.3',
        tracesSampleRate: 1,
        integrations: [Sentry.browserTracingIntegration()],
      });
      await fetch('/api.json');
      await fetch('/fail');
      Sentry.startSpan({ name: 'manual', op: 'ui' }, () => {});
    }, DSN);
    await p.waitForTimeout(3500);
    await p.goto('about:blank');
    await p.waitForTimeout(800);
  },
  tracing_static: async (p) => {
    await p.evaluate(async (dsn) => {
      Sentry.init({
        dsn,
        release: 'shop@1.2.3',
        tracesSampleRate: 1,
        traceLifecycle: 'static',
        integrations: [Sentry.browserTracingIntegration()],
      });
      await fetch('/api.json');
    }, DSN);
    await p.waitForTimeout(3500);
    await p.goto('about:blank');
    await p.waitForTimeout(800);
  },
  replay: async (p) => {
    await p.evaluate(async (dsn) => {
      Sentry.init({
        dsn,
        release: 'shop@1.2.3',
        replaysSessionSampleRate: 1,
        replaysOnErrorSampleRate: 1,
        integrations: [Sentry.replayIntegration({ minReplayDuration: 0 })],
      });
      document.body.append('typed text');
      Sentry.captureException(new Error('during replay'));
      await Sentry.flush(2000);
    }, DSN);
    await p.waitForTimeout(6500);
  },
  feedback: async (p) => {
    await p.evaluate(async (dsn) => {
      Sentry.init({ dsn, integrations: [Sentry.feedbackIntegration({ autoInject: false })] });
      Sentry.captureFeedback({ message: 'It broke', name: 'Jane', email: 'jane@example.com' });
      await Sentry.flush(2000);
      await Sentry.sendFeedback({
        message: 'via sendFeedback',
        name: 'J',
        email: 'j@example.com',
      }).catch((e) => console.log(String(e)));
    }, DSN);
    await p.waitForTimeout(500);
  },
  report_dialog: async (p) => {
    await p.evaluate(async (dsn) => {
      Sentry.init({ dsn });
      const id = Sentry.captureMessage('for dialog');
      await Sentry.flush(2000);
      Sentry.showReportDialog({ eventId: id, user: { name: 'Jane', email: 'j@example.com' } });
    }, DSN);
    await p.waitForTimeout(800);
  },
  logs_metrics: async (p) => {
    await p.evaluate(async (dsn) => {
      Sentry.init({ dsn, enableLogs: true, release: 'shop@1.2.3' });
      Sentry.logger.info('hi', { a: 1 });
      Sentry.logger.error('bad');
      Sentry.metrics.count('clicks', 2);
      Sentry.metrics.distribution('d', 1.5, { unit: 'millisecond' });
      await Sentry.flush(3000);
    }, DSN);
    await p.waitForTimeout(500);
  },
  sessions_crash: async (p) => {
    await p.evaluate((dsn) => {
      Sentry.init({ dsn, release: 'shop@1.2.3', environment: 'prod' });
      setTimeout(() => {
        throw new Error('crash');
      }, 5);
    }, DSN);
    await p.waitForTimeout(600);
    await p.evaluate(() => history.pushState({}, '', '/page2'));
    await p.waitForTimeout(600);
  },
  profiling: async (p) => {
    await p.evaluate(async (dsn) => {
      Sentry.init({
        dsn,
        release: 'shop@1.2.3',
        tracesSampleRate: 1,
        profileSessionSampleRate: 1,
        profileLifecycle: 'trace',
        integrations: [Sentry.browserTracingIntegration(), Sentry.browserProfilingIntegration()],
      });
      await Sentry.startSpan({ name: 'busy', op: 'task' }, async () => {
        const t = Date.now();
        while (Date.now() - t < 500) Math.sqrt(Math.random());
      });
    }, DSN);
    await p.waitForTimeout(4000);
  },
  transport_429: async (p) => {
    await p.evaluate((dsn) => {
      Sentry.init({ dsn });
    }, DSN);
    await p.waitForTimeout(500);
    await ctl([
      ['label', 'transport-429'],
      ['status', '429'],
      ['count', '1'],
      ['hdr', 'X-Sentry-Rate-Limits:60:error:organization'],
      ['hdr', 'Retry-After:60'],
    ]);
    await p.evaluate(async () => {
      Sentry.captureMessage('limited');
      await Sentry.flush(1000);
      Sentry.captureMessage('suppressed');
      await Sentry.flush(1000);
    });
    await p.goto('about:blank');
    await p.waitForTimeout(500);
  },
};
let bad = 0;
console.log('# @sentry/browser ' + V + ', Chromium ' + br.version());
async function run(label, url, f) {
  await ctl({ label });
  const cx = await br.newContext();
  const p = await cx.newPage();
  const net = [],
    cons = [];
  // what the page itself could see: answers it was allowed to read, blocked requests, CORS complaints in the console
  p.on('response', (r) => {
    if (r.url().startsWith(TAP)) net.push(r.status());
  });
  p.on('requestfailed', (r) => {
    if (
      r.url().startsWith(TAP) &&
      !/ERR_ABORTED/.test((r.failure() || {}).errorText || '') &&
      !r.url().includes('/security/')
    )
      cons.push('blocked: ' + r.url().split('?')[0] + ' ' + r.failure().errorText);
  });
  p.on('console', (m) => {
    if (/CORS|Access-Control|Cross-Origin/i.test(m.text())) cons.push(m.text().slice(0, 200));
  });
  let err = '';
  try {
    await p.goto(url);
    await f(p);
  } catch (e) {
    err = String(e).slice(0, 300);
  }
  await cx.close();
  const wrong = net.filter((x) => x >= 300 && !(label === 'transport-429' && x === 429));
  const ok = !err && !wrong.length && !cons.length;
  if (!ok) bad++;
  console.log(
    ok ? 'ok   page' : 'FAIL page',
    label,
    'answers seen:',
    net.join(' '),
    err,
    cons.join(' | '),
  );
}
for (const [n, f] of Object.entries(SC))
  await run(n.replace(/_/g, '-'), `http://127.0.0.1:${PAGE}/`, f);
if (process.env.WITH_CSP)
  for (const n of ['csp-uri'])
    await run(n, `http://127.0.0.1:${PAGE}/${n}`, (p) => p.waitForTimeout(1500));
if (process.env.WITH_RAVEN_JS)
  await run('raven-js', `http://127.0.0.1:${PAGE}/raven`, async (p) => {
    await p.evaluate((dsn) => {
      Raven.config(dsn, { release: 'shop@1.2.3', environment: 'prod' }).install();
      Raven.setUserContext({ email: 'j@example.com' });
      console.log('crumb');
      try {
        null.x;
      } catch (e) {
        Raven.captureException(e, { tags: { a: 'b' } });
      }
      Raven.captureMessage('hello', { level: 'info' });
      setTimeout(() => {
        throw new Error('uncaught');
      }, 5);
    }, DSN);
    await p.waitForTimeout(1000);
    await p.evaluate(() => Raven.showReportDialog({ eventId: Raven.lastEventId() }));
    await p.waitForTimeout(500);
  });
await br.close();
process.exit(bad ? 1 : 0);
