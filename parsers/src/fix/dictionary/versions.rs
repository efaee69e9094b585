//! What the versions around FIX 4.4 and FIX 5.0 SP2 have and lack.
//!
//! A field's number tells when it came: each version went on counting where the one before had ended. So session messages,
//! header and trailer of 4.0 to 4.3, and all messages of 5.0 and 5.0 SP1, are those of the tables without the fields that
//! came later. What that rule cannot say stands here: messages of 4.2 and 4.3 that were made up differently, and the
//! fields that have left since.

use crate::fix::Version;

fn is_session(msg_type: &str) -> bool {
    matches!(msg_type, "HEADER" | "TRAILER" | "0" | "1" | "2" | "3" | "4" | "5" | "A")
}

/// The last number that a version gave to a field; none where the tables are those of the version itself.
pub(super) fn last_tag(version: Version) -> Option<u32> {
    match version {
        Version::Fix40 => Some(140),
        Version::Fix41 => Some(211),
        Version::Fix42 => Some(446),
        Version::Fix43 => Some(659),
        Version::Fix44 | Version::Fix50Sp2 => None,
        Version::Fix50 => Some(1139),
        Version::Fix50Sp1 => Some(1426),
    }
}

/// The last number of a message; that of FIXT.1.1 is one session for all versions of the application.
pub(super) fn last_tag_of(version: Version, msg_type: &str) -> Option<u32> {
    last_tag(version).filter(|_| !(version.is_fixt() && is_session(msg_type)))
}

/// Whether a message of the tables is one of this version, made up as there.
pub(super) fn has_message(version: Version, msg_type: &str) -> bool {
    match version {
        Version::Fix40 | Version::Fix41 => is_session(msg_type),
        Version::Fix42 | Version::Fix43 => msg_type != "HEADER" && (is_session(msg_type) || msg_type == "j"),
        Version::Fix50 => msg_type != "BQ",
        Version::Fix44 | Version::Fix50Sp1 | Version::Fix50Sp2 => true,
    }
}

/// The messages of one of the versions 4.2 and 4.3, in the notation of the tables behind the version.
pub(super) fn earlier_messages(version: Version) -> impl Iterator<Item = (&'static str, String)> {
    let prefix = match version {
        Version::Fix42 => "4.2 ",
        Version::Fix43 => "4.3 ",
        _ => "none",
    };
    super::table::definitions(EARLIER)
        .into_iter()
        .filter_map(move |(head, body)| head.strip_prefix(prefix).map(|head| (head, body)))
}

/// Fields that 4.2 and 4.3 need and the table of fields may lack.
pub(super) fn earlier_fields(version: Version) -> impl Iterator<Item = &'static str> {
    EARLIER_FIELDS.lines().filter(move |_| version < Version::Fix44)
}

const EARLIER: &str = "
4.2 HEADER Header = 8! 9! 35! 49! 56! 115 128 90 91 34! 50 142 57 143 116 144 129 145 43 97 52! 122 212 213 347 369
  370
4.3 HEADER Header = 8! 9! 35! 49! 56! 115 128 90 91 34! 50 142 57 143 116 144 129 145 43 97 52! 122 212 213 347 369
  370 627(628 629 630)

4.2 J Allocation = 70! 71! 72 196 197 73(11 37 198 66 105) 124(32 17 31 29) 54! 55! 65 48 22 167 200 205 201 202 206
  231 223 207 106 348 349 107 350 351 53! 30 336 6! 15 74 75! 60 63 64 381 118 77 58 354 355 157 158 78(79 366 80 81
  92 208 209 161 360 361 76 109 12 13 153 154 119 120 155 156 159 160 136(137 138 139))
4.2 P AllocationInstructionAck = 109 76 70! 75! 60 87! 88 58 354 355
4.2 8 ExecutionReport = 37! 198 11 41 109 76 382(375 337 437 438) 66 17! 20! 19 150! 39! 103 378 1 63 64 55! 65 48
  22 167 200 205 201 202 206 231 223 207 106 348 349 107 350 351 54! 38 152 40 44 99 211 388 389 15 376 377 59 168
  432 126 18 47 32 31 194 195 30 336 29 151! 14! 6! 424 425 426 427 75 60 113 12 13 381 119 120 155 156 21 110 111
  77 210 58 354 355 193 192 439 440 442

4.3 J Allocation = 70! 71! 626! 72 196 197 466 73(11 37 198 526 66) 124(32 17 527 31 29) 54! 55 65 48 22 454(455
  456) 460 461 167 200 541 224 225 239 226 227 228 255 543 470 471 472 240 202 206 231 223 207 106 348 349 107 350
  351 53! 30 229 336 625 423 6! 15 74 453(448 447 452 523) 75! 60 63 64 381 238 237 118 77 58 354 355 157 158 540
  650 78(79 366 80 467 81 539(524 525 538 545) 208 209 161 360 361 12 13 479 497 153 154 119 120 155 156 159 160
  136(137 138 139))
4.3 P AllocationAck = 453(448 447 452 523) 70! 75! 60 87! 88 58 354 355 650
4.3 8 ExecutionReport = 37! 198 526 527 11 41 583 453(448 447 452 523) 229 382(375 337 437 438 655) 66 548 551 549
  17! 19 150! 39! 636 103 378 1 581 589 590 591 63 64 544 635 55 65 48 22 454(455 456) 460 461 167 200 541 224 225
  239 226 227 228 255 543 470 471 472 240 202 206 231 223 207 106 348 349 107 350 351 54! 232(233 234) 465 38 152
  516 468 469 40 423 44 99 211 388 389 15 376 377 59 168 432 126 18 528 529 582 47 32 652 31 651 194 195 30 336 625
  29 151! 14! 6! 424 425 426 427 75 60 113 12 13 479 497 218 220 221 222 235 236 381 157 230 158 159 258 259 260 238
  237 118 119 120 155 156 21 110 111 77 210 58 354 355 193 192 641 442 480 481 513 494 483 515 484 485 638 639
  518(519 520 521) 555(600 601 602 603 604(605 606) 607 608 609 610 611 248 249 250 251 252 253 257 599 596 597 598
  254 612 613 614 615 616 617 618 619 620 621 622 623 624 564 565 539(524 525 538 545) 654 566 587 588 637)
";

const EARLIER_FIELDS: &str = "
1 Account str
14 CumQty qty
18 ExecInst mvs
19 ExecRefID str
20 ExecTransType char 0 1 2 3
21 HandlInst char 1 2 3
39 OrdStatus char 0 1 5 2 6 7 8 9 A B C D E 3 4
40 OrdType char D 2 3 4 5 6 7 8 9 A 1 C F E G I J K L M P B H
41 OrigClOrdID str
44 Price px
47 Rule80A char N B D E F H I J K M A O P R S T U W X Y Z L C
59 TimeInForce char 7 0 1 2 3 4 5 6
76 ExecBroker str
92 BrokerOfCredit str
99 StopPx px
103 OrdRejReason int 2 1 3 4 5 7 9 10 6 11 12 0 8
105 WaveNo str
109 ClientID str
110 MinQty qty
111 MaxFloor qty
113 ReportToExch bool
126 ExpireTime ts
150 ExecType char 6 0 1 2 4 5 8 9 A B C D E F G H I 3 7
151 LeavesQty qty
152 CashOrderQty qty
160 SettlInstMode char 0 4 3 1 2
168 EffectiveTime ts
192 OrderQty2 qty
193 FutSettDate2 date
194 LastSpotRate px
195 LastForwardPoints pxo
205 MaturityDay int
210 MaxShow qty
211 PegDifference pxo
258 TradedFlatSwitch bool
259 BasisFeatureDate date
260 BasisFeaturePrice px
337 ContraTrader str
375 ContraBroker str
370 OnBehalfOfSendingTime ts
376 ComplianceID str
377 SolicitedFlag bool
378 ExecRestatementReason int 7 0 8 6 5 4 3 1 2
382 NoContraBrokers num
388 DiscretionInst char 0 1 2 3 4 5
389 DiscretionOffset pxo
424 DayOrderQty qty
425 DayCumQty qty
426 DayAvgPx px
427 GTBookingInst int 0 2 1
432 ExpireDate date
437 ContraTradeQty qty
438 ContraTradeTime ts
439 ClearingFirm str
440 ClearingAccount str
465 QuantityType int 6 7 5 4 3 2 1 8
468 RoundingDirection char 0 1 2
469 RoundingModulus float
480 CancellationRights char M N Y O
481 MoneyLaunderingStatus char 3 2 1 Y N
483 TransBkdTime ts
484 ExecPriceType char S Q P O E D C B
485 ExecPriceAdjustment float
494 Designation str
513 RegistID str
515 ExecValuationPoint ts
516 OrderPercent pct
518 NoContAmts num
519 ContAmtType int 15 1 2 3 4 5 6 7 8 9 10 11 12 14 13
520 ContAmtValue float
521 ContAmtCurr ccy
544 CashMargin char 2 3 1
548 CrossID str
549 CrossType int 1 2 3 4
551 OrigCrossID str
564 LegPositionEffect char
565 LegCoveredOrUncovered int
581 AccountType int 3 7 6 4 2 1 8
583 ClOrdLinkID str
587 LegSettlmntTyp char
588 LegFutSettDate date
589 DayBookingInst char 0 1
590 BookingUnit char 1 2 0
591 PreallocMethod char 0 1
636 WorkingIndicator bool
637 LegLastPx px
638 PriorityIndicator int 0 1
639 PriceImprovement pxo
641 LastForwardPoints2 pxo
651 UnderlyingLastPx px
652 UnderlyingLastQty qty
654 LegRefID str
655 ContraLegRefID str
";
