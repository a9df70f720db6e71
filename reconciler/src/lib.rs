//! Decisions about privileged access, under Git.
