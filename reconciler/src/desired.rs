//! What people wrote: the configuration, which is trusted, and the decision files, which are not.

pub mod config;
