//! Keys go home only, and nothing but a whole answer counts: redirects, certificates, cut and slow answers, against a
//! server that does to the bytes what it is told.

mod certificates;
mod cuts;
mod proxies;
mod redirects;
mod stage;
mod table;
mod wire;
