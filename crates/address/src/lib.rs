//! Address encoding and validation for the six chain families.
