//! What a depository does that settles by type and value: what waits is tried again at times, largest first; and two deliveries are
//! settled at once where one needs the other (look-ahead netting). At the drop, what is paid for and waits is given up for the day.

use std::collections::BTreeMap;

use super::{PairId, Run, Settler, Standing};
use crate::settlement::book::{AccountId, Book, Exchange, LineId};
use crate::settlement::deal::Outcome;
use crate::settlement::debit::Refusal;
use crate::settlement::kind::Kind;

/// Partners that are tried for one delivery at one time.
const PARTNERS: usize = 32;

impl Settler {
    /// All that waits for balances is tried again; then deliveries that lack securities, each with one that brings them.
    pub fn look_ahead(&mut self, book: &mut Book, outcomes: &mut Vec<Outcome>) {
        for id in self.short() {
            // It may have been woken meanwhile.
            if matches!(self.deals[id as usize].standing, Standing::Short(_)) {
                self.leave(id);
                self.attempt(book, id, outcomes);
            }
        }
        let waiting = self.short();
        let mut bringing: BTreeMap<(AccountId, LineId), Vec<PairId>> = BTreeMap::new();
        for id in &waiting {
            let deal = &self.deals[*id as usize];
            bringing.entry((deal.receiver, deal.line)).or_default().push(*id);
        }
        for id in waiting {
            let deal = self.deals[id as usize];
            let partners = bringing.get(&(deal.deliverer, deal.line)).into_iter().flatten();
            for partner in partners.copied().take(PARTNERS) {
                if self.settle_two(book, [partner, id], outcomes) {
                    break;
                }
            }
        }
    }

    /// Both at once, or none.
    fn settle_two(&mut self, book: &mut Book, two: [PairId; 2], outcomes: &mut Vec<Outcome>) -> bool {
        let deals = two.map(|id| self.deals[id as usize]);
        let waits = deals.iter().all(|d| matches!(d.standing, Standing::Short(_)) && !d.is_held());
        if two[0] == two[1] || !waits || !two.iter().all(|id| self.is_due(*id)) {
            return false;
        }
        let exchanges = deals.map(|d| d.exchange(d.left, d.left_amount));
        let mut run = Run::new(book, outcomes);
        let Ok(repaid) = self.book_controlled(&mut run, &exchanges) else { return false };
        for (id, exchange) in two.iter().zip(&exchanges) {
            self.leave(*id);
            self.settled(&mut run, *id, exchange);
        }
        run.outcomes.extend(repaid);
        self.wake(&mut run);
        true
    }

    /// What waits for balances and may settle, in the order of attempts.
    fn short(&mut self) -> Vec<PairId> {
        self.look_through();
        let all = self.open.iter().map(|id| (*id, &self.deals[*id as usize]));
        let mut short: Vec<PairId> = all
            .filter(|(id, d)| matches!(d.standing, Standing::Short(_)) && self.is_due(*id))
            .filter(|(_, d)| !(self.dropped && d.kind != Kind::Fop))
            .map(|(id, _)| id)
            .collect();
        short.sort_by_key(|id| self.order_of(*id));
        short
    }

    /// Nothing that is paid for and waits is tried again today; what comes in is tried once.
    pub fn drop_recycles(&mut self) {
        for id in self.short() {
            if self.deals[id as usize].kind != Kind::Fop {
                self.leave(id);
            }
        }
        self.dropped = true;
    }

    /// Securities have come in from outside of it: whoever waits for them is tried.
    pub fn credited(
        &mut self,
        book: &mut Book,
        account: AccountId,
        line: LineId,
        outcomes: &mut Vec<Outcome>,
    ) {
        let mut run = Run::new(book, outcomes);
        run.credits.push_back(super::Credit::Securities(account, line));
        self.wake(&mut run);
    }

    /// What an account owes the depository.
    pub fn owed(&self, account: AccountId) -> i64 {
        self.debits.as_ref().map_or(0, |debits| debits.owed(account))
    }

    /// Final figures: what is owed is paid, as far as there is cash.
    pub fn settle_debits(&mut self, book: &mut Book, outcomes: &mut Vec<Outcome>) {
        if let Some(debits) = &mut self.debits {
            outcomes.extend(debits.pay_back(book).into_iter().map(Outcome::Repaid));
        }
    }

    /// Books what is no pair of its own, under the same controls: what is lent for it is said first. What comes back by it, where it is booked.
    pub(in crate::settlement) fn book_beside(
        &mut self,
        book: &mut Book,
        all: &[Exchange],
        lent: &mut Vec<Outcome>,
    ) -> Option<Vec<Outcome>> {
        self.book_controlled(&mut Run::new(book, lent), all).ok()
    }

    /// Books deliveries at once, under the controls of the depository where it has some. Says what comes back by them, to be told after
    /// them, or what is in the way.
    pub(super) fn book_controlled(
        &mut self,
        run: &mut Run<'_>,
        all: &[Exchange],
    ) -> Result<Vec<Outcome>, Refusal> {
        let Some(debits) = &mut self.debits else {
            return match all {
                [one] => run.book.exchange(one).map(|()| Vec::new()).map_err(Refusal::Short),
                _ => run.book.exchange_all(all).map(|()| Vec::new()).map_err(Refusal::of),
            };
        };
        let [lent, repaid] = debits.book(run.book, all)?;
        run.outcomes.extend(lent.into_iter().map(Outcome::Lent));
        Ok(repaid.into_iter().map(Outcome::Repaid).collect())
    }
}
