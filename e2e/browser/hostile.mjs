// Events that mean harm, or are only odd, on every page: no script of theirs runs, nothing is
// fetched for them, no policy is broken, and the page keeps its shape.
import { checkQuiet, checkWidth, createFirstUser, open, shoot } from './browser.mjs';
import { hostileEvents } from './hostile_events.mjs';
import { addresses, checkStatus } from './pages.mjs';
import { sendModern } from './send.mjs';
import { until } from './poll.mjs';

const SIZES = { desk: { width: 1400, height: 900 }, phone: { width: 360, height: 740 } };

// Pages of one kind that are named by what events say.
const NAMED_COUNT_MAX = 8;

export async function run({ browser, server, checks }) {
  const first = await open(browser);
  const page = await first.context.newPage();
  await createFirstUser(page, server);
  await page.goto(server.url);
  const events = hostileEvents();
  const ids = {};
  for (const [name, event] of Object.entries(events)) ids[name] = await sendModern(server, event);
  const issues = {};
  for (const [name, id] of Object.entries(ids)) {
    await until(`the event ${name}`, async () => {
      await page.goto(`${server.url}/search?q=${id}`);
      return page.url().includes('/issues/');
    });
    issues[name] = new URL(page.url()).href.replace(/events\/.*$/, '');
  }
  const org = new URL(page.url()).pathname.split('/')[2];
  const named = await namedPages(page, `${server.url}/organizations/${org}/`, issues);
  const storageState = await first.context.storageState();
  await first.context.close();
  const pages = { ...everywhere({ server, org, issues }), ...named };
  for (const [size, viewport] of Object.entries(SIZES)) {
    await visit({ browser, checks, pages, size, look: { viewport, storageState } });
  }
}

// Every page that may show something of an event.
function everywhere({ server, org, issues }) {
  const list = `${server.url}/organizations/${org}/issues/`;
  const [some] = Object.values(issues);
  const settings = `${server.url}/settings/${org}/projects/app/`;
  const guide = `${server.url}/organizations/${org}/projects/app/getting-started/`;
  const known = { issues: `${list}?project=1`, issue: some, settings, 'getting-started': guide };
  const pages = { list, ...addresses({ server, org, pages: known }) };
  // Of the shop, which is not here.
  delete pages.release;
  for (const [name, issue] of Object.entries(issues)) {
    pages[`${name}`] = issue;
    for (const frames of ['all', 'raw']) pages[`${name} ${frames}`] = `${issue}?frames=${frames}`;
    pages[`${name} events`] = `${issue}events/`;
    pages[`${name} keys`] = `${issue}merged/`;
  }
  return pages;
}

// The pages of releases, users and tags that are named by what an event says.
async function namedPages(page, ofOrg, issues) {
  const lists = {
    release: [`${ofOrg}releases/?project=1`, '/releases/'],
    user: [`${ofOrg}users/?project=1`, '/users/show/'],
    tag: [`${ofOrg}tags/?project=1`, '/tags/'],
  };
  for (const [name, issue] of Object.entries(issues)) lists[`${name} tag`] = [issue, '/tags/'];
  const pages = {};
  for (const [name, [list, part]] of Object.entries(lists)) {
    await page.goto(list);
    const links = await page.evaluate(
      (part) => [...document.querySelectorAll(`main a[href*="${part}"]`)].map((it) => it.href),
      part,
    );
    const own = [...new Set(links)].slice(0, NAMED_COUNT_MAX);
    for (const [place, link] of own.entries()) pages[`a ${name} ${place}`] = link;
  }
  return pages;
}

async function visit({ browser, checks, pages, size, look }) {
  const { context, wrong } = await open(browser, look);
  const ran = [];
  await context.exposeFunction('ran', (where) => ran.push(where));
  const page = await context.newPage();
  page.on('dialog', (dialog) => {
    ran.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  for (const [name, address] of Object.entries(pages)) {
    await checkStatus(checks, `${name}, ${size}`, name, await page.goto(address));
    // What needs a touch to run: everything that can be opened is opened, every link is looked at.
    await page.evaluate(() => {
      for (const it of document.querySelectorAll('details:not(.menu)')) it.open = true;
    });
    await checks.that(`no link leads into a script: ${name}, ${size}`, async () => {
      const bad = await page.evaluate(() =>
        [...document.querySelectorAll('[href], [src], [action], [formaction]')]
          .flatMap((it) => ['href', 'src', 'action', 'formaction'].map((key) => it[key]))
          .filter((url) => typeof url === 'string' && url && !/^(https?|mailto|data:image)/.test(url)),
      );
      if (bad.length) throw new Error(bad.join('\n'));
    });
    await checkWidth(checks, page, `${name}, ${size}`);
    await checkMenus(checks, page, `${name}, ${size}`);
    if (!name.includes(' ')) await shoot(page, `hostile-${name}-${size}`);
  }
  await checks.that(`no script of an event ran, ${size}`, () => {
    if (ran.length) throw new Error([...new Set(ran)].join('\n'));
  });
  await checkQuiet(checks, wrong);
  await context.close();
}

// A menu stays within the window, too, however long the names in it are.
async function checkMenus(checks, page, name) {
  const wide = await page.evaluate(() => {
    const root = document.documentElement;
    return [...document.querySelectorAll('details.menu')].flatMap((menu) => {
      menu.open = true;
      const [content, window] = [root.scrollWidth, root.clientWidth];
      menu.open = false;
      const label = menu.querySelector('summary').innerText.trim() || menu.className;
      return content > window ? [`${label}: ${content} px in ${window} px`] : [];
    });
  });
  await checks.that(`menus fit: ${name}`, () => {
    if (wide.length) throw new Error(wide.join('; '));
  });
}
