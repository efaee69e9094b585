//! The parties, chains and costs of a deal, as MT509, MT514, MT515 and MT518 write them.

use super::deal::{CAPACITIES, FEES, Sides, opposite};
use super::encode::Writer;
use super::instruction::missing;
use super::{message, party};
use crate::codec::{EncodeError, Envelope};
use crate::model::{
    Account, Amount, Bic, Charge, Fee, FeeKind, Movement, Party, PartyId, PartyRole, Payment, RoleParty,
    SettlementChain, Side,
};

/// The parties of a message that is written.
pub(super) struct Named<'a> {
    /// `515`.
    pub(super) kind: &'a str,
    /// What losses call them.
    pub(super) field: &'static str,
    /// Who is who.
    pub(super) sides: Sides,
    /// The parties.
    pub(super) parties: Vec<&'a RoleParty>,
    /// The account of the investor or of the holder.
    pub(super) account: Option<&'a Account>,
    /// The capacity of the broker, as a code.
    pub(super) capacity: Option<String>,
}

impl Named<'_> {
    /// One block per party.
    pub(super) fn write(self, w: &mut Writer, envelope: &Envelope) -> Result<(), EncodeError> {
        let known = self.known(w, envelope)?;
        let holder =
            ["INVE", self.sides.holder].into_iter().find_map(|q| known.iter().position(|(k, _)| *k == q));
        let broker = known.iter().position(|(q, _)| q == self.sides.broker);
        if let (None, Some(capacity)) = (broker, &self.capacity) {
            w.lose("capacities", capacity, "it stands in the block of the broker, and none is named");
        }
        for (index, (qualifier, mut party)) in known.into_iter().enumerate() {
            if holder == Some(index) {
                if party.account.is_some() && party.account.as_ref() != self.account {
                    let told = format!("{:?}", party.account);
                    w.lose(
                        &format!("{}.account", self.field),
                        &told,
                        "the account of the trade stands instead",
                    );
                }
                // What only repeats who it is says nothing more.
                party.account =
                    self.account.filter(|a| known_by(&party).as_deref() != Some(a.as_str())).cloned();
            }
            let capacity = self.capacity.as_deref().filter(|_| broker == Some(index));
            w.sequence("CONFPRTY", |w| -> Result<(), EncodeError> {
                party::write_identification(w, &qualifier, &party)?;
                party::write_details(w, &qualifier, &party)?;
                if let Some(code) = capacity {
                    w.put("22F", "TRCA", code);
                }
                Ok(())
            })?;
        }
        if let (None, Some(account)) = (holder, self.account) {
            w.lose("account", account.as_str(), "nobody is named whose account it could be");
        }
        Ok(())
    }

    /// The parties with their qualifiers. Where nobody is named, or nobody that MT could name, the sender or the receiver
    /// of the message stands.
    fn known(&self, w: &mut Writer, envelope: &Envelope) -> Result<Vec<(String, Party)>, EncodeError> {
        let ends = [("sender", &envelope.sender), ("receiver", &envelope.receiver)];
        let [broker_end, client_end] = if self.sides.broker_sends { ends } else { [ends[1], ends[0]] };
        let mut known: Vec<(String, Party)> = Vec::new();
        for RoleParty { role, party } in &self.parties {
            let listed = |q: &&str| message::spec(self.kind).is_some_and(|s| s.lists("CONFPRTY", "95", q));
            let Some(qualifier) = self.sides.qualifier(role).filter(listed) else {
                let why = format!("MT{} has no party of this role", self.kind);
                w.lose(self.field, &format!("{role:?}"), &why);
                continue;
            };
            let mut party = party.clone();
            if let PartyId::Lei(lei) = party.id {
                let end = match role {
                    PartyRole::ExecutingFirm => Some(broker_end),
                    role if *role == self.sides.client_role || *role == PartyRole::Investor => {
                        Some(client_end)
                    }
                    _ => None,
                };
                if let Some((end, bic)) = end.and_then(|(end, address)| Some((end, bic_of(address)?))) {
                    let why = format!("MT names no party by its LEI alone: the {end}, {bic}, stands with it");
                    w.lose(self.field, lei.as_str(), &why);
                    party = Party { id: PartyId::Bic(bic), lei: Some(lei), ..party };
                }
            }
            known.push((qualifier.to_owned(), party));
        }
        let holder = known.iter().any(|(q, _)| q == "INVE" || q == self.sides.holder);
        let lacking = self.account.is_some() && !holder;
        let assumed = [
            (
                self.sides.broker,
                broker_end,
                known.is_empty() || (lacking && self.sides.holder == self.sides.broker),
            ),
            (
                self.sides.client,
                client_end,
                known.is_empty() || (lacking && self.sides.holder == self.sides.client),
            ),
        ];
        for (qualifier, (end, address), _) in assumed.into_iter().filter(|(.., needed)| *needed) {
            let Some(bic) = bic_of(address) else { continue };
            let why = format!("none is named: the {end} of the message stands as {qualifier}");
            w.lose(self.field, bic.as_str(), &why);
            known.push((qualifier.to_owned(), Party::bic(bic)));
        }
        if known.is_empty() { Err(missing(self.field, self.kind)) } else { Ok(known) }
    }
}

/// The identifier that stands for an account where no account is given.
pub(super) fn known_by(party: &Party) -> Option<String> {
    match &party.id {
        PartyId::Bic(bic) => Some(bic.to_string()),
        PartyId::Lei(lei) => Some(lei.to_string()),
        PartyId::Proprietary { id, .. } => Some(id.clone()),
        PartyId::Name(_) | PartyId::Country(_) => None,
    }
}

/// The BIC of an address, with or without its terminal code.
pub(super) fn bic_of(address: &str) -> Option<Bic> {
    let bic: Option<Bic> = match (address.len(), address.get(..8), address.get(9..)) {
        (12, Some(institution), Some(branch)) => format!("{institution}{branch}").parse().ok(),
        _ => address.parse().ok(),
    };
    // A name in another network may look like a code.
    bic.filter(Bic::is_of_a_country)
}

/// The code of a capacity, by its name or as it came.
pub(super) fn capacity_code(name: &str) -> Option<&str> {
    let code = CAPACITIES.iter().find(|(_, known)| *known == name).map_or(name, |(code, _)| code);
    let good = code.len() == 4 && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    good.then_some(code)
}

/// Buy or sell, and whether it is paid for; where nobody knows, it is said to be.
pub(super) fn write_indicators(
    w: &mut Writer,
    field: &'static str,
    kind: &str,
    side: Side,
    payment: Option<Payment>,
) {
    w.put("22H", "BUSE", if side == Side::Buy { "BUYI" } else { "SELL" });
    let payment = payment.unwrap_or_else(|| {
        let why = format!("not known here; MT{kind} must say it, so it says against payment");
        w.lose(field, "", &why);
        Payment::Against
    });
    w.put("22H", "PAYM", if payment == Payment::Against { "APMT" } else { "FREE" });
}

/// The sender's own chain and that of the other side.
pub(super) fn write_chains(
    w: &mut Writer,
    sides: &Sides,
    own: Option<&SettlementChain>,
    other: Option<&SettlementChain>,
) -> Result<(), EncodeError> {
    let none = SettlementChain::default();
    let (own, other) = (own.unwrap_or(&none), other.unwrap_or(&none));
    let (delivering, receiving) = if sides.chain == Movement::Deliver { (own, other) } else { (other, own) };
    party::write_chains(w, opposite(sides.chain), delivering, receiving)
}

/// What a deal costs.
pub(super) struct Costs<'a> {
    /// `515`.
    pub(super) kind: &'a str,
    /// `confirmation`, as losses call it.
    pub(super) of: &'static str,
    /// Gross amount.
    pub(super) gross: Option<&'a Amount>,
    /// Accrued interest.
    pub(super) accrued: Option<&'a Amount>,
    /// Commission.
    pub(super) commission: Option<&'a Charge>,
    /// Fees.
    pub(super) fees: &'a [Fee],
    /// Net amount.
    pub(super) net: Option<&'a Amount>,
}

impl Costs<'_> {
    /// Whether nothing is said of them.
    pub(super) fn is_empty(&self) -> bool {
        self.gross.or(self.accrued).or(self.net).is_none()
            && self.commission.is_none()
            && self.fees.is_empty()
    }

    /// One AMT block per amount.
    pub(super) fn write(&self, w: &mut Writer) -> Result<(), EncodeError> {
        if let Some(charge) = self.commission.filter(|c| !c.basis.is_empty()) {
            let why = format!("MT{} has the amount only", self.kind);
            w.lose(&format!("{}.commission.basis", self.of), &charge.basis, &why);
        }
        let fixed =
            [("DEAL", self.gross), ("ACRU", self.accrued), ("EXEC", self.commission.map(|c| &c.amount))];
        for (qualifier, amount) in fixed {
            amount.map_or(Ok(()), |a| w.sequence("AMT", |w| w.amount(qualifier, "amount", a)))?;
        }
        for fee in self.fees {
            let code = match &fee.kind {
                FeeKind::Other(code) if self.is_fee(code) => code.as_str(),
                FeeKind::Other(_) | FeeKind::Markup => self.other(w, &fee.kind),
                kind => match FEES.iter().find(|(_, k)| k == kind) {
                    Some((code, _)) if self.is_fee(code) => code,
                    _ => self.other(w, kind),
                },
            };
            w.sequence("AMT", |w| w.amount(code, "fees", &fee.amount))?;
        }
        match self.net {
            Some(net) => w.sequence("AMT", |w| w.amount("SETT", "net", net)),
            None => Ok(()),
        }
    }

    fn other(&self, w: &mut Writer, kind: &FeeKind) -> &'static str {
        w.lose(&format!("{}.fees.kind", self.of), &format!("{kind:?}"), "it stands as OTHR");
        "OTHR"
    }

    /// Whether a 19A qualifier of AMT can stand for a fee.
    fn is_fee(&self, code: &str) -> bool {
        const NO_FEES: [&str; 6] = ["SETT", "DEAL", "ACRU", "EXEC", "RESU", "OCMT"];
        !NO_FEES.contains(&code) && message::spec(self.kind).is_some_and(|s| s.lists("AMT", "19", code))
    }
}
