//! Mock vendors, faithful to the vendors' own documentation.
