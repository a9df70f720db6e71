//! An OpenAPI document per vendor, from its operation table.

use serde_json::{Map, Value, json};

use crate::operations::Operation;
use crate::vendors::Vendor;

/// OpenAPI 3.1 of what this mock serves.
pub(crate) fn document(vendor: Vendor) -> Value {
    let mut paths = Map::new();
    for operation in vendor.operations() {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.to_lowercase()] = described(operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": format!("{} (mock)", vendor.title()), "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
    })
}

fn described(operation: &Operation) -> Value {
    let variables = operation
        .path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = variables
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    parameters.extend(operation.parameters.iter().map(|parameter| {
        json!({ "name": parameter.name, "in": "query", "description": parameter.says, "schema": { "type": parameter.kind } })
    }));
    json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": { "200": { "description": "Done, or ignored: a success proves nothing" }, "default": { "description": "The vendor's error" } },
    })
}
