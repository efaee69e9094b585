//! A client asks how far his instructions are: he is answered from what is known here, as of now.

use finality_parsers::model::{
    Event, EventKind, Function, Queried, Reason, Reference, Refusal, Status, StatusAdvice, StatusKind,
    StatusRequest,
};

use super::client::{ACCOUNT, Fault, REFERENCE, WORDS, fault_of, with};
use super::command::taken;
use super::{Novelty, digest_of};
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::state::State;
use crate::lifecycle::trade::{ClientSide, Trade};
use crate::profile::Speech;

/// The messages that a status of an instruction is told by.
const STATUSES: [&str; 2] = ["548", "sese.024"];

impl Kernel {
    /// A client's question: each instruction that it names is answered by where it stands now.
    pub(super) fn client_asks(
        &mut self,
        link: &str,
        question: StatusRequest,
        refused: Option<Refusal>,
    ) -> bool {
        let event = Event::StatusRequest(Box::new(question));
        let digest = digest_of(&event);
        let Event::StatusRequest(question) = event else { unreachable!("made two lines above") };
        let id = &question.id;
        if let Function::Cancel(_) = question.function {
            let what = format!("{link} takes question {id} back, which is answered at once");
            self.decide(Fact::Noted { trade: None, what });
            return true;
        }
        match self.novelty(link, EventKind::StatusRequest, id, digest) {
            // The same question again is answered as things stand by now.
            Novelty::Same(_) => self.repeated(link, id),
            Novelty::Other => {
                let why = self.reused(link, EventKind::StatusRequest, id);
                self.question_rejected(link, &question, &(REFERENCE, why));
                return false;
            }
            Novelty::New => self.take(link, EventKind::StatusRequest, id, digest, None),
        }
        let fault = self.not_answered(link, &question).or_else(|| refused.as_ref().map(fault_of));
        if let Some(fault) = fault {
            self.question_rejected(link, &question, &fault);
            return true;
        }
        let (mut unknown, mut settled): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for references in &question.instructions {
            let known = self.named_by_client(link, references);
            let known = known.filter(|(_, c)| c.instruction.account.as_ref() == Some(&question.account));
            let Some((trade, client)) = known else {
                unknown.extend(references.iter().map(|(_, reference)| reference.to_string()));
                continue;
            };
            let about = client.instruction.id.clone();
            match stands(trade, client) {
                Some(status) => self.say_status(link, StatusAdvice::of(about, vec![status])),
                None => settled.push(about.to_string()),
            }
        }
        if !unknown.is_empty() {
            let text = format!("no instruction of yours in this account is known as {}", unknown.join(", "));
            self.question_rejected(link, &question, &(REFERENCE, text));
        }
        if !settled.is_empty() {
            // No status says so.
            let text = format!("what has settled, our confirmation said: {}", settled.join(", "));
            self.question_rejected(link, &question, &(WORDS, text));
        }
        true
    }

    /// Why a question is not answered as it stands.
    fn not_answered(&self, link: &str, question: &StatusRequest) -> Option<Fault> {
        let words = |text: &str| Some((WORDS, text.to_owned()));
        let client = self.book.profile.clients.iter().find(|client| client.link == link);
        if !client.is_some_and(|client| client.accounts.contains(&question.account)) {
            return Some((ACCOUNT, format!("account {} is none of yours", question.account)));
        }
        if !STATUSES.contains(&question.wanted.as_str()) {
            return words("only statuses of instructions (548, sese.024) are sent, and no statements");
        }
        if !question.filters.is_empty() || question.instructions.is_empty() {
            return words("name the instructions by their references, and by nothing else");
        }
        let past = |at: chrono::DateTime<chrono::Utc>| at.date_naive() < self.now.utc().date_naive();
        if question.period.is_some() || question.as_of.is_some_and(past) {
            return words("where an instruction stands is said as of now");
        }
        None
    }

    fn question_rejected(&mut self, link: &str, question: &StatusRequest, fault: &Fault) {
        // One of the standards repeats what was asked for.
        let iso = self.book.profile.link(link).is_some_and(|l| l.speech != Speech::Mt);
        let query = if iso {
            Queried { wanted: Some(question.wanted.clone()), instructions: question.instructions.clone() }
        } else {
            Queried::default()
        };
        let statuses = with(StatusKind::Rejected, fault);
        let advice = StatusAdvice::of(question.id.clone(), statuses);
        self.say_status(link, StatusAdvice { query: Some(Box::new(query)), ..advice });
    }

    /// Where an instruction of a client's stands, that he gives once more: of what has settled, that it was taken, and that he
    /// was told.
    pub(super) fn stands_now(&self, link: &str, about: &Reference) -> Vec<Status> {
        let trade = self.book.by_client.get(&(link.to_owned(), about.clone()));
        let trade = trade.and_then(|id| self.book.trades.get(id));
        let known = trade.and_then(|t| Some((t, t.client.as_deref()?)));
        let settled = || {
            let fault = (WORDS, "it has settled, as our confirmation said".to_owned());
            with(StatusKind::Acknowledged, &fault)
        };
        known.map_or_else(taken, |(trade, client)| {
            stands(trade, client).map_or_else(settled, |status| vec![status])
        })
    }

    /// What the depository says of where a client's instruction stands is kept: he may ask.
    pub(super) fn client_may_ask(&mut self, trade: u64, status: &Status) {
        if self.book.trades.get(&trade).is_some_and(|t| t.client.is_some()) {
            self.decide(Fact::ClientStands { trade, status: status.clone() });
        }
    }
}

/// Where an instruction of a client stands; nothing when it has settled.
fn stands(trade: &Trade, client: &ClientSide) -> Option<Status> {
    let state = match (trade.state, &client.cancels, trade.recall) {
        // Our desk instructs it anew, of which he does not hear.
        (State::CancelRequested, None, Some(recall)) => recall.stood,
        (state, ..) => state,
    };
    let kind = match state {
        State::CsdUnmatched => StatusKind::Unmatched,
        State::MatchedAtCsd => StatusKind::Matched,
        State::Pending | State::PartiallySettled => StatusKind::Pending,
        State::Failing => StatusKind::Failing,
        State::Rejected => StatusKind::Rejected,
        State::CancelRequested => StatusKind::PendingCancellation,
        State::Cancelled => StatusKind::Cancelled,
        State::Settled => return None,
        State::Alleged
        | State::Allocated
        | State::Mismatched
        | State::Matched
        | State::Affirmed
        | State::AwaitingSsi
        | State::Instructed
        | State::Delivered
        | State::Acknowledged => StatusKind::Acknowledged,
    };
    if state == State::PartiallySettled {
        let reason = Reason { code: "PART".to_owned(), issuer: None, text: None };
        return Some(Status { kind, reasons: vec![reason] });
    }
    let said = client.stands.clone().filter(|said| said.kind == kind);
    Some(said.unwrap_or(Status { kind, reasons: Vec::new() }))
}
