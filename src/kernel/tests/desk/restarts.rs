//! The power goes at every record of every scenario, in three ways; the end is always the same, and nothing is
//! instructed under another reference than without the cut.

use finality_kernel::exceptions::reason::ReasonCode;

use crate::desk::gateway::{Cut, Gateway};
use crate::desk::table::{play, scenarios};
use crate::desk::words::Play;

/// A message that could not be taken is laid aside again when it comes again: nothing tells it from another one.
fn open_reasons(gateway: &Gateway, cut: Cut) -> Vec<ReasonCode> {
    let laid_aside = [
        ReasonCode::Unreadable,
        ReasonCode::ReferenceReused,
        ReasonCode::Unrelated,
        ReasonCode::WrongSender,
        ReasonCode::WrongReceiver,
    ];
    let mut open = gateway.open_reasons();
    open.retain(|reason| cut != Cut::BeforeTold || !laid_aside.contains(reason));
    open
}

fn survives(cut: Cut) {
    let mut failed = Vec::new();
    for scenario in scenarios().filter(|s| !s.counts_attempts) {
        let calm = play(scenario);
        let open = Gateway::open().journal.len() as u64;
        for record in open + 1..=calm.journal.len() as u64 {
            let mut play = Play::new(Gateway::open());
            play.gateway.cut = Some((record, cut));
            play.table(scenario.steps, false);
            let cut_run = &play.gateway;
            let same = cut_run.standing() == calm.standing()
                && cut_run.instructed() == calm.instructed()
                && open_reasons(cut_run, cut) == open_reasons(&calm, cut);
            if !same {
                failed.push(format!(
                    "{}, {cut:?} at record {record}:\n  {:?} {:?} {:?}\n  {:?} {:?} {:?}",
                    scenario.name,
                    calm.standing(),
                    calm.instructed(),
                    calm.open_reasons(),
                    cut_run.standing(),
                    cut_run.instructed(),
                    cut_run.open_reasons()
                ));
            }
        }
    }
    assert!(failed.is_empty(), "{} ends differ:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn after_a_record_and_all_that_followed_from_it() {
    survives(Cut::After);
}

#[test]
fn after_a_record_that_nobody_was_told_of() {
    survives(Cut::BeforeTold);
}

#[test]
fn before_a_record_was_kept() {
    survives(Cut::Lost);
}
