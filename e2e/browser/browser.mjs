// Chromium and its pages, watched: what a page may never do is noted while the walks use it.
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';

// The packages are in a cache folder, not beside this file.
const require = createRequire(path.join(process.env.MODULES, 'x.js'));
const { chromium } = require('playwright-core');
const AXE = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    // As root there is no sandbox; the pages are our own.
    args: ['--no-sandbox'],
  });

// A context whose pages note every console error, exception and violation of the policy.
export async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  const wrong = [];
  context.on('page', (page) => {
    const note = (text) => wrong.push(`${new URL(page.url()).pathname}: ${text}`);
    page.on('pageerror', (error) => note(`exception: ${error.message}`));
    page.on('console', (message) => {
      // A status the walk provokes on purpose is logged too; what matters is what the page does.
      const provoked = /Failed to load resource.*status of 4\d\d/.test(message.text());
      if (message.type() === 'error' && !provoked) note(message.text());
    });
    page.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? '';
      // Leaving a page ends its live feed: that is no failure.
      if (!reason.includes('ERR_ABORTED')) note(`${request.url()}: ${reason}`);
    });
    page.on('request', (request) => {
      const url = new URL(request.url());
      const foreign = url.hostname !== '127.0.0.1' && !['data:', 'blob:'].includes(url.protocol);
      if (foreign) note(`asks a stranger: ${request.url()}`);
    });
  });
  return { context, wrong };
}

// Reports what was noted, once, at the end of a walk.
export const checkQuiet = (checks, wrong) =>
  checks.that('no console error, CSP violation, exception or foreign request', () => {
    if (wrong.length) throw new Error([...new Set(wrong)].join('\n'));
  });

// axe with everything it knows, on the page as it is now.
export async function checkAxe(checks, page, name) {
  await checks.that(`axe: ${name}`, async () => {
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => window.axe.run());
    if (!violations.length) return;
    const lines = violations.map(
      (found) =>
        `${found.id} (${found.impact}): ${found.help}: ` +
        found.nodes
          .slice(0, 3)
          .map((node) => node.target.join(' '))
          .join(' | '),
    );
    throw new Error(lines.join('\n'));
  });
}

// No page is wider than its window: on a phone that would mean scrolling to read a line.
export const checkWidth = (checks, page, name) =>
  checks.that(`fits its window: ${name}`, async () => {
    const { content, window, widest } = await page.evaluate(() => {
      const { scrollWidth: content, clientWidth: window } = document.documentElement;
      const sticksOut = (it) => it.getBoundingClientRect().right >= content - 1;
      const widest = content > window && [...document.querySelectorAll('body *')].findLast(sticksOut);
      return { content, window, widest: widest && widest.outerHTML.slice(0, 200) };
    });
    if (content > window) throw new Error(`${content} px of content in ${window} px: ${widest}`);
  });

export const shoot = (page, name, options = {}) =>
  page.screenshot({ path: path.join(process.env.SHOTS, `${name}.png`), ...options });

// Opens the one-time link and creates the first user; ends on the first page.
export async function createFirstUser(page, server) {
  await page.goto(server.setup);
  await page.getByLabel('Name').fill('Ann Watcher');
  await page.getByLabel('E-mail').fill('ann@example.com');
  await page.getByLabel('Password').fill('a long enough password');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/setup/'));
}

export async function signIn(page, server) {
  await page.goto(`${server.url}/auth/login/`);
  await page.getByLabel('E-mail').fill('ann@example.com');
  await page.getByLabel('Password').fill('a long enough password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/auth/'));
}
