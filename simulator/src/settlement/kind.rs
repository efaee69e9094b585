//! What a pair exchanges, and its two sides.

/// What a pair exchanges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Delivery versus payment.
    Dvp,
    /// Free of payment.
    Fop,
    /// Delivery with payment: securities and cash go the same way.
    Dwp,
    /// Payment free of delivery: cash only.
    Pfod,
}

/// A side of a pair. Of a payment free of delivery the receiver is the one who pays, as in DVP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Delivers.
    Deliverer,
    /// Receives.
    Receiver,
}

impl Side {
    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Deliverer => Self::Receiver,
            Self::Receiver => Self::Deliverer,
        }
    }
}

impl Kind {
    /// Who pays the cash, if any is paid.
    pub fn pays(self) -> Option<Side> {
        match self {
            Self::Dvp | Self::Pfod => Some(Side::Receiver),
            Self::Dwp => Some(Side::Deliverer),
            Self::Fop => None,
        }
    }

    /// Whether securities move.
    pub fn delivers(self) -> bool {
        self != Self::Pfod
    }
}
