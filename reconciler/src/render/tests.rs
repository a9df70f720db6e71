//! What people see, snapshot by snapshot; and what hostile text must not do to any of it.

mod documents;
mod fixture;
mod hostile;
mod scopes;
mod snapshots;
mod streams;
mod terms;
mod votes;
