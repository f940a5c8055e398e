//! What a company has before its month begins: people, teams, projects, keys and rules, made by
//! the functions that the pages and the command line use.

use anyhow::{Context, Result};
use watchpost_demo::{CAST, Door, PEOPLE, PROGRAMS, Plan, Program, ProgramFacts, TEAMS};
use watchpost_model::{OrgId, Project, Role, TeamId, UserId};
use watchpost_store::{
    Actor, DashboardLedger, KeyLedger, MemberLedger, NewKey, NewProject, NewQuery, NewTeam,
    NewTile, NewUser, OrgLedger, ProjectLedger, RulesLedger, TeamLedger, TileShape, UserLedger,
};
use watchpost_web::secret::hash_password;

use crate::first_start::NO_PASSWORD;
use crate::wiring::House;

/// The company, as the ledger knows it.
pub(super) struct Company {
    people: Vec<UserId>,
    teams: Vec<TeamId>,
    projects: Vec<(Project, Door)>,
}

impl Company {
    /// Founds it. Only the first person has a password.
    pub(super) fn found(house: &House, plan: &Plan, password: &str) -> Result<Self> {
        let (ledger, now) = (&house.ledger, plan.since());
        let org = ledger.create_org(CAST.slug, CAST.name, now)?.id;
        let mut people = Vec::new();
        let mut hash = hash_password(password)?;
        let roles = [Role::Owner, Role::Manager, Role::Admin, Role::Admin];
        let roles = roles.into_iter().chain(std::iter::repeat(Role::Member));
        for (person, role) in PEOPLE.iter().zip(roles) {
            let new = NewUser {
                email: &person.email(),
                name: person.name,
                password_hash: &hash,
            };
            let user = ledger.create_user(&new, now)?.id;
            ledger.put_member(org, user, role, now)?;
            people.push(user);
            NO_PASSWORD.clone_into(&mut hash);
        }
        let projects = PROGRAMS.iter().map(|facts| create(house, plan, org, facts));
        let mut company = Self {
            people,
            teams: Vec::new(),
            projects: projects.collect::<Result<_>>()?,
        };
        company.form_teams(house, plan, org)?;
        company.write_rules(house, plan)?;
        company.make_dashboard(house, plan, org)?;
        Ok(company)
    }

    /// Somebody, by their place in the cast.
    pub(super) fn person(&self, place: usize) -> Result<UserId> {
        let person = self.people.get(place).copied();
        person.context("the plan names somebody who does not work there")
    }

    /// A team, likewise.
    pub(super) fn team(&self, place: usize) -> Result<TeamId> {
        let team = self.teams.get(place).copied();
        team.context("the plan names a team that is not there")
    }

    /// The project of a program, and where it reports to.
    pub(super) fn project(&self, program: Program) -> Result<&(Project, Door)> {
        let slug = program.facts().slug;
        let mut projects = self.projects.iter();
        let found = projects.find(|(project, _)| project.slug == slug);
        found.context("the plan names a program that is not there")
    }

    fn form_teams(&mut self, house: &House, plan: &Plan, org: OrgId) -> Result<()> {
        for facts in &TEAMS {
            let new = NewTeam {
                org,
                slug: facts.slug,
                name: facts.name,
            };
            let team = house.ledger.create_team(&new, plan.since())?;
            for member in facts.members {
                house
                    .ledger
                    .set_member(&team, self.person(*member)?, true)?;
            }
            for program in facts.programs {
                let project = self.project(*program)?.0.id;
                house.ledger.set_team_project(&team, project, true)?;
            }
            self.teams.push(team.id);
        }
        Ok(())
    }

    fn make_dashboard(&self, house: &House, plan: &Plan, org: OrgId) -> Result<()> {
        let (ledger, now) = (&house.ledger, plan.since());
        let creator = self.person(0)?;
        let made = ledger.create_dashboard(org, "Every morning", creator, now)?;
        for (name, asked, shape) in TILES {
            let query = NewQuery {
                org,
                owner: None,
                name,
                asked,
                creator,
            };
            ledger.save_query(&query, now)?;
            let tile = NewTile { name, asked, shape };
            ledger.add_tile(org, made.id, &tile, now)?;
        }
        Ok(())
    }

    fn write_rules(&self, house: &House, plan: &Plan) -> Result<()> {
        let by = Actor::User(self.person(0)?);
        for facts in &PROGRAMS {
            let project = self.project(facts.program)?.0.id;
            let change = |rules: &mut watchpost_model::Rules| {
                rules.filters.browser_extensions = facts.program == Program::Web;
                facts.ownership.clone_into(&mut rules.ownership.rules);
                // People of the month decide themselves.
                rules.ownership.auto_assign = false;
            };
            let now = plan.since();
            house.ledger.change_rules(project, &change, by, now)?;
        }
        Ok(())
    }
}

/// What the company looks at in the morning: names, questions, and how they are shown.
const TILES: [(&str, &str, TileShape); 4] = [
    (
        "Errors by project",
        "query=level%3A%3E%3Derror&field=project&statsPeriod=30d",
        TileShape::Chart,
    ),
    (
        "Hardest hit users",
        "query=has%3Auser&field=user&statsPeriod=30d",
        TileShape::Table,
    ),
    (
        "Fatal this week",
        "query=level%3Afatal&statsPeriod=7d",
        TileShape::Number,
    ),
    (
        "Events by release",
        "query=&field=release&field=environment&statsPeriod=30d",
        TileShape::Chart,
    ),
];

fn create(house: &House, plan: &Plan, org: OrgId, facts: &ProgramFacts) -> Result<(Project, Door)> {
    let (ledger, now) = (&house.ledger, plan.since());
    let new = NewProject {
        org,
        slug: facts.slug,
        name: facts.name,
        platform: Some(facts.platform),
    };
    let project = ledger.create_project(&new, now)?;
    let door = plan.door(facts.program, project.id);
    let key = NewKey {
        project: project.id,
        label: "default",
        public: &door.public,
        secret: &door.secret,
    };
    ledger.create_key(&key, now)?;
    Ok((project, door))
}
