//! Which message becomes which, and which field stands where.
