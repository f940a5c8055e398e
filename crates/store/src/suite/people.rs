//! What users, sessions, tokens and setup links must do.

use std::thread;

use watchpost_model::{Scope, User, UserId};

use super::{at, message};
use crate::{Ledger, NewSession, NewToken, NewUser, SecretHash};

fn new_user(email: &str) -> NewUser<'_> {
    NewUser {
        email,
        name: "Jo",
        password_hash: "$argon2id$first",
    }
}

fn user(ledger: &dyn Ledger, email: &str) -> User {
    let user = ledger.create_user(&new_user(email), at(5));
    user.expect("a new user")
}

/// A session that ends at `ends`.
fn session(ledger: &dyn Ledger, user: UserId, hash: SecretHash, ends: i64) {
    let new = NewSession {
        user,
        hash,
        created: at(0),
        expires: at(ends),
        device: "Firefox",
        address: "203.0.113.7",
        is_half: false,
    };
    ledger.create_session(&new).expect("a new session");
}

/// Whose session it is.
fn session_user(ledger: &dyn Ledger, hash: SecretHash, now: i64) -> Option<User> {
    let known = ledger.session(&hash, at(now)).expect("a ledger");
    known.map(|(user, _)| user)
}

/// The hash of some secret.
fn secret(number: u8) -> SecretHash {
    [number; 32]
}

/// Found by id and by address.
pub fn users(ledger: &dyn Ledger) {
    let jo = user(ledger, "jo@example.org");
    let again = ledger.create_user(&new_user("jo@example.org"), at(6));
    assert_eq!(message(again), "user `jo@example.org` exists already");
    let al = user(ledger, "al@example.org");
    assert_eq!(ledger.users().expect("a ledger"), [jo.clone(), al]);
    assert_eq!(ledger.user(jo.id).expect("a ledger"), Some(jo.clone()));
    assert_eq!(ledger.user(UserId(99)).expect("a ledger"), None);
    let found = ledger.user_by_email("jo@example.org").expect("a ledger");
    assert_eq!(found, Some((jo.clone(), "$argon2id$first".to_owned())));
    assert_eq!(
        ledger.user_by_email("no@example.org").expect("a ledger"),
        None
    );
    ledger
        .set_password(jo.id, "$argon2id$second")
        .expect("a ledger");
    let found = ledger.user_by_email("jo@example.org").expect("a ledger");
    assert_eq!(
        found.map(|(_, hash)| hash).as_deref(),
        Some("$argon2id$second")
    );
    assert_eq!(
        message(ledger.set_password(UserId(99), "x")),
        "user does not exist"
    );
}

/// By their time, or when somebody signs out.
pub fn sessions_end(ledger: &dyn Ledger) {
    let jo = user(ledger, "jo@example.org");
    session(ledger, jo.id, secret(1), 100);
    session(ledger, jo.id, secret(2), 200);
    let who = |number, now| session_user(ledger, secret(number), now);
    assert_eq!(who(1, 99), Some(jo.clone()));
    assert_eq!(who(1, 100), None);
    assert_eq!(who(2, 100), Some(jo.clone()));
    assert_eq!(who(3, 0), None);
    ledger.delete_session(&secret(2)).expect("a ledger");
    ledger
        .delete_session(&secret(2))
        .expect("ending it again is no error");
    assert_eq!(who(2, 100), None);
    let lost = ledger.create_session(&NewSession {
        user: UserId(99),
        hash: secret(4),
        created: at(0),
        expires: at(100),
        device: "",
        address: "",
        is_half: false,
    });
    assert_eq!(message(lost), "user does not exist");
}

/// Whoever knew the old password is out.
pub fn a_new_password_ends_all_sessions(ledger: &dyn Ledger) {
    let (jo, al) = (
        user(ledger, "jo@example.org"),
        user(ledger, "al@example.org"),
    );
    session(ledger, jo.id, secret(1), 100);
    session(ledger, al.id, secret(2), 100);
    ledger
        .set_password(jo.id, "$argon2id$second")
        .expect("a ledger");
    assert_eq!(session_user(ledger, secret(1), 0), None);
    assert_eq!(session_user(ledger, secret(2), 0), Some(al));
}

/// A script that signs in each time does not fill the ledger; the newest session always works.
pub fn sessions_of_a_person_are_bounded(ledger: &dyn Ledger) {
    let jo = user(ledger, "jo@example.org");
    for number in 0..150 {
        session(ledger, jo.id, secret(number), 1000 + i64::from(number));
    }
    session(ledger, jo.id, secret(200), 10);
    let open = |number| session_user(ledger, secret(number), 0).is_some();
    assert_eq!((0..150).filter(|number| open(*number)).count(), 99);
    assert!(open(200), "the newest works, though it ends first");
    assert!(!open(0) && open(149));
}

/// Found by hash with their user, deleted by their user only.
pub fn tokens(ledger: &dyn Ledger) {
    let (jo, al) = (
        user(ledger, "jo@example.org"),
        user(ledger, "al@example.org"),
    );
    let scopes = [
        Scope("project:read".to_owned()),
        Scope("event:admin".to_owned()),
    ];
    let new = |user, number| NewToken {
        user,
        label: "ci",
        hash: secret(number),
        last_four: "beef",
        scopes: &scopes,
    };
    let token = ledger
        .create_token(&new(jo.id, 1), at(7))
        .expect("a new token");
    assert_eq!(token.scopes, scopes);
    assert_eq!(
        message(ledger.create_token(&new(al.id, 1), at(7))),
        "token `ci` exists already"
    );
    assert_eq!(
        message(ledger.create_token(&new(UserId(99), 2), at(7))),
        "user does not exist"
    );
    let found = ledger.token(&secret(1)).expect("a ledger");
    assert_eq!(found, Some((token.clone(), jo.clone())));
    assert_eq!(ledger.token(&secret(2)).expect("a ledger"), None);
    assert_eq!(
        message(ledger.delete_token(al.id, token.id)),
        "token does not exist"
    );
    assert_eq!(
        ledger.tokens(jo.id).expect("a ledger"),
        std::slice::from_ref(&token)
    );
    assert_eq!(ledger.tokens(al.id).expect("a ledger"), []);
    ledger.delete_token(jo.id, token.id).expect("a ledger");
    assert_eq!(ledger.token(&secret(1)).expect("a ledger"), None);
}

/// Used up by the user it creates, and by nothing else.
pub fn a_setup_link_works_once(ledger: &dyn Ledger) {
    ledger.put_setup_link(secret(1), at(100)).expect("a ledger");
    let valid = |number, now| {
        ledger
            .setup_link_valid(&secret(number), at(now))
            .expect("a ledger")
    };
    assert!(valid(1, 99));
    assert!(!valid(1, 100));
    assert!(!valid(2, 0));
    let claim = |number, email: &str, now| {
        let user = ledger.use_setup_link(&secret(number), &new_user(email), at(now));
        user.map(|user| user.email)
    };
    assert_eq!(
        message(claim(2, "jo@example.org", 0)),
        "setup link does not exist"
    );
    assert_eq!(
        message(claim(1, "jo@example.org", 100)),
        "setup link does not exist"
    );
    user(ledger, "al@example.org");
    let taken = claim(1, "al@example.org", 50);
    assert_eq!(message(taken), "user `al@example.org` exists already");
    assert!(valid(1, 50), "a refused user does not use it up");
    assert_eq!(
        claim(1, "jo@example.org", 50).expect("a ledger"),
        "jo@example.org"
    );
    assert_eq!(
        message(claim(1, "bo@example.org", 50)),
        "setup link does not exist"
    );
    assert_eq!(ledger.users().expect("a ledger").len(), 2);
}

/// Only the link that was printed last opens the door.
pub fn a_newer_setup_link_replaces_the_older(ledger: &dyn Ledger) {
    ledger.put_setup_link(secret(1), at(100)).expect("a ledger");
    ledger.put_setup_link(secret(2), at(100)).expect("a ledger");
    assert!(
        !ledger
            .setup_link_valid(&secret(1), at(0))
            .expect("a ledger")
    );
    assert!(
        ledger
            .setup_link_valid(&secret(2), at(0))
            .expect("a ledger")
    );
}

/// Two browsers click the same link: one of them is first.
pub fn a_setup_link_makes_one_user_of_many_threads(ledger: &dyn Ledger) {
    ledger.put_setup_link(secret(1), at(100)).expect("a ledger");
    thread::scope(|scope| {
        for number in 0..4 {
            scope.spawn(move || {
                let email = format!("jo{number}@example.org");
                let user = ledger.use_setup_link(&secret(1), &new_user(&email), at(0));
                user.is_ok()
            });
        }
    });
    assert_eq!(ledger.users().expect("a ledger").len(), 1);
}
