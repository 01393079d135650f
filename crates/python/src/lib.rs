//! The only crate that knows PyO3: public, secret-free functions for jinku._native.
