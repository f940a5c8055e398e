//! The invented shop whose errors are reported: files, functions and lines that stay the same from
//! event to event, as the code of a real program does. `python` and `javascript` show it.

use serde_json::{Map, Value, json};

use watchpost_demo::dice::{Dice, mix};
use watchpost_demo::words::{JAVASCRIPT_ERRORS, PYTHON_ERRORS, VERBS, WORDS};

/// Which SDK reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Python,
    JavaScript,
}

/// Lines that SDKs send before and after the line of a frame.
const CONTEXT_LINES: u64 = 5;
/// Files of the program and files of its libraries.
const OWN_FILES: u64 = 400;
const LIBRARY_FILES: u64 = 40;
/// Different places in a chain of library frames.
const LIBRARY_CHAIN: u64 = 20;

/// A place in the code.
pub(crate) struct Place {
    language: Language,
    file: u64,
    line: u64,
    is_own: bool,
}

impl Place {
    /// Where the frame of that depth (from 0, the crash) of an issue is.
    pub(crate) fn of(language: Language, issue: u64, depth: u64, is_own: bool) -> Self {
        // Libraries are the same below every issue, and call themselves: each middleware and each
        // component the next.
        let at = mix(if is_own {
            issue * 64 + depth + 1
        } else {
            depth % LIBRARY_CHAIN
        });
        let files = if is_own { OWN_FILES } else { LIBRARY_FILES };
        Self {
            language,
            file: at % files + if is_own { LIBRARY_FILES } else { 0 },
            line: 10 + (at >> 32) % 900,
            is_own,
        }
    }

    /// The dotted module.
    pub(crate) fn module(&self) -> String {
        let mut dice = Dice::new(mix(self.file) ^ 0x6d6f_6475);
        let (first, second) = (dice.pick(WORDS), dice.pick(WORDS));
        let file = self.file;
        match (self.language, self.is_own) {
            (Language::Python, true) => format!("shop.{first}.{second}{file}"),
            (Language::Python, false) => format!("django.{first}.{second}{file}"),
            (Language::JavaScript, true) => format!("src/{first}/{second}{file}"),
            (Language::JavaScript, false) => format!("node_modules/react-{first}/{second}{file}"),
        }
    }

    /// The function around the line.
    pub(crate) fn function(&self) -> String {
        let mut dice = Dice::new(mix(self.file * 1000 + self.line / 20));
        let (verb, noun) = (dice.pick(VERBS), dice.pick(WORDS));
        match self.language {
            Language::Python => format!("{verb}_{noun}"),
            Language::JavaScript => format!("{verb}{}", capital(noun)),
        }
    }

    /// What the function calls its variables, and where in the line it was.
    pub(crate) fn names(&self) -> Dice {
        Dice::new(mix(self.file * 1000 + self.line) ^ 0x7661_7273)
    }

    fn text(&self, line: u64) -> String {
        let mut dice = Dice::new(mix(self.file * 10_000 + line) ^ 0x7465_7874);
        match self.language {
            Language::Python => python_line(&mut dice),
            Language::JavaScript => javascript_line(&mut dice),
        }
    }

    /// The frame as both SDKs send it, without what only one of them has.
    pub(crate) fn frame(&self) -> Map<String, Value> {
        let lines = |from: u64, to: u64| -> Vec<String> {
            (from..to).map(|line| self.text(line)).collect()
        };
        let (module, line) = (self.module(), self.line);
        let (path, root) = match self.language {
            Language::Python => (format!("{}.py", module.replace('.', "/")), "/srv/app"),
            Language::JavaScript => (format!("{module}.ts"), "https://shop.example"),
        };
        let frame = json!({
            "filename": path,
            "abs_path": format!("{root}/{path}"),
            "function": self.function(),
            "module": module,
            "lineno": line,
            "pre_context": lines(line - CONTEXT_LINES, line),
            "context_line": self.text(line),
            "post_context": lines(line + 1, line + 1 + CONTEXT_LINES),
            "in_app": self.is_own,
        });
        match frame {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }
}

pub(crate) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn python_line(dice: &mut Dice) -> String {
    let mut word = || dice.pick(WORDS);
    let (a, b, c) = (word(), word(), word());
    let (verb, error) = (dice.pick(VERBS), dice.pick(PYTHON_ERRORS));
    match dice.below(9) {
        0 => format!(
            "        {a} = self.{b}s.{verb}_{c}({a}_id, limit={})",
            dice.below(500)
        ),
        1 => format!("        if {a}.{b} is None or not {c}.{b}_{a}:"),
        2 => format!("            raise {error}(\"{}\")", dice.words(5)),
        3 => format!("        return {verb}_{a}({b}, {c}=self.{c}, strict=True)"),
        4 => format!("        for {a} in {b}.{verb}_{c}s(order_by=\"{a}_{b}\"):"),
        5 => {
            let text = dice.words(4);
            format!("            logger.info(\"{text} %s\", {a}.{b}, extra={{\"{c}\": {c}}})")
        }
        6 => String::new(),
        7 => format!("    def {verb}_{a}(self, {b}, {c}=None, *, {a}_{c}: int = 0):"),
        _ => format!("        {a}_{b} = {{{c}.id: {c} for {c} in {a}s if {c}.{b}}}"),
    }
}

fn javascript_line(dice: &mut Dice) -> String {
    let mut word = || dice.pick(WORDS);
    let (a, b, c) = (word(), word(), word());
    let (verb, error) = (dice.pick(VERBS), dice.pick(JAVASCRIPT_ERRORS));
    let name = capital(b);
    match dice.below(9) {
        0 => format!(
            "  const {a} = await this.{b}s.{verb}{name}({c}Id, {{ limit: {} }});",
            c.len()
        ),
        1 => format!("  if (!{a}.{b} || {c}.{a}{name} === undefined) {{"),
        2 => format!("    throw new {error}('{}');", dice.words(5)),
        3 => format!("  return {verb}{name}({a}, {{ ...{c}, {b}: true }});"),
        4 => format!("  for (const {a} of {b}.{verb}{name}s('{c}')) {{"),
        5 => format!("    console.info('{}', {a}.{b}, {{ {c} }});", dice.words(4)),
        6 => "  }".to_owned(),
        7 => format!("export async function {verb}{name}({a}: {name}, {c} = 0): Promise<void> {{"),
        _ => format!("  const {a}{name} = {c}s.filter(({c}) => {c}.{b}).map(to{name});"),
    }
}
