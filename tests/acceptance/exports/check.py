#!/usr/bin/env python3
"""Holds an exported trace against what its format demands, without any code of the exporter.

  check.py lines SCHEMA FILE      each line against a JSON Schema
  check.py chrome SCHEMA FILE     the document against a JSON Schema; slices nest, arrows have both ends
  check.py otlp SCHEMA FILE       each line against a JSON Schema; parents and links are there
  check.py shiviz FILE            clocks as ShiViz wants them; says how many hosts, events and messages there are
  check.py schema-bites SCHEMA    the schema of JSON lines refuses what is wrong

Exit codes: 0 all holds, 1 something does not (the first thing is named), 2 bad usage, 3 python3-jsonschema is missing.
"""

import json
import re
import sys


def fail(what):
    print(what)
    sys.exit(1)


def validator(path):
    try:
        import jsonschema
    except ImportError:
        print("python3-jsonschema is missing")
        sys.exit(3)
    with open(path, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            yield number, json.loads(line)


def check_lines(schema, path):
    valid = validator(schema)
    count = 0
    for number, line in lines_of(path):
        if not valid.is_valid(line):
            fail(f"line {number}: {json.dumps(line)[:300]}")
        count += 1
    print(f"{count} lines")


def check_chrome(schema, path):
    with open(path, encoding="utf-8") as file:
        trace = json.load(file)
    for error in validator(schema).iter_errors(trace):
        fail(f"{list(error.absolute_path)}: {error.message[:300]}")
    open_slices, named, begun, ended, last = {}, set(), {}, set(), 0
    for event in trace["traceEvents"]:
        track, phase = (event["pid"], event["tid"]), event["ph"]
        if phase == "M":
            named.add(track)
            continue
        if event["ts"] < last:
            fail(f"time goes back: {event}")
        last = event["ts"]
        if track not in named:
            fail(f"a track without a name: {event}")
        if phase == "B":
            open_slices.setdefault(track, []).append(event["name"])
        elif phase == "E":
            if not open_slices.get(track):
                fail(f"an end without a begin: {event}")
            open_slices[track].pop()
        elif phase in "sf":
            if not open_slices.get(track):
                fail(f"an arrow bound to no slice: {event}")
            if phase == "s" and event["id"] in begun:
                fail(f"two arrows of one id: {event}")
            if phase == "f" and (event["id"] not in begun or event["id"] in ended):
                fail(f"an arrow that ends without begin, or twice: {event}")
            begun.setdefault(event["id"], event["ts"])
            if phase == "f":
                ended.add(event["id"])
    if any(open_slices.values()):
        fail("slices that do not end")
    if len(begun) != len(ended):
        fail("arrows that do not end")
    print(f"{len(trace['traceEvents'])} entries, {len(begun)} arrows")


def check_otlp(schema, path):
    valid = validator(schema)
    spans, named, resources = {}, [], set()
    for number, request in lines_of(path):
        for error in valid.iter_errors(request):
            fail(f"line {number}: {list(error.absolute_path)}: {error.message[:300]}")
        for resource in request["resourceSpans"]:
            resources.add(json.dumps(resource["resource"]["attributes"][0]["value"]))
            for span in resource["scopeSpans"][0]["spans"]:
                if span["spanId"] in spans:
                    fail(f"line {number}: two spans {span['spanId']}")
                spans[span["spanId"]] = span
                if int(span["startTimeUnixNano"]) > int(span["endTimeUnixNano"]):
                    fail(f"line {number}: span {span['spanId']} ends before it begins")
                named += [(each["spanId"], each["traceId"]) for each in span.get("links", [])]
                if "parentSpanId" in span:
                    named.append((span["parentSpanId"], span["traceId"]))
    for span, trace in named:
        if span not in spans or spans[span]["traceId"] != trace:
            fail(f"span {span} is named and is not there")
    received = [span for span in spans.values() if span["name"].startswith("receive ")]
    linked = sum("links" in span for span in received)
    print(f"{len(resources)} resources, {len(spans)} spans, {len(received)} received, "
          f"{'all' if linked == len(received) else linked} linked to their sends")


def check_shiviz(path):
    with open(path, encoding="utf-8") as file:
        first, second, log = file.read().split("\n", 2)
    if second.strip():
        fail("the second line is for several executions, of which there are none")
    pattern = re.compile(first.replace("(?<", "(?P<"))
    for group in ("host", "clock", "event"):
        if group not in pattern.groupindex:
            fail(f"the expression has no group {group}")
    events, at = [], 0
    for match in pattern.finditer(log):
        if log[at:match.start()].strip():
            fail(f"the expression leaves out: {log[at:match.start()][:200]}")
        at = match.end()
        events.append((match["host"], json.loads(match["clock"]), match["event"], int(match["seq"])))
    if log[at:].strip():
        fail(f"the expression leaves out: {log[at:][:200]}")
    last, known, messages = {}, {}, 0
    for host, clock, event, seq in events:
        if not event:
            fail(f"event {seq} has no text")
        before = last.get(host, {})
        if clock.get(host) != before.get(host, 0) + 1:
            fail(f"event {seq}: {host} counts {clock.get(host)} after {before.get(host, 0)}")
        learned = False
        for other, count in clock.items():
            if count < before.get(other, 0):
                fail(f"event {seq}: {host} forgets {other}")
            if other == host:
                continue
            learned = learned or count > before.get(other, 0)
            # A message is received after it was sent: who sent it had counted as far by then.
            if known.get((other, count)) is None:
                fail(f"event {seq}: {host} knows event {count} of {other} before it happened")
            if known[(other, count)].get(host, 0) > before.get(host, 0):
                fail(f"event {seq}: it is before what led to it")
        if set(before) - set(clock):
            fail(f"event {seq}: {host} forgets {set(before) - set(clock)}")
        messages += learned
        last[host] = clock
        known[(host, clock[host])] = clock
    print(f"{len(last)} hosts, {len(events)} events, {messages} of them learn something")


def schema_bites(schema):
    valid = validator(schema)
    good = {"seq": 1, "time_ns": 5, "kind": "send", "node": "a", "incarnation": 1, "fiber": 0, "cause": 0,
            "from": "a", "to": "b", "class": "Ask", "bytes": 3, "payload_hex": "00ff01"}
    if not valid.is_valid(good):
        fail("it refuses what is right")
    for wrong in ({"seq": 0}, {"time_ns": -1}, {"time_ns": "5"}, {"kind": "sned"}, {"to": 7}, {"payload_hex": "0"},
                  {"extra": 1}, {"raw": {"e": "1"}}, {"kind": "deliver"}, {"kind": "drop", "send": 1, "reason": "no"}):
        if valid.is_valid({**good, **wrong}):
            fail(f"it takes {wrong}")
    for missing in ("time_ns", "kind", "to"):
        if valid.is_valid({key: value for key, value in good.items() if key != missing}):
            fail(f"it takes a send without {missing}")
    print("refuses what is wrong")


def main(arguments):
    checks = {"lines": (check_lines, 2), "chrome": (check_chrome, 2), "otlp": (check_otlp, 2),
              "shiviz": (check_shiviz, 1), "schema-bites": (schema_bites, 1)}
    if not arguments or arguments[0] not in checks or len(arguments) - 1 != checks[arguments[0]][1]:
        print(__doc__)
        return 2
    checks[arguments[0]][0](*arguments[1:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
