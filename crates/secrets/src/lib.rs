//! Secret bytes in guarded, locked memory that is wiped when dropped.
