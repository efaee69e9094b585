//! Every field that the messages here can carry: tag, name, type, and the values allowed.
//!
//! One line per field. Types are shortened: `date` is LocalMktDate, `ts` UTCTimestamp, `px` Price, `mvs` a list of
//! strings separated by blanks, `mcv` one of characters. Values are written `v`, `v=meaning`, `a..b`, or `a..` for
//! numbers to be agreed between the parties; those after a `+` came with FIX 5.0. One exception is deliberate:
//! PartyIDSource N (LEI) came later too, but everybody sends it in 4.4. Meanings are ours, for people; the machine
//! compares values only.

pub(super) const FIELDS: &str = "
6 AvgPx px
7 BeginSeqNo seq
8 BeginString str
9 BodyLength len
10 CheckSum str
11 ClOrdID str
12 Commission amt
13 CommType char 1=per-unit 2=percent 3=absolute 4=percent-waived-cash 5=percent-waived-units 6=points-per-bond + 7 8
15 Currency ccy
16 EndSeqNo seq
17 ExecID str
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
43 PossDupFlag bool
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
106 Issuer str
107 SecurityDesc str
108 HeartBtInt int
112 TestReqID str
115 OnBehalfOfCompID str
116 OnBehalfOfSubID str
118 NetMoney amt
119 SettlCurrAmt amt
120 SettlCurrency ccy
122 OrigSendingTime ts
123 GapFillFlag bool
124 NoExecs num
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
153 AllocAvgPx px
154 AllocNetMoney amt
155 SettlCurrFxRate float
156 SettlCurrFxRateCalc char M=multiply D=divide
157 NumDaysInterest int
158 AccruedInterestRate pct
159 AccruedInterestAmt amt
161 AllocText str
165 SettlInstSource char 1=broker 2=institution 3=investor
167 SecurityType str
169 StandInstDbType int 0=other 1=DTC-SID 2=ALERT 3=custodian 4=AccountNet
170 StandInstDbName str
171 StandInstDbID str
172 SettlDeliveryType int 0=versus-payment 1=free 2=tri-party 3=hold-in-custody
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
212 XmlDataLen len
213 XmlData data
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
336 TradingSessionID str
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
379 BusinessRejectRefID str
380 BusinessRejectReason int 0=other 1=unknown-id 2=unknown-security 3=unsupported-message-type 4=application-not-available 5=conditionally-required-field-missing 6=not-authorised 7=DeliverTo-not-available + 8 18
381 GrossTradeAmt amt
383 MaxMessageSize len
384 NoMsgTypes num
385 MsgDirection char S=send R=receive
423 PriceType int 1=percent 2=per-unit 3=fixed-amount 4=discount 5=premium 6=spread 7=TED-price 8=TED-yield 9=yield 10=fixed-cabinet 11=variable-cabinet + 13 14 15 16 17 18 19
435 UnderlyingCouponRate pct
436 UnderlyingContractMultiplier float
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
470 CountryOfIssue ctry
471 StateOrProvinceOfIssue str
472 LocaleOfIssue str
479 CommCurrency ccy
497 FundRenewWaiv char Y N
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
545 NestedPartySubID str
553 Username str
554 Password str
555 NoLegs num
556 LegCurrency ccy
566 LegPrice px
570 PreviouslyReported bool
573 MatchStatus char 0=matched 1=unmatched 2=advisory
574 MatchType str
576 NoClearingInstructions num
577 ClearingInstruction int 0..13
578 TradeInputSource str
579 TradeInputDevice str
582 CustOrderCapacity int 1=own-account 2=member-proprietary 3=for-other-member 4=all-other
592 UnderlyingCountryOfIssue ctry
593 UnderlyingStateOrProvinceOfIssue str
594 UnderlyingLocaleOfIssue str
595 UnderlyingInstrRegistry str
596 LegCountryOfIssue ctry
597 LegStateOrProvinceOfIssue str
598 LegLocaleOfIssue str
599 LegInstrRegistry str
600 LegSymbol str
601 LegSymbolSfx str
602 LegSecurityID str
603 LegSecurityIDSource str
604 NoLegSecurityAltID num
605 LegSecurityAltID str
606 LegSecurityAltIDSource str
607 LegProduct int
608 LegCFICode str
609 LegSecurityType str
610 LegMaturityMonthYear my
611 LegMaturityDate date
612 LegStrikePrice px
613 LegOptAttribute char
614 LegContractMultiplier float
615 LegCouponRate pct
616 LegSecurityExchange exch
617 LegIssuer str
618 EncodedLegIssuerLen len
619 EncodedLegIssuer data
620 LegSecurityDesc str
621 EncodedLegSecurityDescLen len
622 EncodedLegSecurityDesc data
623 LegRatioQty float
624 LegSide char
625 TradingSessionSubID str
626 AllocType int 1=calculated 2=preliminary 5=ready-to-book-single 7=warehouse 8=request-to-intermediary + 3 4 6 9..26
627 NoHops num
628 HopCompID str
629 HopSendingTime ts
630 HopRefID seq
635 ClearingFeeIndicator str
650 LegalConfirm bool
661 AllocAcctIDSource int 1=BIC 2=SID 3=TFM 4=OMGEO 5=DTCC 99=other + 6
662 BenchmarkPrice px
663 BenchmarkPriceType int
664 ConfirmID str
665 ConfirmStatus int 1=received 2=mismatched-account 3=missing-settlement-instructions 4=confirmed 5=request-rejected
666 ConfirmTransType int 0=new 1=replace 2=cancel
667 ContractSettlMonth my
668 DeliveryForm int 1=book-entry 2=bearer
669 LastParPx px
691 Pool str
696 YieldRedemptionDate date
697 YieldRedemptionPrice px
698 YieldRedemptionPriceType int
699 BenchmarkSecurityID str
700 ReversalIndicator bool
701 YieldCalcDate date
707 PosAmtType str
708 PosAmt amt
711 NoUnderlyings num
715 ClearingBusinessDate date
736 AllocSettlCurrency ccy
737 AllocSettlCurrAmt amt
738 InterestAtMaturity amt
739 LegDatedDate date
740 LegPool str
741 AllocInterestAtMaturity amt
742 AllocAccruedInterestAmt amt
753 NoPosAmt num
754 AutoAcceptIndicator bool
755 AllocReportID str
756 NoNested2PartyIDs num
757 Nested2PartyID str
758 Nested2PartyIDSource char
759 Nested2PartyRole int
760 Nested2PartySubID str
761 BenchmarkSecurityIDSource str
762 SecuritySubType str
763 UnderlyingSecuritySubType str
764 LegSecuritySubType str
768 NoTrdRegTimestamps num
769 TrdRegTimestamp ts
770 TrdRegTimestampType int 1..5 + 6..13
771 TrdRegTimestampOrigin str
772 ConfirmRefID str
773 ConfirmType int 1=status 2=confirmation 3=request-rejected
774 ConfirmRejReason int 1=mismatched-account 2=missing-settlement-instructions 99=other + 3=individual-AllocID 4=trade-not-recognised 5=duplicate 6=instrument 7=price 8=commission 9=settlement-date 10=fund 11=quantity 12=fees 13=tax 14=party 15=side 16=net-money 17=trade-date 18=settlement-instruction-currency 19=capacity
775 BookingType int 0=regular 1=CFD 2=total-return-swap
776 IndividualAllocRejCode int 0..13 99 + 14..28
777 SettlInstMsgID str
780 AllocSettlInstType int 0=default 1=derive 2=full-details 3=SSI-database 4=phone
781 NoSettlPartyIDs num
782 SettlPartyID str
783 SettlPartyIDSource char
784 SettlPartyRole int
785 SettlPartySubID str
786 SettlPartySubIDType int
787 DlvyInstType char C=cash S=securities
788 TerminationType int 1=overnight 2=term 3=flexible 4=open
789 NextExpectedMsgSeqNum seq
793 SecondaryAllocID str
794 AllocReportType int 3=calculated-from-preliminary 4=calculated-without-preliminary 5=warehouse-recap 8=request-to-intermediary + 2 9..12 14..19
795 AllocReportRefID str
796 AllocCancReplaceReason int 1=incomplete 2=order-changed 99=other
797 CopyMsgIndicator bool
798 AllocAccountType int 1=customer 2=non-customer 3=house 4=floor-trader 6=non-customer-cross 7=house-cross 8=joint-back-office
799 OrderAvgPx px
800 OrderBookingQty qty
801 NoSettlPartySubIDs num
802 NoPartySubIDs num
803 PartySubIDType int 1..26 4000.. + 27..87
804 NoNestedPartySubIDs num
805 NestedPartySubIDType int
806 NoNested2PartySubIDs num
807 Nested2PartySubIDType int
808 AllocIntermedReqType int 1=pending-accept 2=pending-release 3=pending-reversal 4=accept 5=block-level-reject 6=account-level-reject
810 UnderlyingPx px
819 AvgPxIndicator int 0=none 1=average-priced-group 2=last-of-group + 3 4
828 TrdType int
829 TrdSubType int
854 QtyType int 0=units 1=contracts + 2
855 SecondaryTrdType int
857 AllocNoOrdersType int 0=not-specified 1=explicit-list
858 SharedCommission amt
859 ConfirmReqID str
860 AvgParPx px
861 ReportedPx px
862 NoCapacities num
863 OrderCapacityQty qty
864 NoEvents num
865 EventType int
866 EventDate date
867 EventPx px
868 EventText str
869 PctAtRisk pct
870 NoInstrAttrib num
871 InstrAttribType int
872 InstrAttribValue str
873 DatedDate date
874 InterestAccrualDate date
875 CPProgram int
876 CPRegType str
877 UnderlyingCPProgram str
878 UnderlyingCPRegType str
879 UnderlyingQty qty
880 TrdMatchID str
882 UnderlyingDirtyPrice px
883 UnderlyingEndPrice px
884 UnderlyingStartValue amt
885 UnderlyingCurrentValue amt
886 UnderlyingEndValue amt
887 NoUnderlyingStips num
888 UnderlyingStipType str
889 UnderlyingStipValue str
890 MaturityNetMoney amt
891 MiscFeeBasis int 0=absolute 1=per-unit 2=percentage
892 TotNoAllocs int
893 LastFragment bool
898 MarginRatio pct
913 AgreementDesc str
914 AgreementID str
915 AgreementDate date
916 StartDate date
917 EndDate date
918 AgreementCurrency ccy
919 DeliveryType int 0=versus-payment 1=free 2=tri-party 3=hold-in-custody
920 EndAccruedInterestAmt amt
921 StartCash amt
922 EndCash amt
925 NewPassword str
940 AffirmStatus int 1=received 2=rejected 3=affirmed
941 UnderlyingStrikeCurrency ccy
942 LegStrikeCurrency ccy
947 StrikeCurrency ccy
955 LegContractSettlMonth my
956 LegInterestAccrualDate date
965 SecurityStatus str
966 SettleOnOpenFlag str
967 StrikeMultiplier float
968 StrikeValue float
969 MinPriceIncrement float
970 PositionLimit int
971 NTPositionLimit int
972 UnderlyingAllocationPercent pct
973 UnderlyingCashAmount amt
974 UnderlyingCashType str
975 UnderlyingSettlementType int
982 ExpirationQtyType int
983 ExpQty qty
984 NoUnderlyingAmounts num
985 UnderlyingPayAmount amt
986 UnderlyingCollectAmount amt
987 UnderlyingSettlementDate date
988 UnderlyingSettlementStatus str
989 SecondaryIndividualAllocID str
990 LegReportID str
991 RndPx px
992 IndividualAllocType int 1=sub-allocate 2=third-party-allocation
993 AllocCustomerCapacity str
994 TierCode str
996 UnitOfMeasure str
997 TimeUnit str
998 UnderlyingUnitOfMeasure str
999 LegUnitOfMeasure str
1000 UnderlyingTimeUnit str
1001 LegTimeUnit str
1002 AllocMethod int 1=automatic 2=guarantor 3=manual
1003 TradeID str
1011 MessageEventSource str
1017 LegOptionRatio float
1018 NoInstrumentParties num
1019 InstrumentPartyID str
1031 CustOrderHandlingInst mvs
1038 UnderlyingCapValue amt
1039 UnderlyingSettlMethod str
1041 FirmTradeID str
1044 UnderlyingAdjustedQuantity qty
1045 UnderlyingFXRate float
1046 UnderlyingFXRateCalc char D=divide M=multiply
1047 AllocPositionEffect char O=open C=close R=rolled F=FIFO
1049 InstrmtAssignmentMethod char
1050 InstrumentPartyIDSource char
1051 InstrumentPartyRole int
1052 NoInstrumentPartySubIDs num
1053 InstrumentPartySubID str
1054 InstrumentPartySubIDType int
1055 PositionCurrency str
1058 NoUndlyInstrumentParties num
1059 UnderlyingInstrumentPartyID str
1060 UnderlyingInstrumentPartyIDSource char
1061 UnderlyingInstrumentPartyRole int
1062 NoUndlyInstrumentPartySubIDs num
1063 UnderlyingInstrumentPartySubID str
1064 UnderlyingInstrumentPartySubIDType int
1079 MaturityTime tz
1128 ApplVerID str 0..9
1129 CstmApplVerID str
1130 RefApplVerID str
1131 RefCstmApplVerID str
1137 DefaultApplVerID str
1145 EventTime ts
1146 MinPriceIncrementAmount amt
1147 UnitOfMeasureQty qty
1151 SecurityGroup str
1156 ApplExtID int
1184 SecurityXMLLen len
1185 SecurityXML data
1186 SecurityXMLSchema str
1191 PriceUnitOfMeasure str
1192 PriceUnitOfMeasureQty qty
1193 SettlMethod str
1194 ExerciseStyle int
1195 OptPayoutAmount amt
1196 PriceQuoteMethod str
1197 ValuationMethod str
1198 ListMethod int
1199 CapPrice px
1200 FloorPrice px
1212 LegMaturityTime tz
1213 UnderlyingMaturityTime tz
1224 LegUnitOfMeasureQty qty
1227 ProductComplex str
1242 FlexProductEligibilityIndicator bool
1244 FlexibleIndicator bool
1328 RejectText str
1346 ApplReqID str
1350 ApplLastSeqNum seq
1352 ApplResendFlag bool
1358 LegPutOrCall int
1359 LegPrice px
1400 EncryptedPasswordMethod int
1401 EncryptedPasswordLen len
1402 EncryptedPassword data
1403 EncryptedNewPasswordLen len
1404 EncryptedNewPassword data
1406 RefApplExtID int
1407 DefaultApplExtID int
1408 DefaultCstmApplVerID str
1409 SessionStatus int 0..8 + 9 10
1410 DefaultVerIndicator bool
1419 UnderlyingExerciseStyle int
1420 LegExerciseStyle int
1421 LegPriceUnitOfMeasure str
1422 LegPriceUnitOfMeasureQty qty
1423 UnderlyingUnitOfMeasureQty qty
1424 UnderlyingPriceUnitOfMeasure str
1425 UnderlyingPriceUnitOfMeasureQty qty
1430 VenueType char
1435 ContractMultiplierUnit int
1436 LegContractMultiplierUnit int
1437 UnderlyingContractMultiplierUnit int
1439 FlowScheduleType int
1440 LegFlowScheduleType int
1441 UnderlyingFlowScheduleType int
1445 NoRateSources num
1446 RateSource int
1447 RateSourceType int
1448 ReferencePage str
1449 RestructuringType str
1450 Seniority str
1451 NotionalPercentageOutstanding pct
1452 OriginalNotionalPercentageOutstanding pct
1453 UnderlyingRestructuringType str
1454 UnderlyingSeniority str
1455 UnderlyingNotionalPercentageOutstanding pct
1456 UnderlyingOriginalNotionalPercentageOutstanding pct
1457 AttachmentPoint pct
1458 DetachmentPoint pct
1459 UnderlyingAttachmentPoint pct
1460 UnderlyingDetachmentPoint pct
1478 StrikePriceDeterminationMethod int
1479 StrikePriceBoundaryMethod int
1480 StrikePriceBoundaryPrecision pct
1481 UnderlyingPriceDeterminationMethod int
1482 OptPayoutType int
1483 NoComplexEvents num
1484 ComplexEventType int
1485 ComplexOptPayoutAmount amt
1486 ComplexEventPrice px
1487 ComplexEventPriceBoundaryMethod int
1488 ComplexEventPriceBoundaryPrecision pct
1489 ComplexEventPriceTimeType int
1490 ComplexEventCondition int
1491 NoComplexEventDates num
1492 ComplexEventStartDate date
1493 ComplexEventEndDate date
1494 NoComplexEventTimes num
1495 ComplexEventStartTime time
1496 ComplexEventEndTime time
";
