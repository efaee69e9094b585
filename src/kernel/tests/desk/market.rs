//! Who is there, and what they say: a manager on FIX and one on MT, three brokers, an MT and an MX custodian.

use finality_kernel::profile::{
    AccountProfile, Broker, Custodian, Enrichment, LinkProfile, Profile, Speech, Timing, Tolerances,
};
use finality_parsers::codec::{self, Envelope, Format};
use finality_parsers::fix::Version;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{
    Allocation, AllocationInstruction, AllocationPurpose, Amount, Bic, Calendar, Charge, ConfirmationKind,
    ConfirmationStatus, Currency, Event, Fragment, Function, Instrument, Market, Party, PartyRole, Payment,
    Price, Quantity, Reference, RoleParty, SettlementChain, SettlementCycle, Side, SsiRecord,
    StandingInstruction, TradeConfirmation,
};
use finality_parsers::mx::Wrapping;
use rust_decimal::Decimal;

/// Links, what is spoken on them, and who is at the other end.
const LINKS: [(&str, Speech, &str); 7] = [
    ("manager", Speech::Fix44, "MANAGER"),
    ("telexmanager", Speech::Mt, "MGTXDEFFXXX"),
    ("broker", Speech::Fix44, "BROKER"),
    ("newcomer", Speech::Fix44, "NEWCOMER"),
    ("telexbroker", Speech::Mt, "BRTXDEFFXXX"),
    ("custodian", Speech::Mt, "CUMTDEFFXXX"),
    ("isocustodian", Speech::Mx, "CUMXDEFFXXX"),
];

/// Brokers by link; the newcomer has no standing instruction yet.
const BROKERS: [(&str, &str); 3] =
    [("broker", "BRFXDEFFXXX"), ("newcomer", "BRNWDEFFXXX"), ("telexbroker", "BRTXDEFFXXX")];

pub(crate) const US: &str = "FINMDEFFXXX";

/// What every scenario starts with.
pub(crate) fn profile() -> Profile {
    let links = LINKS.iter().map(|(name, speech, their_id)| LinkProfile {
        name: (*name).to_owned(),
        speech: *speech,
        our_id: if *speech == Speech::Fix44 { "FINALITY" } else { US }.to_owned(),
        their_id: (*their_id).to_owned(),
        versions: Vec::new(),
    });
    let custodian = |link: &str| Custodian {
        name: link.to_owned(),
        bic: their_id(link).parse().expect("a BIC"),
        link: link.to_owned(),
    };
    let account = |account: &str, custodian: &str, safekeeping: &str| AccountProfile {
        account: account.parse().expect("an account"),
        custodian: custodian.to_owned(),
        safekeeping: safekeeping.parse().expect("an account"),
        owner: None,
        groups: Vec::new(),
    };
    let brokers = BROKERS.iter().map(|(link, bic)| Broker {
        bic: bic.parse().expect("a BIC"),
        codes: Vec::new(),
        link: (*link).to_owned(),
    });
    let profile = Profile {
        bic: US.parse().expect("a BIC"),
        seat: finality_kernel::seat::Seat::BuySide,
        managers: Vec::new(),
        clients: Vec::new(),
        links: links.collect(),
        brokers: brokers.collect(),
        custodians: vec![custodian("custodian"), custodian("isocustodian")],
        accounts: vec![
            account("FUND1", "custodian", "SAFE100001"),
            account("FUND2", "isocustodian", "SAFE100002"),
            // Longer than the 35 characters that an MT has for it.
            account("FUND3", "custodian", "SAFE1000030000000000000000000000000000000003"),
        ],
        standing_instructions: [BROKERS[0].1, BROKERS[2].1]
            .iter()
            .map(|bic| standing(bic.parse().expect("a BIC")))
            .collect(),
        tolerances: Tolerances::default(),
        matching: Vec::new(),
        users: Vec::new(),
        ssi: Vec::new(),
        enrichment: Enrichment::default(),
        timing: Timing::default(),
        desk: finality_kernel::exceptions::settings::DeskSettings::default(),
        routing: Vec::new(),
        market: Vec::new(),
        operation: finality_kernel::operation::Operation::default(),
        calendar: Calendar::of(Market::Target),
        cycle: SettlementCycle(2),
    };
    profile.check().expect("names lead somewhere");
    profile
}

fn their_id(link: &str) -> &'static str {
    LINKS.iter().find(|(name, ..)| *name == link).map_or("", |(.., id)| id)
}

pub(crate) fn links() -> impl Iterator<Item = &'static str> {
    LINKS.iter().map(|(name, ..)| *name)
}

pub(crate) fn broker_bic(link: &str) -> Bic {
    let (_, bic) = BROKERS.iter().find(|(l, _)| *l == link).expect("a broker's link");
    bic.parse().expect("a BIC")
}

/// Of the managers, where we are their broker.
pub(crate) fn manager_bic(link: &str) -> Bic {
    if link == "manager" { "MGFXDEFFXXX" } else { "MGTXDEFFXXX" }.parse().expect("a BIC")
}

/// Of a broker, or of the manager.
pub(crate) fn party_bic(link: &str) -> Bic {
    if link == "manager" { manager_bic(link) } else { broker_bic(link) }
}

/// A complete standing instruction.
pub(crate) fn standing(party: Bic) -> StandingInstruction {
    StandingInstruction {
        party,
        country: Some("DE".to_owned()),
        currency: None,
        from: None,
        until: None,
        chain: SettlementChain {
            depository: Some(Party::bic("CSDXDEFFXXX".parse().expect("a BIC"))),
            agent: Some(Party::bic(party)),
            ..SettlementChain::default()
        },
    }
}

/// A record of German securities in euro: a broker's, or ours.
pub(crate) fn record<'a>(id: &str, said: impl Fn(&str) -> Option<&'a str>) -> SsiRecord {
    let party = said("of").map(broker_bic);
    let bic = |text: &str| Party::bic(text.parse().expect("a BIC"));
    let day = |word| said(word).map(|d| d.parse().expect("a date"));
    SsiRecord {
        party,
        account: said("for").map(|account| account.parse().expect("an account")),
        country: Some("DE".to_owned()),
        currency: Some(euro()),
        from: day("from"),
        until: day("until"),
        cash_account: said("cash").map(|account| account.parse().expect("an account")),
        chain: SettlementChain {
            depository: Some(bic(said("place").unwrap_or("CSDXDEFFXXX"))),
            agent: said("agent").map(bic).or(party.map(Party::bic)),
            ..SettlementChain::default()
        },
        ..SsiRecord::new(id.parse().expect("a name"))
    }
}

/// The terms of a trade as one side has them.
#[derive(Debug, Clone)]
pub(crate) struct Deal {
    pub(crate) side: Side,
    pub(crate) quantity: i64,
    pub(crate) price: Decimal,
    pub(crate) account: String,
    pub(crate) settles: String,
    pub(crate) broker: String,
    pub(crate) function: Function,
    /// The allocation that a confirmation names.
    pub(crate) block: Option<String>,
    /// What the block says in all, when it is not what its share says.
    pub(crate) block_quantity: Option<i64>,
    /// One of several parts: shares announced in all, and whether it is the last part.
    pub(crate) fragment: Option<Fragment>,
    /// The block may be booked; nothing is split yet.
    pub(crate) ready: bool,
    /// The block of which it is a part.
    pub(crate) part_of: Option<String>,
    /// The order.
    pub(crate) order: String,
    /// The price of the share, when it is not that of the block.
    pub(crate) share_price: Option<Decimal>,
    /// The broker of the share, when it is not that of the block.
    pub(crate) share_broker: Option<String>,
    /// Net money is not what it should be.
    pub(crate) wrong: bool,
    /// Where the confirmation says that it settles.
    pub(crate) place: Option<String>,
}

impl Default for Deal {
    fn default() -> Self {
        Self {
            side: Side::Buy,
            quantity: 1000,
            price: Decimal::new(10_000, 2),
            account: "FUND1".to_owned(),
            settles: "2026-11-26".to_owned(),
            broker: "broker".to_owned(),
            function: Function::New,
            block: None,
            block_quantity: None,
            fragment: None,
            ready: false,
            part_of: None,
            order: "ORD1".to_owned(),
            share_price: None,
            share_broker: None,
            wrong: false,
            place: None,
        }
    }
}

const COMMISSION: Decimal = Decimal::from_parts(5_000, 0, 0, false, 2);

impl Deal {
    fn gross(&self) -> Decimal {
        self.price * Decimal::from(self.quantity)
    }

    fn net(&self) -> Amount {
        let off = if self.wrong { Decimal::ONE_HUNDRED } else { Decimal::ZERO };
        amount(match self.side {
            Side::Buy => self.gross() + COMMISSION + off,
            Side::Sell => self.gross() - COMMISSION + off,
        })
    }

    fn charge() -> Option<Charge> {
        Some(Charge { amount: amount(COMMISSION), basis: "absolute".to_owned() })
    }

    /// The manager's message.
    pub(crate) fn allocation(&self, id: &str) -> Event {
        Event::Allocation(Box::new(self.instruction(id)))
    }

    /// What the manager says of a block.
    pub(crate) fn instruction(&self, id: &str) -> AllocationInstruction {
        // Parts of one block name different shares.
        let share_id =
            if self.fragment.is_some() { format!("{id}{}", self.account) } else { format!("{id}S1") };
        // A part that is not numbered is a message of its own.
        let share_id = if self.part_of.is_some() { id.to_owned() } else { share_id };
        let share = Allocation {
            gross: None,
            counterparty_chain: None,
            account: self.account.parse().expect("an account"),
            id: Some(reference(&share_id)),
            quantity: units(self.quantity),
            price: self.share_price.map(|price| Price::actual(euro(), price)),
            net: Some(self.net()),
            accrued: None,
            commission: Self::charge(),
            fees: Vec::new(),
            parties: self.share_broker.iter().map(|broker| executing(broker)).collect(),
            payment: Some(Payment::Against),
            settlement_amount: None,
            chain: None,
            text: None,
        };
        AllocationInstruction {
            block: self.part_of.as_deref().map(reference),
            id: reference(id),
            function: self.function.clone(),
            purpose: if self.ready { AllocationPurpose::ReadyToBook } else { AllocationPurpose::Calculated },
            orders: vec![reference(&self.order)],
            side: self.side,
            instrument: sap(),
            quantity: units(self.block_quantity.unwrap_or(self.quantity)),
            price: Some(Price::actual(euro(), self.price)),
            currency: Some(euro()),
            trade_date: "2026-11-24".parse().expect("a date"),
            settlement_date: Some(self.settles.parse().expect("a date")),
            transacted: None,
            parties: vec![executing(&self.broker)],
            market: None,
            gross: None,
            net: None,
            accrued: None,
            allocations: if self.ready { Vec::new() } else { vec![share] },
            fragment: self.fragment,
            text: None,
        }
    }

    /// The broker's message.
    pub(crate) fn confirmation(&self, id: &str, now: Timestamp) -> Event {
        Event::Confirmation(Box::new(TradeConfirmation {
            supplementary: Vec::new(),
            market_side: false,
            counterparty_chain: None,
            fills: Vec::new(),
            id: reference(id),
            function: self.function.clone(),
            kind: ConfirmationKind::Confirmation,
            status: ConfirmationStatus::Confirmed,
            allocation: self.block.as_deref().map(reference),
            individual_allocation: None,
            common_reference: None,
            side: self.side,
            instrument: sap(),
            quantity: units(self.quantity),
            price: Price::actual(euro(), self.price),
            gross: Some(amount(self.gross())),
            net: Some(self.net()),
            accrued: None,
            commission: Self::charge(),
            fees: Vec::new(),
            trade_date: "2026-11-24".parse().expect("a date"),
            settlement_date: Some(self.settles.parse().expect("a date")),
            transacted: Some(now.utc()),
            account: Some(self.account.parse().expect("an account")),
            payment: Some(Payment::Against),
            parties: vec![
                RoleParty { role: PartyRole::ExecutingFirm, party: Party::bic(broker_bic(&self.broker)) },
                RoleParty { role: PartyRole::Investor, party: Party::bic(US.parse().expect("a BIC")) },
            ],
            chain: self.place.as_ref().map(|place| SettlementChain {
                depository: Some(Party::bic(place.parse().expect("a BIC"))),
                ..SettlementChain::default()
            }),
            market: None,
            capacities: vec![("agency".to_owned(), units(self.quantity))],
            text: None,
        }))
    }
}

/// The bytes of what a party says on its link.
pub(crate) fn write(link: &str, event: &Event, number: u64, now: Timestamp) -> Vec<u8> {
    write_marked(link, event, number, now, false)
}

/// The same, perhaps marked as one that may have been sent before.
pub(crate) fn write_marked(link: &str, event: &Event, number: u64, now: Timestamp, resent: bool) -> Vec<u8> {
    let (_, speech, their_id) = LINKS.iter().find(|(name, ..)| *name == link).expect("a link");
    let (format, receiver) = match speech {
        Speech::Mt => (Format::Mt, US),
        Speech::Mx | Speech::MxDocument => (Format::Mx(Wrapping::Envelope), US),
        _ => (Format::Fix(Version::Fix44), "FINALITY"),
    };
    let envelope = Envelope {
        sender: (*their_id).to_owned(),
        receiver: receiver.to_owned(),
        created: now,
        message_id: format!("PEER{number:08}"),
        possible_duplicate: resent,
    };
    match codec::encode(event, format, &envelope) {
        Ok(encoded) => encoded.bytes,
        Err(error) => panic!("{link} cannot say {:?}: {error}", event.kind()),
    }
}

pub(crate) fn reference(text: &str) -> Reference {
    text.parse().expect("a reference")
}

fn executing(broker: &str) -> RoleParty {
    RoleParty { role: PartyRole::ExecutingFirm, party: Party::bic(broker_bic(broker)) }
}

pub(crate) fn units(quantity: i64) -> Quantity {
    Quantity::units(Decimal::from(quantity)).expect("positive")
}

pub(crate) fn amount(value: Decimal) -> Amount {
    Amount::new(euro(), value)
}

pub(crate) fn euro() -> Currency {
    "EUR".parse().expect("a currency")
}

pub(crate) fn sap() -> Instrument {
    Instrument::of("DE0007164600".parse().expect("an ISIN"))
}
