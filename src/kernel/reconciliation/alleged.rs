//! Allegements that nothing of ours fits, or that differ: told from one another by the market's reference, else by what they say.

use std::collections::{BTreeMap, BTreeSet};

use finality_parsers::model::{AllegedTrade, Reference, SettlementInstruction};

use super::lines::{Line, Lines, under};
use super::transactions::is_same_allegement;

/// Allegements by what tells them apart; the numbers are the caller's.
#[derive(Debug, Default)]
pub(crate) struct Told {
    by_market: BTreeSet<(Reference, u64)>,
    /// Those with a reference of the market's, which counts for those that have one too.
    marked: Lines,
    unmarked: Lines,
}

impl Told {
    /// Of a list, by their places in it.
    pub(crate) fn of(list: &[AllegedTrade]) -> Self {
        let mut told = Self::default();
        for (theirs, number) in list.iter().zip(0..) {
            told.put(theirs, number);
        }
        told
    }

    fn put(&mut self, theirs: &AllegedTrade, number: u64) {
        let line = Line::of_alleged(theirs);
        if let Some(reference) = theirs.market_reference() {
            self.by_market.insert((reference.clone(), number));
            self.marked.put(&line, number);
        } else {
            self.unmarked.put(&line, number);
        }
    }

    fn take(&mut self, theirs: &AllegedTrade, number: u64) {
        let line = Line::of_alleged(theirs);
        if let Some(reference) = theirs.market_reference() {
            self.by_market.remove(&(reference.clone(), number));
            self.marked.take(&line, number);
        } else {
            self.unmarked.take(&line, number);
        }
    }

    /// Those that can be the same as this one ([`is_same_allegement`]), in order.
    pub(crate) fn like(&self, theirs: &AllegedTrade) -> BTreeSet<u64> {
        let line = Line::of_alleged(theirs);
        let mut like = self.unmarked.equal(&line);
        match theirs.market_reference() {
            Some(reference) => like.extend(under(&self.by_market, reference)),
            None => like.extend(self.marked.equal(&line)),
        }
        like
    }

    /// Those that can be about an instruction without naming it.
    fn about(&self, line: &Line) -> BTreeSet<u64> {
        let mut about = self.marked.like(line);
        about.extend(self.unmarked.like(line));
        about
    }
}

/// One that is open.
#[derive(Debug)]
pub(crate) struct Alleged {
    link: String,
    /// In which message it came.
    pub(crate) id: Reference,
    pub(crate) theirs: Box<AllegedTrade>,
}

/// All that are open, by their exceptions; or by the messages that told a client of them.
#[derive(Debug, Default)]
pub(crate) struct OpenAllegements {
    all: BTreeMap<u64, Alleged>,
    by_link: BTreeMap<String, BTreeSet<u64>>,
    by_message: BTreeSet<(Reference, u64)>,
    /// By the references of ours, and of both sides, that they name.
    by_named: BTreeSet<(Reference, u64)>,
    told: Told,
}

impl OpenAllegements {
    pub(crate) fn put(&mut self, exception: u64, link: &str, id: &Reference, theirs: &AllegedTrade) {
        self.take(exception);
        self.by_link.entry(link.to_owned()).or_default().insert(exception);
        self.by_message.insert((id.clone(), exception));
        self.by_named.extend(named(theirs).map(|r| (r.clone(), exception)));
        self.told.put(theirs, exception);
        let theirs = Box::new(theirs.clone());
        self.all.insert(exception, Alleged { link: link.to_owned(), id: id.clone(), theirs });
    }

    pub(crate) fn take(&mut self, exception: u64) {
        let Some(gone) = self.all.remove(&exception) else { return };
        if let Some(of_link) = self.by_link.get_mut(&gone.link) {
            of_link.remove(&exception);
        }
        for reference in named(&gone.theirs) {
            self.by_named.remove(&(reference.clone(), exception));
        }
        self.told.take(&gone.theirs, exception);
        self.by_message.remove(&(gone.id, exception));
    }

    fn on(&self, link: &str, exception: u64) -> Option<&Alleged> {
        self.all.get(&exception).filter(|a| a.link == link)
    }

    /// All of a link.
    pub(crate) fn of_link(&self, link: &str) -> impl Iterator<Item = (u64, &Alleged)> {
        let of_link = self.by_link.get(link).into_iter().flatten();
        of_link.filter_map(|exception| Some((*exception, self.all.get(exception)?)))
    }

    /// The one of an exception, if a link alleges it.
    pub(crate) fn of_exception(&self, link: &str, exception: u64) -> Option<(u64, &Alleged)> {
        self.on(link, exception).map(|alleged| (exception, alleged))
    }

    /// Those that are the same as this one, in the order of their exceptions.
    pub(crate) fn same(&self, link: &str, theirs: &AllegedTrade) -> Vec<u64> {
        let like = self.told.like(theirs).into_iter();
        like.filter(|e| self.on(link, *e).is_some_and(|a| is_same_allegement(&a.theirs, theirs))).collect()
    }

    /// What is alleged.
    pub(crate) fn theirs(&self, exception: u64) -> Option<&AllegedTrade> {
        self.all.get(&exception).map(|a| &*a.theirs)
    }

    /// The first that came in that message.
    pub(crate) fn of_message(&self, link: &str, id: &Reference) -> Option<u64> {
        self.all_of_message(link, id).next()
    }

    /// All that came in that message.
    pub(crate) fn all_of_message(&self, link: &str, id: &Reference) -> impl Iterator<Item = u64> {
        under(&self.by_message, id).into_iter().filter(move |e| self.on(link, *e).is_some())
    }

    /// Those that may be about an instruction, in the order of their exceptions.
    pub(crate) fn about(&self, link: &str, ours: &SettlementInstruction) -> Vec<(u64, &Alleged)> {
        let mut about = self.told.about(&Line::of_instruction(ours));
        about.extend(under(&self.by_named, &ours.id));
        about.extend(ours.common_reference.iter().flat_map(|common| under(&self.by_named, common)));
        about.into_iter().filter_map(|e| Some((e, self.on(link, e)?))).collect()
    }
}

fn named(theirs: &AllegedTrade) -> impl Iterator<Item = &Reference> {
    theirs.linkages.iter().filter(|l| matches!(l.kind.as_str(), "RELA" | "COMM")).map(|l| &l.reference)
}

#[cfg(test)]
mod tests;
