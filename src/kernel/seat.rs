//! From which seat the gateway works: one table for each of what is taken, what it starts and who must act then. It prints
//! itself into `docs/seats.md`. Book, journal, outbox, exceptions and views are the same in all.

use std::fmt::Write as _;

use finality_parsers::model::{Event, EventKind, Side};
use serde::{Deserialize, Serialize};

/// A seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seat {
    /// The manager's desk: we allocate, the broker confirms, we affirm and instruct our custodian.
    #[default]
    BuySide,
    /// The custodian's desk: clients instruct, we check, answer and pass on to the depository.
    Custodian,
    /// The broker's desk: the manager allocates, we confirm, he affirms, we instruct our settlement agent.
    Broker,
}

/// What is done with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    /// What its stage does in every seat.
    Stage,
    /// A report of allocations is taken as the manager's allocation.
    Allocates,
    /// An answer to a confirmation of ours.
    Answers,
    /// A client's instruction.
    Instructs,
    /// A client's cancellation.
    Cancels,
    /// A client's command to process his instruction otherwise.
    Changes,
    /// A client's request to change the terms of his instruction.
    Amends,
    /// A client's question for statuses.
    Asks,
    /// It belongs to another seat.
    NotTaken,
}

/// A row of a seat's table.
struct Row {
    kind: EventKind,
    messages: &'static str,
    does: Does,
    starts: &'static str,
    next: &'static str,
}

const fn row(
    kind: EventKind,
    messages: &'static str,
    does: Does,
    starts: &'static str,
    next: &'static str,
) -> Row {
    Row { kind, messages, does, starts, next }
}

use Does::{Allocates, Amends, Answers, Asks, Cancels, Changes, Instructs, Stage};
use EventKind as K;

const NOBODY: &str = "nobody";
const US: &str = "we";
const FOLLOWED: &str = "the trade goes where it says";
const STATED: &str = "it is compared with what is known";

const BUY_SIDE: &[Row] = &[
    row(
        K::Allocation,
        "J, MT514",
        Stage,
        "a trade of each share looks for its confirmation",
        "the broker confirms",
    ),
    row(
        K::Confirmation,
        "AK, MT515, setr.027",
        Stage,
        "both sides are compared; what agrees is affirmed and instructed",
        "the custodian answers",
    ),
    row(
        K::ConfirmationCancellation,
        "setr.029",
        Stage,
        "the confirmation is taken back, or both must agree",
        "the other side",
    ),
    row(K::AllocationReport, "AS", Stage, "a confirmation of each share", "the custodian answers"),
    row(K::ConfirmationRequest, "BH", Stage, "how far the trade is", NOBODY),
    row(K::Execution, "8, MT513", Stage, "it counts for its block", "the manager allocates"),
    row(K::TradeCapture, "AE", Stage, "it counts for its block", "the manager allocates"),
    row(K::TradeCaptureRequest, "AD", Stage, "an answer that there is none", NOBODY),
    row(K::InstructionRequest, "AV", Stage, "the standing instructions that are held", NOBODY),
    row(K::InstructionDelivery, "T", Stage, "a standing instruction is offered", US),
    row(K::Transport, "ACK, NAK", Stage, FOLLOWED, "the custodian answers"),
    row(K::Status, "MT548, sese.024, sese.027, sese.031", Stage, FOLLOWED, "whoever the reason names"),
    row(K::Settlement, "MT544 to MT547, sese.025", Stage, FOLLOWED, NOBODY),
    row(K::Allegement, "MT578, sese.028", Stage, "it is laid beside the trades it may mean", US),
    row(K::TransactionsStatement, "MT536, MT537, semt.017, semt.018", Stage, STATED, US),
    row(K::HoldingsStatement, "MT535, semt.002", Stage, STATED, US),
    row(K::Rejection, "3, j", Stage, "an exception", US),
];

const BROKER: &[Row] = &[
    row(
        K::Allocation,
        "J, MT514",
        Stage,
        "a trade of each share, and our confirmation of it (AK, MT515, setr.027) unless its block contradicts it",
        "the manager affirms",
    ),
    row(K::AllocationReport, "AS", Allocates, "the same, answered by AT", "the manager affirms"),
    row(
        K::ConfirmationAcknowledgement,
        "AU, MT517, MT509, setr.030",
        Answers,
        "affirmed: the instruction to our settlement agent; refused: an exception",
        "the agent answers; we",
    ),
    row(K::ConfirmationRequest, "BH", Stage, "the confirmation once more, or how far it is", NOBODY),
    row(
        K::Execution,
        "8, MT513",
        Stage,
        "it counts for the block; what waited for it is confirmed",
        "the manager allocates",
    ),
    row(
        K::TradeCapture,
        "AE",
        Stage,
        "it counts for the block; what waited for it is confirmed",
        "the manager allocates",
    ),
    row(K::TradeCaptureRequest, "AD", Stage, "an answer that there is none", NOBODY),
    row(K::InstructionRequest, "AV", Stage, "the standing instructions that are held", NOBODY),
    row(K::InstructionDelivery, "T", Stage, "a standing instruction is offered", US),
    row(K::Transport, "ACK, NAK", Stage, FOLLOWED, "the agent answers"),
    row(K::Status, "MT548, sese.024, sese.027, sese.031", Stage, FOLLOWED, "whoever the reason names"),
    row(K::Settlement, "MT544 to MT547, sese.025", Stage, FOLLOWED, NOBODY),
    row(K::Allegement, "MT578, sese.028", Stage, "it is laid beside the trades it may mean", US),
    row(K::AllegementStatement, "MT586, semt.019", Stage, STATED, US),
    row(K::TransactionsStatement, "MT536, MT537, semt.017", Stage, STATED, US),
    row(K::PendingStatement, "MT537, semt.018", Stage, STATED, US),
    row(K::IntraPositionStatement, "MT538", Stage, STATED, US),
    row(K::HoldingsStatement, "MT535, semt.002", Stage, STATED, US),
    row(K::Penalties, "MT537 PENA, semt.044", Stage, STATED, US),
    row(K::Rejection, "3, j", Stage, "an exception", US),
    row(K::Withdrawal, "semt.020", Stage, "an allegement is over; of anything else an exception", US),
    row(K::TradeStatus, "MT509", Stage, "it is noted", NOBODY),
    row(K::Obligations, "BQ", Stage, "it is noted", NOBODY),
    row(K::AllocationAlert, "BM", Stage, "it is noted", NOBODY),
    row(K::Generation, "sese.032", Stage, "it is noted", NOBODY),
    row(K::CounterpartyResponse, "sese.040", Stage, "it is noted", NOBODY),
];

const CUSTODIAN: &[Row] = &[
    row(
        K::Instruction,
        "MT540 to MT543, sese.023",
        Instructs,
        "it is checked and answered (MT548, sese.024); what is taken goes to the depository under our reference",
        "the depository answers",
    ),
    row(
        K::Cancellation,
        "MT540 to MT543 CANC, sese.020",
        Cancels,
        "what is out is cancelled at the depository; the client hears how that ended (MT548, sese.027)",
        "the depository answers",
    ),
    row(
        K::ProcessingChange,
        "MT530, sese.030",
        Changes,
        "hold, release, priority, parts: it is checked and passed on; the client hears how that ended (MT548, sese.031)",
        "the depository answers",
    ),
    row(
        K::Modification,
        "sese.038",
        Amends,
        "the terms of his instruction: it is checked; what is out is cancelled at the depository and goes out as he wants it, and he hears how that ended (sese.039)",
        "the depository answers",
    ),
    row(
        K::StatusRequest,
        "MT549, sese.021",
        Asks,
        "where each instruction that it names stands now (MT548, sese.024), or why that is not said (sese.022)",
        NOBODY,
    ),
    row(K::Transport, "ACK, NAK", Stage, FOLLOWED, "the depository answers"),
    row(
        K::Status,
        "MT548, sese.024, sese.027, sese.031",
        Stage,
        "the trade goes where it says, and the client hears it by his reference",
        "whoever the reason names",
    ),
    row(
        K::Settlement,
        "MT544 to MT547, sese.025",
        Stage,
        "the trade goes where it says, and the client hears it by his reference and account",
        NOBODY,
    ),
    row(
        K::Allegement,
        "MT578, sese.028, sese.029",
        Stage,
        "it is laid beside the trades it may mean; what nothing of his answers the client is told",
        "the client, or we",
    ),
    row(
        K::AllegementStatement,
        "MT586, semt.019",
        Stage,
        "the same for each that is listed; what is listed no more is over",
        "the client, or we",
    ),
    row(K::TransactionsStatement, "MT536, MT537, semt.017", Stage, STATED, US),
    row(K::PendingStatement, "MT537, semt.018", Stage, STATED, US),
    row(K::HoldingsStatement, "MT535, semt.002", Stage, STATED, US),
    row(K::Penalties, "MT537 PENA, semt.044", Stage, STATED, US),
    row(K::Rejection, "3, j", Stage, "an exception", US),
    row(K::Withdrawal, "semt.020", Stage, "an allegement is over; of anything else an exception", US),
];

impl Seat {
    /// All.
    pub const ALL: [Seat; 3] = [Seat::BuySide, Seat::Broker, Seat::Custodian];

    /// As it is configured.
    pub fn name(self) -> &'static str {
        match self {
            Seat::BuySide => "buy_side",
            Seat::Broker => "broker",
            Seat::Custodian => "custodian",
        }
    }

    fn rows(self) -> &'static [Row] {
        match self {
            Seat::BuySide => BUY_SIDE,
            Seat::Broker => BROKER,
            Seat::Custodian => CUSTODIAN,
        }
    }

    /// What is done with a message of this kind.
    pub(crate) fn does(self, kind: EventKind) -> Does {
        let row = self.rows().iter().find(|row| row.kind == kind);
        match (row, self) {
            (Some(row), _) => row.does,
            // What is not in its table is noted or laid aside, as the stages have it.
            (None, Seat::BuySide) => Stage,
            (None, Seat::Broker | Seat::Custodian) => Does::NotTaken,
        }
    }

    /// Whether confirmations are ours: made of the allocation, sent, and affirmed by the manager.
    pub fn confirms(self) -> bool {
        self == Seat::Broker
    }

    /// A side as the other one sees it: what the client buys, his broker sells to him. The same way out as in.
    pub fn turned(self, side: Side) -> Side {
        match (self, side) {
            (Seat::Broker, Side::Buy) => Side::Sell,
            (Seat::Broker, Side::Sell) => Side::Buy,
            (Seat::BuySide | Seat::Custodian, side) => side,
        }
    }

    /// What a message says, seen from this seat: from here on buying means that securities come to us.
    pub(crate) fn seen(self, mut event: Event) -> Event {
        match &mut event {
            Event::Allocation(allocation) => allocation.side = self.turned(allocation.side),
            Event::AllocationReport(report) => report.allocation.side = self.turned(report.allocation.side),
            Event::Execution(execution) => execution.side = self.turned(execution.side),
            Event::TradeCapture(capture) => {
                capture.sides.iter_mut().for_each(|side| side.side = self.turned(side.side));
            }
            _ => {}
        }
        event
    }
}

/// The tables as a page of documentation.
pub fn page() -> String {
    let mut page = String::from(
        "# Seats\n\nPrinted from `src/kernel/seat.rs`; a test keeps it equal. `seat` of the [profile](profile.md) says from which seat the gateway \
         works. What a seat does not take is laid aside with that reason and can be put through again.\n\n\
         In every seat only who was given an instruction says what becomes of it: statuses, settlements and answers to requests are taken on the line \
         it went out by, or on another of the same house (another custodian of that BIC, or a line whose `their_id` is that BIC and that belongs to no client, manager or \
         broker); the network's answers on the line that the message left by, or one to the same BIC; statements from no client, manager or broker, and not of an account that \
         is with another custodian. Anything else changes nothing: it is laid aside and is `wrong_sender`. A message whose envelope names another BIC as its receiver than ours (`bic`, or `our_id` \
         of a line; any branch) is laid aside too, as `wrong_receiver`.\n",
    );
    for seat in Seat::ALL {
        let about = match seat {
            Seat::BuySide => {
                "The manager's own desk: allocations are ours, the broker confirms, what agrees is affirmed and instructed at our \
                 custodian. [The life of a trade](life-of-a-trade.md) follows one. What is not in the table is noted or laid aside."
            }
            Seat::Custodian => {
                "The servicer's desk, smaller than the other two: clients (`[[profile.clients]]`) instruct, each for accounts of his own; what is \
                 checked and taken goes to the depository (`[[profile.custodians]]`) that `[[profile.accounts]]` names for the account, with our \
                 safekeeping account there and a reference of ours. The client hears everything by his references, in the format of his link.\n\n\
                 - Rejected at once, with a reason: an account that is none of his (`SAFE`), settlement before the trade date (`DDAT`), no place of \
                 settlement (`DEPT`), no agent of the other side (`ICAG`), a quantity of 0 (`DQUA`), no amount or one of 0 against payment, or one free of payment (`DMON`), a reference used again for something \
                 else (`REFE`), any other error by the tables of its standard (`NARR`, in words).\n\
                 - The same message again is answered again, an instruction by where it stands now, and goes out once. A command or a cancellation that came before its instruction is rejected (`REFE`), and taken when it comes again.\n\
                 - Acknowledged means taken by us. What the depository says then is passed on, but not that it acknowledges too; what it says of a \
                 trade that has ended is noted, but that it settled after all: that is booked, passed on, and an exception (`settlement_differs`).\n\
                 - What goes out carries no ties to other references, no cash account and no transmission time of the client's.\n\
                 - A cancellation is answered when the depository has answered ours; of what has settled or is cancelled it is denied at once \
                 (`DSET`, `DCAN`); rejected is one of what nobody knows, or that repeats another direction, payment, quantity or instrument (`REFE`), or names \
                 another account (`SAFE`). A second one is answered that it is pending, and then as the first is. What is rejected while it is being cancelled is cancelled. One that our network refuses is an exception of ours, and the client waits.\n\
                 - What the depository rejects the client hears; our desk may still instruct it anew. What our desk has cancelled to instruct it anew he \
                 does not hear of, and parts that settle then are counted from there.\n\
                 - A command (MT530, sese.030) is about one instruction: hold, release, release of a part, priority, settlement in parts. It is checked \
                 (`REFE` a reference that is none of his, `SAFE` another account, `DQUA` more than is left; `DSET`, `DCAN` when it is too late; `NARR` what is not \
                 passed on, in words), acknowledged, and goes to the depository as a request of ours for each change. It is completed when all of them \
                 are, and denied with the first that is refused, for the depository's reason; what it refuses and does after all is completed; what the network refuses is an exception of ours \
                 too (`request_refused`). A pre-advice goes out as one, and its client releases it so. What our desk instructs anew goes out as he has asked.\n\
                 - A request to change the terms of an instruction (sese.038; ISO 15022 has none) is about date, quantity, money, price, the other side's parties and words. \
                 It is checked as an instruction is; what contradicts itself or would change nothing is rejected (`NARR`). What is out is cancelled at the depository and goes out as he wants it once that is done; he hears that it was done, or \
                 why not (sese.039): it settled before, wholly or in part, or the depository did not cancel, or has rejected what was out (then a further request goes out at once). Anything else is rejected in words: cancel and instruct anew.\n\
                 - A question (MT549 for 548, sese.021) that names instructions is answered by where each stands now, with the reason that the depository gave last; what \
                 cannot be answered is rejected (MT548 SPRC, sese.022).\n\
                 - What is alleged against an account of a client (MT578, sese.028, or in a statement) and nothing of his answers, he is told, and that it is no \
                 more when it is taken back, no longer listed, or an instruction answers it. Where one account with the depository is for several of ours, \
                 it is told who is named on our side; where that says nothing it is our desk's (`allegement_unknown`).\n\
                 - An instruction, a cancellation, a command or a request to change one that cannot be read is laid aside, and rejected (`NARR`, or `REFE` where its reference came before) \
                 if its sender and reference can be read.\n\n\
                 A day from files:\n\n```sh\nfinality ingest --store books --config samples/seats/custodian.toml samples/seats/custodian-1-instruction.fin \\\n  \
                 samples/seats/custodian-2-unknown-account.fin samples/seats/custodian-3-matched.xml samples/seats/custodian-4-settled.xml \\\n  \
                 samples/seats/custodian-5-too-late.fin\nfinality trades --store books --config samples/seats/custodian.toml list\n```\n\nThe first \
                 instruction goes out and settles, the second is rejected, and the cancellation comes too late and is denied.\n\n\
                 Another day, from an empty store:\n\n```sh\nfinality ingest --store books2 --config samples/seats/custodian.toml samples/seats/custodian-6-held.fin \\\n  \
                 samples/seats/custodian-7-release.fin samples/seats/custodian-8-released.xml samples/seats/custodian-9-question.fin \\\n  \
                 samples/seats/custodian-10-alleged.xml samples/seats/custodian-11-taken-back.xml samples/seats/custodian-12-unreadable.fin\n```\n\nAn \
                 instruction on hold is released by its client, who asks how far it is and hears what is alleged against his account; one that cannot be read is rejected.\n\n\
                 Not there: changes of what sese.038 cannot change here (account, instrument, direction), and other changes of the processing than those above (linking, borrowing, matching); commands about \
                 several instructions; questions by status or instrument; statements and penalties to clients; hold of accounts, limits and positions of clients are not checked; settlement between two \
                 clients goes to the depository too."
            }
            Seat::Broker => {
                "The sell side: managers (`[[profile.managers]]`) allocate, each share is confirmed, the manager affirms, and the opposite \
                 direction is instructed at our settlement agent (`[[profile.custodians]]`), which `[[profile.accounts]]` names for each \
                 account of a client with our own safekeeping account there. Sides are shown as ours: what a client buys, we sell.\n\n\
                 - A share whose block is mismatched or disqualified is not confirmed until that is mended: the block's exception says why.\n\
                 - The confirmation states the price of the allocation; net money is the allocation's, else gross with commission and \
                 fees. It carries our settlement chain, where a record of our own side holds one.\n\
                 - A replaced allocation is confirmed anew: by a replacing AK, elsewhere by a cancellation and a new confirmation. After the \
                 instruction went out the old instruction is cancelled first ([lifecycle.md](lifecycle.md)).\n\
                 - An allocation that is cancelled before it is affirmed cancels our confirmation; after that our desk has to agree (`finality order \
                 agree-cancel`), and the confirmation is cancelled when the instruction is.\n\
                 - A refusal (AU rejected, MT517 NAFI, MT509) is `economics_differ`: the manager replaces, or affirms after all. No word is \
                 `affirmation_missing` after `affirmation_due_minutes`. An affirmation that names another trade date than ours affirms nothing and is `economics_differ` too.\n\
                 - A manager is confirmed on the link by which it allocates, or on another (`confirmations`: MT514 in, setr.027 out, setr.030 back), and as the market's side (MT518) where it is a \
                 broker itself (`market_side`). Fees are confirmed one by one as they were told.\n\
                 - `auto_affirm` of a manager: what is confirmed counts as affirmed.\n\
                 - The counterparty's standing instructions are those of the manager's BIC, for one account where the record names it.\n\n\
                 A day from files:\n\n```sh\nfinality ingest --store books --config samples/seats/broker.toml samples/seats/broker-1-allocation.fix \\\n  \
                 samples/seats/broker-2-affirmation.fix samples/seats/broker-3-refusal.fix samples/seats/broker-4-matched.fin \\\n  \
                 samples/seats/broker-5-settled.fin\nfinality trades --store books --config samples/seats/broker.toml list\nfinality inspect --store books trade 1\n```\n\nThe first \
                 trade settles; of the second the manager says that the money is wrong, so it waits as `economics_differ`.\n\n\
                 Not there: sending executions, comparing with a market side (MT518), prices other than money and per cent where the allocation \
                 says no net money. An MT names a fee that it has no name for as another one (`OTHR`)."
            }
        };
        writeln!(
            page,
            "\n## `{}`\n\n{about}\n\n| message | starts | who must act then |\n|---|---|---|",
            seat.name()
        )
        .expect("a string");
        for row in seat.rows() {
            writeln!(page, "| {} | {} | {} |", row.messages, row.starts, row.next).expect("a string");
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_one_row_in_a_seat() {
        for seat in Seat::ALL {
            for row in seat.rows() {
                let rows = seat.rows().iter().filter(|other| other.kind == row.kind).count();
                assert_eq!(rows, 1, "{} {}", seat.name(), row.messages);
            }
        }
    }

    #[test]
    fn what_is_turned_twice_is_as_it_was() {
        for seat in Seat::ALL {
            for side in [Side::Buy, Side::Sell] {
                assert_eq!(seat.turned(seat.turned(side)), side);
            }
        }
        assert_eq!(Seat::Broker.turned(Side::Buy), Side::Sell);
    }
}
