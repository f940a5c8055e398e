// Every page, in light and dark, on a desk and on a phone: axe, width, silence, what it costs, and a
// picture.
import fs from 'node:fs';
import path from 'node:path';
import { checkAxe, checkQuiet, checkWidth, createFirstUser, open, shoot } from './browser.mjs';
import { checkBudget } from './budget.mjs';
import { addresses, checkStatus } from './pages.mjs';
import { until } from './poll.mjs';
import { fillShop } from './send.mjs';

const SIZES = { desk: { width: 1400, height: 900 }, phone: { width: 360, height: 740 } };

export async function run({ browser, server, checks }) {
  const first = await open(browser);
  const page = await first.context.newPage();
  await createFirstUser(page, server);
  await fillShop(server);
  const pages = await findPages(page, server);
  const storageState = await first.context.storageState();
  await first.context.close();
  const visitAll = async (pages) => {
    for (const colorScheme of ['light', 'dark']) {
      for (const [size, viewport] of Object.entries(SIZES)) {
        const look = { colorScheme, viewport, storageState, reducedMotion: 'reduce' };
        await visit({ browser, checks, pages, look, size });
      }
    }
  };
  await visitAll(pages);
  await checkBudget({ browser, checks, pages, storageState });
  // Last, because a banner says it on every page from then on.
  await visitAll(await rejectEvents(browser, server, storageState, pages));
}

// An event that cannot be digested and a damaged part of the spool, as a server leaves them.
async function rejectEvents(browser, server, storageState, pages) {
  const folder = path.join(server.data, 'quarantine');
  fs.mkdirSync(folder, { recursive: true });
  const receipt = {
    project: 1,
    key: 1,
    event: 'fedcba9876543210fedcba9876543210',
    received: new Date().toISOString(),
    format: 'event',
    client_ip: '203.0.113.7',
    sdk: 'sentry.python/2.75.0',
    user_agent: null,
  };
  const head = { reason: 'panicked: a frame without an end', stage: 'group', receipt, remarks: [] };
  const event = { event_id: receipt.event, message: 'nobody can read this', extra: { tries: 3 } };
  const name = `${Date.now() * 1000}-77`;
  fs.writeFileSync(
    path.join(folder, `${name}.event`),
    `${JSON.stringify(head)}\n${JSON.stringify(event)}`,
  );
  fs.writeFileSync(path.join(folder, 'spool-00000000000000000001-40.bin'), 'broken');
  const { context } = await open(browser, { storageState });
  const page = await context.newPage();
  await until('the banner', async () => {
    await page.goto(pages.quarantine);
    return page.getByText('events may be lost').first().isVisible();
  });
  await context.close();
  return {
    'quarantine-full': pages.quarantine,
    'quarantine-entry': `${pages.quarantine}${name}/`,
    'quarantine-damage': `${pages.quarantine}spool-00000000000000000001-40.bin/`,
    'status-trouble': pages.status,
  };
}

// The addresses, read from the pages themselves.
async function findPages(page, server) {
  await until('the events', async () => {
    await page.goto(server.url);
    return page
      .getByRole('link', { name: /CheckoutError/ })
      .first()
      .isVisible();
  });
  const hrefOf = async (link) => new URL(await link.getAttribute('href'), page.url()).href;
  const nav = page.getByRole('navigation', { name: 'Project' });
  const pages = { issues: page.url() };
  for (const [name, label] of Object.entries({
    'getting-started': 'Getting started',
    keys: 'Client keys',
    settings: 'Settings',
    stats: 'Stats',
  })) {
    pages[name] = await hrefOf(nav.getByRole('link', { name: label, exact: true }));
  }
  pages.issue = await hrefOf(page.getByRole('link', { name: /CheckoutError/ }).first());
  pages['issue-2010'] = await hrefOf(page.getByRole('link', { name: /PaymentError/ }).first());
  pages['issue-message'] = await hrefOf(page.getByRole('link', { name: /stock low/ }).first());
  const org = new URL(page.url()).pathname.split('/')[2];
  await giveToTeam(page, server, { org, settings: pages.settings, issue: pages.issue });
  pages.dashboard = await makeDashboard(page, server, org);
  return { ...pages, ...addresses({ server, org, pages }) };
}

// A saved query, and a dashboard with a tile of every shape.
async function makeDashboard(page, server, org) {
  const ofOrg = `${server.url}/organizations/${org}/`;
  await page.goto(`${ofOrg}explore/queries/?query=&field=release&statsPeriod=24h`);
  await page.getByLabel('Name', { exact: true }).fill('By release');
  await page.getByRole('button', { name: 'Save query' }).click();
  await page.getByRole('link', { name: 'By release' }).waitFor();
  await page.goto(`${ofOrg}dashboards/`);
  await page.getByLabel('Name', { exact: true }).fill('Morning');
  await page.getByRole('button', { name: 'Make a dashboard' }).click();
  for (const [place, shape] of ['chart', 'table', 'number'].entries()) {
    await page.getByLabel('as', { exact: true }).selectOption(shape);
    await page.getByRole('button', { name: 'Add tile' }).click();
    await page.locator('.tile').nth(place).waitFor();
  }
  return page.url();
}

// A team, a rule that names it, and an issue that it looks after.
async function giveToTeam(page, server, { org, settings, issue }) {
  await page.goto(`${server.url}/settings/${org}/teams/`);
  await page.getByLabel('Name', { exact: true }).fill('Core');
  await page.getByRole('button', { name: 'Create team' }).click();
  await page.goto(`${settings}ownership/`);
  await page.getByLabel('Rules', { exact: true }).fill('tags.level:* #core #ghosts');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.goto(issue);
  await page.locator('summary', { hasText: 'Assign' }).click();
  await page.getByRole('button', { name: '#core' }).click();
  await page.getByText('gave it to #core').first().waitFor();
}

async function visit({ browser, checks, pages, look, size }) {
  const { context, wrong } = await open(browser, look);
  const page = await context.newPage();
  for (const [name, address] of Object.entries(pages)) {
    const full = `${name}, ${look.colorScheme}, ${size}`;
    await checkStatus(checks, full, name, await page.goto(address));
    await checkAxe(checks, page, full);
    await checkWidth(checks, page, full);
    await shoot(page, `${name}-${look.colorScheme}-${size}`, { fullPage: size === 'phone' });
  }
  await checkQuiet(checks, wrong);
  await context.close();
}
