//! Finality.
