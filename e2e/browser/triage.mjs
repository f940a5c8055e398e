// What people do with issues all day, on a desk, on a phone, and without script: find by tag and
// text, resolve in the next release and see the regression, merge three and take one out again,
// archive many and undo it. And what somebody who knows Sentry looks for first: the last error, whom
// it hits, since which release, the line of code, and silence until it happens 100 more times.
import { checkQuiet, createFirstUser, open, signIn } from './browser.mjs';
import { sendModern } from './send.mjs';
import { until } from './poll.mjs';

const LOOKS = {
  desk: { reducedMotion: 'reduce' },
  phone: { viewport: { width: 360, height: 740 }, hasTouch: true, reducedMotion: 'reduce' },
  plain: { javaScriptEnabled: false },
};

export async function run({ browser, server, checks }) {
  const first = await open(browser);
  await createFirstUser(await first.context.newPage(), server);
  await first.context.close();
  for (const [look, options] of Object.entries(LOOKS)) {
    const { context, wrong } = await open(browser, options);
    const page = await context.newPage();
    await signIn(page, server);
    await triage(new Desk({ page, server, checks, look }));
    await checkQuiet(checks, wrong);
    await context.close();
  }
}

async function triage(desk) {
  for (const kind of ['Lamp', 'Rope', 'Hook', 'Sail']) await desk.send(kind);
  await findByTagAndText(desk);
  await silenceTheLast(desk);
  await seeRegression(desk);
  await mergeAndTakeOut(desk);
  await archiveAndUndo(desk);
}

// One person's hands: issues of their own, told apart by a tag.
class Desk {
  constructor({ page, server, checks, look }) {
    Object.assign(this, { page, server, checks, look });
  }

  // Each look has releases of its own: the next one is behind all that were seen before.
  release(minor) {
    return `shop@${Object.keys(LOOKS).indexOf(this.look) + 1}.${minor}.0`;
  }

  send(kind, release = this.release(0)) {
    const frame = { filename: `shop/${kind.toLowerCase()}.py`, function: 'pay', lineno: 7 };
    const stacktrace = { frames: [{ ...frame, vars: { order: '<Order 7>' }, in_app: true }] };
    const exception = { type: `${kind}Error`, value: `no ${kind} for ${this.look}`, stacktrace };
    const fingerprint = [this.look, kind];
    const tags = { basket: this.look, kind };
    return sendModern(this.server, {
      level: 'error',
      release,
      tags,
      fingerprint,
      exception: { values: [exception] },
      user: { id: `customer of ${this.look}` },
    });
  }

  list(query) {
    const asked = new URLSearchParams({ project: 1, query: `basket:${this.look} ${query}` });
    return this.page.goto(`${this.server.url}/organizations/main/issues/?${asked}`);
  }

  row(kind) {
    return this.page.getByRole('link', { name: new RegExp(`${kind}Error`) }).first();
  }

  // Opens the list until it shows as many issues as that.
  rows(query, count) {
    return until(`${count} issues`, async () => {
      await this.list(query);
      return (await this.page.locator('[data-issue]').count()) === count;
    });
  }

  // Loads the page until it says that.
  says(text) {
    return until(text, async () => {
      await this.page.reload();
      return this.page.locator('main').getByText(text).first().isVisible();
    });
  }

  async tickAll() {
    for (const box of await this.page.locator('input[name=issue][type=checkbox]').all()) await box.check();
  }

  // A button that leads to another page, or to this one as it is now.
  async press(name) {
    const button = this.page.locator('main').getByRole('button', { name }).first();
    await Promise.all([this.page.waitForEvent('framenavigated'), button.click()]);
    await this.page.waitForLoadState();
  }

  that(text, holds) {
    return this.checks.that(`${this.look}: ${text}`, holds);
  }
}

async function findByTagAndText(desk) {
  await desk.that('the search box finds issues by tag and text', async () => {
    await desk.rows('', 4);
    await desk.page.goto(`${desk.server.url}/organizations/main/issues/?project=1`);
    const box = desk.page.getByRole('combobox', { name: 'Search issues' }).or(desk.page.getByRole('searchbox', { name: 'Search issues' }));
    await box.first().fill(`basket:${desk.look} "no Lamp"`);
    await box.first().press('Enter');
    await desk.page.waitForURL((url) => url.searchParams.get('query')?.includes('Lamp'));
    await desk.row('Lamp').waitFor();
    return !(await desk.row('Rope').isVisible());
  });
}

async function silenceTheLast(desk) {
  const main = desk.page.locator('main');
  await desk.that('the last error is the first of the list', async () => {
    await desk.send('Mast');
    await until('the last error', async () => {
      await desk.page.goto(`${desk.server.url}/organizations/main/issues/?project=1`);
      return /MastError/.test(await desk.page.locator('[data-issue] a').first().innerText());
    });
    await desk.row('Mast').click();
  });
  await desk.that('its page says whom it hits, since which release, and which line', async () => {
    await main.getByText('Users', { exact: true }).first().waitFor();
    await main.getByText(`customer of ${desk.look}`).first().waitFor();
    const since = main.locator('dl.stats div').filter({ hasText: 'First seen' });
    await since.getByText(desk.release(0)).waitFor();
    await main.getByText('shop/mast.py').first().waitFor();
  });
  await desk.that('it is silent until it happens 100 more times', async () => {
    await main.locator('summary').filter({ hasText: 'Archive' }).click();
    await desk.press('Until 100 more events');
    await desk.says(/^Archived/);
    for (let more = 0; more < 99; more += 1) await desk.send('Mast');
    await desk.says('100 of 100');
    await main.getByText(/^Archived/).first().waitFor();
    await desk.send('Mast');
    await until('its return', async () => {
      await desk.page.reload();
      return desk.page.getByRole('button', { name: 'Resolve' }).first().isVisible();
    });
  });
}

async function seeRegression(desk) {
  await desk.that('an issue is resolved in the next release', async () => {
    await desk.rows('kind:Lamp', 1);
    await desk.row('Lamp').click();
    await desk.page.locator('summary[aria-label="More ways to resolve"]').click();
    await desk.press(/^In the next release/);
    await desk.says(/^Resolved/);
  });
  await desk.that('the same release changes nothing', async () => {
    await desk.send('Lamp');
    await desk.says('2 of 2');
    await desk.page.locator('main').getByText(/^Resolved/).first().waitFor();
  });
  await desk.that('the next release makes it a regression', async () => {
    await desk.send('Lamp', desk.release(1));
    await desk.says('Regressed');
  });
}

async function mergeAndTakeOut(desk) {
  await desk.that('three issues become one', async () => {
    await desk.rows('!kind:[Lamp,Mast]', 3);
    await desk.tickAll();
    await desk.page.locator('.bulk summary', { hasText: 'More' }).click();
    await desk.press(/^Merge/);
    await desk.rows('!kind:[Lamp,Mast]', 1);
  });
  await desk.that('one of them is taken out again', async () => {
    await desk.page.locator('[data-issue] a').first().click();
    await desk.page.locator('.event-menu summary').click();
    await desk.page.getByRole('link', { name: 'Keys and merged issues' }).click();
    await desk.page.getByRole('checkbox', { name: /^Take out/ }).last().check();
    await desk.press('Take the chosen ones out');
    await desk.rows('!kind:[Lamp,Mast]', 2);
  });
}

async function archiveAndUndo(desk) {
  await desk.that('what is ticked is archived', async () => {
    await desk.rows('is:unresolved !kind:Mast', 3);
    await desk.tickAll();
    await desk.press(/^Archive/);
    await desk.page.getByRole('button', { name: 'Undo' }).waitFor();
    return (await desk.page.locator('[data-issue]').count()) === 0;
  });
  await desk.that('and is back when that is undone', async () => {
    await desk.press('Undo');
    await desk.rows('is:unresolved !kind:Mast', 3);
  });
}
