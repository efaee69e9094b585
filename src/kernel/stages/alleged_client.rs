//! What a counterparty alleges against an account of a client, and nothing of his answers, he is told in his format; and that it is
//! no more, once it is taken back, no longer listed, or something of his answers it.

use finality_parsers::model::{
    Account, AllegedTrade, Allegement, AllegementFunction, Bic, Event, Linkage, Party, Reference,
    SettlementInstruction, StatedAccount,
};

use super::client::own_reference;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::reconciliation::state::ReconciliationFact;
use crate::reconciliation::transactions::alleged_against;

/// Ties of an allegement that mean something to a client too.
const HIS: [&str; 2] = ["COMM", "MITI"];

impl Kernel {
    /// Tells the clients whose account it is; nobody where that cannot be told. Says whom.
    pub(super) fn alleged_to_clients(
        &mut self,
        link: &str,
        id: &Reference,
        theirs: &AllegedTrade,
    ) -> Vec<String> {
        let mut told = Vec::new();
        for (client, account) in self.alleged_clients(link, theirs) {
            let out = self.book.next_out;
            let linkages = theirs.linkages.iter().filter(|l| HIS.contains(&l.kind.as_str())).cloned();
            let trade = for_client(theirs, &account, linkages.collect());
            if !self.say_allegement(&client, AllegementFunction::New, trade) {
                continue;
            }
            let (link, id, alleged) = (link.to_owned(), id.clone(), Box::new(theirs.clone()));
            let fact =
                ReconciliationFact::PassedOn { out, link, id, client: client.clone(), account, alleged };
            self.decide(Fact::Reconciled(Box::new(fact)));
            told.push(client);
        }
        told
    }

    /// The clients against whose account it is, by their links, and how they call it. One account with the depository may be for
    /// several of ours: then it is the one of the client who is named.
    fn alleged_clients(&self, link: &str, theirs: &AllegedTrade) -> Vec<(String, Account)> {
        let profile = &self.book.profile;
        let Some(named) = theirs.account.as_ref() else { return Vec::new() };
        let there = |a: &&crate::profile::AccountProfile| {
            a.safekeeping == named.id && profile.custodian(&a.custodian).is_some_and(|c| c.link == link)
        };
        let accounts: Vec<&Account> = profile.accounts.iter().filter(there).map(|a| &a.account).collect();
        let of = |client: &crate::profile::Client, account: &Account| client.accounts.contains(account);
        let owners = || {
            let clients = profile.clients.iter();
            clients.flat_map(|c| accounts.iter().filter(|a| of(c, a)).map(move |a| (c, (*a).clone())))
        };
        let mut found: Vec<_> = owners().collect();
        if accounts.len() > 1 {
            let ours = bics(theirs);
            found.retain(|(client, _)| ours.iter().any(|bic| bic.same_office(&client.bic)));
            // Still several accounts of his, or several clients: nobody says which.
            if found.len() > 1 {
                found.clear();
            }
        }
        found.into_iter().map(|(client, account)| (client.link.clone(), account)).collect()
    }

    /// Those that were told of this one, as the depository alleges it.
    pub(super) fn told_of(&self, link: &str, theirs: &AllegedTrade) -> Vec<u64> {
        self.book.reconciliation.passed.same(link, theirs)
    }

    /// Tells clients that something is alleged no more.
    pub(super) fn alleged_no_more(&mut self, passed: Vec<u64>) {
        for out in passed {
            let known = &self.book.reconciliation;
            let Some((client, account)) = known.passed_to.get(&out).cloned() else { continue };
            let Some(theirs) = known.passed.theirs(out).cloned() else { continue };
            let Some(first) = own_reference(out) else { continue };
            let mut linkages = vec![Linkage::new("PREV", first)];
            linkages.extend(theirs.linkages.iter().filter(|l| l.kind == "MITI").cloned());
            let trade = for_client(&theirs, &account, linkages);
            self.say_allegement(&client, AllegementFunction::Cancel, trade);
            self.decide(Fact::Reconciled(Box::new(ReconciliationFact::PassedOnNoMore { out })));
        }
    }

    /// An instruction went out: what was alleged before, and it answers, is alleged to no client any more.
    pub(super) fn alleged_is_answered(&mut self, link: &str, instruction: &SettlementInstruction) {
        let about = self.book.reconciliation.passed.about(link, instruction).into_iter();
        let met = about.filter(|(_, open)| alleged_against([instruction], &open.theirs).is_some());
        let met = met.map(|(out, _)| out).collect();
        self.alleged_no_more(met);
    }

    fn say_allegement(&mut self, client: &str, function: AllegementFunction, trade: AllegedTrade) -> bool {
        let Some(id) = own_reference(self.book.next_out) else { return false };
        let allegement = Allegement {
            id,
            function,
            prepared: Some(self.now.utc()),
            trade,
            additional: Vec::new(),
            supplementary: Vec::new(),
        };
        self.tell_client(client, &Event::Allegement(Box::new(allegement)))
    }
}

/// The same for a client: in his account, and nothing that is between the depository and us.
fn for_client(theirs: &AllegedTrade, account: &Account, linkages: Vec<Linkage>) -> AllegedTrade {
    AllegedTrade {
        status: None,
        linkages,
        account: Some(StatedAccount::from(account.clone())),
        account_owner: None,
        cash_account: None,
        account_details: Vec::new(),
        supplementary: Vec::new(),
        ..theirs.clone()
    }
}

/// Who is named on our side.
fn bics(theirs: &AllegedTrade) -> Vec<Bic> {
    let chain = match theirs.movement {
        finality_parsers::model::Movement::Receive => &theirs.receiving,
        finality_parsers::model::Movement::Deliver => &theirs.delivering,
    };
    let owner = theirs.account_owner.as_ref();
    [chain.client.as_ref(), chain.agent.as_ref(), owner]
        .into_iter()
        .flatten()
        .filter_map(Party::as_bic)
        .collect()
}
