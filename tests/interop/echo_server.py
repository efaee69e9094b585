"""The peer for sessions.py: QuickFIX's own acceptor, with the behaviour of `finality fix echo`.

    python3 echo_server.py PORT FOLDER-OF-XML-DICTIONARIES

Needs the PyPI package `quickfix`. Numbers and messages are kept in memory.
"""

import sys
import tempfile
import time
from pathlib import Path

import quickfix as fix

VERSIONS = [
    ("FIX.4.0", "TW40", "FIX40", None),
    ("FIX.4.1", "TW41", "FIX41", None),
    ("FIX.4.2", "TW42", "FIX42", None),
    ("FIX.4.3", "TW43", "FIX43", None),
    ("FIX.4.4", "TW44", "FIX44", None),
    ("FIXT.1.1", "TW50", "FIX50", "FIX.5.0"),
    ("FIXT.1.1", "TW50SP1", "FIX50SP1", "FIX.5.0SP1"),
    ("FIXT.1.1", "TW50SP2", "FIX50SP2", "FIX.5.0SP2"),
    ("FIX.4.4", "NO_CHECK_FIELDS_HAVE_VALUES", "FIX44", None),
]


class Echo(fix.Application):
    def __init__(self):
        super().__init__()
        self.seen = set()

    def onCreate(self, session):
        pass

    def onLogon(self, session):
        pass

    def onLogout(self, session):
        self.seen = {order for order in self.seen if order[1] != session.toString()}

    def toAdmin(self, message, session):
        pass

    def fromAdmin(self, message, session):
        pass

    def toApp(self, message, session):
        pass

    def fromApp(self, message, session):
        kind = message.getHeader().getField(35)
        if kind not in ("D", "d", "C"):
            raise fix.UnsupportedMessageType()
        if kind == "D":
            order = (message.getField(11), session.toString())
            again = message.getHeader().isSetField(97) and message.getHeader().getField(97) == "Y"
            if again and order in self.seen:
                return
            self.seen.add(order)
        fix.Session.sendToTarget(fix.Message(message), session)


def settings(port, spec):
    lines = [
        "[DEFAULT]",
        "ConnectionType=acceptor",
        f"SocketAcceptPort={port}",
        "SocketReuseAddress=Y",
        "StartTime=00:00:00",
        "EndTime=00:00:00",
        "SenderCompID=ISLD",
        "ResetOnLogon=Y",
        "FileStorePath=store",
    ]
    for begin, target, name, application in VERSIONS:
        lines += ["[SESSION]", f"BeginString={begin}", f"TargetCompID={target}"]
        if application:
            lines += [
                f"DefaultApplVerID={application}",
                f"TransportDataDictionary={spec}/FIXT11.xml",
                f"AppDataDictionary={spec}/{name}.xml",
            ]
        else:
            lines.append(f"DataDictionary={spec}/{name}.xml")
        if target.startswith("NO_CHECK"):
            lines.append("ValidateFieldsHaveValues=N")
    return "\n".join(lines) + "\n"


def main():
    port, spec = sys.argv[1], sys.argv[2]
    path = Path(tempfile.mkdtemp()) / "echo.cfg"
    path.write_text(settings(port, spec))
    application = Echo()
    configured = fix.SessionSettings(str(path))
    acceptor = fix.SocketAcceptor(application, fix.MemoryStoreFactory(), configured)
    acceptor.start()
    print("listening", flush=True)
    while True:
        time.sleep(1)


if __name__ == "__main__":
    main()
