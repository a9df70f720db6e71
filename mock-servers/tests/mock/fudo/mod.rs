//! Fudo as a client sees it.

mod document;
mod entering;
mod generated;
mod instance;
mod listing;
mod people;
mod ready;
mod refusals;
mod revoking;
mod time;
mod voting;
