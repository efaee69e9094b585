//! The production gateway, plugged into the simulated market.

use finality_kernel::fact::Record;
use finality_kernel::journal;
use finality_kernel::operation::{Alerts, Operation, Release, Replaced};
use finality_kernel::profile::{
    AccountProfile, Broker, Custodian, Enrichment, LinkProfile, Profile, Speech, Timing, Tolerances,
};
use finality_parsers::machine::{Entry, Timestamp};
use finality_simulator::market::{self, Market};
use finality_simulator::operation::{self, Instructs};
use finality_simulator::scenario::Scenario;
use finality_simulator::subject::Subject;
use finality_simulator::world::{Outcome, World};

use crate::node::Node;

/// The gateway as the simulator's subject.
#[derive(Debug, Clone)]
pub struct Production {
    /// With which reference data it runs.
    pub profile: Profile,
}

impl Subject for Production {
    type Machine = Node;

    fn boot(&self, now: Timestamp, entries: &[Entry]) -> Node {
        Node::boot(now, self.profile.clone(), records(entries))
    }
}

/// Runs a scenario with the production gateway. A world is compiled for each kind of subject and in each program that asks for it, which takes
/// half a minute: programs that need no other subject ask for this one.
#[inline(never)]
pub fn run(scenario: Scenario, seed: u64) -> Outcome {
    World::new(scenario, seed, |market| Production { profile: profile(market) }).run()
}

/// The records of a virtual disk. They were written by this very program, so they can be read.
pub fn records(entries: &[Entry]) -> impl Iterator<Item = Record> + '_ {
    entries.iter().map(|entry| {
        journal::decode(entry).expect("written by this program, and the disk loses only whole entries")
    })
}

/// What a middle office would have set up for this market: its lines, brokers, custodians and accounts, and those standing
/// instructions that it has.
pub fn profile(market: &Market) -> Profile {
    let link = |name: &str, speech, our_id: &str, their_id: &str| LinkProfile {
        name: name.to_owned(),
        speech,
        our_id: our_id.to_owned(),
        their_id: their_id.to_owned(),
        versions: Vec::new(),
    };
    let mut links = vec![link("manager", Speech::Fix44, "FINALITY", "MANAGER")];
    for broker in &market.brokers {
        links.push(match broker.speech {
            market::Speech::Fix => link(&broker.link, Speech::Fix44, "FINALITY", &broker.link.to_uppercase()),
            market::Speech::Mt => {
                link(&broker.link, Speech::Mt, market.manager.as_str(), broker.bic.as_str())
            }
            market::Speech::Mx => {
                link(&broker.link, Speech::Mx, market.manager.as_str(), broker.bic.as_str())
            }
        });
    }
    for custodian in &market.custodians {
        let speech = if custodian.speech == market::Speech::Mx { Speech::Mx } else { Speech::Mt };
        links.push(link(&custodian.name, speech, market.manager.as_str(), custodian.bic.as_str()));
    }
    Profile {
        bic: market.manager,
        seat: finality_kernel::seat::Seat::BuySide,
        managers: Vec::new(),
        clients: Vec::new(),
        links,
        brokers: market
            .brokers
            .iter()
            .map(|b| Broker { bic: b.bic, codes: Vec::new(), link: b.link.clone() })
            .collect(),
        custodians: market
            .custodians
            .iter()
            .map(|c| Custodian { name: c.name.clone(), bic: c.bic, link: c.name.clone() })
            .collect(),
        accounts: market
            .accounts
            .iter()
            .map(|a| AccountProfile {
                account: a.account.clone(),
                custodian: market.custodians[a.custodian].name.clone(),
                safekeeping: a.safekeeping.clone(),
                owner: None,
                groups: Vec::new(),
            })
            .collect(),
        standing_instructions: market.known_standing.clone(),
        tolerances: Tolerances::default(),
        matching: Vec::new(),
        users: Vec::new(),
        ssi: Vec::new(),
        enrichment: Enrichment::default(),
        timing: Timing { cut_off_utc: market.scenario.day.cut_off, ..Timing::default() },
        desk: finality_kernel::exceptions::settings::DeskSettings::default(),
        routing: Vec::new(),
        market: Vec::new(),
        operation: operation(&market.scenario.operation),
        calendar: market.scenario.day.calendar.clone(),
        cycle: market.scenario.day.cycle,
    }
}

/// How the gateway is set up for an operating model.
fn operation(scenario: &operation::Operation) -> Operation {
    let ways = scenario.ways();
    Operation {
        release: match ways.instructs {
            Instructs::AtOnce => Release::AsReady,
            Instructs::AtCycles => Release::AtCycles,
            Instructs::WithBlock => Release::ByBlock,
        },
        cycles: scenario.cycles.clone(),
        block_wait_minutes: scenario.block_wait_minutes,
        replaced: Replaced::default(),
        alerts: ways.alerts.then(|| Alerts {
            every_minutes: scenario.alert_every_minutes,
            at_least_per_10000: scenario.alert_at_least_per_10000,
            most: scenario.alerts_most,
            ..Alerts::default()
        }),
    }
}
