//! `watchpost init`: what a first start would ask or print, for scripts.

use anyhow::{Context, Result, bail};
use serde::Serialize;
use watchpost_model::{OrgId, Role, Scope, UserId};
use watchpost_store::{Ledger, MemberLedger, NewToken, NewUser, UserLedger};
use watchpost_web::secret::{Secret, TOKEN_PREFIX};

use crate::config::Config;
use crate::first_start::{self, Names, Start};
use crate::out;
use crate::wiring::House;

/// Create everything a new installation needs, without asking, and print it.
///
/// Makes the data directory, an organization, a project with its key, and an API token with every
/// scope. The token is shown this once: only its hash is kept. Run it before the first `serve`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Name of the organization.
    #[arg(long, default_value = "Main", value_name = "NAME")]
    org: String,
    /// Name of the project.
    #[arg(long, default_value = "App", value_name = "NAME")]
    project: String,
    /// Address under which the server will be reached [default: the configured one].
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Print one JSON object: org, project, `project_id`, dsn, `store_path`, `store_key`, token,
    /// `setup_url`.
    #[arg(long)]
    json: bool,
}

/// What was created, as scripts read it.
#[derive(Serialize)]
struct Created {
    org: String,
    project: String,
    project_id: i64,
    dsn: String,
    store_path: &'static str,
    store_key: String,
    token: String,
    setup_url: String,
}

pub(crate) fn run(args: &Args, config: &Config) -> Result<()> {
    let house = House::open(config)?;
    let ledger: &dyn Ledger = &*house.ledger;
    if !ledger.orgs()?.is_empty() {
        bail!(
            "{} is initialised already: `watchpost key list` shows its keys",
            house.dir.path().display()
        );
    }
    let (now, names) = (
        house.now(),
        Names {
            org: &args.org,
            project: &args.project,
        },
    );
    let start = first_start::create(ledger, &names, now)?;
    let token = create_token(&house, start.org.id)?;
    let setup_path = first_start::setup_path(ledger, now)?;
    let base = args.public_url.clone().unwrap_or_else(|| config.base_url());
    let created = describe(&start, &base, token, &setup_path);
    if args.json {
        return out::say_json(&created);
    }
    out::say(&format!("Organization     {}", created.org))?;
    out::say(&format!("Project          {}", created.project))?;
    out::say(&format!("DSN              {}", created.dsn))?;
    out::say(&format!("Seed protocol    {base}{}", created.store_path))?;
    out::say(&format!("          key    {}", created.store_key))?;
    out::say(&format!(
        "API token        {} (shown this once)",
        created.token
    ))?;
    out::say(&format!("First user       {}", created.setup_url))
}

fn describe(start: &Start, base: &str, token: String, setup_path: &str) -> Created {
    Created {
        org: start.org.slug.clone(),
        project: start.project.slug.clone(),
        project_id: start.project.id.0,
        dsn: start.key.dsn(base),
        store_path: "/store/",
        store_key: start.key.secret.clone(),
        token,
        setup_url: format!("{}{setup_path}", base.trim_end_matches('/')),
    }
}

/// A token belongs to somebody; this one to a user who cannot sign in.
fn create_token(house: &House, org: OrgId) -> Result<String> {
    let new = NewUser {
        email: "init@localhost",
        name: "watchpost init",
        password_hash: first_start::NO_PASSWORD,
    };
    let user = house
        .ledger
        .create_user(&new, house.now())
        .context("failed to create the token's user")?;
    house
        .ledger
        .put_member(org, user.id, Role::Owner, house.now())?;
    grant(house, user.id, "watchpost init")
}

/// Creates a token with every scope and returns it.
pub(crate) fn grant(house: &House, user: UserId, label: &str) -> Result<String> {
    let token = Secret::draw(TOKEN_PREFIX)?;
    let scopes: Vec<Scope> = Scope::ALL
        .iter()
        .map(|scope| Scope((*scope).to_owned()))
        .collect();
    let new = NewToken {
        user,
        label,
        hash: token.hash(),
        last_four: token.last_four(),
        scopes: &scopes,
    };
    house
        .ledger
        .create_token(&new, house.now())
        .context("failed to create the token")?;
    Ok(token.as_str().to_owned())
}
