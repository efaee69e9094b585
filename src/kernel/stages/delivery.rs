//! Standing instructions that somebody sends. Whoever may change where money and securities go could take them: what is
//! sent is offered to a person, and changes nothing by itself.

use chrono::{DateTime, Utc};
use finality_parsers::model::{
    Bic, BusinessDate, DeliveredInstruction, DeliveryMode, Event, EventKind, Function, Party, RoleParty,
    SettlementInstructionDelivery, StandingInstruction,
};

use super::{Novelty, digest_of};
use crate::enrichment::difference::differences;
use crate::enrichment::library::Hit;
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;

impl Kernel {
    pub(super) fn delivery(&mut self, link: &str, delivery: &SettlementInstructionDelivery) -> bool {
        let digest = digest_of(&Event::InstructionDelivery(Box::new(delivery.clone())));
        match self.novelty(link, EventKind::InstructionDelivery, &delivery.id, digest) {
            Novelty::Same(_) => {
                self.repeated(link, &delivery.id);
                return true;
            }
            Novelty::Other => {
                self.reused(link, EventKind::InstructionDelivery, &delivery.id);
                return false;
            }
            Novelty::New => {}
        }
        self.take(link, EventKind::InstructionDelivery, &delivery.id, digest, None);
        if delivery.mode != DeliveryMode::Standing {
            let text = delivery.text.as_deref().unwrap_or("no text");
            let what = match delivery.mode {
                DeliveryMode::Refused => {
                    format!("{} has no settlement instructions for us: {text}", delivery.id)
                }
                _ => format!("settlement instructions {} are not standing ones", delivery.id),
            };
            self.decide(Fact::Noted { trade: None, what });
            return true;
        }
        for offered in &delivery.instructions {
            self.offered(link, delivery, offered);
        }
        true
    }

    fn offered(
        &mut self,
        link: &str,
        delivery: &SettlementInstructionDelivery,
        offered: &DeliveredInstruction,
    ) {
        let id = &offered.id;
        let broker = self.book.profile.broker_by_link(link).map(|b| b.bic);
        let (Some(party), Some(chain)) = (party_of(&offered.parties).or(broker), offered.chain.clone())
        else {
            let detail = format!("settlement instruction {id} of {} names no party or no chain", delivery.id);
            self.raise_on_link(link, true, ReasonCode::SsiOffered, detail);
            return;
        };
        let day = |at: DateTime<Utc>| BusinessDate::new(at.date_naive());
        let standing = StandingInstruction {
            party,
            country: None,
            currency: offered.currency,
            from: offered.from.map(day),
            until: offered.until.map(day),
            chain,
        };
        let taken_back = matches!(offered.function, Function::Cancel(_));
        let day = standing.from.unwrap_or(BusinessDate::new(self.now.utc().date_naive()));
        let of_currency = |s: &Hit<'_>| standing.currency.is_none() || s.record.currency == standing.currency;
        let of_party: Vec<Hit<'_>> = self.book.library.of_party(party, day).filter(of_currency).collect();
        let held = of_party.iter().any(|s| s.chain == Some(&standing.chain));
        // Against one record it can be said what differs.
        let differs = match &of_party[..] {
            [one] => one.chain.map(|held| differences(&standing.chain, held)).unwrap_or_default(),
            _ => Vec::new(),
        };
        if held && !taken_back {
            let what = format!("settlement instruction {id} of {party} is the one that is held");
            self.decide(Fact::Noted { trade: None, what });
            return;
        }
        let bic = |p: &Option<Party>| {
            p.as_ref().and_then(Party::as_bic).map_or("?".to_owned(), |bic| bic.to_string())
        };
        let (depository, agent) = (bic(&standing.chain.depository), bic(&standing.chain.agent));
        let detail = if taken_back {
            format!("{party} takes its standing instruction {id} back; what is held still counts")
        } else {
            let differs =
                if differs.is_empty() { String::new() } else { format!("; {}", differs.join(", ")) };
            format!(
                "{party} offers standing instruction {id}: agent {agent} at depository {depository}{differs}"
            )
        };
        let standing = Box::new(standing);
        self.decide(Fact::SsiOffered { link: link.to_owned(), reference: delivery.id.clone(), standing });
        self.raise_on_link(link, true, ReasonCode::SsiOffered, detail);
    }
}

/// The first party that is known by its BIC.
pub(super) fn party_of(parties: &[RoleParty]) -> Option<Bic> {
    parties.iter().find_map(|p| p.party.as_bic())
}
