//! `watchpost user`: the people who sign in.

use std::io::Read;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use watchpost_model::Role;
use watchpost_store::{MemberLedger, NewUser, OrgLedger, TwoFactorLedger, UserLedger};
use watchpost_web::audit::audited;
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
        /// What they are in every organization: member, admin, manager or owner.
        #[arg(long, default_value = "owner", value_parser = role)]
        role: Role,
    },
    /// Say what a user is in an organization: member, admin, manager, owner; `none` takes them out.
    Role {
        /// The address that they sign in with.
        email: String,
        /// The role.
        role: String,
        /// Slug of the organization [default: all].
        #[arg(long)]
        org: Option<String>,
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
    /// Switch the second factor of a user off, who lost it.
    TwoFactorOff {
        /// The address that they sign in with.
        email: String,
    },
    /// Print a one-time link that creates a user. Links given out before stop working.
    Link,
}

#[derive(Serialize)]
struct Row {
    email: String,
    name: String,
    created: String,
    /// `acme: owner`.
    roles: Vec<String>,
}

pub(crate) fn run(args: &Args, config: &Config) -> Result<()> {
    let house = House::open_existing(config)?;
    audited(&*house.ledger, &*house.clock, || act(&args.verb, &house))
}

fn act(verb: &Verb, house: &House) -> Result<()> {
    match verb {
        Verb::Create { email, name, role } => create(house, email, name.as_deref(), *role),
        Verb::Role { email, role, org } => set_role(house, email, role, org.as_deref()),
        Verb::List { json: true } => out::say_json(&rows(house)?),
        Verb::List { json: false } => rows(house)?.iter().try_for_each(|row| {
            let roles = row.roles.join(", ");
            out::say(&format!("{:32} {:24} {roles}", row.email, row.name))
        }),
        Verb::Password { email } => {
            let (user, _) = find(house, email)?;
            house.ledger.set_password(user.id, &read_password_hash()?)?;
            out::say(&format!(
                "{} has a new password; all sessions are ended",
                user.email
            ))
        }
        Verb::Token { email, label } => {
            let (user, _) = find(house, email)?;
            out::say(&grant(house, user.id, label)?)
        }
        Verb::TwoFactorOff { email } => {
            let (user, _) = find(house, email)?;
            house.ledger.drop_two_factor(user.id)?;
            out::say(&format!("{} signs in with a password alone", user.email))
        }
        Verb::Link => {
            let path = first_start::setup_path(&*house.ledger, house.now())?;
            out::say(&format!("{}{path}", house.base_url))
        }
    }
}

/// A role by its name, for the command line.
fn role(name: &str) -> Result<Role, String> {
    let names = Role::ALL.map(Role::name).join(", ");
    Role::from_name(name).ok_or_else(|| format!("there is no role `{name}`; there are: {names}"))
}

fn create(house: &House, email: &str, name: Option<&str>, role: Role) -> Result<()> {
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
    for org in house.ledger.orgs()? {
        house
            .ledger
            .put_member(org.id, user.id, role, house.now())?;
    }
    out::say(&format!("created {}", user.email))
}

fn set_role(house: &House, email: &str, name: &str, org: Option<&str>) -> Result<()> {
    let (user, _) = find(house, email)?;
    let wanted = match name {
        "none" => None,
        name => Some(role(name).map_err(anyhow::Error::msg)?),
    };
    let mut orgs = match (&wanted, org) {
        // Out of those that they are in.
        (None, None) => {
            let theirs = house.ledger.memberships(user.id)?.into_iter();
            theirs.map(|(org, _)| org).collect()
        }
        _ => house.ledger.orgs()?,
    };
    if let Some(slug) = org {
        orgs.retain(|org| org.slug == slug);
        if orgs.is_empty() {
            bail!("there is no organization `{slug}`");
        }
    }
    if orgs.is_empty() {
        bail!("{} is in no organization", user.email);
    }
    for org in orgs {
        match wanted {
            Some(role) => house
                .ledger
                .put_member(org.id, user.id, role, house.now())?,
            None => house.ledger.remove_member(org.id, user.id)?,
        }
        out::say(&format!("{} in {}: {name}", user.email, org.slug))?;
    }
    Ok(())
}

fn rows(house: &House) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for user in house.ledger.users()? {
        let roles = house.ledger.memberships(user.id)?.into_iter();
        rows.push(Row {
            roles: roles
                .map(|(org, role)| format!("{}: {}", org.slug, role.name()))
                .collect(),
            email: user.email,
            name: user.name,
            created: user.created.to_string(),
        });
    }
    Ok(rows)
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
