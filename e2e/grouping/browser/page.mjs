// The shop's page: small components that are drawn into the document, and a button for each place.
// It is bundled, split and minified; the files have a digest of their content in their names.

import * as Sentry from '@sentry/browser';

import { Store } from './store.mjs';
import { ApiError, call } from './api.mjs';

//2// const CURRENCIES = { de: 'EUR', en: 'GBP', us: 'USD' };
//2//
//2// function priceTag(cents, language) {
//2//   const currency = CURRENCIES[language] ?? 'EUR';
//2//   return new Intl.NumberFormat(language, { style: 'currency', currency }).format(cents / 100);
//2// }
//2//
const store = new Store();
const next = () => window.next;

function element(name, props, ...children) {
  const node = document.createElement(name);
  Object.assign(node, props);
  node.append(...children);
  return node;
}

function CartLine({ line }) {
  //2// const label = priceTag(line.cents ?? 0, 'de');
  //2// return element('li', { title: label }, `${line.product.name}`);
  return element('li', {}, line.product.name);
}

function Cart({ lines }) {
  return element('ul', {}, ...lines.map((line) => CartLine({ line })));
}

function Header({ user }) {
  const initials = user.name.split(' ').map((word) => word[0]);
  return element('b', {}, initials.join(''));
}

function Tree({ tree, name }) {
  return element('li', { title: name }, Tree({ tree, name: tree[name] }));
}

const show = (component, props) => {
  document.getElementById('main').replaceChildren(component(props));
};

// The way many bundlers load a part of the page that is not there at the start.
function loadPart(number, url) {
  return new Promise((_, failed) => {
    const script = element('script', { src: url });
    script.onerror = () => {
      const error = new Error(`Loading chunk ${number} failed.\n(error: ${url})`);
      error.name = 'ChunkLoadError';
      failed(error);
    };
    document.head.append(script);
  });
}

function compile(template) {
  return new Function('it', `return ${JSON.stringify(template)}.replace('*', it.who.name)`);
}

const places = {
  cart: () => show(Cart, { lines: [{ id: next().line }] }),
  header: () => show(Header, { user: { id: next().id } }),
  order: () => store.change(next().order),
  price: () => show(() => (next().price / 3).toFixed(next().digits)),
  tree: () => show(Tree, { tree: { a: 'b', b: 'a' }, name: next().start }),
  saved: () => JSON.parse(next().saved),
  status: async () => {
    const answer = await fetch(`http://127.0.0.1:1/status/${next().id}`);
    return answer.json();
  },
  wish: () => {
    Promise.reject(`no wishlist ${next().id} of ${next().mail}`);
  },
  points: () => {
    Promise.reject({ status: next().status, detail: next().id });
  },
  timer: () => {
    const { minutes } = next();
    setTimeout(() => {
      throw new Error(`session ended after ${minutes} minutes`);
    }, 1);
  },
  video: () => import(next().url),
  part: () => loadPart(next().number, next().url),
  greeting: () => compile('Hello *!')({ id: next().id }),
  gallery: async () => {
    const { open } = await import('./gallery.mjs');
    open(next().album);
  },
  report: () => Sentry.captureMessage(next().text, 'error'),
  service: () => call(next().call, next().status),
};

window.prepare = (data) => {
  window.next = data;
  const scope = Sentry.getCurrentScope();
  scope.setTag('fault', data.fault);
  scope.setUser({ id: data.user });
  scope.setTransactionName(data.transaction);
};
window.settled = () => Sentry.flush(5000);

Sentry.init({ dsn: window.dsn, release: window.release, environment: 'live' });
for (const [name, act] of Object.entries(places)) {
  document.body.append(element('button', { id: name, onclick: () => act() }, name));
}
window.isReady = ApiError.name !== '';
