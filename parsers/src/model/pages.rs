//! Long statements in pages, and pages put together again. A page is a statement of its own: the same head, and a part of
//! what is listed. What stands around a list (an account, a counterparty) is repeated on each page that goes on with it.

use std::ops::Range;

use super::{
    AccountHoldings, AccountTransactions, AllegementStatement, Continuation, CounterpartyPenalties,
    CurrencyPenalties, HoldingsStatement, InstrumentTransactions, Page, PenaltyList, PenaltyReport,
    PenaltySource, PendingStatement, Reference, StatementHeader, TransactionsStatement,
};

/// A statement that can be split.
pub trait Paged: Sized {
    /// Its head; `None` for what is in no statement.
    fn head(&mut self) -> Option<&mut StatementHeader>;
    /// How many things it lists.
    fn entries(&self) -> usize;
    /// Those of a range. What stands at the end of a statement goes with the last of them.
    #[must_use]
    fn part(&self, range: Range<usize>) -> Self;
    /// Goes on with the next page.
    fn append(&mut self, next: Self);
}

/// Pages put together; `None` when there are none, when one is missing or when they are not of one statement.
pub fn join<S: Paged>(pages: impl IntoIterator<Item = S>) -> Option<S> {
    let mut pages = pages.into_iter();
    let mut whole = pages.next()?;
    let mut last = whole.head()?.clone();
    for mut page in pages {
        let head = page.head()?.clone();
        let follows = head.page.number == last.page.number.checked_add(1)?;
        let same = head.account == last.account && head.covers == last.covers && head.number == last.number;
        if !follows || !same || last.page.continuation != Continuation::More {
            return None;
        }
        last = head;
        whole.append(page);
    }
    if last.page.continuation == Continuation::More {
        return None;
    }
    let head = whole.head()?;
    head.page = Page { number: head.page.number, continuation: Continuation::Only };
    (head.page.number == 1).then_some(whole)
}

/// Parts whose wrapping may be cut: how many entries are inside, a part of it, and its continuation.
trait Wrapped: Clone + PartialEq {
    type Inner: Clone;
    fn inner(&self) -> &[Self::Inner];
    fn inner_mut(&mut self) -> &mut Vec<Self::Inner>;
    /// How many entries one of the inner ones counts for.
    fn weight(_inner: &Self::Inner) -> usize {
        1
    }
    fn cut_inner(inner: &Self::Inner, _range: Range<usize>) -> Self::Inner {
        inner.clone()
    }
    /// Goes on with the inner ones of the next page.
    fn extend(inner: &mut Vec<Self::Inner>, next: Vec<Self::Inner>) {
        inner.extend(next);
    }
    /// What is said only where it begins or ends.
    fn trim(&mut self, _first: bool, _last: bool) {}
    /// Whether `next` goes on with it.
    fn goes_on(&self, next: &Self) -> bool {
        let bare = |one: &Self| {
            let mut bare = one.clone();
            bare.inner_mut().clear();
            bare
        };
        bare(self) == bare(next)
    }
    /// Takes over what only the end says.
    fn close(&mut self, _next: &Self) {}
}

/// How many entries; what is empty counts as one, so that it is not lost.
fn weight<W: Wrapped>(one: &W) -> usize {
    one.inner().iter().map(W::weight).sum::<usize>().max(1)
}

fn cut<W: Wrapped>(one: &W, range: Range<usize>) -> W {
    let mut part = one.clone();
    *part.inner_mut() = select(one.inner(), &range, W::weight, W::cut_inner);
    part.trim(range.start == 0, range.end >= weight(one));
    part
}

/// The parts of a list that lie in a range of entries.
fn select<T>(
    list: &[T],
    range: &Range<usize>,
    weight: impl Fn(&T) -> usize,
    cut: impl Fn(&T, Range<usize>) -> T,
) -> Vec<T> {
    let mut part = Vec::new();
    let mut at = 0;
    for one in list {
        let end = at + weight(one);
        let (from, to) = (range.start.max(at), range.end.min(end));
        if from < to {
            part.push(cut(one, from - at..to - at));
        }
        at = end;
    }
    part
}

/// Goes on with a list: its last may go on with the first of the next page.
fn append<W: Wrapped>(list: &mut Vec<W>, next: Vec<W>) {
    for (index, one) in next.into_iter().enumerate() {
        match list.last_mut() {
            Some(last) if index == 0 && last.goes_on(&one) => {
                last.close(&one);
                let mut one = one;
                let inner = std::mem::take(one.inner_mut());
                W::extend(last.inner_mut(), inner);
            }
            _ => list.push(one),
        }
    }
}

macro_rules! wrapped {
    ($outer:ident $field:ident $inner:ident) => {
        impl Wrapped for $outer {
            type Inner = super::$inner;
            fn inner(&self) -> &[super::$inner] {
                &self.$field
            }
            fn inner_mut(&mut self) -> &mut Vec<super::$inner> {
                &mut self.$field
            }
        }
    };
    ($outer:ident $field:ident of $inner:ident) => {
        impl Wrapped for $outer {
            type Inner = $inner;
            fn inner(&self) -> &[$inner] {
                &self.$field
            }
            fn inner_mut(&mut self) -> &mut Vec<$inner> {
                &mut self.$field
            }
            fn weight(inner: &$inner) -> usize {
                weight(inner)
            }
            fn cut_inner(inner: &$inner, range: Range<usize>) -> $inner {
                cut(inner, range)
            }
            fn extend(inner: &mut Vec<$inner>, next: Vec<$inner>) {
                append(inner, next);
            }
        }
    };
}

wrapped!(AccountHoldings holdings Holding);
wrapped!(AccountTransactions instruments of InstrumentTransactions);
wrapped!(CounterpartyPenalties penalties Penalty);
wrapped!(CurrencyPenalties counterparties of CounterpartyPenalties);
wrapped!(PenaltyList currencies of CurrencyPenalties);

impl Wrapped for InstrumentTransactions {
    type Inner = super::ListedTransaction;

    fn inner(&self) -> &[Self::Inner] {
        &self.postings
    }

    fn inner_mut(&mut self) -> &mut Vec<Self::Inner> {
        &mut self.postings
    }

    /// The opening balance stands on the first page, the closing one on the last.
    fn trim(&mut self, first: bool, last: bool) {
        if !first {
            self.opening = None;
        }
        if !last {
            self.closing = None;
        }
    }

    fn goes_on(&self, next: &Self) -> bool {
        self.instrument == next.instrument && self.closing.is_none() && next.opening.is_none()
    }

    fn close(&mut self, next: &Self) {
        self.closing.clone_from(&next.closing);
    }
}

/// What stands at the end goes with the last entry.
fn at_end<T: Clone>(list: &[T], end: usize, entries: usize) -> Vec<T> {
    if end >= entries { list.to_vec() } else { Vec::new() }
}

impl Paged for HoldingsStatement {
    fn head(&mut self) -> Option<&mut StatementHeader> {
        Some(&mut self.header)
    }

    fn entries(&self) -> usize {
        self.accounts.iter().map(weight).sum()
    }

    fn part(&self, range: Range<usize>) -> Self {
        let additional = at_end(&self.additional, range.end, self.entries());
        let accounts = select(&self.accounts, &range, weight, cut);
        Self { header: self.header.clone(), kind: self.kind.clone(), accounts, additional }
    }

    fn append(&mut self, next: Self) {
        append(&mut self.accounts, next.accounts);
        self.additional.extend(next.additional);
    }
}

impl Paged for TransactionsStatement {
    fn head(&mut self) -> Option<&mut StatementHeader> {
        Some(&mut self.header)
    }

    fn entries(&self) -> usize {
        self.accounts.iter().map(weight).sum()
    }

    fn part(&self, range: Range<usize>) -> Self {
        let additional = at_end(&self.additional, range.end, self.entries());
        let accounts = select(&self.accounts, &range, weight, cut);
        Self { header: self.header.clone(), accounts, additional }
    }

    fn append(&mut self, next: Self) {
        append(&mut self.accounts, next.accounts);
        self.additional.extend(next.additional);
    }
}

impl Paged for PendingStatement {
    fn head(&mut self) -> Option<&mut StatementHeader> {
        Some(&mut self.header)
    }

    fn entries(&self) -> usize {
        self.transactions.len()
    }

    fn part(&self, range: Range<usize>) -> Self {
        let (end, entries) = (range.end, self.entries());
        Self {
            header: self.header.clone(),
            order: self.order,
            transactions: self.transactions.get(range).unwrap_or_default().to_vec(),
            penalties: at_end(&self.penalties, end, entries),
            additional: at_end(&self.additional, end, entries),
        }
    }

    fn append(&mut self, next: Self) {
        self.transactions.extend(next.transactions);
        append(&mut self.penalties, next.penalties);
        self.additional.extend(next.additional);
    }
}

impl Paged for PenaltyReport {
    fn head(&mut self) -> Option<&mut StatementHeader> {
        match &mut self.source {
            PenaltySource::Statement(header) => Some(header),
            PenaltySource::Advice { .. } => None,
        }
    }

    fn entries(&self) -> usize {
        self.lists.iter().map(weight).sum()
    }

    fn part(&self, range: Range<usize>) -> Self {
        let additional = at_end(&self.additional, range.end, self.entries());
        let lists = select(&self.lists, &range, weight, cut);
        Self { supplementary: Vec::new(), source: self.source.clone(), lists, additional }
    }

    fn append(&mut self, next: Self) {
        append(&mut self.lists, next.lists);
        self.additional.extend(next.additional);
    }
}

impl Paged for AllegementStatement {
    fn head(&mut self) -> Option<&mut StatementHeader> {
        Some(&mut self.header)
    }

    fn entries(&self) -> usize {
        self.allegements.len()
    }

    fn part(&self, range: Range<usize>) -> Self {
        let additional = at_end(&self.additional, range.end, self.entries());
        let allegements = self.allegements.get(range).unwrap_or_default().to_vec();
        Self { header: self.header.clone(), allegements, additional }
    }

    fn append(&mut self, next: Self) {
        self.allegements.extend(next.allegements);
        self.additional.extend(next.additional);
    }
}

/// The head of one of several pages.
pub fn turn(header: &mut StatementHeader, id: Reference, number: u32, last: bool) {
    let closes = last && header.page.continuation != Continuation::More;
    let continuation = if closes { Continuation::Last } else { Continuation::More };
    header.page = Page { number, continuation };
    header.id = id;
}
