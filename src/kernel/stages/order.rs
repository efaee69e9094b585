//! What a person orders.

use finality_parsers::desk::{Command, Order};
use finality_parsers::model::SsiSource;

use crate::access::Cleared;
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::intake::{self, Verdict};
use crate::lifecycle::state::State;

impl Kernel {
    /// Does what is ordered. Whoever had to agree has agreed.
    pub(super) fn carry_out(&mut self, command: &Command, cleared: &Cleared) {
        let by = cleared.words();
        if let Some(obstacle) = self.obstacle(command) {
            let what = format!("{by} wanted to {command}, but {obstacle}");
            self.decide(Fact::Noted { trade: command.trade(), what });
            return;
        }
        match command {
            Command::SupplySsi(standing) => {
                self.decide(Fact::SsiSupplied { standing: standing.clone(), by });
                self.ssi_changed(&[Some(standing.party)].into());
            }
            Command::RecordSsi { record, source } => self.record_ssi([record.as_ref()], source, cleared),
            Command::ImportSsi { file, records } => {
                self.record_ssi(records, &SsiSource::Import(file.clone()), cleared);
            }
            Command::ForcePair { allocation, confirmation, why } => {
                self.force_pair(*allocation, *confirmation, &by, why);
            }
            Command::ForceMatch { trade, why } => self.force_match(*trade, &by, why),
            Command::BreakPair { trade, why } => self.break_pair(*trade, &by, why),
            Command::AnswerCancel { trade, agreed, why } => self.answer_cancel(*trade, &by, *agreed, why),
            Command::WithdrawSsi { id, from, why } => self.withdraw_ssi(id, *from, why, cleared),
            Command::Reinstruct { trade } => self.enrich(*trade),
            Command::Cancel { trade, why } => self.cancel(*trade, &format!("ordered by {by}: {why}")),
            Command::Rebook { trade, why } => self.rebook(*trade, &by, why),
            Command::Process { trade, wish, why } => self.process(*trade, wish, &by, why),
            Command::Resolve { exception, why } => {
                self.resolve_by(*exception, format!("by {by}: {why}"), &by)
            }
            Command::Exception { exception, handling } => self.handle_exception(*exception, &by, handling),
            Command::Reprocess { record, repaired } => self.reprocess(*record, repaired.as_deref(), &by),
            // Whoever drives the session tells it; here it is written down who wanted it and why.
            Command::Session { link, order, why } => {
                let (link, order, why) = (link.clone(), *order, why.clone());
                self.decide(Fact::SessionOrdered { link, order, why });
            }
            Command::Approve { proposal } => self.approve(&as_order(cleared, command), *proposal),
            Command::Decline { proposal, why } => self.decline(&as_order(cleared, command), *proposal, why),
        }
    }

    /// Why something cannot be done as things stand.
    pub(super) fn obstacle(&self, command: &Command) -> Option<String> {
        let state = |trade: &u64| self.book.trades.get(trade).map(|t| t.state);
        let trade_is =
            |state: Option<State>| format!("the trade is {}", state.map_or("not known", State::label));
        match command {
            Command::Reinstruct { trade } => match state(trade) {
                Some(State::Rejected | State::AwaitingSsi) => None,
                state => Some(trade_is(state)),
            },
            // What is to be instructed anew can still be given up.
            Command::Cancel { trade, .. } if self.book.trades.get(trade).is_some_and(|t| t.anew) => None,
            Command::Cancel { trade, .. } => match state(trade) {
                Some(state) if !state.is_terminal() && state != State::CancelRequested => None,
                state => Some(trade_is(state)),
            },
            Command::Rebook { trade, .. } => match state(trade) {
                Some(state) if state.may_be_recalled() => None,
                state => Some(trade_is(state)),
            },
            Command::ForcePair { allocation, confirmation, .. } => {
                match (state(allocation), state(confirmation)) {
                    (Some(State::Allocated), Some(State::Alleged)) => None,
                    (Some(State::Allocated), other) => {
                        Some(format!("trade {confirmation}: {}", trade_is(other)))
                    }
                    (other, _) => Some(format!("trade {allocation}: {}", trade_is(other))),
                }
            }
            Command::ForceMatch { trade, .. } => match state(trade) {
                Some(State::Mismatched) => self.not_to_be_let_pass(*trade),
                other => Some(trade_is(other)),
            },
            Command::BreakPair { trade, .. } => match state(trade) {
                Some(State::Mismatched) => None,
                other => Some(trade_is(other)),
            },
            Command::AnswerCancel { trade, .. } => {
                let asked = self.book.trades.get(trade).is_some_and(|t| t.cancel_asked.is_some());
                (!asked).then(|| format!("nobody has asked to cancel trade {trade}"))
            }
            Command::Process { trade, wish, .. } => self.wish_obstacle(*trade, wish),
            Command::Resolve { exception, .. } if !self.book.exceptions.contains_key(exception) => {
                Some(format!("exception {exception} is not open"))
            }
            Command::Reprocess { record, .. } if !self.book.dead.contains_key(record) => {
                Some(format!("record {record} is no dead letter"))
            }
            Command::Session { link, .. } if !self.is_session(link) => {
                Some(format!("there is no session {link:?}"))
            }
            Command::RecordSsi { record, .. } => self.ssi_obstacle(&[record.as_ref()]),
            Command::ImportSsi { records, .. } => self.ssi_obstacle(&records.iter().collect::<Vec<_>>()),
            Command::WithdrawSsi { id, .. } => match self.book.library.history(id).last() {
                None => Some(format!("standing instruction {id} is not known")),
                Some(last) if last.record.is_none() && last.from.is_none() => {
                    Some(format!("standing instruction {id} is withdrawn already"))
                }
                Some(_) => None,
            },
            _ => None,
        }
    }

    /// Puts a dead letter through again.
    fn reprocess(&mut self, record: u64, repaired: Option<&str>, by: &str) {
        let Some(dead) = self.book.dead.get(&record).cloned() else { return };
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

/// Who decides about a proposal decides alone, so the order is his.
fn as_order(cleared: &Cleared, command: &Command) -> Order {
    Order { by: cleared.by().to_owned(), command: command.clone() }
}
