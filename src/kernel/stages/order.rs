//! What a person orders.

use finality_parsers::desk::{Command, Order};

use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::intake::{self, Verdict};
use crate::lifecycle::state::State;

impl Kernel {
    pub(crate) fn order(&mut self, order: &Order) {
        let by = &order.by;
        match &order.command {
            Command::SupplySsi(standing) => {
                self.decide(Fact::SsiSupplied { standing: standing.clone(), by: by.clone() });
                let waiting: Vec<u64> = self.book.awaiting_ssi.iter().copied().collect();
                for trade in waiting {
                    if self.waits_for(trade, standing.party) {
                        self.enrich(trade);
                    }
                }
            }
            Command::Reinstruct { trade } => match self.book.trades.get(trade).map(|t| t.state) {
                Some(State::Rejected | State::AwaitingSsi) => self.enrich(*trade),
                state => self.not_done(Some(*trade), by, "re-instruct", state),
            },
            Command::Cancel { trade, why } => {
                let state = self.book.trades.get(trade).map(|t| t.state);
                match state {
                    Some(state) if !state.is_terminal() && state != State::CancelRequested => {
                        self.cancel(*trade, &format!("ordered by {by}: {why}"));
                    }
                    state => self.not_done(Some(*trade), by, "cancel", state),
                }
            }
            Command::Resolve { exception, why } => {
                if self.book.exceptions.contains_key(exception) {
                    self.resolve_by(*exception, format!("by {by}: {why}"), by);
                } else {
                    let what = format!("{by} wanted to resolve exception {exception}, which is not open");
                    self.decide(Fact::Noted { trade: None, what });
                }
            }
            Command::AcceptDifference { trade, why } => self.accept_difference(*trade, by, why),
            Command::Exception { exception, handling } => self.handle_exception(*exception, by, handling),
            Command::Reprocess { record, repaired } => self.reprocess(*record, repaired.as_deref(), by),
            // Whoever drives the session tells it; here it is written down who wanted it and why.
            Command::Session { link, order, why } if self.is_session(link) => {
                let (link, order, why) = (link.clone(), *order, why.clone());
                self.decide(Fact::SessionOrdered { link, order, why });
            }
            Command::Session { link, order, .. } => {
                let what = format!("{by} wanted to {order}, but there is no session {link:?}");
                self.decide(Fact::Noted { trade: None, what });
            }
        }
    }

    /// Whether a trade could use a standing instruction of that party.
    fn waits_for(&self, trade: u64, party: finality_parsers::model::Bic) -> bool {
        let broker = self.book.trades.get(&trade).and_then(|t| t.terms()).and_then(|t| t.broker);
        broker.is_none_or(|b| b.same_office(&party))
    }

    fn not_done(&mut self, trade: Option<u64>, by: &str, what: &str, state: Option<State>) {
        let state = state.map_or("not known", State::label);
        self.decide(Fact::Noted { trade, what: format!("{by} wanted to {what}, but the trade is {state}") });
    }

    /// Puts a dead letter through again.
    fn reprocess(&mut self, record: u64, repaired: Option<&str>, by: &str) {
        let Some(dead) = self.book.dead.get(&record).cloned() else {
            let what = format!("{by} wanted to put record {record} through again, which is no dead letter");
            self.decide(Fact::Noted { trade: None, what });
            return;
        };
        let raw = repaired.map_or(dead.raw.as_slice(), str::as_bytes);
        let verdict = intake::judge(intake::decode(raw));
        if let Verdict::Dead(why, _) = verdict {
            let what = format!("record {record} still cannot be read: {why}");
            self.decide(Fact::Noted { trade: None, what });
            return;
        }
        self.decide(Fact::Reprocessed { record });
        let of_record = |e: &&crate::exceptions::exception::Exception| e.record == Some(record);
        let exception = self.book.exceptions.values().find(of_record).map(|e| (e.id, e.reason));
        if let Some((exception, _)) = exception {
            self.resolve_by(exception, format!("put through again by {by}"), by);
        }
        if matches!(exception, Some((_, ReasonCode::ReferenceReused))) && repaired.is_none() {
            // The same bytes meet the same obstacle; say so at once.
            self.decide(Fact::Noted {
                trade: None,
                what: format!("record {record} was put through unchanged"),
            });
        }
        match verdict {
            Verdict::Take(event) => self.event(&dead.link, event, None),
            Verdict::Refuse(event, why) => self.event(&dead.link, event, Some(why)),
            Verdict::Dead(..) => false,
        };
    }
}
