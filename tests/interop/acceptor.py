"""QuickFIX's acceptor, dialled by us.

    python3 acceptor.py [--finality target/release/finality] [--count 500] [--only send|serve|tls] [--folder DIR]

send: `finality fix send` logs on in each of the eight versions, sends orders that are echoed and a test request, answers a
      test request and resend requests, asks for what it missed, is told that its number is too low, and logs out.
serve: `finality serve` dials two brokers over FIX.4.4 and FIX.5.0SP2, gets their confirmations and affirms them, while
      QuickFIX goes down twice, once with a Logout and once by kill -9, and comes back with its numbers.
tls: the same as the first, over TLS 1.2, with certificates made by openssl; left out with a line where something lacks.

Needs the package `quickfix`. Exits with 1 when something is not as it should be.
"""

import argparse
import collections
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import quickfix as fix

import harness
import initiator

KEPT = []
VERSIONS = [
    ("FIX.4.0", "FIX40", None),
    ("FIX.4.1", "FIX41", None),
    ("FIX.4.2", "FIX42", None),
    ("FIX.4.3", "FIX43", None),
    ("FIX.4.4", "FIX44", None),
    ("FIXT.1.1", "FIX50", "FIX.5.0"),
    ("FIXT.1.1", "FIX50SP1", "FIX.5.0SP1"),
    ("FIXT.1.1", "FIX50SP2", "FIX.5.0SP2"),
]


def dictionary_lines(name, application, quote=""):
    spec = harness.dictionaries()
    if application is None:
        return f"DataDictionary={quote}{spec}/{name}.xml{quote}\n"
    return (
        f"DefaultApplVerID={quote}{application}{quote}\nTransportDataDictionary={quote}{spec}/FIXT11.xml{quote}\n"
        f"AppDataDictionary={quote}{spec}/{name}.xml{quote}\n"
    )


def quickfix_settings(folder, port, extra=""):
    sessions = "".join(
        f"[SESSION]\nBeginString={begin}\nTargetCompID=US{name}\n{dictionary_lines(name, application)}" for begin, name, application in VERSIONS
    )
    path = folder / "acceptor.cfg"
    path.write_text(
        f"[DEFAULT]\nConnectionType=acceptor\nSocketAcceptPort={port}\nSocketReuseAddress=Y\nStartTime=00:00:00\nEndTime=00:00:00\n"
        f"SenderCompID=QUICKFIX\nResetOnLogon=N\nFileStorePath={folder / 'quickfix'}\n{extra}{sessions}"
    )
    return str(path)


def our_settings(folder, port, extra=""):
    sessions = "".join(
        f'[[fix.session]]\nConnectionType="initiator"\nSessionQualifier="{name}"\nBeginString="{begin}"\nSenderCompID="US{name}"\n'
        f'TargetCompID="QUICKFIX"\nSocketConnectHost="localhost"\nSocketConnectPort={port}\n{extra}' + dictionary_lines(name, application, '"')
        for begin, name, application in VERSIONS
    )
    path = folder / "sessions.toml"
    path.write_text(sessions)
    return str(path)


class Echo(fix.Application):
    """Echoes; an order whose text is TEST gets a TestRequest, one whose text is FORGET is forgotten, with what came before."""

    def __init__(self):
        super().__init__()
        self.seen = collections.Counter()

    def onCreate(self, session):
        pass

    def onLogon(self, session):
        self.seen["logon"] += 1

    def onLogout(self, session):
        self.seen["logout"] += 1

    def toAdmin(self, message, session):
        kind = message.getHeader().getField(35)
        self.seen[f"out {kind}"] += 1
        if kind == "3":
            self.seen["trouble"] += 1

    def fromAdmin(self, message, session):
        kind = message.getHeader().getField(35)
        self.seen[f"in {kind}"] += 1
        if kind == "0" and message.isSetField(112) and message.getField(112) == "ARE YOU THERE":
            self.seen["test request answered"] += 1
        if kind == "4" and message.isSetField(123) and message.getField(123) == "Y":
            self.seen["gap filled"] += 1
        if kind == "3":
            self.seen["trouble"] += 1

    def toApp(self, message, session):
        if message.getHeader().getField(35) == "j":
            self.seen["trouble"] += 1

    def fromApp(self, message, session):
        header = message.getHeader()
        if header.isSetField(43) and header.getField(43) == "Y":
            self.seen["repeated"] += 1
            return
        self.seen["application"] += 1
        text = message.getField(58) if message.isSetField(58) else ""
        if text == "TEST":
            asked = fix.Message()
            asked.getHeader().setField(fix.BeginString(header.getField(8)))
            asked.getHeader().setField(fix.MsgType("1"))
            asked.setField(112, "ARE YOU THERE")
            fix.Session.sendToTarget(asked, session)
        if text == "FORGET":
            # It asks for everything from the Logon on when the next message comes.
            fix.Session.lookupSession(session).setNextTargetMsgSeqNum(1)
        fix.Session.sendToTarget(fix.Message(message), session)


def order(version, number, text):
    # TransactTime came with FIX 4.2.
    transacted = "" if version in ("FIX40", "FIX41") else f"|60={initiator.now()}"
    return f"35=D|11={number}|21=1|38=100|40=1|54=1|55=INTC|58={text}{transacted}"


class Checks:
    def __init__(self):
        self.failed = 0
        self.made = 0

    def that(self, what, good, shown=""):
        self.made += 1
        if not good:
            self.failed += 1
            print(f"FAILED {what}\n{shown}")


def send(application, finality, config, name, script, folder, *more):
    path = folder / "talk.script"
    path.write_text(script)
    begin = next(b for b, n, _ in VERSIONS if n == name)
    session = f"{begin}:US{name}->QUICKFIX:{name}"
    command = [finality, "fix", "send", "--config", config, "--session", session, "--script", str(path), "--all", "--raw", "--wait", "5", *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    # QuickFIX notes its numbers, and that it is logged out, a moment after it has said so.
    theirs = fix.SessionID(begin, "QUICKFIX", f"US{name}")
    harness.wait_for(lambda: not fix.Session.lookupSession(theirs).isLoggedOn(), 5)
    harness.wait_for(lambda: application.seen["logout"] >= 1, 1)
    return done.returncode, done.stdout + done.stderr


def talk(finality, folder, kind, extra="", ours=""):
    """All versions, one after the other."""
    checks, port = Checks(), harness.free_port()
    folder.mkdir()
    application = Echo()
    configured = fix.SessionSettings(quickfix_settings(folder, port, extra))
    acceptor = kind(application, fix.FileStoreFactory(configured), configured)
    acceptor.start()
    config = our_settings(folder, port, ours)
    totals = collections.Counter()
    for begin, name, _ in VERSIONS:
        seen = application.seen = collections.Counter()
        script = f"R\nD {order(name, 'A1', 'x')}\nA 35=D|11=A1\nD 35=1|112=HELLO\nD {order(name, 'A2', 'TEST')}\nA 35=D|11=A2\n"
        # What QuickFIX forgets it asks for: the Logon is filled over, the orders come again, what is new follows.
        script += f"D {order(name, 'A3', 'FORGET')}\nA 35=D|11=A3\nD {order(name, 'A4', 'x')}\nA 35=D|11=A4\n"
        code, out = send(application, finality, config, name, script, folder)
        checks.that(f"{name}: logs on, sends, is answered, logs out", code == 0, out)
        checks.that(f"{name}: its test request is answered", "|112=HELLO|" in "".join(l for l in out.splitlines() if l.startswith("<-")), out)
        checks.that(f"{name}: it answers a test request", seen["test request answered"] == 1, out)
        checks.that(f"{name}: it repeats what is asked for", seen["repeated"] >= 3 and seen["gap filled"] >= 1 and seen["out 2"] >= 1, f"{dict(seen)}\n{out}")
        checks.that(f"{name}: nothing is rejected", seen["trouble"] == 0 and seen["logout"] == 1, f"{dict(seen)}\n{out}")
        totals.update(seen)
        session = fix.Session.lookupSession(fix.SessionID(begin, "QUICKFIX", f"US{name}"))
        theirs, mine = session.getExpectedSenderNum(), session.getExpectedTargetNum()

        # Our store is lost: QuickFIX is ahead, and what it echoed comes again.
        seen = application.seen = collections.Counter()
        wanted = "".join(f"A 35=D|43=Y|11={n}\n" for n in ("A1", "A2", "A3", "A4"))
        code, out = send(application, finality, config, name, f"R\n{wanted}D {order(name, 'B1', 'x')}\nA 35=D|11=B1\n", folder, "--numbers", f"1,{mine}")
        checks.that(f"{name}: it asks for what it missed", code == 0 and seen["in 2"] == 1 and seen["trouble"] == 0, f"{dict(seen)}\n{out}")
        totals.update(seen)
        theirs, mine = session.getExpectedSenderNum(), session.getExpectedTargetNum()

        # QuickFIX is behind: what we do not have any more is filled over.
        seen = application.seen = collections.Counter()
        code, out = send(application, finality, config, name, f"R\nD {order(name, 'C1', 'x')}\nA 35=D|11=C1\n", folder, "--numbers", f"{theirs},{mine + 50}")
        checks.that(f"{name}: it fills over what it does not have", code == 0 and seen["gap filled"] >= 1 and seen["trouble"] == 0, f"{dict(seen)}\n{out}")
        totals.update(seen)

        # Our number was used before: the session ends, and says why.
        code, out = send(application, finality, config, name, "R\n", folder, "--numbers", f"{session.getExpectedSenderNum()},1")
        checks.that(f"{name}: a number that is too low ends it", code == 4 and "too low" in out, out)
    # Acceptor.stop() of QuickFIX 1.16 crashes or hangs now and then, as its destructor does: it ends with this process.
    KEPT.append((acceptor, configured))
    print(f"{checks.made - checks.failed} of {checks.made} checks over {len(VERSIONS)} versions hold: {totals['application']} orders, "
          f"{totals['repeated']} repeated, {totals['gap filled']} gap fills, {totals['out 2']} resend requests of QuickFIX, {totals['in 2']} of ours")
    return checks.failed


class Broker(initiator.Peer):
    """QuickFIX's acceptor in a process of its own, which can be taken down: sends what it is told to on standard input, says
    on standard output what comes."""

    def say(self, *words):
        os.write(1, (" ".join(words) + "\n").encode())

    def onLogon(self, session):
        super().onLogon(session)
        self.say("logon", session.toString())

    def onLogout(self, session):
        super().onLogout(session)
        self.say("logout", session.toString())

    def take(self, kind, message):
        again = message.getHeader().isSetField(43)
        if kind == "AU":
            self.say("AU", message.getField(664), message.getField(940), "again" if again else "new")
        else:
            self.say("trouble", initiator.shown(message))

    def serve(self, settings):
        configured = fix.SessionSettings(settings)
        acceptor = fix.SocketAcceptor(self, fix.FileStoreFactory(configured), configured)
        acceptor.start()
        day = initiator.Day()
        for line in sys.stdin:
            first, last = map(int, line.split())
            for number in range(first, last + 1):
                for v, begin in (("44", "FIX.4.4"), ("50", "FIXT.1.1")):
                    for at in range(1, initiator.ALLOCATIONS + 1):
                        fix.Session.sendToTarget(day.confirmation(v, number, at), fix.SessionID(begin, f"BROKER{v}", "FINALITY"))
            self.say("sent", str(last))
        # Acceptor.stop() of QuickFIX 1.16 does not always come back: log out, and leave the rest to the system.
        for begin, v in (("FIX.4.4", "44"), ("FIXT.1.1", "50")):
            fix.Session.lookupSession(fix.SessionID(begin, f"BROKER{v}", "FINALITY")).logout()
        harness.wait_for(lambda: not self.up, 5)
        for one in self.trouble:
            self.say("trouble", one)


class BrokerProcess:
    """Such a process, and what it said."""

    def __init__(self, settings):
        self.settings = settings
        self.answers, self.again, self.other = collections.Counter(), 0, 0
        self.up, self.logons, self.sent, self.trouble = set(), 0, 0, []

    def start(self):
        command = [sys.executable, __file__, "--broker", self.settings]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self.read, args=(self.process.stdout,), daemon=True)
        self.reader.start()

    def read(self, lines):
        for line in lines:
            what, *rest = line.split()
            if what == "AU" and rest[1] == "3":
                # Killed between an answer and its number, QuickFIX takes the answer once more, and sees that it is a repetition.
                if rest[0] in self.answers and rest[2] == "again":
                    self.again += 1
                else:
                    self.answers[rest[0]] += 1
            elif what == "AU" and rest[1] == "1":
                self.other += 1
            elif what == "logon":
                self.logons += 1
                self.up.add(rest[0])
            elif what == "logout":
                self.up.discard(rest[0])
            elif what == "sent":
                self.sent = int(rest[0])
            else:
                self.trouble.append(line)

    def send(self, first, last):
        self.process.stdin.write(f"{first} {last}\n")
        self.process.stdin.flush()

    def down(self, kill):
        if kill:
            self.process.kill()
        else:
            self.process.stdin.close()
        self.process.wait(30)
        self.reader.join(10)
        self.up.clear()


def broker_settings(folder, port):
    path = folder / "broker.cfg"
    sessions = "".join(
        f"[SESSION]\nBeginString={begin}\nSenderCompID=BROKER{v}\n{dictionary_lines(name, application)}"
        for v, (begin, name, application) in (("44", VERSIONS[4]), ("50", VERSIONS[7]))
    )
    path.write_text(
        f"[DEFAULT]\nConnectionType=acceptor\nSocketAcceptPort={port}\nSocketReuseAddress=Y\nStartTime=00:00:00\nEndTime=00:00:00\n"
        f"TargetCompID=FINALITY\nResetOnLogon=N\nFileStorePath={folder / 'quickfix' / 'broker'}\n{sessions}"
    )
    return str(path)


def serve(finality, folder, count):
    checks, port, broker_port = Checks(), harness.free_port(), harness.free_port()
    folder.mkdir()
    config = initiator.configuration(folder, port)
    dialled = "".join(
        f'[[fix.session]]\nLink = "broker{v}"\nConnectionType = "initiator"\nSocketConnectHost = "127.0.0.1"\nSocketConnectPort = {broker_port}\n'
        "ReconnectInterval = 1\nReconnectIntervalMax = 1\n"
        for v in ("44", "50")
    )
    config.write_text(config.read_text().replace("[folders]", dialled + "[folders]", 1))
    broker = BrokerProcess(broker_settings(folder, broker_port))
    broker.start()
    gateway = harness.Gateway(finality, config, folder / "gateway.log")
    gateway.start()
    manager = initiator.Manager()
    configured = fix.SessionSettings(initiator.settings(folder, port, "MANAGER"))
    managers = fix.SocketInitiator(manager, fix.FileStoreFactory(configured), configured)
    managers.start()
    checks.that("everybody logs on", harness.wait_for(lambda: len(manager.up) == 2 and len(broker.up) == 2, 20))
    began, day = time.time(), initiator.Day()
    total = count * 2 * initiator.ALLOCATIONS

    def allocate():
        for number in range(1, count + 1):
            for v in ("44", "50"):
                fix.Session.sendToTarget(day.allocation(v, number), initiator.session("MANAGER", v))

    allocating = threading.Thread(target=allocate, daemon=True)
    allocating.start()
    first = 1
    for at, last in enumerate((count // 3, count * 2 // 3, count), 1):
        broker.send(first, last)
        harness.wait_for(lambda: broker.sent == last, 60, 0.001)
        first = last + 1
        # Taken down while the answers to what it has just sent are under way.
        if at < 3:
            broker.down(kill=at == 2)
            time.sleep(0.5)
            broker.start()
            checks.that(f"the gateway dials again after QuickFIX went down ({at})", harness.wait_for(lambda: len(broker.up) == 2, 20))
    harness.wait_for(lambda: len(broker.answers) == total and len(manager.answers) == count * 2, 60)
    seconds = time.time() - began
    time.sleep(1)
    allocating.join(60)
    managers.stop()
    broker.down(kill=False)
    code = gateway.stop()
    checks.that("each allocation is acknowledged once", len(manager.answers) == count * 2 and not initiator.twice(manager.answers), f"{len(manager.answers)}")
    checks.that(
        "each confirmation is affirmed once",
        len(broker.answers) == total and not initiator.twice(broker.answers),
        f"{len(broker.answers)} of {total}, twice {initiator.twice(broker.answers)[:3]}",
    )
    checks.that("at most one answer a session comes again after the kill", broker.again <= 2, f"{broker.again}")
    checks.that("nothing is rejected", not broker.trouble and not manager.trouble, f"{broker.trouble[:3]} {manager.trouble[:3]}")
    checks.that("numbers are kept on both sides", broker.logons == 6, f"{broker.logons} logons")
    checks.that("the gateway stops well", code == 0)
    trades = gateway.run("inspect", "--store", str(folder / "store"), "--format", "json", "trades", "--limit", "1000000").splitlines()
    verified = gateway.run("store", "verify", "--store", str(folder / "store")).strip().splitlines()[-1]
    checks.that("the store has all trades", len(trades) == total, f"{len(trades)} trades")
    print(
        f"{checks.made - checks.failed} of {checks.made} checks hold: {len(broker.answers)} AU for {total} AK, QuickFIX logged out once and "
        f"was killed once, {broker.logons} logons of 2 sessions; {verified}; {seconds:.1f} s"
    )
    return checks.failed


def certificates(folder):
    """An authority and a certificate for localhost, or why not."""
    folder.mkdir()
    if not shutil.which("openssl"):
        return "there is no openssl to make certificates with"
    run = lambda *args: subprocess.run(["openssl", *args], cwd=folder, check=True, capture_output=True)
    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Interop CA")
    run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    (folder / "ext").write_text("subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n")
    run("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "server.pem", "-days", "2", "-extfile", "ext")
    return None


def tls(finality, folder):
    if not hasattr(fix, "SSLSocketAcceptor"):
        print("skipped: this build of QuickFIX has no SSLSocketAcceptor")
        return 0
    why = certificates(folder)
    if why:
        print(f"skipped: {why}")
        return 0
    theirs = (
        f"SERVER_CERTIFICATE_FILE={folder}/server.pem\nSERVER_CERTIFICATE_KEY_FILE={folder}/server.key\n"
        f"CERTIFICATE_AUTHORITIES_FILE={folder}/ca.pem\nCERTIFICATE_VERIFY_LEVEL=0\n"
    )
    try:
        return talk(finality, folder / "talk", fix.SSLSocketAcceptor, theirs, f'SocketUseSSL=true\nSocketCAFile="{folder}/ca.pem"\n')
    except fix.ConfigError as why:
        if "HAVE_SSL" not in str(why):
            raise
        print("skipped: this build of QuickFIX is without SSL (HAVE_SSL); build it from its source distribution with OpenSSL to play this")
        return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--finality")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--only")
    parser.add_argument("--folder")
    parser.add_argument("--broker", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.broker:
        Broker().serve(args.broker)
        return 0
    finality = harness.binary(args.finality)
    folder = Path(args.folder or tempfile.mkdtemp(prefix="finality-interop-")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    parts = {
        "send": lambda: talk(finality, folder / "send", fix.SocketAcceptor),
        "serve": lambda: serve(finality, folder / "serve", args.count),
        "tls": lambda: tls(finality, folder / "tls"),
    }
    if args.only:
        began = time.time()
        print(f"{args.only}:", flush=True)
        failed = parts[args.only]()
        print(f"  {time.time() - began:.1f} s", flush=True)
        return 1 if failed else 0
    # Each part has a process of its own, since QuickFIX knows its sessions by process.
    more = ["--finality", finality, "--count", str(args.count), "--folder", str(folder)]
    failed = sum(subprocess.run([sys.executable, __file__, "--only", name, *more]).returncode != 0 for name in parts)
    if failed:
        print(f"everything is kept in {folder}")
    elif not args.folder:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # QuickFIX's threads do not always end with the interpreter.
    os._exit(code)
