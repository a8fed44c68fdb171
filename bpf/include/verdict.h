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

	PASS_NOT_A_VIP = 64,
	PASS_NOT_IP = 65,
	PASS_NO_DELIVERY = 66,	   /* at the uplink's tc: not one of ours */
	PASS_NIC_OWN_ADDRESS = 67, /* at a NIC: from one of its own addresses, the host routes it */

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

	VERDICT_MAX = 256,
};

#endif
