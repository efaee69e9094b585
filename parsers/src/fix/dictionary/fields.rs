//! Every field that the messages here can carry: tag, name, type, and the values allowed.
//!
//! One line per field. Types are shortened: `date` is LocalMktDate, `ts` UTCTimestamp, `px` Price, `mvs` a list of
//! strings separated by blanks, `mcv` one of characters. Values are written `v`, `v=meaning`, `a..b`, or `a..` for
//! numbers to be agreed between the parties; those after a `+` came with FIX 5.0. One exception is deliberate:
//! PartyIDSource N (LEI) came later too, but everybody sends it in 4.4. Meanings are ours, for people; the machine
//! compares values only.

mod high;

/// All lines of the table.
pub(super) fn lines() -> impl Iterator<Item = &'static str> {
    LOW.lines().chain(high::HIGH.lines())
}

/// Tags below 600.
const LOW: &str = "
1 Account str
4 AdvSide char B S T X
6 AvgPx px
7 BeginSeqNo seq
8 BeginString str
9 BodyLength len
10 CheckSum str
11 ClOrdID str
12 Commission amt
13 CommType char 1=per-unit 2=percent 3=absolute 4=percent-waived-cash 5=percent-waived-units 6=points-per-bond + 7 8
14 CumQty qty
15 Currency ccy
16 EndSeqNo seq
17 ExecID str
18 ExecInst mcv 0..9 A..S U..Z a b c d e + T f g h i j k l m n o p q r s t u v w x y z
19 ExecRefID str
21 HandlInst char 1..3
22 SecurityIDSource str 1=CUSIP 2=SEDOL 3=QUIK 4=ISIN 5=RIC 6=ISO-currency 7=ISO-country 8=exchange-symbol 9=CTA-symbol A=Bloomberg B=Wertpapier C=Dutch D=Valoren E=Sicovam F=Belgian G=common-code H=clearing-house I=FpML-specification J=OPRA + K=FpML-URL L=letter-of-credit M=marketplace N P..Y
29 LastCapacity char 1=agent 2=cross-as-agent 3=cross-as-principal 4=principal + 5
30 LastMkt exch
31 LastPx px
32 LastQty qty
34 MsgSeqNum seq
35 MsgType str
36 NewSeqNo seq
37 OrderID str
38 OrderQty qty
39 OrdStatus char 0=new 1=partially-filled 2=filled 3=done-for-day 4=cancelled 6=pending-cancel 7=stopped 8=rejected 9=suspended A=pending-new B=calculated C=expired D=accepted-for-bidding E=pending-replace + 5=replaced
40 OrdType char 1..4 6..9 D E G I..M P + 5 A..C F H Q..S
41 OrigClOrdID str
43 PossDupFlag bool
44 Price px
45 RefSeqNum seq
48 SecurityID str
49 SenderCompID str
50 SenderSubID str
52 SendingTime ts
53 Quantity qty
54 Side char 1=buy 2=sell 3=buy-minus 4=sell-plus 5=sell-short 6=sell-short-exempt 7=undisclosed 8=cross 9=cross-short A=cross-short-exempt B=as-defined C=opposite D=subscribe E=redeem F=lend G=borrow + H
55 Symbol str
56 TargetCompID str
57 TargetSubID str
58 Text str
59 TimeInForce char 0..7 + 8 9 A..C
60 TransactTime ts
63 SettlType str 0=regular 1=cash 2=next-day 3=T+2 4=T+3 5=T+4 6=future 7=when-issued 8=sellers-option 9=T+5 + B C
64 SettlDate date
65 SymbolSfx str
66 ListID str
70 AllocID str
71 AllocTransType char 0=new 1=replace 2=cancel + 3 4 5 6
72 RefAllocID str
73 NoOrders num
74 AvgPxPrecision int
75 TradeDate date
77 PositionEffect char C=close F=FIFO O=open R=rolled + D N
78 NoAllocs num
79 AllocAccount str
80 AllocQty qty
81 ProcessCode char 0=regular 1=soft-dollar 2=step-in 3=step-out 4=soft-dollar-step-in 5=soft-dollar-step-out 6=plan-sponsor
83 RptSeq int
84 CxlQty qty
85 NoDlvyInst num
87 AllocStatus int 0=accepted 1=block-level-reject 2=account-level-reject 3=received 4=incomplete 5=rejected-by-intermediary + 6=pending 7=reversed 8=cancelled-by-intermediary 9=claimed 10=refused 11=pending-give-up 12=cancelled 13=pending-take-up 14=reversal-pending
88 AllocRejCode int 0=unknown-account 1=quantity 2=average-price 3=executing-broker 4=commission 5=unknown-OrderID 6=unknown-ListID 7=other 8=allocated-quantity 9=calculation-difference 10=stale-ExecID 11=mismatched-data 12=unknown-ClOrdID 13=warehouse-rejected + 14=individual-AllocID 15=trade-not-recognised 16=duplicate 17=instrument 18=settlement-date 19=fund 20=settlement-instructions 21=fees 22=tax 23=party 24=side 25=net-money 26=trade-date 27=settlement-instruction-currency 28=process-code 99=other
89 Signature data
90 SecureDataLen len
91 SecureData data
93 SignatureLength len
95 RawDataLength len
96 RawData data
97 PossResend bool
98 EncryptMethod int 0=none 1 2 3 4 5 6
99 StopPx px
100 ExDestination exch
103 OrdRejReason int 0..11 13..15 99 + 12 16 18..29
106 Issuer str
107 SecurityDesc str
108 HeartBtInt int
110 MinQty qty
111 MaxFloor qty
112 TestReqID str
113 ReportToExch bool
115 OnBehalfOfCompID str
116 OnBehalfOfSubID str
118 NetMoney amt
119 SettlCurrAmt amt
120 SettlCurrency ccy
122 OrigSendingTime ts
123 GapFillFlag bool
124 NoExecs num
126 ExpireTime ts
128 DeliverToCompID str
129 DeliverToSubID str
136 NoMiscFees num
137 MiscFeeAmt amt
138 MiscFeeCurr ccy
139 MiscFeeType str 1=regulatory 2=tax 3=local-commission 4=exchange-fee 5=stamp 6=levy 7=other 8=markup 9=consumption-tax 10=per-transaction 11=conversion 12=agent + 13=transfer-fee 14=security-lending
141 ResetSeqNumFlag bool
142 SenderLocationID str
143 TargetLocationID str
144 OnBehalfOfLocationID str
145 DeliverToLocationID str
150 ExecType char 0=new 3=done-for-day 4=cancelled 5=replaced 6=pending-cancel 7=stopped 8=rejected 9=suspended A=pending-new B=calculated C=expired D=restated E=pending-replace F=trade G=trade-correct H=trade-cancel I=order-status + J=trade-in-clearing-hold K=trade-released L=triggered M N
151 LeavesQty qty
152 CashOrderQty qty
153 AllocAvgPx px
154 AllocNetMoney amt
155 SettlCurrFxRate float
156 SettlCurrFxRateCalc char M=multiply D=divide
157 NumDaysInterest int
158 AccruedInterestRate pct
159 AccruedInterestAmt amt
160 SettlInstMode char 1=standing 4=single-account 5=request-rejected + 0=default 2=specific 3=specific-two
161 AllocText str
162 SettlInstID str
163 SettlInstTransType char N=new C=cancel R=replace T=restate
165 SettlInstSource char 1=broker 2=institution 3=investor
167 SecurityType str
168 EffectiveTime ts
169 StandInstDbType int 0=other 1=DTC-SID 2=ALERT 3=custodian 4=AccountNet
170 StandInstDbName str
171 StandInstDbID str
172 SettlDeliveryType int 0=versus-payment 1=free 2=tri-party 3=hold-in-custody
192 OrderQty2 qty
193 SettlDate2 date
194 LastSpotRate px
195 LastForwardPoints pxo
196 AllocLinkID str
197 AllocLinkType int 0=FX-netting 1=FX-swap
198 SecondaryOrderID str
200 MaturityMonthYear my
201 PutOrCall int 0=put 1=call + 2
202 StrikePrice px
206 OptAttribute char
207 SecurityExchange exch
208 NotifyBrokerOfCredit bool
209 AllocHandlInst int 1=match 2=forward 3=forward-and-match + 4
210 MaxShow qty
211 PegOffsetValue float
212 XmlDataLen len
213 XmlData data
214 SettlInstRefID str
218 Spread pxo
220 BenchmarkCurveCurrency ccy
221 BenchmarkCurveName str
222 BenchmarkCurvePoint str
223 CouponRate pct
224 CouponPaymentDate date
225 IssueDate date
226 RepurchaseTerm int
227 RepurchaseRate pct
228 Factor float
229 TradeOriginationDate date
230 ExDate date
231 ContractMultiplier float
232 NoStipulations num
233 StipulationType str
234 StipulationValue str
235 YieldType str
236 Yield pct
237 TotalTakedown amt
238 Concession amt
239 RepoCollateralSecurityType str
240 RedemptionDate date
241 UnderlyingCouponPaymentDate date
242 UnderlyingIssueDate date
243 UnderlyingRepoCollateralSecurityType str
244 UnderlyingRepurchaseTerm int
245 UnderlyingRepurchaseRate pct
246 UnderlyingFactor float
247 UnderlyingRedemptionDate date
248 LegCouponPaymentDate date
249 LegIssueDate date
250 LegRepoCollateralSecurityType str
251 LegRepurchaseTerm int
252 LegRepurchaseRate pct
253 LegFactor float
254 LegRedemptionDate date
255 CreditRating str
256 UnderlyingCreditRating str
257 LegCreditRating str
258 TradedFlatSwitch bool
259 BasisFeatureDate date
260 BasisFeaturePrice px
263 SubscriptionRequestType char 0=snapshot 1=snapshot-and-updates 2=no-more-updates
278 MDEntryID str
305 UnderlyingSecurityIDSource str
306 UnderlyingIssuer str
307 UnderlyingSecurityDesc str
308 UnderlyingSecurityExchange exch
309 UnderlyingSecurityID str
310 UnderlyingSecurityType str
311 UnderlyingSymbol str
312 UnderlyingSymbolSfx str
313 UnderlyingMaturityMonthYear my
315 UnderlyingPutOrCall int
316 UnderlyingStrikePrice px
317 UnderlyingOptAttribute char
318 UnderlyingCurrency ccy
325 UnsolicitedIndicator bool
332 HighPx px
333 LowPx px
336 TradingSessionID str
337 ContraTrader str
347 MessageEncoding str
348 EncodedIssuerLen len
349 EncodedIssuer data
350 EncodedSecurityDescLen len
351 EncodedSecurityDesc data
354 EncodedTextLen len
355 EncodedText data
360 EncodedAllocTextLen len
361 EncodedAllocText data
362 EncodedUnderlyingIssuerLen len
363 EncodedUnderlyingIssuer data
364 EncodedUnderlyingSecurityDescLen len
365 EncodedUnderlyingSecurityDesc data
366 AllocPrice px
369 LastMsgSeqNumProcessed seq
371 RefTagID int
372 RefMsgType str
373 SessionRejectReason int 0..17 99 + 18
375 ContraBroker str
376 ComplianceID str
377 SolicitedFlag bool
378 ExecRestatementReason int 0..10 99 + 11..20
379 BusinessRejectRefID str
380 BusinessRejectReason int 0=other 1=unknown-id 2=unknown-security 3=unsupported-message-type 4=application-not-available 5=conditionally-required-field-missing 6=not-authorised 7=DeliverTo-not-available + 8 18
381 GrossTradeAmt amt
382 NoContraBrokers num
383 MaxMessageSize len
384 NoMsgTypes num
385 MsgDirection char S=send R=receive
388 DiscretionInst char 0..6 + 7
389 DiscretionOffsetValue float
423 PriceType int 1=percent 2=per-unit 3=fixed-amount 4=discount 5=premium 6=spread 7=TED-price 8=TED-yield 9=yield 10=fixed-cabinet 11=variable-cabinet + 13 14 15 16 17 18 19
424 DayOrderQty qty
425 DayCumQty qty
426 DayAvgPx px
427 GTBookingInst int 0..2
430 NetGrossInd int 1 2
432 ExpireDate date
435 UnderlyingCouponRate pct
436 UnderlyingContractMultiplier float
437 ContraTradeQty qty
438 ContraTradeTime ts
442 MultiLegReportingType char 1=single-security 2=leg-of-multi-leg 3=multi-leg
447 PartyIDSource char 1=Korean-investor 2=Taiwanese-investor 3=Taiwanese-account 4=Malaysian-depository 5=Chinese-B-share 6=UK-tax 7=US-social-security 8=US-tax 9=Australian-business A=Australian-tax B=BIC C=generally-accepted-id D=proprietary E=ISO-country F=settlement-entity G=MIC H=CSD-participant I=ISITC-acronym N=LEI + J=tax-id K=tax-id L M P Q R
448 PartyID str
452 PartyRole int 1=executing-firm 2=broker-of-credit 3=client-id 4=clearing-firm 5=investor-id 6=introducing-firm 7=entering-firm 8=locate-firm 9=fund-manager 10=settlement-location 11=order-origination-trader 12=executing-trader 13=order-origination-firm 14=giveup-clearing-firm 15=correspondent-clearing-firm 16=executing-system 17=contra-firm 18=contra-clearing-firm 19=sponsoring-firm 20=underlying-contra-firm 21=clearing-organisation 22=exchange 24=customer-account 25=correspondent-clearing-organisation 26=correspondent-broker 27=buyer-or-seller 28=custodian 29=intermediary 30=agent 31=sub-custodian 32=beneficiary 33=interested-party 34=regulatory-body 35=liquidity-provider 36=entering-trader 37=contra-trader 38=position-account + 39..122
453 NoPartyIDs num
454 NoSecurityAltID num
455 SecurityAltID str
456 SecurityAltIDSource str
457 NoUnderlyingSecurityAltID num
458 UnderlyingSecurityAltID str
459 UnderlyingSecurityAltIDSource str
460 Product int 1=agency 2=commodity 3=corporate 4=currency 5=equity 6=government 7=index 8=loan 9=money-market 10=mortgage 11=municipal 12=other 13=financing
461 CFICode str
462 UnderlyingProduct int
463 UnderlyingCFICode str
464 TestMessageIndicator bool
466 BookingRefID str
467 IndividualAllocID str
468 RoundingDirection char 0..2
469 RoundingModulus float
470 CountryOfIssue ctry
471 StateOrProvinceOfIssue str
472 LocaleOfIssue str
476 PaymentRef str
479 CommCurrency ccy
480 CancellationRights char M..O Y
481 MoneyLaunderingStatus char 1..3 N Y
483 TransBkdTime ts
484 ExecPriceType char B..E O..Q S
485 ExecPriceAdjustment float
487 TradeReportTransType int
488 CardHolderName str
489 CardNumber str
490 CardExpDate date
491 CardIssNum str
492 PaymentMethod int 1..15 + 16..20 999
494 Designation str
497 FundRenewWaiv char Y N
503 CardStartDate date
504 PaymentDate date
505 PaymentRemitterID str
513 RegistID str
515 ExecValuationPoint ts
516 OrderPercent pct
518 NoContAmts num
519 ContAmtType int 1..15
520 ContAmtValue float
521 ContAmtCurr ccy
522 OwnerType int 1..13 + 14..22
523 PartySubID str
524 NestedPartyID str
525 NestedPartyIDSource char
526 SecondaryClOrdID str
527 SecondaryExecID str
528 OrderCapacity char A=agency G=proprietary I=individual P=principal R=riskless-principal W=agent-for-other-member
529 OrderRestrictions mcv 1 2 3 4 5 6 7 8 9 A + B C D E F G
538 NestedPartyRole int
539 NoNestedPartyIDs num
540 TotalAccruedInterestAmt amt
541 MaturityDate date
542 UnderlyingMaturityDate date
543 InstrRegistry str
544 CashMargin char 1..3
545 NestedPartySubID str
548 CrossID str
549 CrossType int 1..4 + 5..9
551 OrigCrossID str
552 NoSides num
553 Username str
554 Password str
555 NoLegs num
556 LegCurrency ccy
564 LegPositionEffect char
565 LegCoveredOrUncovered int
566 LegPrice px
568 TradeRequestID str
569 TradeRequestType int 0=all-trades 1=matched 2=unmatched 3=unreported 4=advisories
570 PreviouslyReported bool
571 TradeReportID str
572 TradeReportRefID str
573 MatchStatus char 0=matched 1=unmatched 2=advisory
574 MatchType str
575 OddLot bool
576 NoClearingInstructions num
577 ClearingInstruction int 0..13
578 TradeInputSource str
579 TradeInputDevice str
580 NoDates num
581 AccountType int 1..4 6..8 + 9..13
582 CustOrderCapacity int 1=own-account 2=member-proprietary 3=for-other-member 4=all-other
583 ClOrdLinkID str
584 MassStatusReqID str
586 OrigOrdModTime ts
587 LegSettlType str
588 LegSettlDate date
589 DayBookingInst char 0..2
590 BookingUnit char 0..2
591 PreallocMethod char 0 1
592 UnderlyingCountryOfIssue ctry
593 UnderlyingStateOrProvinceOfIssue str
594 UnderlyingLocaleOfIssue str
595 UnderlyingInstrRegistry str
596 LegCountryOfIssue ctry
597 LegStateOrProvinceOfIssue str
598 LegLocaleOfIssue str
599 LegInstrRegistry str
";
