// The search language of the shop: `price (color (size))`.

//2// const OPERATORS = new Set(['and', 'or', 'not']);
//2//
//2// export function isOperator(word) {
//2//   return OPERATORS.has(word);
//2// }
//2//
export function parseQuery(text) {
  const words = text.match(/[()]|[^()\s]+/g);
  return parseList(words);
}

function parseList(words) {
  const terms = [];
  while (words.length > 0 && words[0] !== ')') terms.push(parseTerm(words));
  return terms;
}

function parseTerm(words) {
  const word = words.shift();
  if (word === '(') {
    const inner = parseList(words);
    words.shift();
    return inner;
  }
  if (!/^[a-z]+$/.test(word)) throw new SyntaxError(`${word} is no name`);
  return word;
}
