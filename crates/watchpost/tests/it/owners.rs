//! Teams and ownership end to end: made with the command line, in force for the next event.

use std::fs;

use serde_json::json;

use crate::report;
use crate::server::{Site, json as parsed, printed, refusal};

#[test]
fn a_rule_gives_a_new_issue_to_a_team() {
    let site = Site::new();
    let server = site.start();
    let mut connection = server.connect();
    assert_eq!(
        printed(&site.run(&["team", "create", "The Core"])).trim(),
        "created #the-core"
    );
    printed(&site.run(&["team", "rename", "#the-core", "core"]));
    let file = site.path("rules.toml");
    let rules = "[ownership]\nrules = \"tags.level:* #ghosts\\nmodule:shop.* #core\\n\"\n";
    fs::write(&file, rules).unwrap();
    let file = file.to_str().unwrap();
    printed(&site.run(&["project", "rules", "import", "app", file]));
    let id = "7".repeat(32);
    let frame = json!({"module": "shop.pay", "function": "charge", "in_app": true});
    let event = json!({
        "event_id": id,
        "exception": {"values": [{"type": "Boom", "stacktrace": {"frames": [frame]}}]},
    });
    let path = site.account.store_path();
    let answer = connection
        .post(&path, event.to_string().as_bytes())
        .unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    let found = report::find(&site, &mut connection, &id);
    let issue = found["groupId"].as_str().unwrap();
    let of_issue = site.org_path(&format!("issues/{issue}/"));
    let (status, shown) = site.ask(&mut connection, &of_issue);
    assert_eq!(
        (status, &shown["assignedTo"]["name"]),
        (200, &json!("core")),
        "{shown}"
    );
    assert_eq!(shown["owners"][0]["rule"], "module:shop.* #core");
    let list = site.org_path("issues/?query=assigned:%23core");
    assert_eq!(site.ask(&mut connection, &list).1[0]["id"], *issue);
    let gone = printed(&site.run(&["team", "delete", "core"]));
    assert_eq!(
        gone.trim(),
        "deleted #core; issues that are nobody's now: 1"
    );
    assert_eq!(
        site.ask(&mut connection, &of_issue).1["assignedTo"],
        json!(null)
    );
}

#[test]
fn people_are_put_into_teams_and_taken_out() {
    let site = Site::new();
    drop(site.start());
    printed(&site.run(&["team", "create", "core"]));
    let users = parsed(&site.run(&["user", "list", "--json"]));
    let email = users[0]["email"].as_str().unwrap();
    for (verb, expect) in [
        ("add", format!("{email} is in #core now")),
        ("add", "nothing to change".to_owned()),
    ] {
        assert_eq!(
            printed(&site.run(&["team", verb, "core", email])).trim(),
            expect
        );
    }
    let teams = parsed(&site.run(&["team", "list", "--json"]));
    assert_eq!(teams[0]["members"], json!([email]));
    printed(&site.run(&["team", "remove", "core", email]));
    assert!(
        printed(&site.run(&["team", "list"]))
            .trim()
            .ends_with("#core")
    );
    let why = refusal(&site.run(&["team", "add", "core", "nobody@example.org"]));
    assert!(why.contains("no user `nobody@example.org`"), "{why}");
    let why = refusal(&site.run(&["team", "create", "core"]));
    assert!(why.contains("core"), "{why}");
    let why = refusal(&site.run(&["team", "delete", "ghosts"]));
    assert!(why.contains("there is no team `ghosts`"), "{why}");
}
