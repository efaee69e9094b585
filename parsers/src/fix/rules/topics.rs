//! What a rule is about, and which reason of refusal says so in the answers to allocations and confirmations.
//!
//! FIX 5.0 has reasons that FIX 4.4 lacks; where the narrower one is not there, a wider one stands, and the text says it.

/// What is wrong, as a desk would name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// The account.
    Account,
    /// The quantity of the block.
    Quantity,
    /// How the quantity is split.
    Split,
    /// The price.
    Price,
    /// The executing broker.
    Broker,
    /// The commission.
    Commission,
    /// An order's reference.
    Order,
    /// A figure that does not follow from the others.
    Calculation,
    /// Data that contradict each other or an earlier message.
    Contradiction,
    /// The reference of a share.
    Share,
    /// The instrument.
    Instrument,
    /// The settlement date.
    SettlementDate,
    /// Settlement instructions.
    Instructions,
    /// Fees.
    Fees,
    /// Parties.
    Party,
    /// Buy or sell.
    Side,
    /// Net money.
    NetMoney,
    /// The trade date.
    TradeDate,
    /// The settlement currency.
    SettlementCurrency,
    /// In which capacity the broker dealt.
    Capacity,
    /// Anything else: the text says it.
    Other,
}

/// A row of the table of reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReasonRow {
    /// The topic.
    pub topic: Topic,
    /// AllocRejCode (88, and 776 for an account) in FIX 4.4 and from FIX 5.0 on.
    pub allocation: (u16, u16),
    /// ConfirmRejReason (774) likewise.
    pub confirmation: (u16, u16),
}

const fn row(topic: Topic, allocation: (u16, u16), confirmation: (u16, u16)) -> ReasonRow {
    ReasonRow { topic, allocation, confirmation }
}

/// Which reason says what.
pub const REASONS: [ReasonRow; 21] = [
    row(Topic::Account, (0, 0), (1, 1)),
    row(Topic::Quantity, (1, 1), (99, 11)),
    row(Topic::Split, (8, 8), (99, 11)),
    row(Topic::Price, (2, 2), (99, 7)),
    row(Topic::Broker, (3, 3), (99, 14)),
    row(Topic::Commission, (4, 4), (99, 8)),
    row(Topic::Order, (5, 5), (99, 4)),
    row(Topic::Calculation, (9, 9), (99, 16)),
    row(Topic::Contradiction, (11, 11), (99, 99)),
    row(Topic::Share, (11, 14), (99, 3)),
    row(Topic::Instrument, (11, 17), (99, 6)),
    row(Topic::SettlementDate, (11, 18), (99, 9)),
    row(Topic::Instructions, (7, 20), (2, 2)),
    row(Topic::Fees, (9, 21), (99, 12)),
    row(Topic::Party, (7, 23), (99, 14)),
    row(Topic::Side, (11, 24), (99, 15)),
    row(Topic::NetMoney, (9, 25), (99, 16)),
    row(Topic::TradeDate, (11, 26), (99, 17)),
    row(Topic::SettlementCurrency, (7, 27), (99, 18)),
    row(Topic::Capacity, (7, 7), (99, 19)),
    row(Topic::Other, (7, 7), (99, 99)),
];

/// What a field is about, for findings of the dictionary.
const FIELDS: &[(Topic, &[u32])] = &[
    (Topic::Account, &[1, 79, 661, 798]),
    (Topic::Quantity, &[32, 38, 53, 80, 854, 14, 151]),
    (Topic::Split, &[78, 892, 893]),
    (Topic::Price, &[6, 31, 44, 153, 366, 423, 860, 861]),
    (Topic::Commission, &[12, 13, 479]),
    (Topic::Order, &[11, 37, 73, 198, 526]),
    (Topic::Calculation, &[381, 157, 158, 159, 540, 742]),
    (Topic::Share, &[467]),
    (Topic::Instrument, &[22, 48, 55, 65, 107, 167, 454, 455, 456, 460, 461, 541]),
    (Topic::SettlementDate, &[63, 64]),
    (Topic::Instructions, &[85, 165, 169, 170, 171, 172, 780, 781, 782, 783, 784, 785, 786, 787, 801]),
    (Topic::Fees, &[136, 137, 138, 139, 891]),
    (Topic::Party, &[447, 448, 452, 453, 524, 525, 538, 539, 757, 758, 759]),
    (Topic::Side, &[54]),
    (Topic::NetMoney, &[118, 154]),
    (Topic::TradeDate, &[60, 75]),
    (Topic::SettlementCurrency, &[119, 120, 736, 737]),
    (Topic::Capacity, &[528, 529, 862, 863]),
];

impl Topic {
    /// What a field is about.
    pub fn of_field(tag: u32) -> Topic {
        FIELDS.iter().find(|(_, tags)| tags.contains(&tag)).map_or(Topic::Other, |(topic, _)| *topic)
    }

    fn row(self) -> &'static ReasonRow {
        REASONS.iter().find(|r| r.topic == self).unwrap_or(&REASONS[REASONS.len() - 1])
    }

    /// AllocRejCode (88), or IndividualAllocRejCode (776); `later` from FIX 5.0 on.
    pub fn allocation_reason(self, later: bool) -> u16 {
        let (here, then) = self.row().allocation;
        if later { then } else { here }
    }

    /// ConfirmRejReason (774); `later` from FIX 5.0 on.
    pub fn confirmation_reason(self, later: bool) -> u16 {
        let (here, then) = self.row().confirmation;
        if later { then } else { here }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::Version;
    use crate::fix::dictionary::dictionary;

    #[test]
    fn every_reason_is_one_that_its_version_allows() {
        for (version, later) in [(Version::Fix44, false), (Version::Fix50Sp2, true)] {
            let allowed = |tag: u32, code: u16| {
                let field = dictionary(version).field(tag).expect("a field of the table");
                field.allows(code.to_string().as_bytes())
            };
            for reason in REASONS {
                assert!(allowed(88, reason.topic.allocation_reason(later)), "88 {:?}", reason.topic);
                assert!(allowed(776, reason.topic.allocation_reason(later)), "776 {:?}", reason.topic);
                assert!(allowed(774, reason.topic.confirmation_reason(later)), "774 {:?}", reason.topic);
            }
        }
    }

    #[test]
    fn fields_belong_to_one_topic() {
        let mut tags: Vec<u32> = FIELDS.iter().flat_map(|(_, tags)| tags.iter().copied()).collect();
        let count = tags.len();
        tags.sort_unstable();
        tags.dedup();
        assert_eq!(tags.len(), count);
        assert_eq!(Topic::of_field(9999), Topic::Other);
    }
}
