//! The seam of members: who is in which organization, and the links by which people join.

use watchpost_model::{
    Invite, InviteId, Member, OrgId, Organization, Role, Timestamp, User, UserId,
};

use crate::{NewUser, SecretHash, StoreError};

/// What a new invite needs.
#[derive(Clone, Debug)]
pub struct NewInvite<'a> {
    /// Where it leads.
    pub org: OrgId,
    /// For whom it is: lower case.
    pub email: &'a str,
    /// As what they join.
    pub role: Role,
    /// Who invites them; `None`: the command line.
    pub by: Option<UserId>,
    /// SHA-256 of the link's secret.
    pub hash: SecretHash,
    /// When it stops working.
    pub expires: Timestamp,
}

/// Who uses an invite.
#[derive(Clone, Debug)]
pub enum Joining<'a> {
    /// Somebody who has an account.
    Known(UserId),
    /// Somebody who gets one by it.
    New(&'a NewUser<'a>),
}

/// Members and invites.
pub trait MemberLedger: Send + Sync {
    /// Who is in an organization, by id.
    fn members(&self, org: OrgId) -> Result<Vec<Member>, StoreError>;

    /// The organizations that somebody is in, by id, and as what.
    fn memberships(&self, user: UserId) -> Result<Vec<(Organization, Role)>, StoreError>;

    /// What somebody is in an organization; `None`: nothing.
    fn role(&self, org: OrgId, user: UserId) -> Result<Option<Role>, StoreError>;

    /// Puts somebody into an organization, or gives them another role.
    /// [`StoreError::LastOwner`] when no owner who can sign in would be left.
    fn put_member(
        &self,
        org: OrgId,
        user: UserId,
        role: Role,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Takes somebody out of an organization and its teams. [`StoreError::LastOwner`] as above.
    fn remove_member(&self, org: OrgId, user: UserId) -> Result<(), StoreError>;

    /// Invites somebody. An older invite of the same address stops working.
    /// [`StoreError::Exists`] when they are a member already.
    fn invite(&self, new: &NewInvite<'_>, now: Timestamp) -> Result<Invite, StoreError>;

    /// The invites that nobody used, the newest first; also those that are too old.
    fn invites(&self, org: OrgId) -> Result<Vec<Invite>, StoreError>;

    /// Makes an invite stop working.
    fn revoke_invite(&self, org: OrgId, invite: InviteId) -> Result<(), StoreError>;

    /// The invite of that hash, if it still works at `now`.
    fn invited(
        &self,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<(Invite, Organization)>, StoreError>;

    /// Uses up an invite. `Missing`: unknown, used, revoked, too old, or for somebody else.
    fn join(
        &self,
        hash: &SecretHash,
        who: &Joining<'_>,
        now: Timestamp,
    ) -> Result<User, StoreError>;
}
