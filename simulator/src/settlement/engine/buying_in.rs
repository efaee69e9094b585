//! A pair whose buyer buys elsewhere: the replacement is delivered for what was agreed, who failed pays what it costs more, and the pair
//! is over.

use super::{Engine, PairId};
use crate::settlement::book::{AccountId, Exchange, LineId};
use crate::settlement::deal::{Deal, Outcome};

/// A replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replacement {
    /// Who delivers it.
    pub lender: AccountId,
    /// To whom.
    pub receiver: AccountId,
    /// Who failed to.
    pub failed: AccountId,
    /// What.
    pub line: LineId,
    /// How much.
    pub quantity: i64,
    /// What was agreed for it.
    pub agreed: i64,
    /// What it costs more.
    pub difference: i64,
}

impl Engine {
    /// Books a replacement for a pair that is delivered, or for one of the population by its number from outside: all of it or nothing.
    /// What is lent for it is said apart, as it comes before. Says whether it is done.
    pub fn buy_in(
        &mut self,
        id: PairId,
        bought: Replacement,
        lent: &mut Vec<Outcome>,
        outcomes: &mut Vec<Outcome>,
    ) -> bool {
        let Replacement { lender, receiver, failed, line, quantity, agreed, difference } = bought;
        let delivery = Exchange {
            deliverer: lender,
            receiver,
            line,
            quantity,
            payer: receiver,
            payee: lender,
            amount: agreed,
        };
        let costs = Exchange {
            deliverer: lender,
            receiver: lender,
            line,
            quantity: 0,
            payer: failed,
            payee: lender,
            amount: difference,
        };
        let crowd = super::crowd_number(id);
        let number = match crowd {
            Some(number) => self.number_of_crowd(number),
            None => self.pair(id).filter(|pair| pair.cleared.is_none()).and_then(|pair| pair.settler),
        };
        let Some(number) = number else { return false };
        // What was bought in just before may have let it settle.
        let is_left = |deal: &Deal| !deal.is_over() && (deal.left, deal.left_amount) == (quantity, agreed);
        if !self.settler.deal(number).is_some_and(is_left) {
            return false;
        }
        let Some(repaid) = self.settler.book_beside(&mut self.book, &[delivery, costs], lent) else {
            return false;
        };
        outcomes.extend(repaid);
        match crowd {
            Some(_) => _ = self.settler.cancel(number),
            None => _ = self.cancel(id),
        }
        if self.is_open() {
            self.ask(outcomes, |settler, book, said| settler.credited(book, receiver, line, said));
        }
        true
    }
}
