//! What the lexer has to know of each family of languages, and how a frame tells its own. Pure.

/// A family of languages that colour alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    Python,
    Script,
    Rust,
    Go,
    /// Java, Kotlin, C#, Swift, C and what else wears braces.
    Curly,
    Php,
    Ruby,
    Sql,
    /// Nobody knows: nothing is coloured.
    #[default]
    Plain,
}

/// How comments and strings begin and end, and which words are the language's own.
pub(super) struct Grammar {
    pub(super) comments: &'static [&'static str],
    pub(super) block: Option<(&'static str, &'static str)>,
    /// Longer ones first.
    pub(super) quotes: &'static [&'static str],
    pub(super) keywords: &'static str,
    /// `'` also begins a lifetime.
    pub(super) has_lifetimes: bool,
    /// Keywords are the same in any case.
    pub(super) has_any_case: bool,
}

const SLASHES: (&[&str], Option<(&str, &str)>) = (&["//"], Some(("/*", "*/")));

const PYTHON: Grammar = Grammar {
    comments: &["#"],
    block: None,
    quotes: &["\"\"\"", "'''", "\"", "'"],
    keywords: " False None True and as assert async await break case class continue def del elif \
               else except finally for from global if import in is lambda match nonlocal not or \
               pass raise return self try while with yield ",
    has_lifetimes: false,
    has_any_case: false,
};

const SCRIPT: Grammar = Grammar {
    comments: SLASHES.0,
    block: SLASHES.1,
    quotes: &["\"", "'", "`"],
    keywords: " abstract as async await break case catch class const continue debugger declare \
               default delete do else enum export extends false finally for from function get if \
               implements import in instanceof interface let new null of private protected public \
               readonly return set static super switch this throw true try type typeof undefined \
               var void while yield ",
    has_lifetimes: false,
    has_any_case: false,
};

const RUST: Grammar = Grammar {
    comments: SLASHES.0,
    block: SLASHES.1,
    quotes: &["\"", "'"],
    keywords: " Self as async await break const continue crate dyn else enum extern false fn for \
               if impl in let loop match mod move mut pub ref return self static struct super \
               trait true type unsafe use where while ",
    has_lifetimes: true,
    has_any_case: false,
};

const GO: Grammar = Grammar {
    comments: SLASHES.0,
    block: SLASHES.1,
    quotes: &["\"", "'", "`"],
    keywords: " break case chan const continue default defer else fallthrough false for func go \
               goto if import interface map nil package range return select struct switch true \
               type var ",
    has_lifetimes: false,
    has_any_case: false,
};

const CURLY: Grammar = Grammar {
    comments: SLASHES.0,
    block: SLASHES.1,
    quotes: &["\"\"\"", "\"", "'"],
    keywords: " abstract as async await base bool boolean break byte case catch char class const \
               continue default defer do double else enum extends extension false final finally \
               float for foreach fun func get guard if implements import in init inline instanceof \
               int interface internal is let lock long namespace new nil null nullptr object \
               operator out override package private protected public record ref return sealed \
               self set short sizeof static string struct super suspend switch synchronized \
               template this throw throws trait true try typedef typename unsigned using val var \
               virtual void volatile when where while yield ",
    has_lifetimes: false,
    has_any_case: false,
};

const PHP: Grammar = Grammar {
    comments: &["//", "#"],
    block: SLASHES.1,
    quotes: &["\"", "'", "`"],
    keywords: " abstract and array as break callable case catch class clone const continue declare \
               default do echo else elseif empty enum extends false final finally fn for foreach \
               function global if implements include include_once instanceof interface isset list \
               match namespace new null or print private protected public readonly require \
               require_once return self static switch throw trait true try unset use var while \
               xor yield ",
    has_lifetimes: false,
    has_any_case: false,
};

const RUBY: Grammar = Grammar {
    comments: &["#"],
    block: None,
    quotes: &["\"", "'", "`"],
    keywords: " alias and begin break case class def defined do else elsif end ensure false for if \
               in module next nil not or raise redo require rescue retry return self super then \
               true undef unless until when while yield ",
    has_lifetimes: false,
    has_any_case: false,
};

const SQL: Grammar = Grammar {
    comments: &["--"],
    block: SLASHES.1,
    quotes: &["'"],
    keywords: " add all alter and as asc begin between by case commit create delete desc distinct \
               drop else end exists false for from full group having in index inner insert into is \
               join left like limit not null offset on or order outer release returning right \
               rollback savepoint select set table then true union update using values when where \
               with ",
    has_lifetimes: false,
    has_any_case: true,
};

const PLAIN: Grammar = Grammar {
    comments: &[],
    block: None,
    quotes: &[],
    keywords: "",
    has_lifetimes: false,
    has_any_case: false,
};

impl Language {
    /// By the end of the file's name, or else by what the client says that it runs on.
    pub(crate) fn of(file: &str, platform: &str) -> Self {
        let path = file.split(['?', '#']).next().unwrap_or(file);
        let end = path.rsplit_once('.').map_or("", |(_, end)| end);
        match end.to_ascii_lowercase().as_str() {
            "py" | "pyi" | "pyx" => Self::Python,
            "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "tsx" | "vue" | "svelte" => Self::Script,
            "rs" => Self::Rust,
            "go" => Self::Go,
            "java" | "kt" | "kts" | "cs" | "scala" | "groovy" | "dart" | "swift" | "c" | "cc"
            | "cpp" | "cxx" | "h" | "hpp" | "m" | "mm" => Self::Curly,
            "php" | "phtml" => Self::Php,
            "rb" | "rake" => Self::Ruby,
            "html" | "htm" | "txt" | "xml" | "css" | "sql" | "json" => Self::Plain,
            _ => Self::of_platform(platform),
        }
    }

    fn of_platform(platform: &str) -> Self {
        match platform {
            "python" => Self::Python,
            "javascript" | "node" => Self::Script,
            "rust" => Self::Rust,
            "go" => Self::Go,
            "java" | "csharp" | "native" | "c" | "objc" | "cocoa" => Self::Curly,
            "php" => Self::Php,
            "ruby" => Self::Ruby,
            _ => Self::Plain,
        }
    }

    pub(super) fn grammar(self) -> &'static Grammar {
        match self {
            Self::Python => &PYTHON,
            Self::Script => &SCRIPT,
            Self::Rust => &RUST,
            Self::Go => &GO,
            Self::Curly => &CURLY,
            Self::Php => &PHP,
            Self::Ruby => &RUBY,
            Self::Sql => &SQL,
            Self::Plain => &PLAIN,
        }
    }
}

impl Grammar {
    pub(super) fn is_keyword(&self, word: &str) -> bool {
        let is_same = |keyword: &str| {
            let in_any_case = self.has_any_case && keyword.eq_ignore_ascii_case(word);
            in_any_case || keyword == word
        };
        !word.is_empty() && self.keywords.split(' ').any(is_same)
    }
}
