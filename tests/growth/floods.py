# SPDX-License-Identifier: MIT
"""Floods within one call, one transaction, one dialog or one address of record: n of one
thing where an honest call has a few. Each yields (sender, receiver, text); hosts are
numbers."""

CALLER, CALLEE, PROXY = 1, 2, 3
EVENT = "Event: presence\r\n"
ACTIVE = "Subscription-State: active;expires=600\r\n"


def address(host):
    return "10.%d.%d.%d" % (host >> 16 & 255, host >> 8 & 255, host & 255)


def text(start, cseq, to="", tag="a", branch="0", call="x", vias=None, more="", body=""):
    """A message; `to` is the To tag, and `vias` go below the one with `branch`."""
    lines = [start + " sip:b@example.com SIP/2.0" if start.isalpha()
             else "SIP/2.0 %s X" % start]
    lines += ["Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK" + branch] + (vias or [])
    lines += ["From: <sip:a@example.com>;tag=" + tag,
              "To: <sip:b@example.com>" + (";tag=" + to if to else ""),
              "Call-ID: " + call, "CSeq: " + cseq]
    return ("\r\n".join(lines) + "\r\n" + more +
            "Content-Length: %d\r\n\r\n" % len(body) + body)


def ask(*args, **kwargs):
    return CALLER, CALLEE, text(*args, **kwargs)


def answer(*args, **kwargs):
    return CALLEE, CALLER, text(*args, **kwargs)


def early_dialogs(n):
    yield ask("INVITE", "1 INVITE")
    for i in range(n):
        yield answer("183", "1 INVITE", "t%d" % i)


def answers(n):
    yield ask("INVITE", "1 INVITE")
    for i in range(n):
        yield answer("200", "1 INVITE", "t%d" % i)
    for i in range(n):
        yield ask("ACK", "1 ACK", "t%d" % i, branch="a%d" % i)
    for i in range(n):
        yield ask("BYE", "2 BYE", "t%d" % (n - 1 - i), branch="b%d" % i)


def invites(n):
    for i in range(n):
        yield ask("INVITE", "%d INVITE" % (i + 1), branch="i%d" % i)
        yield answer("486", "%d INVITE" % (i + 1), "t", branch="i%d" % i)
        yield ask("ACK", "%d ACK" % (i + 1), "t", branch="i%d" % i)


def invites_of_one_number(n):
    for i in range(n):
        yield ask("INVITE", "1 INVITE", branch="i%d" % i)
        yield answer("200", "1 INVITE", "t%d" % i, branch="i%d" % i)
        yield ask("ACK", "1 ACK", "t%d" % i, branch="a%d" % i)


def never_acknowledged(n):
    for i in range(n):
        yield ask("INVITE", "1 INVITE", branch="i%d" % i)
        for _ in range(2):
            yield answer("200", "1 INVITE", "t%d" % i, branch="i%d" % i)


def without_branch(n):
    for i in range(n):
        yield ask("INVITE", "%d INVITE" % (i + 1))
        yield answer("200", "%d INVITE" % (i + 1), "t%d" % i)


def requests_in_a_dialog(n):
    for i in range(n):
        yield ask("INFO", "%d INFO" % (i + 1), "t", branch="i%d" % i)
        yield answer("200", "%d INFO" % (i + 1), "t", branch="i%d" % i)


def one_request_again(n):
    for _ in range(n):
        yield ask("INVITE", "1 INVITE")


def responses_in_turn(n):
    yield ask("INVITE", "1 INVITE")
    for i in range(n):
        yield answer("18%d" % (i % 2), "1 INVITE", "t%d" % (i % 3))


def bodies(n):
    yield ask("INVITE", "1 INVITE")
    for i in range(n):
        yield answer("183", "1 INVITE", "t", body=str(i))


def responses_alone(n):
    for i in range(n):
        yield answer("200", "1 BYE", "t%d" % i, branch="o%d" % i)


def stray_acks(n):
    for i in range(n):
        yield ask("ACK", "%d ACK" % (i + 1), "t", branch="a%d" % i)


def acks_of_one_answer(n):
    yield ask("INVITE", "1 INVITE")
    yield answer("200", "1 INVITE", "t")
    for i in range(n):
        yield ask("ACK", "1 ACK", "t", branch="a%d" % i)


def cancels(n):
    for i in range(n):
        yield ask("INVITE", "1 INVITE", branch="i%d" % i)
        yield ask("CANCEL", "1 CANCEL", branch="i%d" % i)


def cancels_of_nothing(n):
    yield ask("INVITE", "1 INVITE")
    for i in range(n):
        yield ask("CANCEL", "1 CANCEL", branch="c%d" % i)


def hops(n):
    for i in range(n):
        yield CALLER, 1000 + i, text("INVITE", "1 INVITE")
    for i in range(n):
        yield 1000 + i, CALLER, text("200", "1 INVITE", "t%d" % i)
    for i in range(n):
        yield CALLER, 1000 + i, text("ACK", "1 ACK", "t%d" % i, branch="a%d" % i)


def callers(n):
    for i in range(n):
        yield 1000 + i, CALLEE, text("INVITE", "1 INVITE", branch="i%d" % i)
    for i in range(n):
        yield CALLEE, 1000 + i, text("407", "1 INVITE", "t%d" % i, branch="i%d" % i)


def forked_by_a_proxy(n):
    below = ["Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKup"]
    yield CALLER, PROXY, text("INVITE", "1 INVITE", branch="up")
    for i in range(n):
        yield PROXY, 1000 + i, text("INVITE", "1 INVITE", branch="d%d" % i, vias=below)
    for status in ("180", "200"):
        for i in range(n):
            yield 1000 + i, PROXY, text(status, "1 INVITE", "t%d" % i, vias=below,
                                        branch="d%d" % i)
            yield PROXY, CALLER, text(status, "1 INVITE", "t%d" % i, branch="up")


def byes_alone(n):
    for i in range(n):
        yield ask("BYE", "%d BYE" % (i + 1), "t%d" % i, tag="f%d" % i, branch="b%d" % i)


def contacts(n):
    for i in range(n):
        more = "Contact: <sip:a%d@10.0.0.1>;expires=600\r\n" % i
        yield ask("REGISTER", "%d REGISTER" % (i + 1), branch="r%d" % i, more=more)
        yield answer("200", "%d REGISTER" % (i + 1), branch="r%d" % i, more=more)


def contacts_and_none(n):
    for i in range(n):
        more = "Contact: *\r\nExpires: 0\r\n" if i % 2 else \
            "Contact: <sip:a%d@10.0.0.1>;expires=600\r\n" % i
        yield ask("REGISTER", "%d REGISTER" % (i + 1), branch="r%d" % i, more=more)
        yield answer("200", "%d REGISTER" % (i + 1), branch="r%d" % i, more=more)


def events(n):
    yield ask("SUBSCRIBE", "1 SUBSCRIBE", more=EVENT + "Expires: 600\r\n")
    yield answer("200", "1 SUBSCRIBE", "t", more="Expires: 600\r\n")
    for i in range(n):
        yield answer("NOTIFY", "%d NOTIFY" % (i + 1), "a", tag="t", branch="n%d" % i,
                     more="Event: presence;id=%d\r\n" % i + ACTIVE)


def usages(n):
    yield ask("INVITE", "1 INVITE")
    yield answer("200", "1 INVITE", "t")
    for i in range(n):
        yield ask("SUBSCRIBE", "%d SUBSCRIBE" % (i + 2), "t", branch="s%d" % i,
                  more="Event: e%d\r\nExpires: 60\r\n" % i)
        yield answer("200", "%d SUBSCRIBE" % (i + 2), "t", branch="s%d" % i)


def notifiers(n):
    yield ask("SUBSCRIBE", "1 SUBSCRIBE", more=EVENT + "Expires: 600\r\n")
    for i in range(n):
        yield answer("NOTIFY", "1 NOTIFY", "a", tag="t%d" % i, branch="n%d" % i,
                     more=EVENT + ACTIVE)


def refers(n):
    yield ask("INVITE", "1 INVITE")
    yield answer("200", "1 INVITE", "t")
    for i in range(n):
        yield ask("REFER", "%d REFER" % (i + 2), "t", branch="r%d" % i,
                  more="Refer-To: <sip:c@example.com>\r\n")
        yield answer("202", "%d REFER" % (i + 2), "t", branch="r%d" % i)
        yield answer("NOTIFY", "%d NOTIFY" % (i + 1), "a", tag="t", branch="n%d" % i,
                     more="Event: refer\r\n" + ACTIVE)


def calls_without_an_answer(n):
    for i in range(n):
        yield ask("OPTIONS", "1 OPTIONS", call="c%d" % i)


def calls_that_name_the_next(n):
    for i in range(n):
        other = (i + 1) % n
        yield ask("INVITE", "1 INVITE", call="c%d" % i,
                  more="X-Call-ID: c%d\r\nReplaces: c%d;to-tag=1;from-tag=2\r\n" %
                  (other, other))


def calls_that_name_one(n):
    for i in range(n):
        yield ask("INVITE", "1 INVITE", call="c%d" % i,
                  more="X-Call-ID: c0\r\nReplaces: c0;to-tag=1;from-tag=2\r\n"
                  "P-Charging-Vector: icid-value=same\r\nSession-ID: 0123456789abcdef"
                  "0123456789abcdef\r\nIn-Reply-To: c0\r\n")


ALL = [value for value in list(globals().values())
       if callable(value) and value not in (address, text, ask, answer)]
