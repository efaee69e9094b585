"""QuickFIX's initiators against `finality serve`: managers allocate, brokers confirm, lines are cut, the gateway is killed.

    python3 initiator.py [--finality target/release/finality] [--count 10000] [--cuts 3] [--folder DIR]

Half of the AllocationInstructions go over FIX.4.4, half over FIXT.1.1 with FIX.5.0SP2, each with nested parties, fees and
settlement instructions in its allocations; each allocation is confirmed by a broker session of the same version. The lines
are cut three times and the gateway is killed with kill -9 once, and started again on its store. In the end every
AllocID has exactly one accepted P (87=0), every ConfirmID exactly one AU that affirms it (940=3), nothing else came, and
the store has the same trades. Numbers are never reset. Exits with 1 when something is missing or there twice.

Needs the package `quickfix`.
"""

import argparse
import collections
import json
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

import quickfix as fix
import quickfix44
import quickfix50sp2

import harness

ISIN = "DE0007164600"
ALLOCATIONS = 2
SHARES = (600, 400)
PRICE = 25.5
BROKERS = {"44": "BROKDEFFXXX", "50": "BRFIGB2LXXX"}
SPEECH = {"44": "fix44", "50": "fix50_sp2"}
CODE = {"44": quickfix44, "50": quickfix50sp2}


def configuration(folder, port):
    links = "".join(
        f'[[profile.links]]\nname = "{role.lower()}{v}"\nspeech = "{SPEECH[v]}"\nour_id = "FINALITY"\ntheir_id = "{role}{v}"\n'
        for role in ("MANAGER", "BROKER")
        for v in ("44", "50")
    )
    brokers = "".join(
        f'[[profile.brokers]]\nbic = "{BROKERS[v]}"\nlink = "broker{v}"\n'
        f'[[profile.standing_instructions]]\nparty = "{BROKERS[v]}"\n'
        '[profile.standing_instructions.chain.depository.id]\nbic = "DAKVDEFFXXX"\n'
        f'[profile.standing_instructions.chain.agent.id]\nbic = "{BROKERS[v]}"\n'
        for v in ("44", "50")
    )
    accounts = "".join(
        f'[[profile.accounts]]\naccount = "FUND000{n}"\ncustodian = "custodian"\nsafekeeping = "SAFE10000{n}"\n' for n in range(1, ALLOCATIONS + 1)
    )
    path = folder / "finality.toml"
    path.write_text(
        f'store = "store"\nfix_listen = "127.0.0.1:{port}"\n[folders]\ncustodian = "custodian"\n'
        '[profile]\nbic = "FINMDEFFXXX"\n[profile.timing]\nacknowledgement_due_minutes = 600\n'
        + links
        + '[[profile.links]]\nname = "custodian"\nspeech = "mt"\nour_id = "FINMDEFFXXX"\ntheir_id = "CUSTDEFFXXX"\n'
        + brokers
        + '[[profile.custodians]]\nname = "custodian"\nbic = "CUSTDEFFXXX"\nlink = "custodian"\n'
        + accounts
    )
    return path


def settings(folder, port, role):
    spec = harness.dictionaries()
    path = folder / f"{role.lower()}.cfg"
    path.write_text(
        f"""[DEFAULT]
ConnectionType=initiator
SocketConnectHost=127.0.0.1
SocketConnectPort={port}
HeartBtInt=10
ReconnectInterval=1
StartTime=00:00:00
EndTime=00:00:00
ResetOnLogon=N
FileStorePath={folder / "quickfix" / role.lower()}
TargetCompID=FINALITY
[SESSION]
BeginString=FIX.4.4
SenderCompID={role}44
DataDictionary={spec}/FIX44.xml
[SESSION]
BeginString=FIXT.1.1
SenderCompID={role}50
DefaultApplVerID=FIX.5.0SP2
TransportDataDictionary={spec}/FIXT11.xml
AppDataDictionary={spec}/FIX50SP2.xml
"""
    )
    return str(path)


class Peer(fix.Application):
    """Counts what comes. Everything that is no good answer is remembered as trouble."""

    def __init__(self):
        super().__init__()
        self.answers = collections.Counter()
        self.other = collections.Counter()
        self.trouble = []
        self.logons = 0
        self.up = set()
        self.marked = 0

    def onCreate(self, session):
        pass

    def onLogon(self, session):
        self.logons += 1
        self.up.add(session.toString())

    def onLogout(self, session):
        self.up.discard(session.toString())

    def toAdmin(self, message, session):
        if message.getHeader().getField(35) == "3":
            self.trouble.append(f"QuickFIX rejects: {shown(message)}")

    def fromAdmin(self, message, session):
        kind = message.getHeader().getField(35)
        if kind == "3" or kind == "5" and message.isSetField(58):
            self.trouble.append(shown(message))

    def toApp(self, message, session):
        if message.getHeader().getField(35) == "j":
            self.trouble.append(f"QuickFIX rejects: {shown(message)}")

    def fromApp(self, message, session):
        header = message.getHeader()
        if header.isSetField(43) and header.getField(43) == "Y":
            self.marked += 1
        self.take(header.getField(35), message)

    def count(self, key, good, message):
        if good:
            self.answers[key] += 1
        else:
            self.trouble.append(shown(message))


class Manager(Peer):
    def take(self, kind, message):
        if kind == "P" and message.getField(87) == "3":
            self.other["P 87=3"] += 1
        else:
            self.count(message.getField(70) if kind == "P" else "", kind == "P" and message.getField(87) == "0", message)


class Broker(Peer):
    def take(self, kind, message):
        if kind == "AU" and message.getField(940) == "1":
            self.other["AU 940=1"] += 1
        else:
            self.count(message.getField(664) if kind == "AU" else "", kind == "AU" and message.getField(940) == "3", message)


def shown(message):
    return message.toString().replace("\x01", "|")


def group(kind, fields, *inner):
    """A group entry of QuickFIX's own classes, which bring the order of its fields."""
    entry = kind()
    for tag, value in fields:
        entry.setField(tag, str(value))
    for one in inner:
        entry.addGroup(one)
    return entry


def fill(message, fields):
    for tag, value in fields:
        message.setField(tag, str(value))
    return message


def now():
    return time.strftime("%Y%m%d-%H:%M:%S", time.gmtime())


class Day:
    """The same dates for all messages, and amounts that add up."""

    def __init__(self):
        self.trade_date = time.strftime("%Y%m%d", time.gmtime())

    def net(self, quantity, number):
        return quantity * PRICE + 10 + number % 90 / 100 + 5

    def common(self):
        return [(54, 1), (55, "[N/A]"), (48, ISIN), (22, 4), (6, PRICE), (15, "EUR"), (75, self.trade_date), (60, now())]

    def allocation(self, version, number):
        kind = CODE[version].AllocationInstruction
        reference = f"ALL{version}{number:06}"
        message = fill(kind(), [(70, reference), (71, 0), (626, 1), (53, sum(SHARES)), (423, 2), *self.common()])
        if version == "44":
            message.setField(857, "1")
            message.addGroup(group(kind.NoOrders, [(11, f"ORD{number:06}")]))
        message.addGroup(group(kind.NoPartyIDs, [(448, BROKERS[version]), (447, "B"), (452, 1)]))
        inside = kind.NoAllocs
        for at, quantity in enumerate(SHARES, 1):
            subs = inside.NoNestedPartyIDs.NoNestedPartySubIDs
            party = group(inside.NoNestedPartyIDs, [(524, "DESK"), (525, "D"), (538, 24)], group(subs, [(545, "INCOME"), (805, 5)]))
            fee = group(inside.NoMiscFees, [(137, 5), (138, "EUR"), (139, 4)])
            parties = inside.NoDlvyInst.NoSettlPartyIDs
            sub = group(parties.NoSettlPartySubIDs, [(785, f"ACC-{at}"), (786, 10)])
            chain = [
                group(parties, [(782, "DAKVDEFFXXX"), (783, "B"), (784, 10)]),
                group(parties, [(782, "CUSTDEFFXXX"), (783, "B"), (784, 28)], sub),
            ]
            delivery = group(inside.NoDlvyInst, [(165, 2), (787, "C")], *chain)
            fields = [(79, f"FUND000{at}"), (80, quantity), (467, f"{reference}-{at}"), (12, f"{10 + number % 90 / 100:.2f}"), (13, 3)]
            fields += [(154, f"{self.net(quantity, number):.2f}"), (780, 2), (172, 0)]
            message.addGroup(group(inside, fields, party, fee, delivery))
        return message

    def confirmation(self, version, number, at):
        kind = CODE[version].Confirmation
        reference, quantity = f"ALL{version}{number:06}", SHARES[at - 1]
        fields = [(664, f"CNF{version}{number:06}-{at}"), (666, 0), (773, 2), (665, 4), (70, reference), (467, f"{reference}-{at}")]
        fields += [(79, f"FUND000{at}"), (80, quantity), (423, 2), (381, f"{quantity * PRICE:.2f}"), (118, f"{self.net(quantity, number):.2f}")]
        fields += [(12, f"{10 + number % 90 / 100:.2f}"), (13, 3), *self.common()]
        message = fill(kind(), fields)
        capacity = [(528, "A")] + ([(863, quantity)] if version == "44" else [])
        message.addGroup(group(kind.NoCapacities, capacity))
        message.addGroup(group(kind.NoPartyIDs, [(448, BROKERS[version]), (447, "B"), (452, 1)]))
        message.addGroup(group(kind.NoMiscFees, [(137, 5), (138, "EUR"), (139, 4)]))
        return message


def session(role, version):
    return fix.SessionID("FIX.4.4" if version == "44" else "FIXT.1.1", f"{role}{version}", "FINALITY")


def twice(counter):
    return [key for key, n in counter.items() if n != 1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--finality")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--cuts", type=int, default=3)
    parser.add_argument("--patience", type=int, default=60, help="seconds without progress that are borne")
    parser.add_argument("--folder", help="for the stores and logs; a temporary one, removed after success, when absent")
    args = parser.parse_args()
    folder = Path(args.folder or tempfile.mkdtemp(prefix="finality-interop-")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    port = harness.free_port()
    gateway = harness.Gateway(harness.binary(args.finality), configuration(folder, port), folder / "gateway.log")
    gateway.start()
    cable = harness.Cable(port)
    day, peers, initiators = Day(), {"MANAGER": Manager(), "BROKER": Broker()}, []
    for role, peer in peers.items():
        configured = fix.SessionSettings(settings(folder, cable.port, role))
        initiators.append((fix.SocketInitiator(peer, fix.FileStoreFactory(configured), configured), configured))
        initiators[-1][0].start()
    if not harness.wait_for(lambda: all(len(p.up) == 2 for p in peers.values()), 30):
        print("FAILED: not everybody logs on")
        return 1

    began = time.time()
    each = args.count // 2
    total = each * 2 * (1 + ALLOCATIONS)

    def answers():
        return sum(len(p.answers) for p in peers.values())

    sent = collections.Counter()

    def send(role):
        for number in range(1, each + 1):
            for version in ("44", "50"):
                messages = [day.allocation(version, number)] if role == "MANAGER" else [
                    day.confirmation(version, number, at) for at in range(1, ALLOCATIONS + 1)
                ]
                for message in messages:
                    # A message that finds no line is in QuickFIX's store and goes when the gateway asks for it.
                    fix.Session.sendToTarget(message, session(role, version))
                    sent[role] += 1

    senders = [threading.Thread(target=send, args=(role,), daemon=True) for role in peers]
    for sender in senders:
        sender.start()

    # The gateway is killed in the middle of the cuts.
    accidents = ["cut"] * args.cuts
    accidents.insert(len(accidents) // 2, "kill")
    for at, accident in enumerate(accidents, 1):
        mark = total * at // (len(accidents) + 1)
        if not harness.wait_for(lambda: answers() >= mark, args.patience * 5, 0.002):
            print(f"FAILED: only {answers()} of {total} answers after {at - 1} accidents; {folder}")
            break
        if accident == "cut":
            cable.cut()
        else:
            gateway.kill()
            said = gateway.start()
            print(f"killed and started again after {answers()} answers: {said}")
        # An accident that comes before the last one is mended would be none.
        harness.wait_for(lambda: all(len(p.up) < 2 for p in peers.values()), 2, 0.002)
        harness.wait_for(lambda: all(len(p.up) == 2 for p in peers.values()), 60)
    last, since = -1, time.time()
    while answers() < total and time.time() - since < args.patience:
        if answers() != last:
            last, since = answers(), time.time()
        time.sleep(0.05)
    seconds = time.time() - began
    for sender in senders:
        sender.join(60)
    # What comes too often comes late: another heartbeat is waited for.
    time.sleep(2)
    for initiator, _ in initiators:
        initiator.stop()
    stopped = gateway.stop()

    manager, broker = peers["MANAGER"], peers["BROKER"]
    allocations = {f"ALL{v}{n:06}" for v in ("44", "50") for n in range(1, each + 1)}
    confirmations = {f"CNF{v}{n:06}-{a}" for v in ("44", "50") for n in range(1, each + 1) for a in range(1, ALLOCATIONS + 1)}
    store = str(folder / "store")
    verified = gateway.run("store", "verify", "--store", store).strip().splitlines()[-1]
    trades = [json.loads(line) for line in gateway.run("inspect", "--store", store, "--format", "json", "trades", "--limit", "1000000").splitlines()]
    blocks = collections.Counter((t.get("share") or {}).get("block") for t in trades)
    states = collections.Counter(str(t.get("state")) for t in trades)
    instructions, repeated = collections.Counter(), 0
    for path in (folder / "custodian" / "out").glob("*.msg"):
        text = path.read_text("latin1")
        reference = text.split(":20C::SEME//")[1].split("\n")[0].strip()
        instructions[reference] += 1
        repeated += "{PDE:}" in text
    checks = [
        ("every AllocID has one P (87=0)", manager.answers.keys() == allocations and not twice(manager.answers)),
        ("every ConfirmID has one AU (940=3)", broker.answers.keys() == confirmations and not twice(broker.answers)),
        ("no message was rejected or refused by either side", not manager.trouble and not broker.trouble),
        ("the store has each trade once", blocks == collections.Counter({a: ALLOCATIONS for a in allocations})),
        ("all lines were cut each time", cable.cuts >= args.cuts * 4),
        ("the gateway was killed once and stopped well", gateway.starts == 2 and stopped == 0),
        ("each trade was instructed once, and what was written again says so", len(instructions) == len(confirmations)
            and repeated >= sum(instructions.values()) - len(instructions)),
    ]
    print(f"sent        {sent['MANAGER']} J, {sent['BROKER']} AK, half over FIX.4.4, half over FIX.5.0SP2")
    print(f"answered    {sum(manager.answers.values())} P 87=0, {sum(broker.answers.values())} AU 940=3, also {dict(manager.other + broker.other)}")
    print(f"accidents   {cable.cuts} lines cut in {args.cuts} cuts, 1 kill -9; {manager.logons + broker.logons} logons of 4 sessions")
    print(f"repeated    {manager.marked + broker.marked} answers came marked PossDup, none of them twice for the application")
    print(f"store       {len(trades)} trades, {dict(states)}, {len(instructions)} instructions; {verified}")
    # Nobody acknowledges what is in the folder: after the kill it is written again, marked.
    print(f"custodian   {sum(instructions.values())} files, {repeated} of them marked as possible duplicates")
    print(f"took        {seconds:.1f} s for {total} messages that each got their answer; {harness.resident()} MB in this process")
    failed = 0
    for what, good in checks:
        print(f"{'ok    ' if good else 'FAILED'} {what}")
        failed += not good
    for peer, expected in ((manager, allocations), (broker, confirmations)):
        for label, some in (("missing", sorted(expected - peer.answers.keys())), ("twice", twice(peer.answers)), ("trouble", peer.trouble)):
            if some:
                print(f"  {type(peer).__name__} {label}: {len(some)}, such as {some[:3]}")
    if failed:
        print(f"everything is kept in {folder}")
    elif not args.folder:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # QuickFIX's threads do not always end with the interpreter.
    import os

    os._exit(code)
