//! People, as far as the stores in memory know them: not at all.

use watchpost_model::*;
use watchpost_store::*;

use super::double::MemoryStore;

impl UserLedger for MemoryStore {
    fn create_user(&self, _new: &NewUser<'_>, _now: Timestamp) -> Result<User, StoreError> {
        unimplemented!()
    }

    fn users(&self) -> Result<Vec<User>, StoreError> {
        unimplemented!()
    }

    fn user(&self, _id: UserId) -> Result<Option<User>, StoreError> {
        unimplemented!()
    }

    fn user_by_email(&self, _email: &str) -> Result<Option<(User, String)>, StoreError> {
        unimplemented!()
    }

    fn set_password(&self, _user: UserId, _password_hash: &str) -> Result<(), StoreError> {
        unimplemented!()
    }

    fn create_session(
        &self,
        _user: UserId,
        _hash: SecretHash,
        _expires: Timestamp,
    ) -> Result<(), StoreError> {
        unimplemented!()
    }

    fn session_user(
        &self,
        _hash: &SecretHash,
        _now: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        unimplemented!()
    }

    fn delete_session(&self, _hash: &SecretHash) -> Result<(), StoreError> {
        unimplemented!()
    }

    fn create_token(&self, _new: &NewToken<'_>, _now: Timestamp) -> Result<Token, StoreError> {
        unimplemented!()
    }

    fn token(&self, _hash: &SecretHash) -> Result<Option<(Token, User)>, StoreError> {
        unimplemented!()
    }

    fn tokens(&self, _user: UserId) -> Result<Vec<Token>, StoreError> {
        unimplemented!()
    }

    fn delete_token(&self, _user: UserId, _token: TokenId) -> Result<(), StoreError> {
        unimplemented!()
    }

    fn put_setup_link(&self, _hash: SecretHash, _expires: Timestamp) -> Result<(), StoreError> {
        unimplemented!()
    }

    fn setup_link_valid(&self, _hash: &SecretHash, _now: Timestamp) -> Result<bool, StoreError> {
        unimplemented!()
    }

    fn use_setup_link(
        &self,
        _hash: &SecretHash,
        _new: &NewUser<'_>,
        _now: Timestamp,
    ) -> Result<User, StoreError> {
        unimplemented!()
    }
}
