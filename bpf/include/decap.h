/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What another gateway encapsulated to a NIC of this machine, or to this machine itself. */
#ifndef LODESTONE_DECAP_H
#define LODESTONE_DECAP_H

#include "config.h"
#include "deliver.h"
#include "parse.h"

/* Whether the machine that encapsulated may; asked only about what is for a NIC of ours. */
static __always_inline bool is_known_source(const struct config *config, const struct address *src)
{
	return !(config->flags & CONFIG_CHECK_SOURCES) || bpf_map_lookup_elem(&underlay_sources, src);
}

/*
 * Whether what is inside is a packet of this ethertype that fits into what the outer header leaves it. beyond
 * is how much of the frame lies behind the cursor's end.
 */
static __always_inline bool is_inner_good(const void *inner, const void *end, __u64 beyond, __u32 payload,
					  __u16 ethertype)
{
	__u64 left;
	__u8 version;

	if (inner + sizeof(struct iphdr) > end || payload < sizeof(struct iphdr))
		return false;
	left = end - inner;
	asm volatile("" : "+r"(left)); /* the verifier knows no sum with the end */
	if (left + beyond < payload)
		return false;
	version = *(const __u8 *)inner >> 4;
	if (ethertype == ETH_P_IP)
		return version == 4;
	return ethertype == ETH_P_IPV6 && version == 6 && payload >= sizeof(struct ipv6hdr);
}

/* In front of a packet that was inside: a device takes what is addressed to it. */
static __always_inline void address_inner(struct ethhdr *eth, const struct underlay_nic *nic,
					  const struct config *config)
{
	if (nic->kind == REAL_DEVICE) {
		copy_mac(eth->h_dest, nic->mac);
		copy_mac(eth->h_source, config->uplink_mac);
	}
}

/* Takes the outer headers off; the Ethernet header moves to the inner packet. */
static __always_inline enum verdict strip_outer(struct xdp_md *ctx, const struct underlay_nic *nic,
						const struct config *config, __u16 ethertype, __u32 outer)
{
	struct ethhdr *eth, saved;

	eth = (void *)(long)ctx->data;
	if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
		return DROP_TRUNCATED;
	copy_ethernet(&saved, eth);
	saved.h_proto = bpf_htons(ethertype);
	address_inner(&saved, nic, config);

	if (bpf_xdp_adjust_head(ctx, outer))
		return DROP_INNER_BAD;
	eth = (void *)(long)ctx->data;
	if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
		return DROP_TRUNCATED;
	copy_ethernet(eth, &saved);
	return VERDICT_NONE;
}

/* The packet inside, which is good, to its NIC, or on to this machine's network stack. */
static __always_inline enum verdict deliver_inner(struct xdp_md *ctx, const struct underlay_nic *nic,
						  const struct config *config, __u16 ethertype, __u32 outer,
						  int *action)
{
	enum verdict verdict = strip_outer(ctx, nic, config, ethertype, outer);

	if (!verdict && nic->kind == REAL_STACK)
		return leave_to_stack(action);
	if (!verdict)
		verdict = deliver(ctx, nic->ifindex, nic->kind, nic->flags, action);
	return verdict ? verdict : VERDICT_DECAP_LOCAL;
}

/* A packet inside another, and the NIC that it is for, or this machine. */
struct inner {
	const struct underlay_nic *nic;
	__u32 outer; /* bytes in front of it, behind the Ethernet header */
	__u16 ethertype;
};

/*
 * IPv4 or IPv6 directly in IPv6, to the underlay address of a NIC, or of this machine. VERDICT_NONE: to be
 * delivered.
 */
static __always_inline enum verdict find_inner(const struct config *config, const struct ipv6hdr *outer,
					       const void *end, __u64 beyond, struct inner *inner)
{
	struct address src, dst;

	if (outer->nexthdr != IPPROTO_IPIP && outer->nexthdr != IPPROTO_IPV6)
		return PASS_NOT_A_VIP;
	address_from_ipv6(&dst, &outer->daddr);
	inner->nic = bpf_map_lookup_elem(&underlay, &dst);
	if (!inner->nic) {
		bool ours = config->underlay_prefix && dst.halves[0] == config->underlay_prefix;

		return ours ? DROP_UNDERLAY_UNKNOWN : PASS_NOT_A_VIP;
	}

	address_from_ipv6(&src, &outer->saddr);
	if (!is_known_source(config, &src))
		return DROP_UNDERLAY_SOURCE;
	inner->ethertype = outer->nexthdr == IPPROTO_IPIP ? ETH_P_IP : ETH_P_IPV6;
	inner->outer = sizeof(*outer);
	if (!is_inner_good(outer + 1, end, beyond, bpf_ntohs(outer->payload_len), inner->ethertype))
		return DROP_INNER_BAD;
	return VERDICT_NONE;
}

static __always_inline enum verdict decapsulate(struct xdp_md *ctx, const struct config *config,
						const struct ipv6hdr *outer, int *action)
{
	struct inner inner = {};
	enum verdict verdict =
		find_inner(config, outer, (void *)(long)ctx->data_end, beyond_linear(ctx), &inner);

	if (verdict || !inner.nic)
		return verdict;
	return deliver_inner(ctx, inner.nic, config, inner.ethertype, sizeof(*outer), action);
}

#endif
