//! The bar that changes many issues at once, and how the rows below it look. Pure, but for
//! [`Bulk::load`].

use axum::http::HeaderMap;
use watchpost_model::{Assignee, UserId};
use watchpost_store::StoreError;

use crate::App;
use crate::pages::people::Names;
use crate::pages::preferences::Density;
use crate::pages::shell::Scope;
use crate::rights::staff;

/// People and teams that the menu offers.
const PERSON_COUNT_MAX: usize = 12;

/// See the file.
pub(crate) struct Bulk {
    /// Who asks.
    me: UserId,
    whom: Vec<Person>,
    /// Whether there are others.
    pub(crate) is_cut: bool,
    pub(crate) density: Density,
}

/// Somebody who could look after issues.
pub(crate) struct Person {
    pub(crate) value: String,
    pub(crate) name: String,
}

impl Bulk {
    /// Teams first; blocks.
    pub(super) fn load(
        app: &App,
        scope: &Scope,
        (me, headers): (UserId, &HeaderMap),
    ) -> Result<Self, StoreError> {
        let (users, teams) = (staff(app, scope.org.id)?, app.ledger.teams(scope.org.id)?);
        let names = Names::new(&users, &teams);
        let of_teams = teams.iter().map(|roster| Assignee::Team(roster.team.id));
        let others = users.iter().filter(|user| user.id != me);
        let all = of_teams.chain(others.map(|user| Assignee::User(user.id)));
        let person = |whom: Assignee| {
            let name = names.of(whom)?.clone();
            let value = whom.text();
            Some(Person { value, name })
        };
        let mut whom: Vec<Person> = all.take(PERSON_COUNT_MAX + 1).filter_map(person).collect();
        let is_cut = whom.len() > PERSON_COUNT_MAX;
        whom.truncate(PERSON_COUNT_MAX);
        Ok(Self {
            me,
            whom,
            is_cut,
            density: Density::of(headers),
        })
    }

    /// Who asks, as a form names them.
    pub(crate) fn me(&self) -> String {
        Assignee::User(self.me).text()
    }

    pub(crate) fn whom(&self) -> &[Person] {
        &self.whom
    }
}
