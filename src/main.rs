//! The command line of Finality.
fn main() {}
