//! The clients that the guide shows how to connect, by the names that Sentry gives platforms. One
//! line per client; what to type is a text of its own in `snippets`.

use askama::Template;

/// Clients that belong together.
pub(crate) struct Group {
    pub(crate) label: &'static str,
    pub(crate) clients: &'static [Client],
}

/// A client.
pub(crate) struct Client {
    /// Its name in addresses, and the platform of projects that it is the first choice for.
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    /// More platforms that it is the first choice for.
    aliases: &'static [&'static str],
    /// What to type: see `steps`.
    pub(super) text: &'static str,
}

macro_rules! client {
    ($name:literal, $label:literal, $file:literal $(, $alias:literal)*) => {
        Client {
            name: $name,
            label: $label,
            aliases: &[$($alias),*],
            text: include_str!(concat!("snippets/", $file, ".txt")),
        }
    };
}

/// Where a project can be said to run.
pub(crate) const PLATFORMS: [Group; 8] = [
    Group {
        label: "Python",
        clients: &[
            client!("python", "Python", "python"),
            client!("python-django", "Django", "django", "django"),
            client!("python-flask", "Flask", "flask", "flask"),
            client!("python-fastapi", "FastAPI", "fastapi", "python-starlette"),
        ],
    },
    Group {
        label: "JavaScript",
        clients: &[
            client!("javascript", "Browser", "javascript", "electron", "cordova"),
            client!("javascript-react", "React", "react"),
            client!("javascript-vue", "Vue", "vue", "javascript-nuxt"),
            client!("javascript-nextjs", "Next.js", "nextjs"),
            client!("node", "Node.js", "node"),
            client!("node-express", "Express", "express"),
        ],
    },
    Group {
        label: "Go and Rust",
        clients: &[client!("go", "Go", "go"), client!("rust", "Rust", "rust")],
    },
    Group {
        label: "Java",
        clients: &[
            client!("java", "Java", "java", "kotlin"),
            client!(
                "java-spring-boot",
                "Spring Boot",
                "spring-boot",
                "java-spring"
            ),
        ],
    },
    Group {
        label: ".NET",
        clients: &[
            client!("dotnet", ".NET", "dotnet", "csharp"),
            client!("dotnet-aspnetcore", "ASP.NET Core", "aspnetcore"),
        ],
    },
    Group {
        label: "PHP and Ruby",
        clients: &[
            client!("php", "PHP", "php"),
            client!("php-laravel", "Laravel", "laravel"),
            client!("ruby", "Ruby", "ruby"),
            client!("ruby-rails", "Rails", "rails", "ruby-rack"),
        ],
    },
    Group {
        label: "Phones",
        clients: &[
            client!("android", "Android", "android", "java-android"),
            client!("apple", "Swift", "apple", "cocoa", "swift", "objc"),
            client!("flutter", "Flutter", "flutter", "dart"),
            client!("react-native", "React Native", "react-native"),
        ],
    },
    Group {
        label: "Others",
        clients: &[
            client!("elixir", "Elixir", "elixir"),
            client!("native", "C and C++", "native", "c", "cpp", "minidump"),
        ],
    },
];

/// What no project runs on but what reports all the same. `curl` fits everything.
pub(crate) const MORE: Group = Group {
    label: "By hand, and older clients",
    clients: &[
        client!("curl", "curl", "curl"),
        client!(
            "watchpost-client",
            "Rust, Watchpost's own",
            "watchpost-client"
        ),
        client!("raven-python", "raven for Python", "raven-python"),
        client!("raven-js", "raven-js", "raven-js"),
        client!("raven-node", "raven for Node.js", "raven-node"),
        client!("2010", "Clients of 2010", "2010"),
    ],
};

/// The platform of projects that run on nothing of the above.
pub(crate) const OTHER: &str = "other";

/// All groups.
pub(crate) fn groups() -> impl Iterator<Item = &'static Group> {
    PLATFORMS.iter().chain([&MORE])
}

fn clients() -> impl Iterator<Item = &'static Client> {
    groups().flat_map(|group| group.clients)
}

/// The client of that name.
pub(crate) fn named(name: &str) -> Option<&'static Client> {
    clients().find(|client| client.name == name)
}

/// The client for a platform, as Sentry's tools name it, or for what it belongs to:
/// `python-celery` is Python.
pub(crate) fn for_platform(platform: &str) -> Option<&'static Client> {
    let mut wanted = platform;
    loop {
        let fits = |client: &&Client| client.name == wanted || client.aliases.contains(&wanted);
        if let Some(client) = clients().find(fits) {
            return Some(client);
        }
        (wanted, _) = wanted.rsplit_once('-')?;
    }
}

/// Whether projects can be said to run on it.
pub(crate) fn is_platform(name: &str) -> bool {
    let mut all = PLATFORMS.iter().flat_map(|group| group.clients);
    name == OTHER || all.any(|client| client.name == name)
}

/// The choices of a `<select>` for the platform of a project.
#[derive(Template)]
#[template(path = "components/platforms.html")]
pub(crate) struct Platforms {
    chosen: &'static str,
    /// A platform that is not among them but that somebody named.
    own: Option<String>,
}

impl askama::filters::HtmlSafe for Platforms {}

impl Platforms {
    pub(crate) fn chosen(platform: Option<&str>) -> Self {
        let known = platform.and_then(|platform| match platform {
            OTHER => Some(OTHER),
            platform => for_platform(platform).map(|client| client.name),
        });
        let known = known.filter(|name| is_platform(name));
        Self {
            chosen: known.unwrap_or_default(),
            own: platform.filter(|_| known.is_none()).map(str::to_owned),
        }
    }
}

/// The platform that a form names. What is shown for `kept`, which may be more exact, keeps it.
pub(crate) fn platform_of(wanted: &str, kept: Option<&str>) -> Option<String> {
    let shown = Platforms::chosen(kept);
    if kept.is_some() && (wanted == shown.chosen || Some(wanted) == shown.own.as_deref()) {
        return kept.map(str::to_owned);
    }
    is_platform(wanted).then(|| wanted.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_find_their_client() {
        let check = |platform: &str, expect: Option<&str>| {
            let found = for_platform(platform).map(|client| client.name);
            assert_eq!(found, expect, "{platform}");
        };
        // What projects were said to run on before there was a client for each.
        check("csharp", Some("dotnet"));
        check("cocoa", Some("apple"));
        check("dart", Some("flutter"));
        check("native", Some("native"));
        check("elixir", Some("elixir"));
        check("other", None);
        // What Sentry's tools say.
        check("python-django", Some("python-django"));
        check("python-celery", Some("python"));
        check("javascript-react", Some("javascript-react"));
        check("javascript-react-router", Some("javascript-react"));
        check("javascript-svelte", Some("javascript"));
        check("react-native", Some("react-native"));
        check("java-spring-boot", Some("java-spring-boot"));
        check("dotnet-wpf", Some("dotnet"));
        check("apple-ios", Some("apple"));
        check("cobol", None);
        check("", None);
        for client in clients() {
            check(client.name, Some(client.name));
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = clients().map(|client| client.name).collect();
        names.extend(clients().flat_map(|client| client.aliases));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn what_a_tool_said_about_a_project_is_kept_unless_somebody_chooses() {
        let keep = |wanted: &str, kept: Option<&str>| platform_of(wanted, kept);
        assert_eq!(
            keep("python", Some("python-celery")).unwrap(),
            "python-celery"
        );
        assert_eq!(keep("dotnet", Some("csharp")).unwrap(), "csharp");
        assert_eq!(keep("unity", Some("unity")).unwrap(), "unity");
        assert_eq!(keep("ruby", Some("python-celery")).unwrap(), "ruby");
        assert_eq!(keep("other", None).unwrap(), "other");
        assert_eq!(keep("", Some("python")), None);
        assert_eq!(keep("2010", None), None, "that is a client");
        assert_eq!(keep("cobol", None), None);
    }
}
