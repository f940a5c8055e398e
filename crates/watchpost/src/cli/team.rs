//! `watchpost team`: people who look after issues together.

use anyhow::{Context, Result, anyhow, bail};
use serde::Serialize;
use watchpost_model::{Roster, Team, User};
use watchpost_store::{Actor, NewTeam, OrgLedger, TeamLedger, UserLedger};
use watchpost_web::audit::audited;
use watchpost_web::naming::{shown_name, team_slug};

use crate::config::Config;
use crate::out;
use crate::wiring::House;

/// Create, change and list teams.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Create a team without members.
    Create {
        /// Its name; what rules and searches call it is made from it.
        name: String,
    },
    /// List all teams.
    List {
        /// Print one JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Give a team another name. Rules that name it by the old one have to be changed, too.
    Rename {
        /// Its slug or its number.
        team: String,
        /// Its new name.
        name: String,
    },
    /// Delete a team. Its issues are nobody's then.
    Delete {
        /// Its slug or its number.
        team: String,
    },
    /// Put somebody into a team.
    Add {
        /// Its slug or its number.
        team: String,
        /// The address of a user.
        email: String,
    },
    /// Take somebody out of a team.
    Remove {
        /// Its slug or its number.
        team: String,
        /// The address of a user.
        email: String,
    },
}

#[derive(Serialize)]
struct Row {
    org: String,
    team: String,
    team_id: i64,
    name: String,
    members: Vec<String>,
}

pub(crate) fn run(args: &Args, config: &Config) -> Result<()> {
    let house = House::open_existing(config)?;
    audited(&*house.ledger, &*house.clock, || act(args, &house))
}

fn act(args: &Args, house: &House) -> Result<()> {
    let ledger = &house.ledger;
    match &args.verb {
        Verb::Create { name } => {
            let orgs = ledger.orgs()?;
            let org = orgs.first().context("there is no organization")?;
            let slug = team_slug("", name).map_err(|wrong| anyhow!(wrong))?;
            let new = NewTeam {
                org: org.id,
                slug: &slug,
                name: shown_name(name, &slug).map_err(|wrong| anyhow!(wrong))?,
            };
            ledger.create_team(&new, house.now())?;
            out::say(&format!("created #{slug}"))
        }
        Verb::List { json: true } => out::say_json(&rows(house)?),
        Verb::List { json: false } => rows(house)?.iter().try_for_each(|row| {
            let members = row.members.join(", ");
            out::say(&format!("#{:32} {members}", row.team))
        }),
        Verb::Rename { team, name } => {
            let team = find(house, team)?;
            let slug = team_slug("", name).map_err(|wrong| anyhow!(wrong))?;
            let name = shown_name(name, &slug).map_err(|wrong| anyhow!(wrong))?;
            let name = name.to_owned();
            let was = team.slug.clone();
            let renamed = Team { slug, name, ..team };
            ledger.update_team(&renamed)?;
            out::say(&format!("#{was} is #{} now", renamed.slug))
        }
        Verb::Delete { team } => {
            let team = find(house, team)?;
            let left = ledger.delete_team(&team, Actor::System, house.now())?;
            let slug = team.slug;
            out::say(&format!(
                "deleted #{slug}; issues that are nobody's now: {left}"
            ))
        }
        Verb::Add { team, email } => set_member(house, team, email, true),
        Verb::Remove { team, email } => set_member(house, team, email, false),
    }
}

fn rows(house: &House) -> Result<Vec<Row>> {
    let users = house.ledger.users()?;
    let mut rows = Vec::new();
    for org in house.ledger.orgs()? {
        for Roster { team, members, .. } in house.ledger.teams(org.id)? {
            let is_in = |user: &&User| members.contains(&user.id);
            let members = users.iter().filter(is_in);
            rows.push(Row {
                org: org.slug.clone(),
                team: team.slug,
                team_id: team.id.0,
                name: team.name,
                members: members.map(|user| user.email.clone()).collect(),
            });
        }
    }
    Ok(rows)
}

fn find(house: &House, name: &str) -> Result<Team> {
    let name = name.trim_start_matches('#');
    for org in house.ledger.orgs()? {
        let teams = house.ledger.teams(org.id)?;
        if let Some(roster) = watchpost_store::find_team(&teams, name) {
            return Ok(roster.team.clone());
        }
    }
    bail!("there is no team `{name}`; `watchpost team list` shows all")
}

fn set_member(house: &House, team: &str, email: &str, is_in: bool) -> Result<()> {
    let team = find(house, team)?;
    let found = house.ledger.user_by_email(&email.trim().to_lowercase())?;
    let (user, _) = found
        .with_context(|| format!("there is no user `{email}`; `watchpost user list` shows all"))?;
    let changed = house.ledger.set_member(&team, user.id, is_in)?;
    let (email, slug) = (user.email, team.slug);
    out::say(&match (changed, is_in) {
        (true, true) => format!("{email} is in #{slug} now"),
        (true, false) => format!("{email} is no longer in #{slug}"),
        (false, _) => "nothing to change".to_owned(),
    })
}
