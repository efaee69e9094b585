//! What else an instruction or a confirmation says, beside the facts that somebody decides by.
//!
//! It is kept as details, typed and in order, so that a message that is translated loses nothing on the way. A fact with
//! a field of its own may stand here once more where its field cannot hold all of it: the time of a settlement date, the
//! type of an account, the name behind a kind of market. The field decides; the detail counts only while both agree.

use serde::{Deserialize, Serialize};

use super::{
    Account, Amount, BusinessDate, CashParty, Detail, DetailValue as V, ExchangeRate, Instrument, Lot,
    Moment, Movement, OtherAmount, PartialSettlement, Party, PartyDetails, Payment, Place, Price, Quantity,
    SettlementChain, StatedAccount,
};

/// What else is said. Empty for most messages; then there is none of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FurtherDetails {
    /// Whether it is a copy, and which kind: the standard's code (`CODU`, `COPY`, `DUPL`), or `RECO` for one that is for
    /// reconciliation only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub copy: Option<String>,
    /// Of the message as a whole: which of how many instructions it is, whether it is only announced.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub general_details: Vec<Detail>,
    /// Attributes of the instrument.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub attributes: Vec<Detail>,
    /// Of the trade: places, conditions of the deal, days of interest.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub trade_details: Vec<Detail>,
    /// Of quantity and account.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub account_details: Vec<Detail>,
    /// Lots.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub lots: Vec<Lot>,
    /// The second leg of a transaction that has two.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub second_leg: Vec<Detail>,
    /// Of its settlement.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub settlement_details: Vec<Detail>,
    /// What more is said of the parties of the chains.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub party_details: Vec<PartyDetails>,
    /// Cash parties.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub cash_parties: Vec<CashParty>,
    /// Of the settlement amount: its value date, what it makes in another currency (`RESU` at `EXCH`), what it includes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub amount_details: Vec<Detail>,
    /// Fees of a digital network.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub network_fee: Vec<Detail>,
    /// Parties beside the chains, each with what is said of it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub other_parties: Vec<Vec<Detail>>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}

/// Data beside the standard, which nobody looks into here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplementaryData {
    /// What they belong to, where said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<String>,
    /// The element in the envelope, as it came.
    pub content: String,
}

impl FurtherDetails {
    /// As an event carries it: nothing where nothing is said.
    pub fn boxed(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }
}

/// What instructions, confirmations and allegements have in common, every fact as fully as a message says it. The mappings
/// of MT and MX speak of terms alone; each event takes from them what it holds. What every instruction must say may be
/// missing where a part of one is told: a request to change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) movement: Movement,
    pub(crate) payment: Payment,
    pub(crate) instrument: Option<Instrument>,
    pub(crate) quantity: Option<Quantity>,
    pub(crate) previously_settled: Option<Quantity>,
    pub(crate) remaining: Option<Quantity>,
    pub(crate) amount: Option<Amount>,
    pub(crate) previously_settled_amount: Option<Amount>,
    pub(crate) remaining_amount: Option<Amount>,
    pub(crate) other_amounts: Vec<OtherAmount>,
    pub(crate) price: Option<Price>,
    pub(crate) trade_date: Option<Moment>,
    pub(crate) settlement_date: Option<Moment>,
    pub(crate) effective_date: Option<Moment>,
    pub(crate) place_of_trade: Option<Place>,
    pub(crate) account: Option<StatedAccount>,
    pub(crate) cash_account: Option<StatedAccount>,
    pub(crate) account_owner: Option<Party>,
    pub(crate) transaction_type: Option<String>,
    pub(crate) conditions: Vec<String>,
    pub(crate) partial: Option<PartialSettlement>,
    pub(crate) priority: Option<u8>,
    pub(crate) delivering: SettlementChain,
    pub(crate) receiving: SettlementChain,
    pub(crate) narrative: Option<String>,
    pub(crate) more: FurtherDetails,
}

/// Takes the first detail that is as wanted.
fn take<T>(details: &mut Vec<Detail>, code: &str, wanted: fn(&V) -> Option<&T>) -> Option<T>
where
    T: Clone,
{
    let index = details.iter().position(|d| d.code == code && wanted(&d.value).is_some())?;
    wanted(&details.remove(index).value).cloned()
}

fn moment(value: &V) -> Option<&Moment> {
    if let V::Moment(moment) = value { Some(moment) } else { None }
}

fn account(value: &V) -> Option<&StatedAccount> {
    if let V::Account(account) = value { Some(account) } else { None }
}

fn place(value: &V) -> Option<&Place> {
    if let V::Place(place) = value { Some(place) } else { None }
}

/// The day of a moment; what a day does not say goes to the details.
pub(crate) fn day_of(code: &str, moment: Option<Moment>, details: &mut Vec<Detail>) -> Option<BusinessDate> {
    let moment = moment?;
    let day = moment.day();
    if !matches!(moment, Moment::Day(_)) {
        details.push(Detail::new(code, V::Moment(moment)));
    }
    day
}

/// The way back.
pub(crate) fn moment_of(code: &str, day: Option<BusinessDate>, details: &mut Vec<Detail>) -> Option<Moment> {
    let said = take(details, code, moment).filter(|moment| moment.day() == day);
    said.or_else(|| day.map(Moment::Day))
}

/// The number of an account; what a number does not say goes to the details.
pub(crate) fn number_of(
    code: &str,
    account: Option<StatedAccount>,
    details: &mut Vec<Detail>,
) -> Option<Account> {
    let account = account?;
    let id = account.id.clone();
    if account != StatedAccount::from(id.clone()) {
        details.push(Detail::new(code, V::Account(account)));
    }
    Some(id)
}

/// The way back.
pub(crate) fn account_of(
    code: &str,
    number: Option<&Account>,
    details: &mut Vec<Detail>,
) -> Option<StatedAccount> {
    let said = take(details, code, account).filter(|account| Some(&account.id) == number);
    said.or_else(|| number.cloned().map(StatedAccount::from))
}

/// Kinds of places of trade that need no name.
const MARKETS: [&str; 5] = ["EXCH", "OTCO", "PRIM", "SECM", "VARI"];

fn is_mic(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// The name of a place of trade: its MIC, else the code of its kind.
fn name_of(place: &Place) -> Option<String> {
    match (&place.kind, &place.name) {
        (_, Some(name)) if is_mic(name) => Some(name.clone()),
        (Some(kind), _) => Some(kind.trim_start_matches('/').to_owned()),
        (None, Some(name)) => Some(name.clone()),
        (None, None) => None,
    }
}

/// What a name alone says of a place of trade.
fn named(name: &str) -> Place {
    if MARKETS.contains(&name) {
        return Place { kind: Some(name.to_owned()), ..Place::default() };
    }
    // Words are no market, and only a market is known to be an exchange.
    let kind = is_mic(name).then(|| "EXCH".to_owned());
    Place { kind, name: Some(name.to_owned()), ..Place::default() }
}

/// The name of the place of trade; what it does not say goes to the details.
pub(crate) fn market_of(place: Option<Place>, details: &mut Vec<Detail>) -> Option<String> {
    let place = place?;
    let name = name_of(&place);
    if name.as_deref().map(named).as_ref() != Some(&place) {
        details.push(Detail::new("TRAD", V::Place(place)));
    }
    name
}

/// The way back.
pub(crate) fn place_of(name: Option<&str>, details: &mut Vec<Detail>) -> Option<Place> {
    let said = take(details, "TRAD", place).filter(|place| name_of(place).as_deref() == name);
    said.or_else(|| name.map(named))
}

/// Takes the place with that code.
pub(crate) fn take_place(code: &str, details: &mut Vec<Detail>) -> Option<Place> {
    take(details, code, place)
}

/// Takes the words with that code.
pub(crate) fn take_text(code: &str, details: &mut Vec<Detail>) -> Option<String> {
    take(details, code, |value| if let V::Text(text) = value { Some(text) } else { None })
}

/// Takes what an amount makes in another currency, at which rate, and when it moves.
pub(crate) fn conversion_of(
    details: &mut Vec<Detail>,
) -> (Option<Amount>, Option<ExchangeRate>, Option<Moment>) {
    (
        take(details, "RESU", |value| if let V::Amount(amount) = value { Some(amount) } else { None }),
        take(details, "EXCH", |value| if let V::Exchange(rate) = value { Some(rate) } else { None }),
        take(details, "VALU", moment),
    )
}

/// Takes the account with that code.
pub(crate) fn take_account(code: &str, details: &mut Vec<Detail>) -> Option<StatedAccount> {
    take(details, code, account)
}

/// Takes the priority; one of a scheme of somebody's own stays where it is.
pub(crate) fn priority_of(details: &mut Vec<Detail>) -> Option<u8> {
    let number = |d: &Detail| match &d.value {
        V::Code(code) if d.code == "PRIR" => code.parse().ok(),
        _ => None,
    };
    let index = details.iter().position(|d| number(d).is_some())?;
    number(&details.remove(index))
}

/// Takes the conditions of settlement, and among them whether it may settle in parts.
pub(crate) fn conditions_of(details: &mut Vec<Detail>) -> (Vec<String>, Option<PartialSettlement>) {
    let (mut conditions, mut partial) = (Vec::new(), None);
    for detail in details.extract_if(.., |d| d.code == "STCO" && matches!(d.value, V::Code(_))) {
        let V::Code(code) = detail.value else { continue };
        match PartialSettlement::of(&code) {
            Some(meaning) if partial.is_none() => partial = Some(meaning),
            _ => conditions.push(code),
        }
    }
    (conditions, partial)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_and_its_detail_come_back_as_they_were() {
        let places = [
            Place { kind: Some("OTCO".into()), name: Some("OFF BOOK".into()), ..Place::default() },
            Place { kind: Some("EXCH".into()), name: Some("XETR".into()), ..Place::default() },
            Place { kind: Some("OTCO".into()), ..Place::default() },
            Place { lei: Some("529900T8BM49AURSDO55".parse().expect("an LEI")), ..Place::default() },
        ];
        for (place, name, more) in places
            .into_iter()
            .zip(["OTCO", "XETR", "OTCO", ""])
            .zip([1, 0, 0, 1])
            .map(|((p, n), m)| (p, n, m))
        {
            let mut details = Vec::new();
            let market = market_of(Some(place.clone()), &mut details);
            assert_eq!((market.as_deref().unwrap_or(""), details.len()), (name, more), "{place:?}");
            assert_eq!(place_of(market.as_deref(), &mut details), Some(place));
            assert!(details.is_empty());
        }
        let mut details = Vec::new();
        assert_eq!(day_of("TRAD", Some(Moment::Coded("VARI".into())), &mut details), None);
        assert_eq!(moment_of("TRAD", None, &mut details), Some(Moment::Coded("VARI".into())));
        // The field decides: a detail that says otherwise counts no more.
        let day = "2026-05-21".parse().ok();
        day_of("TRAD", Some(Moment::Coded("VARI".into())), &mut details);
        assert_eq!(moment_of("TRAD", day, &mut details), day.map(Moment::Day));
    }
}
