//! Password Safe as a client sees it.

mod checking_in;
mod deciding;
mod entering;
mod filing;
mod generated;
mod limits;
mod people;
mod queues;
mod ready;
mod refusals;
mod time;
mod vault;
