//! The jinku-signer process.
fn main() {}
