// The shop's server: pages behind one router, an exchange with other services, a job queue.

import assert from 'node:assert';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { promisify } from 'node:util';
import vm from 'node:vm';

import * as Sentry from '@sentry/node';

import { api, ApiError } from './api.mjs';
import { parseQuery } from './query.mjs';

const run = promisify(execFile);
const pages = new Map();

//2// /** Texts in lists. */
//2// function shorten(text, limit = 40) {
//2//   return text.length <= limit ? text : text.slice(0, limit - 1) + '…';
//2// }
//2//
export async function handle(request) {
  const page = pages.get(request.path);
  return await page(request);
}

pages.set('/order', async (request) => {
  const order = await findOrder(request.order);
  return order.total;
});

async function findOrder(id) {
  await null;
  //2// shorten(id);
  throw new Error(`order ${id} not found`);
}

pages.set('/cart', function cart(request) {
  return sumOf(request.cart);
});

function sumOf(cart) {
  return cart.lines.total + cart.shipping;
}

pages.set('/import', function importPrices(request) {
  return JSON.parse(request.body);
});

class Table {
  constructor(text) {
    this.rows = text.split('\n').map((line) => line.split(';'));
  }

  //2// get size() {
  //2//   return this.rows.length;
  //2// }
  //2//
  check(width) {
    this.rows.forEach((row, index) => {
      if (row.length !== width) {
        throw new SyntaxError(`line ${index + 1} has ${row.length} of ${width} cells`);
      }
    });
  }
}

pages.set('/upload', function upload(request) {
  new Table(request.text).check(3);
});

// One way out to the system for all pages.
pages.set('/convert', async function convert(request) {
  const [program, ...rest] = request.command;
  const { stdout } = await run(program, rest);
  return stdout;
});

pages.set('/rates', async function rates(request) {
  return await Promise.all(request.currencies.map((name) => rateOf(name, request.broken)));
});

async function rateOf(name, broken) {
  await null;
  if (name === broken) throw new RangeError(`no rate for ${name}`);
  return 1;
}

pages.set('/categories', function categories(request) {
  return depthOf(request.tree, request.start);
});

function depthOf(tree, name) {
  return 1 + depthOf(tree, tree[name]);
}

pages.set('/search', function search(request) {
  return parseQuery(request.query);
});

class PaymentFailed extends Error {
  name = 'PaymentFailed';
}

class Refused extends Error {
  name = 'Refused';
}

class Late extends Error {
  name = 'Late';
}

pages.set('/pay', async function pay(request) {
  try {
    await askBank(request);
  } catch (cause) {
    throw new PaymentFailed(`charge ${request.charge} failed`, { cause });
  }
});

async function askBank({ peer, seconds }) {
  await null;
  if (peer) throw new Refused(`connection refused by ${peer}`);
  throw new Late(`no answer within ${seconds}s`);
}

pages.set('/mirror', async function mirror(request) {
  await Promise.any(request.hosts.map((host) => download(host)));
});

async function download(host) {
  await null;
  throw new Error(`${host} is down`);
}

//2// function pageOf(rows, number, size = 20) {
//2//   return rows.slice(number * size, (number + 1) * size);
//2// }
//2//
pages.set('/legacy', function legacy(request) {
  // Code of an old library: it throws what is at hand.
  throw { code: request.code, detail: `shelf ${request.code}` };
});

pages.set('/old', async function old(request) {
  throw `item ${request.item} is not on shelf ${request.shelf}`;
});

pages.set('/dashboard', function dashboard(request) {
  const name = `/srv/boards/dashboard_${request.board}.js`;
  return new vm.Script('share(part);\nfunction share(of) { return of.whole.part; }', {
    filename: name,
  }).runInNewContext({ part: { is: request.board } });
});

pages.set('/labels', function labels(request) {
  return request.names.map((name) => name.trim().toUpperCase());
});

pages.set('/stock', async function stock(request) {
  //2// pageOf([], 1);
  await new Promise((done, failed) => {
    net.connect(request.port, '127.0.0.1').on('connect', done).on('error', failed);
  });
});

pages.set('/invoice', async function invoice(request) {
  return await readFile(`/srv/invoices/${request.year}/${request.invoice}.pdf`);
});

pages.set('/weather', async function weather(request) {
  return await fetch(`http://127.0.0.1:${request.port}/${request.city}`);
});

pages.set('/close', function close(request) {
  assert.strictEqual(request.sum, request.expected);
});

pages.set('/profile', async function profile(request) {
  return await api(request.call, request.status);
});

pages.set('/calendar', function calendar(request) {
  Sentry.withScope((scope) => {
    // Somebody thought that this helps.
    const error = new RangeError(`Invalid date received: ${request.date}`);
    scope.setFingerprint([error.message]);
    Sentry.captureException(error);
  });
});

pages.set('/report', function report(request) {
  Sentry.captureMessage(request.text, 'error');
});

export { ApiError };
