//! Who may see and do what at Fudo: users, their roles, the safes they are granted, and what they get in with.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::request::{Person, Request};
use crate::seed;

/// What a user may do. Which role sees what is not in the document, only that roles filter silently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Asks for access; sees what he or she asked for.
    User,
    /// Looks at what the granted safes hold.
    Operator,
    /// Votes about what the granted safes hold.
    Admin,
    /// Votes about everything.
    Superadmin,
}

impl Role {
    /// The word on the wire.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Operator => "operator",
            Self::Admin => "admin",
            Self::Superadmin => "superadmin",
        }
    }

    /// Whether it may vote and revoke.
    pub(crate) fn votes(self) -> bool {
        match self {
            Self::Admin | Self::Superadmin => true,
            Self::User | Self::Operator => false,
        }
    }
}

/// One user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct User {
    pub(crate) id: String,
    /// The name in a world, and of the identity.
    pub(crate) name: String,
    /// The user name at the vendor.
    pub(crate) user_name: String,
    pub(crate) domain: Option<String>,
    pub(crate) role: Role,
    /// The safes an admin or operator is granted; nothing means all.
    pub(crate) safes: Option<Vec<String>>,
    /// Whether there is an API key.
    pub(crate) api: bool,
    #[serde(skip)]
    pub(crate) api_key: String,
    /// Whoever has one may also get in by the deprecated login.
    #[serde(skip)]
    pub(crate) password: Option<String>,
}

impl User {
    /// Whether this user's lists show the request.
    pub(crate) fn sees(&self, row: &Request) -> bool {
        match self.role {
            Role::User => row.user.name == self.user_name,
            Role::Operator | Role::Admin | Role::Superadmin => self.sees_safe(&row.safe.name),
        }
    }

    /// Whether this user is granted the safe.
    pub(crate) fn sees_safe(&self, safe: &str) -> bool {
        let granted = |safes: &Vec<String>| safes.iter().any(|own| own == safe);
        match self.role {
            Role::Superadmin => true,
            Role::Admin | Role::Operator => self.safes.as_ref().is_none_or(granted),
            Role::User => false,
        }
    }

    pub(crate) fn person(&self) -> Person {
        Person {
            id: self.id.clone(),
            name: self.user_name.clone(),
            domain: self.domain.clone(),
        }
    }

    /// Whether somebody who is called so is meant: by name, user name or id.
    pub(crate) fn is_called(&self, text: &str) -> bool {
        let text = text.trim();
        self.id == text
            || [&self.name, &self.user_name]
                .iter()
                .any(|own| own.eq_ignore_ascii_case(text))
    }

    /// What this user gets in with, by the keys of the ready file.
    pub(crate) fn credentials(&self) -> BTreeMap<String, String> {
        let mut keys = BTreeMap::from([("api-key".to_owned(), self.api_key.clone())]);
        if let Some(password) = &self.password {
            keys.insert("user-name".to_owned(), self.user_name.clone());
            keys.insert("password".to_owned(), password.clone());
        }
        keys
    }
}

/// An id of the vendor's form, 19 digits, derived from what it is of; below those of access requests.
pub(crate) fn derived_id(seed: u64, kind: &str, name: &str) -> String {
    const FIRST: u64 = 1_000_000_000_000_000_000;
    let place = seed::derive(seed, &format!("fudo/{kind}/{name}"), 0) % (3 * FIRST);
    (FIRST + place).to_string()
}

/// A key of the vendor's form: 64 characters.
pub(crate) fn derived_key(seed: u64, name: &str) -> String {
    seed::hex(seed, &format!("fudo/api-key/{name}"), 0, 64)
}

/// The people of every world: (name, user name, role, in the API).
const FIRST: [(&str, &str, Role, bool); 5] = [
    ("boss", "boss", Role::Superadmin, false),
    ("approver", "countersign", Role::Admin, true),
    ("second-voter", "jonas.lind", Role::Admin, true),
    ("operator", "ines.moreau", Role::Operator, true),
    ("requestor", "anna.berg", Role::User, false),
];

/// The people of every world; a world adds to them, or alters one by name.
pub(crate) fn first_users(seed: u64) -> Vec<User> {
    let user = |(name, user_name, role, api): &(&str, &str, Role, bool)| User {
        id: derived_id(seed, "user", user_name),
        name: (*name).to_owned(),
        user_name: (*user_name).to_owned(),
        domain: None,
        role: *role,
        safes: None,
        api: *api,
        api_key: derived_key(seed, name),
        password: None,
    };
    FIRST.iter().map(user).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_64_characters_and_ids_19_digits_beyond_a_double() {
        for seed in 1..50 {
            let users = first_users(seed);
            for user in &users {
                assert_eq!(user.api_key.len(), 64);
                assert_eq!(user.id.len(), 19);
                assert!(user.id.parse::<u64>().unwrap() > 1 << 53);
            }
            assert_ne!(users[1].api_key, users[2].api_key);
            assert_ne!(users[1].id, users[2].id);
        }
    }
}
