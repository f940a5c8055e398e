// What every page may cost, whatever is on it; docs/benchmarks.md has the figures with much stored.
import { weigh } from './weigh.mjs';

const MAX = {
  bytes: 120_000,
  css_bytes: 20_000,
  js_bytes: 40_000,
  requests: 6,
  nodes: 1_500,
  layout_shift: 0.02,
};
// The page that is opened most.
const LIST_BYTES_MAX = 80_000;

export async function checkBudget({ browser, checks, pages, storageState }) {
  for (const [name, address] of Object.entries(pages)) {
    await checks.that(`within its budget: ${name}`, async () => {
      const found = await weigh(browser, address, { storageState });
      const max = { ...MAX, ...(name.startsWith('issues') && { bytes: LIST_BYTES_MAX }) };
      const over = Object.keys(max).filter((figure) => found[figure] > max[figure]);
      const say = (figure) => `${figure} ${found[figure]}, at most ${max[figure]}`;
      if (over.length) throw new Error(over.map(say).join('; '));
    });
  }
}
