//! Who may do what at Password Safe: users, their role on accounts, and what each of them signs in with.

use serde::{Deserialize, Serialize};

use super::request::Person;
use crate::seed;

/// What a user may do with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Asks.
    Requestor,
    /// Decides.
    Approver,
    /// Asks, and decides what others ask.
    #[serde(alias = "both")]
    RequestorApprover,
    /// Information systems administrator: gets in without asking, by another API.
    Isa,
}

impl Role {
    /// Whether it may file requests.
    pub(crate) fn requests(self) -> bool {
        match self {
            Self::Requestor | Self::RequestorApprover => true,
            Self::Approver | Self::Isa => false,
        }
    }

    /// Whether it may decide requests of others.
    pub(crate) fn approves(self) -> bool {
        match self {
            Self::Approver | Self::RequestorApprover => true,
            Self::Requestor | Self::Isa => false,
        }
    }
}

/// What somebody signs in with. Never part of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Secrets {
    pub(crate) api_key: String,
    pub(crate) password: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

impl Secrets {
    /// Secrets of the vendor's form for the user of this name: a key of 128 characters, a client id of 36, a client
    /// secret of 64.
    pub(crate) fn derived(seed: u64, name: &str) -> Self {
        let hex =
            |what: &str, digits| seed::hex(seed, &format!("beyondtrust/{what}/{name}"), 0, digits);
        let id = hex("client-id", 32);
        Self {
            api_key: hex("api-key", 128),
            password: format!("Pw-{}", hex("password", 20)),
            client_id: format!(
                "{}-{}-{}-{}-{}",
                &id[..8],
                &id[8..12],
                &id[12..16],
                &id[16..20],
                &id[20..]
            ),
            client_secret: hex("client-secret", 64),
        }
    }
}

/// One user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct User {
    pub(crate) id: u64,
    /// The name in a world, and of the identity.
    pub(crate) name: String,
    /// The user name: what `runas` says.
    pub(crate) run_as: String,
    pub(crate) full_name: String,
    pub(crate) email: String,
    pub(crate) role: Role,
    /// The accounts the role is for; nothing means all.
    pub(crate) accounts: Option<Vec<u64>>,
    /// Whether there is an API registration for this user; without one, only the portal knows them.
    pub(crate) api: bool,
    /// Whether PS-Auth needs `pwd`.
    pub(crate) password_required: bool,
    #[serde(skip)]
    pub(crate) secrets: Secrets,
}

impl User {
    /// The role on an account, if any.
    pub(crate) fn role_on(&self, account: u64) -> Option<Role> {
        let covered = self
            .accounts
            .as_ref()
            .is_none_or(|accounts| accounts.contains(&account));
        covered.then_some(self.role)
    }

    pub(crate) fn person(&self) -> Person {
        Person {
            user: self.run_as.clone(),
            email: Some(self.email.clone()),
        }
    }

    /// Whether somebody who is called so is meant: by name, user name or address.
    pub(crate) fn is_called(&self, text: &str) -> bool {
        [&self.name, &self.run_as, &self.email]
            .iter()
            .any(|own| own.eq_ignore_ascii_case(text.trim()))
    }
}

/// The people of every world: (name, user name, full name, role, in the API).
const FIRST: [(&str, &str, &str, Role, bool); 5] = [
    ("boss", "boss", "Robin Boss", Role::Approver, false),
    (
        "approver",
        "svc-approver",
        "Countersign",
        Role::Approver,
        true,
    ),
    ("requestor", "anna.berg", "Anna Berg", Role::Requestor, true),
    (
        "requestor-approver",
        "jonas.lind",
        "Jonas Lind",
        Role::RequestorApprover,
        true,
    ),
    ("isa", "ops-isa", "Ines Moreau", Role::Isa, true),
];

/// The people of every world; a world adds to them, or alters one by name.
pub(crate) fn first_users(seed: u64) -> Vec<User> {
    FIRST
        .iter()
        .zip(11..)
        .map(|((name, run_as, full_name, role, api), id)| User {
            id,
            name: (*name).to_owned(),
            run_as: (*run_as).to_owned(),
            full_name: (*full_name).to_owned(),
            email: format!("{run_as}@example.com"),
            role: *role,
            accounts: None,
            api: *api,
            password_required: true,
            secrets: Secrets::derived(seed, name),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_secrets_have_the_vendors_form_and_differ() {
        let users = first_users(3);
        let all: Vec<&str> = users
            .iter()
            .flat_map(|user| {
                let own = &user.secrets;
                [
                    &own.api_key,
                    &own.password,
                    &own.client_id,
                    &own.client_secret,
                ]
            })
            .map(String::as_str)
            .collect();
        let mut unique = all.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), all.len());
        for user in &users {
            assert_eq!(user.secrets.api_key.len(), 128);
            assert_eq!(user.secrets.client_id.len(), 36);
            assert_eq!(user.secrets.client_secret.len(), 64);
        }
    }

    #[test]
    fn a_role_may_be_for_some_accounts_only() {
        let mut user = first_users(1).remove(1);
        assert_eq!(user.role_on(7), Some(Role::Approver));
        user.accounts = Some(vec![8]);
        assert_eq!(user.role_on(7), None);
    }
}
