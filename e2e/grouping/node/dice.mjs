// Data that differs every time and is the same in every run.

export function dice(seed) {
  let state = [...seed].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) >>> 0, 7);
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end) => Math.floor(next() * end);
  const number = (digits = 4) => 10 ** (digits - 1) + below(9 * 10 ** (digits - 1));
  const pick = (list) => list[below(list.length)];
  const hex = (length) => Array.from({ length }, () => below(16).toString(16)).join('');
  return {
    below,
    number,
    pick,
    hex,
    uuid: () => [8, 4, 4, 4, 12].map(hex).join('-'),
    peer: () => [0, 0, 0, 0].map(() => 10 + below(240)).join('.'),
    mail: () => `${pick(['ann', 'bo', 'cy'])}${number(3)}@shop${number(2)}.example`,
    some: (list) => list.slice(0, 1 + below(list.length)),
  };
}
