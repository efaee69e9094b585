"""What initiator.py and acceptor.py share: `finality` as a process, a line that can be cut, QuickFIX's settings.

Not run by itself.
"""

import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def dictionaries():
    """The folder with QuickFIX's XML dictionaries: the package installs them under its prefix."""
    for place in [os.environ.get("FINALITY_QUICKFIX_XML", ""), os.path.join(sys.prefix, "share", "quickfix")]:
        if os.path.exists(os.path.join(place, "FIX44.xml")):
            return place
    sys.exit("no FIX44.xml: set FINALITY_QUICKFIX_XML to the folder with QuickFIX's dictionaries")


def binary(given):
    path = Path(given) if given else ROOT / "target" / "release" / "finality"
    if not path.exists():
        sys.exit(f"{path} is not there: cargo build --release, or say --finality FILE")
    return str(path)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(condition, seconds, step=0.02):
    """Whether it comes true in time."""
    end = time.time() + seconds
    while not condition():
        if time.time() > end:
            return False
        time.sleep(step)
    return True


def listening(*ports):
    """Whether somebody listens there, within half a minute."""

    def there(port):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0

    return wait_for(lambda: all(there(port) for port in ports), 30, 0.2)


class Gateway:
    """`finality serve`, started, killed, started again on the same store."""

    def __init__(self, finality, config, log, lines=1):
        self.finality, self.config, self.log = finality, config, log
        self.process = None
        self.lines = lines
        self.starts = 0

    def start(self):
        """Returns when it says that it serves."""
        self.starts += 1
        log = open(self.log, "ab")
        self.process = subprocess.Popen(
            [self.finality, "serve", "--config", str(self.config)], stdout=subprocess.PIPE, stderr=log, text=True
        )
        for line in self.process.stdout:
            if "serving until Ctrl-C" in line:
                return line.strip()
        sys.exit(f"the gateway does not start; see {self.log}")

    def kill(self):
        """kill -9: no goodbye, no flush."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def run(self, *args):
        """Another verb; its standard output."""
        done = subprocess.run([self.finality, *args], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"finality {' '.join(args)}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout


class Cable:
    """A TCP line between the engines that can be cut: what is on the way is lost, and both ends see a reset."""

    def __init__(self, port):
        self.to = ("127.0.0.1", port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ, None)
        self.pairs = {}
        self.cut_wanted = False
        self.cuts = 0
        threading.Thread(target=self.carry, daemon=True).start()

    def cut(self):
        self.cut_wanted = True
        wait_for(lambda: not self.cut_wanted, 10)

    def close(self, sock):
        for one in (sock, self.pairs.pop(sock, None)):
            if one is None:
                continue
            self.pairs.pop(one, None)
            try:
                self.selector.unregister(one)
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            except (KeyError, ValueError, OSError):
                pass
            one.close()

    def carry(self):
        while True:
            for key, _ in self.selector.select(0.02):
                if key.data is None and key.fileobj is self.listener:
                    self.accept()
                elif key.fileobj in self.pairs:
                    try:
                        data = key.fileobj.recv(1 << 16)
                        if data:
                            self.pairs[key.fileobj].sendall(data)
                    except OSError:
                        data = b""
                    if not data:
                        self.close(key.fileobj)
            if self.cut_wanted:
                self.cuts += len(self.pairs) // 2
                for sock in list(self.pairs):
                    self.close(sock)
                self.cut_wanted = False

    def accept(self):
        near, _ = self.listener.accept()
        try:
            far = socket.create_connection(self.to, 2)
        except OSError:
            near.close()
            return
        for sock in (near, far):
            # A peer that does not read for so long holds up its own line only for a moment.
            sock.settimeout(20)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(sock, selectors.EVENT_READ, sock)
        self.pairs[near], self.pairs[far] = far, near


def resident():
    """Peak memory of this process in MB."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
