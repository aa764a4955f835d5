//! People as principals: who signs in to the control plane may act on targets too, by the name of
//! their e-mail address.

use std::collections::BTreeMap;

use countersign_model::{PrincipalKind, Timestamp};

use crate::{
    NewPrincipal, PrincipalChange, PrincipalRecord, Store, StoreError, UserRecord, UserSource,
};

impl Store {
    /// The principal that a person is on targets, made where there is none yet. The groups of one
    /// who signs in by an identity provider follow what that says.
    ///
    /// # Errors
    /// `NameTaken` when an agent or a service has that name.
    pub async fn ensure_human_principal(
        &self,
        user: &UserRecord,
        now: Timestamp,
    ) -> Result<PrincipalRecord, StoreError> {
        if let Some(found) = self.as_principal(user, now).await? {
            return Ok(found);
        }
        let new = NewPrincipal {
            name: user.email.clone(),
            kind: PrincipalKind::Human,
            groups: user.groups.clone(),
            claims: BTreeMap::new(),
            on_behalf_of: None,
            owner: None,
            purpose: String::new(),
        };
        match self.create_principal(new, now).await {
            // Another request of the same person was first.
            Err(StoreError::NameTaken(what)) => self
                .as_principal(user, now)
                .await?
                .ok_or(StoreError::NameTaken(what)),
            result => result,
        }
    }

    async fn as_principal(
        &self,
        user: &UserRecord,
        now: Timestamp,
    ) -> Result<Option<PrincipalRecord>, StoreError> {
        let Some(found) = self.principal_named(&user.email, now).await? else {
            return Ok(None);
        };
        if found.principal.kind != PrincipalKind::Human {
            return Err(StoreError::NameTaken("principal"));
        }
        // Whose groups nobody but the operator says, keeps those that the operator gave the principal.
        if found.principal.groups == user.groups || user.source != UserSource::Oidc {
            return Ok(Some(found));
        }
        let change = PrincipalChange {
            groups: Some(user.groups.clone()),
            ..PrincipalChange::default()
        };
        let id = found.principal.id;
        Ok(Some(self.update_principal(id, change, now).await?))
    }
}
