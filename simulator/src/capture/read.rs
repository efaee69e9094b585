//! Messages into trades: allocations in the order in which they came, replaced and taken back as they say, then the confirmations that answer
//! them, then the day and the currency that most of them have.

use std::collections::BTreeMap;

use finality_parsers::codec::{self, Depth};
use finality_parsers::detect::Protocol;
use finality_parsers::limits::Limits;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{
    Account, Allocation, AllocationInstruction, Bic, BusinessDate, ConfirmationKind, Currency, Event,
    Function, Isin, PartyId, PartyRole, Price, PriceKind, Quantity, QuantityKind, Reference, RoleParty, Side,
    TradeConfirmation,
};
use finality_parsers::translate;
use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};
use thiserror::Error;

use super::{Capture, CapturedAnswer, CapturedBlock, CapturedBroker, CapturedLine, CapturedShare};
use crate::population::class::Class;

/// A captured message.
#[derive(Debug, Clone)]
pub struct Message<'m> {
    /// Where it was found, for errors.
    pub name: &'m str,
    /// When it came; `None` where only the message itself may know.
    pub at: Option<Timestamp>,
    /// As it came.
    pub bytes: &'m [u8],
}

/// Why there is nothing to replay.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CaptureError {
    /// No trade was found.
    #[error(
        "there is no allocation in it that can be replayed ({0}): capture the allocations (FIX J or AS, MT514) that the manager sent"
    )]
    Nothing(String),
    /// Nobody knows when a message came.
    #[error(
        "{0}: it does not say when it was sent: let its file name begin with the time, such as 20261124T091500Z"
    )]
    NoTime(String),
}

/// An amount in cents above this is no amount of a security.
const CENTS_MAX: i64 = 1_000_000_000_000_000;

/// A share on its way into a run.
struct Share {
    reference: String,
    account: Account,
    broker: String,
    bic: Option<Bic>,
    isin: Isin,
    description: Option<String>,
    kind: QuantityKind,
    side: Side,
    quantity: i64,
    price: Decimal,
    gross_cents: i64,
    commission_cents: i64,
    currency: Currency,
    trade_date: BusinessDate,
    settles: Option<BusinessDate>,
    answer: Option<CapturedAnswer>,
}

/// Blocks as they stand, and what was not taken.
#[derive(Default)]
struct Gathered {
    /// By the manager's reference, in order of arrival.
    blocks: BTreeMap<u64, (Timestamp, AllocationInstruction)>,
    by_id: BTreeMap<Reference, u64>,
    confirmations: Vec<(Timestamp, Protocol, TradeConfirmation)>,
    left_out: BTreeMap<String, u32>,
    next: u64,
    seen: usize,
}

impl Gathered {
    fn leave_out(&mut self, why: &str) {
        *self.left_out.entry(why.to_owned()).or_default() += 1;
    }

    fn message(&mut self, message: &Message<'_>) -> Result<(), CaptureError> {
        let limits = Limits::default();
        for bytes in codec::messages(message.bytes, &limits) {
            self.seen += 1;
            let decoded = codec::decode(&bytes, &limits, Depth::Full);
            let Some(event) = &decoded.event else {
                self.leave_out("messages that cannot be read or have no normalized form");
                continue;
            };
            let time = || {
                let said = translate::told(&bytes, &decoded).created;
                let known = message.at.or(Some(said).filter(|at| *at != Timestamp::default()));
                known.ok_or_else(|| CaptureError::NoTime(message.name.to_owned()))
            };
            match event {
                Event::Allocation(e) => self.allocation(time()?, e),
                Event::AllocationReport(e) => self.allocation(time()?, &e.allocation),
                Event::Confirmation(e) if e.kind == ConfirmationKind::Confirmation => {
                    let protocol = decoded.protocol.unwrap_or(Protocol::Fix);
                    self.confirmations.push((time()?, protocol, (**e).clone()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn allocation(&mut self, at: Timestamp, e: &AllocationInstruction) {
        let known = self.by_id.get(&e.id).copied();
        match (&e.function, known) {
            (Function::New, Some(number)) => match self.blocks.get_mut(&number) {
                // A further part of one that is too long for a message; else it came twice.
                Some((_, block)) if e.fragment.is_some() => {
                    let new = |share: &&Allocation| !block.allocations.contains(share);
                    let more: Vec<Allocation> = e.allocations.iter().filter(new).cloned().collect();
                    block.allocations.extend(more);
                }
                _ => self.leave_out("allocations whose reference came before"),
            },
            (Function::New, None) => self.insert(at, e),
            (Function::Replace(old), _) => {
                let number = old.as_ref().and_then(|old| self.by_id.get(old).copied()).or(known);
                match number.and_then(|number| Some((number, self.blocks.get_mut(&number)?))) {
                    // It is replayed as it came to stand; that the first was wrong is not.
                    Some((number, (_, block))) => {
                        e.clone_into(block);
                        self.by_id.insert(e.id.clone(), number);
                        self.leave_out("allocations that were replaced by later ones");
                    }
                    None => self.insert(at, e),
                }
            }
            (Function::Cancel(old), _) => {
                let number = old.as_ref().and_then(|old| self.by_id.get(old).copied()).or(known);
                if number.and_then(|number| self.blocks.remove(&number)).is_some() {
                    self.leave_out("allocations that were taken back");
                }
            }
        }
    }

    fn insert(&mut self, at: Timestamp, e: &AllocationInstruction) {
        self.by_id.insert(e.id.clone(), self.next);
        self.blocks.insert(self.next, (at, e.clone()));
        self.next += 1;
    }
}

/// Reads messages in order.
pub(super) fn capture<'m>(messages: impl Iterator<Item = Message<'m>>) -> Result<Capture, CaptureError> {
    let mut gathered = Gathered::default();
    for message in messages {
        gathered.message(&message)?;
    }
    let mut blocks: Vec<(Timestamp, Vec<Share>)> = Vec::new();
    for (at, block) in std::mem::take(&mut gathered.blocks).into_values() {
        let mut shares = Vec::new();
        for share in &block.allocations {
            match taken(&block, share) {
                Ok(share) => shares.push(share),
                Err(why) => gathered.leave_out(why),
            }
        }
        blocks.push((at, shares));
    }
    let gathered_messages = gathered.seen;
    let all = || blocks.iter().flat_map(|(_, shares)| shares);
    let nothing = |left_out: &BTreeMap<String, u32>| {
        let said: Vec<String> = left_out.iter().map(|(why, count)| format!("{count} {why}")).collect();
        let seen = match gathered_messages {
            0 => "no message".to_owned(),
            seen => format!("{seen} messages"),
        };
        CaptureError::Nothing([vec![seen], said].concat().join(", "))
    };
    let Some(currency) = most(all().map(|share| share.currency)) else {
        return Err(nothing(&gathered.left_out));
    };
    let dates = all().filter(|share| share.currency == currency).map(|share| share.trade_date);
    let Some(trade_date) = most(dates) else { return Err(nothing(&gathered.left_out)) };
    for (_, shares) in &mut blocks {
        shares.retain(|share| {
            let why = match (share.currency == currency, share.trade_date == trade_date) {
                (false, _) => "shares in another currency than most",
                (true, false) => "shares of another trade date than most",
                (true, true) => return true,
            };
            *gathered.left_out.entry(why.to_owned()).or_default() += 1;
            false
        });
    }
    blocks.retain(|(_, shares)| !shares.is_empty());
    let settles = most(blocks.iter().flat_map(|(_, shares)| shares).filter_map(|share| share.settles));
    let others = blocks
        .iter()
        .flat_map(|(_, shares)| shares)
        .filter(|share| share.settles.is_some_and(|day| settles.is_some_and(|most| day != most)));
    match u32::try_from(others.count()) {
        Ok(0) => {}
        count => {
            let why = "of their own settlement date (they are replayed on that of most)".to_owned();
            gathered.left_out.insert(why, count.unwrap_or(u32::MAX));
        }
    }
    // Who sent first comes first, whatever the order of the files.
    blocks.sort_by_key(|(at, _)| *at);
    let protocols = answer(&mut blocks, &gathered.confirmations);
    Ok(numbered(blocks, &protocols, (currency, trade_date), gathered.left_out))
}

/// The commonest of them; of equally common ones the least.
fn most<T: Ord + Copy>(all: impl Iterator<Item = T>) -> Option<T> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for one in all {
        *counts.entry(one).or_default() += 1;
    }
    let best = counts.values().max().copied()?;
    counts.into_iter().find(|(_, count)| *count == best).map(|(one, _)| one)
}

/// A share as it is replayed, or why it is not.
fn taken(block: &AllocationInstruction, share: &Allocation) -> Result<Share, &'static str> {
    let accrued = [share.accrued.as_ref(), block.accrued.as_ref()];
    if accrued.into_iter().flatten().any(|accrued| !accrued.value().is_zero()) {
        return Err("shares with accrued interest");
    }
    let isin = block.instrument.isin.ok_or("shares of instruments without an ISIN")?;
    let (broker, bic) = broker(share, block).ok_or("shares that name no broker")?;
    let quantity = whole(share.quantity).ok_or("shares of a quantity that is not whole")?;
    let price = share.price.or(block.price);
    let net = share.net.or(share.settlement_amount).map(|net| net.value().abs());
    let per_piece = price.and_then(money_for_one);
    let gross = share.gross.map(|gross| gross.value().abs());
    let gross =
        gross.or_else(|| per_piece.and_then(|price| price.checked_mul(Decimal::from(quantity)))).or(net);
    let gross = gross.ok_or("shares with neither a price in money or per cent nor an amount")?;
    let per_piece = per_piece.or_else(|| gross.checked_div(Decimal::from(quantity)).map(|p| p.round_dp(8)));
    let worth = per_piece.and_then(|price| price.checked_mul(Decimal::from(quantity)));
    if worth.is_none_or(|worth| (worth - gross).abs() > Decimal::ONE) {
        return Err("shares whose money is not their price and a commission");
    }
    let currency =
        [share.net.as_ref(), share.gross.as_ref()].into_iter().flatten().map(|a| a.currency()).next();
    let currency = currency.or(price.and_then(|p| p.currency)).or(block.currency);
    let currency = currency.ok_or("shares that name no currency")?;
    if currency.decimals() != Some(2) {
        return Err("shares in a currency without cents");
    }
    let gross_cents = cents(gross).ok_or("shares of an amount that is too large")?;
    let net_cents = net.map_or(Some(gross_cents), cents).ok_or("shares of an amount that is too large")?;
    let commission_cents = match block.side {
        Side::Buy => net_cents - gross_cents,
        Side::Sell => gross_cents - net_cents,
    };
    // The run says price and commission and nothing else, and the gateway works out whether that makes the money.
    if commission_cents < 0 || commission_cents > gross_cents / 10 {
        return Err("shares whose money is not their price and a commission");
    }
    Ok(Share {
        reference: share
            .id
            .as_ref()
            .map_or_else(|| format!("{}/{}", block.id, share.account), ToString::to_string),
        account: share.account.clone(),
        broker,
        bic,
        isin,
        description: block.instrument.description.clone(),
        kind: share.quantity.kind(),
        side: block.side,
        quantity,
        price: per_piece.ok_or("shares with neither a price in money or per cent nor an amount")?,
        gross_cents,
        commission_cents,
        currency,
        trade_date: block.trade_date,
        settles: block.settlement_date,
        answer: None,
    })
}

fn broker(share: &Allocation, block: &AllocationInstruction) -> Option<(String, Option<Bic>)> {
    executing(share.parties.iter().chain(&block.parties))
}

/// How the executing firm among parties is called, and its BIC where that is what it is called by.
fn executing<'p>(mut parties: impl Iterator<Item = &'p RoleParty>) -> Option<(String, Option<Bic>)> {
    let party = &parties.find(|party| party.role == PartyRole::ExecutingFirm)?.party;
    Some(match &party.id {
        PartyId::Bic(bic) => (bic.to_string(), Some(*bic)),
        PartyId::Lei(lei) => (lei.to_string(), None),
        PartyId::Proprietary { issuer, id } => (format!("{issuer}/{id}"), None),
        PartyId::Name(lines) => (lines.join(" "), None),
        PartyId::Country(_) => return None,
    })
}

fn whole(quantity: Quantity) -> Option<i64> {
    let value = quantity.value();
    value.fract().is_zero().then(|| value.to_i64()).flatten().filter(|n| (1..CENTS_MAX).contains(n))
}

/// What one piece costs; of a price in per cent, one unit of face amount.
fn money_for_one(price: Price) -> Option<Decimal> {
    match price.kind {
        PriceKind::Actual => Some(price.value),
        PriceKind::Percentage => price.value.checked_div(Decimal::ONE_HUNDRED),
        PriceKind::Yield | PriceKind::Discount | PriceKind::Premium => None,
    }
    .filter(|price| price.is_sign_positive() && !price.is_zero())
}

fn cents(amount: Decimal) -> Option<i64> {
    let cents = amount.checked_mul(Decimal::ONE_HUNDRED)?;
    let cents = cents.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64()?;
    Some(cents).filter(|cents| (0..CENTS_MAX).contains(cents))
}

/// By what else a confirmation is laid beside a share.
type Told = (String, Isin, bool, Account);

/// Lays each confirmation beside the share that it answers: by its references, else by broker, instrument, side and account, the first that
/// has none yet, one of the same quantity before others. Gives the protocol of each broker.
fn answer(
    blocks: &mut [(Timestamp, Vec<Share>)],
    confirmations: &[(Timestamp, Protocol, TradeConfirmation)],
) -> BTreeMap<String, Protocol> {
    let mut by_name: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut by_terms: BTreeMap<Told, Vec<(usize, usize)>> = BTreeMap::new();
    for (b, (_, shares)) in blocks.iter().enumerate() {
        for (s, share) in shares.iter().enumerate() {
            by_name.entry(share.reference.clone()).or_insert((b, s));
            let told = (share.broker.clone(), share.isin, share.side == Side::Buy, share.account.clone());
            by_terms.entry(told).or_default().push((b, s));
        }
    }
    let mut protocols = BTreeMap::new();
    for (at, protocol, e) in confirmations {
        let found = e.individual_allocation.as_ref().and_then(|id| by_name.get(id.as_str())).copied();
        let Some((b, s)) = found.or_else(|| told(e, &by_terms, blocks)) else { continue };
        let Some(share) = blocks.get_mut(b).and_then(|(_, shares)| shares.get_mut(s)) else { continue };
        protocols.entry(share.broker.clone()).or_insert(*protocol);
        // The first word counts: later ones put it right.
        if share.answer.is_none() {
            let price = money_for_one(e.price);
            share.answer = Some(CapturedAnswer {
                at: *at,
                wrong_price: price.is_some_and(|price| price.round_dp(6) != share.price.round_dp(6)),
                wrong_quantity: e.quantity.value() != Decimal::from(share.quantity),
            });
        }
    }
    protocols
}

fn told(
    e: &TradeConfirmation,
    by_terms: &BTreeMap<Told, Vec<(usize, usize)>>,
    blocks: &[(Timestamp, Vec<Share>)],
) -> Option<(usize, usize)> {
    let (broker, _) = executing(e.parties.iter())?;
    let told = (broker, e.instrument.isin?, e.side == Side::Buy, e.account.clone()?);
    let share = |(b, s): &(usize, usize)| blocks.get(*b).and_then(|(_, shares)| shares.get(*s));
    let open: Vec<(usize, usize)> = by_terms
        .get(&told)?
        .iter()
        .filter(|place| share(place).is_some_and(|share| share.answer.is_none()))
        .copied()
        .collect();
    let same = open
        .iter()
        .find(|place| share(place).is_some_and(|share| Decimal::from(share.quantity) == e.quantity.value()));
    same.or(open.first()).copied()
}

/// Everybody and everything by number, in order of appearance.
fn numbered(
    blocks: Vec<(Timestamp, Vec<Share>)>,
    protocols: &BTreeMap<String, Protocol>,
    (currency, trade_date): (Currency, BusinessDate),
    left_out: BTreeMap<String, u32>,
) -> Capture {
    let mut capture = Capture {
        currency,
        trade_date,
        settles: most(blocks.iter().flat_map(|(_, shares)| shares).filter_map(|share| share.settles)),
        brokers: Vec::new(),
        accounts: Vec::new(),
        lines: Vec::new(),
        blocks: Vec::with_capacity(blocks.len()),
        left_out,
    };
    let (mut brokers, mut accounts, mut lines) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut worth: Vec<(Decimal, Decimal)> = Vec::new();
    for (sent_at, shares) in blocks {
        let Some(first) = shares.first() else { continue };
        let broker = *brokers.entry(first.broker.clone()).or_insert_with(|| {
            let confirms_in = protocols.get(&first.broker).copied().unwrap_or(Protocol::Fix);
            capture.brokers.push(CapturedBroker { bic: first.bic, confirms_in });
            capture.brokers.len() - 1
        });
        let line = *lines.entry(first.isin).or_insert_with(|| {
            let class = (first.kind != QuantityKind::Unit).then_some(Class::CorporateBond);
            let description = first.description.clone();
            capture.lines.push(CapturedLine { isin: first.isin, description, class, price_cents: 1 });
            worth.push((Decimal::ZERO, Decimal::ZERO));
            capture.lines.len() - 1
        });
        let (side, price) = (first.side, first.price);
        let mut taken = Vec::with_capacity(shares.len());
        for share in shares {
            let account = *accounts.entry(share.account.clone()).or_insert_with(|| {
                capture.accounts.push(share.account.clone());
                capture.accounts.len() - 1
            });
            if let Some((quantity, value)) = worth.get_mut(line) {
                *quantity = quantity.saturating_add(Decimal::from(share.quantity));
                *value = value.saturating_add(Decimal::from(share.gross_cents));
            }
            taken.push(CapturedShare {
                reference: share.reference,
                account,
                quantity: share.quantity,
                gross_cents: share.gross_cents,
                commission_cents: share.commission_cents,
                answer: share.answer,
            });
        }
        capture.blocks.push(CapturedBlock { broker, line, side, price, sent_at, shares: taken });
    }
    for (line, (quantity, value)) in capture.lines.iter_mut().zip(worth) {
        let mean = value.checked_div(quantity).and_then(|mean| mean.round().to_i64());
        line.price_cents = mean.unwrap_or(1).max(1);
    }
    capture
}
