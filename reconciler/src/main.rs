//! The program: takes the clock, the environment and the streams, and hands them to the library.
fn main() {}
