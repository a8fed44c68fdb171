/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* ARP (RFC 826) and neighbour discovery (RFC 4861): requests read and answers written, for XDP and tc alike.
 */
#ifndef LODESTONE_NEIGHBOUR_H
#define LODESTONE_NEIGHBOUR_H

#include "csum.h"
#include "parse.h"

struct arp {
	__be16 hardware;
	__be16 protocol;
	__u8 hardware_len;
	__u8 protocol_len;
	__be16 operation;
	__u8 sender_mac[ETH_ALEN];
	__u8 sender_ip[4];
	__u8 target_mac[ETH_ALEN];
	__u8 target_ip[4];
};
_Static_assert(sizeof(struct arp) == 28, "arp is 28 bytes");

/* A solicitation or an advertisement, with the one option that an answer carries. */
struct neighbour {
	__u8 type;
	__u8 code;
	__sum16 check;
	__be32 flags;
	__u8 target[16];
	__u8 option_type;
	__u8 option_len;
	__u8 option_mac[ETH_ALEN];
};
_Static_assert(sizeof(struct neighbour) == 32, "neighbour is 32 bytes");

#define ARP_ETHERNET	    1
#define ARP_REQUEST	    1
#define ARP_REPLY	    2
#define SOLICITATION_LEN    24 /* without options */
#define ROUTER_SOLICIT	    133
#define ROUTER_ADVERTISE    134
#define NEIGHBOUR_SOLICIT   135
#define NEIGHBOUR_ADVERTISE 136
#define ND_REDIRECT	    137
#define ND_HOP_LIMIT	    255
#define ND_SOLICITED	    0x40000000
#define ND_OVERRIDE	    0x20000000
#define ND_TARGET_MAC	    2
#define ADVERTISEMENT_FRAME (sizeof(struct ethhdr) + sizeof(struct ipv6hdr) + sizeof(struct neighbour))

/* ARP of IPv4 over Ethernet; else NULL. */
static __always_inline struct arp *parse_arp(struct cursor *c)
{
	struct arp *arp = c->pos;

	if ((void *)(arp + 1) > c->end)
		return NULL;
	if (arp->hardware != bpf_htons(ARP_ETHERNET) || arp->protocol != bpf_htons(ETH_P_IP) ||
	    arp->hardware_len != ETH_ALEN || arp->protocol_len != 4)
		return NULL;
	return arp;
}

/* A request for the MAC of an IPv4 address that is not its sender's own; else NULL. */
static __always_inline struct arp *parse_arp_request(struct cursor *c)
{
	struct arp *arp = parse_arp(c);

	if (!arp || arp->operation != bpf_htons(ARP_REQUEST))
		return NULL;
	if (*(word32 *)arp->sender_ip == *(word32 *)arp->target_ip)
		return NULL; /* gratuitous (RFC 5227, 3) */
	return arp;
}

static __always_inline void write_arp_reply(struct ethhdr *eth, struct arp *arp, const void *mac)
{
	__u32 asked = *(word32 *)arp->target_ip;

	copy_mac(eth->h_dest, arp->sender_mac);
	copy_mac(eth->h_source, mac);
	arp->operation = bpf_htons(ARP_REPLY);
	copy_mac(arp->target_mac, arp->sender_mac);
	*(word32 *)arp->target_ip = *(word32 *)arp->sender_ip;
	copy_mac(arp->sender_mac, mac);
	*(word32 *)arp->sender_ip = asked;
}

/* A solicitation as RFC 4861, 7.1.1 wants it; else NULL. Its checksum is not verified: it changes no state
 * here. */
static __always_inline struct neighbour *parse_solicitation(const struct ipv6hdr *ip6, void *end)
{
	struct neighbour *ns = (void *)(ip6 + 1);

	if ((void *)ns + SOLICITATION_LEN > end || bpf_ntohs(ip6->payload_len) < SOLICITATION_LEN)
		return NULL;
	if (ip6->nexthdr != IPPROTO_ICMPV6 || ip6->hop_limit != ND_HOP_LIMIT ||
	    ns->type != NEIGHBOUR_SOLICIT || ns->code || ns->target[0] == 0xff)
		return NULL;
	return ns;
}

static __always_inline bool is_unspecified(const void *addr)
{
	const word64 *half = addr;

	return !(half[0] | half[1]);
}

/* The sum over the pseudo-header (RFC 8200, 8.1) of an ICMPv6 message of a constant length. */
static __always_inline __u64 csum_icmpv6_pseudo(const struct ipv6hdr *ip6, __u16 len)
{
	return csum_words((__u64)bpf_htons(len) + bpf_htons(IPPROTO_ICMPV6), &ip6->saddr, 8);
}

/*
 * Turns a solicitation, whose frame has been made ADVERTISEMENT_FRAME long, into its answer. Who asks without
 * an address checks for duplicates and is told by way of everybody (RFC 4861, 7.2.4).
 */
static __always_inline void write_advertisement(struct ethhdr *eth, const void *mac)
{
	struct ipv6hdr *ip6 = (void *)(eth + 1);
	struct neighbour *na = (void *)(ip6 + 1);
	bool solicited = !is_unspecified(&ip6->saddr);

	copy_mac(eth->h_dest, eth->h_source);
	copy_mac(eth->h_source, mac);
	*(word32 *)ip6 = bpf_htonl(6u << 28);
	ip6->payload_len = bpf_htons(sizeof(*na));
	copy_address(&ip6->daddr, &ip6->saddr);
	if (!solicited) {
		eth->h_dest[0] = eth->h_dest[1] = 0x33; /* RFC 2464, 7 */
		eth->h_dest[2] = eth->h_dest[3] = eth->h_dest[4] = 0;
		eth->h_dest[5] = 1;
		ip6->daddr.s6_addr32[0] = bpf_htonl(0xff020000);
		ip6->daddr.s6_addr32[1] = ip6->daddr.s6_addr32[2] = 0;
		ip6->daddr.s6_addr32[3] = bpf_htonl(1);
	}
	copy_address(&ip6->saddr, na->target);

	na->type = NEIGHBOUR_ADVERTISE;
	na->flags = bpf_htonl(ND_OVERRIDE | (solicited ? ND_SOLICITED : 0));
	na->option_type = ND_TARGET_MAC;
	na->option_len = 1;
	copy_mac(na->option_mac, mac);
	na->check = 0;
	na->check = csum_fold(csum_words(csum_icmpv6_pseudo(ip6, sizeof(*na)), na, sizeof(*na) / 4));
}

#endif
