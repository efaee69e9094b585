//! What was dealt, as brokers and venues tell it: executions are kept, captured trades are kept and answered.

use finality_parsers::model::{
    CaptureFunction, CaptureRequestStatus, CaptureStatus, Event, EventKind, ExecutionReport, Refusal,
    TradeCapture, TradeCaptureAcknowledgement, TradeCaptureRequest, TradeCaptureRequestAcknowledgement,
};

use super::{Novelty, digest_of};
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;

/// The protocol's codes for "another reason, see the text" and "not supported".
const OTHER_REASON: &str = "99";
const NOT_SUPPORTED: &str = "9";

impl Kernel {
    /// An execution has no answer: it is kept, or laid aside where it contradicts an earlier one.
    pub(super) fn execution(&mut self, link: &str, execution: Box<ExecutionReport>) -> bool {
        let event = Event::Execution(execution);
        let digest = digest_of(&event);
        let Event::Execution(execution) = event else { unreachable!("made two lines above") };
        match self.novelty(link, EventKind::Execution, &execution.id, digest) {
            Novelty::Same(_) => self.repeated(link, &execution.id),
            Novelty::Other => {
                self.reused(link, EventKind::Execution, &execution.id);
                return false;
            }
            Novelty::New => {
                self.take(link, EventKind::Execution, &execution.id, digest, None);
                self.decide(Fact::Executed { link: link.to_owned(), execution });
            }
        }
        true
    }

    /// A captured trade is kept and answered.
    pub(super) fn capture(
        &mut self,
        link: &str,
        capture: Box<TradeCapture>,
        refused: Option<Refusal>,
    ) -> bool {
        let event = Event::TradeCapture(capture);
        let digest = digest_of(&event);
        let Event::TradeCapture(capture) = event else { unreachable!("made two lines above") };
        match self.novelty(link, EventKind::TradeCapture, &capture.id, digest) {
            Novelty::Same(refused) => {
                self.repeated(link, &capture.id);
                self.answer_capture(link, &capture, refused.as_ref());
                return true;
            }
            Novelty::Other => {
                let text = self.reused(link, EventKind::TradeCapture, &capture.id);
                let refusal = Refusal::Whole { reason: OTHER_REASON.to_owned(), text };
                self.answer_capture(link, &capture, Some(&refusal));
                return false;
            }
            Novelty::New => {}
        }
        let refused = refused.or_else(|| self.not_captured(link, &capture));
        self.take(link, EventKind::TradeCapture, &capture.id, digest, refused.as_ref());
        self.answer_capture(link, &capture, refused.as_ref());
        match refused {
            Some(refusal) => {
                let detail = format!("trade capture {} refused: {}", capture.id, refusal.text());
                self.raise_on_link(link, true, ReasonCode::Unreadable, detail);
            }
            None => self.decide(Fact::TradeCaptured { link: link.to_owned(), capture }),
        }
        true
    }

    /// Why a report about an earlier one cannot be taken.
    fn not_captured(&self, link: &str, capture: &TradeCapture) -> Option<Refusal> {
        if !matches!(capture.function, CaptureFunction::Cancel | CaptureFunction::Replace) {
            return None;
        }
        let earlier = capture.earlier.as_ref().unwrap_or(&capture.id);
        if self.book.captured.contains(&(link.to_owned(), earlier.clone())) {
            return None;
        }
        let text = format!("trade capture {earlier}, to which it refers, is not known");
        Some(Refusal::Whole { reason: OTHER_REASON.to_owned(), text })
    }

    fn answer_capture(&mut self, link: &str, capture: &TradeCapture, refused: Option<&Refusal>) {
        let reason = refused.map(|refusal| match refusal {
            Refusal::Whole { reason, .. } => reason.clone(),
            Refusal::Accounts { .. } | Refusal::Rejected(_) => OTHER_REASON.to_owned(),
        });
        let answer = TradeCaptureAcknowledgement {
            report: capture.id.clone(),
            function: capture.function.clone(),
            status: if refused.is_some() { CaptureStatus::Rejected } else { CaptureStatus::Accepted },
            reason,
            instrument: capture.instrument.clone(),
            execution: capture.execution.clone(),
            transacted: Some(self.now.utc()),
            text: refused.map(|r| r.text().to_owned()),
        };
        self.answer(link, Event::TradeCaptureAcknowledgement(Box::new(answer)));
    }

    /// Captured trades are taken here, not given out.
    pub(super) fn capture_request(
        &mut self,
        link: &str,
        request: &TradeCaptureRequest,
        refused: Option<Refusal>,
    ) -> bool {
        let what = format!("captured trades were asked for by {link} under {}", request.id);
        self.decide(Fact::Noted { trade: None, what });
        let (result, text) = match refused {
            Some(refusal) => (OTHER_REASON, refusal.text().to_owned()),
            None => (NOT_SUPPORTED, "captured trades are not given out from here".to_owned()),
        };
        let answer = TradeCaptureRequestAcknowledgement {
            request: request.id.clone(),
            kind: request.kind.clone(),
            status: CaptureRequestStatus::Rejected,
            result: result.to_owned(),
            count: None,
            instrument: request.instrument.clone(),
            text: Some(text),
        };
        self.answer(link, Event::TradeCaptureRequestAcknowledgement(Box::new(answer)));
        true
    }
}
