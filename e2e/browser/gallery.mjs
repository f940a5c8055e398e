// The ten main pages over the made-up month: within their budgets, and pictures of them for people
// to look at; `cargo xtask screenshots` puts those into docs/screenshots.
import { checkBudget } from './budget.mjs';
import { checkQuiet, checkWidth, open, shoot } from './browser.mjs';
import { startDemo } from './server.mjs';

const LOOKS = {
  'light-desk': { colorScheme: 'light', viewport: { width: 1400, height: 900 } },
  'dark-desk': { colorScheme: 'dark', viewport: { width: 1400, height: 900 } },
  'light-phone': { colorScheme: 'light', viewport: { width: 360, height: 740 } },
};

export async function run({ browser, checks }) {
  const demo = await startDemo();
  try {
    const { context } = await open(browser);
    const page = await context.newPage();
    await page.goto(`${demo.url}/auth/login/`);
    await page.getByLabel('E-mail').fill(demo.email);
    await page.getByLabel('Password').fill(demo.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL((url) => !url.pathname.startsWith('/auth/'));
    const pages = await mainPages(page, demo);
    const storageState = await context.storageState();
    await context.close();
    await checkBudget({ browser, checks, pages, storageState });
    for (const [look, options] of Object.entries(LOOKS)) {
      await picture({ browser, checks, pages, look, options: { ...options, storageState } });
    }
  } finally {
    const code = await demo.stop();
    await checks.that(`the demo ended with ${code}`, code === 0);
  }
}

// The addresses, as far as they depend on the month read from the pages themselves.
async function mainPages(page, demo) {
  const [org] = new URL(page.url()).pathname.split('/').slice(2);
  const base = `${demo.url}/organizations/${org}/`;
  const firstOf = async (list, selector) => {
    await page.goto(list);
    const href = await page.locator(selector).first().getAttribute('href');
    return new URL(href, page.url()).href;
  };
  const issues = `${base}issues/?project=-1&query=is:unresolved`;
  const releases = `${base}releases/`;
  const issue = await firstOf(issues, '.issue-title');
  return {
    issues,
    issue,
    projects: `${base}projects/`,
    releases,
    release: await firstOf(releases, 'main table a'),
    users: `${base}users/`,
    explore: `${base}explore/?field=release`,
    dashboard: await firstOf(`${base}dashboards/`, 'main a[href*="/dashboards/"]'),
    stats: `${base}stats/?period=30d`,
    'getting-started': await firstOf(issue, '.nav a[href*="getting-started"]'),
  };
}

async function picture({ browser, checks, pages, look, options }) {
  const { context, wrong } = await open(browser, { ...options, reducedMotion: 'reduce' });
  const page = await context.newPage();
  for (const [name, address] of Object.entries(pages)) {
    const answer = await page.goto(address);
    await checks.that(`${name} is there`, answer.status() === 200);
    await checkWidth(checks, page, `${name}, ${look}`);
    await shoot(page, `demo-${name}-${look}`);
  }
  await checkQuiet(checks, wrong);
  await context.close();
}
