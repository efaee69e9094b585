//! The settler: a matched pair settles on its date if both legs can, else it waits for exactly what it lacks. Every credit
//! tries those again whose need it can meet, and no others. Order of attempts: all of it; in a window a part of it.
//!
//! It keeps no balances: the book is handed in. Nothing here knows messages; [`super::engine`] does.

mod look_ahead;

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

use finality_parsers::model::BusinessDate;

use super::book::{Book, Exchange, Need, Shortage};
use super::credit::Loans;
use super::deal::{Counts, Deal, GroupId, Links, Outcome, PairId, Standing, Terms};
use super::debit::{Debits, Refusal};
use super::kind::{Kind, Side};
use super::part;
use super::rules::{Rules, aged_until, group};
use super::waiting::{Credit, Place, Waiting};

/// A credit in a window offers itself to so many that take parts; who is left waits for the next credit or window. Without
/// an end, waiters that lack cash too would be looked at for every credit.
const PARTS_PER_CREDIT: usize = 32;

/// A set of pairs that settle all or none.
#[derive(Debug)]
struct Group {
    size: usize,
    members: Vec<PairId>,
    /// Where it waits, and as which of its members.
    waits: Option<(Place, PairId)>,
}

/// What may settle now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Gates {
    /// Pairs that move cash.
    paid: bool,
    /// Pairs free of payment.
    free: bool,
    /// Parts.
    parts: bool,
}

/// The settler.
#[derive(Debug, Default)]
pub struct Settler {
    rules: Rules,
    deals: Vec<Deal>,
    /// Those of the first so many that were not over when somebody looked last, by age: what is over stays so.
    open: Vec<PairId>,
    looked_at: usize,
    links: BTreeMap<PairId, Links>,
    groups: Vec<Group>,
    /// Pairs whose date is not reached or whose cut-off is past, by date.
    early: BTreeMap<BusinessDate, Vec<PairId>>,
    waiting: Waiting,
    /// What was released of a pair that is held for the rest; lapses at the cut-off.
    released: BTreeMap<PairId, i64>,
    loans: Option<Loans>,
    /// What accounts owe until the end of the day, where the rules let them.
    debits: Option<Debits>,
    gates: Gates,
    /// What is paid for and waits is given up for today.
    dropped: bool,
    day: Option<BusinessDate>,
    aged_until: Option<BusinessDate>,
}

/// What one call has to say, and whom it has still to wake.
struct Run<'a> {
    book: &'a mut Book,
    outcomes: &'a mut Vec<Outcome>,
    credits: VecDeque<Credit>,
}

impl<'a> Run<'a> {
    fn new(book: &'a mut Book, outcomes: &'a mut Vec<Outcome>) -> Self {
        Self { book, outcomes, credits: VecDeque::new() }
    }

    fn credited(&mut self, x: &Exchange) {
        if x.quantity > 0 {
            self.credits.push_back(Credit::Securities(x.receiver, x.line));
        }
        self.credits.push_back(Credit::Cash(x.payee));
    }
}

impl Settler {
    /// With rules.
    pub fn new(rules: Rules) -> Self {
        Self {
            loans: rules.credit.clone().map(Loans::new),
            debits: rules.debits.clone().map(Debits::new),
            waiting: Waiting::new(rules.largest_first),
            rules,
            ..Self::default()
        }
    }

    /// A pair.
    pub fn deal(&self, id: PairId) -> Option<&Deal> {
        self.deals.get(id as usize)
    }

    /// All pairs, in order of matching.
    pub fn deals(&self) -> &[Deal] {
        &self.deals
    }

    /// How many stand where.
    pub fn counts(&self) -> Counts {
        Counts::of(&self.deals)
    }

    /// Whether something may settle now.
    pub fn is_open(&self) -> bool {
        self.gates.paid || self.gates.free
    }

    /// A new group, of so many members: nothing of it settles before all are there.
    pub fn group(&mut self, size: usize) -> GroupId {
        self.groups.push(Group { size, members: Vec::new(), waits: None });
        GroupId::try_from(self.groups.len() - 1).expect("fewer than four billion groups")
    }

    /// Takes a matched pair; tries it at once when its date is reached and its kind may settle.
    pub fn admit(&mut self, book: &mut Book, terms: Terms, outcomes: &mut Vec<Outcome>) -> PairId {
        let id = PairId::try_from(self.deals.len()).expect("fewer than four billion pairs");
        self.deals.push(Deal::of(&terms));
        if !terms.links.is_none() {
            self.tie(id, terms.links);
        }
        if self.is_due(id) {
            self.attempt(book, id, outcomes);
        } else {
            self.early.entry(terms.date).or_default().push(id);
        }
        id
    }

    fn tie(&mut self, id: PairId, links: Links) {
        for later in &links.before {
            let open = self.deals.get(*later as usize).is_some_and(|d| !d.is_over());
            if open {
                self.leave_parts(*later);
                self.deals[*later as usize].linked = true;
                self.links.entry(*later).or_default().after.push(id);
            }
        }
        if let Some(group) = links.with.and_then(|g| self.groups.get_mut(g as usize)) {
            assert!(group.members.len() < group.size, "a group has as many members as it said");
            group.members.push(id);
        }
        self.links.insert(id, links);
    }

    /// A pair that is there joins a new group, and leaves the one that it was in. The group is tried with its last member.
    pub(super) fn join(&mut self, id: PairId, group: GroupId) {
        self.leave_parts(id);
        if self.leave(id).is_some()
            && let Some(old) = self.group_index(id)
        {
            self.groups[old].waits = None;
        }
        if matches!(self.deals[id as usize].standing, Standing::Short(_)) {
            self.deals[id as usize].standing = Standing::Linked;
        }
        self.deals[id as usize].linked = true;
        self.links.entry(id).or_default().with = Some(group);
        self.groups[group as usize].members.push(id);
    }

    /// A settlement day begins: everything that is due and waits is tried, in the order of recycling.
    pub fn open(&mut self, book: &mut Book, day: BusinessDate, outcomes: &mut Vec<Outcome>) {
        self.gates = Gates { paid: true, free: true, parts: false };
        self.day = Some(day);
        self.dropped = false;
        self.aged_until = self.rules.recycling.as_ref().map(|calendar| aged_until(calendar, day));
        let later = self.early.split_off(&BusinessDate::new(day.naive().succ_opt().unwrap_or(day.naive())));
        let mut due: Vec<PairId> =
            std::mem::replace(&mut self.early, later).into_values().flatten().collect();
        // What waited yesterday is tried again from the start of the day.
        let waits = |d: &Deal| matches!(d.standing, Standing::Short(_) | Standing::Linked);
        self.look_through();
        due.extend(self.open.iter().copied().filter(|id| waits(&self.deals[*id as usize])));
        // By age: what comes in two runs is merged rather than sorted.
        due.sort();
        due.dedup();
        self.waiting.clear();
        self.groups.iter_mut().for_each(|g| g.waits = None);
        let mut run = Run::new(book, outcomes);
        for id in self.in_order(due) {
            self.try_one(&mut run, id);
            self.wake(&mut run);
        }
    }

    /// The cut-off of what is paid for: only what is free of payment settles from here on.
    pub fn close_paid(&mut self) {
        self.gates.paid = false;
    }

    /// The last cut-off: nothing settles until the next opening, and what was released in part is held again.
    pub fn close(&mut self) {
        self.gates = Gates::default();
        self.released.clear();
    }

    /// A window opens: whoever lacks securities and takes a part is tried, in the order of recycling; and so is, until the
    /// window closes, whoever comes to lack them or waits where some come in.
    pub fn open_window(&mut self, book: &mut Book, outcomes: &mut Vec<Outcome>) {
        self.gates.parts = self.is_open();
        let mut run = Run::new(book, outcomes);
        for (_, id) in self.waiting.parts() {
            self.try_part(&mut run, id);
            self.wake(&mut run);
        }
    }

    /// The window closes.
    pub fn close_window(&mut self) {
        self.gates.parts = false;
    }

    /// One side holds back or lets go of all that is left.
    pub fn set_hold(
        &mut self,
        book: &mut Book,
        id: PairId,
        side: Side,
        held: bool,
        outcomes: &mut Vec<Outcome>,
    ) {
        if self.deals.get(id as usize).is_none_or(Deal::is_over) {
            return;
        }
        self.leave_parts(id);
        self.released.remove(&id);
        let deal = &mut self.deals[id as usize];
        match side {
            Side::Deliverer => deal.deliverer_held = held,
            Side::Receiver => deal.receiver_held = held,
        }
        self.join_parts(id);
        let deal = self.deals[id as usize];
        if deal.standing == Standing::Held && !deal.is_held() {
            if self.is_due(id) {
                self.attempt(book, id, outcomes);
            } else {
                self.deals[id as usize].standing = Standing::Early;
                self.early.entry(deal.date).or_default().push(id);
            }
        }
    }

    /// The deliverer releases a part of what it holds, where both sides take parts: it settles in a window, this one or the next. What has
    /// not settled of it by the last cut-off is held again. Says whether the release is accepted.
    pub fn release_part(
        &mut self,
        book: &mut Book,
        id: PairId,
        quantity: i64,
        outcomes: &mut Vec<Outcome>,
    ) -> bool {
        let Some(deal) = self.deals.get(id as usize).copied() else { return false };
        let holds_alone = deal.deliverer_held && !deal.receiver_held && deal.standing == Standing::Held;
        if !holds_alone || quantity <= 0 || quantity > deal.left {
            return false;
        }
        if quantity == deal.left {
            self.set_hold(book, id, Side::Deliverer, false, outcomes);
            return true;
        }
        let least = part::smallest(&deal, &self.rules.thresholds);
        if deal.linked || !self.is_due(id) || least.is_none_or(|l| l > quantity) {
            return false;
        }
        self.leave_parts(id);
        self.released.insert(id, quantity);
        self.join_parts(id);
        let mut run = Run::new(book, outcomes);
        self.try_part(&mut run, id);
        self.wake(&mut run);
        true
    }

    /// Changes the place in the order of recycling.
    pub fn set_priority(&mut self, id: PairId, priority: u8) {
        if self.deals.get(id as usize).is_none_or(Deal::is_over) {
            return;
        }
        let in_parts = self.leave_parts(id);
        let places = self.leave(id);
        self.deals[id as usize].priority = priority;
        let group = self.group_of(id);
        if let Some((place, as_member)) = places {
            let place = match place {
                Place::Securities(account, line, _, need) => Place::Securities(account, line, group, need),
                Place::Cash(account, _, need) => Place::Cash(account, group, need),
            };
            self.waiting.insert(place, as_member);
            if let Some(group) = self.group_index(id) {
                self.groups[group].waits = Some((place, as_member));
            }
        }
        if in_parts {
            self.join_parts(id);
        }
    }

    /// Both sides may say anew whether they take parts, until a part has settled: says whether it is as they want it.
    pub fn set_partial(
        &mut self,
        book: &mut Book,
        id: PairId,
        sides: [part::Partial; 2],
        outcomes: &mut Vec<Outcome>,
    ) -> bool {
        let Some(deal) = self.deals.get(id as usize).filter(|deal| !deal.is_over()) else { return false };
        let agreed = part::agreed(deal.kind, sides[0], sides[1]);
        if deal.partial == agreed || deal.is_in_parts() {
            return deal.partial == agreed;
        }
        self.leave_parts(id);
        self.deals[id as usize].partial = agreed;
        self.join_parts(id);
        if self.gates.parts {
            let mut run = Run::new(book, outcomes);
            self.try_part(&mut run, id);
            self.wake(&mut run);
        }
        true
    }

    /// Brings the list of what is not over up to date: most of a day's pairs are over soon, and are not looked at again.
    fn look_through(&mut self) {
        let deals = &self.deals;
        let is_open = |id: &PairId| !deals[*id as usize].is_over();
        self.open.retain(is_open);
        let new = PairId::try_from(self.looked_at).expect("fewer than four billion pairs")..;
        self.open.extend(new.take(deals.len() - self.looked_at).filter(is_open));
        self.looked_at = deals.len();
    }

    /// Pairs that wait for balances and may settle now: each alone, or its group whole.
    pub(super) fn settleable(&mut self) -> Vec<Vec<PairId>> {
        self.look_through();
        let ready = |id: PairId| {
            let deal = &self.deals[id as usize];
            let settled = |on: &PairId| self.deals[*on as usize].standing == Standing::Settled;
            matches!(deal.standing, Standing::Short(_))
                && !deal.is_held()
                && self.is_due(id)
                && self.links.get(&id).is_none_or(|links| links.after.iter().all(settled))
        };
        let mut units = Vec::new();
        for id in self.open.iter().copied().filter(|id| ready(*id)) {
            match self.group_index(id).map(|group| &self.groups[group]) {
                None => units.push(vec![id]),
                // As one, when its first member comes along.
                Some(group) if group.members.iter().min() == Some(&id) => {
                    if group.members.len() == group.size && group.members.iter().all(|m| ready(*m)) {
                        units.push(group.members.clone());
                    }
                }
                Some(_) => {}
            }
        }
        units
    }

    /// All of these at once, or none: only what is left of each balance in the end counts. Says whether they have settled.
    pub(super) fn settle_together(
        &mut self,
        book: &mut Book,
        ids: &[PairId],
        outcomes: &mut Vec<Outcome>,
    ) -> bool {
        let deals = ids.iter().map(|id| self.deals[*id as usize]);
        let exchanges: Vec<Exchange> = deals.map(|d| d.exchange(d.left, d.left_amount)).collect();
        if book.exchange_all(&exchanges).is_err() {
            return false;
        }
        for id in ids {
            self.leave_parts(*id);
            self.leave(*id);
            if let Some(group) = self.group_index(*id) {
                self.groups[group].waits = None;
            }
        }
        let mut run = Run::new(book, outcomes);
        for (id, exchange) in ids.iter().zip(&exchanges) {
            self.settled(&mut run, *id, exchange);
        }
        self.wake(&mut run);
        true
    }

    /// Both sides take it back; what has settled of it stays settled. Says whether anything was left to cancel.
    pub fn cancel(&mut self, id: PairId) -> bool {
        if self.deals.get(id as usize).is_none_or(Deal::is_over) {
            return false;
        }
        self.leave_parts(id);
        self.released.remove(&id);
        if self.leave(id).is_some()
            && let Some(group) = self.group_index(id)
        {
            self.groups[group].waits = None;
        }
        self.deals[id as usize].standing = Standing::Cancelled;
        true
    }

    fn group_of(&self, id: PairId) -> u8 {
        let deal = &self.deals[id as usize];
        if self.rules.largest_first {
            return u8::from(deal.kind == Kind::Fop);
        }
        group(deal.priority, deal.date, self.aged_until)
    }

    /// In which order pairs are tried: by group; then by value where the rules say so; then by age.
    fn order_of(&self, id: PairId) -> (u8, Reverse<i64>, PairId) {
        let value = if self.rules.largest_first { self.deals[id as usize].amount } else { 0 };
        (self.group_of(id), Reverse(value), id)
    }

    /// Pairs that are handed in by age, as they are tried: there are few groups, so without comparing pair with pair.
    fn in_order(&self, mut by_age: Vec<PairId>) -> Vec<PairId> {
        if self.rules.largest_first {
            by_age.sort_by_cached_key(|id| self.order_of(*id));
            return by_age;
        }
        let mut groups: BTreeMap<u8, Vec<PairId>> = BTreeMap::new();
        for id in by_age {
            groups.entry(self.group_of(id)).or_default().push(id);
        }
        groups.into_values().flatten().collect()
    }

    fn group_index(&self, id: PairId) -> Option<usize> {
        if !self.deals[id as usize].linked {
            return None;
        }
        self.links.get(&id)?.with.map(|g| g as usize)
    }

    fn may_settle(&self, kind: Kind) -> bool {
        if kind == Kind::Fop { self.gates.free } else { self.gates.paid }
    }

    fn is_due(&self, id: PairId) -> bool {
        let deal = &self.deals[id as usize];
        self.may_settle(deal.kind) && self.day.is_some_and(|day| day >= deal.date)
    }

    /// Tries a pair, and then those whose need its credits can meet: one at a time, while the balance lasts. Who needs more
    /// than there is left is not touched.
    fn attempt(&mut self, book: &mut Book, id: PairId, outcomes: &mut Vec<Outcome>) {
        let mut run = Run::new(book, outcomes);
        self.try_one(&mut run, id);
        self.wake(&mut run);
    }

    fn wake(&mut self, run: &mut Run<'_>) {
        while let Some(credit) = run.credits.pop_front() {
            if let Credit::Settled(on) = credit {
                for id in self.waiting.linked_to(on) {
                    self.try_one(run, id);
                }
                continue;
            }
            while let Some(id) = self.waiting.next(credit, run.book) {
                self.try_one(run, id);
            }
            if self.gates.parts {
                self.offer_parts(run, credit);
            }
        }
    }

    fn try_one(&mut self, run: &mut Run<'_>, id: PairId) {
        let deal = self.deals[id as usize];
        if deal.is_over() {
            return;
        }
        self.leave_parts(id);
        if deal.is_held() {
            return self.stand(run, id, Standing::Held);
        }
        // After its cut-off it keeps standing as it does, and the next opening tries it.
        if !self.may_settle(deal.kind) {
            return;
        }
        if deal.linked {
            if self.waits_for_another(id) {
                return self.stand(run, id, Standing::Linked);
            }
            if let Some(group) = self.group_index(id) {
                return self.try_group(run, group, id);
            }
        }
        let exchange = deal.exchange(deal.left, deal.left_amount);
        match self.book_controlled(run, &[exchange]) {
            // Which credit would free it nobody can say: it is tried again at times.
            Err(Refusal::Tied) => self.stand(run, id, Standing::Short(Shortage::Securities)),
            Err(Refusal::Short(shortage)) if !self.with_loans(run, &exchange, shortage) => {
                if !(self.dropped && deal.kind != Kind::Fop) {
                    self.waiting.insert(self.place(id, shortage), id);
                }
                self.stand(run, id, Standing::Short(shortage));
                self.join_parts(id);
                if self.gates.parts {
                    self.try_part(run, id);
                }
            }
            Ok(repaid) => {
                self.settled(run, id, &exchange);
                run.outcomes.extend(repaid);
            }
            Err(_) => self.settled(run, id, &exchange),
        }
    }

    /// Books a delivery together with loans: for the cash that lacks, or paying back those that the securities lie with. Says whether it
    /// could.
    fn with_loans(&mut self, run: &mut Run<'_>, x: &Exchange, shortage: Shortage) -> bool {
        let Some(loans) = self.loans.as_mut().filter(|_| x.amount > 0 && x.quantity > 0) else {
            return false;
        };
        let back = shortage == Shortage::Securities;
        let chosen = if back { loans.free(run.book, x) } else { loans.lend(run.book, x) };
        let Some(chosen) = chosen else { return false };
        let mut all: Vec<Exchange> = loans.exchanges(&chosen, back).collect();
        all.push(*x);
        if run.book.exchange_all(&all).is_err() {
            return false;
        }
        if back {
            loans.repaid(&chosen);
            // What came back beyond what is delivered.
            run.credits.push_back(Credit::Securities(x.deliverer, x.line));
            run.outcomes.extend(chosen.into_iter().map(Outcome::Repaid));
        } else {
            loans.made(&chosen);
            run.outcomes.extend(chosen.into_iter().map(Outcome::Lent));
        }
        true
    }

    /// Before the cut-off of what is paid for, loans are paid back as far as there is cash, and the securities that come back are
    /// used: again and again, until nothing moves. What is left stays with the central bank.
    pub fn pay_back(&mut self, book: &mut Book, outcomes: &mut Vec<Outcome>) {
        let mut moved = true;
        while std::mem::take(&mut moved) {
            for loan in self.loans.as_ref().map(Loans::standing).unwrap_or_default() {
                let Some(loans) = self.loans.as_mut() else { return };
                if !loans.stands(&loan) || book.exchange(&loan.repaid(loans.bank())).is_err() {
                    continue;
                }
                loans.repaid(&[loan]);
                outcomes.push(Outcome::Repaid(loan));
                moved = true;
                let mut run = Run::new(book, outcomes);
                run.credits.push_back(Credit::Securities(loan.account, loan.line));
                self.wake(&mut run);
            }
        }
    }

    /// All members or none; the group waits for the balance that is short, as the member that was tried.
    fn try_group(&mut self, run: &mut Run<'_>, group: usize, id: PairId) {
        if let Some((place, as_member)) = self.groups[group].waits.take() {
            self.waiting.remove(place, as_member);
        }
        let members = self.groups[group].members.clone();
        let ready = members.len() == self.groups[group].size
            && members.iter().all(|m| {
                let deal = &self.deals[*m as usize];
                !deal.is_over() && !deal.is_held() && self.is_due(*m)
            });
        if !ready || members.iter().any(|m| self.waits_for_another(*m)) {
            // A member that is held must stand so, else its release would wake nobody.
            for member in members {
                let deal = self.deals[member as usize];
                if deal.is_held() && matches!(deal.standing, Standing::Short(_)) {
                    self.stand(run, member, Standing::Held);
                }
            }
            return self.stand(run, id, Standing::Linked);
        }
        let exchanges: Vec<Exchange> = members
            .iter()
            .map(|m| self.deals[*m as usize])
            .map(|deal| deal.exchange(deal.left, deal.left_amount))
            .collect();
        let (place, shortage) = match run.book.exchange_all(&exchanges) {
            Ok(()) => {
                for (member, exchange) in members.iter().zip(&exchanges) {
                    self.settled(run, *member, exchange);
                }
                return;
            }
            Err(Need::Securities(account, line, need)) => {
                (Place::Securities(account, line, self.group_of(id), need), Shortage::Securities)
            }
            Err(Need::Cash(account, need)) => (Place::Cash(account, self.group_of(id), need), Shortage::Cash),
        };
        self.waiting.insert(place, id);
        self.groups[group].waits = Some((place, id));
        for member in members {
            self.stand(run, member, Standing::Short(shortage));
        }
    }

    /// Whether a pair that it comes after has not settled: then it is woken by that.
    fn waits_for_another(&mut self, id: PairId) -> bool {
        let Some(links) = self.links.get(&id) else { return false };
        let settled =
            |on: &PairId| self.deals.get(*on as usize).is_some_and(|d| d.standing == Standing::Settled);
        let Some(on) = links.after.iter().copied().find(|on| !settled(on)) else { return false };
        self.waiting.insert_link(on, id);
        true
    }

    fn settled(&mut self, run: &mut Run<'_>, id: PairId, exchange: &Exchange) {
        let deal = &mut self.deals[id as usize];
        (deal.left, deal.left_amount, deal.standing) = (0, 0, Standing::Settled);
        run.outcomes.push(Outcome::Settled(id));
        run.credited(exchange);
        if self.waiting.has_links(id) {
            run.credits.push_back(Credit::Settled(id));
        }
    }

    fn stand(&mut self, run: &mut Run<'_>, id: PairId, standing: Standing) {
        let deal = &mut self.deals[id as usize];
        if deal.standing != standing {
            deal.standing = standing;
            run.outcomes.push(Outcome::Pending(id));
        }
    }

    /// In a window: the securities that came in and that nobody takes whole.
    fn offer_parts(&mut self, run: &mut Run<'_>, credit: Credit) {
        let Credit::Securities(account, line) = credit else { return };
        let mut after = None;
        for _ in 0..PARTS_PER_CREDIT {
            let balance = run.book.position(account, line);
            let Some(next) = self.waiting.part_after((account, line), after, balance) else { return };
            self.try_part(run, next.2);
            after = Some(next);
        }
    }

    /// The largest part that there are securities and cash for, if it is not too small.
    fn try_part(&mut self, run: &mut Run<'_>, id: PairId) {
        let deal = self.deals[id as usize];
        if !self.gates.parts || !self.may_settle(deal.kind) || !self.takes_parts(id) {
            return;
        }
        let securities = run.book.position(deal.deliverer, deal.line);
        let cash = run.book.cash(deal.payer());
        let limit = self.released.get(&id).copied().unwrap_or(i64::MAX);
        let part = part::largest(&deal, &self.rules.thresholds, securities, cash, limit);
        let Some(quantity) = part else { return };
        let amount = part::cash(&deal, quantity);
        let exchange = deal.exchange(quantity, amount);
        run.book.exchange(&exchange).expect("a part is no larger than what there is");
        self.leave_parts(id);
        let place = self.leave(id);
        let deal = &mut self.deals[id as usize];
        deal.left -= quantity;
        deal.left_amount -= amount;
        run.outcomes.push(Outcome::Part { pair: id, quantity, amount });
        run.credited(&exchange);
        if let Some(released) = self.released.get_mut(&id) {
            *released -= quantity;
            if *released == 0 {
                self.released.remove(&id);
            }
        }
        if place.is_some() {
            self.waiting.insert(self.place(id, Shortage::Securities), id);
        }
        self.join_parts(id);
    }

    /// Lacks securities or was released in part, and both sides take parts.
    fn takes_parts(&self, id: PairId) -> bool {
        let deal = &self.deals[id as usize];
        let waits = match deal.standing {
            Standing::Short(Shortage::Securities) => !deal.is_held(),
            Standing::Held => self.released.contains_key(&id),
            _ => false,
        };
        deal.partial != part::Partial::No && !deal.linked && waits
    }

    fn part_key(&self, id: PairId) -> Option<(u32, u32, u8, i64)> {
        let deal = &self.deals[id as usize];
        if deal.partial == part::Partial::No || !self.takes_parts(id) {
            return None;
        }
        let least = part::smallest(deal, &self.rules.thresholds)?;
        Some((deal.deliverer, deal.line, self.group_of(id), least))
    }

    fn join_parts(&mut self, id: PairId) {
        if let Some(key) = self.part_key(id) {
            self.waiting.insert_part(key, id);
        }
    }

    fn leave_parts(&mut self, id: PairId) -> bool {
        let key = self.part_key(id);
        if let Some(key) = key {
            self.waiting.remove_part(key, id);
        }
        key.is_some()
    }

    fn place(&self, id: PairId, shortage: Shortage) -> Place {
        let (deal, group) = (&self.deals[id as usize], self.group_of(id));
        match shortage {
            Shortage::Securities => Place::Securities(deal.deliverer, deal.line, group, deal.left),
            Shortage::Cash => Place::Cash(deal.payer(), group, deal.left_amount),
        }
    }

    /// Takes a pair, or its group, out of where it waits; says where that was.
    fn leave(&mut self, id: PairId) -> Option<(Place, PairId)> {
        let place = match (self.group_index(id), self.deals[id as usize].standing) {
            (Some(group), _) => self.groups[group].waits,
            (None, Standing::Short(shortage)) => Some((self.place(id, shortage), id)),
            _ => None,
        };
        if let Some((place, as_member)) = place {
            self.waiting.remove(place, as_member);
        }
        place
    }
}
