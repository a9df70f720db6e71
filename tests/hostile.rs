//! What strangers write, in a vendor's fields, in answers and in the names of files, reaches no screen, log, comment or
//! file as it is; what they answer breaks nothing; and no key reaches anything at all.

mod between;
mod commands;
mod corpus;
mod keys;
mod names;
mod reader;
mod wire;
