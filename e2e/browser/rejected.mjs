// A client that is refused is explained on the waiting guide within two seconds, with the way out;
// then the test event turns it green.
import { checkAxe, checkQuiet, checkWidth, createFirstUser, open, shoot } from './browser.mjs';
import { until } from './poll.mjs';

const LIMIT_MS = 2000;

export async function run({ browser, server, checks }) {
  const { context, wrong } = await open(browser, { reducedMotion: 'reduce' });
  const page = await context.newPage();
  await createFirstUser(page, server);
  await page.getByRole('link', { name: 'Keep these names' }).click();
  await page.getByText('Waiting for the first').waitFor();
  await page.getByText('A request was refused').waitFor({ state: 'detached' });
  const told = (name, text, act) => tellWithin({ page, checks, name, text, act });
  const { post, project } = door(server);

  await told('a wrong key', 'Its key is not known here', () => post({ key: 'd'.repeat(32) }));
  await told('a wrong number', `must be ${project}`, () => post({ number: 99 }));
  await told('a broken envelope', 'It could not be read', () => post({ body: 'no envelope' }));
  await told('too large', 'It was too large', () => post({ body: Buffer.alloc(70 << 20) }));
  await told('a key of 2010', 'a SENTRY_KEY that is not known', () =>
    fetch(server.storeUrl, { method: 'POST', body: new URLSearchParams({ key: 'x', data: 'e30=' }) }),
  );
  await checkAxe(checks, page, 'the guide with refusals');
  await shoot(page, 'getting-started-refused', { fullPage: true });
  await allowOnly(context, server, page.url(), 'https://shop.example');
  await told('a foreign origin', 'The origin https://other.example may not', () =>
    post({ origin: 'https://other.example' }),
  );
  await disableKey(context, page.url());
  await told('a disabled key', 'is disabled', () => post({}));
  await page.setViewportSize({ width: 360, height: 740 });
  await checkWidth(checks, page, 'the guide with refusals on a phone');
  await page.getByRole('link', { name: 'Client keys' }).first().click();
  await page.getByRole('button', { name: 'Enable' }).click();
  await sendTest(page, checks);
  await checkQuiet(checks, wrong);
  await context.close();
}

// Sends an envelope as a client does, with what is wrong about it.
function door(server) {
  const dsn = new URL(server.dsn);
  const project = dsn.pathname.split('/').pop();
  const good = '{}\n{"type":"event"}\n{"message":"hello"}';
  const post = ({ key = dsn.username, number = project, body = good, origin }) =>
    fetch(`${server.url}/api/${number}/envelope/`, {
      method: 'POST',
      headers: {
        'X-Sentry-Auth': `Sentry sentry_version=7, sentry_client=shop/1.0, sentry_key=${key}`,
        ...(origin && { Origin: origin }),
      },
      body,
    });
  return { project, post };
}

async function tellWithin({ page, checks, name, text, act }) {
  // A body that is too large may be cut off while it is sent; the gates know a change in a second.
  await until(`refused: ${name}`, async () => {
    const answer = await act().catch(() => null);
    return !answer || answer.status >= 400;
  });
  const start = Date.now();
  await page.getByText(text).first().waitFor({ timeout: 10_000 });
  checks.measured(`the guide explains it: ${name}`, Date.now() - start, LIMIT_MS);
}

// In another tab, as somebody would while the guide is open.
async function allowOnly(context, server, guide, origin) {
  const [org, project] = namesIn(guide);
  const tab = await context.newPage();
  await tab.goto(`${server.url}/settings/${org}/projects/${project}/`);
  await tab.getByLabel('Allowed origins').fill(origin);
  await tab.getByRole('button', { name: 'Save' }).first().click();
  await tab.getByText('Saved.').waitFor();
  await tab.close();
}

async function disableKey(context, guide) {
  const [org, project] = namesIn(guide);
  const tab = await context.newPage();
  await tab.goto(new URL(`/settings/${org}/projects/${project}/keys/`, guide).href);
  await tab.getByRole('button', { name: 'Disable' }).click();
  await tab.getByText('Key disabled').waitFor();
  await tab.close();
}

const namesIn = (guide) => {
  const parts = new URL(guide).pathname.split('/');
  return [parts[2], parts[4]];
};

async function sendTest(page, checks) {
  await page.goto(page.url().replace(/settings\/(.*)keys\/$/, 'organizations/$1getting-started/'));
  await page.getByRole('button', { name: 'Send test event' }).click();
  await checks.that('the test event turns the guide green', () =>
    page.getByText('An event arrived').waitFor({ timeout: 5000 }),
  );
  // The block may be replaced under a click: it says a second later that nothing is refused.
  const event = await page.getByRole('link', { name: 'Look at it' }).getAttribute('href');
  await page.goto(new URL(event, page.url()).href);
  await checks.that('and it says what it is', () =>
    page.getByRole('heading', { level: 1, name: /Test event from Watchpost/ }).waitFor(),
  );
}
