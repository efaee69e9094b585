//! The table of fields, tags from 600 on. How a line reads is said in the file above.

pub(super) const HIGH: &str = "
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
631 MidPx px
635 ClearingFeeIndicator str
636 WorkingIndicator bool
637 LegLastPx px
638 PriorityIndicator int 0 1
639 PriceImprovement pxo
641 LastForwardPoints2 pxo
650 LegalConfirm bool
651 UnderlyingLastPx px
652 UnderlyingLastQty qty
654 LegRefID str
655 ContraLegRefID str
660 AcctIDSource int 1..5 99 + 6
661 AllocAcctIDSource int 1=BIC 2=SID 3=TFM 4=OMGEO 5=DTCC 99=other + 6
662 BenchmarkPrice px
663 BenchmarkPriceType int
664 ConfirmID str
665 ConfirmStatus int 1=received 2=mismatched-account 3=missing-settlement-instructions 4=confirmed 5=request-rejected
666 ConfirmTransType int 0=new 1=replace 2=cancel
667 ContractSettlMonth my
668 DeliveryForm int 1=book-entry 2=bearer
669 LastParPx px
670 NoLegAllocs num
671 LegAllocAccount str
672 LegIndividualAllocID str
673 LegAllocQty qty
674 LegAllocAcctIDSource int
675 LegSettlCurrency ccy
683 NoLegStipulations num
685 LegOrderQty qty
686 LegPriceType int
687 LegQty qty
688 LegStipulationType str
689 LegStipulationValue str
690 LegSwapType int 1 2 4 5
691 Pool str
693 QuoteRespID str
696 YieldRedemptionDate date
697 YieldRedemptionPrice px
698 YieldRedemptionPriceType int
699 BenchmarkSecurityID str
700 ReversalIndicator bool
701 YieldCalcDate date
702 NoPositions num
703 PosType str AS EX PA TA TQ TX XM ALC ASF DLV ETR FIN IAS IES PIT SOD SPL TOT TRF + DN EP CAA CEA CFE DAS DLT EXP GRS ITD NET RCV REQ SEA NDAS PNTN UNEX SECLN
704 LongQty qty
705 ShortQty qty
706 PosQtyStatus int 0..2
707 PosAmtType str
708 PosAmt amt
711 NoUnderlyings num
715 ClearingBusinessDate date
716 SettlSessID str ETH ITD RTH + EOD
717 SettlSessSubID str
725 ResponseTransportType int 0 1
726 ResponseDestination str
736 AllocSettlCurrency ccy
737 AllocSettlCurrAmt amt
738 InterestAtMaturity amt
739 LegDatedDate date
740 LegPool str
741 AllocInterestAtMaturity amt
742 AllocAccruedInterestAmt amt
748 TotNumTradeReports int
749 TradeRequestResult int 0=successful 1=unknown-instrument 2=unknown-type 3=unknown-parties 4=unknown-destination 5=unknown-trade-type 8=not-authorised 9=not-supported 99=other
750 TradeRequestStatus int 0=accepted 1=completed 2=rejected
751 TradeReportRejectReason int 0=successful 1=unknown-parties 2=unknown-instrument 3=not-authorised 4=unknown-trade-type 99=other + 5..7
752 SideMultiLegReportingType int 1..3
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
778 NoSettlInst num
779 LastUpdateTime ts
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
790 OrdStatusReqID str
791 SettlInstReqID str
792 SettlInstReqRejCode int 0=cannot-process 1=unknown-account 2=no-matching-instructions 99=other
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
811 PriceDelta float
818 SecondaryTradeReportID str
819 AvgPxIndicator int 0=none 1=average-priced-group 2=last-of-group + 3 4
820 TradeLinkID str
821 OrderInputDevice str
822 UnderlyingTradingSessionID str
823 UnderlyingTradingSessionSubID str
824 TradeLegRefID str
825 ExchangeRule str
826 TradeAllocIndicator int 0..2 + 3..6
828 TrdType int
829 TrdSubType int
830 TransferReason str
835 PegMoveType int 0 1
836 PegOffsetType int 0..3 + 4
837 PegLimitType int 0..2
838 PegRoundDirection int 1 2
839 PeggedPrice px
840 PegScope int 1..4
841 DiscretionMoveType int 0 1
842 DiscretionOffsetType int 0..3
843 DiscretionLimitType int 0..2
844 DiscretionRoundDirection int 1 2
845 DiscretionPrice px
846 DiscretionScope int 1..4
847 TargetStrategy int 1..3
848 TargetStrategyParameters str
849 ParticipationRate pct
850 TargetStrategyPerformance float
851 LastLiquidityInd int 1..3 + 0 4..11
852 PublishTrdIndicator bool
853 ShortSaleReason int 0..5
854 QtyType int 0=units 1=contracts + 2
855 SecondaryTrdType int
856 TradeReportType int 0=submit 1=alleged 2=accept 3=decline 4=addendum 5=no-was 6=report-cancel 7=locked-in-break + 8=defaulted 9=invalid-CMTA 10=pended 11=alleged-new 12=alleged-addendum 13=alleged-no-was 14=alleged-report-cancel 15=alleged-break 16..18
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
881 SecondaryTradeReportRefID str
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
911 TotNumReports int
912 LastRptRequested bool
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
939 TrdRptStatus int 0=accepted 1=rejected + 2=cancelled 3=accepted-with-errors 4=pending-new 5=pending-cancel 6=pending-replace 7=terminated 8=pending-verification 9=deemed-verified 10=verified 11=disputed
940 AffirmStatus int 1=received 2=rejected 3=affirmed
941 UnderlyingStrikeCurrency ccy
942 LegStrikeCurrency ccy
943 TimeBracket str
947 StrikeCurrency ccy
948 NoNested3PartyIDs num
949 Nested3PartyID str
950 Nested3PartyIDSource char
951 Nested3PartyRole int
952 NoNested3PartySubIDs num
953 Nested3PartySubID str
954 Nested3PartySubIDType int
955 LegContractSettlMonth my
956 LegInterestAccrualDate date
957 NoStrategyParameters num
958 StrategyParameterName str
959 StrategyParameterType int 1..29
960 StrategyParameterValue str
961 HostCrossID str
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
976 QuantityDate date
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
1005 SideTradeReportID str
1006 SideFillStationCd str
1007 SideReasonCd str
1008 SideTrdSubType int
1009 SideLastQty qty
1011 MessageEventSource str
1012 SideTrdRegTimestamp ts
1013 SideTrdRegTimestampType int
1014 SideTrdRegTimestampSrc str
1015 AsOfIndicator char 0 1
1016 NoSideTrdRegTS num
1017 LegOptionRatio float
1018 NoInstrumentParties num
1019 InstrumentPartyID str
1028 ManualOrderIndicator bool
1029 CustDirectedOrder bool
1030 ReceivedDeptID str
1031 CustOrderHandlingInst mvs
1032 OrderHandlingInstSource int 1 2
1038 UnderlyingCapValue amt
1039 UnderlyingSettlMethod str
1040 SecondaryTradeID str
1041 FirmTradeID str
1042 SecondaryFirmTradeID str
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
1056 CalculatedCcyLastQty qty
1057 AggressorIndicator bool
1058 NoUndlyInstrumentParties num
1059 UnderlyingInstrumentPartyID str
1060 UnderlyingInstrumentPartyIDSource char
1061 UnderlyingInstrumentPartyRole int
1062 NoUndlyInstrumentPartySubIDs num
1063 UnderlyingInstrumentPartySubID str
1064 UnderlyingInstrumentPartySubIDType int
1071 LastSwapPoints pxo
1072 SideGrossTradeAmt amt
1073 LegLastForwardPoints pxo
1074 LegCalculatedCcyLastQty qty
1075 LegGrossTradeAmt amt
1079 MaturityTime tz
1080 RefOrderID str
1081 RefOrderIDSource char 0..9 A
1082 SecondaryDisplayQty qty
1083 DisplayWhen char 1 2
1084 DisplayMethod char 1..4
1085 DisplayLowQty qty
1086 DisplayHighQty qty
1087 DisplayMinIncr qty
1088 RefreshQty qty
1089 MatchIncrement qty
1090 MaxPriceLevels int
1091 PreTradeAnonymity bool
1092 PriceProtectionScope char 0..3
1093 LotType char 1..4
1094 PegPriceType int 1..5 7..10
1095 PeggedRefPrice px
1096 PegSecurityIDSource str
1097 PegSecurityID str
1098 PegSymbol str
1099 PegSecurityDesc str
1100 TriggerType char 1..5
1101 TriggerAction char 1..3
1102 TriggerPrice px
1103 TriggerSymbol str
1104 TriggerSecurityID str
1105 TriggerSecurityIDSource str
1106 TriggerSecurityDesc str
1107 TriggerPriceType char 1..6
1108 TriggerPriceTypeScope char 0..3
1109 TriggerPriceDirection char D U
1110 TriggerNewPrice px
1111 TriggerOrderType char 1 2
1112 TriggerNewQty qty
1113 TriggerTradingSessionID str
1114 TriggerTradingSessionSubID str
1115 OrderCategory char 1..9 A
1116 NoRootPartyIDs num
1117 RootPartyID str
1118 RootPartyIDSource char
1119 RootPartyRole int
1120 NoRootPartySubIDs num
1121 RootPartySubID str
1122 RootPartySubIDType int
1123 TradeHandlingInstr char 0..8
1124 OrigTradeHandlingInstr char
1125 OrigTradeDate date
1126 OrigTradeID str
1127 OrigSecondaryTradeID str
1128 ApplVerID str 0..9
1129 CstmApplVerID str
1130 RefApplVerID str
1131 RefCstmApplVerID str
1132 TZTransactTime str
1133 ExDestinationIDSource char B..E G
1134 ReportedPxDiff bool
1135 RptSys str
1136 AllocClearingFeeIndicator str
1137 DefaultApplVerID str
1138 DisplayQty qty
1139 ExchangeSpecialInstructions str
1145 EventTime ts
1146 MinPriceIncrementAmount amt
1147 UnitOfMeasureQty qty
1151 SecurityGroup str
1152 LegNumber int
1153 SettlementCycleNo int
1154 SideCurrency ccy
1155 SideSettlCurrency ccy
1156 ApplExtID int
1157 CcyAmt amt
1158 NoSettlDetails num
1159 SettlObligMode int 1=preliminary 2=final
1160 SettlObligMsgID str
1161 SettlObligID str
1162 SettlObligTransType char C=cancel N=new R=replace T=restate
1163 SettlObligRefID str
1164 SettlObligSource char 1=instructions-of-broker 2=instructions-of-institution 3=investor 4 5
1165 NoSettlOblig num
1166 QuoteMsgID str
1180 ApplID str
1181 ApplSeqNum seq
1184 SecurityXMLLen len
1185 SecurityXML data
1186 SecurityXMLSchema str
1188 Volatility float
1189 TimeToExpiration float
1190 RiskFreeRate float
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
1300 MarketSegmentID str
1301 MarketID exch
1328 RejectText str
1329 FeeMultiplier float
1330 UnderlyingLegSymbol str
1331 UnderlyingLegSymbolSfx str
1332 UnderlyingLegSecurityID str
1333 UnderlyingLegSecurityIDSource str
1334 NoUnderlyingLegSecurityAltID num
1335 UnderlyingLegSecurityAltID str
1336 UnderlyingLegSecurityAltIDSource str
1337 UnderlyingLegSecurityType str
1338 UnderlyingLegSecuritySubType str
1339 UnderlyingLegMaturityMonthYear my
1340 UnderlyingLegStrikePrice px
1341 UnderlyingLegSecurityExchange str
1342 NoOfLegUnderlyings num
1343 UnderlyingLegPutOrCall int
1344 UnderlyingLegCFICode str
1345 UnderlyingLegMaturityDate date
1346 ApplReqID str
1350 ApplLastSeqNum seq
1352 ApplResendFlag bool
1358 LegPutOrCall int
1359 LegPrice px
1361 TotNoFills int
1362 NoFills num
1363 FillExecID str
1364 FillPx px
1365 FillQty qty
1366 LegAllocID str
1367 LegAllocSettlCurrency ccy
1379 LegVolatility float
1380 DividendYield pct
1381 LegDividendYield pct
1382 CurrencyRatio float
1383 LegCurrencyRatio float
1384 LegExecInst mcv
1385 ContingencyType int 1..6
1387 NoTrdRepIndicators num
1388 TrdRepPartyRole int
1389 TrdRepIndicator bool
1390 TradePublishIndicator int 0..3
1391 UnderlyingLegOptAttribute char
1392 UnderlyingLegSecurityDesc str
1400 EncryptedPasswordMethod int
1401 EncryptedPasswordLen len
1402 EncryptedPassword data
1403 EncryptedNewPasswordLen len
1404 EncryptedNewPassword data
1405 UnderlyingLegMaturityTime tz
1406 RefApplExtID int
1407 DefaultApplExtID int
1408 DefaultCstmApplVerID str
1409 SessionStatus int 0..8 + 9 10
1410 DefaultVerIndicator bool
1411 Nested4PartySubIDType int
1412 Nested4PartySubID str
1413 NoNested4PartySubIDs num
1414 NoNested4PartyIDs num
1415 Nested4PartyID str
1416 Nested4PartyIDSource char
1417 Nested4PartyRole int
1418 LegLastQty qty
1419 UnderlyingExerciseStyle int
1420 LegExerciseStyle int
1421 LegPriceUnitOfMeasure str
1422 LegPriceUnitOfMeasureQty qty
1423 UnderlyingUnitOfMeasureQty qty
1424 UnderlyingPriceUnitOfMeasure str
1425 UnderlyingPriceUnitOfMeasureQty qty
1427 SideExecID str
1428 OrderDelay int
1429 OrderDelayUnit int 0..5 10..15
1430 VenueType char
1431 RefOrdIDReason int 0..2
1432 OrigCustOrderCapacity int 1..4
1435 ContractMultiplierUnit int
1436 LegContractMultiplierUnit int
1437 UnderlyingContractMultiplierUnit int
1439 FlowScheduleType int
1440 LegFlowScheduleType int
1441 UnderlyingFlowScheduleType int
1443 FillLiquidityInd int
1444 SideLiquidityInd int
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
1461 NoTargetPartyIDs num
1462 TargetPartyID str
1463 TargetPartyIDSource char
1464 TargetPartyRole int
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
