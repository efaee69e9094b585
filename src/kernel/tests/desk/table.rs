//! The scenarios: step, then the state of every trade, then the reasons of what is open.

use crate::desk::gateway::Gateway;
use crate::desk::words::Play;

/// One story.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) steps: &'static str,
    /// Attempts are counted by each run anew, so a restart may shift what these wait for.
    pub(crate) counts_attempts: bool,
}

pub(crate) const fn scenario(name: &'static str, steps: &'static str) -> Scenario {
    Scenario { name, steps, counts_attempts: false }
}

const SCENARIOS: &[Scenario] = &[
    scenario(
        "a purchase through the MT custodian",
        "manager allocates B1            | allocated |
         broker confirms C1 of B1        | instructed |
         network takes                   | delivered |
         custodian says acknowledged     | acknowledged |
         custodian says matched          | matched at CSD |
         custodian settles 1000          | settled |",
    ),
    scenario(
        "a sale through the ISO 20022 custodian",
        "manager allocates B1 sell account FUND2      | allocated |
         broker confirms C1 of B1 sell account FUND2  | instructed |
         isocustodian says acknowledged               | acknowledged |
         isocustodian says matched                    | matched at CSD |
         isocustodian settles 1000                    | settled |",
    ),
    scenario(
        "a confirmation by MT515 that names no allocation",
        "manager allocates B1 broker telexbroker  | allocated |
         telexbroker confirms C1                  | instructed |
         custodian says matched                   | matched at CSD |
         custodian settles 1000                   | settled |",
    ),
    scenario(
        "the confirmation comes first",
        "broker confirms C1 of B1  | alleged |
         61 minutes pass           | alleged | allocation_missing
         manager allocates B1      | instructed |
         custodian settles 1000    | settled |",
    ),
    scenario(
        "the confirmation comes late",
        "manager allocates B1      | allocated |
         61 minutes pass           | allocated | confirmation_missing
         broker confirms C1 of B1  | instructed |",
    ),
    scenario(
        "the broker corrects its price",
        "manager allocates B1                                 | allocated |
         broker confirms C1 of B1 price 101.00                | mismatched | economics_differ
         broker confirms C2 of B1 price 102.00 replaces C1    | mismatched | economics_differ
         broker confirms C3 of B1 replaces C2                 | instructed |",
    ),
    scenario(
        "the manager corrects its settlement date",
        "manager allocates B1 settles 2026-11-27  | allocated |
         broker confirms C1 of B1                 | mismatched | economics_differ
         manager allocates B2 replaces B1         | instructed |",
    ),
    scenario(
        "the broker takes a confirmation back that nobody allocated",
        "broker confirms C1 of B1             | alleged |
         broker confirms C2 of B1 cancels C1  | cancelled |
         broker confirms C3 of B1             | cancelled, alleged |
         manager allocates B1                 | cancelled, instructed |",
    ),
    scenario(
        "the broker takes a wrong confirmation back",
        "manager allocates B1                          | allocated |
         broker confirms C1 of B1 quantity 900         | mismatched | economics_differ
         broker confirms C2 of B1 quantity 900 cancels C1  | allocated |
         broker confirms C3 of B1                      | instructed |",
    ),
    scenario(
        "the broker cancels what nobody knows",
        "broker confirms C2 cancels C1  | | unrelated",
    ),
    scenario(
        "the manager takes its allocation back before the confirmation",
        "manager allocates B1              | allocated |
         manager allocates B1X cancels B1  | cancelled |
         broker confirms C1 of B1          | cancelled | out_of_place",
    ),
    scenario(
        "the manager takes its allocation back although the broker confirmed other terms",
        "manager allocates B1 settles 2026-11-27    | allocated |
         broker confirms C1 of B1                   | mismatched | economics_differ
         manager allocates B1X cancels B1           | alleged |
         manager allocates B2                       | instructed |",
    ),
    scenario(
        "a cancelled allocation cannot be replaced",
        "manager allocates B1              | allocated |
         manager allocates B1X cancels B1  | cancelled |
         manager allocates B2 replaces B1  | cancelled | unreadable
         manager allocates B3              | cancelled, allocated |  unreadable",
    ),
    scenario(
        "what is affirmed is cancelled by both sides while it waits",
        "manager allocates B1 broker newcomer                            | allocated |
         newcomer confirms C1 of B1                                      | awaiting SSI | ssi_missing
         manager allocates B1X broker newcomer cancels B1                | awaiting SSI | ssi_missing, cancel_requested
         newcomer confirms C1X of B1 cancels C1                          | cancelled |
         desk supplies                                                   | cancelled |",
    ),
    scenario(
        "the manager cancels what the custodian has: MT CANC, granted",
        "manager allocates B1                                 | allocated |
         broker confirms C1 of B1                             | instructed |
         custodian says acknowledged                          | acknowledged |
         manager allocates B1X cancels B1                     | acknowledged | cancel_requested
         the same again                                       | acknowledged | cancel_requested
         broker confirms C1X of B1 cancels C1                 | cancel requested |
         custodian says cancelled to the cancellation         | cancelled |",
    ),
    scenario(
        "a cancellation by the desk, denied",
        "manager allocates B1                              | allocated |
         broker confirms C1 of B1                          | instructed |
         custodian says matched                            | matched at CSD |
         desk cancels 1                                    | cancel requested |
         desk cancels 1                                    | cancel requested |
         custodian says denied to the cancellation         | acknowledged | out_of_place
         desk resolves 1                                   | acknowledged |
         custodian says matched                            | matched at CSD |
         custodian settles 1000                            | settled |
         desk cancels 1                                    | settled |",
    ),
    scenario(
        "a cancellation before the network has answered",
        "manager allocates B1                          | allocated |
         broker confirms C1 of B1                      | instructed |
         desk cancels 1                                | cancel requested |
         network takes                                 | cancel requested |
         custodian says cancelled to the cancellation  | cancelled |
         line custodian down                           | cancelled |
         line custodian up                             | cancelled |",
    ),
    scenario(
        "settled before the cancellation arrived, in two parts",
        "manager allocates B1                     | allocated |
         broker confirms C1 of B1                 | instructed |
         desk cancels 1                           | cancel requested |
         custodian settles 400 part               | cancel requested |
         custodian settles 600 last before 400    | settled |",
    ),
    scenario(
        "the custodian cancels by itself",
        "manager allocates B1       | allocated |
         broker confirms C1 of B1   | instructed |
         custodian says cancelled   | cancelled |",
    ),
    scenario(
        "a share is cancelled while it waits for settlement instructions",
        "manager allocates B1 broker newcomer  | allocated |
         newcomer confirms C1 of B1            | awaiting SSI | ssi_missing
         desk cancels 1                        | cancelled |",
    ),
    scenario(
        "standing instruction: missing, incomplete, supplied",
        "manager allocates B1 broker newcomer  | allocated |
         newcomer confirms C1 of B1            | awaiting SSI | ssi_missing
         121 minutes pass                      | awaiting SSI | ssi_missing
         desk supplies without agent           | awaiting SSI | ssi_missing, ssi_incomplete
         desk supplies                         | instructed |
         custodian settles 1000                | settled |",
    ),
    scenario(
        "standing instruction: ambiguous until one ends",
        "desk supplies from 2026-01-01                    | |
         desk supplies from 2026-02-01                    | |
         manager allocates B1 broker newcomer             | allocated |
         newcomer confirms C1 of B1                       | awaiting SSI | ssi_ambiguous
         desk supplies from 2026-01-01 until 2026-06-30   | instructed |",
    ),
    scenario(
        "the standing instruction is for other days, until its next version",
        "desk records N1 of newcomer until 2026-11-25  | |
         manager allocates B1 broker newcomer          | allocated |
         newcomer confirms C1 of B1                    | awaiting SSI | ssi_not_effective
         desk records N1 of newcomer                   | instructed |",
    ),
    scenario(
        "the two sides settle in different depositories, until ours gives way",
        "desk records OURS for FUND1 place DAKVDEFFXXX  | |
         manager allocates B1                           | allocated |
         broker confirms C1 of B1                       | awaiting SSI | places_differ
         desk records OURS for FUND1                    | instructed |",
    ),
    scenario(
        "a cash account is required and not known",
        "configuration requires cash accounts      | |
         manager allocates B1                      | allocated |
         broker confirms C1 of B1                  | awaiting SSI | cash_leg_incomplete
         desk records OURS for FUND1               | awaiting SSI | cash_leg_incomplete
         desk records OURS for FUND1 cash EUR0001  | instructed |",
    ),
    scenario(
        "a standing instruction changes after the match, and back, and again",
        "manager allocates B1                         | allocated |
         broker confirms C1 of B1                     | instructed |
         desk records NEW of broker agent OTHRDEFFXXX | instructed | ssi_changed
         desk withdraws NEW                           | instructed |
         desk records NEW of broker agent OTHRDEFFXXX | instructed | ssi_changed
         custodian settles 1000                       | settled |",
    ),
    scenario(
        "a confirmation says another place of settlement: what is held counts, and a person is told",
        "manager allocates B1                         | allocated |
         broker confirms C1 of B1 place SICVFRPPXXX   | instructed | chain_differs
         custodian settles 1000                       | settled |",
    ),
    scenario(
        "a value that MT cannot express",
        "manager allocates B1 account FUND3      | allocated |
         broker confirms C1 of B1 account FUND3  | awaiting SSI | not_writable",
    ),
    scenario(
        "the network refuses, the desk instructs anew",
        "manager allocates B1         | allocated |
         broker confirms C1 of B1     | instructed |
         network refuses T26          | rejected | instruction_rejected
         121 minutes pass             | rejected | instruction_rejected
         desk reinstructs 1           | instructed |
         custodian says acknowledged  | acknowledged |
         custodian settles 1000       | settled |",
    ),
    scenario(
        "the custodian refuses; what it says of the old instruction no longer counts",
        "manager allocates B1                 | allocated |
         broker confirms C1 of B1             | instructed |
         custodian says rejected SAFE         | rejected | instruction_rejected
         desk reinstructs 1                   | instructed |
         custodian says rejected SAFE of N1   | instructed |
         custodian settles 1000 of N1         | instructed | settlement_differs
         custodian settles 1000               | settled | settlement_differs",
    ),
    scenario(
        "no counterpart at the depository",
        "manager allocates B1             | allocated |
         broker confirms C1 of B1         | instructed |
         custodian says unmatched CMIS    | unmatched at CSD |
         241 minutes pass                 | unmatched at CSD | counterparty_instruction_missing
         custodian says matched           | matched at CSD |",
    ),
    scenario(
        "a counterpart that comes late, and differs",
        "manager allocates B1             | allocated |
         broker confirms C1 of B1         | instructed |
         custodian says unmatched CMIS    | unmatched at CSD |
         241 minutes pass                 | unmatched at CSD | counterparty_instruction_missing
         custodian says unmatched DQUA    | unmatched at CSD | unmatched_at_csd
         custodian says matched           | matched at CSD |",
    ),
    scenario(
        "a counterpart that differs",
        "manager allocates B1             | allocated |
         broker confirms C1 of B1         | instructed |
         custodian says unmatched DQUA    | unmatched at CSD | unmatched_at_csd
         custodian says matched           | matched at CSD |",
    ),
    scenario(
        "securities lack, then cash, then one side holds, then it is late, then it settles",
        "manager allocates B1             | allocated |
         broker confirms C1 of B1         | instructed |
         custodian says matched           | matched at CSD |
         custodian says pending FUTU      | pending |
         custodian says pending LACK      | pending | securities_short
         custodian says pending MONY      | pending | cash_short
         custodian says failing PREA      | failing | on_hold
         custodian says failing LATE      | failing | late_at_market
         custodian settles 1000           | settled |",
    ),
    scenario(
        "nobody says why it did not settle",
        "manager allocates B1             | allocated |
         broker confirms C1 of B1         | instructed |
         custodian says matched           | matched at CSD |
         3400 minutes pass                | matched at CSD | not_settled_in_time
         custodian settles 1000           | settled |",
    ),
    scenario(
        "a part settles, then the rest; one part is taken back and settles again",
        "manager allocates B1                    | allocated |
         broker confirms C1 of B1                | instructed |
         custodian says matched                  | matched at CSD |
         custodian settles 400 part              | partially settled |
         custodian settles 600 last before 400   | settled |
         custodian reverses 600                  | pending | settlement_differs
         custodian settles 600 last before 400   | settled | settlement_differs",
    ),
    scenario(
        "more settles than was instructed",
        "manager allocates B1            | allocated |
         broker confirms C1 of B1        | instructed |
         custodian settles 1000          | settled |
         custodian settles 1000          | settled | settlement_differs",
    ),
    scenario(
        "more is taken back than has settled",
        "manager allocates B1            | allocated |
         broker confirms C1 of B1        | instructed |
         custodian reverses 1000         | instructed | settlement_differs
         custodian settles 1000          | settled | settlement_differs",
    ),
    scenario(
        "statuses in the wrong order",
        "manager allocates B1            | allocated |
         broker confirms C1 of B1        | instructed |
         custodian says matched          | matched at CSD |
         custodian says acknowledged     | matched at CSD |
         network takes                   | matched at CSD |
         custodian settles 1000          | settled |
         custodian says pending LACK     | settled |",
    ),
    scenario(
        "the same messages twice",
        "manager allocates B1            | allocated |
         the same again                  | allocated |
         broker confirms C1 of B1        | instructed |
         the same again                  | instructed |
         custodian says acknowledged     | acknowledged |
         the same again                  | acknowledged |
         custodian settles 400 part      | partially settled |
         the same again                  | partially settled |",
    ),
    scenario(
        "a reference used twice, put through again, given up",
        "manager allocates B1                 | allocated |
         manager allocates B1 quantity 900    | allocated | reference_reused
         desk reprocesses                     | allocated | reference_reused
         desk resolves 2                      | allocated |",
    ),
    scenario(
        "an account that nobody knows",
        "manager allocates B1 account FUND9  | | unknown_account
         the same again                      | | unknown_account
         desk resolves 1                     | |",
    ),
    scenario(
        "shares that do not add up to the block",
        "manager allocates B1 block 1100  | | unreadable
         the same again                   | | unreadable",
    ),
    scenario(
        "bytes that nobody understands, repaired",
        "garbage on manager          | | unreadable
         desk reprocesses            | | unreadable
         desk reprocesses repaired   | allocated |
         broker confirms C1 of B9    | instructed |",
    ),
    scenario(
        "a line is down and what waits goes out by itself",
        "line custodian down             | |
         6 minutes pass                  | | link_down
         manager allocates B1            | allocated | link_down
         broker confirms C1 of B1        | instructed | link_down
         line custodian up               | instructed |
         custodian settles 1000          | settled |",
    ),
    Scenario {
        name: "no answer: sent again, marked, then a person is asked",
        steps: "manager allocates B1            | allocated |
                broker confirms C1 of B1        | instructed |
                11 minutes pass                 | instructed |
                10 minutes pass                 | instructed |
                10 minutes pass                 | instructed |
                10 minutes pass                 | instructed | no_acknowledgement
                custodian says acknowledged     | acknowledged |",
        counts_attempts: true,
    },
    scenario(
        "the custodian took long after the network's answer",
        "manager allocates B1            | allocated |
         broker confirms C1 of B1        | instructed |
         network takes                   | delivered |
         61 minutes pass                 | delivered | no_acknowledgement
         network refuses T26             | delivered | no_acknowledgement
         custodian says acknowledged     | acknowledged |",
    ),
    scenario(
        "two accounts, two trades, each its own way",
        "manager allocates B1                       | allocated |
         manager allocates B2 sell account FUND2    | allocated, allocated |
         broker confirms C2 of B2 sell account FUND2 | allocated, instructed |
         isocustodian settles 1000                  | allocated, settled |
         broker confirms C1 of B1                   | instructed, settled |
         custodian settles 1000                     | settled, settled |",
    ),
    scenario(
        "an account whose net money cannot be is refused, and allocated anew under another reference",
        "manager allocates B1 wrong   | | unreadable
         the same again               | | unreadable
         manager allocates B2         | allocated | unreadable
         broker confirms C1 of B2     | instructed | unreadable",
    ),
    scenario(
        "a block is booked before it is split, then taken back and split under another reference",
        "manager allocates B1 ready          | |
         the same again                      | |
         manager allocates B1X cancels B1    | |
         manager allocates B2                | allocated |
         broker confirms C1 of B2            | instructed |",
    ),
    scenario(
        "a block that is booked is replaced by its split",
        "manager allocates B1 ready        | |
         manager allocates B2 replaces B1  | allocated |",
    ),
    scenario(
        "an allocation in two parts",
        "manager allocates B1 quantity 400 block 1000 announces 2                     | |
         the same again                                                               | |
         manager allocates B1 quantity 600 block 1000 announces 2 last account FUND2  | allocated, allocated |
         the same again                                                               | allocated, allocated |
         broker confirms C1 of B1 quantity 400                                        | instructed, allocated |
         broker confirms C2 of B1 quantity 600 account FUND2                          | instructed, instructed |",
    ),
    scenario(
        "the last part first, and the power is cut between them",
        "manager allocates B1 quantity 600 block 1000 announces 2 last account FUND2  | |
         power is cut                                                                 | |
         manager allocates B1 quantity 400 block 1000 announces 2                     | allocated, allocated |",
    ),
    scenario(
        "a part is missing, is asked for, and comes",
        "manager allocates B1 quantity 400 block 1000 announces 2                     | |
         11 minutes pass                                                              | | fragments_missing
         121 minutes pass                                                             | | fragments_missing
         manager allocates B1 quantity 600 block 1000 announces 2 last account FUND2  | allocated, allocated |",
    ),
    scenario(
        "parts that contradict each other",
        "manager allocates B1 quantity 400 block 1000 announces 2                     | |
         manager allocates B1 quantity 600 block 1000 announces 3 last account FUND2  | | unreadable
         the same again                                                               | | unreadable
         manager allocates B2                                                         | allocated | unreadable",
    ),
    scenario(
        "parts that do not add up to their block",
        "manager allocates B1 quantity 400 block 1000 announces 2                     | |
         manager allocates B1 quantity 500 block 1000 announces 2 last account FUND2  | | unreadable",
    ),
    scenario(
        "parts that are taken back before all are there",
        "manager allocates B1 quantity 400 block 1000 announces 2  | |
         11 minutes pass                                           | | fragments_missing
         manager allocates B1X cancels B1                          | |
         121 minutes pass                                          | |",
    ),
    scenario(
        "the broker reports the whole block",
        "manager allocates B1    | allocated |
         broker reports R1 of B1 | instructed |
         the same again          | instructed |",
    ),
    scenario(
        "the broker reports before the manager allocates",
        "broker reports R1 of B1 | alleged |
         manager allocates B1    | instructed |",
    ),
    scenario(
        "the broker corrects its report, takes it back, and reports anew",
        "manager allocates B1                            | allocated |
         broker reports R1 of B1 price 101.00            | mismatched | economics_differ, block_differs
         broker reports R2 of B1 price 102.00 replaces R1  | mismatched | economics_differ, block_differs
         broker reports R3 of B1 price 102.00 cancels R2   | allocated |
         broker reports R4 of B1                         | instructed |",
    ),
    scenario(
        "a report about a report that nobody knows",
        "broker reports R2 of B1 cancels R1  | | unreadable",
    ),
    scenario(
        "an order is dealt in two parts and captured; the capture is corrected",
        "broker executes E1 400 of 1000         | |
         broker executes E2 1000 of 1000        | |
         the same again                         | |
         broker captures T1                     | |
         the same again                         | |
         broker captures T2 replaces T1         | |
         broker captures T3 cancels T9          | | unreadable
         broker executes E2 900 of 1000         | | reference_reused, unreadable",
    ),
    scenario(
        "a confirmation is asked for at every stage",
        "manager asks Q1 about B1             | |
         manager allocates B1                 | allocated |
         manager asks Q2 about B1             | allocated |
         broker confirms C1 of B1             | instructed |
         manager asks Q3 about B1             | instructed |
         manager asks Q4 about B1 status      | instructed |",
    ),
    scenario(
        "standing instructions are asked for and offered; a person decides",
        "manager requests Q1 from broker       | |
         manager requests Q2 from newcomer     | |
         broker offers S1                      | |
         newcomer offers S2                    | | ssi_offered
         the same again                        | | ssi_offered
         manager allocates B1 broker newcomer  | allocated | ssi_offered
         newcomer confirms C1 of B1            | awaiting SSI | ssi_missing, ssi_offered
         desk supplies                         | instructed | ssi_offered
         desk resolves 1                       | instructed |",
    ),
    scenario(
        "a message of ours is rejected",
        "manager allocates B1      | allocated |
         broker confirms C1 of B1  | instructed |
         broker rejects 7          | instructed | message_rejected
         the same again            | instructed | message_rejected
         desk resolves 1           | instructed |",
    ),
    scenario(
        "the broker wants to cancel what both have agreed; the manager declines, later it agrees",
        "manager allocates B1                     | allocated |
         broker confirms C1 of B1                 | instructed |
         broker confirms C1X of B1 cancels C1     | instructed | cancel_requested
         desk declines 1                          | instructed |
         desk declines 1                          | instructed |
         broker confirms C1Y of B1 cancels C1     | instructed | cancel_requested
         desk agrees 1                            | cancel requested |
         custodian says cancelled to the cancellation | cancelled |",
    ),
    scenario(
        "a request to cancel is overtaken by settlement",
        "manager allocates B1                     | allocated |
         broker confirms C1 of B1                 | instructed |
         broker confirms C1X of B1 cancels C1     | instructed | cancel_requested
         custodian settles 1000                   | settled |
         manager allocates B1X cancels B1         | settled | unreadable",
    ),
    scenario(
        "a confirmation that names nothing finds a better allocation later",
        "broker confirms C1 price 101.00          | alleged |
         manager allocates B1                     | mismatched | economics_differ
         manager allocates B2 price 101.00        | allocated, instructed |
         broker confirms C2                       | instructed, instructed |",
    ),
    scenario(
        "one confirmation too few: the one that fits worse goes back",
        "manager allocates B1                     | allocated |
         broker confirms C1 price 101.00          | mismatched | economics_differ
         broker confirms C2                       | instructed, alleged |",
    ),
    scenario(
        "of different quantities only the last two of their kind are paired",
        "manager allocates B1                     | allocated |
         broker confirms C1 quantity 900          | mismatched | economics_differ
         broker confirms C2 quantity 800          | allocated, alleged, alleged |
         broker confirms C2X quantity 800 cancels C2 | mismatched, cancelled, cancelled | economics_differ
         manager allocates B2 quantity 900        | allocated, cancelled, cancelled, instructed |",
    ),
    scenario(
        "a confirmation names an allocation that does not come: after its deadline it may belong to another",
        "broker confirms C1 of B9                 | alleged |
         manager allocates B1                     | alleged, allocated |
         61 minutes pass                          | cancelled, instructed |",
    ),
    scenario(
        "two confirmations name the same share: the better one stays",
        "manager allocates B1                     | allocated |
         broker confirms C1 of B1 price 101.00    | mismatched | economics_differ
         broker confirms C2 of B1                 | instructed, alleged |
         broker confirms C1X of B1 cancels C1     | instructed, cancelled |",
    ),
    scenario(
        "a person pairs what did not find one another, and lets the difference pass",
        "manager allocates B1                     | allocated |
         broker confirms C1 of B9 price 101.00    | allocated, alleged |
         desk matches 1                           | allocated, alleged |
         desk pairs 2 with 1                      | allocated, alleged |
         desk pairs 1 with 2                      | mismatched, cancelled | economics_differ
         desk matches 1                           | instructed, cancelled |",
    ),
    scenario(
        "a person parts a pair: it does not come together again by itself",
        "manager allocates B1                     | allocated |
         broker confirms C1 price 101.00          | mismatched | economics_differ
         desk parts 1                             | allocated, alleged |
         61 minutes pass                          | allocated, alleged | confirmation_missing, allocation_missing
         broker confirms C2                       | instructed, alleged | allocation_missing",
    ),
    scenario(
        "what tells a trade cannot be let pass",
        "manager allocates B1                     | allocated |
         broker confirms C1 of B1 sell            | mismatched | economics_differ
         desk matches 1                           | mismatched | economics_differ",
    ),
    scenario(
        "an instruction is held, released and preferred by MT530; what is refused is an exception",
        "manager allocates B1                           | allocated |
         broker confirms C1 of B1                       | instructed |
         desk holds 1                                   | instructed |
         network takes                                  | instructed |
         custodian says matched                         | matched at CSD |
         custodian says acknowledged to the request     | matched at CSD |
         custodian says completed to the request        | matched at CSD |
         custodian says pending PREA                    | pending | on_hold
         desk releases 1                                | pending | on_hold
         desk releases 1                                | pending | on_hold
         custodian says refused to the request          | pending | on_hold, request_refused
         desk releases 1 quantity 400                   | pending | on_hold, request_refused
         custodian says completed to the request        | pending |
         desk prioritises 1 to 1                        | pending |
         custodian says completed to the request        | pending |
         desk splits 1                                  | pending |
         custodian settles 1000                         | settled |
         custodian says completed to the request        | settled |",
    ),
    scenario(
        "an instruction goes out on hold and is released by sese.030",
        "configuration holds FUND2                      | |
         manager allocates B1 sell account FUND2        | allocated |
         broker confirms C1 of B1 sell account FUND2    | instructed |
         isocustodian says acknowledged                 | acknowledged |
         desk releases 1                                | acknowledged |
         isocustodian says processing to the request    | acknowledged |
         isocustodian says completed to the request     | acknowledged |
         isocustodian settles 1000                      | settled |",
    ),
    scenario(
        "a person has it go out on hold",
        "manager allocates B1       | allocated |
         desk holds 1               | allocated |
         desk prioritises 1 to 1    | allocated |
         broker confirms C1 of B1   | instructed |
         custodian says matched     | matched at CSD |
         desk releases 1            | matched at CSD |
         network refuses T26        | matched at CSD | request_refused
         desk releases 1            | matched at CSD | request_refused
         custodian says completed to the request | matched at CSD |",
    ),
    Scenario {
        name: "a request that nobody answers goes out again, then a person is asked",
        steps: "manager allocates B1          | allocated |
                broker confirms C1 of B1      | instructed |
                custodian says matched        | matched at CSD |
                desk holds 1                  | matched at CSD |
                10 minutes pass               | matched at CSD |
                10 minutes pass               | matched at CSD |
                10 minutes pass               | matched at CSD |
                10 minutes pass               | matched at CSD | no_acknowledgement
                custodian says completed to the request | matched at CSD |",
        counts_attempts: true,
    },
    scenario(
        "the network refuses a cancellation: the trade goes back to where it stood",
        "manager allocates B1         | allocated |
         broker confirms C1 of B1     | instructed |
         custodian says matched       | matched at CSD |
         desk cancels 1               | cancel requested |
         network refuses T26          | matched at CSD | request_refused
         desk cancels 1               | cancel requested | request_refused
         network takes                | cancel requested | request_refused
         network takes                | cancel requested | request_refused
         custodian says cancelled to the cancellation | cancelled |",
    ),
    scenario(
        "a pending statement differs, agrees, lacks it, has it, has what nobody knows, and no more",
        "manager allocates B1                         | allocated |
         broker confirms C1 of B1                     | instructed |
         custodian says unmatched CMIS                | unmatched at CSD |
         custodian lists pending                      | unmatched at CSD |
         custodian lists pending quantity 900         | unmatched at CSD | statement_differs
         custodian lists pending                      | unmatched at CSD |
         custodian lists pending matched              | unmatched at CSD | statement_differs
         custodian says matched                       | matched at CSD | statement_differs
         custodian lists pending matched              | matched at CSD |
         custodian lists pending nothing              | matched at CSD | missing_at_custodian
         custodian lists pending                      | matched at CSD |
         custodian lists pending nothing              | matched at CSD | missing_at_custodian
         custodian says pending FUTU                  | pending |
         custodian lists pending unknown OTHER1       | pending | missing_at_custodian, unknown_to_us
         custodian lists pending                      | pending |
         custodian settles 1000                       | settled |
         custodian lists pending                      | settled | statement_differs
         custodian lists pending nothing              | settled |",
    ),
    scenario(
        "a statement of transactions posts what has not settled, lacks what has, and agrees",
        "manager allocates B1                         | allocated |
         broker confirms C1 of B1                     | instructed |
         custodian lists posted                       | instructed | statement_differs
         custodian settles 1000                       | settled |
         custodian lists posted quantity 1100         | settled | statement_differs
         custodian lists posted                       | settled |
         custodian lists posted nothing               | settled | missing_at_custodian
         custodian lists posted                       | settled |
         custodian lists posted unknown OTHER1        | settled | missing_at_custodian, unknown_to_us
         custodian lists posted                       | settled |",
    ),
    scenario(
        "balances begin with the first statement, follow what settles, and differ until they agree",
        "manager allocates B1                         | allocated |
         broker confirms C1 of B1                     | instructed |
         custodian holds 500 on 2026-11-24            | instructed |
         custodian holds 600 on 2026-11-25            | instructed | holding_differs
         custodian holds 500 on 2026-11-25            | instructed |
         custodian settles 1000                       | settled |
         custodian holds 1500 on 2026-11-26           | settled |
         custodian holds 1400 on 2026-11-27           | settled | holding_differs
         desk resolves 2                              | settled |
         custodian holds 1400 on 2026-11-30           | settled |
         custodian holds 0 on 2026-12-01              | settled | holding_differs
         custodian holds 1400 on 2026-12-02           | settled |",
    ),
    scenario(
        "allegements: known, about to be instructed, other, unknown, instructed, taken back, no longer listed",
        "manager allocates B1                         | allocated |
         custodian alleges A1                         | allocated |
         custodian alleges A2 quantity 700            | allocated | allegement_unknown
         custodian alleges A3 quantity 700            | allocated | allegement_unknown
         custodian takes A2 back                      | allocated |
         custodian lists alleged quantity 700         | allocated | allegement_unknown
         custodian lists alleged nothing              | allocated |
         broker confirms C1 of B1                     | instructed |
         custodian alleges A4                         | instructed |
         custodian alleges A5 quantity 900            | instructed | unmatched_at_csd
         custodian takes A5 back                      | instructed |
         custodian alleges A6 quantity 900            | instructed | unmatched_at_csd
         custodian alleges A7                         | instructed |
         custodian settles 1000                       | settled |",
    ),
    scenario(
        "what is alleged and unknown closes when it is instructed",
        "manager allocates B1 settles 2026-11-27       | allocated |
         custodian alleges A1 settles 2026-11-26       | allocated | allegement_unknown
         manager allocates B2 replaces B1              | allocated | allegement_unknown
         broker confirms C1 of B2                      | instructed |",
    ),
    scenario(
        "the power is cut between the sides",
        "manager allocates B1            | allocated |
         power is cut                    | allocated |
         broker confirms C1 of B1        | instructed |
         power is cut                    | instructed |
         custodian says matched          | matched at CSD |
         custodian settles 1000          | settled |",
    ),
];

/// All of them.
pub(crate) fn scenarios() -> impl Iterator<Item = &'static Scenario> {
    let more = [
        crate::desk::blocks::SCENARIOS,
        crate::desk::rebook::SCENARIOS,
        crate::desk::replacements::SCENARIOS,
        crate::desk::broker::SCENARIOS,
        crate::desk::custodian::SCENARIOS,
        crate::desk::commands::SCENARIOS,
        crate::desk::amendments::SCENARIOS,
        crate::desk::authority::SCENARIOS,
        crate::desk::alleged::SCENARIOS,
    ];
    SCENARIOS.iter().chain(more.into_iter().flatten())
}

/// Plays one with its columns checked.
pub(crate) fn play(scenario: &Scenario) -> Gateway {
    let mut play = Play::new(Gateway::open());
    play.table(scenario.steps, true);
    play.gateway
}

#[test]
fn every_scenario_goes_as_its_table_says() {
    let mut failed = Vec::new();
    for scenario in scenarios() {
        let played = std::panic::catch_unwind(|| play(scenario));
        if played.is_err() {
            failed.push(scenario.name);
        }
    }
    assert!(failed.is_empty(), "see above; {} scenarios went otherwise: {failed:#?}", failed.len());
}
