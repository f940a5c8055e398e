// The search box by keyboard: keys and values are completed, searches remembered and saved.
import { checkAxe, checkQuiet, checkWidth, createFirstUser, open, shoot, signIn } from './browser.mjs';
import { sendModern } from './send.mjs';
import { until } from './poll.mjs';

const error = (type, stall) => ({
  level: 'error',
  tags: { stall },
  exception: { values: [{ type, value: 'no answer' }] },
});

export async function run({ browser, server, checks }) {
  const { context, wrong } = await open(browser, { reducedMotion: 'reduce' });
  const page = await context.newPage();
  await createFirstUser(page, server);
  for (const stall of ['my stall', 'my stall', 'yours']) {
    await sendModern(server, error(stall === 'yours' ? 'RopeError' : 'LampError', stall));
  }
  const row = (name) => page.getByRole('link', { name: new RegExp(name) }).first();
  await until('the list', async () => {
    await page.goto(server.url);
    return (await row('LampError').isVisible()) && row('RopeError').isVisible();
  });
  await completeByKeyboard(page, checks);
  await answersThatAreLateOrMissing(page, checks);
  await helpAndPhone(page, checks);
  await takeTermsOut(page, checks);
  await eventsToo(page, checks);
  await elsewhere(browser, server, checks);
  await saveIt(page, checks);
  await checkQuiet(checks, wrong);
  await context.close();
}

const boxOf = (page) => page.getByRole('combobox', { name: /^Search (issues|events)$/ });
const suggestions = (page) => page.getByRole('listbox', { name: 'Suggestions' });
const option = (page, name) => suggestions(page).getByRole('option', { name }).first();

// `/`, two letters, arrow, Enter, arrow, Tab, Enter: a search with a value that needs quotes.
async function completeByKeyboard(page, checks) {
  const box = boxOf(page);
  await page.keyboard.press('/');
  await checks.that('`/` leads to the box', () =>
    box.evaluate((input) => input === document.activeElement),
  );
  await page.keyboard.type('stal');
  await option(page, /^stall/).waitFor();
  await checkAxe(checks, page, 'a box with suggestions');
  await shoot(page, 'search-keys');
  await page.keyboard.press('ArrowDown');
  await checks.that('the chosen suggestion is named to who cannot see it', async () => {
    const id = await box.getAttribute('aria-activedescendant');
    return (await page.locator(`[id="${id}"]`).getAttribute('aria-selected')) === 'true';
  });
  await page.keyboard.press('Enter');
  await checks.that('Enter takes a key', async () => (await box.inputValue()) === 'stall:');
  await checks.that('its values come with counts', () => option(page, /my stall.*2/).waitFor());
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  await checks.that('Tab takes a value, in quotes, and the box keeps the focus', async () => {
    const text = await box.inputValue();
    const isThere = await box.evaluate((input) => input === document.activeElement);
    return text === 'stall:"my stall" ' && isThere;
  });
  await page.keyboard.press('Enter');
  await page.waitForURL(/query=stall%3A%22my\+stall%22/);
  await checks.that('the list shows what was searched for', async () => {
    await page.getByRole('link', { name: /LampError/ }).first().waitFor();
    return (await page.getByRole('link', { name: /RopeError/ }).count()) === 0;
  });
}

async function answersThatAreLateOrMissing(page, checks) {
  const box = boxOf(page);
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const asked = [];
  await page.route('**/search/complete/**', async (route) => {
    const query = new URL(route.request().url()).searchParams.get('query');
    asked.push(query);
    if (query === 'le') await held;
    await route.continue().catch(() => {});
  });
  await box.fill('le');
  await until('the first question', () => asked.includes('le'));
  await box.fill('lev');
  await option(page, /^level/).waitFor();
  const late = page.waitForResponse((answer) => answer.url().includes('query=le&'));
  release();
  await late;
  await checks.that('an older answer does not replace a newer one', async () => {
    const rows = await suggestions(page).getByRole('option').allTextContents();
    const late = rows.filter((text) => !text.includes('lev'));
    if (late.length) throw new Error(`still there: ${late.join(' | ')}`);
  });
  await page.keyboard.press('Escape');
  await checks.that('Escape closes the list and keeps the text', async () => {
    const isOpen = await suggestions(page).isVisible();
    return !isOpen && (await box.inputValue()) === 'lev';
  });
  await box.fill('is:');
  await option(page, /^unresolved/).click();
  await checks.that('a click takes', async () => (await box.inputValue()) === 'is:unresolved ');
  await page.unroute('**/search/complete/**');
  await page.route('**/search/complete/**', (route) => route.fulfill({ status: 404, body: 'no' }));
  const missing = page.waitForResponse('**/search/complete/**');
  await box.fill('LampError');
  await missing;
  await page.keyboard.press('Enter');
  await page.waitForURL(/query=LampError/);
  await checks.that('a missing answer stops no search', () =>
    page.getByRole('link', { name: /LampError/ }).first().waitFor(),
  );
  await page.unroute('**/search/complete/**');
}

async function helpAndPhone(page, checks) {
  await page.getByRole('heading', { name: 'Issues' }).click();
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard' });
  await checks.that('`?` lists the keys', () => help.getByText('Search', { exact: true }).waitFor());
  await checkAxe(checks, page, 'the list of keys');
  await page.keyboard.press('Escape');
  await checks.that('Escape closes it', () => help.waitFor({ state: 'hidden' }));
  await page.setViewportSize({ width: 360, height: 740 });
  await boxOf(page).fill('rel');
  await option(page, /^release/).waitFor();
  await checkWidth(checks, page, 'a box with suggestions, phone');
  await shoot(page, 'search-keys-phone');
  await page.setViewportSize({ width: 1400, height: 900 });
}

async function takeTermsOut(page, checks) {
  const box = boxOf(page);
  await box.fill('is:unresolved LampError');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  const chip = page.getByRole('link', { name: 'Remove LampError' });
  await chip.waitFor();
  await checkAxe(checks, page, 'terms to take out');
  await chip.focus();
  await page.keyboard.press('Enter');
  await checks.that('a term is taken out by keyboard', async () => {
    await page.getByRole('link', { name: /RopeError/ }).first().waitFor();
    return (await box.inputValue()) === 'is:unresolved';
  });
  await page.goto(`${page.url().split('?')[0]}?query=level:errro+cart`);
  await checks.that('a wrong place is marked', async () =>
    (await page.locator('mark').textContent()) === 'errro',
  );
  await page.getByRole('link', { name: 'Search without it' }).click();
  await checks.that('and there is a way out', async () => (await box.inputValue()) === 'cart');
}

async function eventsToo(page, checks) {
  await page.goto(`${page.url().split('?')[0]}?query=LampError`);
  await page.locator('.issue-title', { hasText: 'LampError' }).click();
  await page.getByRole('link', { name: 'All events' }).click();
  await boxOf(page).fill('stack.fi');
  await checks.that('keys of events are completed in their table', () =>
    option(page, /^stack\.filename/).waitFor(),
  );
  await page.keyboard.press('Escape');
}

// The same person at another computer.
async function elsewhere(browser, server, checks) {
  const { context, wrong } = await open(browser, { reducedMotion: 'reduce' });
  const page = await context.newPage();
  await signIn(page, server);
  await page.goto(server.url);
  await page.keyboard.press('/');
  await page.keyboard.press('ArrowDown');
  await checks.that('searches of before are offered on another computer', () =>
    option(page, /my stall.*searched before/).waitFor(),
  );
  await checkQuiet(checks, wrong);
  await context.close();
}

async function saveIt(page, checks) {
  await page.goto(`${page.url().split('/issues/')[0]}/issues/?query=RopeError`);
  await page.locator('summary', { hasText: 'Searches' }).click();
  await checkAxe(checks, page, 'the menu of searches');
  await checkWidth(checks, page, 'the menu of searches');
  await shoot(page, 'search-menu');
  await page.setViewportSize({ width: 360, height: 740 });
  await checkWidth(checks, page, 'the menu of searches, phone');
  await shoot(page, 'search-menu-phone');
  await page.setViewportSize({ width: 1400, height: 900 });
  await page.getByRole('link', { name: 'Save this search' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Ropes');
  await page.getByLabel('As a tab of the list').check();
  await page.getByRole('button', { name: 'Save search' }).click();
  await page.getByText('Search saved.').waitFor();
  await checkAxe(checks, page, 'saved searches');
  await shoot(page, 'saved-searches');
  await page.getByRole('link', { name: 'Issues', exact: true }).first().click();
  await page.getByRole('navigation', { name: 'Status' }).getByRole('link', { name: 'Ropes' }).click();
  await checks.that('a pinned search is a tab', async () => {
    await page.getByRole('link', { name: /RopeError/ }).first().waitFor();
    return (await page.getByRole('link', { name: /LampError/ }).count()) === 0;
  });
}
