// A server on an empty folder, started as a newcomer would: everything the walks know about it,
// they read from its greeting.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { until } from './poll.mjs';

export async function startServer() {
  const home = fs.mkdtempSync(path.join(process.env.SCRATCH || os.tmpdir(), 'walk-'));
  const data = path.join(home, 'data');
  const child = spawn(process.env.BIN, ['serve', '--data', data, '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: withoutOurOwn(process.env),
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (said.out += chunk));
  child.stderr.on('data', (chunk) => (said.err += chunk));
  const ended = new Promise((resolve) =>
    child.on('exit', (code, signal) => resolve(code ?? signal)),
  );
  const greeting = await until('the greeting', () => {
    if (child.exitCode !== null) throw new Error(`serve ended: ${said.out}${said.err}`);
    return said.out.match(/https?:\S+\/setup\/\S+/) && said.out;
  });
  const found = (what, pattern) => {
    const match = greeting.match(pattern);
    if (!match) throw new Error(`the greeting does not say the ${what}: ${greeting}`);
    return match[1];
  };
  return {
    data,
    url: found('address', /(http:\/\/127\.0\.0\.1:\d+)/),
    setup: found('setup link', /(http:\S+\/setup\/\S+)/),
    dsn: found('DSN', /(http:\/\/\w+@\S+)/),
    storeUrl: found('address for clients of 2010', /'(http:\S+\/store\/)'/),
    storeKey: found('key for clients of 2010', /SENTRY_KEY = '(\w+)'/),
    async stop(checks) {
      const start = Date.now();
      child.kill('SIGTERM');
      const limit = new Promise((resolve) => setTimeout(resolve, 10_000, 'late').unref());
      const code = await Promise.race([ended, limit]);
      if (code === 'late') child.kill('SIGKILL');
      await checks.that(`the server ended with ${code} in ${Date.now() - start} ms`, code === 0);
      await checks.that('the server did not panic', !said.err.includes('panicked at'));
      if (checks.failed) console.log(said.err.split('\n').slice(-20).join('\n'));
      fs.rmSync(home, { recursive: true });
    },
  };
}

// The made-up month, always the same, and who may look at it.
export async function startDemo() {
  const child = spawn(process.env.BIN, ['demo', '--json', '--seed', '1', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: withoutOurOwn(process.env),
  });
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  const ended = new Promise((resolve) => child.on('exit', (code) => resolve(code)));
  const greeting = await until('the demo', () => said.includes('\n') && JSON.parse(said), 60_000);
  return {
    url: greeting.listening,
    email: greeting.email,
    password: greeting.password,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

// Settings of whoever runs the walk must not reach the server.
function withoutOurOwn(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('WATCHPOST_')));
}
