//! The golden source: all records of standing settlement instructions, each with all its versions. Nothing is overwritten;
//! what applied on a day, as it was known at a time, can always be asked.
//!
//! A version takes over from its first day on. Of several that have begun, the one that was written last counts, so a
//! correction also beats what was scheduled before it. A withdrawal is a version without a record.

use std::collections::{BTreeMap, BTreeSet};

use finality_parsers::machine::Timestamp;
use finality_parsers::model::{
    Account, AccountGroup, Bic, BusinessDate, Currency, SecurityType, SettlementChain, SettlementMethod,
    SsiId, SsiRecord, SsiSource, StandingInstruction,
};
use serde::Serialize;

use crate::fact::Fact;

/// One version of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Version {
    /// Its number, from 1.
    pub version: u32,
    /// What it says; absent when the record is withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<SsiRecord>,
    /// Its first day; all days when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<BusinessDate>,
    /// Since when it is known here: when it was written, or approved where that takes two. Absent for what was there at the
    /// start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<Timestamp>,
    /// Who wrote it.
    pub by: String,
    /// Who agreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    /// Where it came from.
    pub source: SsiSource,
    /// Why it was withdrawn.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// How a version stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It applies.
    Active,
    /// Its first day is to come.
    Scheduled,
    /// Its last day is over.
    Expired,
    /// A later version took its place.
    Superseded,
    /// It takes the record back.
    Withdrawn,
}

impl Status {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Scheduled => "scheduled",
            Status::Expired => "expired",
            Status::Superseded => "superseded",
            Status::Withdrawn => "withdrawn",
        }
    }
}

/// For which of our accounts a record counts. Narrower beats wider: an account, then its groups, then all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Scope {
    Account(Account),
    Group(AccountGroup),
    All,
}

/// Whose side a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    /// The counterparty's, by its office: eleven characters.
    Party([u8; 11]),
    /// Ours.
    Us,
}

/// What a record counts for, beside whose it is and for which account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    country: Option<String>,
    security_type: Option<SecurityType>,
    method: Option<SettlementMethod>,
    currency: Option<Currency>,
}

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    /// The counterparty, or ours when absent.
    pub party: Option<Bic>,
    /// Our account.
    pub account: Option<&'a Account>,
    /// The groups that it is in.
    pub groups: &'a [AccountGroup],
    /// The country of the instrument.
    pub country: Option<&'a str>,
    /// Its kind.
    pub security_type: Option<SecurityType>,
    /// How it settles, seen by the owner.
    pub method: Option<SettlementMethod>,
    /// The currency.
    pub currency: Option<Currency>,
    /// The day of settlement.
    pub day: BusinessDate,
    /// As it was known at this time; now when absent.
    pub known: Option<Timestamp>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<'a> {
    /// Exactly one.
    One(Hit<'a>),
    /// Several that are equally narrow.
    Several(Vec<SsiId>),
    /// Some would fit, on another day.
    NotThatDay(Vec<SsiId>),
    /// None.
    None,
}

/// A record that applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit<'a> {
    /// Its version.
    pub version: u32,
    /// It.
    pub record: &'a SsiRecord,
    /// Its chain, or that of the model it names; absent when that model does not apply.
    pub chain: Option<&'a SettlementChain>,
}

/// Which fields a key names, the narrowest first: country before security type before method before currency.
pub(crate) const SHAPES: [[bool; 4]; 16] = {
    let mut shapes = [[false; 4]; 16];
    let mut n = 0;
    while n < 16 {
        let named = 15 - n;
        shapes[n] = [named & 8 != 0, named & 4 != 0, named & 2 != 0, named & 1 != 0];
        n += 1;
    }
    shapes
};

/// All records.
#[derive(Debug, Default)]
pub struct Library {
    records: BTreeMap<SsiId, Vec<Version>>,
    /// Which records have, or had, a version with this key.
    keys: BTreeMap<(Owner, Scope), BTreeMap<Key, BTreeSet<SsiId>>>,
}

impl Library {
    /// With what the configuration holds.
    pub fn new(standing: &[StandingInstruction], records: &[SsiRecord]) -> Self {
        let mut library = Self::default();
        for one in standing {
            let mut record = SsiRecord::of(one);
            // Two that say the same of the same key are two: which is meant a person has to say.
            let mut twin = 2;
            while library.records.contains_key(&record.id) {
                let name = format!("{} ({twin})", SsiRecord::of(one).id);
                record.id = name
                    .chars()
                    .skip(name.chars().count().saturating_sub(70))
                    .collect::<String>()
                    .trim()
                    .parse()
                    .expect("as long as one may be");
                twin += 1;
            }
            library.write(Some(record), None, &SsiSource::Configuration);
        }
        for record in records {
            library.write(Some(record.clone()), None, &SsiSource::Configuration);
        }
        library
    }

    fn write(&mut self, record: Option<SsiRecord>, known: Option<Timestamp>, source: &SsiSource) {
        let Some(record) = record else { return };
        let version = Version {
            version: self.next_version(&record.id),
            from: record.from,
            known,
            by: String::new(),
            approved_by: None,
            source: source.clone(),
            why: String::new(),
            record: Some(record.clone()),
        };
        self.put(record.id, version);
    }

    fn put(&mut self, id: SsiId, version: Version) {
        if let Some(record) = version.record.as_ref().filter(|record| !record.is_model()) {
            let of_owner = self.keys.entry((owner(record.party), scope(record))).or_default();
            of_owner.entry(key(record)).or_default().insert(id.clone());
        }
        self.records.entry(id).or_default().push(version);
    }

    /// The number of the next version of a record.
    pub fn next_version(&self, id: &SsiId) -> u32 {
        self.records.get(id).and_then(|v| v.last()).map_or(1, |last| last.version + 1)
    }

    pub(crate) fn apply(&mut self, fact: &Fact, at: Timestamp) {
        match fact {
            Fact::SsiSupplied { standing, by } => {
                let record = SsiRecord::of(standing);
                let version = Version {
                    version: self.next_version(&record.id),
                    from: record.from,
                    known: Some(at),
                    by: by.clone(),
                    approved_by: None,
                    source: SsiSource::Person,
                    why: String::new(),
                    record: Some(record.clone()),
                };
                self.put(record.id, version);
            }
            Fact::SsiRecorded { record, version, by, approved_by, source } => {
                let version = Version {
                    version: *version,
                    from: record.from,
                    known: Some(at),
                    by: by.clone(),
                    approved_by: approved_by.clone(),
                    source: source.clone(),
                    why: String::new(),
                    record: Some((**record).clone()),
                };
                self.put(record.id.clone(), version);
            }
            Fact::SsiWithdrawn { id, version, from, by, approved_by, why } => {
                let version = Version {
                    version: *version,
                    from: *from,
                    known: Some(at),
                    by: by.clone(),
                    approved_by: approved_by.clone(),
                    source: SsiSource::Person,
                    why: why.clone(),
                    record: None,
                };
                self.put(id.clone(), version);
            }
            _ => {}
        }
    }

    /// All versions of a record, oldest first.
    pub fn history(&self, id: &SsiId) -> &[Version] {
        self.records.get(id).map_or(&[], Vec::as_slice)
    }

    /// All records, by name.
    pub fn records(&self) -> impl Iterator<Item = (&SsiId, &[Version])> {
        self.records.iter().map(|(id, versions)| (id, versions.as_slice()))
    }

    /// The version of a record that applies on a day, as it was known at a time.
    pub fn on(&self, id: &SsiId, day: BusinessDate, known: Option<Timestamp>) -> Option<&Version> {
        let begun = self.records.get(id)?.iter().rev().find(|v| has_begun(v, day, known))?;
        begun.record.as_ref()?.until.is_none_or(|until| day <= until).then_some(begun)
    }

    /// How a version of a record stands on a day, as it is known now.
    pub fn status(&self, id: &SsiId, version: &Version, day: BusinessDate) -> Status {
        let begun = self.records.get(id).and_then(|all| all.iter().rev().find(|v| has_begun(v, day, None)));
        match (&version.record, begun) {
            (_, Some(begun)) if begun.version > version.version => Status::Superseded,
            (_, begun) if begun.is_none_or(|begun| begun.version < version.version) => Status::Scheduled,
            (None, _) => Status::Withdrawn,
            (Some(record), _) if record.until.is_some_and(|until| until < day) => Status::Expired,
            _ => Status::Active,
        }
    }

    /// The records of a party that apply on a day, whatever they count for.
    pub fn of_party(&self, party: Bic, day: BusinessDate) -> impl Iterator<Item = Hit<'_>> {
        let owner = Owner::Party(party.full());
        let least = Scope::Account("!".parse().expect("a text"));
        let scopes = self.keys.range((owner, least)..=(owner, Scope::All));
        let ids: BTreeSet<&SsiId> = scopes.flat_map(|(_, keys)| keys.values().flatten()).collect();
        ids.into_iter()
            .filter_map(move |id| self.hit(id, day, None))
            .filter(move |hit| hit.record.party.is_some_and(|p| p.same_office(&party)))
    }

    fn hit(&self, id: &SsiId, day: BusinessDate, known: Option<Timestamp>) -> Option<Hit<'_>> {
        let version = self.on(id, day, known)?;
        let record = version.record.as_ref()?;
        let chain = match &record.model {
            None => Some(&record.chain),
            Some(model) => self.on(model, day, known).and_then(|v| v.record.as_ref()).map(|m| &m.chain),
        };
        Some(Hit { version: version.version, record, chain })
    }

    /// The record that counts. It costs a look-up for each shape of a key and each scope, however many records there are.
    pub fn find(&self, query: &Query<'_>) -> Found<'_> {
        let mut another_day = Vec::new();
        for scope in scopes(query) {
            let Some(keys) = self.keys.get(&(owner(query.party), scope.clone())) else { continue };
            for [country, security_type, method, currency] in SHAPES {
                let Some(key) = shaped(query, country, security_type, method, currency) else { continue };
                let Some(ids) = keys.get(&key) else { continue };
                // A record may have had this key in another version only.
                let fits = |r: &SsiRecord| key_is(r, &key) && self::scope(r) == scope;
                let hits: Vec<Hit<'_>> = ids
                    .iter()
                    .filter_map(|id| self.hit(id, query.day, query.known))
                    .filter(|hit| fits(hit.record))
                    .collect();
                match &hits[..] {
                    [] => another_day.extend(ids.iter().cloned()),
                    [one] => return Found::One(one.clone()),
                    several => return Found::Several(several.iter().map(|h| h.record.id.clone()).collect()),
                }
            }
        }
        if another_day.is_empty() { Found::None } else { Found::NotThatDay(another_day) }
    }

    /// Whether an account of ours has a record of its own side, on whatever day.
    pub fn has_own(&self, account: &Account, groups: &[AccountGroup]) -> bool {
        let mut scopes =
            [Scope::Account(account.clone())].into_iter().chain(groups.iter().cloned().map(Scope::Group));
        scopes.any(|scope| self.keys.contains_key(&(Owner::Us, scope)))
    }
}

/// An as-of time before which nothing was known leaves what was there at the start.
fn has_begun(version: &Version, day: BusinessDate, known: Option<Timestamp>) -> bool {
    version.from.is_none_or(|from| from <= day)
        && known.is_none_or(|at| version.known.is_none_or(|since| since <= at))
}

fn owner(party: Option<Bic>) -> Owner {
    party.map_or(Owner::Us, |bic| Owner::Party(bic.full()))
}

fn scope(record: &SsiRecord) -> Scope {
    match (&record.account, &record.group) {
        (Some(account), _) => Scope::Account(account.clone()),
        (None, Some(group)) => Scope::Group(group.clone()),
        (None, None) => Scope::All,
    }
}

/// The scopes that fit, the narrowest first; groups stand in the order in which the account names them.
fn scopes(query: &Query<'_>) -> impl Iterator<Item = Scope> {
    let account = query.account.cloned().map(Scope::Account);
    account.into_iter().chain(query.groups.iter().cloned().map(Scope::Group)).chain([Scope::All])
}

fn key(record: &SsiRecord) -> Key {
    Key {
        country: record.country.clone(),
        security_type: record.security_type,
        method: record.method,
        currency: record.currency,
    }
}

fn key_is(record: &SsiRecord, key: &Key) -> bool {
    record.country == key.country
        && record.security_type == key.security_type
        && record.method == key.method
        && record.currency == key.currency
}

/// The key of that shape that fits the query; none where the query does not say what the key names.
fn shaped(
    query: &Query<'_>,
    country: bool,
    security_type: bool,
    method: bool,
    currency: bool,
) -> Option<Key> {
    fn named<T>(wanted: bool, said: Option<T>) -> Option<Option<T>> {
        match (wanted, said) {
            (false, _) => Some(None),
            (true, None) => None,
            (true, said) => Some(said),
        }
    }
    Some(Key {
        country: named(country, query.country.map(str::to_owned))?,
        security_type: named(security_type, query.security_type)?,
        method: named(method, query.method)?,
        currency: named(currency, query.currency)?,
    })
}

#[cfg(test)]
mod tests;
