//! Whose a frame is: from a frame of an event to a stack rule of the project, with what it says and
//! what it would do to the last events.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use watchpost_model::{Grouping, Project, Rules};

use super::super::form::{Fields, Form};
use super::super::shell::{Scope, Shell, ask, said};
use super::super::{PageError, Visit};
use super::forecast::{self, Forecast};
use super::{change, faults_of, load};
use crate::App;

#[derive(Template)]
#[template(path = "rules_frame.html")]
struct FramePage {
    shell: Shell,
    org: String,
    project: Project,
    tab: &'static str,
    draft: Draft,
    choices: Vec<Choice>,
    faults: Vec<String>,
    forecast: Option<Forecast>,
}

/// What an address or a form says of a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Draft {
    function: String,
    module: String,
    path: String,
    /// Whether it is to be the application's.
    is_app: bool,
    /// Which frames are meant: the name of a choice.
    which: String,
}

/// Frames that a rule can be about.
#[derive(Debug, PartialEq, Eq)]
struct Choice {
    name: &'static str,
    words: String,
    /// The line of the rules.
    rule: String,
    is_chosen: bool,
}

impl Draft {
    fn read(fields: &Fields) -> Self {
        // A rule is one line.
        let field = |name: &str| fields.get(name).replace(char::is_control, "");
        Self {
            function: field("function"),
            module: field("module"),
            path: field("path"),
            is_app: fields.get("app") == "yes",
            which: field("which"),
        }
    }

    /// The narrowest first.
    fn choices(&self) -> Vec<Choice> {
        let path = self.path.replace('\\', "/");
        let path = path.trim_start_matches(['.', '/']);
        let (function, module) = (pattern(&self.function), pattern(&self.module));
        let in_folder = format!("path:**/{}", pattern(path));
        let sign = if self.is_app { '+' } else { '-' };
        let (has_function, has_module, has_path) = (
            !self.function.is_empty(),
            !self.module.is_empty(),
            !path.is_empty() && !path.contains(['"', ' ', '*', '?', '[', ']', '{', '}', ',']),
        );
        let all = [
            (
                "function",
                has_function && (has_module || has_path),
                format!("The function {} of this place", self.function),
                if has_module {
                    format!("function:{function} module:{module}")
                } else {
                    format!("function:{function} {in_folder}")
                },
            ),
            (
                "module",
                has_module,
                format!("All of the module {}", self.module),
                format!("module:{module}"),
            ),
            (
                "file",
                has_path,
                format!("All of the file {path}"),
                in_folder.clone(),
            ),
        ];
        let there = all.into_iter().filter(|(_, is_there, ..)| *is_there);
        let mut choices: Vec<Choice> = there
            .map(|(name, _, words, matchers)| Choice {
                name,
                words,
                rule: format!("{matchers} {sign}app"),
                is_chosen: name == self.which,
            })
            .collect();
        if choices.iter().all(|choice| !choice.is_chosen)
            && let Some(first) = choices.first_mut()
        {
            first.is_chosen = true;
        }
        choices
    }

    /// The line of the rules that is meant.
    fn rule(&self) -> Option<String> {
        let mut choices = self.choices().into_iter();
        let chosen = choices.find(|choice| choice.is_chosen);
        chosen.map(|choice| choice.rule)
    }
}

/// A text as a pattern that fits nothing else.
fn pattern(text: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "._-/:$@".contains(letter);
    if text.chars().all(is_plain) {
        return text.to_owned();
    }
    let mut out = "\"".to_owned();
    for letter in text.chars() {
        if "*?[]{},\"\\".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out.push('"');
    out
}

/// The rules with one more line, unless it is there.
fn with_rule(today: &Grouping, rule: &str) -> Grouping {
    let mut text = today.stack_rules.trim_end().to_owned();
    if text.lines().any(|line| line.trim() == rule) {
        return today.clone();
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(rule);
    text.push('\n');
    Grouping {
        stack_rules: text,
        ..today.clone()
    }
}

/// `GET …/grouping/frame/?function=…&module=…&path=…&app=no`
pub(super) async fn show(
    State(app): State<App>,
    Path((org, slug)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (scope, project, _) = ask(&app, move |app| load(app, &org, &slug)).await?;
    let draft = Draft::read(&visit.params);
    if draft.rule().is_none() {
        return Err(PageError::Missing("frame"));
    }
    page(&visit, &scope, project, draft, (Vec::new(), None))
}

/// Adds the rule, or shows what it would do.
pub(super) async fn save(
    State(app): State<App>,
    Path((org, slug)): Path<(String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let names = (org.clone(), slug.clone());
    let (scope, project, today) = ask(&app, move |app| load(app, &names.0, &names.1)).await?;
    let draft = Draft::read(&form.fields);
    let rule = draft.rule().ok_or(PageError::Missing("frame"))?;
    let grouping = with_rule(&today.grouping, &rule);
    let rules = Rules {
        grouping: grouping.clone(),
        ..Rules::default()
    };
    let faults = faults_of(&app, rules).await?;
    if !faults.is_empty() {
        let faults = faults.iter().map(ToString::to_string).collect();
        let page = page(&form.visit, &scope, project, draft, (faults, None))?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    if form.fields.get("do") == "try" {
        let id = project.id;
        let forecast = ask(&app, move |app| {
            forecast::make(app, id, &today.grouping, &grouping)
        });
        let forecast = Some(forecast.await?);
        return page(&form.visit, &scope, project, draft, (Vec::new(), forecast));
    }
    change(&app, &form.visit, &project, move |rules| {
        rules.grouping = with_rule(&rules.grouping, &rule);
    })
    .await?;
    Ok(said(&form.visit.at.rules(&org, &slug, "grouping"), "saved"))
}

fn page(
    visit: &Visit,
    scope: &Scope,
    project: Project,
    draft: Draft,
    (faults, forecast): (Vec<String>, Option<Forecast>),
) -> Result<Response, PageError> {
    visit.answer(&FramePage {
        shell: visit.shell(scope, "settings", &format!("Frames of {}", project.name)),
        org: scope.org.slug.clone(),
        project,
        tab: "grouping",
        choices: draft.choices(),
        draft,
        faults,
        forecast,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::check;

    fn draft(query: &str) -> Draft {
        Draft::read(&Fields::parse(query.as_bytes()))
    }

    #[test]
    fn rules_are_offered_the_narrowest_first() {
        let check = |query: &str, expect: &[&str]| {
            let choices = draft(query).choices();
            let rules: Vec<_> = choices.iter().map(|one| one.rule.as_str()).collect();
            assert_eq!(rules, expect, "{query}");
        };
        check(
            "function=pay&module=shop.pay&path=./shop/pay.py",
            &[
                "function:pay module:shop.pay -app",
                "module:shop.pay -app",
                "path:**/shop/pay.py -app",
            ],
        );
        check(
            "function=pay&path=shop/pay.py&app=yes",
            &[
                "function:pay path:**/shop/pay.py +app",
                "path:**/shop/pay.py +app",
            ],
        );
        check("function=pay", &[]);
        assert_eq!(
            draft("module=a&path=b&which=file").rule().as_deref(),
            Some("path:**/b -app")
        );
    }

    #[test]
    fn what_a_client_named_is_no_pattern_and_no_second_line() {
        for name in ["<lambda>", "a*b", "a\"b", "a\\b", "a [x] {y}", "a\n-group"] {
            let draft = Draft {
                function: name.replace(char::is_control, ""),
                module: "m".to_owned(),
                ..Draft::default()
            };
            let rule = draft.rule().unwrap();
            let rules = Rules {
                grouping: with_rule(&Grouping::default(), &rule),
                ..Rules::default()
            };
            assert_eq!(check(&rules), [], "{rule}");
            assert_eq!(rules.grouping.stack_rules.lines().count(), 1, "{rule}");
        }
    }

    #[test]
    fn a_rule_is_added_once() {
        let once = with_rule(&Grouping::default(), "module:a -app");
        assert_eq!(once.stack_rules, "module:a -app\n");
        assert_eq!(with_rule(&once, "module:a -app"), once);
        let two = with_rule(&once, "module:b -app");
        assert_eq!(two.stack_rules, "module:a -app\nmodule:b -app\n");
    }
}
