//! Who we are and whom we deal with: the reference data and settings by which the kernel decides. Read from TOML by the
//! edge; the kernel only sees the values.

use std::time::Duration;

use chrono::{NaiveTime, TimeDelta};
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{
    Account, AccountGroup, Bic, BusinessDate, Calendar, Currency, Market, Party, SettlementCycle, SsiRecord,
    StandingInstruction,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::access::{self, User};
use crate::enrichment::places::PlaceOverride;
use crate::exceptions::hours::BusinessClock;
use crate::exceptions::routing::Routing;
use crate::exceptions::settings::DeskSettings;
use crate::lifecycle::market::MarketRow;
use crate::matching::rules::MatchingProfile;
use crate::operation::{Operation, Release};
use crate::outbox;
use crate::seat::Seat;

/// How a counterparty is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speech {
    /// FIX 4.2.
    Fix42,
    /// FIX 4.3.
    Fix43,
    /// FIX 4.4.
    Fix44,
    /// FIX 5.0 over FIXT 1.1.
    Fix50,
    /// FIX 5.0 SP1 over FIXT 1.1.
    Fix50Sp1,
    /// FIX 5.0 SP2 over FIXT 1.1.
    Fix50Sp2,
    /// ISO 15022.
    Mt,
    /// ISO 20022 in a business message envelope.
    Mx,
    /// ISO 20022, the document alone.
    MxDocument,
}

impl Speech {
    /// Whether messages go over a session that numbers them, keeps them and repeats what the peer did not get.
    pub fn is_session(self) -> bool {
        !matches!(self, Speech::Mt | Speech::Mx | Speech::MxDocument)
    }
}

/// A line to a counterparty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkProfile {
    /// Its name.
    pub name: String,
    /// What is spoken on it.
    pub speech: Speech,
    /// Our identifier on it: a CompID or a BIC.
    pub our_id: String,
    /// Theirs.
    pub their_id: String,
    /// Versions of ISO 20022 messages that they take (`sese.024.001.14`); of any other message the usual one is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
}

/// A broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Broker {
    /// By which the instruction names it.
    pub bic: Bic,
    /// Other codes that messages use for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// The link by which it confirms.
    pub link: String,
}

/// A manager whose broker we are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manager {
    /// By which the instruction names it, and its standing instructions are held.
    pub bic: Bic,
    /// The link by which it allocates and affirms.
    pub link: String,
    /// Whether what is confirmed counts as affirmed.
    #[serde(default)]
    pub auto_affirm: bool,
    /// In which capacity we deal with it.
    #[serde(default)]
    pub capacity: Capacity,
    /// The link by which it is confirmed and affirms, where that is not the one by which it allocates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmations: Option<String>,
    /// Whether it is a broker itself, and is confirmed as the market's side (MT518).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub market_side: bool,
}

impl Manager {
    /// The link by which it is confirmed.
    pub fn confirmed_by(&self) -> &str {
        self.confirmations.as_deref().unwrap_or(&self.link)
    }
}

/// A client whose custodian we are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Its BIC.
    pub bic: Bic,
    /// The link by which it instructs.
    pub link: String,
    /// Its accounts, as it names them; each is one of the profile's.
    pub accounts: Vec<Account>,
}

/// In which capacity a broker deals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capacity {
    /// For the client.
    #[default]
    Agency,
    /// On its own account.
    Principal,
}

impl Capacity {
    /// As confirmations name it.
    pub fn name(self) -> &'static str {
        match self {
            Capacity::Agency => "agency",
            Capacity::Principal => "principal",
        }
    }
}

/// A custodian.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Custodian {
    /// Its name in this profile.
    pub name: String,
    /// Its BIC.
    pub bic: Bic,
    /// The link by which it is instructed.
    pub link: String,
}

/// An account of the manager's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountProfile {
    /// As allocations name it.
    pub account: Account,
    /// Who keeps it.
    pub custodian: String,
    /// As the custodian names it.
    pub safekeeping: Account,
    /// The account owner, where the custodian wants it named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Party>,
    /// The groups that records of standing instructions know it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<AccountGroup>,
}

/// How instructions are completed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Enrichment {
    /// Whether our own side must have a record too; if not, the account's custodian and safekeeping account do.
    pub own_side_required: bool,
    /// Whether the counterparty's agent must have an account.
    pub agent_account_required: bool,
    /// Whether against payment our cash account must be known.
    pub cash_account_required: bool,
    /// Whether a record without a place of settlement means the usual one.
    pub place_defaults: bool,
    /// Accounts whose instructions go out on hold, to be released by order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_hold: Vec<Account>,
    /// Usual places of our own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<PlaceOverride>,
}

impl Enrichment {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How far two sides may differ and still agree. Everything that is not named here must be equal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tolerances {
    /// Price, as a fraction of the manager's price (0.0001 is one basis point).
    pub price_fraction: Decimal,
    /// Net money, in units of the currency.
    pub net_absolute: Decimal,
    /// Net money by currency, where it differs.
    pub net_by_currency: Vec<(Currency, Decimal)>,
    /// Accrued interest, in units of the currency.
    pub accrued_absolute: Decimal,
}

impl Default for Tolerances {
    fn default() -> Self {
        Self {
            price_fraction: Decimal::new(1, 4),
            net_absolute: Decimal::ONE,
            net_by_currency: Vec::new(),
            accrued_absolute: Decimal::new(1, 2),
        }
    }
}

/// By when things must have happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timing {
    /// An allocation after a confirmation that nobody had allocated.
    pub allocation_due_minutes: u32,
    /// A confirmation after its allocation.
    pub confirmation_due_minutes: u32,
    /// The manager's affirmation of our confirmation, in the broker's seat.
    pub affirmation_due_minutes: u32,
    /// A repair.
    pub repair_due_minutes: u32,
    /// The network's or custodian's first answer; after that the message is sent again.
    pub acknowledgement_due_minutes: u32,
    /// How often it is sent again before a person is asked.
    pub resend_max: u32,
    /// How long an answer is kept after it went out, to go out again if the line was lost meanwhile.
    pub answers_kept_minutes: u32,
    /// The custodian's answer, once the network has taken the message.
    pub custodian_due_minutes: u32,
    /// The match at the depository, once the custodian has taken the instruction.
    pub csd_match_due_minutes: u32,
    /// The missing parts of an allocation that came in parts.
    pub fragments_due_minutes: u32,
    /// A link that is down.
    pub link_down_minutes: u32,
    /// The second person's decision about a proposal.
    pub approval_due_minutes: u32,
    /// Settlement cut-off on the settlement date, in UTC.
    pub cut_off_utc: NaiveTime,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            allocation_due_minutes: 60,
            confirmation_due_minutes: 60,
            affirmation_due_minutes: 60,
            repair_due_minutes: 120,
            acknowledgement_due_minutes: 10,
            resend_max: 3,
            answers_kept_minutes: 10,
            custodian_due_minutes: 60,
            csd_match_due_minutes: 240,
            fragments_due_minutes: 10,
            link_down_minutes: 5,
            approval_due_minutes: 480,
            cut_off_utc: NaiveTime::from_hms_opt(16, 0, 0).unwrap_or_default(),
        }
    }
}

impl Timing {
    /// The settlement cut-off of a day.
    pub fn cut_off(&self, day: BusinessDate) -> Timestamp {
        Timestamp::from_utc(day.naive().and_time(self.cut_off_utc).and_utc())
    }

    /// A duration in minutes from now.
    pub fn in_minutes(now: Timestamp, minutes: u32) -> Timestamp {
        now + Duration::from_secs(u64::from(minutes) * 60)
    }

    /// How long after one instant of the day another comes; for reports.
    pub fn until_cut_off(&self, now: Timestamp, day: BusinessDate) -> TimeDelta {
        self.cut_off(day).utc() - now.utc()
    }
}

/// All that the kernel knows beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Our BIC, as sender of MT and MX.
    pub bic: Bic,
    /// From which seat the gateway works.
    #[serde(default)]
    pub seat: Seat,
    /// Lines.
    pub links: Vec<LinkProfile>,
    /// Brokers.
    #[serde(default)]
    pub brokers: Vec<Broker>,
    /// The managers whose broker we are, in the broker's seat.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub managers: Vec<Manager>,
    /// The clients whose custodian we are, in the custodian's seat.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<Client>,
    /// Custodians; in the broker's seat, settlement agents; in the custodian's, depositories.
    #[serde(default)]
    pub custodians: Vec<Custodian>,
    /// Accounts.
    #[serde(default)]
    pub accounts: Vec<AccountProfile>,
    /// Standing settlement instructions known at the start; more come by order.
    #[serde(default)]
    pub standing_instructions: Vec<StandingInstruction>,
    /// Records of standing settlement instructions known at the start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ssi: Vec<SsiRecord>,
    /// How instructions are completed.
    #[serde(default, skip_serializing_if = "Enrichment::is_default")]
    pub enrichment: Enrichment,
    /// Tolerances.
    #[serde(default)]
    pub tolerances: Tolerances,
    /// Matching profiles: tolerances by counterparty, currency and asset class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matching: Vec<MatchingProfile>,
    /// Who may order what. Without any, whoever can give an order may give all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<User>,
    /// Deadlines.
    #[serde(default)]
    pub timing: Timing,
    /// How the house works: when trades go on, and what people are told beforehand.
    #[serde(default, skip_serializing_if = "Operation::is_default")]
    pub operation: Operation,
    /// The desk: its hours, how priority is scored, within which time something must happen.
    #[serde(default)]
    pub desk: DeskSettings,
    /// Which team an exception goes to, where it is not that of its reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routing: Vec<Routing>,
    /// What markets want by when, where that is not what `timing`, `calendar` and `cycle` say for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub market: Vec<MarketRow>,
    /// Settlement calendar.
    #[serde(default = "target")]
    pub calendar: Calendar,
    /// Settlement cycle, where neither side says a date.
    #[serde(default = "two_days")]
    pub cycle: SettlementCycle,
}

fn target() -> Calendar {
    Calendar::of(Market::Target)
}

fn two_days() -> SettlementCycle {
    SettlementCycle(2)
}

/// What is wrong with a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// Two links, accounts or custodians of one name.
    #[error("{what} {name:?} is there twice: names must be unique")]
    Twice {
        /// What.
        what: &'static str,
        /// Which.
        name: String,
    },
    /// A name that leads nowhere.
    #[error("{what} {name:?} names {target:?}, which is not there")]
    Missing {
        /// What names it.
        what: &'static str,
        /// Which.
        name: String,
        /// What is missing.
        target: String,
    },
    /// A matching profile that says what cannot be.
    #[error("matching profile {name:?}: {problem}")]
    Matching {
        /// Which.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// A record of standing instructions that contradicts itself.
    #[error("ssi {id:?}: {field} must be {expected}, and is {found}")]
    Ssi {
        /// Which.
        id: String,
        /// Which field.
        field: &'static str,
        /// What must be there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A market that cannot be.
    #[error("market {name:?}: {problem}")]
    Market {
        /// Which.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// Users among whom something could never be done.
    #[error("users: {0}")]
    Users(String),
    /// Settings of the desk that cannot be.
    #[error("desk: {0}")]
    Desk(String),
    /// A seat that cannot be worked from.
    #[error("seat: {0}")]
    Seat(String),
    /// A way of working that cannot be.
    #[error("operation: {0}")]
    Operation(String),
    /// A version of a message that cannot be written.
    #[error(
        "link {link:?} wants {version:?}, which there is no table for: `finality schema list` names those there are"
    )]
    Version {
        /// Which link.
        link: String,
        /// What it wants.
        version: String,
    },
}

impl Profile {
    /// Checks that names are unique and lead somewhere.
    pub fn check(&self) -> Result<(), ProfileError> {
        unique("link", self.links.iter().map(|l| l.name.clone()))?;
        unique("custodian", self.custodians.iter().map(|c| c.name.clone()))?;
        unique("account", self.accounts.iter().map(|a| a.account.to_string()))?;
        unique("broker", self.brokers.iter().map(|b| b.bic.to_string()))?;
        unique("user", self.users.iter().map(|u| u.name.clone()))?;
        for record in &self.ssi {
            if let Some(fault) = record.faults().into_iter().next() {
                let (id, field) = (record.id.to_string(), fault.field);
                return Err(ProfileError::Ssi { id, field, expected: fault.expected, found: fault.found });
            }
        }
        access::check(&self.users).map_err(ProfileError::Users)?;
        let missing = |what, name: &str, target: &str| ProfileError::Missing {
            what,
            name: name.to_owned(),
            target: target.to_owned(),
        };
        for broker in &self.brokers {
            self.link(&broker.link).ok_or_else(|| missing("broker", broker.bic.as_str(), &broker.link))?;
        }
        for link in &self.links {
            if let Some(version) = link.versions.iter().find(|version| !outbox::can_write(version)) {
                return Err(ProfileError::Version { link: link.name.clone(), version: version.clone() });
            }
        }
        unique("matching profile", self.matching.iter().map(|m| m.name.clone()))?;
        for matching in &self.matching {
            if let Some(problem) = matching.problems().into_iter().next() {
                return Err(ProfileError::Matching { name: matching.name.clone(), problem });
            }
        }
        unique("market", self.market.iter().map(|m| m.name.clone()))?;
        for market in &self.market {
            if let Some(problem) = market.problem() {
                return Err(ProfileError::Market { name: market.name.clone(), problem });
            }
        }
        unique("routing rule", self.routing.iter().map(|r| r.name.clone()))?;
        if let Some(problem) = self.desk.problem() {
            return Err(ProfileError::Desk(problem));
        }
        if let Some(problem) = self.seat_problem() {
            return Err(ProfileError::Seat(problem));
        }
        if let Some(problem) = self.operation.problem() {
            return Err(ProfileError::Operation(problem));
        }
        for custodian in &self.custodians {
            self.link(&custodian.link)
                .ok_or_else(|| missing("custodian", &custodian.name, &custodian.link))?;
        }
        for account in &self.accounts {
            self.custodian(&account.custodian)
                .ok_or_else(|| missing("account", account.account.as_str(), &account.custodian))?;
        }
        Ok(())
    }

    /// Why the seat cannot be worked from.
    fn seat_problem(&self) -> Option<String> {
        if let (Some(manager), true) = (self.managers.first(), self.seat != Seat::Broker) {
            return Some(format!("manager {} needs seat = \"broker\"", manager.bic));
        }
        if let (Some(client), true) = (self.clients.first(), self.seat != Seat::Custodian) {
            return Some(format!("client {} needs seat = \"custodian\"", client.bic));
        }
        match self.seat {
            Seat::BuySide => None,
            Seat::Broker => self.brokers_seat_problem(),
            Seat::Custodian => self.custodians_seat_problem(),
        }
    }

    /// What is wrong with those on the other side of the seat, each with the link it has to itself.
    fn peers_problem<'a>(
        &'a self,
        (what, there): (&str, &str),
        peers: impl Iterator<Item = (Bic, &'a str)> + Clone,
    ) -> Option<String> {
        for (bic, link) in peers.clone() {
            if bic.same_office(&self.bic) {
                return Some(format!(
                    "{what} {bic} has our own BIC: [profile] bic is ours, [[profile.{what}s]] names the other side by its own"
                ));
            }
            if self.link(link).is_none() {
                return Some(format!("{what} {bic} names link {link:?}, which is not there"));
            }
            if peers.clone().filter(|(_, other)| *other == link).count() > 1 {
                return Some(format!("link {link:?} is that of several {what}s: each needs its own"));
            }
            if self.custodians.iter().any(|c| c.link == link) {
                return Some(format!("link {link:?} is that of {what} {bic} and of a {there}"));
            }
        }
        let none = peers.clone().next().is_none();
        none.then(|| format!("the {}'s seat needs [[profile.{what}s]]", self.seat.name()))
    }

    fn custodians_seat_problem(&self) -> Option<String> {
        let peers = self.clients.iter().map(|c| (c.bic, c.link.as_str()));
        if let Some(problem) = self.peers_problem(("client", "depository"), peers) {
            return Some(problem);
        }
        for Client { bic, link, accounts } in &self.clients {
            if self.link(link).is_some_and(|l| l.speech.is_session()) {
                return Some(format!("client {bic} names link {link:?}, which speaks no MT or MX"));
            }
            if let Some(unknown) = accounts.iter().find(|a| self.account(a).is_none()) {
                return Some(format!("client {bic} names account {unknown}, which is not there"));
            }
        }
        (self.operation.release != Release::AsReady).then(|| {
            "what a client instructs is passed on at once: [profile.operation] release must be \"as_ready\"".to_owned()
        })
    }

    fn brokers_seat_problem(&self) -> Option<String> {
        if let Some(broker) = self.brokers.first() {
            return Some(format!(
                "broker {} confirms to the buy side: the broker's seat has [[profile.managers]]",
                broker.bic
            ));
        }
        let peers = self.managers.iter().flat_map(|m| {
            let confirmed_by = m.confirmations.iter().filter(|link| **link != m.link);
            [&m.link].into_iter().chain(confirmed_by).map(|link| (m.bic, link.as_str()))
        });
        if let Some(problem) = self.peers_problem(("manager", "custodian"), peers) {
            return Some(problem);
        }
        (self.operation.release != Release::AsReady).then(|| {
            "the manager's affirmation releases a trade in the broker's seat: [profile.operation] release must be \"as_ready\""
                .to_owned()
        })
    }

    /// The clock of the desk.
    pub fn clock(&self) -> BusinessClock<'_> {
        BusinessClock { hours: &self.desk.hours, calendar: &self.calendar }
    }

    /// A link by name.
    pub fn link(&self, name: &str) -> Option<&LinkProfile> {
        self.links.iter().find(|l| l.name == name)
    }

    /// The broker whose line it is; none where several share it.
    pub fn broker_on(&self, link: &str) -> Option<Bic> {
        let mut brokers = self.brokers.iter().filter(|b| b.link == link).map(|b| b.bic);
        brokers.next().filter(|_| brokers.next().is_none())
    }

    /// A custodian by name.
    pub fn custodian(&self, name: &str) -> Option<&Custodian> {
        self.custodians.iter().find(|c| c.name == name)
    }

    /// Whether a BIC names us, or a branch of ours: on any of our lines.
    pub fn is_ours(&self, bic: Bic) -> bool {
        let same = |ours: &str| ours.get(..8) == Some(bic.institution());
        same(self.bic.as_str()) || self.links.iter().any(|l| same(&l.our_id))
    }

    /// Who is at the other end of a line, where it is somebody whom we do not instruct.
    pub fn role_on(&self, link: &str) -> Option<String> {
        let client = self.clients.iter().find(|c| c.link == link).map(|c| format!("client {}", c.bic));
        let manager = || self.manager_by_link(link).map(|m| format!("manager {}", m.bic));
        let broker = || self.brokers.iter().find(|b| b.link == link).map(|b| format!("broker {}", b.bic));
        client.or_else(manager).or_else(broker)
    }

    /// Whether a line is a custodian's: the one by which it is instructed, or another of the same house.
    pub fn is_line_of(&self, link: &str, custodian: &str) -> bool {
        let Some(custodian) = self.custodian(custodian) else { return false };
        let same = |bic: Bic| bic.same_office(&custodian.bic);
        custodian.link == link
            || self.custodians.iter().any(|other| other.link == link && same(other.bic))
            || (self.role_on(link).is_none() && self.bic_on(link).is_some_and(same))
    }

    /// Whether the same house is at the other end of two lines.
    pub fn are_of_one_house(&self, one: &str, other: &str) -> bool {
        self.bic_on(one).zip(self.bic_on(other)).is_some_and(|(one, other)| one.same_office(&other))
    }

    /// Who is at the other end of a line, where lines of its kind say that by a BIC.
    fn bic_on(&self, link: &str) -> Option<Bic> {
        self.link(link).filter(|l| !l.speech.is_session())?.their_id.parse().ok()
    }

    /// An account by the name that allocations use.
    pub fn account(&self, account: &Account) -> Option<&AccountProfile> {
        self.accounts.iter().find(|a| a.account == *account)
    }

    /// A broker by its BIC (head office with or without branch).
    pub fn broker(&self, bic: Bic) -> Option<&Broker> {
        self.brokers.iter().find(|b| b.bic.same_office(&bic))
    }

    /// A broker by one of its codes.
    pub fn broker_by_code(&self, code: &str) -> Option<&Broker> {
        self.brokers.iter().find(|b| b.codes.iter().any(|c| c == code))
    }

    /// The manager who allocates, or is confirmed, by this link.
    pub fn manager_by_link(&self, link: &str) -> Option<&Manager> {
        self.managers.iter().find(|m| m.link == link || m.confirmed_by() == link)
    }

    /// The broker that confirms by this link, when only one does.
    pub fn broker_by_link(&self, link: &str) -> Option<&Broker> {
        let mut of_link = self.brokers.iter().filter(|b| b.link == link);
        of_link.next().filter(|_| of_link.next().is_none())
    }
}

fn unique(what: &'static str, names: impl Iterator<Item = String>) -> Result<(), ProfileError> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        if !seen.insert(name.clone()) {
            return Err(ProfileError::Twice { what, name });
        }
    }
    Ok(())
}
