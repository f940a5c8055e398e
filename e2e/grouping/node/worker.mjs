// The mail worker. It is bundled and minified before it is deployed, under a name with a digest.

import * as Sentry from '@sentry/node';

import { dice } from './dice.mjs';

const { RELEASE, ROUNDS } = process.env;
const { below, mail, number, pick, uuid } = dice(`worker ${RELEASE}`);

//2// function greeting(hour) {
//2//   if (hour < 11) return 'Good morning';
//2//   return hour < 18 ? 'Good afternoon' : 'Good evening';
//2// }
//2//
class Mailbox {
  constructor(owner, letters) {
    this.owner = owner;
    this.letters = letters;
  }

  deliver(letter) {
    if (this.letters.length >= 3) {
      throw new RangeError(`mailbox of ${this.owner} is full, ${letter.id} was returned`);
    }
    this.letters.push(letter);
  }
}

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name].toString());
}

function addressOf(customer) {
  return customer.contact.mail;
}

async function send(letter) {
  await null;
  //2// letter.text = `${greeting(below(24))} ${letter.text}`;
  if (!letter.to.includes('@')) throw new TypeError(`${letter.to} is no address`);
}

async function sendAll(letters) {
  for (const letter of letters) await send(letter);
}

const KINDS = {
  deliver(job) {
    new Mailbox(job.owner, [1, 2, 3]).deliver({ id: job.id });
  },
  fill(job) {
    return fill('Dear {name}, order {order}', { name: job.owner });
  },
  address(job) {
    return addressOf({ id: job.id });
  },
  async send(job) {
    await sendAll([{ to: `nobody${job.number}`, text: '' }]);
  },
};

Sentry.init({
  dsn: process.env.DSN,
  release: RELEASE,
  environment: 'live',
  serverName: 'mail-1',
});

const FAULTS = { deliver: 'full', fill: 'gap', address: 'nobody', send: 'address' };

async function work(job) {
  try {
    await KINDS[job.kind](job);
  } catch (error) {
    Sentry.captureException(error);
  }
}

for (let round = 0; round < Number(ROUNDS); round += 1) {
  for (const kind of Object.keys(KINDS)) {
    Sentry.getIsolationScope().setTag('fault', `node-worker-${FAULTS[kind]}`);
    const queue = pick(['fast', 'slow']);
    Sentry.getIsolationScope().setTransactionName(`${queue} ${kind}`);
    await work({ kind, owner: mail(), id: uuid(), number: number(), hour: below(24) });
  }
  await Sentry.flush(10_000);
}
await Sentry.close(10_000);
