// Everything a person must be able to do also works in a browser that runs no script.
import { createFirstUser, open, signIn } from './browser.mjs';
import { until } from './poll.mjs';
import { payment2010, send2010 } from './send.mjs';

export async function run({ browser, server, checks }) {
  const { context } = await open(browser, { javaScriptEnabled: false });
  const page = await context.newPage();
  await createFirstUser(page, server);
  await send2010(server, payment2010());
  const title = page.getByRole('link', { name: /PaymentError/ }).first();
  await checks.that('the list shows the issue', () =>
    until('the issue', async () => {
      await page.goto(server.url);
      await page.getByRole('link', { name: 'Issues', exact: true }).first().click();
      return title.isVisible();
    }),
  );
  await title.click();
  await checks.that('the issue page shows the stack trace', () =>
    page.getByText('raise PaymentError').first().waitFor(),
  );
  await page
    .getByRole('button', { name: /^resolve/i })
    .first()
    .click();
  await checks.that('the issue is resolved', () => page.getByText('Resolved').first().waitFor());
  await page.getByRole('link', { name: 'Issues', exact: true }).first().click();
  await checks.that('the list of unresolved ones is empty', async () => !(await title.isVisible()));
  await checks.that('a second visitor signs in', async () => {
    const other = await open(browser, { javaScriptEnabled: false });
    await signIn(await other.context.newPage(), server);
    await other.context.close();
  });
  await context.close();
}
