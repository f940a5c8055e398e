// Twenty issues are triaged without a mouse; keys do nothing while somebody types, nor when they are
// turned off; the palette finds things.
import { checkAxe, checkQuiet, createFirstUser, open } from './browser.mjs';
import { sendModern } from './send.mjs';
import { until } from './poll.mjs';

const COUNT = 24;

export async function run({ browser, server, checks }) {
  const { context, wrong } = await open(browser, { reducedMotion: 'reduce' });
  const page = await context.newPage();
  await createFirstUser(page, server);
  await fill(server);
  await openList(page, server);
  await triage(page, checks);
  await help(page, checks);
  await palette(page, checks);
  await checkQuiet(checks, wrong);
  await context.close();
}

async function fill(server) {
  for (let number = 1; number <= COUNT; number += 1) {
    const type = `Trouble${String(number).padStart(2, '0')}`;
    const frames = [{ function: `work${number}`, filename: 'shop.py', lineno: number, in_app: true }];
    await sendModern(server, { exception: { values: [{ type, value: 'boom', stacktrace: { frames } }] } });
  }
}

export const rows = (page) => page.locator('[data-issue]');

export const openList = (page, server) =>
  until('the issues', async () => {
    await page.goto(`${server.url}/`);
    return (await rows(page).count()) === COUNT;
  });

const current = (page) =>
  page.evaluate(() => document.activeElement?.closest('[data-issue]')?.dataset.issue ?? null);

// The page that a key leads to, or the same one anew.
async function press(page, key) {
  await Promise.all([page.waitForEvent('load'), page.keyboard.press(key)]);
}

async function triage(page, checks) {
  await page.keyboard.press('j');
  const first = await current(page);
  await page.keyboard.press('j');
  const second = await current(page);
  await page.keyboard.press('k');
  await checks.that('j and k move the focus from row to row', async () =>
    Boolean(first) && first !== second && (await current(page)) === first,
  );
  let left = COUNT;
  // One by one: resolve, archive, assign to me.
  for (const key of ['r', 'e', 'r', 'e', 'r', 'e']) {
    const before = await current(page);
    await press(page, key);
    left -= 1;
    const now = await current(page);
    if ((await rows(page).count()) !== left || !now || now === before) {
      throw new Error(`${key} left ${await rows(page).count()} of ${left}, at ${now}`);
    }
  }
  await checks.that('r and e change the row and stand on the next', left === COUNT - 6);
  // Opened, looked at, resolved, and back to where one was.
  for (let round = 0; round < 4; round += 1) {
    await press(page, 'Enter');
    await press(page, 'r');
    await page.getByText('1 issue resolved.').waitFor();
    await press(page, 'u');
    left -= 1;
    if ((await rows(page).count()) !== left || !(await current(page))) throw new Error('u lost the place');
  }
  await checks.that('Enter opens, r resolves there, u goes back to the place', left === COUNT - 10);
  // From issue to issue without the list.
  await press(page, 'Enter');
  const title = await page.title();
  await press(page, 'j');
  await checks.that('j on an issue opens the next of the list', (await page.title()) !== title);
  await press(page, 'u');
  // Several at once.
  for (let round = 0; round < 9; round += 1) await page.keyboard.press(round % 2 ? 'j' : 'x');
  await page.keyboard.press('a');
  await checks.that('a opens the menu and stands in it', async () =>
    (await page.evaluate(() => document.activeElement.textContent)) === 'To me',
  );
  await press(page, 'Enter');
  await page.getByText('5 issues assigned.').waitFor();
  await until('the row', () => current(page));
  for (let round = 0; round < COUNT; round += 1) await page.keyboard.press('k');
  for (let round = 0; round < 19; round += 1) await page.keyboard.press(round % 2 ? 'j' : 'x');
  await press(page, 'e');
  left -= 10;
  await checks.that('x selects, e archives what is selected: 20 are done', async () =>
    (await rows(page).count()) === left && left === COUNT - 20,
  );
  await press(page, 'z');
  await checks.that('z takes it back', async () => (await rows(page).count()) === left + 10);
}

async function help(page, checks) {
  await page.keyboard.press('/');
  await page.keyboard.type('jer');
  await checks.that('keys in a field are text', async () =>
    /jer$/.test(await page.locator('[data-search]').inputValue()),
  );
  await page.reload();
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keyboard' });
  await dialog.waitFor();
  await checkAxe(checks, page, 'the list of keys');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.keyboard.press('?');
  await Promise.all([
    page.waitForEvent('load'),
    page.getByRole('button', { name: 'Turn single keys off' }).click(),
  ]);
  await page.keyboard.press('j');
  await checks.that('turned off, j does nothing', async () => (await current(page)) === null);
  const address = new URL('shortcuts/', page.url().replace(/issues\/.*/, ''));
  await page.goto(address.href);
  await Promise.all([
    page.waitForEvent('load'),
    page.getByRole('button', { name: 'Turn single keys on' }).click(),
  ]);
  await page.keyboard.press('g');
  await press(page, 's');
  await checks.that('g and s lead to the stats', page.url().includes('/stats/'));
  await page.keyboard.press('g');
  await press(page, 'i');
  await checks.that('g and i lead to the issues', page.url().includes('/issues/'));
}

async function palette(page, checks) {
  await page.keyboard.press('Control+k');
  const dialog = page.getByRole('dialog', { name: 'Find anything' });
  await dialog.getByRole('option').first().waitFor();
  await checkAxe(checks, page, 'the palette');
  await page.keyboard.type('trouble11');
  await dialog.getByRole('option', { name: /Trouble11/ }).first().waitFor();
  await page.keyboard.press('Escape');
  await checks.that('Escape closes the palette', dialog.isHidden());
  await page.keyboard.press('Control+k');
  await page.keyboard.type('trouble11');
  await dialog.getByRole('option', { name: /Trouble11 boom/ }).first().waitFor();
  await press(page, 'Enter');
  await checks.that('Enter opens what is found', async () => /Trouble11/.test(await page.title()));
  await page.keyboard.press('Control+k');
  await dialog.getByRole('option', { name: 'Resolve' }).first().waitFor();
  await page.keyboard.type('bookm');
  // Faster than the answer: what is done is what was typed, not what was shown.
  await press(page, 'Enter');
  await checks.that('and does what can be done with the open issue', () =>
    page.getByText('1 issue changed.').waitFor(),
  );
}
