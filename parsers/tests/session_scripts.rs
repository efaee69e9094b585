//! Plays `samples/fix/session/*.script` against a FIX session, in memory; `player` describes the steps.

use std::path::Path;

use crate::player;

#[test]
fn every_script_plays() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/fix/session");
    let failures = player::failures(&folder, player::play);
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn a_wrong_expectation_is_noticed() {
    let script = "1 S acceptor FIX.4.4 US THEM 30\n2 O\n3 I 35=A|34=1|98=0|108=30|141=Y\n4 E 35=A|34=2|*\n";
    assert!(player::play(script).is_err_and(|e| e.contains("35=A|34=1")));
}
