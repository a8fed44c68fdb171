/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What became of a packet and why: one numbered list, shared with the metrics. Numbers are never reused.
 * 0 goes on. 1..63 forwarded or answered, 64..127 left to the kernel, 128..255 dropped.
 */
#ifndef LODESTONE_VERDICT_H
#define LODESTONE_VERDICT_H

enum verdict {
	VERDICT_NONE = 0,

	VERDICT_FORWARD = 1,	   /* encapsulated and sent to another machine */
	VERDICT_DELIVER_LOCAL = 2, /* to a device of this machine */
	VERDICT_DECAP_LOCAL = 3,   /* outer header removed, to a device of this machine */
	VERDICT_ARP_REPLY = 4,	   /* ARP request for a VIP (or, at a NIC, for its gateway) answered */
	VERDICT_ND_REPLY = 5,	   /* neighbour solicitation answered */
	VERDICT_ECHO_REPLY = 6,	   /* ping to a VIP answered */
	VERDICT_NIC_DSR = 7,	   /* a NIC's answer from a VIP, sent out of the uplink */
	VERDICT_TOO_BIG_REPLY = 8, /* too large for the way to the real: the sender was told what fits */
	VERDICT_ROUTE_FORWARD = 9, /* at a NIC: to a NIC of another machine, encapsulated */
	VERDICT_ROUTE_LOCAL = 10,  /* at a NIC: to another NIC of this machine */

	VERDICT_TRANSLATED =
		17, /* beside the verdict of the delivery: the VIP became the NIC's own address */

	VERDICT_OWN_STACK =
		20,	    /* to a VIP of which this machine is a target itself: left to its network stack */
	VERDICT_PROBE = 22, /* a health check of this machine's agent, into a NIC */
	VERDICT_PROBE_REPLY = 21, /* a NIC's answer to a health check, to this machine's agent */

	VERDICT_MTU_LEARNT =
		13, /* a router says what fits towards a real: heeded, and left to the kernel too */

	PASS_NOT_A_VIP = 64,
	PASS_NOT_IP = 65,
	PASS_NO_DELIVERY = 66,	   /* at the uplink's tc: not one of ours */
	PASS_NIC_OWN_ADDRESS = 67, /* at a NIC: from one of its own addresses, the host routes it */
	PASS_OTHER_VLAN = 70,	   /* of a VLAN that the uplink does not serve */

	DROP_TRUNCATED = 128,	     /* a header ends behind the packet */
	DROP_BAD_HEADER = 129,	     /* a length or version that contradicts the packet */
	DROP_FRAGMENT = 130,	     /* of ICMP, or a later one whose first has not been here */
	DROP_IP_OPTIONS = 131,	     /* a ping with IPv4 options */
	DROP_EXTENSION_HEADER = 132, /* an IPv6 extension header that is not walked, or too many */
	DROP_PROTOCOL = 133,	     /* to a VIP, neither TCP, UDP, SCTP nor a ping */
	DROP_PORT_NOT_ALLOWED = 134,
	DROP_NO_REAL = 135,   /* the VIP has no target */
	DROP_REAL_DEAD = 136, /* the real has no way yet (next hop or device unknown) */
	DROP_TOO_BIG = 137,   /* too large for the way to the real, and not one to tell anybody about */
	DROP_ENCAP_FAILED = 138,
	DROP_DELIVERY_FAILED = 139,  /* no room for the metadata that tc needs */
	DROP_UNDERLAY_UNKNOWN = 140, /* encapsulated to an address of our prefix that no NIC has */
	DROP_INNER_BAD = 141,	     /* what was inside is not IPv4 or IPv6 */
	DROP_NIC_SPOOFED = 142, /* at a NIC: a source address that is neither its own nor a VIP it serves */
	DROP_NOT_ANNOUNCED = 143,
	DROP_ICMP_QUOTE =
		144, /* an ICMP error whose quote names no flow: cut short, broken, a later fragment */
	DROP_ICMP_FOREIGN = 145, /* an ICMP error about a packet that the VIP did not send */
	DROP_ICMP_ECHO = 146, /* an ICMP error about a ping: this machine answers those, no target sent it */
	DROP_ICMP_TYPE = 147, /* ICMP source quench (RFC 6633) or redirect */
	DROP_TOO_BIG_LIMIT = 148, /* too large, and the sender not told: answers are limited in rate */
	DROP_NIC_NO_ROUTE = 149, /* at a NIC: an Internal VIP's answer to an address its network doesn't have,
				    or to nobody's health check */
	DROP_NIC_FOREIGN = 150,	 /* at a NIC: to an address that only other networks have */
	DROP_NIC_ARP_SPOOFED = 151, /* at a NIC: ARP from an address that is not the NIC's */
	DROP_NIC_ND_SPOOFED =
		152, /* at a NIC: neighbour discovery for an address that is not the NIC's, or a router's */
	DROP_NIC_MAC_SPOOFED = 153, /* at a NIC: from a MAC address that is not the NIC's */
	DROP_ECHO_OFF = 167,	    /* a ping to a VIP whose policy has them dropped */

	DROP_UNDERLAY_SOURCE = 157, /* encapsulated to a NIC of ours by a machine that is no Host */
	DROP_GENEVE_HEADER = 158, /* to a NIC of ours in Geneve that is not understood, or with a checksum */
	DROP_NIC_TAGGED = 174,	  /* at a NIC: a VLAN tag, which would choose where an answer comes out */
	DROP_SPLIT_HEADER = 175,  /* of several buffers, of which the first ends within a header */

	DROP_TRANSLATION =
		184, /* at the uplink's tc: the VIP was to become the NIC's address, and it can't be read */

	VERDICT_MAX = 256,
};

#endif
