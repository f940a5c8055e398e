//! What an undo gives back.

use super::browser::{Browser, between};
use super::life::{act, issue};
use crate::api::tests::house::House;

#[tokio::test]
async fn what_was_archived_or_resolved_is_so_again_after_an_undo() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let id = house.say(house.project.id, "one", 1);
    let stand = || {
        let issue = issue(&house, id);
        (issue.status, issue.substatus, issue.resolved_at)
    };
    let mut undone = 0;
    for before in ["archive:forever", "resolve", "open"] {
        act(&ada, &[id], before).await;
        let was = stand();
        for what in ["resolve", "open", "archive:escalating"] {
            let list = act(&ada, &[id], what).await;
            let page = ada.read(&list).await;
            if stand() != was {
                let undo = between(&page, r#"name="do" value="undo:"#, "\"");
                act(&ada, &[], &format!("undo:{undo}")).await;
                undone += 1;
            }
            assert_eq!(stand(), was, "{before}, then {what}");
        }
    }
    // Resolving what is resolved and opening what is open change nothing.
    assert_eq!(undone, 7);
}
