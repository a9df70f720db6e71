//! `schema`: JSON Schema of what people write and of what machines read.

use super::Context;
use crate::cli::{Schema as Args, SchemaOf};
use crate::desired::{config, decisions};
use crate::exit::Exit;
use crate::model::Vendor;
use crate::render::{json, schema};
use crate::vendors::capabilities;

/// `countersign schema WHAT`.
pub(super) fn run(args: &Args, context: &Context) -> Exit {
    context.ui.result(&text(args.of));
    Exit::Done
}

/// A schema as a file; ends with a line feed.
pub(super) fn text(of: SchemaOf) -> String {
    match of {
        SchemaOf::Decisions => json::document(&decisions::schema(&Vendor::ALL.map(capabilities))),
        SchemaOf::Config => json::document(&config::schema()),
        SchemaOf::Plan => schema::plan(),
        SchemaOf::Events => schema::events(),
    }
}
