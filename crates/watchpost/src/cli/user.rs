//! `watchpost user`: the people who sign in.

use std::io::Read;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use watchpost_store::{NewUser, UserLedger};
use watchpost_web::secret::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, hash_password};

use crate::cli::init::grant;
use crate::config::Config;
use crate::wiring::House;
use crate::{first_start, out};

/// Create and list the people who sign in, give them passwords and API tokens.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Create a user; the password is read from standard input.
    Create {
        /// The address that they sign in with.
        email: String,
        /// What they are called [default: the part before the at sign].
        #[arg(long)]
        name: Option<String>,
    },
    /// List all users.
    List {
        /// Print one JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Set a new password, read from standard input, and end all sessions of the user.
    Password {
        /// The address that they sign in with.
        email: String,
    },
    /// Create an API token with every scope and print it, this once.
    Token {
        /// The address of the user in whose name it acts.
        email: String,
        /// What to call it.
        #[arg(long, default_value = "command line")]
        label: String,
    },
    /// Print a one-time link that creates a user. Links given out before stop working.
    Link,
}

#[derive(Serialize)]
struct Row {
    email: String,
    name: String,
    created: String,
}

pub(crate) fn run(args: &Args, config: &Config) -> Result<()> {
    let house = House::open_existing(config)?;
    match &args.verb {
        Verb::Create { email, name } => create(&house, email, name.as_deref()),
        Verb::List { json: true } => out::say_json(&rows(&house)?),
        Verb::List { json: false } => rows(&house)?
            .iter()
            .try_for_each(|row| out::say(&format!("{:32} {}", row.email, row.name))),
        Verb::Password { email } => {
            let (user, _) = find(&house, email)?;
            house.ledger.set_password(user.id, &read_password_hash()?)?;
            out::say(&format!(
                "{} has a new password; all sessions are ended",
                user.email
            ))
        }
        Verb::Token { email, label } => {
            let (user, _) = find(&house, email)?;
            out::say(&grant(&house, user.id, label)?)
        }
        Verb::Link => {
            let path = first_start::setup_path(&*house.ledger, house.now())?;
            out::say(&format!("{}{path}", house.base_url))
        }
    }
}

fn create(house: &House, email: &str, name: Option<&str>) -> Result<()> {
    let email = email.trim().to_lowercase();
    let parts = email.split_once('@');
    let parts = parts.filter(|(who, host)| !who.is_empty() && !host.is_empty());
    let Some((local, _)) = parts.filter(|_| !email.contains(char::is_whitespace)) else {
        bail!("`{email}` is not an e-mail address");
    };
    let new = NewUser {
        email: &email,
        name: name.unwrap_or(local),
        password_hash: &read_password_hash()?,
    };
    let user = house.ledger.create_user(&new, house.now())?;
    out::say(&format!("created {}", user.email))
}

fn rows(house: &House) -> Result<Vec<Row>> {
    let users = house.ledger.users()?;
    let row = |user: watchpost_model::User| Row {
        email: user.email,
        name: user.name,
        created: user.created.to_string(),
    };
    Ok(users.into_iter().map(row).collect())
}

fn find(house: &House, email: &str) -> Result<(watchpost_model::User, String)> {
    let found = house.ledger.user_by_email(&email.trim().to_lowercase())?;
    found.with_context(|| format!("there is no user `{email}`; `watchpost user list` shows all"))
}

/// From standard input, because arguments are visible to everybody on the machine.
fn read_password_hash() -> Result<String> {
    let mut password = String::new();
    std::io::stdin()
        .take(4096)
        .read_to_string(&mut password)
        .context("failed to read the password from standard input")?;
    let password = password.trim_end_matches(['\r', '\n']);
    if password.chars().count() < PASSWORD_CHARS_MIN || password.len() > PASSWORD_BYTES_MAX {
        bail!("a password has {PASSWORD_CHARS_MIN} characters or more, on standard input");
    }
    Ok(hash_password(password)?)
}
