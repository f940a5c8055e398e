//! People, sessions, members and the audit log, which no test makes fail.

use watchpost_model::*;
use watchpost_store::*;

use super::Stores;

impl UserLedger for Stores {
    hand_over! { ledger:
        create_user(new: &NewUser<'_>, now: Timestamp) -> User;
        users() -> Vec<User>;
        user(id: UserId) -> Option<User>;
        user_by_email(email: &str) -> Option<(User, String)>;
        set_password(user: UserId, password_hash: &str) -> ();
        update_user(user: &User) -> ();
        create_token(new: &NewToken<'_>, now: Timestamp) -> Token;
        token(hash: &SecretHash) -> Option<(Token, User)>;
        tokens(user: UserId) -> Vec<Token>;
        delete_token(user: UserId, token: TokenId) -> ();
        put_setup_link(hash: SecretHash, expires: Timestamp) -> ();
        setup_link_valid(hash: &SecretHash, now: Timestamp) -> bool;
        use_setup_link(hash: &SecretHash, new: &NewUser<'_>, now: Timestamp) -> User;
    }
}

impl SessionLedger for Stores {
    hand_over! { ledger:
        create_session(new: &NewSession<'_>) -> ();
        session(hash: &SecretHash, now: Timestamp) -> Option<(User, Session)>;
        half_session(hash: &SecretHash, now: Timestamp) -> Option<User>;
        touch_session(hash: &SecretHash, address: &str, now: Timestamp) -> ();
        sessions(user: UserId, now: Timestamp) -> Vec<Session>;
        delete_session(hash: &SecretHash) -> ();
        end_session(user: UserId, id: &str) -> ();
        end_other_sessions(user: UserId, keep: &SecretHash) -> u64;
        note_sign_in(what: &SignIn) -> ();
        sign_ins(user: UserId) -> Vec<SignIn>;
    }
}

impl TwoFactorLedger for Stores {
    hand_over! { ledger:
        two_factor(user: UserId) -> Option<TwoFactor>;
        begin_two_factor(user: UserId, secret: &TwoFactorSecret) -> ();
        set_two_factor(user: UserId, codes: &[SecretHash]) -> ();
        drop_two_factor(user: UserId) -> ();
        use_step(user: UserId, step: u64) -> bool;
        use_recovery_code(user: UserId, code: &SecretHash) -> bool;
    }
}

impl MemberLedger for Stores {
    hand_over! { ledger:
        members(org: OrgId) -> Vec<Member>;
        memberships(user: UserId) -> Vec<(Organization, Role)>;
        role(org: OrgId, user: UserId) -> Option<Role>;
        put_member(org: OrgId, user: UserId, role: Role, now: Timestamp) -> ();
        remove_member(org: OrgId, user: UserId) -> ();
        invite(new: &NewInvite<'_>, now: Timestamp) -> Invite;
        invites(org: OrgId) -> Vec<Invite>;
        revoke_invite(org: OrgId, invite: InviteId) -> ();
        invited(hash: &SecretHash, now: Timestamp) -> Option<(Invite, Organization)>;
        join(hash: &SecretHash, who: &Joining<'_>, now: Timestamp) -> User;
    }
}

impl AuditLedger for Stores {
    hand_over! { ledger:
        note_audit(deed: &NewAudit) -> ();
        audit(query: &AuditQuery) -> Vec<AuditEntry>;
    }
}
