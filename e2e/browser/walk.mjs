// Runs the walks one after the other and prints one line per check; exit 1 when one failed.
// run.sh starts it. ONLY=live runs only the walks whose name contains that.
import { Checks } from './checks.mjs';
import { launch } from './browser.mjs';
import { startServer } from './server.mjs';
import * as firstRun from './first_run.mjs';
import * as rejected from './rejected.mjs';
import * as live from './live.mjs';
import * as search from './search.mjs';
import * as keyboard from './keyboard.mjs';
import * as bulk from './bulk.mjs';
import * as withoutScript from './without_script.mjs';
import * as triage from './triage.mjs';
import * as hostile from './hostile.mjs';
import * as everyPage from './every_page.mjs';
import * as gallery from './gallery.mjs';

const WALKS = {
  'first run': firstRun,
  rejected,
  live,
  search,
  keyboard,
  bulk,
  'without script': withoutScript,
  triage,
  hostile,
  'every page': everyPage,
  gallery,
};

const browser = await launch();
let failed = 0;
console.log(`# Chromium ${browser.version()}`);
for (const [name, walk] of Object.entries(WALKS)) {
  if (process.env.ONLY && !name.includes(process.env.ONLY)) continue;
  const checks = new Checks(name);
  const server = await startServer();
  try {
    await walk.run({ browser, server, checks });
  } catch (error) {
    checks.fail(`ended early: ${error.stack}`);
  } finally {
    await server.stop(checks);
  }
  failed += checks.failed;
}
await browser.close();
process.exit(failed ? 1 : 0);
