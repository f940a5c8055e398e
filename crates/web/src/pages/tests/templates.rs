//! What templates must not do, checked over their files.

use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[test]
fn w01_templates_escape_everything_and_bring_no_inline_code() {
    let templates = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"));
    assert!(templates.len() > 20, "{templates:?}");
    let banned = [
        "|safe",
        "| safe",
        "|escape",
        " style=\"",
        "<style",
        " onclick",
        "javascript:",
    ];
    for path in templates {
        let text = fs::read_to_string(&path).unwrap();
        for word in banned {
            assert!(!text.contains(word), "{word} in {}", path.display());
        }
        let inline = text
            .split("<script")
            .skip(1)
            .find(|rest| !rest.contains("src="));
        assert_eq!(inline, None, "{}", path.display());
    }
}

#[test]
fn every_icon_that_a_template_names_is_drawn() {
    let style = crate::assets::stylesheet();
    for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")) {
        let text = fs::read_to_string(&path).unwrap();
        for rest in text.split("\"icon i-").skip(1) {
            let name = rest.split(['"', ' ', '{']).next().unwrap();
            let known = name.is_empty() || style.contains(&format!(".i-{name} "));
            assert!(known, "i-{name} in {}", path.display());
        }
    }
}
