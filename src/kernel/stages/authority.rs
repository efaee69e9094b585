//! Who may say what. What becomes of an instruction only those say who were given it; how things stand at a servicer, only a
//! servicer; and what is addressed to somebody else is not for us. Anything else changes nothing: it is laid aside, and a person
//! finds out why it was said.

use finality_parsers::model::{Account, Bic, Event, Reference};

use crate::exceptions::reason::ReasonCode;
use crate::gateway::Kernel;
use crate::outbox::Out;

impl Kernel {
    /// Whether what comes by a line may say what becomes of an instruction: it was given to the house at the other end. Of an
    /// instruction whose place another took, that is whoever had any of the trade's.
    pub(super) fn may_report(&self, link: &str, trade: u64, instruction: &Reference) -> bool {
        let Some(trade) = self.book.trades.get(&trade) else { return false };
        let Some(instructed) = trade.instructed.as_deref() else { return false };
        let theirs = |custodian: &str| self.book.profile.is_line_of(link, custodian);
        let former = instructed.reference != *instruction;
        theirs(&instructed.custodian)
            || (former && trade.formerly_at.iter().any(|custodian| theirs(custodian)))
    }

    /// Lays aside what somebody says of an instruction that he was not given.
    pub(super) fn reported_by_other(
        &mut self,
        link: &str,
        trade: u64,
        what: &str,
        instruction: &Reference,
    ) -> bool {
        let trade = self.book.trades.get(&trade);
        let custodian = trade.and_then(|t| t.instructed.as_deref()).map_or("", |i| i.custodian.as_str());
        let line = self.book.profile.custodian(custodian).map_or_else(
            || "of whom the configuration knows no line".to_owned(),
            |known| format!("whose line is {}", known.link),
        );
        let why = format!(
            "{link} sends {what} of instruction {instruction}, which was given to {custodian}, {line}: nothing was changed by that"
        );
        self.dead_letter(link, ReasonCode::WrongSender, why);
        false
    }

    /// Whether the network's answer to a transmission comes from where it went.
    pub(super) fn may_answer(&self, link: &str, out: &Out) -> bool {
        link == out.link || self.book.profile.are_of_one_house(link, &out.link)
    }

    /// That a message is addressed to somebody else, as far as its envelope says that by a BIC.
    pub(crate) fn addressed_elsewhere(&self, kind: &str, addressee: Option<Bic>) -> Option<String> {
        let profile = &self.book.profile;
        let other = addressee.filter(|bic| !profile.is_ours(*bic))?;
        Some(format!("{kind} is addressed to {other}, and we are {}: nothing was done of it", profile.bic))
    }

    /// Why a statement is not taken from this line: who is there keeps nothing for us, or the account is with another. Who is nobody
    /// in particular may state what he likes.
    pub(super) fn may_not_state(&self, link: &str, event: &Event) -> Option<String> {
        let profile = &self.book.profile;
        let (kind, id) = (event.kind().name(), event.reference()?);
        if !profile.custodians.iter().any(|custodian| custodian.link == link) {
            let role = profile.role_on(link)?;
            return Some(format!(
                "{link} sends {kind} {id}, and is the line of {role}: only a servicer of ours states how things stand with him"
            ));
        }
        let account = stated_account(event)?;
        let keepers = || profile.accounts.iter().filter(|a| a.safekeeping == *account).map(|a| &a.custodian);
        let keeper = keepers().next()?;
        let here = keepers().any(|custodian| profile.is_line_of(link, custodian));
        (!here).then(|| format!("{link} sends {kind} {id} of account {account}, which is with {keeper}"))
    }
}

/// The account that a statement is of.
fn stated_account(event: &Event) -> Option<&Account> {
    let header = match event {
        Event::HoldingsStatement(statement) => &statement.header,
        Event::TransactionsStatement(statement) => &statement.header,
        Event::PendingStatement(statement) => &statement.header,
        Event::AllegementStatement(statement) => &statement.header,
        _ => return None,
    };
    Some(&header.account.id)
}
