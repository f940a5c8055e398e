// An open list shows a new issue within a second, and says so to whoever cannot see it.
import { checkQuiet, createFirstUser, open } from './browser.mjs';
import { fillShop, sendModern } from './send.mjs';
import { until } from './poll.mjs';

const LIMIT_MS = 1000;
const ROUNDS = 5;

export async function run({ browser, server, checks }) {
  const { context, wrong } = await open(browser, { reducedMotion: 'reduce' });
  const page = await context.newPage();
  await createFirstUser(page, server);
  await fillShop(server);
  const list = page.getByRole('link', { name: /TypeError/ }).first();
  await until('the list', async () => {
    await page.goto(server.url);
    return list.isVisible();
  });
  await page.getByText('Live', { exact: true }).first().waitFor();
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) times.push(await showNew(page, server, round));
  times.sort((a, b) => a - b);
  checks.measured(
    'a new issue is announced on the open list, slowest of 5',
    times.at(-1),
    LIMIT_MS,
  );
  await narrowed(page, server, checks);
  await openIssue(page, server, checks);
  await checkQuiet(checks, wrong);
  await context.close();
}

const send = (server, level, type) =>
  sendModern(server, { level, exception: { values: [{ type, value: 'never seen before' }] } });

// A narrowed list announces what it would show, and nothing else.
async function narrowed(page, server, checks) {
  await page.goto(`${page.url().split('?')[0]}?query=is:unresolved&level=fatal`);
  await send(server, 'info', 'OnlyInfo');
  await send(server, 'fatal', 'OnlyFatal');
  await checks.that('a narrowed list counts only its own', () =>
    page.getByRole('button', { name: '1 new issue', exact: true }).waitFor(),
  );
  await page.getByRole('button', { name: '1 new issue' }).click();
  await checks.that('and shows what it counted', () =>
    page.getByRole('link', { name: /OnlyFatal/ }).waitFor(),
  );
}

// The page of an issue says that there is more of it, and that it came back.
async function openIssue(page, server, checks) {
  await page.getByRole('link', { name: /OnlyFatal/ }).click();
  await page.getByText('1 of 1').waitFor();
  await send(server, 'fatal', 'OnlyFatal');
  await checks.that('an open issue announces a newer event', () =>
    page.getByText('1 newer event', { exact: true }).waitFor(),
  );
  await page.getByRole('link', { name: 'Show the latest' }).click();
  await checks.that('and shows it', () => page.getByText('2 of 2').waitFor());
  await page.getByRole('button', { name: 'Resolve', exact: true }).click();
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await checks.that('what is undone is as before', () =>
    page.getByRole('button', { name: 'Resolve', exact: true }).waitFor(),
  );
  await page.getByRole('button', { name: 'Resolve', exact: true }).click();
  await page.getByText('1 issue resolved').waitFor();
  await send(server, 'fatal', 'OnlyFatal');
  await checks.that('an open issue announces that it came back', () =>
    page.getByText('1 newer event, now reopened', { exact: true }).waitFor(),
  );
}

// From the answer to the client until the open page shows it: milliseconds.
async function showNew(page, server, round) {
  const type = `Fresh${round}Error`;
  const row = page.getByRole('link', { name: new RegExp(type) }).first();
  const pill = page.getByRole('button', { name: /\d+ new/ }).first();
  await sendModern(server, { exception: { values: [{ type, value: 'never seen before' }] } });
  const start = Date.now();
  await row.or(pill).first().waitFor({ timeout: 5000 });
  const took = Date.now() - start;
  // Rows are not moved under the reader's hand: a button says how many wait, a click shows them.
  if (!(await row.isVisible())) await pill.click();
  await row.waitFor();
  return took;
}
