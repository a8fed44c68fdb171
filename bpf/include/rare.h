/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Packets to a VIP that are not plain TCP, UDP or SCTP. They are parsed afresh in a function of its own,
 * which the verifier checks by itself: neither its instructions nor its registers weigh on the common
 * packets.
 */
#ifndef LODESTONE_RARE_H
#define LODESTONE_RARE_H

#include "balance.h"
#include "fragment.h"
#include "icmp.h"

/* To which VIP, and by which hash. */
struct rare {
	struct vip *vip;
	struct packet pkt;
	struct fragment fragment;
	struct fragment_key key; /* of a fragment */
	__u64 hash;
};

/* IPv4 with options, in fragments, or ICMP. VERDICT_NONE: to be balanced. */
static __always_inline enum verdict rare_ipv4(const struct config *config, struct ethhdr *eth,
					      struct cursor *c, struct rare *rare)
{
	struct iphdr *ip = parse_ipv4(c);
	struct packet *pkt = &rare->pkt;
	enum verdict verdict;
	struct address dst;
	__u32 options, left;

	if (!ip)
		return DROP_TRUNCATED;
	address_from_ipv4(&dst, ip->daddr);
	rare->vip = find_vip(config, &dst, PUBLIC_NETWORK);
	if (!rare->vip)
		return PASS_NOT_A_VIP;
	if (*(__u8 *)ip < 0x45 || *(__u8 *)ip > 0x4f)
		return DROP_BAD_HEADER;
	options = options_len(ip);
	verdict = check_ipv4_size(ip, c->end, sizeof(*ip) + options, pkt);
	if (verdict)
		return verdict;

	rare->fragment.later = ip->frag_off & bpf_htons(IPV4_FRAGMENT_OFFSET);
	rare->fragment.first = ip->frag_off & bpf_htons(IPV4_FRAGMENT) && !rare->fragment.later;
	address_from_ipv4(&rare->key.src, ip->saddr);
	rare->key.dst = dst;
	rare->key.id = ip->id;
	rare->key.proto = pkt->proto;
	if (rare->fragment.later)
		return follow_fragment(&rare->key, pkt, &rare->hash);

	left = pkt->l3_len - sizeof(*ip);
	if (!skip(c, &left, options))
		return DROP_TRUNCATED;
	if (pkt->proto == IPPROTO_ICMP)
		return rare->fragment.first
			       ? DROP_FRAGMENT
			       : serve_icmp(config, rare->vip, eth, ip, c, left, pkt, &rare->hash);
	verdict = parse_transport(c, left, pkt);
	if (!verdict)
		rare->hash = hash_ipv4(config, ip, pkt, PUBLIC_NETWORK);
	return verdict;
}

/* IPv6 with extension headers, in fragments, or ICMPv6. VERDICT_NONE: to be balanced. */
static __always_inline enum verdict rare_ipv6(const struct config *config, struct ethhdr *eth,
					      struct cursor *c, struct rare *rare)
{
	struct ipv6hdr *ip6 = parse_ipv6(c);
	struct packet *pkt = &rare->pkt;
	enum verdict verdict;
	struct address dst;
	__u32 left;

	if (!ip6)
		return DROP_TRUNCATED;
	address_from_ipv6(&dst, &ip6->daddr);
	rare->vip = find_vip(config, &dst, PUBLIC_NETWORK);
	if (!rare->vip)
		return PASS_NOT_A_VIP;
	verdict = check_ipv6(ip6, c->end, pkt);
	if (verdict)
		return verdict;

	left = pkt->l3_len - sizeof(*ip6);
	verdict = skip_extensions(c, &left, &pkt->proto, &rare->fragment);
	if (verdict)
		return verdict;
	address_from_ipv6(&rare->key.src, &ip6->saddr);
	rare->key.dst = dst;
	rare->key.id = rare->fragment.id;
	if (rare->fragment.later)
		return follow_fragment(&rare->key, pkt, &rare->hash);
	if (pkt->proto == IPPROTO_ICMPV6)
		return rare->fragment.first
			       ? DROP_FRAGMENT
			       : serve_icmpv6(config, rare->vip, eth, ip6, c, left, pkt, &rare->hash);
	verdict = parse_transport(c, left, pkt);
	if (!verdict)
		rare->hash = hash_ipv6(config, ip6, pkt, PUBLIC_NETWORK);
	return verdict;
}

#define RARE_ACTION_SHIFT 16 /* action << 16 | verdict */

/* Global: verified once, and called with nothing but the packet. */
__noinline int serve_rare(struct xdp_md *ctx)
{
	struct cursor c = {(void *)(long)ctx->data, (void *)(long)ctx->data_end};
	struct ethhdr *eth = parse_ethernet(&c);
	struct config *config = get_config();
	enum verdict verdict;
	struct rare rare = {};
	int action = XDP_TX;

	if (!eth || !config)
		return DROP_TRUNCATED;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		verdict = rare_ipv4(config, eth, &c, &rare);
	else
		verdict = rare_ipv6(config, eth, &c, &rare);
	if (!verdict && !port_allowed(rare.vip, &rare.pkt))
		verdict = DROP_PORT_NOT_ALLOWED;
	if (!verdict && rare.fragment.first)
		record_fragment(&rare.key, &rare.pkt, rare.hash);
	if (!verdict)
		verdict = balance(ctx, config, rare.vip, &rare.pkt, rare.hash, &action);
	return action << RARE_ACTION_SHIFT | verdict;
}

/* Nothing of the packet may be used behind this. */
static __always_inline enum verdict leave_fast_path(struct xdp_md *ctx, int *action)
{
	__u32 served = serve_rare(ctx);

	*action = served >> RARE_ACTION_SHIFT;
	return served & 0xff;
}

#endif
