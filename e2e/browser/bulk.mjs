// Many issues are archived and deleted, and come back; also without script. Rows are previewed.
import { checkAxe, checkQuiet, checkWidth, createFirstUser, open, signIn } from './browser.mjs';
import { sendModern } from './send.mjs';
import { until } from './poll.mjs';

const COUNT = 30;
const ON_PAGE = 25;

export async function run({ browser, server, checks }) {
  const { context, wrong } = await open(browser, { reducedMotion: 'reduce' });
  const page = await context.newPage();
  await createFirstUser(page, server);
  for (let number = 1; number <= COUNT; number += 1) {
    const frames = [
      { function: `work${number}`, filename: 'shop.py', lineno: number, in_app: true },
      { function: 'raise_it', filename: 'lib.py', lineno: 1, in_app: false },
    ];
    const value = { type: `Trouble${number}`, value: 'boom', stacktrace: { frames } };
    await sendModern(server, { exception: { values: [value] } });
  }
  await until('the issues', async () => {
    await page.goto(server.url);
    return (await tab(page)) === String(COUNT);
  });
  const list = page.url();
  await archiveAll(page, list, checks);
  await deleteSome(page, checks);
  await preview(page, checks);
  await checkQuiet(checks, wrong);
  await withoutScript(browser, server, list, checks);
  await context.close();
}

// The number on the first tab: what is unresolved.
const tab = async (page) => {
  // Until the first event there is a guide in place of the list.
  const [first] = await page.locator('.list-head .tabs .count').allTextContents();
  return first?.trim();
};
const shows = (page, count) => until(`${count} issues`, async () => (await tab(page)) === String(count));

async function archiveAll(page, list, checks) {
  await page.getByLabel('Select all on this page').check();
  const all = page.getByLabel(`All ${COUNT} that match`);
  await checks.that('it says how many match', () => all.waitFor());
  await all.check();
  await checkAxe(checks, page, 'all that match are selected');
  await page.getByRole('button', { name: 'Archive', exact: true }).click();
  await checks.that('all that match are archived', () =>
    page.getByText(`${COUNT} issues archived.`).waitFor(),
  );
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText(`${COUNT} issues changed back.`).waitFor();
  await page.goto(list);
  await checks.that('and come back with one undo', () => shows(page, COUNT));
}

async function deleteSome(page, checks) {
  for (const box of (await page.locator('[data-select]').all()).slice(0, 3)) await box.check();
  await page.locator('.bulk summary', { hasText: 'More' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete 3 issues?' });
  await dialog.getByText('3 events go with them.').waitFor();
  await checkAxe(checks, page, 'the question before a deletion');
  await dialog.getByRole('link', { name: 'Keep' }).click();
  await checks.that('what is kept stays', async () => (await tab(page)) === String(COUNT));
  await page.locator('.bulk summary', { hasText: 'More' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await dialog.getByRole('button', { name: 'Delete 3 issues' }).click();
  await page.getByText('3 issues deleted.').waitFor();
  await checks.that('they are gone at once', () => shows(page, COUNT - 3));
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('3 issues changed back.').waitFor();
  await checks.that('and come back with an undo', () => shows(page, COUNT));
}

async function preview(page, checks) {
  const row = page.locator('[data-issue]').first();
  const shifts = await page.evaluate(() => {
    window.shifts = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.shifts += entry.value;
    }).observe({ type: 'layout-shift' });
    return window.shifts;
  });
  await row.locator('.issue-title').hover();
  const box = page.locator('#preview');
  await checks.that('pointing at a title shows the newest calls', () =>
    box.getByText(/^work\d+$/).waitFor(),
  );
  await checkAxe(checks, page, 'a preview');
  await box.hover();
  await checks.that('it stays while one points at it', async () => box.isVisible());
  await page.keyboard.press('Escape');
  await checks.that('Escape closes it', () => box.waitFor({ state: 'hidden' }));
  await checks.that('nothing moves', async () => (await page.evaluate(() => window.shifts)) === shifts);
}

async function withoutScript(browser, server, list, checks) {
  const phone = { javaScriptEnabled: false, viewport: { width: 360, height: 740 } };
  const { context } = await open(browser, phone);
  const page = await context.newPage();
  await signIn(page, server);
  await page.goto(list);
  await checkWidth(checks, page, 'the list with its bar on a phone');
  await page.getByLabel('All that match').check();
  await page.locator('.bulk summary', { hasText: 'More' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('heading', { name: `Delete ${COUNT} issues?` }).waitFor();
  await checkWidth(checks, page, 'the question before a deletion');
  await page.getByRole('button', { name: `Delete ${COUNT} issues` }).click();
  await page.getByText(`${COUNT} issues deleted.`).waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText(`${COUNT} issues changed back.`).waitFor();
  await checks.that('without script all are deleted and come back', async () =>
    (await page.locator('[data-issue]').count()) === ON_PAGE,
  );
  await context.close();
}
