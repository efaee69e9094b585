//! What MT513, MT514, MT515 and MT518 say alike: the deal, who takes part, how it settles and what it costs.
//!
//! MT513 and MT515 go from the broker to the investor's side, MT514 the other way; their side is the investor's. MT518 goes
//! from broker to broker, and its side is the sender's.

use chrono::{DateTime, Utc};

use super::instruction::Links;
use super::message::{Element, Message};
use super::{instrument, party, value};
use crate::model::{
    Account, Amount, BusinessDate, Charge, Currency, Fee, FeeKind, Fill, Function, Instrument, Movement,
    Party, PartyRole, Payment, Price, Quantity, Reference, RoleParty, SettlementChain, Side,
};

/// 19A qualifiers of fees.
pub(super) const FEES: [(&str, FeeKind); 7] = [
    ("REGF", FeeKind::Regulatory),
    ("COUN", FeeKind::Tax),
    ("LOCO", FeeKind::LocalCommission),
    ("STEX", FeeKind::Exchange),
    ("STAM", FeeKind::Stamp),
    ("LEVY", FeeKind::Levy),
    ("COAX", FeeKind::ConsumptionTax),
];

/// 22F::TRCA codes that have a name of their own.
pub(super) const CAPACITIES: [(&str, &str); 2] = [("AGEN", "agency"), ("PRIN", "principal")];

/// Who is who in a message, by which side it takes.
#[derive(Debug, Clone)]
pub(super) struct Sides {
    /// The qualifier of the broker; in MT518 of the sending one.
    pub(super) broker: &'static str,
    /// The qualifier of whom he deals with.
    pub(super) client: &'static str,
    /// What the latter does.
    pub(super) client_role: PartyRole,
    /// The qualifier of whose account it is, where no investor is named.
    pub(super) holder: &'static str,
    /// Which way the securities of the sender's own chain go.
    pub(super) chain: Movement,
    /// Whether the broker sends the message.
    pub(super) broker_sends: bool,
}

impl Sides {
    pub(super) fn of(kind: &str, side: Side) -> Self {
        let (dealt, other) = if side == Side::Buy { ("BUYR", "SELL") } else { ("SELL", "BUYR") };
        let into = if side == Side::Buy { Movement::Receive } else { Movement::Deliver };
        match kind {
            "518" => Self {
                broker: dealt,
                client: other,
                client_role: PartyRole::ContraFirm,
                holder: dealt,
                chain: into,
                broker_sends: true,
            },
            _ => Self {
                broker: other,
                client: dealt,
                client_role: PartyRole::OrderOriginationFirm,
                holder: dealt,
                chain: if kind == "514" { into } else { opposite(into) },
                broker_sends: kind != "514",
            },
        }
    }

    /// What the party of a qualifier does.
    pub(super) fn role(&self, qualifier: &str) -> PartyRole {
        match qualifier {
            "INVE" => PartyRole::Investor,
            "CLBR" => PartyRole::ClearingFirm,
            q if q == self.broker => PartyRole::ExecutingFirm,
            q if q == self.client => self.client_role.clone(),
            q => PartyRole::Other(q.to_owned()),
        }
    }

    /// The qualifier of who does that.
    pub(super) fn qualifier<'r>(&self, role: &'r PartyRole) -> Option<&'r str> {
        match role {
            PartyRole::Investor => Some("INVE"),
            PartyRole::ClearingFirm => Some("CLBR"),
            PartyRole::ExecutingFirm => Some(self.broker),
            role if *role == self.client_role => Some(self.client),
            PartyRole::Other(q) => Some(q)
                .filter(|q| q.len() == 4 && !["INVE", "CLBR", "BUYR", "SELL"].contains(&q.as_str()))
                .map(String::as_str),
            _ => None,
        }
    }
}

/// The other way.
pub(super) fn opposite(movement: Movement) -> Movement {
    match movement {
        Movement::Receive => Movement::Deliver,
        Movement::Deliver => Movement::Receive,
    }
}

/// What was read of a deal.
#[derive(Debug, Default)]
pub(super) struct Deal {
    pub(super) id: Option<Reference>,
    pub(super) function: String,
    pub(super) prepared: Option<DateTime<Utc>>,
    pub(super) number: Option<u32>,
    pub(super) total: Option<u32>,
    pub(super) links: Links,
    pub(super) side: Option<Side>,
    pub(super) payment: Option<Payment>,
    pub(super) instrument: Option<Instrument>,
    pub(super) quantity: Option<Quantity>,
    pub(super) block_quantity: Option<Quantity>,
    pub(super) ordered: Option<Quantity>,
    pub(super) dealt_before: Option<Quantity>,
    pub(super) remaining: Option<Quantity>,
    pub(super) price: Option<Price>,
    pub(super) trade_date: Option<BusinessDate>,
    pub(super) traded: Option<DateTime<Utc>>,
    pub(super) settlement_date: Option<BusinessDate>,
    pub(super) market: Option<String>,
    pub(super) text: Option<String>,
    pub(super) gross: Option<Amount>,
    pub(super) net: Option<Amount>,
    pub(super) block_net: Option<Amount>,
    pub(super) accrued: Option<Amount>,
    pub(super) commission: Option<Charge>,
    pub(super) fees: Vec<Fee>,
    pub(super) fills: Vec<Fill>,
    pub(super) capacities: Vec<String>,
    pub(super) parties: Vec<(String, Party)>,
    settlement_parties: Vec<(String, Party)>,
    party: party::Block,
    party_at: Option<usize>,
    settlement_party: party::Block,
    settlement_party_at: Option<usize>,
    fill: PartFill,
    fill_at: Option<usize>,
}

#[derive(Debug, Default)]
struct PartFill {
    quantity: Option<Quantity>,
    price: Option<Price>,
    traded: Option<DateTime<Utc>>,
    market: Option<String>,
}

impl Deal {
    /// New, or in the place of another.
    pub(super) fn function(&mut self) -> Result<Function, &'static str> {
        let previous = self.links.remove("PREV", true);
        match self.function.as_str() {
            "NEWM" => Ok(Function::New),
            "CANC" => Ok(Function::Cancel(previous)),
            "REPL" => Ok(Function::Replace(previous)),
            _ => Err("23G"),
        }
    }

    /// Reads a message to its end.
    pub(super) fn read(message: &Message<'_>) -> Self {
        let mut deal = Self::default();
        for e in message.elements() {
            deal.take(&e);
        }
        deal.links.end();
        deal.end_party();
        deal.end_settlement_party();
        deal.end_fill();
        deal
    }

    fn take(&mut self, e: &Element<'_>) {
        match e.block {
            b"GENL" => self.general(e),
            b"LINK" => self.links.take(e),
            b"PAFILL" => {
                if self.fill_at != e.sequence {
                    self.end_fill();
                    self.fill_at = e.sequence;
                }
                self.fill(e);
            }
            b"RCAP" => self.recapitulation(e),
            b"CONFDET" | b"ORDRDET" => self.detail(e),
            b"CONFPRTY" => {
                if self.party_at != e.sequence {
                    self.end_party();
                    self.party_at = e.sequence;
                }
                if e.tag == b"22F" && e.qualifier == b"TRCA" {
                    let code = value::text(e.rest);
                    let name = CAPACITIES.iter().find(|(c, _)| *c == code).map_or(code.as_str(), |(_, n)| n);
                    self.capacities.push(name.to_owned());
                }
                self.party.take(e);
            }
            b"SETPRTY" => {
                if self.settlement_party_at != e.sequence {
                    self.end_settlement_party();
                    self.settlement_party_at = e.sequence;
                }
                self.settlement_party.take(e);
            }
            b"AMT" => self.amount(e),
            _ => {}
        }
    }

    fn general(&mut self, e: &Element<'_>) {
        match (e.tag, e.qualifier) {
            (b"20C", _) => self.id = value::parsed(e.rest),
            (b"23G", _) => self.function = value::text(e.rest).chars().take(4).collect(),
            (b"99B", b"ALLO") => self.number = value::parsed(e.rest),
            (b"99B", b"TOAL") => self.total = value::parsed(e.rest),
            (_, b"PREP") => self.prepared = value::instant(e.option(), e.rest),
            _ => {}
        }
    }

    fn fill(&mut self, e: &Element<'_>) {
        let fill = &mut self.fill;
        match (e.number(), e.qualifier) {
            (b"36", b"PAFI") => fill.quantity = value::quantity(e.rest),
            (b"90", b"DEAL") => fill.price = value::price(e.option(), e.rest),
            (b"98", b"TRAD") => fill.traded = value::instant(e.option(), e.rest),
            (b"94", b"TRAD") if e.option() == b'B' && fill.market.is_none() => {
                fill.market = Some(value::place(e.rest));
            }
            _ => {}
        }
    }

    fn end_fill(&mut self) {
        let PartFill { quantity, price, traded, market } = std::mem::take(&mut self.fill);
        if let (Some(quantity), Some(price)) = (quantity, price) {
            self.fills.push(Fill { quantity, price, traded, market });
        }
    }

    fn end_party(&mut self) {
        self.parties.extend(std::mem::take(&mut self.party).finish());
    }

    fn end_settlement_party(&mut self) {
        self.settlement_parties.extend(std::mem::take(&mut self.settlement_party).finish());
    }

    fn recapitulation(&mut self, e: &Element<'_>) {
        if e.tag != b"36B" {
            return;
        }
        match e.qualifier {
            b"ORDR" => self.ordered = value::quantity(e.rest),
            b"PREX" => self.dealt_before = value::quantity(e.rest),
            b"REMI" => self.remaining = value::quantity(e.rest),
            _ => {}
        }
    }

    fn detail(&mut self, e: &Element<'_>) {
        match (e.number(), e.qualifier) {
            (b"98", b"TRAD") => {
                self.trade_date = value::date(e.option(), e.rest);
                self.traded = value::instant(e.option(), e.rest).filter(|_| e.option() != b'A');
            }
            (b"98", b"SETT") => self.settlement_date = value::date(e.option(), e.rest),
            (b"90", b"DEAL") => self.price = value::price(e.option(), e.rest),
            (b"94", b"TRAD") if e.option() == b'B' && self.market.is_none() => {
                self.market = Some(value::place(e.rest));
            }
            (b"19", b"SETT") => self.net = value::amount(e.rest),
            (b"19", b"SEBL") => self.block_net = value::amount(e.rest),
            (b"22", b"BUSE") => self.side = side(e.rest),
            (b"22", b"PAYM") => self.payment = payment(e.rest),
            (b"36", b"CONF" | b"ALLO" | b"ADVI") if self.quantity.is_none() => {
                self.quantity = value::quantity(e.rest);
            }
            (b"36", b"TQBT") => self.block_quantity = value::quantity(e.rest),
            (b"35", _) => self.instrument = Some(instrument::read(e.rest)),
            (b"70", b"TPRO") => self.text = Some(value::joined(e.rest)),
            _ => {}
        }
    }

    fn amount(&mut self, e: &Element<'_>) {
        let Some(amount) = value::amount(e.rest).filter(|_| e.tag == b"19A") else { return };
        match e.qualifier {
            b"SETT" => self.net = Some(amount),
            b"DEAL" => self.gross = Some(amount),
            b"ACRU" => self.accrued = Some(amount),
            b"EXEC" => self.commission = Some(Charge { amount, basis: String::new() }),
            // What another currency makes of it says nothing without its exchange rate, which the model does not have.
            b"RESU" | b"OCMT" => {}
            other => {
                let code = value::text(other);
                let kind = FEES.iter().find(|(c, _)| *c == code).map(|(_, k)| k.clone());
                self.fees.push(Fee { kind: kind.unwrap_or(FeeKind::Other(code)), amount });
            }
        }
    }

    /// The sender's own chain and that of the other side. The place of settlement goes to the former.
    pub(super) fn chains(&mut self, sides: &Sides) -> (Option<SettlementChain>, Option<SettlementChain>) {
        let (mut delivering, mut receiving) = (SettlementChain::default(), SettlementChain::default());
        for named in std::mem::take(&mut self.settlement_parties) {
            party::place(opposite(sides.chain), &mut delivering, &mut receiving, named);
        }
        let known = |chain: SettlementChain| (!chain.is_empty()).then_some(chain);
        match sides.chain {
            Movement::Deliver => (known(delivering), known(receiving)),
            Movement::Receive => (known(receiving), known(delivering)),
        }
    }

    /// The account: in the investor's block, else in that of its holder.
    pub(super) fn account(&mut self, sides: &Sides) -> Option<Account> {
        let holder = ["INVE", sides.holder]
            .iter()
            .find_map(|wanted| self.parties.iter().position(|(qualifier, _)| qualifier == wanted))?;
        self.parties.get_mut(holder)?.1.account.take()
    }

    /// The parties in their roles.
    pub(super) fn roles(&mut self, sides: &Sides) -> Vec<RoleParty> {
        let parties = std::mem::take(&mut self.parties).into_iter();
        parties.map(|(q, party)| RoleParty { role: sides.role(&q), party }).collect()
    }

    /// In which money it was dealt: that of the price, else that of the amounts.
    pub(super) fn currency(&self) -> Option<Currency> {
        let amount = self.net.or(self.gross).or(self.block_net).or(self.accrued);
        self.price.and_then(|p| p.currency).or(amount.map(|a| a.currency()))
    }
}

/// 22H::BUSE.
pub(super) fn side(code: &[u8]) -> Option<Side> {
    match code {
        b"BUYI" | b"SUBS" => Some(Side::Buy),
        b"SELL" | b"REDM" => Some(Side::Sell),
        _ => None,
    }
}

/// 22H::PAYM.
pub(super) fn payment(code: &[u8]) -> Option<Payment> {
    match code {
        b"APMT" => Some(Payment::Against),
        b"FREE" => Some(Payment::Free),
        _ => None,
    }
}
