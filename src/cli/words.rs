//! What a message means, in a sentence or two that a settlement clerk would say.

use finality_parsers::model::{
    AllocationStatus, Amount, AuditTrail, BusinessDate, CounterpartyAnswer, Event, Function,
    InstructionUpdate, Instrument, Moment, Movement, Party, PartyId, Payment, Price, PriceKind, Quantity,
    QuantityKind, Reason, SettlementChain, SettlementInstruction, Side, StatusKind, TransactionDetails,
    UpdateKind,
};
use rust_decimal::Decimal;

/// The event, one fact per line; the first line says what it is.
pub fn lines(event: &Event) -> Vec<String> {
    let mut said = Said::default();
    match event {
        Event::Allocation(e) => {
            said.line(format!(
                "allocation {}{}: {}",
                e.id,
                function(&e.function),
                deal(e.side, &e.quantity, &e.instrument, e.price.as_ref())
            ));
            said.days(Some(e.trade_date), e.settlement_date);
            said.money("net", e.net.as_ref());
            for part in &e.allocations {
                let net = part.net.as_ref().map(|n| format!(", net {}", money(n))).unwrap_or_default();
                said.line(format!("account {}: {}{net}", part.account, quantity(&part.quantity)));
            }
        }
        Event::AllocationAcknowledgement(e) => {
            said.line(format!("answer to allocation {}: {}", e.allocation, allocation_status(&e.status)));
            said.text("reason", e.reason.as_deref());
            said.text("text", e.text.as_deref());
            for reject in &e.rejects {
                let why = reject.text.as_deref().or(reject.reason.as_deref()).unwrap_or("no reason given");
                said.line(format!("account {} refused: {why}", reject.account));
            }
        }
        Event::AllocationReport(e) => {
            said.line(format!(
                "allocation report {} on {}: {}",
                e.id,
                e.allocation.id,
                allocation_status(&e.status)
            ));
            said.text("reason", e.reason.as_deref());
        }
        Event::Confirmation(e) => {
            let price = Some(&e.price);
            said.line(format!(
                "{}confirmation {}{}: {}",
                if e.market_side { "market-side " } else { "" },
                e.id,
                function(&e.function),
                deal(e.side, &e.quantity, &e.instrument, price)
            ));
            said.text("allocation", e.allocation.as_ref().map(|r| r.as_str()));
            said.text("account", e.account.as_ref().map(|a| a.as_str()));
            said.days(Some(e.trade_date), e.settlement_date);
            said.money("net", e.net.as_ref());
        }
        Event::ConfirmationAcknowledgement(e) => {
            said.line(format!(
                "answer to confirmation {}: {}",
                e.confirmation,
                format!("{:?}", e.status).to_lowercase()
            ));
            said.text("reason", e.reason.as_deref());
            said.text("text", e.text.as_deref());
        }
        Event::Instruction(e) => instruction(e, "instruction", &mut said),
        Event::Cancellation(e) => {
            said.line(format!("cancellation {} of instruction {}", e.id, e.cancels));
            if let Some(details) = &e.details {
                instruction(details, "that is", &mut said);
            }
        }
        Event::Status(e) => {
            let of = match (e.cancellation, e.modification) {
                (true, _) => "cancellation request",
                (false, true) if e.amendment => "modification request",
                (false, true) => "change request",
                (false, false) if e.query.is_some() => "question",
                (false, false) if e.financing => "financing",
                (false, false) if e.intra_position => "movement within a position",
                (false, false) => "instruction",
            };
            for status in &e.statuses {
                said.line(format!("status of {of} {}: {}", e.instruction, status_kind(&status.kind)));
                said.reasons(&status.reasons);
            }
            if let Some(details) = &e.details {
                said.details(details);
            }
        }
        Event::Settlement(e) => {
            let what = if e.reversal { "reversal of the settlement" } else { "settlement" };
            said.line(format!(
                "{what} of instruction {}: {}",
                e.instruction,
                movement(e.movement, e.payment, &e.settled, &e.instrument, e.amount.as_ref())
            ));
            said.line(format!("effective on {}", e.effective_date));
            if let Some(remaining) = &e.remaining {
                said.line(format!("still to settle: {}", quantity(remaining)));
            }
            said.chains(&e.delivering, &e.receiving);
        }
        Event::AllocationReportAcknowledgement(e) => {
            said.line(format!(
                "answer to allocation report {}: {}",
                e.report,
                allocation_status(&e.answer.status)
            ));
            said.text("reason", e.answer.reason.as_deref());
            said.text("text", e.answer.text.as_deref());
        }
        Event::AllocationAlert(e) => said.line(format!(
            "told of allocation {}{}: {}",
            e.id,
            function(&e.function),
            deal(e.side, &e.quantity, &e.instrument, e.price.as_ref())
        )),
        Event::ConfirmationRequest(e) => {
            said.line(format!("request {} for a confirmation", e.id));
            said.text("allocation", e.allocation.as_ref().map(|r| r.as_str()));
            said.text("account", e.account.as_ref().map(|a| a.as_str()));
        }
        Event::Execution(e) => {
            said.line(format!(
                "execution {} of order {}: {}",
                e.id,
                e.order,
                deal(e.side, &e.cumulative, &e.instrument, e.average.as_ref())
            ));
            said.line(format!("still open: {}", quantity(&e.leaves)));
            said.text("text", e.text.as_deref());
        }
        Event::TradeCapture(e) => {
            let side = e.sides.first().map_or(Side::Buy, |s| s.side);
            let dealt = deal(side, &e.quantity, &e.instrument, Some(&e.price));
            said.line(format!("trade capture {}: {dealt}", e.id));
            said.days(Some(e.trade_date), e.settlement_date);
        }
        Event::TradeCaptureAcknowledgement(e) => {
            let status = format!("{:?}", e.status).to_lowercase();
            said.line(format!("answer to trade capture {}: {status}", e.report));
            said.text("text", e.text.as_deref());
        }
        Event::TradeCaptureRequest(e) => said.line(format!("request {} for captured trades", e.id)),
        Event::TradeCaptureRequestAcknowledgement(e) => {
            let status = format!("{:?}", e.status).to_lowercase();
            said.line(format!("answer to request {} for captured trades: {status}", e.request));
            said.text("text", e.text.as_deref());
        }
        Event::InstructionDelivery(e) => {
            said.line(format!("settlement instructions {}: {}", e.id, e.instructions.len()));
            said.text("answers request", e.request.as_ref().map(|r| r.as_str()));
            said.text("text", e.text.as_deref());
        }
        Event::InstructionRequest(e) => {
            said.line(format!("request {} for settlement instructions", e.id));
            said.text("account", e.account.as_ref().map(|a| a.as_str()));
        }
        Event::Obligations(e) => {
            said.line(format!("settlement obligations {}: {}", e.id, e.obligations.len()));
            for one in &e.obligations {
                said.money("owed", one.settlement_amount.as_ref().or(one.amount.as_ref()));
            }
        }
        Event::Rejection(e) => {
            said.line(format!("message {} was not taken: {}", e.message_type, e.text));
            said.text("reference", e.reference.as_ref().map(|r| r.as_str()));
        }
        Event::TradeStatus(e) => {
            let of = if e.cancellation { "cancellation request" } else { "trade" };
            for status in &e.statuses {
                said.line(format!("status {} of {of}: {:?} {}", e.id, status.of, status.code));
                said.reasons(&status.reasons);
            }
            for link in &e.linkages {
                said.line(format!(
                    "about {} {}",
                    link.message.as_deref().unwrap_or("message"),
                    link.reference
                ));
            }
        }
        Event::ProcessingChange(e) => {
            said.line(format!("processing change {}{}", e.id, function(&e.function)));
            for request in &e.requests {
                let of: Vec<&str> = request.instructions.iter().map(|(_, r)| r.as_str()).collect();
                said.line(format!("instruction {}: {:?}", of.join(", "), request.changes));
            }
            for status in e.statuses.iter().filter_map(|s| s.status.as_ref()) {
                said.line(format!("status: {:?} {}", status.of, status.code));
                said.reasons(&status.reasons);
            }
        }
        Event::ConfirmationCancellation(e) => {
            said.line(format!("confirmation taken back under {}", e.id));
            said.text("confirmation", e.confirmation.as_ref().map(|r| r.as_str()));
            for link in &e.linkages {
                said.text("reference", Some(link.reference.as_str()));
            }
        }
        Event::StatusRequest(e) => {
            said.line(format!("request {}{} for {}", e.id, function(&e.function), e.wanted));
            said.text("account", Some(e.account.as_str()));
            for (_, reference) in e.instructions.iter().flatten() {
                said.text("instruction", Some(reference.as_str()));
            }
        }
        Event::Modification(e) => {
            said.line(format!("modification {} of instruction {}", e.id, e.modifies));
            for update in &e.updates {
                said.update(update);
            }
        }
        Event::Generation(e) => {
            instruction(&e.instruction, "generated transaction", &mut said);
            said.text("reference", e.servicer_reference.as_ref().map(|r| r.as_str()));
            said.reasons(&e.reasons);
            for status in &e.statuses {
                said.line(format!("status: {}", status_kind(&status.kind)));
                said.reasons(&status.reasons);
            }
        }
        Event::Withdrawal(e) => {
            said.line(format!("message {} ({:?}) is taken back under {}", e.withdraws, e.kind, e.id));
            said.text("account", e.account.as_ref().map(|a| a.id.as_str()));
        }
        Event::IntraPosition(e) => {
            let what = if e.done { "has moved" } else { "is to move" };
            let isin = e.instrument.isin.map_or_else(|| "an instrument".to_owned(), |isin| isin.to_string());
            said.line(format!("{} of {isin} {what} from {} to {}", quantity(&e.quantity), e.from, e.to));
            said.text("order", e.instruction.as_ref().map(|r| r.as_str()));
            said.text("account", e.account.as_ref().map(|a| a.id.as_str()));
            said.text("text", e.narrative.as_deref());
        }
        Event::AuditTrail(e) => trail(e, &mut said),
        Event::CounterpartyResponse(e) => {
            let named = [&e.instruction, &e.servicer_reference, &e.market_reference];
            let named = named.into_iter().flatten().next().map_or("an instruction", |r| r.as_str());
            let answer = match e.answer {
                CounterpartyAnswer::Consented => "agrees",
                CounterpartyAnswer::Rejected => "does not agree",
                CounterpartyAnswer::Forwarded => "has handed it on",
                CounterpartyAnswer::UnderInvestigation => "looks into it",
            };
            said.line(format!("the counterparty of {named} {answer}"));
            said.reasons(&e.reasons);
            if let Some(details) = &e.details {
                said.details(details);
            }
        }
        Event::Transport(e) => {
            let verdict = if e.accepted { "took" } else { "refused" };
            let reference = e.reference.as_ref().map_or("a message", |r| r.as_str());
            let error = e.error.as_deref().map(|c| format!(": {c}")).unwrap_or_default();
            said.line(format!("the network {verdict} {reference}{error}"));
        }
        Event::HoldingsStatement(_)
        | Event::TransactionsStatement(_)
        | Event::PendingStatement(_)
        | Event::IntraPositionStatement(_)
        | Event::Penalties(_)
        | Event::Allegement(_)
        | Event::AllegementStatement(_)
        | Event::PortfolioTransfer(_)
        | Event::BalanceTransparency(_) => said.0 = super::statement_words::lines(event),
    }
    said.0
}

/// What became of an instruction: a line for each step, and its reasons.
fn trail(e: &AuditTrail, said: &mut Said) {
    let named = [&e.instruction, &e.servicer_reference, &e.market_reference];
    let named = named.into_iter().flatten().next().map_or("an account", |r| r.as_str());
    said.line(format!("what became of {named}: {} steps", e.entries.len()));
    for entry in &e.entries {
        let requests =
            [("request to change it ", &entry.modification), ("request to cancel it ", &entry.cancellation)];
        let own = entry.statuses.iter().map(|status| ("", status));
        let asked = requests.into_iter().filter_map(|(of, status)| Some((of, status.as_ref()?)));
        for (of, status) in own.chain(asked) {
            said.line(format!("{}: {of}{}", entry.at, status_kind(&status.kind)));
            said.reasons(&status.reasons);
        }
        if let Some(reasons) = &entry.settled {
            said.line(format!("{}: settled", entry.at));
            said.reasons(reasons);
        }
    }
}

#[derive(Default)]
struct Said(Vec<String>);

impl Said {
    fn line(&mut self, line: String) {
        self.0.push(line);
    }

    fn text(&mut self, what: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.line(format!("{what}: {text}"));
        }
    }

    fn reasons(&mut self, reasons: &[Reason]) {
        for reason in reasons {
            let text = reason.text.as_deref().map(|t| format!(" ({t})")).unwrap_or_default();
            self.line(format!("reason {}{text}", reason.code));
        }
    }

    fn money(&mut self, what: &str, amount: Option<&Amount>) {
        if let Some(amount) = amount {
            self.line(format!("{what} {}", money(amount)));
        }
    }

    fn days(&mut self, trade: Option<BusinessDate>, settlement: Option<BusinessDate>) {
        match (trade, settlement) {
            (Some(trade), Some(settlement)) => self.line(format!("traded {trade}, to settle {settlement}")),
            (Some(trade), None) => self.line(format!("traded {trade}")),
            (None, Some(settlement)) => self.line(format!("to settle {settlement}")),
            (None, None) => {}
        }
    }

    fn details(&mut self, details: &TransactionDetails) {
        if let (Some(m), Some(p), Some(q), Some(i)) =
            (details.movement, details.payment, &details.quantity, &details.instrument)
        {
            self.line(movement(m, p, q, i, details.amount.as_ref()));
        }
        self.days(details.trade_date, details.settlement_date);
    }

    fn update(&mut self, update: &InstructionUpdate) {
        let kind = match update.kind {
            UpdateKind::Addition => "added",
            UpdateKind::Deletion => "taken out",
            UpdateKind::Change => "changed",
        };
        self.line(format!("{kind}:"));
        self.text("quantity", update.quantity.as_ref().map(quantity).as_deref());
        self.money("amount", update.amount.as_ref());
        let day = |moment: &Option<Moment>| moment.as_ref().and_then(Moment::day);
        self.days(day(&update.trade_date), day(&update.settlement_date));
        self.text("account", update.account.as_ref().map(|a| a.id.as_str()));
        for condition in &update.conditions {
            self.text("condition", Some(condition));
        }
        self.text("text", update.narrative.as_deref());
        self.chains(&update.delivering, &update.receiving);
    }

    fn chains(&mut self, delivering: &SettlementChain, receiving: &SettlementChain) {
        for (side, chain) in [("delivering", delivering), ("receiving", receiving)] {
            let steps = [
                &chain.client,
                &chain.custodian,
                &chain.intermediary_1,
                &chain.intermediary_2,
                &chain.agent,
                &chain.depository,
            ];
            let steps: Vec<String> = steps.into_iter().flatten().map(party).collect();
            if !steps.is_empty() {
                self.line(format!("{side}: {}", steps.join(" > ")));
            }
        }
    }
}

fn instruction(e: &SettlementInstruction, what: &str, said: &mut Said) {
    said.line(format!(
        "{what} {}: {}",
        e.id,
        movement(e.movement, e.payment, &e.quantity, &e.instrument, e.amount.as_ref())
    ));
    said.days(e.trade_date, Some(e.settlement_date));
    said.text("account", e.account.as_ref().map(|a| a.as_str()));
    said.chains(&e.delivering, &e.receiving);
}

fn function(function: &Function) -> String {
    let of = |verb: &str, reference: &Option<_>| match reference {
        Some(reference) => format!(" ({verb} {reference})"),
        None => format!(" ({verb} one before)"),
    };
    match function {
        Function::New => String::new(),
        Function::Replace(before) => of("replaces", before),
        Function::Cancel(before) => of("cancels", before),
    }
}

fn deal(side: Side, q: &Quantity, instrument: &Instrument, price: Option<&Price>) -> String {
    let verb = if side == Side::Buy { "buy" } else { "sell" };
    let at = price.map(|p| format!(" at {}", price_of(p))).unwrap_or_default();
    format!("{verb} {} of {}{at}", quantity(q), name(instrument))
}

fn movement(
    m: Movement,
    p: Payment,
    q: &Quantity,
    instrument: &Instrument,
    amount: Option<&Amount>,
) -> String {
    let verb = if m == Movement::Receive { "receive" } else { "deliver" };
    let payment = match (p, amount) {
        (Payment::Free, _) => "free of payment".to_owned(),
        (Payment::Against, Some(amount)) => format!("against {}", money(amount)),
        (Payment::Against, None) => "against payment".to_owned(),
    };
    format!("{verb} {} of {} {payment}", quantity(q), name(instrument))
}

pub(super) fn name(instrument: &Instrument) -> String {
    let id = instrument.isin.map(|i| i.to_string()).or_else(|| instrument.symbol.clone());
    let description = instrument.description.as_deref().and_then(|d| d.lines().next());
    match (id, description) {
        (Some(id), Some(description)) => format!("{id} ({description})"),
        (Some(id), None) => id,
        (None, description) => description.unwrap_or("an unnamed instrument").to_owned(),
    }
}

pub(super) fn quantity(q: &Quantity) -> String {
    let kind = match q.kind() {
        QuantityKind::Unit => "units",
        QuantityKind::FaceAmount => "nominal",
        QuantityKind::AmortisedAmount => "amortised",
        QuantityKind::DigitalToken => "tokens",
    };
    format!("{} {kind}", thousands(q.value()))
}

pub(super) fn money(amount: &Amount) -> String {
    format!("{} {}", amount.currency(), thousands(amount.value()))
}

fn price_of(price: &Price) -> String {
    let value = thousands(price.value);
    match (price.kind, price.currency) {
        (PriceKind::Actual, Some(currency)) => format!("{currency} {value}"),
        (PriceKind::Actual, None) => value,
        (PriceKind::Percentage, _) => format!("{value} %"),
        (kind, _) => format!("{value} % ({})", format!("{kind:?}").to_lowercase()),
    }
}

fn party(party: &Party) -> String {
    let id = match &party.id {
        PartyId::Bic(bic) => bic.to_string(),
        PartyId::Lei(lei) => lei.to_string(),
        PartyId::Proprietary { id, .. } => id.clone(),
        PartyId::Name(lines) => lines.join(" "),
        PartyId::Country(country) => country.clone(),
    };
    party.account.as_ref().map_or(id.clone(), |account| format!("{id} (account {account})"))
}

fn allocation_status(status: &AllocationStatus) -> String {
    match status {
        AllocationStatus::Accepted => "accepted".into(),
        AllocationStatus::BlockRejected => "the block is rejected".into(),
        AllocationStatus::AccountRejected => "single accounts are rejected".into(),
        AllocationStatus::Received => "received, not yet looked at".into(),
        AllocationStatus::Incomplete => "incomplete".into(),
        AllocationStatus::RejectedByIntermediary => "rejected by the intermediary".into(),
        AllocationStatus::Other(code) => format!("status {code}"),
    }
}

pub(super) fn status_kind(kind: &StatusKind) -> String {
    match kind {
        StatusKind::Proprietary { code, issuer } => format!("{code} of {issuer}"),
        // `PendingProcessing` reads `pending processing`.
        named => {
            let mut words = String::new();
            for c in format!("{named:?}").chars() {
                if c.is_uppercase() && !words.is_empty() {
                    words.push(' ');
                }
                words.extend(c.to_lowercase());
            }
            words
        }
    }
}

/// `1234567.50` as `1,234,567.50`.
pub(super) fn thousands(value: Decimal) -> String {
    let text = value.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut grouped = String::from(sign);
    for (at, c) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(c);
    }
    match fraction {
        Some(fraction) => format!("{grouped}.{fraction}"),
        None => grouped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped_in_threes() {
        for (value, expected) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("-1234567.50", "-1,234,567.50"),
            ("100.25", "100.25"),
        ] {
            assert_eq!(thousands(value.parse().expect("a number")), expected);
        }
    }

    #[test]
    fn names_of_states_are_words() {
        assert_eq!(status_kind(&StatusKind::PendingProcessing), "pending processing");
    }
}
