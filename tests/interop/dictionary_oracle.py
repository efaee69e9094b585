"""Does a session reject what QuickFIX rejects, with the same reason (373) and the same tag (371)?

Makes messages of every type of a dictionary, breaks them in one to four places, and asks both: QuickFIX's
DataDictionary.validate, and session_fault of this repository, each with the same XML dictionary.

    pip install quickfix
    cargo build --release -p finality-parsers --example faults
    python tests/interop/dictionary_oracle.py target/release/examples/faults [messages per version] [seed]

Stated differences, counted apart:

* inside: QuickFIX does not look at the values of fields inside of groups, nor at counts there, nor, in a message without
  required fields, at what is required there; the standard does. Such a fault is named when there is no other.
* header: from FIX 5.0 on QuickFIX does not ask for the required fields of the header of application messages.
* kept: a field that nobody knows but that may be there (ValidateUserDefinedFields=N, AllowUnknownMsgFields=Y) stays in
  the group entry in which it stands; QuickFIX ends the group there.
* sorted: of a field that is there twice, QuickFIX's sort (which is not stable) decides which one is looked at first; here
  it is the first.
* n: QuickFIX looks for XMLnonFIX (35=n) among the application messages, though FIXT.1.1 defines it.
* garbled: one of them cannot take the bytes apart, so that there is nothing to reject. Data fields only: QuickFIX finds
  their length anywhere before them; here it stands directly before, as the standard wants.

Everything else is an error. SPDX-License-Identifier: MIT OR Apache-2.0
"""

import collections
import os
import random
import subprocess
import sys
import xml.etree.ElementTree as ET

import quickfix

SOH = "\x01"
VERSIONS = ["FIX40", "FIX41", "FIX42", "FIX43", "FIX44", "FIX50", "FIX50SP1", "FIX50SP2"]
REASONS = {
    "InvalidTagNumber": 0,
    "RequiredTagMissing": 1,
    "TagNotDefinedForMessage": 2,
    "NoTagValue": 4,
    "IncorrectTagValue": 5,
    "IncorrectDataFormat": 6,
    "InvalidMessageType": 11,
    "RepeatedTag": 13,
    "TagOutOfOrder": 14,
    "RepeatingGroupCountMismatch": 16,
}


def folder():
    for place in [os.environ.get("FINALITY_QUICKFIX_XML", ""), os.path.join(sys.prefix, "share", "quickfix")]:
        if os.path.exists(os.path.join(place, "FIX44.xml")):
            return place
    sys.exit("no FIX44.xml: set FINALITY_QUICKFIX_XML to the folder with QuickFIX's dictionaries")


class Spec:
    """One XML file, as far as making messages needs it."""

    def __init__(self, path):
        root = ET.parse(path).getroot()
        self.fields = {f.get("name"): f for f in root.find("fields")}
        self.components = {c.get("name"): c for c in root.find("components") or []}
        self.messages = {m.get("msgtype"): m for m in root.find("messages")}
        self.header = root.find("header")
        self.tags = [int(f.get("number")) for f in root.find("fields")]

    def tag(self, name):
        return int(self.fields[name].get("number"))


class Maker:
    def __init__(self, version, place, rng):
        self.rng, self.known = rng, {}
        self.begin = "FIXT.1.1" if version.startswith("FIX5") else f"FIX.{version[3]}.{version[4]}"
        self.application = Spec(os.path.join(place, version + ".xml"))
        self.transport = Spec(os.path.join(place, "FIXT11.xml")) if self.begin == "FIXT.1.1" else self.application
        self.types = sorted(set(self.application.messages) | set(self.transport.messages))

    def tags_of(self, kind):
        """The tags of a message, those inside of groups left out."""
        if kind not in self.known:
            spec = self.transport if kind in self.transport.messages else self.application
            tags, todo = set(), [spec.messages[kind]] if kind in spec.messages else []
            while todo:
                for child in todo.pop():
                    if child.tag == "component":
                        todo.append(spec.components[child.get("name")])
                    else:
                        tags.add(spec.tag(child.get("name")))
            self.known[kind] = tags
        return self.known[kind]

    def value(self, spec, name):
        field, rng = spec.fields[name], self.rng
        values = [v.get("enum") for v in field if v.tag == "value"]
        kind = field.get("type")
        if values:
            chosen = rng.choice(values)
            if kind.startswith("MULTIPLE") and rng.random() < 0.3:
                chosen += " " + rng.choice(values)
            return chosen
        if kind in ("INT", "LENGTH", "NUMINGROUP"):
            return rng.choice(["1", "7", "-3", "007", "2147483647"])
        if kind == "SEQNUM":
            return rng.choice(["1", "42", "18446744073709551615"])
        if kind in ("PRICE", "AMT", "QTY", "FLOAT", "PRICEOFFSET", "PERCENTAGE"):
            return rng.choice(["1", "-1.50", ".5", "5.", "100000000000000000000000000000000.5"])
        if kind == "BOOLEAN":
            return rng.choice("YN")
        if kind in ("UTCTIMESTAMP", "TIME"):
            return rng.choice(["20261124-09:30:00", "20260231-23:59:60", "20261124-09:30:00.123456789", "20261124-09:30:00."])
        if kind == "UTCTIMEONLY":
            return rng.choice(["09:30:00", "09:30:00.123"])
        if kind in ("UTCDATE", "UTCDATEONLY"):
            return rng.choice(["20261124", "20260231"])
        return "X" if kind == "CHAR" else rng.choice(["X", "some text", "USD"])

    def members(self, spec, parent, share, depth):
        """Fields of a scope as (tag, value), groups with their entries."""
        out = []
        for child in parent:
            required, name = child.get("required") == "Y", child.get("name")
            if not required and self.rng.random() > share:
                continue
            if child.tag == "component":
                out += self.members(spec, spec.components[name], share, depth)
            elif child.tag == "group":
                if depth > 3:
                    continue
                entries = self.rng.choice([1, 1, 2, 3])
                out.append((spec.tag(name), str(entries)))
                for _ in range(entries):
                    out += self.entry(spec, child, share, depth + 1)
            elif spec.fields[name].get("type") not in ("DATA", "XMLDATA"):
                out.append((spec.tag(name), self.value(spec, name)))
        return out

    def entry(self, spec, group, share, depth):
        members = self.members(spec, group, share, depth)
        first = group[0]
        while first.tag == "component":
            first = spec.components[first.get("name")][0]
        tag = spec.tag(first.get("name"))
        if first.tag == "field" and not any(t == tag for t, _ in members):
            members.insert(0, (tag, self.value(spec, first.get("name"))))
        return members

    def message(self):
        rng = self.rng
        kind = rng.choice(self.types)
        session = kind in self.transport.messages and self.begin == "FIXT.1.1"
        spec = self.transport if session else self.application
        share = rng.choice([0.0, 0.05, 0.3])
        header = self.members(self.transport, self.transport.header, share, 1)
        header = [(t, v) for t, v in header if t not in (8, 9, 35, 1128)]
        body = self.members(spec, spec.messages[kind], share, 1)
        return kind, spec, header, body


BAD = ["x", "1.2.3", "-", "20261332", "99999999999", "+1", "1e5", "Y Y", "20261124-25:00:00", "20261124-09:30", "", " ", "AB", "18446744073709551616", "~"]


def broken(maker, kind, spec, header, body):
    rng = maker.rng
    fields, trailer = header + body, []
    if rng.random() < 0.1:
        trailer = [(93, "3"), (89, "abc")]
    for _ in range(rng.choice([0, 1, 1, 1, 1, 2, 2, 3, 4])):
        at = rng.randrange(len(fields)) if fields else 0
        what = rng.randrange(12)
        if not fields and what not in (3, 4, 5):
            continue
        if what in (0, 11):
            fields.pop(at)
        elif what in (1, 2):
            fields[at] = (fields[at][0], rng.choice(BAD))
        elif what == 3:
            fields.insert(at, (rng.choice([4999, 4888, 6999, 20000, 60000]), rng.choice(["u", ""])))
        elif what == 4:
            fields.insert(at, (rng.choice(spec.tags), rng.choice(["1", "X", "20261124"])))
        elif what == 5:
            fields.insert(at, (rng.choice(maker.transport.tags + maker.application.tags), "1"))
        elif what == 6:
            fields.insert(rng.randrange(len(fields) + 1), fields[at])
        elif what == 7:
            other = rng.randrange(len(fields))
            fields[at], fields[other] = fields[other], fields[at]
        elif what == 8:
            fields.insert(rng.randrange(len(fields)), fields.pop(at))
        elif what == 9:
            counts = [i for i, (t, v) in enumerate(fields) if v in ("1", "2", "3") and len(fields) > i + 1]
            if counts:
                i = rng.choice(counts)
                fields[i] = (fields[i][0], rng.choice(["0", "1", "2", "4", "-1", "02", ""]))
        elif rng.random() < 0.3:
            trailer.append(fields.pop(at))
        else:
            fields[at] = (fields[at][0], "")
    if rng.random() < 0.01:
        kind = "zz"
    data = {int(f.get("number")) for s in (maker.transport, maker.application) for f in s.fields.values() if f.get("type") == "DATA"}
    return kind, [(t, v) for t, v in fields + trailer if t not in data | {8, 9, 10, 35} or t == 89 and (93, "3") in trailer]


def frame(begin, kind, fields):
    body = f"35={kind}{SOH}" + "".join(f"{t}={v}{SOH}" for t, v in fields)
    message = f"8={begin}{SOH}9={len(body)}{SOH}{body}"
    return f"{message}10={sum(message.encode()) % 256:03}{SOH}"


class Oracle:
    def __init__(self, version, place):
        load = lambda name: quickfix.DataDictionary(os.path.join(place, name + ".xml"))
        self.application = load(version)
        self.transport = load("FIXT11") if version.startswith("FIX5") else self.application
        self.session_types = set("0 1 2 3 4 5 A".split())

    def verdict(self, off, kind, raw):
        session = self.transport is self.application or kind in self.session_types
        for dictionary in (self.application, self.transport):
            dictionary.checkFieldsOutOfOrder("o" not in off)
            dictionary.checkFieldsHaveValues("v" not in off)
            dictionary.checkUserDefinedFields("u" not in off)
            dictionary.allowUnknownMsgFields("a" in off)
        application = self.transport if session else self.application
        try:
            message = quickfix.Message(raw, self.transport, application, True)
            quickfix.DataDictionary.validate(message, self.transport, application)
            return "ok"
        except quickfix.InvalidMessage:
            return "garbled"
        except Exception as error:
            name = type(error).__name__
            if name == "FieldNotFound":
                return f"1 {error.field}"
            if name not in REASONS:
                raise
            return f"{REASONS[name]} {getattr(error, 'field', 0)}"


def judge(maker, oracle, off, theirs, ours, fields, kind):
    if theirs == ours:
        return "agreed"
    if "garbled" in (theirs, ours):
        return "garbled"
    header = {maker.transport.tag(c.get("name")) for c in maker.transport.header if c.tag == "field" and c.get("required") == "Y"}
    reason, _, tag = ours.partition(" ")
    if maker.begin == "FIXT.1.1" and kind not in oracle.session_types and reason == "1" and int(tag) in header:
        return "header"
    if maker.begin == "FIXT.1.1" and kind == "n":
        return "n"
    tolerated = lambda tag: "a" in off if tag < 5000 else "u" in off
    if any(tolerated(t) and t not in maker.tags_of(kind) | header for t, _ in fields):
        return "kept"
    if tag and theirs.endswith(" " + tag) and [t for t, _ in fields].count(int(tag)) > 1:
        return "sorted"
    if theirs == "ok" and reason in ("1", "4", "5", "6", "13", "16"):
        return "inside"
    return "DIFFERENT"


def main():
    binary, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    place, bad = folder(), 0
    for version in VERSIONS:
        maker = Maker(version, place, random.Random(seed))
        oracle = Oracle(version, place)
        cases = []
        for _ in range(count):
            kind, spec, header, body = maker.message()
            kind, fields = broken(maker, kind, spec, header, body)
            off = maker.rng.choice(["", "", "", "", "o", "v", "u", "a", "ua", "ova"])
            cases.append((off, kind, fields, frame(maker.begin, kind, fields)))
        files = [os.path.join(place, version + ".xml")]
        if maker.begin == "FIXT.1.1":
            files.insert(0, os.path.join(place, "FIXT11.xml"))
        lines = "".join(f"{off}\t{raw}\n" for off, _, _, raw in cases)
        run = subprocess.run([binary, *files], input=lines.encode(), capture_output=True, check=True)
        tally, reasons = collections.Counter(), collections.Counter()
        for (off, kind, fields, raw), ours in zip(cases, run.stdout.decode().splitlines(), strict=True):
            theirs = oracle.verdict(off, kind, raw)
            verdict = judge(maker, oracle, off, theirs, ours, fields, kind)
            tally[verdict] += 1
            reasons[theirs.split()[0]] += 1
            if verdict == "DIFFERENT":
                bad += 1
                if bad <= int(os.environ.get("SHOW", "10")):
                    print(f"{version} off={off!r} QuickFIX {theirs!r}, here {ours!r}: {raw.replace(SOH, '|')}")
        print(version, dict(tally), "QuickFIX says", dict(sorted(reasons.items())))
    sys.exit(1 if bad else 0)


main()
