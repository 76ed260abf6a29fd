//! See `design.md` section 4.
