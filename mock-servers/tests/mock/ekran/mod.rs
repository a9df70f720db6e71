//! Ekran as a client sees it.

mod console;
mod document;
mod people;
mod ready;
mod selecting;
mod walking;
