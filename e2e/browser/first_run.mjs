// First run: link, first user, names, guide, test event, first event by the protocol of 2010, issue,
// resolve, again.
import { checkAxe, checkQuiet, createFirstUser, open, shoot } from './browser.mjs';
import { until } from './poll.mjs';
import { payment2010, send2010 } from './send.mjs';

export async function run({ browser, server, checks }) {
  const { context, wrong } = await open(browser, { reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(server.setup);
  await checkAxe(checks, page, 'the one-time link');
  await createFirstUser(page, server);
  await nameIt(page, checks);
  await checks.that('the link made a user and let them in', () =>
    page.getByText('Ann Watcher').first().waitFor({ state: 'attached' }),
  );
  await checks.that('the link works once', async () => {
    const answer = await context.request.get(server.setup);
    return answer.status() >= 400;
  });
  await waitForTheFirst(page, server, checks);
  await readTheIssue(page, checks);
  await resolveAndReopen(page, server, checks);
  await checkQuiet(checks, wrong);
  await context.close();
}

// One more small form: what reports here.
async function nameIt(page, checks) {
  await checks.that('the second form asks for names', () =>
    page.getByRole('heading', { name: 'Name what reports here' }).waitFor(),
  );
  await checkAxe(checks, page, 'the names');
  await shoot(page, 'welcome');
  await page.getByLabel('Organization').fill('Acme');
  await page.getByLabel('First project').fill('Web Shop');
  await page.getByLabel('Platform').selectOption({ label: 'Django' });
  await page.getByRole('button', { name: 'Go on' }).click();
  await checks.that('the guide is for the platform that was chosen', () =>
    page.getByRole('heading', { level: 2, name: 'Django', exact: true }).waitFor(),
  );
}

// A client is found by typing, and by its place.
async function chooseClient(page, checks) {
  await page.getByText('Choose another client').click();
  await checkAxe(checks, page, 'the clients');
  await page.getByLabel('Find a client').fill('2010');
  await checks.that('what does not fit is not shown', async () => {
    const shown = page.locator('#clients li:not([hidden])');
    return (await shown.count()) === 1;
  });
  await page.getByRole('link', { name: 'Clients of 2010' }).click();
}

// The guide waits, and turns green by itself.
async function waitForTheFirst(page, server, checks) {
  const key = new URL(server.dsn).username;
  await checks.that('the first page is the guide, with the DSN filled in', async () => {
    const dsn = await page.getByLabel('DSN').inputValue();
    return dsn.includes(key) && dsn.startsWith('http');
  });
  await chooseClient(page, checks);
  await checks.that('the guide has the key of 2010 filled in', () =>
    page.getByText(server.storeKey).first().waitFor(),
  );
  await checks.that('the guide waits', () => page.getByText('Waiting for the first').waitFor());
  await checkAxe(checks, page, 'the guide, waiting');
  await shoot(page, 'getting-started-waiting');
  await send2010(server, payment2010());
  const start = Date.now();
  await page.getByText('An event arrived').waitFor({ timeout: 5000 });
  checks.measured('the guide turns green without a reload', Date.now() - start, 1000);
  await checkAxe(checks, page, 'the guide, green');
  await shoot(page, 'getting-started');
}

async function readTheIssue(page, checks) {
  await page.getByRole('link', { name: 'Look at it' }).click();
  await checks.that('the issue is named by its exception', () =>
    page.getByRole('heading', { level: 1, name: /PaymentError/ }).waitFor(),
  );
  await checks.that('the stack trace shows its code', () =>
    page.getByText('raise PaymentError').first().waitFor(),
  );
  await checks.that('the local variables are open where it was raised', () =>
    page.getByText('<Order 42>').first().waitFor(),
  );
  await checks.that('so are request, user and site', async () => {
    await page.getByText('shop.example.com').first().waitFor({ state: 'attached' });
    await page.getByText('ann@example.com').first().waitFor({ state: 'attached' });
  });
}

async function resolveAndReopen(page, server, checks) {
  await page.getByRole('button', { name: 'Resolve', exact: true }).click();
  await checks.that('the issue is resolved', () =>
    page.getByRole('button', { name: 'Reopen', exact: true }).waitFor(),
  );
  await checkAxe(checks, page, 'a resolved issue');
  await send2010(server, payment2010());
  await checks.that('the same event opens it again', () =>
    until('reopened', async () => {
      await page.reload();
      return page.getByText('Regressed', { exact: true }).first().isVisible();
    }),
  );
  await checkAxe(checks, page, 'an issue that came back');
  await shoot(page, 'issue-reopened');
}
