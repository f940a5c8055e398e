//! Who and what there is: the company, its people and teams, its programs and their releases.

/// A program of the company: a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Program {
    /// The shop itself, in Django.
    Shop,
    /// What runs in browsers.
    Web,
    /// A worker in Node that sends mails.
    Courier,
    /// A service in Rust that counts the stock.
    Stock,
    /// A till that has not been touched since 2010.
    Till,
}

/// What is to be known of a program.
#[derive(Clone, Copy, Debug)]
pub struct ProgramFacts {
    /// Which.
    pub program: Program,
    /// Its name in URLs.
    pub slug: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// What it is written for, as projects name it.
    pub platform: &'static str,
    /// Its rules of ownership, one a line.
    pub ownership: &'static str,
    /// What its releases are called before the version; none: it names no release.
    pub(crate) package: &'static str,
    /// Hours before the end of the month at which it was released, and the version.
    pub(crate) releases: &'static [(i64, &'static str)],
}

/// Somebody who works there.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// What they are called.
    pub name: &'static str,
    /// The part of their address before the at sign.
    pub local: &'static str,
}

/// A team.
#[derive(Clone, Copy, Debug)]
pub struct TeamFacts {
    /// Its name in rules.
    pub slug: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// Its people, as places in [`PEOPLE`].
    pub members: &'static [usize],
    /// Its programs.
    pub programs: &'static [Program],
}

/// The company.
#[derive(Clone, Copy, Debug)]
pub struct Cast {
    /// Its name in URLs.
    pub slug: &'static str,
    /// Its name for people.
    pub name: &'static str,
}

/// A shop for tea.
pub const CAST: Cast = Cast {
    slug: "kranich",
    name: "Kranich Tea",
};

/// The first of them is whoever looks at the demo.
pub const PEOPLE: [Person; 6] = [
    person("Robin Vale", "robin"),
    person("Ines Halvorsen", "ines"),
    person("Tomás Quill", "tomas"),
    person("Yuki Marlow", "yuki"),
    person("Samira Okonjo", "samira"),
    person("Bo Lindgren", "bo"),
];

pub(crate) const ROBIN: usize = 0;
pub(crate) const INES: usize = 1;
pub(crate) const TOMAS: usize = 2;
pub(crate) const YUKI: usize = 3;
pub(crate) const SAMIRA: usize = 4;
pub(crate) const BO: usize = 5;

pub(crate) const PAYMENTS: usize = 0;
pub(crate) const WINDOW: usize = 1;
pub(crate) const WAREHOUSE: usize = 2;

/// The teams.
pub const TEAMS: [TeamFacts; 3] = [
    TeamFacts {
        slug: "payments",
        name: "Payments",
        members: &[ROBIN, INES, TOMAS],
        programs: &[Program::Shop, Program::Till],
    },
    TeamFacts {
        slug: "window",
        name: "Shop window",
        members: &[ROBIN, YUKI],
        programs: &[Program::Web, Program::Courier],
    },
    TeamFacts {
        slug: "warehouse",
        name: "Warehouse",
        members: &[SAMIRA, BO],
        programs: &[Program::Stock],
    },
];

/// The programs, in the order of [`Program`].
pub const PROGRAMS: [ProgramFacts; 5] = [
    ProgramFacts {
        program: Program::Shop,
        slug: "tea-shop",
        name: "Tea shop",
        platform: "python-django",
        ownership: "path:kranich/payments/* #payments\n\
                    path:kranich/parcels/* samira@example.com\n\
                    url:*/basket/* yuki@example.com\n",
        package: "tea-shop",
        releases: &[
            (770, "7.11.0"),
            (702, "7.12.0"),
            (538, "7.13.0"),
            (512, "7.13.1"),
            (346, "7.14.0"),
            (190, "7.15.0"),
            (52, "7.16.0"),
        ],
    },
    ProgramFacts {
        program: Program::Web,
        slug: "shop-window",
        name: "Shop window",
        platform: "javascript-react",
        ownership: "url:*/checkout* #payments\n",
        package: "shop-window",
        releases: &[
            (760, "3.40.0"),
            (600, "3.41.0"),
            (433, "3.42.0"),
            (340, "3.43.0"),
            (265, "3.44.0"),
            (193, "3.45.0"),
            (97, "3.46.0"),
            (25, "3.46.1"),
        ],
    },
    ProgramFacts {
        program: Program::Courier,
        slug: "courier",
        name: "Courier",
        platform: "node",
        ownership: "",
        package: "courier",
        releases: &[
            (744, "1.8.4"),
            (529, "1.9.0"),
            (361, "1.9.1"),
            (193, "1.10.0"),
            (73, "2.0.0"),
        ],
    },
    ProgramFacts {
        program: Program::Stock,
        slug: "stock-keeper",
        name: "Stock keeper",
        platform: "rust",
        ownership: "path:src/* #warehouse\n",
        package: "stock-keeper",
        releases: &[
            (800, "0.30.2"),
            (505, "0.31.0"),
            (220, "0.32.0"),
            (49, "0.33.0-rc.1"),
        ],
    },
    ProgramFacts {
        program: Program::Till,
        slug: "till-2010",
        name: "Till (2010)",
        platform: "python",
        ownership: "",
        package: "",
        releases: &[],
    },
];

const fn person(name: &'static str, local: &'static str) -> Person {
    Person { name, local }
}

impl Person {
    /// The address that they sign in with.
    pub fn email(&self) -> String {
        format!("{}@example.com", self.local)
    }
}

impl Program {
    /// What is to be known of it.
    pub fn facts(self) -> &'static ProgramFacts {
        // The table has every program, in order.
        let found = PROGRAMS.iter().find(|facts| facts.program == self);
        found.unwrap_or(&PROGRAMS[0])
    }
}

impl ProgramFacts {
    /// The release that ran so many hours before the end, and the one before it.
    pub(crate) fn running(&self, hours_ago: i64) -> Option<(String, String)> {
        let out = self.releases.iter().filter(|(at, _)| *at >= hours_ago);
        let mut newest = out.rev().map(|(_, version)| self.release(version));
        let current = newest.next()?;
        let before = newest.next().unwrap_or_else(|| current.clone());
        Some((current, before))
    }

    /// The whole name of a version.
    pub(crate) fn release(&self, version: &str) -> String {
        format!("{}@{version}", self.package)
    }
}
