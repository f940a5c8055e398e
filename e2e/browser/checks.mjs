// Counting what held and what did not, in the lines that `cargo xtask test` counts.

export class Checks {
  failed = 0;

  constructor(walk) {
    this.walk = walk;
  }

  ok(text) {
    console.log(`ok   ${this.walk}: ${text}`);
  }

  fail(text) {
    this.failed += 1;
    console.log(`FAIL ${this.walk}: ${text.replaceAll('\n', '\n       ')}`);
  }

  // `holds` is a truth, or a promise that rejects when it does not hold.
  async that(text, holds) {
    try {
      const result = await (typeof holds === 'function' ? holds() : holds);
      if (result === false) this.fail(text);
      else this.ok(text);
      return result !== false;
    } catch (error) {
      this.fail(`${text}: ${error.message}`);
      return false;
    }
  }

  // A figure for the summary, with its budget.
  measured(text, value_ms, limit_ms) {
    console.log(`measured ${text}: ${value_ms} ms (at most ${limit_ms})`);
    if (value_ms <= limit_ms) this.ok(text);
    else this.fail(`${text}: ${value_ms} ms, ${limit_ms} allowed`);
  }
}
