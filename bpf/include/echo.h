/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Ping: answered here for the VIPs that this machine announces, so a VIP without targets can be told from a
 * lost one. */
#ifndef LODESTONE_ECHO_H
#define LODESTONE_ECHO_H

#include "csum.h"
#include "parse.h"

/* ICMP and ICMPv6 begin alike. */
struct echo {
	__u8 type;
	__u8 code;
	__sum16 check;
	__be16 id;
	__be16 sequence;
};

#define ECHO_TTL	  64
#define ECHO_REQUEST_IPV4 8
#define ECHO_REPLY_IPV4	  0
#define ECHO_REQUEST_IPV6 128
#define ECHO_REPLY_IPV6	  129

static __always_inline void swap_macs(struct ethhdr *eth)
{
	__u8 mac[ETH_ALEN];

	copy_mac(mac, eth->h_dest);
	copy_mac(eth->h_dest, eth->h_source);
	copy_mac(eth->h_source, mac);
}

static __always_inline enum verdict answer_echo_ipv4(const struct vip *vip, struct ethhdr *eth,
						     struct iphdr *ip, struct cursor *c)
{
	struct echo *echo = c->pos;
	__be32 vip_addr = ip->daddr;

	if ((void *)(echo + 1) > c->end)
		return DROP_TRUNCATED;
	if (echo->type != ECHO_REQUEST_IPV4 || echo->code)
		return DROP_PROTOCOL;
	if (vip->flags & VIP_NO_ECHO)
		return DROP_ECHO_OFF;
	if (!(vip->flags & VIP_ANNOUNCE))
		return DROP_NOT_ANNOUNCED;

	swap_macs(eth);
	ip->daddr = ip->saddr;
	ip->saddr = vip_addr;
	ip->ttl = ECHO_TTL;
	ip->check = 0;
	ip->check = csum_fold(csum_words(0, ip, sizeof(*ip) / 4));
	echo->type = ECHO_REPLY_IPV4;
	echo->check =
		csum_replace(echo->check, bpf_htons(ECHO_REQUEST_IPV4 << 8), bpf_htons(ECHO_REPLY_IPV4 << 8));
	return VERDICT_ECHO_REPLY;
}

/* The pseudo-header's sum stays: the addresses only change places. */
static __always_inline enum verdict answer_echo_ipv6(const struct vip *vip, struct ethhdr *eth,
						     struct ipv6hdr *ip6, struct cursor *c)
{
	struct echo *echo = c->pos;
	struct address vip_addr;

	if ((void *)(echo + 1) > c->end)
		return DROP_TRUNCATED;
	if (echo->type != ECHO_REQUEST_IPV6 || echo->code)
		return DROP_PROTOCOL;
	if (vip->flags & VIP_NO_ECHO)
		return DROP_ECHO_OFF;
	if (!(vip->flags & VIP_ANNOUNCE))
		return DROP_NOT_ANNOUNCED;

	swap_macs(eth);
	copy_address(&vip_addr, &ip6->daddr);
	copy_address(&ip6->daddr, &ip6->saddr);
	copy_address(&ip6->saddr, &vip_addr);
	ip6->hop_limit = ECHO_TTL;
	echo->type = ECHO_REPLY_IPV6;
	echo->check =
		csum_replace(echo->check, bpf_htons(ECHO_REQUEST_IPV6 << 8), bpf_htons(ECHO_REPLY_IPV6 << 8));
	return VERDICT_ECHO_REPLY;
}

#endif
