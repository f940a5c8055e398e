//! What members, invites, sessions as their owners see them, and the audit log must do.

use watchpost_model::{OrgId, Organization, Role, User, UserId};

use super::{at, message};
use crate::limits::SIGN_IN_COUNT_MAX;
use crate::{
    AuditChange, AuditQuery, Joining, Ledger, NewAudit, NewInvite, NewSession, NewTeam, NewUser,
    SignIn,
};

fn org(ledger: &dyn Ledger, slug: &str) -> Organization {
    ledger.create_org(slug, slug, at(0)).expect("a new one")
}

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

fn role(ledger: &dyn Ledger, org: &Organization, user: &User) -> Option<Role> {
    ledger.role(org.id, user.id).expect("a ledger")
}

fn invite(org: OrgId, email: &str, number: u8) -> NewInvite<'_> {
    NewInvite {
        org,
        email,
        role: Role::Admin,
        by: None,
        hash: [number; 32],
        expires: at(100),
    }
}

/// In one organization and not in the other, until somebody takes them out.
pub fn w10_members_are_of_one_organization(ledger: &dyn Ledger) {
    let (acme, rival) = (org(ledger, "acme"), org(ledger, "rival"));
    let (jo, al) = (user(ledger, "jo@x.example"), user(ledger, "al@x.example"));
    assert_eq!(
        role(ledger, &acme, &jo),
        None,
        "an account alone is nothing"
    );
    let put =
        |org: &Organization, user: &User, role| ledger.put_member(org.id, user.id, role, at(7));
    put(&acme, &jo, Role::Owner).expect("a ledger");
    put(&acme, &al, Role::Member).expect("a ledger");
    put(&rival, &al, Role::Admin).expect("a ledger");
    assert_eq!(role(ledger, &acme, &jo), Some(Role::Owner));
    assert_eq!(role(ledger, &rival, &jo), None);
    let own = ledger.memberships(al.id).expect("a ledger");
    assert_eq!(
        own,
        [(acme.clone(), Role::Member), (rival.clone(), Role::Admin)]
    );
    let new = NewTeam {
        org: acme.id,
        slug: "core",
        name: "Core",
    };
    let team = ledger.create_team(&new, at(8)).expect("a new team");
    ledger.set_member(&team, al.id, true).expect("a ledger");
    ledger.remove_member(acme.id, al.id).expect("a ledger");
    let members = ledger.members(acme.id).expect("a ledger");
    let members: Vec<_> = members
        .into_iter()
        .map(|one| (one.user.id, one.joined))
        .collect();
    assert_eq!(members, [(jo.id, at(7))]);
    let teams = ledger.teams(acme.id).expect("a ledger");
    assert_eq!(teams[0].members, [], "and out of its teams");
    assert_eq!(role(ledger, &rival, &al), Some(Role::Admin));
    let again = ledger.remove_member(acme.id, al.id);
    assert_eq!(message(again), "member does not exist");
    let nobody = ledger.put_member(acme.id, UserId(99), Role::Member, at(0));
    assert_eq!(message(nobody), "user or organization does not exist");
}

/// Users for programs are no owners who can look after it.
pub fn an_organization_keeps_an_owner(ledger: &dyn Ledger) {
    let acme = org(ledger, "acme");
    let (jo, al) = (user(ledger, "jo@x.example"), user(ledger, "al@x.example"));
    let program = NewUser {
        password_hash: "!",
        ..new_user("init@localhost")
    };
    let program = ledger.create_user(&program, at(5)).expect("a new user");
    let put = |user: &User, role| ledger.put_member(acme.id, user.id, role, at(7));
    put(&program, Role::Owner).expect("a ledger");
    put(&jo, Role::Owner).expect("a ledger");
    let last = "an organization keeps at least one owner who can sign in";
    assert_eq!(message(put(&jo, Role::Manager)), last);
    assert_eq!(message(ledger.remove_member(acme.id, jo.id)), last);
    put(&program, Role::Member).expect("it is no owner who can sign in");
    put(&jo, Role::Owner).expect("it stays what it is");
    put(&al, Role::Owner).expect("a ledger");
    put(&jo, Role::Member).expect("there is another");
    assert_eq!(message(ledger.remove_member(acme.id, al.id)), last);
}

/// Neither those that they made work any more, nor one that was made for them.
pub fn w21_invites_of_who_is_removed_end(ledger: &dyn Ledger) {
    let acme = org(ledger, "acme");
    let rival = org(ledger, "rival");
    let (jo, al) = (user(ledger, "jo@x.example"), user(ledger, "al@x.example"));
    let put = |org: OrgId, user: &User, role| {
        let put = ledger.put_member(org, user.id, role, at(7));
        put.expect("a ledger");
    };
    put(acme.id, &jo, Role::Owner);
    let make = |org: OrgId, email, by: &User, number| {
        let new = NewInvite {
            by: Some(by.id),
            ..invite(org, email, number)
        };
        ledger.invite(&new, at(10)).expect("a new invite");
    };
    make(acme.id, "al@x.example", &jo, 1);
    put(acme.id, &al, Role::Manager);
    make(acme.id, "bo@x.example", &al, 2);
    make(acme.id, "cy@x.example", &jo, 3);
    make(rival.id, "bo@x.example", &al, 4);
    ledger.remove_member(acme.id, al.id).expect("a ledger");
    let works = |number| ledger.invited(&[number; 32], at(50)).expect("a ledger");
    let left = [1, 2, 3, 4].map(|number| works(number).is_some());
    assert_eq!(left, [false, false, true, true]);
}

/// Once, by the right person, in time.
pub fn w21_an_invite_works_once_for_one_person(ledger: &dyn Ledger) {
    let (acme, rival) = (org(ledger, "acme"), org(ledger, "rival"));
    let (jo, al) = (user(ledger, "jo@x.example"), user(ledger, "al@x.example"));
    let new = invite(acme.id, "jo@x.example", 1);
    let made = ledger.invite(&new, at(10)).expect("a new invite");
    let open = ledger.invites(acme.id).expect("a ledger");
    assert_eq!(open, std::slice::from_ref(&made));
    assert_eq!(ledger.invites(rival.id).expect("a ledger"), []);
    let found = |number, now| ledger.invited(&[number; 32], at(now)).expect("a ledger");
    assert_eq!(found(1, 99), Some((made, acme.clone())));
    assert_eq!(found(1, 100), None);
    let join = |number, who: &Joining<'_>, now| {
        let joined = ledger.join(&[number; 32], who, at(now));
        joined.map(|user| user.id)
    };
    let gone = "invite does not exist";
    assert_eq!(message(join(1, &Joining::Known(al.id), 50)), gone);
    let other = new_user("bo@x.example");
    assert_eq!(message(join(1, &Joining::New(&other), 50)), gone);
    assert_eq!(message(join(1, &Joining::Known(jo.id), 100)), gone);
    assert_eq!(
        role(ledger, &acme, &jo),
        None,
        "who is invited is no member"
    );
    assert_eq!(
        join(1, &Joining::Known(jo.id), 50).expect("a ledger"),
        jo.id
    );
    assert_eq!(role(ledger, &acme, &jo), Some(Role::Admin));
    assert_eq!(message(join(1, &Joining::Known(jo.id), 50)), gone);
    let member = ledger.invite(&invite(acme.id, "jo@x.example", 2), at(10));
    assert_eq!(message(member), "member `jo@x.example` exists already");

    let second = invite(acme.id, "bo@x.example", 3);
    let second = ledger.invite(&second, at(10)).expect("a new invite");
    assert_eq!(message(ledger.revoke_invite(rival.id, second.id)), gone);
    let third = invite(acme.id, "bo@x.example", 4);
    let third = ledger.invite(&third, at(10)).expect("in its place");
    assert_eq!(found(3, 50), None, "the older one does not work any more");
    ledger.revoke_invite(acme.id, third.id).expect("a ledger");
    assert_eq!(message(join(4, &Joining::New(&other), 50)), gone);
    let fourth = invite(acme.id, "bo@x.example", 5);
    ledger.invite(&fourth, at(10)).expect("a new invite");
    let bo = join(5, &Joining::New(&other), 50).expect("a new user");
    let bo = ledger.user(bo).expect("a ledger").expect("a user");
    assert_eq!(role(ledger, &acme, &bo), Some(Role::Admin));
}

/// What people see of their sessions, and how they end them.
pub fn w19_sessions_are_listed_and_ended(ledger: &dyn Ledger) {
    let (jo, al) = (user(ledger, "jo@x.example"), user(ledger, "al@x.example"));
    for (number, user) in [(1, &jo), (2, &jo), (3, &jo), (4, &al)] {
        let new = NewSession {
            user: user.id,
            hash: [number; 32],
            created: at(10),
            expires: at(100),
            device: "Firefox",
            address: "203.0.113.7",
            is_half: false,
        };
        ledger.create_session(&new).expect("a new session");
    }
    ledger
        .touch_session(&[2; 32], "203.0.113.9", at(50))
        .expect("a ledger");
    let ids = |now| {
        let sessions = ledger.sessions(jo.id, at(now)).expect("a ledger");
        sessions
            .into_iter()
            .map(|session| session.id)
            .collect::<Vec<_>>()
    };
    let id = |number: u8| format!("{number:02x}").repeat(8);
    assert_eq!(ids(60)[0], id(2), "the last used first");
    let sessions = ledger.sessions(jo.id, at(60)).expect("a ledger");
    assert_eq!(sessions[0].address, "203.0.113.9");
    assert_eq!(
        (sessions[1].used, &*sessions[1].device),
        (at(10), "Firefox")
    );
    assert_eq!(ids(100), [] as [String; 0]);
    let foreign = ledger.end_session(jo.id, &id(4));
    assert_eq!(message(foreign), "session does not exist");
    ledger.end_session(jo.id, &id(3)).expect("a ledger");
    assert_eq!(ids(60).len(), 2);
    let ended = ledger
        .end_other_sessions(jo.id, &[1; 32])
        .expect("a ledger");
    assert_eq!((ended, ids(60)), (1, vec![id(1)]));
    let left = ledger.session(&[4; 32], at(60)).expect("a ledger");
    assert_eq!(left.map(|(user, _)| user), Some(al));
}

/// Codes work once, recovery codes too, and half a session is none.
pub fn w20_a_second_factor_is_used_once(ledger: &dyn Ledger) {
    let jo = user(ledger, "jo@x.example").id;
    let secret = [7; 20];
    assert!(ledger.two_factor(jo).expect("a ledger").is_none());
    assert_eq!(
        message(ledger.set_two_factor(jo, &[])),
        "second factor does not exist"
    );
    ledger.begin_two_factor(jo, &[8; 20]).expect("a ledger");
    ledger.begin_two_factor(jo, &secret).expect("begun anew");
    let known = || ledger.two_factor(jo).expect("a ledger").expect("one");
    assert!(known().secret == secret && !known().is_on);
    let codes = [[1; 32], [2; 32]];
    ledger.set_two_factor(jo, &codes).expect("a ledger");
    assert!(known().is_on && known().recovery_codes == 2);
    let again = ledger.begin_two_factor(jo, &[9; 20]);
    assert_eq!(message(again), "second factor `` exists already");
    let steps = [5, 5, 4, 6].map(|step| ledger.use_step(jo, step).expect("a ledger"));
    assert_eq!(steps, [true, false, false, true]);
    let used = [[1; 32], [1; 32], [3; 32]];
    let used = used.map(|code| ledger.use_recovery_code(jo, &code).expect("a ledger"));
    assert_eq!(used, [true, false, false]);
    assert_eq!(known().recovery_codes, 1);
    let new = NewSession {
        user: jo,
        hash: [1; 32],
        created: at(0),
        expires: at(100),
        device: "",
        address: "",
        is_half: true,
    };
    ledger.create_session(&new).expect("a new session");
    assert_eq!(ledger.session(&[1; 32], at(5)).expect("a ledger"), None);
    assert_eq!(ledger.sessions(jo, at(5)).expect("a ledger"), []);
    let half = |now| ledger.half_session(&[1; 32], at(now)).expect("a ledger");
    assert_eq!(half(99).map(|user| user.id), Some(jo));
    assert_eq!(half(100), None);
    ledger.drop_two_factor(jo).expect("a ledger");
    assert!(ledger.two_factor(jo).expect("a ledger").is_none());
    assert!(!ledger.use_step(jo, 9).expect("a ledger"));
}

/// The last ones of each person.
pub fn sign_ins_are_remembered_and_bounded(ledger: &dyn Ledger) {
    let (jo, al) = (user(ledger, "jo@x.example"), user(ledger, "al@x.example"));
    let note = |user: &User, secs: i64| {
        let what = SignIn {
            user: user.id,
            at: at(secs),
            device: "Firefox".to_owned(),
            address: "203.0.113.7".to_owned(),
            is_good: secs % 2 == 0,
        };
        ledger.note_sign_in(&what).expect("a ledger");
    };
    note(&al, 1);
    let count = i64::from(SIGN_IN_COUNT_MAX) + 10;
    (0..count).for_each(|secs| note(&jo, secs));
    let kept = ledger.sign_ins(jo.id).expect("a ledger");
    assert_eq!(kept.len(), SIGN_IN_COUNT_MAX as usize);
    assert_eq!((kept[0].at, kept[0].is_good), (at(count - 1), false));
    assert_eq!(ledger.sign_ins(al.id).expect("a ledger").len(), 1);
}

/// Somebody raised a quota.
fn deed(org: Option<OrgId>, user: Option<UserId>, action: &str, secs: i64) -> NewAudit {
    NewAudit {
        org,
        at: at(secs),
        user,
        via: "page".to_owned(),
        address: "203.0.113.7".to_owned(),
        action: action.to_owned(),
        object: "web".to_owned(),
        changes: vec![AuditChange {
            field: "Quota".to_owned(),
            before: None,
            after: Some("7".to_owned()),
        }],
    }
}

/// Found by who, what and on what; forgotten after a year.
pub fn deeds_are_noted_found_and_forgotten(ledger: &dyn Ledger) {
    let (acme, rival) = (org(ledger, "acme"), org(ledger, "rival"));
    let (jo, al) = (user(ledger, "jo@x.example"), user(ledger, "al@x.example"));
    ledger
        .put_member(acme.id, jo.id, Role::Owner, at(0))
        .expect("a ledger");
    let note = |org: Option<&Organization>, by: Option<&User>, action: &str, secs| {
        let deed = deed(org.map(|org| org.id), by.map(|user| user.id), action, secs);
        ledger.note_audit(&deed).expect("a ledger");
        deed
    };
    let first = note(Some(&acme), Some(&jo), "project.edit", 10);
    note(Some(&rival), Some(&al), "project.edit", 11);
    note(None, Some(&jo), "user.edit", 12);
    note(None, Some(&al), "user.edit", 13);
    // By the operator: of somebody here, and of somebody elsewhere.
    for (user, secs) in [(&jo, 14), (&al, 15)] {
        let deed = NewAudit {
            object: user.email.clone(),
            ..deed(None, None, "user.create", secs)
        };
        ledger.note_audit(&deed).expect("a ledger");
    }
    let all = AuditQuery {
        org: acme.id,
        user: None,
        action: None,
        text: None,
        before: None,
        limit: 10,
    };
    let find = |query: AuditQuery| {
        let found = ledger.audit(&query).expect("a ledger").into_iter();
        found.map(|entry| entry.deed.at).collect::<Vec<_>>()
    };
    assert_eq!(find(all.clone()), [at(14), at(12), at(10)]);
    let by_jo = AuditQuery {
        user: Some(jo.id),
        ..all.clone()
    };
    assert_eq!(find(by_jo), [at(12), at(10)]);
    let action = Some("project.edit".to_owned());
    assert_eq!(
        find(AuditQuery {
            action,
            ..all.clone()
        }),
        [at(10)]
    );
    let text = |text: &str| AuditQuery {
        text: Some(text.to_owned()),
        ..all.clone()
    };
    assert_eq!(find(text("quota")).len(), 3);
    assert_eq!(find(text("%")), []);
    let one = AuditQuery {
        limit: 1,
        ..all.clone()
    };
    let newest = ledger.audit(&one).expect("a ledger");
    let next = AuditQuery {
        before: Some(newest[0].id),
        ..all.clone()
    };
    assert_eq!(find(next.clone()), [at(12), at(10)]);
    let last = ledger.audit(&next).expect("a ledger").pop();
    assert_eq!(last.expect("an entry").deed, first);
    ledger.age(at(365 * 24 * 3600 + 12)).expect("a ledger");
    assert_eq!(find(all), [at(14), at(12)]);
}
