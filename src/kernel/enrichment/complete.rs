//! Puts the instruction together: what both sides agreed, our side, the counterparty's side; or says what is missing.

use finality_parsers::model::{
    Amount, Bic, BusinessDate, InstructionFunction, Instrument, Movement, Party, Payment, Quantity,
    Reference, SecurityType, SettlementChain, SettlementInstruction, SettlementMethod, Side, SsiId,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::checks::{self, Side as CheckedSide, Sides};
use super::library::{Found, Hit, Library, Query};
use super::places;
use crate::exceptions::reason::ReasonCode;
use crate::lifecycle::trade::{Terms, Trade};
use crate::matching::rules::AssetClass;
use crate::profile::{AccountProfile, Profile};

/// Why an instruction cannot be completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incomplete {
    /// The reason to be raised.
    pub reason: ReasonCode,
    /// What is missing, in words.
    pub detail: String,
}

/// A complete instruction, and by whom it is to be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complete {
    /// The instruction.
    pub instruction: SettlementInstruction,
    /// The custodian's name in the profile.
    pub custodian: String,
    /// Who is on the other side.
    pub counterparty: Bic,
    /// The records that it rests on.
    pub ssi: Vec<SsiUse>,
}

/// A version of a record that an instruction rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SsiUse {
    /// The record.
    pub id: SsiId,
    /// Its version.
    pub version: u32,
}

/// Completes the instruction of an affirmed trade, under `reference`.
pub fn complete(
    trade: &Trade,
    reference: Reference,
    profile: &Profile,
    library: &Library,
) -> Result<Complete, Incomplete> {
    let (ours, theirs) = trade.sides();
    let agreed = Agreed::of(ours, theirs, profile)?;
    let account = own_account(agreed.terms, profile)?;
    let mut theirs = their_side(&agreed, account, library)?;
    let mut ours = our_side(&agreed, account, profile, library)?;
    for side in [Some(&mut theirs), ours.as_mut()].into_iter().flatten() {
        fill_place(side, &agreed, profile);
    }
    let settings = &profile.enrichment;
    let sides = Sides {
        party: agreed.broker,
        theirs,
        ours,
        payment: agreed.payment,
        currency: agreed.currency(),
        account_required: settings.agent_account_required,
        cash_account_required: settings.cash_account_required,
    };
    if let Some((reason, detail)) = checks::broken(&sides) {
        return Err(Incomplete { reason, detail });
    }
    let Sides { theirs, ours, .. } = sides;
    let ssi = [Some(&theirs), ours.as_ref()].into_iter().flatten();
    let ssi = ssi.map(|side| SsiUse { id: side.id.clone(), version: side.version }).collect();
    let named = theirs.party.unwrap_or(agreed.broker);
    let mut their_chain = theirs.chain.unwrap_or_default();
    their_chain.client.get_or_insert_with(|| Party::bic(named));
    let cash_account = ours.as_ref().and_then(|o| o.cash_account.clone());
    let cash_account = cash_account.filter(|_| agreed.payment == Payment::Against);
    let our_chain = ours.and_then(|o| o.chain).unwrap_or_default();
    let custodian = match our_chain.custodian.as_ref().and_then(Party::as_bic) {
        None => account.custodian.clone(),
        Some(bic) => named_custodian(bic, profile)?,
    };
    let safekeeping = our_chain.custodian.as_ref().and_then(|c| c.account.clone());
    // The custodian is who reads it, and the place is said with the other side: once, as both standards want it.
    let our_chain = SettlementChain { depository: None, custodian: None, ..our_chain };
    let movement = agreed.movement();
    let (delivering, receiving) = match movement {
        Movement::Receive => (their_chain, our_chain),
        Movement::Deliver => (our_chain, their_chain),
    };
    let terms = agreed.terms;
    let instruction = SettlementInstruction {
        id: reference,
        function: InstructionFunction::New,
        prepared: None,
        linkages: Vec::new(),
        common_reference: None,
        trade_reference: None,
        movement,
        payment: agreed.payment,
        instrument: terms.instrument.clone(),
        quantity: terms.quantity,
        amount: agreed.amount,
        other_amounts: Vec::new(),
        price: terms.price,
        trade_date: Some(terms.trade_date),
        settlement_date: agreed.settlement_date,
        place_of_trade: None,
        account: Some(safekeeping.unwrap_or_else(|| account.safekeeping.clone())),
        cash_account,
        account_owner: account.owner.clone(),
        transaction_type: "TRAD".to_owned(),
        conditions: Vec::new(),
        partial: None,
        priority: None,
        delivering,
        receiving,
        narrative: None,
        more: None,
    };
    Ok(Complete { instruction, custodian, counterparty: agreed.broker, ssi })
}

/// The chain of our own side, as our confirmation tells it: where we settle, and by whom. `None` where no record says it.
pub(crate) fn own_chain(trade: &Trade, profile: &Profile, library: &Library) -> Option<SettlementChain> {
    let (ours, theirs) = trade.sides();
    let agreed = Agreed::of(ours, theirs, profile).ok()?;
    let account = own_account(agreed.terms, profile).ok()?;
    our_side(&agreed, account, profile, library).ok()??.chain
}

/// What both sides agreed, as far as the look-up needs it.
pub(super) struct Agreed<'a> {
    pub(super) terms: &'a Terms,
    pub(super) broker: Bic,
    pub(super) payment: Payment,
    pub(super) amount: Option<Amount>,
    pub(super) settlement_date: BusinessDate,
}

impl<'a> Agreed<'a> {
    /// What the manager's terms and the broker's say together.
    pub(super) fn of(
        ours: Option<&'a Terms>,
        theirs: Option<&'a Terms>,
        profile: &Profile,
    ) -> Result<Self, Incomplete> {
        let incomplete =
            |detail: &str| Incomplete { reason: ReasonCode::SsiIncomplete, detail: detail.to_owned() };
        let terms = ours.or(theirs).ok_or_else(|| incomplete("neither side of the trade is known"))?;
        let broker = terms
            .broker
            .or(theirs.and_then(|t| t.broker))
            .ok_or_else(|| incomplete("the broker is not known: no standing instruction can be looked up"))?;
        let payment = terms.payment.or(theirs.and_then(|t| t.payment)).unwrap_or(Payment::Against);
        let amount = agreed_amount(ours, theirs, payment)?;
        let settlement_date = terms
            .settlement_date
            .or(theirs.and_then(|t| t.settlement_date))
            .unwrap_or_else(|| crate::lifecycle::market::settlement_date(profile, terms));
        Ok(Self { terms, broker, payment, amount, settlement_date })
    }

    /// Which way the securities go.
    pub(super) fn movement(&self) -> Movement {
        match self.terms.side {
            Side::Buy => Movement::Receive,
            Side::Sell => Movement::Deliver,
        }
    }

    fn currency(&self) -> Option<finality_parsers::model::Currency> {
        self.amount.map(|a| a.currency())
    }

    fn country(&self) -> Option<&str> {
        self.terms.instrument.isin.as_ref().map(|isin| isin.country())
    }

    /// How it settles, seen by who delivers or receives.
    fn method(&self, delivers: bool) -> SettlementMethod {
        match (self.payment, delivers) {
            (Payment::Free, _) => SettlementMethod::Fop,
            (Payment::Against, true) => SettlementMethod::Dvp,
            (Payment::Against, false) => SettlementMethod::Rvp,
        }
    }

    fn query<'q>(&'q self, party: Option<Bic>, account: &'q AccountProfile) -> Query<'q> {
        let we_deliver = self.movement() == Movement::Deliver;
        Query {
            party,
            account: Some(&account.account),
            groups: &account.groups,
            country: self.country(),
            security_type: Some(security_type(self.terms)),
            method: Some(self.method(we_deliver == party.is_none())),
            currency: self.currency(),
            day: self.settlement_date,
            known: None,
        }
    }
}

/// By the classification when it is known, else as the terms tell.
pub fn security_type(terms: &Terms) -> SecurityType {
    classified(&terms.instrument).unwrap_or(match AssetClass::of(terms) {
        AssetClass::Equity => SecurityType::Equity,
        AssetClass::FixedIncome => SecurityType::FixedIncome,
    })
}

fn classified(instrument: &Instrument) -> Option<SecurityType> {
    instrument.other.iter().find(|o| o.scheme == "CFI").and_then(|o| SecurityType::of_cfi(&o.value))
}

fn their_side(
    agreed: &Agreed<'_>,
    account: &AccountProfile,
    library: &Library,
) -> Result<CheckedSide, Incomplete> {
    let (broker, day) = (agreed.broker, agreed.settlement_date);
    match library.find(&agreed.query(Some(broker), account)) {
        Found::One(hit) => Ok(side(&hit)),
        Found::None => Err(Incomplete {
            reason: ReasonCode::SsiMissing,
            detail: format!(
                "no standing instruction of {broker} for {} in {} on {day}",
                agreed.terms.instrument.isin.map_or("this instrument".to_owned(), |i| i.to_string()),
                agreed.currency().map_or("no currency".to_owned(), |c| c.to_string()),
            ),
        }),
        other => Err(not_one(&other, &broker.to_string(), day)),
    }
}

/// Our side, where a record says something of it; else the account's custodian and safekeeping account are all we say.
fn our_side(
    agreed: &Agreed<'_>,
    account: &AccountProfile,
    profile: &Profile,
    library: &Library,
) -> Result<Option<CheckedSide>, Incomplete> {
    let (whose, day) = (format!("account {}", account.account), agreed.settlement_date);
    match library.find(&agreed.query(None, account)) {
        Found::One(hit) => Ok(Some(side(&hit))),
        Found::None if profile.enrichment.own_side_required => Err(Incomplete {
            reason: ReasonCode::SsiMissing,
            detail: format!("no standing instruction of our own side for {whose} on {day}"),
        }),
        Found::None => Ok(None),
        other => Err(not_one(&other, &whose, day)),
    }
}

fn not_one(found: &Found<'_>, whose: &str, day: BusinessDate) -> Incomplete {
    let names = |ids: &[SsiId]| ids.iter().map(SsiId::as_str).collect::<Vec<_>>().join(", ");
    match found {
        Found::Several(ids) => Incomplete {
            reason: ReasonCode::SsiAmbiguous,
            detail: format!(
                "{} standing instructions of {whose} fit equally well: {}",
                ids.len(),
                names(ids)
            ),
        },
        Found::NotThatDay(ids) => Incomplete {
            reason: ReasonCode::SsiNotEffective,
            detail: format!("what is held of {whose} does not apply on {day}: {}", names(ids)),
        },
        Found::One(_) | Found::None => Incomplete {
            reason: ReasonCode::SsiMissing,
            detail: format!("no standing instruction of {whose} on {day}"),
        },
    }
}

fn side(hit: &Hit<'_>) -> CheckedSide {
    CheckedSide {
        id: hit.record.id.clone(),
        version: hit.version,
        party: hit.record.party,
        chain: hit.chain.cloned(),
        cash_account: hit.record.cash_account.clone(),
        no_place: String::new(),
    }
}

/// A record that names no place means the usual one, where that is wanted and there is one.
fn fill_place(side: &mut CheckedSide, agreed: &Agreed<'_>, profile: &Profile) {
    let (Some(chain), Some(country), true) =
        (side.chain.as_mut(), agreed.country(), profile.enrichment.place_defaults)
    else {
        return;
    };
    if chain.depository.is_none() {
        match places::usual(country, Some(security_type(agreed.terms)), &profile.enrichment.places) {
            Ok(place) => chain.depository = Some(Party::bic(place)),
            Err(why) => side.no_place = format!(" ({why})"),
        }
    }
}

fn named_custodian(bic: Bic, profile: &Profile) -> Result<String, Incomplete> {
    let custodian = profile.custodians.iter().find(|c| c.bic.same_office(&bic));
    custodian.map(|c| c.name.clone()).ok_or_else(|| Incomplete {
        reason: ReasonCode::SsiIncomplete,
        detail: format!(
            "our side names {bic} as custodian, which is not among the custodians of the reference data"
        ),
    })
}

fn own_account<'a>(terms: &Terms, profile: &'a Profile) -> Result<&'a AccountProfile, Incomplete> {
    let account = terms.account.as_ref();
    account.and_then(|a| profile.account(a)).ok_or_else(|| Incomplete {
        reason: ReasonCode::SsiIncomplete,
        detail: format!(
            "account {} has no safekeeping account and custodian in the reference data",
            account.map_or("(none)".to_owned(), ToString::to_string)
        ),
    })
}

/// Both sides agree within tolerance; the counterparty will instruct what it confirmed, so its figure goes out.
fn agreed_amount(
    ours: Option<&Terms>,
    theirs: Option<&Terms>,
    payment: Payment,
) -> Result<Option<Amount>, Incomplete> {
    if payment == Payment::Free {
        return Ok(None);
    }
    let net = theirs.and_then(|t| t.net).or(ours.and_then(|t| t.net));
    net.or(theirs.and_then(gross)).or(ours.and_then(gross)).map(Some).ok_or_else(|| Incomplete {
        reason: ReasonCode::SsiIncomplete,
        detail: "neither side says what is to be paid".into(),
    })
}

fn gross(terms: &Terms) -> Option<Amount> {
    terms.gross.or_else(|| {
        let price = terms.price?;
        let currency = price.currency.or(terms.currency)?;
        let value = price.value.checked_mul(quantity(terms.quantity))?;
        Some(Amount::new(currency, value.round_dp(currency.decimals().unwrap_or(2))))
    })
}

fn quantity(quantity: Quantity) -> Decimal {
    quantity.value()
}
