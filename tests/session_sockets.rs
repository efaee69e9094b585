//! Plays `samples/fix/session/*.script` over real connections: what the session sends is what its peer reads, whole messages
//! come in pieces, and who takes the line down is seen by the other.

#[path = "../parsers/tests/player/mod.rs"]
mod player;

use std::path::Path;

#[test]
fn every_script_plays_over_a_socket() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/fix/session");
    let failures = player::failures(&folder, player::play_over_a_socket);
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
