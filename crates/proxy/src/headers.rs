//! Header hygiene: pure functions over header maps.
