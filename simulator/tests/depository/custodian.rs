//! What a custodian passes on to the depository.

use std::rc::Rc;

use finality_parsers::codec::{self, Depth, Envelope, Format};
use finality_parsers::limits::Limits;
use finality_parsers::machine::{LinkInput, Timestamp};
use finality_parsers::model::{Change, Event, Status, StatusAdvice, StatusKind};
use finality_parsers::mx::Wrapping;
use finality_simulator::parties::custodian::Custodian;
use finality_simulator::parties::{Party, PartyEffect, PartyInput};

use super::{floor, order};

/// A custodian and what it sends: to the depository, and to its client.
fn hands(custodian: &mut Custodian, now: Timestamp, input: PartyInput<'_>) -> [Vec<Event>; 2] {
    let mut effects = Vec::new();
    custodian.handle(now, input, &mut effects);
    let mut sent = [Vec::new(), Vec::new()];
    for effect in effects {
        if let PartyEffect::Send { port, bytes } = effect {
            sent[port].extend(codec::decode(&bytes, &Limits::default(), Depth::Event).event);
        }
    }
    sent
}

/// In both languages: a release of so much goes on under the custodian's references, in both places that name the instruction, and its
/// answer comes back under the client's.
#[test]
fn a_custodian_passes_on_what_is_released_in_part() {
    let floor = floor("");
    for (index, format) in [(0, Format::Mt), (1, Format::Mx(Wrapping::Envelope))] {
        let mut custodian = Custodian::new(Rc::clone(&floor.market), index);
        let envelope = Envelope {
            sender: floor.market.manager.to_string(),
            receiver: floor.market.custodians[index].bic.to_string(),
            created: floor.now,
            message_id: "REL1".to_owned(),
            possible_duplicate: false,
        };
        let written = |event: &Event| codec::encode(event, format, &envelope).expect("it can be said").bytes;
        let mut held = order("MINE", (index, floor.broker(0)), 100, 1_000);
        held.held = true;
        let instruction = written(&Event::Instruction(Box::new(floor.instruction(true, &held))));
        let opened = PartyInput::Wire { port: 0, input: LinkInput::Opened };
        hands(&mut custodian, floor.now, opened);
        hands(&mut custodian, floor.now, PartyInput::Wire { port: 0, input: LinkInput::Bytes(&instruction) });
        let due = custodian.deadline().expect("it processes");
        let [_, passed] = hands(&mut custodian, due, PartyInput::Tick);
        let [Event::Instruction(ours)] = &passed[..] else { panic!("{passed:?}") };
        let release = floor.request(index, "MINED", Change::Release, Some(40), "REL1");
        let release = written(&Event::ProcessingChange(Box::new(release)));
        let asked = PartyInput::Wire { port: 0, input: LinkInput::Bytes(&release) };
        let [_, passed] = hands(&mut custodian, due, asked);
        let [Event::ProcessingChange(change)] = &passed[..] else { panic!("{passed:?}") };
        assert_eq!(change.requests[0].instructions[0].1, ours.id);
        assert_eq!(change.requests[0].changes, [Change::Release]);
        let status = &change.statuses[0];
        assert_eq!(
            (status.instruction.as_ref(), status.quantity),
            (Some(&ours.id), Some(floor.market.units(40)))
        );
        let done = Status { kind: StatusKind::ChangeCompleted, reasons: Vec::new() };
        let answer = StatusAdvice { modification: true, ..StatusAdvice::of(change.id.clone(), vec![done]) };
        let answer = Event::Status(Box::new(answer));
        let answer =
            codec::encode(&answer, Format::Mx(Wrapping::Envelope), &envelope).expect("it can be said");
        let answer = codec::decode(&answer.bytes, &Limits::default(), Depth::Event).event;
        let heard = PartyInput::Heard { port: 1, event: answer.as_ref() };
        let [told, _] = hands(&mut custodian, due, heard);
        let [Event::Status(advice)] = &told[..] else { panic!("{told:?}") };
        // A sese.030 is known by the identifier of its transmission, an MT530 by its reference: here they are alike.
        assert_eq!(advice.statuses[0].kind, StatusKind::ChangeCompleted);
        assert_eq!(advice.instruction.as_str(), "REL1");
    }
}
