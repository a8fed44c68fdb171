/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The way of a packet that comes in at the uplink. */
#ifndef LODESTONE_GATEWAY_H
#define LODESTONE_GATEWAY_H

#include "announce.h"
#include "balance.h"
#include "decap.h"
#include "rare.h"

static __always_inline enum verdict gateway_ipv4(struct xdp_md *ctx, const struct config *config,
						 struct cursor *c, int *action)
{
	struct iphdr *ip = parse_ipv4(c);
	struct packet pkt = {};
	enum verdict verdict;
	struct address dst;
	struct vip *vip;

	if (!ip)
		return DROP_TRUNCATED;
	address_from_ipv4(&dst, ip->daddr);
	vip = find_vip(config, &dst, PUBLIC_NETWORK);
	if (!vip)
		return PASS_NOT_A_VIP;

	verdict = check_ipv4(ip, c->end, &pkt);
	if (unlikely(verdict))
		return verdict == DROP_BAD_HEADER ? verdict : leave_fast_path(ctx, action);
	if (unlikely(pkt.proto == IPPROTO_ICMP))
		return leave_fast_path(ctx, action);
	verdict = parse_transport(c, pkt.l3_len - sizeof(*ip), &pkt);
	if (unlikely(verdict))
		return verdict;
	if (unlikely(!port_allowed(vip, &pkt)))
		return DROP_PORT_NOT_ALLOWED;
	return balance(ctx, config, vip, &pkt, hash_ipv4(config, ip, &pkt, PUBLIC_NETWORK), action);
}

static __always_inline enum verdict gateway_ipv6(struct xdp_md *ctx, const struct config *config,
						 struct cursor *c, int *action)
{
	struct ipv6hdr *ip6 = parse_ipv6(c);
	struct packet pkt = {};
	enum verdict verdict;
	struct address dst;
	struct vip *vip;

	if (!ip6)
		return DROP_TRUNCATED;
	if (unlikely(ip6->nexthdr == IPPROTO_ICMPV6)) {
		verdict = announce_nd(ctx, config, ip6);
		if (verdict)
			return verdict;
	}
	address_from_ipv6(&dst, &ip6->daddr);
	vip = find_vip(config, &dst, PUBLIC_NETWORK);
	if (!vip)
		return decapsulate(ctx, config, ip6, action);

	verdict = check_ipv6(ip6, c->end, &pkt);
	if (unlikely(verdict))
		return verdict;
	if (unlikely(pkt.proto == IPPROTO_ICMPV6))
		return leave_fast_path(ctx, action);
	verdict = parse_transport(c, pkt.l3_len - sizeof(*ip6), &pkt);
	if (unlikely(verdict))
		return verdict == DROP_EXTENSION_HEADER || verdict == DROP_FRAGMENT
			       ? leave_fast_path(ctx, action)
			       : verdict;
	if (unlikely(!port_allowed(vip, &pkt)))
		return DROP_PORT_NOT_ALLOWED;
	return balance(ctx, config, vip, &pkt, hash_ipv6(config, ip6, &pkt, PUBLIC_NETWORK), action);
}

static __always_inline enum verdict gateway(struct xdp_md *ctx, int *action)
{
	struct cursor c = {(void *)(long)ctx->data, (void *)(long)ctx->data_end};
	struct ethhdr *eth = parse_ethernet(&c);
	struct config *config = get_config();

	if (!eth || !config)
		return DROP_TRUNCATED;
	if (likely(eth->h_proto == bpf_htons(ETH_P_IP)))
		return gateway_ipv4(ctx, config, &c, action);
	if (likely(eth->h_proto == bpf_htons(ETH_P_IPV6)))
		return gateway_ipv6(ctx, config, &c, action);
	if (eth->h_proto == bpf_htons(ETH_P_ARP))
		return announce_arp(config, eth, &c);
	return PASS_NOT_IP;
}

/* The whole program at the uplink: the one place where a verdict is counted and becomes an action. */
static __always_inline int serve_uplink(struct xdp_md *ctx)
{
	__u64 bytes = ctx->data_end - ctx->data - ETH_HLEN;
	int action = XDP_TX; /* of what is forwarded or answered, unless it stays on this machine */
	enum verdict verdict = gateway(ctx, &action);

	count_verdict(verdict, bytes);
	if (verdict >= DROP_TRUNCATED)
		return XDP_DROP;
	return verdict >= PASS_NOT_A_VIP ? XDP_PASS : action;
}

#endif
