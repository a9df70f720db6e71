//! ThreatLocker as a client sees it.

mod applications;
mod deciding;
mod document;
mod entering;
mod generated;
mod listing;
mod ownership;
mod people;
mod permissions;
mod permitting;
mod ready;
mod refusals;
mod tenant;
mod time;
