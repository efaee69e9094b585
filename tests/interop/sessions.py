"""Plays the same sessions to two engines and compares every byte they answer: `finality fix echo`, and QuickFIX behind
echo_server.py. Times and checksums are blotted out, everything else must be equal, in order, step by step.

    python3 sessions.py OURS-PORT THEIRS-PORT [--seed N] [--mutations N] [--only NAME] [--versions 40,44]

Exits with 1 when something differs that is not stated below (STATED), and shows where.
"""

import argparse
import random
import re
import select
import socket
import sys
import threading
import time

SOH = "\x01"
VERSIONS = {
    "40": ("FIX.4.0", "TW40"),
    "41": ("FIX.4.1", "TW41"),
    "42": ("FIX.4.2", "TW42"),
    "43": ("FIX.4.3", "TW43"),
    "44": ("FIX.4.4", "TW44"),
    "50": ("FIXT.1.1", "TW50"),
    "50SP1": ("FIXT.1.1", "TW50SP1"),
    "50SP2": ("FIXT.1.1", "TW50SP2"),
    "44NV": ("FIX.4.4", "NO_CHECK_FIELDS_HAVE_VALUES"),
}
APPL_VER_ID = {"50": "7", "50SP1": "8", "50SP2": "9"}
QUIET = 0.25


def stamp(offset=0.0):
    return time.strftime("%Y%m%d-%H:%M:%S", time.gmtime(time.time() + offset))


def framed(begin, content, length=None, checksum=None):
    content = content.replace("|", SOH)
    if not content.endswith(SOH):
        content += SOH
    head = f"8={begin}{SOH}9={len(content) if length is None else length}{SOH}"
    total = sum((head + content).encode("latin1")) % 256
    tail = f"10={total if checksum is None else checksum:03}{SOH}"
    return (head + content + tail).encode("latin1")


class Script:
    """Steps of one scenario for one version."""

    def __init__(self, version):
        self.version = version
        self.begin, self.target = VERSIONS[version]
        self.steps = []
        self.seq = 0

    def connect(self):
        self.steps.append(("connect", None))
        return self

    def close(self):
        self.steps.append(("close", None))
        return self

    def pause(self, seconds):
        self.steps.append(("pause", seconds))
        return self

    def raw(self, data):
        self.steps.append(("send", data))
        return self

    def send(self, kind, body="", seq=None, header="", begin=None, time_offset=0.0, sender=None, target="ISLD", **frame):
        """Without `seq` the next number is used."""
        if seq is None:
            self.seq += 1
            seq = self.seq
        sender = self.target if sender is None else sender
        number = "" if seq == "" else f"34={seq}|"
        who = (f"49={sender}|" if sender else "") + f"52={stamp(time_offset)}|" + (f"56={target}|" if target else "")
        content = f"35={kind}|{number}{who}{header}{body}"
        return self.raw(framed(begin or self.begin, content, **frame))

    def logon(self, body="", heartbeat=30, **more):
        fixt = f"1137={APPL_VER_ID[self.version]}|" if self.version in APPL_VER_ID else ""
        return self.send("A", f"98=0|108={heartbeat}|{body}{fixt}", **more)

    def order(self, extra="", number="ID", **more):
        return self.send("D", f"11={number}|21=1|38=100|40=1|54=1|55=INTC|60={stamp()}|{extra}", **more)


SCENARIOS = {}


def scenario(function):
    SCENARIOS[function.__name__] = function
    return function


def on(s):
    return s.connect().logon()


@scenario
def logon_and_logout(s):
    on(s).send("5")


@scenario
def logon_number_too_high(s):
    s.connect().logon(seq=5)
    s.seq = 5
    s.send("4", "36=6|123=Y|", seq=1, header="43=Y|").send("1", "112=HELLO|", seq=6)


@scenario
def logon_with_reset(s):
    s.connect().logon("141=Y|").send("1", "112=HELLO|")


@scenario
def logon_with_reset_within_the_session(s):
    on(s).send("1", "112=A|").order()
    s.logon("141=Y|", seq=1)
    s.seq = 1
    s.send("1", "112=B|").order()


@scenario
def a_second_logon(s):
    on(s).logon()


@scenario
def wrong_sender_at_logon(s):
    s.connect().logon(sender="NOBODY")


@scenario
def wrong_target_at_logon(s):
    s.connect().logon(target="NOBODY")


@scenario
def wrong_time_at_logon(s):
    s.connect().logon(time_offset=-500)


@scenario
def wrong_begin_string_at_logon(s):
    s.connect().logon(begin="FIX.3.9")


@scenario
def wrong_length_at_logon(s):
    s.connect().logon(length=15)


@scenario
def wrong_checksum_at_logon(s):
    s.connect().logon(checksum=1)


@scenario
def first_is_no_logon(s):
    s.connect().send("1", "112=HELLO|")


@scenario
def first_is_an_order(s):
    s.connect().order()


@scenario
def logon_misses_heartbeat(s):
    s.connect().send("A", "98=0|" + (f"1137={APPL_VER_ID[s.version]}|" if s.version in APPL_VER_ID else ""))
    s.pause(0.5)


@scenario
def number_too_high(s):
    on(s).order(seq=5).order(seq=6)
    s.send("4", "36=5|123=Y|", seq=2, header="43=Y|", ).send("1", "112=NOW|", seq=7)


@scenario
def number_too_high_filled_by_messages(s):
    on(s).order(seq=4, number="C").order(seq=2, number="A", header=f"43=Y|122={stamp()}|")
    s.order(seq=3, number="B", header=f"43=Y|122={stamp()}|").send("1", "112=NOW|", seq=5)


@scenario
def number_too_low(s):
    on(s).order().order(seq=2)


@scenario
def test_request_too_low(s):
    on(s).send("0").send("1", "112=X|", seq=1)


@scenario
def duplicate_received(s):
    on(s).order().order(seq=2, header=f"43=Y|122={stamp(-5)}|").send("1", "112=NOW|")


@scenario
def duplicate_not_received(s):
    on(s).order(header=f"43=Y|122={stamp(-5)}|").send("1", "112=NOW|")


@scenario
def duplicate_without_first_time(s):
    on(s).order().order(seq=2, header="43=Y|").send("1", "112=NOW|")


@scenario
def duplicate_in_turn_without_first_time(s):
    on(s).order().order(header="43=Y|").send("1", "112=NOW|")


@scenario
def duplicate_sent_before_its_time(s):
    on(s).order().order(seq=2, header=f"43=Y|122={stamp(60)}|").send("5")


@scenario
def duplicate_reset(s):
    on(s).send("0").send("4", "36=9|123=Y|", seq=2, header="43=Y|").send("1", "112=NOW|")


@scenario
def possible_resend(s):
    on(s).order(number="A").order(number="A", header="97=Y|").order(number="B", header="97=Y|")
    s.order(number="B", header="97=Y|").order(number="B").send("5")


@scenario
def possible_resend_after_logout(s):
    on(s).order(number="A").send("5").close().pause(0.3)
    s.seq = 0
    s.connect().logon().order(number="A", header="97=Y|")


@scenario
def begin_string_changes(s):
    on(s).send("1", "112=X|", begin="FIX.4.9" if s.begin != "FIX.4.9" else "FIX.4.0").send("5")


@scenario
def begin_string_changes_in_logout(s):
    on(s).send("5", begin="FIX.4.9")


@scenario
def begin_string_without_a_name(s):
    on(s).send("1", "112=X|", begin="OTHER").send("5")


@scenario
def comp_id_changes(s):
    on(s).send("1", "112=X|", sender="OTHER").send("5")


@scenario
def target_comp_id_changes(s):
    on(s).send("1", "112=X|", target="OTHER").send("5")


@scenario
def sender_is_missing(s):
    on(s).send("1", "112=X|", sender="").order(sender="").send("1", "112=Y|", seq=4)


@scenario
def target_is_missing(s):
    on(s).send("1", "112=X|", target="").order(target="").send("1", "112=Y|", seq=4)


@scenario
def number_is_missing(s):
    on(s).send("1", "112=X|", seq="").send("1", "112=Y|")


@scenario
def time_is_off(s):
    on(s).send("1", "112=X|", time_offset=-180).send("5")


@scenario
def time_is_ahead(s):
    on(s).order(time_offset=180).send("5")


@scenario
def time_is_missing(s):
    on(s).raw(framed(s.begin, f"35=0|34=2|49={s.target}|56=ISLD|")).send("1", "112=Y|", seq=3)


@scenario
def length_too_short(s):
    on(s).send("1", "112=X|", length=20).send("1", "112=Y|", seq=2)


@scenario
def length_is_no_number(s):
    on(s).raw(f"8={s.begin}\x019=abc\x0135=0\x0134=2\x0149={s.target}\x0152={stamp()}\x0156=ISLD\x0110=000\x01".encode())
    s.send("1", "112=Y|", seq=2)


@scenario
def wrong_checksum(s):
    on(s).send("1", "112=X|", checksum=3).send("1", "112=Y|", seq=2)


@scenario
def first_fields_out_of_order(s):
    on(s)
    body = f"34=2|35=1|49={s.target}|52={stamp()}|56=ISLD|112=X|"
    s.raw(framed(s.begin, body)).send("1", "112=Y|", seq=2)


@scenario
def type_before_length(s):
    on(s)
    text = f"8={s.begin}|35=1|9=60|34=2|49={s.target}|52={stamp()}|56=ISLD|112=X|".replace("|", SOH)
    total = sum(text.encode()) % 256
    s.raw((text + f"10={total:03}{SOH}").encode()).send("1", "112=Y|", seq=2)


@scenario
def garbled_between(s):
    on(s).raw(b"garbage").send("1", "112=Y|")


@scenario
def field_without_equals(s):
    on(s).send("1", "112=X|broken|").send("1", "112=Y|", seq=2)


@scenario
def heartbeats_and_silence(s):
    s.connect().logon(heartbeat=2).pause(7.5)


@scenario
def test_request_is_answered(s):
    s.connect().logon(heartbeat=2).pause(3.2).send("0", "112=TEST|").pause(1.2)


@scenario
def test_request(s):
    on(s).send("1", "112=HELLO|").send("1", "112=WITH BLANKS|")


@scenario
def test_request_without_id(s):
    on(s).send("1").send("1", "112=Y|")


@scenario
def reject_is_taken(s):
    on(s).send("3", "45=1|58=no|").send("1", "112=Y|")


@scenario
def business_reject_is_taken(s):
    if s.version in ("40", "41"):
        return
    on(s).send("j", "45=1|372=D|380=3|58=no|").send("1", "112=Y|")


@scenario
def unknown_type(s):
    on(s).send("ZZ", "58=x|").send("1", "112=Y|")


@scenario
def unknown_user_type(s):
    on(s).send("*", "58=x|").send("U1", "58=x|").send("1", "112=Y|")


@scenario
def unsupported_type(s):
    on(s).send("F", f"11=A|37=O|41=B|54=1|55=INTC|38=1|125=F|60={stamp()}|").send("8", "37=1|17=2|20=0|39=0|150=0|55=I|54=1|38=1|32=0|31=0|14=0|6=0|151=1|")
    s.send("1", "112=Y|")


@scenario
def reset_to_higher(s):
    on(s).send("4", "36=50|", seq=2).send("1", "112=Y|", seq=50)


@scenario
def reset_to_equal(s):
    on(s).send("4", "36=2|", seq=2).send("1", "112=Y|", seq=2)


@scenario
def reset_to_lower(s):
    on(s).send("0").send("4", "36=1|", seq=3).send("1", "112=Y|", seq=3)


@scenario
def reset_with_any_number(s):
    on(s).send("4", "36=50|123=N|", seq=30).send("1", "112=Y|", seq=50)


@scenario
def gap_fill_equal(s):
    on(s).send("4", "36=20|123=Y|", seq=2).send("1", "112=Y|", seq=20)


@scenario
def gap_fill_too_high(s):
    on(s).send("4", "36=20|123=Y|", seq=5).send("1", "112=Y|", seq=20)


@scenario
def gap_fill_too_low(s):
    on(s).send("0").send("4", "36=20|123=Y|", seq=2)


@scenario
def gap_fill_to_lower(s):
    on(s).send("0").send("4", "36=2|123=Y|", seq=3).send("1", "112=Y|", seq=3)


@scenario
def reset_without_number(s):
    on(s).send("4", "123=Y|").send("1", "112=Y|")


@scenario
def resend_only_session_messages(s):
    on(s).send("1", "112=A|").send("1", "112=B|").send("2", "7=1|16=0|").send("2", "7=1|16=999999|").send("1", "112=Y|")


@scenario
def resend_only_orders(s):
    on(s).order(number="A").order(number="B").order(number="C").send("2", "7=2|16=4|").send("2", "7=2|16=0|").send("1", "112=Y|")


@scenario
def resend_both_kinds(s):
    on(s).order(number="A").send("1", "112=A|").send("1", "112=B|").order(number="B").send("1", "112=C|")
    s.send("2", "7=1|16=0|").send("2", "7=3|16=4|").send("2", "7=1|16=3|").send("2", "7=2|16=2|").send("2", "7=5|16=999999|")


@scenario
def resend_is_itself_early(s):
    on(s).order(number="A").send("2", "7=1|16=0|", seq=5).send("1", "112=Z|", seq=6).send("4", "36=7|123=Y|", seq=3, header="43=Y|").send("1", "112=Y|", seq=7)


@scenario
def both_miss_something(s):
    on(s).order(seq=4).send("2", "7=1|16=0|", seq=5).send("4", "36=5|123=Y|", seq=2, header="43=Y|").send("1", "112=Y|", seq=6)


@scenario
def resend_of_what_was_never_sent(s):
    on(s).order().send("2", "7=1|16=500|").send("1", "112=Y|")


@scenario
def logout_is_early(s):
    on(s).send("5", seq=7)


@scenario
def logout_is_late(s):
    on(s).send("0").send("5", seq=1)


@scenario
def logout_with_text(s):
    on(s).send("5", "58=bye|")


@scenario
def second_connection(s):
    on(s).connect().logon(seq=1).pause(0.2)


@scenario
def reconnect_begins_anew(s):
    on(s).order().close().pause(0.5)
    s.seq = 0
    s.connect().logon().order()


@scenario
def fields_in_another_order(s):
    on(s)
    header = f"49={s.target}|56=ISLD|34=2|52={stamp()}|"
    s.raw(framed(s.begin, f"35=D|{header}55=INTC|60={stamp()}|54=1|40=1|38=00100.50|21=1|11=ID|"))
    s.raw(framed(s.begin, f"35=D|52={stamp()}|34=3|56=ISLD|49={s.target}|50=SUB|57=US|60={stamp()}|55=INTC|54=1|40=1|38=100|21=1|11=ID2|"))


@scenario
def routing_is_reversed_in_rejects(s):
    on(s)
    route = "115=BEHALF|116=SUB|128=DELIVER|129=DSUB|"
    if s.version != "40":
        route += "144=BLOC|145=DLOC|"
    s.order("999=x|", header=route).order(header=route).send("ZZ", header=route).send("F", "11=1|", header=route)
    s.order("40=|", header="115=|128=X|")


@scenario
def header_in_body(s):
    on(s).order("50=late|").order("57=late|").send("1", "112=Y|50=late|").send("1", "112=Z|")


@scenario
def trailer_in_body(s):
    on(s)
    s.raw(framed(s.begin, f"35=1|34=2|49={s.target}|52={stamp()}|56=ISLD|93=3|89=abc|112=X|")).send("1", "112=Y|")


@scenario
def repeated_tags(s):
    on(s).order("40=1|").order("54=1|").send("1", "112=X|112=Y|").order("9999=a|9999=b|").send("1", "112=Z|")


@scenario
def repeated_header(s):
    on(s).order(header="50=A|50=B|").send("1", "112=Z|")


@scenario
def bad_tags(s):
    on(s).order("999=x|").order("0=x|").order("-1=x|").order("5000=x|").order("10000=x|").order("4000=x|").send("1", "112=Z|")


@scenario
def tags_of_other_types(s):
    on(s).order("41=x|").order("87=0|").send("1", "112=X|55=Y|").send("0", "41=x|").send("1", "112=Z|")


@scenario
def empty_values(s):
    on(s).order("58=|").order("40=|").send("1", "112=|").send("0", "58=|").order("999=|").send("1", "112=Z|")


@scenario
def enumerations(s):
    on(s).order("59=Z|").order("18=~|").order("18=1 2|").order("18=1 Z|").order("47=!|").send("A", "98=9|108=30|").send("1", "112=Z|")


@scenario
def formats(s):
    on(s)
    for field in ["44=+1.5", "44=1e5", "44=1.5.1", "44=.5", "44=5.", "44=-5", "44=", "111=x", "126=20261126", "126=20261126-25:00:00",
                  "126=20261126-10:00:00.1234", "126=20261126-10:00:00.123456", "432=2026112", "432=20261332", "432=20261126", "200=202613", "15=EURO", "114=X",
                  "77=OC", "210=1", "38=abc", "75=20261126", "64=x"]:
        s.order(field + "|")
    s.send("1", "112=Z|")


@scenario
def groups(s):
    on(s)
    if s.version in ("40",):
        return
    for parties in ["386=1|336=PRE|", "386=2|336=PRE|", "386=0|", "386=2|336=A|336=B|", "386=1|625=X|336=A|", "386=1|336=A|336=B|", "386=x|",
                    "453=1|448=A|447=D|452=1|", "453=2|448=A|447=D|452=1|", "453=1|447=D|448=A|452=1|", "453=2|448=A|447=D|452=1|448=B|447=D|452=3|",
                    "453=1|448=A|447=D|452=1|802=1|523=S|803=1|", "453=1|448=A|447=D|452=1|802=2|523=S|803=1|523=T|", "78=1|79=ACC|80=100|", "78=2|79=ACC|80=100|",
                    "78=2|79=A|80=1|79=B|80=2|", "78=1|80=1|79=A|", "78=1|79=A|80=x|", "78=1|79=A|5001=x|80=1|", "78=1|79=A|79=B|"]:
        s.order(parties)
    s.send("1", "112=Z|")


@scenario
def email_and_definition(s):
    on(s)
    s.send("C", f"164=T|94=0|42={stamp()}|147=subject|33=2|58=line one|58=line two|")
    s.send("C", "164=T|94=0|147=subject|33=1|58=line one|146=2|55=A|55=B|")
    s.send("C", "164=T|94=0|147=subject|33=2|58=only one|")
    s.send("C", "164=T|94=0|147=subject|33=1|58=with data|354=5|355=a\x01b|c|")
    s.send("d", f"320=R|322=S|323=1|55=INTC|393=0|60={stamp()}|")
    s.send("d", f"320=R|322=S|323=1|55=INTC|393=0|711=1|311=X|312=Y|60={stamp()}|")
    s.send("d", f"320=R|322=S|323=1|55=INTC|393=0|146=2|311=A|309=1|311=B|309=2|60={stamp()}|")
    s.send("1", "112=Z|")


@scenario
def heartbeat_of_the_peer(s):
    on(s).send("0").send("0", "112=X|").send("1", "112=Z|")


@scenario
def several_in_one_piece(s):
    on(s)
    one = Script(s.version)
    one.seq = s.seq
    one.send("1", "112=A|").order().send("2", "7=1|16=0|").send("1", "112=B|").order(seq=9)
    s.raw(b"".join(data for _, data in one.steps))


@scenario
def one_byte_at_a_time(s):
    s.connect()
    one = Script(s.version)
    one.logon().send("1", "112=A|").order()
    data = b"".join(data for _, data in one.steps)
    for at in range(0, len(data), 7):
        s.steps.append(("quick", data[at:at + 7]))
    s.pause(0.3)


MUTABLE = {
    "D": "11=ID|21=1|38=100|40=1|54=1|55=INTC|60={now}|44=5.5|59=0|18=1|386=1|336=PRE|78=1|79=A|80=100|58=text|",
    "d": "320=R|322=S|323=1|55=INTC|393=0|60={now}|146=1|311=A|",
    "C": "164=T|94=0|147=subject|33=1|58=line|",
    "1": "112=HELLO|",
    "0": "",
    "8": "37=1|17=2|20=0|39=0|150=0|55=I|54=1|38=1|32=0|31=0|14=0|6=0|151=1|",
    "J": "70=A|71=0|626=1|54=1|55=I|53=100|6=1|75=20261126|857=0|78=1|79=A|80=100|",
}
INTERESTING = [1, 6, 8, 9, 10, 11, 15, 18, 21, 22, 34, 35, 38, 40, 43, 44, 48, 50, 54, 55, 58, 59, 60, 64, 70, 75, 77, 78, 79, 80, 89, 93, 96, 97, 95, 108, 112, 114, 115, 122,
               128, 146, 200, 207, 210, 231, 311, 336, 354, 355, 369, 386, 393, 447, 448, 453, 523, 555, 600, 711, 802, 864, 1128, 1129, 4000, 5000, 9999, 20000]
VALUES = ["", "0", "1", "2", "Y", "N", "A", "x y", "1.0", "-1", "20261126", "{now}", "999999", "ZZ", " ", "1 2", "10:00:00"]


def mutated(s, seed):
    """A session of random damage: dropped, doubled, moved, added and changed fields."""
    rng = random.Random(f"{seed}-{s.version}")
    on(s)
    for _ in range(14):
        kind = rng.choice(list(MUTABLE))
        fields = MUTABLE[kind].replace("{now}", stamp()).split("|")[:-1]
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            what = rng.randrange(6)
            at = rng.randrange(len(fields) + 1)
            value = rng.choice(VALUES).replace("{now}", stamp())
            if what == 0 and fields:
                fields.pop(at % len(fields))
            elif what == 1 and fields:
                fields.insert(at, rng.choice(fields))
            elif what == 2 and fields:
                fields.insert(at, fields.pop(rng.randrange(len(fields))))
            elif what in (3, 4):
                fields.insert(at, f"{rng.choice(INTERESTING)}={value}")
            elif fields:
                tag = fields[at % len(fields)].split("=")[0]
                fields[at % len(fields)] = f"{tag}={value}"
        s.send(kind, "".join(f + "|" for f in fields), seq=rng.choice([None, None, None, None, None, s.seq + 2]))
    s.send("1", "112=END|")


class Line:
    def __init__(self, port):
        self.port = port
        self.sockets = []
        self.heard = b""

    def collect(self, quiet):
        """Bytes that come until it is quiet for so long; whether the last line is closed."""
        end = time.time() + quiet
        out = {}
        while self.sockets:
            left = end - time.time()
            if left <= 0:
                break
            open_ones = [s for s in self.sockets if s.fileno() >= 0]
            if not open_ones:
                break
            ready, _, _ = select.select(open_ones, [], [], left)
            for sock in ready:
                index = self.sockets.index(sock)
                try:
                    data = sock.recv(65536)
                except OSError:
                    data = b""
                out.setdefault(index, b"")
                if data:
                    out[index] += data
                    end = max(end, time.time() + min(quiet, QUIET))
                else:
                    out[index] += b"<closed>"
                    sock.close()
        return out

    def step(self, step):
        what, value = step
        if what == "connect":
            sock = socket.create_connection(("127.0.0.1", self.port))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sockets.append(sock)
            return {}
        if what == "close":
            for sock in self.sockets:
                sock.close()
            self.sockets = []
            time.sleep(0.3)
            return {}
        if what == "pause":
            return self.collect(value)
        try:
            self.sockets[-1].sendall(value)
        except (OSError, IndexError):
            return {"send": b"refused"}
        return {} if what == "quick" else self.collect(QUIET)

    def play(self, steps, out):
        for step in steps:
            out.append(self.step(step))
        for sock in self.sockets:
            sock.close()


def blotted(data):
    text = data.decode("latin1").replace(SOH, "|")
    text = re.sub(r"\|(52|122)=[0-9]{8}-[0-9:.]+", lambda m: f"|{m[1]}=" + re.sub(r"\d", "0", m[0].split("=")[1]), text)
    return re.sub(r"\|10=\d{3}\|", "|10=*|", text)


def compare(name, version, steps, ours, theirs):
    outs = ([], [])
    lines = [Line(port) for port in (ours, theirs)]
    threads = [threading.Thread(target=line.play, args=(steps, out)) for line, out in zip(lines, outs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # A close may be seen in the step after: what counts is what came on each line, in order, and before which send.
    for at, (a, b) in enumerate(zip(*outs)):
        a, b = ({k: blotted(v) for k, v in x.items()} for x in (a, b))
        if a != b:
            sent = steps[at][1]
            shown = sent.decode("latin1").replace(SOH, "|") if isinstance(sent, bytes) else sent
            return f"{name} {version} step {at + 1}: {steps[at][0]} {shown}\n   ours   {a}\n   theirs {b}"
    return None


# Where the two differ and why it stays so: the session, words that the difference must show, the reason.
STATED = [
    ("both_miss_something", "35=2|", "QuickFIX does not ask for a message that it passed over while it waited for others"),
    ("logon_misses_heartbeat", "<closed>", "a Logon that is not well formed: here the line is taken down, QuickFIX waits"),
    ("logon_with_reset", "<closed>", "a Logon that is not well formed: here the line is taken down, QuickFIX waits"),
    ("type_before_length", "35=0|", "a length that is out of place and wrong: here the next message is found, QuickFIX loses it"),
    ("test_request_is_answered", "35=0|", "heartbeats fall due at other moments: QuickFIX looks at its timers once a second"),
]


def stated(name, difference):
    for session, words, why in STATED:
        if name.startswith(session) and words in difference:
            return why
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ours", type=int)
    parser.add_argument("theirs", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutations", type=int, default=5)
    parser.add_argument("--only")
    parser.add_argument("--versions", default=",".join(VERSIONS))
    args = parser.parse_args()
    names = [n for n in SCENARIOS if not args.only or args.only in n]
    names += [f"mutation-{args.seed + n}" for n in range(args.mutations if not args.only else 0)]
    differences, played = [], 0
    lock = threading.Lock()

    def script(name, key):
        s = Script(key)
        if name.startswith("mutation-"):
            mutated(s, int(name.split("-")[1]))
        else:
            SCENARIOS[name](s)
        return s

    def version(key):
        nonlocal played
        for name in names:
            s = script(name, key)
            if not s.steps:
                continue
            found = compare(name, key, s.steps, args.ours, args.theirs)
            time.sleep(0.1)
            with lock:
                played += 1
                if found:
                    differences.append((name, key))

    threads = [threading.Thread(target=version, args=(key,)) for key in args.versions.split(",")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # On a busy machine an answer may take longer than it is waited for, and timers of two engines never strike together: what
    # differs is played again alone, then with patience, and counts if it differs each time.
    global QUIET
    again, differences, known = sorted(differences), [], []
    for name, key in again:
        for QUIET in (0.25, 1.0):
            found = compare(name, key, script(name, key).steps, args.ours, args.theirs)
            time.sleep(0.2)
            if not found:
                break
        why = found and stated(name, found)
        if why:
            known.append(f"{name} {key}: {why}")
        elif found:
            differences.append(found)
    for difference in sorted(known):
        print(difference)
    for difference in differences:
        print(difference)
    print(f"{played} sessions played, {len(again)} of them more than once, {len(known)} stated differences, {len(differences)} others")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
