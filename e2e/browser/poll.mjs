// Waiting for a condition with a deadline: the only pause in the walks.

export async function until(what, condition, limit_ms = 10_000) {
  const end = Date.now() + limit_ms;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${limit_ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
