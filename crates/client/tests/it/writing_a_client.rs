//! The page about writing a client shows the programs that are really run.

use std::path::Path;

#[test]
fn the_page_shows_each_example_as_it_is() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let page = std::fs::read_to_string(docs.join("writing-a-client.md")).unwrap();
    let examples = std::fs::read_dir(docs.join("examples")).unwrap();
    let mut shown = 0;
    for example in examples {
        let path = example.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let block = format!("\n{text}```\n");
        assert!(
            page.contains(&block),
            "{} is not on the page",
            path.display()
        );
        shown += 1;
    }
    assert!(shown >= 3);
}
